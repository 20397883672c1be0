// What a user does on the page, in words that the tests share.

import { readFile } from "node:fs/promises";

/** Opens the page in a context of its own and waits until it is analysed. */
export async function openPage(site, { fragment = "", ...context } = {}) {
  const own = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...context });
  const page = await own.newPage();
  await page.goto(site.url + (fragment ? `#${fragment}` : ""));
  await settled(page);
  return page;
}

/** Waits until nothing is being computed, and returns the state. */
export async function settled(page) {
  await page.waitForSelector('main[data-state="ready"], main[data-state="error"]', { timeout: 60_000 });
  return page.getAttribute("main", "data-state");
}

/** Waits until the search for the best ranges has ended. */
export async function searched(page) {
  await page.waitForSelector("button.best", { timeout: 60_000 });
}

/** Chooses files with the button. `files` are paths, or objects with name, mimeType and buffer. */
export async function choose(page, files) {
  await page.setInputFiles("input[type=file]", files);
  await page.waitForFunction(() => !/^(Published|발표된)/.test(document.querySelector("header .case")?.textContent));
  return settled(page);
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

/** The figures of each row of the range table, by column. */
export function rows(page) {
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
  // A whole report of millions of different depths takes its time on a busy machine.
  const saving = page.waitForEvent("download", { timeout: 150_000 });
  await page.getByRole("button", { name: "Export JSON" }).click();
  const download = await saving;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

/** The fragment of the address once it has followed the last edit. */
export async function fragmentAfterEdit(page) {
  // The study hears of other depths in a task of its own, and makes their sketch before the link. The waits are the
  // page's own: a busy page's last longer.
  const rest = (ms) => page.evaluate((ms) => new Promise((done) => setTimeout(done, ms)), ms);
  await rest(400);
  await linked(page);
  await rest(600);
  return new URL(page.url()).hash.slice(1);
}

/** Waits until there is a link, and one of the depths shown: its sentence tells its length, and of files that it holds a summary. */
export async function linked(page) {
  await page.waitForFunction(() => {
    const contents = document.querySelector("#link .contents")?.textContent ?? "";
    const isSample = /^(Published|발표된)/.test(document.querySelector("header .case")?.textContent);
    return /\d/.test(contents) && (isSample || /summary of the depths|깊이의 요약/.test(contents));
  }, undefined, { timeout: 60_000 });
}

/** An NPY file of float32 with these rows. */
export function npy(name, rowsOfNumbers) {
  const [height, width] = [rowsOfNumbers.length, rowsOfNumbers[0].length];
  let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  header = header.padEnd(117) + "\n";
  const lead = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0]);
  const data = Buffer.from(Float32Array.from(rowsOfNumbers.flat()).buffer);
  return { name, mimeType: "application/octet-stream", buffer: Buffer.concat([lead, Buffer.from(header), data]) };
}

/** A room: depths from 0.6 m to `farthest`, 40 rows of 50. */
export function room(name, farthest = 3) {
  const numbers = Array.from({ length: 40 }, (_, y) =>
    Array.from({ length: 50 }, (_, x) => 0.6 + ((farthest - 0.6) * (y * 50 + x)) / 1999),
  );
  return npy(name, numbers);
}

/** Goes to a part of the page, so that what is computed only for somebody near it is. */
export async function near(page, id) {
  await page.waitForSelector(`#${id}`, { state: "attached" });
  await page.evaluate((id) => document.getElementById(id).scrollIntoView(), id);
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
