//! The words of the three answers, in one place. Numbers are spans of their own, each with its unit and its section.

mod range;
mod todo;
mod why;

pub(super) use range::range;
pub(super) use todo::todo;
pub(super) use why::why;

use super::{Paragraph, Place, RangeFacts, Span};
use crate::analysis::range_report::RangeReport;
use crate::units;

/// A paragraph being written.
#[derive(Default)]
struct Words(Vec<Span>);

impl Words {
    fn say(&mut self, text: &str) -> &mut Self {
        if let Some(Span::Text(last)) = self.0.last_mut() {
            last.push_str(text);
        } else {
            self.0.push(Span::Text(text.to_owned()));
        }
        self
    }

    fn figure(&mut self, text: String, place: Place) -> &mut Self {
        self.0.push(Span::Figure { text, place });
        self
    }

    fn length(&mut self, metres: f64, place: Place) -> &mut Self {
        self.figure(units::length(metres), place)
    }

    fn share(&mut self, share: f64, place: Place) -> &mut Self {
        self.figure(units::share(share), place)
    }

    fn paragraph(&mut self, question: &'static str, headline: &str) -> Paragraph {
        // Sentences that can come first or later begin with a space.
        if let Some(Span::Text(first)) = self.0.first_mut() {
            *first = first.trim_start().to_owned();
        }
        Paragraph {
            question,
            headline: headline.to_owned(),
            spans: std::mem::take(&mut self.0),
        }
    }
}

fn range_text(report: &RangeReport) -> String {
    units::range(report.named.range.min_m(), report.named.range.max_m())
}

fn output_alone(w: &mut Words, facts: &RangeFacts) {
    let r = facts.current;
    w.say("With ").figure(range_text(r), Place::Table);
    w.say(" rounding has by theory an RMSE of ")
        .length(r.ideal_rmse_m, Place::Table);
    if let Some(errors) = r.errors {
        w.say("; on these depths rounding costs ")
            .length(errors.rounding_m, Place::Table);
        w.say(" and clipping ")
            .length(errors.clipping_m, Place::Table);
    }
    w.say(".");
}
