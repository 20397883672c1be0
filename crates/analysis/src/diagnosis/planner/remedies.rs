//! The remedies: what each removes of which source, the RMSE to expect, and the cost.

use super::super::calculator::WeightSizes;
use super::super::requantized::RequantizedMse;
use super::basis::Basis;
use super::error_terms::{ErrorTerms, ExpectedRmse};
use super::literature::{self, RemainingShare};
use super::measured_network::NetworkRemedy;
use super::plan_input::PlannerInput;
use super::remedy_kind::RemedyKind;
use super::sources::{ErrorSource, SourceKind};
use crate::compare::GridQuantity;
use fathom_core::quant::{Bits, CodeSpec, OutputRange};

/// The part of a source that a remedy leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Removal {
    /// The source.
    pub source: SourceKind,
    /// Remaining share of its variance.
    pub remaining: RemainingShare,
}

/// The cost of a remedy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemedyCost {
    /// Smallest and largest size of the weights in MB of 10^6 bytes; `None` where the number of parameters is unknown.
    pub weights_mb: Option<(f64, f64)>,
    /// Smallest and largest size of the weights over their size in INT8.
    pub weights_factor: (f64, f64),
    /// Bits per depth in the output.
    pub output_bits: u32,
    /// True if the network has to be trained.
    pub training: bool,
}

/// Visibility of an expected gain among the random changes between frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GainVisibility {
    /// The interval of INT8's change is unknown.
    Unknown,
    /// The gain exceeds half the width of that interval.
    Beyond,
    /// The gain is smaller.
    Within,
    /// No gain is expected.
    None,
}

/// A remedy with its expected effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// Kind of remedy.
    pub kind: RemedyKind,
    /// Sources it acts on; empty where its effect was measured as a whole.
    pub removals: Vec<Removal>,
    /// Expected RMSE.
    pub expected: ExpectedRmse,
    /// Origin of the expectation.
    pub basis: Basis,
    /// Cost.
    pub cost: RemedyCost,
    /// True if clipped pixels may cost more than the interval says, because their depths are unknown.
    pub clipping_unknown: bool,
    /// The output's new range or code, or the layers that are kept, where there are some.
    pub setting: Option<RemedySetting>,
    /// Expected gain in RMSE, in metres; negative for a loss.
    pub gain_m: f64,
    /// Visibility of that gain in these frames.
    pub visibility: GainVisibility,
    /// True if the interval reaches an RMSE above the present one.
    pub may_be_worse: bool,
    /// True for a change of the output that looks good by luck: it would beat FP32 itself, or its interval reaches worse than now.
    ///
    /// A code cannot repair the network. Where clipping happens to hide errors of FP32, other images undo the gain.
    pub by_luck: bool,
}

impl Remedy {
    /// Returns true if the remedy is expected to lower the RMSE, and not by luck.
    #[must_use]
    pub fn is_worth_trying(&self) -> bool {
        self.gain_m > 0.0 && self.expected.rmse_m.is_finite() && !self.by_luck
    }

    /// Returns the sort key of advice: gives INT8 up, may be worse, has no notable gain that the maps at hand show.
    pub(super) fn unsureness(&self) -> [bool; 3] {
        let now_m = self.expected.rmse_m + self.gain_m;
        let is_shown = self.basis.is_of_these_maps() && self.gain_m >= NOTABLE * now_m;
        [!self.kind.keeps_int8(), self.may_be_worse, !is_shown]
    }
}

/// The content of a remedy.
#[derive(Clone, Debug, PartialEq)]
pub enum RemedySetting {
    /// A new range.
    Range(OutputRange),
    /// A new code over the range in use.
    Code(CodeSpec),
    /// Layers that get 16 bits or more.
    Layers(Vec<String>),
}

/// The effect of a remedy.
enum Effect<'a> {
    /// Sources shrink to the given shares.
    Shrinks(Vec<Removal>, Basis),
    /// The output has another range or code; its errors were measured.
    Requantizes(RequantizedMse),
    /// The network was run with it.
    Runs(&'a NetworkRemedy),
    /// The RMSE was measured, in metres.
    Measured(f64),
}

/// Relative gain from which on the order of advice follows from the evidence and the RMSE.
pub(super) const NOTABLE: f64 = 0.01;

/// Relative gain over FP32 that does not count as one.
const HAIR: f64 = 1e-3;

/// Relative difference of two RMSEs that rounding explains.
const ROUNDING: f64 = 1e-9;

