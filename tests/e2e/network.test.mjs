// The network's view: models, images and ground truth that are dropped, the figures of the command line, cancelling, and what is missing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { after, before, test } from "node:test";
import { SIZE, models } from "./onnx.mjs";
import { fragmentAfterEdit, isShown, npy, openPage, openSample, reportOf, saved, settled, show } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";

const program = process.env.FATHOM_PROGRAM;
const FRAMES = 4;

let site, place;
before(async () => {
  site = await openSite();
  place = mkdtempSync(join(tmpdir(), "fathom-network-"));
});
after(async () => {
  await site?.close();
  if (place) rmSync(place, { recursive: true });
});

/** The check sum of a part of a PNG. */
function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** An image of 8 bits with colours. */
function image(frame) {
  const [height, width] = SIZE;
  const rows = Buffer.from(Array.from({ length: height }, (_, y) => [0, ...Array.from({ length: width * 3 }, (_, x) => (x * 7 + y * 31 + frame * 57) % 256)]).flat());
  const chunk = (name, body) => {
    const named = Buffer.concat([Buffer.from(name), body]);
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(body.length, 0);
    numbers.writeUInt32BE(crc(named), 4);
    return Buffer.concat([numbers.subarray(0, 4), named, numbers.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
  return { name: `room_${frame}.png`, mimeType: "image/png", buffer };
}

/** Files in a ZIP archive, not packed. */
function zipped(name, files) {
  const [parts, entries] = [[], []];
  let at = 0;
  for (const { path, buffer } of files) {
    const named = Buffer.from(path);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt32LE(crc(buffer), 10);
    shared.writeUInt32LE(buffer.length, 14);
    shared.writeUInt32LE(buffer.length, 18);
    shared.writeUInt16LE(named.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, named, buffer]);
    entries.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), shared, place, named]));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return { name, mimeType: "application/zip", buffer: Buffer.concat([...parts, directory, Buffer.from("PK\x05\x06"), end]) };
}

const { fp32, int8 } = models();
const images = Array.from({ length: FRAMES }, (_, frame) => image(frame));
const truths = images.map((_, frame) => npy(`room_${frame}_gt.npy`, Array.from({ length: SIZE[0] }, (_, y) => Array.from({ length: SIZE[1] }, (_, x) => 1 + 0.02 * y + 0.01 * x))));

/** Waits until the network is in one of these states, and returns it. */
async function reaches(page, ...states) {
  const selector = states.map((state) => `[data-network="${state}"]`).join();
  await page.waitForSelector(selector, { timeout: 60_000 });
  return page.getAttribute("[data-network]", "data-network");
}

/** Does something, and waits until the network has gone through a state to another one, however short the first one lasts. */
async function goes(page, action, through, to) {
  await page.evaluate(() => {
    const network = document.querySelector("[data-network]");
    window.passed = [];
    new MutationObserver(() => window.passed.push(network.dataset.network)).observe(network, { attributeFilter: ["data-network"] });
  });
  await action();
  await page.waitForFunction(
    ([through, to]) => window.passed.includes(through) && document.querySelector("[data-network]").dataset.network === to,
    [through, to],
    { timeout: 60_000 },
  );
}

/** Number of files of the network's program that were fetched. */
const fetched = (page) => page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("fathom-network-wasm")).length);

const give = (page, files) => page.setInputFiles("input[type=file]", files);

/** Sets a field of the form. */
async function set(page, label, text) {
  await page.evaluate(() => { document.querySelector(".network-fields").open = true; });
  const field = page.getByLabel(label, { exact: true });
  await field.fill(text);
  await field.press("Tab");
}

