//! The order and the units of table columns, by the keys of the report.
//!
//! The units are those of `docs/REPORT.md`; a test compares the two.

const METRES: &str = "m";
const SQUARE: &str = "m^2";
const SHARE: &str = "1";
const PIXELS: &str = "px";
const BIT: &str = "bit";
const INVERSE: &str = "1/km";
const METRIC: &str = "as the metric";
const NONE: &str = "";

/// Keys and units, in the order of columns.
const KEYS: &[(&str, &str)] = &[
    ("which", NONE),
    ("title", NONE),
    ("role", NONE),
    ("average", NONE),
    ("metric", NONE),
    ("code", NONE),
    ("key", NONE),
    ("frame", NONE),
    ("name", NONE),
    ("question", NONE),
    ("headline", NONE),
    ("text", NONE),
    ("format", NONE),
    ("dtype", NONE),
    ("maps", NONE),
    ("width", PIXELS),
    ("height", PIXELS),
    ("scale", METRES),
    ("shift", METRES),
    ("encoding", NONE),
    ("valid", PIXELS),
    ("invalid", PIXELS),
    ("parameters", NONE),
    ("zero", NONE),
    ("row", NONE),
    ("column", NONE),
    ("index", NONE),
    ("from", METRES),
    ("to", METRES),
    ("min", METRES),
    ("max", METRES),
    ("effective_min", METRES),
    ("effective_max", METRES),
    ("value", METRIC),
    ("bits", BIT),
    ("storage_bits", BIT),
    ("step", METRES),
    ("half_step", METRES),
    ("ideal_rmse", METRES),
    ("steps", NONE),
    ("count", PIXELS),
    ("share", SHARE),
    ("coverage", SHARE),
    ("below", SHARE),
    ("above", SHARE),
    ("far_coverage", SHARE),
    ("measured", PIXELS),
    ("rmse", METRES),
    ("rmse_rounding", METRES),
    ("rmse_clipping", METRES),
    ("values", NONE),
    ("abs_rel", SHARE),
    ("sq_rel", METRES),
    ("rmse_log", SHARE),
    ("log10", SHARE),
    ("silog", SHARE),
    ("irmse", INVERSE),
    ("imae", INVERSE),
    ("mae", METRES),
    ("bias", METRES),
    ("delta1", SHARE),
    ("delta2", SHARE),
    ("delta3", SHARE),
    ("floored", SHARE),
    ("clipped_mean_depth", METRES),
    ("clipped_mean_error", METRES),
    ("clipped_contribution", METRES),
    ("below_mean_depth", METRES),
    ("below_mean_error", METRES),
    ("below_contribution", METRES),
    ("above_mean_depth", METRES),
    ("above_mean_error", METRES),
    ("above_contribution", METRES),
    ("fp32", METRIC),
    ("int8", METRIC),
    ("difference", METRIC),
    ("interval", METRIC),
    ("low", NONE),
    ("high", NONE),
    ("this", NONE),
    ("other", NONE),
    ("fp32_difference", METRIC),
    ("int8_difference", METRIC),
    ("intervals", NONE),
    ("frames", NONE),
    ("verdict", NONE),
    ("neighbours", SHARE),
    ("rmse_fp32", METRES),
    ("rmse_int8", METRES),
    ("change", METRES),
    ("rms_q", METRES),
    ("rms_quant", METRES),
    ("mse_fp32", SQUARE),
    ("mse_quant", SQUARE),
    ("cross", SQUARE),
    ("mse_int8", SQUARE),
    ("mse_output_code", SQUARE),
    ("output_share", SHARE),
    ("output_covered", SHARE),
    ("rmse_output_code", METRES),
    ("bias_square", SQUARE),
    ("scale_square", SQUARE),
    ("random", SQUARE),
    ("rmse_recalibrated", METRES),
    ("sqnr_db", "dB"),
    ("cosine", SHARE),
    ("correlation", SHARE),
    ("slope", SHARE),
    ("intercept", METRES),
    ("skew", SHARE),
    ("kurtosis", SHARE),
    ("predictions", NONE),
    ("independent", METRES),
    ("output_only", METRES),
    ("ideal_step", METRES),
    ("grid", NONE),
    ("used_codes", NONE),
    ("empty_codes", NONE),
    ("at_min", SHARE),
    ("at_max", SHARE),
    ("saturates_at_min", NONE),
    ("saturates_at_max", NONE),
    ("zero_at", "steps"),
    ("residual", "steps"),
    ("log10_chance", SHARE),
    ("confidence", SHARE),
    ("no_grid", NONE),
    ("f", NONE),
    ("q", NONE),
    ("total", NONE),
    ("spread", METRES),
    ("rms", METRES),
    ("quantiles", NONE),
    ("share_of_f", SHARE),
    ("share_of_q", SHARE),
    ("share_of_total", SHARE),
    ("border", NONE),
    ("centre", NONE),
    ("border_ratio", SHARE),
    ("counts", PIXELS),
    ("bias_f", METRES),
    ("bias_q", METRES),
    ("banding", SHARE),
    ("banding_by_code", SHARE),
    ("checkerboard", SHARE),
    ("alternating_share", SHARE),
    ("coherence", SHARE),
    ("expected_rmse", METRES),
    ("size_mb", "MB"),
    ("published", NONE),
    ("source", NONE),
    ("mean", METRES),
    ("median", METRES),
    ("std", METRES),
    ("percentiles", NONE),
    ("1", METRES),
    ("2", METRES),
    ("5", METRES),
    ("10", METRES),
    ("20", METRES),
    ("25", METRES),
    ("50", METRES),
    ("75", METRES),
    ("90", METRES),
    ("95", METRES),
    ("99", METRES),
    ("99.9", METRES),
    ("resolution", NONE),
    ("relative_error", SHARE),
    ("eval_min", METRES),
    ("eval_max", METRES),
    ("policy", NONE),
    ("crop", NONE),
    ("alignment", NONE),
    ("fixed", NONE),
    ("window", NONE),
    ("ends_count", NONE),
    ("fill", NONE),
    ("frozen", NONE),
    ("clamp", NONE),
    ("floor", METRES),
    ("min_pixels", PIXELS),
    ("silog_lambda", SHARE),
    ("silog_factor", SHARE),
    ("clipping_weight", SHARE),
    ("panter_dite_rmse", METRES),
    ("error", NONE),
];

