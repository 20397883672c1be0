//! Networks in ONNX files, run with and without their quantizers.

pub mod calibrate;
pub mod gating;
pub mod graph;
pub mod measure;
mod network_error;
pub mod normalise;
pub mod onnx;
pub mod output;
pub mod preprocess;
pub mod quantization;
pub mod quantize_here;
pub mod runtime;
pub mod study;

pub use network_error::NetworkError;
