//! `MatMulInteger` and `ConvInteger` of dynamic quantization.
//!
//! Tools write `Mul(Cast(ConvInteger(codes, weight)), Mul(scale of the codes, scale of the weight))`. That product is the float operator
//! between the fractions that codes and weight stand for. `rten` pads `ConvInteger` with 0 in place of the zero point, so it must not run.

use std::collections::{HashMap, HashSet};

use fathom_core::i18n::tr;

use crate::graph::{NetworkGraph, Node};
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};

use super::rewriter::{Rewriter, USE_QDQ, base_node_name};

/// Products of integers with the nodes that scale them.
#[derive(Default)]
pub(super) struct IntegerProducts {
    /// By name of the product's output: the weight's scale, and the value that is scaled.
    found: HashMap<String, Scaled>,
    /// Outputs of nodes that the product's rewriting makes superfluous.
    superfluous: HashSet<String>,
}

#[derive(Clone)]
struct Scaled {
    weight_scale: String,
    output: String,
    /// A bias that a node of its own adds to each channel.
    bias: Option<String>,
}

/// Returns true if an operator multiplies codes into integers.
pub(super) fn is_integer_product(node: &Node) -> bool {
    node.is("MatMulInteger") || node.is("ConvInteger")
}

impl IntegerProducts {
    pub(super) fn find(graph: &NetworkGraph) -> Self {
        let mut out = Self::default();
        let consumers = graph.consumers();
        let producers = graph.producers();
        let only = |name: &str| match consumers.get(name).map(Vec::as_slice) {
            Some(&[(node, slot)]) => Some((&graph.nodes[node], slot)),
            _ => None,
        };
        for node in graph.nodes.iter().filter(|n| is_integer_product(n)) {
            let scaled = || {
                let (cast, _) = only(node.output())?;
                let (product, slot) = cast.is("Cast").then(|| only(cast.output()))??;
                let scale = product.is("Mul").then(|| product.input(1 - slot))??;
                let source = &graph.nodes[*producers.get(scale)?];
                let factors = (source.is("Mul")).then(|| (source.input(0), source.input(1)))?;
                let is_constant = |n: &str| graph.constants.contains_key(n);
                let weight_scale = [factors.0?, factors.1?]
                    .into_iter()
                    .find(|n| is_constant(n))?;
                let found = Scaled {
                    weight_scale: weight_scale.to_owned(),
                    output: product.output().to_owned(),
                    bias: None,
                };
                Some(([cast.output(), scale, product.output()], found))
            };
            // A convolution has a bias of its own; tools add it with another node, shaped for the channels.
            let biased = |product: &str| {
                let (sum, slot) = only(product).filter(|(n, _)| n.is("Add"))?;
                let shaped = &graph.nodes[*producers.get(sum.input(1 - slot)?)?];
                let bias = shaped.is("Reshape").then(|| shaped.input(0))??;
                let channels = graph.constants.get(bias)?;
                (channels.shape.len() == 1).then(|| (bias.to_owned(), sum.output().to_owned()))
            };
            if let Some((superfluous, mut found)) = scaled() {
                out.superfluous
                    .extend(superfluous.into_iter().map(str::to_owned));
                let bias = node.is("ConvInteger").then(|| biased(&found.output));
                if let Some((bias, output)) = bias.flatten() {
                    out.superfluous.insert(output.clone());
                    found.bias = Some(bias);
                    found.output = output;
                }
                out.found.insert(node.output().to_owned(), found);
            }
        }
        out
    }

    pub(super) fn is_superfluous(&self, node: &Node) -> bool {
        self.superfluous.contains(node.output())
    }

    /// Rewrites a product; `false` if the node is none.
    pub(super) fn rewrite(&self, to: &mut Rewriter, node: &Node) -> Result<bool, NetworkError> {
        if !is_integer_product(node) {
            return Ok(false);
        }
        let Some(scaled) = self.found.get(node.output()) else {
            return Err(node.error(
                tr!("its product is not scaled by a Cast and a Mul"),
                USE_QDQ,
            ));
        };
        let Some(left) = node.input(0).and_then(|n| to.coded(n)).cloned() else {
            return Err(node.error(
                tr!("its first input does not come from a quantizer"),
                USE_QDQ,
            ));
        };
        let weight = self.weight(to, node, scaled)?;
        let mut float = node.clone();
        base_node_name(&node.name).clone_into(&mut float.name);
        float.operator = node.operator.trim_end_matches("Integer").to_owned();
        float.inputs = vec![left.float, weight];
        float.inputs.extend(scaled.bias.clone());
        float.outputs = vec![scaled.output.clone()];
        to.nodes.push(float);
        Ok(true)
    }

    fn weight(
        &self,
        to: &mut Rewriter,
        node: &Node,
        scaled: &Scaled,
    ) -> Result<String, NetworkError> {
        let wrong = |problem: &str| node.error(problem, USE_QDQ);
        let name = node.input(1).unwrap_or_default();
        let Some(tensor) = to.constant(name).cloned() else {
            return Err(wrong(tr!("its weight is no constant")));
        };
        let scale = to.constant(&scaled.weight_scale).cloned();
        let scales = scale
            .as_ref()
            .and_then(|t| t.as_floats())
            .ok_or_else(|| wrong(tr!("the scale of its weight is no constant")))?
            .to_vec();
        let zero_points = match node.input(3).map(|n| to.constant(n)) {
            None => vec![0],
            Some(Some(zero)) => zero.as_ints().unwrap_or(&[0]).to_vec(),
            Some(None) => return Err(wrong(tr!("the zero point of its weight is no constant"))),
        };
        let count = scales.len().max(zero_points.len()).max(1);
        let spread = |values: usize, i: usize| if values == 1 { 0 } else { i };
        let axis = if node.is("ConvInteger") {
            0
        } else {
            tensor.shape.len().saturating_sub(1)
        };
        let parameters = QuantizationParameters {
            code_type: CodeType::of(tensor.element_type).unwrap_or(CodeType::INT8),
            granularity: if count == 1 {
                Granularity::PerTensor
            } else {
                Granularity::PerAxis { axis }
            },
            scales: Scales::Fixed {
                scales: (0..count)
                    .filter_map(|i| scales.get(spread(scales.len(), i)).copied())
                    .collect(),
                zero_points: (0..count)
                    .filter_map(|i| zero_points.get(spread(zero_points.len(), i)).copied())
                    .collect(),
            },
        };
        to.dequantized_constant(node, name, &tensor, parameters)
    }
}
