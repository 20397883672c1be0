//! A graph for tests of other modules.

use std::sync::Arc;

use super::{NetworkGraph, Node, Tensor, ValueInfo};

/// A graph with an input `x`, and a weight `w` and bias `b` for convolutions of one channel.
pub(crate) fn convolution_graph(nodes: Vec<Node>, output: &str) -> NetworkGraph {
    let weight = Tensor::floats(vec![1, 1, 1, 1], vec![0.5]).expect("a weight");
    let bias = Tensor::float_list(vec![0.25]);
    let mut graph = NetworkGraph {
        nodes,
        inputs: vec![ValueInfo::named("x")],
        outputs: vec![ValueInfo::named(output)],
        opset: 17,
        ..NetworkGraph::default()
    };
    graph.constants.insert("w".to_owned(), Arc::new(weight));
    graph.constants.insert("b".to_owned(), Arc::new(bias));
    graph
}
