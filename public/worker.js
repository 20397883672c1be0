// Starts the engine in a worker. The page sends the program's address and its compiled module, so that nothing is compiled twice and a
// worker always runs the same build as the page.
const start = ({ data: { script, module, texts, budget } }) => {
  self.removeEventListener("message", start);
  // Sentences are made here too.
  self.fathomTexts = texts;
  self.fathomBudget = budget;
  import(script)
    .then(({ default: init }) => init({ module_or_path: module }))
    // Rejections are silent in a worker; thrown from a task they reach the page as an error event.
    .catch((error) => setTimeout(() => { throw error; }));
};
self.addEventListener("message", start);
