// The sections that a first look does not need: what they show for the sample, for three sets of maps and for any two of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, drawn, filesShown, mounted, near, npy, openPage, reportOf, rest, rows, searched, show, sweep, until } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { chooseTriple, compared, triple } from "./states.mjs";
import { FRAMES, HEIGHT, STEP, WIDTH, depths, set } from "./triple.mjs";
import { watchWorkers, workersRest } from "./workers.mjs";

// The first tests share one page that shows the sample, in this order: the first wants sections that nothing has computed yet.
let site, sample, problems;
before(async () => {
  site = await openSite();
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } });
  sample = await context.newPage();
  await sample.addInitScript(watchWorkers);
  problems = collectProblems(sample, site.url);
  await sample.goto(site.url);
  await searched(sample);
  await mounted(sample);
});
after(async () => { await site?.close(); });

/** Root mean square of the difference of two roles over all frames. */
function rms(a, b) {
  let square = 0;
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const [p, q] = [depths(a, frame).flat(), depths(b, frame).flat()];
    square += p.reduce((sum, v, i) => sum + (v - q[i]) ** 2, 0);
  }
  return Math.sqrt(square / (FRAMES * HEIGHT * WIDTH));
}

async function table(page, id) {
  await near(page, id);
  await page.waitForFunction((id) => {
    const body = document.querySelector(`#${id} tbody`);
    return body?.rows.length && !body.querySelector(".waiting");
  }, id, { timeout: 120_000 });
  return page.$$eval(`#${id} tbody tr`, (trs) => trs.map((tr) => [...tr.cells].map((cell) => cell.textContent.trim())));
}

