// What a user does on the page, in words that the tests share.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

/**
 * A link to the `room` that reaches to 12 m, with the settings that the page opens with. The page shows it from a summary, in
 * a fraction of the time that the sample's 2.2 million pixels take. `link.test.mjs` makes it anew: where the format changes, copy the link
 * that its test prints.
 */
export const SMALL_LINK =
  "f4.R-eRbQMBkgIBEzEgbWFwLCBHcm91bmQgdHJ1dGgAAAAAAECfQAAAAEAzM-M_AAAAAAAAKEDNzEwzMzMZQJmkBe5o_gpAAAAAMDMzGUAAAADYzEwiQH1mZvZRuCVALDMz6yjcJkAAAAAAAAAoQAAAAAAAAChAAgChAR2kAAAAAAB_xmQAFEP_jMzNJilqVh2ZmRa1Kxa1KpS9C7VqVNWpW1alTVqVNWpW1alS6F5orUqitSiK1KorUqitSiK1KorUqitSiK1KorUqitSiK1KorUrxOw5WpWVqVlalZWpWVqTlalZWpWVqVlalZWpWVqTlalZWpQ3Lly5cuXLly5cuXLly5cuXLly5cuXLly5cuXLly5cuXLly5AAAAlcCB21pbi1tYXgAAAAAAAAAAAAAAAAAAChAD3BlcmNlbnRpbGUgOTkuOQAAAAAAAAAAAAAAAAAAKEAAAQgA_Knx0k1iUD8BAAAAAAAAAAAAAAAAAAAoQAUDDAABAAAAAAIAAAAAAA";

/** The views in the order of the bar. */
export const VIEWS = ["summary", "predictions", "range", "codes", "network", "remedies"];

/**
 * Opens the small link in a context of its own, or the page with another fragment, in one of its views. Waits until it is analysed and the
 * last part of its program listens.
 */
export async function openPage(site, { fragment = SMALL_LINK, view = "summary", ...context } = {}) {
  const own = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...context });
  const page = await own.newPage();
  await page.goto(site.url + addressed(fragment, view));
  if ((await settled(page)) === "ready") await mounted(page);
  return page;
}

