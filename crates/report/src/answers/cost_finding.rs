//! The finding for the first question: what does INT8 cost here, and where does it come from?

use super::answer_input::{AnswerEvidence, ComparedMaps};
use super::figures::{Figures, Quantity, Value};
use super::section_id::SectionId;
use fathom_analysis::IndependenceModel;
use fathom_analysis::compare::{Budget, Change, ChangeVerdict, FewPixels};
use fathom_analysis::diagnosis::calculator::{Calculator, Direction};
use fathom_analysis::diagnosis::planner::Basis;
use fathom_core::metrics::Criterion;

/// Relative change of a metric that counts where there are too few frames for an interval.
const NOTABLE: f64 = 0.01;

/// Significance of the change from `F` to `Q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Significance {
    /// RMSE rises: its interval lies above zero.
    Worse,
    /// RMSE falls: its interval lies below zero.
    Better,
    /// RMSE and abs_rel change in opposite directions, and neither by chance.
    Mixed,
    /// The interval of the RMSE contains zero.
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
    /// Output code, most of it by clipping at the ends of its range.
    Clipping(f64),
    /// Bias, scale and shift.
    Line(f64),
    /// Random rest, from inside the network.
    Inside(f64),
    /// Random rest including the output code, where no grid was detected.
    Rest(f64),
}

impl DominantPart {
    /// Finds the largest part of an error budget. `step_m` is the root mean square of the output's steps, in metres: rounding alone makes a
    /// twelfth of its square.
    #[must_use]
    pub fn from_budget(budget: &Budget, step_m: Option<f64>) -> Self {
        if budget.mse_quant <= 0.0 {
            return Self::Nothing;
        }
        let share = |mse: f64| mse / budget.mse_quant;
        let line = share(budget.bias_square + budget.scale_square);
        let rest = share(budget.random);
        match budget.output.map(|o| share(o.mse)) {
            Some(output) if output >= line && output >= rest => {
                let is_clipped = step_m.is_some_and(|m| share(m * m / 12.0) < 0.5 * output);
                if is_clipped {
                    Self::Clipping(output)
                } else {
                    Self::Output(output)
                }
            }
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
            Self::Output(share)
            | Self::Clipping(share)
            | Self::Line(share)
            | Self::Inside(share)
            | Self::Rest(share) => share,
        }
    }
}

/// The finding for the first question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CostFinding {
    /// There are neither maps nor figures.
    Nothing,
    /// A required figure is not finite.
    NotFinite,
    /// The published figures of the sample's network.
    Published,
    /// Only depths are present.
    OnlyDepths,
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

/// Returns true if both predictions are the same.
pub(super) fn is_copy(cost: CostFinding) -> bool {
    matches!(cost, CostFinding::Compared(_, DominantPart::Nothing))
}

impl CostFinding {
    /// Finds what depths alone support, and sets their quantities.
    pub(super) fn from_depths(evidence: &AnswerEvidence, figures: &mut Figures) -> Self {
        match evidence {
            AnswerEvidence::Published(model) => {
                set_published(figures, model);
                Self::Published
            }
            AnswerEvidence::Nothing => Self::Nothing,
            _ => Self::OnlyDepths,
        }
    }

    /// Finds what the compared maps or figures support, and sets their quantities.
    pub(super) fn new(evidence: &AnswerEvidence, figures: &mut Figures) -> Self {
        let mut rmse = |quantity, rmse_m| {
            figures.set(
                quantity,
                Value::Length(rmse_m),
                Basis::Measured,
                SectionId::Metrics,
            );
        };
        match evidence {
            AnswerEvidence::Nothing
            | AnswerEvidence::GroundTruth
            | AnswerEvidence::Published(_) => Self::from_depths(evidence, figures),
            AnswerEvidence::GroundTruthAndFp32 { rmse_fp32_m } if rmse_fp32_m.is_finite() => {
                rmse(Quantity::RmseFp32, *rmse_fp32_m);
                Self::NoInt8
            }
            AnswerEvidence::GroundTruthAndInt8 { rmse_int8_m, .. } if rmse_int8_m.is_finite() => {
                rmse(Quantity::RmseInt8, *rmse_int8_m);
                Self::NoFp32
            }
            AnswerEvidence::Predictions { budget, .. } if is_finite(budget) => {
                set_noise(figures, budget);
                Self::NoGroundTruth(DominantPart::from_budget(budget, None))
            }
            AnswerEvidence::All(maps) => Self::from_maps(maps, figures),
            AnswerEvidence::Figures(calculator) => {
                set_typed(figures, calculator);
                Self::Figures(calculator.direction)
            }
            AnswerEvidence::GroundTruthAndFp32 { .. }
            | AnswerEvidence::GroundTruthAndInt8 { .. }
            | AnswerEvidence::Predictions { .. } => Self::NotFinite,
        }
    }

