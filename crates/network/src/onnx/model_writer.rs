//! Nodes as an ONNX file for the runtime. Types and shapes are left open; constants are inputs.

use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, ValueInfoProto,
};

use crate::graph::{Attribute, Node, Tensor, TensorData};

use super::subgraph_codec::graph_proto;

/// An ONNX file of some nodes.
///
/// # Errors
/// The writer's report, as part of a sentence.
pub(crate) fn write_model(
    nodes: &[&Node],
    inputs: &[&str],
    outputs: &[&str],
    opset: i64,
) -> Result<Vec<u8>, String> {
    let value = |name: &&str| ValueInfoProto {
        name: Some((*name).to_owned()),
        r#type: None,
    };
    let version = |domain: &str, version| OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(version),
    };
    let model = ModelProto {
        ir_version: Some(10),
        graph: Some(GraphProto {
            node: nodes.iter().map(|n| node_proto(n)).collect(),
            input: inputs.iter().map(value).collect(),
            output: outputs.iter().map(value).collect(),
            ..GraphProto::default()
        }),
        opset_import: vec![version("", opset), version("com.microsoft", 1)],
        ..ModelProto::default()
    };
    model.write_buf().map_err(|error| error.to_string())
}

fn node_proto(node: &Node) -> NodeProto {
    NodeProto {
        domain: (!node.domain.is_empty()).then(|| node.domain.clone()),
        name: Some(node.name.clone()),
        input: node.inputs.clone(),
        output: node.outputs.clone(),
        op_type: Some(node.operator.clone()),
        attribute: node
            .attributes
            .iter()
            .map(|(name, value)| attribute_proto(name, value))
            .collect(),
    }
}

fn attribute_proto(name: &str, value: &Attribute) -> AttributeProto {
    let mut out = AttributeProto {
        name: Some(name.to_owned()),
        ..AttributeProto::default()
    };
    let kind = match value {
        Attribute::Int(value) => {
            out.i = Some(*value);
            AttributeType::INT
        }
        Attribute::Float(value) => {
            out.f = Some(*value);
            AttributeType::FLOAT
        }
        Attribute::String(value) => {
            out.s = Some(value.clone());
            AttributeType::STRING
        }
        Attribute::Ints(values) => {
            out.ints.clone_from(values);
            AttributeType::INTS
        }
        Attribute::Floats(values) => {
            out.floats.clone_from(values);
            AttributeType::FLOATS
        }
        Attribute::Strings(values) => {
            out.strings.clone_from(values);
            AttributeType::STRINGS
        }
        Attribute::Tensor(tensor) => {
            out.t = Some(tensor_proto(tensor));
            AttributeType::TENSOR
        }
        Attribute::Graph(graph) => {
            out.g = Some(graph_proto(graph));
            AttributeType::GRAPH
        }
    };
    out.r#type = Some(kind);
    out
}

fn tensor_proto(tensor: &Tensor) -> TensorProto {
    let mut out = TensorProto {
        dims: tensor.shape.iter().map(|&d| d as i64).collect(),
        ..TensorProto::default()
    };
    match &tensor.data {
        TensorData::Float(values) => {
            out.data_type = Some(DataType::FLOAT);
            out.float_data.clone_from(values);
        }
        TensorData::Int(values) => {
            out.data_type = Some(DataType::INT32);
            out.int32_data.clone_from(values);
        }
    }
    out
}