/// Keys whose unit differs in one object: the object's definition in the schema, the key, and its unit there.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("affine", "scale", SHARE),
    ("protocol", "sq_rel", NONE),
    ("remedy", "interval", METRES),
    ("source", "measured", NONE),
    ("remedy", "measured", NONE),
    ("code_values", "value", METRES),
];

/// Returns the unit of a key in an object of the report, given the object's definition in the schema.
///
/// The unit is empty for words and plain numbers. `None` for a key without a column.
#[must_use]
pub fn unit(definition: &str, key: &str) -> Option<&'static str> {
    // The section on a network has no tables. Its keys are those of networks, with units of tensors.
    if definition.starts_with("network") {
        return None;
    }
    let exception = EXCEPTIONS
        .iter()
        .find(|entry| entry.0 == definition && entry.1 == key);
    match exception {
        Some(entry) => Some(entry.2),
        None => position(key).map(|at| KEYS[at].1),
    }
}

/// Returns the position of a key among the columns.
fn position(key: &str) -> Option<usize> {
    KEYS.iter().position(|entry| entry.0 == key)
}

/// Returns the sort key of a path of report keys, joined by `/`. Unknown keys sort last.
pub(super) fn sort_key(path: &str) -> Vec<usize> {
    path.split('/')
        .map(|key| position(key).unwrap_or(KEYS.len()))
        .collect()
}
