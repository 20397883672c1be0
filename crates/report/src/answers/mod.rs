//! The answers to the page's three questions, in words and with the figures of the analysed data.
//!
//! The questions: what does INT8 cost and where does it come from, would another output range help, and what should be done. `findings`
//! decides what the figures support and sets each quantity once; `words` turns findings into sentences and sees nothing else. Where
//! evidence is missing, the answer names the files to add. Nothing here measures anything.

mod answer_input;
mod card;
mod cost_finding;
mod figures;
mod findings;
mod network_finding;
mod questions;
mod range_finding;
mod remedy_finding;
mod section_id;
mod words;

use serde::{Deserialize, Serialize};

pub use answer_input::{
    AnswerEvidence, AnswersInput, ComparedMaps, DepthsSource, RangeEvidence, RequantizedRange,
};
pub use card::{Card, Line, Span};
pub use cost_finding::{CostFinding, DominantPart, Significance};
pub use figures::{Figure, Figures, Quantity, Value};
pub use findings::Findings;
pub use network_finding::{GuiltyLayers, KeptLayers, NetworkFinding};
pub use questions::questions;
pub use range_finding::{Luck, RangeFinding, RangeMove};
pub use remedy_finding::{ChosenRemedy, RemedyFinding};
pub use section_id::SectionId;
pub(crate) use words::network_verdict;

/// The three answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// What does INT8 cost here, and where does it come from?
    pub cost: Card,
    /// Would another output range help?
    pub range: Card,
    /// What should I do?
    pub action: Card,
}

impl Answers {
    /// Answers the three questions in the current locale.
    #[must_use]
    pub fn new(input: &AnswersInput) -> Self {
        Self::from_findings(&Findings::new(input))
    }

    /// Answers them for depths without compared predictions; `None` while the best range is searched.
    ///
    /// A program that calls this alone leaves out the words of comparisons.
    #[must_use]
    pub fn from_depths(evidence: &AnswerEvidence, range: &RangeEvidence) -> Option<Self> {
        let findings = Findings::from_depths(evidence, Some(range));
        let is_searching = matches!(findings.range, RangeFinding::Searching(_));
        (!is_searching).then(|| Self {
            cost: words::depth_cost_card(&findings),
            range: words::range_card(&findings),
            action: words::depth_action_card(&findings),
        })
    }

    /// Words the findings in the current locale.
    #[must_use]
    pub fn from_findings(findings: &Findings) -> Self {
        Self {
            cost: words::cost_card(findings),
            range: words::range_card(findings),
            action: words::action_card(findings),
        }
    }

    /// Returns the cards in the order of the questions.
    #[must_use]
    pub fn cards(&self) -> [&Card; 3] {
        [&self.cost, &self.range, &self.action]
    }
}

#[cfg(test)]
mod answer_tests;
