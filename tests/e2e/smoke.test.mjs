// The page opens under a sub-path of a plain static host, service worker included: nothing fails, nothing is fetched from anywhere else.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { collectProblems, openSite } from "./site.mjs";

let site;

before(async () => {
  site = await openSite();
});

after(async () => {
  await site?.close();
});

test("the page opens without an error, from its own files alone", async () => {
  const page = await site.browser.newPage({ serviceWorkers: "allow" });
  const problems = collectProblems(page, site.url);
  const wasm = page.waitForResponse((response) => response.url().endsWith(".wasm"));
  await page.goto(site.url);
  await (await wasm).finished();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(problems, []);
  assert.match(await page.title(), /^Fathom/);
  await page.close();
});

test("a problem on the page is noticed", async () => {
  const page = await site.browser.newPage({ serviceWorkers: "allow" });
  const problems = collectProblems(page, site.url);
  await page.goto(site.url);
  await page.evaluate(async () => {
    console.error("on purpose");
    await fetch("no-such-file");
    await fetch("/").catch(() => {});
  });
  await page.waitForLoadState("networkidle");
  for (const expected of ["on purpose", "no-such-file", "outside of the site"]) {
    assert.ok(
      problems.some((problem) => problem.includes(expected)),
      `${expected} is not among ${JSON.stringify(problems)}`,
    );
  }
  // The watch over all pages has seen it too.
  assert.ok([...site.crashes].some((line) => line.startsWith("outside of the site")), [...site.crashes].join("\n"));
  site.crashes.clear();
  await page.close();
});
