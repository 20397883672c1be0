// Makes the icons of the installed page from public/icon.svg: node docs/images/icons.mjs

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

process.env.FATHOM_CHROMIUM ??= execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const { launchChromium } = await import("../../tests/e2e/site.mjs");
const folder = new URL("../../public/", import.meta.url);
const svg = await readFile(new URL("icon.svg", folder), "utf8");

const browser = await launchChromium();
for (const [name, size, share, background] of [
  ["icon-192.png", 192, 1, "transparent"],
  ["icon-512.png", 512, 1, "transparent"],
  // Systems cut any shape out of it that holds the middle four fifths.
  ["icon-maskable-512.png", 512, 0.6, "#fafaf8"],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const image = `<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}" width="${size * share}" height="${size * share}">`;
  await page.setContent(`<body style="margin: 0; height: 100vh; display: grid; place-items: center; background: ${background}">${image}`);
  await page.screenshot({ path: fileURLToPath(new URL(name, folder)), omitBackground: true });
  await page.close();
}
await browser.close();
