// The page's looks in every state: axe-core finds nothing against WCAG 2.0 to 2.2, nothing sticks out or is cut in windows of all sizes and
// with large letters, the focus can be seen, charts say what they show, and what is printed fits the sheet.
//
// Each page is opened and computed once; themes, sizes and letters change on the open page. All of axe's rules run once a state, and those
// that depend on looks again in the other theme and on a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { collectProblems, openSite } from "./site.mjs";
import { JOURNEYS, empty, inEachView } from "./states.mjs";
import { WAYS, cutOff, showAs, showIn, unmarkedStops, violations, violationsOfFirstRows, violationsOfLooks, wrongOnPaper } from "./looks.mjs";
import { saveAllCharts } from "./page.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** What is wrong with the looks of a state, one line each: in every view, or with what lies `inside` over one. */
async function inspect(page, inside) {
  if (inside) return inspectShown(page, inside);
  const found = [];
  await inEachView(page, async (view) => found.push(...(await inspectShown(page)).map((line) => `${view}: ${line}`)));
  return found;
}

async function inspectShown(page, inside) {
  const found = (await violations(page)).map((line) => `a desk, light: ${line}`);
  for (const [way, size] of Object.entries(WAYS)) {
    await showAs(page, size);
    // A dialog lies over the page, whose own text is checked before.
    if (!inside) found.push(...(await cutOff(page)).map((line) => `${way}: ${line}`));
    if (size.letters) {
      const lead = await page.evaluate(() => [...document.querySelectorAll(".view:not([hidden]) .lead")].map((lead) => parseFloat(getComputedStyle(lead).fontSize)).at(0));
      if (lead <= 1.9 * 15) found.push(`${way}: the letters did not grow: ${lead} px`);
    }
    for (const theme of { "a desk": ["dark"], "a phone": ["light", "dark"] }[way] ?? []) {
      await showIn(page, theme);
      // Each row's colours are checked at the desk's size.
      const find = way === "a desk" ? violationsOfLooks : violationsOfFirstRows;
      found.push(...(await find(page, inside)).map((line) => `${way}, ${theme}: ${line}`));
    }
    await page.emulateMedia({ colorScheme: "light" });
  }
  await showAs(page, WAYS["a desk"]);
  return found;
}

test("axe is at work: it finds what is wrong on purpose", async () => {
  const page = await empty(site, { reducedMotion: "reduce" });
  await page.evaluate(() => {
    const image = document.createElement("img");
    document.querySelector("main").append(image);
    const text = document.createElement("p");
    text.textContent = "grey on grey";
    text.style.cssText = "color:#777;background:#888";
    document.querySelector("main").append(text);
  });
  for (const find of [violations, violationsOfLooks]) {
    const found = await find(page);
    assert.ok(found.some((line) => line.startsWith("color-contrast")), found.join("\n"));
    assert.equal(found.some((line) => line.startsWith("image-alt")), find === violations, found.join("\n"));
  }
  await page.context().close();
});

test("the check for what is cut is at work", async () => {
  const page = await empty(site, { reducedMotion: "reduce" });
  await page.evaluate(() => {
    const wide = document.createElement("p");
    wide.textContent = "wider than a phone";
    wide.style.width = "500px";
    document.querySelector("main").append(wide);
  });
  await showAs(page, WAYS["a phone"]);
  assert.ok((await cutOff(page)).some((line) => line.startsWith("sticks out")));
  await page.context().close();
});

