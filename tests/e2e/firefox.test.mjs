// The main flow in Firefox: the sample, files chosen and dropped, the study's answers, the report, a link made and opened.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, drawn, drop, fragmentAfterEdit, near, openPage, openSample, room, rows, searched, settled } from "./page.mjs";
import { collectProblems, launchFirefox, openSite } from "./site.mjs";
import { inEachView } from "./states.mjs";
import { FRAMES, set } from "./triple.mjs";

const skip = process.env.FATHOM_FIREFOX ? false : "there is no Firefox here";

let site;
before(async () => { if (!skip) site = await openSite(launchFirefox); });
after(async () => { await site?.close(); });

/** The text that "Export JSON" saves: the driver has no word for downloads of this browser. */
async function saved(page) {
  await page.evaluate(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => { self.savedBlob = blob; return make.call(URL, blob); };
  });
  await page.getByRole("button", { name: "Export JSON" }).click();
  await page.waitForFunction(() => self.savedBlob, null, { timeout: 150_000 });
  return page.evaluate(() => self.savedBlob.text());
}

test("Firefox shows the published case with its figures and every curve", { skip }, async () => {
  const page = await openSample(site);
  const problems = collectProblems(page, site.url);
  await searched(page);
  assert.match(await page.textContent(".answers"), /Published: RMSE rose from 390\smm to 741\smm/);
  assert.deepEqual((await rows(page)).map((row) => row.RMSE), ["3.66 m", "3.15 m", "2.73 m", "2.38 m"]);
  for (const id of ["sweeps", "map", "code-curves"]) await drawn(page, id);
  for (const id of ["calibrators", "codes", "optima"]) {
    await near(page, id);
    await page.waitForFunction((id) => document.querySelector(`#${id} tbody`)?.rows.length > 10 && !document.querySelector(`#${id} .waiting`), id, { timeout: 120_000 });
  }
  assert.doesNotMatch(await page.textContent("main"), /NaN|inf\b|undefined/);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("Firefox moves the end by mouse and keyboard", { skip }, async () => {
  const page = await openSample(site, { view: "range" });
  await searched(page);
  const canvas = page.getByRole("slider");
  await canvas.focus();
  await page.keyboard.press("ArrowRight");
  const inUse = async () => (await rows(page)).find((row) => row.inUse).end;
  assert.equal(await inUse(), "15.3");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.7 * box.width, box.y + box.height / 2);
  await page.mouse.up();
  assert.ok(Number(await inUse()) > 20, await inUse());
  await page.context().close();
});

test("Firefox leaves a file that is too large to be read ahead to its worker", { skip }, async () => {
  const page = await openPage(site);
  await page.evaluate(() => {
    // Made there: the driver takes minutes over so large a file.
    const [height, width] = [2000, 2100];
    const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`.padEnd(117) + "\n";
    const depths = Float32Array.from({ length: height * width }, (_, i) => 1 + (i % width) / 1000);
    const file = new File([new Uint8Array([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, head.length, 0]), head, depths], "large.npy");
    const transfer = new DataTransfer();
    transfer.items.add(file);
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
  });
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("1 map, 4,200,000 px"), null, { timeout: 60_000 });
  assert.equal(await page.locator(".refused li").count(), 0);
  await page.context().close();
});

test("Firefox reads chosen and dropped files, compares three sets and exports the report", { skip }, async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await choose(page, set("gt", "fp32", "int8"));
  await page.waitForSelector("main[data-state='ready'] .answers .answer", { timeout: 90_000 });
  assert.equal(await page.locator(".answers .question").count(), 3);
  assert.match(await page.textContent("#grid"), /50\.0\smm/);
  for (const id of ["budget", "frames", "places", "viewer"]) {
    await near(page, id);
    await page.waitForSelector(`#${id} canvas`);
  }
  const report = JSON.parse(await saved(page));
  assert.equal(report.frames.length, FRAMES);
  assert.ok(Math.abs(report.budget.mse_fp32 + report.budget.mse_quant + report.budget.cross - report.budget.mse_int8) < 1e-9);
  await drop(page, [room("a.npy"), room("b.npy")]);
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("2 maps"));
  await settled(page);
  assert.match(await page.textContent(".case"), /Ground truth: 2 maps, 4,000 px/);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("Firefox copies a link, and the link shows the same page elsewhere", { skip }, async () => {
  const page = await openPage(site, { view: "range" });
  await choose(page, [room("secret-name.npy", 12)]);
  // Typed key by key: only then does Firefox call it an edit.
  await page.getByLabel("End of the range in metres").first().selectText();
  await page.keyboard.type("9");
  await page.keyboard.press("Enter");
  assert.equal((await rows(page))[0]["Half step"], "±17.6 mm");
  const fragment = await fragmentAfterEdit(page);
  const expected = await rows(page);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.waitForSelector(".notice:has-text('Link copied')");
  const other = await openPage(site, { fragment });
  assert.match(await other.textContent(".case"), /^From a link: 1 map, Ground truth, 2,000 px/);
  assert.deepEqual((await rows(other)).map((row) => [row.start, row.end, row["Half step"]]), expected.map((row) => [row.start, row.end, row["Half step"]]));
  await other.context().close();
  await page.context().close();
});

test("Firefox fits a phone's width, in both themes", { skip }, async () => {
  const page = await openPage(site, { viewport: { width: 390, height: 844 } });
  await searched(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await ground();
  for (let presses = 0; presses < 2 && (await ground()) === before; presses += 1) {
    await page.getByRole("button", { name: /^Theme/ }).click();
  }
  assert.notEqual(await ground(), before);
  await inEachView(page, async (view) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${view}: ${width} px wide`);
  });
  await page.context().close();
});
