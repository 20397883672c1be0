//! The places in an FP32 graph where quantizers act.

use std::sync::Arc;

use crate::graph::Tensor;
use crate::quantization::QuantizationParameters;

/// The input of a quantizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlacementSource {
    /// A value of the FP32 graph, or one of its constants.
    Value(String),
    /// The result of another placement, by its index.
    Placement(usize),
}

/// A reader of a value: the index of its node, and the place among the node's inputs.
pub type Reader = (usize, usize);

/// One quantizer and its place.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Scale, zero point, type and axis.
    pub parameters: QuantizationParameters,
    /// The rounded values of a constant, as they lie in a file; `None` rounds the FP32 constant.
    pub values: Option<Arc<Tensor>>,
    /// The value that it reads.
    pub source: PlacementSource,
    /// Who reads its result; `None` for all readers of the source, the network's outputs included.
    pub readers: Option<Vec<Reader>>,
    /// True if a network output of that name is its result, where `readers` are given.
    pub is_output: bool,
}

impl Placement {
    /// Rounds a value for all its readers.
    #[must_use]
    pub fn on_value(name: &str, parameters: QuantizationParameters) -> Self {
        Self {
            parameters,
            values: None,
            source: PlacementSource::Value(name.to_owned()),
            readers: None,
            is_output: false,
        }
    }
}
