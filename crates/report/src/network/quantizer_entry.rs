//! One quantizer: its grid, what it clips, and the errors at its tensor.

use serde::{Deserialize, Serialize};

/// A quantizer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_quantizer")
)]
pub struct QuantizerEntry {
    /// Name of the tensor in the floating-point model, or in the quantized one where that has none.
    pub name: String,
    /// What is rounded: `weight`, `bias`, `input`, `activation` or `output`.
    pub kind: String,
    /// Name of the layer that it belongs to.
    pub layer: String,
    /// Places in this list of the quantizers whose tensors this one is computed from. Empty for parameters and inputs.
    #[serde(default)]
    pub sources: Vec<usize>,
    /// Type of the codes, such as `uint8`.
    pub code: String,
    /// Bits of a code. Unit: bit.
    pub bits: u8,
    /// Axis of the channels. `null` where one scale serves all.
    pub axis: Option<usize>,
    /// Scales in the unit of the tensor, one or one a channel. Empty where they are made at run time.
    pub scales: Vec<f64>,
    /// Zero points, one a scale.
    pub zero_points: Vec<i64>,
    /// Smallest and largest value of the grid, over all channels. `null` where scales are made at run time.
    pub range: Option<[f64; 2]>,
    /// Smallest and largest value seen, a folded Relu or Clip applied. `null` where it was not measured.
    pub seen: Option<[f64; 2]>,
    /// Share of the values below the range. `null` where it was not measured. Unit: 1.
    pub clipped_low: Option<f64>,
    /// Share of the values above the range. `null` where it was not measured. Unit: 1.
    pub clipped_high: Option<f64>,
    /// Number of codes that occur. `null` where it was not measured.
    pub codes_used: Option<u64>,
    /// This quantizer alone: its float input against its rounded output. `null` where it was not measured.
    pub local: Option<LocalError>,
    /// The tensor in the quantized run against the floating-point run. `null` for weights, and where it was not measured.
    pub accumulated: Option<AccumulatedError>,
}

/// Error of one quantizer alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "network_local"))]
pub struct LocalError {
    /// Root of the mean square of the error, in the unit of the tensor.
    pub rms: f64,
    /// Signal to noise, `10 log10(sum x^2 / sum e^2)`. `null` without an error or without a signal. Unit: dB.
    pub snr_db: Option<f64>,
}

/// Error of a tensor in the whole quantized network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_accumulated")
)]
pub struct AccumulatedError {
    /// Root of the mean square of the error, in the unit of the tensor.
    pub rms: f64,
    /// Signal to noise. `null` without an error or without a signal. Unit: dB.
    pub snr_db: Option<f64>,
    /// Cosine of the two tensors. `null` where one of them is 0. Unit: 1.
    pub cosine: Option<f64>,
    /// Mean of the error, in the unit of the tensor.
    pub bias: f64,
}
