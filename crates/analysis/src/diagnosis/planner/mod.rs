//! The planner: sources of INT8's error, remedies, and the RMSE to expect from each.
//!
//! Input: the error budget of a comparison, or two RMSEs with a range and a bit width, as plain numbers. Must be absent: pixels, and any
//! promise of a gain.
//!
//! # Expected RMSE
//! A remedy leaves a part `left` of the mean of `q^2`. Its expected RMSE is `sqrt(mse_fp32 + left + cross_left)`. How much of the cross
//! term belongs to one source cannot be measured. The planner assumes `cross_left = cross (left / mean(q^2))^p`.
//! - `p = 1/2` is the expectation: the correlation of `f` and `q` stays as it is.
//! - `p = 0` (the removed part carried none of the cross term) and `p = 1` (it carried its share) widen the interval.
//!
//! By the Cauchy-Schwarz inequality no cross term exceeds `2 sqrt(mse_fp32 left)`: with nothing left, the RMSE is that of FP32. A negative
//! cross term means that quantization undoes some of the network's own error, so that removing it can raise the RMSE; [`Plan::caution`]
//! says so.
//!
//! Where requantized predictions were measured against ground truth, the planner takes the difference of their MSEs instead. So it does for
//! remedies that the network itself was run with ([`MeasuredNetwork`]), whose shares also divide what maps cannot.

mod basis;
mod error_terms;
mod literature;
mod measured_network;
mod plan;
mod plan_input;
mod plan_text;
mod remedies;
mod remedy_kind;
mod rest_shares;
mod sources;

pub use basis::Basis;
pub use error_terms::ExpectedRmse;
pub use literature::{Citation, RemainingShare};
pub use measured_network::{MeasuredNetwork, NetworkRemedy};
pub use plan::Plan;
pub use plan_input::{PlanError, PlanEvidence, PlannerInput};
pub use remedies::{GainVisibility, Remedy, RemedyCost, RemedySetting, Removal};
pub use remedy_kind::RemedyKind;
pub use rest_shares::RestShares;
pub use sources::{ErrorSource, SourceKind};

#[cfg(test)]
mod plan_tests;
