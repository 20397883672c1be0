//! Repairs, each held to the same arithmetic written out, or to the file that a tool wrote with the repair.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use fathom_analysis::calibrators::Calibrator;
use fathom_network::calibrate::QuantizeScheme;
use fathom_network::gating::{GatedNetwork, NetworkPair};
use fathom_network::graph::{Attribute, NetworkGraph, Node, Tensor, ValueInfo};
use fathom_network::quantization::{QuantizerKind, Scales};
use fathom_network::quantize_here::RangeCollector;
use fathom_network::repair::{Repair, RepairKit, RepairedNetwork};
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};

use crate::attribution::pair;
use crate::made_networks::{self, CHANNELS, Layers, PIXELS, frame, mean_square, on_grid, rounded};
use crate::shared;

type Inputs = BTreeMap<String, Value>;

fn apply(pair: &NetworkPair, frames: &[&Inputs], repairs: &[Repair]) -> RepairedNetwork {
    let kit = RepairKit {
        pair,
        frames,
        output: 0,
        calibrator: Calibrator::MinMax,
        engine: &Engine::new(1),
        limits: RunLimits::default(),
    };
    kit.apply(repairs).unwrap_or_else(|e| panic!("{e}"))
}

/// The first output of a gated network.
fn run(gated: &GatedNetwork, inputs: &Inputs, gates: &[bool]) -> Vec<f32> {
    let plan = Plan::new(
        &gated.graph,
        &gated.quantizers,
        inputs,
        &HashSet::new(),
        &Engine::new(1),
        RunLimits::default(),
    );
    let plan = plan.unwrap_or_else(|e| panic!("{e}"));
    let trace = plan.run(inputs, gates, None, &Keep::outputs());
    let trace = trace.unwrap_or_else(|e| panic!("{e}"));
    plan.output_values(&trace)[0]
        .floats()
        .expect("fractions")
        .into_owned()
}

/// RMS of the output's change from the FP32 network, over frames.
fn rms(pair: &NetworkPair, repaired: &RepairedNetwork, frames: &[&Inputs]) -> f64 {
    let off = vec![false; pair.gated.quantizers.len()];
    let squares = frames.iter().map(|frame| {
        let (float, int8) = (
            run(&pair.gated, frame, &off),
            run(&repaired.gated, frame, &repaired.gates),
        );
        mean_square(&float, &int8)
    });
    (squares.sum::<f64>() / frames.len() as f64).sqrt()
}

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    let largest = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= 2e-5 * largest, "{what}: {f} {e}");
    }
}

/// Symmetric codes of 8 bits, one scale a row.
fn per_row(weight: &[f32], columns: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let largest = row.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        rounded(row, largest / 127.0, 0, (-128, 127))
    };
    weight.chunks(columns).flat_map(row).collect()
}

#[test]
fn weights_per_channel_are_those_of_each_row() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let (inputs, x) = frame(1);
    let repaired = apply(&pair, &[], &[Repair::PerChannelWeights]);
    let round = |name: &str, values: Vec<f32>| match name {
        "w0" => per_row(&values, CHANNELS[0]),
        "w1" => per_row(&values, CHANNELS[1]),
        // One channel has nothing to tell apart.
        _ => on_grid(name, &values),
    };
    let expected = layers.run(&x, &round);
    assert_close(
        &run(&repaired.gated, &inputs, &repaired.gates),
        &expected[3],
        "output",
    );
    assert_eq!(repaired.changed, ["first", "second"]);
    for (name, quantizer) in repaired
        .gated
        .quantizers
        .iter()
        .map(|q| (q.name.as_str(), q))
    {
        // The first row of the other weights is no larger than the rest.
        if name != "w0" {
            continue;
        }
        let tensor = repaired.gated.graph.constants[name]
            .as_floats()
            .expect("fractions");
        let values = quantizer
            .values
            .as_ref()
            .and_then(|v| v.as_floats())
            .expect("rounded");
        let (after, before) = (
            mean_square(values, tensor),
            mean_square(&on_grid(name, tensor), tensor),
        );
        assert!(after < 0.8 * before, "{name}: {after} {before}");
    }
}

