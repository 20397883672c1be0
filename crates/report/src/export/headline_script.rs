//! A Python script that recomputes the headline figures from the original files with numpy.
//!
//! The script has formulas of its own, so that it checks those of Fathom.

use super::toolchain_snippet::python_literal;
use fathom_analysis::{NamedRange, RangeSettings};
use fathom_core::quant::CodeKind;

/// Settings that the script repeats.
#[derive(Clone, Debug)]
pub struct HeadlineInput<'a> {
    /// Units of the ground truth's samples per metre.
    pub gt_units_per_metre: f64,
    /// Units of the predictions' samples per metre.
    pub prediction_units_per_metre: f64,
    /// Sample values of the ground truth that mark an invalid pixel, beside values that are not positive and finite.
    pub markers: &'a [f64],
    /// The ranges to measure.
    pub ranges: &'a [NamedRange],
    /// Code, bits, policy and floor of the measurement.
    pub how: RangeSettings,
}

/// The part of the script without settings.
const BODY: &str = r#"

def load(path):
    return np.load(path) if path.suffix == ".npy" else np.asarray(Image.open(path))


def ground_truth(path):
    samples = load(path)
    depth = samples.astype(float) / GT_UNITS_PER_METRE
    depth[~np.isfinite(depth) | (depth <= 0) | np.isin(samples, MARKERS)] = np.nan
    return depth


def errors(p, g):
    ratio = np.maximum(p, EVAL_MIN) / g
    near = np.mean(np.maximum(ratio, 1 / ratio) < 1.25)
    return {"rmse": np.sqrt(np.mean((p - g) ** 2)), "abs_rel": np.mean(np.abs(p - g) / g), "delta1": near}


def coded(d, a, b):
    steps = 2**BITS - 1
    if ZERO_POINT:
        a, b = min(a, 0.0), max(b, 0.0)
    step = (b - a) / steps
    if ZERO_POINT:
        a = -np.clip(np.round(-a / step), 0, steps) * step
        b = a + steps * step
    return a + np.clip(np.round((d - a) / step), 0, steps) * step, (d >= a) & (d <= b)


def show(name, figures):
    for key, value in figures.items():
        print(f"{name} {key} {float(value)!r}")


folders = [pathlib.Path(folder) for folder in sys.argv[1:]]
paths = sorted(path for path in folders[0].iterdir() if path.suffix in (".npy", ".png"))
maps = [ground_truth(path) for path in paths]
d = np.concatenate([m[np.isfinite(m)] for m in maps])
show("depths", {"count": d.size, "mean": d.mean(), "median": np.median(d)})
for name, a, b in RANGES:
    p, inside = coded(d, a, b)
    g = d
    if POLICY == "exclude":
        p, g = p[inside], d[inside]
    elif POLICY == "clamp":
        g = np.where(inside, d, p)
    show(name, {"coverage": inside.mean()} | (errors(p, g) if g.size else {}))

if len(folders) == 3:
    predictions = []
    for folder in folders[1:]:
        files = [next(folder.glob(path.stem + ".*")) for path in paths]
        predictions.append(np.stack([load(file).astype(float) / PREDICTION_UNITS_PER_METRE for file in files]))
    g, (f, q) = np.stack(maps), predictions
    keep = np.isfinite(g) & np.isfinite(f) & np.isfinite(q)
    g, f, q = g[keep], f[keep], q[keep]
    show("fp32", errors(f, g))
    show("int8", errors(q, g))
    show("quantization", {"rms": np.sqrt(np.mean((q - f) ** 2)), "bias": np.mean(q - f), "cross": 2 * np.mean((f - g) * (q - f))})
"#;

/// Writes the script. Its arguments are the folder of the ground truth and, optionally, those of the FP32 and INT8 predictions.
///
/// The script reads NPY and PNG files in a linear unit; other formats and encodings must be converted first.
#[must_use]
pub fn headline_script(input: &HeadlineInput) -> String {
    let range = |named: &NamedRange| {
        let (a, b) = (named.range.min_m(), named.range.max_m());
        format!("    ({}, {a:?}, {b:?}),\n", python_literal(&named.name))
    };
    let ranges: String = input.ranges.iter().map(range).collect();
    let zero_point = match input.how.code {
        CodeKind::Uniform => "False",
        CodeKind::UniformZeroPoint => "True",
    };
    let policy = input.how.policy.name();
    format!(
        "\"\"\"Recomputes headline figures: python3 headline.py GT_FOLDER [FP32_FOLDER INT8_FOLDER]. Needs numpy and Pillow.\"\"\"\n\n\
         import pathlib\nimport sys\n\nimport numpy as np\nfrom PIL import Image\n\n\
         GT_UNITS_PER_METRE = {:?}\nPREDICTION_UNITS_PER_METRE = {:?}\nMARKERS = {:?}\n\
         EVAL_MIN = {:?}\nBITS = {}\nZERO_POINT = {zero_point}\nPOLICY = \"{policy}\"\n\
         RANGES = [\n{ranges}]\n{BODY}",
        input.gt_units_per_metre,
        input.prediction_units_per_metre,
        input.markers,
        input.how.eval_min_m,
        input.how.bits.get(),
    )
}
