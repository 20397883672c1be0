//! The curve of mixed precision, held to the same arithmetic written out, and to figures of ONNX Runtime.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use fathom_network::gating::{NetworkPair, WiderNetwork};
use fathom_network::measure::{ErrorSpace, OutputError};
use fathom_network::output::OutputQuantity;
use fathom_network::runtime::{Engine, Plan, RunLimits, Value};
use fathom_network::study::{KeepCost, KeptPrecision, PrecisionCurve, StudyFrame, StudyNetwork};

use crate::attribution::{pair, plan};
use crate::made_networks::{self, Layers, frame, mean_square, on_grid, rounded};
use crate::shared;

fn network<'a>(pair: &'a NetworkPair, plan: &'a Plan) -> StudyNetwork<'a> {
    StudyNetwork {
        pair,
        plan,
        own: None,
        output: 0,
        own_output: 0,
        quantity: OutputQuantity::Metres,
        space: ErrorSpace::Output,
        kept_bytes: 1 << 30,
    }
}

fn study_frame(inputs: &BTreeMap<String, Value>) -> StudyFrame {
    StudyFrame {
        inputs: inputs.clone(),
        truth_m: None,
    }
}

/// The tensors of a layer's quantizers.
fn members(pair: &NetworkPair, layer: usize) -> BTreeSet<String> {
    let gated = &pair.gated;
    let quantizers = gated.layers[layer].quantizers.iter();
    quantizers
        .map(|&q| gated.quantizers[q].name.clone())
        .collect()
}

#[test]
fn every_point_is_the_network_with_these_layers_kept() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let frames = [frame(1), frame(2)];
    let plan = plan(&pair, &frames[0].0);
    let network = network(&pair, &plan);
    let effects = [0.5, 3.0, 1.0, 2.0];
    assert_eq!(pair.gated.layers.len(), effects.len());
    for precision in [KeptPrecision::Float, KeptPrecision::Bits16] {
        let curve = PrecisionCurve::new(&network, &effects, precision, KeepCost::Nothing);
        assert_eq!(
            (&curve.order[..], &curve.counts[..]),
            (&[1, 3, 2, 0][..], &[0, 1, 2, 3, 4][..])
        );
        let wider = WiderNetwork::new(&pair.gated).expect("wider codes");
        let wider_plan = wide_plan(&wider, &frames[0].0);
        let wide = (precision == KeptPrecision::Bits16).then_some((&wider, &wider_plan));
        let mut sums = vec![OutputError::default(); curve.counts.len()];
        let mut runs = 0;
        for (inputs, _) in &frames {
            let found = curve.measure(&network, wide, &study_frame(inputs), |done| runs += done);
            for (sum, error) in sums.iter_mut().zip(found.expect("runs")) {
                sum.add(&error);
            }
        }
        // Both ends and four points a frame.
        assert_eq!(runs, 12);
        let entries = curve.entries(&network, &sums);
        for (count, entry) in entries.iter().enumerate() {
            let kept = curve.order.iter().take(count);
            let kept: BTreeSet<String> = kept.flat_map(|&layer| members(&pair, layer)).collect();
            let round = |name: &str, values: Vec<f32>| {
                let grid = made_networks::GRIDS.iter().find(|grid| grid.0 == name);
                let Some(&(_, scale, zero)) = grid else {
                    return values;
                };
                match precision {
                    _ if !kept.contains(name) => on_grid(name, &values),
                    KeptPrecision::Float => values,
                    KeptPrecision::Bits16 if name.starts_with('w') => {
                        rounded(&values, scale / 256.0, 256 * zero, (-32768, 32767))
                    }
                    KeptPrecision::Bits16 => {
                        rounded(&values, scale / 256.0, 256 * zero, (0, 65535))
                    }
                }
            };
            let expected = frames.iter().map(|(_, x)| {
                let (float, kept) = (layers.run(x, &|_, v| v), layers.run(x, &round));
                mean_square(&float[3], &kept[3])
            });
            let expected = (expected.sum::<f64>() / 2.0).sqrt();
            assert!(
                (entry.rms - expected).abs() < 1e-5 * entries[0].rms,
                "{precision:?} {count}: {} {expected}",
                entry.rms
            );
            assert_eq!(entry.kept.len(), count);
        }
        // 23 weights at 8 bits and 8 biases at 32.
        let bits = f64::from(precision.bits());
        let mb = |weights: f64| (23.0 * 8.0 + weights * (bits - 8.0) + 8.0 * 32.0) / 8e6;
        let weights: Vec<f64> = entries.iter().map(|entry| entry.mb).collect();
        // The order is: first (8 weights), third (3), second (12), the input.
        let expected = [0.0, 8.0, 11.0, 23.0, 23.0].map(mb);
        for (found, expected) in weights.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{weights:?}");
        }
        let shares: Vec<f64> = entries.iter().filter_map(|entry| entry.mac_share).collect();
        for (found, expected) in shares.iter().zip([0.0, 8.0, 11.0, 23.0, 23.0]) {
            assert!((found - expected / 23.0).abs() < 1e-12, "{shares:?}");
        }
        if precision == KeptPrecision::Float {
            assert_eq!(entries[4].rms, 0.0);
        } else {
            let rest = entries[4].rms / entries[0].rms;
            assert!(rest > 0.0 && rest < 0.01, "{rest}");
        }
    }
}

