//! The finding for the second question: would another output range help?

use super::answer_input::{AnswerEvidence, AnswersInput, DepthsSource, RangeEvidence};
use super::figures::{Figures, Quantity, Value};
use super::section_id::SectionId;
use fathom_analysis::compare::GridQuantity;
use fathom_analysis::diagnosis::planner::{Basis, RemedyKind};
use fathom_analysis::{LogCodeReport, Policy, RangeInUse};
use fathom_core::metrics::Metric;
use fathom_core::quant::OutputRange;

/// Relative difference of two RMSEs below which ranges count as equal. Two evaluations on different frames of one sequence differ by
/// more than one per cent.
const EQUAL_WITHIN: f64 = 0.01;

/// Relative difference from FP32's RMSE below which a range does not beat it.
const HAIR: f64 = 1e-3;

/// Share of the RMSE below which there is no clipping to avoid.
const NO_CLIPPING: f64 = 0.1;

/// Relative gain beyond that of finer steps from which on it has another cause.
const BEYOND_STEPS: f64 = 0.05;

/// Share of the mean squared error from which on it is most of it.
const MOST: f64 = 0.5;

/// Smallest relative move of an end that is called one.
const SAME_END: f64 = 0.005;

/// The way from the range in use to a better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeMove {
    /// Only the far end moves, nearer.
    EndNearer,
    /// Only the far end moves, farther.
    EndFarther,
    /// Only the start moves, nearer to the camera.
    StartNearer,
    /// Only the start moves, away from the camera.
    StartFarther,
    /// Both ends move.
    Both,
}

impl RangeMove {
    fn between(now: OutputRange, then: OutputRange) -> Self {
        let reach = SAME_END * now.width_m().max(then.width_m());
        let start = then.min_m() - now.min_m();
        let end = then.max_m() - now.max_m();
        match (start.abs() > reach, end.abs() > reach) {
            (true, true) => Self::Both,
            (true, false) if start < 0.0 => Self::StartNearer,
            (true, false) => Self::StartFarther,
            (false, _) if end < 0.0 => Self::EndNearer,
            (false, _) => Self::EndFarther,
        }
    }
}

/// The reason why a range's gain is luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// The range only cuts off FP32's own errors: no other one is better than that in use.
    HidesErrors,
    /// Its estimate beats FP32.
    BeatsFp32,
    /// The interval of its RMSE reaches above the present one.
    MayBeWorse,
}

/// The finding for the second question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RangeFinding {
    /// Depths or a range in use are missing.
    NoDepths {
        /// True if depths are present and the range is missing.
        has_depths: bool,
    },
    /// Only figures are present: rounding is known, clipping is not.
    FiguresOnly,
    /// The output's values are equally spaced in another quantity than depth, so that no range of depths describes its code.
    OtherSteps(RangeContext),
    /// The policy excludes every pixel under the range in use.
    NoPixels(RangeContext),
    /// Clipped pixels cost nothing under the policy.
    OnPaperOnly(RangeContext),
    /// Most of the error comes from pixels nearer than a start that the code would let move.
    StartTooFar(RangeContext),
    /// The search for the best range is still running.
    Searching(RangeContext),
    /// Another range is better.
    Better(RangeContext, RangeMove),
    /// Another range looks better by luck.
    ByLuck(RangeContext, Luck),
    /// No range is better by more than one per cent.
    Keep(RangeContext),
}

/// The context that sentences on a range name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeContext {
    /// The range in use.
    pub in_use: RangeInUse,
    /// The policy for pixels outside it.
    pub policy: Policy,
    /// Maps that the perfect network's figures were measured on.
    pub depths_source: DepthsSource,
    /// True if the finding rests on FP32's maps, coded anew; otherwise on a perfect network.
    pub is_simulated: bool,
    /// True if the search held the start where it is although the code would let it move.
    pub start_held: bool,
    /// True if the figures belong to the published case.
    pub is_published: bool,
    /// True if the best range gains more than its finer steps explain, because they meet a sensor's own steps.
    pub is_partly_luck: bool,
}

impl RangeFinding {
    /// Returns the context, where there is a range.
    #[must_use]
    pub fn context(&self) -> Option<&RangeContext> {
        match self {
            Self::NoDepths { .. } | Self::FiguresOnly => None,
            Self::OtherSteps(c)
            | Self::NoPixels(c)
            | Self::OnPaperOnly(c)
            | Self::StartTooFar(c)
            | Self::Searching(c)
            | Self::Better(c, _)
            | Self::ByLuck(c, _)
            | Self::Keep(c) => Some(c),
        }
    }

