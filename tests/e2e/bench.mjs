// The browser's own figures on the release site: first visit, files to page, an edit, frames while dragging, long tasks.
// Prints them; judges nothing.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure, quantile } from "./figures.mjs";
import { openSample, room, searched, show } from "./page.mjs";
import { openSite } from "./site.mjs";

const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const folder = join(data, "triple/gt");
const files = existsSync(folder)
  ? readdirSync(folder).map((name) => ({ name, mimeType: "image/png", buffer: readFileSync(join(folder, name)) }))
  : Array.from({ length: 91 }, (_, i) => room(`made${i}.npy`));

const ms = (value) => `${value.toFixed(1)} ms`;

const watchLongTasks = () => {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask", buffered: true });
};

/** Opens the page as a stranger does and waits for the sample's best ranges. */
async function visit(site, slowdown) {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await page.addInitScript(watchLongTasks);
  await page.goto(site.url);
  // Looked for by the page itself: what Playwright puts into a page to wait in it is a long task of its own.
  const figures = await page.evaluate(() => new Promise((done) => {
    let ready;
    const look = () => {
      ready ??= document.querySelector("main")?.dataset.state === "ready" ? performance.now() : undefined;
      if (ready !== undefined && document.querySelector("button.best")) {
        const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN;
        setTimeout(() => done({ ready, paint, longest: Math.max(0, ...window.longTasks) }), 300);
      } else {
        setTimeout(look, 5);
      }
    };
    look();
  }));
  await context.close();
  return figures;
}

const site = await openSite();
for (const [slowdown, visits] of [[1, 10], [4, 3]]) {
  const all = [];
  for (let i = 0; i < visits; i += 1) all.push(await visit(site, slowdown));
  const spread = (name) => [0, 0.5, 1].map((share) => ms(quantile(all.map((v) => v[name]), share))).join(" / ");
  console.log(`${visits} first visits, page's thread at 1/${slowdown} speed, least / median / most: first paint ${spread("paint")}, sample ready ${spread("ready")}, longest task ${spread("longest")} (0 is none over 50 ms)`);
  const pace = slowdown === 1 ? "visit" : `visit at 1/${slowdown} speed`;
  for (const [name, what] of [["paint", "first paint"], ["ready", "sample ready"], ["longest", "longest task"]]) {
    figure(`${pace}: ${what}`, quantile(all.map((v) => v[name]), 0.5) / 1000, "s");
  }
}

const page = await openSample(site);
await searched(page);
await page.evaluate(watchLongTasks);
await page.evaluate(() => { window.longTasks.length = 0; });
const carried = await page.evaluateHandle((list) => {
  const transfer = new DataTransfer();
  for (const { name, base64 } of list) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
  return transfer;
}, files.map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") })));
const took = await page.evaluate((transfer) => new Promise((done) => {
  const start = performance.now();
  window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
  const look = () => (document.querySelector("main").dataset.state === "ready" && document.querySelector(".case").textContent.includes("maps") ? done(performance.now() - start) : setTimeout(look, 1));
  look();
}), carried);
await page.waitForTimeout(1500);
const longest = await page.evaluate(() => Math.max(0, ...window.longTasks));
console.log(`${files.length} files from drop to page: ${ms(took)}, longest task ${ms(longest)}`);
figure(`drop of ${files.length} files: page`, took / 1000, "s");
figure(`drop of ${files.length} files: longest task`, longest / 1000, "s");

for (const [name, open] of [["91 frames", false], ["sample", true]]) {
  const edited = open ? await openSample(site) : page;
  await searched(edited);
  await show(edited, "range");
  const edits = await edited.evaluate(() => {
    const canvas = document.querySelector('[role="slider"]');
    const rows = document.querySelector("table.ranges tbody");
    const frame = () => new Promise(requestAnimationFrame);
    // Until the row shows what a worker has measured.
    const edit = (key) => new Promise((done, fail) => {
      const start = performance.now();
      const shown = new MutationObserver(() => {
        shown.disconnect();
        done(performance.now() - start);
      });
      shown.observe(rows, { subtree: true, childList: true, characterData: true });
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      setTimeout(() => fail(new Error("no figure changed")), 5000);
    });
    return (async () => {
      const times = [];
      for (let i = 0; i < 100; i += 1) {
        await frame();
        times.push(await edit(i % 40 < 20 ? "ArrowLeft" : "ArrowRight"));
        // What follows for the charts below.
        await new Promise((done) => setTimeout(done, 50));
      }
      return times;
    })();
  });
  console.log(`one edit of the range, ${name}: median ${ms(quantile(edits, 0.5))}, 95 % under ${ms(quantile(edits, 0.95))}`);
  figure(`edit of the range, ${name}: median`, quantile(edits, 0.5) / 1000, "s");
  figure(`edit of the range, ${name}: 95 %`, quantile(edits, 0.95) / 1000, "s");
  const canvas = edited.getByRole("slider");
  await canvas.scrollIntoViewIfNeeded();
  const throttle = await edited.context().newCDPSession(edited);
  for (const slowdown of [1, 6]) {
    await throttle.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    const between = await drag(edited, canvas);
    console.log(`dragging the end, ${name}, at ${slowdown}x slowdown: a frame every ${ms(quantile(between, 0.5))}, 95 % under ${ms(quantile(between, 0.95))}`);
    figure(`drag of the end, ${name}, at 1/${slowdown} speed: time between frames`, quantile(between, 0.5) / 1000, "s");
    figure(`drag of the end, ${name}, at 1/${slowdown} speed: 95 %`, quantile(between, 0.95) / 1000, "s");
  }
}
await site.close();

/** Drags the end to and fro; the times between the frames that the browser shows meanwhile. */
async function drag(page, canvas) {
  const box = await canvas.boundingBox();
  const x = box.x + 58 + 0.5 * (box.width - 136);
  const gaps = page.evaluate(() => new Promise((done) => {
    const times = [];
    const tick = (now) => { times.push(now); times.length < 120 ? requestAnimationFrame(tick) : done(times.slice(1).map((t, i) => t - times[i])); };
    requestAnimationFrame(tick);
  }));
  await page.mouse.move(x, box.y + 150);
  await page.mouse.down();
  for (let i = 0; i < 100; i += 1) await page.mouse.move(x + 100 * Math.sin(i / 8), box.y + 150);
  await page.mouse.up();
  return gaps;
}
