// Undo and redo, keys with their sheet, the list of commands, recent results and their files.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SMALL_LINK, VIEWS, choose, drop, filesShown, fragmentAfterEdit, isShown, kept, mounted, near, openPage, openSample, rest, room, rows, searched, settled, show, sweep, toEnd, until, viewShown } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { chooseTriple, inEachView, link, triple } from "./states.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

const tool = (page, name) => page.locator("header .bar").getByRole("button", { name, exact: true });
const pressed = (page, name) => page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed");
const endInUse = async (page) => (await rows(page)).find((row) => row.inUse).end;
const focusName = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim());
test("a step back and forth, by button and by key", async () => {
  const page = await link(site, {});
  const problems = collectProblems(page, site.url);
  assert.equal(await tool(page, "Undo").getAttribute("aria-disabled"), "true");
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  await page.getByRole("button", { name: "10", exact: true }).click();
  await until(() => tool(page, "Undo").getAttribute("aria-disabled"), "false");
  // By button, which keeps the focus to the last step.
  await tool(page, "Undo").click();
  await until(() => pressed(page, "8"), "true");
  assert.equal(await pressed(page, "exclude"), "true");
  await tool(page, "Undo").click();
  await until(() => pressed(page, "count"), "true");
  assert.equal(await tool(page, "Undo").getAttribute("aria-disabled"), "true");
  assert.equal(await focusName(page), "Undo");
  assert.equal(await page.textContent("header .bar [role=status]"), "Undone.");
  // By key.
  await page.keyboard.press("Control+Shift+z");
  await until(() => pressed(page, "exclude"), "true");
  await page.keyboard.press("Control+y");
  await until(() => pressed(page, "10"), "true");
  assert.equal(await tool(page, "Redo").getAttribute("aria-disabled"), "true");
  await page.keyboard.press("Control+z");
  await until(() => pressed(page, "8"), "true");
  // A new choice ends the way forth.
  await page.getByRole("button", { name: "clamp", exact: true }).click();
  await until(() => tool(page, "Redo").getAttribute("aria-disabled"), "true");
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("a burst of keys on the curve is one step, and the link follows it", async () => {
  const page = await link(site, {});
  const first = await fragmentAfterEdit(page);
  await show(page, "range");
  await page.locator("[aria-labelledby=curve-title] canvas").focus();
  for (let i = 0; i < 12; i += 1) await page.keyboard.press("ArrowRight");
  assert.notEqual(await endInUse(page), "12");
  await page.keyboard.press("Control+z");
  await until(() => endInUse(page), "12");
  assert.equal(await fragmentAfterEdit(page), first);
  assert.equal(await tool(page, "Undo").getAttribute("aria-disabled"), "true");
  await page.context().close();
});

test("lists and fields of the sections follow a step back", async () => {
  const page = await triple(site, {});
  await near(page, "metrics");
  const evaluator = page.locator("#metrics select").first();
  const before = await evaluator.inputValue();
  await evaluator.selectOption({ index: 2 });
  await evaluator.blur();
  assert.notEqual(await evaluator.inputValue(), before);
  const edges = page.locator("#bands input.product");
  await edges.fill("2, 4");
  await edges.press("Enter");
  await edges.blur();
  await tool(page, "Undo").click();
  await until(() => edges.inputValue(), "3, 10");
  assert.notEqual(await evaluator.inputValue(), before);
  await tool(page, "Undo").click();
  await until(() => evaluator.inputValue(), before);
  await tool(page, "Redo").click();
  await tool(page, "Redo").click();
  await until(() => edges.inputValue(), "2, 4");
  await page.context().close();
});

test("the sheet lists the keys, and single ones can be turned off for good", async () => {
  const page = await link(site, {});
  await page.keyboard.press("?");
  const sheet = page.locator("#keys");
  assert.equal(await sheet.getAttribute("open"), "");
  assert.match(await sheet.textContent(), /Ctrl\+Shift\+ZRedo what was undone/);
  assert.match(await sheet.textContent(), /Page Up Page DownMove it by a quarter/);
  await page.keyboard.press("Escape");
  for (const [i, view] of VIEWS.entries()) {
    await page.keyboard.press(`${i + 1}`);
    await isShown(page, view);
    await until(() => page.evaluate(() => document.activeElement.id), `view-${view}`);
  }
  await page.keyboard.press("3");
  await isShown(page, "range");
  const inUse = async () => (await rows(page)).findIndex((row) => row.inUse);
  assert.equal(await inUse(), 0);
  await page.keyboard.press("]");
  await until(inUse, 1);
  await page.keyboard.press("[");
  await until(inUse, 0);
  // In a field they are characters.
  const field = page.locator("table.ranges .ends input").nth(1);
  await field.focus();
  await page.keyboard.press("?");
  await page.keyboard.press("1");
  assert.equal(await sheet.getAttribute("open"), null);
  assert.equal(await viewShown(page), "range");
  await page.keyboard.press("Escape");
  await field.blur();
  await tool(page, "Keys").click();
  await sheet.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => location.hash.includes("view=range"));
  await page.reload();
  await settled(page);
  await mounted(page);
  await page.keyboard.press("?");
  await page.keyboard.press("2");
  await rest(page, 300);
  assert.equal(await sheet.getAttribute("open"), null);
  assert.equal(await viewShown(page), "range");
  // Commands of several keys stay.
  await page.keyboard.press("Control+k");
  await page.waitForSelector("#palette[open]");
  await page.context().close();
});

/** Finds a command, checks that it is the first, and does it. */
async function command(page, letters, title) {
  // A press while the last dialog still closes is lost.
  const opens = () => page.waitForSelector("#palette[open]", { timeout: 3_000 }).then(() => true, () => false);
  let isOpen = false;
  for (let presses = 0; presses < 5 && !isOpen; presses += 1) {
    await page.keyboard.press("Control+k");
    isOpen = await opens();
  }
  assert.ok(isOpen, "the list of commands opens");
  await page.keyboard.type(letters);
  await until(() => page.locator("#palette [aria-selected=true] span").first().textContent(), title, letters);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#palette:not([open])", { state: "attached" });
}

test("commands are found by some of their letters and done", async () => {
  const page = await triple(site, {});
  const problems = collectProblems(page, site.url);
  await searched(page);
  await command(page, "outside clamp", "Pixels outside the range: clamp");
  await until(() => pressed(page, "clamp"), "true");
  await command(page, "undo", "Undo the last change of a setting");
  await until(() => pressed(page, "count"), "true");
  await command(page, "best rmse", await bestTitle(page, "rmse"));
  await page.waitForFunction(() => document.querySelectorAll("table.ranges tbody tr").length === 5);
  const [, { start, end }] = await rows(page);
  await command(page, "min-max of", `Use the range [${start}, ${end}] m (min-max of FP32)`);
  await until(() => endInUse(page), end);
  await command(page, "output: 12", "Bits of the output: 12");
  await until(() => pressed(page, "12"), "true");
  await command(page, "metric delta1", "Metric of maps and curves: delta1");
  await sweep(page, "the end moves");
  await until(() => page.locator("#sweeps label:has-text('Metric') select").first().inputValue(), "delta1");
  const saving = page.waitForEvent("download", { timeout: 60_000 });
  await command(page, "python", "Save: Python script");
  assert.equal((await saving).suggestedFilename(), "fathom_check.py");
  // One dialog after another gives the focus back to where it was.
  await tool(page, "Undo").focus();
  await command(page, "show the keys", "Show the keys");
  await page.waitForSelector("#keys[open]");
  await page.keyboard.press("Escape");
  assert.equal(await focusName(page), "Undo");
  assert.deepEqual(problems, []);
  await page.context().close();
});

async function bestTitle(page, metric) {
  const ends = await page.textContent("button.best b");
  return `Use the best range for ${metric}: ${ends}`;
}

test("the list of commands is a combobox that tells which row is meant", async () => {
  const page = await link(site, {});
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Find a command" });
  const meant = async () => {
    const id = await field.getAttribute("aria-activedescendant");
    return page.evaluate((id) => {
      const row = document.getElementById(id);
      const [box, list] = [row.getBoundingClientRect(), row.parentElement.getBoundingClientRect()];
      return { id, selected: row.getAttribute("aria-selected"), seen: box.top >= list.top - 1 && box.bottom <= list.bottom + 1 };
    }, id);
  };
  assert.deepEqual(await meant(), { id: "palette-0", selected: "true", seen: true });
  await page.keyboard.press("ArrowUp");
  const count = await page.locator("#palette [role=option]").count();
  assert.ok(count > 60, `${count} commands`);
  await until(async () => (await meant()).seen, true);
  assert.equal((await meant()).id, `palette-${count - 1}`);
  await page.keyboard.press("ArrowDown");
  assert.equal((await meant()).id, "palette-0");
  await page.keyboard.press("PageDown");
  assert.equal((await meant()).id, "palette-8");
  await page.keyboard.type("xyzzy");
  await until(() => field.getAttribute("aria-expanded"), "false");
  assert.equal(await field.getAttribute("aria-activedescendant"), null);
  assert.match(await page.textContent("#palette [role=status]"), /No command/);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#palette").getAttribute("open"), "");
  await page.context().close();
});

/** Opens the page anew, as the next visit does. */
async function reopen(page) {
  await page.goto("about:blank");
  await page.goto(`${site.url}#${SMALL_LINK}`);
  await searched(page);
}

/** The page keeps a result 1.2 s after its last change. That it keeps none can only be told later. */
const afterKeeping = (page) => rest(page, 1600);

test("results of files are kept, opened, deleted; the sample is not kept", async () => {
  const page = await openSample(site);
  const problems = collectProblems(page, site.url);
  await searched(page);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  await afterKeeping(page);
  await kept(page, 0);
  await choose(page, [room("secret-name.npy", 12)]);
  const [first] = await kept(page, 1);
  assert.equal(first.handles, 0);
  assert.ok(!JSON.stringify(first).includes("secret"));
  // An edit changes the same result.
  await page.getByRole("button", { name: "clamp", exact: true }).click();
  await until(async () => (await kept(page, 1))[0].fragment !== first.fragment, true);
  await chooseTriple(page);
  await kept(page, 2);
  // They are there after a reload, with the time of the reader's language.
  await reopen(page);
  await tool(page, "Recent results").click();
  const items = page.locator("#recents .recents li");
  await until(() => items.count(), 2);
  const texts = await items.allTextContents();
  assert.match(texts[0], /12 maps, Ground truth/);
  assert.match(texts[0], /RMSE of FP32 \d+\.\d mm, of INT8 \d+\.\d mm/);
  assert.match(texts[1], /1 map.*2,000 px.*8 bits: RMSE [\d.]+ mm/);
  assert.match(texts[1], /[A-Z][a-z]{2} \d+, 20\d\d, \d+:\d\d/);
  assert.equal(await page.getByRole("button", { name: "Open its files again" }).count(), 0, "chosen files have no handles");
  await items.nth(1).getByRole("button", { name: /^Open / }).click();
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("From a link: 1 map"));
  assert.equal(await pressed(page, "clamp"), "true");
  await page.waitForSelector("#recents:not([open])", { state: "attached" });
  // One goes, then all.
  await tool(page, "Recent results").click();
  await items.nth(0).getByRole("button", { name: /^Delete / }).click();
  await kept(page, 1);
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete all" }).click();
  await page.waitForSelector("#recents .sentence:has-text('Nothing yet')");
  await kept(page, 0);
  // Whoever wants nothing kept says so.
  await page.locator("#recents").getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await choose(page, [room("b.npy", 9)]);
  await afterKeeping(page);
  await kept(page, 0);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("a result is kept however fast its views are looked through", async () => {
  const page = await triple(site, {});
  // Each change of view delays the address, which is kept, for longer than the page waits before it keeps a result.
  await page.evaluate(async () => {
    const buttons = document.querySelectorAll("nav.views button");
    for (let press = 0; press < 20; press += 1) {
      buttons[press % buttons.length].click();
      await new Promise((next) => setTimeout(next, 120));
    }
  });
  await kept(page, 1);
  await page.context().close();
});

test("a deleted result stays deleted while its files are still shown", async () => {
  const page = await openPage(site);
  await searched(page);
  await choose(page, [room("a.npy", 12)]);
  await kept(page, 1);
  await tool(page, "Recent results").click();
  await page.getByRole("button", { name: /^Delete 1 map/ }).click();
  await kept(page, 0);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "clamp", exact: true }).click();
  await afterKeeping(page);
  await kept(page, 0);
  await page.context().close();
});

