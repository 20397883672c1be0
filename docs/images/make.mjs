// Makes the pictures of the documentation from the built site: node docs/images/make.mjs, after `cargo xtask build`.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.env.FATHOM_DIST ??= fileURLToPath(new URL("../../dist", import.meta.url));
process.env.FATHOM_CHROMIUM ??= execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const { openSite } = await import("../../tests/e2e/site.mjs");
const { openPage, searched } = await import("../../tests/e2e/page.mjs");

const site = await openSite();
for (const [name, context] of [
  ["page-light", { colorScheme: "light" }],
  ["page-dark", { colorScheme: "dark" }],
]) {
  const page = await openPage(site, context);
  await searched(page);
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, import.meta.url)) });
}
await site.close();
