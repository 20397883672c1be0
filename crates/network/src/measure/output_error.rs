//! The effect of a set of quantizers on the network's output on one frame, as sums that add up over frames.

use fathom_core::metrics::{DEFAULT_EVAL_MIN_M, DepthMetrics, ErrorSums, pixel_sums};
use serde::{Deserialize, Serialize};

/// From the values of an output to depths in metres; what is no depth becomes NaN.
pub type ToMetres<'a> = &'a (dyn Fn(&[f32]) -> Vec<f64> + Sync);

/// Sums of differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DifferenceSums {
    /// Values compared.
    pub count: f64,
    /// Sum of differences.
    pub sum: f64,
    /// Sum of their squares.
    pub square: f64,
    /// The largest by size.
    pub largest: f64,
}

impl DifferenceSums {
    /// Of pairs of finite values.
    pub fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut out = Self::default();
        for (value, reference) in pairs {
            let difference = value - reference;
            if difference.is_finite() {
                out.count += 1.0;
                out.sum += difference;
                out.square += difference * difference;
                out.largest = out.largest.max(difference.abs());
            }
        }
        out
    }

    /// Adds those of another frame.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.square += other.square;
        self.largest = self.largest.max(other.largest);
    }

    /// Mean of the squares; 0 without values.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        self.square / self.count.max(1.0)
    }

    /// Root of the mean of the squares.
    #[must_use]
    pub fn rms(&self) -> f64 {
        libm::sqrt(self.mean_square())
    }

    /// Mean difference.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }
}

/// The change of an output from the FP32 run, and its error against ground truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutputError {
    /// In the output's own unit.
    pub change: DifferenceSums,
    /// In metres.
    pub change_m: DifferenceSums,
    /// Against ground truth, in metres, at the pixels where ground truth, FP32 and this run all have a depth; count 0 without it.
    pub truth: ErrorSums,
    /// The FP32 run against ground truth, at the same pixels.
    pub fp32_truth: ErrorSums,
}

impl OutputError {
    /// Compares an output with the FP32 run's, and with ground truth in metres (NaN or at most 0 where there is none).
    #[must_use]
    pub fn of(
        values: &[f32],
        reference: &[f32],
        reference_m: &[f64],
        to_metres: ToMetres<'_>,
        truth_m: Option<&[f64]>,
    ) -> Self {
        let wide = |v: &f32| f64::from(*v);
        let change = DifferenceSums::of(values.iter().map(wide).zip(reference.iter().map(wide)));
        let metres = to_metres(values);
        let change_m = DifferenceSums::of(metres.iter().copied().zip(reference_m.iter().copied()));
        let [truth, fp32_truth] =
            truth_m.map_or_else(Default::default, |g| truth_sums(g, [&metres, reference_m]));
        Self {
            change,
            change_m,
            truth,
            fp32_truth,
        }
    }

    /// Adds those of another frame.
    pub fn add(&mut self, other: &Self) {
        self.change.add(&other.change);
        self.change_m.add(&other.change_m);
        self.truth.add(&other.truth);
        self.fp32_truth.add(&other.fp32_truth);
    }

    /// Metrics against ground truth, if there is any.
    #[must_use]
    pub fn metrics(&self) -> Option<DepthMetrics> {
        DepthMetrics::from_sums(&self.truth)
    }

    /// Metrics of the FP32 run at the same pixels.
    #[must_use]
    pub fn fp32_metrics(&self) -> Option<DepthMetrics> {
        DepthMetrics::from_sums(&self.fp32_truth)
    }
}

/// Sums at the pixels where ground truth and both maps have a depth, as the comparison of predictions counts.
fn truth_sums(truth_m: &[f64], maps_m: [&[f64]; 2]) -> [ErrorSums; 2] {
    let [mut g, mut own, mut fp32] = [const { Vec::new() }; 3];
    for ((&truth, &own_m), &fp32_m) in truth_m.iter().zip(maps_m[0]).zip(maps_m[1]) {
        if truth > 0.0 && truth.is_finite() && own_m.is_finite() && fp32_m.is_finite() {
            g.push(truth);
            own.push(own_m);
            fp32.push(fp32_m);
        }
    }
    pixel_sums(&g, [&own, &fp32], DEFAULT_EVAL_MIN_M).map(|sums| sums.errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_in_both_units() {
        let inverse = |v: &[f32]| -> Vec<f64> { v.iter().map(|&d| 1.0 / f64::from(d)).collect() };
        let reference = [0.5_f32, 0.25, 1.0];
        let reference_m = inverse(&reference);
        let truth = [2.0, f64::NAN, 0.0];
        let error = OutputError::of(
            &[0.25, 0.25, f32::NAN],
            &reference,
            &reference_m,
            &inverse,
            Some(&truth),
        );
        assert_eq!((error.change.count, error.change.square), (2.0, 0.0625));
        assert_eq!((error.change_m.sum, error.change_m.largest), (2.0, 2.0));
        let metrics = error.metrics().expect("one pixel");
        assert_eq!((error.truth.count, metrics.rmse), (1.0, 2.0));
    }

    #[test]
    fn both_runs_are_judged_at_the_same_pixels() {
        let metres = |v: &[f32]| -> Vec<f64> {
            let depth = |&v: &f32| if v > 0.0 { f64::from(v) } else { f64::NAN };
            v.iter().map(depth).collect()
        };
        // INT8 has no depth at the second pixel, FP32 none at the third, ground truth none at the fourth.
        let fp32 = [2.0_f32, 9.0, 0.0, 4.0];
        let int8 = [3.0_f32, -1.0, 5.0, 4.0];
        let truth = [1.0, 1.0, 1.0, f64::NAN];
        let error = OutputError::of(&int8, &fp32, &metres(&fp32), &metres, Some(&truth));
        let rmse = |metrics: Option<DepthMetrics>| metrics.expect("one pixel").rmse;
        assert_eq!((error.truth.count, error.fp32_truth.count), (1.0, 1.0));
        assert_eq!(
            (rmse(error.metrics()), rmse(error.fp32_metrics())),
            (2.0, 1.0)
        );
    }
}
