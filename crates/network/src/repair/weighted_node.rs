//! Nodes with weights in a gated graph.

use std::collections::HashMap;

use crate::gating::GatedNetwork;
use crate::graph::{NetworkGraph, Node};

/// A constant that a node reads, rounded or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadConstant {
    /// Its name.
    pub name: String,
    /// The quantizer between it and the node.
    pub quantizer: Option<usize>,
}

/// A convolution or product with a constant weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WeightedNode {
    /// Index of the node.
    pub node: usize,
    /// The weight.
    pub weight: ReadConstant,
    /// The axis of the weight with the output's channels; `None` where groups share it.
    pub weight_axis: Option<usize>,
    /// The bias, if the node has one and it is a constant.
    pub bias: Option<ReadConstant>,
    /// The quantizer that makes the other input.
    pub data: Option<usize>,
}

impl WeightedNode {
    /// All nodes with weights, in the order of computation.
    pub(super) fn all(gated: &GatedNetwork) -> Vec<Self> {
        let graph = &gated.graph;
        let producers = graph.producers();
        let nodes = graph.nodes.iter().enumerate();
        let found = nodes.filter_map(|(index, node)| {
            let weight = read_constant(graph, &producers, node.input(1)?)?;
            let shape = &graph.constants.get(&weight.name)?.shape;
            let weight_axis = weight_axis(node, shape)?;
            let takes_bias = !node.is("MatMul");
            let bias = node.input(2).filter(|_| takes_bias);
            let data = node.input(0).and_then(|name| producers.get(name));
            Some(Self {
                node: index,
                weight,
                weight_axis,
                bias: bias.and_then(|name| read_constant(graph, &producers, name)),
                data: data.and_then(|&at| graph.nodes[at].quantizer()),
            })
        });
        found.collect()
    }
}

/// The axis of a weight with the output's channels; `None` for operators without a weight.
fn weight_axis(node: &Node, shape: &[usize]) -> Option<Option<usize>> {
    let is_grouped = node.int("group").is_some_and(|groups| groups != 1);
    match node.operator.as_str() {
        _ if !node.domain.is_empty() && node.domain != "ai.onnx" => None,
        "Conv" => Some(Some(0)),
        "ConvTranspose" => Some((!is_grouped).then_some(1)),
        "Gemm" if node.int("transB") == Some(1) => Some(Some(0)),
        "Gemm" => Some(Some(1)),
        "MatMul" if shape.len() > 1 => Some(Some(shape.len() - 1)),
        _ => None,
    }
}

/// The constant behind a name: itself, or what a quantizer rounds.
fn read_constant(
    graph: &NetworkGraph,
    producers: &HashMap<&str, usize>,
    name: &str,
) -> Option<ReadConstant> {
    let (name, quantizer) = match producers.get(name) {
        None => (name, None),
        Some(&at) => {
            let node = &graph.nodes[at];
            (node.input(0)?, Some(node.quantizer()?))
        }
    };
    graph.constants.get(name)?.as_floats()?;
    Some(ReadConstant {
        name: name.to_owned(),
        quantizer,
    })
}

/// The axis of a node's output that holds its channels, for an output of so many axes.
pub(super) fn output_channel_axis(node: &Node, axes: usize) -> Option<usize> {
    match node.operator.as_str() {
        "Conv" | "ConvTranspose" => (axes > 1).then_some(1),
        _ => axes.checked_sub(1),
    }
}
