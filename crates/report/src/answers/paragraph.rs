//! The text of an answer, in which every figure names the section of the page that it comes from.

/// A section of the page that figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionId {
    /// Error budget.
    Budget,
    /// Table of metrics.
    Metrics,
    /// Grid of the INT8 output values.
    Grid,
    /// Errors by depth.
    Bands,
    /// Errors by frame.
    Frames,
    /// RMSE against the end of the range.
    Ranges,
    /// RMSE against both ends of the range.
    Map,
    /// Comparison of codes.
    Codes,
    /// Ranges that calibration methods choose.
    Calibrators,
    /// Planner: error sources and remedies.
    Planner,
    /// Calculator.
    Calculator,
    /// Table of candidate ranges.
    Table,
}

impl SectionId {
    /// All sections.
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

    /// Returns the `id` of the section's element on the page.
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

/// A piece of a paragraph: words or a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// A number with its unit.
    Figure {
        /// The number with its unit, as displayed.
        text: String,
        /// The section that shows it.
        section: SectionId,
    },
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// The question, translated.
    pub question: &'static str,
    /// The answer in one sentence, without numbers.
    pub headline: String,
    /// Sentences with the numbers, and with the files that are missing for a better answer.
    pub spans: Vec<Span>,
}

impl Paragraph {
    /// Returns headline and spans as one text.
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
