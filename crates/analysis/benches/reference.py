#!/usr/bin/env python3
"""The jobs of bench_ranges.rs with numpy and Pillow: reference.py FOLDER-OF-FRAMES

Written as one would write them with numpy: all frames in one array, sorted once, a whole pass per range.
"""

import pathlib
import sys
import time

import numpy as np
from PIL import Image


def best_of(runs, job):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = job()
        times.append(time.perf_counter() - start)
    return min(times), result


def gather(files):
    depths = []
    for file in files:
        samples = np.asarray(Image.open(file)).astype(np.uint16)
        depths.append(samples[(samples > 0) & (samples < 65535)] / 1000.0)
    d = np.sort(np.concatenate(depths))
    return d, d.mean(), d.std(), np.percentile(d, [50, 75, 90, 95, 99, 99.9])


def rmse(d, a, b):
    step = (b - a) / 255
    coded = a + np.clip(np.round((d - a) / step), 0, 255) * step
    square = (coded - d) ** 2
    inside = (d >= a) & (d <= b)
    return np.sqrt(square.mean()), np.sqrt(square[inside].sum() / d.size), np.sqrt(square[~inside].sum() / d.size)


def everything(d, a, b):
    step = (b - a) / 255
    p = a + np.clip(np.round((d - a) / step), 0, 255) * step
    log = np.log(np.maximum(p, 1e-3)) - np.log(d)
    ratio = np.maximum(p / d, d / p)
    inverse = 1 / np.maximum(p, 1e-3) - 1 / d
    return (
        rmse(d, a, b),
        np.mean(np.abs(p - d)),
        np.mean(p - d),
        np.mean(np.abs(p - d) / d),
        np.mean((p - d) ** 2 / d),
        np.sqrt(np.mean(log**2)),
        np.mean(np.abs(log)),
        np.std(log),
        np.sqrt(np.mean(inverse**2)),
        np.mean(np.abs(inverse)),
        [np.mean(ratio < 1.25**k) for k in (1, 2, 3)],
    )


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.png"))
    took, (d, *_) = best_of(3, lambda: gather(files))
    print(f"decode and gather {len(files)} frames: {took * 1e3:.0f} ms")
    took, _ = best_of(1, lambda: [rmse(d, 0.5, b) for b in np.geomspace(1.5, 20, 200)])
    print(f"sweep of 200 ends: {took * 1e3:.0f} ms")
    took, _ = best_of(3, lambda: everything(d, 0.5, 9.7))
    print(f"one edit of a range, every metric: {took * 1e3:.0f} ms")
    few = 20
    took, _ = best_of(1, lambda: [everything(d, 0.5, b) for b in np.geomspace(1.5, 20, few)])
    print(f"sweep of 200 ends, every metric: {took * 200 / few * 1e3:.0f} ms (from {few} of them)")


if __name__ == "__main__":
    main()
