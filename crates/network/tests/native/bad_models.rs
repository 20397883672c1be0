//! Models that no tool should write: each is refused with one sentence, before it takes memory.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use rten_onnx::onnx::{
    AttributeProto, AttributeType, GraphProto, ModelProto, NodeProto, ValueInfoProto,
};

use fathom_network::NetworkError;
use fathom_network::gating::{GatedNetwork, NetworkPair, Placement};
use fathom_network::graph::{Attribute, NetworkGraph, Node, Tensor, ValueInfo};
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::quantization::{CodeType, QuantizationParameters};
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};

fn graph(nodes: Vec<Node>, constants: Vec<(&str, Tensor)>) -> NetworkGraph {
    NetworkGraph {
        nodes,
        constants: constants
            .into_iter()
            .map(|(name, tensor)| (name.to_owned(), Arc::new(tensor)))
            .collect(),
        inputs: vec![ValueInfo::named("x")],
        outputs: vec![ValueInfo::named("y")],
        opset: 17,
        producer: String::new(),
    }
}

fn plan(graph: &NetworkGraph) -> Result<Plan, NetworkError> {
    let model = QuantizedGraph::from_graph(graph.clone())?;
    let image = Value::from_floats(&[1, 2, 4, 4], vec![0.5; 32])?;
    let inputs = BTreeMap::from([("x".to_owned(), image)]);
    let quantizers = model.run_time_quantizers();
    let limits = RunLimits::default();
    Plan::new(
        &model.graph,
        &quantizers,
        &inputs,
        &HashSet::new(),
        &Engine::new(1),
        limits,
    )
}

#[track_caller]
fn sentence(error: &NetworkError, part: &str) {
    let text = error.to_string();
    assert!(text.contains(part), "{part}: {text}");
    assert!(text.ends_with('.') && !text.contains('\n'), "{text}");
}

#[test]
fn graphs_that_cannot_run_are_refused_with_their_node() {
    let huge = || Tensor::int_list(vec![i32::MAX, i32::MAX, 4]);
    let weight = |shape: &[usize]| {
        Tensor::floats(shape.to_vec(), vec![0.1; shape.iter().product()]).expect("a weight")
    };
    let node = |op: &str, inputs: &[&str]| Node::new("guilty", op, inputs, &["y"]);
    let rows = [
        (node("Unheard", &["x"]), vec![], "Unheard"),
        (
            node("Expand", &["x", "s"]),
            vec![("s", huge())],
            "bytes of memory",
        ),
        (
            node("Tile", &["x", "s"]),
            vec![("s", Tensor::int_list(vec![1, 1, 1 << 20, 1 << 20]))],
            "bytes of memory",
        ),
        (
            node("Resize", &["x", "", "s"]),
            vec![("s", Tensor::float_list(vec![1.0, 1.0, 1e6, 1e6]))],
            "bytes of memory",
        ),
        (
            node("Conv", &["x", "w"]),
            vec![("w", weight(&[3, 5, 3, 3]))],
            "guilty",
        ),
        (
            node("Conv", &["x", "w"]).with("pads", Attribute::Ints(vec![1 << 40; 4])),
            vec![("w", weight(&[3, 2, 3, 3]))],
            "guilty",
        ),
        (
            node("Conv", &["x", "w"]).with("strides", Attribute::Ints(vec![0, 0])),
            vec![("w", weight(&[3, 2, 3, 3]))],
            "strides",
        ),
        (
            node("MatMul", &["x", "w"]),
            vec![("w", weight(&[7, 7]))],
            "guilty",
        ),
        (
            node("Reshape", &["x", "s"]),
            vec![("s", Tensor::int_list(vec![5, 5]))],
            "guilty",
        ),
        (
            node("QuantizeLinear", &["x", "s"]),
            vec![("s", Tensor::float_list(vec![1.0; 3]))],
            "scales",
        ),
        (
            node("QuantizeLinear", &["x", "s"]),
            vec![("s", Tensor::scalar(-1.0))],
            "not positive",
        ),
        (node("QuantizeLinear", &["x", "x"]), vec![], "no constant"),
        (
            node("GroupNormalization", &["x", "s", "s"]).with("num_groups", Attribute::Int(3)),
            vec![("s", Tensor::float_list(vec![1.0; 2]))],
            "groups",
        ),
        (node("MatMulInteger", &["x", "x"]), vec![], "QDQ"),
        (node("Conv", &[]), vec![], "guilty"),
        (node("MaxPool", &["x"]), vec![], "kernel"),
    ];
    for (node, constants, part) in rows {
        let text = format!("{node:?}");
        let error = plan(&graph(vec![node], constants)).err();
        sentence(&error.unwrap_or_else(|| panic!("{text} runs")), part);
    }
}

