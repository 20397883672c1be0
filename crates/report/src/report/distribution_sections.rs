//! The sections that every report has: the distribution, the measured ranges, and the best end of the range in use.

use serde::Serialize;

use super::code_outcome::{CodeOutcome, OutcomeFields};
use fathom_analysis::BestRange;
use fathom_analysis::DistributionSummary;
use fathom_analysis::RangeReport;
use fathom_core::metrics::Metric;
use fathom_core::stats::Resolution;

/// The valid depths.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "distribution"))]
pub(super) struct DistributionSection {
    /// Number of pixels. Unit: px.
    count: f64,
    /// Smallest depth. Unit: m.
    min: f64,
    /// Largest depth. Unit: m.
    max: f64,
    /// Mean depth. Unit: m.
    mean: f64,
    /// Median depth. Unit: m.
    median: f64,
    /// Standard deviation, divided by n. Unit: m.
    std: f64,
    /// Percentiles, interpolated linearly between ranks.
    percentiles: PercentileSection,
    /// Storage of the depths. `exact`: all of them. `binned`: in fine bins. `sketch`: as a link carries them.
    resolution: ResolutionName,
    /// Largest relative error of a kept depth. For `sketch`, of a figure of a range that holds a quarter of the
    /// pixels. Unit: 1.
    relative_error: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
enum ResolutionName {
    Exact,
    Binned,
    Sketch,
}

/// Percentiles of the depths.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "percentiles", extend("additionalProperties" = false)))]
struct PercentileSection {
    /// The 50th percentile. Unit: m.
    #[serde(rename = "50")]
    p50: f64,
    /// The 75th percentile. Unit: m.
    #[serde(rename = "75")]
    p75: f64,
    /// The 90th percentile. Unit: m.
    #[serde(rename = "90")]
    p90: f64,
    /// The 95th percentile. Unit: m.
    #[serde(rename = "95")]
    p95: f64,
    /// The 99th percentile. Unit: m.
    #[serde(rename = "99")]
    p99: f64,
    /// The 99.9th percentile. Unit: m.
    #[serde(rename = "99.9")]
    p999: f64,
}

impl DistributionSection {
    pub(super) fn new(s: &DistributionSummary, resolution: Resolution) -> Self {
        let [p50, p75, p90, p95, p99, p999] = s.percentiles_m;
        let (resolution, relative_error) = match resolution {
            Resolution::Exact => (ResolutionName::Exact, 0.0),
            Resolution::Binned { relative_error } => (ResolutionName::Binned, relative_error),
            Resolution::Sketch { relative_error } => (ResolutionName::Sketch, relative_error),
        };
        Self {
            count: s.count,
            min: s.min_m,
            max: s.max_m,
            mean: s.mean_m,
            median: s.median_m(),
            std: s.std_m,
            percentiles: PercentileSection {
                p50,
                p75,
                p90,
                p95,
                p99,
                p999,
            },
            resolution,
            relative_error,
        }
    }
}

/// One of `ranges`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "range"))]
pub(super) struct RangeSection {
    /// Name of the range.
    name: String,
    /// The code over the range.
    #[serde(flatten)]
    figures: RangeFields,
}

/// A uniform code over a range.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "placed"))]
pub(super) struct RangeFields {
    /// Start of the range as asked for. Unit: m.
    min: f64,
    /// End of the range as asked for. Unit: m.
    max: f64,
    /// Start that the code has. A zero point moves it. Unit: m.
    effective_min: f64,
    /// End that the code has. Unit: m.
    effective_max: f64,
    /// Bits of the code. Unit: bit.
    bits: u8,
    /// `(effective_max - effective_min) / (2^bits - 1)`. Unit: m.
    step: f64,
    /// Largest rounding error inside the range. Unit: m.
    half_step: f64,
    /// `step / sqrt(12)` (Bennett 1948). It is not the half step. Unit: m.
    ideal_rmse: f64,
    /// What the code does.
    #[serde(flatten)]
    outcome: OutcomeFields,
}

impl RangeSection {
    pub(super) fn new(r: &RangeReport) -> Self {
        Self {
            name: r.named.name.clone(),
            figures: RangeFields::new(r),
        }
    }
}

impl RangeFields {
    pub(super) fn new(r: &RangeReport) -> Self {
        Self {
            min: r.named.range.min_m(),
            max: r.named.range.max_m(),
            effective_min: r.effective.min_m(),
            effective_max: r.effective.max_m(),
            bits: r.bits.get(),
            step: r.step_m,
            half_step: r.half_step_m,
            ideal_rmse: r.ideal_rmse_m,
            outcome: OutcomeFields::new(&CodeOutcome {
                count: r.count,
                coverage: r.coverage,
                far_coverage: r.far_coverage,
                below: r.below,
                above: r.above,
                clipped: r.clipped,
                errors: r.errors,
            }),
        }
    }
}

/// A best end.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "end"))]
struct BestEntry {
    /// Start of the range. Unit: m.
    min: f64,
    /// End of the range. Unit: m.
    max: f64,
    /// The metric of this range. Unit: as the metric.
    value: f64,
}

/// The best end under each metric.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "best"))]
pub(super) struct BestSection {
    /// Best end under rmse.
    rmse: BestEntry,
    /// Best end under abs_rel.
    abs_rel: BestEntry,
    /// Best end under delta1.
    delta1: BestEntry,
}

impl BestSection {
    pub(super) fn new(best: &[BestRange]) -> Option<Self> {
        let entry = |metric| {
            best.iter().find(|b| b.metric == metric).map(|b| BestEntry {
                min: b.range.min_m(),
                max: b.range.max_m(),
                value: b.value,
            })
        };
        Some(Self {
            rmse: entry(Metric::Rmse)?,
            abs_rel: entry(Metric::AbsRel)?,
            delta1: entry(Metric::Delta1)?,
        })
    }
}
