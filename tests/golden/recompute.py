#!/usr/bin/env python3
"""Confirms a report.json from the files it was made of: recompute.py report.json FOLDER

Needs numpy and Pillow. Reads every input named in the report from FOLDER, recomputes each figure over every pixel, and fails on
the first section that differs by more than one in a million.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

import reference

TOLERANCE = 1e-6


def load(path):
    if path.suffix == ".npy":
        return np.load(path)
    return np.asarray(Image.open(path)).astype(np.uint16)


def differences(where, got, expected):
    for key, value in expected.items():
        if isinstance(value, dict):
            yield from differences(f"{where}.{key}", got[key], value)
        elif (value is None) != (got[key] is None):
            yield f"{where}.{key}: {got[key]} instead of {value}"
        elif value is not None and abs(got[key] - value) > TOLERANCE * max(abs(value), 1e-9):
            yield f"{where}.{key}: {got[key]} instead of {value}"


def main():
    report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    settings = report["settings"]
    parts = []
    found = []
    for entry in report["inputs"]:
        samples = load(folder / pathlib.Path(entry["name"]).name)
        d = reference.valid_depths(samples, 1 / entry["scale"])
        if d.size != entry["valid"] or samples.size - d.size != entry["invalid"]:
            found.append(f"{entry['name']}: {entry['valid']} valid instead of {d.size}")
        parts.append(d)
    d = np.concatenate(parts)
    found += differences("distribution", report["distribution"], reference.distribution(d))
    for entry in report["ranges"]:
        how = {"bits": settings["bits"], "code": settings["code"], "policy": settings["policy"]}
        expected = reference.measure(d, entry["min"], entry["max"], **how)
        found += differences(f"ranges[{entry['name']}]", entry, expected)
    for metric, entry in report["best"].items():
        counted = how | {"policy": "count"}
        value = reference.measure(d, entry["min"], entry["max"], **counted)[metric]
        found += differences(f"best.{metric}", entry, {"value": value})
        # No end of a coarse grid over the data may beat the best one.
        sign = -1 if metric == "delta1" else 1
        for b in np.geomspace(max(entry["min"], 0) + 0.1 * d.max(), 1.3 * d.max(), 60):
            other = reference.measure(d, entry["min"], b, **counted)[metric]
            if sign * other < sign * entry["value"] * (1 - sign * 1e-4):
                found.append(f"best.{metric}: {entry['value']} at {entry['max']}, but {other} at {b}")
    for line in found[:20]:
        print(line)
    print(f"{len(report['inputs'])} files, {d.size} depths, {len(report['ranges'])} ranges: {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
