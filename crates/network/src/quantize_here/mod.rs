//! Quantizing a floating-point network here: which tensors are rounded, their values over frames, and the quantizers.
//!
//! [`QuantizationPoints`] lists tensors as ONNX Runtime's `quantize_static` would in QDQ format. [`RangeCollector`] runs frames and adds up
//! statistics. [`RangeCollector::placements`] gives the quantizers of a [`QuantizeScheme`](crate::calibrate::QuantizeScheme).
//!
//! Must be absent: frames that the result is judged on.

mod quantization_points;
mod range_collector;

pub use quantization_points::{QuantizationPoints, WeightPoint};
pub use range_collector::RangeCollector;
