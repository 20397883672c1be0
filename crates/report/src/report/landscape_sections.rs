//! The landscape of ranges: the curve, the best ranges with both ends free, and the bit widths.

use serde::Serialize;

use super::code_outcome::finite;
use fathom_analysis::Policy;
use fathom_analysis::SweepPoint;
use fathom_analysis::range_space::{BitRow, Optimum, RangePoint};
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;

/// RMSE against the end of the range, under the policy, code and bits of the report.
#[derive(Clone, Copy, Debug)]
pub struct SweepInfo<'a> {
    /// The held start, in metres.
    pub min_m: f64,
    /// The points.
    pub points: &'a [SweepPoint],
}

/// The best ranges with both ends free, every pixel counted.
#[derive(Clone, Copy, Debug)]
pub struct OptimaInfo<'a> {
    /// One per metric.
    pub optima: &'a [Optimum],
    /// Weight of the error of a clipped pixel: it counts this many times.
    pub clipping_weight: f64,
}

/// One range at every bit width, every pixel treated as the policy of the report says.
#[derive(Clone, Copy, Debug)]
pub struct BitsInfo<'a> {
    /// The range.
    pub range: OutputRange,
    /// The widths.
    pub rows: &'a [BitRow],
}

/// A value under each metric.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PerMetric<T> {
    /// Best range under rmse. `null` where it was not asked for.
    rmse: T,
    /// Best range under abs_rel. `null` where it was not asked for.
    abs_rel: T,
    /// Best range under delta1. `null` where it was not asked for.
    delta1: T,
    /// Best range under delta2. `null` where it was not asked for.
    delta2: T,
    /// Best range under delta3. `null` where it was not asked for.
    delta3: T,
    /// Best range under mae. `null` where it was not asked for.
    mae: T,
    /// Range whose bias is nearest to 0. `null` where it was not asked for.
    bias: T,
    /// Best range under sq_rel. `null` where it was not asked for.
    sq_rel: T,
    /// Best range under rmse_log. `null` where it was not asked for.
    rmse_log: T,
    /// Best range under log10. `null` where it was not asked for.
    log10: T,
    /// Best range under silog. `null` where it was not asked for.
    silog: T,
    /// Best range under irmse. `null` where it was not asked for.
    irmse: T,
    /// Best range under imae. `null` where it was not asked for.
    imae: T,
}

impl<T> PerMetric<T> {
    fn new(each: impl Fn(Criterion) -> T) -> Self {
        Self {
            rmse: each(Criterion::Rmse),
            abs_rel: each(Criterion::AbsRel),
            delta1: each(Criterion::Delta1),
            delta2: each(Criterion::Delta2),
            delta3: each(Criterion::Delta3),
            mae: each(Criterion::Mae),
            bias: each(Criterion::Bias),
            sq_rel: each(Criterion::SqRel),
            rmse_log: each(Criterion::RmseLog),
            log10: each(Criterion::Log10),
            silog: each(Criterion::Silog),
            irmse: each(Criterion::Irmse),
            imae: each(Criterion::Imae),
        }
    }
}

fn values(point: &RangePoint, policy: Policy, weight: f64) -> PerMetric<Option<f64>> {
    PerMetric::new(|criterion| {
        let parts = point.parts(criterion, policy, weight)?;
        finite(parts.value)
    })
}

/// The best range under each metric.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "optima"))]
pub(super) struct OptimaSection {
    /// Weight of the error of a clipped pixel: it counts this many times. Unit: 1.
    clipping_weight: f64,
    /// The ranges.
    #[serde(flatten)]
    best: PerMetric<Option<OptimumEntry>>,
}

/// A best range.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "optimum"))]
struct OptimumEntry {
    /// Start of the range. Unit: m.
    min: f64,
    /// End of the range. Unit: m.
    max: f64,
    /// The metric of this range. Unit: as the metric.
    value: Option<f64>,
    /// Every metric of this range: what the choice costs under the others.
    #[cfg_attr(test, schemars(with = "super::code_outcome::AllMetrics"))]
    values: PerMetric<Option<f64>>,
}

impl OptimaSection {
    pub(super) fn new(facts: OptimaInfo) -> Self {
        let weight = facts.clipping_weight;
        let entry = |best: &Optimum| OptimumEntry {
            min: best.point.range.min_m(),
            max: best.point.range.max_m(),
            value: best
                .point
                .parts(best.criterion, Policy::Count, weight)
                .and_then(|parts| finite(parts.value)),
            values: values(&best.point, Policy::Count, weight),
        };
        Self {
            clipping_weight: weight,
            best: PerMetric::new(|criterion| {
                let mut all = facts.optima.iter();
                all.find(|best| best.criterion == criterion).map(entry)
            }),
        }
    }
}

/// RMSE against the end of the range.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "sweep"))]
pub(super) struct SweepSection {
    /// Start of the range, held fixed. Unit: m.
    min: f64,
    /// Points by ascending end. Ends without a measured pixel are left out.
    points: Vec<SweepEntry>,
}

/// One end of the sweep.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "sweep_point"))]
struct SweepEntry {
    /// End of the range. Unit: m.
    max: f64,
    /// RMSE. Unit: m.
    rmse: f64,
    /// Rounding part of the RMSE. Unit: m.
    rmse_rounding: f64,
    /// Clipping part of the RMSE. Unit: m.
    rmse_clipping: f64,
}

impl SweepSection {
    pub(super) fn new(facts: SweepInfo) -> Self {
        let entry = |point: &SweepPoint| SweepEntry {
            max: point.max_m,
            rmse: point.rmse_m,
            rmse_rounding: point.rounding_m,
            rmse_clipping: point.clipping_m,
        };
        Self {
            min: facts.min_m,
            points: facts.points.iter().map(entry).collect(),
        }
    }
}

/// One range at every bit width.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "bits"))]
pub(super) struct BitsSection {
    /// Start of the range. Unit: m.
    min: f64,
    /// End of the range. Unit: m.
    max: f64,
    /// Rows by ascending width.
    rows: Vec<BitsEntry>,
}

/// One bit width.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "bit_row"))]
struct BitsEntry {
    /// Bits of the code. Unit: bit.
    bits: u8,
    /// Rounding part of the RMSE. Unit: m.
    rmse_rounding: Option<f64>,
    /// Clipping part of the RMSE. Unit: m.
    rmse_clipping: Option<f64>,
    /// Every metric.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::code_outcome::AllMetrics"))]
    values: PerMetric<Option<f64>>,
}

impl BitsSection {
    pub(super) fn new(facts: BitsInfo, policy: Policy) -> Self {
        let entry = |row: &BitRow| {
            let rmse = row.point.parts(Criterion::Rmse, policy, 1.0);
            BitsEntry {
                bits: row.bits.get(),
                rmse_rounding: rmse.and_then(|parts| finite(parts.rounding)),
                rmse_clipping: rmse.and_then(|parts| finite(parts.clipping)),
                values: values(&row.point, policy, 1.0),
            }
        };
        Self {
            min: facts.range.min_m(),
            max: facts.range.max_m(),
            rows: facts.rows.iter().map(entry).collect(),
        }
    }
}
