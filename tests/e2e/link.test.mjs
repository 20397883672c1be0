// The link: kept in the address bar, opened elsewhere without the files, refused when it is broken.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SMALL_LINK, choose, fragmentAfterEdit, linked, near, npy, openPage, openSample, reportOf, room, rows, searched, settled, slope } from "./page.mjs";
import { openSite } from "./site.mjs";
import { set } from "./triple.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** The three answers: the sentence, the words without their numbers, and the numbers. */
const answersOf = (page) => page.$$eval(".answers .question", (cards) => cards.map((card) => {
  const text = card.textContent;
  return {
    headline: card.querySelector(".answer").textContent,
    words: text.replaceAll(/[\d.,]+/g, "#"),
    numbers: (text.match(/\d[\d,]*(\.\d+)?/g) ?? []).map((number) => Number.parseFloat(number.replaceAll(",", ""))),
  };
}));

const number = (text) => Number.parseFloat(text.replace("±", "")) * (/ mm$/.test(text) ? 1e-3 : 1);

test("the tests' small link is the one that the page makes", async () => {
  const page = await openPage(site, { fragment: "f4.AAAA" });
  await choose(page, [room("a.npy", 12)]);
  const fragment = await fragmentAfterEdit(page);
  assert.equal(SMALL_LINK, fragment, `SMALL_LINK in page.mjs should be "${fragment}"`);
  await page.context().close();
});

test("a link shows the same page elsewhere, without the files", async () => {
  const page = await openPage(site, { view: "range" });
  await choose(page, [slope("secret-name.npy", 12)]);
  await page.getByRole("button", { name: "10", exact: true }).click();
  await page.getByLabel("End of the range in metres").first().fill("9");
  await page.getByLabel("End of the range in metres").first().press("Enter");
  const fragment = await fragmentAfterEdit(page);
  assert.ok(fragment.startsWith("f4.") && fragment.length < 2000, `${fragment.length} characters`);
  assert.ok(!Buffer.from(fragment.slice(3), "base64url").includes("secret"), "no file name in the link");
  const expected = await rows(page);

  const other = await openPage(site, { fragment });
  assert.match(await other.textContent(".case"), /^From a link: 1 map, Ground truth, 2,000 px/);
  const got = await rows(other);
  assert.deepEqual(got.map((row) => [row.start, row.end, row["Half step"]]), expected.map((row) => [row.start, row.end, row["Half step"]]));
  for (const [i, row] of got.entries()) {
    for (const key of ["Rounding part", "RMSE", "abs_rel"]) {
      const [a, b] = [number(row[key]), number(expected[i][key])];
      assert.ok(Math.abs(a - b) <= 0.012 * b, `${key} of row ${i}: ${row[key]} against ${expected[i][key]}`);
    }
  }
  await other.reload();
  await searched(other);
  assert.deepEqual(await rows(other), got, "a reload changes nothing");
  await page.context().close();
  await other.context().close();
});

test("the sample's link holds the settings", async () => {
  const page = await openSample(site);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  const fragment = await fragmentAfterEdit(page);
  const other = await openPage(site, { fragment });
  assert.deepEqual(await rows(other), await rows(page));
  assert.match(await other.textContent(".case"), /^Published case/);
  await page.context().close();
  await other.context().close();
});

test("the copy button copies the address", async () => {
  const page = await openPage(site, { permissions: ["clipboard-read", "clipboard-write"] });
  await linked(page);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.waitForSelector(".notice:has-text('Link copied')");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  await page.context().close();
});