#[test]
fn ends_in_float_round_neither_first_nor_last() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let (inputs, x) = frame(2);
    let repaired = apply(&pair, &[], &[Repair::EndsInFloat]);
    let round = |name: &str, values: Vec<f32>| match name {
        // The first layer holds w0 and r0, the last w2 and y.
        "w1" | "r1" => on_grid(name, &values),
        _ => values,
    };
    let expected = layers.run(&x, &round);
    assert_close(
        &run(&repaired.gated, &inputs, &repaired.gates),
        &expected[3],
        "output",
    );
    assert_eq!(repaired.changed, ["x", "first", "third"]);
}

#[test]
fn biases_take_up_the_mean_error_layer_by_layer() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let frames = [frame(1), frame(2), frame(3)];
    let inputs: Vec<&Inputs> = frames.iter().map(|(inputs, _)| inputs).collect();
    let repaired = apply(&pair, &inputs, &[Repair::BiasCorrection]);
    assert_eq!(repaired.changed, ["first", "second", "third"]);
    // The same by hand: the float network's means, and then each layer behind the corrected ones.
    let mut corrected = Layers::uneven();
    for layer in 0..3 {
        let columns = CHANNELS[layer];
        let made = |layers: &Layers, x: &[f32], is_rounded: bool| {
            let round = |name: &str, values: Vec<f32>| {
                if is_rounded {
                    on_grid(name, &values)
                } else {
                    values
                }
            };
            let input = layers.run(x, &round)[layer].clone();
            let weight = round(&format!("w{layer}"), layers.weights[layer].clone());
            let rows = weight.chunks(columns).zip(&layers.biases[layer]);
            let mean = |(row, bias): (&[f32], &f32)| {
                let pixels = (0..PIXELS).map(|p| {
                    let terms = row.iter().enumerate();
                    terms
                        .map(|(c, w)| f64::from(w * input[c * PIXELS + p]))
                        .sum::<f64>()
                });
                pixels.sum::<f64>() / PIXELS as f64 + f64::from(*bias)
            };
            rows.map(mean).collect::<Vec<f64>>()
        };
        let mut correction = vec![0.0; CHANNELS[layer + 1]];
        for (_, x) in &frames {
            let (float, int8) = (made(&layers, x, false), made(&corrected, x, true));
            for ((c, f), i) in correction.iter_mut().zip(float).zip(int8) {
                *c += (f - i) / 3.0;
            }
        }
        for (bias, correction) in corrected.biases[layer].iter_mut().zip(correction) {
            *bias += correction as f32;
        }
    }
    for (inputs, x) in &frames {
        let expected = corrected.run(x, &|name, values| on_grid(name, &values));
        assert_close(
            &run(&repaired.gated, inputs, &repaired.gates),
            &expected[3],
            "corrected",
        );
        let float = layers.run(x, &|_, values| values);
        let off = vec![false; repaired.gates.len()];
        assert_close(
            &run(&repaired.gated, inputs, &off),
            &float[3],
            "all gates closed",
        );
    }
    // Before the output is rounded, nothing is left of the mean error.
    let bias = |repaired: &RepairedNetwork| {
        let quantizers = repaired.gated.quantizers.iter();
        let gates: Vec<bool> = quantizers
            .map(|q| q.kind != QuantizerKind::Output)
            .collect();
        let errors = frames.iter().map(|(inputs, x)| {
            let float = layers.run(x, &|_, values| values);
            let found = run(&repaired.gated, inputs, &gates);
            let errors = found.iter().zip(&float[3]).map(|(f, e)| f64::from(f - e));
            errors.sum::<f64>() / PIXELS as f64 / 3.0
        });
        errors.sum::<f64>()
    };
    let before = bias(&apply(&pair, &[], &[]));
    let after = bias(&repaired);
    assert!(
        before.abs() > 1e-3 && after.abs() < 1e-5,
        "{after} {before}"
    );
}

