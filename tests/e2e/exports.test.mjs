// Everything that leaves the page: each form of the report, the range for toolchains, charts of both programs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, fragmentAfterEdit, near, openPage, searched } from "./page.mjs";
import { openSite } from "./site.mjs";
import { set } from "./triple.mjs";

const python = spawnSync("python3", ["-c", "import numpy, PIL"]).status === 0;

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

async function saved(page, button) {
  // The whole report takes its time on a busy machine.
  const saving = page.waitForEvent("download", { timeout: 150_000 });
  await button.click();
  const download = await saving;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

async function withTriple() {
  const page = await openPage(site);
  await choose(page, set("gt", "fp32", "int8"));
  await searched(page);
  await page.waitForSelector("#study-answers .answers", { timeout: 60_000 });
  await page.waitForSelector("#exports .offers");
  return page;
}

test("the report leaves the page in every form", async () => {
  const page = await withTriple();
  const offer = (name) => page.locator("#exports .offers").getByRole("button", { name, exact: true });

  const json = await saved(page, offer("report.json"));
  assert.equal(json.name, "report.json");
  const report = JSON.parse(json.bytes.toString());
  assert.equal(report.format, "fathom.report");

  const html = await saved(page, offer("Report with charts"));
  assert.equal(html.name, "fathom-report.html");
  const text = html.bytes.toString();
  assert.ok((text.match(/data:image\/svg\+xml;base64,/g) ?? []).length >= 5, "charts");
  assert.ok(!/https?:\/\/(?!www\.w3\.org)/.test(text.replace(/xmlns[^"]*"[^"]*"/g, "")), "no address of another site");
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
    const place = join(mkdtempSync(join(tmpdir(), "fathom-")), "check.py");
    const compiled = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: script.bytes });
    assert.equal(compiled.status, 0, `${place}: ${compiled.stderr}`);
  }
  // Nothing waits any more, and nothing was said to have failed.
  assert.equal(await page.locator("#exports .preparing").count(), 0);
  await page.context().close();
});

test("a report can be cancelled and wanted again", async () => {
  const page = await openPage(site);
  await page.waitForSelector("#exports .offers", { timeout: 60_000 });
  await page.locator("#exports").scrollIntoViewIfNeeded();
  const button = page.locator("#exports .offers").getByRole("button", { name: "report.json" });
  await button.click();
  // Of the built-in sample's millions of depths it takes seconds.
  await page.waitForSelector("#exports .preparing");
  assert.ok(await button.isDisabled(), "a second press does not start it twice");
  await page.locator("#exports").getByRole("button", { name: "Cancel" }).click();
  await page.waitForSelector("#exports .preparing", { state: "detached" });
  assert.ok(await button.isEnabled());
  await page.context().close();
});

test("a script of the sample is refused in a sentence", async () => {
  const page = await openPage(site);
  await page.waitForSelector("#exports .offers", { timeout: 60_000 });
  await page.locator("#exports .offers").getByRole("button", { name: "Python script" }).click();
  await page.getByText("these depths come from no files of yours").waitFor({ timeout: 20_000 });
  await page.context().close();
});

test("the range in use comes in the words of every toolchain", async () => {
  const page = await openPage(site);
  await page.waitForSelector("#exports .snippet", { timeout: 60_000 });
  assert.match(await page.textContent("#exports .snippet"), /quantize_static|TensorQuantOverrides/);
  await page.getByLabel("Name of the output tensor").fill("my/depth");
  await page.waitForFunction(() => document.querySelector("#exports .snippet").textContent.includes("my/depth"));
  for (const tool of ["ONNX Runtime, signed", "TensorRT", "TensorFlow Lite"]) {
    const before = await page.textContent("#exports .snippet");
    await page.locator("#exports select").selectOption(tool);
    await page.waitForFunction((before) => document.querySelector("#exports .snippet").textContent !== before, before);
  }
  await page.context().close();
});

test("charts of the first program are saved as PNG and SVG", async () => {
  const page = await openPage(site);
  await page.waitForSelector("#exports .offers", { timeout: 60_000 });
  for (const [chart, file] of [["Range against error", "range-against-error"], ["Distribution of depths", "distribution-of-depths"]]) {
    const png = await saved(page, page.getByRole("button", { name: `Save the chart ${chart} as PNG` }));
    assert.equal(png.name, `${file}.png`);
    assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
    const svg = await saved(page, page.getByRole("button", { name: `Save the chart ${chart} as SVG` }));
    assert.equal(svg.name, `${file}.svg`);
    assert.match(svg.bytes.toString(), /^<svg[\s\S]*<\/svg>\s*$/);
  }
  await page.context().close();
});

test("the link is handed on by the browser's own sheet, where it has one", async () => {
  for (const has of [true, false]) {
    const context = await site.browser.newContext();
    await context.addInitScript((has) => {
      const share = has ? async (what) => { (window.shared ??= []).push(what); } : undefined;
      Object.defineProperty(Navigator.prototype, "share", { value: share, configurable: true });
    }, has);
    const page = await context.newPage();
    await page.goto(site.url);
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
