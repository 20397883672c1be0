// Loads the study: the program of the sections that a first look does not need. The page adds this script once it is there itself;
// the query, which is the page's own build, keeps programs of two builds apart.
const search = new URL(import.meta.url).search;

/** Its styles, before its first section is mounted: nothing must be seen without them. */
const styled = new Promise((done, failed) => {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`study.css${search}`, import.meta.url);
  link.onload = done;
  link.onerror = () => failed(new Error("its styles did not come"));
  document.head.append(link);
});

import(`./fathom-study.js${search}`)
  .then(async (study) => {
    const program = new URL(`fathom-study_bg.wasm${search}`, import.meta.url);
    await Promise.all([styled, study.default({ module_or_path: program })]);
    self.fathomStudy = study;
    self.dispatchEvent(new Event("fathomstudy"));
  })
  .catch((error) => {
    self.dispatchEvent(new CustomEvent("fathomstudyfailed", { detail: String(error) }));
  });
