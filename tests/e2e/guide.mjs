// What the user guide quotes of its examples, and what the page says, in the same form.

import { readFile } from "node:fs/promises";

/** The guide's parts about the published case, about the reader's own files, and about a network. */
export async function guide() {
  const text = await readFile(new URL("../../docs/USER_GUIDE.md", import.meta.url), "utf8");
  const [, sample, own, network] = text.split(/^## (?=In a minute|With your own|Inside the network)/m);
  return { sample, own, network };
}

const plain = (text) => text.replace(/\s+/g, " ").replaceAll("\u2212", "-");

/** The quoted lines of a part. */
export function quotes(part) {
  return part.split("\n").filter((line) => line.startsWith("> ")).map((line) => plain(line.slice(2)));
}

/** All words on the page. */
export async function words(page) {
  return plain(`${await page.textContent("main")} ${await page.textContent("aside")}`);
}