/// Returns all remedies, lowest expected RMSE first. Left out are recalibration where maps show no line to undo, and
/// codes of depths where the output steps in another quantity.
pub(super) fn ranked(
    input: &PlannerInput,
    terms: &ErrorTerms,
    sources: &[ErrorSource],
) -> Vec<Remedy> {
    let has_no_line = terms.line.is_some() && terms.recalibrated_m.is_none();
    let kinds = RemedyKind::ALL.into_iter();
    let ran = input.network.remedies.iter().map(|remedy| remedy.kind);
    let more = ran.filter(|kind| !RemedyKind::ALL.contains(kind));
    let mut out: Vec<Remedy> = kinds
        .chain(more)
        .filter(|kind| !(has_no_line && *kind == RemedyKind::Recalibration))
        .filter(|kind| input.steps == GridQuantity::Depth || !kind.is_code_of_depths())
        .map(|kind| remedy(kind, input, terms, sources))
        .collect();
    // The sort is stable: equal remedies stay in the order of their kinds.
    out.sort_by(|a, b| a.expected.rmse_m.total_cmp(&b.expected.rmse_m));
    out
}

fn remedy(
    kind: RemedyKind,
    input: &PlannerInput,
    terms: &ErrorTerms,
    sources: &[ErrorSource],
) -> Remedy {
    let (expected, removals, basis) = match effect(kind, input, terms, sources) {
        Effect::Measured(rmse_m) => {
            let expected = ExpectedRmse {
                rmse_m,
                low_m: rmse_m,
                high_m: rmse_m,
            };
            (expected, Vec::new(), Basis::Measured)
        }
        Effect::Runs(ran) => (expected_run(terms, ran), Vec::new(), Basis::Measured),
        Effect::Requantizes(requantized) => (
            expected_requantized(terms, sources, requantized),
            Vec::new(),
            Basis::Simulated,
        ),
        Effect::Shrinks(removals, basis) => (
            terms.expected(left(terms, sources, &removals)),
            removals,
            basis,
        ),
    };
    let now_m = terms.mse_int8.max(0.0).sqrt();
    let gain_m = now_m - expected.rmse_m;
    let narrows = matches!(kind, RemedyKind::BestRange | RemedyKind::NarrowerRange);
    let beats_fp32 = expected.rmse_m < terms.mse_fp32.sqrt() * (1.0 - ROUNDING);
    let may_be_worse = expected.high_m > now_m * (1.0 + ROUNDING);
    Remedy {
        kind,
        by_luck: kind.changes_output() && gain_m > 0.0 && (beats_fp32 || may_be_worse),
        clipping_unknown: narrows && basis != Basis::Simulated,
        expected,
        removals,
        basis,
        cost: cost(kind, input),
        setting: setting(kind, input),
        gain_m,
        visibility: visibility(gain_m, input.change_interval_m),
        may_be_worse,
    }
}

/// The remaining mean of `q^2` in square metres: best case, expectation, worst case.
fn left(terms: &ErrorTerms, sources: &[ErrorSource], removals: &[Removal]) -> [f64; 3] {
    let part = |pick: fn(&RemainingShare) -> f64| {
        let removed: f64 = sources
            .iter()
            .filter_map(|s| {
                let removal = removals.iter().find(|r| r.source == s.kind)?;
                Some(s.mse * (1.0 - pick(&removal.remaining)))
            })
            .sum();
        terms.mse_quant - removed
    };
    [part(|k| k.low), part(|k| k.likely), part(|k| k.high)]
}

/// Expectation from a simulated other code: the difference of both codes' MSE against ground truth.
///
/// The interval holds the expectation by sources, and reaches as far to the other side as the two expectations differ.
fn expected_requantized(
    terms: &ErrorTerms,
    sources: &[ErrorSource],
    requantized: RequantizedMse,
) -> ExpectedRmse {
    let output: f64 = sources
        .iter()
        .filter(|s| matches!(s.kind, SourceKind::Output))
        .map(|s| s.mse)
        .sum();
    let by_source = terms.expected([terms.mse_quant - output + requantized.mse_code; 3]);
    let Some(now) = terms.coded_to_gt else {
        return by_source;
    };
    let rmse_m = (terms.mse_int8 - now + requantized.mse_to_gt)
        .max(0.0)
        .sqrt();
    // A code that fits FP32's maps may seem to beat them by a hair, where its rounding happens to agree with the truth.
    let fp32_m = terms.mse_fp32.sqrt();
    let rmse_m = if rmse_m > fp32_m * (1.0 - HAIR) {
        rmse_m.max(fp32_m)
    } else {
        rmse_m
    };
    let apart_m = (rmse_m - by_source.rmse_m).abs();
    ExpectedRmse {
        rmse_m,
        low_m: (rmse_m - apart_m).min(by_source.low_m).max(0.0),
        high_m: (rmse_m + apart_m).max(by_source.high_m),
    }
}

