//! Rounding as ONNX defines it. Graphs are elsewhere.

mod code_type;
mod minifloat;
mod quantization_parameters;
mod quantizer;

pub use code_type::CodeType;
pub use minifloat::Minifloat;
pub use quantization_parameters::{
    ChannelRange, ClippedCounts, Granularity, QuantizationParameters, Scales,
};
pub use quantizer::{Quantizer, QuantizerKind};
