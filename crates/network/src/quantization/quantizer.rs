//! A place of a network where values are rounded.

use std::sync::Arc;

use crate::graph::Tensor;

use super::quantization_parameters::QuantizationParameters;

/// The kind of value that a quantizer rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuantizerKind {
    /// A weight of a node.
    Weight,
    /// A bias of a node.
    Bias,
    /// An input of the network.
    Input,
    /// A tensor between nodes.
    Activation,
    /// An output of the network.
    Output,
}

impl QuantizerKind {
    /// All, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Weight,
        Self::Bias,
        Self::Input,
        Self::Activation,
        Self::Output,
    ];

    /// Weights and biases: constants of the file.
    #[must_use]
    pub fn is_parameter(self) -> bool {
        matches!(self, Self::Weight | Self::Bias)
    }
}

/// Scale, zero point, type and axis, and what they apply to.
#[derive(Clone, Debug)]
pub struct Quantizer {
    /// Name of the tensor in the FP32 model.
    pub name: String,
    /// The kind of values that it rounds.
    pub kind: QuantizerKind,
    /// How.
    pub parameters: QuantizationParameters,
    /// For constants: the rounded values, as they lie in the file.
    pub values: Option<Arc<Tensor>>,
}
