// Loads the study: the program of the sections that a first look does not need. The page adds this script once it is there itself;
// the query, which is the page's own build, keeps programs of two builds apart.
import(`./fathom-study.js${new URL(import.meta.url).search}`)
  .then(async (study) => {
    const program = new URL(`fathom-study_bg.wasm${new URL(import.meta.url).search}`, import.meta.url);
    await study.default({ module_or_path: program });
    self.fathomStudy = study;
    self.dispatchEvent(new Event("fathomstudy"));
  })
  .catch((error) => {
    self.dispatchEvent(new CustomEvent("fathomstudyfailed", { detail: String(error) }));
  });
