#!/usr/bin/env python3
"""Confirms a full report.json from the files it was made of: check_report.py REPORT.json FOLDER

FOLDER holds the inputs by the names that the report gives them, "gt/x.png", "fp32/x.npy", ... Every figure is computed from the
published formulas over the pixels of these files; none comes from another part of the report but the ranges, settings and
protocol that say what was asked for. Fails when a figure differs by more than one in a million. Needs numpy, scipy and Pillow.
"""

import json
import pathlib
import sys

import numpy as np
from scipy import stats

import make_calibrators
import make_codes
import reference
from recompute import load

RELATIVE = 1e-6
ABSOLUTE = 1e-9
# How far a search may stay behind a denser one, as a share of the cost. Over integer or few depths every cost has teeth, as steps meet
# whole millimetres; on smooth depths few near values alone make some, of rmse_log.
FEW_DEPTHS = 65536
TEETH = {"best": 1e-5, "optima": 1e-5}
SMOOTH = {"best": RELATIVE, "optima": 2e-5}
# The what-if curve is walked along as it is drawn, tooth by tooth.
WHAT_IF = 3e-3
NAMES = ["rmse", "abs_rel", "delta1", "delta2", "delta3", "mae", "bias", "sq_rel", "rmse_log", "log10", "silog", "irmse", "imae"]
HIGHER_IS_BETTER = {"delta1", "delta2", "delta3"}


class Checker:
    def __init__(self):
        self.wrong = []
        self.compared = {}

    def number(self, place, got, expected, relative=RELATIVE, absolute=ABSOLUTE):
        section = place.split(".")[0].split("[")[0]
        self.compared[section] = self.compared.get(section, 0) + 1
        if isinstance(expected, (str, bool, np.bool_)):
            if got != expected:
                self.wrong.append(f"{place}: {got!r} instead of {expected!r}")
            return
        exists = expected is not None and np.isfinite(expected)
        if exists != (got is not None):
            self.wrong.append(f"{place}: {got} instead of {expected}")
        elif exists and abs(got - expected) > relative * abs(expected) + absolute:
            self.wrong.append(f"{place}: {got!r} instead of {expected!r}")

    def entry(self, place, got, expected, **how):
        for key, value in expected.items():
            if key not in got:
                self.wrong.append(f"{place}.{key}: missing")
            elif isinstance(value, dict):
                self.entry(f"{place}.{key}", got[key], value, **how)
            else:
                self.number(f"{place}.{key}", got[key], value, **how)

    def holds(self, place, condition, sentence):
        section = place.split(".")[0].split("[")[0]
        self.compared[section] = self.compared.get(section, 0) + 1
        if not condition:
            self.wrong.append(f"{place}: {sentence}")


# Depths against codes.


class Depths:
    """Distinct depths with their pixels: a mean over pixels is a weighted mean over these."""

    def __init__(self, d):
        self.pixels = d
        self.u, self.w = np.unique(d, return_counts=True)
        self.w = self.w.astype(float)


def deviation(e, w):
    mean = np.average(e, weights=w)
    spread = np.average((e - mean) ** 2, weights=w)
    return 0.0 if spread < 1e-28 * np.max(e**2, initial=1e-300) else np.sqrt(spread)


def metrics(p, g, w, floor=reference.EVAL_MIN, lam=1.0, factor=1.0, square_by_square=False):
    mean = lambda x: np.average(x, weights=w)
    with np.errstate(all="ignore"):
        e = p - g
        r = p if floor is None else np.maximum(p, floor)
        log = np.log(r) - np.log(g)
        inverse = 1 / r - 1 / g
        ratio = np.maximum(r / g, g / r)
        near = [mean((ratio > 0) & (ratio < 1.25**k)) for k in (1, 2, 3)]
        silog = deviation(log, w) if lam == 1.0 else np.sqrt(mean(log**2) - lam * mean(log) ** 2)
        return {
            "abs_rel": mean(np.abs(e) / g),
            "sq_rel": mean(e**2 / g**2) if square_by_square else mean(e**2 / g),
            "rmse": np.sqrt(mean(e**2)),
            "mae": mean(np.abs(e)),
            "bias": mean(e),
            "rmse_log": np.sqrt(mean(log**2)),
            "log10": mean(np.abs(log)) / np.log(10),
            "silog": silog * factor,
            "irmse": 1e3 * np.sqrt(mean(inverse**2)),
            "imae": 1e3 * mean(np.abs(inverse)),
            "delta1": near[0],
            "delta2": near[1],
            "delta3": near[2],
        }


def uniform_ends(a, b, levels, zero_point):
    """Ends and step of the uniform code; with a zero point widened to 0, then shifted to an integer."""
    if not zero_point:
        return a, b, (b - a) / (levels - 1)
    low, high = min(a, 0.0), max(b, 0.0)
    step = (high - low) / (levels - 1)
    zero = np.clip(np.round(-low / step), 0, levels - 1)
    return -zero * step, (levels - 1 - zero) * step, step


def uniform(u, low, step, levels):
    return low + np.clip(np.round((u - low) / step), 0, levels - 1) * step


def outcome(depths, coded, low, high, policy):
    u, w = depths.u, depths.w
    total = w.sum()
    below, above = u < low, u > high
    outside = below | above
    error = np.abs(coded - u)
    out = {
        "count": total,
        "coverage": w[~outside].sum() / total,
        "below": w[below].sum() / total,
        "above": w[above].sum() / total,
        "far_coverage": w[u <= high].sum() / total,
    }
    for name, mask in [("clipped", outside), ("below", below), ("above", above)]:
        some = mask.any()
        out[f"{name}_mean_depth"] = np.average(u[mask], weights=w[mask]) if some else None
        out[f"{name}_mean_error"] = np.average(error[mask], weights=w[mask]) if some else None
        out[f"{name}_contribution"] = np.sqrt((w * error**2)[mask].sum() / total)
    keep = ~outside if policy == "exclude" else np.ones_like(outside)
    g = np.where(outside, coded, u) if policy == "clamp" else u
    out["measured"] = w[keep].sum()
    if not keep.any():
        return out | {name: None for name in NAMES + ["rmse_rounding", "rmse_clipping", "floored"]}
    inside_square = (w * error**2)[~outside].sum()
    outside_square = (w * error**2)[outside].sum() if policy == "count" else 0.0
    out["rmse_rounding"] = np.sqrt(inside_square / out["measured"])
    out["rmse_clipping"] = np.sqrt(outside_square / out["measured"])
    out["floored"] = np.average(coded[keep] < reference.EVAL_MIN, weights=w[keep])
    return out | metrics(coded[keep], g[keep], w[keep])


