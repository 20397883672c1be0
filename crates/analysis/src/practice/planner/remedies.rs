//! The remedies: what each removes of which source, what that could bring, and what it costs.

use super::literature::{self, Citation};
use super::sources::{Source, SourceKind, Terms};
use super::{Basis, Expected, Keep, PlannerInput, Recoded, text};
use crate::practice::calculator::WeightSizes;
use fathom_core::quant::{Bits, CodeSpec, OutputRange};

/// A remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RemedyKind {
    /// A straight line fitted to INT8's depths undone: bias, scale and shift.
    Recalibration,
    /// The output range that is best on these depths.
    BestRange,
    /// A narrower output range.
    NarrowerRange,
    /// Another output code of as many values.
    OtherCode,
    /// More bits where depths are near, fewer where they are far.
    DepthAwareBits,
    /// Two INT8 outputs for one depth.
    TwoOutputs,
    /// So many bits for the output.
    OutputBits(u8),
    /// A scale for each channel of the weights.
    PerChannelWeights,
    /// Batch normalisation folded into the weights first.
    FoldedBatchNorm,
    /// FP16 for the layers that suffer most.
    SensitiveLayersFp16,
    /// FP16 everywhere.
    AllFp16,
    /// Training with quantization in the loop.
    Training,
    /// Training against the floating-point network.
    Distillation,
}

impl RemedyKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Recalibration,
        Self::BestRange,
        Self::NarrowerRange,
        Self::OtherCode,
        Self::DepthAwareBits,
        Self::TwoOutputs,
        Self::OutputBits(10),
        Self::OutputBits(12),
        Self::OutputBits(16),
        Self::PerChannelWeights,
        Self::FoldedBatchNorm,
        Self::SensitiveLayersFp16,
        Self::AllFp16,
        Self::Training,
        Self::Distillation,
    ];

    /// The source of the published expectation.
    #[must_use]
    pub fn citation(self) -> Citation {
        match self {
            Self::Recalibration => Citation::Hailo,
            Self::BestRange | Self::NarrowerRange | Self::DepthAwareBits | Self::AllFp16 => {
                Citation::PublishedCase
            }
            Self::OtherCode => Citation::PanterDite,
            Self::TwoOutputs => Citation::Hilbert,
            Self::OutputBits(_) => Citation::SamsungBits,
            Self::PerChannelWeights | Self::FoldedBatchNorm | Self::Training => {
                Citation::NyuRecipes
            }
            Self::SensitiveLayersFp16 => Citation::LayerWise,
            Self::Distillation => Citation::Distillation,
        }
    }

    /// What is published about it, in a sentence.
    #[must_use]
    pub fn published(self) -> &'static str {
        text::published(self)
    }

    /// Its name, as a line of a table has it.
    #[must_use]
    pub fn name(self) -> String {
        text::name(self)
    }
}

/// What a remedy leaves of a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Removal {
    /// The source.
    pub source: SourceKind,
    /// What is left of it.
    pub keep: Keep,
}

/// What a remedy costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Size of the weights in MB of 10^6 bytes, least and most; `None` where the parameters are not known.
    pub weights_mb: Option<(f64, f64)>,
    /// Bits that a depth takes up in the output.
    pub output_bits: u32,
    /// Whether the network has to be trained.
    pub training: bool,
}

/// Whether these frames could show a gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// No interval is known.
    Unknown,
    /// The expected gain is larger than half the width of the interval of INT8's change.
    Beyond,
    /// It is smaller.
    Within,
    /// No gain is expected.
    None,
}

/// A remedy with what it could bring.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// Which one.
    pub kind: RemedyKind,
    /// What it removes; empty where the output was coded anew and measured as a whole.
    pub removals: Vec<Removal>,
    /// What could be expected.
    pub expected: Expected,
    /// What that rests on.
    pub basis: Basis,
    /// What it costs.
    pub cost: Cost,
    /// Whether pixels that clip may cost more than the interval says: their depths are not known here.
    pub clipping_unknown: bool,
    /// What is set in this case; `None` where the kind says it all.
    pub setting: Option<Setting>,
    /// Expected gain in RMSE, in metres; negative for a loss.
    pub gain_m: f64,
    /// Whether these frames could show it.
    pub visibility: Visibility,
}

/// What a remedy sets the output to.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Its range.
    Range(OutputRange),
    /// Its code, over the range in use.
    Code(CodeSpec),
}

impl Setting {
    /// What it is, as text.
    #[must_use]
    pub fn text(&self) -> String {
        text::setting(self)
    }
}

impl Remedy {
    /// Its kind with what is set, as text.
    #[must_use]
    pub fn name(&self) -> String {
        let kind = self.kind.name();
        match &self.setting {
            Some(setting) => format!("{kind}: {}", setting.text()),
            None => kind,
        }
    }

    /// What could be expected, in a sentence that promises nothing.
    #[must_use]
    pub fn text(&self) -> String {
        text::expectation(self)
    }

    /// What it costs, in a few words.
    #[must_use]
    pub fn cost_text(&self) -> String {
        text::cost(&self.cost)
    }
}

/// How a remedy acts.
enum Effect {
    /// It leaves parts of sources.
    Keeps(Vec<Removal>, Basis),
    /// The output is coded anew, measured.
    Recoded(Recoded),
    /// Measured as a whole.
    Fitted(f64),
}

pub(super) fn ranked(input: &PlannerInput, terms: &Terms, sources: &[Source]) -> Vec<Remedy> {
    let mut out: Vec<Remedy> = RemedyKind::ALL
        .into_iter()
        .map(|kind| remedy(kind, input, terms, sources))
        .collect();
    // The sort keeps the order of equals.
    out.sort_by(|a, b| a.expected.rmse_m.total_cmp(&b.expected.rmse_m));
    out
}

