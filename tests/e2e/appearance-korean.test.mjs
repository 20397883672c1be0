// The page in Korean: by the browser's language, by the link, by the switch; whole in every state, and with the same figures.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, near, openPage, rows, saved, searched, until } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { JOURNEYS, empty, inEachView } from "./states.mjs";
import { WAYS, englishPhrases, showAs, showIn } from "./looks.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

const HANGUL = /[\uac00-\ud7a3]/;

/** What is checked in single states beyond the words, by journey and step. */
const MORE = {
  "the published case": {
    async "the list of commands"(page, t) {
      await t.test("commands are found in Korean, half typed or by initials, and in English", () => findsCommands(page));
    },
  },
  "three sets": {
    async "as it opens"(page, t) {
      await t.test("it fits a phone, in both themes", () => fitsPhone(page));
      await t.test("a report for reading is Korean, a report for programs is not", () => reportsSpeak(page));
    },
  },
};

for (const { name, open, steps } of JOURNEYS) {
  test(`nothing is left in English: ${name}`, async (t) => {
    const page = await open(site, { locale: "ko-KR", reducedMotion: "reduce" });
    assert.equal(await page.getAttribute("html", "lang"), "ko");
    for (const view of VIEWS) assert.match(await page.textContent(`#view-${view} > h1`), HANGUL);
    assert.match(await page.textContent("nav.views"), HANGUL);
    const check = async (state, inside) => {
      await t.test(state, async () => {
        if (inside) assert.deepEqual(await englishPhrases(page), []);
        else await inEachView(page, async (view) => assert.deepEqual(await englishPhrases(page), [], view));
      });
      await MORE[name]?.[state]?.(page, t);
    };
    await check("as it opens");
    for (const step of steps) {
      await step.enter(page);
      await check(step.name, step.inside);
      await step.leave?.(page);
    }
    await page.context().close();
  });
}

test("the check for English is at work", async () => {
  const page = await empty(site, { locale: "ko-KR" });
  await page.evaluate(() => {
    document.querySelector("main").append("these are plain words");
    document.querySelector("main").title = "so are the words here";
  });
  assert.deepEqual((await englishPhrases(page)).sort(), ["so are the words here", "these are plain words"]);
  await page.context().close();
});

test("the address asks for a language, and the switch changes it for good", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await searched(page);
  const figures = await rows(page);
  const fragment = new URL(page.url()).hash;
  await page.click("a[data-language=ko]");
  await page.waitForSelector("html[lang=ko]");
  await searched(page);
  assert.match(page.url(), /\?lang=ko/);
  const values = (table) => table.map((row) => Object.values(row).filter((cell) => /\d/.test(cell)));
  assert.deepEqual(values(await rows(page)), values(figures));
  // Without the address's word for it, what was chosen last holds.
  await page.goto(site.url + fragment);
  await searched(page);
  assert.equal(await page.getAttribute("html", "lang"), "ko");
  await page.goto(`${site.url}?lang=en${fragment}`);
  await searched(page);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.deepEqual(await rows(page), figures);
  assert.deepEqual(problems, []);
  await page.context().close();
});

async function findsCommands(page) {
  const first = () => page.locator("#palette [aria-selected=true] span").first().textContent();
  for (const [letters, title] of [["링크 복사", "링크 복사하기"], ["링크 볷", "링크 복사하기"], ["ㄹㅋ ㅂㅅ", "링크 복사하기"], ["copy link", "링크 복사하기"]]) {
    await page.locator(".palette-field").fill(letters);
    await until(first, title, letters);
  }
}

async function fitsPhone(page) {
  await showAs(page, WAYS["a phone"]);
  for (const theme of ["light", "dark"]) {
    await showIn(page, theme);
    await inEachView(page, async (view) => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${view}: ${width} px wide`);
    });
    // Where rows are cards, every figure has the words of its column above it.
    const [heads, labels] = await page.evaluate(() => [
      [...document.querySelectorAll(".ranges thead th")].slice(1, -1).map((th) => th.textContent),
      [...document.querySelectorAll(".ranges tbody tr:first-child td[data-label]")].map((td) => td.dataset.label),
    ]);
    assert.deepEqual(labels, heads);
    assert.match(labels.join(), HANGUL);
  }
  await showIn(page, "light");
  await showAs(page, WAYS["a desk"]);
}

async function reportsSpeak(page) {
  await searched(page);
  await near(page, "exports");
  const text = async (name) => (await saved(page, page.locator("#exports .offers").getByRole("button", { name, exact: true }))).bytes.toString();
  const report = JSON.parse(await text("report.json"));
  // Where the depths come from is said as the page says it, in one place.
  assert.match(report.source, HANGUL);
  const korean = [];
  JSON.stringify({ ...report, source: "" }, (name, value) => {
    if (typeof value === "string" && HANGUL.test(value)) korean.push(`${name}: ${value}`);
    return value;
  });
  assert.deepEqual(korean, []);
  assert.match(report.verdicts[0].question, /^What does INT8 cost/);
  const html = await text("차트가 든 보고서");
  assert.match(html, /<html lang="ko">/);
  assert.match(html, /<h2>INT8의 손실은 얼마이고/);
  assert.match(await page.textContent("#view-predictions > h1"), /INT8의 손실은/, "Korean is spoken on");
}