#[test]
fn equalised_layers_compute_the_same_and_have_equal_ranges() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let frames = [frame(1), frame(2)];
    let inputs: Vec<&Inputs> = frames.iter().map(|(inputs, _)| inputs).collect();
    let repaired = apply(&pair, &inputs, &[Repair::Equalisation]);
    for (inputs, x) in &frames {
        let float = layers.run(x, &|_, values| values);
        let off = vec![false; repaired.gates.len()];
        assert_close(
            &run(&repaired.gated, inputs, &off),
            &float[3],
            "all gates closed",
        );
    }
    let weight = |i: usize| {
        let tensor = &repaired.gated.graph.constants[&format!("w{i}")];
        tensor.as_floats().expect("fractions").to_vec()
    };
    let mut product = 1.0;
    for i in 0..2 {
        let (first, second) = (weight(i), weight(i + 1));
        for channel in 0..CHANNELS[i + 1] {
            let row = first[channel * CHANNELS[i]..][..CHANNELS[i]].iter();
            let column = second.iter().skip(channel).step_by(CHANNELS[i + 1]);
            let r1 = row.fold(0.0_f32, |m, v| m.max(v.abs()));
            let r2 = column.fold(0.0_f32, |m, v| m.max(v.abs()));
            assert!((r1 / r2 - 1.0).abs() < 5e-3, "{i} {channel}: {r1} {r2}");
            product *= f64::from(r1);
        }
    }
    assert!(product > 0.0);
    // Weights and ranges by the formulas, with the equalised network's own values.
    let equal = Layers {
        weights: [weight(0), weight(1), weight(2)],
        biases: [0, 1, 2].map(|i| {
            let tensor = &repaired.gated.graph.constants[&format!("b{i}")];
            tensor.as_floats().expect("fractions").to_vec()
        }),
    };
    let mut largest = [0.0_f32; 2];
    for (_, x) in &frames {
        let values = equal.run(x, &|_, values| values);
        for (largest, values) in largest.iter_mut().zip(&values[1..3]) {
            *largest = values.iter().fold(*largest, |m, v| m.max(*v));
        }
    }
    let round = |name: &str, values: Vec<f32>| match name {
        "w0" | "w1" | "w2" => {
            let largest = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            rounded(&values, largest / 127.0, 0, (-128, 127))
        }
        "r0" => rounded(&values, largest[0] / 255.0, 0, (0, 255)),
        "r1" => rounded(&values, largest[1] / 255.0, 0, (0, 255)),
        _ => on_grid(name, &values),
    };
    for (inputs, x) in &frames {
        let expected = equal.run(x, &round);
        assert_close(
            &run(&repaired.gated, inputs, &repaired.gates),
            &expected[3],
            "equalised",
        );
    }
    let before = apply(&pair, &[], &[]);
    let (after, before) = (rms(&pair, &repaired, &inputs), rms(&pair, &before, &inputs));
    assert!(after < 0.5 * before, "{after} {before}");
}

#[test]
fn searched_ranges_have_less_error_in_every_tensor() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let (inputs, x) = frame(1);
    let repaired = apply(&pair, &[&inputs], &[Repair::ClipSearch]);
    let float = layers.run(&x, &|_, values| values);
    for quantizer in &repaired.gated.quantizers {
        let name = quantizer.name.as_str();
        let place = ["x", "r0", "r1", "y"]
            .iter()
            .position(|other| *other == name);
        let values = match place {
            Some(place) => float[place].clone(),
            None => {
                let tensor = &repaired.gated.graph.constants[name];
                tensor.as_floats().expect("fractions").to_vec()
            }
        };
        let mut found = values.clone();
        quantizer.parameters.round(&mut found, &[values.len()]);
        let found = mean_square(&found, &values);
        // Ranges from 30 % to 100 % of the values, in the steps of the search: weights by 2 %, activations by 1 %.
        let low = values.iter().fold(0.0_f32, |m, v| m.min(*v));
        let high = values.iter().fold(0.0_f32, |m, v| m.max(*v));
        let mut least = f64::INFINITY;
        for step in (0..=70_u8).step_by(if name.starts_with('w') { 2 } else { 1 }) {
            let share = 1.0 - f32::from(step) / 100.0;
            let (scale, zero, ends) = if name.starts_with('w') {
                (high.max(-low) * share / 127.0, 0, (-128, 127))
            } else {
                let scale = (high - low) * share / 255.0;
                (
                    scale,
                    (-low * share / scale).round_ties_even() as i32,
                    (0, 255),
                )
            };
            least = least.min(mean_square(&rounded(&values, scale, zero, ends), &values));
        }
        assert!(found < 1.05 * least, "{name}: {found:e} {least:e}");
    }
}

