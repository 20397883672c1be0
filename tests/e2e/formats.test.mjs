// Folders, archives, further formats, units that do not fit, roles changed by hand, masks, sizes, and the maps themselves.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, drop, near, npy, openPage, reportOf, room, samples, settled, until } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";

const fixture = async (name, as = name) => ({
  name: as,
  mimeType: "application/octet-stream",
  buffer: await readFile(new URL(`../fixtures/${name}`, import.meta.url)),
});

/** Rows of numbers as a map under another unit. */
const scaled = (name, factor, farthest = 3) => {
  return npy(name, Array.from({ length: 40 }, (_, y) => Array.from({ length: 50 }, () => factor * (0.6 + ((farthest - 0.6) * y) / 39))));
};

const shows = (page, text) => page.waitForFunction((t) => document.querySelector(".case").textContent.includes(t), text);

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

test("every format is read beside the others, with the engine fetched once", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  const names = ["zip_f4.exr", "tiles_deflate_f4.tif", "deflated.npz", "little.pfm", "raw16.pgm", "le_f4.npy.gz", "grey16.png", "bigtiff_f4.tif"];
  await choose(page, await Promise.all(names.map((name) => fixture(name))));
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((i) => i.format).sort(), ["EXR", "NPY", "NPZ", "PFM", "PGM", "PNG", "TIFF", "TIFF"]);
  const fetched = await page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("fathom-engine-wasm_bg")).length);
  assert.equal(fetched, 1);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("a stack of frames is as many maps", async () => {
  const page = await openPage(site);
  await choose(page, await fixture("stack_nhw.npy"));
  await shows(page, "3 maps");
  const report = await reportOf(page);
  assert.equal(report.inputs[0].maps, 3);
  await page.context().close();
});

test("an archive is its files, in their roles, and what is no depth map is left out", async () => {
  const page = await openPage(site);
  await choose(page, await fixture("set.zip"));
  await shows(page, "Ground truth: 2 maps");
  assert.match(await page.textContent(".toasts"), /Skipped 1 other file/);
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((i) => [i.name, i.role, i.frame]), [
    ["set.zip/set/gt/1.png", "gt", "1"], ["set.zip/set/gt/2.png", "gt", "2"], ["set.zip/set/fp32/1.npy", "fp32", "1"],
  ]);
  await page.context().close();
});

test("a dropped folder is opened, with its folders", async () => {
  const page = await openPage(site);
  await page.evaluate((files) => {
    // What a browser hands over for a folder; a test cannot drop a real one.
    const fileOf = ({ name, base64 }) => new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name);
    const file = (path, data) => ({
      isFile: true, isDirectory: false, name: data.name, fullPath: path,
      file: (done) => done(fileOf(data)),
    });
    const folder = (path, children) => ({
      isFile: false, isDirectory: true, name: path.split("/").pop(), fullPath: path,
      createReader: () => {
        let left = [children];
        return { readEntries: (done) => done(left.pop() ?? []) };
      },
    });
    const tree = folder("/run", [
      folder("/run/gt", [file("/run/gt/1.npy", files[0]), file("/run/gt/.hidden.npy", files[0])]),
      folder("/run/int8", [file("/run/int8/1.npy", files[1]), file("/run/int8/readme.txt", files[0])]),
    ]);
    const transfer = { types: ["Files"], items: { length: 1, 0: { kind: "file", webkitGetAsEntry: () => tree } }, files: new DataTransfer().files };
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: transfer });
    document.querySelector("main").dispatchEvent(event);
  }, [room("1.npy"), room("1.npy", 6)].map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") })));
  await shows(page, "Ground truth: 1 map");
  await settled(page);
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((i) => [i.name, i.role]), [["run/gt/1.npy", "gt"], ["run/int8/1.npy", "int8"]]);
  assert.match(await page.textContent(".toasts"), /Skipped 1 other file/);
  await page.context().close();
});

