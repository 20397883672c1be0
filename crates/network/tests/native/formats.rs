//! Both models of each pair, read and run as they are.

use std::collections::{BTreeMap, HashSet};

use fathom_network::normalise::QuantizedGraph;
use fathom_network::quantization::{Quantizer, QuantizerKind};
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};

use crate::shared::{self, Golden};

fn outputs(model: &QuantizedGraph, frames: &[BTreeMap<String, Value>]) -> Vec<Vec<Vec<f32>>> {
    let quantizers: Vec<Quantizer> = model
        .quantizers
        .iter()
        .map(|q| Quantizer {
            name: q.name.clone(),
            kind: QuantizerKind::Activation,
            parameters: q.parameters.clone(),
            values: None,
        })
        .collect();
    let engine = Engine::new(1);
    let limits = RunLimits::default();
    let plan = Plan::new(
        &model.graph,
        &quantizers,
        &frames[0],
        &HashSet::new(),
        &engine,
        limits,
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let gates = vec![true; quantizers.len()];
    frames
        .iter()
        .map(|frame| {
            let trace = plan
                .run(frame, &gates, None, &Keep::outputs())
                .unwrap_or_else(|e| panic!("{e}"));
            plan.output_values(&trace)
                .iter()
                .map(|v| v.floats().expect("fractions").into_owned())
                .collect()
        })
        .collect()
}

fn check(golden: &Golden) -> Vec<String> {
    let frames = golden.frames();
    let float = outputs(&shared::read_quantized(&golden.path("fp32")), &frames);
    let has_own_graph = golden.json["int8"]
        .as_str()
        .is_some_and(|f| f.ends_with(".onnx"));
    let rounded =
        has_own_graph.then(|| outputs(&shared::read_quantized(&golden.path("int8")), &frames));
    let mut wrong = Vec::new();
    for (i, output) in golden.json["outputs"]
        .as_array()
        .expect("outputs")
        .iter()
        .enumerate()
    {
        // Ties of roundings fall differently where sums are added in another order.
        let ties = output["int8_minus_fp32"]["rms"].as_f64().unwrap_or(0.0);
        let mut compare = |what: &str, found: f64, expected: &serde_json::Value, scale: f64| {
            let expected = expected.as_f64().expect("a number");
            if (found - expected).abs() > 2e-5 * scale + 0.01 * ties {
                wrong.push(format!(
                    "{} output {i} {what}: {found} {expected}",
                    golden.name
                ));
            }
        };
        let summary = |values: &[Vec<Vec<f32>>]| {
            let all: Vec<f64> = values
                .iter()
                .flat_map(|f| f[i].iter().map(|&v| f64::from(v)))
                .collect();
            let n = all.len() as f64;
            let mean = all.iter().sum::<f64>() / n;
            let min = all.iter().copied().fold(f64::INFINITY, f64::min);
            let max = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (min, max, mean)
        };
        let scale = output["fp32"]["max"].as_f64().expect("a number").abs();
        for (key, values) in [("fp32", Some(&float)), ("int8", rounded.as_ref())] {
            let Some(values) = values else { continue };
            let (min, max, mean) = summary(values);
            compare(&format!("{key} min"), min, &output[key]["min"], scale);
            compare(&format!("{key} max"), max, &output[key]["max"], scale);
            compare(&format!("{key} mean"), mean, &output[key]["mean"], scale);
        }
        if let Some(rounded) = &rounded {
            let squares: f64 = float
                .iter()
                .zip(rounded)
                .flat_map(|(f, q)| f[i].iter().zip(&q[i]))
                .map(|(&f, &q)| f64::from(q) - f64::from(f))
                .map(|d| d * d)
                .sum();
            let n: usize = float.iter().map(|f| f[i].len()).sum();
            let rms = (squares / n as f64).sqrt();
            compare("rms", rms, &output["int8_minus_fp32"]["rms"], 0.0);
        }
    }
    wrong
}

#[test]
fn models_of_every_format_give_their_outputs() {
    let wrong: Vec<String> = shared::goldens(|_| true).iter().flat_map(check).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
