// Small screens, windows of all widths, large letters: at 320 CSS pixels, at 200 % of zoom and with letters of twice the size nothing
// scrolls sideways and nothing is cut off.

import assert from "node:assert/strict";
import { test } from "node:test";
import { launchChromium, openSite } from "./site.mjs";
import { STATES, everything } from "./states.mjs";

/** How the page is looked at, and the letters' size that the reader chose in the browser. */
const WAYS = {
  "320 CSS pixels": { context: { viewport: { width: 320, height: 700 } } },
  "half of a desk's screen": { context: { viewport: { width: 960, height: 1000 } } },
  "a laptop": { context: { viewport: { width: 1280, height: 800 } } },
  "200 % zoom": { context: { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 } },
  "letters of twice the size": { context: { viewport: { width: 1440, height: 900 } }, letters: 32 },
  "letters of twice the size on a phone": { context: { viewport: { width: 390, height: 844 } }, letters: 32 },
};

/** What sticks out of the screen or is cut by its own box, one line each. */
function cutOff(page) {
  return page.evaluate(() => {
    const name = (element) => `${element.closest("[id]")?.id ?? ""} ${element.localName}.${[...element.classList].join(".")} "${element.textContent.trim().slice(0, 40)}"`;
    const wide = document.documentElement.clientWidth;
    const found = [];
    if (document.documentElement.scrollWidth > wide) found.push(`the page is ${document.documentElement.scrollWidth} px wide on ${wide} px`);
    for (const element of document.querySelectorAll("body *")) {
      const style = getComputedStyle(element);
      const { width, right } = element.getBoundingClientRect();
      // Boxes that may be scrolled, what only screen readers see, and one line of a long name hide on purpose.
      if (width === 0 || element.closest(".hidden, .skip, svg, .ranges thead, .remedies thead") || style.visibility === "hidden") continue;
      if (right > wide + 1 && !element.closest(".scroll")) found.push(`sticks out to ${Math.round(right)} px: ${name(element)}`);
      const card = element.parentElement.closest(".card")?.getBoundingClientRect();
      if (card && right > card.right + 1 && !element.closest(".scroll")) found.push(`sticks out of its card to ${Math.round(right)} of ${Math.round(card.right)} px: ${name(element)}`);
      const hides = ["hidden", "clip"].includes(style.overflowX);
      if (hides && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1) found.push(`cut at ${element.clientWidth} of ${element.scrollWidth} px: ${name(element)}`);
    }
    return found;
  });
}

for (const [way, { context, letters }] of Object.entries(WAYS)) {
  test(`nothing sticks out or is cut: ${way}`, async (t) => {
    const site = await openSite(() => launchChromium(letters ? [`--blink-settings=defaultFontSize=${letters}`] : []));
    try {
      for (const name of ["sample", "doubts", "triple"]) {
        await t.test(name, async () => {
          const page = await STATES[name](site, context);
          const found = await cutOff(page);
          await everything(page);
          found.push(...(await cutOff(page)));
          assert.deepEqual([...new Set(found)], []);
          if (letters) assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".lead")).fontSize)) > 1.9 * 15, "the letters did grow");
          await page.context().close();
        });
      }
    } finally {
      await site.close();
    }
  });
}
