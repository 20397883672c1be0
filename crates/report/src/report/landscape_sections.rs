//! The landscape of ranges: the curve, the best ranges with both ends free, and the bit widths.
//!
//! Knows measured points; measures none.

use serde::Serialize;

use super::figures::finite;
use super::{BitsFacts, OptimaFacts, SweepFacts};
use fathom_analysis::Policy;
use fathom_analysis::landscape::{Optimum, RangePoint};
use fathom_core::metrics::Criterion;

/// A value under each metric.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct PerMetric<T> {
    rmse: T,
    abs_rel: T,
    delta1: T,
    delta2: T,
    delta3: T,
    mae: T,
    bias: T,
    sq_rel: T,
    rmse_log: T,
    log10: T,
    silog: T,
    irmse: T,
    imae: T,
}

impl<T> PerMetric<T> {
    fn of(each: impl Fn(Criterion) -> T) -> Self {
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
    PerMetric::of(|criterion| {
        let parts = point.parts(criterion, policy, weight)?;
        finite(parts.value)
    })
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct OptimaSection {
    clipping_weight: f64,
    #[serde(flatten)]
    best: PerMetric<Option<OptimumEntry>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct OptimumEntry {
    min: f64,
    max: f64,
    value: Option<f64>,
    values: PerMetric<Option<f64>>,
}

impl OptimaSection {
    pub(super) fn of(facts: OptimaFacts) -> Self {
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
            best: PerMetric::of(|criterion| {
                let mut all = facts.optima.iter();
                all.find(|best| best.criterion == criterion).map(entry)
            }),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct SweepSection {
    min: f64,
    points: Vec<SweepEntry>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct SweepEntry {
    max: f64,
    rmse: f64,
    rmse_rounding: f64,
    rmse_clipping: f64,
}

impl SweepSection {
    pub(super) fn of(facts: SweepFacts) -> Self {
        let entry = |point: &super::SweepPoint| SweepEntry {
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

#[derive(Clone, Debug, Serialize)]
pub(super) struct BitsSection {
    min: f64,
    max: f64,
    rows: Vec<BitsEntry>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct BitsEntry {
    bits: u8,
    rmse_rounding: Option<f64>,
    rmse_clipping: Option<f64>,
    #[serde(flatten)]
    values: PerMetric<Option<f64>>,
}

impl BitsSection {
    pub(super) fn of(facts: BitsFacts, policy: Policy) -> Self {
        let entry = |row: &super::BitRow| {
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
