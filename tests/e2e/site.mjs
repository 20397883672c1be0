// What every browser test stands on: the built site on a server of its own, under a sub-path, and a browser to open it in.
//
// `FATHOM_DIST` names the built site, `FATHOM_CHROMIUM` and `FATHOM_FIREFOX` the browsers; `cargo xtask e2e` sets them.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";
import { chromium, firefox } from "playwright-core";

// No root of a host: an address in the site that begins with a slash is found out at once.
const BASE = "/hosted/under/a/path/";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
];

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: run the browser tests with \`cargo xtask e2e\``);
  }
  return value;
}

/** The file that an address asks for, or null if it leads out of the site. */
function fileFor(address, dist) {
  const { pathname } = new URL(address, "http://site");
  if (!pathname.startsWith(BASE)) {
    return null;
  }
  const inside = decodeURIComponent(pathname.slice(BASE.length)) || "index.html";
  const file = resolve(dist, inside);
  return file.startsWith(dist + sep) ? file : null;
}

async function answer(request, response, dist) {
  try {
    const file = fileFor(request.url, dist);
    const contents = await readFile(file ?? join(dist, "outside-of-the-site"));
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-cache" }).end(contents);
  } catch (error) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end(`${error.message}\n`);
  }
}

/** Serves the built site on a free port: plain files, no special headers. Resolves to its address and a way to end it. */
export async function serveSite() {
  const dist = resolve(required("FATHOM_DIST"));
  const server = createServer((request, response) => answer(request, response, dist));
  await new Promise((ready, failed) => server.once("error", failed).listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}${BASE}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Starts the browser that all tests but one use. */
export function launchChromium(more = []) {
  return chromium.launch({ executablePath: required("FATHOM_CHROMIUM"), args: [...CHROMIUM_ARGS, ...more] });
}

/** Starts a Firefox as it is installed, over WebDriver BiDi. */
export function launchFirefox() {
  return firefox.launch({ executablePath: required("FATHOM_FIREFOX"), channel: "moz-firefox" });
}

/** Tells the console of whatever the page does against its Content-Security-Policy. Runs in the page. */
function tellViolations() {
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
    console.debug(`policy violation: ${violatedDirective}: ${blockedURI} (${sourceFile}:${lineNumber})`));
}

/**
 * The site and a browser together. Every context is watched: `crashes` holds uncaught errors, offences against the policy and requests that
 * leave the site, workers' requests included. `close` ends both, and fails if there were any.
 */
export async function openSite(launch = launchChromium) {
  const site = await serveSite();
  let browser;
  try {
    browser = await launch();
  } catch (error) {
    await site.close();
    throw error;
  }
  const crashes = new Set();
  const newContext = browser.newContext.bind(browser);
  // Chromium alone has a word for it. A service worker fetches the whole site again; offline.test.mjs and smoke.test.mjs have theirs.
  const quiet = browser.browserType().name() === "chromium" ? { serviceWorkers: "block" } : {};
  browser.newContext = async (how) => {
    const context = await newContext({ ...quiet, ...how });
    await context.addInitScript(tellViolations);
    context.on("weberror", (event) => crashes.add(event.error().message));
    context.on("request", (request) => {
      if (isOutside(request, site.url)) crashes.add(`outside of the site: ${request.url()}`);
    });
    context.on("console", (message) => {
      // What a panic says of itself, before the error that stands for it.
      if (message.text().startsWith("panicked at")) crashes.add(message.text().split("\n").slice(0, 2).join(" "));
      if (message.text().startsWith("policy violation")) crashes.add(message.text());
    });
    return context;
  };
  return {
    url: site.url,
    browser,
    crashes,
    async close() {
      await browser.close();
      await site.close();
      assert.deepEqual([...crashes], []);
    },
  };
}

/** Whether a request goes to another host. */
function isOutside(request, url) {
  return !request.url().startsWith(url) && !/^(blob|data|about):/.test(request.url());
}

/** Collects, from now on, everything that goes wrong on a page: errors, failed requests, requests to other hosts. */
export function collectProblems(page, url) {
  const problems = [];
  page.on("console", (message) => {
    // A browser without this directive says so, and keeps to the others.
    const isOfWebrtc = message.text() === "Unrecognized Content-Security-Policy directive 'webrtc'.";
    if (message.type() === "error" && !isOfWebrtc) {
      problems.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) {
      problems.push(`status ${response.status()}: ${response.url()}`);
    }
  });
  page.on("request", (request) => {
    if (isOutside(request, url)) {
      problems.push(`outside of the site: ${request.url()}`);
    }
  });
  return problems;
}
