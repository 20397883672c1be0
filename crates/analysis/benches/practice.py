#!/usr/bin/env python3
"""The jobs of bench_compare.rs with numpy: practice.py

The same made frames; written as one would write it with numpy, a frame at a time, each figure from whole arrays.
"""

import time

import numpy as np

WIDTH, HEIGHT, FRAMES, STEP = 176, 144, 91, 0.014_623
FLOOR = 1e-3


def noise(seed):
    with np.errstate(over="ignore"):
        mixed = (seed.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return (mixed >> np.uint64(40)).astype(float) / (1 << 24) - 0.5


def frame(k):
    i = np.arange(WIDTH * HEIGHT)
    x, y, seed = i % WIDTH, i // WIDTH, 3 * (k * i.size + i)
    depth = 0.8 + 0.01 * y + 0.003 * x + 0.005 * k
    gt = np.where(noise(seed) < -0.41, np.nan, np.round(depth * 1e3) / 1e3)
    fp32 = (1.02 * depth + 0.4 * noise(seed + 1)).astype(np.float32).astype(float)
    int8 = (np.round((fp32 + 0.04 * noise(seed + 2) + 0.002) / STEP) * STEP).astype(np.float32).astype(float)
    return [m.reshape(HEIGHT, WIDTH) for m in (gt, fp32, int8)]


def metrics(p, g):
    """The thirteen metrics, as sums with their count."""
    e = p - g
    r = np.maximum(p, FLOOR)
    log = np.log(r) - np.log(g)
    inverse = 1 / r - 1 / g
    ratio = np.maximum(r / g, g / r)
    near = [np.sum(ratio < 1.25**k) for k in (1, 2, 3)]
    sums = [np.sum(e**2), np.sum(np.abs(e) / g), *near, np.sum(np.abs(e)), np.sum(e), np.sum(e**2 / g), np.sum(log**2)]
    return np.array([g.size, *sums, np.sum(np.abs(log)), np.sum(log), np.sum(inverse**2), np.sum(np.abs(inverse))])


def figures(s):
    m = s[..., 1:] / s[..., :1]
    root = np.sqrt
    silog = root(np.maximum(m[..., 8] - m[..., 10] ** 2, 0))
    return np.stack([root(m[..., 0]), *(m[..., k] for k in range(1, 8)), root(m[..., 8]), m[..., 9], silog, root(m[..., 11]), m[..., 12]], -1)


def grid(q):
    values, counts = np.unique(q, return_counts=True)
    gaps = np.diff(values)
    step = np.median(gaps)
    index = np.round((values - values[0]) / step)
    step, low = np.polyfit(index, values, 1)
    return step, low, values, counts


def alternating(m):
    return (m[::2, ::2] - m[::2, 1::2] - m[1::2, ::2] + m[1::2, 1::2]) / 2


def signed(e):
    return np.array([e.size, e.sum(), np.sum(e**2)])


def compare(gt, fp32, int8):
    keep = np.isfinite(gt) & (gt > 0) & np.isfinite(fp32) & np.isfinite(int8)
    g, f, q = gt[keep], fp32[keep], int8[keep]
    ef, eq, et = f - g, q - f, q - g
    step, low, values, counts = grid(int8)
    coded = low + np.round((fp32 - low) / step) * step
    c = coded[keep]
    joint = np.cov(np.stack([f, ef, eq]))
    centred = eq - eq.mean()
    moments = [np.mean(centred**3), np.mean(centred**4)]
    output = [np.mean((c - f) ** 2), np.mean((c - g) ** 2)]
    bands = [[signed(e[b]) for e in (ef, eq, et)] for b in (g < 3, (g >= 3) & (g < 10), g >= 10)]
    edges = 2.0 ** (np.arange(-10 * 8, 14 * 8 + 1) / 8)
    where = np.digitize(g, edges)
    curve = []
    for b in np.unique(where):
        inside = where == b
        for e in (ef[inside], eq[inside]):
            curve.append((*signed(e), *np.percentile(e, [5, 25, 50, 75, 95])))
    y, x = np.nonzero(keep)
    cell = y * 24 // HEIGHT * 32 + x * 32 // WIDTH
    place = [np.bincount(cell, w, 768) for e in (ef, eq, et) for w in (np.ones_like(e), e, e**2)]
    edge = (np.abs((x + 0.5) / WIDTH - 0.5) > 0.4375) | (np.abs((y + 0.5) / HEIGHT - 0.5) > 0.4375)
    border = [signed(e[part]) for e in (ef, eq, et) for part in (edge, ~edge)]
    mf, mq, mc = (np.where(keep, m, np.nan) for m in (fp32, int8, coded))
    bands_flat = np.zeros(3)
    for a, b in [(np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])]:
        differs = np.abs(mf[a] - mf[b]) > 0
        bands_flat += [differs.sum(), (differs & (mq[a] == mq[b])).sum(), (differs & (mc[a] == mc[b])).sum()]
    blocks = alternating(mq - mf), alternating(mf - np.where(keep, gt, np.nan))
    used = np.isfinite(blocks[0]) & np.isfinite(blocks[1])
    artefacts = [np.sum(b[used] ** 2) for b in blocks]
    all_of_it = joint, moments, output, bands, curve, place, border, bands_flat, artefacts, values, counts
    return metrics(f, g), metrics(q, g), all_of_it


