//! Networks in ONNX files, run with and without their quantizers: what each quantizer does to every tensor, and to the depth.
//!
//! # From files to figures
//! 1. [`onnx::read_model`] reads bytes. Lengths and nesting are checked before memory is reserved; local functions are inlined.
//! 2. [`normalise::QuantizedGraph`] turns QDQ, `QOperator` and dynamic models into float operators and quantizers.
//! 3. [`gating::NetworkPair`] finds the FP32 model's partner of each node and value, by name and by structure, and puts every quantizer into
//!    the FP32 graph as a node with a gate. It names nodes that were lost or added. [`gating::GatedNetwork`] does so for quantizers that are
//!    placed by hand.
//! 4. [`runtime::Plan`] prepares a graph for one size of input and runs it with any gates. A run takes unchanged values from another run.
//! 5. [`measure`] compares runs: errors of tensors, effects of groups and layers on the output, growth, saturation.
//! 6. [`study`] does so over frames, measures mixed precision and the networks of [`repair`], and fills the report's section.
//!
//! # Rules
//! - A code is `saturate(round_half_even(x / scale) + zero_point)` in `f32`. The scale divides.
//! - All gates off is the FP32 model, all on the INT8 model, where both have the same operators.
//! - Frames are independent; sums of frames add up in their order, so that figures do not depend on threads.
//! - Only `runtime/engine.rs` knows the runtime, `rten`.
//!
//! # Simplifications
//! - Integers are 32 bits wide at run time, fractions `f32`.
//! - Models with quantizers within branches and loop bodies are refused.
//! - Chips that round half away from zero or allow only powers of two as scales are not modelled.

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
pub mod repair;
pub mod runtime;
pub mod study;

pub use network_error::NetworkError;
