// A first visit: the published case is analysed, and its figures are the native ones.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { exported, mounted, near, openSample, rows, searched } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";

let site, page;
before(async () => {
  site = await openSite();
  page = await openSample(site);
  await searched(page);
});
after(async () => { await site?.close(); });

// In this order on one page: only the last ones change its settings.

test("the answer is there before a file is", async () => {
  assert.match(await page.textContent(".answers"), /Published: RMSE rose from 390\smm to 741\smm.*Not for the published loss: it is inside the network\..*With \[0\.5,\s131\.8\]\sm: 182\smm\./s);
  const table = await rows(page);
  const expected = [
    { end: "7.5", Inside: "75.9 %", Below: "12.0 %", Above: "12.1 %", "Half step": "±13.7 mm", "Rounding part": "6.90 mm", "Clipping part": "3.66 m", RMSE: "3.66 m", abs_rel: "0.171", delta1: "82.8 %" },
    { end: "10", Inside: "80.0 %", Below: "12.0 %", Above: "8.0 %", "Half step": "±18.6 mm", "Rounding part": "9.62 mm", "Clipping part": "3.15 m", RMSE: "3.15 m", abs_rel: "0.154", delta1: "86.2 %" },
    { end: "12.5", Inside: "82.6 %", Below: "12.0 %", Above: "5.4 %", "Half step": "±23.5 mm", "Rounding part": "12.3 mm", "Clipping part": "2.73 m", RMSE: "2.73 m", abs_rel: "0.145", delta1: "88.2 %" },
    { end: "15", Inside: "84.3 %", Below: "12.0 %", Above: "3.7 %", "Half step": "±28.4 mm", "Rounding part": "15.1 mm", "Clipping part": "2.38 m", RMSE: "2.38 m", abs_rel: "0.140", delta1: "89.3 %" },
  ];
  assert.deepEqual(table, expected.map((row, i) => ({ start: "0.5", inUse: i === 3, ...row })));
  await near(page, "published");
  await page.waitForSelector(".statements article");
  assert.match(await page.textContent(".statements"), /741\smm can only be a masked figure/);
});

test("the browser's report is the native one, bit for bit", async () => {
  const report = await exported(page);
  const golden = await readFile(new URL("../golden/long-tail.report.json", import.meta.url), "utf8");
  assert.equal(report.name, "report.json");
  // The golden file has the sections that are made without being asked for. Equal doubles are equal bit for bit.
  const [whole, expected] = [JSON.parse(report.text), JSON.parse(golden)];
  const own = Object.fromEntries(Object.keys(expected).map((key) => [key, whole[key]]));
  assert.deepEqual(own, expected);
  for (const key of ["codes", "calibrators", "bits", "sweep", "panter_dite_rmse"]) {
    assert.ok(key in whole, key);
  }
  assert.ok(!("optima" in whole), "long searches are run where they are asked for");
});

test("excluding clipped pixels leaves millimetres, and the page says why that proves nothing", async () => {
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  assert.match(await page.textContent(".answers"), /Only on paper/);
  assert.deepEqual((await rows(page)).map((row) => row.RMSE), ["7.92 mm", "10.8 mm", "13.6 mm", "16.4 mm"]);
});

test("every state of the switches works, and nothing is asked of the network after the start", async () => {
  await page.waitForLoadState("networkidle");
  const problems = collectProblems(page, site.url);
  const requests = [];
  // The browser asks for the icon of a tab whenever it likes.
  page.on("request", (request) => request.url().endsWith(".svg") || requests.push(request.url()));
  for (const name of ["exclude", "clamp", "count", "6", "16", "8", "zero point"]) {
    await page.getByRole("button", { name, exact: true }).click();
    assert.equal(await page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed"), "true");
    assert.doesNotMatch(await page.textContent("main"), /NaN|inf\b|undefined/);
  }
  const [first] = (await rows(page)).slice(-1);
  assert.equal(first["Half step"], "±29.4 mm", "half of 15 m / 255: the zero point widens the range");
  assert.deepEqual(problems, []);
  assert.deepEqual(requests, []);
});

test("a browser without workers says so, with a link and without", async () => {
  for (const fragment of ["", "#f4.AAAA"]) {
    const context = await site.browser.newContext();
    const page = await context.newPage();
    const crashes = [];
    page.on("pageerror", (error) => crashes.push(error.message));
    await page.addInitScript(() => {
      self.Worker = class {
        constructor() {
          throw new DOMException("no workers here", "SecurityError");
        }
      };
    });
    await page.goto(site.url + fragment);
    await page.waitForSelector('main[data-state="error"]');
    await mounted(page);
    assert.match(await page.textContent("main"), /This browser does not let the page start a worker\./);
    assert.equal(await page.getAttribute("main", "data-state"), "error");
    assert.deepEqual(crashes, []);
    await context.close();
  }
});
