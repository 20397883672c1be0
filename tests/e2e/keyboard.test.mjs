// The page without a mouse: the main flow by keys alone, and dialogs that keep the focus and return it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isShown, linked, near, openPage, reportOf, room, rows, searched, settled } from "./page.mjs";
import { openSite } from "./site.mjs";
import { link } from "./states.mjs";

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
  // A view by its button in the bar.
  await tabTo(page, /^Range$/);
  await page.keyboard.press("Enter");
  await isShown(page, "range");
  await page.evaluate(() => document.activeElement.blur());
  // Past the header and the side panel.
  await tabTo(page, /^Skip to the analysis$/, "Shift+Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  // The end of the range on the curve.
  await tabTo(page, /^End of the range in use/);
  await page.keyboard.press("PageUp");
  assert.equal((await rows(page)).find((row) => row.inUse).end, "15");
  // The best range, into the table.
  await tabTo(page, /^Best rmse/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("table.ranges tbody tr").length === 3);
  // A typed end.
  await tabTo(page, /^End of the range in metres/);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("9");
  await page.keyboard.press("Enter");
  assert.equal((await rows(page))[0]["Half step"], "±17.6 mm");
  // Another row in use, with the arrow keys of a group of choices.
  await page.getByRole("radio").first().focus();
  await page.keyboard.press("Space");
  assert.equal((await rows(page)).findIndex((row) => row.inUse), 0);
  // A setting and the report.
  await tabTo(page, /^exclude$/, "Shift+Tab");
  await page.keyboard.press("Space");
  assert.equal(await page.getByRole("button", { name: "exclude", exact: true }).getAttribute("aria-pressed"), "true");
  assert.match(await page.textContent("[aria-labelledby=curve-title] .foot"), /policy exclude/);
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
  assert.equal((await reportOf(page)).inputs[0].name, "a.npy");
  await page.context().close();
});

test("a range is taken from the map of both ends by keys", async () => {
  const page = await link(site);
  await near(page, "map");
  await page.waitForSelector("#map .canvas:not(.skeleton)", { timeout: 60_000 });
  await page.locator("#map canvas").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await page.waitForFunction(() => /\d/.test(document.querySelector("#map .readout").textContent));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("table.ranges tbody tr").length === 3);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !/\d/.test(document.querySelector("#map .readout").textContent));
  await page.context().close();
});

test("a dialog takes the focus, keeps it and gives it back", async () => {
  const page = await link(site);
  for (const [name, id] of [["Find a command", "palette"], ["Recent results", "recents"], ["Keys", "keys"]]) {
    await page.locator("header .bar").getByRole("button", { name, exact: true }).focus();
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
