//! Local functions of a model: nodes that a file defines itself, put in place of the nodes that call them.
//!
//! `rten-onnx` drops functions. They are field 25 of `ModelProto`; their nodes are read with `rten-onnx`, and the references to a caller's
//! attributes (`ref_attr_name`, which it drops too) with [`WireFields`].

use std::collections::{BTreeMap, HashMap};

use fathom_decode::WireFields;
use rten_onnx::onnx::{AttributeProto, NodeProto};
use rten_onnx::protobuf::{DecodeMessage, ValueReader};

use fathom_core::i18n::tr;

use crate::network_error::{NetworkError, quoted};

/// Deepest nesting of functions that call functions.
const DEEPEST: usize = 16;

/// Most nodes after inlining. Functions that call each other can multiply without end.
const MOST_NODES: usize = 1 << 18;

/// A function of a file.
#[derive(Debug, Default)]
pub(crate) struct LocalFunction {
    inputs: Vec<String>,
    outputs: Vec<String>,
    nodes: Vec<FunctionNode>,
    defaults: Vec<AttributeProto>,
}

#[derive(Debug, Clone, Default)]
struct FunctionNode {
    node: NodeProto,
    /// Attributes that take the caller's value: own name, caller's name.
    references: Vec<(String, String)>,
}

/// Functions by domain and name.
pub(crate) type LocalFunctions = HashMap<(String, String), LocalFunction>;

