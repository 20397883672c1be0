//! ONNX's conformance cases of operators, and small networks in each format. `tests/golden/make_networks.py` makes them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use base64::Engine as _;
use fathom_network::NetworkError;
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};
use serde_json::Value as Json;

fn numbers(json: &Json) -> (Vec<usize>, Vec<f32>) {
    let shape = serde_json::from_value(json["shape"].clone()).expect("a shape");
    let values: Vec<Option<f32>> =
        serde_json::from_value(json["values"].clone()).unwrap_or_default();
    (
        shape,
        values.into_iter().map(|v| v.unwrap_or(f32::NAN)).collect(),
    )
}

fn run(case: &Json) -> Result<Value, NetworkError> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(case["model"].as_str().expect("a model"))
        .expect("base64");
    let model = QuantizedGraph::from_graph(read_model(&bytes, &ExternalFiles::none())?)?;
    let mut inputs = BTreeMap::new();
    for (name, value) in case["inputs"].as_object().expect("inputs") {
        let (shape, values) = numbers(value);
        inputs.insert(name.clone(), Value::from_floats(&shape, values)?);
    }
    let quantizers = model.run_time_quantizers();
    let engine = Engine::new(1);
    let limits = RunLimits::default();
    let plan = Plan::new(
        &model.graph,
        &quantizers,
        &inputs,
        &HashSet::new(),
        &engine,
        limits,
    )?;
    let trace = plan.run(
        &inputs,
        &vec![true; quantizers.len()],
        None,
        &Keep::outputs(),
    )?;
    Ok(plan.output_values(&trace)[0].as_ref().clone())
}

#[test]
fn operators_compute_what_onnx_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/operators.json");
    let text = std::fs::read_to_string(path).expect("cases");
    let cases: Vec<Json> = serde_json::from_str(&text.replace("NaN", "null")).expect("JSON");
    assert!(cases.len() > 100);
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().expect("a name");
        let (shape, expected) = numbers(&case["output"]);
        match run(case) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(value) => {
                let found = value
                    .floats()
                    .map(std::borrow::Cow::into_owned)
                    .unwrap_or_default();
                let largest = expected.iter().fold(1e-6_f32, |m, v| m.max(v.abs()));
                let off = found
                    .iter()
                    .zip(&expected)
                    .map(|(f, e)| (f - e).abs() / largest)
                    .fold(0.0, f32::max);
                if value.shape() != shape || off > 2e-5 {
                    wrong.push(format!(
                        "{name}: shape {:?} {shape:?}, off by {off}",
                        value.shape()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
