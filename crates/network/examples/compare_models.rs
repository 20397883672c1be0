//! Compares models as they are read with outputs that another runtime computed.
//!
//! `cargo run --example compare_models -- fp32.onnx int8.onnx shapes.json prefix`: the inputs lie in `prefix.NAME.bin` as little-endian
//! `f32`, their shapes in the JSON, the other runtime's first output of the INT8 model in `int8.onnx.npy`, if it is there.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use fathom_network::gating::NetworkPair;
use fathom_network::measure::{FrameSession, Judge, OwnPlan, own_outputs};
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::runtime::{Engine, Plan, RunLimits, Value};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fp32, int8, shapes, prefix] = &arguments[..] else {
        return Err("give an FP32 model, an INT8 model, shapes and a prefix of inputs".into());
    };
    let read = |path: &str| -> Result<_, Failure> {
        Ok(read_model(&fs::read(path)?, &ExternalFiles::none())?)
    };
    let shapes: BTreeMap<String, Vec<usize>> = serde_json::from_slice(&fs::read(shapes)?)?;
    let mut inputs = BTreeMap::new();
    for (name, shape) in shapes {
        let bytes = fs::read(format!("{prefix}.{name}.bin"))?;
        inputs.insert(name, Value::from_floats(&shape, little_endian(&bytes))?);
    }
    let (engine, limits, taps) = (Engine::new(1), RunLimits::default(), HashSet::new());
    let int8_model = QuantizedGraph::from_graph(read(int8)?)?;
    let pair = NetworkPair::settled(&read(fp32)?, int8_model, &inputs, &engine, limits)?;
    let gated = &pair.gated;
    let plan = Plan::new(
        &gated.graph,
        &gated.quantizers,
        &inputs,
        &taps,
        &engine,
        limits,
    )?;
    let count = gated.quantizers.len();
    let session = FrameSession::new(
        &plan,
        count,
        &inputs,
        Judge::depth(0),
        None,
        limits.kept_bytes,
    )?;
    let on = session.int8_output()?;
    let Some(own) = &pair.own else { return Ok(()) };
    let quantizers = own.run_time_quantizers();
    let own_plan = Plan::new(&own.graph, &quantizers, &inputs, &taps, &engine, limits)?;
    let own = OwnPlan {
        plan: &own_plan,
        quantizers: quantizers.len(),
    };
    let outputs = own_outputs(own, &inputs)?;
    let file = outputs
        .first()
        .and_then(|v| v.floats())
        .ok_or("no output")?;
    let whole = rms(&on, session.fp32_output());
    print!(
        "{count} quantizers, rms {whole:.5}, rebuilt {:.6}",
        rms(&on, &file) / whole.max(1e-12)
    );
    if let Ok(bytes) = fs::read(format!("{int8}.npy")) {
        let values = little_endian(bytes.get(128..).unwrap_or_default());
        print!(
            ", other runtime {:.6}",
            rms(&file, &values) / whole.max(1e-12)
        );
    }
    let s = &pair.structure;
    let few = |names: &[String]| names.iter().take(3).cloned().collect::<Vec<_>>().join(" ");
    println!(
        ", rewritten {}, lost {} [{}], added {} [{}], unmatched {} [{}], folded {}",
        s.rewritten_nodes.len(),
        s.lost_nodes.len(),
        few(&s.lost_nodes),
        s.added_nodes.len(),
        few(&s.added_nodes),
        s.unmatched.len(),
        few(&s.unmatched),
        s.folded_nodes.len()
    );
    Ok(())
}

fn little_endian(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

fn rms(a: &[f32], b: &[f32]) -> f64 {
    let squares: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| f64::from(a - b))
        .map(|d| d * d)
        .sum();
    (squares / a.len().max(1) as f64).sqrt()
}
