// On paper: light whatever the screen's theme, without buttons, nothing beyond the edge, and nothing that was never computed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSite } from "./site.mjs";
import { STATES, everything } from "./states.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

test("a dark page is printed light, and is dark again", async () => {
  const page = await STATES.sample(site, { colorScheme: "dark" });
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
  await page.context().close();
});

test("what is printed fits the sheet and holds no control", async () => {
  for (const name of ["sample", "triple"]) {
    // A4 less the margins.
    const page = await STATES[name](site, { viewport: { width: 703, height: 1000 } });
    await everything(page);
    await page.emulateMedia({ media: "print" });
    const found = await page.evaluate(() => {
      const seen = (element) => element.getBoundingClientRect().width > 0 && !element.closest(".hidden");
      const controls = [...document.querySelectorAll("button, select, summary, progress")].filter((e) => seen(e) && !e.matches(".best, .sort, .file, summary"));
      const outside = [...document.querySelectorAll("main *")].filter((e) => seen(e) && e.getBoundingClientRect().right > innerWidth + 1);
      return [...controls.map((e) => `a control: ${e.textContent}`), ...outside.map((e) => `outside: ${e.localName}.${e.className} ${e.textContent.slice(0, 40)} ${e.getBoundingClientRect().right}`)];
    });
    assert.deepEqual(found, [], name);
    await page.context().close();
  }
});
