// Files: dropped, chosen, pasted, broken among good ones, in several roles, cancelled, and with a worker killed under them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { choose, drop, npy, openPage, reportOf, room, rows, samples, searched, settled } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { depths, set } from "./triple.mjs";

const fixture = async (name) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: await readFile(new URL(`../fixtures/${name}`, import.meta.url)),
});

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

test("dropped files are analysed", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await drop(page, [room("a.npy"), room("b.npy")]);
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("2 maps"));
  await settled(page);
  assert.match(await page.textContent(".case"), /Ground truth: 2 maps, 4,000 px/);
  assert.match(await page.textContent(".answers"), /These depths show what the output code costs.*Assumed: \[0,\s[\d.]+\]\sm \(min-max of ground truth\)/s);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("files that cannot be read are named with the reason, and the others go on", async () => {
  const page = await openPage(site);
  const bad = ["text_named.png", "zero_bytes.npy", "text.npy", "objects.npy", "three_d.npy", "colour_rgb8.png", "lying_header.npy", "lying_shape.npy"];
  await choose(page, [...(await Promise.all(bad.map(fixture))), room("good.npy")]);
  assert.match(await page.textContent(".case"), /1 map, 2,000 px/);
  const lines = await page.$$eval(".refused li", (items) => items.map((item) => item.textContent));
  assert.equal(lines.length, bad.length);
  for (const [i, reason] of ["this is text", "0 bytes", "an NPY of text", "Python objects", "a colour picture by its last axis", "a colour picture", "claims 268435456 bytes", "30000 x 30000"].entries()) {
    const line = lines.find((text) => text.startsWith(`${bad[i]}: `));
    assert.ok(line?.includes(reason), `${bad[i]}: ${line}`);
  }
  const report = await reportOf(page);
  assert.deepEqual(report.inputs.map((input) => input.name), ["good.npy"]);
  await page.context().close();
});

test("only unreadable files leave the page as it was, with the reason", async () => {
  const page = await openPage(site);
  await page.setInputFiles("input[type=file]", await fixture("text_named.png"));
  await page.waitForSelector('main[data-state="error"]');
  assert.match(await page.textContent(".notices"), /None of these files can be read/);
  assert.equal((await rows(page)).length, 2);
  await choose(page, room("good.npy"));
  assert.equal(await page.getAttribute("main", "data-state"), "ready");
  await page.context().close();
});

test("a set that fails or is stopped leaves the shown one whole: role, unit and report", async () => {
  const page = await openPage(site);
  await choose(page, [room("f1_gt.npy", 3), room("f1_int8.npy", 6)]);
  await page.setInputFiles("input[type=file]", await fixture("text_named.png"));
  await page.waitForSelector('main[data-state="error"]');
  assert.match(await page.textContent(".case"), /^Ground truth: 1 map, 2,000 px/);
  await page.getByRole("button", { name: /INT8 prediction/ }).click();
  await page.waitForFunction(() => document.querySelector(".case").textContent.startsWith("INT8 prediction: 1 map"));
  assert.deepEqual((await reportOf(page)).inputs.map((i) => i.name), ["f1_gt.npy", "f1_int8.npy"]);
  await page.setInputFiles("input[type=file]", Array.from({ length: 300 }, (_, i) => room(`map${i}.npy`)));
  // At once: the driver's own press may come when all are read.
  await page.evaluate(() => new Promise((pressed) => {
    const look = () => {
      const cancel = [...document.querySelectorAll(".progress button")].find((b) => b.textContent === "Cancel");
      if (cancel) pressed(cancel.click());
      else requestAnimationFrame(look);
    };
    look();
  }));
  await settled(page);
  assert.match(await page.textContent(".case"), /^INT8 prediction: 1 map, 2,000 px/);
  await page.getByRole("button", { name: /Ground truth/ }).click();
  await page.waitForFunction(() => document.querySelector(".case").textContent.startsWith("Ground truth: 1 map"));
  await page.context().close();
});

