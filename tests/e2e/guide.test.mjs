// The user guide is true of the published case: the page says every sentence that the guide quotes. `real-data.test.mjs` holds the guide's
// other example to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { guide, quotes, words } from "./guide.mjs";
import { openSample, rows, searched } from "./page.mjs";
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
