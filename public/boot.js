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

const LANGUAGE_KEY = "fathom.language";
const build = document.querySelector("meta[name=build]").content;

// `first-paint.js` has chosen it. English is in the program itself.
const language = document.documentElement.lang;
if (language !== "en") {
  try {
    const response = await fetch(new URL(`texts-${language}.bin${build && `?${build}`}`, import.meta.url));
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    self.fathomTexts = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    document.documentElement.lang = "en";
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
