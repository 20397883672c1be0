//! The input of a plan: evidence, shares, requantized predictions and a measured network, and the errors of that input.

use super::super::requantized::TriedCodes;
use super::measured_network::MeasuredNetwork;
use super::rest_shares::RestShares;
use crate::IndependenceModel;
use crate::compare::{Budget, GridQuantity};
use fathom_core::i18n::tr;
use fathom_core::quant::Bits;

/// The evidence that a plan starts from.
#[derive(Clone, Copy, Debug)]
pub enum PlanEvidence<'a> {
    /// The error budget measured on maps.
    Measured(&'a Budget),
    /// Two RMSEs, a range and a bit width. The errors of `F` and of quantization are then taken to be independent.
    Figures(&'a IndependenceModel),
}

/// The input of a plan.
#[derive(Clone, Debug)]
pub struct PlannerInput<'a> {
    /// Measured budget or figures alone.
    pub evidence: PlanEvidence<'a>,
    /// Assumed division of the unmeasured part.
    pub rest: RestShares,
    /// Bit width of the output in use.
    pub bits: Bits,
    /// Root mean square step of the output in use, in metres, where known.
    pub step_m: Option<f64>,
    /// The quantity in which the output's values are equally spaced. Ranges and codes of depths are remedies for depth alone.
    pub steps: GridQuantity,
    /// Errors of `F` under other ranges and codes, where measured.
    pub tried: TriedCodes,
    /// Figures measured inside the network.
    pub network: MeasuredNetwork,
    /// Number of the network's parameters, where known.
    pub parameters: Option<f64>,
    /// 95 % interval of the change of the RMSE from FP32 to INT8, in metres, where there is one.
    pub change_interval_m: Option<(f64, f64)>,
}

impl<'a> PlannerInput<'a> {
    /// Builds the input from evidence alone, with the published shares for the unmeasured part.
    #[must_use]
    pub fn new(evidence: PlanEvidence<'a>, bits: Bits) -> Self {
        Self {
            evidence,
            rest: RestShares::default(),
            bits,
            step_m: match evidence {
                PlanEvidence::Measured(_) => None,
                PlanEvidence::Figures(t) => Some(2.0 * t.half_step_m),
            },
            steps: GridQuantity::Depth,
            tried: TriedCodes::default(),
            network: MeasuredNetwork::default(),
            parameters: None,
            change_interval_m: None,
        }
    }
}

/// The reason why no plan can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The evidence is figures alone, and INT8 is not worse than FP32.
    #[error(
        "{}",
        tr!(
            "INT8 is not worse than FP32 by these figures, so they imply no error to remove; the maps may still show one"
        )
    )]
    NotWorse,
    /// Both predictions are equal, so there is no error to remove.
    #[error(
        "{}",
        tr!("FP32 and INT8 predictions are equal: there is no error to remove")
    )]
    NoError,
    /// INT8 is one value everywhere: no remedy of quantization applies.
    #[error(
        "{}",
        tr!(
            "INT8 is one value everywhere: look for a dead output before any remedy"
        )
    )]
    ConstantInt8,
    /// An error figure is not finite.
    #[error(
        "{}",
        tr!("an error figure is not finite, so no remedy can be estimated")
    )]
    NotFinite,
    /// An assumed share is negative or not finite, or those in use add up to zero.
    #[error(
        "{}",
        tr!(
            "the assumed shares must be at least 0 %, and those of the unmeasured sources must not all be 0 %"
        )
    )]
    Shares,
}
