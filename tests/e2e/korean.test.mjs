// The page in Korean: by the browser's language, by the link, by the switch; whole, and with the same figures.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openPage, rows, searched } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { STATES, everything } from "./states.mjs";

let site;

before(async () => {
  site = await openSite();
});

after(async () => {
  await site?.close();
});

const HANGUL = /[\uac00-\ud7a3]/;
const KOREAN = { locale: "ko-KR", viewport: { width: 1440, height: 900 } };

/** What a reader meets in text, labels and titles that is still an English phrase: three plain words in a row. */
async function english(page, opened) {
  if (opened) await everything(page);
  return page.evaluate(() => {
    const phrase = /(?:\b[A-Za-z]?[a-z]{1,}\b[ ,]+){2}[a-z]{2,}/;
    // Code, names of files and the sources of methods stay as they are.
    const foreign = "pre, code, script, style, .source, noscript";
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (!node.parentElement.closest(foreign)) found.add(node.data.trim());
      } else if (!node.closest(foreign)) {
        for (const name of ["aria-label", "title", "placeholder", "alt"]) found.add(node.getAttribute(name) ?? "");
      }
    }
    // A source in brackets with its year.
    return [...found].filter((text) => phrase.test(text.replace(/\([^)]*\b\d{4}\b[^)]*\)/g, "")));
  });
}

for (const [name, open] of Object.entries(STATES)) {
  test(`nothing is left in English: ${name}`, async () => {
    const page = await open(site, KOREAN);
    assert.equal(await page.getAttribute("html", "lang"), "ko");
    assert.match(await page.textContent("h1"), HANGUL);
    assert.deepEqual(await english(page, !["empty", "dragging"].includes(name)), []);
    await page.context().close();
  });
}

test("the address asks for a language, and the switch changes it for good", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await searched(page);
  const figures = await rows(page);
  await page.click("a[data-language=ko]");
  await page.waitForSelector("html[lang=ko]");
  await searched(page);
  assert.match(page.url(), /\?lang=ko/);
  const values = (table) => table.map((row) => Object.values(row).filter((cell) => /\d/.test(cell)));
  assert.deepEqual(values(await rows(page)), values(figures));
  // Without the address's word for it, what was chosen last holds.
  await page.goto(site.url);
  await searched(page);
  assert.equal(await page.getAttribute("html", "lang"), "ko");
  await page.goto(`${site.url}?lang=en`);
  await searched(page);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.deepEqual(await rows(page), figures);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("Korean fits a phone, in both themes", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await STATES.triple(site, { ...KOREAN, colorScheme, viewport: { width: 390, height: 844 } });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${width} px wide`);
    // Where rows are cards, every figure has the words of its column above it.
    const [heads, labels] = await page.evaluate(() => [
      [...document.querySelectorAll(".ranges thead th")].slice(1, -1).map((th) => th.textContent),
      [...document.querySelectorAll(".ranges tbody tr:first-child td[data-label]")].map((td) => td.dataset.label),
    ]);
    assert.deepEqual(labels, heads);
    assert.match(labels.join(), HANGUL);
    await page.context().close();
  }
});

test("a report for reading is Korean, a report for programs is not", async () => {
  const page = await STATES.triple(site, KOREAN);
  await searched(page);
  const saved = async (name) => {
    const saving = page.waitForEvent("download", { timeout: 150_000 });
    await page.locator("#exports .offers").getByRole("button", { name, exact: true }).click();
    return readFile(await (await saving).path(), "utf8");
  };
  const report = JSON.parse(await saved("report.json"));
  // Where the depths come from is said as the page says it, in one place.
  assert.match(report.source, HANGUL);
  const korean = [];
  JSON.stringify({ ...report, source: "" }, (name, value) => {
    if (typeof value === "string" && HANGUL.test(value)) korean.push(`${name}: ${value}`);
    return value;
  });
  assert.deepEqual(korean, []);
  assert.match(report.verdicts[0].question, /^Why is INT8/);
  const text = await saved("차트가 든 보고서");
  assert.match(text, /<html lang="ko">/);
  assert.match(text, /<h2>INT8은 왜 이론보다/);
  assert.match(await page.textContent("#why"), /왜 이론보다/, "Korean is spoken on");
  await page.context().close();
});
