//! Networks as plain data. Reading files and running are elsewhere.

mod element_type;
mod network_graph;
mod node;
mod tensor;

pub use element_type::ElementType;
pub use network_graph::{NetworkGraph, ValueInfo, read_values};
pub use node::{Attribute, Node, Subgraph};
pub use tensor::{Tensor, TensorData, element_count};
