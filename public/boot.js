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

const { js, wasm } = document.getElementById("boot").dataset;
const { default: init } = await import(new URL(js, import.meta.url));
await init({ module_or_path: new URL(wasm, import.meta.url) });

const build = document.querySelector("meta[name=build]").content;
if (build) {
  const { keep } = await import(`./offline.js?${build}`);
  keep(build);
}
