// Real depth files, where they lie beside the checkout: numpy recomputes the exported report from the files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { choose, exported, openPage, searched } from "./page.mjs";
import { openSite } from "./site.mjs";

const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const numpy = spawnSync("python3", ["-c", "import numpy, PIL"]).status === 0;
const missing = !existsSync(data) ? `no real files at ${data}` : !numpy ? "python3 has no numpy and Pillow" : false;

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

for (const [folder, count] of [["triple/gt", 91], ["kinect640", 10]]) {
  test(`numpy confirms the report of ${folder}`, { skip: missing }, async () => {
    const files = readdirSync(join(data, folder)).map((name) => join(data, folder, name));
    assert.equal(files.length, count);
    const page = await openPage(site);
    await choose(page, files);
    await searched(page);
    const report = join(mkdtempSync(join(tmpdir(), "fathom-")), "report.json");
    writeFileSync(report, (await exported(page)).text);
    const script = fileURLToPath(new URL("../golden/recompute.py", import.meta.url));
    const checked = spawnSync("python3", [script, report, join(data, folder)], { encoding: "utf8" });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    await page.context().close();
  });
}
