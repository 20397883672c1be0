//! Percentile calibration: one or both ends at a percentile of the samples (H. Wu et al., arXiv 2004.09602).
//!
//! ONNX Runtime's `PercentileCalibrater` (`calibrate.py`) does the same on a histogram of 2,048 bins, so its ends differ by up to a bin.
//! Its default, symmetric form is [`Sides::One`]: the percentile of the magnitudes, with both ends clipped to the data.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use fathom_core::quant::OutputRange;
use serde::{Deserialize, Serialize};

/// The ends that a method cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sides {
    /// The far end only. For values of either sign, both ends have the same magnitude.
    One,
    /// Both ends.
    Two,
}

/// Returns the range up to a percentile, or the central range between two percentiles.
///
/// With [`Sides::Two`] each side loses half of `100 - percent`.
///
/// # Errors
/// [`CalibrationError::Percent`] unless `percent` is 50 to 100; [`CalibrationError::Range`] where the two ends coincide.
pub(super) fn range(
    data: &dyn CalibrationData,
    percent: f64,
    sides: Sides,
) -> Result<OutputRange, CalibrationError> {
    if !(50.0..=100.0).contains(&percent) {
        return Err(CalibrationError::Percent(percent));
    }
    let (low, high) = match sides {
        Sides::One => {
            let end = data.magnitude_quantile(percent / 100.0);
            (data.min().max(-end), data.max().min(end))
        }
        Sides::Two => {
            let cut = (100.0 - percent) / 200.0;
            (data.quantile(cut), data.quantile(1.0 - cut))
        }
    };
    Ok(OutputRange::new(low, high)?)
}
