// The six views. The bar, the keys and the address choose the one that is shown. Figures lead into them. A hidden view computes nothing.
// No view is long.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SMALL_LINK, VIEWS, choose, fragmentAfterEdit, isShown, mounted, near, npy, openPage, openSample, rest, searched, show, toEnd, until, viewShown } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { compared, triple } from "./states.mjs";
import { FRAMES, depths, set } from "./triple.mjs";
import { watchWorkers, workersRest } from "./workers.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** The title of the button that is marked as the view shown; fails unless it is one. */
async function marked(page) {
  const all = await page.$$eval("nav.views [aria-current=page]", (buttons) => buttons.map((button) => button.textContent));
  assert.equal(all.length, 1, all.join());
  return all[0];
}

/** Waits until the address names a view, or none for the first one. */
const addressNames = (page, view) =>
  until(() => new URLSearchParams(new URL(page.url()).hash.slice(1)).get("view"), view === VIEWS[0] ? null : view, view);

test("the bar and the keys 1 to 6 show a view, mark it, and put it into the address", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  const titles = await page.locator("nav.views button").allTextContents();
  assert.deepEqual(titles, ["Summary", "Predictions", "Range", "Codes", "Network", "Remedies & export"]);
  for (const way of [(at) => page.locator("nav.views button").nth(at).click(), (at) => page.keyboard.press(`${at + 1}`)]) {
    // From the last to the first: each is a change.
    for (let at = VIEWS.length - 1; at >= 0; at -= 1) {
      await way(at);
      await isShown(page, VIEWS[at]);
      assert.equal(await marked(page), titles[at]);
      assert.equal(await page.locator("h1:visible").count(), 1);
      await addressNames(page, VIEWS[at]);
      assert.ok(page.url().includes("#f4."), "the link stays in front of it");
    }
  }
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("each view begins at its top, however far the last one was read", async () => {
  const page = await openPage(site, { view: "range" });
  const seen = () => page.evaluate(() => {
    const [heading, header] = [document.querySelector(".view:not([hidden]) > h1"), document.querySelector("header")];
    const box = heading.getBoundingClientRect();
    return box.top >= header.getBoundingClientRect().bottom - 1 && box.bottom <= innerHeight / 2;
  });
  for (const [at, view] of [[3, "codes"], [2, "range"]]) {
    for (const go of [() => page.locator("nav.views button").nth(at).click(), () => page.keyboard.press(`${at + 1}`)]) {
      await show(page, view === "range" ? "codes" : "range");
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.waitForFunction(() => scrollY > 300);
      await go();
      await isShown(page, view);
      await until(seen, true, view);
    }
  }
  await page.context().close();
});

test("a link opens in the view it names, a changed address goes to it, and what is not known is ignored", async () => {
  for (const view of VIEWS) {
    const page = await openPage(site, { view });
    await isShown(page, view);
    assert.match(await page.textContent(".case"), /^From a link: 1 map/);
    await rest(page, 600);
    await addressNames(page, view);
    assert.equal(await fragmentAfterEdit(page), SMALL_LINK);
    await page.reload();
    await mounted(page);
    await isShown(page, view);
    await page.context().close();
  }
  const page = await openPage(site, { fragment: `${SMALL_LINK}&tab=codes&view=predictions&x` });
  await isShown(page, "predictions");
  assert.equal(await page.locator(".notice").count(), 0);
  assert.match(await page.textContent(".case"), /^From a link: 1 map/);
  for (const [hash, view, shown] of [[`${SMALL_LINK}&view=codes`, "codes", /^From a link/], [`${SMALL_LINK}&view=nothing`, "summary", /^From a link/], ["view=remedies&chapter=3", "remedies", /^Published case/]]) {
    await page.evaluate((hash) => { location.hash = hash; }, hash);
    await isShown(page, view);
    await until(async () => shown.test(await page.textContent(".case")), true, hash);
    assert.equal(await page.locator(".notice").count(), 0, hash);
  }
  await page.context().close();
});

test("a view and another link go together in the address", async () => {
  const page = await openPage(site, { fragment: `${SMALL_LINK}&with=${SMALL_LINK}`, view: "remedies" });
  await page.waitForSelector("#facing table");
  await show(page, "codes");
  await addressNames(page, "codes");
  assert.equal(await fragmentAfterEdit(page), `${SMALL_LINK}&with=${SMALL_LINK}`);
  await page.context().close();
});

test("the chips name what the answers depend on, and lead to it", async () => {
  const page = await triple(site);
  const arrives = (id) => page.waitForFunction((id) => {
    const place = document.getElementById(id);
    return place.checkVisibility() && document.activeElement === place;
  }, id);
  for (const [text, id, view] of [[/^Range in use: \[.*8 bits/, "table-title", "range"], [/^Measured as plain/, "metrics", "predictions"], [/^Pixels outside: count$/, "settings", "predictions"]]) {
    await page.getByRole("group", { name: "What the answers depend on" }).getByRole("button", { name: text }).click();
    await arrives(id);
    assert.equal(await viewShown(page), view);
  }
  await page.getByRole("button", { name: "clamp", exact: true }).click();
  await page.getByRole("button", { name: "Pixels outside: clamp" }).waitFor();
  await page.context().close();
});

test("on a small screen the chips and the header open the panel", async () => {
  const page = await openPage(site, { viewport: { width: 390, height: 844 } });
  const panel = page.locator("#side-panel");
  const button = page.locator("header .panel-button");
  assert.equal(await panel.isVisible(), false);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await button.click();
  await panel.locator(".drop").waitFor();
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  await button.click();
  await panel.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Pixels outside: count" }).click();
  await page.getByRole("button", { name: "exclude", exact: true }).click();
  await page.getByRole("button", { name: "Pixels outside: exclude" }).waitFor();
  await page.context().close();
});

test("the summary leads to every view", async () => {
  const page = await triple(site);
  for (const [name, id] of [["How it is measured", "budget"], ["All metrics", "metrics"], ["All remedies", "planner"]]) {
    await show(page, "summary");
    await page.locator("#view-summary").getByRole("button", { name }).click();
    await page.waitForFunction((id) => document.getElementById(id).checkVisibility() && document.activeElement.id === id, id);
  }
  await page.context().close();
  const other = await openPage(site);
  await other.getByRole("button", { name: "Drag the end on the curve" }).click();
  await other.waitForFunction(() => document.activeElement.id === "curve-title");
  await isShown(other, "range");
  await other.context().close();
});

test("a view that was never shown computes nothing, and a folded section neither", async () => {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watchWorkers);
  await page.goto(site.url);
  await searched(page);
  await mounted(page);
  await workersRest(page, 1500);
  const asked = () => page.evaluate(() => self.messages.sent);
  const before = await asked();
  // Time and scrolling on the summary ask for nothing more.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await rest(page, 1500);
  assert.equal(await asked(), before);
  const answered = await page.$$eval("#calibrators tbody tr, #codes tbody tr, #optima tbody tr, #published article, :is(#sweeps, #map, #code-curves) .canvas:not(.skeleton)", (all) => all.filter((one) => !one.querySelector(".waiting")).length);
  assert.equal(answered, 0);
  // Each view asks once it is shown; what is folded in it waits on.
  for (const [view, id, folded] of [["codes", "codes"], ["range", "sweeps", "map"], ["remedies", "published"]]) {
    const earlier = await asked();
    await show(page, view);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.evaluate((id) => document.getElementById(id).scrollIntoView(), id);
    await page.waitForFunction(([id, earlier]) => {
      const section = document.getElementById(id);
      return self.messages.sent > earlier && section.querySelector("tbody tr, article, canvas") && !section.querySelector(".waiting, .skeleton");
    }, [id, earlier], { timeout: 90_000 });
    if (!folded) continue;
    await workersRest(page, 1500);
    const unasked = await asked();
    await page.evaluate((folded) => document.getElementById(folded).scrollIntoView(), folded);
    await rest(page, 1000);
    assert.equal(await page.evaluate((folded) => document.querySelector(`#${folded} details.fold`).open, folded), false);
    assert.equal(await asked(), unasked, folded);
    await near(page, folded);
    await page.waitForFunction((unasked) => self.messages.sent > unasked, unasked);
  }
  await context.close();
});

// Screens of the whole view with all its sections computed, folded as they come.
for (const [screen, viewport, most] of [
  ["desk", { width: 1440, height: 900 }, { summary: 2, predictions: 6, range: 6, codes: 6, remedies: 6 }],
  ["phone", { width: 390, height: 844 }, { summary: 3, predictions: 6, range: 6 }],
]) {
  for (const [what, open] of [["the published case", openSample], ["three sets", triple]]) {
    test(`no view is long on a ${screen}: ${what}`, async () => {
      const page = await open(site, { viewport });
      await searched(page);
      const tall = [];
      for (const [view, screens] of Object.entries(most)) {
        await show(page, view);
        await toEnd(page);
        const height = await page.evaluate(() => document.documentElement.scrollHeight / innerHeight);
        if (height > screens) tall.push(`${view}: ${height.toFixed(2)} screens, ${screens} at most`);
      }
      assert.deepEqual(tall, []);
      await page.context().close();
    });
  }
}

test("a heading copies a link that opens at its section", async () => {
  const page = await openPage(site, { view: "range", permissions: ["clipboard-read", "clipboard-write"] });
  const heading = page.locator(".heading", { has: page.locator("#table-title") });
  await heading.hover();
  await heading.getByRole("button").click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await until(async () => (await copied()).includes("&at="), true, "a link to the table");
  const address = await copied();
  assert.equal(new URLSearchParams(new URL(address).hash.slice(1)).get("at"), "table-title");
  await page.context().close();

  const opened = await openPage(site, { fragment: new URL(address).hash.slice(1) });
  await isShown(opened, "range");
  await opened.waitForFunction(() => {
    const { top } = document.querySelector("#table-title").getBoundingClientRect();
    return top >= 0 && top < innerHeight / 2;
  });
  await opened.context().close();
});

test("a link opens the chart of sweeps that it names", async () => {
  for (const [at, name] of [["bits-title", "bit widths"], ["start", "the start moves"]]) {
    const page = await openPage(site, { fragment: `${SMALL_LINK}&at=${at}` });
    await isShown(page, "range");
    await page.locator("#sweeps .seg").getByRole("button", { name, pressed: true }).waitFor();
    await page.waitForFunction(() => {
      const { top } = document.querySelector("#sweeps").getBoundingClientRect();
      return top >= 0 && top < innerHeight / 2;
    });
    await page.context().close();
  }
});

test("a pinned result is compared with the next files, frame by frame", async () => {
  const page = await triple(site);
  await page.getByRole("button", { name: "Pin this result" }).click();
  const section = page.locator("section", { has: page.locator("#summary-pinned") });
  await section.waitFor();
  assert.equal(await section.locator("tbody tr").count(), 0, "nothing to compare yet");
  // The same maps without INT8's 10 mm.
  const better = set("gt", "fp32").concat(
    Array.from({ length: FRAMES }, (_, frame) => npy(`f${frame}_int8.npy`, depths("int8", frame).map((row) => row.map((d) => d - 0.01)))),
  );
  await choose(page, better);
  await compared(page);
  await section.locator("tbody tr").first().waitFor();
  const cells = await section.locator("tbody tr", { hasText: "rmse" }).first().locator("td").allTextContents();
  const rmse = (shift) => {
    const squares = Array.from({ length: FRAMES }, (_, frame) => {
      const [gt, int8] = [depths("gt", frame), depths("int8", frame)];
      return gt.flatMap((row, y) => row.map((g, x) => (int8[y][x] - shift - g) ** 2));
    }).flat();
    return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length) * 1000;
  };
  const [earlier, now] = cells.map((text) => Number.parseFloat(text));
  assert.ok(Math.abs(earlier - rmse(0)) < 0.06, `${earlier} mm before, ${rmse(0)} mm by hand`);
  assert.ok(Math.abs(now - rmse(0.01)) < 0.06, `${now} mm now, ${rmse(0.01)} mm by hand`);
  assert.match(await section.locator(".lead").textContent(), /12 frames of the same name/);
  // Pictures of the worst frames stay, and those of the same frames stand beside them in the same colours.
  await section.locator("summary").click();
  await section.locator("canvas").nth(3).waitFor();
  assert.deepEqual(await section.locator("figcaption").allTextContents(), [
    "INT8 prediction, pinned", "INT8 prediction, now", "INT8 \u2212 FP32, pinned", "INT8 \u2212 FP32, now",
  ]);
  assert.equal(await section.locator("option").count(), 3);
  const mean = (at) => section.locator("canvas").nth(at).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [0, 1, 2].map((channel) => data.filter((_, i) => i % 4 === channel).reduce((a, b) => a + b, 0) / (data.length / 4));
  });
  await page.waitForFunction(() => [...document.querySelectorAll("section:has(#summary-pinned) canvas")].every((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
    return data[3] === 255;
  }));
  const [red, , blue] = await mean(2);
  const [redNow, , blueNow] = await mean(3);
  assert.ok(red - blue > redNow - blueNow + 5, `10 mm less are less orange: ${[red, blue, redNow, blueNow]}`);
  await section.getByRole("button", { name: "Unpin" }).click();
  await section.waitFor({ state: "detached" });
  await page.context().close();
});
