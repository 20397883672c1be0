// The Content-Security-Policy: no file offends against it, and what it forbids fails. That nothing else offends, and that no request leaves
// the site, `openSite` checks on every page of every test: appearance-english.test.mjs goes through all sections and saves all charts.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SMALL_LINK, choose, near, settled, sweep } from "./page.mjs";
import { collectProblems, openSite } from "./site.mjs";
import { inEachView, passBy } from "./states.mjs";

let site;
before(async () => { site = await openSite(); });
after(async () => { await site?.close(); });

/** A page of the site with everything that goes wrong on it from its first request on. */
async function watched(path) {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "allow" });
  const page = await context.newPage();
  const problems = collectProblems(page, site.url);
  await page.goto(site.url + path);
  return { page, problems };
}

test("files of every kind, good and damaged, keep to the policy", async () => {
  const { page, problems } = await watched(`#${SMALL_LINK}`);
  await settled(page);
  const folder = new URL("../fixtures/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => !/\.(py|json|md)$/.test(name) && name !== "found");
  assert.ok(names.length > 60, `${names.length} fixtures`);
  const files = names.map(async (name) =>
    ({ name, mimeType: "application/octet-stream", buffer: await readFile(new URL(name, folder)) }));
  await choose(page, await Promise.all(files));
  await settled(page);
  assert.ok(await page.locator(".refused li").count() > 3, "damaged ones are refused");
  await inEachView(page, () => passBy(page));
  // The searches over so many depths take minutes: that they keep to the policy, tests with fewer depths tell.
  await near(page, "calculator");
  for (const name of ["the end moves", "the start moves", "bit widths"]) await sweep(page, name);
  assert.deepEqual(problems, []);
  assert.deepEqual([...site.crashes], []);
  await page.context().close();
});

test("the theory keeps to a policy of its own, and has what the page points to", async () => {
  const { page, problems } = await watched("theory.html");
  assert.equal(await page.locator("h2#the-best-range").count(), 1);
  assert.equal(await page.evaluate(() => document.scripts.length), 0);
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(colour, "rgb(250, 250, 248)", "the page's own tokens");
  assert.deepEqual(problems, []);
  await page.context().close();
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
  await page.goto(`${site.url}#${SMALL_LINK}`);
  await settled(page);
  // Few browsers enforce it.
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.match(policy, /; webrtc 'block';/);
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
    // Offences are told one after the other.
    const wanted = ["connect-src", "script-src-elem", "style-src-elem", "img-src", "frame-src", "form-action"];
    for (const end = performance.now() + 10_000; performance.now() < end && !wanted.every((name) => violated.includes(name));) {
      await new Promise((done) => setTimeout(done, 20));
    }
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
  // The watch over all pages has seen them too.
  assert.ok([...site.crashes].some((line) => line.startsWith("policy violation")), [...site.crashes].join("\n"));
  site.crashes.clear();
});