def intervals(fp32, int8, per_frame):
    random = np.random.default_rng(1)
    drawn = random.integers(0, len(fp32), (2000, len(fp32)))
    if per_frame:
        change = (figures(int8) - figures(fp32))[drawn].mean(axis=1)
    else:
        weights = np.stack([np.bincount(d, minlength=len(fp32)) for d in drawn]).astype(float)
        change = figures(weights @ int8) - figures(weights @ fp32)
    return np.percentile(change, [2.5, 97.5], axis=0)


def gathered(frames):
    """The pixels by ascending prediction, and sums before each: what other codes are measured from."""
    gt, f = (np.concatenate([m[k].ravel() for m in frames]) for k in range(2))
    keep = np.isfinite(gt) & (gt > 0) & np.isfinite(f)
    gt, f = gt[keep], f[keep]
    order = np.lexsort((gt, f))
    gt, f = gt[order], f[order]
    return f, gt, [np.cumsum(sums) for sums in (f, f * f, gt, gt * gt, 1 / gt)], np.sum((f - gt) ** 2)


def timed(name, job, runs=3):
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        result = job()
        took.append(time.perf_counter() - start)
    print(f"{name}: {min(took) * 1e3:.0f} ms")
    return result


def recode(f, g):
    for i in range(200):
        a, b = 0.5, 1.0 + 0.02 * i
        step = (b - a) / 255
        coded = a + np.clip(np.round((f - a) / step), 0, 255) * step
        yield np.sqrt(np.mean((coded - g) ** 2)), np.mean(coded - g), np.mean((coded - g) ** 2 / g)


def main():
    frames = [frame(k) for k in range(FRAMES)]
    done = timed("compare 91 frames of 176 x 144", lambda: [compare(*maps) for maps in frames])
    fp32, int8 = (np.array([d[k] for d in done]) for k in (0, 1))
    timed("intervals of 13 metrics, pooled", lambda: intervals(fp32, int8, False))
    timed("intervals of 13 metrics, per frame", lambda: intervals(fp32, int8, True))
    f, gt, *_ = timed("gather and sort pixels for other codes", lambda: gathered(frames))
    timed("200 ranges of the predictions themselves", lambda: list(recode(f, gt)), 1)
    pooled = figures(fp32.sum(axis=0)), figures(int8.sum(axis=0))
    print(f"RMSE {pooled[0][0]:.6f} m of FP32, {pooled[1][0]:.6f} m of INT8")


if __name__ == "__main__":
    main()
