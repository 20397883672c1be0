//! Errors of reading and running a network: one sentence each, with the node and a remedy.

use std::fmt;

use fathom_core::i18n::{tr, tr_dynamic};

/// Longest quoted name. Names come from files, which can hold anything.
const LONGEST_NAME: usize = 120;

/// A refusal. Each text says what was found and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The bytes are no ONNX model, or a damaged one.
    #[error("{}", tr!("The file is not a whole ONNX model: {problem}; export it again, or check that it was copied completely.", problem = .problem))]
    NotOnnx {
        /// The reader's finding.
        problem: String,
    },
    /// A part of the model contradicts another.
    #[error("{}", tr!("{place}: {problem}; check the file with onnx.checker and export it again.", place = .place, problem = .problem))]
    Invalid {
        /// The tensor, input or graph.
        place: String,
        /// The fault.
        problem: String,
    },
    /// A node that cannot be run or read.
    #[error("{}", tr!("Node {node} ({operator}): {problem}; {remedy}.", node = .node, operator = .operator, problem = .problem, remedy = .remedy))]
    Node {
        /// Name of the node, or its output if it has none.
        node: String,
        /// Operator with its domain.
        operator: String,
        /// The problem.
        problem: String,
        /// The remedy.
        remedy: String,
    },
    /// A file with weights is absent.
    #[error("{}", tr!("The weights of {tensor} lie in the file {file}, which is absent; drop it together with the model.", tensor = .tensor, file = .file))]
    MissingExternalData {
        /// The initializer.
        tensor: String,
        /// The file that the model names.
        file: String,
    },
    /// The model asks for more than the limits allow.
    #[error("{}", tr!("{place} needs {needed} bytes of memory, over the limit of {limit}; use a smaller input or a smaller network.", place = .place, needed = .needed, limit = .limit))]
    OverLimit {
        /// The part that asks for memory.
        place: String,
        /// Bytes asked for.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The values given to an input do not fit.
    #[error("{}", tr!("Input {input}: {problem}; expected {expected}.", input = .input, problem = .problem, expected = .expected))]
    Input {
        /// Name of the input.
        input: String,
        /// The given input.
        problem: String,
        /// The input that the model expects.
        expected: String,
    },
    /// A file of quantizer parameters that cannot be read.
    #[error("{}", tr!("The encodings file: {problem}; expected AIMET's JSON with activation_encodings and param_encodings.", problem = .problem))]
    Encodings {
        /// The problem.
        problem: String,
    },
    /// The two models do not belong together.
    #[error("{}", tr!("The models do not match: {problem}; check that the INT8 model was made from this FP32 model.", problem = .problem))]
    Mismatch {
        /// The difference.
        problem: String,
    },
}

impl NetworkError {
    pub(crate) fn node(
        node: &str,
        operator: &str,
        problem: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self::Node {
            node: quoted(node),
            operator: quoted(operator),
            problem: one_line(&problem.to_string()),
            remedy: tr_dynamic(&remedy.to_string()).to_owned(),
        }
    }

    pub(crate) fn invalid(place: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self::Invalid {
            place: one_line(&place.to_string()),
            problem: one_line(&problem.to_string()),
        }
    }
}

/// A name from a file, made fit for a sentence: without control characters, and not endless.
pub(crate) fn quoted(name: &str) -> String {
    if name.is_empty() {
        return tr!("without a name").to_owned();
    }
    shortened(name, LONGEST_NAME)
}

/// A message of another crate as part of a sentence.
fn one_line(text: &str) -> String {
    shortened(text.trim_end_matches('.'), 4 * LONGEST_NAME)
}

fn shortened(text: &str, longest: usize) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut out: String = text.chars().take(longest).map(clean).collect();
    if text.chars().nth(longest).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_one_line_and_short() {
        let error = NetworkError::node(
            &"x\n".repeat(500),
            "Conv",
            "has\tno weight.\n",
            "export it again",
        );
        let text = error.to_string();
        assert!(!text.contains(char::is_control), "{text:?}");
        assert!(text.chars().count() < 400, "{text}");
        assert!(
            NetworkError::invalid("a", "b")
                .to_string()
                .starts_with("a: b; ")
        );
    }
}
