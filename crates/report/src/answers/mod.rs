//! The three questions, answered with this data's numbers and no surer than they are: why is INT8 worse than theory, would a narrower
//! range help, and what should be done.
//!
//! Knows figures of a comparison, of ranges and of a plan. [`findings`] weighs them; `words` has all the words. Each number stands as
//! a span of its own that names the section it comes from. Where evidence is missing the answer says what to drop to get it.

mod findings;
mod words;

pub use findings::{Dominant, RangeFinding, Tell, TodoFinding, WhyFinding};

use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::RangeReport;
use fathom_analysis::compare::{Budget, Change};
use fathom_analysis::practice::calculator::Calculator;
use fathom_analysis::practice::planner::Plan;
use fathom_analysis::practice::what_if::WhatIf;
use fathom_core::depth::Role;
use fathom_core::quant::OutputRange;

/// A section of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The error budget.
    Budget,
    /// The table of metrics.
    Metrics,
    /// The grid of INT8's values.
    Grid,
    /// Errors by depth.
    Bands,
    /// Errors by frame.
    Frames,
    /// The curve over ranges.
    Ranges,
    /// The map over both ends.
    Map,
    /// The comparison of codes.
    Codes,
    /// Ranges that toolchains would pick.
    Calibrators,
    /// Sources and remedies.
    Planner,
    /// The calculator.
    Calculator,
    /// The table of candidate ranges.
    Table,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Budget,
        Self::Metrics,
        Self::Grid,
        Self::Bands,
        Self::Frames,
        Self::Ranges,
        Self::Map,
        Self::Codes,
        Self::Calibrators,
        Self::Planner,
        Self::Calculator,
        Self::Table,
    ];

    /// The anchor of the section.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Metrics => "metrics",
            Self::Grid => "grid",
            Self::Bands => "bands",
            Self::Frames => "frames",
            Self::Ranges => "curve-title",
            Self::Map => "map",
            Self::Codes => "codes",
            Self::Calibrators => "calibrators",
            Self::Planner => "planner",
            Self::Calculator => "calculator",
            Self::Table => "table-title",
        }
    }
}

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// A number with its unit, and where it comes from.
    Figure {
        /// The number.
        text: String,
        /// Its section.
        place: Place,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// The question.
    pub question: &'static str,
    /// The answer in one sentence, without numbers.
    pub headline: String,
    /// The numbers behind it, and what is missing.
    pub spans: Vec<Span>,
}

impl Paragraph {
    /// Headline and spans as one text.
    #[must_use]
    pub fn text(&self) -> String {
        let spans = self.spans.iter().map(|span| match span {
            Span::Text(text) | Span::Figure { text, .. } => text.as_str(),
        });
        std::iter::once(self.headline.as_str())
            .chain([" "])
            .chain(spans)
            .collect()
    }
}

/// What there is to answer from.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    /// Neither maps nor figures.
    Nothing,
    /// Ground truth alone.
    GroundTruth,
    /// Ground truth and floating-point predictions.
    GroundTruthAndFp32 {
        /// RMSE of `F`, in metres.
        rmse_fp32_m: f64,
    },
    /// Ground truth and INT8 predictions.
    GroundTruthAndInt8 {
        /// RMSE of `Q`, in metres.
        rmse_int8_m: f64,
        /// Step of the grid, in metres, where one was found.
        step_m: Option<f64>,
    },
    /// Both predictions without ground truth.
    Predictions {
        /// The budget, of which only the parts of `q` mean something.
        budget: &'a Budget,
        /// Step of the grid, in metres, where one was found.
        step_m: Option<f64>,
    },
    /// All three maps.
    All {
        /// The budget.
        budget: &'a Budget,
        /// Step of the grid, in metres, where one was found.
        step_m: Option<f64>,
        /// The change of the RMSE.
        change: &'a Change,
        /// Frames that were compared.
        frames: usize,
    },
    /// Figures without maps.
    Figures(&'a Calculator),
}

/// Whose depths the ranges were measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthsOf {
    /// Ground truth.
    GroundTruth,
    /// A prediction, for want of ground truth.
    Prediction,
}

impl DepthsOf {
    /// Of maps of that role; where it is not known they are not called the truth.
    #[must_use]
    pub fn of(role: Option<Role>) -> Self {
        match role {
            Some(Role::GroundTruth) => Self::GroundTruth,
            Some(Role::Float | Role::Quantized | Role::Board) | None => Self::Prediction,
        }
    }
}

/// The floating-point depths coded with the range in use and with the best one, against ground truth. Metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecodedRange {
    /// RMSE with the range in use.
    pub now_m: f64,
    /// The range with the lowest RMSE.
    pub best: OutputRange,
    /// The RMSE there.
    pub best_m: f64,
}

impl RecodedRange {
    /// Read off the curve over ends.
    #[must_use]
    pub fn of(curve: &WhatIf) -> Self {
        Self {
            now_m: curve.current_m,
            best: curve.best.0,
            best_m: curve.best.1,
        }
    }
}

/// What is known of ranges.
#[derive(Clone, Copy, Debug)]
pub struct RangeFacts<'a> {
    /// The range in use.
    pub current: &'a RangeReport,
    /// What clipped pixels do.
    pub policy: Policy,
    /// Whose depths these are.
    pub depths_of: DepthsOf,
    /// The narrower candidate with the lowest RMSE.
    pub narrower: Option<&'a RangeReport>,
    /// The best range of each metric, as far as the search has come.
    pub best: &'a [BestRange],
    /// The same question asked of predictions.
    pub recoded: Option<RecodedRange>,
}

/// What the answers are made of.
#[derive(Clone, Copy, Debug)]
pub struct AnswersInput<'a> {
    /// Maps or figures.
    pub held: Held<'a>,
    /// Ranges, where depths and a range are known.
    pub range: Option<RangeFacts<'a>>,
    /// The plan, where there is one.
    pub plan: Option<&'a Plan>,
}

/// What the maps or figures say to the first question, before any words.
#[must_use]
pub fn weigh(held: &Held) -> WhyFinding {
    findings::why(held)
}

/// The three answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Why is INT8 so much worse than theory?
    pub why: Paragraph,
    /// Would a narrower range help?
    pub range: Paragraph,
    /// What should be done?
    pub todo: Paragraph,
}

impl Answers {
    /// Answers the three questions.
    #[must_use]
    pub fn of(input: &AnswersInput) -> Self {
        Self {
            why: words::why(input, findings::why(&input.held)),
            range: words::range(input, findings::range(input)),
            todo: words::todo(input, findings::todo(input)),
        }
    }
}

#[cfg(test)]
mod tests;
