//! Operators on codes, ONNX's and Microsoft's: the float operator between the fractions, and a quantizer after it.
//!
//! Sources: ONNX operators `QLinearConv` and `QLinearMatMul`; ONNX Runtime's `docs/ContribOperators.md` for the domain `com.microsoft`.

use fathom_core::i18n::tr;

use crate::graph::{Node, Tensor};
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, QuantizationParameters, Scales};

use super::rewriter::{Axis, Coded, Rewriter, base_name, base_node_name};

/// The input slots of the operands and of the result's parameters.
struct Layout {
    operator: &'static str,
    /// Places of codes; scale and zero point follow each.
    operands: Vec<usize>,
    /// Place of the result's scale; the zero point follows.
    result: usize,
}

fn layout(node: &Node) -> Option<Layout> {
    let (operator, operands, result): (_, &[usize], usize) = match node.operator.as_str() {
        "QLinearConv" => ("Conv", &[0, 3], 6),
        "QLinearMatMul" => ("MatMul", &[0, 3], 6),
        "QLinearAdd" => ("Add", &[0, 3], 6),
        "QLinearMul" => ("Mul", &[0, 3], 6),
        "QLinearSigmoid" => ("Sigmoid", &[0], 3),
        "QLinearLeakyRelu" => ("LeakyRelu", &[0], 3),
        "QLinearAveragePool" => ("AveragePool", &[0], 3),
        "QLinearGlobalAveragePool" => ("GlobalAveragePool", &[0], 3),
        "QLinearSoftmax" => ("Softmax", &[0], 3),
        "QLinearReduceMean" => ("ReduceMean", &[0], 3),
        "QLinearWhere" => ("Where", &[1, 4], 7),
        "QGemm" => ("Gemm", &[0, 3], 7),
        "QLinearConcat" => {
            let operands = (2..node.inputs.len()).step_by(3).collect();
            return Some(Layout {
                operator: "Concat",
                operands,
                result: 0,
            });
        }
        _ => return None,
    };
    Some(Layout {
        operator,
        operands: operands.to_vec(),
        result,
    })
}

/// Returns true if the operator is one of these.
pub(super) fn is_qlinear(node: &Node) -> bool {
    layout(node).is_some()
}

/// Rewrites one of them.
pub(super) fn rewrite(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    let Some(layout) = layout(node) else {
        to.keep(node);
        return Ok(());
    };
    if node.int("channels_last") == Some(1) {
        return Err(node.error(
            tr!("it holds channels last"),
            tr!("export the INT8 model before ONNX Runtime optimises it"),
        ));
    }
    let weight_axis = weight_axis(node);
    let mut inputs = Vec::new();
    for &slot in &layout.operands {
        inputs.push(to.operand(node, slot, (slot + 1, slot + 2), |rank| {
            Axis::new(weight_axis, rank)
        })?);
    }
    match node.operator.as_str() {
        "QLinearConv" => inputs.extend(bias(to, node, 8)?),
        "QGemm" => inputs.extend(bias(to, node, 6)?),
        "QLinearWhere" => inputs.insert(0, to.resolved(node.input(0).unwrap_or_default())),
        _ => {}
    }
    let mut float = Node {
        name: base_node_name(&node.name).to_owned(),
        operator: layout.operator.to_owned(),
        domain: String::new(),
        inputs,
        outputs: Vec::new(),
        attributes: node.attributes.clone(),
    };
    for key in ["channels_last", "opset"] {
        float.attributes.remove(key);
    }
    if node.input(layout.result).is_none() {
        // QGemm without a scale of its result gives fractions.
        float.outputs = vec![node.output().to_owned()];
        to.nodes.push(float);
        return Ok(());
    }
    let value = to.fresh(base_name(node.output()));
    float.outputs = vec![value.clone()];
    to.nodes.push(float);
    let slots = (layout.result, layout.result + 1);
    let parameters = to.parameters(node, slots, None, Axis::new(0, None))?;
    let rounded = to.quantized(node, &value, parameters.clone())?;
    to.set_coded(
        node.output(),
        Coded {
            float: rounded,
            parameters,
        },
    );
    Ok(())
}

/// The axis of a weight with a scale for each output.
fn weight_axis(node: &Node) -> i64 {
    match node.operator.as_str() {
        "QLinearMatMul" => -1,
        "QGemm" if node.int("transB") != Some(1) => 1,
        _ => 0,
    }
}

/// A bias of 32 bits: its scale is that of the input times that of the weight.
fn bias(to: &mut Rewriter, node: &Node, slot: usize) -> Result<Option<String>, NetworkError> {
    let Some(name) = node.input(slot) else {
        return Ok(None);
    };
    let remedy = tr!("quantize again with constant biases and scales");
    let Some(tensor) = to.constant(name).cloned() else {
        return Err(node.error(tr!("its bias is no constant"), remedy));
    };
    let scales_of = |place: usize| {
        node.input(place)
            .and_then(|n| to.constant(n))
            .and_then(|t| t.as_floats())
            .ok_or_else(|| node.error(tr!("its scale is no constant"), remedy))
    };
    let inputs = scales_of(1)?.first().copied().unwrap_or(1.0);
    let mut scale_factor = inputs;
    if node.operator == "QGemm" {
        scale_factor *= node.float("alpha").unwrap_or(1.0);
    }
    let scales: Vec<f32> = scales_of(4)?.iter().map(|w| scale_factor * w).collect();
    let parameters = QuantizationParameters {
        code_type: CodeType::Integer {
            bits: 32,
            is_signed: true,
        },
        granularity: if scales.len() == 1 {
            crate::quantization::Granularity::PerTensor
        } else {
            crate::quantization::Granularity::PerAxis {
                axis: tensor.shape.len().saturating_sub(1),
            }
        },
        scales: Scales::Fixed {
            zero_points: vec![0; scales.len()],
            scales,
        },
    };
    to.dequantized_constant(node, name, &tensor, parameters)
        .map(Some)
}

