//! ONNX Resize as nodes that the runtime has.

use fathom_core::i18n::{msgid, tr};

use crate::graph::{Attribute, Node, Tensor};
use crate::network_error::NetworkError;

use super::frame_context::FrameContext;
use super::node_chain::Chain;
use super::resize_matrix::ResizeRule;

const CHECK: &str = msgid("check the file with onnx.checker");

/// The target of the input's shape: length and scale of each axis.
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
            tr!("its sizes or scales are absent, computed from the image, or of another number than its axes"),
            tr!("run onnxsim on the file, or export it with a fixed size"),
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

/// A Resize that the runtime computes as it is, or products with matrices of weights.
pub(super) fn resize(node: &Node, at: &mut FrameContext) -> Result<Vec<Node>, NetworkError> {
    let rule = ResizeRule::of(node).map_err(|problem| {
        node.error(
            problem,
            tr!("export the model with plain bilinear resizing"),
        )
    })?;
    let Some(shape) = at.shape(node.input(0)).map(<[usize]>::to_vec) else {
        return Err(node.error(tr!("it has no input"), CHECK));
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
