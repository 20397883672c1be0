//! The chosen range as Python code for a toolchain.
//!
//! Sources:
//! - ONNX Runtime, `onnxruntime/python/tools/quantization/tensor_quant_overrides.py` and its test `test_qdq.py` (main branch, 1.2x):
//!   `extra_options["TensorQuantOverrides"]` maps a tensor to a list of one dictionary; `scale` and `zero_point` come together, as
//!   numpy scalars, and exclude `symmetric`, `rmin` and `rmax`.
//! - NVIDIA TensorRT: the migration guide from 10.x to 11.x (calibrators and `BuilderFlag.INT8` are removed, explicit
//!   quantization replaces them; both deprecated since 10.1), and the sample INT8 calibration table, in which a tensor's entry is the
//!   bit pattern of the single-precision `abs(max) / 127`.
//! - TensorFlow 2.x, `tf.quantization.fake_quant_with_min_max_vars` (2 to 16 bits, ends moved to an integer zero point), and the
//!   TensorFlow Lite 8-bit quantization specification (activations are signed, zero point -128 to 127).

use super::affine_integer::{AffineInteger, Signedness};
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, OutputRange};
use fathom_core::units;

/// A toolchain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// ONNX Runtime, static quantization.
    OnnxRuntime(Signedness),
    /// TensorRT.
    TensorRt,
    /// TensorFlow Lite.
    TfLite,
}

/// The reason why a tool cannot express a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnippetError {
    /// The tool has no integer type of this width.
    #[error("{}", tr!("{tool} has no integer type of {bits} bits for an output", tool = .tool, bits = .bits))]
    Bits {
        /// The tool.
        tool: &'static str,
        /// The width in bits.
        bits: u8,
    },
}

impl Tool {
    /// All tools, in the order of the page.
    pub const ALL: [Self; 4] = [
        Self::OnnxRuntime(Signedness::Unsigned),
        Self::OnnxRuntime(Signedness::Signed),
        Self::TensorRt,
        Self::TfLite,
    ];

    /// Returns the name of the tool on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OnnxRuntime(Signedness::Unsigned) => "ONNX Runtime, unsigned",
            Self::OnnxRuntime(Signedness::Signed) => "ONNX Runtime, signed",
            Self::TensorRt => "TensorRT",
            Self::TfLite => "TensorFlow Lite",
        }
    }
}

/// Writes Python code that sets the range of a tensor.
///
/// # Errors
/// [`SnippetError`] if the tool has no type of that many bits.
pub fn snippet(
    tool: Tool,
    range: OutputRange,
    bits: Bits,
    tensor: &str,
) -> Result<String, SnippetError> {
    let unsupported = |name| SnippetError::Bits {
        tool: name,
        bits: bits.get(),
    };
    match (tool, bits.get()) {
        (Tool::OnnxRuntime(sign), 4 | 8 | 16) => {
            let stored = AffineInteger::asymmetric(range, bits, sign);
            Ok(onnx_runtime(&stored, tensor))
        }
        (Tool::OnnxRuntime(_), _) => Err(unsupported("ONNX Runtime")),
        (Tool::TensorRt, 8) => {
            let stored = AffineInteger::symmetric(range, bits).ok_or(unsupported("TensorRT"))?;
            Ok(tensor_rt(&stored, tensor))
        }
        (Tool::TensorRt, _) => Err(unsupported("TensorRT")),
        (Tool::TfLite, 8 | 16) => Ok(tf_lite(range, bits)),
        (Tool::TfLite, _) => Err(unsupported("TensorFlow Lite")),
    }
}

/// Quotes a text as a Python literal; the escapes of JSON are valid in Python.
pub(super) fn python_literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes a comment that states range and step.
fn comment(stored: &AffineInteger) -> String {
    format!(
        "# Represents {}, in steps of {}.\n",
        units::range(stored.range.min_m(), stored.range.max_m()),
        units::length(stored.scale_m)
    )
}

/// Writes a call of `quantize_static` that overrides one tensor.
fn onnx_override(stored: &AffineInteger, tensor: &str) -> String {
    let (quant_type, dtype) = match (stored.sign, stored.bits.get()) {
        (Signedness::Unsigned, 4) => ("QUInt4", "uint8"),
        (Signedness::Signed, 4) => ("QInt4", "int8"),
        (Signedness::Unsigned, 16) => ("QUInt16", "uint16"),
        (Signedness::Signed, 16) => ("QInt16", "int16"),
        (Signedness::Unsigned, _) => ("QUInt8", "uint8"),
        (Signedness::Signed, _) => ("QInt8", "int8"),
    };
    format!(
        "from onnxruntime.quantization import QuantType, quantize_static\n\n\
         quantize_static(\n    \"model.onnx\",\n    \"model_int8.onnx\",\n    calibration_data_reader,\n    extra_options={{\n        \
         \"TensorQuantOverrides\": {{\n            {}: [\n                {{\n                    \
         \"quant_type\": QuantType.{quant_type},\n                    \
         \"scale\": np.array({}, dtype=np.float32),\n                    \
         \"zero_point\": np.array({}, dtype=np.{dtype}),\n                }}\n            ]\n        }}\n    }},\n)\n",
        python_literal(tensor),
        stored.scale_m as f32,
        stored.zero_point,
    )
}

fn onnx_runtime(stored: &AffineInteger, tensor: &str) -> String {
    format!(
        "{}import numpy as np\n{}",
        comment(stored),
        onnx_override(stored, tensor)
    )
}