test("a prediction in another unit is called out and put right with one press", async () => {
  const page = await openPage(site);
  await choose(page, [room("f1_gt.npy", 3), scaled("f1_int8.npy", 100, 3)]);
  await page.waitForSelector(".question-bar");
  assert.match(await page.textContent(".question-bar"), /The predictions are 100 times as far as the ground truth; with INT8 in 1 cm they agree/);
  await page.getByRole("button", { name: "Keep it as it is" }).click();
  await page.waitForSelector(".question-bar", { state: "detached" });
  await choose(page, [room("f2_gt.npy", 3), scaled("f2_int8.npy", 100, 3)]);
  await page.getByRole("button", { name: "INT8: read in 1 cm" }).click();
  await page.waitForSelector(".question-bar", { state: "detached" });
  await settled(page);
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((i) => [i.role, i.scale]), [["gt", 1], ["int8", 0.01]]);
  await page.context().close();
});

test("a scale in doubt is asked for once, and remembered for the next visit", async () => {
  const page = await openPage(site);
  // A table top at 0.8 m in 1/10000 m is a hall in millimetres.
  const far = samples("far.npy", Array.from({ length: 20 }, (_, y) => Array.from({ length: 20 }, () => 7000 + y * 20)));
  await choose(page, far);
  await page.waitForSelector(".question-bar");
  assert.match(await page.textContent(".question-bar"), /what is one unit\?/);
  await page.getByRole("button", { name: /^1\/10000 m: median 0\.71/ }).click();
  await page.waitForSelector(".question-bar", { state: "detached" });
  await settled(page);
  assert.equal((await reportOf(page)).inputs[0].scale, 1 / 10000);
  await page.reload();
  await settled(page);
  await choose(page, far);
  await page.waitForFunction(() => document.querySelector(".toasts").textContent.includes("as you chose last time"));
  await settled(page);
  assert.equal((await reportOf(page)).inputs[0].scale, 1 / 10000);
  await page.context().close();
});

test("disparities ask for the product that turns them into depths", async () => {
  const page = await openPage(site);
  await choose(page, scaled("left_disparity.npy", 10));
  await page.waitForSelector(".question-bar");
  assert.match(await page.textContent(".question-bar"), /states disparity/);
  await page.getByLabel("Baseline times focal length, in metres times pixels").fill("60");
  await page.getByLabel("Baseline times focal length, in metres times pixels").press("Enter");
  await page.waitForSelector(".question-bar", { state: "detached" });
  await settled(page);
  const report = await reportOf(page);
  assert.equal(report.inputs[0].scale, null);
  // 60 over 6 to 30.
  assert.ok(Math.abs(report.distribution.max - 10) < 1e-5 && Math.abs(report.distribution.min - 2) < 1e-5);
  await page.context().close();
});

test("several arrays are asked about, and the answer is read", async () => {
  const page = await openPage(site);
  await choose(page, await fixture("unsure.npz"));
  await page.waitForSelector(".question-bar");
  const before = (await reportOf(page)).distribution.max;
  await page.locator(".question-bar").getByRole("button", { name: "second" }).click();
  await page.waitForSelector(".question-bar:has-text('arrays')", { state: "detached" });
  await settled(page);
  assert.equal((await reportOf(page)).distribution.max, 2 * before);
  await page.context().close();
});

test("a file's part can be changed, by the list and by dragging", async () => {
  const page = await openPage(site);
  await choose(page, [room("a.npy", 3), room("b.npy", 6)]);
  await shows(page, "Ground truth: 2 maps");
  await near(page, "files");
  await page.getByText("Every file: role, unit").click();
  await page.selectOption('select[aria-label="Role of b.npy"]', { label: "INT8 prediction" });
  await shows(page, "Ground truth: 1 map");
  await settled(page);
  const cell = (row, column) => `table.frames tbody tr:nth-child(${row}) td:nth-child(${column})`;
  await page.waitForSelector(`${cell(1, 2)} .file, ${cell(2, 2)} .file`);
  const target = await page.evaluateHandle(() => [...document.querySelectorAll("table.frames tbody tr")].find((tr) => tr.textContent.includes("a.npy")).children[3]);
  const file = await page.evaluateHandle(() => [...document.querySelectorAll("table.frames .file")].find((s) => s.textContent === "b.npy"));
  const transfer = await page.evaluateHandle(() => new DataTransfer());
  await file.asElement().dispatchEvent("dragstart", { dataTransfer: transfer });
  await target.asElement().dispatchEvent("dragover", { dataTransfer: transfer });
  await target.asElement().dispatchEvent("drop", { dataTransfer: transfer });
  await page.waitForFunction(() => document.querySelectorAll("table.frames tbody tr").length === 1);
  await settled(page);
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((i) => [i.name, i.role, i.frame]), [["a.npy", "gt", "a"], ["b.npy", "int8", "a"]]);
  await page.context().close();
});

