//! Processors whose 8-bit products saturate at 16 bits.
//!
//! `vpmaddubsw` of AVX2 and AVX-512 without VNNI adds two products of `u8` and `s8` into 16 bits. With activations of up to 255 a pair of
//! neighbouring weights can saturate where `255 * |w1 + w2|` exceeds 32,767. Source: Intel Intrinsics Guide, `_mm256_maddubs_epi16`;
//! ONNX Runtime documentation, "Quantize ONNX models", section on saturation.

use crate::gating::GatedNetwork;
use crate::graph::{Node, Tensor};
use crate::quantization::{CodeType, Quantizer};

/// Pairs of neighbouring weights of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct SaturationCount {
    /// The quantizer of the weight.
    pub quantizer: usize,
    /// Pairs that a kernel multiplies and adds at once.
    pub pairs: u64,
    /// Pairs that can saturate.
    pub can_saturate: u64,
}

/// Counts pairs of each signed 8-bit weight of a convolution, other than depthwise, or a matrix product.
#[must_use]
pub fn saturation(network: &GatedNetwork) -> Vec<SaturationCount> {
    let graph = &network.graph;
    let mut out = Vec::new();
    for node in &graph.nodes {
        for (slot, name) in node.inputs.iter().enumerate() {
            let quantizer = network
                .taps
                .iter()
                .position(|(_, made)| made == name)
                .filter(|&q| network.quantizers[q].kind.is_parameter());
            let Some(index) = quantizer else { continue };
            if let Some(count) = count(node, slot, &network.quantizers[index]) {
                out.push(SaturationCount {
                    quantizer: index,
                    ..count
                });
            }
        }
    }
    out
}

fn count(node: &Node, slot: usize, quantizer: &Quantizer) -> Option<SaturationCount> {
    let is_product = matches!(node.operator.as_str(), "Conv" | "Gemm" | "MatMul") && slot == 1;
    let tensor = quantizer.values.as_ref()?;
    if !is_product || quantizer.parameters.code_type != CodeType::INT8 {
        return None;
    }
    let rows = rows(node, tensor, quantizer)?;
    let (mut pairs, mut can_saturate) = (0, 0);
    for row in rows {
        for pair in row.chunks_exact(2) {
            pairs += 1;
            can_saturate += u64::from(255.0 * (pair[0] + pair[1]).abs() > 32_767.0);
        }
    }
    Some(SaturationCount {
        quantizer: 0,
        pairs,
        can_saturate,
    })
}

/// Codes that are multiplied into one output, in the order of the sum; `None` for depthwise convolutions.
fn rows(node: &Node, tensor: &Tensor, quantizer: &Quantizer) -> Option<Vec<Vec<f32>>> {
    let codes = quantizer
        .parameters
        .codes(tensor.as_floats()?, &tensor.shape);
    let columns = match (node.operator.as_str(), &tensor.shape[..]) {
        ("Conv", [_, inputs, rest @ ..]) if *inputs > 1 => {
            return Some(
                codes
                    .chunks(inputs * rest.iter().product::<usize>())
                    .map(<[f32]>::to_vec)
                    .collect(),
            );
        }
        ("Gemm", [_, k]) if node.int("transB") == Some(1) => {
            return Some(codes.chunks(*k).map(<[f32]>::to_vec).collect());
        }
        ("Gemm" | "MatMul", [_, n]) => *n,
        _ => return None,
    };
    let column = |c: usize| codes.iter().skip(c).step_by(columns).copied().collect();
    Some((0..columns).map(column).collect())
}