test("the section that the reader jumps to is answered before those around it, and stays where it is", async () => {
  await show(sample, "range");
  const { events, moved } = await sample.evaluate(() => new Promise((done) => {
    const [map, table] = ["map", "calibrators"].map((id) => document.getElementById(id));
    const events = [];
    const answered = new Set();
    const look = () => {
      for (const [i, row] of [...(table.querySelector("tbody")?.rows ?? [])].entries()) {
        if (!answered.has(i) && !row.matches(".waiting") && !row.querySelector(".waiting")) events.push(`row ${answered.add(i).size}`);
      }
      if (map.querySelector(".canvas:not(.skeleton)")) {
        observer.disconnect();
        events.push("map");
        done({ events, moved: map.getBoundingClientRect().top - top });
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
    map.querySelector(".fold").open = true;
    map.scrollIntoView();
    const top = map.getBoundingClientRect().top;
    look();
  }));
  // The table below the map, of long questions, is earlier in the order of questions and has come near by the same jump.
  assert.ok(events.indexOf("map") < 9, `${events.join(", ")}: of 18 rows`);
  // What the search above the map says of how far it has come is a line; its rows have their place.
  assert.ok(Math.abs(moved) < 60, `the map moved by ${moved} px`);
  assert.equal((await table(sample, "calibrators")).length, 18);
});

test("the map of another metric is there as a whole, because it was made while the first one was shown", async () => {
  await drawn(sample, "map");
  // The page asks for the other metrics a second after the first map is there.
  await workersRest(sample, 2000);
  await sample.evaluate(() => {
    const summary = document.querySelector("#map [id^=summary-]");
    self.told = [];
    new MutationObserver(() => self.told.push(summary.textContent)).observe(summary, { subtree: true, childList: true, characterData: true });
  });
  await sample.locator("#map select").first().selectOption("abs_rel");
  await sample.waitForFunction(() => self.told.some((text) => text.includes("abs_rel")));
  await workersRest(sample, 500);
  // Rows that came one after the other would have told of other least and most values in between.
  const told = new Set(await sample.evaluate(() => self.told));
  assert.equal(told.size, 1, [...told].join("\n"));
  assert.match([...told][0], /^abs_rel: least \d/);
});

test("the sample shows every table and curve of ranges and codes", async () => {
  assert.equal((await table(sample, "calibrators")).length, 18);
  const codes = await table(sample, "codes");
  assert.equal(codes.length, 16);
  assert.deepEqual(codes.find((row) => row[0].startsWith("piecewise")).slice(1, 4), ["1,344", "10.4 bits", "11 bits"]);
  const optima = await table(sample, "optima");
  assert.equal(optima.length, 13);
  await sweep(sample, "bit widths");
  assert.equal((await table(sample, "sweeps")).length, 13);
  for (const id of ["sweeps", "map", "code-curves"]) await drawn(sample, id);
  await near(sample, "published");
  await sample.waitForSelector(".statements article");
  assert.equal(await sample.locator(".statements article").count(), 10);
  assert.doesNotMatch(await sample.textContent("main"), /NaN|inf\b|undefined/);
});

test("a chart is saved as PNG and as SVG", async () => {
  await near(sample, "sweeps");
  for (const [kind, name] of [["PNG", "metric-against-one-end-of-the-range.png"], ["SVG", "metric-against-one-end-of-the-range.svg"]]) {
    const saving = sample.waitForEvent("download");
    await sample.locator("#sweeps .save").getByText(kind).click();
    assert.equal((await saving).suggestedFilename(), name);
  }
});

test("the calculator opens with the published case and says what is wrong with a field", async () => {
  await near(sample, "calculator");
  const text = () => sample.textContent("#calculator");
  assert.match(await text(), /351\smm/);
  assert.match(await text(), /630\smm/);
  const field = sample.getByLabel("RMSE of INT8");
  await field.fill("-1");
  await field.blur();
  await sample.waitForSelector("#calculator .problem");
  await field.fill("0.5");
  await field.blur();
  await sample.waitForFunction(() => /110\smm/.test(document.querySelector("#calculator").textContent));
});

test("a range of the study is taken into the page's table", async () => {
  await table(sample, "calibrators");
  await sample.locator("#calibrators tbody tr").first().getByRole("button", { name: "Use" }).click();
  await sample.waitForFunction(() => document.querySelectorAll("table.ranges tbody tr").length === 5);
  const used = (await rows(sample)).find((row) => row.inUse);
  assert.equal(used.end, "230.3");
  // What depends on the range in use follows.
  const before = (await table(sample, "codes"))[0];
  await show(sample, "range");
  await sample.locator("table.ranges input[type=radio]").first().check();
  await near(sample, "codes");
  await sample.waitForFunction((old) => document.querySelector("#codes tbody tr").textContent !== old, before.join(""));
  // Nothing went wrong on this page in any of the tests above.
  assert.deepEqual(problems, []);
  await sample.context().close();
});

test("three sets of maps are compared, and the budget adds up", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await chooseTriple(page);
  assert.equal(await page.locator(".answers .question").count(), 3);
  const metrics = await table(page, "metrics");
  assert.equal(metrics.length, 13);
  assert.equal(metrics[0][5], "real", metrics[0].join(" "));
  // Five first, the others on request.
  assert.equal((await table(page, "frames")).length, 5);
  const all = page.locator("#frames").getByRole("button", { name: `Show all ${FRAMES} frames` });
  await all.click();
  const frames = await table(page, "frames");
  assert.equal(frames.length, FRAMES);
  assert.equal(await all.count(), 0);
  assert.match(await page.textContent("#grid"), /50\.0\smm/);
  for (const id of ["budget", "frames", "places", "viewer", "sweeps"]) {
    await near(page, id);
    await page.waitForSelector(`#${id} canvas`);
  }
  await near(page, "planner");
  await page.waitForSelector("#planner tbody tr");
  const report = await reportOf(page);
  const close = (got, wanted, what) => assert.ok(Math.abs(got / wanted - 1) < 1e-9, `${what}: ${got} instead of ${wanted}`);
  close(report.metrics.fp32.pooled.rmse, rms("fp32", "gt"), "RMSE of FP32");
  close(report.metrics.int8.pooled.rmse, rms("int8", "gt"), "RMSE of INT8");
  const { budget } = report;
  close(Math.sqrt(budget.mse_quant), rms("int8", "fp32"), "RMS of INT8 - FP32");
  close(budget.mse_fp32 + budget.mse_quant + budget.cross, budget.mse_int8, "the sum");
  // The maps are in single precision.
  assert.ok(Math.abs(budget.grid.step / STEP - 1) < 1e-6, `the step: ${budget.grid.step}`);
  assert.equal(report.frames.length, FRAMES);
  assert.ok(report.what_if.points.length > 100);
  assert.equal(report.verdicts.length, 3);
  assert.ok(report.planner.remedies.length > 5);
  close(report.planner.sources.reduce((sum, source) => sum + source.share, 0), 1, "the shares of the sources");
  assert.doesNotMatch(await page.textContent("main"), /NaN|inf\b|undefined/);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("an example with predictions is one press away", async () => {
  const page = await openPage(site);
  const problems = collectProblems(page, site.url);
  await page.getByRole("button", { name: "Try an example with predictions" }).click();
  await filesShown(page);
  await compared(page);
  assert.equal(await page.locator(".answers .question").count(), 3);
  assert.equal(await page.locator("aside .roles .role").count(), 3);
  assert.equal((await table(page, "metrics")).length, 13);
  assert.doesNotMatch(await page.textContent("main"), /NaN|inf\b|undefined/);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("any two sets show what they can, and name what is missing", async () => {
  const cases = [
    [["gt", "fp32"], /INT8 predictions/, ["metrics", "bands"], ["budget", "grid"]],
    [["gt", "int8"], /FP32 predictions/, ["metrics", "grid"], ["budget"]],
    [["fp32", "int8"], /ground truth/, ["metrics", "budget", "grid"], []],
  ];
  for (const [roles, missing, there, absent] of cases) {
    const page = await openPage(site, { view: "predictions" });
    await choose(page, set(...roles));
    // The state names what is missing once these files are compared, no longer those before.
    await page.waitForFunction((missing) => new RegExp(missing).test(document.querySelector(".practice-state")?.textContent), missing.source, { timeout: 60_000 });
    await page.waitForSelector("#metrics", { timeout: 60_000 });
    await page.waitForFunction(() => !document.querySelector(".practice-state progress"));
    assert.match(await page.textContent(".practice-state"), missing, roles.join());
    for (const id of there) assert.equal(await page.locator(`#${id}`).count(), 1, `${roles}: ${id}`);
    for (const id of absent) assert.equal(await page.locator(`#${id}`).count(), 0, `${roles}: ${id}`);
    assert.doesNotMatch(await page.textContent("main"), /NaN|inf\b|undefined/);
    await page.context().close();
  }
});

test("files of the same names with other depths are compared anew", async () => {
  const page = await openPage(site);
  const bias = async () => {
    await page.waitForFunction(() => !document.querySelector(".practice-state progress"));
    return (await table(page, "metrics")).find((row) => row[0] === "bias")[2];
  };
  await choose(page, set("gt", "fp32", "int8"));
  const before = await bias();
  const farther = Array.from({ length: FRAMES }, (_, frame) => npy(`f${frame}_int8.npy`, depths("int8", frame).map((row) => row.map((d) => d + 0.5))));
  await choose(page, [...set("gt", "fp32"), ...farther]);
  await page.waitForFunction((before) => {
    const row = [...document.querySelectorAll("#metrics tbody tr")].find((tr) => tr.cells[0].textContent.trim() === "bias");
    return row && row.cells[2].textContent.trim() !== before;
  }, before);
  const millimetres = (text) => Number(/[\d.]+/.exec(text)[0]);
  assert.ok(Math.abs(millimetres(await bias()) - millimetres(before) - 500) < 1, `${before} and ${await bias()}`);
  await page.context().close();
});

test("workers that stop after a comparison are replaced, and their predictions measured again", async () => {
  const page = await triple(site);
  await drawn(page, "sweeps");
  const answers = () => page.$$eval(".answers .answer", (all) => all.map((answer) => answer.textContent));
  const before = await answers();
  assert.equal(before.length, 3);
  await Promise.all(page.workers().map((worker) => worker.evaluate(() => { setTimeout(() => { throw new Error("killed by a test"); }); })));
  await page.waitForFunction(() => document.querySelector(".notices").textContent.includes("killed by a test"));
  // An edit asks about depths and predictions that no worker holds any more.
  await page.getByRole("slider").press("ArrowLeft");
  await page.getByRole("slider").press("ArrowRight");
  assert.equal((await table(page, "calibrators")).length, 18);
  await drawn(page, "sweeps");
  assert.equal((await answers()).length, 3);
  assert.doesNotMatch(await page.textContent("main"), /NaN|undefined/);
  await page.context().close();
});

test("every number of the answers leads to where it comes from, and so do jumps past sections that fill meanwhile", async () => {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    const page = await triple(site, { viewport });
    const places = await page.$$eval(".answers a[href^='#']", (all) => [...new Set(all.map((a) => a.hash.slice(1)))]);
    assert.ok(places.length > 3, places.join());
    // Its view is shown, what folds it is open, and it stands under the header.
    const arrives = async (id) => {
      await page.waitForFunction((id) => {
        const place = document.getElementById(id);
        const isOpen = place.checkVisibility() && place.querySelector("details.fold:not([open])") === null;
        const { top } = place.getBoundingClientRect();
        const under = document.querySelector("header").getBoundingClientRect().bottom;
        // A view's last part cannot come to the top.
        return isOpen && ((top >= under - 1 && top < 200) || innerHeight + scrollY >= document.documentElement.scrollHeight - 1);
      }, id, { timeout: 5_000 }).catch(() => assert.fail(`${viewport.width}: ${id} is not there`));
    };
    for (const id of places) {
      await show(page, "summary");
      await page.locator(`.answers a[href='#${id}']`).first().click();
      assert.equal(await page.locator(`[id='${id}']`).count(), 1, `${viewport.width}: there is no ${id}`);
      await arrives(id);
    }
    // Sections above it fill only now.
    await show(page, "summary");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("calibrators");
    await page.waitForSelector("#palette [role=option]");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => scrollY > 2000);
    await arrives("calibrators");
    // The page keeps the place for 3.6 s, in which the sections above it fill.
    await rest(page, 2500);
    await arrives("calibrators");
    // A reader who scrolls meanwhile is not brought back.
    await show(page, "summary");
    await page.locator(".answers a[href='#planner']").first().click();
    await page.waitForFunction(() => scrollY > 0);
    await page.evaluate(() => scrollTo(0, 0));
    // The page looks where the place is every 60 ms.
    await rest(page, 600);
    assert.equal(await page.evaluate(() => scrollY), 0);
    await page.context().close();
  }
});

test("the strip shows the frames by name or by loss, and plays them", async () => {
  const page = await triple(site);
  await near(page, "viewer");
  const shown = () => page.$$eval(".thumbnail span", (all) => all.map((one) => one.textContent));
  const current = () => page.textContent(".thumbnail[aria-current=true] span");
  await page.waitForFunction(() => document.querySelector(".thumbnail canvas")?.width < 300);
  const byName = await shown();
  assert.ok(byName.length > 3 && byName.length <= FRAMES, `${byName.length} thumbnails`);
  assert.deepEqual(byName, byName.toSorted());
  assert.equal(await current(), byName[0]);
  await page.locator("#viewer").getByRole("button", { name: "by loss" }).click();
  const worst = (await table(page, "frames")).map((row) => row[0]);
  await near(page, "viewer");
  await until(async () => (await shown()).slice(0, 5).join(), worst.slice(0, 5).join());
  await page.locator(".thumbnail").first().click();
  await until(current, worst[0]);
  await page.keyboard.press("j");
  await until(current, worst[1]);
  // Played from there until the reader stops it.
  const play = page.locator("#viewer").getByRole("button", { name: "Play" });
  await play.click();
  await until(current, worst[3]);
  await page.locator("#viewer").getByRole("button", { name: "Stop" }).click();
  await play.waitFor();
  await page.context().close();
});

test("an own way of measuring that is half typed goes with its section", async () => {
  const page = await triple(site);
  await near(page, "metrics");
  await page.getByLabel("As measured by").selectOption("own");
  await page.getByLabel("Depths from").fill("1.5");
  await choose(page, set("gt"));
  await page.waitForSelector("#metrics", { state: "detached" });
  await page.context().close();
});

test("a section may go while answers to it are on their way", async () => {
  const page = await triple(site);
  const problems = collectProblems(page, site.url);
  await drawn(page, "sweeps");
  // An edit of the range asks for the truth's own curve; another way of measuring drops what was asked until the predictions are gathered.
  for (let ms = 0; ms < 24; ms += 2) {
    await near(page, "sweeps");
    await page.evaluate(async (ms) => {
      const slider = document.querySelector("[role=slider]");
      slider.dispatchEvent(new KeyboardEvent("keydown", { key: ms % 4 ? "ArrowLeft" : "ArrowRight", bubbles: true }));
      await new Promise((next) => setTimeout(next, ms));
      const ways = document.querySelector("#metrics select");
      ways.selectedIndex = ways.selectedIndex === 0 ? 1 : 0;
      ways.dispatchEvent(new Event("change", { bubbles: true }));
    }, ms);
    await page.waitForFunction(() => !document.querySelector(".practice-state progress"));
    await drawn(page, "sweeps");
  }
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("a fault of the page's program is told", async () => {
  const page = await openPage(site, { view: "range" });
  // A browser that cannot copy an element leaves the program without a way to make a row.
  await page.evaluate(() => { Node.prototype.cloneNode = () => { throw new Error("broken by a test"); }; });
  await page.getByRole("button", { name: "Add a range" }).click();
  await page.waitForSelector("text=The page stopped because of a bug");
  await page.context().close();
  assert.ok(site.crashes.size > 0);
  site.crashes.clear();
});
