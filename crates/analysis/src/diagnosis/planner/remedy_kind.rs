//! The kinds of remedies.

use super::literature::Citation;
use serde::{Deserialize, Serialize};

/// A kind of remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RemedyKind {
    /// Recalibration: undoes the line (bias, scale and shift) that fits INT8's depths.
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
    /// This many bits for the output.
    OutputBits(u8),
    /// A scale for each channel of the weights.
    PerChannelWeights,
    /// Batch normalisation folded into the weights first.
    FoldedBatchNorm,
    /// 16 bits for the most sensitive layers.
    SensitiveLayers,
    /// FP16 everywhere.
    AllFp16,
    /// Quantization-aware training.
    Training,
    /// Knowledge distillation from the floating-point network.
    Distillation,
    /// Biases that undo the mean error of each channel.
    BiasCorrection,
    /// Weights of neighbouring layers scaled to one range.
    CrossLayerEqualisation,
    /// Ranges of activations that are searched layer by layer.
    ClipSearch,
    /// Floating point for the first and the last layer.
    EndsInFloat,
    /// The repairs that help, together.
    HelpfulRepairs,
}

impl RemedyKind {
    /// Returns true if the remedy changes the range, the code or the bits of the output alone.
    #[must_use]
    pub fn changes_output(self) -> bool {
        matches!(
            self,
            Self::BestRange
                | Self::NarrowerRange
                | Self::OtherCode
                | Self::DepthAwareBits
                | Self::TwoOutputs
                | Self::OutputBits(_)
        )
    }

    /// Returns false for floating point everywhere, which gives INT8 up.
    #[must_use]
    pub fn keeps_int8(self) -> bool {
        self != Self::AllFp16
    }

    /// The kinds that every plan ranks. Others are ranked where the network was run with them.
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
        Self::SensitiveLayers,
        Self::AllFp16,
        Self::Training,
        Self::Distillation,
    ];

    /// True for a range or code whose steps are laid out in depth.
    pub(super) fn is_code_of_depths(self) -> bool {
        matches!(
            self,
            Self::BestRange | Self::NarrowerRange | Self::OtherCode | Self::DepthAwareBits
        )
    }

    /// Returns the source of the published expectation; `None` for kinds that are ranked only where they are measured.
    #[must_use]
    pub fn citation(self) -> Option<Citation> {
        Some(match self {
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
            Self::SensitiveLayers => Citation::LayerWise,
            Self::Distillation => Citation::Distillation,
            Self::BiasCorrection
            | Self::CrossLayerEqualisation
            | Self::ClipSearch
            | Self::EndsInFloat
            | Self::HelpfulRepairs => return None,
        })
    }
}
