//! Operators that the runtime lacks or needs spelled out, as operators that it has.
//!
//! Sources: ONNX operators `GroupNormalization`, Selu, Celu, Mish, `ThresholdedRelu`, `SpaceToDepth`, Resize, Softmax, Conv, `ConvTranspose`;
//! ONNX Runtime's `docs/ContribOperators.md` for `FusedConv` and `FusedMatMul`.

use fathom_core::i18n::{msgid, tr};

use crate::graph::{Attribute, Node, Tensor};
use crate::network_error::NetworkError;

use super::frame_context::FrameContext;
use super::node_chain::Chain;
use super::resize_nodes::resize;
use super::windows::with_explicit_window;

const CHECK: &str = msgid("check the file with onnx.checker");

/// The nodes to run in place of a node; the last makes the node's output.
pub(crate) fn rewritten(
    node: &Node,
    at: &mut FrameContext,
    opset: i64,
) -> Result<Vec<Node>, NetworkError> {
    let mut plain = node.clone();
    match node.operator.as_str() {
        "Conv" | "ConvTranspose" | "MaxPool" | "AveragePool" => {
            Ok(vec![with_explicit_window(node, at)?])
        }
        "Dropout" => {
            "Identity".clone_into(&mut plain.operator);
            plain.inputs.truncate(1);
            plain.outputs.truncate(1);
            plain.attributes.clear();
            Ok(vec![plain])
        }
        "Cast" => {
            if let Some(to) = node.int("to") {
                plain = plain.with("to", Attribute::Int(runtime_type(to)));
            }
            plain.attributes.retain(|key, _| key == "to");
            Ok(vec![plain])
        }
        "LayerNormalization" => {
            plain.attributes.remove("stash_type");
            plain.outputs.truncate(1);
            Ok(vec![plain])
        }
        "BatchNormalization" => {
            plain.attributes.remove("momentum");
            plain.outputs.truncate(1);
            Ok(vec![plain])
        }
        "GroupNormalization" => group_normalization(node, at, opset),
        "SpaceToDepth" => space_to_depth(node, at),
        "Selu" => {
            let alpha = node.float("alpha").unwrap_or(1.673_263_2);
            Ok(scaled_elu(
                node,
                at,
                alpha,
                1.0,
                node.float("gamma").unwrap_or(1.050_701),
            ))
        }
        "Celu" => {
            let alpha = node.float("alpha").unwrap_or(1.0);
            Ok(scaled_elu(node, at, 1.0, 1.0 / alpha, alpha))
        }
        "Mish" => Ok(mish(node, at)),
        "ThresholdedRelu" => Ok(thresholded(node, at)),
        "Softmax" | "LogSoftmax" | "Hardmax" if opset < 13 => Ok(flat_softmax(node, at)),
        "Resize" => resize(node, at),
        "FusedConv" => fused_convolution(node, at),
        "FusedMatMul" | "TransposeMatMul" => Ok(fused_product(node, at)),
        "MatMul" => Ok(product_of_vectors(node, at)),
        "Div" => Ok(exact_division(node, at)),
        _ => Ok(vec![plain]),
    }
}

/// ONNX's number of the type that the runtime has for a type.
fn runtime_type(number: i64) -> i64 {
    match number {
        // BFLOAT16 and FP8 are computed as FLOAT.
        16..=20 | 23 => 1,
        // UINT16, INT16, UINT32, UINT64, and integers of 4 and 2 bits are computed as INT32.
        4 | 5 | 12 | 13 | 21 | 22 | 25 | 26 => 6,
        other => other,
    }
}

