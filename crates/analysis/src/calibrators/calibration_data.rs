//! What the methods read of the values that they choose a range for: depths, or activations of either sign.

use crate::coded_errors::SquaredErrors;
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::{Distribution, SquareMoments};

/// Sorted values with counts. Lengths of depths are in metres; activations have their own unit.
pub trait CalibrationData {
    /// Smallest value.
    fn min(&self) -> f64;

    /// Largest value.
    fn max(&self) -> f64;

    /// Number of values.
    fn count(&self) -> f64;

    /// Mean.
    fn mean(&self) -> f64;

    /// Standard deviation, dividing by n.
    fn std(&self) -> f64;

    /// Mean of `abs(x - mean)`.
    fn mean_deviation(&self) -> f64;

    /// The value below which a share (0 to 1) lies, interpolated linearly between ranks.
    fn quantile(&self, share: f64) -> f64;

    /// [`Self::quantile`] of the magnitudes.
    fn magnitude_quantile(&self, share: f64) -> f64;

    /// Values per bin between ascending edges. Bin `i` holds `edges[i] <= x < edges[i + 1]`; the last bin includes its upper edge.
    fn histogram(&self, edges: &[f64]) -> Vec<f64>;

    /// [`Self::histogram`] of the magnitudes.
    fn magnitude_histogram(&self, edges: &[f64]) -> Vec<f64>;

    /// Sum of the squared errors of a uniform code with an integer zero point over a range.
    fn squared_error(&self, range: OutputRange, bits: Bits) -> f64;

    /// Largest magnitude.
    fn largest_magnitude(&self) -> f64 {
        self.max().max(-self.min())
    }
}

impl CalibrationData for Distribution {
    fn min(&self) -> f64 {
        self.min_m()
    }

    fn max(&self) -> f64 {
        self.max_m()
    }

    fn count(&self) -> f64 {
        Self::count(self)
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
        (2.0 * lacking / Self::count(self)).max(0.0)
    }

    fn quantile(&self, share: f64) -> f64 {
        self.quantile_m(share)
    }

    fn magnitude_quantile(&self, share: f64) -> f64 {
        self.quantile_m(share)
    }

    fn histogram(&self, edges: &[f64]) -> Vec<f64> {
        Self::histogram(self, edges)
    }

    fn magnitude_histogram(&self, edges: &[f64]) -> Vec<f64> {
        // Depths are positive.
        Self::histogram(self, edges)
    }

    fn squared_error(&self, range: OutputRange, bits: Bits) -> f64 {
        let code = CodeKind::UniformZeroPoint.over(range, bits);
        let errors = SquaredErrors::measure(self, &code);
        errors.inside_square + errors.outside_square
    }
}
