//! From the bytes of an ONNX file to a [`NetworkGraph`].

use std::collections::BTreeMap;
use std::sync::Arc;

use rten_onnx::onnx::{
    AttributeProto, AttributeType, GraphProto, ModelProto, NodeProto, ValueInfoProto,
};

use fathom_core::i18n::tr;

use crate::graph::{Attribute, ElementType, NetworkGraph, Node, Tensor, ValueInfo};
use crate::network_error::{NetworkError, quoted};

use super::external_files::ExternalFiles;
use super::local_functions::{inline_functions, read_functions};
use super::subgraph_codec::subgraph;
use super::tensor_reader::read_tensor;
use super::wire_check::check_wire;

/// Reads a model: constants are in memory, `Constant` nodes are constants, local functions are inlined, nodes are in order.
///
/// # Errors
/// If the bytes are no model, or the model contradicts itself.
pub fn read_model(bytes: &[u8], files: &ExternalFiles<'_>) -> Result<NetworkGraph, NetworkError> {
    check_wire(bytes).map_err(|problem| NetworkError::NotOnnx { problem })?;
    let model = ModelProto::parse_buf(bytes).map_err(|error| NetworkError::NotOnnx {
        problem: quoted(&error.to_string()),
    })?;
    let functions = read_functions(bytes);
    let opset = opset(&model);
    let producer = model.producer_name.clone().unwrap_or_default();
    let mut proto = model.graph.ok_or_else(|| NetworkError::NotOnnx {
        problem: tr!("it holds no graph").to_owned(),
    })?;
    proto.node = inline_functions(proto.node, &functions)?;
    let mut graph = read_graph(proto, files)?;
    graph.opset = opset;
    graph.producer = producer;
    graph.sort()?;
    Ok(graph)
}

fn opset(model: &ModelProto) -> i64 {
    model
        .opset_import
        .iter()
        .find(|set| matches!(set.domain.as_deref(), None | Some("" | "ai.onnx")))
        .and_then(|set| set.version)
        .unwrap_or(17)
}

fn read_graph(proto: GraphProto, files: &ExternalFiles<'_>) -> Result<NetworkGraph, NetworkError> {
    let mut constants = BTreeMap::new();
    for tensor in &proto.initializer {
        let name = tensor.name.clone().unwrap_or_default();
        constants.insert(name, Arc::new(read_tensor(tensor, files)?));
    }
    let inputs = proto
        .input
        .iter()
        .map(value_info)
        .filter(|input| !constants.contains_key(&input.name))
        .collect();
    let outputs: Vec<ValueInfo> = proto.output.iter().map(value_info).collect();
    if outputs.is_empty() {
        return Err(NetworkError::NotOnnx {
            problem: tr!("its graph has no output").to_owned(),
        });
    }
    let mut nodes = Vec::with_capacity(proto.node.len());
    for node in proto.node {
        let node = read_node(node, files)?;
        if node.is("Constant") {
            if let Some(value) = constant_value(&node)? {
                constants.insert(node.output().to_owned(), value);
            }
            continue;
        }
        nodes.push(node);
    }
    Ok(NetworkGraph {
        nodes,
        constants,
        inputs,
        outputs,
        opset: 0,
        producer: String::new(),
    })
}

fn value_info(proto: &ValueInfoProto) -> ValueInfo {
    let tensor = proto.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let length = |value: Option<i64>| {
        value
            .and_then(|v| usize::try_from(v).ok())
            .filter(|&v| v > 0)
    };
    ValueInfo {
        name: proto.name.clone().unwrap_or_default(),
        element_type: tensor
            .and_then(|t| t.elem_type)
            .and_then(|t| ElementType::from_onnx(t.0)),
        shape: tensor
            .and_then(|t| t.shape.as_ref())
            .map(|shape| shape.dim.iter().map(|d| length(d.dim_value)).collect()),
    }
}

