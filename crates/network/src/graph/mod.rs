//! Networks as plain data. Reading files and running are elsewhere.

#[cfg(test)]
mod convolution_graph;
mod element_type;
mod fresh_names;
mod network_graph;
mod node;
mod tensor;

#[cfg(test)]
pub(crate) use convolution_graph::convolution_graph;
pub use element_type::ElementType;
pub(crate) use fresh_names::FreshNames;
pub use network_graph::{NetworkGraph, ValueInfo, read_values};
pub use node::{Attribute, Node, Subgraph};
pub use tensor::{Tensor, TensorData, element_count};
