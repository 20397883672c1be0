//! Networks in ONNX files, run with and without their quantizers.
