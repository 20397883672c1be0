//! Published measurements of remedies, and the share of a source's variance that each remedy leaves by them.

use fathom_core::i18n::tr;

/// The share of a source's variance that a remedy leaves: 0 removes it, 1 leaves it unchanged, above 1 adds to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemainingShare {
    /// Best case.
    pub low: f64,
    /// Expectation.
    pub likely: f64,
    /// Worst case.
    pub high: f64,
}

/// Test MSEs of one network on NYUv2 (EfficientNet-B0 encoder, qnnpack), from its authors' table of results.
mod nyu {
    pub(super) const FP32: f64 = 0.008_141;
    pub(super) const PER_TENSOR: f64 = 0.033_355;
    pub(super) const PER_TENSOR_TRAINED: f64 = 0.011_958;
    pub(super) const PER_CHANNEL: f64 = 0.010_918;
    pub(super) const PER_CHANNEL_FOLDED: f64 = 0.008_760;
    pub(super) const PER_CHANNEL_TRAINED: f64 = 0.008_601;
    /// Trained from the floating-point network, without calibrating first.
    pub(super) const TRAINED_ALONE: f64 = 0.011_250;
}

/// Remaining share of the variance that quantization adds, from the MSEs before and after a remedy.
fn left(before: f64, after: f64) -> f64 {
    (after - nyu::FP32) / (before - nyu::FP32)
}

/// Weights per channel in place of per tensor. The worst case is 1: weights may already be per channel.
pub(super) fn per_channel() -> RemainingShare {
    let likely = left(nyu::PER_TENSOR, nyu::PER_CHANNEL);
    RemainingShare {
        low: likely,
        likely,
        high: 1.0,
    }
}

/// Batch normalisation folded into the weights before calibration. The worst case is 1: it may already be folded.
pub(super) fn folding() -> RemainingShare {
    let likely = left(nyu::PER_CHANNEL, nyu::PER_CHANNEL_FOLDED);
    RemainingShare {
        low: likely,
        likely,
        high: 1.0,
    }
}

/// Quantization-aware training: measured from a calibrated start; the worst case starts uncalibrated.
pub(super) fn training() -> RemainingShare {
    RemainingShare {
        low: left(nyu::PER_TENSOR, nyu::PER_TENSOR_TRAINED),
        likely: left(nyu::PER_CHANNEL, nyu::PER_CHANNEL_TRAINED),
        high: left(nyu::PER_CHANNEL, nyu::TRAINED_ALONE),
    }
}

/// Distillation from the floating-point network. Assumed, between the effect of training and none: no figure for INT8 depth is known.
pub(super) fn distillation() -> RemainingShare {
    RemainingShare {
        low: training().low,
        likely: 0.5,
        high: 1.0,
    }
}

/// Two INT8 outputs for one depth. Published: the error falls up to 4.6 times, in the best case by three bits.
pub(super) fn two_outputs() -> RemainingShare {
    RemainingShare {
        low: 1.0 / 64.0,
        likely: 1.0 / (4.6 * 4.6),
        high: 1.0,
    }
}

/// FP16 everywhere in place of 8 bits. FP16 values lie at most 2^-10 of a depth apart, 8-bit values a 255th of the range.
/// The ratio is largest at the far end of the range; over depths spread evenly, the mean squared depth is a third of that.
pub(super) fn all_fp16() -> RemainingShare {
    let spacing = 255.0 / 1024.0;
    RemainingShare {
        low: 0.0,
        likely: spacing * spacing / 3.0,
        high: spacing * spacing,
    }
}

/// The published depth-aware code in place of 8 bits over the whole range: 10 bits from 0.5 m to 3 m, 8 to 10 m, 6 to 15 m.
/// Best case, expectation and worst case are its finest, middle and coarsest piece.
pub(super) fn depth_aware() -> RemainingShare {
    let step = |width_m: f64, steps: f64| width_m / steps;
    let now = step(14.5, 255.0);
    let keep = |then: f64| (then / now) * (then / now);
    RemainingShare {
        low: keep(step(2.5, 1023.0)),
        likely: keep(step(7.0, 255.0)),
        high: keep(step(5.0, 63.0)),
    }
}

