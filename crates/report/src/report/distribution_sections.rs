//! The sections that every report has: the distribution, the measured ranges, and the best end of the range in use.
//!
//! Knows reports of ranges; knows no other code.

use serde::Serialize;

use super::figures::{Outcome, OutcomeFigures};
use fathom_analysis::BestRange;
use fathom_analysis::DistributionSummary;
use fathom_analysis::RangeReport;
use fathom_core::metrics::Metric;
use fathom_core::stats::Resolution;

#[derive(Clone, Debug, Serialize)]
pub(super) struct DistributionSection {
    count: f64,
    min: f64,
    max: f64,
    mean: f64,
    median: f64,
    std: f64,
    percentiles: PercentileSection,
    resolution: &'static str,
    relative_error: f64,
}

#[derive(Clone, Debug, Serialize)]
struct PercentileSection {
    #[serde(rename = "50")]
    p50: f64,
    #[serde(rename = "75")]
    p75: f64,
    #[serde(rename = "90")]
    p90: f64,
    #[serde(rename = "95")]
    p95: f64,
    #[serde(rename = "99")]
    p99: f64,
    #[serde(rename = "99.9")]
    p999: f64,
}

impl DistributionSection {
    pub(super) fn of(s: &DistributionSummary, resolution: Resolution) -> Self {
        let [p50, p75, p90, p95, p99, p999] = s.percentiles_m;
        let (resolution, relative_error) = match resolution {
            Resolution::Exact => ("exact", 0.0),
            Resolution::Binned { relative_error } => ("binned", relative_error),
            Resolution::Sketch { relative_error } => ("sketch", relative_error),
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

#[derive(Clone, Debug, Serialize)]
pub(super) struct RangeSection {
    name: String,
    #[serde(flatten)]
    figures: RangeFigures,
}

/// A range and what it does.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RangeFigures {
    min: f64,
    max: f64,
    effective_min: f64,
    effective_max: f64,
    bits: u8,
    step: f64,
    half_step: f64,
    ideal_rmse: f64,
    #[serde(flatten)]
    outcome: OutcomeFigures,
}

impl RangeSection {
    pub(super) fn of(r: &RangeReport) -> Self {
        Self {
            name: r.named.name.clone(),
            figures: RangeFigures::of(r),
        }
    }
}

impl RangeFigures {
    pub(super) fn of(r: &RangeReport) -> Self {
        Self {
            min: r.named.range.min_m(),
            max: r.named.range.max_m(),
            effective_min: r.effective.min_m(),
            effective_max: r.effective.max_m(),
            bits: r.bits.get(),
            step: r.step_m,
            half_step: r.half_step_m,
            ideal_rmse: r.ideal_rmse_m,
            outcome: OutcomeFigures::of(&Outcome {
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

#[derive(Clone, Copy, Debug, Serialize)]
struct BestEntry {
    min: f64,
    max: f64,
    value: f64,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct BestSection {
    rmse: BestEntry,
    abs_rel: BestEntry,
    delta1: BestEntry,
}

impl BestSection {
    pub(super) fn of(best: &[BestRange]) -> Option<Self> {
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
