// Everything that leaves the page: each form of the report, the range for toolchains, charts of both programs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { SMALL_LINK, complete, fragmentAfterEdit, near, openSample, saved, searched, show } from "./page.mjs";
import { openSite } from "./site.mjs";
import { triple } from "./states.mjs";

const python = spawnSync("python3", ["-c", ""]).status === 0;

let site, sample;
before(async () => {
  site = await openSite();
  sample = await openSample(site, { view: "remedies" });
  await sample.waitForSelector("#exports .offers", { timeout: 60_000 });
});
after(async () => { await site?.close(); });

test("the report leaves the page in every form", async () => {
  const page = await triple(site);
  await searched(page);
  await near(page, "exports");
  const offer = (name) => page.locator("#exports .offers").getByRole("button", { name, exact: true });

  const json = await saved(page, offer("report.json"));
  assert.equal(json.name, "report.json");
  const report = JSON.parse(json.bytes.toString());
  assert.equal(report.format, "fathom.report");

  const html = await saved(page, offer("Report with charts"));
  assert.equal(html.name, "fathom-report.html");
  const text = html.bytes.toString();
  assert.ok((text.match(/data:image\/svg\+xml;base64,/g) ?? []).length >= 5, "charts");
  // The worst frame: FP32, INT8 and their difference, each with its scale.
  assert.equal((text.match(/data:image\/png;base64,/g) ?? []).length, 3);
  assert.match(text, /Frame with the largest loss: f\d+/);
  assert.match(text, /<span class="scale">\u2212[\d.]+ mm<i[^>]*><\/i>\+[\d.]+ mm<\/span>/);
  const addresses = text.replace(/xmlns[^"]*"[^"]*"/g, "").match(/https?:\/\/[^"#]*/g);
  assert.deepEqual(addresses, [new URL(site.url).href], "no address but that of the page, which its link has");
  for (const verdict of report.verdicts) assert.ok(text.includes(verdict.question), verdict.question);

  const markdown = await saved(page, offer("Markdown"));
  assert.match(markdown.bytes.toString(), /^# What INT8 does/);
  assert.match(markdown.bytes.toString(), /\| *rmse/);

  const zip = await saved(page, offer("All tables"));
  assert.equal(zip.name, "fathom-tables.zip");
  assert.equal(zip.bytes.subarray(0, 2).toString(), "PK");
  for (const table of ["metrics", "budget", "codes", "ranges"]) assert.ok(zip.bytes.includes(`${table}.csv`), table);

  const script = await saved(page, offer("Python script"));
  assert.match(script.bytes.toString(), /GT_UNITS_PER_METRE/);
  if (python) {
    const compiled = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: script.bytes });
    assert.equal(compiled.status, 0, `${compiled.stderr}`);
  }
  // Nothing waits any more, and nothing was said to have failed.
  assert.equal(await page.locator("#exports .preparing").count(), 0);
  await page.context().close();
});

test("a report can be cancelled and wanted again", async () => {
  await sample.locator("#exports").scrollIntoViewIfNeeded();
  const button = sample.locator("#exports .offers").getByRole("button", { name: "report.json" });
  await complete(sample);
  await button.click();
  // Of the built-in sample's millions of depths it takes seconds.
  await sample.waitForSelector("#exports .preparing");
  assert.ok(await button.isDisabled(), "a second press does not start it twice");
  await sample.locator("#exports").getByRole("button", { name: "Cancel" }).click();
  await sample.waitForSelector("#exports .preparing", { state: "detached" });
  assert.ok(await button.isEnabled());
});

test("a script of the sample is refused in a sentence", async () => {
  await sample.locator("#exports .offers").getByRole("button", { name: "Python script" }).click();
  await sample.getByText("these depths do not come from your files").waitFor({ timeout: 20_000 });
});

test("the range in use comes in the words of every toolchain", async () => {
  assert.match(await sample.textContent("#exports .snippet"), /quantize_static|TensorQuantOverrides/);
  await sample.getByLabel("Name of the output tensor").fill("my/depth");
  await sample.waitForFunction(() => document.querySelector("#exports .snippet").textContent.includes("my/depth"));
  for (const tool of ["ONNX Runtime, signed", "TensorRT", "TensorFlow Lite"]) {
    const before = await sample.textContent("#exports .snippet");
    await sample.locator("#exports select").selectOption(tool);
    await sample.waitForFunction((before) => document.querySelector("#exports .snippet").textContent !== before, before);
  }
});

test("charts of the range are saved as PNG and SVG", async () => {
  await show(sample, "range");
  for (const [chart, file] of [["Range against error", "range-against-error"], ["Distribution of depths", "distribution-of-depths"]]) {
    const png = await saved(sample, sample.getByRole("button", { name: `Save the chart ${chart} as PNG` }));
    assert.equal(png.name, `${file}.png`);
    assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
    const svg = await saved(sample, sample.getByRole("button", { name: `Save the chart ${chart} as SVG` }));
    assert.equal(svg.name, `${file}.svg`);
    assert.match(svg.bytes.toString(), /^<svg[\s\S]*<\/svg>\s*$/);
  }
});

test("the link is handed on by the browser's own sheet, where it has one", async () => {
  for (const has of [true, false]) {
    const context = await site.browser.newContext();
    await context.addInitScript((has) => {
      const share = has ? async (what) => { (window.shared ??= []).push(what); } : undefined;
      Object.defineProperty(Navigator.prototype, "share", { value: share, configurable: true });
    }, has);
    const page = await context.newPage();
    await page.goto(`${site.url}#${SMALL_LINK}`);
    await searched(page);
    await near(page, "exports");
    await page.getByRole("button", { name: "Show as a QR code" }).waitFor();
    const button = page.getByRole("button", { name: "Share the link" });
    assert.equal(await button.count(), has ? 1 : 0);
    if (has) {
      await fragmentAfterEdit(page);
      await button.click();
      const shared = await page.evaluate(() => window.shared);
      assert.deepEqual(shared, [{ title: "What INT8 does to these depth maps", url: page.url() }]);
    }
    await context.close();
  }
});
