//! What a tool leaves when it keeps nodes, held to files of ONNX Runtime. `tests/golden/make_kept_nodes.py` makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;
use fathom_network::gating::NetworkPair;
use fathom_network::graph::NetworkGraph;
use fathom_network::measure::{ErrorSpace, OutputError};
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::output::OutputQuantity;
use fathom_network::runtime::Value;
use fathom_network::study::{StudyFrame, StudyNetwork, errors_of_kept, nodes_to_keep};
use serde_json::Value as Json;

use crate::attribution::plan;

fn golden() -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/kept_nodes.json");
    serde_json::from_slice(&std::fs::read(path).expect("a golden")).expect("JSON")
}

fn graph(golden: &Json, key: &str) -> NetworkGraph {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(golden[key].as_str().expect("a model"))
        .expect("base64");
    read_model(&bytes, &ExternalFiles::none()).expect("a graph")
}

fn pair(golden: &Json) -> NetworkPair {
    let int8 = QuantizedGraph::from_graph(graph(golden, "int8")).expect("quantizers");
    NetworkPair::new(&graph(golden, "fp32"), int8).expect("a pair")
}

/// The same numbers as the script makes.
fn frame(seed: usize) -> StudyFrame {
    let number = |at: usize| ((at * 7919 + seed * 104_729) % 2003) as f64 / 1001.0 - 1.0;
    let values = (0..3 * 13 * 9).map(|at| number(at) as f32).collect();
    let value = Value::from_floats(&[1, 3, 13, 9], values).expect("a frame");
    StudyFrame {
        inputs: BTreeMap::from([("x".to_owned(), value)]),
        truth_m: None,
    }
}

#[test]
fn kept_nodes_leave_what_they_leave_in_onnx_runtime() {
    let golden = golden();
    let pair = pair(&golden);
    let frames = golden["frames"].as_array().expect("frames").iter();
    let frames = frames.map(|seed| frame(seed.as_u64().expect("a seed") as usize));
    let frames: Vec<StudyFrame> = frames.collect();
    let plan = plan(&pair, &frames[0].inputs);
    let network = StudyNetwork {
        pair: &pair,
        plan: &plan,
        own: None,
        output: 0,
        own_output: 0,
        quantity: OutputQuantity::Metres,
        space: ErrorSpace::Output,
        kept_bytes: 1 << 30,
    };
    let cases = golden["cases"].as_array().expect("cases");
    assert!(cases.len() > 4);
    for case in cases {
        let nodes: BTreeSet<String> = serde_json::from_value(case["nodes"].clone()).expect("names");
        let free = pair.gated.freed_by(&nodes);
        let mut sum = OutputError::default();
        for frame in &frames {
            let sets = [free.clone()];
            let errors = errors_of_kept(&network, None, &sets, frame, |_| ()).expect("runs");
            sum.add(&errors[0]);
        }
        let expected = case["rms"].as_f64().expect("a figure");
        let found = sum.change.rms();
        assert!(
            (found / expected - 1.0).abs() < 1e-5,
            "{nodes:?}: {found} {expected}"
        );
    }
}

#[test]
fn lists_name_the_layers_nodes_and_their_readers() {
    let pair = pair(&golden());
    for (layers, expected) in [
        (&["stem"][..], "stem stem_relu block1 add"),
        (&["block1"], "block1 lr block2"),
        (&["x"], "stem"),
        (&["head"], "head"),
        (&["ar", "conf"], "add_relu pool head conf sig"),
        (&[], ""),
    ] {
        let names: Vec<String> = layers.iter().map(|&name| name.to_owned()).collect();
        let found = nodes_to_keep(&pair.gated, &names);
        assert_eq!(found.join(" "), expected, "{layers:?}");
        // The list frees every quantizer of these layers.
        let free = pair.gated.freed_by(&found.iter().cloned().collect());
        for layer in pair.gated.layers.iter().filter(|l| names.contains(&l.name)) {
            assert!(layer.quantizers.iter().all(|&q| free[q]), "{}", layer.name);
        }
    }
}
