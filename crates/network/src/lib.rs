//! Networks in ONNX files, run with and without their quantizers.

pub mod gating;
pub mod graph;
pub mod measure;
mod network_error;
pub mod normalise;
pub mod onnx;
pub mod quantization;
pub mod runtime;

pub use network_error::NetworkError;
