// Starts the page's own program in a worker. The page sends the program's address and its compiled module, so that nothing is
// compiled twice and a worker always runs the same build as the page.
self.onmessage = ({ data: { script, module } }) => {
  self.onmessage = null;
  import(script)
    .then(({ default: init }) => init({ module_or_path: module }))
    // Rejections are silent in a worker; thrown from a task they reach the page as an error event.
    .catch((error) => setTimeout(() => { throw error; }));
};
