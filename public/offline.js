// Keeps the page for visits without a connection, and says when another build of it is there. The page's part of `sw.js`.

// How often a page that stays open asks for another build, at most.
const HOUR_MS = 3_600_000;

// How long the page is left alone once it has fetched all that it shows: its workers fetch their programs then. Chromium can miss that an
// older service worker has come to rest when it is asked for files while it is to be replaced, and keeps it for five minutes more.
const REST_MS = 3000;

/** Starts the service worker once the page has fetched all that it shows. `build` is the page's own. */
export async function keep(build) {
  if (!("serviceWorker" in navigator)) {
    return;
  }
  await fetched();
  do {
    await new Promise((rested) => setTimeout(rested, REST_MS));
      // Reading and comparing files has priority.
  } while (document.querySelector('main[data-state="working"]'));
  try {
    const options = { scope: "./", updateViaCache: "none" };
    const registration = await navigator.serviceWorker.register(new URL("sw.js", import.meta.url), options);
    follow(registration, build);
  } catch (error) {
    // A host without a secure connection, a private window, a full disk: the page works all the same.
    console.info(`Not kept for offline use: ${error.message}`);
  }
}

/** The engine comes last; a page without it has waited long enough. */
function fetched() {
  return new Promise((done) => {
    if ("fetched" in document.documentElement.dataset) {
      done();
    }
    window.addEventListener("fathomfetched", done, { once: true });
    setTimeout(done, 30_000);
  });
}

function follow(registration, build) {
  const watch = (worker) => {
    const installed = () => {
      // The very first worker takes charge by itself.
      if (worker.state === "installed" && registration.active) {
        judge(worker, build);
      }
    };
    worker?.addEventListener("statechange", installed);
    if (worker) {
      installed();
    }
  };
  watch(registration.waiting);
  watch(registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  let asked = performance.now();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && performance.now() - asked > HOUR_MS) {
      asked = performance.now();
      registration.update().catch(() => {});
    }
  });
}

/** A worker of the page's own build may take charge; one of another build means that there is a newer page. */
function judge(worker, build) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    if (data === build) {
      worker.postMessage("take charge");
    } else {
      window.dispatchEvent(new Event("fathomnewbuild"));
    }
  };
  worker.postMessage("which build", [port2]);
}
