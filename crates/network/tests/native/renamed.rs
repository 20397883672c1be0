//! INT8 models of tools that invent their own names: partners are found by structure.

use std::collections::HashMap;

use fathom_network::gating::NetworkPair;
use fathom_network::graph::NetworkGraph;
use fathom_network::normalise::QuantizedGraph;

use crate::attribution::pair;
use crate::shared;

/// The same graph with a number in place of every name.
fn renamed(graph: &NetworkGraph) -> NetworkGraph {
    let mut out = graph.clone();
    let mut names: HashMap<String, String> = HashMap::new();
    let mut name = |old: &String| {
        if old.is_empty() {
            return String::new();
        }
        let next = format!("v{}", names.len());
        names.entry(old.clone()).or_insert(next).clone()
    };
    for (i, node) in out.nodes.iter_mut().enumerate() {
        node.name = format!("n{i}");
        node.inputs = node.inputs.iter().map(&mut name).collect();
        node.outputs = node.outputs.iter().map(&mut name).collect();
    }
    for value in out.inputs.iter_mut().chain(&mut out.outputs) {
        value.name = name(&value.name);
    }
    out.constants = graph
        .constants
        .iter()
        .map(|(n, t)| (name(n), t.clone()))
        .collect();
    out
}

#[test]
fn names_do_not_matter() {
    let is_wanted = |name: &str| {
        [
            "fastdepth_int8_qdq_per_tensor",
            "fastdepth_int8_qoperator",
            "monodepth2_int8_percentile",
            "monodepth2_int8_modelopt",
            "odd_a_int8_qdq_per_channel",
            "depthanything_int8_qdq_per_tensor",
        ]
        .contains(&name)
    };
    for golden in shared::goldens(is_wanted) {
        let named = pair(&golden);
        let fp32 = shared::read_file(&golden.path("fp32"));
        let own = shared::read_file(&golden.path("int8"));
        let int8 = QuantizedGraph::from_graph(renamed(&own)).unwrap_or_else(|e| panic!("{e}"));
        let found = NetworkPair::new(&fp32, int8).unwrap_or_else(|e| panic!("{e}"));
        let places = |pair: &NetworkPair| {
            let mut out: Vec<(String, String)> = pair
                .gated
                .quantizers
                .iter()
                .map(|q| (q.name.clone(), format!("{:?}", q.parameters)))
                .collect();
            out.sort();
            out
        };
        let (a, b) = (places(&named), places(&found));
        let missing: Vec<_> = a.iter().filter(|p| !b.contains(p)).map(|p| &p.0).collect();
        let extra: Vec<_> = b.iter().filter(|p| !a.contains(p)).map(|p| &p.0).collect();
        assert!(found.structure.is_same(), "{:?}", found.structure);
        assert_eq!(a.len(), b.len());
        // Without names, operators on codes round behind the activation that they fold; with names, where the name says.
        if !golden.name.ends_with("qoperator") {
            assert!(missing.is_empty(), "{}: {missing:?} {extra:?}", golden.name);
        }
    }
}
