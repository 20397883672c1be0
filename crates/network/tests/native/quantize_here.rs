//! Networks that are quantized here, against the INT8 files of other tools.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use fathom_network::calibrate::QuantizeScheme;
use fathom_network::gating::NetworkPair;
use fathom_network::graph::{NetworkGraph, Node, Tensor, ValueInfo};
use fathom_network::measure::{FrameSession, Judge, OutputError};
use fathom_network::quantize_here::RangeCollector;
use fathom_network::runtime::{Engine, Plan, RunLimits, Value};

use crate::shared;

/// RMS of the output's change on `judged` frames with ranges from `calibrated` frames, and the number of quantizers.
fn rms(
    graph: &NetworkGraph,
    scheme: &str,
    calibrated: &[BTreeMap<String, Value>],
    judged: &[BTreeMap<String, Value>],
) -> (f64, usize) {
    let scheme: QuantizeScheme = scheme.parse().expect("a scheme");
    let (engine, limits) = (Engine::new(1), RunLimits::default());
    let mut ranges = RangeCollector::new(graph, &judged[0], &engine, limits).expect("a plan");
    for frame in calibrated {
        ranges.add(frame).expect("a run");
    }
    let pair = NetworkPair::from_placements(graph, &ranges.placements(&scheme)).expect("gates");
    let gated = &pair.gated;
    let taps = HashSet::new();
    let plan = Plan::new(
        &gated.graph,
        &gated.quantizers,
        &judged[0],
        &taps,
        &engine,
        limits,
    );
    let plan = plan.expect("a plan");
    let mut sum = OutputError::default();
    for frame in judged {
        let count = gated.quantizers.len();
        let session = FrameSession::new(&plan, count, frame, Judge::depth(0), None, 0);
        let session = session.expect("a session");
        sum.add(&session.judged(session.int8()).expect("an output"));
    }
    (sum.change.rms(), gated.quantizers.len())
}

/// Two convolutions with a ReLU between, on 4 x 4 pixels.
fn small() -> (NetworkGraph, Vec<BTreeMap<String, Value>>) {
    let weights = |n: usize, seed: usize| -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 7919 + seed) % 101) as f32 / 50.0 - 1.0)
            .collect()
    };
    let mut graph = NetworkGraph {
        nodes: vec![
            Node::new("first", "Conv", &["x", "w1", "b1"], &["c"]),
            Node::new("relu", "Relu", &["c"], &["r"]),
            Node::new("second", "Conv", &["r", "w2"], &["y"]),
        ],
        inputs: vec![ValueInfo::named("x")],
        outputs: vec![ValueInfo::named("y")],
        opset: 17,
        ..NetworkGraph::default()
    };
    let mut constant = |name: &str, tensor: Tensor| {
        graph.constants.insert(name.to_owned(), Arc::new(tensor));
    };
    constant(
        "w1",
        Tensor::floats(vec![4, 2, 1, 1], weights(8, 3)).expect("a weight"),
    );
    constant("b1", Tensor::float_list(weights(4, 5)));
    constant(
        "w2",
        Tensor::floats(vec![1, 4, 1, 1], weights(4, 9)).expect("a weight"),
    );
    let frame = |seed: usize| {
        let image = Value::from_floats(&[1, 2, 4, 4], weights(32, seed)).expect("a frame");
        BTreeMap::from([("x".to_owned(), image)])
    };
    (graph, (1..4).map(frame).collect())
}

#[test]
fn more_bits_make_less_error() {
    let (graph, frames) = small();
    let mut before = f64::INFINITY;
    for bits in [4, 6, 8, 12, 16] {
        let (rms, quantizers) = rms(&graph, &format!("bits={bits}"), &frames, &frames[..1]);
        // x, r, y, two weights, one bias.
        assert_eq!(quantizers, 6);
        // Nothing is clipped, because the judged frame is one of those that gave the ranges.
        assert!(
            rms > 0.0 && rms < before,
            "{bits} bits: {rms}, before {before}"
        );
        before = rms;
    }
    assert!(before < 1e-3, "{before}");
}

#[test]
fn a_network_quantized_here_is_as_good_as_that_of_onnx_runtime() {
    for golden in shared::goldens(|name| name == "fastdepth_int8_qdq_per_channel") {
        let graph = shared::read_file(&golden.path("fp32"));
        let frames = golden.frames();
        let theirs = golden.json["outputs"][0]["int8_minus_fp32"]["rms"]
            .as_f64()
            .expect("a figure");
        let (rms, _) = rms(&graph, "bits=8", &frames, &frames);
        println!("{}: {rms} here, {theirs} by its tool", golden.name);
        // Their ranges come from twelve frames, these from four.
        assert!((0.7..1.4).contains(&(rms / theirs)), "{rms} {theirs}");
    }
}
