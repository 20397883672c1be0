//! Depth metrics between a prediction `p` and a reference `g`, as sums over pixels, cells and frames.
//!
//! This folder uses `stats` (sums of depths). It must not contain codes, ranges, out-of-range policies or files.
//!
//! Formulas follow Eigen, Puhrsch and Fergus, "Depth Map Prediction from a Single Image using a Multi-Scale Deep Network", NIPS 2014:
//! abs_rel, sq_rel, RMSE, log RMSE, scale-invariant error, thresholds. Inverse errors follow the KITTI depth benchmark (Uhrig et al., 3DV
//! 2017). `silog` is `sqrt(mean(e^2) - mean(e)^2)` with `e = ln p - ln g`, not multiplied by 100.

#[cfg(test)]
mod brute_force;
mod cell_errors;
mod criterion;
mod depth_metrics;
mod error_sums;
mod pixel_errors;

pub use cell_errors::{CellSums, ErrorTerms};
pub use criterion::{Criterion, MetricParts, PartsRule};
pub use depth_metrics::{DepthMetrics, Metric};
pub use error_sums::{DEFAULT_EVAL_MIN_M, DELTA_RATIOS, ErrorSums};
pub use pixel_errors::{PixelSums, pixel_sums};
