//! The finding for the third question: what should I do?

use super::answer_input::AnswersInput;
use super::cost_finding::{CostFinding, DominantPart, Significance};
use super::figures::{Figures, Quantity, Value};
use super::section_id::SectionId;
use fathom_analysis::diagnosis::calculator::Direction;
use fathom_analysis::diagnosis::planner::{
    Basis, GainVisibility, Plan, Remedy, RemedyKind, RemedySetting,
};

/// Relative rise of the RMSE from which on it is no small change.
const NOTABLE: f64 = 0.01;

/// Relative difference of two sums of the same squares, in another order or in the single precision of a link.
const SAME: f64 = 1e-6;

/// A remedy that an answer names.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenRemedy {
    /// Kind of remedy.
    pub kind: RemedyKind,
    /// The new range or code, or the layers that are kept, where there are some.
    pub setting: Option<RemedySetting>,
    /// Origin of the expectation.
    pub basis: Basis,
    /// True if the gain is smaller than these frames can show.
    pub is_within_chance: bool,
}

impl From<&Remedy> for ChosenRemedy {
    fn from(remedy: &Remedy) -> Self {
        Self {
            kind: remedy.kind,
            setting: remedy.setting.clone(),
            basis: remedy.basis,
            is_within_chance: remedy.visibility == GainVisibility::Within,
        }
    }
}

/// The finding for the third question.
#[derive(Clone, Debug, PartialEq)]
pub enum RemedyFinding {
    /// There are neither maps nor figures.
    Nothing,
    /// Evidence for a plan is missing.
    NoPlan,
    /// These frames show no loss. A measured remedy that lowers the RMSE nevertheless is named.
    NoLossShown(Option<ChosenRemedy>),
    /// The loss is unknown or the metrics disagree, but there is a remedy.
    Perhaps(ChosenRemedy),
    /// The surest remedy that could lower the RMSE.
    Try(ChosenRemedy),
    /// No remedy is expected to lower the RMSE.
    NoGain,
}

impl RemedyFinding {
    /// Returns the named remedy.
    #[must_use]
    pub fn remedy(&self) -> Option<&ChosenRemedy> {
        match self {
            Self::Perhaps(remedy) | Self::Try(remedy) | Self::NoLossShown(Some(remedy)) => {
                Some(remedy)
            }
            Self::Nothing | Self::NoPlan | Self::NoLossShown(None) | Self::NoGain => None,
        }
    }

    /// Returns true if no figure of these maps supports the named remedy.
    #[must_use]
    pub fn is_unmeasured(&self) -> bool {
        self.remedy()
            .is_some_and(|remedy| matches!(remedy.basis, Basis::Published | Basis::Assumed))
    }

    /// Finds what evidence and plan support, and sets the expectation of the named remedy.
    pub(super) fn new(input: &AnswersInput, cost: CostFinding, figures: &mut Figures) -> Self {
        // A large change that may be chance is no proof that nothing is lost.
        let is_small = figures
            .number(Quantity::RmseChange)
            .zip(figures.number(Quantity::RmseFp32))
            .is_none_or(|(change_m, fp32_m)| change_m < NOTABLE * fp32_m);
        let may_be_chance = matches!(cost, CostFinding::Compared(Significance::MayBeChance, _));
        let is_unknown = matches!(cost, CostFinding::Compared(Significance::TooFewFrames, _));
        let has_risen = figures
            .number(Quantity::RmseChange)
            .is_none_or(|change_m| change_m > 0.0);
        let no_loss = (may_be_chance && is_small)
            || (is_unknown && !has_risen)
            || matches!(
                cost,
                CostFinding::Compared(Significance::Better, _)
                    | CostFinding::Compared(_, DominantPart::Nothing)
                    | CostFinding::Figures(Direction::Equal | Direction::Fell)
            );
        let Some(plan) = input.plan.filter(|_| cost != CostFinding::NotFinite) else {
            return match cost {
                CostFinding::Nothing => Self::Nothing,
                _ if no_loss => Self::NoLossShown(None),
                _ => Self::NoPlan,
            };
        };
        set_reference(plan, cost, figures);
        if no_loss {
            let measured = worth_trying(plan)
                .into_iter()
                .find(|r| r.basis == Basis::Measured && r.visibility == GainVisibility::Beyond);
            return Self::NoLossShown(measured.map(|r| choose(r, figures)));
        }
        // A remedy that gives INT8 up is last, and named where nothing else helps.
        let Some(surest) = worth_trying(plan).into_iter().next() else {
            return Self::NoGain;
        };
        let chosen = choose(surest, figures);
        match cost {
            CostFinding::Compared(Significance::Worse, _) | CostFinding::Figures(_) => {
                Self::Try(chosen)
            }
            _ => Self::Perhaps(chosen),
        }
    }
}

/// Sets the RMSE that remedies are compared with, unless it is set under another name already.
fn set_reference(plan: &Plan, cost: CostFinding, figures: &mut Figures) {
    let quantity = match (cost, figures.number(Quantity::RmseInt8)) {
        (CostFinding::Figures(_) | CostFinding::NoGroundTruth(_), _) => return,
        (_, Some(shown_m)) if (shown_m - plan.rmse_int8_m).abs() <= SAME * shown_m => return,
        (_, Some(_)) => Quantity::PooledInt8,
        (_, None) => Quantity::RmseInt8,
    };
    figures.set(
        quantity,
        Value::Length(plan.rmse_int8_m),
        Basis::Measured,
        SectionId::Planner,
    );
}

fn worth_trying(plan: &Plan) -> Vec<&Remedy> {
    let advised = plan.advised().into_iter();
    advised.map(|(_, remedy)| remedy).collect()
}

fn choose(remedy: &Remedy, figures: &mut Figures) -> ChosenRemedy {
    let expected = remedy.expected;
    for (quantity, rmse_m) in [
        (Quantity::Expected(remedy.kind), expected.rmse_m),
        (Quantity::ExpectedLow(remedy.kind), expected.low_m),
        (Quantity::ExpectedHigh(remedy.kind), expected.high_m),
    ] {
        figures.set(
            quantity,
            Value::Length(rmse_m),
            remedy.basis,
            SectionId::Planner,
        );
    }
    remedy.into()
}
