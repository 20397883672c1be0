//! An INT8 model as a float graph with quantizers.

use std::collections::{BTreeMap, HashSet};

use fathom_core::i18n::tr;

use crate::graph::{NetworkGraph, Node};
use crate::network_error::NetworkError;
use crate::quantization::{Quantizer, QuantizerKind};

use super::integer_products::{IntegerProducts, is_integer_product};
use super::rewriter::{FileQuantizer, Rewriter};
use super::{qdq, qlinear};

/// The form in which a file holds its quantizers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelFormat {
    /// No quantizers.
    Float,
    /// `QuantizeLinear` and `DequantizeLinear` around float operators.
    Qdq,
    /// Operators on codes.
    QOperator,
    /// Scales computed at run time.
    Dynamic,
}

/// A graph in which rounding is a node of its own (`FakeQuantize`), and rounded constants are fractions.
#[derive(Clone, Debug)]
pub struct QuantizedGraph {
    /// The graph. Its `FakeQuantize` nodes name their quantizer by index.
    pub graph: NetworkGraph,
    /// Quantizers in the order of computation.
    pub quantizers: Vec<FileQuantizer>,
    /// Rounded constants, with their quantizer.
    pub rounded: BTreeMap<String, usize>,
    /// Their form in the file.
    pub format: ModelFormat,
}

impl QuantizedGraph {
    /// Turns every kind of quantized operator into float operators and quantizers.
    ///
    /// # Errors
    /// If a quantized operator has no such form, or stands in a branch or a loop's body.
    pub fn from_graph(graph: NetworkGraph) -> Result<Self, NetworkError> {
        refuse_quantized_branches(&graph)?;
        let format = format_of(&graph);
        if format == ModelFormat::Float {
            return Ok(Self {
                graph,
                quantizers: Vec::new(),
                rounded: BTreeMap::new(),
                format,
            });
        }
        let products = IntegerProducts::find(&graph);
        let mut to = Rewriter::new(&graph);
        for node in &graph.nodes {
            rewrite(&mut to, node, &products)?;
        }
        // Outputs keep their names.
        for output in &graph.outputs {
            let new = match to.coded(&output.name) {
                Some(coded) => coded.float.clone(),
                None => to.resolved(&output.name),
            };
            if new != output.name {
                to.nodes.push(Node::new(
                    &output.name,
                    "Identity",
                    &[&new],
                    &[&output.name],
                ));
            }
        }
        let mut out = NetworkGraph {
            nodes: to.nodes,
            constants: to.constants,
            ..graph
        };
        out.sort()?;
        drop_unused(&mut out);
        Ok(Self {
            graph: out,
            quantizers: to.quantizers,
            rounded: to.rounded,
            format,
        })
    }

    /// The quantizers for running the graph as it is: constants are rounded in it already.
    #[must_use]
    pub fn run_time_quantizers(&self) -> Vec<Quantizer> {
        self.quantizers
            .iter()
            .map(|q| Quantizer {
                name: q.name.clone(),
                kind: QuantizerKind::Activation,
                parameters: q.parameters.clone(),
                values: None,
            })
            .collect()
    }
}

/// Branches and loop bodies run as they are: a quantizer there has no gate, and would be missed in silence.
fn refuse_quantized_branches(graph: &NetworkGraph) -> Result<(), NetworkError> {
    for node in &graph.nodes {
        let count: usize = node.subgraphs().map(|branch| branch.quantized_nodes).sum();
        if count > 0 {
            return Err(node.error(
                tr!(
                    "there are quantizers within its branches or body ({count} nodes), and they cannot be switched", count
                ),
                tr!("simplify the model for one size of input with onnxsim, which removes If and Loop, or quantize it without them"),
            ));
        }
    }
    Ok(())
}

fn is_quantize(node: &Node) -> bool {
    node.operator == "QuantizeLinear"
}

fn is_dequantize(node: &Node) -> bool {
    node.operator == "DequantizeLinear"
}

fn is_product(node: &Node) -> bool {
    matches!(
        node.operator.as_str(),
        "DynamicQuantizeMatMul" | "MatMulIntegerToFloat"
    )
}

fn format_of(graph: &NetworkGraph) -> ModelFormat {
    let any = |test: &dyn Fn(&Node) -> bool| graph.nodes.iter().any(test);
    if any(&qlinear::is_qlinear) {
        ModelFormat::QOperator
    } else if any(&|n| n.is("DynamicQuantizeLinear") || is_product(n) || is_integer_product(n)) {
        ModelFormat::Dynamic
    } else if any(&|n| is_quantize(n) || is_dequantize(n) || n.operator == "MatMulNBits") {
        ModelFormat::Qdq
    } else {
        ModelFormat::Float
    }
}

fn rewrite(to: &mut Rewriter, node: &Node, products: &IntegerProducts) -> Result<(), NetworkError> {
    if products.is_superfluous(node) || products.rewrite(to, node)? {
        return Ok(());
    }
    if is_quantize(node) {
        qdq::quantize_linear(to, node)
    } else if is_dequantize(node) {
        qdq::dequantize_linear(to, node)
    } else if node.is("DynamicQuantizeLinear") {
        qdq::dynamic_quantize_linear(to, node)
    } else if qlinear::is_qlinear(node) {
        qlinear::rewrite(to, node)
    } else if is_product(node) {
        qlinear::dynamic_product(to, node)
    } else if node.operator == "MatMulNBits" {
        qlinear::blocked_product(to, node)
    } else if qdq::reads_codes(to, node) {
        qdq::select_codes(to, node)
    } else {
        to.keep(node);
        Ok(())
    }
}

/// Drops constants that no node reads.
fn drop_unused(graph: &mut NetworkGraph) {
    let mut used: HashSet<String> = graph
        .nodes
        .iter()
        .flat_map(crate::graph::read_values)
        .collect();
    used.extend(graph.outputs.iter().map(|o| o.name.clone()));
    graph.constants.retain(|name, _| used.contains(name));
}