test("a mask, a crop, a window and a marker leave out what they say", async () => {
  const page = await openPage(site);
  const mask = npy("mask.npy", Array.from({ length: 40 }, () => Array.from({ length: 50 }, (_, x) => (x < 25 ? 0 : 1))));
  await choose(page, [room("a.npy"), mask]);
  await shows(page, "1 map, 1,000 px");
  await page.getByText("Evaluated pixels").click();
  await page.selectOption("aside details:last-of-type select", "nyu");
  await page.waitForFunction(() => !document.querySelector(".case").textContent.includes("1,000 px"));
  await settled(page);
  const cropped = await reportOf(page);
  assert.equal(cropped.settings.crop, "nyu");
  // Rows 3 to 39 and columns 25 to 46 of the masked half.
  assert.equal(cropped.distribution.count, 36 * 21);
  await page.selectOption("aside details:last-of-type select", "none");
  await shows(page, "1 map, 1,000 px");
  await page.getByLabel("Farthest evaluated depth, in metres").fill("2");
  await page.getByLabel("Farthest evaluated depth, in metres").press("Enter");
  await page.waitForFunction(() => document.querySelector("aside").textContent.includes("outside the evaluation window"));
  await settled(page);
  const windowed = await reportOf(page);
  assert.ok(windowed.distribution.max <= 2 && windowed.settings.eval_max === 2);
  await page.context().close();
});

test("a marker that is found can be taken back, and another one typed", async () => {
  const page = await openPage(site);
  const rows = Array.from({ length: 20 }, (_, y) => Array.from({ length: 20 }, (_, x) => (x === 0 ? 1e10 : 1 + (y * 20 + x) / 400)));
  await choose(page, npy("blender.npy", rows));
  await shows(page, "1 map, 380 px");
  await page.locator(".markers .marker input").uncheck();
  await shows(page, "1 map, 400 px");
  await page.getByRole("button", { name: "As guessed" }).click();
  await shows(page, "1 map, 380 px");
  await page.getByLabel("Another sample that means no depth").fill("1.0025");
  await page.getByLabel("Another sample that means no depth").press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".markers .marker").length === 2);
  // The file holds the nearest number of 32 bits, which is another one than the nearest of 64.
  await shows(page, "1 map, 379 px");
  assert.match((await page.locator(".markers .marker").allTextContents()).join("; "), /1\.0025 × 1\b/);
  await page.context().close();
});

test("predictions of another size are asked about and resized", async () => {
  const page = await openPage(site);
  const small = npy("f1_fp32.npy", Array.from({ length: 20 }, (_, y) => Array.from({ length: 25 }, () => 0.6 + y / 16)));
  await choose(page, [room("f1_gt.npy"), small]);
  await page.waitForSelector(".question-bar");
  assert.match(await page.textContent(".question-bar"), /Size differs from ground truth: 1 prediction \(.*25×20 px against 50×40 px/);
  await page.getByRole("button", { name: "Resize, bilinear" }).click();
  await page.waitForSelector(".question-bar", { state: "detached" });
  await settled(page);
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((i) => [i.width, i.height]), [[50, 40], [50, 40]]);
  await page.context().close();
});

