// What axe-core finds against WCAG 2.0 to 2.2, levels A and AA: nothing, in every state, both themes, on a desk and on a phone.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { openSite } from "./site.mjs";
import { STATES, everything } from "./states.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** What axe finds on the page now, one line for each element. */
async function violations(page) {
  const found = await page.evaluate(async (tags) => {
    // What has scrolled half under the header is "obscured" to axe: at the top nothing is.
    scrollTo(0, 0);
    // Rules of 2.2 are off in axe unless they are asked for.
    const { violations } = await window.axe.run(document, {
      runOnly: { type: "tag", values: tags },
      rules: { "target-size": { enabled: true } },
      resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\n").slice(1).join(";").trim()}`));
  }, TAGS);
  return found;
}

/** Looks at the page in both themes and on both screens. */
async function inspect(page, what) {
  const all = [];
  for (const [screen, size] of Object.entries(WIDTHS)) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      // A colour half way between two themes is nobody's.
      await page.waitForTimeout(150);
      all.push(...(await violations(page)).map((line) => `${what}, ${screen}, ${colorScheme}: ${line}`));
    }
  }
  return all;
}

async function opened(name) {
  const context = { reducedMotion: "reduce" };
  const page = await STATES[name](site, context);
  return page;
}

test("axe is at work: it finds what is wrong on purpose", async () => {
  const page = await opened("empty");
  await page.evaluate(axe);
  await page.evaluate(() => {
    const image = document.createElement("img");
    document.querySelector("main").append(image);
    const text = document.createElement("p");
    text.textContent = "grey on grey";
    text.style.cssText = "color:#777;background:#888";
    document.querySelector("main").append(text);
  });
  const found = await violations(page);
  assert.ok(found.some((line) => line.startsWith("image-alt")), found.join("\n"));
  assert.ok(found.some((line) => line.startsWith("color-contrast")), found.join("\n"));
  await page.context().close();
});

for (const name of Object.keys(STATES)) {
  test(`axe finds nothing: ${name}`, async () => {
    const page = await opened(name);
    await page.evaluate(axe);
    const found = await inspect(page, "as it opens");
    if (name !== "empty") {
      await everything(page);
      found.push(...(await inspect(page, "all open")));
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}

test("axe finds nothing: the theory", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  await page.goto(new URL("theory.html", site.url).href);
  await page.evaluate(axe);
  assert.deepEqual(await inspect(page, "theory"), []);
  await context.close();
});