/// 16 bits for the most sensitive layers. Assumed: all of the error may stem from them, or hardly any.
pub(super) fn sensitive_layers() -> RemainingShare {
    RemainingShare {
        low: 0.0,
        likely: 0.5,
        high: 1.0,
    }
}

/// A remedy that removes between all of a source and nothing. Without maps the expectation is nothing.
pub(super) fn unknown() -> RemainingShare {
    RemainingShare {
        low: 0.0,
        likely: 1.0,
        high: 1.0,
    }
}

/// The publication behind an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Citation {
    /// The published case of the built-in sample.
    PublishedCase,
    /// A table of recipes on NYUv2: lukasz-staniszewski/quantized-depth-estimation.
    NyuRecipes,
    /// Uss et al., ICML 2024.
    Hilbert,
    /// Samsung Research's account of the same work.
    SamsungBits,
    /// The Hailo Model Zoo's tables.
    Hailo,
    /// Layer-wise analysis, arXiv:2012.08420.
    LayerWise,
    /// Depth distillation: arXiv:2105.06143 and arXiv:2402.14340.
    Distillation,
    /// Panter and Dite 1951.
    PanterDite,
}

impl Citation {
    /// Returns the reference for a footnote, translated.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::PublishedCase => tr!("the published case behind the sample"),
            Self::NyuRecipes => {
                tr!("lukasz-staniszewski/quantized-depth-estimation, table of results (NYUv2)")
            }
            Self::Hilbert => tr!(
                "M. Uss et al., Predicting High-precision Depth on Low-Precision Devices Using 2D Hilbert Curves, ICML 2024",
            ),
            Self::SamsungBits => tr!("Samsung Research on the Hilbert-curve output, 2024"),
            Self::Hailo => {
                tr!("Hailo Model Zoo, depth estimation tables of HAILO15H and HAILO8 (NYU)")
            }
            Self::LayerWise => tr!("arXiv:2012.08420, layer-wise analysis of quantized networks"),
            Self::Distillation => {
                tr!("arXiv:2105.06143 and arXiv:2402.14340, distillation for depth")
            }
            Self::PanterDite => tr!("P. F. Panter and W. Dite, Proceedings of the IRE 39, 1951"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rmse_ratios_agree_with_the_published_table() {
        // The RMSE ratios that the table is quoted with: x2.02, +15.8 %, +3.7 %, +2.8 %, +21 %.
        let rows = [
            (nyu::PER_TENSOR, 2.02),
            (nyu::PER_CHANNEL, 1.158),
            (nyu::PER_CHANNEL_FOLDED, 1.037),
            (nyu::PER_CHANNEL_TRAINED, 1.028),
            (nyu::PER_TENSOR_TRAINED, 1.21),
        ];
        for (mse, factor) in rows {
            let rise = (mse / nyu::FP32).sqrt();
            assert!((rise - factor).abs() < 0.005, "{rise} {factor}");
        }
    }

    #[test]
    fn shares_are_ordered_and_have_known_values() {
        let all = [
            per_channel(),
            folding(),
            training(),
            distillation(),
            two_outputs(),
            all_fp16(),
            depth_aware(),
            sensitive_layers(),
            unknown(),
        ];
        for keep in all {
            assert!(
                0.0 <= keep.low && keep.low <= keep.likely && keep.likely <= keep.high,
                "{keep:?}"
            );
        }
        let close = |a: f64, b: f64| assert!((a - b).abs() < 5e-4, "{a} {b}");
        close(per_channel().likely, 0.1101);
        close(folding().likely, 0.2229);
        close(training().low, 0.1514);
        close(training().likely, 0.1656);
        close(training().high, 1.1196);
        close(depth_aware().likely, 0.2331);
        close(all_fp16().high, 0.0620);
    }
}