    /// Finds what ranges measured on depths alone support, and sets their quantities.
    pub(super) fn from_depths(
        evidence: &AnswerEvidence,
        range: Option<&RangeEvidence>,
        figures: &mut Figures,
    ) -> Self {
        let Some(range) = range else {
            return match evidence {
                AnswerEvidence::Figures(_) => Self::FiguresOnly,
                _ => Self::NoDepths {
                    has_depths: !matches!(
                        evidence,
                        AnswerEvidence::Nothing | AnswerEvidence::Predictions { .. }
                    ),
                },
            };
        };
        let mut context = RangeContext {
            in_use: range.in_use,
            policy: range.policy,
            depths_source: range.depths_source,
            is_simulated: false,
            start_held: false,
            is_published: matches!(evidence, AnswerEvidence::Published(_)),
            is_partly_luck: false,
        };
        if range.in_use.source.quantity() != GridQuantity::Depth {
            let value = Value::Range(range.in_use.range);
            figures.set(Quantity::Range, value, Basis::Measured, SectionId::Grid);
            return Self::OtherSteps(context);
        }
        set_range(figures, range);
        let Some(now_m) = range.current.rmse_m().filter(|v| v.is_finite()) else {
            return Self::NoPixels(context);
        };
        if range.policy != Policy::Count && range.current.clipped.share > 0.0 {
            return Self::OnPaperOnly(context);
        }
        let below_m = range.current.below.contribution_m;
        if range.in_use.has_free_start() && below_m * below_m > MOST * now_m * now_m {
            return Self::StartTooFar(context);
        }
        let found = range.best.iter().find(|b| b.metric == Metric::Rmse);
        let Some(best) = found.filter(|b| b.value.is_finite()) else {
            return Self::Searching(context);
        };
        context.start_held = range.in_use.has_free_start();
        let mut set = |quantity, value| {
            figures.set(quantity, value, Basis::Computed, SectionId::Ranges);
        };
        set(Quantity::BestRange, Value::Range(best.range));
        set(Quantity::BestCoded, Value::Length(best.value));
        let now = range.current.named.range;
        if best.value >= now_m * (1.0 - EQUAL_WITHIN) {
            Self::Keep(context)
        } else {
            let clipped = range.current.errors.map_or(0.0, |e| e.clipping_m / now_m);
            let by_steps_m = now_m * best.range.width_m() / now.width_m();
            context.is_partly_luck =
                clipped < NO_CLIPPING && best.value < by_steps_m * (1.0 - BEYOND_STEPS);
            Self::Better(context, RangeMove::between(now, best.range))
        }
    }

    /// Finds what the measured ranges support, and sets their quantities. Predictions coded anew say more than depths alone.
    pub(super) fn new(input: &AnswersInput, figures: &mut Figures) -> Self {
        let simulated = input.range.as_ref().and_then(|range| {
            let found = range.requantized?;
            let is_depth = range.in_use.source.quantity() == GridQuantity::Depth;
            let is_counted = range.policy == Policy::Count && is_depth;
            (is_counted && found.now_m.is_finite() && found.best_m.is_finite())
                .then_some((range, found))
        });
        let Some((range, found)) = simulated else {
            return Self::from_depths(&input.evidence, input.range.as_ref(), figures);
        };
        set_range(figures, range);
        let context = RangeContext {
            in_use: range.in_use,
            policy: range.policy,
            depths_source: range.depths_source,
            is_simulated: true,
            start_held: false,
            is_published: false,
            is_partly_luck: false,
        };
        let remedy = input.plan.and_then(|p| p.remedy(RemedyKind::BestRange));
        let (gains, by_luck) = match remedy {
            Some(remedy) => (
                remedy.gain_m > EQUAL_WITHIN * (remedy.expected.rmse_m + remedy.gain_m),
                remedy.by_luck,
            ),
            None => (
                found.best_m < found.now_m * (1.0 - EQUAL_WITHIN),
                found.best_m < found.fp32_m,
            ),
        };
        // The plan corrects the simulation by what INT8 really has: its gain alone does not make a range better.
        let gains = gains && found.best_m < found.now_m;
        let beats_fp32 = found.lowest_m < found.now_m * (1.0 - EQUAL_WITHIN)
            && found.lowest_m < found.fp32_m * (1.0 - HAIR);
        let (finding, named, named_m) = if gains && !by_luck {
            let now = range.current.named.range;
            let how = RangeMove::between(now, found.best);
            (Self::Better(context, how), found.best, found.best_m)
        } else if gains || beats_fp32 {
            let may_be_worse = remedy.is_some_and(|r| r.may_be_worse);
            let luck = if !gains {
                Luck::HidesErrors
            } else if may_be_worse && found.lowest_m >= found.fp32_m {
                Luck::MayBeWorse
            } else {
                Luck::BeatsFp32
            };
            (Self::ByLuck(context, luck), found.lowest, found.lowest_m)
        } else {
            (Self::Keep(context), found.best, found.best_m)
        };
        let mut set = |quantity, value| {
            figures.set(quantity, value, Basis::Simulated, SectionId::Ranges);
        };
        set(Quantity::BestRange, Value::Range(named));
        set(Quantity::Recoded, Value::Length(found.now_m));
        set(Quantity::BestRecoded, Value::Length(named_m));
        finding
    }
}

/// Sets the quantities of the range in use: what the code costs a perfect network.
fn set_range(figures: &mut Figures, range: &RangeEvidence) {
    let report = range.current;
    let mut set = |quantity, value| {
        figures.set(quantity, value, Basis::Computed, SectionId::Table);
    };
    set(Quantity::Range, Value::Range(report.effective));
    set(Quantity::IdealRounding, Value::Length(report.ideal_rmse_m));
    set(Quantity::Below, Value::Share(report.below.share));
    set(Quantity::Above, Value::Share(report.above.share));
    set(Quantity::Outside, Value::Share(report.clipped.share));
    if let Some(errors) = report.errors {
        set(Quantity::Coded, Value::Length(errors.metrics.rmse));
        set(Quantity::Rounding, Value::Length(errors.rounding_m));
        set(Quantity::Clipping, Value::Length(errors.clipping_m));
    }
    let helps = |code: &&LogCodeReport| {
        let now_m = report.rmse_m().unwrap_or(f64::INFINITY);
        range.policy == Policy::Count && code.beats_ranges(now_m, range.best)
    };
    if let Some(code) = range.log_code.filter(helps) {
        set(Quantity::LogCoded, Value::Length(code.rmse_m));
        set(Quantity::LogRange, Value::Range(code.range));
    }
}
