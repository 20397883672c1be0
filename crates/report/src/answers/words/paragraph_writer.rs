//! The words of the three answers, in one place. Each sentence is one text with named places, so that another language can put its
//! numbers in another order; numbers are spans of their own, each with its unit and its section.

mod range;
mod todo;
mod why;

pub(super) use range::range;
pub(super) use todo::todo;
pub(super) use why::why;

use super::{Paragraph, Place, RangeFacts, Span};
use fathom_analysis::RangeReport;
use fathom_core::i18n::tr;
use fathom_core::units;

/// What stands in a place of a sentence.
enum Filling {
    Words(String),
    Figure(String, Place),
}

use Filling::Figure;

/// A length as a figure.
fn length(metres: f64, place: Place) -> Filling {
    Figure(units::length(metres), place)
}

/// A share as a figure.
fn share(share: f64, place: Place) -> Filling {
    Figure(units::share(share), place)
}

/// A paragraph being written.
#[derive(Default)]
struct Words(Vec<Span>);

impl Words {
    /// Adds a sentence without figures.
    fn say(&mut self, sentence: &str) -> &mut Self {
        self.write(sentence, &[])
    }

    /// Adds a sentence whose places `{name}` are filled in. A place without a filling stays as it is.
    fn write(&mut self, sentence: &str, fillings: &[(&str, Filling)]) -> &mut Self {
        if !self.0.is_empty() {
            self.text(" ");
        }
        let mut rest = sentence;
        while let Some((before, name, after)) = place_in(rest) {
            self.text(before);
            match fillings.iter().find(|(own, _)| *own == name) {
                Some((_, Filling::Words(words))) => self.text(words),
                Some((_, Figure(text, place))) => self.0.push(Span::Figure {
                    text: text.clone(),
                    place: *place,
                }),
                None => self.text(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        self.text(rest);
        self
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Span::Text(last)) = self.0.last_mut() {
            last.push_str(text);
        } else {
            self.0.push(Span::Text(text.to_owned()));
        }
    }

    fn paragraph(&mut self, question: &'static str, headline: &str) -> Paragraph {
        Paragraph {
            question,
            headline: headline.to_owned(),
            spans: std::mem::take(&mut self.0),
        }
    }
}

/// The first place of a sentence: what stands before it, its name, and what follows.
fn place_in(sentence: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = sentence.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn range_text(report: &RangeReport) -> String {
    units::range(report.named.range.min_m(), report.named.range.max_m())
}

fn output_alone(w: &mut Words, facts: &RangeFacts) {
    let r = facts.current;
    let range = ("range", Figure(range_text(r), Place::Table));
    let ideal = ("ideal", length(r.ideal_rmse_m, Place::Table));
    if let Some(errors) = r.errors {
        let rounding = ("rounding", length(errors.rounding_m, Place::Table));
        let clipping = ("clipping", length(errors.clipping_m, Place::Table));
        w.write(
            tr!(
                "With {range} rounding has by theory an RMSE of {ideal}; on these depths rounding costs {rounding} and clipping {clipping}.",
            ),
            &[range, ideal, rounding, clipping],
        );
    } else {
        w.write(
            tr!("With {range} rounding has by theory an RMSE of {ideal}."),
            &[range, ideal],
        );
    }
}
