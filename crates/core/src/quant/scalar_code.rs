//! What a code is: a finite set of values and a rule that maps a depth to one of them.
//!
//! Knows no particular code's formula; those are one module each.

use serde::{Deserialize, Serialize};

use super::{OutputRange, UniformCode};
use crate::i18n::{msgid, tr};

/// A code for single numbers whose rule never decreases: a farther depth never gets a nearer value.
pub trait ScalarCode {
    /// Number of values.
    fn levels(&self) -> usize;
    /// The value with this index, in metres.
    fn value_m(&self, index: usize) -> f64;
    /// The index of the value that a depth gets.
    fn index_of(&self, depth_m: f64) -> usize;
    /// The interval outside which a depth is clipped, in metres.
    fn range(&self) -> OutputRange;
    /// About where the depths begin that get the value behind this one, in metres: off by some roundings at most, so that
    /// [`Self::index_of`] decides. Infinite for the last.
    fn next_start_m(&self, index: usize) -> f64;

    /// [`Self::index_of`] where it is known not to be under `least`.
    fn index_from(&self, _least: usize, depth_m: f64) -> usize {
        self.index_of(depth_m)
    }

    /// The value that a depth gets, in metres.
    fn reconstruct_m(&self, depth_m: f64) -> f64 {
        self.value_m(self.index_of(depth_m))
    }

    /// Bits that the number of values amounts to, `log2(levels)`: 10.4 for 1,344 values.
    fn level_bits(&self) -> f64 {
        libm::log2(self.levels() as f64)
    }

    /// Whole bits that one stored number takes. A format may take more than its values need.
    fn storage_bits(&self) -> u32 {
        self.levels().next_power_of_two().trailing_zeros()
    }

    /// The distance between the two values about a depth, in metres: its step there. `None` beyond the first or last value.
    /// At a value, the step beyond it counts.
    fn step_at_m(&self, depth_m: f64) -> Option<f64> {
        let last = self.levels() - 1;
        let nearest = self.index_of(depth_m);
        let low = if depth_m >= self.value_m(nearest) {
            nearest
        } else {
            nearest.checked_sub(1)?
        };
        if low < last {
            return Some(self.value_m(low + 1) - self.value_m(low));
        }
        // The last value itself has no step beyond it: the one under it is meant.
        let at_end = depth_m == self.value_m(last) && last > 0;
        at_end.then(|| self.value_m(last) - self.value_m(last - 1))
    }
}

/// Which code a range is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CodeKind {
    /// Equal steps between the ends as typed: a normalised output head.
    #[default]
    Uniform,
    /// Equal steps after the range was widened to hold zero and shifted to an integer zero point: an INT8 tensor as a
    /// runtime stores it.
    UniformZeroPoint,
}

impl CodeKind {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 2] = [Self::Uniform, Self::UniformZeroPoint];

    /// The name in reports, links and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => msgid("uniform"),
            Self::UniformZeroPoint => msgid("uniform, zero point"),
        }
    }

    /// The code with `bits` bits over a range.
    #[must_use]
    pub fn over(self, range: OutputRange, bits: Bits) -> UniformCode {
        match self {
            Self::Uniform => UniformCode::new(range, bits),
            Self::UniformZeroPoint => UniformCode::with_zero_point(range, bits),
        }
    }
}

/// A bit width that a code can have, 1 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Bits(u8);

impl Bits {
    /// INT8.
    pub const EIGHT: Self = Self(8);

    /// INT16, and the most there is.
    pub const SIXTEEN: Self = Self(16);

    /// A width of 1 to 16 bits, else `None`: finer codes than 16 bits are below the rounding of the running sums.
    #[must_use]
    pub fn new(bits: u8) -> Option<Self> {
        (1..=16).contains(&bits).then_some(Self(bits))
    }

    /// The number of bits.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// Number of steps between the first and the last value, `2^n - 1`.
    #[must_use]
    pub fn steps(self) -> u32 {
        (1 << self.0) - 1
    }
}

impl TryFrom<u8> for Bits {
    type Error = &'static str;

    fn try_from(bits: u8) -> Result<Self, Self::Error> {
        Self::new(bits).ok_or(tr!("a bit width must be from 1 to 16"))
    }
}

impl From<Bits> for u8 {
    fn from(bits: Bits) -> Self {
        bits.0
    }
}
