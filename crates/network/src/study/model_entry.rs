//! Facts of a model for the report.

use std::collections::BTreeMap;

use crate::graph::NetworkGraph;
use crate::normalise::ModelFormat;
use fathom_report::network::{ModelEntry, OperatorCount};

/// The entry of a model. `parameters` are those of the floating-point model, in whose terms both are compared.
#[must_use]
pub fn model_entry(
    graph: &NetworkGraph,
    format: ModelFormat,
    parameters: u64,
    macs: Option<u64>,
) -> ModelEntry {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for node in &graph.nodes {
        *counts.entry(node.full_operator()).or_default() += 1;
    }
    let counts = counts.into_iter();
    let mut operators: Vec<OperatorCount> = counts
        .map(|(operator, count)| OperatorCount { operator, count })
        .collect();
    operators.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then_with(|| a.operator.cmp(&b.operator))
    });
    let megabytes = |bits: f64| parameters as f64 * bits / 8.0 / 1e6;
    let quantization = match format {
        ModelFormat::Float => "float",
        ModelFormat::Qdq => "qdq",
        ModelFormat::QOperator => "qoperator",
        ModelFormat::Dynamic => "dynamic",
    };
    ModelEntry {
        quantization: quantization.to_owned(),
        opset: graph.opset,
        producer: graph.producer.clone(),
        nodes: graph.nodes.len(),
        operators,
        parameters,
        macs,
        mb_32_bits: megabytes(32.0),
        mb_16_bits: megabytes(16.0),
        mb_8_bits: megabytes(8.0),
    }
}
