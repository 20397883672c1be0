//! The findings: what the figures support, before any words.

use super::answer_input::{AnswerEvidence, AnswersInput, RangeEvidence};
use super::cost_finding::CostFinding;
use super::figures::Figures;
use super::network_finding::NetworkFinding;
use super::range_finding::RangeFinding;
use super::remedy_finding::RemedyFinding;
use fathom_analysis::compare::{Average, Evaluator};

/// The findings that the figures support, one a question, with every quantity that sentences may name.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// INT8's cost and its sources.
    pub cost: CostFinding,
    /// Effect of another output range.
    pub range: RangeFinding,
    /// Remedies.
    pub remedies: RemedyFinding,
    /// Layers of the network; `None` where it was not measured.
    pub network: Option<NetworkFinding>,
    /// Files or figures that a better answer needs.
    pub missing: MissingInput,
    /// Protocol of network figures; `None` without compared maps.
    pub protocol: Option<(Option<Evaluator>, Average)>,
    /// True if quantization undoes a notable part of FP32's own error.
    pub noise_cancels_errors: bool,
    /// All quantities.
    pub figures: Figures,
}

/// Input that a better answer needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingInput {
    /// None.
    Nothing,
    /// Every map.
    AllMaps,
    /// Both predictions.
    BothPredictions,
    /// INT8 predictions.
    Int8,
    /// FP32 predictions.
    Fp32,
    /// Ground truth.
    GroundTruth,
}

impl MissingInput {
    fn of(evidence: &AnswerEvidence) -> Self {
        match evidence {
            AnswerEvidence::Nothing | AnswerEvidence::Published(_) | AnswerEvidence::Figures(_) => {
                Self::AllMaps
            }
            AnswerEvidence::GroundTruth => Self::BothPredictions,
            AnswerEvidence::GroundTruthAndFp32 { .. } => Self::Int8,
            AnswerEvidence::GroundTruthAndInt8 { .. } => Self::Fp32,
            AnswerEvidence::Predictions { .. } => Self::GroundTruth,
            AnswerEvidence::All(_) => Self::Nothing,
        }
    }
}

/// Share of the mean of `q^2` from which on its cross term with FP32's error counts.
const NOTABLE: f64 = 0.1;

impl Findings {
    /// Finds what the input supports.
    #[must_use]
    pub fn new(input: &AnswersInput) -> Self {
        let mut figures = Figures::default();
        let cost = CostFinding::new(&input.evidence, &mut figures);
        let range = RangeFinding::new(input, &mut figures);
        let remedies = RemedyFinding::new(input, cost, &mut figures);
        let network = input.network.as_ref();
        let network = network.map(|network| NetworkFinding::new(network, &mut figures));
        let protocol = match &input.evidence {
            AnswerEvidence::All(maps) => Some((maps.evaluator, maps.average)),
            _ => None,
        };
        let (cross, mse_quant) = match &input.evidence {
            AnswerEvidence::All(maps) => (maps.budget.cross, maps.budget.mse_quant),
            _ => (0.0, 0.0),
        };
        Self {
            cost,
            range,
            remedies,
            network,
            missing: MissingInput::of(&input.evidence),
            protocol,
            noise_cancels_errors: cross < -NOTABLE * mse_quant,
            figures,
        }
    }

    /// Finds what depths without compared predictions support.
    #[must_use]
    pub fn from_depths(evidence: &AnswerEvidence, range: Option<&RangeEvidence>) -> Self {
        let mut figures = Figures::default();
        let cost = CostFinding::from_depths(evidence, &mut figures);
        let range = RangeFinding::from_depths(evidence, range, &mut figures);
        Self {
            cost,
            range,
            remedies: RemedyFinding::NoPlan,
            network: None,
            missing: MissingInput::of(evidence),
            protocol: None,
            noise_cancels_errors: false,
            figures,
        }
    }
}
