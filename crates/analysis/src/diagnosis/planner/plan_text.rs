//! Texts of sources, remedies and plans. Every text of the planner but those of its errors and citations is in this file.

use super::basis::Basis;
use super::plan::Plan;
use super::remedies::{GainVisibility, Remedy, RemedyCost, RemedySetting};
use super::remedy_kind::RemedyKind;
use super::sources::SourceKind;
use fathom_core::i18n::tr;
use fathom_core::units;

impl SourceKind {
    /// Returns the name for a row of a table, translated.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Output => tr!("output code"),
            Self::Bias => tr!("bias"),
            Self::Scale => tr!("scale and shift"),
            Self::Weights => tr!("weights"),
            Self::Activations => tr!("activations"),
            Self::Interactions => tr!("interactions"),
            Self::Overlap => tr!("counted twice"),
        }
    }

    /// Returns a sentence that explains the source, translated.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Output => tr!("Rounding to the output's values, and clipping at its ends."),
            Self::Bias => tr!("All depths are off by the same length."),
            Self::Scale => {
                tr!("Depths are off in proportion to how far they differ from the mean.")
            }
            Self::Weights => tr!("Rounding of the weights, inside the network."),
            Self::Activations => tr!("Rounding of the activations, inside the network."),
            Self::Interactions => tr!("The joint effect of rounded weights and activations."),
            Self::Overlap => tr!(
                "Bias and scale caused by the output's clipping are in both rows; this subtracts them once.",
            ),
        }
    }
}

impl Basis {
    /// Returns the mark beside a figure, translated.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => tr!("measured"),
            Self::Simulated => tr!("simulated"),
            Self::Computed => tr!("computed"),
            Self::Published => tr!("published"),
            Self::Assumed => tr!("assumed"),
        }
    }
}

impl RemedyKind {
    /// Returns the name for a row of a table, translated.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Recalibration => tr!("recalibration of the output's scale and shift").to_owned(),
            Self::BestRange => tr!("the best output range").to_owned(),
            Self::NarrowerRange => tr!("a narrower output range").to_owned(),
            Self::OtherCode => tr!("another output code").to_owned(),
            Self::DepthAwareBits => tr!("depth-aware bits").to_owned(),
            Self::TwoOutputs => tr!("two INT8 outputs for one depth").to_owned(),
            Self::OutputBits(bits) => tr!("{bits} bits for the output", bits),
            Self::PerChannelWeights => tr!("per-channel weights").to_owned(),
            Self::FoldedBatchNorm => tr!("batch normalisation folded into the weights").to_owned(),
            Self::SensitiveLayers => tr!("16 bits for the most sensitive layers").to_owned(),
            Self::AllFp16 => tr!("FP16 everywhere").to_owned(),
            Self::Training => tr!("quantization-aware training").to_owned(),
            Self::Distillation => tr!("knowledge distillation").to_owned(),
            Self::BiasCorrection => tr!("bias correction").to_owned(),
            Self::CrossLayerEqualisation => tr!("cross-layer equalisation").to_owned(),
            Self::ClipSearch => tr!("clip search").to_owned(),
            Self::EndsInFloat => tr!("first and last layer in float").to_owned(),
            Self::HelpfulRepairs => tr!("the repairs that help, together").to_owned(),
        }
    }

    /// Returns a sentence with the published result, translated; `None` for kinds that are ranked only where they are measured.
    #[must_use]
    pub fn published(self) -> Option<&'static str> {
        Some(match self {
            Self::Recalibration => tr!(
                "One network's loss went from 6 % of RMSE to 0 % with another compiler, whose calibration differs.",
            ),
            Self::BestRange => tr!(
                "The range from 0.5 m to 15 m was kept, with an RMSE of 0.741 m; wider ones were not tried.",
            ),
            Self::NarrowerRange => tr!(
                "The expected RMSE was 0.82 m up to 12.5 m, 0.94 m up to 10 m and 2.70 m up to 7.5 m, against 0.741 m up to 15 m.",
            ),
            Self::OtherCode => tr!(
                "For fine codes the lowest RMSE is reached with values as dense as the cube root of the depths' density.",
            ),
            Self::DepthAwareBits => tr!(
                "10 bits to 3 m, 8 to 10 m and 6 to 15 m were proposed: 1,344 values, which is 10.4 bits instead of 8. No RMSE was \
                 published.",
            ),
            Self::TwoOutputs => tr!(
                "Two outputs that follow a Hilbert curve gave up to 3 bits more, and an error of quantization up to 4.6 times smaller.",
            ),
            Self::OutputBits(_) => tr!(
                "Depth maps were said to need at least 10 or 11 bits; 10 bits for 1 cm from 0.5 m to 10 m.",
            ),
            Self::PerChannelWeights => tr!(
                "On NYUv2 one small network's RMSE rose by 102 % with weights per tensor, by 15.8 % per channel.",
            ),
            Self::FoldedBatchNorm => {
                tr!("On NYUv2 one small network's RMSE rose by 15.8 % without, by 3.7 % with it.")
            }
            Self::SensitiveLayers => tr!(
                "In one network almost all of the loss stemmed from a single layer. How many layers need it differs; 27 MB was \
             published for mixed precision, against 14 MB as INT8.",
            ),
            Self::AllFp16 => tr!("27 MB were published, against 14 MB as INT8."),
            Self::Training => tr!(
                "On NYUv2 one small network's RMSE rose by 15.8 % before and 2.8 % after, if it started calibrated; by 17.6 % if not.",
            ),
            Self::Distillation => tr!(
                "It helps small depth networks. No figure for an INT8 depth network is known here, so its effect is assumed.",
            ),
            Self::BiasCorrection
            | Self::CrossLayerEqualisation
            | Self::ClipSearch
            | Self::EndsInFloat
            | Self::HelpfulRepairs => return None,
        })
    }
}

