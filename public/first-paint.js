// Runs before anything is painted: chooses the language, and says what the address asks for, so that `index.html` shows the published
// case's answers only to a first visitor.

// The languages besides English, which is in the program itself.
const LANGUAGES = ["ko"];

function chosenBefore() {
  try {
    return localStorage.getItem("fathom.language");
  } catch {
    // A browser that keeps nothing.
    return null;
  }
}

// The reader's choice: in the address, on an earlier visit, or as the browser's languages.
const wanted = [new URLSearchParams(location.search).get("lang"), chosenBefore(), ...navigator.languages];
const known = (tag) => ["en", ...LANGUAGES].find((code) => code === tag?.toLowerCase().split("-")[0]);
document.documentElement.lang = wanted.map(known).find(Boolean) ?? "en";
if (location.hash.length > 1) {
  document.documentElement.dataset.opened = "";
}
