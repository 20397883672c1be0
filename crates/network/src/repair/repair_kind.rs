//! The repairs.

/// A change of a quantized network that needs no training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repair {
    /// Channels of two convolutions in a row are scaled so that their weights have equal ranges; what lies between is calibrated anew.
    Equalisation,
    /// Weights get one scale a channel of the output.
    PerChannelWeights,
    /// Ranges of weights and activations are those of least squared error, of a tensor at a time.
    ClipSearch,
    /// The first and the last node with a weight, and the network's input and output, are not rounded.
    EndsInFloat,
    /// Biases take up the mean error of each channel.
    BiasCorrection,
}

impl Repair {
    /// All, in the order in which they are applied together.
    pub const ALL: [Self; 5] = [
        Self::Equalisation,
        Self::PerChannelWeights,
        Self::ClipSearch,
        Self::EndsInFloat,
        Self::BiasCorrection,
    ];

    /// The name in `report.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equalisation => "cross-layer-equalisation",
            Self::PerChannelWeights => "per-channel-weights",
            Self::ClipSearch => "clip-search",
            Self::EndsInFloat => "ends-in-float",
            Self::BiasCorrection => "bias-correction",
        }
    }
}
