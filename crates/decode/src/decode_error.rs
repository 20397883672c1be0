//! Errors of decoding, distinguished by who must act.

use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::units;

/// Longest description of a finding, in characters. It quotes names from the file and messages of crates, which may quote a whole list of
/// the file.
const MAX_FOUND: usize = 300;

/// A description on one line, of limited length, without control characters.
fn one_line(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut out: String = text.chars().map(clean).take(MAX_FOUND).collect();
    if text.chars().nth(MAX_FOUND).is_some() {
        out.push('\u{2026}');
    }
    out
}

/// A file that is not a readable depth map.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A broken file. The person who wrote or copied it must act.
    #[error("{}", tr!("{found}; expected {expected}: copy or export the file again", found = .found, expected = .expected))]
    Damaged {
        /// The finding.
        found: String,
        /// The expected content.
        expected: String,
    },
    /// A whole file that is not a readable depth map. The person who chose it must act.
    #[error("{}", tr!("{found}; expected {expected}: {remedy}", found = .found, expected = .expected, remedy = .remedy))]
    Unsuitable {
        /// The finding.
        found: String,
        /// The readable content.
        expected: String,
        /// The remedy.
        remedy: String,
    },
    /// A file that claims more pixels than any depth map needs.
    #[error("{}", tr!(
        "it claims {} x {} pixels; expected at most {} in one map: split or resize it",
        .width,
        .height,
        units::count(*.max_pixels as f64)
    ))]
    TooLarge {
        /// Claimed columns.
        width: u64,
        /// Claimed rows.
        height: u64,
        /// The limit.
        max_pixels: u64,
    },
}

impl DecodeError {
    pub(super) fn damaged(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Damaged {
            found: one_line(&found.into()),
            expected: tr_dynamic(&expected.into()).to_owned(),
        }
    }

    pub(super) fn unsuitable(
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Unsuitable {
            found: one_line(&found.into()),
            expected: tr_dynamic(&expected.into()).to_owned(),
            remedy: remedy.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_of_limited_length() {
        let rows = [
            ("a name".to_owned(), "a name".to_owned()),
            ("a\nb\u{7}".to_owned(), "a\u{fffd}b\u{fffd}".to_owned()),
            ("\u{e9}".repeat(300), "\u{e9}".repeat(300)),
            ("x".repeat(301), "x".repeat(300) + "\u{2026}"),
        ];
        for (text, expected) in rows {
            assert_eq!(one_line(&text), expected);
        }
    }
}
