//! Benchmarks of a study: a frame against plain `rten`, the first ranking, and one pair of orders for Shapley shares.
//!
//! The network is `depthnet` with its INT8 version, beside the checkout; without it, a small one made here.

use std::collections::{BTreeMap, HashSet};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use criterion::{Criterion, criterion_group, criterion_main};
use fathom_network::gating::{NetworkPair, Placement};
use fathom_network::measure::{ErrorSpace, PlayerOrders};
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::output::OutputQuantity;
use fathom_network::quantization::{CodeType, QuantizationParameters};
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};
use fathom_network::study::{StudyFrame, StudyNetwork};
use rten::{ModelOptions, RunOptions, ThreadPool};
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, ValueInfoProto,
};
use rten_tensor::{AsView, Tensor};

/// Rows and columns of a frame.
const SIZE: [usize; 2] = [144, 176];

/// The FP32 model as bytes, and the pair.
fn models() -> (Vec<u8>, NetworkPair) {
    let data = env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let read = |name: &str| fs::read(data.join("model").join(name));
    let files = read("depthnet_fp32.onnx").and_then(|fp32| {
        let int8 = read("depthnet_int8_per_tensor.onnx")?;
        Ok((fp32, int8))
    });
    let Ok((fp32, int8)) = files else {
        println!("no network beside the checkout: a small one is used");
        return made();
    };
    let graph = |bytes: &[u8]| read_model(bytes, &ExternalFiles::none()).expect("a model");
    let int8 = QuantizedGraph::from_graph(graph(&int8)).expect("quantizers");
    let pair = NetworkPair::new(&graph(&fp32), int8).expect("a pair");
    (fp32, pair)
}

/// Eight convolutions of 16 channels.
fn made() -> (Vec<u8>, NetworkPair) {
    let named = |name: String| ValueInfoProto {
        name: Some(name),
        ..ValueInfoProto::default()
    };
    let ints = |name: &str, values: Vec<i64>| AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(AttributeType::INTS),
        ints: values,
        ..AttributeProto::default()
    };
    let value = |i: usize| {
        if i == 0 {
            "image".to_owned()
        } else {
            format!("v{i}")
        }
    };
    let mut graph = GraphProto {
        input: vec![named(value(0))],
        output: vec![named(value(8))],
        ..GraphProto::default()
    };
    let mut placements = Vec::new();
    for i in 0..8 {
        let channels = if i == 0 { 3 } else { 16 };
        let weight = format!("w{i}");
        graph.node.push(NodeProto {
            name: Some(format!("n{i}")),
            op_type: Some("Conv".to_owned()),
            input: vec![value(i), weight.clone()],
            output: vec![value(i + 1)],
            attribute: vec![
                ints("pads", vec![1; 4]),
                ints("strides", vec![1; 2]),
                ints("kernel_shape", vec![3; 2]),
            ],
            ..NodeProto::default()
        });
        let values = (0..16 * channels * 9).map(|at| ((at * 37 + i) % 101) as f32 / 700.0 - 0.07);
        graph.initializer.push(TensorProto {
            name: Some(weight.clone()),
            dims: vec![16, channels as i64, 3, 3],
            data_type: Some(DataType::FLOAT),
            float_data: values.collect(),
            ..TensorProto::default()
        });
        for name in [weight, value(i + 1)] {
            let parameters = QuantizationParameters::per_tensor(CodeType::INT8, 0.01, 0);
            placements.push(Placement::on_value(&name, parameters));
        }
    }
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(17),
        }],
        ..ModelProto::default()
    };
    let bytes = model.write_buf().expect("a model");
    let graph = read_model(&bytes, &ExternalFiles::none()).expect("a graph");
    let pair = NetworkPair::from_placements(&graph, &placements).expect("gates");
    (bytes, pair)
}

fn frame() -> StudyFrame {
    let [height, width] = SIZE;
    let values = (0..3 * height * width).map(|at| (at * 31 % 509) as f32 / 254.0 - 1.0);
    let image = Value::from_floats(&[1, 3, height, width], values.collect()).expect("a frame");
    StudyFrame {
        inputs: BTreeMap::from([("image".to_owned(), image)]),
        truth_m: None,
    }
}

fn study(criterion: &mut Criterion) {
    let (fp32, pair) = models();
    let frame = frame();
    let (engine, limits) = (Engine::new(1), RunLimits::default());
    let (gated, taps) = (&pair.gated, HashSet::new());
    let plan = Plan::new(
        &gated.graph,
        &gated.quantizers,
        &frame.inputs,
        &taps,
        &engine,
        limits,
    );
    let plan = plan.expect("a plan");
    let mut options = ModelOptions::with_all_ops();
    let plain = options
        .enable_optimization(true)
        .load(fp32)
        .expect("a model");
    let input = plain.node_id("image").expect("an input");
    let outputs = plain.output_ids().to_vec();
    let [height, width] = SIZE;
    let values = frame.inputs["image"]
        .floats()
        .expect("fractions")
        .into_owned();
    let image = Tensor::from_data(&[1, 3, height, width], values);
    let pool = Arc::new(ThreadPool::with_num_threads(1));
    criterion.bench_function("network, a frame in plain rten", |bencher| {
        bencher.iter(|| {
            let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
            let inputs = vec![(input, image.view().into())];
            black_box(plain.run(inputs, &outputs, Some(options)).expect("a run"))
        });
    });
    for (name, is_on) in [
        ("network, a frame without rounding", false),
        ("network, a frame with every quantizer", true),
    ] {
        let gates = vec![is_on; gated.quantizers.len()];
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let keep = Keep::outputs();
                black_box(plan.run(&frame.inputs, &gates, None, &keep).expect("a run"))
            });
        });
    }
    let network = StudyNetwork {
        pair: &pair,
        plan: &plan,
        own: None,
        output: 0,
        own_output: 0,
        quantity: OutputQuantity::Metres,
        space: ErrorSpace::Output,
        kept_bytes: limits.kept_bytes,
    };
    criterion.bench_function("network, first ranking of a frame", |bencher| {
        bencher.iter(|| black_box(network.measure(&frame, |_| ()).expect("figures")));
    });
    let orders = PlayerOrders::new(gated.layers.len(), 1).take(1);
    let orders: Vec<Vec<usize>> = orders.collect();
    criterion.bench_function("network, a pair of Shapley orders on a frame", |bencher| {
        bencher.iter(|| {
            let gains = network.shapley_gains(&frame, &orders, |_| ());
            black_box(gains.expect("gains"))
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = study
}
criterion_main!(benches);