fn wide_plan(wider: &WiderNetwork, inputs: &BTreeMap<String, Value>) -> Plan {
    let gated = &wider.gated;
    let (taps, limits) = (HashSet::new(), RunLimits::default());
    let engine = Engine::new(1);
    let plan = Plan::new(
        &gated.graph,
        &gated.quantizers,
        inputs,
        &taps,
        &engine,
        limits,
    );
    plan.expect("a plan")
}

#[test]
fn costs_decide_the_order() {
    let layers = Layers::uneven();
    let pair = made_networks::pair(&layers);
    let (inputs, _) = frame(1);
    let plan = plan(&pair, &inputs);
    let network = network(&pair, &plan);
    let names = |cost| {
        let effects = [1.0; 4];
        let curve = PrecisionCurve::new(&network, &effects, KeptPrecision::Bits16, cost);
        let names = curve
            .order
            .iter()
            .map(|&layer| pair.gated.layers[layer].name.clone());
        names.collect::<Vec<String>>().join(" ")
    };
    // Values of 16 pixels and weights: input 32, first 64 + 8, second 48 + 12, third 16 + 3.
    assert_eq!(names(KeepCost::Bytes), "third x second first");
    // Multiplications a pixel: 8, 12, 3; the input has 32 values.
    assert_eq!(names(KeepCost::Macs), "x third first second");
}

#[test]
fn the_first_point_takes_the_culprit() {
    for golden in shared::goldens(|name| name == "culprit_weight_int8") {
        let pair = pair(&golden);
        let frames = golden.frames();
        let plan = plan(&pair, &frames[0]);
        let network = network(&pair, &plan);
        let mut effects = vec![0.0; pair.gated.layers.len()];
        let frames: Vec<StudyFrame> = frames.iter().map(study_frame).collect();
        let players = network.players();
        for frame in &frames {
            let sets: Vec<Vec<bool>> = players
                .iter()
                .map(|player| pair.gated.gates(|q| player.contains(&q)))
                .collect();
            let errors = network
                .errors_of_gates(&plan, frame, &sets, |_| ())
                .expect("runs");
            for (effect, error) in effects.iter_mut().zip(errors) {
                *effect += error.change.mean_square();
            }
        }
        let mut curve =
            PrecisionCurve::new(&network, &effects, KeptPrecision::Float, KeepCost::Nothing);
        curve.counts = vec![0, 1, curve.order.len()];
        let mut sums = vec![OutputError::default(); 3];
        for frame in &frames {
            let found = curve.measure(&network, None, frame, |_| ()).expect("runs");
            for (sum, error) in sums.iter_mut().zip(found) {
                sum.add(&error);
            }
        }
        let rms: Vec<f64> = sums.iter().map(|sum| sum.change.rms()).collect();
        let number = |value: &serde_json::Value| value.as_f64().expect("a figure");
        let whole = number(&golden.json["outputs"][0]["int8_minus_fp32"]["rms"]);
        assert!((rms[0] / whole - 1.0).abs() < 0.01, "{rms:?} {whole}");
        // The layer holds the culprit and more. A few figures get worse where the other members had hidden part of it.
        let alone = number(&golden.json["answer"]["mse_with_it_in_float"]).sqrt();
        assert!(rms[1] < 1.05 * alone, "{rms:?} {alone}");
        assert_eq!(rms[2], 0.0);
    }
}
