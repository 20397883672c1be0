//! The interval of depths that an output can represent.

use super::bit_width::Bits;
use crate::i18n::tr;
use serde::{Deserialize, Serialize};

/// A range `[min, max]` in metres, with `min < max`, both finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
pub struct OutputRange {
    min_m: f64,
    max_m: f64,
}

/// Two numbers that are no range. Each message says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum RangeError {
    /// An end is NaN or infinite.
    #[error("{}", tr!("a range needs two finite ends, in metres"))]
    NotFinite,
    /// The ends are equal or swapped.
    #[error("{}", tr!("a range needs its start below its end: {min_m} m is not below {max_m} m", min_m = .min_m, max_m = .max_m))]
    Empty {
        /// The given start.
        min_m: f64,
        /// The given end.
        max_m: f64,
    },
    /// Ends so close, or so far apart, that steps between values cannot be computed.
    #[error("{}", tr!("the range from {min_m} m to {max_m} m is too narrow or too wide to divide into steps", min_m = .min_m, max_m = .max_m))]
    NoStep {
        /// The given start.
        min_m: f64,
        /// The given end.
        max_m: f64,
    },
}

/// Smallest width relative to the larger end: 16-bit steps must be far above the rounding of the ends.
const MIN_RELATIVE_WIDTH: f64 = 1e-9;

/// Largest end in metres: squares of depths must stay finite.
const MAX_END_M: f64 = 1e9;

impl OutputRange {
    /// The range between two ends in metres.
    ///
    /// # Errors
    /// [`RangeError`] if the ends are not finite, not ascending, or cannot be divided into steps.
    pub fn new(min_m: f64, max_m: f64) -> Result<Self, RangeError> {
        if !min_m.is_finite() || !max_m.is_finite() {
            return Err(RangeError::NotFinite);
        }
        if min_m >= max_m {
            return Err(RangeError::Empty { min_m, max_m });
        }
        let largest = min_m.abs().max(max_m.abs());
        if max_m - min_m < largest * MIN_RELATIVE_WIDTH
            || largest > MAX_END_M
            || max_m - min_m < 1e-9
        {
            return Err(RangeError::NoStep { min_m, max_m });
        }
        Ok(Self { min_m, max_m })
    }

    /// The start, in metres.
    #[must_use]
    pub fn min_m(self) -> f64 {
        self.min_m
    }

    /// The end, in metres.
    #[must_use]
    pub fn max_m(self) -> f64 {
        self.max_m
    }

    /// End minus start, in metres.
    #[must_use]
    pub fn width_m(self) -> f64 {
        self.max_m - self.min_m
    }

    /// The range with its ends rounded to a number of significant digits, or the range itself if the result is no range.
    #[must_use]
    pub fn rounded(self, digits: usize) -> Self {
        let rounded = |end: f64| {
            let text = format!("{end:.0$e}", digits.saturating_sub(1));
            text.parse().unwrap_or(end)
        };
        Self::new(rounded(self.min_m), rounded(self.max_m)).unwrap_or(self)
    }

    /// Step of a uniform code of this width over the range, in metres.
    #[must_use]
    pub fn step_m(self, bits: Bits) -> f64 {
        self.width_m() / f64::from(bits.steps())
    }

    /// Returns true if a depth lies inside, ends included.
    #[must_use]
    pub fn contains(self, depth_m: f64) -> bool {
        self.min_m <= depth_m && depth_m <= self.max_m
    }
}

impl TryFrom<(f64, f64)> for OutputRange {
    type Error = RangeError;

    fn try_from((min_m, max_m): (f64, f64)) -> Result<Self, RangeError> {
        Self::new(min_m, max_m)
    }
}

impl From<OutputRange> for (f64, f64) {
    fn from(range: OutputRange) -> Self {
        (range.min_m, range.max_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_are_no_range_are_refused() {
        for (min_m, max_m, ok) in [
            (0.5, 15.0, true),
            (0.0, 0.001, true),
            (-1.0, 1.0, true),
            (1.0, 1.0, false),
            (2.0, 1.0, false),
            (f64::NAN, 1.0, false),
            (0.0, f64::INFINITY, false),
            (0.0, 5e-324, false),
            (1e6, 1e6 + 1e-9, false),
            (0.0, 1e300, false),
        ] {
            assert_eq!(
                OutputRange::new(min_m, max_m).is_ok(),
                ok,
                "[{min_m}, {max_m}]"
            );
        }
    }

    #[test]
    fn rounded_ends_have_few_digits() {
        let range = OutputRange::new(0.004, 230.272_999_999_999_97).expect("a range");
        let rounded = range.rounded(6);
        assert_eq!((rounded.min_m(), rounded.max_m()), (0.004, 230.273));
        let narrow = OutputRange::new(1.0, 1.000_000_1).expect("a range");
        assert_eq!(narrow.rounded(3), narrow);
    }
}
