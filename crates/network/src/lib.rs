//! Networks in ONNX files, run with and without their quantizers.

pub mod calibrate;
pub mod output;
pub mod preprocess;
