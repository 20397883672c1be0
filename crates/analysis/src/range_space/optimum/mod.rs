//! The best range under each metric, with both ends free.
//!
//! The cost is smooth at large scale, with many narrow local minima where depths are few or integers. The search has four stages:
//!
//! 1. [`grid_search`]: a coarse grid over both ends, measured once for all metrics.
//! 2. [`pattern_search`]: direct search down from the lowest grid minima.
//! 3. [`multi_start`]: direct search from the local minima that [`harmonics`] and [`lattice`] compute near the best range.
//! 4. [`refine`]: steps onto the discontinuities and kinks of the cost.
//!
//! Threshold accuracies (delta1 to delta3) replace stage 3 by branch and bound ([`threshold_accuracy`]), which proves its result.
//! Absent here: policies other than counting every pixel, and anything drawn or written.

mod grid_search;
mod harmonics;
mod lattice;
mod multi_start;
mod objective;
mod optimum_search;
mod pattern_search;
mod refine;
mod threshold_accuracy;

#[cfg(test)]
mod branch_and_bound_proof;
#[cfg(test)]
mod enumeration;

pub use grid_search::GridMinimum;
pub(crate) use harmonics::HarmonicSearch;
pub(crate) use lattice::Lattice;
pub use optimum_search::{Optimum, OptimumSearch, best_per_criterion, cross_values};
pub(crate) use threshold_accuracy::{AccuracyThreshold, ThresholdSearch, accuracy_ratio};
