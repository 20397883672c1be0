//! The skeleton of a Protocol Buffers file: lengths and nesting are checked before anything is read.
//!
//! The reader of `rten-onnx` reserves the memory that a length claims, and descends as deep as a file nests. Both are checked here first.

use fathom_core::i18n::tr;
use fathom_decode::WireFields;

/// Deepest nesting of messages; a graph in an attribute of a node in a graph is three deep.
const DEEPEST: usize = 64;

/// Messages that hold others.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Sequence,
    Function,
    Leaf,
}

impl Message {
    /// The kind of message in a field.
    fn child(self, field: u64) -> Option<Self> {
        Some(match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6) => Self::Graph,
            (Self::Model, 8 | 14) | (Self::Tensor, 13) | (Self::Shape, 1) => Self::Leaf,
            (Self::Model, 25) => Self::Function,
            (Self::Graph, 1) | (Self::Function, 7) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Node, 5) => Self::Attribute,
            (Self::ValueInfo, 2) | (Self::Sequence, 1) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::Type, 4) => Self::Sequence,
            (Self::TensorType, 2) => Self::Shape,
            _ => return None,
        })
    }
}

/// Checks that every length lies within the message around it, and that messages do not nest without end.
///
/// # Errors
/// The problem, as part of a sentence.
pub(crate) fn check_wire(bytes: &[u8]) -> Result<(), String> {
    let mut open = vec![(Message::Model, bytes, 0_usize)];
    while let Some((message, bytes, depth)) = open.pop() {
        if depth > DEEPEST {
            return Err(tr!(
                "its messages nest deeper than {DEEPEST} levels",
                DEEPEST
            ));
        }
        let mut fields = WireFields::new(bytes);
        for field in fields.by_ref() {
            if let (Some(child), Some(bytes)) = (message.child(field.number), field.bytes) {
                open.push((child, bytes, depth + 1));
            }
        }
        if fields.is_damaged() {
            let part = format!("{message:?}").to_lowercase();
            return Err(tr!("a part of it ({part}) ends early or is damaged", part));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(field: u8, inner: &[u8]) -> Vec<u8> {
        let mut out = vec![field << 3 | 2];
        let mut length = inner.len();
        while length >= 0x80 {
            out.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend(inner);
        out
    }

    #[test]
    fn lengths_lie_within_the_message_around() {
        assert_eq!(check_wire(&nested(7, &nested(1, &nested(5, &[])))), Ok(()));
        // A node that claims a gigabyte.
        let claim = nested(7, &[0x0a, 0x80, 0x80, 0x80, 0x80, 0x04]);
        assert!(check_wire(&claim).is_err());
        // A number that never ends, and a wire type that does not exist.
        assert!(check_wire(&[0x08, 0xff, 0xff]).is_err());
        assert!(check_wire(&[0x0f]).is_err());
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut graph = Vec::new();
        for _ in 0..1000 {
            graph = nested(1, &nested(5, &nested(6, &graph)));
        }
        let error = check_wire(&nested(7, &graph)).expect_err("too deep");
        assert!(error.contains("deeper"), "{error}");
    }
}
