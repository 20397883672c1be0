//! `QuantizeLinear` and `DequantizeLinear`, ONNX's and Microsoft's.

use fathom_core::i18n::tr;

use crate::graph::Node;
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, QuantizationParameters};

use super::rewriter::{Axis, Coded, Rewriter, USE_QDQ};

fn axis_of(node: &Node, rank: Option<usize>) -> Axis {
    Axis {
        axis: node.int("axis").unwrap_or(1),
        block_size: node.int("block_size").unwrap_or(0),
        rank,
    }
}

/// Codes of a value: the value is rounded, and its codes are known to stand for it.
pub(super) fn quantize_linear(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    let Some(input) = node.input(0) else {
        return Err(node.error(
            tr!("it has no input"),
            tr!("check the file with onnx.checker"),
        ));
    };
    let rank = to.constant(input).map(|t| t.shape.len());
    let wished = node
        .int("output_dtype")
        .and_then(|n| i32::try_from(n).ok())
        .and_then(crate::graph::ElementType::from_onnx)
        .and_then(CodeType::of);
    let parameters = to.parameters(node, (1, 2), wished, axis_of(node, rank))?;
    let float = to.quantized(node, input, parameters.clone())?;
    to.set_coded(node.output(), Coded { float, parameters });
    Ok(())
}

/// Codes of a value by its own range: the rounded value, its scale and its zero point.
pub(super) fn dynamic_quantize_linear(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    let Some(input) = node.input(0) else {
        return Err(node.error(
            tr!("it has no input"),
            tr!("check the file with onnx.checker"),
        ));
    };
    let parameters = QuantizationParameters::dynamic();
    let float = to.quantized(node, input, parameters.clone())?;
    to.set_coded(node.output(), Coded { float, parameters });
    Ok(())
}

/// Codes become the fractions that they stand for: another name for a value that is known.
pub(super) fn dequantize_linear(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    let float = to.operand(node, 0, (1, 2), |rank| axis_of(node, rank))?;
    to.alias(node.output(), &float);
    Ok(())
}

/// Operators whose results are values of their inputs, beside those that move values.
const SELECTING: [&str; 6] = [
    "Concat",
    "GatherElements",
    "GatherND",
    "Pad",
    "Resize",
    "Tile",
];

/// Returns true if a node computes on codes.
pub(super) fn reads_codes(to: &Rewriter, node: &Node) -> bool {
    node.inputs.iter().any(|name| to.coded(name).is_some())
}

/// An operator on codes that only selects among them does the same on fractions.
pub(super) fn select_codes(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    let unknown = || node.error(tr!("it computes on codes of a quantizer"), USE_QDQ);
    if !node.moves_values() && !SELECTING.iter().any(|op| node.is(op)) {
        return Err(unknown());
    }
    let Some(coded) = node.inputs.iter().find_map(|n| to.coded(n)).cloned() else {
        return Err(unknown());
    };
    let mut float = node.clone();
    for input in &mut float.inputs {
        let Some(other) = to.coded(input) else {
            continue;
        };
        if other.parameters != coded.parameters {
            return Err(node.error(tr!("it mixes codes of several scales"), USE_QDQ));
        }
        *input = other.float.clone();
    }
    for output in &mut float.outputs {
        *output = to.fresh(super::rewriter::base_name(output));
    }
    if node.is("Pad") {
        pad_value(to, node, &coded, &mut float)?;
    }
    to.keep(&float);
    let interpolates = node.is("Resize") && node.string("mode").unwrap_or("nearest") != "nearest";
    for (old, new) in node.outputs.iter().zip(&float.outputs) {
        let mut value = new.clone();
        if interpolates {
            value = to.quantized(node, new, coded.parameters.clone())?;
        }
        let parameters = coded.parameters.clone();
        to.set_coded(
            old,
            Coded {
                float: value,
                parameters,
            },
        );
    }
    Ok(())
}

/// The border's code is 0 unless the node gives another; as a fraction it depends on scale and zero point.
fn pad_value(
    to: &mut Rewriter,
    node: &Node,
    coded: &Coded,
    float: &mut Node,
) -> Result<(), NetworkError> {
    if node.string("mode").unwrap_or("constant") != "constant" {
        return Ok(());
    }
    let code = match node.input(2) {
        None => 0,
        Some(name) => to
            .constant(name)
            .and_then(|t| t.as_ints()?.first().copied())
            .ok_or_else(|| node.error(tr!("the value of its border is no constant"), USE_QDQ))?,
    };
    let value = coded.parameters.dequantize(&[code as f32], &[1])?;
    let tensor = crate::graph::Tensor::scalar(value.first().copied().unwrap_or(0.0));
    let name = to.add_constant(&format!("{}_border", node.name), tensor);
    float
        .inputs
        .resize(float.inputs.len().max(3), String::new());
    float.inputs[2] = name;
    Ok(())
}
