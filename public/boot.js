// Starts the page's program. A file of its own, so that the page needs no script within its text; its element names the program's two
// files, and keeps these attributes from build to build.

// Where a browser checks what text may become code (Trusted Types): addresses of scripts must be this site's own, and markup, which only
// the views' own templates are, must hold no code.
window.trustedTypes?.createPolicy("default", {
  createHTML(text) {
    if (/<script|\son\w+\s*=|javascript:/i.test(text)) {
      throw new TypeError("markup with code in it");
    }
    return text;
  },
  createScriptURL(address) {
    if (new URL(address, document.baseURI).origin !== location.origin) {
      throw new TypeError("a script of another site");
    }
    return address;
  },
});

// The languages besides English, which is in the program itself.
const LANGUAGES = ["ko"];
const LANGUAGE_KEY = "fathom.language";
const build = document.querySelector("meta[name=build]").content;

/** What a reader chose: in the address, on an earlier visit, or as the browser's languages. */
function language() {
  const chosen = [new URLSearchParams(location.search).get("lang"), kept(), ...navigator.languages];
  const known = (tag) => ["en", ...LANGUAGES].find((code) => code === tag?.toLowerCase().split("-")[0]);
  return chosen.map(known).find(Boolean) ?? "en";
}

function kept() {
  try {
    return localStorage.getItem(LANGUAGE_KEY);
  } catch {
    // A browser that keeps nothing.
    return null;
  }
}

const spoken = language();
if (LANGUAGES.includes(spoken)) {
  try {
    const response = await fetch(new URL(`texts-${spoken}.bin${build && `?${build}`}`, import.meta.url));
    if (response.ok) {
      self.fathomTexts = new Uint8Array(await response.arrayBuffer());
      document.documentElement.lang = spoken;
    }
  } catch (error) {
    console.info(`In English, because the texts did not come: ${error.message}`);
  }
}

// The link to the other language: kept for the next visit, and asked back first where a reader would have to choose files again.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-language]");
  if (!link) {
    return;
  }
  event.preventDefault();
  const { language: code, confirm: question } = link.dataset;
  if (question && !window.confirm(question)) {
    return;
  }
  try {
    localStorage.setItem(LANGUAGE_KEY, code);
  } catch {
    // The address says it too.
  }
  const address = new URL(location.href);
  address.searchParams.set("lang", code);
  location.assign(address);
});

const { js, wasm } = document.getElementById("boot").dataset;
const { default: init } = await import(new URL(js, import.meta.url));
await init({ module_or_path: new URL(wasm, import.meta.url) });

if (build) {
  const { keep } = await import(`./offline.js?${build}`);
  keep(build);
}
