//! The size of an operator's result, estimated before the runtime reserves memory for it.

use crate::graph::Node;

use super::frame_context::FrameContext;

/// An upper bound of the values in a node's results; `None` where inputs are unknown.
pub(crate) fn most_values(node: &Node, at: &FrameContext) -> Option<u64> {
    let shape = |slot: usize| at.shape(node.input(slot));
    let count = |slot: usize| shape(slot).map(product);
    let all_inputs = || -> u64 {
        node.inputs
            .iter()
            .filter_map(|n| at.shapes.get(n))
            .fold(0, |sum, s| sum.saturating_add(product(s)))
    };
    let given = |slot: usize| {
        let sizes = at.ints(node.input(slot))?;
        Some(
            sizes
                .iter()
                .fold(1_u64, |p, &s| p.saturating_mul(s.max(0) as u64)),
        )
    };
    match node.operator.as_str() {
        "ConstantOfShape" => given(0),
        "Expand" | "Tile" => Some(given(1)?.saturating_mul(count(0)?)),
        "Range" => range(node, at),
        "OneHot" => Some(count(0)?.saturating_mul(given(1)?)),
        "Resize" | "Upsample" => resized(node, at),
        "Pad" => padded(node, at),
        "Conv" | "ConvTranspose" | "MaxPool" | "AveragePool" => windowed(node, at),
        "MatMul" | "Gemm" => {
            // At most the rows of one side times the columns of the other, for every batch of either.
            Some(broadcast_product(shape(0)?, shape(1)?))
        }
        "Gather" | "GatherND" => Some(count(0)?.saturating_mul(count(1)?)),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Where" | "Max" | "Min" | "Sum" | "Mean"
        | "Equal" | "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or"
        | "Xor" | "Mod" | "PRelu" => broadcast(node, at),
        "Einsum" => Some(
            node.inputs
                .iter()
                .filter_map(|n| at.shapes.get(n))
                .fold(1, |p, s| p.saturating_mul(product(s))),
        ),
        _ => Some(all_inputs().max(1)),
    }
}

fn product(shape: &[usize]) -> u64 {
    shape
        .iter()
        .fold(1_u64, |p, &length| p.saturating_mul(length as u64))
}

/// The longer of the lengths at each axis, aligned at the last.
fn broadcast(node: &Node, at: &FrameContext) -> Option<u64> {
    let mut lengths: Vec<usize> = Vec::new();
    for name in node.inputs.iter().filter(|n| !n.is_empty()) {
        let shape = at.shapes.get(name)?;
        if shape.len() > lengths.len() {
            let missing = shape.len() - lengths.len();
            lengths.splice(0..0, std::iter::repeat_n(1, missing));
        }
        let from = lengths.len() - shape.len();
        for (length, &other) in lengths[from..].iter_mut().zip(shape) {
            *length = (*length).max(other);
        }
    }
    Some(product(&lengths))
}

fn broadcast_product(a: &[usize], b: &[usize]) -> u64 {
    let (a_batch, a_last) = a.split_at(a.len().saturating_sub(2));
    let (b_batch, b_last) = b.split_at(b.len().saturating_sub(2));
    let batches = product(a_batch).saturating_mul(product(b_batch));
    let longest = |m: &[usize]| m.iter().copied().max().unwrap_or(1) as u64;
    batches
        .saturating_mul(longest(a_last))
        .saturating_mul(longest(b_last))
}

fn range(node: &Node, at: &FrameContext) -> Option<u64> {
    let number = |slot: usize| {
        let name = node.input(slot);
        let ints = at.ints(name).and_then(|v| v.first().map(|&i| f64::from(i)));
        ints.or_else(|| {
            at.floats(name)
                .and_then(|v| v.first().map(|&f| f64::from(f)))
        })
    };
    let (start, limit, delta) = (number(0)?, number(1)?, number(2)?);
    // NaN becomes 0.
    Some(((limit - start) / delta).clamp(0.0, 1e18) as u64 + 1)
}

