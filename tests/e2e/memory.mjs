// Memory of the browser's renderers, as the kernel counts it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * The largest renderer of this browser in MB, its workers included: `VmRSS` for what it has now, `VmHWM` for the most that it ever had.
 * Other browsers on the machine would be counted too.
 */
export function largestRenderer(field) {
  const lines = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  const sizes = lines
    .filter((line) => line.includes("--type=renderer"))
    .map((line) => Number(line.trim().split(" ")[0]))
    .map((pid) => {
      try {
        return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
      } catch {
        return 0;
      }
    });
  return Math.max(...sizes);
}
