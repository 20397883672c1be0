//! The samples that a calibration method sees: the depths of a distribution, or values of either sign such as activations.

use crate::coded_errors::SquaredErrors;
use fathom_core::quant::{Bits, CodeKind, OutputRange, ScalarCode};
use fathom_core::stats::{Distribution, SquareMoments};

/// Samples with the statistics that calibration methods use. Lengths have the unit of the samples: metres for depths.
pub trait CalibrationData {
    /// Returns the number of samples, which is at least 1.
    fn count(&self) -> f64;

    /// Returns the smallest sample.
    fn min(&self) -> f64;

    /// Returns the largest sample.
    fn max(&self) -> f64;

    /// Returns the mean.
    fn mean(&self) -> f64;

    /// Returns the standard deviation, dividing by n.
    fn std(&self) -> f64;

    /// Returns the mean of `abs(x - mean)`, the scale of a Laplace density.
    fn mean_deviation(&self) -> f64;

    /// Returns the value below which a share (0 to 1) of the samples lies, linear between ranks as in numpy's `percentile`.
    fn quantile(&self, share: f64) -> f64;

    /// Returns the quantile of the magnitudes.
    fn magnitude_quantile(&self, share: f64) -> f64;

    /// Returns the samples per bin between ascending edges. The last bin includes its upper edge, as in numpy's `histogram`.
    fn histogram(&self, edges: &[f64]) -> Vec<f64>;

    /// Returns the magnitudes per bin.
    fn magnitude_histogram(&self, edges: &[f64]) -> Vec<f64>;

    /// Returns the sum of the squared errors of a uniform code with an integer zero point over a range.
    fn squared_error(&self, range: OutputRange, bits: Bits) -> f64;

    /// Returns the largest magnitude.
    fn largest_magnitude(&self) -> f64 {
        self.min().abs().max(self.max().abs())
    }
}

impl CalibrationData for Distribution {
    fn count(&self) -> f64 {
        self.count()
    }

    fn min(&self) -> f64 {
        self.min_m()
    }

    fn max(&self) -> f64 {
        self.max_m()
    }

    fn mean(&self) -> f64 {
        self.mean_m()
    }

    fn std(&self) -> f64 {
        self.std_m()
    }

    fn mean_deviation(&self) -> f64 {
        let mean = self.mean_m();
        let at = self.partition_point(0, usize::MAX, |d| d < mean);
        let near: SquareMoments = self.sums_before(at);
        // The deviations below and above the mean have the same sum, so twice the lower sum is the total.
        let lacking = mean * near.count - near.depth.value();
        (2.0 * lacking / self.count()).max(0.0)
    }

    fn quantile(&self, share: f64) -> f64 {
        self.quantile_m(share)
    }

    // Depths are positive, so they are their own magnitudes.
    fn magnitude_quantile(&self, share: f64) -> f64 {
        self.quantile_m(share)
    }

    fn histogram(&self, edges: &[f64]) -> Vec<f64> {
        self.histogram(edges)
    }

    fn magnitude_histogram(&self, edges: &[f64]) -> Vec<f64> {
        self.histogram(edges)
    }

    fn squared_error(&self, range: OutputRange, bits: Bits) -> f64 {
        let code = CodeKind::UniformZeroPoint.over(range, bits);
        let errors = SquaredErrors::measure(self, &code);
        errors.inside_square + errors.outside_square
    }
}

/// Values of either sign, such as the activations of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedValues {
    sorted: Vec<f64>,
}

impl SignedValues {
    /// Sorts the finite samples; `None` without any. PyTorch's observer leaves out infinite samples too.
    #[must_use]
    pub fn new(mut samples: Vec<f64>) -> Option<Self> {
        samples.retain(|x| x.is_finite());
        radsort::sort(&mut samples);
        (!samples.is_empty()).then_some(Self { sorted: samples })
    }

    fn magnitudes(&self) -> Self {
        let mut sorted: Vec<f64> = self.sorted.iter().map(|x| x.abs()).collect();
        radsort::sort(&mut sorted);
        Self { sorted }
    }

    fn mean_of(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.sorted.iter().map(|&x| of(x)).sum::<f64>() / self.count()
    }
}

impl CalibrationData for SignedValues {
    fn count(&self) -> f64 {
        self.sorted.len() as f64
    }

    fn min(&self) -> f64 {
        self.sorted.first().copied().unwrap_or_default()
    }

    fn max(&self) -> f64 {
        self.sorted.last().copied().unwrap_or_default()
    }

    fn mean(&self) -> f64 {
        self.mean_of(|x| x)
    }

