//! Nodes in a row, in place of one.

use crate::graph::{Node, Tensor};

use super::frame_context::FrameContext;

/// A chain of nodes, each reading the one before.
pub(super) struct Chain<'a> {
    pub(super) at: &'a mut FrameContext,
    pub(super) base: String,
    pub(super) nodes: Vec<Node>,
    pub(super) value: String,
}

impl<'a> Chain<'a> {
    pub(super) fn new(at: &'a mut FrameContext, node: &Node) -> Self {
        Self {
            at,
            base: node.name.clone(),
            nodes: Vec::new(),
            value: node.input(0).unwrap_or_default().to_owned(),
        }
    }

    /// Applies an operator with more inputs after the value.
    pub(super) fn then(&mut self, operator: &str, more: &[&str]) -> &mut Node {
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

    pub(super) fn scalar(&mut self, operator: &str, number: f32) {
        let name = self.at.constant(&self.base, Tensor::scalar(number));
        self.then(operator, &[&name]);
    }

    pub(super) fn reshape(&mut self, shape: &[usize]) {
        let list = shape.iter().map(|&d| d as i32).collect();
        let name = self.at.constant(&self.base, Tensor::int_list(list));
        self.then("Reshape", &[&name]);
    }

    /// The nodes; the last makes `output`.
    pub(super) fn end(mut self, output: &str) -> Vec<Node> {
        if let Some(last) = self.nodes.last_mut() {
            last.outputs = vec![output.to_owned()];
        }
        self.nodes
    }
}
