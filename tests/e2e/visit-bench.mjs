// What a visitor with a slow machine sees: the release site with the page's thread at a quarter of its speed. Prints the figures beside
// their targets; judges nothing.

import { figure, quantile } from "./figures.mjs";
import { VIEWS, mounted, rest, searched } from "./page.mjs";
import { openSite } from "./site.mjs";
import { cumulative, readThrough, watchShifts } from "./shifts.mjs";

const SLOWDOWN = 4;
const VISITS = 5;
// A visitor's window is there already. Chromium loads a program of its own for each new one, which keeps a core busy for a second.
const WINDOW_MS = 3000;
const SCREENS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const TARGETS = { "first paint, ms": 1000, "meaningful paint, ms": 1000, "sample ready, ms": 2000, "layout shift, loading": 0.02, "layout shift, reading": 0.02, "change of view, ms": 100 };
// Figures of the lines for programs: name and unit in the order of TARGETS.
const FIGURES = [["first paint", "s"], ["meaningful paint", "s"], ["first answer", "s"], ["layout shift, loading", "1"], ["layout shift, reading", "1"], ["change of view", "s"]];

/** Milliseconds from the press of a view's button to the frame that shows it. */
function changeTo(page, view) {
  return page.evaluate((at) => new Promise((done) => {
    const from = performance.now();
    document.querySelectorAll("nav.views button")[at].click();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - from)));
  }), VIEWS.indexOf(view));
}

/** Times and shifts of one first visit, with nothing in any cache. */
async function visit(site, viewport) {
  const context = await site.browser.newContext({ viewport });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  await page.addInitScript(watchShifts);
  await page.addInitScript(() => {
    self.marks = {};
    // The heading of the page and what to drop where: from then on there is something to read and to do.
    new MutationObserver(() => {
      if (self.marks.meaningful === undefined && document.querySelector("main h1") && document.querySelector(".drop")) {
        requestAnimationFrame(() => requestAnimationFrame(() => { self.marks.meaningful ??= performance.now(); }));
      }
      if (self.marks.ready === undefined && document.querySelector('main[data-state="ready"]')) self.marks.ready = performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
  });
  await page.waitForTimeout(WINDOW_MS);
  await page.goto(site.url);
  await page.waitForFunction(() => self.marks.ready, null, { timeout: 60_000, polling: 200 });
  await searched(page);
  await mounted(page);
  await page.waitForTimeout(500);
  const [{ meaningful, ready }, first, loading] = await page.evaluate(() => [self.marks, performance.getEntriesByName("first-contentful-paint")[0].startTime, self.shifts.splice(0)]);
  for (const view of VIEWS) {
    await changeTo(page, view);
    await readThrough(page);
  }
  // With all answers there: the longest of the changes that a reader makes.
  const changes = [];
  for (const view of VIEWS) {
    changes.push(await changeTo(page, view));
    await rest(page, 500);
  }
  const reading = await page.evaluate(() => self.shifts);
  await context.close();
  const figures = [first, meaningful, ready, cumulative(loading), cumulative(reading), Math.max(...changes)];
  return { figures, shifts: [...loading.map((s) => ["loading", s]), ...reading.map((s) => ["reading", s])] };
}

const site = await openSite();
for (const [screen, viewport] of Object.entries(SCREENS)) {
  const visits = [];
  for (let i = 0; i < VISITS; i += 1) visits.push(await visit(site, viewport));
  for (const [i, [name, target]] of Object.entries(TARGETS).entries()) {
    const values = visits.map((v) => v.figures[i]).sort((a, b) => a - b);
    const text = (value) => (target < 1 ? value.toFixed(4) : Math.round(value).toLocaleString("en"));
    console.log(`${screen}: ${name}: least ${text(values[0])}, median ${text(values[Math.floor(VISITS / 2)])}, most ${text(values.at(-1))}; target ${text(target)}`);
    const [what, unit] = FIGURES[i];
    const median = quantile(values, 0.5);
    figure(`slow visit, ${screen}: ${what}`, unit === "s" ? median / 1000 : median, unit);
  }
  const worst = visits.flatMap((v) => v.shifts).sort(([, a], [, b]) => b.value - a.value).slice(0, process.env.FATHOM_SHIFTS ? 30 : 5);
  for (const [when, { value, at, moved }] of worst) console.log(`  ${when}, ${at} ms: ${value.toFixed(4)}: ${moved.join("; ")}`);
}
await site.close();
