//! What the figures support, before any words.

use super::answer_input::{AnswerEvidence, AnswersInput, RangeEvidence};
use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::compare::{Budget, Change, ChangeVerdict};
use fathom_analysis::diagnosis::calculator::Direction;
use fathom_analysis::diagnosis::planner::Remedy;
use fathom_core::metrics::Metric;

/// Relative difference of two RMSEs below which ranges count as equal, as in [`crate::range_verdict`].
const EQUAL_WITHIN: f64 = 0.01;

/// Largest number of remedies that an answer names.
pub(super) const MAX_REMEDIES: usize = 3;

/// Significance of the change of the RMSE from `F` to `Q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Significance {
    /// The interval lies above zero.
    Worse,
    /// The interval lies below zero.
    Better,
    /// The interval contains zero.
    MayBeChance,
    /// There are too few frames for an interval.
    TooFewFrames,
}

/// The largest part of the quantization error `q`, with its share of the mean of `q^2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DominantPart {
    /// Both predictions are equal.
    Nothing,
    /// Output code.
    Output(f64),
    /// Bias, scale and shift.
    Line(f64),
    /// Random rest, from inside the network.
    Inside(f64),
    /// Random rest including the output code, where no grid was detected.
    Rest(f64),
}

impl DominantPart {
    /// Finds the largest part of an error budget.
    #[must_use]
    pub fn from_budget(budget: &Budget) -> Self {
        if budget.mse_quant <= 0.0 {
            return Self::Nothing;
        }
        let share = |mse: f64| mse / budget.mse_quant;
        let line = share(budget.bias_square + budget.scale_square);
        let rest = share(budget.random);
        match budget.output.map(|o| share(o.mse)) {
            Some(output) if output >= line && output >= rest => Self::Output(output),
            _ if line >= rest => Self::Line(line),
            Some(_) => Self::Inside(rest),
            None => Self::Rest(rest),
        }
    }

    /// Returns its share of the mean of `q^2`.
    #[must_use]
    pub fn share(self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Output(share) | Self::Line(share) | Self::Inside(share) | Self::Rest(share) => {
                share
            }
        }
    }
}

/// Finding for the first question: why is INT8 worse than theory?
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhyFinding {
    /// There are neither maps nor figures.
    Nothing,
    /// A required figure is not finite.
    NotFinite,
    /// Only ground truth is present.
    OnlyGroundTruth,
    /// INT8 predictions are missing.
    NoInt8,
    /// FP32 predictions are missing.
    NoFp32,
    /// Ground truth is missing.
    NoGroundTruth(DominantPart),
    /// Ground truth and both predictions were compared.
    Compared(Significance, DominantPart),
    /// Figures of the calculator, with the direction of the change.
    Figures(Direction),
}

/// Finds what the compared maps or figures support for the first question.
#[must_use]
pub fn why_finding(evidence: &AnswerEvidence) -> WhyFinding {
    match evidence {
        AnswerEvidence::Nothing => WhyFinding::Nothing,
        AnswerEvidence::GroundTruth => WhyFinding::OnlyGroundTruth,
        AnswerEvidence::GroundTruthAndFp32 { rmse_fp32_m } if rmse_fp32_m.is_finite() => {
            WhyFinding::NoInt8
        }
        AnswerEvidence::GroundTruthAndInt8 { rmse_int8_m, .. } if rmse_int8_m.is_finite() => {
            WhyFinding::NoFp32
        }
        AnswerEvidence::Predictions { budget, .. } if is_finite(budget) => {
            WhyFinding::NoGroundTruth(DominantPart::from_budget(budget))
        }
        AnswerEvidence::GroundTruthAndFp32 { .. }
        | AnswerEvidence::GroundTruthAndInt8 { .. }
        | AnswerEvidence::Predictions { .. } => WhyFinding::NotFinite,
        AnswerEvidence::All { budget, change, .. } => match significance(change) {
            Some(significance) if is_finite(budget) => {
                WhyFinding::Compared(significance, DominantPart::from_budget(budget))
            }
            _ => WhyFinding::NotFinite,
        },
        AnswerEvidence::Figures(calculator) => WhyFinding::Figures(calculator.direction),
    }
}

fn is_finite(budget: &Budget) -> bool {
    let figures = [
        budget.mse_fp32,
        budget.mse_quant,
        budget.mse_int8,
        budget.bias_square,
        budget.scale_square,
        budget.random,
        budget.output.map_or(0.0, |o| o.mse),
    ];
    figures.iter().all(|v| v.is_finite())
}

/// Returns the significance of a change; `None` where a figure is not finite.
fn significance(change: &Change) -> Option<Significance> {
    let ends = change.interval().unwrap_or((0.0, 0.0));
    let finite = [change.fp32, change.int8, ends.0, ends.1];
    if !finite.iter().all(|v| v.is_finite()) {
        return None;
    }
    match change.verdict {
        ChangeVerdict::NotFinite => None,
        ChangeVerdict::TooFewFrames => Some(Significance::TooFewFrames),
        ChangeVerdict::NotSignificant { .. } => Some(Significance::MayBeChance),
        ChangeVerdict::Significant { interval } if interval.0 > 0.0 => Some(Significance::Worse),
        ChangeVerdict::Significant { .. } => Some(Significance::Better),
    }
}