test("files that are brought while the page is built come before its link", async () => {
  const context = await site.browser.newContext();
  const early = await context.newPage();
  const { name, buffer } = slope("early.npy", 12);
  // As soon as the page can take files: its other sections come later.
  await early.addInitScript(([name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const look = () => {
      const input = document.querySelector("input[type=file]");
      if (!input) {
        return requestAnimationFrame(look);
      }
      self.sectionsThen = document.querySelectorAll("main section").length;
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      input.files = transfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    look();
  }, [name, buffer.toString("base64")]);
  await early.goto(`${site.url}#${SMALL_LINK}`);
  await early.waitForFunction(() => /^Ground truth: 1 map/.test(document.querySelector(".case")?.textContent));
  assert.equal(await settled(early), "ready");
  await linked(early);
  assert.match(await early.textContent(".case"), /2,000 px/);
  const sections = () => early.evaluate(() => document.querySelectorAll("main section").length);
  assert.ok(await early.evaluate(() => self.sectionsThen) < await sections(), "they came while the page was built");
  await context.close();
});

test("a broken, a newer and a foreign link each say so and show the sample", async () => {
  for (const [fragment, words] of [
    [SMALL_LINK.slice(0, -7), /This link is damaged/],
    ["f7.AAAA", /Another version of Fathom/],
    ["chapter-3", /not a Fathom link/],
  ]) {
    const other = await openPage(site, { fragment });
    assert.match(await other.textContent(".notices"), words);
    assert.match(await other.textContent(".case"), /^Published case/);
    assert.equal((await rows(other)).length, 4);
    await other.context().close();
  }
});

test("a comparison travels in the link, and is understood without a file", async () => {
  const page = await openPage(site);
  await choose(page, set("gt", "fp32", "int8"));
  await page.waitForSelector("main[data-state='ready'] .answers .answer", { timeout: 60_000 });
  await page.waitForFunction(() => /error budget of 12 frames/.test(document.querySelector("#link .contents")?.textContent), undefined, { timeout: 20_000 });
  await fragmentAfterEdit(page);
  const fragment = new URL(page.url()).hash.slice(1);
  assert.ok(page.url().length < 2000, `${page.url().length} characters`);
  for (const name of ["f0_gt", "gt.npy"]) assert.ok(!Buffer.from(fragment.slice(3), "base64url").includes(name), name);
  const texts = (page) => page.$$eval("#metrics tbody tr", (trs) => trs.map((tr) => [...tr.cells].map((cell) => cell.textContent)));
  const budget = (page) => page.$$eval("#budget tbody tr", (trs) => trs.map((tr) => tr.cells[1].textContent));
  const [metrics, pieces] = [await texts(page), await budget(page)];
  const answers = await answersOf(page);
  assert.equal(answers.length, 3);
  await page.context().close();

  const opened = await openPage(site, { fragment });
  await opened.waitForSelector("main[data-state='ready'] .answers .answer", { timeout: 60_000 });
  // The second answer ends with the best ends.
  await searched(opened);
  const told = await answersOf(opened);
  assert.deepEqual(told.map((answer) => answer.headline), answers.map((answer) => answer.headline));
  for (const [i, { words, numbers }] of told.entries()) {
    assert.equal(words, answers[i].words, `the words of answer ${i + 1}`);
    for (const [k, number] of numbers.entries()) {
      const expected = answers[i].numbers[k];
      assert.ok(Math.abs(number - expected) <= 0.01 * Math.abs(expected), `${number} against ${expected} in answer ${i + 1}`);
    }
  }
  await opened.waitForSelector("#budget tbody tr", { state: "attached" });
  assert.deepEqual(await texts(opened), metrics);
  assert.deepEqual(await budget(opened), pieces);
  assert.match(await opened.textContent("#metrics .lead"), /12 frames compared, as measured by plain, all pixels together/);
  // It travels on, and its code is drawn.
  assert.ok(new URL(opened.url()).hash.startsWith("#f4."));
  await near(opened, "exports");
  await opened.getByRole("button", { name: "Show as a QR code" }).click();
  assert.ok((await opened.getAttribute("#exports svg.qr path", "d")).length > 2000);
  // Own maps take its place.
  await choose(opened, set("gt", "fp32"));
  await opened.waitForFunction(() => !document.querySelector("#metrics .lead")?.textContent.startsWith("From the link"));
  await opened.context().close();
});

/** Waits until the link holds a comparison, and returns it. */
async function comparedLink(page) {
  await page.waitForFunction(() => /error budget of 12 frames/.test(document.querySelector("#link .contents")?.textContent), undefined, { timeout: 60_000 });
  return fragmentAfterEdit(page);
}

test("where a short link would be coarse, a longer one has every figure within half a per cent", async () => {
  const page = await openPage(site, { view: "remedies" });
  // Single depths without a pattern, few enough to be told one by one and too many for a short link.
  let state = 7;
  const chance = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const depths = Array.from({ length: 3000 }, () => 1 + 8 * chance() * chance());
  const rowsOfDepths = Array.from({ length: 60 }, () => Array.from({ length: 50 }, () => depths[Math.floor(3000 * chance())]));
  await choose(page, [npy("scattered.npy", rowsOfDepths)]);
  const contents = () => page.textContent("#link .contents");
  const within = async () => Number((await contents()).match(/within ([\d.]+) %/)[1]);
  const short = await fragmentAfterEdit(page);
  assert.ok((await within()) > 0.5 && page.url().length < 2000, `${await contents()}, ${page.url().length}`);
  const ample = page.getByLabel("A longer link, with more exact figures");
  assert.equal(await ample.isChecked(), false);
  await ample.check();
  await page.waitForFunction(() => /within 0\.5 %/.test(document.querySelector("#link .contents").textContent));
  const long = await fragmentAfterEdit(page);
  assert.ok(long.length > 2 * short.length, `${long.length} against ${short.length}`);
  const own = await rows(page);
  const opened = await openPage(site, { fragment: long });
  const there = await rows(opened);
  assert.equal(there.length, own.length);
  for (const [at, row] of own.entries()) {
    for (const [name, text] of Object.entries(row)) {
      const [mine, theirs] = [parseFloat(text), parseFloat(there[at][name])];
      if (!Number.isFinite(mine)) assert.equal(there[at][name], text, name);
      else assert.ok(Math.abs(theirs - mine) <= 0.006 * Math.abs(mine), `${name}: ${there[at][name]} for ${text}`);
    }
  }
  await opened.context().close();
  await ample.uncheck();
  await page.waitForFunction(() => !/within 0\.5 %/.test(document.querySelector("#link .contents").textContent) && /\d/.test(document.querySelector("#link .contents").textContent));
  assert.equal(await fragmentAfterEdit(page), short);
  await page.context().close();
});

const bytesOf = (fragment) => Buffer.from(fragment.slice(3), "base64url");

test("a title and names of frames go along only where the reader wants them", async () => {
  const page = await openPage(site);
  await choose(page, set("gt", "fp32", "int8"));
  const plain = await comparedLink(page);
  await near(page, "link");
  assert.match(await page.textContent("#link .contents"), /no file and no file name\. [\d,]+ characters\./);
  for (let frame = 0; frame < 12; frame += 1) assert.ok(!bytesOf(plain).includes(`f${frame}_`), "no file name");
  const title = page.getByLabel("Link title (optional)");
  await title.fill("Before recalibration");
  await title.press("Enter");
  const titled = await fragmentAfterEdit(page);
  assert.ok(bytesOf(titled).includes("Before recalibration"));
  assert.match(await page.textContent("#link .contents"), /Contains the title, /);
  const names = page.getByLabel("Include the names of the worst frames");
  assert.equal(await names.isChecked(), false);
  await names.check();
  const named = await fragmentAfterEdit(page);
  assert.match(await page.textContent("#link .contents"), /the names of \d+ frames, but no file/);
  assert.ok(named.length > titled.length && page.url().length < 2000, `${page.url().length} characters`);
  await names.uncheck();
  assert.equal(await fragmentAfterEdit(page), titled);
  await page.context().close();

  const opened = await openPage(site, { fragment: named });
  await opened.waitForSelector("#shared-frames tbody tr", { state: "attached" });
  assert.equal(await opened.getByLabel("Link title (optional)").inputValue(), "Before recalibration");
  await opened.context().close();
});

test("a reader's own way of measuring travels", async () => {
  const page = await openPage(site);
  await choose(page, set("gt", "fp32", "int8"));
  await comparedLink(page);
  await near(page, "metrics");
  await page.getByLabel("As measured by").selectOption("own");
  await page.getByLabel("Depths from").fill("1.2");
  await page.getByLabel("Depths from").press("Enter");
  await page.waitForFunction(() => /your own way of measuring/.test(document.querySelector("#link .contents")?.textContent));
  const fragment = await comparedLink(page);
  await page.context().close();

  const opened = await openPage(site, { fragment });
  await opened.waitForSelector("#metrics tbody tr", { state: "attached" });
  await choose(opened, set("gt", "fp32", "int8"));
  await opened.waitForSelector("#metrics select", { state: "attached" });
  assert.equal(await opened.getByLabel("Depths from").inputValue(), "1.2");
  await opened.context().close();
});

test("two links stand beside each other, and so does their address", async () => {
  const page = await openPage(site);
  await choose(page, set("gt", "fp32", "int8"));
  const first = await comparedLink(page);
  await near(page, "facing");
  const field = page.getByLabel("The other link");
  await field.fill("f9.AAAA");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  assert.match(await page.textContent("#facing .problem"), /Another version of Fathom/);
  await field.fill(`${first.slice(0, -9)}`);
  await field.press("Enter");
  assert.match(await page.textContent("#facing .problem"), /damaged/);
  await field.fill(`https://example.org/#${first}`);
  await field.press("Enter");
  await page.waitForSelector("#facing table");
  const differences = await page.$$eval("#facing .change", (cells) => cells.map((cell) => cell.textContent));
  assert.ok(differences.length > 20);
  for (const text of differences) assert.ok(!/[1-9]/.test(text) || text === "\u2013", `a link differs from itself by ${text}`);
  assert.match(await page.textContent("#facing"), /intervals overlap: may be the same/);
  // The report and its tables hold what is beside each other.
  const { other_link: beside } = await reportOf(page);
  assert.deepEqual(beside.links.map((link) => link.which), ["this", "other"]);
  assert.ok(beside.metrics.length > 10 && beside.ranges.length > 0);
  for (const metric of beside.metrics) assert.equal(metric.int8_difference, 0, metric.metric);
  const both = await fragmentAfterEdit(page);
  assert.ok(both.includes("&with=f4."));
  await page.context().close();

  const opened = await openPage(site, { fragment: both, view: "remedies" });
  await opened.waitForSelector("#facing table");
  await opened.getByRole("button", { name: "Close the comparison" }).click();
  assert.ok(!(await fragmentAfterEdit(opened)).includes("&with="));
  await opened.context().close();
});
