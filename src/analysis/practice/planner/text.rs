//! The words of sources and remedies, in one place.

use super::remedies::{Cost, Remedy, RemedyKind, Visibility};
use super::sources::SourceKind;
use super::{Basis, Plan};
use crate::quant::OutputRange;
use crate::units;

impl SourceKind {
    /// The name, as a line of a table has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Output => "output code",
            Self::Bias => "bias",
            Self::Scale => "scale and shift",
            Self::Weights => "weights",
            Self::Activations => "activations",
            Self::Interactions => "interactions",
            Self::Overlap => "counted twice",
        }
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Output => "Rounding to the output's values, and clipping at its ends.",
            Self::Bias => "All depths are off by the same length.",
            Self::Scale => "Depths are off in proportion to how far they differ from the mean.",
            Self::Weights => "Rounding of the weights, inside the network.",
            Self::Activations => "Rounding of the activations, inside the network.",
            Self::Interactions => "What rounded weights and activations do together.",
            Self::Overlap => {
                "Bias and scale that the output's clipping makes are in both lines; this takes them off once."
            }
        }
    }
}

impl Basis {
    /// The mark beside a figure.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Computed => "computed",
            Self::Published => "published",
            Self::Assumed => "assumed",
        }
    }
}

pub(super) fn name(kind: RemedyKind) -> String {
    match kind {
        RemedyKind::Recalibration => "recalibration of bias, scale and shift".to_owned(),
        RemedyKind::BestRange => "the best output range".to_owned(),
        RemedyKind::NarrowerRange => "a narrower output range".to_owned(),
        RemedyKind::OtherCode => "another output code".to_owned(),
        RemedyKind::DepthAwareBits => "depth-aware bits".to_owned(),
        RemedyKind::TwoOutputs => "two INT8 outputs for one depth".to_owned(),
        RemedyKind::OutputBits(bits) => format!("{bits} bits for the output"),
        RemedyKind::PerChannelWeights => "per-channel weights".to_owned(),
        RemedyKind::FoldedBatchNorm => "batch normalisation folded first".to_owned(),
        RemedyKind::SensitiveLayersFp16 => "FP16 for the most sensitive layers".to_owned(),
        RemedyKind::AllFp16 => "FP16 everywhere".to_owned(),
        RemedyKind::Training => "quantization-aware training".to_owned(),
        RemedyKind::Distillation => "knowledge distillation".to_owned(),
    }
}

pub(super) fn published(kind: RemedyKind) -> &'static str {
    match kind {
        RemedyKind::Recalibration => {
            "One network's loss went from 6 % of RMSE to 0 % with another compiler, whose calibration differs."
        }
        RemedyKind::BestRange => {
            "The range from 0.5 m to 15 m was kept, with an RMSE of 0.741 m; wider ones were not tried."
        }
        RemedyKind::NarrowerRange => {
            "RMSE was expected at 0.82 m up to 12.5 m, at 0.94 m up to 10 m and at 2.70 m up to 7.5 m, against 0.741 m up to 15 m."
        }
        RemedyKind::OtherCode => {
            "For fine codes the lowest RMSE is reached with values as dense as the cube root of the depths' density."
        }
        RemedyKind::DepthAwareBits => {
            "10 bits to 3 m, 8 to 10 m and 6 to 15 m were proposed: 1,344 values, so 10.4 bits and not 8. No RMSE was published."
        }
        RemedyKind::TwoOutputs => {
            "Two outputs that follow a Hilbert curve gave up to 3 bits more, and an error of quantization up to 4.6 times smaller."
        }
        RemedyKind::OutputBits(_) => {
            "Depth maps were said to need at least 10 or 11 bits; 10 bits for 1 cm from 0.5 m to 10 m."
        }
        RemedyKind::PerChannelWeights => {
            "On NYUv2 one small network's RMSE rose by 102 % with weights per tensor, by 15.8 % per channel."
        }
        RemedyKind::FoldedBatchNorm => {
            "On NYUv2 one small network's RMSE rose by 15.8 % without, by 3.7 % with it."
        }
        RemedyKind::SensitiveLayersFp16 => {
            "In one network almost all of the loss stemmed from a single layer. How many layers need it differs; 27 MB was \
             published for mixed precision, against 14 MB as INT8."
        }
        RemedyKind::AllFp16 => "27 MB were published, against 14 MB as INT8.",
        RemedyKind::Training => {
            "On NYUv2 one small network's RMSE rose by 15.8 % before and 2.8 % after, if it started calibrated; by 17.6 % if not."
        }
        RemedyKind::Distillation => {
            "It is known to help small depth networks; no figure for an INT8 depth network is known here, so its part is assumed."
        }
    }
}

pub(super) fn range(range: OutputRange) -> String {
    units::range(range.min_m(), range.max_m())
}

pub(super) fn cost(cost: &Cost) -> String {
    let mb = |v: f64| units::bytes(v * 1e6);
    let mut parts = Vec::new();
    if let Some((low, high)) = cost.weights_mb {
        parts.push(if low == high {
            format!("{} of weights", mb(low))
        } else {
            format!("{} to {} of weights", mb(low), mb(high))
        });
    }
    parts.push(format!(
        "{} a depth",
        units::counted(cost.output_bits as usize, "bit")
    ));
    if cost.training {
        parts.push("a training run".to_owned());
    }
    parts.join(", ")
}

pub(super) fn expectation(r: &Remedy) -> String {
    let e = r.expected;
    let now_m = e.rmse_m + r.gain_m;
    let [to, now, low, high] = units::lengths_apart([e.rmse_m, now_m, e.low_m, e.high_m]);
    let what = match r.basis {
        Basis::Measured => {
            format!("By what was measured on these maps the RMSE would be near {to}")
        }
        Basis::Computed => format!("By computation it might give an RMSE near {to}"),
        Basis::Published => {
            format!("If it did here what it did elsewhere, the RMSE might be near {to}")
        }
        Basis::Assumed => format!("Assuming its part, the RMSE might be near {to}"),
    };
    let interval = if e.high_m - e.low_m > 1e-9 * e.high_m {
        format!(", between {low} and {high}")
    } else {
        String::new()
    };
    let seen = match r.visibility {
        Visibility::None => " No gain is expected.",
        Visibility::Within => " That gain is smaller than what these frames can show.",
        Visibility::Beyond | Visibility::Unknown => "",
    };
    let fitted = if r.kind == RemedyKind::Recalibration && r.basis == Basis::Measured {
        " The line was fitted to these very frames; on others it does less."
    } else {
        ""
    };
    let clipping = if r.clipping_unknown {
        " What clipping would cost is not counted: it takes the depths to tell."
    } else {
        ""
    };
    format!("{what}{interval}, in place of {now}.{seen}{fitted}{clipping}")
}

pub(super) fn caution(plan: &Plan) -> String {
    let assumed: f64 = plan
        .sources
        .iter()
        .filter(|s| s.basis == Basis::Assumed)
        .map(|s| s.share)
        .sum();
    let undone = if plan.cross < 0.0 {
        format!(
            " Quantization happens to undo some of FP32's own error here (cross term {} m\u{b2}), so removing its noise can also raise \
             the RMSE.",
            units::ratio(plan.cross)
        )
    } else {
        String::new()
    };
    format!(
        "{} of the quantization variance is divided by assumption; change the shares to see what depends on them. Expectations are no \
         promises: remedies were measured on other networks, and their gains do not add up.{undone}",
        units::share(assumed),
    )
}