fn resized(node: &Node, at: &FrameContext) -> Option<u64> {
    let values = product(at.shape(node.input(0))?);
    let factor = |scales: Vec<f32>| {
        scales
            .iter()
            .map(|&s| f64::from(s.max(1.0)))
            .product::<f64>()
    };
    if let Some(sizes) = at.ints(node.input(3)).filter(|s| !s.is_empty()) {
        let wanted = sizes
            .iter()
            .fold(1_u64, |p, &s| p.saturating_mul(s.max(1) as u64));
        return Some(wanted.saturating_mul(values.max(1)).min(wanted.max(values)));
    }
    let scales = at
        .floats(node.input(2))
        .filter(|s| !s.is_empty())
        .or_else(|| at.floats(node.input(1)))?;
    Some((values as f64 * factor(scales)).min(1e18) as u64)
}

fn padded(node: &Node, at: &FrameContext) -> Option<u64> {
    let shape = at.shape(node.input(0))?;
    let pads = match node.ints("pads") {
        Some(pads) => pads.to_vec(),
        None => at.ints(node.input(1))?.into_iter().map(i64::from).collect(),
    };
    let widest = pads.iter().map(|&p| p.unsigned_abs()).max().unwrap_or(0);
    Some(shape.iter().fold(1_u64, |p, &length| {
        p.saturating_mul((length as u64).saturating_add(widest.saturating_mul(2)))
    }))
}

/// Convolutions and poolings: borders widen the input, a transposed convolution's strides stretch it.
fn windowed(node: &Node, at: &FrameContext) -> Option<u64> {
    let shape = at.shape(node.input(0))?;
    let widest = |key: &str| {
        let values = node.ints(key).unwrap_or(&[]);
        values.iter().map(|&v| v.unsigned_abs()).max().unwrap_or(0)
    };
    let is_transposed = node.is("ConvTranspose");
    let stretch = if is_transposed {
        widest("strides").max(1)
    } else {
        1
    };
    let weight = at.shape(node.input(1));
    let kernel = weight.map_or(0, |w| {
        w.iter().skip(2).map(|&k| k as u64).max().unwrap_or(0)
    });
    let reach = if is_transposed {
        kernel.saturating_mul(widest("dilations").max(1))
    } else {
        0
    };
    let border = widest("pads")
        .saturating_mul(2)
        .saturating_add(widest("output_padding"))
        .saturating_add(reach);
    let channels = match weight {
        Some(w) if is_transposed => {
            let group = node.int("group").unwrap_or(1).unsigned_abs();
            (*w.get(1)? as u64).saturating_mul(group)
        }
        Some(w) => *w.first()? as u64,
        None => *shape.get(1)? as u64,
    };
    let mut values = (*shape.first()? as u64).saturating_mul(channels);
    for &length in shape.iter().skip(2) {
        let stretched = (length as u64).saturating_mul(stretch);
        values = values.saturating_mul(stretched.saturating_add(border).max(1));
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::graph::{Attribute, Tensor};
    use crate::runtime::engine::Value;

    use super::*;

    fn at(shapes: &[(&str, &[usize])], ints: &[(&str, Vec<i32>)]) -> FrameContext {
        let mut out = FrameContext::default();
        for (name, shape) in shapes {
            out.shapes.insert((*name).to_owned(), shape.to_vec());
        }
        for (name, values) in ints {
            let tensor = Tensor::int_list(values.clone());
            out.fixed
                .insert((*name).to_owned(), Arc::new(Value::from_tensor(&tensor)));
        }
        out
    }

    #[test]
    fn results_are_bounded_before_they_exist() {
        let huge = at(
            &[("x", &[1, 3, 4, 4]), ("w", &[8, 3, 3, 3])],
            &[("s", vec![1 << 20; 3])],
        );
        let filled = Node::new("n", "ConstantOfShape", &["s"], &["y"]);
        assert_eq!(most_values(&filled, &huge), Some(1 << 60));
        let expanded = Node::new("n", "Expand", &["x", "s"], &["y"]);
        assert!(most_values(&expanded, &huge) > Some(1 << 60));
        let conv = Node::new("n", "Conv", &["x", "w"], &["y"]);
        assert_eq!(most_values(&conv, &huge), Some(8 * 16));
        let padded = conv.with("pads", Attribute::Ints(vec![1 << 40; 4]));
        assert!(most_values(&padded, &huge) > Some(1 << 60));
        let outer = at(&[("a", &[1 << 20, 1]), ("b", &[1, 1 << 20])], &[]);
        let sum = Node::new("n", "Add", &["a", "b"], &["y"]);
        assert_eq!(most_values(&sum, &outer), Some(1 << 40));
    }
}
