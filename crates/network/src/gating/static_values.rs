//! Values of an INT8 graph that follow from constants, such as a weight that is dequantized and then transposed.

use std::collections::HashMap;
use std::sync::Arc;

use crate::graph::{NetworkGraph, Tensor};
use crate::runtime::{Engine, Value, evaluate};

/// Longest chain of operators between a constant and the node that reads it.
const LONGEST: usize = 8;

/// Most values of a constant that is computed.
const MOST_VALUES: usize = 1 << 28;

/// Operators that tools put between a weight and its node. None makes more values than it reads, but for a product's broadcasting.
const BETWEEN: [&str; 8] = [
    "Cast",
    "Flatten",
    "Identity",
    "Mul",
    "Reshape",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

/// Computes constants on demand.
pub(super) struct StaticValues<'a> {
    graph: &'a NetworkGraph,
    producers: HashMap<&'a str, usize>,
    engine: Engine,
}

impl<'a> StaticValues<'a> {
    pub(super) fn new(graph: &'a NetworkGraph) -> Self {
        Self {
            graph,
            producers: graph.producers(),
            engine: Engine::new(1),
        }
    }

    /// The value of that name, and the constants that it is made of.
    pub(super) fn get(&self, name: &str) -> Option<(Arc<Tensor>, Vec<String>)> {
        let mut made_of = Vec::new();
        let value = self.value(name, 0, &mut made_of)?;
        Some((value, made_of))
    }

    fn value(&self, name: &str, depth: usize, made_of: &mut Vec<String>) -> Option<Arc<Tensor>> {
        if let Some(tensor) = self.graph.constants.get(name) {
            made_of.push(name.to_owned());
            return Some(tensor.clone());
        }
        let node = &self.graph.nodes[*self.producers.get(name)?];
        let is_between = BETWEEN.iter().any(|op| node.is(op));
        if !is_between || depth >= LONGEST {
            return None;
        }
        let mut inputs = Vec::new();
        for input in node.inputs.iter().filter(|n| !n.is_empty()) {
            let tensor = self.value(input, depth + 1, made_of)?;
            if tensor.len() > MOST_VALUES {
                return None;
            }
            inputs.push((input.as_str(), Value::from_tensor(&tensor)));
        }
        let value = evaluate(node, &inputs, self.graph.opset, &self.engine).ok()?;
        let floats = value.floats()?.into_owned();
        Tensor::floats(value.shape(), floats).ok().map(Arc::new)
    }
}
