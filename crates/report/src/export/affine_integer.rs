//! A range as scale and zero point, the form in which integer runtimes store it.
//!
//! `value = (q - zero_point) * scale`, with q in `0..=2^n - 1` or, signed, in `-2^(n-1)..=2^(n-1) - 1` (ONNX `QuantizeLinear`;
//! TensorFlow Lite 8-bit quantization specification; B. Jacob et al., CVPR 2018).

use fathom_core::quant::{Bits, OutputRange, ScalarCode, UniformCode};

/// Signedness of the stored integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signedness {
    /// Integers from 0.
    Unsigned,
    /// Two's complement.
    Signed,
}

/// Scale and zero point of an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineInteger {
    /// Bits of a stored integer.
    pub bits: Bits,
    /// Signedness of a stored integer.
    pub sign: Signedness,
    /// Metres per step.
    pub scale_m: f64,
    /// The integer that represents 0 m.
    pub zero_point: i32,
    /// The represented interval, in metres: the range widened to 0 and moved to an integer zero point.
    pub range: OutputRange,
}

impl AffineInteger {
    /// Converts a range to the asymmetric form, which represents 0 m exactly.
    #[must_use]
    pub fn asymmetric(range: OutputRange, bits: Bits, sign: Signedness) -> Self {
        let code = UniformCode::with_zero_point(range, bits);
        let first = match sign {
            Signedness::Unsigned => 0,
            Signedness::Signed => -(1 << (bits.get() - 1)),
        };
        let zero = (-code.range().min_m() / code.step_m()).round_ties_even() as i32;
        Self {
            bits,
            sign,
            scale_m: code.step_m(),
            zero_point: first + zero,
            range: code.range(),
        }
    }

    /// Converts a range to the symmetric form: zero point 0, without the smallest integer.
    ///
    /// `None` for a single bit, whose only value would be 0.
    #[must_use]
    pub fn symmetric(range: OutputRange, bits: Bits) -> Option<Self> {
        let largest_m = range.min_m().abs().max(range.max_m().abs());
        let steps = (1_i32 << (bits.get() - 1)) - 1;
        let range = OutputRange::new(-largest_m, largest_m).ok()?;
        (steps > 0).then(|| Self {
            bits,
            sign: Signedness::Signed,
            scale_m: largest_m / f64::from(steps),
            zero_point: 0,
            range,
        })
    }

    /// Returns the smallest and the largest integer.
    #[must_use]
    pub fn ends(&self) -> (i32, i32) {
        let half = 1 << (self.bits.get() - 1);
        match self.sign {
            Signedness::Unsigned => (0, 2 * half - 1),
            Signedness::Signed => (-half, half - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(min_m: f64, max_m: f64) -> OutputRange {
        OutputRange::new(min_m, max_m).expect("a range")
    }

    #[test]
    fn the_published_range_has_the_published_step() {
        // [0.5, 15] m becomes [0, 15] m: 58.8 mm instead of 56.9 mm.
        let stored = AffineInteger::asymmetric(range(0.5, 15.0), Bits::EIGHT, Signedness::Unsigned);
        assert_eq!(stored.zero_point, 0);
        assert!((stored.scale_m - 15.0 / 255.0).abs() < 1e-15);
        let signed = AffineInteger::asymmetric(range(0.5, 15.0), Bits::EIGHT, Signedness::Signed);
        assert_eq!((signed.zero_point, signed.scale_m), (-128, stored.scale_m));
        let symmetric = AffineInteger::symmetric(range(0.5, 15.0), Bits::EIGHT).expect("bits");
        assert_eq!(symmetric.scale_m, 15.0 / 127.0);
    }

    proptest! {
        #[test]
        fn the_integers_span_the_range(a in -20.0_f64..20.0, width in 0.1_f64..60.0, bits in 2_u8..=16) {
            let bits = Bits::new(bits).expect("a width");
            for sign in [Signedness::Unsigned, Signedness::Signed] {
                let stored = AffineInteger::asymmetric(range(a, a + width), bits, sign);
                let value = |q: i32| f64::from(q - stored.zero_point) * stored.scale_m;
                let (first, last) = stored.ends();
                let tiny = 1e-9 * (a.abs() + width);
                prop_assert!((value(first) - stored.range.min_m()).abs() < tiny);
                prop_assert!((value(last) - stored.range.max_m()).abs() < tiny);
                prop_assert!((first..=last).contains(&stored.zero_point));
                // Moving the zero point costs at most half a step.
                prop_assert!(value(first) <= a + 0.5 * stored.scale_m + tiny);
                prop_assert!(value(last) >= a + width - 0.5 * stored.scale_m - tiny);
            }
        }
    }
}