/// Finding for the second question: would a narrower range help?
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RangeFinding {
    /// Depths or a range in use are missing.
    NoDepths,
    /// Only figures are present: rounding is known, clipping is not.
    FiguresOnly,
    /// The policy excludes every pixel under the range in use.
    NoPixels,
    /// Clipped pixels cost nothing under the policy.
    OnPaperOnly,
    /// The search for the best range is still running.
    Searching,
    /// The best range ends nearer.
    Narrower,
    /// The best range ends farther.
    Wider,
    /// The best range is within one per cent of the range in use.
    Keep,
}

/// Finds what the measured ranges support for the second question.
pub(super) fn range_finding(input: &AnswersInput) -> RangeFinding {
    let Some(evidence) = &input.range else {
        return match input.evidence {
            AnswerEvidence::Figures(_) => RangeFinding::FiguresOnly,
            _ => RangeFinding::NoDepths,
        };
    };
    let Some(now_m) = evidence.current.rmse_m().filter(|v| v.is_finite()) else {
        return RangeFinding::NoPixels;
    };
    if evidence.policy != Policy::Count
        && evidence.current.clipped.share + narrower_share(evidence) > 0.0
    {
        return RangeFinding::OnPaperOnly;
    }
    // Predictions against ground truth say more than ground truth alone.
    if let Some(requantized) = evidence
        .requantized
        .filter(|r| r.now_m.is_finite() && r.best_m.is_finite())
    {
        return compare_with_best(
            evidence,
            requantized.now_m,
            requantized.best_m,
            requantized.best.max_m(),
        );
    }
    match best_of(evidence.best, Metric::Rmse) {
        Some(best) => compare_with_best(evidence, now_m, best.value, best.range.max_m()),
        None => RangeFinding::Searching,
    }
}

fn narrower_share(evidence: &RangeEvidence) -> f64 {
    evidence.narrower.map_or(0.0, |r| r.clipped.share)
}

/// Compares the RMSE in use with the best one, both in metres; `end_m` is the far end of the best range.
fn compare_with_best(
    evidence: &RangeEvidence,
    now_m: f64,
    best_m: f64,
    end_m: f64,
) -> RangeFinding {
    if best_m >= now_m * (1.0 - EQUAL_WITHIN) {
        RangeFinding::Keep
    } else if end_m < evidence.current.named.range.max_m() {
        RangeFinding::Narrower
    } else {
        RangeFinding::Wider
    }
}

/// Returns the best range under a metric, if its value is finite.
pub(super) fn best_of(best: &[BestRange], metric: Metric) -> Option<&BestRange> {
    best.iter()
        .find(|b| b.metric == metric && b.value.is_finite())
}

/// Finding for the third question: what should be done?
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TodoFinding {
    /// There are neither maps nor figures.
    Nothing,
    /// Evidence for a plan is missing.
    NoPlan,
    /// These frames show no loss.
    NoLossShown,
    /// The loss may be chance or is unknown, but there are remedies.
    Perhaps,
    /// Remedies could lower the RMSE.
    Try,
    /// No remedy is expected to lower the RMSE.
    NoGain,
}

/// Finds what evidence and plan support for the third question.
pub(super) fn todo_finding(input: &AnswersInput) -> TodoFinding {
    let finding = why_finding(&input.evidence);
    let no_loss = matches!(
        finding,
        WhyFinding::Compared(Significance::Better | Significance::MayBeChance, _)
            | WhyFinding::Compared(_, DominantPart::Nothing)
            | WhyFinding::Figures(Direction::Equal | Direction::Fell)
    );
    match (finding, input.plan) {
        (WhyFinding::Nothing, _) => TodoFinding::Nothing,
        _ if no_loss => TodoFinding::NoLossShown,
        (_, None) | (WhyFinding::NotFinite, _) => TodoFinding::NoPlan,
        (_, Some(plan)) if gains(&plan.remedies).next().is_none() => TodoFinding::NoGain,
        (WhyFinding::Compared(Significance::Worse, _) | WhyFinding::Figures(_), _) => {
            TodoFinding::Try
        }
        _ => TodoFinding::Perhaps,
    }
}

/// Returns the remedies that are expected to lower the RMSE, lowest expected RMSE first, at most [`MAX_REMEDIES`].
pub(super) fn gains(remedies: &[Remedy]) -> impl Iterator<Item = &Remedy> {
    remedies
        .iter()
        .filter(|r| r.gain_m > 0.0 && r.expected.rmse_m.is_finite())
        .take(MAX_REMEDIES)
}