fn read_node(proto: NodeProto, files: &ExternalFiles<'_>) -> Result<Node, NetworkError> {
    let output = proto.output.iter().find(|o| !o.is_empty());
    let name = match proto.name {
        Some(name) if !name.is_empty() => name,
        _ => output.cloned().unwrap_or_default(),
    };
    let mut node = Node {
        name,
        operator: proto.op_type.unwrap_or_default(),
        domain: proto.domain.unwrap_or_default(),
        inputs: proto.input,
        outputs: proto.output,
        attributes: BTreeMap::new(),
    };
    if node.domain == "ai.onnx" {
        node.domain.clear();
    }
    for attribute in proto.attribute {
        let key = attribute.name.clone().unwrap_or_default();
        if let Some(value) = read_attribute(attribute, files)? {
            node.attributes.insert(key, value);
        }
    }
    Ok(node)
}

fn read_attribute(
    proto: AttributeProto,
    files: &ExternalFiles<'_>,
) -> Result<Option<Attribute>, NetworkError> {
    type T = AttributeType;
    let kind = proto.r#type.unwrap_or_else(|| guessed(&proto));
    Ok(match kind {
        T::FLOAT => Some(Attribute::Float(proto.f.unwrap_or_default())),
        T::INT => Some(Attribute::Int(proto.i.unwrap_or_default())),
        T::STRING => Some(Attribute::String(proto.s.unwrap_or_default())),
        T::FLOATS => Some(Attribute::Floats(proto.floats)),
        T::INTS => Some(Attribute::Ints(proto.ints)),
        T::STRINGS => Some(Attribute::Strings(proto.strings)),
        T::TENSOR => match &proto.t {
            Some(tensor) => Some(Attribute::Tensor(Arc::new(read_tensor(tensor, files)?))),
            None => None,
        },
        T::GRAPH => match proto.g {
            Some(graph) => {
                let graph = subgraph(graph).map_err(|problem| NetworkError::NotOnnx { problem })?;
                Some(Attribute::Graph(Arc::new(graph)))
            }
            None => None,
        },
        _ => None,
    })
}

/// Old files leave the type out.
fn guessed(proto: &AttributeProto) -> AttributeType {
    if proto.t.is_some() {
        AttributeType::TENSOR
    } else if proto.g.is_some() {
        AttributeType::GRAPH
    } else if proto.f.is_some() {
        AttributeType::FLOAT
    } else if proto.i.is_some() {
        AttributeType::INT
    } else if proto.s.is_some() {
        AttributeType::STRING
    } else if !proto.floats.is_empty() {
        AttributeType::FLOATS
    } else if !proto.strings.is_empty() {
        AttributeType::STRINGS
    } else {
        AttributeType::INTS
    }
}

fn constant_value(node: &Node) -> Result<Option<Arc<Tensor>>, NetworkError> {
    let (key, value) = match node.attributes.iter().next() {
        Some((key, value)) => (key.as_str(), value),
        None => ("", &Attribute::Int(0)),
    };
    Ok(Some(match (key, value) {
        ("value", Attribute::Tensor(tensor)) => tensor.clone(),
        ("value_float", Attribute::Float(value)) => Arc::new(Tensor::scalar(*value)),
        ("value_floats", Attribute::Floats(values)) => Arc::new(Tensor::float_list(values.clone())),
        ("value_int", Attribute::Int(value)) => {
            Arc::new(Tensor::ints(Vec::new(), vec![saturated(*value)])?)
        }
        ("value_ints", Attribute::Ints(values)) => Arc::new(Tensor::int_list(
            values.iter().map(|&v| saturated(v)).collect(),
        )),
        ("value_string" | "value_strings", _) => return Ok(None),
        _ => {
            return Err(node.error(
                tr!("it has no value that is a number"),
                tr!("run onnxsim on the file or export it again"),
            ));
        }
    }))
}

fn saturated(value: i64) -> i32 {
    value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
