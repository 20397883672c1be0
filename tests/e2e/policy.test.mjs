// The Content-Security-Policy: nothing that the page does offends against it, no request leaves the site, and what it forbids fails.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { choose, exported, near, npy, searched, settled } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** A page of the site with everything that goes wrong on it from its first request on, its workers' requests among it. */
async function watched(path = "") {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  await context.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
      window.violations.push(`${violatedDirective}: ${blockedURI} (${sourceFile}:${lineNumber})`));
  });
  const page = await context.newPage();
  const problems = collectProblems(page, site.url);
  context.on("request", (request) => {
    if (!request.url().startsWith(site.url) && !/^(blob|data):/.test(request.url())) {
      problems.push(`outside of the site: ${request.url()}`);
    }
  });
  await page.goto(site.url + path);
  return { page, async end() {
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    assert.deepEqual(problems, []);
    await context.close();
  } };
}

/** Goes through every section, and gives each time to compute and draw. What they then show is for other tests. */
async function walk(page) {
  await page.waitForFunction(() => window.fathomStudy);
  const ids = await page.$$eval("main section[id], main > [id]", (all) => all.map(({ id }) => id));
  assert.ok(ids.length > 10, ids.join(" "));
  for (const id of ids) {
    await near(page, id);
    const drawn = (id) => !document.getElementById(id)?.querySelector(".waiting, .skeleton");
    await page.waitForFunction(drawn, id, { timeout: 10_000 }).catch(() => {});
  }
  return ids;
}

/** Presses every button that saves a chart, each found by its name: sections that still compute come and go. */
async function saveAll(page) {
  const names = await page.$$eval(".save button:not([disabled])", (all) => all.map((button) => button.ariaLabel));
  for (const name of names) {
    const saving = page.waitForEvent("download", { timeout: 20_000 }).catch(() => assert.fail(`nothing came of "${name}"`));
    await page.getByRole("button", { name, exact: true, disabled: false }).first().click();
    assert.equal(await (await saving).failure(), null, name);
    // Chromium drops what a page saves beyond ten files a second.
    await page.waitForTimeout(150);
  }
  return names.length;
}

test("the sample in every section, its charts and its report keep to the policy", async () => {
  const { page, end } = await watched();
  await settled(page);
  await searched(page);
  await walk(page);
  assert.ok(await saveAll(page) >= 8, "charts as PNG and SVG");
  assert.equal(JSON.parse((await exported(page)).text).format, "fathom.report");
  await page.getByRole("button", { name: /copy link/i }).click();
  await end();
});

test("files of every kind, good and damaged, keep to the policy", async () => {
  const { page, end } = await watched();
  await settled(page);
  const folder = new URL("../fixtures/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => !/\.(py|json|md)$/.test(name) && name !== "found");
  assert.ok(names.length > 60, `${names.length} fixtures`);
  const files = names.map(async (name) =>
    ({ name, mimeType: "application/octet-stream", buffer: await readFile(new URL(name, folder)) }));
  await choose(page, await Promise.all(files));
  await settled(page);
  assert.ok(await page.locator(".refused li").count() > 3, "damaged ones are refused");
  await walk(page);
  await end();
});

test("three sets of maps, with the viewer and all comparisons, keep to the policy", async () => {
  const { page, end } = await watched();
  await settled(page);
  const depth = (role, frame) => Array.from({ length: 40 }, (_, y) => Array.from({ length: 50 }, (_, x) => {
    const gt = 1 + 0.04 * y + 0.02 * x + 0.01 * frame;
    const fp32 = 1.02 * gt + 0.03 * Math.sin(x + 3 * y + frame);
    return { gt, fp32, int8: Math.round(fp32 / 0.05) * 0.05 }[role];
  }));
  const roles = ["gt", "fp32", "int8"];
  await choose(page, roles.flatMap((role) => Array.from({ length: 12 }, (_, i) => npy(`f${i}_${role}.npy`, depth(role, i)))));
  await page.waitForSelector("#study-answers .answers", { timeout: 60_000 });
  const ids = await walk(page);
  assert.ok(ids.includes("viewer") && ids.includes("budget"), ids.join(" "));
  assert.ok(await saveAll(page) >= 8, "charts as PNG and SVG");
  await exported(page);
  await end();
});

test("the theory keeps to a policy of its own, and has what the page points to", async () => {
  const { page, end } = await watched("theory.html");
  assert.equal(await page.locator("h2#the-best-range").count(), 1);
  assert.equal(await page.evaluate(() => document.scripts.length), 0);
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(colour, "rgb(250, 250, 248)", "the page's own tokens");
  await end();
});

test("what the policy forbids fails", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  // Another site, which counts who comes: the browser tells of requests that it refuses, too.
  const left = [];
  const server = createServer((request, response) => { left.push(request.url); response.end(); });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const other = `http://127.0.0.1:${server.address().port}/`;
  await fetch(`${other}counted`);
  assert.deepEqual(left.splice(0), ["/counted"]);
  await page.goto(site.url);
  await settled(page);
  const tried = await page.evaluate(async (other) => {
    const violated = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => violated.push(effectiveDirective));
    const fails = async (action) => { try { await action(); return false; } catch { return true; } };
    const failed = {
      fetch: await fails(() => fetch(other)),
      beacon: await fails(() => { if (!navigator.sendBeacon(other, "depths")) throw new Error("refused"); }),
      import: await fails(() => import(other)),
      eval: await fails(() => (0, eval)("1")),
      markup: await fails(() => { document.createElement("div").innerHTML = "<img src=x onerror=alert(1)>"; }),
      script: await fails(() => { document.createElement("script").src = other; }),
      worker: await fails(() => new Worker(other)),
    };
    const inline = document.createElement("style");
    inline.textContent = "main { color: red }";
    document.head.append(inline);
    const image = new Image();
    image.src = `${other}?depths`;
    const frame = document.createElement("iframe");
    frame.src = other;
    document.body.append(frame);
    const form = document.createElement("form");
    form.action = other;
    document.body.append(form);
    form.submit();
    await new Promise((done) => setTimeout(done, 300));
    return { failed, violated };
  }, other);
  const { beacon, ...failed } = tried.failed;
  assert.deepEqual(Object.entries(failed).filter(([, did]) => !did), [], "all of them must fail");
  for (const directive of ["connect-src", "script-src-elem", "style-src-elem", "img-src", "frame-src", "form-action"]) {
    assert.ok(tried.violated.includes(directive), `${directive} is not among ${tried.violated}`);
  }
  assert.ok(beacon || tried.violated.filter((d) => d === "connect-src").length > 1, "no beacon leaves");
  await context.close();
  server.close();
  assert.deepEqual(left, []);
});
