"""The figures of report.json, straight from their definitions: numpy over every pixel, nothing sorted, nothing summed ahead."""

import numpy as np

EVAL_MIN = 1e-3
PERCENTILES = [50, 75, 90, 95, 99, 99.9]


def valid_depths(samples, units_per_metre):
    """Metres of the valid samples: positive and finite, and not the all-ones code of 16-bit integers."""
    samples = np.asarray(samples)
    keep = samples > 0
    if samples.dtype.kind in "ui":
        keep &= samples != 65535
    else:
        keep &= np.isfinite(samples)
    return samples[keep].astype(np.float64) / units_per_metre


def distribution(d):
    out = {"count": d.size, "min": d.min(), "max": d.max(), "mean": d.mean(), "median": np.median(d), "std": d.std()}
    out["percentiles"] = {f"{p:g}": np.percentile(d, p) for p in PERCENTILES}
    return out


def deviation(e):
    """sqrt(mean(e^2) - mean(e)^2) without its cancellation: exactly 0 where all e are equal."""
    return 0.0 if np.ptp(e) < 1e-12 * np.max(np.abs(e), initial=1e-300) else np.std(e)


def metrics(p, g):
    e = p - g
    r = np.maximum(p, EVAL_MIN)
    log = np.log(r) - np.log(g)
    inverse = 1 / r - 1 / g
    ratio = np.maximum(r / g, g / r)
    return {
        "abs_rel": np.mean(np.abs(e) / g),
        "sq_rel": np.mean(e**2 / g),
        "rmse": np.sqrt(np.mean(e**2)),
        "mae": np.mean(np.abs(e)),
        "bias": np.mean(e),
        "rmse_log": np.sqrt(np.mean(log**2)),
        "log10": np.mean(np.abs(np.log10(r) - np.log10(g))),
        "silog": deviation(log),
        "irmse": 1e3 * np.sqrt(np.mean(inverse**2)),
        "imae": 1e3 * np.mean(np.abs(inverse)),
        "delta1": np.mean(ratio < 1.25),
        "delta2": np.mean(ratio < 1.25**2),
        "delta3": np.mean(ratio < 1.25**3),
        "floored": np.mean(p < EVAL_MIN),
    }


def measure(d, a, b, bits=8, code="uniform", policy="count"):
    """One entry of `ranges`."""
    steps = 2**bits - 1
    low, high = a, b
    if code == "uniform, zero point":
        low, high = min(a, 0.0), max(b, 0.0)
    step = (high - low) / steps
    if code == "uniform, zero point":
        zero = np.clip(np.round(-low / step), 0, steps)
        low, high = -zero * step, (steps - zero) * step
    coded = low + np.clip(np.round((d - low) / step), 0, steps) * step
    below, above = d < low, d > high
    inside = ~below & ~above
    outside = ~inside
    square = (coded - d) ** 2

    def side(mask):
        if not mask.any():
            return {"mean_depth": None, "mean_error": None, "contribution": 0.0}
        error = np.abs(coded - d)[mask]
        return {
            "mean_depth": d[mask].mean(),
            "mean_error": error.mean(),
            "contribution": np.sqrt(mask.mean() * np.mean(error**2)),
        }

    out = {
        "min": a,
        "max": b,
        "effective_min": low,
        "effective_max": high,
        "bits": bits,
        "step": step,
        "half_step": step / 2,
        "ideal_rmse": step / np.sqrt(12),
        "count": d.size,
        "coverage": inside.mean(),
        "below": below.mean(),
        "above": above.mean(),
        "far_coverage": (d <= high).mean(),
    }
    for name, mask in [("clipped", outside), ("below", below), ("above", above)]:
        out |= {f"{name}_{key}": value for key, value in side(mask).items()}
    if policy == "exclude":
        g, p = d[inside], coded[inside]
    elif policy == "clamp":
        g, p = d.copy(), coded.copy()
        # A clamped reference is an end of the range, which is coded without error.
        g[outside] = p[outside]
    else:
        g, p = d, coded
    out["measured"] = g.size
    names = ["rmse", "rmse_rounding", "rmse_clipping", *metrics(np.ones(1), np.ones(1))]
    if g.size == 0:
        return out | {name: None for name in names}
    out["rmse_rounding"] = np.sqrt(square[inside].sum() / g.size)
    out["rmse_clipping"] = np.sqrt(square[outside].sum() / g.size) if policy == "count" else 0.0
    return out | metrics(p, g)
