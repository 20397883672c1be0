// Figures of a benchmark: a line of JSON each, which `cargo xtask bench` collects.

/** Prints a figure: what was measured, its value and its unit. */
export function figure(bench, value, unit) {
  // A hundred thousandth is finer than anything that is measured.
  console.log(JSON.stringify({ bench, value: Math.round(value * 1e5) / 1e5, unit }));
}

/** The value below which this share of the values lies. */
export function quantile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}
