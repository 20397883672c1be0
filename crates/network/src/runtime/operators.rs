//! Operators that the runtime lacks or needs spelled out, as operators that it has.
//!
//! Sources: ONNX operators `GroupNormalization`, Selu, Celu, Mish, `ThresholdedRelu`, `SpaceToDepth`, Resize, Softmax, Conv, `ConvTranspose`;
//! ONNX Runtime's `docs/ContribOperators.md` for `FusedConv` and `FusedMatMul`.

use crate::graph::{Attribute, Node, Tensor};
use crate::network_error::NetworkError;

use super::frame_context::FrameContext;
use super::resize_matrix::ResizeRule;
use super::windows::with_explicit_window;

const CHECK: &str = "check the file with onnx.checker";

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

/// A chain of nodes, each reading the one before.
struct Chain<'a> {
    at: &'a mut FrameContext,
    base: String,
    nodes: Vec<Node>,
    value: String,
}

impl<'a> Chain<'a> {
    fn new(at: &'a mut FrameContext, node: &Node) -> Self {
        Self {
            at,
            base: node.name.clone(),
            nodes: Vec::new(),
            value: node.input(0).unwrap_or_default().to_owned(),
        }
    }

    /// Applies an operator with more inputs after the value.
    fn then(&mut self, operator: &str, more: &[&str]) -> &mut Node {
        let out = self.at.name(&self.base);
        let mut inputs = vec![self.value.as_str()];
        inputs.extend(more);
        let mut node = Node::new(&self.base, operator, &inputs, &[&out]);
        node.domain.clear();
        self.value = out;
        self.nodes.push(node);
        let last = self.nodes.len() - 1;
        &mut self.nodes[last]
    }

    fn scalar(&mut self, operator: &str, number: f32) {
        let name = self.at.constant(&self.base, Tensor::scalar(number));
        self.then(operator, &[&name]);
    }

    fn reshape(&mut self, shape: &[usize]) {
        let list = shape.iter().map(|&d| d as i32).collect();
        let name = self.at.constant(&self.base, Tensor::int_list(list));
        self.then("Reshape", &[&name]);
    }

    /// The nodes; the last makes `output`.
    fn end(mut self, output: &str) -> Vec<Node> {
        if let Some(last) = self.nodes.last_mut() {
            last.outputs = vec![output.to_owned()];
        }
        self.nodes
    }
}