test("the maps of a frame are read in metres and in the samples of their files", async () => {
  const page = await openPage(site);
  await choose(page, [room("f1_gt.npy", 3), room("f1_int8.npy", 6), room("f2_gt.npy", 3)]);
  await near(page, "viewer");
  const pictures = page.locator("#viewer .pictures canvas");
  // Two maps and their difference.
  await until(() => pictures.count(), 3);
  await page.getByLabel("Raw samples").check();
  await pictures.first().scrollIntoViewIfNeeded();
  const box = await pictures.first().boundingBox();
  await page.mouse.move(box.x + 2, box.y + 2);
  await page.waitForFunction(() => /^Column 0, row 0: G 0\.6 m \(sample 0\.6\) · Q 0\.6 m \(sample 0\.6/.test(document.querySelector("#viewer .readout").textContent));
  const painted = await pictures.first().evaluate((c) => [...c.getContext("2d").getImageData(c.width - 3, c.height - 3, 1, 1).data]);
  assert.equal(painted[3], 255);
  // Every frame has its thumbnail.
  await page.waitForFunction(() => [...document.querySelectorAll(".thumbnail canvas")].filter((c) => c.width === 50 && c.height === 40).length === 2);
  await page.locator("#viewer").getByRole("button", { name: "Zoom in" }).click();
  await page.locator("#viewer").getByRole("button", { name: "Next frame" }).click();
  // The ground truth alone: no difference, and nothing to slide between.
  await until(() => pictures.count(), 1);
  assert.equal(await page.locator("#viewer .swipe").count(), 0);
  // The place of a map that went is the next one's, whose width alone counts now.
  for (const width of [900, 1300]) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  await page.waitForFunction(() => document.querySelector("#viewer .pictures canvas").getContext("2d").getImageData(5, 5, 1, 1).data[3] === 255);
  await page.context().close();
});

test("what is half typed in a field that goes does no harm", async () => {
  const page = await openPage(site, { view: "range" });
  // A browser reports it as the field goes, when nothing behind the field is there any more.
  await page.getByRole("button", { name: "Add a range" }).click();
  const fields = page.getByLabel("End of the range in metres");
  const count = await fields.count();
  await fields.last().fill("9");
  await page.evaluate(() => [...document.querySelectorAll("td.remove button")].at(-1).click());
  await page.waitForFunction((n) => document.querySelectorAll("table.ranges tbody tr").length === n, count - 1);
  await choose(page, room("a.npy"));
  await page.getByLabel("One unit of float files is").selectOption("typed: metres per unit");
  await page.getByRole("textbox", { name: "Metres per unit" }).fill("0.5");
  await drop(page, [room("b.npy", 6), room("c.npy", 6)]);
  await shows(page, "2 maps");
  await page.waitForFunction(() => !document.activeElement.matches("input"));
  await settled(page);
  assert.equal((await reportOf(page)).inputs[0].scale, 1);
  await page.context().close();
});

test("a file that is gone when it is chosen again is named, and one whose maps are kept is not", async () => {
  const page = await openPage(site);
  const folder = mkdtempSync(join(tmpdir(), "fathom-gone-"));
  const paths = ["one.npy", "two.npy"].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, room("x").buffer);
  await page.evaluate(() => window.addEventListener("change", (event) => { window.chosen ??= [...event.target.files ?? []]; }, true));
  await choose(page, paths);
  await shows(page, "2 maps, 4,000 px");
  rmSync(paths[1]);
  // Another crop needs no file again.
  await page.getByText("Evaluated pixels").click();
  await page.selectOption("aside details:last-of-type select", "nyu");
  await page.waitForFunction(() => !/4,000 px/.test(document.querySelector(".case").textContent));
  await shows(page, "2 maps,");
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    for (const file of window.chosen) transfer.items.add(file);
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
  });
  await shows(page, "1 map,");
  await settled(page);
  assert.match(await page.textContent(".refused"), /two\.npy: it could not be read \(NotFoundError\); expected a file that is still there: choose it again/);
  rmSync(folder, { recursive: true });
  await page.context().close();
});

test("200 files are read, and files that vanish are named while the others go on", async () => {
  const page = await openPage(site);
  await choose(page, Array.from({ length: 200 }, (_, i) => room(`map${i}.npy`)));
  await shows(page, "200 maps, 400,000 px");
  await page.evaluate((base64) => {
    // A file whose bytes are gone when they are asked for.
    const good = new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], "good.npy");
    const transfer = new DataTransfer();
    transfer.items.add(good);
    transfer.items.add(new File([new Uint8Array(0)], "gone.npy"));
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
  }, room("good.npy").buffer.toString("base64"));
  await shows(page, "1 map, 2,000 px");
  assert.match(await page.textContent(".refused"), /gone\.npy: the file is empty/);
  await page.context().close();
});
