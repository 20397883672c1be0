// The first screen of a first visit as markup, in both languages: what `public/first-visit.html` holds. Run alone, it writes that file.

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openSite } from "./site.mjs";
import { openSample } from "./page.mjs";

export const FILE = new URL("../../public/first-visit.html", import.meta.url);

const LANGUAGES = [["en", "en-GB"], ["ko", "ko-KR"]];

/** The markup that the page shows now for the published case. */
export async function firstVisit(site) {
  const blocks = [];
  for (const [language, locale] of LANGUAGES) {
    const page = await openSample(site, { locale });
    const { bar, title, cards } = await page.evaluate(() => {
      const markup = (selector) => {
        const copy = document.querySelector(selector).cloneNode(true);
        // A link of a first screen leads nowhere yet.
        copy.querySelectorAll("a[href]").forEach((link) => link.removeAttribute("href"));
        return copy.outerHTML.replaceAll(/<!--.*?-->/g, "");
      };
      return { bar: markup("nav.views"), title: markup("#view-summary > h1"), cards: markup("#view-summary .cards") };
    });
    await page.context().close();
    blocks.push(
      `<div lang="${language}"><header><span class="word"><img src="icon.svg" width="24" height="24" alt="">Fathom</span>${bar}</header>`,
      `<div class="shell"><aside></aside><main><div class="chips"></div><div class="view">${title}<section class="answers">`,
      `${cards}</section></div></main></div></div>`,
    );
  }
  return `${blocks.join("\n")}\n`;
}

/** The markup that is checked in. */
export async function checkedIn() {
  return readFile(FILE, "utf8");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const site = await openSite();
  await writeFile(FILE, await firstVisit(site));
  await site.close();
}
