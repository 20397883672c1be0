//! The uniform code in two forms: with the given ends, and with an integer zero point.
//!
//! The quotient `(d - a) / s` is rounded to nearest, ties to even, as ONNX `QuantizeLinear` specifies. Multiplying by the reciprocal
//! would differ at ties.
//!
//! Source of the ideal rounding error: W. R. Bennett, "Spectra of quantized signals", Bell System Technical Journal 27, 1948.

use serde::{Deserialize, Serialize};

use super::bit_width::Bits;
use super::code_error::{CodeError, check_levels};
use super::output_range::OutputRange;
use super::scalar_code::ScalarCode;
use crate::i18n::msgid;

/// Equally spaced values: `2^n`, or any number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UniformCode {
    range: OutputRange,
    step_m: f64,
    steps: u32,
}

impl UniformCode {
    /// Values from the start of the range to its end, both included.
    #[must_use]
    pub fn new(range: OutputRange, bits: Bits) -> Self {
        Self::from_steps(range, bits.steps())
    }

    /// The same with any number of values, for comparisons at equal numbers.
    ///
    /// # Errors
    /// [`CodeError::Levels`] below 2 or above 65,536 values.
    pub fn with_levels(range: OutputRange, levels: usize) -> Result<Self, CodeError> {
        Ok(Self::from_steps(range, check_levels(levels)? - 1))
    }

    fn from_steps(range: OutputRange, steps: u32) -> Self {
        Self {
            range,
            step_m: range.width_m() / f64::from(steps),
            steps,
        }
    }

    /// Values as a runtime stores them. The range is widened to hold 0, then shifted by less than a step so that 0 is a value: the zero
    /// point is an integer.
    #[must_use]
    pub fn with_zero_point(range: OutputRange, bits: Bits) -> Self {
        Self::zero_point_from_steps(range, bits.steps())
    }

    /// The same with any number of values.
    ///
    /// # Errors
    /// [`CodeError::Levels`] below 2 or above 65,536 values.
    pub fn with_zero_point_and_levels(
        range: OutputRange,
        levels: usize,
    ) -> Result<Self, CodeError> {
        Ok(Self::zero_point_from_steps(
            range,
            check_levels(levels)? - 1,
        ))
    }

    fn zero_point_from_steps(range: OutputRange, steps: u32) -> Self {
        let (low, high) = (range.min_m().min(0.0), range.max_m().max(0.0));
        let step_m = (high - low) / f64::from(steps);
        let zero_point = (-low / step_m)
            .round_ties_even()
            .clamp(0.0, f64::from(steps));
        let ends = OutputRange::new(
            -zero_point * step_m,
            (f64::from(steps) - zero_point) * step_m,
        );
        Self {
            // The shifted ends are as far apart as the widened ones, so they are a range.
            range: ends.unwrap_or(range),
            step_m,
            steps,
        }
    }

    /// Distance between neighbouring values, in metres.
    #[must_use]
    pub fn step_m(&self) -> f64 {
        self.step_m
    }

    /// The largest rounding error inside the range, in metres. It is no RMSE, which is smaller by the square root of 3.
    #[must_use]
    pub fn half_step_m(&self) -> f64 {
        self.step_m / 2.0
    }

    /// The RMSE of rounding uniformly distributed depths, `s / sqrt(12)`, in metres (Bennett 1948).
    #[must_use]
    pub fn ideal_rmse_m(&self) -> f64 {
        self.step_m / 12.0_f64.sqrt()
    }
}

impl ScalarCode for UniformCode {
    fn levels(&self) -> usize {
        self.steps as usize + 1
    }

    fn value_m(&self, index: usize) -> f64 {
        self.range.min_m() + index as f64 * self.step_m
    }

    fn index_of(&self, depth_m: f64) -> usize {
        let steps = (depth_m - self.range.min_m()) / self.step_m;
        steps.round_ties_even().clamp(0.0, f64::from(self.steps)) as usize
    }