impl RemedySetting {
    /// Returns the range, the code or the layers as text, translated.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Range(range) => units::range(range.min_m(), range.max_m()),
            Self::Code(spec) => tr!("{} over the range in use", spec.name()),
            Self::Layers(names) => units::listed(names.iter().map(String::as_str)),
        }
    }
}

impl Remedy {
    /// Returns the name of its kind, with the new range or code where there is one, translated.
    #[must_use]
    pub fn name(&self) -> String {
        let kind = self.kind.name();
        match &self.setting {
            Some(setting) => format!("{kind}: {}", setting.text()),
            None => kind,
        }
    }

    /// Returns the expectation in sentences that promise nothing, translated.
    #[must_use]
    pub fn text(&self) -> String {
        expectation(self)
    }

    /// Returns the cost in a few words, translated.
    #[must_use]
    pub fn cost_text(&self) -> String {
        cost(&self.cost)
    }
}

impl Plan {
    /// Returns a caution that holds for the whole plan, in one or two sentences, translated.
    #[must_use]
    pub fn caution(&self) -> String {
        caution(self)
    }
}

fn cost(cost: &RemedyCost) -> String {
    let mb = |v: f64| units::bytes(v * 1e6);
    let mut parts = Vec::new();
    if let Some((low, high)) = cost.weights_mb {
        parts.push(if low == high {
            tr!("{} of weights", mb(low))
        } else {
            tr!("{} to {} of weights", mb(low), mb(high))
        });
    } else if cost.weights_factor != (1.0, 1.0) {
        let (low, high) = cost.weights_factor;
        parts.push(if low == high {
            tr!("{} \u{d7} the weights", high)
        } else {
            tr!("{} to {} \u{d7} the weights", low, high)
        });
    }
    parts.push(tr!(
        "{} per depth",
        units::counted(cost.output_bits as usize, units::Noun::Bit)
    ));
    if cost.training {
        parts.push(tr!("a training run").to_owned());
    }
    parts.join(", ")
}

fn expectation(r: &Remedy) -> String {
    let e = r.expected;
    let now_m = e.rmse_m + r.gain_m;
    let [to, now, low, high] = units::distinct_lengths([e.rmse_m, now_m, e.low_m, e.high_m]);
    let what = match r.basis {
        Basis::Measured if r.kind == RemedyKind::Recalibration => {
            tr!("Measured on these maps: an RMSE near {to}", to)
        }
        Basis::Measured => tr!("Measured by running the network: an RMSE near {to}", to),
        Basis::Simulated => tr!("With FP32's maps requantized: an RMSE near {to}", to),
        Basis::Computed => tr!("Computed: an RMSE near {to}", to),
        Basis::Published => {
            tr!(
                "With the effect published for other networks: an RMSE near {to}",
                to
            )
        }
        Basis::Assumed => tr!("With its effect assumed: an RMSE near {to}", to),
    };
    let interval = if e.high_m - e.low_m > 1e-9 * e.high_m {
        tr!(", between {low} and {high}", low, high)
    } else {
        String::new()
    };
    let seen = match r.visibility {
        GainVisibility::None => tr!(" No gain is expected."),
        _ if r.by_luck => tr!(" It looks good by luck: a code cannot repair the network."),
        GainVisibility::Within => tr!(" That gain is smaller than what these frames can show."),
        GainVisibility::Beyond | GainVisibility::Unknown => "",
    };
    let fitted = if r.kind == RemedyKind::Recalibration && r.basis == Basis::Measured {
        tr!(" The line is fitted to these frames; on others the gain is smaller.")
    } else {
        ""
    };
    let clipping = if r.clipping_unknown {
        tr!(" The cost of clipping is not counted: that needs the depths.")
    } else {
        ""
    };
    tr!(
        "{what}{interval}, instead of {now}.{seen}{fitted}{clipping}",
        what,
        interval,
        now,
        seen,
        fitted,
        clipping
    )
}

fn caution(plan: &Plan) -> String {
    let assumed: f64 = plan
        .sources
        .iter()
        .filter(|s| s.basis == Basis::Assumed)
        .map(|s| s.share)
        .sum();
    let undone = if plan.cross < 0.0 {
        tr!(
            " Quantization partly cancels FP32's own error here (cross term {} m\u{b2}), so removing its noise can also raise the RMSE.",
            units::ratio(plan.cross)
        )
    } else {
        String::new()
    };
    if assumed == 0.0 {
        return tr!(
            "Remedies that this network was not run with are estimates: they were measured on other networks. Gains do not add up.{undone}",
            undone
        );
    }
    tr!(
        "{} of the quantization variance is divided by assumption; change the shares to see their effect. All of it is an estimate: \
         remedies were measured on other networks, and their gains do not add up.{undone}",
        units::share(assumed),
        undone
    )
}
