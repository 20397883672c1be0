// The page without a connection, and what happens when its host has another build.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { SMALL_LINK, choose, rest, room, searched, settled } from "./page.mjs";
import { collectProblems, launchChromium, serveSite } from "./site.mjs";

const built = process.env.FATHOM_DIST;
let folder, site, browser, page;

before(async () => { browser = await launchChromium(); });
after(async () => { await browser?.close(); });

beforeEach(async () => {
  // A copy, because these tests put another build in its place.
  folder = await mkdtemp(join(tmpdir(), "fathom-offline-"));
  await cp(built, folder, { recursive: true });
  process.env.FATHOM_DIST = folder;
  site = await serveSite();
  process.env.FATHOM_DIST = built;
  // A context of its own keeps nothing of the tests before.
  page = await (await browser.newContext()).newPage();
});

afterEach(async () => {
  await page?.context().close();
  await site?.close().catch(() => {});
  await rm(folder, { recursive: true, force: true });
});

/** The address of the page with little to compute. */
const small = () => `${site.url}#${SMALL_LINK}`;

/** Waits until the service worker is in charge of the page. */
async function inCharge() {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, { timeout: 60_000 });
}

/** Waits until what the page promises is true: `waitForFunction` takes the promise itself for a yes. */
async function promised(question, limit = 60_000) {
  const end = Date.now() + limit;
  while (!(await page.evaluate(question))) {
    assert.ok(Date.now() < end, `not so after ${limit / 1000} s: ${question}`);
    await page.waitForTimeout(50);
  }
}

const buildOfPage = () => page.getAttribute("meta[name=build]", "content");
const caches = () => page.evaluate(() => caches.keys());

/** Puts another build on the host: another name, another title, another script that says so. */
async function deploy(build) {
  const text = (name) => readFile(join(folder, name), "utf8");
  const digest = (contents) => `sha256-${createHash("sha256").update(contents).digest("base64")}`;
  const old = (await text("index.html")).match(/name="build" content="(\w+)"/)[1];
  const index = (await text("index.html")).replace(old, build).replace("<title>", `<title>${build} `);
  const script = `${await text("offline.js")}\nself.offlineOf = "${build}";\n`;
  let worker = (await text("sw.js")).replace(`const BUILD = "${old}"`, `const BUILD = "${build}"`);
  for (const [name, contents] of [["index.html", index], ["offline.js", script]]) {
    worker = worker.replace(digest(await text(name)), digest(contents));
    await writeFile(join(folder, name), contents);
  }
  await writeFile(join(folder, "sw.js"), worker);
}

test("after one visit the page works without a connection, files included", async () => {
  await page.goto(site.url);
  await settled(page);
  await inCharge();
  const build = await buildOfPage();
  assert.match(build, /^[0-9a-f]{16}$/);
  assert.deepEqual(await caches(), [`fathom-${build}`]);
  await site.close();
  const problems = collectProblems(page, site.url);
  await page.reload();
  assert.equal(await settled(page), "ready");
  await searched(page);
  await choose(page, [room("f1_gt.npy"), room("f1_int8.npy", 3.1)]);
  assert.match(await page.textContent(".case"), /Ground truth: 1 map/);
  await page.goto(`${site.url}theory.html#the-best-range`);
  assert.equal(await page.locator("#the-best-range").isVisible(), true);
  await page.goto(`${site.url}index.html`);
  assert.equal(await settled(page), "ready");
  // The browser asks the host for a newer worker, in vain.
  assert.deepEqual(problems.filter((problem) => !problem.includes("sw.js")), []);
});

test("a host that takes the connection and never answers does not keep the page away", async () => {
  await page.goto(small());
  await settled(page);
  await inCharge();
  await site.close();
  const silent = createServer();
  await new Promise((ready, failed) => silent.once("error", failed).listen(new URL(site.url).port, "127.0.0.1", ready));
  const sockets = [];
  silent.on("connection", (socket) => sockets.push(socket.on("error", () => {})));
  try {
    await page.reload();
    assert.equal(await settled(page), "ready");
    assert.ok(sockets.length > 0, "the host was asked");
  } finally {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((closed) => silent.close(closed));
  }
});

test("another build is noticed on the open page, shows with the next visit, and leaves nothing of the old one", async () => {
  await page.goto(small());
  await settled(page);
  await inCharge();
  const old = await buildOfPage();
  await deploy("0123456789abcdef");
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await page.waitForSelector("text=A new version of this page is available", { timeout: 30_000 });
  // The open page goes on with its own build: what it has not fetched yet is kept.
  assert.equal(await page.evaluate(async (build) => (await (await fetch(`offline.js?${build}`)).text()).includes("offlineOf"), old), false);
  await page.reload();
  await settled(page);
  assert.match(await page.title(), /^0123456789abcdef/);
  await page.waitForFunction(() => window.offlineOf === "0123456789abcdef");
  await promised(async () => (await caches.keys()).join() === "fathom-0123456789abcdef");
  await inCharge();
  assert.equal(await page.locator("text=A new version of this page is available").count(), 0);
  await site.close();
  await page.reload();
  assert.equal(await settled(page), "ready");
  assert.match(await page.title(), /^0123456789abcdef/);
  await page.waitForFunction(() => window.offlineOf === "0123456789abcdef");
});

test("a host in the middle of a change keeps the old build whole", async () => {
  await page.goto(small());
  await settled(page);
  await inCharge();
  const old = await buildOfPage();
  await deploy("fedcba9876543210");
  // One file of the new build has not arrived.
  await cp(join(built, "offline.js"), join(folder, "offline.js"));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const ended = new Promise((done) => registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing.addEventListener("statechange", () => installing.state === "redundant" && done());
    }));
    await registration.update().catch(() => {});
    await ended;
  });
  await site.close();
  await page.reload();
  assert.equal(await settled(page), "ready");
  assert.equal(await buildOfPage(), old);
});

test("two open pages of the old build hold the new one back", async () => {
  await page.goto(small());
  await settled(page);
  await inCharge();
  const old = await buildOfPage();
  const other = await page.context().newPage();
  await other.goto(small());
  await settled(other);
  await deploy("0123456789abcdef");
  await page.reload();
  await settled(page);
  assert.match(await page.title(), /^0123456789abcdef/);
  await promised(async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting));
  // That the new worker does not take charge can only be told later.
  await rest(page, 500);
  // The other page may still fetch its engine.
  const engine = await other.evaluate(async (build) => (await fetch(`fathom-engine-wasm.js?${build}`)).ok, old);
  assert.equal(engine, true);
  assert.ok((await caches()).includes(`fathom-${old}`));
  await choose(other, room("f1_gt.npy"));
  assert.match(await other.textContent(".case"), /Ground truth: 1 map/);
});
