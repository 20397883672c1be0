//! The text of an answer: lines in which every figure names its quantity and the section of the page that shows it.

use serde::{Deserialize, Serialize};

use super::figures::Quantity;
use super::section_id::SectionId;

/// A piece of a line: words or a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Words.
    Text(String),
    /// A number with its unit.
    Figure {
        /// The number with its unit, as displayed.
        text: String,
        /// The quantity.
        quantity: Quantity,
        /// The section that shows it.
        section: SectionId,
    },
}

/// A sentence or two.
pub type Line = Vec<Span>;

/// Returns a line as text.
pub(super) fn text_of(line: &[Span]) -> String {
    line.iter()
        .map(|span| match span {
            Span::Text(text) | Span::Figure { text, .. } => text.as_str(),
        })
        .collect()
}

/// The answer to one question in three lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The question, translated.
    pub question: String,
    /// The answer.
    pub answer: Line,
    /// The figures behind it.
    pub size: Line,
    /// The next step, with the files that are missing for a better answer.
    pub action: Line,
}

impl Card {
    /// Returns the answer as text.
    #[must_use]
    pub fn headline(&self) -> String {
        text_of(&self.answer)
    }

    /// Returns all lines as one text.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = [&self.answer, &self.size, &self.action].map(|line| text_of(line));
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        lines.join(" ")
    }

    /// Returns the figures of all lines: quantity and text.
    pub fn figures(&self) -> impl Iterator<Item = (Quantity, &str)> {
        let lines = [&self.answer, &self.size, &self.action];
        lines.into_iter().flatten().filter_map(|span| match span {
            Span::Figure { text, quantity, .. } => Some((*quantity, text.as_str())),
            Span::Text(_) => None,
        })
    }
}
