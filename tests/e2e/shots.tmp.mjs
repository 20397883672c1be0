import { openSite } from "./site.mjs";
import { openPage, settled, searched } from "./page.mjs";
const site = await openSite();
const out = "/tmp/shots/";
const folder = async (page, path) => {
  await page.evaluate(() => { document.querySelector("input[type=file]").webkitdirectory = true; });
  await page.setInputFiles("input[type=file]", path);
  await page.waitForFunction(() => !document.querySelector("header .case")?.textContent.startsWith("Published"), undefined, {timeout: 60000});
  await settled(page);
};
for (const [name, opts] of [["light", {}], ["dark", { colorScheme: "dark" }], ["phone", { viewport: { width: 390, height: 844 } }]]) {
  const page = await openPage(site, opts);
  const t = Date.now();
  await folder(page, "/work/shared/data/triple");
  console.log(name, Date.now() - t, "ms", await page.textContent(".case"), await page.textContent(".notices"));
  await searched(page).catch(() => {});
  await page.screenshot({ path: `${out}triple-${name}.png` });
  await page.getByText("Look at the maps").click();
  await page.waitForTimeout(1500);
  await page.getByText("Every file: part, unit").click();
  await page.locator("#files-title").scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${out}triple-${name}-files.png` });
  await page.locator(".maps").scrollIntoViewIfNeeded();
  const c = page.locator(".pictures canvas").first();
  await c.scrollIntoViewIfNeeded();
  await c.hover();
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${out}triple-${name}-maps.png` });
  if (name === "light") {
    await folder(page, "/work/shared/data/files");
    console.log((await page.textContent(".case")), "|", (await page.textContent(".notices")).slice(0, 600));
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: `${out}files-light.png` });
  }
  await page.context().close();
}
await site.close();
