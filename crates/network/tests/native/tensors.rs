//! Every tensor of the FP32 networks, held to ONNX Runtime without optimisation. `tests/golden/make_tensors.py` makes the figures.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};

use crate::shared;

fn frame(name: &str, image: &Path) -> BTreeMap<String, Value> {
    let (size, kind) = match name.rsplit('/').next().unwrap_or_default() {
        "fastdepth_fp32" | "monodepth2_fp32" => ((128, 160), "unit"),
        "depthanything_fp32" => ((126, 168), "imagenet"),
        "litemono_s_fp32" => ((96, 128), "unit"),
        "odd_a_fp32" => ((112, 144), "byte"),
        _ => ((144, 176), "imagenet"),
    };
    let camera = Value::from_floats(&[1, 4], vec![0.9, 1.1, 0.5, 0.5]).expect("a row");
    BTreeMap::from([
        ("image".to_owned(), shared::tensor(image, size, kind)),
        ("camera".to_owned(), camera),
    ])
}

#[test]
fn every_fp32_tensor_is_onnx_runtimes() {
    let Some(data) = shared::data() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/tensors.json");
    let text = std::fs::read_to_string(path).expect("figures");
    let networks: BTreeMap<String, BTreeMap<String, [f64; 3]>> =
        serde_json::from_str(&text).expect("JSON");
    let mut wrong = Vec::new();
    for (name, tensors) in networks {
        let graph = shared::read_file(&data.join(format!("{name}.onnx")));
        let inputs = frame(&name, &data.join("model/images/frame_000624.png"));
        let taps: HashSet<String> = tensors.keys().cloned().collect();
        let (engine, limits) = (Engine::new(1), RunLimits::default());
        let plan = Plan::new(&graph, &[], &inputs, &taps, &engine, limits)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let trace = plan
            .run(&inputs, &[], None, &Keep::All)
            .unwrap_or_else(|e| panic!("{e}"));
        let mut compared = 0;
        for (tensor, [largest, mean, rms]) in &tensors {
            // What does not depend on the image is a constant of the plan, or gone.
            let Some(value) = plan.value(&trace, tensor) else {
                continue;
            };
            compared += 1;
            let floats = value.floats().expect("fractions");
            let n = floats.len() as f64;
            let sum = |f: &dyn Fn(f64) -> f64| floats.iter().map(|&v| f(v.into())).sum::<f64>() / n;
            let (own_mean, own_rms) = (sum(&|v| v), sum(&|v| v * v).sqrt());
            let own_largest = floats
                .iter()
                .fold(0.0_f64, |m, &v| m.max(f64::from(v).abs()));
            let off = [own_mean - mean, own_rms - rms, own_largest - largest];
            if off.iter().any(|d| d.abs() > 1e-5 * largest) {
                wrong.push(format!("{name} {tensor}: {off:?} of {largest}"));
            }
        }
        assert!(
            compared * 10 > tensors.len() * 8,
            "{name}: {compared} of {}",
            tensors.len()
        );
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
