//! Multiply-accumulate operations of a node.

use crate::graph::Node;

use super::frame_context::FrameContext;

/// Multiplications of a convolution or matrix product whose shapes are known; 0 for other operators.
pub(crate) fn multiplications(node: &Node, at: &FrameContext) -> u64 {
    let product = |shape: &[usize]| shape.iter().map(|&d| d as u64).product::<u64>();
    let Some(out) = at.shape(Some(node.output())) else {
        return 0;
    };
    let (Some(left), Some(right)) = (at.shape(node.input(0)), at.shape(node.input(1))) else {
        return 0;
    };
    let last = |shape: &[usize]| shape.last().map_or(1, |&d| d as u64);
    match node.operator.as_str() {
        // Each output sums over the weight of one output channel.
        "Conv" => product(out) * product(right.get(1..).unwrap_or(&[])),
        // Each input is spread over the weight of one input channel.
        "ConvTranspose" => product(left) * product(right.get(1..).unwrap_or(&[])),
        "Gemm" if node.int("transA") == Some(1) => {
            product(out) * left.first().map_or(1, |&d| d as u64)
        }
        "Gemm" | "MatMul" => product(out) * last(left),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_counted() {
        let mut at = FrameContext::default();
        for (name, shape) in [
            ("x", &[1, 8, 10, 10][..]),
            ("w", &[16, 8, 3, 3]),
            ("y", &[1, 16, 10, 10]),
            ("a", &[2, 3, 4]),
            ("b", &[4, 5]),
            ("c", &[2, 3, 5]),
        ] {
            at.shapes.insert(name.to_owned(), shape.to_vec());
        }
        let rows = [
            (Node::new("n", "Conv", &["x", "w"], &["y"]), 1600 * 72),
            (Node::new("n", "MatMul", &["a", "b"], &["c"]), 30 * 4),
            (Node::new("n", "Add", &["a", "b"], &["c"]), 0),
        ];
        for (node, expected) in rows {
            assert_eq!(multiplications(&node, &at), expected, "{}", node.operator);
        }
    }
}