#[test]
fn all_repairs_together_beat_each_alone_on_an_uneven_network() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let frames: Vec<_> = (1..9).map(frame).collect();
    let inputs: Vec<&Inputs> = frames.iter().map(|(inputs, _)| inputs).collect();
    let (fitted, judged) = inputs.split_at(4);
    let all = apply(&pair, fitted, &Repair::ALL);
    let together = rms(&pair, &all, judged);
    for repair in Repair::ALL {
        let alone = rms(&pair, &apply(&pair, fitted, &[repair]), judged);
        assert!(together < alone, "{}: {together} {alone}", repair.name());
    }
}

#[test]
fn a_file_per_tensor_becomes_the_file_per_channel() {
    for golden in shared::goldens(|name| name == "fastdepth_int8_qdq_per_tensor") {
        let pair = pair(&golden);
        let frames = golden.frames();
        let inputs: Vec<&Inputs> = frames.iter().collect();
        let repaired = apply(&pair, &[], &[Repair::PerChannelWeights]);
        let found = rms(&pair, &repaired, &inputs);
        let per_channel = shared::goldens(|name| name == "fastdepth_int8_qdq_per_channel");
        let expected = per_channel[0].json["outputs"][0]["int8_minus_fp32"]["rms"].as_f64();
        let expected = expected.expect("a figure");
        // Ranges of activations are the same in both files.
        assert!((found / expected - 1.0).abs() < 0.01, "{found} {expected}");
        // So are the scales of weights, but for the last bit.
        let other = crate::attribution::pair(&per_channel[0]);
        let scales = |gated: &GatedNetwork| {
            let weights = gated
                .quantizers
                .iter()
                .filter(|q| q.kind == QuantizerKind::Weight);
            let one = |q: &fathom_network::quantization::Quantizer| match &q.parameters.scales {
                Scales::Fixed { scales, .. } => (q.name.clone(), scales.clone()),
                Scales::Dynamic => panic!("fixed scales"),
            };
            weights.map(one).collect::<BTreeMap<String, Vec<f32>>>()
        };
        let (found, expected) = (scales(&repaired.gated), scales(&other.gated));
        assert_eq!(found.len(), expected.len());
        for (name, scales) in &expected {
            assert_close(&found[name], scales, name);
        }
    }
}

#[test]
fn culprits_are_repaired() {
    for (name, repair) in [
        ("culprit_weight_int8", Repair::PerChannelWeights),
        ("culprit_chain_int8", Repair::ClipSearch),
    ] {
        for golden in shared::goldens(|other| other == name) {
            let pair = pair(&golden);
            let frames = golden.frames();
            let fitted: Vec<&Inputs> = frames.iter().skip(1).step_by(2).collect();
            let judged: Vec<&Inputs> = frames.iter().step_by(2).collect();
            let before = rms(&pair, &apply(&pair, &[], &[]), &judged);
            let after = rms(&pair, &apply(&pair, &fitted, &[repair]), &judged);
            let answer = &golden.json["answer"];
            let key = if name == "culprit_chain_int8" {
                "mse_with_chain_in_float"
            } else {
                "mse_with_it_in_float"
            };
            let without = answer[key].as_f64().expect("a figure").sqrt();
            println!("{name}: {before} -> {after}, without the culprit {without}");
            assert!(
                after < 0.5 * before && after < 1.5 * without,
                "{name}: {after} {without}"
            );
        }
    }
}

