//! The answers to the page's three questions, in words and with the figures of the analysed data.
//!
//! The questions: why is INT8 worse than theory predicts, would a narrower output range help, and what should be done. `findings` decides
//! what the figures support; `words` turns a finding into sentences. Where evidence is missing, the answer names the files to add.
//! Nothing here measures anything.

mod answer_input;
mod findings;
mod paragraph;
mod words;

pub use answer_input::{
    AnswerEvidence, AnswersInput, DepthsSource, RangeEvidence, RequantizedRange,
};
pub use findings::{
    DominantPart, RangeFinding, Significance, TodoFinding, WhyFinding, why_finding,
};
pub use paragraph::{Paragraph, SectionId, Span};

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
    /// Answers the three questions in the current locale.
    #[must_use]
    pub fn new(input: &AnswersInput) -> Self {
        Self {
            why: words::why_paragraph(input, why_finding(&input.evidence)),
            range: words::range_paragraph(input, findings::range_finding(input)),
            todo: words::todo_paragraph(input, findings::todo_finding(input)),
        }
    }
}

#[cfg(test)]
mod answer_tests;
