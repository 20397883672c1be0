//! A network as nodes in the order of computation, with its constants.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use fathom_core::i18n::tr;

use crate::network_error::{NetworkError, quoted};

use super::element_type::ElementType;
use super::node::Node;
use super::tensor::Tensor;

/// An input or output of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInfo {
    /// Its name.
    pub name: String,
    /// Its type, if the file says so.
    pub element_type: Option<ElementType>,
    /// Its axes; `None` for a length that the file leaves open. `None` if the file gives no shape.
    pub shape: Option<Vec<Option<usize>>>,
}

impl ValueInfo {
    /// A value without type and shape.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            element_type: None,
            shape: None,
        }
    }
}

/// Operators, constants, inputs and outputs of a network.
#[derive(Clone, Debug, Default)]
pub struct NetworkGraph {
    /// Operators; each after those whose values it reads.
    pub nodes: Vec<Node>,
    /// Constants by name.
    pub constants: BTreeMap<String, Arc<Tensor>>,
    /// Inputs without constants.
    pub inputs: Vec<ValueInfo>,
    /// Outputs in the file's order.
    pub outputs: Vec<ValueInfo>,
    /// Version of ONNX's own operators.
    pub opset: i64,
    /// The tool that wrote the file.
    pub producer: String,
}

impl NetworkGraph {
    /// The node that makes each value, by the value's name.
    #[must_use]
    pub fn producers(&self) -> HashMap<&str, usize> {
        let mut out = HashMap::new();
        for (i, node) in self.nodes.iter().enumerate() {
            for name in node.outputs.iter().filter(|n| !n.is_empty()) {
                out.insert(name.as_str(), i);
            }
        }
        out
    }

    /// The nodes and input places that read each value, by the value's name.
    #[must_use]
    pub fn consumers(&self) -> HashMap<&str, Vec<(usize, usize)>> {
        let mut out: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        for (i, node) in self.nodes.iter().enumerate() {
            for (slot, name) in node.inputs.iter().enumerate() {
                if !name.is_empty() {
                    out.entry(name).or_default().push((i, slot));
                }
            }
        }
        out
    }

    /// An output of that name.
    #[must_use]
    pub fn is_output(&self, name: &str) -> bool {
        self.outputs.iter().any(|output| output.name == name)
    }

    /// Number of values in constants that are fractions.
    #[must_use]
    pub fn parameter_count(&self) -> u64 {
        self.constants
            .values()
            .filter(|tensor| tensor.as_floats().is_some())
            .map(|tensor| tensor.len() as u64)
            .sum()
    }

    /// Names of all values.
    #[must_use]
    pub fn value_names(&self) -> HashSet<String> {
        let mut out: HashSet<String> = self.constants.keys().cloned().collect();
        out.extend(self.inputs.iter().map(|i| i.name.clone()));
        out.extend(self.nodes.iter().flat_map(|n| n.outputs.iter().cloned()));
        out
    }

    /// Puts the nodes in the order of computation and drops those that no output needs.
    ///
    /// # Errors
    /// If a value is read that nothing makes, made twice, or needed for itself.
    pub fn sort(&mut self) -> Result<(), NetworkError> {
        let order = self.order()?;
        let mut nodes: Vec<Option<Node>> = std::mem::take(&mut self.nodes)
            .into_iter()
            .map(Some)
            .collect();
        self.nodes = order
            .into_iter()
            .filter_map(|i| nodes.get_mut(i).and_then(Option::take))
            .collect();
        Ok(())
    }

    fn order(&self) -> Result<Vec<usize>, NetworkError> {
        let mut made: HashMap<&str, usize> = HashMap::new();
        for (i, node) in self.nodes.iter().enumerate() {
            for name in node.outputs.iter().filter(|n| !n.is_empty()) {
                let again = made.insert(name, i).is_some() || self.constants.contains_key(name);
                if again {
                    return Err(NetworkError::invalid(
                        tr!("Value {}", quoted(name)),
                        tr!("it is made twice"),
                    ));
                }
            }
        }
        let given: HashSet<&str> = self.inputs.iter().map(|i| i.name.as_str()).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut state = vec![State::New; self.nodes.len()];
        for output in &self.outputs {
            let Some(&root) = made.get(output.name.as_str()) else {
                if given.contains(output.name.as_str()) || self.constants.contains_key(&output.name)
                {
                    continue;
                }
                return Err(NetworkError::invalid(
                    tr!("Output {}", quoted(&output.name)),
                    tr!("no node makes it"),
                ));
            };
            self.visit(root, &made, &given, &mut state, &mut order)?;
        }
        Ok(order)
    }

