//! Error metrics over the space of ranges: along the end, along the start, over both ends, over bit widths, and the best range.
//!
//! Measured ranges keep their error sums, so that another metric, policy or clipping weight needs no new measurement.
//! Work that takes more than a few milliseconds is cut into steps.
//! Absent here: charts, files, links and predictions of networks.

mod axis_sweep;
mod bit_sweep;
mod optimum;
mod range_map;
mod range_point;
mod tolerance;

pub use axis_sweep::{AxisDomain, AxisSweep, SweepAxis};
pub use bit_sweep::{BitGain, BitRow, BitSweep, ErrorMeasure, SWEEP_BITS};
pub(super) use optimum::{
    AccuracyThreshold, HarmonicSearch, Lattice, ThresholdSearch, accuracy_ratio,
};
pub use optimum::{GridMinimum, Optimum, OptimumSearch, best_per_criterion, cross_values};
pub use range_map::{PartialSums, RangeMapAxes, RangeMapPoint, RangeMapRow, SumKind};
pub use range_point::RangePoint;
pub use tolerance::Tolerance;
