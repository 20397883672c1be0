//! Networks in ONNX files, run with and without their quantizers.

pub mod calibrate;
pub mod graph;
mod network_error;
pub mod normalise;
pub mod onnx;
pub mod output;
pub mod preprocess;
pub mod quantization;
pub mod runtime;

pub use network_error::NetworkError;
