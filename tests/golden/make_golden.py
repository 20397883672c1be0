#!/usr/bin/env python3
"""Writes small depth maps and what numpy says of them: golden.json, the oracle of crates/report/tests/native/golden.rs.

Needs numpy. Run it in this folder; the outputs are committed.
"""

import json

import numpy as np

import reference

RANGES = [("narrow", 0.9, 2.5), ("current", 0.5, 15.0), ("from zero", 0.0, 4.0), ("beside", 400.0, 500.0)]
CASES = [("uniform", 8), ("uniform, zero point", 8), ("uniform", 12), ("uniform", 3)]


def maps():
    rng = np.random.default_rng(20240501)
    room = 800 + 2100 * rng.beta(2, 3, (48, 64))
    room[rng.random(room.shape) < 0.15] = 0
    room[:2, :5] = 65535
    yield "room_u2.npy", np.round(room).astype("<u2"), 1000.0
    street = np.exp(rng.normal(1.2, 1.1, (40, 60))).astype("<f4")
    street[0, :6] = [np.nan, np.inf, -np.inf, 0.0, -1.0, 2.5]
    yield "street_f4.npy", street, 1.0
    yield "constant_f8.npy", np.full((4, 5), 2.5), 1.0
    yield "two_values_u2.npy", np.array([[1000, 1000, 2500]], dtype=">u2"), 1000.0


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return float(value) if isinstance(value, (float, np.floating, np.integer)) else value


def main():
    golden = []
    for name, samples, units in maps():
        np.save(name, samples)
        d = reference.valid_depths(samples, units)
        entries = []
        for code, bits in CASES:
            for policy in ["count", "exclude", "clamp"]:
                for label, a, b in RANGES:
                    figures = reference.measure(d, a, b, bits, code, policy)
                    entries.append({"name": label, "code": code, "policy": policy} | plain(figures))
        golden.append(
            {
                "file": name,
                "units_per_metre": units,
                "valid": int(d.size),
                "distribution": plain(reference.distribution(d)),
                "ranges": entries,
            }
        )
    with open("golden.json", "w") as f:
        json.dump(golden, f, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