fn group_normalization(
    node: &Node,
    at: &mut FrameContext,
    opset: i64,
) -> Result<Vec<Node>, NetworkError> {
    let Some(shape) = at.shape(node.input(0)).map(<[usize]>::to_vec) else {
        return Err(node.error("it has no input", CHECK));
    };
    if shape.len() < 2 {
        return Err(node.error("its input has no channels", CHECK));
    }
    let groups = node.int("num_groups").and_then(|g| usize::try_from(g).ok());
    let channels = shape.get(1).copied().unwrap_or(0);
    let Some(groups) = groups.filter(|&g| g > 0 && channels.is_multiple_of(g)) else {
        return Err(node.error(
            format!("its groups do not divide the {channels} channels"),
            CHECK,
        ));
    };
    let (Some(scale), Some(bias)) = (node.input(1), node.input(2)) else {
        return Err(node.error("it has no scale or no bias", CHECK));
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
        return Err(node.error("it needs four axes and a block size", CHECK));
    };
    if h % b != 0 || w % b != 0 {
        return Err(node.error(format!("blocks of {b} do not divide {h}x{w}"), CHECK));
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

/// Where the input's shape goes to: lengths and scales of each axis.
fn resize_target(
    node: &Node,
    at: &FrameContext,
    shape: &[usize],
) -> Result<Vec<(usize, f64)>, NetworkError> {
    let axes: Vec<usize> = match node.ints("axes") {
        None => (0..shape.len()).collect(),
        Some(axes) => axes
            .iter()
            .filter_map(|&a| {
                let a = if a < 0 { a + shape.len() as i64 } else { a };
                usize::try_from(a).ok().filter(|&a| a < shape.len())
            })
            .collect(),
    };
    let mut out: Vec<(usize, f64)> = shape.iter().map(|&d| (d, 1.0)).collect();
    let sizes = at.ints(node.input(3)).filter(|s| !s.is_empty());
    let scales = at.floats(node.input(2)).filter(|s| !s.is_empty());
    let given = sizes
        .as_ref()
        .map_or(0, Vec::len)
        .max(scales.as_ref().map_or(0, Vec::len));
    if given != axes.len() {
        return Err(node.error(
            "its sizes or scales are absent, computed from the image, or of another number than its axes",
            "run onnxsim on the file, or export it with a fixed size",
        ));
    }
    if let Some(scales) = scales {
        for (&axis, &scale) in axes.iter().zip(&scales) {
            let scale = f64::from(scale);
            // A scale is a quotient in `f32`: 1.75 of 4 is 7, though the product may fall short of it.
            let length = (shape[axis] as f64 * scale + 1e-6).floor().max(0.0);
            out[axis] = (length as usize, scale);
        }
    } else if let Some(sizes) = sizes {
        let ratio = |(&axis, &size): (&usize, &i32)| f64::from(size) / shape[axis].max(1) as f64;
        let ratios = || axes.iter().zip(&sizes).map(ratio);
        let policy = node.string("keep_aspect_ratio_policy").unwrap_or("stretch");
        let common = match policy {
            "not_larger" => Some(ratios().fold(f64::INFINITY, f64::min)),
            "not_smaller" => Some(ratios().fold(0.0, f64::max)),
            _ => None,
        };
        for (&axis, &size) in axes.iter().zip(&sizes) {
            let from = shape[axis].max(1) as f64;
            let length = match common {
                Some(scale) => (scale * from + 0.5).floor().max(0.0) as usize,
                None => size.max(0) as usize,
            };
            out[axis] = (length, common.unwrap_or(length as f64 / from));
        }
    }
    Ok(out)
}

fn resize(node: &Node, at: &mut FrameContext) -> Result<Vec<Node>, NetworkError> {
    let rule = ResizeRule::of(node)
        .map_err(|problem| node.error(problem, "export the model with plain bilinear resizing"))?;
    let Some(shape) = at.shape(node.input(0)).map(<[usize]>::to_vec) else {
        return Err(node.error("it has no input", CHECK));
    };
    let target = resize_target(node, at, &shape)?;
    let is_plane = shape.len() == 4 && target[0].0 == shape[0] && target[1].0 == shape[1];
    // The runtime takes the scale from the lengths.
    let has_whole_scales = target
        .iter()
        .zip(&shape)
        .all(|(&(to, scale), &from)| (from as f64 * scale - to as f64).abs() < 1e-3);
    if rule.is_native() && is_plane && has_whole_scales {
        let sizes = target.iter().map(|&(to, _)| to as i32).collect();
        let sizes = at.constant(&node.name, Tensor::int_list(sizes));
        let mut plain = node.clone();
        plain.inputs = vec![plain.inputs[0].clone(), String::new(), String::new(), sizes];
        for key in [
            "axes",
            "antialias",
            "cubic_coeff_a",
            "exclude_outside",
            "keep_aspect_ratio_policy",
            "extrapolation_value",
        ] {
            plain.attributes.remove(key);
        }
        return Ok(vec![plain]);
    }
    let mut chain = Chain::new(at, node);
    for (axis, &(to, scale)) in target.iter().enumerate() {
        let from = shape[axis];
        if from == to && (scale - 1.0).abs() < 1e-9 {
            continue;
        }
        resize_axis(&mut chain, &rule, shape.len(), axis, (from, to, scale));
    }
    if chain.nodes.is_empty() {
        chain.then("Identity", &[]);
    }
    Ok(chain.end(node.output()))
}

/// Multiplies one axis by the matrix of its weights.
fn resize_axis(
    chain: &mut Chain<'_>,
    rule: &ResizeRule,
    rank: usize,
    axis: usize,
    (from, to, scale): (usize, usize, f64),
) {
    let rows = rule.matrix(from, to, scale);
    // The axis goes last, where a matrix product applies; transposed weights are [from, to].
    let mut columns = vec![0.0; rows.len()];
    for (i, row) in rows.chunks(from.max(1)).enumerate() {
        for (j, &weight) in row.iter().enumerate() {
            columns[j * to + i] = weight;
        }
    }
    let shape = vec![from, to];
    let tensor = Tensor::floats(shape, columns).unwrap_or_else(|_| Tensor::scalar(0.0));
    let weights = chain.at.constant(&chain.base, tensor);
    let mut swap: Vec<i64> = (0..rank as i64).collect();
    swap.swap(axis, rank - 1);
    let is_last = axis + 1 == rank;
    let transpose = |chain: &mut Chain<'_>| {
        if !is_last {
            chain
                .then("Transpose", &[])
                .attributes
                .insert("perm".to_owned(), Attribute::Ints(swap.clone()));
        }
    };
    transpose(chain);
    chain.then("MatMul", &[&weights]);
    transpose(chain);
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
            "it adds another tensor",
            "export the model before ONNX Runtime optimises it",
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
                format!("its activation {activation} is unknown"),
                "export the model before ONNX Runtime optimises it",
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
