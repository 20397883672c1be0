// The user guide is true of the published case and of the example network: the page says every sentence that the guide quotes. `real-data.test.mjs` holds the guide's
// other example to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { guide, quotes, words } from "./guide.mjs";
import { openPage, openSample, rows, searched } from "./page.mjs";
import { openSite } from "./site.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

test("what the guide says of the published case", async () => {
  const page = await openSample(site);
  await searched(page);
  await page.waitForFunction(() => /a log code over/.test(document.querySelector(".cards").textContent));
  const text = await words(page);
  const quoted = quotes((await guide()).sample);
  assert.equal(quoted.length, 5);
  for (const quote of quoted) assert.ok(text.includes(quote), quote);
  for (const figure of ["±28.4 mm"]) assert.ok(text.includes(figure), figure);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  assert.equal((await rows(page))[0].RMSE, "7.92 mm");
  await page.context().close();
});

test("what the guide says of the example network", async () => {
  const page = await openPage(site, { view: "network" });
  await page.getByRole("button", { name: "Try the example network" }).click();
  await page.waitForSelector('[data-network="complete"]', { timeout: 60_000 });
  await page.waitForFunction(() => /Measured: with mid/.test(document.querySelector(".cards").textContent), null, { timeout: 60_000 });
  const text = await words(page);
  const quoted = quotes((await guide()).network);
  assert.equal(quoted.length, 4);
  for (const quote of quoted) assert.ok(text.includes(quote), quote);
  for (const figure of ["Weights 94.3 %"]) assert.ok(text.includes(figure), figure);
  await page.context().close();
});
