//! Figures that several sections share: the depth metrics, and what a code does to a distribution.
//!
//! A number that does not exist is written as `null`.

use serde::Serialize;

use fathom_analysis::{ClippedPixels, MeasuredErrors};
use fathom_core::metrics::DepthMetrics;

/// The number; `None` if it is infinite or NaN.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Returns the names of the figures that are infinite.
pub(super) fn infinite(figures: &[(&'static str, f64)]) -> Vec<&'static str> {
    let infinite = figures.iter().filter(|(_, value)| value.is_infinite());
    infinite.map(|(name, _)| *name).collect()
}

/// The depth metrics without the RMSE.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct MetricFields {
    /// `mean(abs(p - g) / g)`. Unit: 1.
    abs_rel: Option<f64>,
    /// `mean((p - g)^2 / g)`. The KITTI kit divides by the square, `mean((p - g)^2 / g^2)`, which has no unit.
    /// Unit: m.
    sq_rel: Option<f64>,
    /// `sqrt(mean(e^2))` with `e = ln p - ln g`. Unit: 1.
    rmse_log: Option<f64>,
    /// `mean(abs(log10 p - log10 g))`. Unit: 1.
    log10: Option<f64>,
    /// `sqrt(mean(e^2) - mean(e)^2)` with `e = ln p - ln g`, times 100 or another factor where the protocol says so.
    /// Unit: 1.
    silog: Option<f64>,
    /// `sqrt(mean((1/p - 1/g)^2))`. Unit: 1/km.
    irmse: Option<f64>,
    /// `mean(abs(1/p - 1/g))`. Unit: 1/km.
    imae: Option<f64>,
    /// `mean(abs(p - g))`. Unit: m.
    mae: Option<f64>,
    /// `mean(p - g)`. Unit: m.
    bias: Option<f64>,
    /// Share of pixels with `max(p/g, g/p) < 1.25`. Unit: 1.
    delta1: Option<f64>,
    /// Share of pixels with `max(p/g, g/p) < 1.25^2`. Unit: 1.
    delta2: Option<f64>,
    /// Share of pixels with `max(p/g, g/p) < 1.25^3`. Unit: 1.
    delta3: Option<f64>,
}

impl MetricFields {
    /// All metrics but the RMSE, which stands with its parts.
    pub(super) fn new(m: &DepthMetrics) -> Self {
        Self {
            abs_rel: finite(m.abs_rel),
            sq_rel: finite(m.sq_rel),
            rmse_log: finite(m.rmse_log),
            log10: finite(m.log10),
            silog: finite(m.silog),
            irmse: finite(m.irmse),
            imae: finite(m.imae),
            mae: finite(m.mae),
            bias: finite(m.bias),
            delta1: finite(m.delta1),
            delta2: finite(m.delta2),
            delta3: finite(m.delta3),
        }
    }
}

/// Depth metrics of p against g (Eigen et al. 2014; KITTI).
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "figures"))]
pub(super) struct AllMetrics {
    /// Root of the mean squared error: `sqrt(mean((p - g)^2))`. Unit: m.
    rmse: Option<f64>,
    /// The other metrics.
    #[serde(flatten)]
    others: MetricFields,
}

impl AllMetrics {
    pub(super) fn new(m: &DepthMetrics) -> Self {
        Self {
            rmse: finite(m.rmse),
            others: MetricFields::new(m),
        }
    }
}

/// The pixels of a distribution against a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeOutcome {
    pub(super) count: f64,
    pub(super) coverage: f64,
    pub(super) far_coverage: f64,
    pub(super) below: ClippedPixels,
    pub(super) above: ClippedPixels,
    pub(super) clipped: ClippedPixels,
    pub(super) errors: Option<MeasuredErrors>,
}

/// Effect of a code on the depths.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "outcome"))]
pub(super) struct OutcomeFields {
    /// Number of valid pixels. Unit: px.
    count: f64,
    /// Share of pixels inside the range of the code, ends included. Unit: 1.
    coverage: f64,
    /// Share of pixels under the range. Unit: 1.
    below: f64,
    /// Share of pixels over the range. Unit: 1.
    above: f64,
    /// Share of pixels at or under the end of the range: the one-sided coverage that many reports quote. Unit: 1.
    far_coverage: f64,
    /// Number of pixels that the policy measures. Unit: px.
    measured: f64,
    /// Root of the mean squared error: `sqrt(mean((p - g)^2))`. Unit: m.
    rmse: Option<f64>,
    /// Part of the RMSE from pixels inside the range: `rmse^2 = rmse_rounding^2 + rmse_clipping^2`. Unit: m.
    rmse_rounding: Option<f64>,
    /// Part of the RMSE from the other pixels. Unit: m.
    rmse_clipping: Option<f64>,
    /// Mean depth of the pixels outside the range. `null` without any. Unit: m.
    clipped_mean_depth: Option<f64>,
    /// Mean absolute error of the pixels outside the range. `null` without any. Unit: m.
    clipped_mean_error: Option<f64>,
    /// `sqrt(share * mean(e^2))` of the pixels outside the range. Unit: m.
    clipped_contribution: f64,
    /// Mean depth of the pixels under the range. `null` without any. Unit: m.
    below_mean_depth: Option<f64>,
    /// Mean absolute error of the pixels under the range. `null` without any. Unit: m.
    below_mean_error: Option<f64>,
    /// `sqrt(share * mean(e^2))` of the pixels under the range. Unit: m.
    below_contribution: f64,
    /// Mean depth of the pixels over the range. `null` without any. Unit: m.
    above_mean_depth: Option<f64>,
    /// Mean absolute error of the pixels over the range. `null` without any. Unit: m.
    above_mean_error: Option<f64>,
    /// `sqrt(share * mean(e^2))` of the pixels over the range. Unit: m.
    above_contribution: f64,
    /// The other depth metrics.
    #[serde(flatten)]
    metrics: MetricFields,
    /// Share of the measured pixels whose prediction was raised to `settings.eval_min` for ratios and logarithms.
    /// Unit: 1.
    floored: Option<f64>,
}

impl OutcomeFields {
    pub(super) fn new(outcome: &CodeOutcome) -> Self {
        let CodeOutcome {
            below,
            above,
            clipped,
            errors,
            ..
        } = outcome;
        Self {
            count: outcome.count,
            coverage: outcome.coverage,
            below: below.share,
            above: above.share,
            far_coverage: outcome.far_coverage,
            measured: errors.map_or(0.0, |e| e.count),
            rmse: errors.and_then(|e| finite(e.metrics.rmse)),
            rmse_rounding: errors.map(|e| e.rounding_m),
            rmse_clipping: errors.map(|e| e.clipping_m),
            clipped_mean_depth: clipped.mean_depth_m,
            clipped_mean_error: clipped.mean_error_m,
            clipped_contribution: clipped.contribution_m,
            below_mean_depth: below.mean_depth_m,
            below_mean_error: below.mean_error_m,
            below_contribution: below.contribution_m,
            above_mean_depth: above.mean_depth_m,
            above_mean_error: above.mean_error_m,
            above_contribution: above.contribution_m,
            metrics: errors.map_or_else(MetricFields::default, |e| MetricFields::new(&e.metrics)),
            floored: errors.map(|e| e.floored),
        }
    }
}