/** The end of an address that holds a link and a view. */
function addressed(fragment, view) {
  const parts = [fragment, view === VIEWS[0] ? "" : `view=${view}`].filter(Boolean);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

/** Waits until every view is mounted, and what listens to keys: the dialogs are last. */
export async function mounted(page) {
  await page.waitForSelector("#palette", { state: "attached", timeout: 60_000 });
}

/** Opens the page as a first visitor does: it analyses the sample. */
export function openSample(site, context = {}) {
  return openPage(site, { ...context, fragment: "" });
}

/** Waits until nothing is being computed, and returns the state. */
export async function settled(page) {
  await page.waitForSelector('main[data-state="ready"], main[data-state="error"]', { timeout: 60_000 });
  return page.getAttribute("main", "data-state");
}

/** Waits until the search for the best ranges has ended, whichever view is shown. */
export async function searched(page) {
  await page.waitForSelector("button.best", { state: "attached", timeout: 60_000 });
}

/** Presses the button of a view in the bar, and waits until this view alone is shown. */
export async function show(page, view) {
  await page.locator("nav.views button").nth(VIEWS.indexOf(view)).click();
  await isShown(page, view);
}

/** Waits until a view is shown, and no other. */
export async function isShown(page, view) {
  await page.waitForFunction((view) => {
    const shown = [...document.querySelectorAll("main .view")].filter((panel) => panel.checkVisibility());
    return shown.length === 1 && shown[0].dataset.view === view;
  }, view);
}

/** The name of the view that is shown. */
export function viewShown(page) {
  return page.getAttribute("main .view:not([hidden])", "data-view");
}

/** Chooses files with the button. `files` are paths, or objects with name, mimeType and buffer. */
export async function choose(page, files) {
  await page.setInputFiles("input[type=file]", files);
  await filesShown(page);
  return settled(page);
}

/** Waits until the page shows files: no longer the sample, nor a link. */
export async function filesShown(page) {
  await page.waitForFunction(() => !/^(Published|발표된|From a link|링크에서)/.test(document.querySelector(".case")?.textContent));
}

/** Drops files on the middle of the page. */
export async function drop(page, files) {
  const carried = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, files.map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") })));
  await page.dispatchEvent("main", "dragover", { dataTransfer: carried });
  await page.dispatchEvent("main", "drop", { dataTransfer: carried });
}

/** The figures of each row of the range table, by column, once they are measured. The table follows every edit, shown or not. */
export async function rows(page) {
  await page.waitForSelector('table.ranges[aria-busy="false"]', { state: "attached" });
  return page.$$eval("table.ranges tbody tr", (trs) =>
    trs.map((tr) => {
      const [start, end] = [...tr.querySelectorAll(".ends input")].map((input) => input.value);
      const cells = [...tr.querySelectorAll("td[data-label]")].map((td) => [td.dataset.label, td.textContent.trim()]);
      return { start, end, inUse: tr.classList.contains("current"), ...Object.fromEntries(cells) };
    }),
  );
}

/** The text that "Export JSON" saves. */
export async function exported(page) {
  const { name, bytes } = await saved(page, page.getByRole("button", { name: "Export JSON" }));
  return { name, text: bytes.toString() };
}

/** Has the report run the long searches too. */
export async function complete(page) {
  await near(page, "exports");
  await page.getByRole("checkbox", { name: /Complete report/ }).check();
}

/** The report that "Export JSON" saves. */
export async function reportOf(page) {
  return JSON.parse((await exported(page)).text);
}

/** The fragment of the address once it has followed the last edit, without the view that is shown. */
export async function fragmentAfterEdit(page) {
  await linked(page);
  // The page writes the address 300 ms after the last change, on its own clock. A new sketch of the depths comes before that.
  await page.evaluate((quiet) => new Promise((done) => {
    const seen = () => `${location.hash} ${document.querySelector("#link .contents")?.textContent}`;
    let [last, since] = [seen(), performance.now()];
    const look = () => {
      if (seen() !== last) [last, since] = [seen(), performance.now()];
      if (performance.now() - since >= quiet) done();
      else setTimeout(look, 50);
    };
    look();
  }), 800);
  await linked(page);
  return new URL(page.url()).hash.slice(1).replace(/&view=\w+$/, "");
}

/** Waits until there is a link, and one of the depths shown: its sentence tells its length, and of files that it holds a summary. */
export async function linked(page) {
  await page.waitForFunction(() => {
    const contents = document.querySelector("#link .contents")?.textContent ?? "";
    const isSample = /^(Published|발표된)/.test(document.querySelector(".case")?.textContent);
    return /\d/.test(contents) && (isSample || /summary of the depths|깊이의 요약/.test(contents));
  }, undefined, { timeout: 60_000 });
}

/** An NPY file of float32 with these rows. */
export function npy(name, rowsOfNumbers) {
  return npyOf(name, rowsOfNumbers, "<f4", Float32Array);
}

/** An NPY file of whole numbers of 16 bits with these rows. */
export function samples(name, rowsOfNumbers) {
  return npyOf(name, rowsOfNumbers, "<u2", Uint16Array);
}

function npyOf(name, rowsOfNumbers, kind, Numbers) {
  const [height, width] = [rowsOfNumbers.length, rowsOfNumbers[0].length];
  let header = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  header = header.padEnd(117) + "\n";
  const lead = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0]);
  const data = Buffer.from(Numbers.from(rowsOfNumbers.flat()).buffer);
  return { name, mimeType: "application/octet-stream", buffer: Buffer.concat([lead, Buffer.from(header), data]) };
}

/**
 * A room: depths from 0.6 m to `farthest`, 40 rows of 50, the same depth along each row. The search for the best ranges, which a report
 * waits for, takes a twentieth of the time that 2,000 different depths take.
 */
export function room(name, farthest = 3) {
  return npy(name, Array.from({ length: 40 }, (_, y) => Array.from({ length: 50 }, () => 0.6 + ((farthest - 0.6) * y) / 39)));
}