fn group_normalization(
    node: &Node,
    at: &mut FrameContext,
    opset: i64,
) -> Result<Vec<Node>, NetworkError> {
    let Some(shape) = at.shape(node.input(0)).map(<[usize]>::to_vec) else {
        return Err(node.error(tr!("it has no input"), CHECK));
    };
    if shape.len() < 2 {
        return Err(node.error(tr!("its input has no channels"), CHECK));
    }
    let groups = node.int("num_groups").and_then(|g| usize::try_from(g).ok());
    let channels = shape.get(1).copied().unwrap_or(0);
    let Some(groups) = groups.filter(|&g| g > 0 && channels.is_multiple_of(g)) else {
        return Err(node.error(
            tr!("its groups do not divide the {channels} channels", channels),
            CHECK,
        ));
    };
    let (Some(scale), Some(bias)) = (node.input(1), node.input(2)) else {
        return Err(node.error(tr!("it has no scale or no bias"), CHECK));
    };
    let inner = shape.iter().skip(2).product::<usize>() * (channels / groups);
    let (scale, bias) = (scale.to_owned(), bias.to_owned());
    let mut chain = Chain::new(at, node);
    chain.reshape(&[shape[0], groups, inner]);
    let ones = chain
        .at
        .constant(&node.name, Tensor::float_list(vec![1.0; groups]));
    let zeros = chain
        .at
        .constant(&node.name, Tensor::float_list(vec![0.0; groups]));
    let epsilon = node.float("epsilon").unwrap_or(1e-5);
    chain
        .then("InstanceNormalization", &[&ones, &zeros])
        .attributes
        .insert("epsilon".to_owned(), Attribute::Float(epsilon));
    // Scale and bias belong to channels from opset 21 on, to groups before.
    let per_group = opset < 21 && at_length(chain.at, &scale) == Some(groups);
    if per_group {
        affine(&mut chain, &scale, &bias, &[groups, 1]);
        chain.reshape(&shape);
    } else {
        chain.reshape(&shape);
        let mut spread = vec![1; shape.len() - 1];
        spread[0] = channels;
        affine(&mut chain, &scale, &bias, &spread);
    }
    Ok(chain.end(node.output()))
}

fn at_length(at: &FrameContext, name: &str) -> Option<usize> {
    at.shape(Some(name)).map(|s| s.iter().product())
}

/// Multiplies by one vector and adds another, both brought to a shape.
fn affine(chain: &mut Chain<'_>, scale: &str, bias: &str, shape: &[usize]) {
    for (operator, vector) in [("Mul", scale), ("Add", bias)] {
        let list = shape.iter().map(|&d| d as i32).collect();
        let target = chain.at.constant(&chain.base, Tensor::int_list(list));
        let out = chain.at.name(&chain.base);
        let reshape = Node::new(&chain.base, "Reshape", &[vector, &target], &[&out]);
        chain.nodes.push(reshape);
        chain.then(operator, &[&out]);
    }
}

fn space_to_depth(node: &Node, at: &mut FrameContext) -> Result<Vec<Node>, NetworkError> {
    let block = node.int("blocksize").and_then(|b| usize::try_from(b).ok());
    let shape = at.shape(node.input(0)).map(<[usize]>::to_vec);
    let (Some(b), Some(&[n, c, h, w])) = (block.filter(|&b| b > 0), shape.as_deref()) else {
        return Err(node.error(tr!("it needs four axes and a block size"), CHECK));
    };
    if h % b != 0 || w % b != 0 {
        return Err(node.error(tr!("blocks of {b} do not divide {h}x{w}", b, h, w), CHECK));
    }
    let order = match node.string("mode") {
        Some("CRD") => vec![0, 1, 3, 5, 2, 4],
        _ => vec![0, 3, 5, 1, 2, 4],
    };
    let mut chain = Chain::new(at, node);
    chain.reshape(&[n, c, h / b, b, w / b, b]);
    chain
        .then("Transpose", &[])
        .attributes
        .insert("perm".to_owned(), Attribute::Ints(order));
    chain.reshape(&[n, c * b * b, h / b, w / b]);
    Ok(chain.end(node.output()))
}

/// `outside * elu_alpha(inside * x)`
fn scaled_elu(
    node: &Node,
    at: &mut FrameContext,
    alpha: f32,
    inside: f32,
    outside: f32,
) -> Vec<Node> {
    let mut chain = Chain::new(at, node);
    chain.scalar("Mul", inside);
    chain
        .then("Elu", &[])
        .attributes
        .insert("alpha".to_owned(), Attribute::Float(alpha));
    chain.scalar("Mul", outside);
    chain.end(node.output())
}