/// A network of nodes on an input of 4 channels and 7 x 5 pixels. Weights by name, with their shapes; channels have sizes of 1 to 100.
fn graph(nodes: Vec<Node>, constants: &[(&str, &[usize])], output: &str) -> NetworkGraph {
    let mut graph = NetworkGraph {
        nodes,
        inputs: vec![ValueInfo::named("x")],
        outputs: vec![ValueInfo::named(output)],
        opset: 17,
        ..NetworkGraph::default()
    };
    for (seed, (name, shape)) in constants.iter().enumerate() {
        let count: usize = shape.iter().product();
        let inner = count / shape[0];
        let size = |at: usize| [1.0, 100.0, 10.0, 0.5][at / inner % 4];
        let values = made_networks::numbers(count, seed + 40)
            .into_iter()
            .enumerate();
        let values = values.map(|(at, value)| value * size(at)).collect();
        let tensor = Tensor::floats(shape.to_vec(), values).expect("a constant");
        graph.constants.insert((*name).to_owned(), Arc::new(tensor));
    }
    graph
}

/// The equalised network of a graph with 8 bits everywhere, and the layers that it changes. It must compute what the graph computes.
fn equalised(graph: &NetworkGraph) -> (RepairedNetwork, Vec<String>) {
    let frame = made_networks::numbers(4 * 35, 7);
    let frame = Value::from_floats(&[1, 4, 7, 5], frame).expect("a frame");
    let inputs = BTreeMap::from([("x".to_owned(), frame)]);
    let (engine, limits) = (Engine::new(1), RunLimits::default());
    let mut ranges = RangeCollector::new(graph, &inputs, &engine, limits).expect("a plan");
    ranges.add(&inputs).expect("a run");
    let scheme: QuantizeScheme = "weights=per-tensor".parse().expect("a scheme");
    let pair = NetworkPair::from_placements(graph, &ranges.placements(&scheme)).expect("gates");
    let repaired = apply(&pair, &[&inputs], &[Repair::Equalisation]);
    let off = vec![false; repaired.gates.len()];
    let before = run(&pair.gated, &inputs, &off);
    assert!(before.iter().any(|v| *v != 0.0));
    assert_close(
        &run(&repaired.gated, &inputs, &off),
        &before,
        "all gates closed",
    );
    let changed = repaired.changed.clone();
    (repaired, changed)
}

