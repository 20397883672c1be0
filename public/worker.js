// Starts the page's own program in a worker. The page sends the program's address and its compiled module, so that nothing is
// compiled twice and a worker always runs the same build as the page. Later the same way with the readers of files.
const start = ({ data: { script, module, texts } }) => {
  self.removeEventListener("message", start);
  // Sentences are made here too.
  self.fathomTexts = texts;
  import(script)
    .then(({ default: init }) => init({ module_or_path: module }))
    // Rejections are silent in a worker; thrown from a task they reach the page as an error event.
    .catch((error) => setTimeout(() => { throw error; }));
};
self.addEventListener("message", start);

self.addEventListener("message", ({ data }) => {
  if (!data.readers) {
    return;
  }
  const { script, module } = data.readers;
  // The program goes on when it hears of it, in a task of its own.
  const tell = (text) => setTimeout(() => self.dispatchEvent(new MessageEvent("message", { data: text })));
  import(script).then((readers) => {
    readers.initSync({ module });
    self.fathomReaders = readers;
    tell("readers ready");
    if (data.rehearse) {
      // After the files that wait, and after what else has come meanwhile.
      setTimeout(() => readers.rehearse(data.rehearse));
    }
  }).catch((error) => tell(String(error)));
});