#[test]
fn inputs_must_fit() {
    let graph = NetworkGraph {
        inputs: vec![ValueInfo {
            shape: Some(vec![Some(1), None, Some(5), Some(5)]),
            ..ValueInfo::named("x")
        }],
        ..graph(vec![Node::new("n", "Relu", &["x"], &["y"])], vec![])
    };
    sentence(
        &plan(&graph).expect_err("4x4 is not 5x5"),
        "shape 1 x any x 5 x 5",
    );
}

#[test]
fn a_missing_frame_input_is_named() {
    let graph = graph(vec![Node::new("n", "Relu", &["x"], &["y"])], vec![]);
    let plan = plan(&graph).expect("a plan");
    let error = plan
        .run(&BTreeMap::new(), &[], None, &Keep::All)
        .expect_err("no input");
    sentence(&error, "Input x");
}

/// Every file of the fuzzer's seeds, cut at every length and with every byte changed.
#[test]
fn damaged_files_are_refused_with_one_sentence() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/onnx");
    let mut refused = 0;
    for entry in std::fs::read_dir(folder).expect("seeds").flatten() {
        let whole = std::fs::read(entry.path()).expect("a seed");
        assert!(read(&whole).is_ok(), "{}", entry.path().display());
        for length in 0..whole.len() {
            refused += u32::from(read(&whole[..length]).is_err());
        }
        for place in 0..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[place] ^= change;
                if let Err(error) = read(&damaged) {
                    sentence(&error, "; ");
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

fn read(bytes: &[u8]) -> Result<(), NetworkError> {
    let graph = read_model(bytes, &ExternalFiles::none())?;
    let int8 = QuantizedGraph::from_graph(graph)?;
    // The quantizers of a model fit the model itself.
    let fp32 = int8.graph.clone();
    NetworkPair::new(&fp32, int8).map(|_| ())
}

#[test]
fn placements_must_exist() {
    let graph = graph(vec![Node::new("n", "Relu", &["x"], &["y"])], vec![]);
    let parameters = QuantizationParameters::per_tensor(CodeType::INT8, 0.1, 0);
    let error = GatedNetwork::new(&graph, &[Placement::on_value("nowhere", parameters)]);
    sentence(&error.expect_err("no such value"), "nowhere");
}

#[test]
fn models_that_do_not_belong_together_are_told_so() {
    let fp32 = graph(vec![Node::new("a", "Relu", &["x"], &["y"])], vec![]);
    let mut other = graph(vec![Node::new("b", "Sigmoid", &["z"], &["w"])], vec![]);
    other.inputs = vec![ValueInfo::named("z")];
    other.outputs = vec![ValueInfo::named("w")];
    let int8 = QuantizedGraph::from_graph(other).expect("a graph");
    sentence(
        &NetworkPair::new(&fp32, int8).expect_err("nothing in common"),
        "do not match",
    );
}

#[test]
fn quantizers_within_branches_are_refused_by_name() {
    let node = |name: &str, operator: &str, inputs: &[&str], output: &str| NodeProto {
        name: Some(name.to_owned()),
        op_type: Some(operator.to_owned()),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    };
    let value = |name: &str| ValueInfoProto {
        name: Some(name.to_owned()),
        ..ValueInfoProto::default()
    };
    let branch = |name: &str, nodes: Vec<NodeProto>| AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(AttributeType::GRAPH),
        g: Some(GraphProto {
            node: nodes,
            output: vec![value("b")],
            ..GraphProto::default()
        }),
        ..AttributeProto::default()
    };
    let model = |operator: &str| {
        let mut choice = node("choice", "If", &["c"], "y");
        let rounded = vec![
            node("q", operator, &["x", "s"], "q"),
            node("d", "Identity", &["q"], "b"),
        ];
        // The quantizer lies two branches deep.
        let mut inner = node("inner", "If", &["c"], "b");
        inner.attribute = vec![
            branch("then_branch", rounded),
            branch("else_branch", vec![node("e", "Identity", &["x"], "b")]),
        ];
        choice.attribute = vec![
            branch("then_branch", vec![inner]),
            branch("else_branch", vec![node("e", "Identity", &["x"], "b")]),
        ];
        let model = ModelProto {
            graph: Some(GraphProto {
                node: vec![choice],
                input: vec![value("x"), value("s"), value("c")],
                output: vec![value("y")],
                ..GraphProto::default()
            }),
            ..ModelProto::default()
        };
        let bytes = model.write_buf().expect("a model");
        QuantizedGraph::from_graph(read_model(&bytes, &ExternalFiles::none()).expect("a graph"))
    };
    for operator in ["QuantizeLinear", "QLinearConv", "MatMulInteger"] {
        let error = model(operator).expect_err(operator);
        sentence(
            &error,
            "Node choice (If): there are quantizers within its branches or body (1 nodes)",
        );
        sentence(&error, "onnxsim");
    }
    assert!(model("Mul").is_ok());
}
