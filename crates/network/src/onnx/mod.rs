//! ONNX files to graphs, and nodes to ONNX files. Operators have no meaning here.

mod external_files;
mod local_functions;
mod model_reader;
mod model_writer;
mod subgraph_codec;
mod tensor_reader;
mod wire_check;

pub use external_files::ExternalFiles;
pub use model_reader::read_model;
pub(crate) use model_writer::write_model;
