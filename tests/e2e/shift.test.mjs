// Nothing jumps: not while the page and its study load, and not under a reader who goes on. This file runs alone: on a busy machine sections
// come at other times than on a reader's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SMALL_LINK, VIEWS, drop, isShown, mounted, near, rest, searched } from "./page.mjs";
import { cumulative, readThrough, watchShifts } from "./shifts.mjs";
import { openSite } from "./site.mjs";
import { set } from "./triple.mjs";

/** The largest cumulative layout shift: a fifth of what counts as good. */
const MOST = 0.02;

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

const told = (shifts) => shifts.map(({ value, moved }) => `${value.toFixed(4)} ${moved.join("; ")}`).join("\n");

for (const [screen, viewport] of [["desk", { width: 1440, height: 900 }], ["phone", { width: 390, height: 844 }]]) {
  test(`nothing jumps on a ${screen}, in no view and not from one to another`, async () => {
    const context = await site.browser.newContext({ viewport });
    const page = await context.newPage();
    await page.addInitScript(watchShifts);
    await page.goto(site.url);
    await searched(page);
    await mounted(page);
    await rest(page, 500);
    const wrong = [];
    const note = async (when) => {
      const shifts = await page.evaluate(() => self.shifts.splice(0));
      if (cumulative(shifts) >= MOST) wrong.push(`${when}: ${told(shifts)}`);
    };
    await note("loading");
    // Each view twice: before its sections are computed, and after.
    for (const view of [...VIEWS, ...VIEWS]) {
      await change(page, view);
      await note(`change to ${view}`);
      await readThrough(page);
      await note(`reading ${view}`);
    }
    assert.deepEqual(wrong, []);
    // The measure is at work.
    await near(page, "sweeps");
    await rest(page, 700);
    await page.evaluate(() => {
      const block = document.createElement("div");
      block.style.height = "300px";
      document.querySelector("#sweeps").before(block);
      document.documentElement.style.overflowAnchor = "none";
      document.querySelector("#sweeps").nextElementSibling.before(block.cloneNode());
    });
    await page.waitForFunction(() => self.shifts.length > 0);
    await context.close();
  });
}

/** Changes to a view without a press of the mouse: the browser excuses what moves within half a second of one. */
async function change(page, view) {
  await page.evaluate((at) => document.querySelectorAll("nav.views button")[at].click(), VIEWS.indexOf(view));
  await isShown(page, view);
  await rest(page, 700);
}

test("nothing jumps when a link opens on a phone, and its answers are on the first screen", async () => {
  const context = await site.browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.addInitScript(watchShifts);
  await page.goto(`${site.url}#${SMALL_LINK}`);
  await searched(page);
  await mounted(page);
  await rest(page, 500);
  assert.match(await page.textContent("aside .role"), /A summary of the depths from the link/);
  const shifts = await page.evaluate(() => self.shifts);
  assert.ok(cumulative(shifts) < MOST, told(shifts));
  const answer = await page.locator("main h1").first().boundingBox();
  assert.ok(answer.y < 400, `the first answer begins ${answer.y} px down`);
  await context.close();
});

for (const [screen, viewport] of [["desk", { width: 1440, height: 900 }], ["phone", { width: 390, height: 844 }]]) {
  test(`nothing jumps from a drop to the last answer on a ${screen}, and no answer is replaced`, async () => {
    const context = await site.browser.newContext({ viewport });
    const page = await context.newPage();
    await page.addInitScript(watchShifts);
    await page.goto(site.url);
    await page.waitForSelector('main[data-state="ready"]', { timeout: 60_000 });
    await mounted(page);
    await rest(page, 500);
    await page.evaluate(() => {
      self.shifts.length = 0;
      self.told = [];
      const answers = document.querySelector(".answers .cards");
      const tell = () => {
        const text = answers.textContent;
        if (text && text !== self.told.at(-1)) self.told.push(text);
      };
      new MutationObserver(tell).observe(answers, { childList: true, subtree: true, characterData: true });
    });
    await drop(page, set("gt", "fp32", "int8"));
    await page.waitForFunction(() => document.querySelector("main").dataset.state === "working");
    await page.waitForSelector('main[data-state="ready"]', { timeout: 60_000 });
    await rest(page, 2000);
    const [shifts, answers] = await page.evaluate(() => [self.shifts, self.told]);
    assert.ok(cumulative(shifts) < MOST, told(shifts));
    assert.equal(answers.length, 1, `one set of answers, and no other before or after: ${answers.join("\n")}`);
    assert.doesNotMatch(answers[0], /Published/);
    // A pinned result adds a section, and the next files fill it: neither moves what stands above.
    for (const [when, act] of [
      ["pinning", () => page.getByRole("button", { name: "Pin this result" }).evaluate((button) => button.click())],
      ["the next files", () => drop(page, set("gt", "fp32", "int8"))],
    ]) {
      await page.evaluate(() => { self.shifts.length = 0; });
      await act();
      await rest(page, 2000);
      await page.waitForSelector('main[data-state="ready"]', { timeout: 60_000 });
      await rest(page, 1000);
      const more = await page.evaluate(() => self.shifts);
      assert.ok(cumulative(more) < MOST, `${when}: ${told(more)}`);
    }
    const pinned = page.locator("section", { has: page.locator("#summary-pinned") });
    await pinned.locator("tbody tr").first().waitFor();
    const screens = await page.evaluate(() => document.documentElement.scrollHeight / innerHeight);
    assert.ok(screens <= (screen === "desk" ? 2 : 3), `${screens} screens with a pinned result`);
    await context.close();
  });
}
