//! AIMET's tf_enhanced: a grid search over steps and offsets, with clipping weighted by 3.
//!
//! From `TfEnhancedEncodingAnalyzer.cpp` and `math_functions.cpp`:
//!
//! - A histogram of 512 bins covers three times the range of the data.
//! - The candidates are 17 steps, sixteenths of the largest, with 21 offsets each.
//! - Every pair is clamped to the observed range, which is extended to contain zero.
//! - The cost is the squared error of the bin centres. A clipped centre is measured to the centre of the end's bin, times 3.
//!
//! One behaviour is not copied: a 2022 snapshot clamps the step in place, so that all later offsets of the step use the clamped one.
//! For data without negative values it then loses every candidate except the whole range. This file clamps each pair separately.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use fathom_core::quant::{Bits, OutputRange};

const BINS: usize = 512;

/// Weight of a clipping error against a rounding error.
const GAMMA: f64 = 3.0;

/// The smallest width of a range, in metres.
const MIN_RANGE_M: f64 = 0.01;

/// The shares of pixels in equal bins from `first_m` on.
struct Histogram {
    shares: Vec<f64>,
    first_m: f64,
    width_m: f64,
}

impl Histogram {
    fn new(data: &impl CalibrationData) -> Self {
        let min_m = data.min();
        let max_m = if data.max() > min_m {
            data.max()
        } else {
            min_m + MIN_RANGE_M
        };
        let centre = f64::midpoint(min_m, max_m);
        let first_m = centre - 3.0 * (centre - min_m);
        let last_m = centre + 3.0 * (max_m - centre);
        let width_m = (last_m - first_m) / BINS as f64;
        // A depth belongs to the bin with the nearest left edge.
        let edges: Vec<f64> = (0..=BINS)
            .map(|i| first_m + (i as f64 - 0.5) * width_m)
            .collect();
        let counts = data.histogram(&edges);
        Self {
            shares: counts.iter().map(|count| count / data.count()).collect(),
            first_m,
            width_m,
        }
    }

    fn left_edge_m(&self, bin: usize) -> f64 {
        self.first_m + bin as f64 * self.width_m
    }

    fn centre_m(&self, bin: usize) -> f64 {
        self.left_edge_m(bin) + self.width_m / 2.0
    }

    fn bin_of(&self, value_m: f64) -> usize {
        let bin = ((value_m - self.first_m) / self.width_m).floor();
        bin.clamp(0.0, (BINS - 1) as f64) as usize
    }

    /// Returns the range of the occupied bins in metres, extended to contain zero.
    fn observed_m(&self) -> (f64, f64) {
        let occupied = |&bin: &usize| self.shares[bin] > 0.0;
        let low = (0..BINS).find(occupied).unwrap_or(0);
        let high = (1..BINS).rev().find(occupied).unwrap_or(BINS - 1);
        let low_m = self.left_edge_m(low).min(0.0);
        (
            low_m,
            self.left_edge_m(high).max(0.0).max(low_m + MIN_RANGE_M),
        )
    }

    /// Computes the weighted squared error of a step in metres with an offset in steps.
    fn cost(&self, step_m: f64, offset: f64, steps: f64) -> f64 {
        let low_m = step_m * offset;
        let high_m = step_m * steps + low_m;
        let (low, high) = (self.bin_of(low_m), self.bin_of(high_m));
        let square = |x: f64| x * x;
        let clipped = |bin: usize, end: usize| {
            self.shares[bin] * square(self.centre_m(bin) - self.centre_m(end))
        };
        let below: f64 = (0..low).map(|bin| clipped(bin, low)).sum();
        let above: f64 = (high..BINS).map(|bin| clipped(bin, high)).sum();
        let rounding: f64 = (low..high)
            .map(|bin| {
                let centre_m = self.centre_m(bin);
                let coded_m = step_m * ((centre_m / step_m - offset).round() + offset);
                self.shares[bin] * square(centre_m - coded_m)
            })
            .sum();
        GAMMA * (below + above) + rounding
    }
}

/// Returns the candidate range with the smallest cost.
///
/// # Errors
/// [`CalibrationError::Range`] where the ends form no range.
pub(super) fn tf_enhanced(
    data: &impl CalibrationData,
    bits: Bits,
) -> Result<OutputRange, CalibrationError> {
    let histogram = Histogram::new(data);
    let steps = f64::from(bits.steps());
    let (low_m, high_m) = histogram.observed_m();
    let whole_step_m = (high_m - low_m) / steps;
    let whole_offset = (low_m / whole_step_m).round();
    let low_m = whole_step_m * whole_offset;
    let high_m = low_m + whole_step_m * steps;
    let clamped = |step_m: f64, offset: f64| {
        let (from, to) = (step_m * offset, step_m * offset + step_m * steps);
        // A pair that exceeds both ends is no candidate.
        let beyond = from < low_m && to > high_m;
        let step_m = (to.min(high_m) - from.max(low_m)) / steps;
        (!beyond && step_m > 0.0).then(|| (step_m, (from.max(low_m) / step_m).round()))
    };
    let offset = |i: u32| (steps / 20.0 * f64::from(i) - steps).trunc();
    let pairs = (1..=17).flat_map(|f| (0..=20).map(move |i| (f64::from(f) / 16.0, i)));
    let candidates = pairs
        .filter_map(|(share, i)| clamped(share * whole_step_m, offset(i)))
        .chain([(whole_step_m, whole_offset)]);
    let mut best = (f64::INFINITY, whole_step_m, whole_offset);
    for (step_m, offset) in candidates {
        let cost = histogram.cost(step_m, offset, steps);
        if cost < best.0 {
            best = (cost, step_m, offset);
        }
    }
    let (_, step_m, offset) = best;
    let low_m = step_m * offset;
    Ok(OutputRange::new(low_m, step_m * steps + low_m)?)
}
