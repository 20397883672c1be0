//! MSE search: the range with the smallest squared error among shrunken copies of the whole range.
//!
//! As in MQBench's `MSEObserver` (`observer.py`): both ends times 1.00, 0.99, ... 0.21, with zero contained; the first minimum wins.
//! MQBench measures one batch; this function measures every depth.

use super::calibration_error::CalibrationError;
use crate::coded_errors::SquaredErrors;
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Number of ranges tried: 1.00 down to 0.21 in steps of 0.01.
const SHRINKS: u32 = 80;

/// Returns the range from 0 m with the smallest squared error.
///
/// # Errors
/// [`CalibrationError::Range`] where the largest depth is too small for a range.
pub(super) fn range(depths: &Distribution, bits: Bits) -> Result<OutputRange, CalibrationError> {
    let mut best: Option<(f64, OutputRange)> = None;
    for i in 0..SHRINKS {
        let share = 1.0 - f64::from(i) * 0.01;
        let range = OutputRange::new(0.0, depths.max_m() * share)?;
        let code = CodeKind::UniformZeroPoint.over(range, bits);
        let errors = SquaredErrors::measure(depths, &code);
        let square = errors.inside_square + errors.outside_square;
        if best.is_none_or(|(least, _)| square < least) {
            best = Some((square, range));
        }
    }
    let whole = OutputRange::new(0.0, depths.max_m())?;
    Ok(best.map_or(whole, |(_, range)| range))
}
