// The curve and the table: dragging, hovering, keys, typing, adding and removing.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { openSample, rows, searched, until } from "./page.mjs";
import { openSite } from "./site.mjs";

// All tests share one page: each begins with the four candidates, the last of them in use.
let site, page;
before(async () => {
  site = await openSite();
  page = await openSample(site, { view: "range" });
  await searched(page);
});
after(async () => { await site?.close(); });

beforeEach(async () => {
  await page.getByRole("button", { name: "Reset the ranges" }).click();
  await page.locator("table.ranges input[type=radio]").nth(3).check();
  await page.mouse.move(5, 5);
});

const inUse = async () => (await rows(page)).find((row) => row.inUse);

test("dragging the end moves the row in use with it", async () => {
  const canvas = page.getByRole("slider");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  const now = Number(await canvas.getAttribute("aria-valuenow"));
  assert.equal(now, 15);
  const [min, max] = await Promise.all(["aria-valuemin", "aria-valuemax"].map((name) => canvas.getAttribute(name)));
  const share = Math.log(15 / min) / Math.log(max / min);
  const x = box.x + 58 + share * (box.width - 58 - 78);
  const y = box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= 10; i += 1) {
    await page.mouse.move(x + i * 12, y);
  }
  const during = await inUse();
  await page.mouse.up();
  const row = await inUse();
  assert.deepEqual(row, during, "the table follows while the end is dragged");
  assert.ok(Number(row.end) > 20, row.end);
  assert.notEqual(row.RMSE, "2.38 m");
  assert.equal(await canvas.getAttribute("aria-valuenow"), row.end);
});

test("hovering reads the figures", async () => {
  const canvas = page.getByRole("slider");
  await canvas.scrollIntoViewIfNeeded();
  const before = "End 15 m: RMSE 2.38 m = rounding 15.1 mm and clipping 2.38 m";
  await until(() => page.textContent(".readout"), before, "the range in use");
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.4);
  await page.waitForFunction((before) => document.querySelector(".readout").textContent !== before, before);
  await page.mouse.move(5, 5);
  await until(() => page.textContent(".readout"), before, "the range in use again");
});

test("the keyboard moves the end", async () => {
  const canvas = page.getByRole("slider");
  await canvas.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal((await inUse()).end, "15.3");
  await page.keyboard.press("PageDown");
  assert.equal((await inUse()).end, "12.2");
  assert.match(await canvas.getAttribute("aria-valuetext"), /^12\.2 m, RMSE 2\.7\d m$/);
});

test("ends can be typed; what is no range stays there with the reason", async () => {
  const end = page.getByLabel("End of the range in metres").first();
  await end.fill("0.25");
  await end.press("Enter");
  await page.waitForSelector(".problem");
  assert.match(await page.textContent(".problem"), /needs its start below its end/);
  assert.equal(await end.inputValue(), "0.25");
  assert.equal((await rows(page))[0].RMSE, "3.66 m");
  await end.fill("8");
  await end.press("Enter");
  await page.waitForFunction(() => !document.querySelector(".problem"));
  assert.equal((await rows(page))[0]["Half step"], "±14.7 mm");
});

test("ranges are added, taken from the best, removed and reset", async () => {
  await page.getByRole("button", { name: "Add a range" }).click();
  assert.equal((await rows(page)).length, 5);
  await page.getByRole("button", { name: /Best rmse/ }).click();
  const best = await inUse();
  assert.ok(Math.abs(Number(best.end) - 130) < 5, best.end);
  assert.equal(best.RMSE, "182 mm");
  await page.getByRole("button", { name: "Remove best rmse" }).click();
  assert.equal((await rows(page)).length, 5);
  await page.getByRole("button", { name: "Reset the ranges" }).click();
  assert.deepEqual((await rows(page)).map((row) => row.end), ["7.5", "10", "12.5", "15"]);
});

test("every chart has its table", async () => {
  for (const name of ["The curve as a table", "The histogram as a table", "All figures of the ranges"]) {
    await page.click(`summary:has-text("${name}")`);
    const region = page.getByRole("region", { name });
    // At least twenty rows, or the wait runs out.
    await region.locator("tbody tr").nth(19).waitFor({ state: "attached" });
  }
});
