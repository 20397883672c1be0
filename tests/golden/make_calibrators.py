#!/usr/bin/env python3
"""Writes the ranges that calibration methods pick for small maps: calibrators.json, the oracle of crates/report/tests/native/calibrators.rs.

Each method is written over the pixels or a numpy histogram of them, from the description that crates/analysis/src/calibrators names.
Needs numpy and scipy. Run it in this folder after make_golden.py; the output is committed.
"""

import json

import numpy as np
from scipy import optimize, special, stats

import reference

MAPS = [("room_u2.npy", 1000.0), ("street_f4.npy", 1.0), ("constant_f8.npy", 1.0), ("two_values_u2.npy", 1000.0)]


def percentile(d, percent, two_sided):
    if two_sided:
        return np.percentile(d, [(100 - percent) / 2, 100 - (100 - percent) / 2])
    return d.min(), np.percentile(d, percent)


def tensor_rt(d):
    counts, edges = np.histogram(d, 2048, range=(0, d.max()))
    bins = counts.astype(float)
    bins[0] = bins[1]
    results = []
    for kept in range(128, 2049):
        head = bins[:kept]
        place = np.searchsorted(np.linspace(0, kept, 129), np.arange(kept), side="right") - 1
        used = head > 0
        total = np.bincount(place[used], weights=head[used], minlength=128)
        number = np.bincount(place[used], minlength=128)
        q = np.zeros(kept)
        q[used] = total[place[used]] / number[place[used]]
        p = head.copy()
        p[-1] += bins[kept:].sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            results.append(stats.entropy(p, q) if q.sum() else np.inf)
    best = len(results) - 1 - int(np.argmin(results[::-1]))
    return -edges[128 + best], edges[128 + best]


def smooth(counts):
    counts = counts.astype(float)
    empty = (counts == 0).sum()
    if empty == counts.size or 1e-4 * empty / (counts.size - empty) >= 1:
        return None
    return np.where(counts == 0, 1e-4, counts - 1e-4 * empty / (counts.size - empty))


def onnx_runtime(d, bins):
    counts, edges = np.histogram(d, bins, range=(-d.max(), d.max()))
    zero = bins // 2
    results, ends = [], []
    for half in range(64, zero + 1):
        start, end = zero - half, min(zero + half + 1, bins)
        kept = counts[start:end]
        p = kept.copy()
        p[0] += counts[:start].sum()
        p[-1] += counts[end:].sum()
        merged = kept.size // 128
        blocks = kept[: 128 * merged].reshape(128, merged).sum(axis=1)
        blocks[-1] += kept[128 * merged :].sum()
        used = (p[: 128 * merged].reshape(128, merged) != 0).sum(axis=1)
        q = np.zeros(kept.size, dtype=np.int64)
        q[: 128 * merged] = np.repeat(np.where(used > 0, blocks / np.maximum(used, 1), 0), merged).astype(np.int64)
        p, q = smooth(p), smooth(q)
        results.append(np.inf if p is None or q is None else stats.entropy(p, q))
        ends.append((edges[start], edges[end]))
    return ends[int(np.argmin(results))]


def mse_search(d, bits):
    levels = 2**bits - 1
    best = None
    for i in range(80):
        end = d.max() * (1.0 - i * 0.01)
        step = end / levels
        cost = np.sum((np.clip(np.round(d / step), 0, levels) * step - d) ** 2)
        if best is None or cost < best[0]:
            best = (cost, end)
    return 0.0, best[1]


def pytorch(d, bits):
    low, high = d.min(), d.max()
    if low == high:
        return 0.0, high
    bins, cells = 2048, 2**bits
    counts, _ = np.histogram(d, bins, range=(low, high))
    width = (high - low) / bins

    def error(first, last):
        cell = width * (last - first + 1) / cells
        begin = (np.arange(bins) - first) * width
        end = begin + width
        a = np.clip(np.floor(begin / cell), 0, cells - 1)
        b = np.clip(np.floor(end / cell), 0, cells - 1)
        cube = lambda x, y: (y**3 - x**3) / 3
        parts = cube(begin - (a + 0.5) * cell, cell / 2) + (b - a - 1) * cube(-cell / 2, cell / 2)
        return np.sum(counts / width * (parts + cube(-cell / 2, end - (b + 0.5) * cell)))

    running = np.cumsum(counts)
    total = running[-1]
    alpha, beta, first, last, least = 0.0, 1.0, 0, bins - 1, np.inf
    while alpha < beta:
        next_alpha, next_beta = alpha + 1e-5, beta - 1e-5
        left, right = first, last
        while left < last and running[left] < next_alpha * total:
            left += 1
        while right > first and running[right] > next_beta * total:
            right -= 1
        if left - first > last - right:
            alpha, trial = next_alpha, (left, last)
        else:
            beta, trial = next_beta, (first, right)
        if trial == (first, last):
            continue
        cost = error(*trial)
        if cost > least:
            break
        least, (first, last) = cost, trial
    return min(low + width * first, 0.0), low + width * (last + 1)


