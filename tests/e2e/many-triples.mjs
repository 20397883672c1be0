// Theory against practice on a thousand frames of 640x480 in three roles, chosen on the release site: time, and the memory of the page's
// process along the way. Prints them; judges nothing. `cargo xtask bench` runs it after many.mjs. `FRAMES` sets another number.

import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { figure } from "./figures.mjs";
import { largestRenderer } from "./memory.mjs";
import { mounted, openSample } from "./page.mjs";
import { openSite } from "./site.mjs";

const FRAMES = Number(process.env.FRAMES ?? 1000);
const [HEIGHT, WIDTH] = [480, 640];

/** Frames that differ; the others repeat them under names of their own. */
const DIFFERENT = 8;

/** Step of the INT8 output, in millimetres. */
const STEP = 15;

/** An integer hash, the same everywhere, as a number from -0.5 to 0.5. */
function noise(seed) {
  let mixed = Math.imul(seed + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32 - 0.5;
}

/** Millimetres of a frame's pixel by role: a slanted room with holes, a prediction with noise, and that in steps. */
function millimetres(frame, i) {
  const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
  const seed = 3 * (frame * HEIGHT * WIDTH + i);
  const depth = 700 + 6 * y + 2 * x + 40 * frame;
  const fp32 = Math.round(1.02 * depth + 60 * noise(seed + 1));
  return {
    gt: noise(seed) < -0.42 ? 0 : depth,
    fp32,
    int8: Math.round((fp32 + 20 * noise(seed + 2)) / STEP) * STEP,
  };
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A 16-bit PNG, each row as its difference from the one above. */
function png(samples) {
  const rows = Buffer.alloc(HEIGHT * (1 + 2 * WIDTH));
  const big = Buffer.alloc(2 * HEIGHT * WIDTH);
  samples.forEach((sample, i) => big.writeUInt16BE(sample, 2 * i));
  for (let y = 0; y < HEIGHT; y++) {
    rows[y * (1 + 2 * WIDTH)] = 2;
    for (let i = 0; i < 2 * WIDTH; i++) {
      const above = y > 0 ? big[(y - 1) * 2 * WIDTH + i] : 0;
      rows[y * (1 + 2 * WIDTH) + 1 + i] = big[y * 2 * WIDTH + i] - above;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([16, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 6 })), chunk("IEND", Buffer.alloc(0))]);
}

const folder = mkdtempSync(join(tmpdir(), "fathom-triples-"));
try {
  const roles = ["gt", "fp32", "int8"];
  roles.forEach((role) => mkdirSync(join(folder, "set", role), { recursive: true }));
  const named = (role, frame) => join(folder, "set", role, `frame_${String(frame).padStart(4, "0")}.png`);
  for (let frame = 0; frame < FRAMES; frame++) {
    if (frame >= DIFFERENT) {
      roles.forEach((role) => linkSync(named(role, frame % DIFFERENT), named(role, frame)));
      continue;
    }
    const pixels = Array.from({ length: HEIGHT * WIDTH }, (_, i) => millimetres(frame, i));
    roles.forEach((role) => writeFileSync(named(role, frame), png(pixels.map((pixel) => pixel[role]))));
  }
  const bytes = roles.reduce((sum, role) => sum + statSync(named(role, 0)).size, 0) * FRAMES;

  const site = await openSite();
  const page = await openSample(site);
  await mounted(page);
  const before = largestRenderer("VmRSS");
  await page.evaluate(() => {
    document.querySelector("input[type=file]").webkitdirectory = true;
  });
  const start = Date.now();
  const since = () => (Date.now() - start) / 1000;
  await page.setInputFiles("input[type=file]", join(folder, "set"));
  const lines = [];
  let shown = null;
  for (;;) {
    const { progress, isShown, isDone } = await page.evaluate(() => ({
      progress: document.querySelector(".practice-state progress")?.value ?? null,
      isShown: document.querySelector("#metrics") !== null,
      isDone: document.querySelector("main[data-state='ready'] .answers .answer") !== null && document.querySelector(".practice-state progress") === null,
    }));
    shown ??= isShown ? since() : null;
    lines.push(`${since().toFixed(0)} s: ${progress ?? "-"} frames, ${largestRenderer("VmRSS").toFixed(0)} MB`);
    if (isDone) break;
    if (since() > 1200) throw new Error("not done after 20 minutes");
    await page.waitForTimeout(1000);
  }
  const [done, most] = [since(), largestRenderer("VmHWM")];
  const every = Math.max(1, Math.ceil(lines.length / 12));
  console.log(
    `${FRAMES} frames of 640x480 in three roles (${(bytes / 1e6).toFixed(0)} MB): compared from ${shown.toFixed(1)} s on, all figures after ` +
      `${done.toFixed(1)} s; the page's process had ${before.toFixed(0)} MB before and ${most.toFixed(0)} MB at most, ` +
      `workers included`,
  );
  const what = `${FRAMES.toLocaleString("en")} frames in three roles`;
  figure(`${what}: first comparison`, shown, "s");
  figure(`${what}: all figures`, done, "s");
  figure(`${what}: memory before`, before, "MB");
  figure(`${what}: most memory`, most, "MB");
  console.log(lines.filter((_, i) => i % every === 0 || i === lines.length - 1).join("\n"));
  await site.close();
} finally {
  rmSync(folder, { recursive: true });
}
