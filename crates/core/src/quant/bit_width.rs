//! The bit width of a code.

use serde::{Deserialize, Serialize};

use crate::i18n::tr;

/// A bit width of a code, 1 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Bits(u8);

impl Bits {
    /// INT8.
    pub const EIGHT: Self = Self(8);

    /// INT16, the largest width.
    pub const SIXTEEN: Self = Self(16);

    /// A width of 1 to 16 bits, else `None`. Steps of wider codes are below the rounding of the running sums.
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
