//! INT8 models of every format to one form: float operators, and quantizers as nodes of their own.

mod batch_norms;
mod integer_products;
mod qdq;
mod qlinear;
mod quantized_graph;
mod rewriter;

pub use batch_norms::fold_batch_norms;
pub use quantized_graph::{ModelFormat, QuantizedGraph};
pub use rewriter::{FileQuantizer, base_name, base_node_name};
