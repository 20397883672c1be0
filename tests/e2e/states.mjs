// Every state a visitor can bring the page into, for tests that must hold in all of them. A new part of the page gets a line in STATES.

import { readFile } from "node:fs/promises";
import { choose, fragmentAfterEdit, kept, npy, openPage, room, searched, settled } from "./page.mjs";
import { set } from "./triple.mjs";

const BROKEN = ["text_named.png", "zero_bytes.npy", "colour_rgb8.png", "lying_header.npy"];

const fixture = async (name) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: await readFile(new URL(`../fixtures/${name}`, import.meta.url)),
});

/** The page before its first figures: the workers' first lines never come. */
async function empty(site, context) {
  const own = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
  const page = await own.newPage();
  await page.route("**/worker.js*", () => {});
  await page.goto(site.url);
  await page.waitForSelector("#main .cards");
  return page;
}

async function sample(site, context) {
  const page = await openPage(site, context);
  await searched(page);
  await page.waitForSelector("#published");
  return page;
}

/** Good maps among broken ones, a prediction in another unit, a range that is none. */
async function doubts(site, context) {
  const page = await openPage(site, context);
  const far = npy("f1_int8.npy", Array.from({ length: 40 }, (_, y) => Array.from({ length: 50 }, (_, x) => 60 + (y * 50 + x) / 8)));
  await choose(page, [...(await Promise.all(BROKEN.map(fixture))), room("f1_gt.npy", 3), far]);
  await page.waitForSelector(".question-bar");
  const end = page.locator("table.ranges .ends input").nth(1);
  await end.fill("0.25");
  await end.press("Enter");
  await page.waitForSelector(".problem");
  return page;
}

async function failed(site, context) {
  const page = await openPage(site, context);
  await page.setInputFiles("input[type=file]", await fixture("text_named.png"));
  await page.waitForSelector('main[data-state="error"]');
  return page;
}

async function triple(site, context) {
  const page = await openPage(site, context);
  await choose(page, set("gt", "fp32", "int8"));
  await page.waitForSelector("#study-answers .answers", { timeout: 60_000 });
  await page.waitForSelector("#codes");
  return page;
}

/** A link opened without its files. */
async function link(site, context) {
  const page = await openPage(site, context);
  await choose(page, [room("a.npy", 12)]);
  const fragment = await fragmentAfterEdit(page);
  await page.goto("about:blank");
  await page.goto(`${site.url}#${fragment}`);
  await settled(page);
  await searched(page);
  return page;
}

/** Two links beside each other: a page, and itself with another title. */
async function facing(site, context) {
  const page = await triple(site, context);
  const fragment = await fragmentAfterEdit(page);
  await page.getByLabel(/Title of the link|링크의 제목/).fill("After recalibration");
  await page.getByLabel(/Title of the link|링크의 제목/).press("Enter");
  await page.fill("#facing input", fragment);
  await page.press("#facing input", "Enter");
  await page.waitForSelector("#facing table");
  return page;
}

/** A link that lost its last characters. */
async function damagedLink(site, context) {
  const page = await openPage(site, context);
  const fragment = await fragmentAfterEdit(page);
  await page.goto("about:blank");
  await page.goto(`${site.url}#${fragment.slice(0, -7)}`);
  await settled(page);
  await page.waitForSelector(".notice");
  return page;
}

/** Files held over the page. */
async function dragging(site, context) {
  const page = await sample(site, context);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "a.npy"));
    document.querySelector("main").dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true }));
  });
  await page.waitForSelector(".veil");
  return page;
}

/** The list of commands, with some found. */
async function commands(site, context) {
  const page = await sample(site, context);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("range");
  await page.waitForSelector("#palette[open] [role=option]");
  return page;
}

/** The sheet of keys. */
async function keys(site, context) {
  const page = await sample(site, context);
  await page.keyboard.press("?");
  await page.waitForSelector("#keys[open]");
  return page;
}

/** The list of recent results with one that was compared. */
async function recents(site, context) {
  const page = await openPage(site, context);
  await page.waitForSelector("#study-controls button");
  await choose(page, set("gt", "fp32", "int8"));
  await page.waitForSelector("#study-answers .answers", { timeout: 60_000 });
  await page.waitForSelector("#codes");
  await kept(page, 1);
  await page.locator("#study-controls button").nth(3).click();
  await page.waitForSelector("#recents[open] .recents li");
  return page;
}

/** Names and how to get there: each gives a page of its own context. */
export const STATES = { empty, sample, doubts, failed, triple, link, facing, damagedLink, dragging, commands, keys, recents };

/** Opens everything that opens and goes past every section, until nothing waits to be computed. */
export async function everything(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("main details, aside details")) details.open = true;
  });
  const count = await page.locator("main section, main details").count();
  for (let i = 0; i < count; i += 1) {
    await page.evaluate((i) => document.querySelectorAll("main section, main details")[i]?.scrollIntoView(), i);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
  }
  await page.waitForFunction(() => !document.querySelector("main .skeleton, main .waiting, main progress"), null, { timeout: 120_000 });
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("main details, aside details")) details.open = true;
    scrollTo(0, 0);
  });
}
