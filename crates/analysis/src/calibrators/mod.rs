//! The ranges that calibration methods of quantization tools choose for a distribution.
//!
//! Each method is written from its published description, which its file cites. The methods know sorted values and codes only
//! ([`CalibrationData`]): depths, or activations of either sign. [`CalibratorComparison`] measures all ranges of depths
//! alike, under the same policy.

mod aciq;
mod aimet;
mod calibration_data;
mod calibration_error;
mod calibrator;
mod calibrator_comparison;
mod entropy;
mod equal_bins;
mod mse_search;
mod percentile;
mod pytorch;

pub use aciq::AssumedDensity;
pub use calibration_data::CalibrationData;
pub use calibration_error::CalibrationError;
pub use calibrator::{Calibrator, ZeroRule};
pub use calibrator_comparison::{CalibratorComparison, CalibratorRow};
pub use percentile::Sides;
