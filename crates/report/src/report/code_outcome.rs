//! Figures that several sections share: the depth metrics, and what a code does to a distribution.
//!
//! Knows how a number that does not exist is written: as `null`.

use serde::Serialize;

use fathom_analysis::{Clipped, MeasuredErrors};
use fathom_core::metrics::DepthMetrics;

/// The number, or `null` where it is infinite or none.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The depth metrics by their names.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct MetricFigures {
    abs_rel: Option<f64>,
    sq_rel: Option<f64>,
    rmse_log: Option<f64>,
    log10: Option<f64>,
    silog: Option<f64>,
    irmse: Option<f64>,
    imae: Option<f64>,
    mae: Option<f64>,
    bias: Option<f64>,
    delta1: Option<f64>,
    delta2: Option<f64>,
    delta3: Option<f64>,
}

impl MetricFigures {
    /// All metrics but the RMSE, which stands with its parts.
    pub(super) fn of(m: &DepthMetrics) -> Self {
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

/// The pixels of a distribution against a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) count: f64,
    pub(super) coverage: f64,
    pub(super) far_coverage: f64,
    pub(super) below: Clipped,
    pub(super) above: Clipped,
    pub(super) clipped: Clipped,
    pub(super) errors: Option<MeasuredErrors>,
}

/// What a code does to a distribution.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct OutcomeFigures {
    count: f64,
    coverage: f64,
    below: f64,
    above: f64,
    far_coverage: f64,
    measured: f64,
    rmse: Option<f64>,
    rmse_rounding: Option<f64>,
    rmse_clipping: Option<f64>,
    clipped_mean_depth: Option<f64>,
    clipped_mean_error: Option<f64>,
    clipped_contribution: f64,
    below_mean_depth: Option<f64>,
    below_mean_error: Option<f64>,
    below_contribution: f64,
    above_mean_depth: Option<f64>,
    above_mean_error: Option<f64>,
    above_contribution: f64,
    #[serde(flatten)]
    metrics: MetricFigures,
    floored: Option<f64>,
}

impl OutcomeFigures {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let Outcome {
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
            metrics: errors.map_or_else(MetricFigures::default, |e| MetricFigures::of(&e.metrics)),
            floored: errors.map(|e| e.floored),
        }
    }
}
