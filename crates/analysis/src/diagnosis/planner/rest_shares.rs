//! The division of what maps cannot measure.

use crate::PUBLISHED_CASE;
use serde::{Deserialize, Serialize};

/// Relative weights that divide the unmeasured part of the quantization variance among its sources.
///
/// Weights of measured sources are not used. The default is the published split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestShares {
    /// Rounding of the weights.
    pub weights: f64,
    /// Rounding of the activations.
    pub activations: f64,
    /// The output code; used only where it is neither measured nor computed.
    pub output: f64,
    /// Joint effect of rounded weights and activations.
    pub interactions: f64,
}

impl Default for RestShares {
    fn default() -> Self {
        let split = &PUBLISHED_CASE.split;
        Self {
            weights: split.weights,
            activations: split.activations,
            output: split.output,
            interactions: split.interactions,
        }
    }
}
