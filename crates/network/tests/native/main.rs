//! Networks of real architectures, held to figures that ONNX Runtime and numpy computed.
//!
//! The data are not part of the repository. They are read from `FATHOM_DATA`, or else from `../shared/data`; without them the tests are
//! skipped.

mod along;
mod attribution;
mod bad_models;
mod formats;
mod kept_nodes;
mod made_networks;
mod mixed_precision;
mod operators;
mod preprocessing;
mod quantize_here;
mod ranking;
mod renamed;
mod repairs;
mod rewritten;
mod shared;
mod tensors;
mod threads;
