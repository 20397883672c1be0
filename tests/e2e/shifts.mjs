// Layout shifts as the browser counts them: the share of the screen that moved, times the distance, without a reader's action.

/** To be run before the page's own program: collects every shift with what moved. */
export function watchShifts() {
  self.shifts = [];
  const name = (node) => {
    const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (!element?.closest) return "gone";
    const place = element.closest("[id]")?.id ?? "";
    return `${place ? `#${place} ` : ""}${element.localName}${[...element.classList].map((c) => `.${c}`).join("")}`;
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) {
        const moved = entry.sources.map(({ node, previousRect, currentRect }) => `${name(node)} ${Math.round(previousRect.y)}+${Math.round(previousRect.height)} to ${Math.round(currentRect.y)}+${Math.round(currentRect.height)}`);
        self.shifts.push({ value: entry.value, at: Math.round(entry.startTime), moved });
      }
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** Cumulative layout shift: the worst of the sessions of shifts less than a second apart and at most five seconds long. */
export function cumulative(shifts) {
  let [worst, sum, first, last] = [0, 0, -Infinity, -Infinity];
  for (const { value, at } of shifts) {
    if (at - last > 1000 || at - first > 5000) [sum, first] = [0, at];
    sum += value;
    last = at;
    worst = Math.max(worst, sum);
  }
  return worst;
}

/** Scrolls to the end as a reader does, a third of the screen at a time, until every section had its time. */
export async function readThrough(page) {
  const { height } = page.viewportSize();
  await page.mouse.move(200, height / 2);
  const atEnd = () => page.evaluate(() => scrollY + innerHeight >= document.documentElement.scrollHeight - 2);
  for (let step = 0; step < 400 && !(await atEnd()); step += 1) {
    await page.evaluate((by) => scrollBy(0, by), height / 3);
    await page.waitForTimeout(120);
  }
  await page.waitForTimeout(1500);
}