#[test]
fn equalisation_passes_what_commutes() {
    let pads = Attribute::Ints(vec![1; 4]);
    let mut graph = graph(
        vec![
            Node::new("first", "Conv", &["x", "w0", "b0"], &["c0"]),
            Node::new("prelu", "PRelu", &["c0", "slope"], &["p0"]),
            Node::new("pad", "Pad", &["p0", "pads"], &["q0"])
                .with("mode", Attribute::String("reflect".to_owned())),
            Node::new("depthwise", "Conv", &["q0", "w1", "b1"], &["c1"])
                .with("group", Attribute::Int(4)),
            Node::new("relu", "Relu", &["c1"], &["r1"]),
            Node::new("pool", "AveragePool", &["r1"], &["a1"])
                .with("kernel_shape", Attribute::Ints(vec![3, 3]))
                .with("pads", pads),
            Node::new("grouped", "Conv", &["a1", "w2"], &["c2"]).with("group", Attribute::Int(2)),
            Node::new("leaky", "LeakyRelu", &["c2"], &["l2"]),
            Node::new("transposed", "ConvTranspose", &["l2", "w3", "b3"], &["c3"]),
            Node::new("relu3", "Relu", &["c3"], &["r3"]),
            Node::new("last", "Conv", &["r3", "w4"], &["y"]),
        ],
        &[
            ("w0", &[4, 4, 1, 1]),
            ("b0", &[4]),
            ("slope", &[4, 1, 1]),
            ("w1", &[4, 1, 3, 3]),
            ("b1", &[4]),
            ("w2", &[4, 2, 1, 1]),
            ("w3", &[4, 3, 2, 2]),
            ("b3", &[3]),
            ("w4", &[1, 3, 1, 1]),
        ],
        "y",
    );
    let pads = Tensor::int_list(vec![0, 0, 1, 1, 0, 0, 1, 1]);
    graph.constants.insert("pads".to_owned(), Arc::new(pads));
    let (repaired, changed) = equalised(&graph);
    assert_eq!(
        changed,
        ["first", "depthwise", "grouped", "transposed", "last"]
    );
    let largest = |name: &str, channel: &dyn Fn(usize) -> usize| {
        let mut out = [0.0_f32; 4];
        let tensor = &repaired.gated.graph.constants[name];
        for (at, value) in tensor.as_floats().expect("fractions").iter().enumerate() {
            let channel = channel(at);
            out[channel] = out[channel].max(value.abs());
        }
        out
    };
    let pairs = [
        (largest("w0", &|at| at / 4), largest("w1", &|at| at / 9)),
        (
            largest("w1", &|at| at / 9),
            // Two groups: outputs 0 and 1 read channels 0 and 1, the others 2 and 3.
            largest("w2", &|at| at / 4 * 2 + at % 2),
        ),
        (largest("w2", &|at| at / 2), largest("w3", &|at| at / 12)),
        (largest("w3", &|at| at / 4 % 3), largest("w4", &|at| at)),
    ];
    for (first, second) in pairs {
        for (a, b) in first.iter().zip(&second) {
            assert!((a - b).abs() <= 0.01 * a.max(*b), "{first:?} {second:?}");
        }
    }
}

#[test]
fn equalisation_stops_where_scaled_channels_would_compute_something_else() {
    let conv =
        |name: &str, inputs: &[&str], output: &str| Node::new(name, "Conv", inputs, &[output]);
    let weights: [(&str, &[usize]); 3] =
        [("w0", &[4, 4, 1, 1]), ("w1", &[4, 4, 1, 1]), ("six", &[1])];
    let between: [(&str, Vec<Node>); 6] = [
        (
            "a branch",
            vec![
                Node::new("relu", "Relu", &["c0"], &["r0"]),
                conv("second", &["r0", "w1"], "c1"),
                Node::new("sum", "Add", &["c1", "r0"], &["y"]),
            ],
        ),
        (
            "a curved activation",
            vec![
                Node::new("sigmoid", "Sigmoid", &["c0"], &["r0"]),
                conv("second", &["r0", "w1"], "y"),
            ],
        ),
        (
            "an end at six",
            vec![
                Node::new("relu6", "Clip", &["c0", "", "six"], &["r0"]),
                conv("second", &["r0", "w1"], "y"),
            ],
        ),
        (
            "one weight for both",
            vec![
                Node::new("relu", "Relu", &["c0"], &["r0"]),
                conv("second", &["r0", "w0"], "y"),
            ],
        ),
        (
            "moved channels",
            vec![
                Node::new("depth", "DepthToSpace", &["c0"], &["d0"])
                    .with("blocksize", Attribute::Int(1)),
                conv("second", &["d0", "w1"], "y"),
            ],
        ),
        (
            "a bias that is computed",
            vec![
                Node::new("mean", "ReduceMean", &["c0"], &["m0"])
                    .with("axes", Attribute::Ints(vec![0, 2, 3]))
                    .with("keepdims", Attribute::Int(0)),
                conv("second", &["x", "w1", "m0"], "y"),
            ],
        ),
    ];
    for (what, nodes) in between {
        let mut all = vec![conv("first", &["x", "w0"], "c0")];
        all.extend(nodes);
        let mut graph = graph(all, &weights, "y");
        let six = Tensor::scalar(6.0);
        graph.constants.insert("six".to_owned(), Arc::new(six));
        let (_, changed) = equalised(&graph);
        assert_eq!(changed, [""; 0], "{what}");
    }
}
