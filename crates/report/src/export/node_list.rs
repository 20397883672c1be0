//! Nodes to keep at more bits, as toolchains read them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The reader of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeListFormat {
    /// `nodes_to_exclude` of ONNX Runtime's `quantize_static`: a list in JSON, which is one in Python too.
    OnnxRuntime,
    /// Arguments of `trtexec`: precisions of layers, and obedience to them.
    TensorRt,
    /// `ignored_scope` of `nncf.quantize`: an expression in Python.
    Nncf,
    /// A name a line.
    Names,
}

impl NodeListFormat {
    /// All.
    pub const ALL: [Self; 4] = [Self::OnnxRuntime, Self::TensorRt, Self::Nncf, Self::Names];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OnnxRuntime => "onnxruntime",
            Self::TensorRt => "tensorrt",
            Self::Nncf => "nncf",
            Self::Names => "names",
        }
    }
}

impl fmt::Display for NodeListFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NodeListFormat {
    type Err = NodeListError;

    fn from_str(text: &str) -> Result<Self, NodeListError> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| NodeListError::UnknownFormat {
            text: text.to_owned(),
        })
    }
}

/// A list that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NodeListError {
    /// No toolchain has this name.
    #[error("there is no list `{text}`: it is onnxruntime, tensorrt, nncf or names")]
    UnknownFormat {
        /// The name.
        text: String,
    },
    /// `trtexec` splits its arguments at commas and colons.
    #[error(
        "trtexec cannot read the node name `{name}`, which holds a comma, a colon or a space: rename the node, or take the list `names` and set each layer's precision in a program"
    )]
    Unspeakable {
        /// The node.
        name: String,
    },
    /// A name spreads over lines.
    #[error(
        "the node name `{name}` holds a line break, which ends a name in this list: take another list"
    )]
    BrokenName {
        /// The node.
        name: String,
    },
}

/// The list of some nodes. `bits` is 16 or 32: the precision in which they are kept, where the toolchain lets one choose.
///
/// # Errors
/// If a name cannot be written in this list.
pub fn node_list(
    format: NodeListFormat,
    nodes: &[String],
    bits: u8,
) -> Result<String, NodeListError> {
    let quoted = || nodes.iter().map(|name| string(name)).collect::<Vec<_>>();
    match format {
        NodeListFormat::OnnxRuntime => Ok(format!("[{}]\n", quoted().join(", "))),
        NodeListFormat::Nncf => Ok(format!(
            "nncf.IgnoredScope(names=[{}])\n",
            quoted().join(", ")
        )),
        NodeListFormat::TensorRt => {
            let is_hard = |c: char| matches!(c, ',' | ':') || c.is_whitespace();
            if let Some(name) = nodes.iter().find(|name| name.contains(is_hard)) {
                return Err(NodeListError::Unspeakable { name: name.clone() });
            }
            let precision = if bits <= 16 { "fp16" } else { "fp32" };
            let layers = nodes.iter().map(|name| format!("{name}:{precision}"));
            let layers = layers.collect::<Vec<_>>().join(",");
            Ok(format!(
                "--precisionConstraints=obey --layerPrecisions={layers}\n"
            ))
        }
        NodeListFormat::Names => {
            if let Some(name) = nodes.iter().find(|name| name.contains(['\n', '\r'])) {
                return Err(NodeListError::BrokenName { name: name.clone() });
            }
            Ok(nodes.iter().map(|name| format!("{name}\n")).collect())
        }
    }
}

/// A string of JSON, which is one of Python too.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_gets_its_form() {
        let nodes = ["/a/Conv".to_owned(), "node_\"2\"".to_owned()];
        for (format, expected) in [
            ("onnxruntime", "[\"/a/Conv\", \"node_\\\"2\\\"\"]\n"),
            (
                "tensorrt",
                "--precisionConstraints=obey --layerPrecisions=/a/Conv:fp16,node_\"2\":fp16\n",
            ),
            (
                "nncf",
                "nncf.IgnoredScope(names=[\"/a/Conv\", \"node_\\\"2\\\"\"])\n",
            ),
            ("names", "/a/Conv\nnode_\"2\"\n"),
        ] {
            let format: NodeListFormat = format.parse().expect("a format");
            assert_eq!(node_list(format, &nodes, 16).as_deref(), Ok(expected));
        }
        let text = node_list(NodeListFormat::TensorRt, &nodes[..1], 32).expect("a list");
        assert!(text.ends_with("/a/Conv:fp32\n"));
        assert!("openvino".parse::<NodeListFormat>().is_err());
    }

    #[test]
    fn names_that_a_list_cannot_hold_are_refused() {
        let nodes = ["model/full:0".to_owned()];
        let error = node_list(NodeListFormat::TensorRt, &nodes, 16).expect_err("a colon");
        assert!(error.to_string().contains("`model/full:0`"), "{error}");
        let broken = ["a\nb".to_owned()];
        assert!(node_list(NodeListFormat::Names, &broken, 16).is_err());
        let text = node_list(NodeListFormat::OnnxRuntime, &broken, 16).expect("a list");
        assert_eq!(text, "[\"a\\nb\"]\n");
    }
}
