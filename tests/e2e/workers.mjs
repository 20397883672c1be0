// What the page asks its workers: how many messages went to them, and which are unanswered.

/** Counts the messages to workers and those from them, and notes the last one. Runs before the page's own program. */
export function watchWorkers() {
  self.messages = { sent: 0, unanswered: 0, lastAt: 0 };
  const count = (change) => {
    self.messages.unanswered += change;
    self.messages.lastAt = performance.now();
  };
  const Original = self.Worker;
  self.Worker = class extends Original {
    constructor(...how) {
      super(...how);
      // A header of one byte is the start, which answers the first message, or a sign of life, which answers none.
      this.addEventListener("message", ({ data: [header] }) => (header.length > 1 || header[0] === 0) && count(-1));
    }

    postMessage(...message) {
      self.messages.sent += 1;
      count(1);
      return super.postMessage(...message);
    }
  };
}

/** Waits until every message to a worker is answered, and none has been sent for so long. */
export function workersRest(page, ms) {
  const rest = (ms) => self.messages.unanswered === 0 && performance.now() - self.messages.lastAt > ms;
  return page.waitForFunction(rest, ms, { timeout: 120_000, polling: 100 });
}
