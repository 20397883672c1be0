// Maps that do not belong together: no verdict before the question is answered, and the right figures after one press.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, npy, openPage, reportOf } from "./page.mjs";
import { openSite } from "./site.mjs";
import { depths, FRAMES, HEIGHT, set, WIDTH } from "./triple.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

const roles = ["gt", "fp32", "int8"];

/** The three sets with their predictions changed, map by map. */
function changed(change) {
  return roles.flatMap((role) => Array.from({ length: FRAMES }, (_, frame) => {
    const map = depths(role, frame);
    return npy(`f${frame}_${role}.npy`, role === "gt" ? map : change(map, role, frame));
  }));
}

const disparity = (d) => Math.fround(5000 / d - 300);

/** Scale and shift by which FP32's samples follow the inverse of the truth best, by least squares. */
function inverseFit() {
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (let frame = 0; frame < FRAMES; frame++) {
    const [gt, own] = [depths("gt", frame), depths("fp32", frame)];
    gt.forEach((row, y) => row.forEach((g, x) => {
      const [sample, wanted] = [disparity(own[y][x]), 1 / g];
      n += 1; sx += sample; sy += wanted; sxx += sample * sample; sxy += sample * wanted;
    }));
  }
  const scale = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  return [scale, (sy - scale * sx) / n];
}

/** RMSE of a role over all pixels after a change of its depths, computed here. */
function rmse(role, change = (d) => d) {
  let sum = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const [gt, own] = [depths("gt", frame), depths(role, frame)];
    gt.forEach((row, y) => row.forEach((g, x) => { sum += (change(own[y][x]) - g) ** 2; }));
  }
  return Math.sqrt(sum / (FRAMES * HEIGHT * WIDTH));
}

const cards = (page) => page.locator(".answers .card").allTextContents();

async function answered(page) {
  await page.waitForFunction(() => document.querySelector("main").dataset.questions === "0" && document.querySelectorAll(".answers .action").length === 3);
}

function close(found, wanted, within = 1e-5) {
  assert.ok(Math.abs(found / wanted - 1) < within, `${found} against ${wanted}`);
}

test("predictions upside down are asked about before a verdict, turned with one press, and back", async () => {
  const page = await openPage(site);
  await choose(page, changed((map) => [...map].reverse()));
  await page.waitForSelector(".question-bar");
  assert.equal(await page.getAttribute("main", "data-questions"), "1");
  assert.match(await page.textContent(".question-bar"), /FP32 follows the ground truth .* in another orientation/);
  assert.match((await cards(page)).join(), /No verdict on INT8/);
  const before = await reportOf(page);
  assert.equal(before.verdicts, undefined);
  assert.equal(before.planner, undefined);
  await page.getByRole("button", { name: "FP32 and INT8: turn upside down" }).click();
  await answered(page);
  const report = await reportOf(page);
  close(report.metrics.fp32.pooled.rmse, rmse("fp32"));
  close(report.metrics.int8.pooled.rmse, rmse("int8"));
  assert.ok(report.verdicts.length === 3);
  const repaired = report.inputs.filter((input) => input.repairs);
  assert.equal(repaired.length, 2 * FRAMES);
  assert.deepEqual([repaired[0].repairs[0].name, repaired[0].repairs[0].value, repaired[0].repairs[0].asked], ["flip", "rows", true]);
  await page.getByRole("button", { name: "Undo repairs" }).click();
  await page.waitForSelector(".question-bar");
  await page.getByRole("button", { name: "Keep it as it is" }).click();
  await answered(page);
  const kept = (await reportOf(page)).inputs.filter((input) => input.repairs);
  assert.deepEqual(kept.map((input) => input.role), Array(FRAMES).fill("fp32"));
  assert.deepEqual([kept[0].repairs[0].name, kept[0].repairs[0].value], ["as_is", "orientation"]);
  await page.getByRole("button", { name: "Undo repairs" }).click();
  await page.waitForSelector(".question-bar");
  await page.context().close();
});

test("inverse depth is fitted on FP32 over all pixels, and INT8 takes the same numbers", async () => {
  const page = await openPage(site);
  await choose(page, changed((map) => map.map((row) => row.map(disparity))));
  await page.waitForSelector(".question-bar");
  assert.match(await page.textContent(".question-bar"), /FP32 falls where the ground truth grows/);
  await page.getByRole("button", { name: /read as inverse depth/ }).click();
  await answered(page);
  const report = await reportOf(page);
  const values = report.inputs.filter((i) => i.repairs).map((i) => i.repairs[0].value);
  assert.equal(new Set(values).size, 1, "one fit for both roles");
  const [scale, shift] = inverseFit();
  close(report.metrics.fp32.pooled.rmse, rmse("fp32", (d) => 1 / (scale * disparity(d) + shift)), 1e-4);
  close(report.metrics.int8.pooled.rmse, rmse("int8", (d) => 1 / (scale * disparity(d) + shift)), 1e-4);
  await page.context().close();
});

test("an output that ignores its input gets no remedies", async () => {
  const page = await openPage(site);
  await choose(page, changed((map, role) => (role === "int8" ? depths("int8", 0) : map)));
  await page.waitForFunction(() => /same map for 12 different inputs/.test(document.querySelector(".notices").textContent));
  assert.equal(await page.getAttribute("main", "data-questions"), "0");
  assert.match((await cards(page)).join(), /No verdict on INT8/);
  await page.context().close();
});

test("sets that belong together are not questioned", async () => {
  const page = await openPage(site);
  await choose(page, set(...roles));
  await answered(page);
  assert.equal(await page.locator(".question-bar, .notice.note, .notice.repairs").count(), 0);
  await page.context().close();
});

test("files of one name are ground truth and predictions once the reader says which is which", async () => {
  const page = await openPage(site);
  const named = (role) => Array.from({ length: FRAMES }, (_, frame) => npy(`f${frame}.npy`, depths(role, frame)));
  await choose(page, roles.flatMap(named));
  await page.waitForSelector(".question-bar");
  assert.equal(await page.getAttribute("main", "data-questions"), "1");
  assert.match(await page.textContent(".question-bar"), /3 files have each name/);
  assert.match((await cards(page)).join(), /No verdict on INT8/);
  await page.getByRole("button", { name: /^Ground truth: file 1 .* FP32 prediction: file 2 .* INT8 prediction: file 3/ }).click();
  await answered(page);
  const report = await reportOf(page);
  close(report.metrics.fp32.pooled.rmse, rmse("fp32"));
  close(report.metrics.int8.pooled.rmse, rmse("int8"));
  await page.context().close();
});

test("dumps without a header take the size of the map beside them", async () => {
  const page = await openPage(site);
  const dump = (name, map) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(new Float32Array(map.flat()).buffer) });
  const files = (role) => Array.from({ length: FRAMES }, (_, frame) => dump(`f${frame}_${role}.raw`, depths(role, frame)));
  await choose(page, [...set("gt"), ...files("fp32"), ...files("int8")]);
  await answered(page);
  const report = await reportOf(page);
  assert.ok(report.inputs.some((input) => input.format === "RAW" && input.width === WIDTH && input.height === HEIGHT));
  close(report.metrics.fp32.pooled.rmse, rmse("fp32"));
  close(report.metrics.int8.pooled.rmse, rmse("int8"));
  await page.context().close();
});