def uniform_outcome(depths, a, b, settings, bits=None, policy=None):
    levels = 2 ** (bits or settings["bits"])
    low, high, step = uniform_ends(a, b, levels, settings["code"] == "uniform, zero point")
    coded = uniform(depths.u, low, step, levels)
    place = {"effective_min": low, "effective_max": high, "step": step, "half_step": step / 2, "ideal_rmse": step / np.sqrt(12)}
    return place | outcome(depths, coded, low, high, policy or settings["policy"])


def check_depths(check, report, depths):
    settings = report["settings"]
    check.entry("distribution", report["distribution"], reference.distribution(depths.pixels))
    for entry in report["ranges"]:
        check.entry(f"ranges[{entry['name']}]", entry, uniform_outcome(depths, entry["min"], entry["max"], settings))
    for row in report.get("calibrators", []):
        check_calibrator(check, row, depths, settings)
    for row in report.get("bits", {}).get("rows", []):
        expected = uniform_outcome(depths, report["bits"]["min"], report["bits"]["max"], settings, bits=row["bits"])
        keys = NAMES + ["rmse_rounding", "rmse_clipping"]
        check.entry(f"bits[{row['bits']}]", row, {key: expected[key] for key in keys})
    for point in report.get("sweep", {}).get("points", []):
        expected = uniform_outcome(depths, report["sweep"]["min"], point["max"], settings)
        check.entry(f"sweep[{point['max']}]", point, {key: expected[key] for key in ["rmse", "rmse_rounding", "rmse_clipping"]})


METHODS = {}


def check_calibrator(check, row, depths, settings):
    if not METHODS:
        METHODS.update(make_calibrators.methods(depths.pixels, settings["bits"]))
    low, high = METHODS[row["name"]]
    place = f"calibrators[{row['name']}]"
    if "error" in row:
        check.holds(place, not high > low, f"[{low}, {high}] is a range, but the report says: {row['error']}")
        return
    check.entry(place, row, {"min": low, "max": high}, absolute=RELATIVE * high)
    check.entry(place, row, uniform_outcome(depths, row["min"], row["max"], settings))


# Codes.


def code_by_name(u, name, a, b, n, fitted):
    """The coded depths, and the ends where the code's own range is known."""
    if fitted is not None:
        return make_codes.nearest(u, fitted), None
    if name in ("uniform", "uniform, zero point", "INT16", "two channels, coarse and fine"):
        low, high, step = uniform_ends(a, b, n, name == "uniform, zero point")
        return uniform(u, low, step, n), (low, high)
    curves = {
        "logarithmic": (np.log, np.exp),
        "inverse depth": (lambda x: -1 / x, lambda t: -1 / t),
        "square root": (np.sqrt, np.square),
    }
    if name.startswith("power "):
        power = float(name.split()[1])
        curves[name] = (lambda x: np.sign(power) * x**power, lambda t: (np.sign(power) * t) ** (1 / power))
    if name.startswith("mu-law "):
        mu = float(name.split()[1])
        curves[name] = (lambda x: np.log1p(mu * (x - a) / (b - a)), lambda t: a + (b - a) * np.expm1(t) / mu)
    if name in curves:
        return make_codes.curved(u, a, b, n, *curves[name]), (a, b)
    fixed = {
        "piecewise 10/8/6 bits": lambda: (make_codes.pieces(u, [0.5, 3.0, 10.0, 15.0], [1024, 256, 64]), (0.5, 15.0)),
        "FP16": lambda: (u.astype(np.float16).astype(float), None),
        "bfloat16": lambda: (bfloat16(u), None),
        "FP8 E4M3": lambda: (make_codes.nearest(u, make_codes.float8(4, 3, 127)), None),
        "FP8 E5M2": lambda: (make_codes.nearest(u, make_codes.float8(5, 2, 124)), None),
    }
    return fixed[name]()


def bfloat16(u):
    """Eight significant bits, ties to even, without the way through single precision."""
    mantissa, exponent = np.frexp(u)
    return np.ldexp(np.round(mantissa * 256), exponent - 8)


def uniform_steps(low, high, n):
    step = (high - low) / (n - 1)
    return {str(m): step if low <= m <= high else None for m in [1, 2, 5, 10, 20]}


def least_square(depths, n):
    """The least squared error of any n values, by dynamic programming over every division of the distinct depths."""
    u, w = depths.u - depths.u.mean(), depths.w
    s0, s1, s2 = (np.concatenate([[0], np.cumsum(w * u**k)]) for k in range(3))
    i, j = np.meshgrid(np.arange(u.size + 1), np.arange(u.size + 1), indexing="ij")
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(i < j, s2[j] - s2[i] - (s1[j] - s1[i]) ** 2 / (s0[j] - s0[i]), np.inf)
    cost = np.ascontiguousarray(cost.T)
    error = cost[:, 0].copy()
    for _ in range(n - 1):
        error = np.minimum((error[None, :] + cost).min(axis=1), error)
    return np.sqrt(max(error[-1], 0.0) / w.sum())


def density(depths, weight):
    """The best density of values as its running integral over a histogram: cube root of the density times the weight."""
    d, n = depths.pixels, depths.pixels.size
    bins = int(np.floor(np.clip(4 * np.cbrt(n), 8, 1024)))
    share = np.arange(1, bins) / bins
    low, high = d.min(), d.max()
    edges = np.concatenate([np.quantile(d, share), low * (high / low) ** share])
    edges = np.sort(np.concatenate([edges[(edges > low) & (edges < high)], [low, high]]))
    kept = [edges[0]]
    for edge in edges[1:]:
        if edge - kept[-1] > 1e-12 * edge:
            kept.append(edge)
    edges = np.array(kept)
    counts, _ = np.histogram(d, edges)
    width = np.diff(edges)
    middle = (edges[1:] + edges[:-1]) / 2
    root = np.cbrt(counts / n / width * (weight(middle))) * width
    return edges, np.concatenate([[0], np.cumsum(root)])


def check_codes(check, report, depths):
    settings = report["settings"]
    for row in report.get("codes", []):
        place = f"codes[{row['name']}]"
        check.holds(place, "error" not in row, row.get("error"))
        if "error" in row:
            continue
        n, fitted = row["values"], row.get("fitted_values")
        coded, ends = code_by_name(depths.u, row["name"], row["min"], row["max"], n, fitted)
        if ends:
            check.entry(place, row, {"effective_min": ends[0], "effective_max": ends[1]})
        low, high = row["effective_min"], row["effective_max"]
        if row["name"].startswith(("uniform", "INT16", "two")):
            check.entry(place, row, {"steps": uniform_steps(low, high, n)})
        check.entry(place, row, {"bits": np.log2(n)} | outcome(depths, coded, low, high, settings["policy"]))
        if fitted is not None:
            check_fitted(check, place, row, depths)
    if "panter_dite_rmse" in report:
        _, integral = density(depths, np.ones_like)
        expected = np.sqrt(integral[-1] ** 3 / 12) / 2 ** settings["bits"]
        check.number("panter_dite_rmse", report["panter_dite_rmse"], expected)


