//! MSE search: the range with the smallest squared error among shrunken copies of the whole range.
//!
//! As in MQBench's `MSEObserver` (`observer.py`) per tensor: both ends times 1.00, 0.99, ... 0.06, coded with zero contained; the first
//! minimum wins. MQBench measures one batch; this function measures every sample.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use fathom_core::quant::{Bits, OutputRange};

/// Number of ranges tried: 1.00 down to 0.06 in steps of 0.01.
const SHRINKS: u32 = 95;

/// Returns the range with the smallest squared error, zero contained.
///
/// # Errors
/// [`CalibrationError::Range`] where the largest magnitude is too small for a range.
pub(super) fn range(
    data: &dyn CalibrationData,
    bits: Bits,
) -> Result<OutputRange, CalibrationError> {
    let (min, max) = (data.min().min(0.0), data.max().max(0.0));
    let mut best = (f64::INFINITY, OutputRange::new(min, max)?);
    for i in 0..SHRINKS {
        let share = 1.0 - f64::from(i) * 0.01;
        let range = OutputRange::new(min * share, max * share)?;
        let square = data.squared_error(range, bits);
        if square < best.0 {
            best = (square, range);
        }
    }
    Ok(best.1)
}