test("a browser that keeps nothing is told in one sentence", async () => {
  const own = await site.browser.newContext();
  const page = await own.newPage();
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => { throw new DOMException("denied", "SecurityError"); };
  });
  const problems = collectProblems(page, site.url);
  await page.goto(`${site.url}#${SMALL_LINK}`);
  await settled(page);
  await choose(page, [room("a.npy", 12)]);
  await tool(page, "Recent results").click();
  await page.waitForSelector("#recents .sentence:has-text('stores nothing')");
  assert.equal(await page.getByRole("button", { name: "Delete all" }).isDisabled(), true);
  assert.deepEqual(problems, []);
  await own.close();
});

/** Writes files into a folder of the browser's own file system, whose handles are real, and lets drops give them. */
async function dropWithHandles(page, files, folder) {
  // The program that keeps results listens from here on.
  await tool(page, "Recent results").waitFor();
  await page.evaluate(async ({ list, folder }) => {
    const root = await navigator.storage.getDirectory();
    const into = folder ? await root.getDirectoryHandle(folder, { create: true }) : root;
    const handles = [];
    for (const { name, base64 } of list) {
      const file = await into.getFileHandle(name, { create: true });
      const writable = await file.createWritable();
      await writable.write(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
      await writable.close();
      handles.push(file);
    }
    const given = folder ? list.map(() => into) : handles;
    let next = 0;
    DataTransferItem.prototype.getAsFileSystemHandle = () => Promise.resolve(given[next++ % given.length]);
  }, { list: files.map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") })), folder });
  await drop(page, folder ? files.slice(0, 1) : files);
  await filesShown(page);
  await settled(page);
}

test("dropped files are opened again, with the settings they were left with", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await searched(page);
  await dropWithHandles(page, [room("f1_gt.npy", 12), room("f1_int8.npy", 11)]);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  await until(async () => (await kept(page, 1))[0].handles, 2);
  const { id } = (await kept(page, 1))[0];
  const fragment = await fragmentAfterEdit(page);
  await until(async () => (await kept(page, 1))[0].fragment, fragment, "the settings are kept");
  await reopen(page);
  await tool(page, "Recent results").click();
  await page.locator("#recents").getByRole("button", { name: "Open its files again" }).click();
  await page.waitForFunction(() => /^Ground truth/.test(document.querySelector(".case").textContent));
  await settled(page);
  assert.equal(await pressed(page, "exclude"), "true");
  assert.match(await page.textContent("#files"), /f1_int8\.npy/);
  await afterKeeping(page);
  const [again] = await kept(page, 1);
  assert.equal(again.id, id, "it is the same result");
  assert.equal(again.handles, 2);
  // A file that is gone is told in one sentence, and what is shown stays.
  await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry("f1_gt.npy"));
  await tool(page, "Recent results").click();
  await page.locator("#recents").getByRole("button", { name: "Open its files again" }).click();
  await page.waitForSelector("#recents .notice:has-text('f1_gt.npy was moved, renamed or deleted')");
  // So is a browser that does not allow it.
  await page.evaluate(() => {
    FileSystemHandle.prototype.queryPermission = () => Promise.resolve("prompt");
    FileSystemHandle.prototype.requestPermission = () => Promise.resolve("denied");
  });
  await page.locator("#recents").getByRole("button", { name: "Open its files again" }).click();
  await page.waitForSelector("#recents .notice:has-text('denied access')");
  await page.keyboard.press("Escape");
  assert.match(await page.textContent(".case"), /^Ground truth/);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("a dropped folder is opened again with the paths of its files", async () => {
  const page = await openPage(site);
  await searched(page);
  await dropWithHandles(page, [room("a.npy", 12), room("b.npy", 9), { name: "notes.txt", buffer: Buffer.from("x") }], "gt");
  await until(async () => (await kept(page, 1))[0].handles, 1);
  await reopen(page);
  await tool(page, "Recent results").click();
  await page.locator("#recents").getByRole("button", { name: "Open its files again" }).click();
  await page.waitForFunction(() => /^Ground truth: 2 maps/.test(document.querySelector(".case").textContent));
  await settled(page);
  await near(page, "files");
  await page.locator("#files details:not(.fold) > summary").click();
  await page.waitForSelector("#files .list:has-text('gt/b.npy')");
  await page.context().close();
});

test("files that joined a set are read again with it", async () => {
  const page = await openPage(site);
  await searched(page);
  await dropWithHandles(page, [room("f1_gt.npy", 12)]);
  await dropWithHandles(page, [room("f1_int8.npy", 11)]);
  const rmse = () => page.evaluate(() => document.querySelector(".answers").textContent.match(/INT8 alone: network RMSE ([\d.]+)/)?.[1]);
  await until(async () => (await rmse()) !== undefined, true);
  await until(async () => (await kept(page, 1))[0].handles, 2);
  const before = await rmse();
  // INT8 changes on disk.
  const { buffer } = room("f1_int8.npy", 9);
  await page.evaluate(async (base64) => {
    const file = await (await navigator.storage.getDirectory()).getFileHandle("f1_int8.npy");
    const writable = await file.createWritable();
    await writable.write(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
    await writable.close();
  }, buffer.toString("base64"));
  await page.getByRole("button", { name: "Read the files again" }).click();
  await until(async () => (await rmse()) !== undefined && (await rmse()) !== before, true);
  assert.match(await page.textContent(".case"), /^Ground truth: 1 map/);
  await page.context().close();
});

test("another link begins with no step back", async () => {
  const page = await link(site, {});
  const first = await fragmentAfterEdit(page);
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  await until(() => tool(page, "Undo").getAttribute("aria-disabled"), "false");
  await fragmentAfterEdit(page);
  await page.evaluate((fragment) => { location.hash = fragment; }, first);
  await until(() => pressed(page, "count"), "true");
  await until(() => tool(page, "Undo").getAttribute("aria-disabled"), "true");
  await page.context().close();
});

test("on a phone the tools lie at the bottom and cover nothing", async () => {
  const page = await link(site, { viewport: { width: 390, height: 844 } });
  const bar = await page.locator("header .bar").boundingBox();
  assert.ok(Math.abs(bar.y + bar.height - 844) < 1 && bar.width === 390, JSON.stringify(bar));
  await inEachView(page, async (view) => {
    await toEnd(page);
    const last = await page.evaluate(() => Math.max(...[...document.querySelectorAll("main .card, main .panel")].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect().bottom)));
    assert.ok(last <= bar.y, `${view}: ${last} under ${bar.y}`);
  });
  for (const button of await page.locator("header .bar button").all()) {
    const { width, height } = await button.boundingBox();
    assert.ok(width >= 44 && height >= 44, `${width} x ${height}`);
  }
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  await page.context().close();
});
