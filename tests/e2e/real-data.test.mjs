// Real depth files, where they lie beside the checkout: numpy recomputes the exported report from the files, and the user guide is true of
// them.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { guide, quotes, words } from "./guide.mjs";
import { choose, complete, exported, openPage, searched } from "./page.mjs";
import { openSite } from "./site.mjs";

const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const numpy = spawnSync("python3", ["-c", "import numpy, scipy, PIL"]).status === 0;
const missing = !existsSync(data) ? `no real files at ${data}` : !numpy ? "python3 has no numpy, scipy and Pillow" : false;

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** Recomputes every figure of a report from its files, with numpy. Returns what was compared. */
async function confirm(report, folder) {
  const script = fileURLToPath(new URL("../golden/check_report.py", import.meta.url));
  const checking = spawn("python3", [script, report, folder]);
  const said = [];
  for (const stream of [checking.stdout, checking.stderr]) stream.on("data", (text) => said.push(text));
  const [status] = await once(checking, "close");
  assert.equal(status, 0, said.join(""));
  return said.join("");
}

for (const [folder, count] of [["triple/gt", 91], ["kinect640", 10]]) {
  test(`numpy confirms the report of ${folder}`, { skip: missing }, async () => {
    const files = readdirSync(join(data, folder)).map((name) => join(data, folder, name));
    assert.equal(files.length, count);
    const page = await openPage(site);
    await choose(page, files);
    await searched(page);
    await complete(page);
    const place = mkdtempSync(join(tmpdir(), "fathom-"));
    writeFileSync(join(place, "report.json"), (await exported(page)).text);
    await page.context().close();
    const compared = await confirm(join(place, "report.json"), join(data, folder));
    for (const section of ["inputs", "distribution", "ranges", "best", "codes", "calibrators", "optima", "bits", "sweep"]) {
      assert.match(compared, new RegExp(`\\d of ${section}`), compared);
    }
    rmSync(place, { recursive: true });
  });
}

/** The page with the three real sets, which two tests look at, and the folder with their files. */
let whole, triple;
async function withTriple() {
  if (whole) return whole;
  const page = await openPage(site);
  await page.evaluate(() => { document.querySelector("input[type=file]").webkitdirectory = true; });
  triple = mkdtempSync(join(tmpdir(), "fathom-triple-"));
  const folder = join(triple, "set");
  for (const role of ["gt", "fp32", "int8"]) cpSync(join(data, "triple", role), join(folder, role), { recursive: true });
  await choose(page, folder);
  await searched(page);
  await page.waitForSelector("main[data-state='ready'] .answers .answer", { timeout: 120_000 });
  whole = page;
  return page;
}
after(() => { if (triple) rmSync(triple, { recursive: true }); });

test("what the guide says of a real triple", { skip: !existsSync(data) && `no real files at ${data}` }, async () => {
  const page = await withTriple();
  const text = await words(page);
  const quoted = quotes((await guide()).own);
  assert.equal(quoted.length, 9);
  for (const quote of quoted) assert.ok(text.includes(quote), quote);
  for (const figure of ["output code: rounding and clipping 9.8 %", "bias and scale 11.4 %", "inside the network 78.8 %", "99.7 %", "212,637 zero px", "[0.7897, 2.837] m", "14.6 mm"]) assert.ok(text.includes(figure), figure);
});

test("numpy confirms every figure of the whole triple", { skip: missing }, async () => {
  const page = await withTriple();
  // RMSE did not change by more than chance: that is what the maps of this network say.
  assert.match(await page.textContent(".answers"), /No loss shown: the change of RMSE, \+0\.410\smm, may be chance/);
  assert.match(await page.textContent("#grid"), /14\.6\smm/);
  await complete(page);
  const report = join(triple, "report.json");
  writeFileSync(report, (await exported(page)).text);
  // The report names files with their folder.
  const compared = await confirm(report, triple);
  for (const section of ["metrics", "budget", "bands", "frames", "codes", "calibrators", "optima"]) {
    assert.match(compared, new RegExp(section), compared);
  }
});
