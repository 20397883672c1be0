// The first screen stands in `index.html`, and nothing of it changes when the program takes over.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SMALL_LINK, settled } from "./page.mjs";
import { checkedIn, firstVisit } from "./first-visit.mjs";
import { openSite } from "./site.mjs";

let site;
before(async () => (site = await openSite()));
after(() => site.close());

/** A page whose program never comes. */
async function withoutProgram(fragment, locale) {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, locale });
  const page = await context.newPage();
  await page.route("**/boot.js*", () => {});
  await page.goto(site.url + fragment, { waitUntil: "commit" });
  await page.waitForSelector("#first-visit", { state: "attached" });
  return page;
}

test("the checked-in first screen is what the page computes: else run `cargo xtask first-visit`", async () => {
  assert.equal(await checkedIn(), await firstVisit(site));
});

test("a first visitor reads the published case's answers before the program is there", async () => {
  for (const [locale, title] of [["en-GB", "What INT8 does to these depth maps"], ["ko-KR", "INT8이"]]) {
    const page = await withoutProgram("", locale);
    const text = await page.locator("#first-visit").innerText();
    assert.ok(text.includes(title), text);
    assert.match(text, /741\smm/);
    await page.context().close();
  }
});

test("a link shows no answers of the published case", async () => {
  const page = await withoutProgram(`#${SMALL_LINK}`, "en-GB");
  assert.doesNotMatch(await page.locator("#first-visit").innerText(), /741\smm/);
  await page.context().close();
});

test("the answers stay in place and unchanged from the first paint on", async () => {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.seen = new Set();
    window.moved = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e) => (window.moved += e.value))).observe({ type: "layout-shift", buffered: true });
    const look = () => {
      const answers = [...document.querySelectorAll(".answers .answer")].filter((a) => a.checkVisibility());
      window.seen.add(answers.map((a) => a.innerText).join("|"));
      requestAnimationFrame(look);
    };
    addEventListener("DOMContentLoaded", look);
  });
  await page.goto(site.url);
  await settled(page);
  await page.waitForTimeout(500);
  const { seen, moved } = await page.evaluate(() => ({ seen: [...window.seen], moved: window.moved }));
  assert.equal(seen.length, 1, JSON.stringify(seen));
  assert.ok(moved < 0.02, `${moved}`);
  await context.close();
});