fn tensor_rt(stored: &AffineInteger, tensor: &str) -> String {
    let scale = stored.scale_m as f32;
    format!(
        "{}# TensorRT keeps activations symmetric about 0: the negative half is lost on depths.\n\
         # TensorRT 11 takes ranges from Q/DQ nodes alone (10.1 and later prefer them). ONNX Runtime writes them:\n\
         import numpy as np\n{}\n\
         # Up to TensorRT 10, on a network that is being built:\n\
         def set_range(network):\n    for layer in network:\n        for i in range(layer.num_outputs):\n            \
         tensor = layer.get_output(i)\n            if tensor.name == {name}:\n                \
         tensor.set_dynamic_range({}, {})\n\n\n\
         # or as its line in a calibration cache:\n\
         CACHE_LINE = {name} + \": {:08x}\"\n",
        comment(stored),
        onnx_override(stored, tensor),
        stored.range.min_m(),
        stored.range.max_m(),
        scale.to_bits(),
        name = python_literal(tensor),
    )
}

fn tf_lite(range: OutputRange, bits: Bits) -> String {
    // Activations of 8 bits are signed with a zero point, those of 16 bits symmetric.
    if bits.get() == 16 {
        let symmetric = AffineInteger::symmetric(range, bits);
        let scale = symmetric.map_or(0.0, |stored| stored.scale_m);
        return format!(
            "# The converter's 16-bit activations are symmetric about 0, zero point 0: this range has the scale {scale} m.\n\
             # It takes ranges from calibration alone; a depth at the end of the range in the representative data set sets it.\n\
             EXPECTED = ({}, 0)\n",
            scale as f32
        );
    }
    let stored = AffineInteger::asymmetric(range, bits, Signedness::Signed);
    format!(
        "{}# The converter takes ranges from calibration or from fake quantization in the model; it has no table of ranges.\n\
         import tensorflow as tf\n\n\n\
         def output_with_range(depth):\n    \
         return tf.quantization.fake_quant_with_min_max_vars(depth, min={}, max={}, num_bits={})\n\n\n\
         # The converted model then says this of its output (scale, zero point):\n\
         # interpreter.get_output_details()[0][\"quantization\"]\n\
         EXPECTED = ({}, {})\n",
        comment(&stored),
        stored.range.min_m(),
        stored.range.max_m(),
        bits.get(),
        stored.scale_m as f32,
        stored.zero_point,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet_for(tool: Tool, min_m: f64, max_m: f64, bits: u8) -> Result<String, SnippetError> {
        let range = OutputRange::new(min_m, max_m).expect("a range");
        snippet(tool, range, Bits::new(bits).expect("a width"), "depth")
    }

    #[track_caller]
    fn assert_contains(text: Result<String, SnippetError>, parts: &[&str]) {
        let text = text.expect("a supported width");
        for part in parts {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn scale_and_zero_point_are_those_of_the_code() {
        use Signedness::{Signed, Unsigned};
        // 15 / 255 and, from -1 to 4, 5 / 255 with the zero point 51: 51 steps of 19.6 mm are 1 m.
        let scale = format!("np.array({}, dtype=np.float32)", (15.0_f64 / 255.0) as f32);
        assert_contains(
            snippet_for(Tool::OnnxRuntime(Unsigned), 0.5, 15.0, 8),
            &[&scale, "np.array(0, dtype=np.uint8)", "QuantType.QUInt8"],
        );
        assert_contains(
            snippet_for(Tool::OnnxRuntime(Signed), 0.5, 15.0, 8),
            &[&scale, "np.array(-128, dtype=np.int8)", "QuantType.QInt8"],
        );
        assert_contains(
            snippet_for(Tool::OnnxRuntime(Unsigned), -1.0, 4.0, 8),
            &["np.array(51, dtype=np.uint8)"],
        );
        assert_contains(
            snippet_for(Tool::OnnxRuntime(Signed), -1.0, 4.0, 16),
            &["QuantType.QInt16", "np.array(-19661, dtype=np.int16)"],
        );
        assert_contains(
            snippet_for(Tool::TfLite, 0.5, 15.0, 8),
            &["min=0, max=15, num_bits=8", ", -128)"],
        );
        // 12.7 / 127 is 0.1, in single precision 0x3dcccccd.
        assert_contains(
            snippet_for(Tool::TensorRt, 0.5, 12.7, 8),
            &[
                "set_dynamic_range(-12.7, 12.7)",
                "3dcccccd",
                "np.array(0.1, dtype=np.float32)",
            ],
        );
    }

    #[test]
    fn unsupported_widths_are_an_error() {
        for (tool, bits) in [
            (Tool::TensorRt, 16),
            (Tool::TfLite, 10),
            (Tool::OnnxRuntime(Signedness::Signed), 12),
        ] {
            let error = snippet_for(tool, 0.5, 15.0, bits)
                .expect_err("an unsupported width")
                .to_string();
            assert!(error.contains(&format!("{bits} bits")), "{error}");
        }
    }

    #[test]
    fn the_name_of_a_tensor_is_quoted() {
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        for tool in Tool::ALL {
            let text =
                snippet(tool, range, Bits::EIGHT, "a\"]\nimport os").expect("a supported width");
            assert!(
                !text.lines().any(|line| line.starts_with("import os")),
                "{text}"
            );
        }
    }
}