/// Relative difference of two MSEs of INT8 on the same frames.
const SAME_FRAMES: f64 = 1e-3;

/// Expectation from a network that was run with the remedy: the difference of the MSEs against ground truth.
///
/// On other frames than those of the maps, or without ground truth, the interval holds the expectation by what is left of the noise.
fn expected_run(terms: &ErrorTerms, ran: &NetworkRemedy) -> ExpectedRmse {
    let by_noise = terms.expected([terms.mse_quant * ran.remaining; 3]);
    let Some((now, then)) = ran.mse_to_gt else {
        return by_noise;
    };
    let rmse_m = (terms.mse_int8 - now + then).max(0.0).sqrt();
    if (terms.mse_int8 - now).abs() <= SAME_FRAMES * now {
        return ExpectedRmse {
            rmse_m,
            low_m: rmse_m,
            high_m: rmse_m,
        };
    }
    ExpectedRmse {
        rmse_m,
        low_m: rmse_m.min(by_noise.low_m),
        high_m: rmse_m.max(by_noise.high_m),
    }
}

fn effect<'a>(
    kind: RemedyKind,
    input: &'a PlannerInput,
    terms: &ErrorTerms,
    sources: &[ErrorSource],
) -> Effect<'a> {
    use SourceKind::{Activations, Bias, Interactions, Output, Overlap, Scale, Weights};
    let on = |kinds: &[SourceKind], remaining: RemainingShare, basis| {
        let removal = |source: &SourceKind| Removal {
            source: *source,
            remaining,
        };
        Effect::Shrinks(kinds.iter().map(removal).collect(), basis)
    };
    // The overlap is caused by the output's clipping, so it shrinks with the output.
    let output = |remaining, basis| on(&[Output, Overlap], remaining, basis);
    if let Some(ran) = input.network.remedy(kind) {
        return Effect::Runs(ran);
    }
    if let Some(requantized) = tried(kind, input) {
        return Effect::Requantizes(requantized);
    }
    match kind {
        RemedyKind::Recalibration => match terms.recalibrated_m {
            Some(rmse_m) => Effect::Measured(rmse_m),
            None => on(&SourceKind::INSIDE, literature::unknown(), Basis::Published),
        },
        RemedyKind::BestRange | RemedyKind::NarrowerRange | RemedyKind::OtherCode => {
            output(literature::unknown(), Basis::Assumed)
        }
        RemedyKind::DepthAwareBits => output(literature::depth_aware(), Basis::Computed),
        RemedyKind::TwoOutputs => output(literature::two_outputs(), Basis::Published),
        RemedyKind::OutputBits(bits) => output(more_bits(bits, input, sources), Basis::Computed),
        RemedyKind::PerChannelWeights => {
            on(&[Weights], literature::per_channel(), Basis::Published)
        }
        RemedyKind::FoldedBatchNorm => on(
            &[Weights, Activations],
            literature::folding(),
            Basis::Published,
        ),
        RemedyKind::SensitiveLayers => on(
            &SourceKind::INSIDE,
            literature::sensitive_layers(),
            Basis::Assumed,
        ),
        RemedyKind::AllFp16 => on(
            &[
                Output,
                Bias,
                Scale,
                Weights,
                Activations,
                Interactions,
                Overlap,
            ],
            literature::all_fp16(),
            Basis::Computed,
        ),
        RemedyKind::Training => on(
            &[Bias, Scale, Weights, Activations, Interactions],
            literature::training(),
            Basis::Published,
        ),
        RemedyKind::Distillation => on(
            &[Bias, Scale, Weights, Activations, Interactions],
            literature::distillation(),
            Basis::Assumed,
        ),
        RemedyKind::BiasCorrection
        | RemedyKind::CrossLayerEqualisation
        | RemedyKind::ClipSearch
        | RemedyKind::EndsInFloat
        | RemedyKind::HelpfulRepairs => on(&[], literature::unknown(), Basis::Assumed),
    }
}

