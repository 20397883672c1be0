// Keeps one build of the site for visits without a connection: its files, whole and of that build alone, in a cache of that build's name.
// `cargo xtask build` fills in the next two lines.
const BUILD = "";
const FILES = [];

/** Beginning of the names of files that are fetched with the first model or the example network, and kept from then on. */
const LATER = "fathom-network-";

const CACHE = `fathom-${BUILD}`;
const PAGE = "index.html";
const at = (path) => new URL(path === PAGE ? "./" : path, self.registration.scope).href;

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeCharge()));

/** Fetches every file. One that is not this build's, because the host is in the middle of a change, ends the attempt: the browser tries again. */
async function fill() {
  if (!BUILD) {
    throw new Error("this build has no list of its files");
  }
  await Promise.all(FILES.filter(([path]) => !path.startsWith(LATER)).map(fetched));
}

/** Fetches a file of this build, keeps it, and gives it. */
async function fetched([path, integrity]) {
  // "no-cache" asks the host whether its file is still the one the page has fetched already.
  const response = await fetch(at(path), { cache: "no-cache", integrity });
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }
  const whole = await plain(response);
  await (await caches.open(CACHE)).put(at(path), whole.clone());
  return whole;
}

/** The same without a trace of a redirection, which browsers refuse as an answer to a navigation. */
async function plain(response) {
  return response.redirected ? new Response(await response.blob(), { headers: response.headers }) : response;
}

async function takeCharge() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("fathom-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener("message", (event) => {
  if (event.data === "which build") {
    event.ports[0].postMessage(BUILD);
  }
  if (event.data === "take charge") {
    event.waitUntil(takeOver());
  }
});

/** Ends the reign of an older worker, unless other tabs may still need files of its build. */
async function takeOver() {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (open.filter((client) => client.url.startsWith(self.registration.scope)).length <= 1) {
    await self.skipWaiting();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(newest(request));
  } else if (isOurs(new URL(request.url))) {
    event.respondWith(kept(request));
  }
});

/** A file of this build: one whose name says so, or one that is asked for in this build's name, or in none. */
function isOurs({ search }) {
  return search === "" || search === `?${BUILD}`;
}

function inCache(address) {
  const url = new URL(address);
  url.search = "";
  url.hash = "";
  const path = url.href === at(`./${PAGE}`) ? at(PAGE) : url.href;
  return caches.open(CACHE).then((cache) => cache.match(path));
}

/** How long a host may take to answer for a page that is kept here, in milliseconds. */
const PATIENCE = 4000;

const patience = () => new Promise((_, fail) => setTimeout(fail, PATIENCE, new Error("the host takes too long")));

/** Pages come from the host while there is one that answers, so that a new build shows at once. */
async function newest(request) {
  const page = await inCache(request.url);
  try {
    const answer = fetch(request);
    const response = await (page ? Promise.race([answer, patience()]) : answer);
    return response.ok ? response : (page ?? response);
  } catch (error) {
    if (page) {
      return page;
    }
    throw error;
  }
}

async function kept(request) {
  const found = await inCache(request.url);
  if (found) {
    return found;
  }
  const { pathname } = new URL(request.url);
  const later = FILES.find(([path]) => path.startsWith(LATER) && pathname === new URL(at(path)).pathname);
  return later ? fetched(later) : fetch(request);
}
