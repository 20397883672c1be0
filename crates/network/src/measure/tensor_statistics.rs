//! Local and accumulated error of a tensor.
//!
//! Local: the FP32 run's value against the same value rounded. Accumulated: the FP32 run's value against the INT8 run's.

use crate::quantization::{CodeType, QuantizationParameters};
use serde::{Deserialize, Serialize};

/// Sums over pairs of a reference and a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairSums {
    /// Pairs.
    pub count: f64,
    /// Sum of squares of the reference.
    pub reference_square: f64,
    /// Sum of squares of the value.
    pub value_square: f64,
    /// Sum of products.
    pub product: f64,
    /// Sum of differences, value less reference.
    pub difference: f64,
    /// Sum of squared differences.
    pub difference_square: f64,
}

impl PairSums {
    /// Of two tensors of the same length.
    #[must_use]
    pub fn of(reference: &[f32], values: &[f32]) -> Self {
        let mut out = Self::default();
        for (&r, &v) in reference.iter().zip(values) {
            let (r, v) = (f64::from(r), f64::from(v));
            let difference = v - r;
            out.count += 1.0;
            out.reference_square += r * r;
            out.value_square += v * v;
            out.product += r * v;
            out.difference += difference;
            out.difference_square += difference * difference;
        }
        out
    }

    /// Adds those of another frame.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.reference_square += other.reference_square;
        self.value_square += other.value_square;
        self.product += other.product;
        self.difference += other.difference;
        self.difference_square += other.difference_square;
    }

    /// Root of the mean squared difference.
    #[must_use]
    pub fn rms(&self) -> f64 {
        libm::sqrt(self.difference_square / self.count.max(1.0))
    }

    /// Mean difference.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.difference / self.count.max(1.0)
    }

    /// Power of the noise over power of the signal; 0 without a signal.
    #[must_use]
    pub fn noise_to_signal(&self) -> f64 {
        if self.reference_square > 0.0 {
            self.difference_square / self.reference_square
        } else {
            0.0
        }
    }

    /// Signal to noise in decibels; `None` where both are equal or there is no signal.
    #[must_use]
    pub fn snr_db(&self) -> Option<f64> {
        let ratio = self.noise_to_signal();
        (ratio > 0.0).then(|| -10.0 * libm::log10(ratio))
    }

    /// Cosine of the angle between both; `None` if one is zero.
    #[must_use]
    pub fn cosine(&self) -> Option<f64> {
        let norm = libm::sqrt(self.reference_square * self.value_square);
        (norm > 0.0).then(|| self.product / norm)
    }
}

/// The effect of rounding on one tensor, over frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TensorStatistics {
    /// Of the quantizer alone.
    pub local: PairSums,
    /// Of the INT8 run.
    pub accumulated: PairSums,
    /// Values that the low end clips, in the FP32 run.
    pub clipped_low: u64,
    /// Values that the high end clips.
    pub clipped_high: u64,
    /// Least value seen in the FP32 run.
    pub seen_low: f32,
    /// Greatest value seen.
    pub seen_high: f32,
    /// Codes that occur in the INT8 run; empty for codes of more than 16 bits.
    codes: Vec<u64>,
}

impl Default for TensorStatistics {
    fn default() -> Self {
        Self {
            local: PairSums::default(),
            accumulated: PairSums::default(),
            clipped_low: 0,
            clipped_high: 0,
            seen_low: f32::INFINITY,
            seen_high: f32::NEG_INFINITY,
            codes: Vec::new(),
        }
    }
}

impl TensorStatistics {
    /// Of one frame: the FP32 run's values and the INT8 run's. `rounded` are a constant's values as they lie in the file.
    #[must_use]
    pub fn of(
        parameters: &QuantizationParameters,
        shape: &[usize],
        float: &[f32],
        rounded: Option<&[f32]>,
        int8: &[f32],
    ) -> Self {
        let own = rounded.map_or_else(
            || {
                let mut own = float.to_vec();
                parameters.round(&mut own, shape);
                own
            },
            <[f32]>::to_vec,
        );
        let clipped = parameters.clipped(float, shape);
        let mut out = Self {
            local: PairSums::of(float, &own),
            accumulated: PairSums::of(float, int8),
            clipped_low: clipped.low,
            clipped_high: clipped.high,
            codes: code_set(parameters, int8, shape),
            ..Self::default()
        };
        for &value in float {
            out.seen_low = out.seen_low.min(value);
            out.seen_high = out.seen_high.max(value);
        }
        out
    }

    /// Adds those of another frame.
    pub fn add(&mut self, other: &Self) {
        self.local.add(&other.local);
        self.accumulated.add(&other.accumulated);
        self.clipped_low += other.clipped_low;
        self.clipped_high += other.clipped_high;
        self.seen_low = self.seen_low.min(other.seen_low);
        self.seen_high = self.seen_high.max(other.seen_high);
        if self.codes.len() < other.codes.len() {
            self.codes.resize(other.codes.len(), 0);
        }
        for (own, more) in self.codes.iter_mut().zip(&other.codes) {
            *own |= more;
        }
    }

    /// Number of codes that occur in the INT8 run; `None` for codes of more than 16 bits.
    #[must_use]
    pub fn codes_used(&self) -> Option<u32> {
        (!self.codes.is_empty()).then(|| self.codes.iter().map(|word| word.count_ones()).sum())
    }

    /// Share of values clipped at either end.
    #[must_use]
    pub fn clipped_share(&self) -> f64 {
        (self.clipped_low + self.clipped_high) as f64 / self.local.count.max(1.0)
    }
}

/// Codes as bits of a set.
fn code_set(parameters: &QuantizationParameters, values: &[f32], shape: &[usize]) -> Vec<u64> {
    let CodeType::Integer { bits, .. } = parameters.code_type else {
        return Vec::new();
    };
    if bits > 16 {
        return Vec::new();
    }
    let (low, _) = parameters.code_type.ends();
    let mut out = vec![0_u64; (1_usize << bits).div_ceil(64)];
    for code in parameters.codes(values, shape) {
        let index = (f64::from(code) - low) as usize;
        if let Some(word) = out.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_give_the_usual_figures() {
        let sums = PairSums::of(&[3.0, 4.0], &[3.0, 5.0]);
        assert_eq!((sums.rms(), sums.bias()), (libm::sqrt(0.5), 0.5));
        assert_eq!(sums.noise_to_signal(), 1.0 / 25.0);
        assert!((sums.snr_db().expect("noise") - 13.979_400).abs() < 1e-6);
        assert!((sums.cosine().expect("norms") - 29.0 / libm::sqrt(25.0 * 34.0)).abs() < 1e-12);
        assert_eq!(PairSums::of(&[1.0], &[1.0]).snr_db(), None);
    }

    #[test]
    fn clipped_values_and_codes_are_counted() {
        let parameters = QuantizationParameters::per_tensor(CodeType::INT8, 1.0, 0);
        let float = [-200.0, 0.2, 0.4, 1.0, 127.4, 300.0];
        let int8 = [-128.0, 0.0, 0.0, 1.0, 127.0, 127.0];
        let mut one = TensorStatistics::of(&parameters, &[6], &float, None, &int8);
        assert_eq!((one.clipped_low, one.clipped_high), (1, 1));
        assert_eq!(one.codes_used(), Some(4));
        assert_eq!((one.seen_low, one.seen_high), (-200.0, 300.0));
        let two = TensorStatistics::of(&parameters, &[1], &[5.0], None, &[6.0]);
        one.add(&two);
        assert_eq!(one.codes_used(), Some(5));
        assert_eq!(two.accumulated.difference, 1.0);
    }
}