def tf_enhanced(d, bits):
    low, high = d.min(), max(d.max(), d.min() + 0.01) if d.min() == d.max() else d.max()
    centre = (low + high) / 2
    first = centre - 3 * (centre - low)
    width = (centre + 3 * (high - centre) - first) / 512
    index = np.floor((d - first) / width + 0.5).astype(int)
    pdf = np.bincount(index[(index >= 0) & (index < 512)], minlength=512) / d.size
    left = first + np.arange(512) * width
    middle = left + width / 2
    steps = 2**bits - 1
    used = np.flatnonzero(pdf)
    observed_low = min(left[used[0]], 0.0)
    observed_high = max(left[used[-1]], 0.0, observed_low + 0.01)
    whole = (observed_high - observed_low) / steps
    offset = np.round(observed_low / whole)
    observed_low = whole * offset
    observed_high = observed_low + whole * steps
    candidates = []
    for f in range(1, 18):
        for i in range(21):
            a = f / 16 * whole * int(-steps + steps / 20 * i)
            b = a + f / 16 * whole * steps
            if a < observed_low and b > observed_high:
                continue
            a, b = max(a, observed_low), min(b, observed_high)
            if b > a:
                candidates.append(((b - a) / steps, np.round(a / ((b - a) / steps))))
    candidates.append((whole, offset))
    best = (np.inf, None, None)
    for step, offset in candidates:
        ends = np.array([step * offset, step * offset + step * steps])
        a, b = np.clip(np.floor((ends - first) / width), 0, 511).astype(int)
        inside = middle[a:b]
        scaled = inside / step - offset
        coded = step * (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5) + offset)
        cost = np.sum(pdf[a:b] * (inside - coded) ** 2)
        cost += 3 * np.sum(pdf[:a] * (middle[:a] - middle[a]) ** 2)
        cost += 3 * np.sum(pdf[b:] * (middle[b:] - middle[b]) ** 2)
        if cost < best[0]:
            best = (cost, step, offset)
    _, step, offset = best
    return step * offset, step * offset + step * steps


def aciq(d, bits, density, one_sided):
    m = bits + one_sided
    if density == "Laplace":
        # exp(-x) = x / (3 4^M) is Lambert's W.
        alpha = special.lambertw(3 * 4.0**m).real * np.mean(np.abs(d - d.mean()))
    else:
        slope = lambda x: 2 * x * special.erfc(x / 2**0.5) - 2 * (2 / np.pi) ** 0.5 * np.exp(-x * x / 2) + 2 * x / (3 * 4.0**m)
        alpha = optimize.brentq(slope, 0.1, 20, xtol=1e-14) * d.std()
    if one_sided:
        return 0.0, d.mean() + alpha
    low = max(d.min(), d.mean() - alpha)
    return low, low + 2 * alpha


def methods(d, bits):
    yield "min-max", (d.min(), d.max())
    for percent in [99, 99.9, 99.99, 99.999]:
        yield f"percentile {percent}, far end", percentile(d, percent, False)
        yield f"percentile {percent}, both ends", percentile(d, percent, True)
    yield "entropy, TensorRT", tensor_rt(d)
    yield "entropy, ONNX Runtime", onnx_runtime(d, 128)
    yield "entropy, ONNX Runtime, 2048 bins", onnx_runtime(d, 2048)
    yield "squared error, shrinking", mse_search(d, bits)
    yield "PyTorch histogram", pytorch(d, bits)
    yield "AIMET tf_enhanced", tf_enhanced(d, bits)
    for density in ["Laplace", "Gauss"]:
        yield f"ACIQ {density}", aciq(d, bits, density, False)
        yield f"ACIQ {density}, one-sided", aciq(d, bits, density, True)


def main():
    golden = []
    for name, units in MAPS:
        d = reference.valid_depths(np.load(name), units)
        for bits in [4, 8]:
            for method, (low, high) in methods(d, bits):
                # Equal ends are no range: the method then has to say so.
                ends = [float(low), float(high)] if high > low else None
                golden.append({"file": name, "units_per_metre": units, "bits": bits, "method": method, "range": ends})
    with open("calibrators.json", "w") as f:
        json.dump(golden, f, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
