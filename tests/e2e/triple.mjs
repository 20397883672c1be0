// Three sets of maps made from formulas: small enough to send with a test, with errors that are easy to recompute.

import { npy } from "./page.mjs";

export const FRAMES = 12;
export const [HEIGHT, WIDTH] = [40, 50];
export const STEP = 0.05;

/** Depths of a frame by role: a slanted room, a prediction with errors, and that prediction in steps of 5 cm, 10 mm too far. */
export function depths(role, frame) {
  return Array.from({ length: HEIGHT }, (_, y) =>
    Array.from({ length: WIDTH }, (_, x) => {
      const gt = 1 + 0.04 * y + 0.02 * x + 0.01 * frame;
      const fp32 = 1.02 * gt + 0.03 * Math.sin(x + 3 * y + frame);
      return Math.fround({ gt, fp32, int8: Math.round(fp32 / STEP) * STEP + 0.01 }[role]);
    }),
  );
}

/** The files of these roles. */
export function set(...roles) {
  return roles.flatMap((role) => Array.from({ length: FRAMES }, (_, frame) => npy(`f${frame}_${role}.npy`, depths(role, frame))));
}