    fn std(&self) -> f64 {
        let mean = self.mean();
        self.mean_of(|x| (x - mean) * (x - mean)).sqrt()
    }

    fn mean_deviation(&self) -> f64 {
        let mean = self.mean();
        self.mean_of(|x| (x - mean).abs())
    }

    fn quantile(&self, share: f64) -> f64 {
        let position = share.clamp(0.0, 1.0) * (self.count() - 1.0);
        let rank = libm::floor(position) as usize;
        let at = |rank: usize| self.sorted.get(rank).copied().unwrap_or(self.max());
        let (low, high) = (at(rank), at(rank + 1));
        low + (high - low) * (position - rank as f64)
    }

    fn magnitude_quantile(&self, share: f64) -> f64 {
        self.magnitudes().quantile(share)
    }

    fn histogram(&self, edges: &[f64]) -> Vec<f64> {
        let Some((&last, rest)) = edges.split_last() else {
            return Vec::new();
        };
        let before = |edge: &f64| self.sorted.partition_point(|x| x < edge);
        let mut cumulative: Vec<usize> = rest.iter().map(before).collect();
        cumulative.push(self.sorted.partition_point(|&x| x <= last));
        let bins = cumulative.windows(2);
        bins.map(|w| w[1].saturating_sub(w[0]) as f64).collect()
    }

    fn magnitude_histogram(&self, edges: &[f64]) -> Vec<f64> {
        self.magnitudes().histogram(edges)
    }

    fn squared_error(&self, range: OutputRange, bits: Bits) -> f64 {
        let code = CodeKind::UniformZeroPoint.over(range, bits);
        let error = |&x: &f64| x - code.value_m(code.index_of(x));
        self.sorted.iter().map(|x| error(x) * error(x)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;
    use proptest::prelude::*;

    /// Histogram edges that do not hit a sample.
    const EDGES: [f64; 5] = [0.0, 0.7001, 1.9003, 6.1007, 50.0];

    proptest! {
        /// Positive values give the same statistics, whichever type holds them.
        #[test]
        fn both_types_agree_on_depths(samples in prop::collection::vec(0.01..40.0_f64, 2..200), share in 0.0..1.0_f64) {
            let mut sorted = samples.clone();
            sorted.sort_by(f64::total_cmp);
            let counts = vec![1; sorted.len()];
            let depths = Distribution::new(sorted, counts, Resolution::Exact).expect("depths");
            let values = SignedValues::new(samples).expect("samples");
            let figures = |d: &dyn CalibrationData| {
                let mut all = vec![
                    d.count(), d.min(), d.max(), d.mean(), d.mean_deviation(), d.quantile(share), d.magnitude_quantile(share),
                    d.std(), d.largest_magnitude(),
                ];
                all.extend(d.histogram(&EDGES));
                all.extend(d.magnitude_histogram(&EDGES));
                all.push(d.squared_error(OutputRange::new(0.0, 30.0).expect("a range"), Bits::EIGHT));
                all
            };
            for (a, b) in figures(&depths).iter().zip(figures(&values)) {
                prop_assert!((a - b).abs() <= 1e-7 * b.abs().max(1.0), "{a} against {b}");
            }
        }

        /// Changing all signs mirrors the histogram and keeps the magnitudes.
        #[test]
        fn signs_mirror(samples in prop::collection::vec(-40.0..40.0_f64, 2..200), share in 0.0..1.0_f64) {
            let values = SignedValues::new(samples.clone()).expect("samples");
            let mirrored = SignedValues::new(samples.iter().map(|x| -x).collect()).expect("samples");
            let edges = [-50.0, -6.1007, -1.9003, 0.3002, 7.5004, 50.0];
            let mirrored_edges: Vec<f64> = edges.iter().rev().map(|x| -x).collect();
            let mut bins = mirrored.histogram(&mirrored_edges);
            bins.reverse();
            prop_assert_eq!(values.histogram(&edges), bins);
            prop_assert_eq!(values.magnitude_histogram(&EDGES), mirrored.magnitude_histogram(&EDGES));
            prop_assert!((values.quantile(share) + mirrored.quantile(1.0 - share)).abs() < 1e-9);
            prop_assert!((values.mean_deviation() - mirrored.mean_deviation()).abs() < 1e-9);
        }
    }

    #[test]
    fn samples_that_are_not_finite_do_not_count() {
        let values = SignedValues::new(vec![f64::NAN, 1.0, f64::INFINITY, -2.0]).expect("samples");
        assert_eq!(
            (values.count(), values.min(), values.max()),
            (2.0, -2.0, 1.0)
        );
        assert!(SignedValues::new(vec![f64::NEG_INFINITY]).is_none());
    }
}
