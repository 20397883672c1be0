//! Reasons why a calibration method gives no range.

use fathom_core::i18n::tr;
use fathom_core::quant::RangeError;
use serde::{Deserialize, Serialize};

/// The reason why a method gives no range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum CalibrationError {
    /// The percentile is outside 50 to 100.
    #[error("{}", tr!("a percentile must be from 50 to 100, not {}", .0))]
    Percent(f64),
    /// The histogram is too coarse or too fine for the method.
    #[error("{}", tr!("this method needs a histogram of 128 to 65,536 bins, not {}", .0))]
    Bins(usize),
    /// The ends that the method computes form no range.
    #[error(transparent)]
    Range(#[from] RangeError),
}