/// The functions of a model whose bytes have passed [`super::wire_check::check_wire`]. Damaged ones are left out.
pub(crate) fn read_functions(model: &[u8]) -> LocalFunctions {
    let mut out = LocalFunctions::new();
    for field in WireFields::new(model).filter(|f| f.number == 25) {
        let (mut name, mut domain) = (String::new(), String::new());
        let mut function = LocalFunction::default();
        for part in WireFields::new(field.bytes.unwrap_or_default()) {
            let bytes = part.bytes.unwrap_or_default();
            match part.number {
                1 => name = text(bytes),
                4 => function.inputs.push(text(bytes)),
                5 => function.outputs.push(text(bytes)),
                7 => function.nodes.extend(function_node(bytes)),
                10 => domain = text(bytes),
                11 => function
                    .defaults
                    .extend(AttributeProto::decode(ValueReader::from_buf(bytes)).ok()),
                _ => {}
            }
        }
        out.insert((domain, name), function);
    }
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn function_node(bytes: &[u8]) -> Option<FunctionNode> {
    let node = NodeProto::decode(ValueReader::from_buf(bytes)).ok()?;
    let mut references = Vec::new();
    for attribute in WireFields::new(bytes).filter(|f| f.number == 5) {
        let fields = || WireFields::new(attribute.bytes.unwrap_or_default());
        let field = |number| {
            fields()
                .find(|f| f.number == number)
                .and_then(|f| f.bytes)
                .map(text)
        };
        if let (Some(own), Some(callers)) = (field(1), field(21)) {
            references.push((own, callers));
        }
    }
    Some(FunctionNode { node, references })
}

/// The nodes with every call of a function replaced by the function's nodes.
///
/// # Errors
/// If functions call each other without end.
pub(crate) fn inline_functions(
    nodes: Vec<NodeProto>,
    functions: &LocalFunctions,
) -> Result<Vec<NodeProto>, NetworkError> {
    if functions.is_empty() {
        return Ok(nodes);
    }
    let mut out = Vec::with_capacity(nodes.len());
    let mut calls = 0;
    let mut open: Vec<(NodeProto, usize)> = nodes.into_iter().rev().map(|n| (n, 0)).collect();
    while let Some((node, depth)) = open.pop() {
        let key = (
            node.domain.clone().unwrap_or_default(),
            node.op_type.clone().unwrap_or_default(),
        );
        let Some(function) = functions.get(&key) else {
            out.push(node);
            continue;
        };
        calls += 1;
        if depth > DEEPEST || out.len() + open.len() + function.nodes.len() > MOST_NODES {
            return Err(NetworkError::node(
                node.name.as_deref().unwrap_or_default(),
                &quoted(&key.1),
                tr!("its functions call each other without end"),
                tr!("export the model again with functions inlined"),
            ));
        }
        let inner = body(&node, function, calls);
        open.extend(inner.into_iter().rev().map(|n| (n, depth + 1)));
    }
    Ok(out)
}

/// A function's nodes for one call, with the caller's names and attributes.
fn body(caller: &NodeProto, function: &LocalFunction, call: usize) -> Vec<NodeProto> {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for (i, formal) in function.inputs.iter().enumerate() {
        names.insert(formal, caller.input.get(i).cloned().unwrap_or_default());
    }
    for (formal, actual) in function.outputs.iter().zip(&caller.output) {
        names.insert(formal, actual.clone());
    }
    let base = match caller.name.as_deref() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("call_{call}"),
    };
    let actual = |name: &String| match names.get(name.as_str()) {
        Some(actual) => actual.clone(),
        None if name.is_empty() => String::new(),
        None => format!("{base}/{name}"),
    };
    let given = |name: &str| {
        let is_it = |a: &&AttributeProto| a.name.as_deref() == Some(name);
        let own = caller.attribute.iter().find(is_it);
        own.or_else(|| function.defaults.iter().find(is_it))
    };
    function
        .nodes
        .iter()
        .map(|inner| {
            let mut node = inner.node.clone();
            node.name = Some(format!("{base}/{}", node.name.unwrap_or_default()));
            node.input = node.input.iter().map(actual).collect();
            node.output = node.output.iter().map(actual).collect();
            for (own, callers) in &inner.references {
                node.attribute.retain(|a| a.name.as_ref() != Some(own));
                if let Some(value) = given(callers) {
                    let mut value = value.clone();
                    value.name = Some(own.clone());
                    node.attribute.push(value);
                }
            }
            node
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
        let owned = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect();
        NodeProto {
            op_type: Some(op.to_owned()),
            input: owned(inputs),
            output: owned(outputs),
            ..NodeProto::default()
        }
    }

    #[test]
    fn calls_become_the_functions_nodes() {
        let inner = FunctionNode {
            node: node("LeakyRelu", &["x"], &["t"]),
            references: vec![("alpha".to_owned(), "slope".to_owned())],
        };
        let last = FunctionNode {
            node: node("Neg", &["t"], &["y"]),
            references: Vec::new(),
        };
        let function = LocalFunction {
            inputs: vec!["x".to_owned()],
            outputs: vec!["y".to_owned()],
            nodes: vec![inner, last],
            defaults: Vec::new(),
        };
        let functions = LocalFunctions::from([((String::new(), "F".to_owned()), function)]);
        let mut call = node("F", &["a"], &["b"]);
        call.attribute = vec![AttributeProto {
            name: Some("slope".to_owned()),
            f: Some(0.5),
            ..AttributeProto::default()
        }];
        let out = inline_functions(vec![call, node("Abs", &["b"], &["c"])], &functions)
            .expect("no circle");
        let edges: Vec<(String, String)> = out
            .iter()
            .map(|n| (n.input[0].clone(), n.output[0].clone()))
            .collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            edges,
            [pair("a", "call_1/t"), pair("call_1/t", "b"), pair("b", "c")]
        );
        assert_eq!(out[0].attribute[0].f, Some(0.5));
    }

    #[test]
    fn functions_that_call_themselves_are_refused() {
        let function = LocalFunction {
            nodes: vec![FunctionNode {
                node: node("F", &[], &[]),
                references: Vec::new(),
            }],
            ..LocalFunction::default()
        };
        let functions = LocalFunctions::from([((String::new(), "F".to_owned()), function)]);
        assert!(inline_functions(vec![node("F", &[], &[])], &functions).is_err());
    }
}
