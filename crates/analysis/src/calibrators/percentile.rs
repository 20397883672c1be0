//! Percentile calibration: one or both ends at a percentile of the depths.
//!
//! As in ONNX Runtime's `PercentileCalibrator` (`calibrate.py`) and H. Wu et al., arXiv 2004.09602.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use fathom_core::quant::OutputRange;
use serde::{Deserialize, Serialize};

/// The ends that a method cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sides {
    /// The far end only, the one of larger magnitude.
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
    data: &impl CalibrationData,
    percent: f64,
    sides: Sides,
) -> Result<OutputRange, CalibrationError> {
    if !(50.0..=100.0).contains(&percent) {
        return Err(CalibrationError::Percent(percent));
    }
    let (low, high) = match sides {
        Sides::One if -data.min() > data.max() => {
            (data.quantile(1.0 - percent / 100.0), data.max())
        }
        Sides::One => (data.min(), data.quantile(percent / 100.0)),
        Sides::Two => {
            let cut = (100.0 - percent) / 200.0;
            (data.quantile(cut), data.quantile(1.0 - cut))
        }
    };
    Ok(OutputRange::new(low, high)?)
}
