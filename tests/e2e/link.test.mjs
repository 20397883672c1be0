// The link: kept in the address bar, opened elsewhere without the files, refused when it is broken.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, fragmentAfterEdit, openPage, room, rows, searched } from "./page.mjs";
import { openSite } from "./site.mjs";
import { set } from "./triple.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

const number = (text) => Number.parseFloat(text.replace("±", "")) * (/ mm$/.test(text) ? 1e-3 : 1);

test("a link shows the same page elsewhere, without the files", async () => {
  const page = await openPage(site);
  await choose(page, [room("secret-name.npy", 12)]);
  await page.getByRole("button", { name: "10", exact: true }).click();
  await page.getByLabel("End of the range in metres").first().fill("9");
  await page.getByLabel("End of the range in metres").first().press("Enter");
  const fragment = await fragmentAfterEdit(page);
  assert.ok(fragment.startsWith("f1.") && fragment.length < 2000, `${fragment.length} characters`);
  assert.ok(!Buffer.from(fragment.slice(3), "base64url").includes("secret"), "no file name in the link");
  const expected = await rows(page);

  const other = await openPage(site, { fragment });
  assert.match(await other.textContent(".case"), /^From a link: 1 map, Ground truth, 2,000 px/);
  const got = await rows(other);
  assert.deepEqual(got.map((row) => [row.start, row.end, row["Half step"]]), expected.map((row) => [row.start, row.end, row["Half step"]]));
  for (const [i, row] of got.entries()) {
    for (const key of ["Rounding part", "RMSE", "abs_rel"]) {
      const [a, b] = [number(row[key]), number(expected[i][key])];
      assert.ok(Math.abs(a - b) <= 0.012 * b, `${key} of row ${i}: ${row[key]} against ${expected[i][key]}`);
    }
  }
  await other.reload();
  await searched(other);
  assert.deepEqual(await rows(other), got, "a reload changes nothing");
  await page.context().close();
  await other.context().close();
});

test("the sample's link holds the settings", async () => {
  const page = await openPage(site);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  const fragment = await fragmentAfterEdit(page);
  const other = await openPage(site, { fragment });
  assert.deepEqual(await rows(other), await rows(page));
  assert.match(await other.textContent(".case"), /^Published case/);
  await page.context().close();
  await other.context().close();
});

test("the copy button copies the address", async () => {
  const page = await openPage(site, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.waitForSelector(".notice:has-text('Link copied')");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  await page.context().close();
});

test("a broken, a newer and a foreign link each say so and show the sample", async () => {
  const page = await openPage(site);
  const whole = await fragmentAfterEdit(page);
  for (const [fragment, words] of [
    [whole.slice(0, -7), /This link is damaged/],
    ["f7.AAAA", /made by a newer Fathom/],
    ["chapter-3", /not a Fathom link/],
  ]) {
    const other = await openPage(site, { fragment });
    assert.match(await other.textContent(".notices"), words);
    assert.equal((await rows(other)).length, 4);
    await other.context().close();
  }
  await page.context().close();
});

test("a comparison travels in the link, and is understood without a file", async () => {
  const page = await openPage(site);
  await choose(page, set("gt", "fp32", "int8"));
  await page.waitForSelector("#study-answers .answers", { timeout: 60_000 });
  await page.waitForFunction(() => location.hash.startsWith("#f2."), undefined, { timeout: 20_000 });
  const fragment = new URL(page.url()).hash.slice(1);
  assert.ok(page.url().length < 2000, `${page.url().length} characters`);
  for (const name of ["f0_gt", "gt.npy"]) assert.ok(!Buffer.from(fragment.slice(3), "base64url").includes(name), name);
  const texts = (page) => page.$$eval("#metrics tbody tr", (trs) => trs.map((tr) => [...tr.cells].map((cell) => cell.textContent)));
  const budget = (page) => page.$$eval("#budget tbody tr", (trs) => trs.map((tr) => tr.cells[1].textContent));
  const [metrics, pieces] = [await texts(page), await budget(page)];
  const headline = await page.textContent(".answers .answer");
  await page.context().close();

  const opened = await openPage(site, { fragment });
  await opened.waitForSelector("#study-answers .answers", { timeout: 60_000 });
  assert.equal(await opened.textContent(".answers .answer"), headline);
  await opened.waitForSelector("#budget tbody tr");
  assert.deepEqual(await texts(opened), metrics);
  assert.deepEqual(await budget(opened), pieces);
  assert.match(await opened.textContent("#metrics .lead"), /12 frames compared, as measured by plain, all pixels together/);
  // It travels on, and its code is drawn.
  assert.ok(new URL(opened.url()).hash.startsWith("#f2."));
  await opened.getByRole("button", { name: "Show as a QR code" }).click();
  assert.ok((await opened.getAttribute("#exports svg.qr path", "d")).length > 2000);
  // Own maps take its place.
  await choose(opened, set("gt", "fp32"));
  await opened.waitForFunction(() => !document.querySelector("#metrics .lead")?.textContent.startsWith("From the link"));
  await opened.context().close();
});
