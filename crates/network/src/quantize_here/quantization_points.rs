//! The tensors that are rounded.
//!
//! As in ONNX Runtime's `quantize_static` with QDQ (`python/tools/quantization/registry.py`): data that the operators of a list read or make.
//! A Relu or Clip is folded into the quantizer behind it. An operator that only moves values keeps the quantizer before it, because a second
//! one with the same scale changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::graph::{NetworkGraph, Node};

/// Operators that compute on codes in INT8 runtimes, with the inputs that hold data.
const COMPUTING: [(&str, &[usize]); 22] = [
    ("Add", &[0, 1]),
    ("AveragePool", &[0]),
    ("Clip", &[0]),
    ("Concat", &[]),
    ("Conv", &[0]),
    ("ConvTranspose", &[0]),
    ("Elu", &[0]),
    ("Gemm", &[0]),
    ("GlobalAveragePool", &[0]),
    ("HardSwish", &[0]),
    ("InstanceNormalization", &[0]),
    ("LayerNormalization", &[0]),
    ("LeakyRelu", &[0]),
    ("MatMul", &[0, 1]),
    ("Mul", &[0, 1]),
    ("PRelu", &[0]),
    ("Relu", &[0]),
    ("Resize", &[0]),
    ("Sigmoid", &[0]),
    ("Softmax", &[0]),
    ("Sub", &[0, 1]),
    ("Tanh", &[0]),
];

/// A weight and the bias of the same node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightPoint {
    /// Name of the constant.
    pub weight: String,
    /// Axis of the output's channels.
    pub axis: usize,
    /// Name of the bias, if it is a constant.
    pub bias: Option<String>,
    /// The value that the weight is multiplied with.
    pub data: String,
}

/// The tensors that are rounded, in the order of computation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuantizationPoints {
    /// Values between nodes, inputs and outputs.
    pub activations: Vec<String>,
    /// Weights, each once.
    pub weights: Vec<WeightPoint>,
    /// For a value that an operator only moved, the value that holds the same numbers and may be rounded.
    moved_from: HashMap<String, String>,
}

impl QuantizationPoints {
    /// Finds the tensors of a graph. Nodes for which `is_fixed` is true compute shapes and the like, and are left out.
    #[must_use]
    pub fn of(graph: &NetworkGraph, is_fixed: impl Fn(&str) -> bool) -> Self {
        let mut out = Self::default();
        let consumers = graph.consumers();
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        let mut folded: HashSet<&str> = HashSet::new();
        let mut seen_weights: HashSet<&str> = HashSet::new();
        for node in graph.nodes.iter().filter(|node| !is_fixed(&node.name)) {
            if let Some(point) = weight_of(graph, node)
                && let Some((name, _)) = graph.constants.get_key_value(&point.weight)
                && seen_weights.insert(name)
            {
                out.weights.push(point);
            }
            if node.moves_values() {
                if let Some(source) = node.input(0) {
                    for made in node.outputs.iter().filter(|made| !made.is_empty()) {
                        out.moved_from.insert(made.clone(), source.to_owned());
                    }
                }
                continue;
            }
            let Some(data) = data_inputs(node) else {
                continue;
            };
            let is_value = |name: &&str| !graph.constants.contains_key(*name);
            wanted.extend(data.iter().copied().filter(is_value).map(str::to_owned));
            wanted.insert(node.output().to_owned());
            if matches!(node.operator.as_str(), "Relu" | "Clip")
                && let Some(source) = node.input(0)
                && consumers
                    .get(source)
                    .is_some_and(|readers| readers.len() == 1)
                && !graph.is_output(source)
                && graph.inputs.iter().all(|input| input.name != source)
            {
                folded.insert(source);
            }
        }
        let wanted: BTreeSet<String> = wanted
            .iter()
            .map(|name| out.source_of(name).to_owned())
            .filter(|name| !folded.contains(name.as_str()))
            .collect();
        let inputs = graph.inputs.iter().map(|input| input.name.as_str());
        let fixed = graph.nodes.iter().filter(|node| is_fixed(&node.name));
        let fixed: HashSet<&str> = fixed
            .flat_map(|node| node.outputs.iter().map(String::as_str))
            .collect();
        let made = graph.nodes.iter().flat_map(|node| &node.outputs);
        out.activations = inputs
            .chain(made.map(String::as_str))
            .filter(|name| wanted.contains(*name) && !fixed.contains(name))
            .map(str::to_owned)
            .collect();
        out
    }