    fn from_maps(maps: &ComparedMaps, figures: &mut Figures) -> Self {
        let of = |metric| maps.changes.iter().find(|c| c.metric == metric);
        let Some(rmse) = of(Criterion::Rmse) else {
            return Self::NotFinite;
        };
        let Some(mut significance) = significance(rmse).filter(|_| is_finite(maps.budget)) else {
            return Self::NotFinite;
        };
        set_change(figures, rmse);
        set_few_pixels(figures, rmse);
        set_noise(figures, maps.budget);
        if let Some(step_m) = maps.step_m.filter(|s| s.is_finite()) {
            let predicted_m = maps.budget.predictions(step_m).ideal_step_m;
            figures.set(
                Quantity::Predicted,
                Value::Length(predicted_m),
                Basis::Computed,
                SectionId::Budget,
            );
        }
        let mut frames = |quantity, n| {
            figures.set(
                quantity,
                Value::Frames(n),
                Basis::Measured,
                SectionId::Frames,
            );
        };
        let distinct = maps.frames.saturating_sub(maps.copies);
        frames(Quantity::Frames, distinct);
        if maps.copies > 0 {
            frames(Quantity::Copies, maps.copies);
        }
        if let Some(needed) = rmse.frames_to_show(distinct) {
            frames(Quantity::FramesToShow, needed);
        }
        if let Some(abs_rel) = of(Criterion::AbsRel)
            && is_opposite(rmse, abs_rel)
        {
            significance = Significance::Mixed;
            for (quantity, change) in [
                (Quantity::RmseRelative, rmse),
                (Quantity::AbsRelRelative, abs_rel),
            ] {
                figures.set(
                    quantity,
                    Value::Relative(relative(change)),
                    Basis::Measured,
                    SectionId::Metrics,
                );
            }
        }
        Self::Compared(
            significance,
            DominantPart::from_budget(maps.budget, maps.step_m),
        )
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

fn relative(change: &Change) -> f64 {
    change.difference() / change.fp32
}

/// Returns true if two metrics change in opposite directions, and neither by chance.
fn is_opposite(one: &Change, other: &Change) -> bool {
    let sign = |change: &Change| match change.verdict {
        ChangeVerdict::Significant { interval } => interval.0.signum(),
        ChangeVerdict::TooFewFrames if relative(change).abs() > NOTABLE => {
            change.difference().signum()
        }
        _ => 0.0,
    };
    sign(one) * sign(other) < 0.0
}

fn set_change(figures: &mut Figures, change: &Change) {
    let mut set = |quantity, value| {
        figures.set(quantity, value, Basis::Measured, SectionId::Metrics);
    };
    set(Quantity::RmseFp32, Value::Length(change.fp32));
    set(Quantity::RmseInt8, Value::Length(change.int8));
    set(
        Quantity::RmseChange,
        Value::LengthChange(change.difference()),
    );
    if let Some((low_m, high_m)) = change.interval() {
        set(Quantity::RmseChangeLow, Value::LengthChange(low_m));
        set(Quantity::RmseChangeHigh, Value::LengthChange(high_m));
    }
}

/// Sets what few pixels carry of a change, where that is much.
fn set_few_pixels(figures: &mut Figures, change: &Change) {
    let Some(few) = change.few_pixels.filter(FewPixels::carry_much) else {
        return;
    };
    let mut set = |quantity, share| {
        figures.set(
            quantity,
            Value::Share(share),
            Basis::Measured,
            SectionId::Metrics,
        );
    };
    set(Quantity::FewPixels, few.pixels / few.of);
    set(Quantity::FewPixelsShare, few.share);
}

fn set_noise(figures: &mut Figures, budget: &Budget) {
    let mut set = |quantity, value| {
        figures.set(quantity, value, Basis::Measured, SectionId::Budget);
    };
    set(Quantity::NoiseRms, Value::Length(budget.rms_q_m()));
    if budget.mse_quant > 0.0 {
        let share = |mse: f64| Value::Share(mse / budget.mse_quant);
        if let Some(output) = budget.output {
            set(Quantity::OutputShare, share(output.mse));
        }
        set(
            Quantity::LineShare,
            share(budget.bias_square + budget.scale_square),
        );
        set(Quantity::LineScale, Value::Share(budget.slope));
        set(Quantity::LineShift, Value::LengthChange(budget.intercept_m));
        set(Quantity::RestShare, share(budget.random));
    }
}

fn set_published(figures: &mut Figures, model: &IndependenceModel) {
    let mut set = |quantity, value, basis| {
        figures.set(quantity, value, basis, SectionId::Calculator);
    };
    let length = Value::Length;
    set(
        Quantity::PublishedFp32,
        length(model.rmse_fp32_m),
        Basis::Published,
    );
    set(
        Quantity::PublishedInt8,
        length(model.rmse_int8_m),
        Basis::Published,
    );
    set(
        Quantity::PublishedRise,
        Value::LengthChange(model.gap_m),
        Basis::Published,
    );
    set(
        Quantity::PublishedRounding,
        length(model.ideal_rmse_m),
        Basis::Computed,
    );
    if let (Some(noise_m), Some(share)) = (model.implied_m, model.output_share) {
        set(Quantity::PublishedNoise, length(noise_m), Basis::Computed);
        set(
            Quantity::PublishedOutputShare,
            Value::Share(share),
            Basis::Computed,
        );
    }
}

fn set_typed(figures: &mut Figures, calculator: &Calculator) {
    let t = &calculator.theory;
    let mut set = |quantity, value, basis| {
        figures.set(quantity, value, basis, SectionId::Calculator);
    };
    let length = Value::Length;
    set(Quantity::TypedFp32, length(t.rmse_fp32_m), Basis::Measured);
    set(Quantity::TypedInt8, length(t.rmse_int8_m), Basis::Measured);
    set(
        Quantity::TypedPredicted,
        length(t.predicted_m),
        Basis::Computed,
    );
    set(
        Quantity::TypedRounding,
        length(calculator.rise_by_output_m),
        Basis::Computed,
    );
    if let (Some(noise_m), Some(share)) = (t.implied_m, t.output_share) {
        set(Quantity::TypedNoise, length(noise_m), Basis::Computed);
        set(
            Quantity::TypedOutputShare,
            Value::Share(share),
            Basis::Computed,
        );
    }
}