/// `x * tanh(ln(1 + exp(x)))`
fn mish(node: &Node, at: &mut FrameContext) -> Vec<Node> {
    let mut chain = Chain::new(at, node);
    let x = chain.value.clone();
    chain.then("Softplus", &[]);
    chain.then("Tanh", &[]);
    chain.then("Mul", &[&x]);
    chain.end(node.output())
}

/// `x` above the threshold, else 0.
fn thresholded(node: &Node, at: &mut FrameContext) -> Vec<Node> {
    let base = &node.name;
    let x = node.input(0).unwrap_or_default().to_owned();
    let alpha = at.constant(base, Tensor::scalar(node.float("alpha").unwrap_or(1.0)));
    let zero = at.constant(base, Tensor::scalar(0.0));
    let above = at.name(base);
    vec![
        Node::new(base, "Greater", &[&x, &alpha], &[&above]),
        Node::new(base, "Where", &[&above, &x, &zero], &[node.output()]),
    ]
}

/// Before opset 13 all axes from the given one on were one.
fn flat_softmax(node: &Node, at: &mut FrameContext) -> Vec<Node> {
    let shape = at.shape(node.input(0)).map(<[usize]>::to_vec);
    let rank = shape.as_ref().map_or(0, Vec::len) as i64;
    let axis = node.int("axis").unwrap_or(1);
    let axis = if axis < 0 { axis + rank } else { axis };
    let plain = node.clone().with("axis", Attribute::Int(axis));
    let (Some(shape), true) = (shape, axis < rank - 1) else {
        return vec![plain];
    };
    let split = usize::try_from(axis).unwrap_or(0);
    let (outer, inner) = shape.split_at(split.min(shape.len()));
    let mut chain = Chain::new(at, node);
    chain.reshape(&[outer.iter().product(), inner.iter().product()]);
    chain
        .then(&node.operator, &[])
        .attributes
        .insert("axis".to_owned(), Attribute::Int(1));
    chain.reshape(&shape);
    chain.end(node.output())
}

/// The runtime multiplies by the reciprocal of a divisor with one value, which rounds to the other side now and then. A divisor that is
/// repeated along an axis divides.
fn exact_division(node: &Node, at: &mut FrameContext) -> Vec<Node> {
    let shape = at.shape(node.input(0)).map(<[usize]>::to_vec);
    let divisor = at.shape(node.input(1)).map(<[usize]>::to_vec);
    let is_single = |shape: &[usize]| shape.iter().product::<usize>() == 1;
    let (Some(shape), Some(divisor)) = (shape, divisor) else {
        return vec![node.clone()];
    };
    if !is_single(&divisor) || is_single(&shape) || divisor.len() > shape.len() {
        return vec![node.clone()];
    }
    // From the last axis with several values on.
    let from = shape.iter().rposition(|&d| d > 1).unwrap_or(0);
    let target = shape[from..].iter().map(|&d| d as i32).collect();
    let flat = at.constant(&node.name, Tensor::int_list(vec![1]));
    let target = at.constant(&node.name, Tensor::int_list(target));
    let (one, repeated) = (at.name(&node.name), at.name(&node.name));
    let name = node.input(1).unwrap_or_default();
    let mut division = node.clone();
    division.inputs[1].clone_from(&repeated);
    vec![
        Node::new(&node.name, "Reshape", &[name, &flat], &[&one]),
        Node::new(&node.name, "Expand", &[&one, &target], &[&repeated]),
        division,
    ]
}