/// The measured errors of the output that a remedy sets, where it was tried.
fn tried(kind: RemedyKind, input: &PlannerInput) -> Option<RequantizedMse> {
    let t = &input.tried;
    match kind {
        RemedyKind::BestRange => t.best_range.as_ref().map(|r| r.1),
        RemedyKind::NarrowerRange => t.narrower.as_ref().map(|r| r.1),
        RemedyKind::OtherCode => t.code.as_ref().map(|c| c.1),
        RemedyKind::DepthAwareBits => t.depth_aware,
        RemedyKind::TwoOutputs => t.two_outputs,
        RemedyKind::OutputBits(bits) => {
            let row = t.bits.iter().find(|(b, _)| b.get() == bits)?;
            Some(row.1)
        }
        _ => None,
    }
}

/// Remaining share of the output's error with more bits. Only its rounding part shrinks: at most a twelfth of the squared step. Clipping
/// stays.
///
/// Steps that are equal in another quantity have no one length in depth, by which rounding and clipping could be told apart. All of the error
/// is then expected to be rounding, and the worst case goes by the root mean square of the steps.
fn more_bits(bits: u8, input: &PlannerInput, sources: &[ErrorSource]) -> RemainingShare {
    let (Some(then), Some(output)) = (
        Bits::new(bits).filter(|b| b.get() > input.bits.get()),
        sources.iter().find(|s| s.kind == SourceKind::Output),
    ) else {
        return RemainingShare {
            low: 1.0,
            likely: 1.0,
            high: 1.0,
        };
    };
    let ratio = f64::from(input.bits.steps()) / f64::from(then.steps());
    let finer = ratio * ratio;
    let rounding = input
        .step_m
        .filter(|_| output.mse > 0.0)
        .map_or(1.0, |step_m| (step_m * step_m / 12.0 / output.mse).min(1.0));
    let high = 1.0 - rounding * (1.0 - finer);
    RemainingShare {
        low: finer,
        likely: match input.steps {
            GridQuantity::Depth => high,
            GridQuantity::InverseDepth | GridQuantity::LogDepth => finer,
        },
        high,
    }
}

fn cost(kind: RemedyKind, input: &PlannerInput) -> RemedyCost {
    let bits = u32::from(input.bits.get());
    let sizes = input.parameters.map(WeightSizes::from_parameters);
    let ran = input.network.remedy(kind).map(|ran| ran.weights_mb);
    let ran = ran.filter(|(now_mb, _)| *now_mb > 0.0);
    let weights_factor = match (kind, ran) {
        (_, Some((now_mb, mb))) => (mb / now_mb, mb / now_mb),
        (RemedyKind::AllFp16, _) => (2.0, 2.0),
        (RemedyKind::SensitiveLayers, _) => (1.0, 2.0),
        _ => (1.0, 1.0),
    };
    let computed = sizes.map(|s| (s.int8_mb * weights_factor.0, s.int8_mb * weights_factor.1));
    RemedyCost {
        weights_mb: ran.map(|(_, mb)| (mb, mb)).or(computed),
        weights_factor,
        output_bits: match kind {
            RemedyKind::OutputBits(bits) => u32::from(bits),
            RemedyKind::TwoOutputs | RemedyKind::AllFp16 => 16,
            // 1024 + 256 + 64 values.
            RemedyKind::DepthAwareBits => 11,
            _ => bits,
        },
        training: matches!(kind, RemedyKind::Training | RemedyKind::Distillation),
    }
}

fn setting(kind: RemedyKind, input: &PlannerInput) -> Option<RemedySetting> {
    let range = |tried: &Option<(OutputRange, RequantizedMse)>| {
        tried.as_ref().map(|t| RemedySetting::Range(t.0))
    };
    match kind {
        RemedyKind::BestRange => range(&input.tried.best_range),
        RemedyKind::NarrowerRange => range(&input.tried.narrower),
        RemedyKind::OtherCode => {
            let tried = input.tried.code.as_ref();
            tried.map(|(spec, _)| RemedySetting::Code(spec.clone()))
        }
        _ => {
            let kept = &input.network.remedy(kind)?.kept;
            (!kept.is_empty()).then(|| RemedySetting::Layers(kept.clone()))
        }
    }
}

fn visibility(gain_m: f64, interval_m: Option<(f64, f64)>) -> GainVisibility {
    match interval_m {
        _ if gain_m <= 0.0 => GainVisibility::None,
        None => GainVisibility::Unknown,
        Some((low, high)) if gain_m > 0.5 * (high - low) => GainVisibility::Beyond,
        Some(_) => GainVisibility::Within,
    }
}