def check_fitted(check, place, row, depths):
    values = np.array(row["fitted_values"])
    check.entry(place, row, {"values": values.size, "effective_min": depths.u[0], "effective_max": depths.u[-1]})
    steps = {}
    for m in [1, 2, 5, 10, 20]:
        after = np.searchsorted(values, m, side="right")
        steps[str(m)] = values[after] - values[after - 1] if 0 < after < values.size else None
    check.entry(place, row, {"steps": steps})
    if row["name"] != "Lloyd-Max":
        weight = np.ones_like if "RMSE" in row["name"] else lambda d: d**-2.0
        edges, integral = density(depths, weight)
        share = (np.arange(values.size) + 0.5) / values.size
        expected = np.interp(share * integral[-1], integral, edges)
        worst = np.max(np.abs(values - expected) / expected)
        check.holds(place, worst < RELATIVE, f"a value is off its density by {worst} of itself")
    elif depths.u.size <= 4096:
        check.number(f"{place}.rmse", row["rmse"], least_square(depths, values.size), absolute=1e-7)
    else:
        # Too many depths to try every division: another repair of both of Lloyd's conditions must gain nothing.
        cell = np.searchsorted((values[1:] + values[:-1]) / 2, depths.u)
        means = np.bincount(cell, depths.w * depths.u) / np.bincount(cell, depths.w)
        again = outcome(depths, make_codes.nearest(depths.u, means), depths.u[0], depths.u[-1], "count")
        check.holds(place, again["rmse"] > row["rmse"] * (1 - RELATIVE), "a repair of Lloyd's conditions still gains")


# The best ranges: nothing on a dense grid, nor close by, may beat them.


def cost(name, value):
    return -value if name in HIGHER_IS_BETTER else abs(value)