test("of two quick choices the later one is shown", async () => {
  const page = await openPage(site);
  await choose(page, [room("f1_gt.npy", 3), room("f1_fp32.npy", 4), room("f1_int8.npy", 6)]);
  await page.evaluate(() => {
    const [, float, quantized] = document.querySelectorAll(".roles button");
    float.click();
    quantized.click();
  });
  await page.waitForFunction(() => document.querySelector(".case").textContent.startsWith("INT8"));
  await settled(page);
  const report = await reportOf(page);
  assert.ok(Math.abs(report.distribution.max - 6) < 1e-6, `${report.distribution.max}`);
  await page.context().close();
});

test("maps without a valid pixel say so", async () => {
  const page = await openPage(site);
  await page.setInputFiles("input[type=file]", npy("zeros.npy", [[0, 0], [Number.NaN, -1]]));
  await page.waitForSelector('main[data-state="error"]');
  assert.match(await page.textContent(".notices"), /there is no valid depth/);
  assert.match(await page.textContent(".case"), /^From a link/);
  await page.context().close();
});

test("the unit is guessed with its reason, and another one recomputes everything", async () => {
  const page = await openPage(site);
  // A room in millimetres.
  await choose(page, samples("room.npy", Array.from({ length: 40 }, (_, y) => Array.from({ length: 50 }, () => 600 + 60 * y))));
  assert.match(await page.textContent("aside"), /Guessed 1 mm: the median [\d.]+ is then [\d.]+ m/);
  const before = (await reportOf(page)).distribution;
  await page.selectOption("aside select", { label: "1/5000 m (TUM)" });
  await page.waitForFunction(() => document.querySelector("aside").textContent.includes("Chosen by you"));
  await settled(page);
  const report = await reportOf(page);
  assert.ok(Math.abs(report.distribution.median * 5 - before.median) < 1e-9);
  assert.equal(report.inputs[0].scale, 1 / 5000);
  await page.context().close();
});

test("roles are told by names, each can be analysed, and a heap of two roles is asked about", async () => {
  const page = await openPage(site);
  await choose(page, [room("f1_gt.npy", 3), room("f1_int8.npy", 6)]);
  assert.match(await page.textContent(".case"), /^Ground truth: 1 map/);
  await page.getByRole("button", { name: /INT8 prediction/ }).click();
  await page.waitForFunction(() => document.querySelector(".case").textContent.startsWith("INT8"));
  const report = await reportOf(page);
  assert.ok(Math.abs(report.distribution.max - 6) < 1e-6);
  assert.deepEqual(report.inputs.map((i) => [i.role, i.frame]), [["gt", "f1"], ["int8", "f1"]]);
  await page.setInputFiles("input[type=file]", [room("f1.npy"), { ...room("f1.png") }]);
  await page.waitForFunction(() => document.querySelector(".notices").textContent.includes("2 files have each name"));
  await page.context().close();
});

test("predictions that come later join their ground truth, and a new INT8 replaces the old one", async () => {
  const page = await openPage(site);
  await choose(page, set("gt"));
  assert.match(await page.textContent(".answers"), /Drop the FP32 and INT8 predictions/);
  await choose(page, set("fp32", "int8"));
  await page.waitForFunction(() => document.querySelector(".answers").textContent.includes("Network RMSE"));
  await settled(page);
  assert.match(await page.textContent(".toasts"), /Kept: Ground truth, with frames of the same names/);
  const together = await openPage(site);
  await choose(together, set("gt", "fp32", "int8"));
  const [joined, whole] = [await reportOf(page), await reportOf(together)];
  assert.deepEqual(joined.metrics, whole.metrics);
  assert.equal(joined.metrics.frames, 12);
  // The second INT8 is FP32 under another name.
  await choose(page, Array.from({ length: 12 }, (_, frame) => npy(`f${frame}_int8.npy`, depths("fp32", frame))));
  await page.waitForFunction(() => document.querySelector(".answers").textContent.includes("no cost can be measured"));
  // Frames of other names are another set.
  await choose(page, [room("other_int8.npy")]);
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("1 map"));
  assert.deepEqual((await reportOf(page)).inputs.map((input) => input.name), ["other_int8.npy"]);
  for (const each of [page, together]) await each.context().close();
});

