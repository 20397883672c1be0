//! The function that the search minimises: one metric's cost of a range, with every pixel counted.

use crate::range_report::RangeSettings;
use crate::range_space::RangePoint;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Number of distinct depths up to which measuring a range takes some 20 microseconds.
const CHEAP_DEPTHS: usize = 4096;

/// Number of distinct depths up to which the cost has relevant narrow minima: as many as 16-bit integer files can have.
pub(super) const FEW_DEPTHS: usize = 65_536;

/// Distance of a cell boundary from the depth beside it, as a share of the width. It puts the depth into one cell for certain.
pub(super) const BESIDE: f64 = 1e-14;

/// One metric's cost on some depths.
#[derive(Clone, Copy)]
pub(super) struct Objective<'a> {
    pub(super) depths: &'a Distribution,
    pub(super) settings: RangeSettings,
    /// Weight of a clipping error against a rounding error.
    pub(super) clipping_weight: f64,
    pub(super) criterion: Criterion,
}

impl Objective<'_> {
    /// Measures a range, with the ends in metres.
    pub(super) fn measure(&self, range: OutputRange) -> RangePoint {
        RangePoint::measure(self.depths, range, &self.settings)
    }

    /// Returns the cost of a measured range with its RMSE, which decides between equal costs.
    pub(super) fn rank(&self, point: &RangePoint) -> (f64, f64) {
        point.rank(self.criterion, self.clipping_weight)
    }

    /// Returns the number of steps of the code.
    pub(super) fn steps(&self) -> u32 {
        self.settings.bits.steps()
    }

    /// Returns true if the start is free. A zero point widens every range to start at 0.
    pub(super) fn has_free_start(&self) -> bool {
        self.settings.code == CodeKind::Uniform
    }

    /// Returns true if measuring a range is cheap.
    pub(super) fn is_cheap(&self) -> bool {
        self.depths.values_m().len() <= CHEAP_DEPTHS
    }

    /// Returns true if the depths are few enough for narrow minima.
    pub(super) fn has_few_depths(&self) -> bool {
        self.depths.values_m().len() <= FEW_DEPTHS
    }

    /// Returns true if the cost jumps where a depth crosses a cell boundary.
    ///
    /// The two values are equally far from the depth there, but neither their ratios nor their inverses are.
    pub(super) fn is_discontinuous(&self) -> bool {
        matches!(
            self.criterion,
            Criterion::RmseLog
                | Criterion::Silog
                | Criterion::Log10
                | Criterion::Irmse
                | Criterion::Imae
        )
    }

    /// Returns true if the cost has a kink where a value of the code equals a depth.
    pub(super) fn has_kinks(&self) -> bool {
        matches!(
            self.criterion,
            Criterion::Mae | Criterion::AbsRel | Criterion::Log10 | Criterion::Imae
        )
    }
}

/// Returns the approximate weight of a squared error at a depth under a metric.
pub(super) fn depth_weight(criterion: Criterion, depth_m: f64) -> f64 {
    let square = depth_m * depth_m;
    match criterion {
        Criterion::Rmse | Criterion::Mae | Criterion::Bias => 1.0,
        Criterion::AbsRel
        | Criterion::SqRel
        | Criterion::Log10
        | Criterion::Delta1
        | Criterion::Delta2
        | Criterion::Delta3 => 1.0 / depth_m,
        Criterion::RmseLog | Criterion::Silog | Criterion::Imae => 1.0 / square,
        Criterion::Irmse => 1.0 / (square * square),
    }
}