def check_best(check, report, depths):
    slack = TEETH if depths.u.size < FEW_DEPTHS else SMOOTH
    settings = report["settings"] | {"policy": "count"}
    far = depths.u[-1] + (depths.u[-1] - depths.u[0]) / 3
    at = lambda a, b: uniform_outcome(depths, a, b, settings)
    found = [(("best", name), entry) for name, entry in report.get("best", {}).items()]
    optima = report.get("optima", {})
    found += [(("optima", name), entry) for name, entry in optima.items() if name in NAMES]
    if optima:
        check.holds("optima", optima["clipping_weight"] == 1.0, "the weight of clipping is not 1: these cannot be checked here")
    # Many depths cost much, and have no teeth to search between.
    fine = 1 if slack is TEETH else 2
    trials = {"best": [], "optima": []}
    if "best" in report:
        start = report["best"]["rmse"]["min"]
        trials["best"] = [at(start, b) for b in np.geomspace(start + 0.02 * far, far, 1500 // fine**2)]
    if optima:
        starts = np.concatenate([[0.0], np.linspace(0.5 * depths.u[0], np.quantile(depths.pixels, 0.9), 40 // fine)])
        ends = np.linspace(np.quantile(depths.pixels, 0.2), far, 80 // fine)
        trials["optima"] = [at(a, b) for a in starts for b in ends if b > a + 1e-3]
    generator = np.random.default_rng(1)
    for (section, name), entry in found:
        place = f"{section}.{name}"
        own = at(entry["min"], entry["max"])
        check.number(f"{place}.value", entry["value"], own[name])
        for other, value in entry.get("values", {}).items():
            check.number(f"{place}.values.{other}", value, own[other])
        width = entry["max"] - entry["min"]
        nearby = []
        for scale in np.geomspace(1e-6, 0.05, 60 // fine**2):
            for move in generator.uniform(-1, 1, (4, 2)) * scale * width:
                a = entry["min"] if section == "best" else max(entry["min"] + move[0], 0.0)
                nearby.append(at(a, entry["max"] + move[1]))
        best = min(cost(name, t[name]) for t in trials[section] + nearby)
        least = cost(name, entry["value"])
        gain = (least - best) / max(abs(least), 1e-3)
        check.holds(place, gain <= slack[section], f"{entry['value']} at [{entry['min']}, {entry['max']}] is beaten by {gain:.3g} of itself")
        check.gains = max(getattr(check, "gains", 0.0), gain)


# Predictions against ground truth.


def crop_window(crop, width, height):
    if crop == "nyu":
        return 45 * height // 480, 471 * height // 480, 41 * width // 640, 601 * width // 640
    shares = {
        "none": [0.0, 1.0, 0.0, 1.0],
        "eigen": [0.3324324, 0.91351351, 0.0359477, 0.96405229],
        "garg": [0.40810811, 0.99189189, 0.03594771, 0.96405229],
    }[crop]
    sizes = [height, height, width, width]
    return [int(share * size) for share, size in zip(shares, sizes)]


def fill_background(p):
    """interpolateBackground of the KITTI kit."""
    p = p.copy()
    valid = np.isfinite(p) & (p > 0)
    for row in range(p.shape[0]):
        at = np.flatnonzero(valid[row])
        for left, right in zip(at, at[1:]):
            p[row, left + 1 : right] = min(p[row, left], p[row, right])
        if at.size:
            p[row, : at[0]] = p[row, at[0]]
            p[row, at[-1] + 1 :] = p[row, at[-1]]
    for column in range(p.shape[1]):
        at = np.flatnonzero(np.isfinite(p[:, column]) & (p[:, column] > 0))
        if at.size:
            p[: at[0], column] = p[at[0], column]
            p[at[-1] + 1 :, column] = p[at[-1], column]
    return p


def fill(p, protocol):
    if protocol["fill"] == "background":
        return fill_background(p)
    if protocol["fill"] == "clamp ends":
        ends = protocol["clamp"]
        return np.nan_to_num(p, nan=ends["min"], neginf=ends["min"], posinf=ends["max"])
    return p


def fit(protocol, g, p):
    alignment = protocol["alignment"]
    if alignment == "median scale":
        return np.median(g) / np.median(p), 0.0
    if alignment == "least squares":
        return np.polyfit(p, g, 1)
    if alignment == "fixed":
        return protocol["fixed"]["scale"], protocol["fixed"]["shift"]
    return 1.0, 0.0


class Frame:
    """The pixels of a frame that count, aligned, before the clamp."""

    def __init__(self, g, f, q, protocol):
        self.raw_q = q
        self.raw = tuple(map.tobytes() for map in (g, f, q))
        f, q = fill(f, protocol), fill(q, protocol)
        window = protocol["window"]
        top, bottom, left, right = crop_window(protocol["crop"], g.shape[1], g.shape[0])
        with np.errstate(invalid="ignore"):
            far = np.inf if window["max"] is None else window["max"]
            inside = (g >= window["min"]) & (g <= far) if window["ends_count"] else (g > window["min"]) & (g < far)
        keep = np.zeros(g.shape, bool)
        keep[top:bottom, left:right] = True
        keep &= inside & (g > 0) & np.isfinite(g) & np.isfinite(f) & np.isfinite(q)
        self.keep = keep
        self.scale_f = fit(protocol, g[keep], f[keep])
        self.scale_q = self.scale_f if protocol["frozen"] else fit(protocol, g[keep], q[keep])
        align = lambda map, by: np.where(keep, by[0] * map + by[1], np.nan)
        self.map_g, self.map_f, self.map_q = np.where(keep, g, np.nan), align(f, self.scale_f), align(q, self.scale_q)
        self.g, self.f, self.q = self.map_g[keep], self.map_f[keep], self.map_q[keep]


def clamped(p, protocol):
    ends = protocol["clamp"]
    return p if ends is None else np.clip(p, ends["min"], ends["max"])


def evaluated(p, g, protocol):
    p = clamped(p, protocol)
    how = {"floor": protocol["floor"], "lam": protocol["silog_lambda"], "factor": protocol["silog_factor"]}
    return metrics(p, g, np.ones_like(g), square_by_square=protocol["sq_rel"] == "depth squared", **how)


def check_metrics(check, section, frames, protocol):
    all_of = lambda key: np.concatenate([getattr(frame, key) for frame in frames])
    g = all_of("g")
    for role, key in [("fp32", "f"), ("int8", "q")]:
        p = all_of(key)
        expected = {"count": g.size, "pooled": evaluated(p, g, protocol)}
        floor = -np.inf if protocol["floor"] is None else protocol["floor"]
        expected["floored"] = np.mean(clamped(p, protocol) < floor)
        each = [evaluated(getattr(frame, key), frame.g, protocol) for frame in frames]
        expected["per_frame"] = {name: np.mean([m[name] for m in each]) for name in NAMES}
        check.entry(f"metrics.{role}", section[role], expected)
        infinite = [name for name in NAMES if np.isinf(expected["pooled"][name])]
        check.holds(f"metrics.{role}.infinite", section[role].get("infinite", []) == infinite, f"{infinite} are infinite")
    check.number("metrics.frames", section["frames"], len(frames))
    check_changes(check, section, frames, protocol)
    check_ratios(check, section, frames, protocol)


def splitmix(seed, n):
    """SplitMix64 of Steele, Lea and Flood 2014, as numbers below n by the high half of a product."""
    mask = (1 << 64) - 1
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield ((z ^ (z >> 31)) * n) >> 64


def frame_sums(p, g, protocol):
    """Sums over a frame from which pooled metrics follow."""
    with np.errstate(all="ignore"):
        p = clamped(p, protocol)
        e = p - g
        r = p if protocol["floor"] is None else np.maximum(p, protocol["floor"])
        log, inverse, ratio = np.log(r) - np.log(g), 1 / r - 1 / g, np.maximum(r / g, g / r)
        by = g**2 if protocol["sq_rel"] == "depth squared" else g
        terms = [np.ones_like(g), e**2, np.abs(e) / g, *((ratio > 0) & (ratio < 1.25**k) for k in (1, 2, 3))]
        terms += [np.abs(e), e, e**2 / by, log**2, np.abs(log) / np.log(10), log, inverse**2, np.abs(inverse)]
        return np.array([np.sum(term) for term in terms])


def pooled(sums, protocol):
    with np.errstate(all="ignore"):
        m = sums[..., 1:] / sums[..., :1]
        spread = m[..., 8] - protocol["silog_lambda"] * m[..., 10] ** 2
        silog = np.sqrt(np.maximum(spread, 0) if protocol["silog_lambda"] == 1 else spread) * protocol["silog_factor"]
        columns = [np.sqrt(m[..., 0]), *(m[..., k] for k in range(1, 8)), np.sqrt(m[..., 8]), m[..., 9], silog]
        return np.stack([*columns, 1e3 * np.sqrt(m[..., 11]), 1e3 * m[..., 12]], axis=-1)


def cautious(rho, n):
    """A lag-one autocorrelation without the bias of Kendall 1954, half a standard error higher, from 0 to 0.95."""
    rho = (n * rho + 1) / max(n - 3, 1)
    return float(np.clip(rho + 0.5 * np.sqrt(max(1 - rho**2, 0) / n), 0, 0.95))


def student(freedom):
    """The 97.5th percentile by Abramowitz and Stegun 26.7.5, as the program computes it."""
    z = stats.norm.ppf(0.975)
    terms = [
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    ]
    quantile = z + sum(term / freedom ** (k + 1) for k, term in enumerate(terms))
    assert abs(quantile / stats.t.ppf(0.975, freedom) - 1) < 2e-3
    return quantile


def run_length(rho, n):
    """Politis and White 2004 for the circular bootstrap of a first-order autoregression; a tenth of the frames at most."""
    ratio = 2 * rho / (1 - rho**2)
    return int(np.clip(np.ceil(np.cbrt(1.5 * ratio**2 * n)), 1, max(n // 10, 1)))


def effective_frames(rho, n):
    at = np.arange(n)
    return n**2 / np.sum(rho ** np.abs(at[:, None] - at))


def widening(rho, n, run):
    """The true standard error over that of a bootstrap of runs, from the matrix of all correlations, times Student's quantile."""
    at = np.arange(n)
    matrix = rho ** np.abs(at[:, None] - at)
    variance = matrix.sum() / n
    runs = [(first + np.arange(run)) % n for first in at]
    expected = (np.mean([matrix[np.ix_(drawn, drawn)].sum() for drawn in runs]) - run**2 * variance / n) / run
    freedom = max(n / max(variance, run) - 1, 3)
    return np.sqrt(variance / expected) * student(freedom) / stats.norm.ppf(0.975)


def pixel_terms(p, g, protocol):
    """What each metric averages at every pixel, and the logarithms."""
    p = clamped(p, protocol)
    r = p if protocol["floor"] is None else np.maximum(p, protocol["floor"])
    e, log, inverse = p - g, np.log(r) - np.log(g), 1 / r - 1 / g
    by = g**2 if protocol["sq_rel"] == "depth squared" else g
    terms = {"rmse": e**2, "abs_rel": np.abs(e) / g, "mae": np.abs(e), "bias": e, "sq_rel": e**2 / by, "rmse_log": log**2}
    terms |= {"log10": np.abs(log), "silog": log**2, "irmse": inverse**2, "imae": np.abs(inverse)}
    return terms, log


def change_parts(name, pairs, protocol):
    """Size and change of every pixel as parts of the change of a metric over these pixels: of F and G, and of Q and G."""
    (f, g), (q, _) = pairs
    (terms_f, log_f), (terms_q, log_q) = pixel_terms(f, g, protocol), pixel_terms(q, g, protocol)
    change = terms_q[name] - terms_f[name]
    if name not in ("rmse", "rmse_log", "irmse", "silog"):
        return np.abs(change) / g.size, change / g.size
    lam = protocol["silog_lambda"] if name == "silog" else 0
    if lam == 0:
        log_f, log_q = np.zeros_like(g), np.zeros_like(g)
    roots = sum(np.sqrt(max(np.mean(t[name]) - lam * np.mean(log) ** 2, 0)) for t, log in [(terms_f, log_f), (terms_q, log_q)])
    part = change - lam * (np.mean(log_f) + np.mean(log_q)) * (log_q - log_f)
    return np.abs(change) / g.size / roots, part / g.size / roots


def check_few_pixels(check, change, frames, protocol, average):
    """The share of a change that the largest 0.01 % of the pixels carry. The report counts pixels in bins, and leaves out small changes."""
    name, g = change["metric"], np.concatenate([frame.g for frame in frames])
    if name.startswith("delta"):
        check.holds(f"metrics.changes[{name}].few_pixels", "few_pixels" not in change, "pixels of a share count alike")
        return
    with np.errstate(all="ignore"):
        if average == "pooled":
            pairs = [(np.concatenate([getattr(frame, key) for frame in frames]), g) for key in "fq"]
            size, part = change_parts(name, pairs, protocol)
        else:
            parts = [change_parts(name, [(frame.f, frame.g), (frame.q, frame.g)], protocol) for frame in frames]
            size, part = (np.concatenate(column) for column in zip(*parts))
        few, whole = int(1e-4 * g.size), part.sum()
    if few < 1 or not np.isfinite(whole) or not np.any(part):
        check.holds(f"metrics.changes[{name}].few_pixels", "few_pixels" not in change, "few pixels of nothing")
        return
    got = change["few_pixels"]
    exact = part[np.argsort(-size)[:few]].sum() / whole
    bound = 0.032 * np.abs(part).sum() / abs(whole) + 0.2 * abs(exact)
    check.holds(f"metrics.changes[{name}].few_pixels", abs(got["share"] - exact) <= bound, f"{got} for {exact} to {bound}")
    check.number(f"metrics.changes[{name}].few_pixels.of", got["of"], g.size)


def check_changes(check, section, frames, protocol):
    how = section["resampling"]
    # Copies are drawn with their originals.
    names = {}
    member = np.array([names.setdefault(frame.raw, len(names)) for frame in frames])
    n = len(names)
    check.number("metrics.resampling.frames", how["frames"], n)
    check.number("metrics.resampling.copies", how["copies"], len(frames) - n)
    sums = [np.array([frame_sums(getattr(frame, key), frame.g, protocol) for frame in frames]) for key in "fq"]
    each = [np.array([list(map(evaluated(getattr(frame, key), frame.g, protocol).get, NAMES)) for frame in frames]) for key in "fq"]
    joined = lambda rows: np.array([rows[member == k].sum(axis=0) for k in range(n)])
    with np.errstate(invalid="ignore"):
        weights, sums, each = np.bincount(member), list(map(joined, sums)), list(map(joined, each))
    averages = lambda of: (
        (lambda drawn: pooled(sums[of][drawn].sum(axis=-2), protocol))
        if how["average"] == "pooled"
        else (lambda drawn: each[of][drawn].sum(axis=-2) / weights[drawn].sum(axis=-1)[..., None])
    )
    everything = np.arange(n)
    fp32, int8 = averages(0)(everything), averages(1)(everything)
    numbers = splitmix(how["seed"], n)
    draws = []
    for _ in range(how["replicates"]):
        drawn = []
        while len(drawn) < n:
            first = next(numbers)
            drawn += [(first + k) % n for k in range(min(how["run"], n - len(drawn)))]
        draws.append(drawn)
    draws = np.array(draws)
    others = np.array([np.delete(everything, k) for k in everything])
    with np.errstate(invalid="ignore"):
        differences = averages(1)(draws) - averages(0)(draws)
        contributions = (n - 1) * (int8 - fp32 - (averages(1)(others) - averages(0)(others)))
    runs = [1]
    for k, name in enumerate(NAMES):
        change = next(c for c in section["changes"] if c["metric"] == name)
        place = f"metrics.changes[{name}]"
        with np.errstate(invalid="ignore"):
            check.entry(place, change, {"fp32": fp32[k], "int8": int8[k], "difference": int8[k] - fp32[k]})
        check_few_pixels(check, change, frames, protocol, how["average"])
        about = contributions[:, k] - contributions[:, k].mean()
        if n < 10:
            check.number(f"{place}.verdict", change["verdict"], "too few frames")
            continue
        # Where no frame changes at all, there is no correlation but that of rounding.
        neighbours = None
        with np.errstate(invalid="ignore"):
            if np.abs(contributions[:, k]).max() > 1e-9 * (abs(fp32[k]) + abs(int8[k])):
                neighbours = np.sum(about[1:] * about[:-1]) / np.sum(about**2)
        check.number(f"{place}.neighbours", change["neighbours"], neighbours, absolute=1e-5)
        rho = cautious(neighbours or 0, n)
        if neighbours is not None:
            runs.append(run_length(rho, n))
            check.number(f"{place}.effective_frames", change["effective_frames"], effective_frames(rho, n), absolute=1e-2)
        if not np.isfinite(differences[:, k]).all():
            check.number(f"{place}.verdict", change["verdict"], "not finite")
            continue
        difference = int8[k] - fp32[k]
        low, high = difference + widening(rho, n, how["run"]) * (np.quantile(differences[:, k], [0.025, 0.975]) - difference)
        low, high = min(low, difference), max(high, difference)
        size = abs(fp32[k])
        for got, expected in zip(change["interval"], [low, high]):
            check.number(f"{place}.interval", got, expected, absolute=max(ABSOLUTE, 1e-9 * size))
        low, high = change["interval"]
        check.number(f"{place}.verdict", change["verdict"], "may be chance" if low <= 0 <= high else "real")
    if n >= 10:
        check.number("metrics.resampling.run", how["run"], max(runs))


def check_ratios(check, section, frames, protocol):
    """The ratios of medians as monodepth2 prints them."""
    if protocol["alignment"] != "median scale":
        check.holds("metrics.scaling_ratios", "scaling_ratios" not in section, "present without a median scale")
        return
    for role, key in [("fp32", "scale_f"), ("int8", "scale_q")]:
        ratios = np.array([getattr(frame, key)[0] for frame in frames])
        median = np.median(ratios)
        check.entry(f"metrics.scaling_ratios.{role}", section["scaling_ratios"][role], {"median": median, "std": np.std(ratios / median)})


def check_board(check, section, frames, protocol):
    g = np.concatenate([frame.g for frame in frames])
    p = np.concatenate([frame.q for frame in frames])
    each = [evaluated(frame.q, frame.g, protocol) for frame in frames]
    per_frame = {name: np.mean([m[name] for m in each]) for name in NAMES}
    check.entry("metrics.board", section["board"], {"count": g.size, "pooled": evaluated(p, g, protocol), "per_frame": per_frame})


# Units of files, per metre.
UNITS = [256, 1000, 5000, 10_000]
SINGLE = np.finfo(np.float32).eps

# Depth to position, and back. Positions rise with precision lost: depth, inverse depth, minus log depth.
QUANTITIES = {
    "depth": (lambda d: d, lambda p: p, lambda d: np.ones_like(d)),
    "inverse depth": (lambda d: 1 / d, lambda p: 1 / p, lambda d: d**-2),
    "log depth": (lambda d: -np.log(d), lambda p: np.exp(-p), lambda d: 1 / d),
}


def stored_spacing(u):
    """Distance between neighbouring values of the file at each value; zero for single precision and better."""
    for unit in UNITS:
        if np.all(np.abs(u * unit - np.round(u * unit)) <= np.clip(2 * SINGLE * np.abs(u * unit), 1e-9, 0.05)):
            return np.full(u.shape, 1 / unit)
    if np.all(u.astype(np.float16).astype(float) == u):
        return np.spacing(np.abs(u).astype(np.float16)).astype(float)
    return np.zeros(u.shape)


def line_of(index, at, spacing, step):
    weight = 1 / (1 + (spacing / (0.01 * step)) ** 2)
    k, p = index - np.average(index, weights=weight), at - np.average(at, weights=weight)
    step = np.sum(weight * k * p) / np.sum(weight * k * k)
    return step, np.average(at, weights=weight) - step * np.average(index, weights=weight)


def fit_of(at, spacing, is_depth):
    """The most significant line through positions: chance, step, start, largest distance in steps."""
    best = None
    parts = [at.size] if spacing[0] == spacing[-1] else [n for n in (at.size >> k for k in range(4)) if n >= 4]
    for n in parts:
        gaps = np.diff(at[:n])
        for base in [gaps[gaps < 1.25 * gaps.min()].mean(), np.sort(gaps)[gaps.size // 2], gaps.mean()]:
            for divisor in range(1, 9):
                step = base / divisor
                steps = (at[-1] - at[0]) / step
                if not 0 < steps <= 65535:
                    continue
                ignored = is_depth and np.abs(at).max() < 255.5 * step and at.size >= 32 and 2 * at.size > steps
                kept = np.full(at.shape, True) if ignored else spacing < 0.5 * step
                if kept.sum() < 4:
                    continue
                x, u = at[kept], spacing[kept]
                index = np.zeros(x.size)
                for k in range(1, x.size):
                    index[k] = np.round((x[k] - x[0]) / step)
                    if index[k] > 0:
                        step = (x[k] - x[0]) / index[k]
                if index[-1] <= 0:
                    continue
                for _ in range(4):
                    step, start = line_of(index, x, u, step)
                    index = np.round((x - start) / step)
                apart = np.abs((x - start) / step - index)
                u = u / step
                log = lambda chance: np.sum(np.log10(np.clip(chance, 1e-9, 1))) * (x.size - 2) / x.size
                excess = max(np.max(apart - u / 2), 0)
                chances = []
                if apart.max() <= 0.2:
                    chances.append(log(2 * apart.max() + (0 if ignored else u) + 0 * u))
                if np.any(u > 0) and excess <= 0.2:
                    chances.append(log(2 * (excess + u)))
                if chances:
                    chance = min(chances) + np.log10(24 * max(steps, 1))
                    if best is None or chance < best[0]:
                        best = chance, step, start, apart.max()
    return best if best and best[0] <= -6 else None


def grid_of(maps):
    """The equally spaced values that maps lie on: step and start by least squares, and what follows from them."""
    values = np.concatenate([m[np.isfinite(m)].ravel() for m in maps])
    all_values, all_counts = np.unique(values, return_counts=True)
    spacing_m = stored_spacing(all_values)
    best = None
    for name, (position, depth, slope) in QUANTITIES.items():
        u, w, spacing = all_values, all_counts.astype(float), spacing_m
        if name != "depth":
            if u[0] < 0:
                continue
            u, w, spacing = (part[u > 0][::-1] for part in (u, w, spacing))
        at, spacing = position(u), spacing * slope(u)
        largest = max(np.abs(at).max(initial=0), 1.0 if name == "log depth" else 0.0)
        first = np.flatnonzero(np.concatenate([[True], np.diff(at) > 4 * SINGLE * largest]))
        at, w, spacing = at[first], np.add.reduceat(w, first), spacing[first]
        fit = fit_of(at, spacing, name == "depth") if at.size >= 4 else None
        if fit and (best is None or fit[0] + 6 <= best[1][0]):
            best = name, fit, at, w
        if best and best[0] == "depth" and best[1][3] <= 0.01:
            break
    if best is None:
        return None
    name, (chance, step, start, residual), at, w = best
    depth, slope = QUANTITIES[name][1:]
    index = np.round((at - start) / step)
    w = np.bincount((index - index[0]).astype(int), weights=w)
    codes = np.flatnonzero(w)
    start, steps = start + index[0] * step, int(codes[-1])
    if name != "depth":
        if steps > 255:
            return None
        # From the smallest depth on.
        codes, w, start, step = steps - codes[::-1], w[::-1], start + steps * step, -step
    w = w[codes]
    zero = np.nan if name == "log depth" else -start / step
    beside = lambda end, other: w[other] if abs(codes[end] - codes[other]) == 1 else 0.0
    saturates = lambda end, other: bool(w[end] > 3 * beside(end, other) and w[end] > 1e-3 * w.sum())
    on_grid = abs(zero - np.round(zero)) <= min(0.2, 0.02 + residual) and abs(zero) <= 65535
    steps_m = abs(step) / slope(depth(start + codes * step))
    return {
        "quantity": name,
        "quantity_step": abs(step),
        "step": np.sqrt(np.average(steps_m**2, weights=w)),
        "step_at_min": steps_m[0],
        "step_at_max": steps_m[-1],
        "min": depth(start),
        "max": depth(start + steps * step),
        "steps": steps,
        "used_codes": codes.size,
        "empty_codes": steps + 1 - codes.size,
        "bits": steps.bit_length(),
        "at_min": w[0] / w.sum(),
        "at_max": w[-1] / w.sum(),
        "saturates_at_min": saturates(0, 1),
        "saturates_at_max": saturates(-1, -2),
        "zero_at": int(np.round(zero)) if on_grid else None,
        "confidence": 1 - 10**chance,
    }, {"residual": residual, "log10_chance": chance}, (start, step)


def coded_on(grid, p, by):
    """A prediction on a grid that was aligned as Q was, clipped where the maps saturate."""
    facts, _, (start, step) = grid
    position, depth, _ = QUANTITIES[facts["quantity"]]
    index = np.round((position((p - by[1]) / by[0]) - start) / step)
    if facts["quantity"] == "inverse depth":
        index = np.minimum(index, np.floor(-start / step - max(1e-3, grid[1]["residual"])))
    index = np.maximum(index, 0) if facts["saturates_at_min"] else index
    index = np.minimum(index, facts["steps"]) if facts["saturates_at_max"] else index
    return by[0] * depth(start + index * step) + by[1]


def check_budget(check, section, frames, protocol):
    all_of = lambda key: np.concatenate([getattr(frame, key) for frame in frames])
    g, fp32, int8 = all_of("g"), all_of("f"), all_of("q")
    f, q = fp32 - g, int8 - fp32
    slope, intercept = np.polyfit(fp32, int8, 1)
    mse_fp32, mse_quant = np.mean(f**2), np.mean(q**2)
    scale_square = (slope - 1) ** 2 * np.var(fp32)
    about = q - q.mean()
    grids = [(frame, grid_of([frame.raw_q])) for frame in frames]
    known = [(frame, grid) for frame, grid in grids if grid]
    expected = {
        "count": g.size,
        "mse_fp32": mse_fp32,
        "mse_quant": mse_quant,
        "cross": 2 * np.mean(f * q),
        "mse_int8": np.mean((int8 - g) ** 2),
        "rmse_fp32": np.sqrt(mse_fp32),
        "rmse_int8": np.sqrt(np.mean((int8 - g) ** 2)),
        "rms_quant": np.sqrt(mse_quant),
        "bias": q.mean(),
        "bias_square": q.mean() ** 2,
        "scale_square": scale_square,
        "slope": slope,
        "intercept": intercept,
        "rmse_recalibrated": np.sqrt(np.mean(((int8 - intercept) / slope - g) ** 2)) if slope >= 0.1 else None,
        "std": q.std(),
        "skew": np.mean(about**3) / q.std() ** 3,
        "kurtosis": np.mean(about**4) / q.std() ** 4,
        "sqnr_db": 20 * np.log10(np.sqrt(np.mean(fp32**2)) / np.sqrt(mse_quant)),
        "cosine": np.sum(fp32 * int8) / np.sqrt(np.sum(fp32**2) * np.sum(int8**2)),
        "correlation": np.corrcoef(f, q)[0, 1],
    }
    output = None
    if known:
        coded = np.concatenate([coded_on(grid, frame.f, frame.scale_q) for frame, grid in known])
        fp32, int8, g = (np.concatenate([getattr(frame, key) for frame, _ in known]) for key in "fqg")
        output = np.mean((coded - fp32) ** 2)
        expected["mse_output_code"] = output
        expected["output_share"] = output / np.mean((int8 - fp32) ** 2)
        expected["output_covered"] = g.size / expected["count"]
        expected["rmse_output_code"] = np.sqrt(np.mean((coded - g) ** 2))
    expected["random"] = mse_quant - (output or 0.0) - expected["bias_square"] - scale_square
    check.entry("budget", section, expected, absolute=1e-12)
    set_grid = grid_of([frame.raw_q for frame in frames])
    check.holds("grid", (set_grid is None) == ("grid" not in section), "found by one and not by the other")
    if set_grid:
        check.entry("grid", section["grid"], set_grid[0])
        # What single precision left of a grid is known to a few digits.
        check.entry("grid", section["grid"], set_grid[1], relative=1e-3, absolute=1e-6)
    if "predictions" in section:
        scale = protocol["fixed"]["scale"] if protocol["alignment"] == "fixed" else 1.0
        step = set_grid[0]["step"] * scale
        squares = {"independent": mse_quant, "output_only": output, "ideal_step": step**2 / 12, "half_step": step**2 / 4}
        predicted = {name: None if square is None else np.sqrt(mse_fp32 + square) for name, square in squares.items()}
        check.entry("budget.predictions", section["predictions"], predicted)


def signed(e):
    if e.size == 0:
        return {"bias": None, "spread": None, "rms": None}
    return {"bias": e.mean(), "spread": e.std(), "rms": np.sqrt(np.mean(e**2))}


def check_bands(check, report, frames):
    g, fp32, int8 = (np.concatenate([getattr(frame, key) for frame in frames]) for key in "gfq")
    errors = {"f": fp32 - g, "q": int8 - fp32, "total": int8 - g}
    check.number("bands.count", sum(band["count"] for band in report["bands"]), g.size)
    for k, band in enumerate(report["bands"]):
        far = np.inf if band["to"] is None else band["to"]
        inside = (g >= band["from"]) & (g < far)
        expected = {"count": inside.sum(), "share": inside.mean()}
        for name, e in errors.items():
            expected[name] = signed(e[inside])
            expected[f"share_of_{name}"] = np.sum(e[inside] ** 2) / np.sum(e**2) if np.any(e) else 0.0
        check.entry(f"bands[{k}]", band, expected)
    check.number("depth_curve.count", sum(b["count"] for b in report["depth_curve"]), g.size)
    for k, row in enumerate(report["depth_curve"]):
        inside = (g >= row["from"]) & (g < row["to"])
        check.number(f"depth_curve[{k}].count", row["count"], inside.sum())
        for name in ["f", "q"]:
            e = errors[name][inside]
            check.entry(f"depth_curve[{k}].{name}", row[name], {"bias": e.mean(), "spread": e.std()})
            for percent, got in row[name]["quantiles"].items():
                # The errors about a quantile are read off bins a sixteenth of the error wide.
                low, exact, high = (np.percentile(e, float(percent), method=m) for m in ["lower", "linear", "higher"])
                part = (exact - low) / (high - low) if high > low else 0
                bound = (abs(low) * (1 - part) + abs(high) * part) / 16 + 2e-6
                check.holds(f"depth_curve[{k}].{name}.quantiles", abs(got - exact) <= bound, f"{percent} %: {got} for {exact}")


def neighbours(frame, grid):
    """Counts for banding, and the alternating part of 2 x 2 squares."""
    f, q = frame.map_f, frame.map_q
    coded = None if grid is None else coded_on(grid, f, frame.scale_q)
    pairs = flat = by_code = 0
    for a, b in [(np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])]:
        with np.errstate(invalid="ignore"):
            differs = np.abs(f[a] - f[b]) > 0
        pairs += differs.sum()
        flat += (differs & (q[a] == q[b])).sum()
        by_code += 0 if coded is None else (differs & (coded[a] == coded[b])).sum()
    height, width = (size // 2 * 2 for size in f.shape)
    squares = lambda m: [m[i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)]
    q4, f4 = squares(q - f), squares(f - frame.map_g)
    odd = lambda m: (m[0] - m[1] - m[2] + m[3]) / 2
    used = np.isfinite(odd(q4)) & np.isfinite(odd(f4))
    alternating_q, alternating_f = odd(q4)[used], odd(f4)[used]
    energy = sum(np.sum(m[used] ** 2) for m in q4)
    terms = [pairs, flat, by_code, used.sum(), np.sum(alternating_q**2), alternating_q.sum(), np.sum(alternating_f**2), energy]
    return np.array(terms, dtype=float)


def scores(terms):
    pairs, flat, by_code, blocks, square_q, sum_q, square_f, energy = terms
    over = lambda part, whole: part / whole if whole > 0 else None
    return {
        "banding": over(flat, pairs),
        "banding_by_code": over(by_code, pairs),
        "checkerboard": over(square_q, square_f),
        "alternating_share": over(square_q, energy),
        "coherence": over(sum_q**2, blocks * square_q),
    }


def check_frames(check, report, frames, names):
    total = np.zeros(8)
    for row in report["frames"]:
        frame = frames[row["frame"]]
        check.number(f"frames[{row['frame']}].name", row["name"], names[row["frame"]])
        grid = grid_of([frame.raw_q])
        terms = neighbours(frame, grid)
        total += terms
        rms = lambda e: np.sqrt(np.mean(e**2))
        expected = {
            "count": frame.g.size,
            "rmse_fp32": rms(frame.f - frame.g),
            "rmse_int8": rms(frame.q - frame.g),
            "change": rms(frame.q - frame.g) - rms(frame.f - frame.g),
            "rms_q": rms(frame.q - frame.f),
            "bias": np.mean(frame.q - frame.f),
        }
        check.entry(f"frames[{row['frame']}]", row, expected | scores(terms))
    check.number("frames", len(report["frames"]), len(frames))
    check.entry("artefacts", report["artefacts"], scores(total))


def check_places(check, section, frames):
    rows, columns = section["rows"], section["columns"]
    parts = {"border": [], "centre": []}
    cells = []
    for frame in frames:
        height, width = frame.keep.shape
        y, x = np.nonzero(frame.keep)
        edge = lambda at, size: np.abs((at + 0.5) / size - 0.5) > 0.5 - 1 / 16
        border = edge(x, width) | edge(y, height)
        triple = np.stack([frame.f - frame.g, frame.q - frame.f, frame.q - frame.g])
        parts["border"].append(triple[:, border])
        parts["centre"].append(triple[:, ~border])
        cells.append((y * rows // height * columns + x * columns // width, triple))
    for name, triples in parts.items():
        e = np.concatenate(triples, axis=1)
        expected = {"count": e.shape[1]} | {key: signed(e[k]) for k, key in enumerate(["f", "q", "total"])}
        check.entry(f"places.{name}", section[name], expected)
    squares = [np.mean(np.concatenate(parts[name], axis=1)[1] ** 2) for name in ["border", "centre"]]
    check.number("places.border_ratio", section["border_ratio"], squares[0] / squares[1])
    at = np.concatenate([cell for cell, _ in cells])
    e = np.concatenate([triple for _, triple in cells], axis=1)
    count = np.bincount(at, minlength=rows * columns)
    for k, key in enumerate(["f", "q"]):
        with np.errstate(invalid="ignore", divide="ignore"):
            bias = np.bincount(at, e[k], minlength=rows * columns) / count
        for cell in range(rows * columns):
            check.number(f"places.counts[{cell}]", section["counts"][cell], count[cell])
            check.number(f"places.bias_{key}[{cell}]", section[f"bias_{key}"][cell], bias[cell])


def check_what_if(check, section, g, f, q, settings):
    """Predictions coded over each range, every pixel by itself; one of sixteen ranges, and the best one."""
    used = np.isfinite(g) & (g > 0) & np.isfinite(f) & np.isfinite(q)
    g, f = g[used], f[used]
    levels = 2 ** section["bits"]

    def rmse(a, b):
        low, _, step = uniform_ends(a, b, levels, settings["code"] == "uniform, zero point")
        return np.sqrt(np.mean((uniform(f, low, step, levels) - g) ** 2))

    check.number("what_if.rmse_fp32", section["rmse_fp32"], np.sqrt(np.mean((f - g) ** 2)))
    for k, point in enumerate(section["points"][::16]):
        check.number(f"what_if[{16 * k}].rmse", point["rmse"], rmse(point["min"], point["max"]))
    best = section["best"]
    check.number("what_if.best.rmse", best["rmse"], rmse(best["min"], best["max"]))
    ends = np.linspace(section["points"][0]["max"], section["points"][-1]["max"], 40)
    least = min(rmse(best["min"], b) for b in ends)
    check.holds("what_if.best", best["rmse"] <= least * (1 + WHAT_IF), f"{best['rmse']}, but a comb finds {least}")


def read_inputs(check, report, folder):
    """Maps in metres by role, in the order of the report; what is no depth of a ground truth is NaN."""
    maps = {}
    for entry in report["inputs"]:
        samples = load(folder / entry["name"])
        metres = samples.astype(np.float64) / (1 / entry["scale"])
        if entry["role"] == "gt":
            marker = samples == 65535 if samples.dtype.kind in "ui" else ~np.isfinite(samples)
            metres[(samples == 0) | marker] = np.nan
        with np.errstate(invalid="ignore"):
            valid = np.sum(np.isfinite(metres) & (metres > 0))
        check.number(f"inputs[{entry['name']}].valid", entry["valid"], valid)
        check.number(f"inputs[{entry['name']}].invalid", entry["invalid"], samples.size - valid)
        check.number(f"inputs[{entry['name']}].size", entry["width"] * entry["height"], samples.size)
        maps.setdefault(entry["role"], []).append((entry["frame"], metres))
    return maps


def main():
    report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    check = Checker()
    maps = read_inputs(check, report, folder)
    depths = Depths(np.concatenate([m[np.isfinite(m)] for _, m in maps["gt"]]))
    check_depths(check, report, depths)
    check_codes(check, report, depths)
    if "optima" in report:
        check_best(check, report, depths)
    if "metrics" in report:
        protocol = report["metrics"]["protocol"]
        triples = [(g, dict(maps["fp32"])[name], dict(maps["int8"])[name]) for name, g in maps["gt"]]
        frames = [Frame(*triple, protocol) for triple in triples]
        check_metrics(check, report["metrics"], frames, protocol)
        if "board" in report["metrics"]:
            board = dict(maps.get("board", maps["fp32"]))
            boards = [Frame(g, f, board[name], protocol) for (name, _), (g, f, _) in zip(maps["gt"], triples)]
            check_board(check, report["metrics"], boards, protocol)
        check_budget(check, report["budget"], frames, protocol)
        check_bands(check, report, frames)
        check_frames(check, report, frames, [name for name, _ in maps["gt"]])
        check_places(check, report["places"], frames)
        if "what_if" in report:
            g, f, q = (np.concatenate([triple[k].ravel() for triple in triples]) for k in (0, 1, 2))
            check_what_if(check, report["what_if"], g, f, q, report["settings"])
    for line in check.wrong[:200]:
        print(line)
    counts = ", ".join(f"{count} of {section}" for section, count in check.compared.items())
    gains = f"; a dense search beats a best range by {check.gains:.2g} at most" if hasattr(check, "gains") else ""
    print(f"{len(check.wrong)} differences; compared {counts}{gains}")
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main()
