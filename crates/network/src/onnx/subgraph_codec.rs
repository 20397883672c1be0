//! Branches and loop bodies: kept as bytes, because the runtime reads them as they are.

use std::collections::HashSet;

use rten_onnx::onnx::{GraphProto, ModelProto, ValueInfoProto};

use crate::graph::Subgraph;

/// From the reader's graph.
///
/// # Errors
/// The writer's report, as part of a sentence.
pub(super) fn subgraph(graph: GraphProto) -> Result<Subgraph, String> {
    let mut captures = Vec::new();
    captured(&graph, &mut captures, 0);
    let quantized_nodes = quantized_nodes(&graph, 0);
    let model = ModelProto {
        graph: Some(graph),
        ..ModelProto::default()
    };
    let model = model.write_buf().map_err(|error| error.to_string())?;
    Ok(Subgraph {
        model,
        captures,
        quantized_nodes,
    })
}

/// Back to the writer's graph; empty if the bytes are damaged.
pub(super) fn graph_proto(subgraph: &Subgraph) -> GraphProto {
    ModelProto::parse_buf(&subgraph.model)
        .ok()
        .and_then(|model| model.graph)
        .unwrap_or_default()
}

/// Deepest nesting of branches that is looked into.
const DEEPEST: usize = 16;

/// Nodes that round values or compute on codes.
fn quantized_nodes(graph: &GraphProto, depth: usize) -> usize {
    let is_quantized = |operator: &str| {
        let begins = [
            "QLinear",
            "QGemm",
            "QAttention",
            "DynamicQuantize",
            "MatMulNBits",
        ];
        operator.ends_with("QuantizeLinear")
            || operator.contains("Integer")
            || begins.iter().any(|begin| operator.starts_with(begin))
    };
    let mut count = 0;
    for node in &graph.node {
        count += usize::from(node.op_type.as_deref().is_some_and(is_quantized));
        if depth < DEEPEST {
            let inner = node.attribute.iter().filter_map(|a| a.g.as_ref());
            count += inner
                .map(|graph| quantized_nodes(graph, depth + 1))
                .sum::<usize>();
        }
    }
    count
}

fn captured(graph: &GraphProto, out: &mut Vec<String>, depth: usize) {
    let name = |value: &ValueInfoProto| value.name.clone();
    let mut own: HashSet<String> = graph.input.iter().filter_map(name).collect();
    own.extend(graph.initializer.iter().filter_map(|t| t.name.clone()));
    own.extend(graph.node.iter().flat_map(|n| n.output.iter().cloned()));
    let mut read: Vec<String> = graph
        .node
        .iter()
        .flat_map(|n| n.input.iter().cloned())
        .collect();
    read.extend(graph.output.iter().filter_map(name));
    if depth < DEEPEST {
        for inner in graph
            .node
            .iter()
            .flat_map(|n| n.attribute.iter().filter_map(|a| a.g.as_ref()))
        {
            captured(inner, &mut read, depth + 1);
        }
    }
    for name in read {
        if !name.is_empty() && !own.contains(&name) && !out.contains(&name) {
            out.push(name);
        }
    }
}
