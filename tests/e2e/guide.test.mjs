// The user guide is true: every sentence it quotes is said by the page on the example it belongs to.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { choose, openPage, rows, searched } from "./page.mjs";
import { openSite } from "./site.mjs";

const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const triple = join(data, "triple");

const guide = await readFile(new URL("../../docs/USER_GUIDE.md", import.meta.url), "utf8");
const [, sample, own] = guide.split(/^## (?=In a minute|With your own)/m);

/** The quoted lines of a part. */
const quotes = (part) => part.split("\n").filter((line) => line.startsWith("> ")).map((line) => plain(line.slice(2)));

const plain = (text) => text.replace(/\s+/g, " ").replaceAll("\u2212", "-");

const said = async (page) => plain(`${await page.textContent("main")} ${await page.textContent("aside")}`);

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

test("what the guide says of the published case", async () => {
  const page = await openPage(site);
  await searched(page);
  await page.waitForFunction(() => /Change the code/.test(document.querySelector(".cards").textContent));
  const text = await said(page);
  assert.equal(quotes(sample).length, 5);
  for (const quote of quotes(sample)) assert.ok(text.includes(quote), quote);
  for (const figure of ["2.73 mm of rounding", "352 mm of clipping", "±28.4 mm"]) assert.ok(text.includes(figure), figure);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  assert.equal((await rows(page))[0].RMSE, "7.92 mm");
  await page.context().close();
});

test("what the guide says of a real triple", { skip: !existsSync(triple) && `no real files at ${triple}` }, async () => {
  const page = await openPage(site);
  await page.evaluate(() => { document.querySelector("input[type=file]").webkitdirectory = true; });
  await choose(page, triple);
  await searched(page);
  await page.waitForSelector("#study-answers .answers", { timeout: 120_000 });
  await page.waitForFunction(() => /one remedy was tried/.test(document.querySelector("#study-answers").textContent), null, { timeout: 120_000 });
  const text = await said(page);
  assert.equal(quotes(own).length, 7);
  for (const quote of quotes(own)) assert.ok(text.includes(quote), quote);
  for (const figure of ["13.5 mm", "99.7 %", "212,637 zero px", "[0.7897, 2.837] m", "14.6 mm"]) assert.ok(text.includes(figure), figure);
  await page.context().close();
});
