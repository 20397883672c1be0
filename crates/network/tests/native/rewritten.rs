//! Tools that write a network in another way: gates then act in the INT8 file's own graph.

use std::collections::{BTreeMap, HashSet};

use fathom_network::gating::NetworkPair;
use fathom_network::graph::{Attribute, NetworkGraph, Node};
use fathom_network::measure::{FrameSession, Judge, OwnPlan, own_outputs};
use fathom_network::normalise::QuantizedGraph;
use fathom_network::runtime::{Engine, Plan, RunLimits, Value};

use crate::shared;

/// The same network with every `Elu` as primitives, which no matching by operator can find.
fn expanded(graph: &NetworkGraph) -> NetworkGraph {
    let mut out = graph.clone();
    out.nodes = Vec::new();
    for node in &graph.nodes {
        if !node.is("Elu") {
            out.nodes.push(node.clone());
            continue;
        }
        let (x, y) = (node.input(0).expect("an input"), node.output());
        let names = ["positive", "negative", "grown"].map(|part| format!("{y}_{part}"));
        let [positive, negative, grown] = names.each_ref().map(String::as_str);
        out.nodes.extend([
            Node::new(positive, "Relu", &[x], &[positive]),
            Node::new(negative, "Sub", &[x, positive], &[negative]),
            Node::new(grown, "Elu", &[negative], &[grown]).with("alpha", Attribute::Float(1.0)),
            Node::new(y, "Add", &[positive, grown], &[y]),
        ]);
    }
    out
}

#[test]
fn the_files_own_graph_carries_the_gates() {
    for golden in shared::goldens(|name| name == "monodepth2_int8_percentile") {
        let fp32 = shared::read_file(&golden.path("fp32"));
        let own = expanded(&shared::read_file(&golden.path("int8")));
        let int8 = QuantizedGraph::from_graph(own).unwrap_or_else(|e| panic!("{e}"));
        let inputs: &BTreeMap<String, Value> = &golden.frames()[0];
        let (engine, limits, taps) = (Engine::new(1), RunLimits::default(), HashSet::new());
        let plain = NetworkPair::new(&fp32, int8.clone()).unwrap_or_else(|e| panic!("{e}"));
        assert!(!plain.structure.is_same());
        let pair = NetworkPair::settled(&fp32, int8, inputs, &engine, limits)
            .unwrap_or_else(|e| panic!("{e}"));
        assert!(pair.structure.is_same(), "{:?}", pair.structure);
        assert!(!pair.structure.rewritten_nodes.is_empty());
        let gated = &pair.gated;
        let plan = Plan::new(
            &gated.graph,
            &gated.quantizers,
            inputs,
            &taps,
            &engine,
            limits,
        )
        .unwrap_or_else(|e| panic!("{e}"));
        let count = gated.quantizers.len();
        let session = FrameSession::new(&plan, count, inputs, Judge::depth(0), None, 1 << 30)
            .unwrap_or_else(|e| panic!("{e}"));
        let own = pair.own.as_ref().expect("the file's graph");
        let quantizers = own.run_time_quantizers();
        let own_plan = Plan::new(&own.graph, &quantizers, inputs, &taps, &engine, limits)
            .unwrap_or_else(|e| panic!("{e}"));
        let own = OwnPlan {
            plan: &own_plan,
            quantizers: quantizers.len(),
        };
        let outputs = own_outputs(own, inputs).unwrap_or_else(|e| panic!("{e}"));
        let file = outputs[0].floats().expect("fractions").into_owned();
        assert_eq!(session.int8_output().expect("fractions"), file);
        let names: Vec<&str> = gated.quantizers.iter().map(|q| q.name.as_str()).collect();
        assert!(names.contains(&"relu_1"), "{names:?}");
    }
}
