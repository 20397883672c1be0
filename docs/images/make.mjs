// Makes the pictures of the documentation from the built site: node docs/images/make.mjs, after `cargo xtask build`.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.env.FATHOM_DIST ??= fileURLToPath(new URL("../../dist", import.meta.url));
process.env.FATHOM_CHROMIUM ??= execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const { openSite } = await import("../../tests/e2e/site.mjs");
const { choose, near, openPage } = await import("../../tests/e2e/page.mjs");
const { compared } = await import("../../tests/e2e/states.mjs");
const { set } = await import("../../tests/e2e/triple.mjs");

/** A picture of the screen. */
async function save(page, name) {
  await page.waitForTimeout(300);
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, import.meta.url)) });
}

const DESK = { viewport: { width: 1440, height: 1000 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const site = await openSite();
for (const [name, context] of [
  ["page-light", { ...DESK, colorScheme: "light" }],
  ["page-dark", { ...DESK, colorScheme: "dark" }],
  ["phone", { ...PHONE, colorScheme: "light" }],
]) {
  const page = await openPage(site, context);
  await page.locator(".example").evaluate((button) => button.click());
  await compared(page);
  await save(page, name);
  await page.context().close();
}
// Three sets of maps: made ones, so that the picture needs no file that is not here.
const page = await openPage(site, { ...DESK, colorScheme: "light" });
await choose(page, set("gt", "fp32", "int8"));
await page.waitForSelector("main[data-state='ready'] .answers .answer");
await near(page, "budget");
await page.waitForSelector("#budget .canvas:not(.skeleton)");
await save(page, "budget");
await site.close();