/// A matrix product with a vector on one side: the vector becomes a matrix, and the result loses its axis again.
fn product_of_vectors(node: &Node, at: &mut FrameContext) -> Vec<Node> {
    let shapes = [0, 1].map(|slot| at.shape(node.input(slot)).map(<[usize]>::to_vec));
    let [Some(left), Some(right)] = shapes else {
        return vec![node.clone()];
    };
    if left.len() != 1 && right.len() != 1 {
        return vec![node.clone()];
    }
    let mut nodes = Vec::new();
    let mut reshaped = |name: &str, shape: Vec<i32>| {
        let target = at.constant(&node.name, Tensor::int_list(shape));
        let out = at.name(&node.name);
        nodes.push(Node::new(&node.name, "Reshape", &[name, &target], &[&out]));
        out
    };
    let (a, b) = (node.inputs[0].clone(), node.inputs[1].clone());
    let a = if left.len() == 1 {
        reshaped(&a, vec![1, left[0] as i32])
    } else {
        a
    };
    let b = if right.len() == 1 {
        reshaped(&b, vec![right[0] as i32, 1])
    } else {
        b
    };
    let mut shape: Vec<i32> = Vec::new();
    if left.len() > 1 {
        shape.extend(left[..left.len() - 1].iter().map(|&d| d as i32));
    } else {
        shape.extend(
            right[..right.len().saturating_sub(2)]
                .iter()
                .map(|&d| d as i32),
        );
    }
    if right.len() > 1 {
        shape.extend(right.last().map(|&d| d as i32));
    }
    let out = at.name(&node.name);
    nodes.push(Node::new(&node.name, "MatMul", &[&a, &b], &[&out]));
    let target = at.constant(&node.name, Tensor::int_list(shape));
    nodes.push(Node::new(
        &node.name,
        "Reshape",
        &[&out, &target],
        &[node.output()],
    ));
    nodes
}

/// Microsoft's convolution with an activation.
fn fused_convolution(node: &Node, at: &mut FrameContext) -> Result<Vec<Node>, NetworkError> {
    let activation = node.string("activation").unwrap_or("").to_owned();
    let mut convolution = node.clone();
    "Conv".clone_into(&mut convolution.operator);
    convolution.domain.clear();
    convolution.attributes.remove("activation");
    convolution.attributes.remove("activation_params");
    if node.input(3).is_some() {
        return Err(node.error(
            tr!("it adds another tensor"),
            tr!("export the model before ONNX Runtime optimises it"),
        ));
    }
    convolution.inputs.truncate(3);
    let between = at.name(&node.name);
    convolution.outputs = vec![between.clone()];
    let mut after = Node::new(&node.name, &activation, &[&between], &[node.output()]);
    let parameters = match node.attributes.get("activation_params") {
        Some(Attribute::Floats(values)) => values.clone(),
        _ => Vec::new(),
    };
    match (activation.as_str(), &parameters[..]) {
        ("Relu" | "Sigmoid" | "Tanh", _) => {}
        ("LeakyRelu", &[alpha, ..]) => after = after.with("alpha", Attribute::Float(alpha)),
        ("HardSigmoid", &[alpha, beta, ..]) => {
            after = after
                .with("alpha", Attribute::Float(alpha))
                .with("beta", Attribute::Float(beta));
        }
        ("Clip", &[low, high, ..]) => {
            for limit in [low, high] {
                let name = at.constant(&node.name, Tensor::scalar(limit));
                after.inputs.push(name);
            }
        }
        ("", _) => "Identity".clone_into(&mut after.operator),
        _ => {
            return Err(node.error(
                tr!("its activation {activation} is unknown", activation),
                tr!("export the model before ONNX Runtime optimises it"),
            ));
        }
    }
    Ok(vec![with_explicit_window(&convolution, at)?, after])
}

/// Microsoft's matrix product with transposition and a factor.
fn fused_product(node: &Node, at: &mut FrameContext) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut sides = Vec::new();
    for (slot, key) in ["transA", "transB"].into_iter().enumerate() {
        let name = node.input(slot).unwrap_or_default().to_owned();
        let rank = at.shape(Some(&name)).map_or(0, <[usize]>::len);
        if node.int(key) != Some(1) || rank < 2 {
            sides.push(name);
            continue;
        }
        let mut perm: Vec<i64> = (0..rank as i64).collect();
        perm.swap(rank - 1, rank - 2);
        let out = at.name(&node.name);
        let transpose = Node::new(&node.name, "Transpose", &[&name], &[&out]);
        nodes.push(transpose.with("perm", Attribute::Ints(perm)));
        sides.push(out);
    }
    let factor = at.constant(
        &node.name,
        Tensor::scalar(node.float("alpha").unwrap_or(1.0)),
    );
    let out = at.name(&node.name);
    nodes.push(Node::new(
        &node.name,
        "MatMul",
        &[&sides[0], &sides[1]],
        &[&out],
    ));
    nodes.push(Node::new(
        &node.name,
        "Mul",
        &[&out, &factor],
        &[node.output()],
    ));
    nodes
}
