//! Writes the sentences of a paragraph from translated templates with named placeholders.

use super::super::answer_input::RangeEvidence;
use super::super::paragraph::{Paragraph, SectionId, Span};
use fathom_analysis::RangeReport;
use fathom_core::i18n::tr;
use fathom_core::units;

/// The value of a placeholder.
pub(super) enum Value {
    Words(String),
    Figure(String, SectionId),
}

use Value::Figure;

/// Formats a length in metres as a figure.
pub(super) fn length(metres: f64, section: SectionId) -> Value {
    Figure(units::length(metres), section)
}

/// Formats a share in 0..1 as a figure.
pub(super) fn share(share: f64, section: SectionId) -> Value {
    Figure(units::share(share), section)
}

/// Appends sentences to the spans of a paragraph.
///
/// Each sentence is one template, so that a translation may put its figures in another order.
#[derive(Default)]
pub(super) struct ParagraphWriter(Vec<Span>);

impl ParagraphWriter {
    /// Adds a sentence without placeholders.
    pub(super) fn add(&mut self, sentence: &str) -> &mut Self {
        self.fill(sentence, &[])
    }

    /// Adds a sentence with its placeholders `{name}` replaced. A placeholder without a value stays as it is.
    pub(super) fn fill(&mut self, template: &str, values: &[(&str, Value)]) -> &mut Self {
        if !self.0.is_empty() {
            self.push_text(" ");
        }
        let mut rest = template;
        while let Some((before, name, after)) = next_placeholder(rest) {
            self.push_text(before);
            match values.iter().find(|(own, _)| *own == name) {
                Some((_, Value::Words(words))) => self.push_text(words),
                Some((_, Figure(text, section))) => self.0.push(Span::Figure {
                    text: text.clone(),
                    section: *section,
                }),
                None => self.push_text(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        self.push_text(rest);
        self
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Span::Text(last)) = self.0.last_mut() {
            last.push_str(text);
        } else {
            self.0.push(Span::Text(text.to_owned()));
        }
    }

    /// Returns true if no sentence was added.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the sentences as a paragraph.
    pub(super) fn finish(&mut self, question: &'static str, headline: &str) -> Paragraph {
        Paragraph {
            question,
            headline: headline.to_owned(),
            spans: std::mem::take(&mut self.0),
        }
    }
}

/// Splits a template at its first placeholder into the text before, the name, and the text after.
fn next_placeholder(sentence: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = sentence.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// Formats the ends of a measured range.
pub(super) fn range_text(report: &RangeReport) -> String {
    units::range(report.named.range.min_m(), report.named.range.max_m())
}

/// Adds the rounding and clipping errors of the range in use.
pub(super) fn add_output_error(w: &mut ParagraphWriter, evidence: &RangeEvidence) {
    let r = evidence.current;
    let range = ("range", Figure(range_text(r), SectionId::Table));
    let ideal = ("ideal", length(r.ideal_rmse_m, SectionId::Table));
    if let Some(errors) = r.errors {
        let rounding = ("rounding", length(errors.rounding_m, SectionId::Table));
        let clipping = ("clipping", length(errors.clipping_m, SectionId::Table));
        w.fill(
            tr!(
                "With {range} rounding has by theory an RMSE of {ideal}; on these depths rounding costs {rounding} and clipping {clipping}.",
            ),
            &[range, ideal, rounding, clipping],
        );
    } else {
        w.fill(
            tr!("With {range} rounding has by theory an RMSE of {ideal}."),
            &[range, ideal],
        );
    }
}
