// What must hold of the page's looks in every state: what axe-core finds, what sticks out or is cut, what is left in English.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Rules of axe whose outcome changes with the theme or the size of the window. */
const OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Theme, size of the window and the browser's font size. */
export const WAYS = {
  "a desk": { width: 1440, height: 900 },
  "320 CSS pixels": { width: 320, height: 700 },
  "a phone": { width: 390, height: 844, scale: 2 },
  "half of a desk's screen": { width: 960, height: 1000 },
  "a laptop": { width: 1280, height: 800 },
  "200 % zoom": { width: 720, height: 450, scale: 2 },
  "letters of twice the size": { width: 1440, height: 900, letters: 32 },
  "letters of twice the size on a phone": { width: 390, height: 844, letters: 32 },
};

/** Letters of the size that a browser comes with, in CSS pixels. */
const LETTERS = 16;

/** Shows the open page another way: the window's size, the screen's pixels, the letters. */
export async function showAs(page, { width, height, scale = 1, letters = LETTERS }) {
  page.devtools ??= await page.context().newCDPSession(page);
  await page.devtools.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
  await page.devtools.send("Page.setFontSizes", { fontSizes: { standard: letters } });
  await page.waitForFunction((width) => innerWidth === width, width);
  await frames(page);
}

/** Waits for two frames: sizes are told in the first, and charts are drawn in the second. */
function frames(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Shows the open page in a theme. */
export async function showIn(page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await frames(page);
  // A colour half way between two themes belongs to neither.
  await page.waitForFunction(() => !document.getAnimations().some((a) => a instanceof CSSTransition && a.playState === "running"));
}

/** Rows of long tables that look like those above them. */
const ALIKE = "tbody tr:nth-child(n+9)";

/** Runs axe on the page, on a part of it, or on all but some of it. One line for each element that breaks a rule. */
async function runAxe(page, what, inside) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async ({ what, inside }) => {
    // What has scrolled half under the header is "obscured" to axe: at the top nothing is.
    scrollTo(0, 0);
    const { violations } = await window.axe.run(inside ?? document, { ...what, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\n").slice(1).join(";").trim()}`));
  }, { what, inside });
}

/** What breaks WCAG 2.0 to 2.2, levels A and AA. */
export function violations(page) {
  // Rules of 2.2 are off in axe unless they are asked for.
  return runAxe(page, { runOnly: { type: "tag", values: TAGS }, rules: { "target-size": { enabled: true } } });
}

/** What breaks the rules that the theme and the window's size decide: on the page, or inside an element. */
export function violationsOfLooks(page, inside) {
  return runAxe(page, { runOnly: { type: "rule", values: OF_LOOKS } }, inside);
}

/** The same without the rows of long tables that look like those above them. */
export function violationsOfFirstRows(page, inside) {
  return violationsOfLooks(page, inside ?? { exclude: [[ALIKE]] });
}

/** What sticks out of the screen or is cut by its own box, one line each. Charts that are drawn anew get some frames for it. */
export async function cutOff(page) {
  let found = [];
  for (let tries = 0; tries < 20; tries += 1) {
    found = await page.evaluate(findCutOff);
    if (found.length === 0) break;
    await frames(page);
  }
  return found;
}

function findCutOff() {
  const name = (element) => `${element.closest("[id]")?.id ?? ""} ${element.localName}.${[...element.classList].join(".")} "${element.textContent.trim().slice(0, 40)}"`;
  const wide = document.documentElement.clientWidth;
  const found = [];
  const scrolls = (element) => element.closest(".scroll, .views, .chips, .thumbnails, .pair.row");
  for (const row of document.querySelectorAll(".views, .chips, .thumbnails, .pair.row")) {
    if (!["auto", "scroll"].includes(getComputedStyle(row).overflowX) && row.scrollWidth > row.clientWidth + 1) found.push(`does not scroll: ${name(row)}`);
  }
  if (document.documentElement.scrollWidth > wide) found.push(`the page is ${document.documentElement.scrollWidth} px wide on ${wide} px`);
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const { width, right } = element.getBoundingClientRect();
    // Boxes that may be scrolled, what only screen readers see, and one line of a long name hide on purpose.
    if (width === 0 || element.closest(".hidden, .skip, svg, .ranges thead") || style.visibility === "hidden") continue;
    if (right > wide + 1 && !scrolls(element)) found.push(`sticks out to ${Math.round(right)} px: ${name(element)}`);
    const card = element.parentElement.closest(".card")?.getBoundingClientRect();
    if (card && right > card.right + 1 && !scrolls(element)) found.push(`sticks out of its card to ${Math.round(right)} of ${Math.round(card.right)} px: ${name(element)}`);
    const hides = ["hidden", "clip"].includes(style.overflowX);
    if (hides && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1) found.push(`cut at ${element.clientWidth} of ${element.scrollWidth} px: ${name(element)}`);
  }
  return [...new Set(found)];
}

/** What the sheet of paper would hold that it should not: controls, and what lies beyond its edge. Leaves the page as on the screen. */
export async function wrongOnPaper(page) {
  // A4 less the margins.
  await showAs(page, { width: 703, height: 1000 });
  await page.emulateMedia({ media: "print" });
  await frames(page);
  const found = await page.evaluate(() => {
    const seen = (element) => element.getBoundingClientRect().width > 0 && !element.closest(".hidden");
    const controls = [...document.querySelectorAll("button, select, summary, progress")].filter((e) => seen(e) && !e.matches(".best, .sort, .file, .chip, summary"));
    const outside = [...document.querySelectorAll("main *")].filter((e) => seen(e) && e.getBoundingClientRect().right > innerWidth + 1);
    return [...controls.map((e) => `a control: ${e.textContent}`), ...outside.map((e) => `outside: ${e.localName}.${e.className} ${e.textContent.slice(0, 40)} ${e.getBoundingClientRect().right}`)];
  });
  await page.emulateMedia({ media: "screen" });
  await showAs(page, WAYS["a desk"]);
  return found;
}

/** What a reader meets in text, labels and titles that is still an English phrase: three plain words in a row. */
export function englishPhrases(page) {
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

/** What takes the focus by Tab without a mark around it, or under the header; and how many stops there are. */
export async function unmarkedStops(page) {
  const [seen, found] = [new Set(), []];
  // From the start of the page, wherever the focus was.
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press("Tab");
    const { id, wrong } = await page.evaluate(() => {
      const element = document.activeElement;
      // A file input lies unseen over its label, which shows the focus for it.
      const shown = element.matches(".drop input") ? element.closest(".drop") : element;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const marked = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      const box = shown.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      const covered = Boolean(top?.closest("header")) && !shown.closest("header");
      self.stops ??= new Map();
      if (!self.stops.has(element)) self.stops.set(element, self.stops.size);
      const name = `${self.stops.get(element)} ${element.localName}.${element.className} ${element.getAttribute("aria-label") ?? element.textContent.slice(0, 30)}`;
      return { id: name, wrong: element === document.body ? null : !marked ? `no mark: ${name}` : covered ? `under the header: ${name}` : null };
    });
    if (seen.has(id)) break;
    seen.add(id);
    if (wrong) found.push(wrong);
  }
  return { stops: seen.size, found };
}
