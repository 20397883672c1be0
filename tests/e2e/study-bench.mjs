// Times of the study on the built site: `FATHOM_DATA` names a folder with a `triple` of gt, fp32 and int8 maps.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure } from "./figures.mjs";
import { mounted, near, openSample, searched, sweep } from "./page.mjs";
import { openSite } from "./site.mjs";

const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const site = await openSite();

/** Prints a time for readers and for programs. */
function report(name, milliseconds) {
  console.log(`${name}, ms`, Math.round(milliseconds));
  figure(name, milliseconds / 1000, "s");
}

/** Milliseconds from now until a condition holds in the page, asked for every frame from inside. */
function until(page, condition, argument) {
  return page.evaluate(([text, argument]) => new Promise((done) => {
    const holds = new Function("argument", `return ${text}`);
    const from = performance.now();
    const look = () => (holds(argument) ? done(performance.now() - from) : requestAnimationFrame(look));
    look();
  }), [condition, argument]);
}

const filled = "(() => { const b = document.querySelector(argument + ' tbody'); return b && b.rows.length > 0 && !b.querySelector('.waiting'); })()";

for (const [name, open] of [["sample", async () => openSample(site, { bypassCSP: true })], ["triple", async () => {
  // What is asked of the page comes as text, which its policy would refuse.
  const page = await openSample(site, { bypassCSP: true });
  await mounted(page);
  await page.evaluate(() => {
    document.querySelector("input[type=file]").webkitdirectory = true;
    document.querySelector("input[type=file]").addEventListener("change", () => { self.droppedAt = performance.now(); }, { capture: true });
  });
  // Whoever chooses files comes near the button first, and the readers come with that.
  await page.hover("label.drop");
  await page.waitForTimeout(800);
  await page.setInputFiles("input[type=file]", join(data, "triple"));
  await until(page, "document.querySelector('main[data-state=ready] .answers .answer')");
  report("triple: from choice to the three answers", await page.evaluate(() => performance.now() - self.droppedAt));
  return page;
}]]) {
  if (name === "triple" && !existsSync(join(data, "triple"))) continue;
  const page = await open();
  await searched(page);
  for (const id of ["sweeps", "map", "calibrators", "codes", "optima", "bits"]) {
    const started = Date.now();
    if (id === "bits") await sweep(page, "bit widths");
    else await near(page, id);
    if (id === "sweeps") await until(page, "document.querySelector('#sweeps .canvas:not(.skeleton)')");
    else if (id === "map") {
      await until(page, "document.querySelector('#map .canvas:not(.skeleton)')");
      report(`${name}: first picture of the map`, Date.now() - started);
      // Nothing changes any more when all rows are there: what counts is the last change.
      const settled = await page.evaluate(() => new Promise((done) => {
        const canvas = document.querySelector("#map canvas");
        let [picture, changed] = [canvas.toDataURL(), Date.now()];
        const look = () => {
          const now = canvas.toDataURL();
          if (now !== picture) [picture, changed] = [now, Date.now()];
          if (Date.now() - changed < 500) setTimeout(look, 20);
          else done(changed);
        };
        look();
      }));
      report(`${name}: map`, settled - started);
      continue;
    } else await until(page, filled, id === "bits" ? "#sweeps" : `#${id}`);
    report(`${name}: ${id}`, Date.now() - started);
  }
  await page.context().close();
}
await site.close();
