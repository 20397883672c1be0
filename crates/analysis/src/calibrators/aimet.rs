//! AIMET's tf_enhanced: a grid search over steps and offsets, with clipping weighted by 3.
//!
//! As AIMET 2.42 computes it (`aimet_onnx`; older sources: `TfEnhancedEncodingAnalyzer.cpp` and `math_functions.cpp`):
//!
//! - The bins of a histogram have a 512th of the data's width, and 0 is an edge. There are 512 more below and above the data.
//! - The candidates are 17 steps, sixteenths of the largest, with 21 offsets each.
//! - Every pair is clamped to the observed bins, which are extended to contain zero.
//! - The cost is the squared error of the bin centres. A clipped centre is measured to the centre of the end's bin, times 3.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use fathom_core::quant::{Bits, OutputRange, RangeError};

/// Bins between the smallest and the largest sample.
const DATA_BINS: usize = 512;

const BINS: usize = 3 * DATA_BINS;

/// Weight of a clipping error against a rounding error.
const GAMMA: f64 = 3.0;

/// The width that stands for that of equal samples.
const MIN_RANGE: f64 = 0.01;

/// The shares of samples in equal bins. Bin 0 begins `first` widths from zero.
struct Histogram {
    shares: Vec<f64>,
    first: f64,
    width: f64,
}

impl Histogram {
    fn new(data: &dyn CalibrationData) -> Self {
        let spread = data.max() - data.min();
        let width = if spread > 0.0 { spread } else { MIN_RANGE } / DATA_BINS as f64;
        let first = (data.min() / width).floor() - DATA_BINS as f64;
        let edges: Vec<f64> = (0..=BINS).map(|i| (first + i as f64) * width).collect();
        let counts = data.histogram(&edges);
        Self {
            shares: counts.iter().map(|count| count / data.count()).collect(),
            first,
            width,
        }
    }

    fn left_edge(&self, bin: usize) -> f64 {
        (self.first + bin as f64) * self.width
    }

    fn centre(&self, bin: usize) -> f64 {
        self.left_edge(bin) + self.width / 2.0
    }

    fn bin_of(&self, value: f64) -> usize {
        let bin = (value / self.width - self.first).floor();
        bin.clamp(0.0, (BINS - 1) as f64) as usize
    }

    /// Returns the range of the occupied bins, extended to contain zero.
    fn observed(&self) -> (f64, f64) {
        let occupied = |&bin: &usize| self.shares[bin] > 0.0;
        let low = (0..BINS).find(occupied).unwrap_or(0);
        let high = (1..BINS).rev().find(occupied).unwrap_or(BINS - 1);
        (self.left_edge(low).min(0.0), self.left_edge(high).max(0.0))
    }

    /// Computes the weighted squared error of a candidate with a number of steps.
    fn cost(&self, candidate: Candidate, steps: f64) -> f64 {
        let Candidate { step, offset } = candidate;
        let (low, high) = candidate.ends(steps);
        let (low, high) = (self.bin_of(low), self.bin_of(high));
        let square = |x: f64| x * x;
        let clipped =
            |bin: usize, end: usize| self.shares[bin] * square(self.centre(bin) - self.centre(end));
        let below: f64 = (0..low).map(|bin| clipped(bin, low)).sum();
        let above: f64 = (high..BINS).map(|bin| clipped(bin, high)).sum();
        let rounding: f64 = (low..high)
            .map(|bin| {
                let centre = self.centre(bin);
                let coded = step * ((centre / step - offset).round() + offset);
                self.shares[bin] * square(centre - coded)
            })
            .sum();
        GAMMA * (below + above) + rounding
    }
}

/// A step and the offset of the lowest code, in steps.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    step: f64,
    offset: f64,
}

impl Candidate {
    fn ends(self, steps: f64) -> (f64, f64) {
        let low = self.step * self.offset;
        (low, self.step * steps + low)
    }

    /// Clamps both ends to the observed range; `None` for a candidate that exceeds both ends.
    fn clamped(self, (low, high): (f64, f64), steps: f64) -> Option<Self> {
        let (from, to) = self.ends(steps);
        if from < low && to > high {
            return None;
        }
        let step = (to.min(high) - from.max(low)) / steps;
        Some(Self {
            step,
            offset: (from.max(low) / step).round(),
        })
    }
}

/// Returns the offsets of every step, in steps.
fn offsets(steps: f64) -> impl Iterator<Item = f64> {
    (0..=20).map(move |i| (steps / 20.0 * f64::from(i) - steps).trunc())
}

/// Returns the candidate range with the smallest cost.
///
/// # Errors
/// [`CalibrationError::Range`] where the ends form no range.
pub(super) fn tf_enhanced(
    data: &dyn CalibrationData,
    bits: Bits,
) -> Result<OutputRange, CalibrationError> {
    if data.largest_magnitude() == 0.0 {
        // AIMET waits for another tensor.
        return Err(RangeError::Empty {
            min_m: 0.0,
            max_m: 0.0,
        }
        .into());
    }
    let histogram = Histogram::new(data);
    let steps = f64::from(bits.steps());
    let (low, high) = histogram.observed();
    let step = (high - low) / steps;
    let whole = Candidate {
        step,
        offset: (low / step).round(),
    };
    let observed = whole.ends(steps);
    let mut best = (f64::INFINITY, whole);
    let mut try_candidate = |candidate: Candidate| {
        let cost = histogram.cost(candidate, steps);
        if cost < best.0 {
            best = (cost, candidate);
        }
    };
    for sixteenths in 1..=17 {
        let step = whole.step * f64::from(sixteenths) / 16.0;
        for offset in offsets(steps) {
            let clamped = (Candidate { step, offset }).clamped(observed, steps);
            if let Some(candidate) = clamped.filter(|candidate| candidate.step > 0.0) {
                try_candidate(candidate);
            }
        }
    }
    try_candidate(whole);
    let (low, high) = best.1.ends(steps);
    Ok(OutputRange::new(low, high)?)
}

#[cfg(test)]
mod tests {
    use super::super::calibration_data::SignedValues;
    use super::*;

    #[test]
    fn zero_is_an_edge_and_the_margins_are_empty() {
        let samples = (0..1000).map(|i| 0.01 * f64::from(i) - 3.0);
        let values = SignedValues::new(samples.collect()).expect("samples");
        let histogram = Histogram::new(&values);
        assert_eq!(histogram.first.fract(), 0.0);
        assert!((histogram.width - 9.99 / 512.0).abs() < 1e-12);
        let share = |bins: std::ops::Range<usize>| histogram.shares[bins].iter().sum::<f64>();
        assert_eq!((share(0..512), share(1025..1536)), (0.0, 0.0));
        assert!((share(512..1025) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn zeros_have_no_range() {
        let values = SignedValues::new(vec![0.0; 4]).expect("samples");
        assert!(tf_enhanced(&values, Bits::EIGHT).is_err());
    }
}