/// Microsoft's products of fractions with codes: the fractions are rounded by their own range.
pub(super) fn dynamic_product(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    // DynamicQuantizeMatMul: A, B, b_scale, b_zero_point, bias. MatMulIntegerToFloat: A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias.
    let is_dynamic = node.operator == "DynamicQuantizeMatMul";
    let (left, weight_slots, bias_slot) = if is_dynamic {
        let input = node.input(0).unwrap_or_default();
        let parameters = QuantizationParameters::dynamic();
        (to.quantized(node, input, parameters)?, (2, 3), 4)
    } else {
        let coded = node.input(0).and_then(|n| to.coded(n)).cloned();
        let left = match coded {
            Some(coded) => coded.float,
            None => to.operand(node, 0, (2, 4), |rank| Axis::new(0, rank))?,
        };
        (left, (3, 5), 6)
    };
    let right = to.operand(node, 1, weight_slots, |rank| Axis::new(-1, rank))?;
    let name = base_node_name(&node.name);
    let Some(bias) = node.input(bias_slot).map(|n| to.resolved(n)) else {
        let product = Node::new(name, "MatMul", &[&left, &right], &[node.output()]);
        to.nodes.push(product);
        return Ok(());
    };
    let out = to.fresh(&format!("{name}_product"));
    to.nodes
        .push(Node::new(name, "MatMul", &[&left, &right], &[&out]));
    let sum = format!("{name}_bias");
    to.nodes
        .push(Node::new(&sum, "Add", &[&out, &bias], &[node.output()]));
    Ok(())
}

/// Microsoft's `MatMulNBits`: a product with a weight of few bits, stored in blocks along its first axis.
pub(super) fn blocked_product(to: &mut Rewriter, node: &Node) -> Result<(), NetworkError> {
    let wrong = |problem: &str| node.error(problem, tr!("quantize the weights in QDQ format"));
    let size = |key: &str| {
        node.int(key)
            .and_then(|v| usize::try_from(v).ok())
            .unwrap_or(0)
    };
    let (k, n, block, bits) = (size("K"), size("N"), size("block_size"), size("bits"));
    if !matches!(bits, 2 | 4 | 8) || k == 0 || n == 0 || block == 0 {
        return Err(wrong(tr!(
            "its attributes K, N, bits or block_size are absent or unusual"
        )));
    }
    let constant = |slot: usize| node.input(slot).and_then(|name| to.constant(name)).cloned();
    let (Some(packed), Some(scales)) = (constant(1), constant(2)) else {
        return Err(wrong(tr!("its weight or its scale is no constant")));
    };
    let (Some(bytes), Some(scales)) = (packed.as_ints(), scales.as_floats()) else {
        return Err(wrong(tr!("its weight is not made of bytes")));
    };
    let blocks = k.div_ceil(block);
    let block_bytes = block * bits / 8;
    let fits = bytes.len() == n * blocks * block_bytes && scales.len() == n * blocks;
    if !fits || node.input(4).is_some() {
        return Err(wrong(tr!(
            "its weight has another size than N, K and block_size say"
        )));
    }
    let mask = (1 << bits) - 1;
    let read = |bytes: &[i32], row: usize, i: usize| {
        let bit = i * bits;
        (bytes.get(row + bit / 8).copied().unwrap_or(0) >> (bit % 8)) & mask
    };
    let zero_bytes = constant(3);
    let zero_row = (blocks * bits).div_ceil(8);
    let zero = |column: usize, b: usize| match zero_bytes.as_ref().and_then(|t| t.as_ints()) {
        Some(zeros) => read(zeros, column * zero_row, b),
        None => 1 << (bits - 1),
    };
    // From [N, blocks, bytes] to codes [K, N] with scales [blocks, N].
    let mut codes = vec![0; k * n];
    let mut scale = vec![0.0; blocks * n];
    let mut zeros = vec![0; blocks * n];
    for column in 0..n {
        for b in 0..blocks {
            scale[b * n + column] = scales[column * blocks + b];
            zeros[b * n + column] = zero(column, b);
            let row = (column * blocks + b) * block_bytes;
            for i in 0..block.min(k - b * block) {
                codes[(b * block + i) * n + column] = read(bytes, row, i);
            }
        }
    }
    let parameters = QuantizationParameters {
        code_type: CodeType::Integer {
            bits: bits as u8,
            is_signed: false,
        },
        granularity: crate::quantization::Granularity::Blocked {
            axis: 0,
            size: block,
        },
        scales: Scales::Fixed {
            scales: scale,
            zero_points: zeros,
        },
    };
    let tensor = std::sync::Arc::new(Tensor::ints(vec![k, n], codes)?);
    let name = node.input(1).unwrap_or_default().to_owned();
    let weight = to.dequantized_constant(node, &name, &tensor, parameters)?;
    let left = to.resolved(node.input(0).unwrap_or_default());
    let product = Node::new(
        base_node_name(&node.name),
        "MatMul",
        &[&left, &weight],
        &[node.output()],
    );
    match node.input(5).map(|b| to.resolved(b)) {
        None => to.nodes.push(product),
        Some(bias) => {
            let out = to.fresh(&format!("{}_product", node.name));
            let mut product = product;
            product.outputs = vec![out.clone()];
            to.nodes.push(product);
            let sum = Node::new(&node.name, "Add", &[&out, &bias], &[node.output()]);
            to.nodes.push(sum);
        }
    }
    Ok(())
}
