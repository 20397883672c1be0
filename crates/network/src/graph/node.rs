//! One operator of a network, with its attributes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::network_error::NetworkError;

use super::tensor::Tensor;

/// Domain of the nodes that stand for a quantizer.
const FATHOM_DOMAIN: &str = "fathom";

/// Operator of a node that rounds its input as a quantizer says. Its attribute `quantizer` is the quantizer's index.
const FAKE_QUANTIZE: &str = "FakeQuantize";

/// A branch or a loop's body, as it is in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subgraph {
    /// An ONNX model of this graph alone.
    pub model: Vec<u8>,
    /// Values that it takes from the graph around it.
    pub captures: Vec<String>,
    /// Number of its nodes that round values or compute on codes, those of graphs within it included.
    pub quantized_nodes: usize,
}

/// An attribute of a node.
#[derive(Clone)]
#[allow(missing_docs, reason = "the names are ONNX's own")]
pub enum Attribute {
    Int(i64),
    Float(f32),
    String(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Strings(Vec<String>),
    Tensor(Arc<Tensor>),
    /// A branch or a loop's body.
    Graph(Arc<Subgraph>),
}

impl std::fmt::Debug for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::String(value) => write!(f, "{value:?}"),
            Self::Ints(values) => write!(f, "{values:?}"),
            Self::Floats(values) => write!(f, "{values:?}"),
            Self::Strings(values) => write!(f, "{values:?}"),
            Self::Tensor(tensor) => write!(f, "tensor {:?}", tensor.shape),
            Self::Graph(_) => write!(f, "graph"),
        }
    }
}

/// An operator. An empty name among the inputs is an absent optional input.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Name; its first output's if the file gives none.
    pub name: String,
    /// Operator, such as `Conv`.
    pub operator: String,
    /// Empty for ONNX's own operators.
    pub domain: String,
    /// Names of the values that it reads.
    pub inputs: Vec<String>,
    /// Names of the values that it makes.
    pub outputs: Vec<String>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
}

/// Operators that move values, whatever their attributes.
const MOVING: [&str; 13] = [
    "DepthToSpace",
    "Expand",
    "Flatten",
    "Gather",
    "Identity",
    "MaxPool",
    "Reshape",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

impl Node {
    /// A node of ONNX's own operators.
    #[must_use]
    pub fn new(name: &str, operator: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect();
        Self {
            name: name.to_owned(),
            operator: operator.to_owned(),
            domain: String::new(),
            inputs: owned(inputs),
            outputs: owned(outputs),
            attributes: BTreeMap::new(),
        }
    }

    /// A node that rounds `input` as the quantizer of that index says.
    #[must_use]
    pub fn fake_quantize(quantizer: usize, input: &str, output: &str) -> Self {
        let mut node = Self::new(output, FAKE_QUANTIZE, &[input], &[output]);
        FATHOM_DOMAIN.clone_into(&mut node.domain);
        node.with("quantizer", Attribute::Int(quantizer as i64))
    }

    /// The quantizer that this node stands for.
    #[must_use]
    pub fn quantizer(&self) -> Option<usize> {
        (self.domain == FATHOM_DOMAIN && self.operator == FAKE_QUANTIZE)
            .then(|| self.int("quantizer"))
            .flatten()
            .and_then(|index| usize::try_from(index).ok())
    }

    /// The same node with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: Attribute) -> Self {
        self.attributes.insert(name.to_owned(), value);
        self
    }

    /// One of ONNX's own operators.
    #[must_use]
    pub fn is(&self, operator: &str) -> bool {
        self.operator == operator && matches!(self.domain.as_str(), "" | "ai.onnx")
    }

    /// Returns true if the outputs hold values of the first input only.
    #[must_use]
    pub fn moves_values(&self) -> bool {
        let is_nearest = self.is("Resize") && self.string("mode").unwrap_or("nearest") == "nearest";
        is_nearest || MOVING.iter().any(|operator| self.is(operator))
    }

    /// Operator with its domain, for messages.
    #[must_use]
    pub fn full_operator(&self) -> String {
        if self.domain.is_empty() {
            self.operator.clone()
        } else {
            format!("{}.{}", self.domain, self.operator)
        }
    }

    /// The name of an input, if it is there.
    #[must_use]
    pub fn input(&self, index: usize) -> Option<&str> {
        self.inputs
            .get(index)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
    }

    /// The name of the first output; empty if there is none.
    #[must_use]
    pub fn output(&self) -> &str {
        self.outputs.first().map_or("", String::as_str)
    }

    /// An attribute with one integer.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.attributes.get(name)? {
            Attribute::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// An attribute with one fraction.
    #[must_use]
    pub fn float(&self, name: &str) -> Option<f32> {
        match self.attributes.get(name)? {
            Attribute::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// An attribute with a list of integers.
    #[must_use]
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name)? {
            Attribute::Ints(values) => Some(values),
            _ => None,
        }
    }

    /// An attribute with a text.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name)? {
            Attribute::String(value) => Some(value),
            _ => None,
        }
    }

    /// A branch or a loop's body. Its nodes can read values of the graph around it.
    pub fn subgraphs(&self) -> impl Iterator<Item = &Subgraph> {
        self.attributes.values().filter_map(|value| match value {
            Attribute::Graph(graph) => Some(graph.as_ref()),
            _ => None,
        })
    }

    pub(crate) fn error(
        &self,
        problem: impl std::fmt::Display,
        remedy: impl std::fmt::Display,
    ) -> NetworkError {
        NetworkError::node(&self.name, &self.full_operator(), problem, remedy)
    }
}