    fn range(&self) -> OutputRange {
        self.range
    }

    fn upper_threshold_m(&self, index: usize) -> f64 {
        if index >= self.steps as usize {
            return f64::INFINITY;
        }
        self.range.min_m() + (index as f64 + 0.5) * self.step_m
    }
}

/// The form of a uniform code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CodeKind {
    /// Equal steps between the given ends: a normalised output head.
    #[default]
    Uniform,
    /// Equal steps of a range widened to hold zero and shifted to an integer zero point: an INT8 tensor in a runtime.
    UniformZeroPoint,
}

impl CodeKind {
    /// All forms, in the order of the page.
    pub const ALL: [Self; 2] = [Self::Uniform, Self::UniformZeroPoint];

    /// The name in reports, links and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => msgid("uniform"),
            Self::UniformZeroPoint => msgid("uniform, zero point"),
        }
    }

    /// The code with this bit width over a range.
    #[must_use]
    pub fn over(self, range: OutputRange, bits: Bits) -> UniformCode {
        match self {
            Self::Uniform => UniformCode::new(range, bits),
            Self::UniformZeroPoint => UniformCode::with_zero_point(range, bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(min_m: f64, max_m: f64, bits: u8) -> UniformCode {
        UniformCode::new(
            OutputRange::new(min_m, max_m).expect("a range"),
            Bits::new(bits).expect("a width"),
        )
    }

    #[test]
    fn the_published_half_steps() {
        for (max_m, half_step_mm) in [(7.5, 13.7), (10.0, 18.6), (12.5, 23.5), (15.0, 28.4)] {
            let got = code(0.5, max_m, 8).half_step_m() * 1e3;
            assert!((got - half_step_mm).abs() < 0.05, "{got} for {max_m} m");
        }
        let wide = code(0.5, 15.0, 8);
        assert!((wide.step_m() - 0.056_862_745).abs() < 1e-9);
        assert!((wide.ideal_rmse_m() - 0.016_414_86).abs() < 1e-8);
    }

    #[test]
    fn ties_go_to_the_even_index() {
        let code = code(0.0, 255.0, 8);
        for (depth_m, index) in [
            (0.5, 0),
            (1.5, 2),
            (2.5, 2),
            (3.5, 4),
            (-7.0, 0),
            (1e6, 255),
        ] {
            assert_eq!(code.index_of(depth_m), index, "{depth_m}");
        }
    }

    #[test]
    fn a_zero_point_widens_the_range_to_hold_zero() {
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        let code = UniformCode::with_zero_point(range, Bits::EIGHT);
        assert_eq!((code.range().min_m(), code.range().max_m()), (0.0, 15.0));
        assert!((code.step_m() - 15.0 / 255.0).abs() < 1e-15);
    }

    #[test]
    fn a_zero_point_shifts_a_range_around_zero() {
        let range = OutputRange::new(-1.0, 2.1).expect("a range");
        let code = UniformCode::with_zero_point(range, Bits::EIGHT);
        let zero = code.index_of(0.0);
        assert!(code.value_m(zero).abs() < 1e-12);
        assert!((code.range().min_m() + 1.0).abs() <= code.half_step_m());
    }

    proptest! {
        #[test]
        fn rounding_never_exceeds_half_a_step(d in 0.5_f64..15.0, bits in 1_u8..=16) {
            let code = code(0.5, 15.0, bits);
            let error = (code.reconstruct_m(d) - d).abs();
            prop_assert!(error <= code.half_step_m() * (1.0 + 1e-9));
        }

        #[test]
        fn the_rule_never_decreases(a in -5.0_f64..30.0, b in -5.0_f64..30.0, bits in 1_u8..=16) {
            let code = code(0.5, 15.0, bits);
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(code.index_of(low) <= code.index_of(high));
            prop_assert!(code.index_of(high) < code.levels());
        }
    }
}
