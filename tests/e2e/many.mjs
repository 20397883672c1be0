// A set of a thousand frames of 640x480, dropped on the release site: time, rate, memory of the browser's process, and how long a
// cancel takes. Prints them; judges nothing. `cargo xtask bench` runs it after bench.mjs.

import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure } from "./figures.mjs";
import { largestRenderer } from "./memory.mjs";
import { openSample, settled } from "./page.mjs";
import { openSite } from "./site.mjs";

const FRAMES = 1000;

const data = process.env.FATHOM_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const source = join(data, "kinect640");
if (!existsSync(source)) {
  console.log(`no thousand frames: there are no real ones at ${source}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "fathom-many-"));
const real = readdirSync(source).sort();
const files = Array.from({ length: FRAMES }, (_, i) => {
  const path = join(folder, `frame_${String(i).padStart(4, "0")}.png`);
  copyFileSync(join(source, real[i % real.length]), path);
  return path;
});
const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);

try {
  const site = await openSite();
  const page = await openSample(site);
  const before = largestRenderer("VmHWM");
  const start = Date.now();
  await page.setInputFiles("input[type=file]", files);
  await page.waitForFunction(() => document.querySelector(".case").textContent.includes("1,000 maps"), undefined, { timeout: 600_000 });
  await settled(page);
  const seconds = (Date.now() - start) / 1000;
  const most = largestRenderer("VmHWM");
  console.log(
    `${FRAMES} frames of 640x480 (${(bytes / 1e6).toFixed(0)} MB, ${((FRAMES * 640 * 480) / 1e6).toFixed(0)} million pixels): ${seconds.toFixed(1)} s, ` +
      `${((FRAMES * 640 * 480) / 1e6 / seconds).toFixed(0)} million pixels/s; the page's process had ${before.toFixed(0)} MB before and ` +
      `${most.toFixed(0)} MB at most, workers included`,
  );
  figure("a thousand maps: page", seconds, "s");
  figure("a thousand maps: rate", (FRAMES * 640 * 480) / 1e6 / seconds, "million pixels/s");
  figure("a thousand maps: memory before", before, "MB");
  figure("a thousand maps: most memory", most, "MB");
  await page.setInputFiles("input[type=file]", files);
  await page.waitForSelector(".progress button");
  await page.waitForTimeout(1500);
  const words = await page.textContent(".progress span");
  const took = await page.evaluate(async () => {
    const button = document.querySelector(".progress button");
    const from = performance.now();
    button.click();
    while (document.querySelector("main").dataset.state !== "ready") await new Promise(requestAnimationFrame);
    return performance.now() - from;
  });
  console.log(`after 1.5 s it said "${words}"; cancelling took ${took.toFixed(0)} ms`);
  figure("a thousand maps: cancel", took / 1000, "s");
  await site.close();
} finally {
  rmSync(folder, { recursive: true });
}
