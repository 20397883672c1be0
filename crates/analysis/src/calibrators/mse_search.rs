//! MSE search: the range with the smallest squared error among shrunken copies of the whole range.
//!
//! As in MQBench's `MSEObserver` (`observer.py`): both ends times 1.00, 0.99, ... 0.21, with zero contained; the first minimum wins.
//! MQBench measures one batch; this function measures every value.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use fathom_core::quant::{Bits, OutputRange};

/// Number of ranges tried: 1.00 down to 0.21 in steps of 0.01.
const SHRINKS: u32 = 80;

/// Returns the range about 0 with the smallest squared error.
///
/// # Errors
/// [`CalibrationError::Range`] where all values are too small for a range.
pub(super) fn range(
    data: &impl CalibrationData,
    bits: Bits,
) -> Result<OutputRange, CalibrationError> {
    let (low, high) = (data.min().min(0.0), data.max().max(0.0));
    let mut best: Option<(f64, OutputRange)> = None;
    for i in 0..SHRINKS {
        let share = 1.0 - f64::from(i) * 0.01;
        let range = OutputRange::new(low * share, high * share)?;
        let square = data.squared_error(range, bits);
        if best.is_none_or(|(least, _)| square < least) {
            best = Some((square, range));
        }
    }
    let whole = OutputRange::new(low, high)?;
    Ok(best.map_or(whole, |(_, range)| range))
}
