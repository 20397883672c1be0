//! Writes lines from translated templates with named placeholders.

use super::super::card::{Line, Span, text_of};
use super::super::figures::{Figures, Quantity};

/// The value of a placeholder.
pub(super) enum Filling {
    Words(String),
    Figure(Quantity),
}

impl From<Quantity> for Filling {
    fn from(quantity: Quantity) -> Self {
        Self::Figure(quantity)
    }
}

impl From<String> for Filling {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&str> for Filling {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

/// Appends sentences to a line. Each sentence is one template, so that a translation may put its figures in another order.
pub(super) struct LineWriter<'a> {
    figures: &'a Figures,
    line: Line,
}

impl<'a> LineWriter<'a> {
    pub(super) fn new(figures: &'a Figures) -> Self {
        Self {
            figures,
            line: Line::new(),
        }
    }

    /// Adds a sentence without placeholders.
    pub(super) fn add(&mut self, sentence: &str) -> &mut Self {
        self.fill(sentence, [])
    }

    /// Adds a sentence with its placeholders `{name}` replaced. A placeholder without a value stays as it is.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "callers write the values in place"
    )]
    pub(super) fn fill<const N: usize>(
        &mut self,
        template: &str,
        values: [(&str, Filling); N],
    ) -> &mut Self {
        if !self.line.is_empty() {
            self.push_text(" ");
        }
        let mut rest = template;
        while let Some((before, name, after)) = next_placeholder(rest) {
            self.push_text(before);
            match values.iter().find(|(own, _)| *own == name) {
                Some((_, Filling::Words(words))) => self.push_text(words),
                Some((_, Filling::Figure(quantity))) => self.push_figure(*quantity),
                None => self.push_text(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        self.push_text(rest);
        self
    }

    fn push_figure(&mut self, quantity: Quantity) {
        let found = self.figures.get(quantity).zip(self.figures.text(quantity));
        if let Some((figure, text)) = found {
            self.line.push(Span::Figure {
                text,
                quantity,
                section: figure.section,
            });
        }
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Span::Text(last)) = self.line.last_mut() {
            last.push_str(text);
        } else {
            self.line.push(Span::Text(text.to_owned()));
        }
    }

    /// Takes the sentences as text.
    pub(super) fn text(&mut self) -> String {
        text_of(&self.finish())
    }

    /// Takes the sentences.
    pub(super) fn finish(&mut self) -> Line {
        std::mem::take(&mut self.line)
    }
}

/// Splits a template at its first placeholder into the text before, the name, and the text after.
fn next_placeholder(sentence: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = sentence.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// Capitalises the first letter, in scripts that have capitals.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}