test("models, images and ground truth of one drop give the figures of the command line", { skip: !program && "FATHOM_PROGRAM names no command line" }, async () => {
  const page = await openSample(site);
  const problems = collectProblems(page, site.url);
  await give(page, [fp32, int8, ...images, ...truths]);
  await isShown(page, "network");
  assert.equal(await reaches(page, "ready", "failed", "question"), "ready", await page.textContent(".network"));
  await page.waitForFunction(() => document.querySelector("#network-files")?.textContent.includes("all with ground truth"), null, { timeout: 60_000 });
  await reaches(page, "ready");
  assert.match(await page.textContent("#network-files"), /first ranking takes .* runs/);
  await goes(page, () => set(page, "Output is", "metres"), "preparing", "ready");
  await page.getByRole("button", { name: "Measure the layers" }).click();
  await reaches(page, "complete");
  for (const name of ["Measure what to keep", "Measure repairs"]) {
    await goes(page, () => page.getByRole("button", { name, exact: true }).click(), "measuring", "complete");
  }
  const { bytes } = await saved(page, page.getByRole("button", { name: "Save every figure as JSON" }));
  const own = JSON.parse(bytes.toString());
  const folder = (name, files) => {
    mkdirSync(join(place, name));
    for (const file of files) writeFileSync(join(place, name, file.name), file.buffer);
    return join(place, name);
  };
  folder("models", [fp32, int8]);
  const [frames, gt, out] = [folder("images", images), folder("gt", truths), join(place, "network.json")];
  const ran = spawnSync(program, ["layers", join(place, "models", fp32.name), join(place, "models", int8.name), frames, "--gt", gt, "--output", "metres", "--keep", "16", "--repairs", "-o", out], { encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  const other = JSON.parse(readFileSync(out, "utf8"));
  near(own, other, "report");
  // The layer that is guilty by construction, which the page says first.
  assert.equal(own.network.layers[0].name, "conv5");
  assert.match(await page.textContent(".network-answer .answer"), /^Layer conv5 costs/);
  const rows = await page.$$eval("#network-layers tbody tr", (rows) => rows.map((row) => row.cells[0].firstChild.textContent));
  assert.deepEqual(rows, own.network.layers.map((layer) => layer.name));
  assert.ok((await page.locator(".network .strip-legend li").count()) >= 2);
  // A point of the curve, and its nodes for a tool.
  const list = page.locator("#network-kept pre");
  assert.deepEqual(JSON.parse(await list.textContent()), own.network.kept_nodes.nodes);
  await page.locator("#network-kept select").selectOption("NNCF");
  assert.match(await list.textContent(), /^nncf\.IgnoredScope/);
  await page.locator("#network-kept input[type=range]").fill("0");
  assert.match(await page.textContent("#network-kept"), /0 layers at 16 bits/);
  assert.equal(await page.locator("#network-repairs tbody tr").count(), own.network.repairs.length);
  // Both depths become predictions of the other views, and the network stays.
  await page.getByRole("button", { name: "Show both depths in the other views" }).click();
  await isShown(page, "predictions");
  await page.waitForSelector("#metrics tbody td:not(:empty)", { timeout: 60_000 });
  assert.equal(await page.getAttribute("[data-network]", "data-network"), "complete");
  // The report on those depths holds the network too.
  await settled(page);
  near({ ...(await reportOf(page)).network, runs: own.network.runs }, own.network, "section");
  assert.deepEqual(problems, []);
  await page.context().close();
});

/** Both are the same but for the last digits of numbers: the kernels of the browser and of the processor add up in different orders, and ties flip. */
function near(own, other, path) {
  if (typeof own === "number" && typeof other === "number") {
    assert.ok(Math.abs(own - other) <= 1e-3 * Math.max(0.1, Math.abs(other)), `${path}: ${own} and ${other}`);
  } else if (own && other && typeof own === "object") {
    assert.deepEqual(Object.keys(own), Object.keys(other), path);
    for (const key of Object.keys(own)) near(own[key], other[key], `${path}.${key}`);
  } else {
    assert.equal(own, other, path);
  }
}

test("what is missing is asked, a network without an INT8 model is quantized here, and its program comes with the first model", async () => {
  const page = await openPage(site);
  await show(page, "network");
  assert.equal(await reaches(page, "empty"), "empty");
  assert.equal(await fetched(page), 0);
  await give(page, [int8]);
  assert.equal(await reaches(page, "question"), "question");
  assert.match(await page.textContent(".network"), /Drop the floating-point model too/);
  assert.ok((await fetched(page)) > 0);
  await give(page, [fp32]);
  await page.waitForFunction(() => document.querySelector(".network").textContent.includes("Drop a few images"));
  await page.getByRole("button", { name: "Remove the network" }).click();
  await reaches(page, "empty");
  await give(page, [fp32]);
  await page.waitForFunction(() => document.querySelector(".network").textContent.includes("Drop a few images"));
  await give(page, images);
  await reaches(page, "ready");
  assert.match(await page.textContent("#network-files"), /Fathom quantizes the network itself, with ranges from 2 frames/);
  await page.context().close();
});

test("one archive brings models, images and ground truth, and an archive of depth stays one", async () => {
  const page = await openPage(site);
  const inside = (folder) => ({ name, buffer }) => ({ path: `set/${folder}${name}`, buffer });
  const members = [...[fp32, int8].map(inside("")), ...images.map(inside("images/")), ...truths.map(inside("gt/"))];
  await give(page, [zipped("set.zip", members)]);
  await isShown(page, "network");
  assert.equal(await reaches(page, "ready", "failed", "question"), "ready", await page.textContent(".network"));
  const said = await page.textContent("#network-files");
  for (const part of [fp32.name, int8.name, "4 frames, all with ground truth"]) assert.ok(said.includes(part), `${part}: ${said}`);
  await page.getByRole("button", { name: "Measure the layers" }).click();
  await reaches(page, "complete");
  assert.match(await page.textContent(".network-answer .answer"), /^Layer conv5 costs/);
  await page.context().close();
  const other = await openPage(site);
  await give(other, [zipped("depth.zip", truths.map(inside("gt/")))]);
  await other.waitForFunction(() => document.querySelector(".case").textContent.includes("4 maps"), null, { timeout: 60_000 });
  assert.equal(await fetched(other), 0);
  await other.context().close();
});

test("a program that cannot be fetched is one sentence, and is fetched again on request", async () => {
  const page = await openPage(site);
  const program = "**/fathom-network-wasm_bg.wasm*";
  await page.route(program, (route) => route.abort());
  await give(page, [fp32, int8, ...images]);
  assert.equal(await reaches(page, "failed"), "failed");
  assert.match(await page.textContent(".network .notice.error"), /^The network's program could not be loaded \(.+\)\. Check the connection, then try again\.$/);
  await page.unroute(program);
  await page.getByRole("button", { name: "Try again" }).click();
  assert.equal(await reaches(page, "ready"), "ready");
  assert.equal(await page.locator(".network .notice.error").count(), 0);
  await page.context().close();
});

test("a study stops at once, a damaged model is one sentence, and pictures stay depth without a model", async () => {
  const page = await openPage(site);
  await give(page, [fp32, int8, ...images]);
  await reaches(page, "ready");
  await set(page, "Most frames", "4");
  await page.getByRole("button", { name: "Measure the layers" }).click();
  // On a fast machine the study may have ended by now.
  await page.evaluate(() => [...document.querySelectorAll(".network button")].find((button) => button.textContent === "Stop")?.click());
  await reaches(page, "ready", "complete");
  await page.getByRole("button", { name: "Measure the layers" }).click();
  await reaches(page, "complete");
  await give(page, [{ ...int8, buffer: Buffer.from("no model") }]);
  assert.equal(await reaches(page, "question"), "question");
  assert.match(await page.textContent(".network .notice"), /^made_int8\.onnx: /);
  await page.getByRole("button", { name: "Remove the network" }).click();
  await reaches(page, "empty");
  // Without a model the pictures are read as depth, which a colour image is not.
  await give(page, [images[0]]);
  await page.waitForFunction(() => document.querySelector(".notices").textContent.includes("room_0.png"));
  await page.context().close();
});

test("the example network names its layer, shows what that layer does, and goes along in a link", async () => {
  const page = await openSample(site);
  const problems = collectProblems(page, site.url);
  await show(page, "network");
  const asked = () => page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("example-")).length);
  assert.equal(await asked(), 0);
  await page.getByRole("button", { name: "Try the example network" }).click();
  assert.equal(await reaches(page, "complete", "failed"), "complete", await page.textContent(".network"));
  assert.equal(await asked(), 2);
  assert.match(await page.textContent(".network-answer .answer"), /^Layer mid costs/);
  assert.equal(await page.locator("#network-repairs tbody tr").count(), 7);
  // A row opens to the change of the depth.
  await page.locator("#network-layers").getByRole("button", { name: "mid" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".layer-picture canvas").length === 2);
  assert.match(await page.textContent(".layer-picture"), /change by this layer/);
  // Its tensors show their values over the range of their codes.
  const tensors = page.locator(".layer-tensors");
  assert.match(await tensors.textContent(), /Range of the codes.*Clipped.*Codes used/);
  await tensors.locator("select").selectOption({ index: 0 });
  await page.waitForFunction(() => document.querySelector("#summary-values-of-the-tensor-floating-point-run")?.textContent);
  // The answers use what was measured.
  await show(page, "summary");
  await settled(page);
  const said = () => page.$$eval(".answers .card", (cards) => cards.map((card) => card.textContent));
  await page.waitForFunction(() => document.querySelector(".answers").textContent.includes("Layer mid costs"));
  const [cost, , action] = await said();
  assert.match(action, /Measured: with mid at 16 bits, 1\d\d\smm of 6\d\d\smm is left; weights 4\.52 kB to 5\.81 kB\./);
  assert.match(await page.textContent(".remedy-list"), /16 bits for the most sensitive layers: mid/);
  // Another point of the curve changes them.
  await show(page, "network");
  await page.locator("#network-kept input[type=range]").fill("2");
  await show(page, "summary");
  await page.waitForFunction(() => document.querySelector(".answers").textContent.includes("with mid, up at 16 bits"));
  // The link brings shares, layers and the chosen point.
  const fragment = await fragmentAfterEdit(page);
  const other = await openPage(site, { fragment });
  await other.waitForFunction(() => document.querySelector(".answers").textContent.includes("with mid, up at 16 bits"));
  assert.equal((await other.$$eval(".answers .card", (cards) => cards.map((card) => card.textContent)))[0], cost);
  await show(other, "network");
  assert.equal(await reaches(other, "empty"), "empty");
  assert.match(await other.textContent(".network-answer .answer"), /^Layer mid costs/);
  assert.equal(await other.locator("#network-layers tbody tr").count(), 6);
  assert.ok((await other.locator(".network .strip-legend li").count()) >= 2);
  assert.match(await other.textContent("#network-kept"), /2 layers at 16 bits/);
  assert.equal(await other.locator("#network-kept pre").count(), 0);
  // Own files take its place.
  await give(other, truths);
  await other.waitForFunction(() => !document.querySelector(".network-answer"));
  assert.deepEqual(problems, []);
  await page.context().close();
  await other.context().close();
});

test("a Korean page refuses a model in Korean", async () => {
  const page = await openPage(site, { locale: "ko-KR" });
  await give(page, [fp32, { ...int8, buffer: Buffer.from("no model") }]);
  assert.equal(await reaches(page, "question"), "question");
  assert.match(await page.textContent(".network .notice"), /^made_int8\.onnx: 온전한 ONNX 모델 파일이 아닙니다/);
  await page.context().close();
});
