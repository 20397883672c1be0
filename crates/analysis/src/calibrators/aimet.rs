//! AIMET's tf_enhanced: a grid of steps and offsets, clipping weighted by 3.
//!
//! From `TfEnhancedEncodingAnalyzer.cpp` and `math_functions.cpp`: a histogram of 512 bins over three times the range of the data; 17
//! steps, sixteenths of the largest, with 21 offsets each, every pair clamped to the observed range, which is made to contain zero;
//! the cost is the squared error of the bins' middles, clipped ones to the middle of the end's bin and times 3.
//!
//! One thing is not copied: a 2022 snapshot clamps the step in place, so that all later offsets of the step see the clamped one, and
//! for data without negative values every candidate but the whole range is lost. Here each pair is clamped by itself.

use super::CalibrationError;
use fathom_core::quant::{Bits, OutputRange};
use fathom_core::stats::Distribution;

const BINS: usize = 512;

/// What clipping counts against rounding.
const GAMMA: f64 = 3.0;

/// The least range, in metres.
const MIN_RANGE_M: f64 = 0.01;

/// Shares of the pixels by bin, and where the bins begin.
struct Histogram {
    shares: Vec<f64>,
    first_m: f64,
    width_m: f64,
}

impl Histogram {
    fn of(depths: &Distribution) -> Self {
        let min_m = depths.min_m();
        let max_m = if depths.max_m() > min_m {
            depths.max_m()
        } else {
            min_m + MIN_RANGE_M
        };
        let centre = f64::midpoint(min_m, max_m);
        let first_m = centre - 3.0 * (centre - min_m);
        let last_m = centre + 3.0 * (max_m - centre);
        let width_m = (last_m - first_m) / BINS as f64;
        // A depth belongs to the bin whose beginning is nearest.
        let edges: Vec<f64> = (0..=BINS)
            .map(|i| first_m + (i as f64 - 0.5) * width_m)
            .collect();
        let counts = depths.histogram(&edges);
        Self {
            shares: counts.iter().map(|count| count / depths.count()).collect(),
            first_m,
            width_m,
        }
    }

    fn begin_m(&self, bin: usize) -> f64 {
        self.first_m + bin as f64 * self.width_m
    }

    fn middle_m(&self, bin: usize) -> f64 {
        self.begin_m(bin) + self.width_m / 2.0
    }

    fn bin_of(&self, value_m: f64) -> usize {
        let bin = ((value_m - self.first_m) / self.width_m).floor();
        bin.clamp(0.0, (BINS - 1) as f64) as usize
    }

    /// The range of the occupied bins, zero contained.
    fn observed_m(&self) -> (f64, f64) {
        let occupied = |&bin: &usize| self.shares[bin] > 0.0;
        let low = (0..BINS).find(occupied).unwrap_or(0);
        let high = (1..BINS).rev().find(occupied).unwrap_or(BINS - 1);
        let low_m = self.begin_m(low).min(0.0);
        (low_m, self.begin_m(high).max(0.0).max(low_m + MIN_RANGE_M))
    }

    /// The weighted squared error of a step and an offset in steps.
    fn cost(&self, step_m: f64, offset: f64, steps: f64) -> f64 {
        let low_m = step_m * offset;
        let high_m = step_m * steps + low_m;
        let (low, high) = (self.bin_of(low_m), self.bin_of(high_m));
        let square = |x: f64| x * x;
        let clipped = |bin: usize, end: usize| {
            self.shares[bin] * square(self.middle_m(bin) - self.middle_m(end))
        };
        let below: f64 = (0..low).map(|bin| clipped(bin, low)).sum();
        let above: f64 = (high..BINS).map(|bin| clipped(bin, high)).sum();
        let rounding: f64 = (low..high)
            .map(|bin| {
                let middle_m = self.middle_m(bin);
                let coded_m = step_m * ((middle_m / step_m - offset).round() + offset);
                self.shares[bin] * square(middle_m - coded_m)
            })
            .sum();
        GAMMA * (below + above) + rounding
    }
}

/// The range for a distribution.
pub(super) fn tf_enhanced(
    depths: &Distribution,
    bits: Bits,
) -> Result<OutputRange, CalibrationError> {
    let histogram = Histogram::of(depths);
    let steps = f64::from(bits.steps());
    let (low_m, high_m) = histogram.observed_m();
    let whole_step_m = (high_m - low_m) / steps;
    let whole_offset = (low_m / whole_step_m).round();
    let low_m = whole_step_m * whole_offset;
    let high_m = low_m + whole_step_m * steps;
    let clamped = |step_m: f64, offset: f64| {
        let (from, to) = (step_m * offset, step_m * offset + step_m * steps);
        // A pair that reaches beyond both ends is no candidate.
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