    /// Depth-first without recursion: a file can chain more nodes than a stack holds.
    fn visit(
        &self,
        root: usize,
        made: &HashMap<&str, usize>,
        given: &HashSet<&str>,
        state: &mut [State],
        order: &mut Vec<usize>,
    ) -> Result<(), NetworkError> {
        let mut open = vec![(root, self.needs(root), 0)];
        if state[root] == State::New {
            state[root] = State::Open;
        } else {
            return Ok(());
        }
        while let Some((node, needs, next)) = open.last_mut() {
            let Some(name) = needs.get(*next) else {
                state[*node] = State::Done;
                order.push(*node);
                open.pop();
                continue;
            };
            *next += 1;
            let Some(&producer) = made.get(name.as_str()) else {
                if given.contains(name.as_str()) || self.constants.contains_key(name) {
                    continue;
                }
                let reader = &self.nodes[*node];
                return Err(reader.error(
                    tr!("it reads {}, which nothing makes", quoted(name)),
                    tr!("check the file with onnx.checker and export it again"),
                ));
            };
            match state[producer] {
                State::Done => {}
                State::Open => {
                    return Err(self.nodes[producer].error(
                        tr!("its output is needed to compute its input"),
                        tr!("check the file with onnx.checker and export it again"),
                    ));
                }
                State::New => {
                    state[producer] = State::Open;
                    let needs = self.needs(producer);
                    open.push((producer, needs, 0));
                }
            }
        }
        Ok(())
    }

    /// Values that a node reads, also from within its branches.
    fn needs(&self, node: usize) -> Vec<String> {
        read_values(&self.nodes[node])
    }
}

/// Values that a node reads: its inputs, and what its branches and loop bodies take from the graph around them.
#[must_use]
pub fn read_values(node: &Node) -> Vec<String> {
    let mut out: Vec<String> = node
        .inputs
        .iter()
        .filter(|n| !n.is_empty())
        .cloned()
        .collect();
    for graph in node.subgraphs() {
        for name in &graph.captures {
            if !out.contains(name) {
                out.push(name.clone());
            }
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(nodes: &[(&str, &str)]) -> NetworkGraph {
        NetworkGraph {
            nodes: nodes
                .iter()
                .map(|(from, to)| Node::new(to, "Relu", &[from], &[to]))
                .collect(),
            inputs: vec![ValueInfo::named("x")],
            outputs: vec![ValueInfo::named("y")],
            ..NetworkGraph::default()
        }
    }

    #[test]
    fn nodes_follow_what_they_read() {
        let mut sorted = graph(&[("b", "y"), ("x", "a"), ("a", "b"), ("x", "unused")]);
        sorted.sort().expect("a graph");
        let names: Vec<&str> = sorted.nodes.iter().map(|n| n.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "y"]);
    }

    #[test]
    fn broken_graphs_are_refused() {
        let rows: [(&[(&str, &str)], &str); 4] = [
            (&[("b", "a"), ("a", "b"), ("b", "y")], "needed to compute"),
            (&[("z", "y")], "nothing makes"),
            (&[("x", "y"), ("x", "y")], "made twice"),
            (&[("x", "a")], "no node makes"),
        ];
        for (nodes, text) in rows {
            let error = graph(nodes).sort().expect_err(text).to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let names: Vec<String> = (0..100_000).map(|i| format!("n{i}")).collect();
        let mut nodes: Vec<Node> = names
            .windows(2)
            .map(|w| Node::new(&w[1], "Relu", &[&w[0]], &[&w[1]]))
            .collect();
        nodes.push(Node::new("n0", "Relu", &["x"], &["n0"]));
        nodes.push(Node::new("y", "Relu", &["n99999"], &["y"]));
        let mut long = NetworkGraph {
            nodes,
            inputs: vec![ValueInfo::named("x")],
            outputs: vec![ValueInfo::named("y")],
            ..NetworkGraph::default()
        };
        long.sort().expect("a chain");
        assert_eq!(long.nodes.len(), 100_001);
    }
}
