//! Signed errors of a set of pixels: their bias and their spread.
//!
//! Knows numbers only.

use serde::{Deserialize, Serialize};

/// Count, sum and sum of squares of errors in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignedSums {
    /// Number of pixels.
    pub count: f64,
    /// Sum of errors.
    pub sum: f64,
    /// Sum of squared errors.
    pub square: f64,
}

impl SignedSums {
    /// Adds an error.
    pub fn push(&mut self, error_m: f64) {
        self.count += 1.0;
        self.sum += error_m;
        self.square += error_m * error_m;
    }

    /// Adds the errors of others.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.square += other.square;
    }

    /// Mean error; `None` without pixels.
    #[must_use]
    pub fn bias_m(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// Standard deviation, dividing by n; `None` without pixels. Good to six digits while the bias is under a thousand spreads.
    #[must_use]
    pub fn spread_m(&self) -> Option<f64> {
        let bias = self.bias_m()?;
        let variance = self.square / self.count - bias * bias;
        Some(variance.max(0.0).sqrt())
    }

    /// Root of the mean square; `None` without pixels.
    #[must_use]
    pub fn rms_m(&self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.square / self.count).sqrt())
    }
}

/// The errors of the network, of quantization and of both together over the same pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorTriple {
    /// `f = F - G`.
    pub f: SignedSums,
    /// `q = Q - F`.
    pub q: SignedSums,
    /// `Q - G`.
    pub total: SignedSums,
}

impl ErrorTriple {
    /// Adds a pixel.
    pub fn push(&mut self, gt_m: f64, fp32_m: f64, int8_m: f64) {
        self.f.push(fp32_m - gt_m);
        self.q.push(int8_m - fp32_m);
        self.total.push(int8_m - gt_m);
    }

    /// Adds the pixels of others.
    pub fn add(&mut self, other: &Self) {
        self.f.add(&other.f);
        self.q.add(&other.q);
        self.total.add(&other.total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_and_spread_of_known_errors() {
        let mut sums = SignedSums::default();
        assert_eq!(
            (sums.bias_m(), sums.spread_m(), sums.rms_m()),
            (None, None, None)
        );
        sums.push(1.0);
        sums.push(3.0);
        assert_eq!((sums.bias_m(), sums.spread_m()), (Some(2.0), Some(1.0)));
        assert_eq!(sums.rms_m(), Some(5.0_f64.sqrt()));
    }
}