/** What is checked in single states beyond the looks, by journey and step. */
const MORE = {
  "before the first figures": {
    async "as it opens"(page, t) {
      await t.test("nothing moves for a reader who wants no motion", async () => {
        const moving = () => page.evaluate(() => document.getAnimations().filter((a) => a.playState === "running").length);
        await inEachView(page, async (view) => assert.equal(await moving(), 0, view));
        await page.emulateMedia({ reducedMotion: "no-preference" });
        assert.ok((await moving()) > 0, "the skeletons pulse otherwise");
      });
    },
  },
  "the published case": {
    async "as it opens"(page, t) {
      await t.test("a dark page is printed light, and is dark again", () => printsLight(page));
    },
    async "all open"(page, t) {
      await t.test("on paper", () => fitsPaper(page));
      await t.test("each chart is saved", () => savesCharts(page));
    },
  },
  "files in doubt": {
    async "as it opens"(page, t) {
      for (const theme of ["light", "dark"]) {
        await t.test(`what has the focus shows it, ${theme}`, async () => {
          await showIn(page, theme);
          let most = 0;
          await inEachView(page, async (view) => {
            const { stops, found } = await unmarkedStops(page);
            assert.deepEqual(found, [], view);
            most = Math.max(most, stops);
          });
          assert.ok(most > 40, `${most} stops`);
        });
      }
      await page.emulateMedia({ colorScheme: "light" });
    },
  },
  "three sets": {
    async "all open"(page, t) {
      await t.test("charts say what they show", () => chartsSpeak(page));
      await t.test("on paper", () => fitsPaper(page));
      await t.test("each chart is saved", () => savesCharts(page));
    },
  },
};

for (const { name, open, steps } of JOURNEYS) {
  test(`looks: ${name}`, async (t) => {
    const page = await open(site, { reducedMotion: "reduce", acceptDownloads: true });
    const problems = collectProblems(page, site.url);
    const check = async (state, inside) => {
      await t.test(state, async () => assert.deepEqual(await inspect(page, inside), []));
      await MORE[name]?.[state]?.(page, t);
    };
    await check("as it opens");
    for (const step of steps) {
      await step.enter(page);
      await check(step.name, step.inside);
      await step.leave?.(page);
    }
    await t.test("without a problem", () => assert.deepEqual(problems, []));
    await page.context().close();
  });
}

test("looks: the theory", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  await page.goto(new URL("theory.html", site.url).href);
  const found = await violations(page);
  for (const way of ["a desk", "a phone"]) {
    await showAs(page, WAYS[way]);
    for (const theme of ["light", "dark"]) {
      await showIn(page, theme);
      found.push(...(await violationsOfLooks(page)));
    }
  }
  assert.deepEqual(found, []);
  await context.close();
});

/** Every view fits the sheet, without controls. */
async function fitsPaper(page) {
  await inEachView(page, async (view) => assert.deepEqual(await wrongOnPaper(page), [], view));
}

/** The charts of all views come as PNG and SVG. */
async function savesCharts(page) {
  let files = 0;
  await inEachView(page, async () => { files += await saveAllCharts(page); });
  assert.ok(files >= 8, `${files} files`);
}

async function printsLight(page) {
  await showIn(page, "dark");
  await page.evaluate(() => {
    self.printed = [];
    const look = () => self.printed.push([document.documentElement.dataset.theme, getComputedStyle(document.body).color]);
    addEventListener("beforeprint", look);
    addEventListener("afterprint", look);
  });
  const before = await page.evaluate(() => getComputedStyle(document.body).color);
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 20_000, `${pdf.length} bytes`);
  const [during, then] = await page.evaluate(() => self.printed);
  assert.equal(during[0], "light");
  assert.notEqual(during[1], before);
  assert.deepEqual(then, [undefined, before]);
  await showIn(page, "light");
}

/** Every chart has a text with figures, a name of its own and a table. */
async function chartsSpeak(page) {
  await page.waitForFunction(() => [...document.querySelectorAll("main .canvas canvas")].every((canvas) => canvas.getAttribute("role") === "slider" || canvas.getAttribute("aria-label")));
  const charts = await page.$$eval("main .canvas canvas", (canvases) => canvases.map((canvas) => {
    const described = document.getElementById(canvas.getAttribute("aria-describedby"))?.textContent;
    const text = canvas.getAttribute("aria-valuetext") ?? described ?? canvas.getAttribute("aria-label") ?? "";
    return { name: canvas.getAttribute("aria-label"), text, tables: canvas.closest(".card").querySelectorAll("table tbody tr").length };
  }));
  assert.ok(charts.length >= 12, `${charts.length} charts`);
  for (const { name, text, tables } of charts) {
    assert.match(text, /\d/, `${name}: ${text}`);
    assert.ok(tables > 0, `${name} has no table`);
  }
  const names = charts.map((chart) => chart.name);
  assert.equal(new Set(names).size, names.length, names.join(" | "));
}
