// The page without a mouse: the main flow by keys alone, a focus that can always be seen, dialogs that keep and return it, charts that
// say what they show, and no motion where none is wanted.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exported, linked, near, openPage, room, rows, searched, settled } from "./page.mjs";
import { openSite } from "./site.mjs";
import { STATES, everything } from "./states.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** What has the focus, in words. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  return element.getAttribute("aria-label") ?? element.textContent.trim();
});

/** Presses Tab until what has the focus is called so; fails after a round through the page. */
async function tabTo(page, name, key = "Tab") {
  const met = [];
  for (let presses = 0; presses < 300; presses += 1) {
    await page.keyboard.press(key);
    met.push(await focused(page));
    if (name.test(met.at(-1))) return;
  }
  assert.fail(`nothing called ${name} takes the focus: ${met.join(" | ")}`);
}

test("the main flow goes by keys alone", async () => {
  const page = await openPage(site, { permissions: ["clipboard-read", "clipboard-write"] });
  await searched(page);
  // Past the header and the side panel.
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the analysis");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  // The end of the range on the curve.
  await tabTo(page, /^End of the range in use/);
  await page.keyboard.press("PageUp");
  assert.equal((await rows(page)).find((row) => row.inUse).end, "18.8");
  // The best range, into the table.
  await tabTo(page, /^Best rmse/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("table.ranges tbody tr").length === 5);
  // A typed end.
  await tabTo(page, /^End of the range in metres/);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("9");
  await page.keyboard.press("Enter");
  assert.equal((await rows(page))[0]["Half step"], "±16.7 mm");
  // Another row in use, with the arrow keys of a group of choices.
  await page.getByRole("radio").first().focus();
  await page.keyboard.press("Space");
  assert.equal((await rows(page)).findIndex((row) => row.inUse), 0);
  // A setting and the report.
  await tabTo(page, /^exclude$/, "Shift+Tab");
  await page.keyboard.press("Space");
  assert.equal(await page.getByRole("button", { name: "exclude", exact: true }).getAttribute("aria-pressed"), "true");
  assert.match(await page.textContent(".foot"), /policy exclude/);
  await linked(page);
  await tabTo(page, /^Copy link$/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".notice:has-text('Link copied')");
  await tabTo(page, /^Dismiss$/);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".notice", { state: "detached" });
  await page.context().close();
});

test("files are chosen by keys, and the report saved", async () => {
  const page = await openPage(site);
  // Asked for early: the driver needs a moment before it keeps the browser's own window away.
  const choosing = page.waitForEvent("filechooser");
  await tabTo(page, /^Choose depth files$/);
  await page.keyboard.press("Enter");
  await (await choosing).setFiles([room("a.npy")]);
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("1 map"));
  await settled(page);
  assert.equal(JSON.parse((await exported(page)).text).inputs[0].name, "a.npy");
  await page.context().close();
});

test("a range is taken from the map of both ends by keys", async () => {
  const page = await STATES.sample(site, {});
  await near(page, "map");
  await page.waitForSelector("#map .canvas:not(.skeleton)", { timeout: 60_000 });
  await page.locator("#map canvas").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await page.waitForFunction(() => /\d/.test(document.querySelector("#map .readout").textContent));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("table.ranges tbody tr").length === 5);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !/\d/.test(document.querySelector("#map .readout").textContent));
  await page.context().close();
});

test("a dialog takes the focus, keeps it and gives it back", async () => {
  const page = await STATES.sample(site, {});
  for (const [name, id] of [["Find a command", "palette"], ["Recent results", "recents"], ["Keys", "keys"]]) {
    await page.locator("#study-controls").getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(`#${id}[open]`);
    const inside = () => page.evaluate((id) => document.getElementById(id).contains(document.activeElement) || document.activeElement === document.body, id);
    for (let presses = 0; presses < 12; presses += 1) {
      assert.ok(await inside(), `${name}: the focus left after ${presses} presses`);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Escape");
    await page.waitForSelector(`#${id}:not([open])`, { state: "attached" });
    assert.equal(await focused(page), name);
    // Beside it, a press closes it too.
    await page.keyboard.press("Enter");
    await page.waitForSelector(`#${id}[open]`);
    await page.mouse.click(6, 500);
    await page.waitForSelector(`#${id}:not([open])`, { state: "attached" });
  }
  await page.context().close();
});

test("whatever has the focus shows it, in both themes", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await STATES.doubts(site, { colorScheme });
    const seen = new Set();
    for (let presses = 0; presses < 120; presses += 1) {
      await page.keyboard.press("Tab");
      const { id, hidden } = await page.evaluate(() => {
        const element = document.activeElement;
        // A file input lies unseen over its label, which shows the focus for it.
        const shown = element.matches(".drop input") ? element.closest(".drop") : element;
        const { outlineStyle, outlineWidth } = getComputedStyle(shown);
        const marked = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
        const box = shown.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        const covered = Boolean(top?.closest("header")) && !shown.closest("header");
        self.stops ??= new Map();
        if (!self.stops.has(element)) self.stops.set(element, self.stops.size);
        const name = `${self.stops.get(element)} ${element.localName}.${element.className} ${element.getAttribute("aria-label") ?? element.textContent.slice(0, 30)}`;
        return { id: name, hidden: element === document.body ? null : !marked ? `no mark: ${name}` : covered ? `under the header: ${name}` : null };
      });
      if (seen.has(id)) break;
      seen.add(id);
      assert.equal(hidden, null);
    }
    assert.ok(seen.size > 40, `${seen.size} stops`);
    await page.context().close();
  }
});

test("every chart says what it comes to, and its figures stand in a table", async () => {
  const page = await STATES.triple(site, {});
  await searched(page);
  await everything(page);
  await page.waitForFunction(() => [...document.querySelectorAll("main .canvas canvas")].every((canvas) => canvas.getAttribute("role") === "slider" || canvas.getAttribute("aria-label")));
  const charts = await page.$$eval("main .canvas canvas", (canvases) => canvases.map((canvas) => {
    const described = document.getElementById(canvas.getAttribute("aria-describedby"))?.textContent;
    const text = canvas.getAttribute("aria-valuetext") ?? described ?? canvas.getAttribute("aria-label") ?? "";
    return { name: canvas.getAttribute("aria-label"), text, tables: canvas.closest(".card").querySelectorAll("table tbody tr").length };
  }));
  assert.ok(charts.length >= 12, `${charts.length} charts`);
  for (const { name, text, tables } of charts) {
    assert.match(text, /\d/, `${name}: ${text}`);
    assert.ok(tables > 0, `${name} has no table`);
  }
  const names = charts.map((chart) => chart.name);
  assert.equal(new Set(names).size, names.length, names.join(" | "));
  await page.context().close();
});

test("nothing moves for who wants no motion", async () => {
  const page = await STATES.empty(site, { reducedMotion: "reduce" });
  const moving = () => page.evaluate(() => document.getAnimations().filter((a) => a.playState === "running").length);
  assert.equal(await moving(), 0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  assert.ok((await moving()) > 0, "the skeletons pulse otherwise");
  await page.context().close();
});