test("pasted files are read", async () => {
  const page = await openPage(site);
  const { buffer } = room("x.npy");
  await page.evaluate((base64) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], "pasted.npy"));
    window.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
  }, buffer.toString("base64"));
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("1 map, 2,000 px"));
  await page.context().close();
});

test("cancelling stops and keeps what was there", async () => {
  const page = await openPage(site);
  // So many that reading them takes many frames, and the button is there to be pressed.
  await page.setInputFiles("input[type=file]", Array.from({ length: 400 }, (_, i) => room(`map${i}.npy`)));
  const order = await page.evaluate(async () => {
    const [main, shown] = [document.querySelector("main"), document.querySelector(".case")];
    const before = shown.textContent;
    const events = [];
    const button = await new Promise((found) => {
      const look = () => {
        const cancel = [...document.querySelectorAll(".progress button")].find((b) => b.textContent === "Cancel");
        cancel ? found(cancel) : requestAnimationFrame(look);
      };
      look();
    });
    new MutationObserver(() => {
      if (shown.textContent !== before) events.push("files shown");
    }).observe(shown, { subtree: true, childList: true, characterData: true });
    events.push(`pressed while ${main.dataset.state}`);
    button.click();
    while (main.dataset.state !== "ready") await new Promise(requestAnimationFrame);
    events.push("ready");
    return events;
  });
  assert.equal(order.length, 2, order.join(", "));
  assert.match(order[0], /^pressed while (?!ready)/);
  assert.match(await page.textContent(".toasts"), /Stopped/);
  assert.match(await page.textContent(".case"), /^From a link/);
  await choose(page, [room("after.npy")]);
  assert.match(await page.textContent(".case"), /1 map/);
  await page.context().close();
});

test("a file that is too large to be read ahead is read by its worker", async () => {
  const page = await openPage(site);
  const [height, width] = [2000, 2100];
  const large = npy("large.npy", Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => 1 + (x + y) / 2000)));
  assert.ok(large.buffer.length > 16e6);
  await choose(page, [large, room("small.npy")]);
  assert.match(await page.textContent(".case"), /2 maps, 4,202,000 px/);
  assert.equal(await page.locator(".refused li").count(), 0);
  await page.context().close();
});

test("a killed worker is told, replaced, and costs no file", async () => {
  const page = await openPage(site);
  const workers = page.workers();
  assert.ok(workers.length >= 1);
  await Promise.all(workers.map((worker) => worker.evaluate(() => { setTimeout(() => { throw new Error("killed by a test"); }); })));
  await page.waitForFunction(() => document.querySelector(".notices").textContent.includes("killed by a test"));
  await choose(page, [room("one.npy"), room("two.npy"), room("three.npy")]);
  assert.match(await page.textContent(".case"), /3 maps, 6,000 px/);
  await searched(page);
  await page.context().close();
});

for (const [what, fault] of [
  ["falls silent", () => { setTimeout(() => { for (;;); }); }],
  ["ends without a word", () => self.close()],
]) {
  test(`a worker that ${what} is noticed, replaced, and costs no file`, async () => {
    const page = await openPage(site);
    await page.waitForFunction(() => "fetched" in document.documentElement.dataset);
    // Its files are asked for, and never read.
    await page.workers()[0].evaluate(fault).catch(() => {});
    await page.setInputFiles("input[type=file]", Array.from({ length: 40 }, (_, i) => room(`map${i}.npy`)));
    const from = Date.now();
    await page.waitForFunction(() => document.querySelector(".notices").textContent.includes("no response"));
    assert.ok(Date.now() - from < 6000, `${Date.now() - from} ms`);
    await page.waitForFunction(() => document.querySelector(".case").textContent.includes("40 maps, 80,000 px"));
    assert.equal(await page.locator(".refused li").count(), 0);
    await page.context().close();
  });
}