/** A slope: depths from 0.6 m to `farthest`, 40 rows of 50, each another one. */
export function slope(name, farthest = 3) {
  return npy(name, Array.from({ length: 40 }, (_, y) =>
    Array.from({ length: 50 }, (_, x) => 0.6 + ((farthest - 0.6) * (y * 50 + x)) / 1999)));
}

/** Goes to a part of the page, in its view and unfolded: sections compute when they come near the screen. */
export async function near(page, id) {
  await page.waitForSelector(`#${id}`, { state: "attached" });
  const view = await page.evaluate((id) => document.getElementById(id).closest("[data-view][hidden]")?.dataset.view, id);
  if (view) await show(page, view);
  await page.evaluate((id) => {
    const element = document.getElementById(id);
    for (const fold of document.querySelectorAll("details.fold")) {
      if (element.contains(fold) || fold.contains(element)) fold.open = true;
    }
    element.scrollIntoView();
  }, id);
}

/** Chooses what the chart of sweeps shows, by its button. */
export async function sweep(page, name) {
  await near(page, "sweeps");
  await page.locator("#sweeps .seg").getByRole("button", { name }).click();
}

/** Scrolls through the view that is shown until its end stays the end: nothing in it waits but what is folded. */
export async function toEnd(page) {
  await page.waitForFunction(() => {
    const { scrollingElement: all } = document;
    scrollBy(0, innerHeight / 2);
    const isEnd = all.scrollTop + innerHeight >= all.scrollHeight - 2;
    return isEnd && !document.querySelector(".view:not([hidden]) :is(.skeleton, .waiting):not(.fold:not([open]) *)");
  }, undefined, { polling: 100, timeout: 120_000 });
}

/** Waits until the first chart of a section has something drawn. */
export async function drawn(page, id) {
  await near(page, id);
  await page.waitForFunction((id) => {
    const canvas = document.querySelector(`#${id} canvas`);
    if (!canvas?.width) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 8;
  }, id, { timeout: 90_000 });
}

/** Waits until the browser keeps so many recent results, and returns what it keeps, the newest first. */
export async function kept(page, count) {
  const read = () => page.evaluate(() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("fathom", 1);
    opening.onerror = () => reject(opening.error);
    // Looking must not make a store that the page would have to make.
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onsuccess = () => {
      const all = opening.result.transaction("recent").objectStore("recent").getAll();
      all.onsuccess = () => {
        opening.result.close();
        resolve(all.result.map(({ text, handles }) => ({ ...JSON.parse(text), handles: handles.length })));
      };
    };
  })).catch(() => []);
  for (const end = Date.now() + 30_000; Date.now() < end; await page.waitForTimeout(200)) {
    const all = await read();
    if (all.length === count) return all.sort((a, b) => b.at_ms - a.at_ms);
  }
  throw new Error(`the browser keeps ${(await read()).length} results, not ${count}`);
}

/** Lets time pass on the page's own clock, for tests that nothing happens: a busy page's clock is late too. */
export function rest(page, ms) {
  return page.evaluate((ms) => new Promise((done) => setTimeout(done, ms)), ms);
}

/** Waits until something that is read again and again is as it should be. */
export async function until(read, wanted, what) {
  let got;
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((next) => setTimeout(next, 50))) {
    got = await read();
    if (got === wanted) return;
  }
  assert.equal(got, wanted, what);
}

/** Saves what a button offers. */
export async function saved(page, button) {
  // A whole report takes its time on a busy machine.
  const saving = page.waitForEvent("download", { timeout: 150_000 });
  await button.click();
  const download = await saving;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Presses each button that saves a chart of the view that is shown, and returns how many files came. */
export async function saveAllCharts(page) {
  // By name: sections that still compute come and go.
  const names = await page.$$eval(".view:not([hidden]) .save button:not([disabled])", (all) => all.map((button) => button.ariaLabel));
  for (const name of names) {
    const saving = page.waitForEvent("download", { timeout: 20_000 }).catch(() => assert.fail(`nothing came of "${name}"`));
    await page.getByRole("button", { name, exact: true, disabled: false }).first().click();
    assert.equal(await (await saving).failure(), null, name);
    // Chromium drops what a page saves beyond ten files a second.
    await page.waitForTimeout(150);
  }
  return names.length;
}