fn remedy(kind: RemedyKind, input: &PlannerInput, terms: &Terms, sources: &[Source]) -> Remedy {
    let (expected, removals, basis) = match effect(kind, input, terms, sources) {
        Effect::Fitted(rmse_m) => {
            let expected = Expected {
                rmse_m,
                low_m: rmse_m,
                high_m: rmse_m,
            };
            (expected, Vec::new(), Basis::Measured)
        }
        Effect::Recoded(recoded) => (
            recoded_expected(terms, sources, recoded),
            Vec::new(),
            Basis::Measured,
        ),
        Effect::Keeps(removals, basis) => (
            terms.expected(left(terms, sources, &removals)),
            removals,
            basis,
        ),
    };
    let gain_m = terms.mse_int8.max(0.0).sqrt() - expected.rmse_m;
    let narrows = matches!(kind, RemedyKind::BestRange | RemedyKind::NarrowerRange);
    Remedy {
        kind,
        clipping_unknown: narrows && basis != Basis::Measured,
        expected,
        removals,
        basis,
        cost: cost(kind, input),
        setting: setting(kind, input),
        gain_m,
        visibility: visibility(gain_m, input.change_interval_m),
    }
}

/// What a remedy leaves of the mean of `q^2`, at best, likely and at worst.
fn left(terms: &Terms, sources: &[Source], removals: &[Removal]) -> [f64; 3] {
    let part = |pick: fn(&Keep) -> f64| {
        let removed: f64 = sources
            .iter()
            .filter_map(|s| {
                let removal = removals.iter().find(|r| r.source == s.kind)?;
                Some(s.mse * (1.0 - pick(&removal.keep)))
            })
            .sum();
        terms.mse_quant - removed
    };
    [part(|k| k.low), part(|k| k.likely), part(|k| k.high)]
}

/// With the output coded anew: by the difference against ground truth, with an interval that holds what the sources say as well.
fn recoded_expected(terms: &Terms, sources: &[Source], recoded: Recoded) -> Expected {
    let output: f64 = sources
        .iter()
        .filter(|s| matches!(s.kind, SourceKind::Output))
        .map(|s| s.mse)
        .sum();
    let by_source = terms.expected([terms.mse_quant - output + recoded.mse_code; 3]);
    let Some(now) = terms.coded_to_gt else {
        return by_source;
    };
    let rmse_m = (terms.mse_int8 - now + recoded.mse_to_gt).max(0.0).sqrt();
    Expected {
        rmse_m,
        low_m: rmse_m.min(by_source.low_m),
        high_m: rmse_m.max(by_source.high_m),
    }
}

fn effect(kind: RemedyKind, input: &PlannerInput, terms: &Terms, sources: &[Source]) -> Effect {
    use SourceKind::{Activations, Bias, Interactions, Output, Overlap, Scale, Weights};
    let on = |kinds: &[SourceKind], keep: Keep, basis| {
        let removal = |source: &SourceKind| Removal {
            source: *source,
            keep,
        };
        Effect::Keeps(kinds.iter().map(removal).collect(), basis)
    };
    // What the output makes twice goes with it.
    let output = |keep, basis| on(&[Output, Overlap], keep, basis);
    if let Some(recoded) = tried(kind, input) {
        return Effect::Recoded(recoded);
    }
    match kind {
        RemedyKind::Recalibration => match terms.recalibrated_m {
            Some(rmse_m) => Effect::Fitted(rmse_m),
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
        RemedyKind::SensitiveLayersFp16 => on(
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
    }
}

fn tried(kind: RemedyKind, input: &PlannerInput) -> Option<Recoded> {
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

/// More bits shrink the rounding, which is a twelfth of the squared step at most of what was measured; clipping stays.
fn more_bits(bits: u8, input: &PlannerInput, sources: &[Source]) -> Keep {
    let (Some(then), Some(output)) = (
        Bits::new(bits).filter(|b| b.get() > input.bits.get()),
        sources.iter().find(|s| s.kind == SourceKind::Output),
    ) else {
        return Keep {
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
    let likely = 1.0 - rounding * (1.0 - finer);
    Keep {
        low: finer,
        likely,
        high: likely,
    }
}

fn cost(kind: RemedyKind, input: &PlannerInput) -> Cost {
    let bits = u32::from(input.bits.get());
    let sizes = input.parameters.map(WeightSizes::of);
    Cost {
        weights_mb: sizes.map(|s| match kind {
            RemedyKind::AllFp16 => (s.fp16_mb, s.fp16_mb),
            RemedyKind::SensitiveLayersFp16 => (s.int8_mb, s.fp16_mb),
            _ => (s.int8_mb, s.int8_mb),
        }),
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

fn setting(kind: RemedyKind, input: &PlannerInput) -> Option<Setting> {
    let range =
        |tried: &Option<(OutputRange, Recoded)>| tried.as_ref().map(|t| Setting::Range(t.0));
    match kind {
        RemedyKind::BestRange => range(&input.tried.best_range),
        RemedyKind::NarrowerRange => range(&input.tried.narrower),
        RemedyKind::OtherCode => {
            let tried = input.tried.code.as_ref();
            tried.map(|(spec, _)| Setting::Code(spec.clone()))
        }
        _ => None,
    }
}

fn visibility(gain_m: f64, interval_m: Option<(f64, f64)>) -> Visibility {
    match interval_m {
        _ if gain_m <= 0.0 => Visibility::None,
        None => Visibility::Unknown,
        Some((low, high)) if gain_m > 0.5 * (high - low) => Visibility::Beyond,
        Some(_) => Visibility::Within,
    }
}
