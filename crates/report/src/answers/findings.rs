//! What the figures allow to be said, before any words.

use super::{AnswersInput, Held, RangeFacts};
use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::compare::{Budget, Change, ChangeVerdict};
use fathom_analysis::practice::calculator::Direction;
use fathom_analysis::practice::planner::Remedy;
use fathom_core::metrics::Metric;

/// Relative difference of two RMSEs below which ranges are called equal: as on the page of ranges.
const MATTERS: f64 = 0.01;

/// Most remedies that an answer names.
pub(super) const NAMED: usize = 3;

/// What frames say of the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// The interval lies above zero.
    Worse,
    /// The interval lies below zero.
    Better,
    /// The interval holds zero.
    MayBeChance,
    /// Too few frames for an interval.
    TooFewFrames,
}

/// The largest part of the quantization error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dominant {
    /// Both predictions are equal.
    Nothing,
    /// The output code, with its share.
    Output(f64),
    /// Bias, scale and shift, with their share.
    Line(f64),
    /// The random rest from inside the network, with its share.
    Inside(f64),
    /// The random rest where no grid is known, so that it holds the output code too.
    Rest(f64),
}

impl Dominant {
    /// Of a budget.
    #[must_use]
    pub fn of(budget: &Budget) -> Self {
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

    /// Its share of the quantization error's mean square.
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

/// The first answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhyFinding {
    /// Nothing to answer from.
    Nothing,
    /// A figure that is needed is not finite.
    NotFinite,
    /// Ground truth alone.
    OnlyGroundTruth,
    /// INT8 predictions are missing.
    NoInt8,
    /// FP32 predictions are missing.
    NoFp32,
    /// Ground truth is missing.
    NoGroundTruth(Dominant),
    /// All maps.
    Told(Tell, Dominant),
    /// Figures, and which way they point.
    Figures(Direction),
}

pub(super) fn why(held: &Held) -> WhyFinding {
    match held {
        Held::Nothing => WhyFinding::Nothing,
        Held::GroundTruth => WhyFinding::OnlyGroundTruth,
        Held::GroundTruthAndFp32 { rmse_fp32_m } if rmse_fp32_m.is_finite() => WhyFinding::NoInt8,
        Held::GroundTruthAndInt8 { rmse_int8_m, .. } if rmse_int8_m.is_finite() => {
            WhyFinding::NoFp32
        }
        Held::Predictions { budget, .. } if is_finite(budget) => {
            WhyFinding::NoGroundTruth(Dominant::of(budget))
        }
        Held::GroundTruthAndFp32 { .. }
        | Held::GroundTruthAndInt8 { .. }
        | Held::Predictions { .. } => WhyFinding::NotFinite,
        Held::All { budget, change, .. } => match tell(change) {
            Some(tell) if is_finite(budget) => WhyFinding::Told(tell, Dominant::of(budget)),
            _ => WhyFinding::NotFinite,
        },
        Held::Figures(calculator) => WhyFinding::Figures(calculator.direction),
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

fn tell(change: &Change) -> Option<Tell> {
    let ends = change.interval().unwrap_or((0.0, 0.0));
    let finite = [change.fp32, change.int8, ends.0, ends.1];
    if !finite.iter().all(|v| v.is_finite()) {
        return None;
    }
    match change.verdict {
        ChangeVerdict::NotFinite => None,
        ChangeVerdict::TooFewFrames => Some(Tell::TooFewFrames),
        ChangeVerdict::MayBeChance { .. } => Some(Tell::MayBeChance),
        ChangeVerdict::Real { interval } if interval.0 > 0.0 => Some(Tell::Worse),
        ChangeVerdict::Real { .. } => Some(Tell::Better),
    }
}

/// The second answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RangeFinding {
    /// No depths, or no range to start from.
    NoDepths,
    /// Figures alone: rounding is known, clipping is not.
    FiguresOnly,
    /// The policy leaves no pixel of the range in use.
    NoPixels,
    /// Clipped pixels cost nothing under the policy.
    OnPaperOnly,
    /// The best range has not been found yet.
    Searching,
    /// The best range ends nearer.
    Narrower,
    /// The best range ends farther.
    Wider,
    /// The best range hardly differs.
    Keep,
}

pub(super) fn range(input: &AnswersInput) -> RangeFinding {
    let Some(facts) = &input.range else {
        return match input.held {
            Held::Figures(_) => RangeFinding::FiguresOnly,
            _ => RangeFinding::NoDepths,
        };
    };
    let Some(now_m) = facts.current.rmse_m().filter(|v| v.is_finite()) else {
        return RangeFinding::NoPixels;
    };
    if facts.policy != Policy::Count && facts.current.clipped.share + narrower_share(facts) > 0.0 {
        return RangeFinding::OnPaperOnly;
    }
    // Predictions against ground truth say more than ground truth alone.
    if let Some(recoded) = facts
        .recoded
        .filter(|r| r.now_m.is_finite() && r.best_m.is_finite())
    {
        return weighed(facts, recoded.now_m, recoded.best_m, recoded.best.max_m());
    }
    match best_of(facts.best, Metric::Rmse) {
        Some(best) => weighed(facts, now_m, best.value, best.range.max_m()),
        None => RangeFinding::Searching,
    }
}

fn narrower_share(facts: &RangeFacts) -> f64 {
    facts.narrower.map_or(0.0, |r| r.clipped.share)
}

fn weighed(facts: &RangeFacts, now_m: f64, best_m: f64, end_m: f64) -> RangeFinding {
    if best_m >= now_m * (1.0 - MATTERS) {
        RangeFinding::Keep
    } else if end_m < facts.current.named.range.max_m() {
        RangeFinding::Narrower
    } else {
        RangeFinding::Wider
    }
}

pub(super) fn best_of(best: &[BestRange], metric: Metric) -> Option<&BestRange> {
    best.iter()
        .find(|b| b.metric == metric && b.value.is_finite())
}

/// The third answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TodoFinding {
    /// Nothing to answer from.
    Nothing,
    /// Evidence is missing for a plan.
    NoPlan,
    /// These frames show no loss.
    NoLossShown,
    /// The loss may be chance or is not told, but remedies can be named.
    Perhaps,
    /// Remedies could lower the RMSE.
    Try,
    /// No remedy is expected to lower the RMSE.
    NoGain,
}

pub(super) fn todo(input: &AnswersInput) -> TodoFinding {
    let told = why(&input.held);
    let no_loss = matches!(
        told,
        WhyFinding::Told(Tell::Better | Tell::MayBeChance, _)
            | WhyFinding::Told(_, Dominant::Nothing)
            | WhyFinding::Figures(Direction::Equal | Direction::Fell)
    );
    match (told, input.plan) {
        (WhyFinding::Nothing, _) => TodoFinding::Nothing,
        _ if no_loss => TodoFinding::NoLossShown,
        (_, None) | (WhyFinding::NotFinite, _) => TodoFinding::NoPlan,
        (_, Some(plan)) if gains(&plan.remedies).next().is_none() => TodoFinding::NoGain,
        (WhyFinding::Told(Tell::Worse, _) | WhyFinding::Figures(_), _) => TodoFinding::Try,
        _ => TodoFinding::Perhaps,
    }
}

/// The remedies that are expected to lower the RMSE, the lowest first.
pub(super) fn gains(remedies: &[Remedy]) -> impl Iterator<Item = &Remedy> {
    remedies
        .iter()
        .filter(|r| r.gain_m > 0.0 && r.expected.rmse_m.is_finite())
        .take(NAMED)
}
