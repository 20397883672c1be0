#!/usr/bin/env python3
"""Writes what each code does to small maps: codes.json, the oracle of crates/report/tests/native/codes.rs.

Every pixel is coded by itself from the code's definition: rounding after the curve, numpy's own float16, nearest of all values.
Needs numpy. Run it in this folder after make_golden.py; the output is committed.
"""

import json

import numpy as np

import reference

MAPS = [("room_u2.npy", 1000.0), ("street_f4.npy", 1.0), ("two_values_u2.npy", 1000.0)]
RANGES = [(0.5, 15.0), (0.05, 100.0)]


def curved(d, a, b, n, forward, back):
    low, high = forward(a), forward(b)
    index = np.round((forward(np.clip(d, a, b)) - low) / (high - low) * (n - 1))
    return back(low + (high - low) * index / (n - 1))


def pieces(d, knots, counts):
    out = np.empty_like(d)
    d = np.clip(d, knots[0], knots[-1])
    for a, b, n in zip(knots, knots[1:], counts):
        here = (d >= a) & (d <= b)
        out[here] = a + (np.clip(np.floor((d[here] - a) / (b - a) * n), 0, n - 1) + 0.5) * (b - a) / n
    return out


def nearest(d, values):
    """Ties go to the even index."""
    values = np.asarray(values)
    distance = np.abs(d[:, None] - values)
    first = distance.argmin(axis=1)
    following = np.minimum(first + 1, values.size - 1)
    tie = (distance[np.arange(d.size), first] == distance[np.arange(d.size), following]) & (first % 2 == 1)
    return values[np.where(tie, following, first)]


def float8(exponent_bits, mantissa_bits, finite):
    bias = 2 ** (exponent_bits - 1) - 1
    pattern = np.arange(finite)
    e, m = pattern >> mantissa_bits, pattern % 2**mantissa_bits
    normal = (1 + m / 2**mantissa_bits) * 2.0 ** (e - bias)
    return np.where(e == 0, m / 2**mantissa_bits * 2.0 ** (1 - bias), normal)


def bfloat16(d):
    """Round to nearest even on the bits of single precision; the maps' depths are single precision or coarse enough."""
    bits = d.astype(np.float32).view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return bits.astype(np.uint32).view(np.float32).astype(np.float64)


def codes(d, a, b):
    # Depths in millimetres meet ties here, which the quotient by the step decides.
    step = lambda n: (b - a) / (n - 1)
    uniform = lambda n: a + np.clip(np.round((d - a) / step(n)), 0, n - 1) * step(n)
    mu = lambda x: np.log1p(255 * (x - a) / (b - a))
    yield "uniform", 256, uniform(256)
    yield "logarithmic", 256, curved(d, a, b, 256, np.log, np.exp)
    yield "inverse depth", 256, curved(d, a, b, 256, lambda x: -1 / x, lambda t: -1 / t)
    yield "square root", 256, curved(d, a, b, 256, np.sqrt, np.square)
    yield "mu-law 255", 256, curved(d, a, b, 256, mu, lambda t: a + (b - a) * np.expm1(t) / 255)
    yield "piecewise 10/8/6 bits", 1344, pieces(d, [0.5, 3.0, 10.0, 15.0], [1024, 256, 64])
    yield "two channels, coarse and fine", 65536, uniform(65536)
    yield "INT16", 65536, uniform(65536)
    yield "FP16", 31744, d.astype(np.float16).astype(np.float64)
    yield "bfloat16", 32640, bfloat16(d)
    yield "FP8 E4M3", 127, nearest(d, float8(4, 3, 127))
    yield "FP8 E5M2", 124, nearest(d, float8(5, 2, 124))


def least_squares(d, n):
    """The least mean squared error of n values, by dynamic programming over every division of the different depths."""
    values, counts = np.unique(d, return_counts=True)
    s0, s1, s2 = (np.concatenate([[0], np.cumsum(counts * (values - d.mean()) ** k)]) for k in range(3))
    size = values.size
    i, j = np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij")
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(i < j, s2[j] - s2[i] - (s1[j] - s1[i]) ** 2 / (s0[j] - s0[i]), np.inf)
    error = cost[0]
    for _ in range(n - 1):
        error = np.minimum((error[:, None] + cost).min(axis=0), error)
    return max(error[size], 0.0) / d.size


def main():
    golden = []
    for name, units in MAPS:
        d = reference.valid_depths(np.load(name), units)
        entry = {"file": name, "units_per_metre": units, "codes": [], "least": []}
        for a, b in RANGES:
            for code, values, coded in codes(d, a, b):
                figures = {k: float(v) for k, v in reference.metrics(coded, d).items() if k != "floored"}
                entry["codes"].append({"range": [a, b], "code": code, "values": values, "metrics": figures})
        for n in [4, 32]:
            entry["least"].append({"values": n, "rmse": float(np.sqrt(least_squares(d, n)))})
        golden.append(entry)
    with open("codes.json", "w") as f:
        json.dump(golden, f, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
