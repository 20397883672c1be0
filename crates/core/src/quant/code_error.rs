//! Errors of code parameters.

use super::output_range::RangeError;
use crate::i18n::tr;
use serde::{Deserialize, Serialize};

/// Largest number of values of a code. Finer steps are below the rounding of the running sums.
pub const MAX_LEVELS: usize = 1 << 16;

/// Parameters that make no code. Each message says what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum CodeError {
    /// Too few or too many values.
    #[error("{}", tr!("a code needs from 2 to 65,536 values, not {}", .0))]
    Levels(usize),
    /// The logarithm or the inverse of the start does not exist.
    #[error("{}", tr!("the {} code needs a range that starts above 0 m", .0))]
    StartNotPositive(String),
    /// The power of the start does not exist.
    #[error("{}", tr!("the {} code needs a range that starts at 0 m or above", .0))]
    StartNegative(String),
    /// An exponent of 0 or beyond 8.
    #[error("{}", tr!("a power code needs an exponent from -8 to 8 other than 0, not {}", .0))]
    Exponent(f64),
    /// A mu of 0, negative or beyond 1,000,000.
    #[error("{}", tr!("a mu-law code needs a mu above 0 and at most 1,000,000, not {}", .0))]
    Mu(f64),
    /// Neighbouring values are equal in 64 bits.
    #[error("{}", tr!("the values of the {} code lie too close together to tell apart: use fewer, or another range", .0))]
    Crowded(String),
    /// Numbers of knots and bit widths that do not fit together.
    #[error("{}", tr!("a piecewise code needs 1 to 16 pieces and one more knot than pieces, not {knots} knots for {pieces} pieces", knots = .knots, pieces = .pieces))]
    Pieces {
        /// Number of knots.
        knots: usize,
        /// Number of bit widths.
        pieces: usize,
    },
    /// The format fixes the number of values.
    #[error("{}", tr!("{} has the values of its format: their number cannot be chosen", .0))]
    Fixed(String),
    /// A distribution of one depth.
    #[error(
        "{}",
        tr!(
            "all depths are equal: one value codes them without error, and there is no range to divide"
        )
    )]
    OneDepth,
    /// Two knots or ends that are no range.
    #[error(transparent)]
    Range(#[from] RangeError),
}

/// The number of values as `u32`.
pub(super) fn check_levels(levels: usize) -> Result<u32, CodeError> {
    match u32::try_from(levels) {
        Ok(count) if (2..=MAX_LEVELS).contains(&levels) => Ok(count),
        _ => Err(CodeError::Levels(levels)),
    }
}