    /// The value that holds the numbers of a moved value.
    #[must_use]
    pub fn source_of<'a>(&'a self, name: &'a str) -> &'a str {
        let mut name = name;
        // A graph has no circle, so the chain ends.
        while let Some(source) = self.moved_from.get(name) {
            name = source;
        }
        name
    }
}

/// The inputs that hold data; `None` for operators that compute in floating point.
fn data_inputs(node: &Node) -> Option<Vec<&str>> {
    let (_, slots) = COMPUTING.iter().find(|(operator, _)| node.is(operator))?;
    if slots.is_empty() {
        let all = node.inputs.iter().map(String::as_str);
        return Some(all.filter(|name| !name.is_empty()).collect());
    }
    Some(slots.iter().filter_map(|&slot| node.input(slot)).collect())
}

/// The weight of a node, if it has one.
fn weight_of(graph: &NetworkGraph, node: &Node) -> Option<WeightPoint> {
    let rank = |name: &str| graph.constants.get(name).map(|weight| weight.shape.len());
    let axis = match node.operator.as_str() {
        "Conv" => 0,
        "Gemm" if node.int("transB") == Some(1) => 0,
        "ConvTranspose" | "Gemm" => 1,
        "MatMul" => rank(node.input(1)?)?.checked_sub(1)?,
        _ => return None,
    };
    let weight = node.input(1)?;
    let tensor = graph.constants.get(weight)?;
    tensor.as_floats()?;
    let bias = node.input(2).filter(|bias| {
        let bias = graph.constants.get(*bias);
        node.operator != "MatMul" && bias.is_some_and(|bias| bias.as_floats().is_some())
    });
    Some(WeightPoint {
        weight: weight.to_owned(),
        axis,
        bias: bias.map(str::to_owned),
        data: node.input(0)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::convolution_graph;

    #[test]
    fn activations_are_folded_and_moves_keep_their_quantizer() {
        let graph = convolution_graph(
            vec![
                Node::new("conv", "Conv", &["x", "w", "b"], &["c"]),
                Node::new("relu", "Relu", &["c"], &["r"]),
                Node::new("pool", "MaxPool", &["r"], &["p"]),
                Node::new("shape", "Shape", &["x"], &["s"]),
                Node::new("again", "Conv", &["p", "w"], &["d"]),
                Node::new("erf", "Erf", &["d"], &["e"]),
                Node::new("sum", "Add", &["e", "p"], &["y"]),
            ],
            "y",
        );
        let points = QuantizationPoints::of(&graph, |node| node == "shape");
        assert_eq!(points.activations, ["x", "r", "d", "e", "y"]);
        assert_eq!(points.source_of("p"), "r");
        // One weight for both nodes, with the bias of the first.
        let expected = WeightPoint {
            weight: "w".to_owned(),
            axis: 0,
            bias: Some("b".to_owned()),
            data: "x".to_owned(),
        };
        assert_eq!(points.weights, [expected]);
    }

    #[test]
    fn a_value_that_others_read_is_not_folded() {
        let graph = convolution_graph(
            vec![
                Node::new("conv", "Conv", &["x", "w", "b"], &["c"]),
                Node::new("relu", "Relu", &["c"], &["r"]),
                Node::new("sum", "Add", &["r", "c"], &["y"]),
            ],
            "y",
        );
        let points = QuantizationPoints::of(&graph, |_| false);
        assert_eq!(points.activations, ["x", "c", "r", "y"]);
    }
}
