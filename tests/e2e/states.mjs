// Every state a visitor can bring the page into, for checks that must hold in all of them.
//
// A journey is one page that goes through several states, so that each is computed once. A new part of the page gets a step in JOURNEYS.

import { readFile } from "node:fs/promises";
import { SMALL_LINK, VIEWS, choose, fragmentAfterEdit, kept, mounted, near, npy, openPage, openSample, room, searched, show, viewShown } from "./page.mjs";
import { set } from "./triple.mjs";

const BROKEN = ["text_named.png", "zero_bytes.npy", "colour_rgb8.png", "lying_header.npy"];

const fixture = async (name) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: await readFile(new URL(`../fixtures/${name}`, import.meta.url)),
});

/** The page before its first figures: the workers' first lines never come. */
export async function empty(site, context) {
  const own = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
  const page = await own.newPage();
  await page.route("**/worker.js*", () => {});
  await page.goto(site.url);
  await page.waitForSelector("#main .cards");
  await mounted(page);
  return page;
}

/** The published case, which a first visitor meets. */
export async function sample(site, context) {
  const page = await openSample(site, context);
  await searched(page);
  await page.waitForSelector("#published", { state: "attached" });
  return page;
}

/** A link without its files, with all its sections. */
export async function link(site, context) {
  const page = await openPage(site, context);
  await searched(page);
  return page;
}

/** The same, where the link is made in the page's own language: it holds words. */
async function ownLink(site, context) {
  if (!context.locale) return link(site, context);
  const author = await openPage(site, context);
  await choose(author, [room("a.npy", 12)]);
  const fragment = await fragmentAfterEdit(author);
  await author.context().close();
  return link(site, { ...context, fragment });
}

/** A link that lost its last characters: the sample takes its place. */
async function damagedLink(site, context) {
  const page = await openPage(site, { ...context, fragment: SMALL_LINK.slice(0, -7) });
  await page.waitForSelector(".notice");
  await searched(page);
  return page;
}

/** Good maps among broken ones, a prediction in another unit, a range that is none. */
export async function doubts(site, context) {
  const page = await openPage(site, context);
  const far = npy("f1_int8.npy", Array.from({ length: 40 }, (_, y) => Array.from({ length: 50 }, (_, x) => 60 + (y * 50 + x) / 8)));
  await choose(page, [...(await Promise.all(BROKEN.map(fixture))), room("f1_gt.npy", 3), far]);
  await page.waitForSelector(".question-bar");
  await show(page, "range");
  const end = page.locator("table.ranges .ends input").nth(1);
  await end.fill("0.25");
  await end.press("Enter");
  await page.waitForSelector(".problem");
  await show(page, "summary");
  return page;
}

/** Three sets of maps, compared. */
export async function triple(site, context) {
  const page = await openPage(site, context);
  await chooseTriple(page);
  return page;
}

/** Chooses three sets of maps and waits until all are compared and answered, whichever view is shown. */
export async function chooseTriple(page) {
  await choose(page, set("gt", "fp32", "int8"));
  await compared(page);
}

/** Waits until the sets that were chosen are compared and answered. */
export async function compared(page) {
  await page.waitForSelector("main[data-state='ready'] .answers .answer", { state: "attached", timeout: 60_000 });
  await page.waitForFunction(() => document.querySelector(".practice-state") && !document.querySelector(".practice-state progress"));
}

/** The list of commands, with some found. */
const commands = {
  name: "the list of commands",
  async enter(page) {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("range");
    await page.waitForSelector("#palette[open] [role=option]");
  },
  leave: (page) => closeDialog(page, "palette"),
  inside: "#palette",
};

/** The sheet of keys. */
const keys = {
  name: "the sheet of keys",
  async enter(page) {
    await page.keyboard.press("?");
    await page.waitForSelector("#keys[open]");
  },
  leave: (page) => closeDialog(page, "keys"),
  inside: "#keys",
};

/** The list of recent results with one that was compared. */
const recents = {
  name: "recent results",
  async enter(page) {
    await kept(page, 1);
    await page.locator("header .bar button").nth(3).click();
    await page.waitForSelector("#recents[open] .recents li");
  },
  leave: (page) => closeDialog(page, "recents"),
  inside: "#recents",
};

async function closeDialog(page, id) {
  await page.keyboard.press("Escape");
  await page.waitForSelector(`#${id}:not([open])`, { state: "attached" });
}

/** Files held over the page. */
const dragging = {
  name: "files over the page",
  async enter(page) {
    await drag(page, "dragover");
    await page.waitForSelector(".veil");
  },
  async leave(page) {
    await drag(page, "dragleave");
    await page.waitForSelector(".veil", { state: "detached" });
  },
  inside: ".veil",
};

function drag(page, type) {
  return page.evaluate((type) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "a.npy"));
    document.querySelector("main").dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }, type);
}

/** A file that cannot be read, alone: what was shown stays. */
const failed = {
  name: "an unreadable file",
  async enter(page) {
    await page.setInputFiles("input[type=file]", await fixture("text_named.png"));
    await page.waitForSelector('main[data-state="error"]');
  },
};

/** All that opens is open, and all is computed. */
const allOpen = { name: "all open", enter: everything };

/** Two links beside each other: a page, and itself with another title. */
const facing = {
  name: "two links",
  async enter(page) {
    const fragment = await fragmentAfterEdit(page);
    await near(page, "link");
    await page.getByLabel(/Link title|링크의 제목/).fill("After recalibration");
    await page.getByLabel(/Link title|링크의 제목/).press("Enter");
    await page.fill("#facing input", fragment);
    await page.press("#facing input", "Enter");
    await page.waitForSelector("#facing table");
    await everything(page);
  },
};

/** How each page begins, and the steps it takes. `inside` names what a step adds over the page; `leave` takes it away again. */
export const JOURNEYS = [
  { name: "before the first figures", open: empty, steps: [] },
  { name: "the published case", open: sample, steps: [commands, keys, dragging, allOpen] },
  { name: "files in doubt", open: doubts, steps: [allOpen] },
  { name: "three sets", open: triple, steps: [recents, allOpen, facing] },
  { name: "a link", open: ownLink, steps: [failed, allOpen] },
  { name: "a damaged link", open: damagedLink, steps: [] },
];

/** Does something in each view, in the order of the bar, then shows again the view that was shown before. */
export async function inEachView(page, act) {
  const before = await viewShown(page);
  for (const view of VIEWS) {
    await show(page, view);
    await act(view);
  }
  await show(page, before);
}

/** Opens everything that opens and goes past every section of every view, until nothing waits to be computed. */
export async function everything(page) {
  await inEachView(page, async () => {
    await passBy(page);
    await page.waitForFunction(() => !document.querySelector(".view:not([hidden]) :is(.skeleton, .waiting, progress)"), null, { timeout: 120_000 });
    await openAll(page);
  });
  await page.evaluate(() => scrollTo(0, 0));
}

/** Opens everything that opens and goes past every section of the view that is shown. */
export async function passBy(page) {
  await openAll(page);
  const places = ".view:not([hidden]) :is(section, details)";
  const count = await page.locator(places).count();
  for (let i = 0; i < count; i += 1) {
    await page.evaluate(([places, i]) => {
      document.querySelectorAll(places)[i]?.scrollIntoView();
      return new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
    }, [places, i]);
  }
}

function openAll(page) {
  return page.evaluate(() => {
    for (const details of document.querySelectorAll("main details, aside details")) details.open = true;
  });
}
