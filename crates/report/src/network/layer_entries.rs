//! Effects of all quantizers, of groups and of layers on the output.

use serde::{Deserialize, Serialize};

/// All quantizers on against all off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_effect")
)]
pub struct EffectEntry {
    /// RMS of the output's change, in its own unit.
    pub rms: f64,
    /// RMS of the change in metres. `null` where no pixel has a depth in both runs. Unit: m.
    pub rms_m: Option<f64>,
    /// 95 % interval of `rms` over frames, by Student's t. `null` with fewer than two frames.
    pub interval: Option<[f64; 2]>,
    /// Mean change in metres. `null` where no pixel has a depth in both runs. Unit: m.
    pub bias_m: Option<f64>,
    /// Against ground truth. `null` without it.
    pub truth: Option<DepthChange>,
}

/// Metrics against ground truth with the quantizers in question off and on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "network_truth"))]
pub struct DepthChange {
    /// RMSE of the floating-point network. Unit: m.
    pub rmse_fp32: f64,
    /// RMSE with these quantizers on. Unit: m.
    pub rmse: f64,
    /// Mean of `abs(p - g) / g` of the floating-point network. Unit: 1.
    pub abs_rel_fp32: f64,
    /// The same with these quantizers on. Unit: 1.
    pub abs_rel: f64,
    /// Share of pixels with `max(p / g, g / p) < 1.25` of the floating-point network. Unit: 1.
    pub delta1_fp32: f64,
    /// The same with these quantizers on. Unit: 1.
    pub delta1: f64,
}

/// Growth of the accumulated error with depth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_growth")
)]
pub struct GrowthEntry {
    /// `exponential`: the noise multiplies at each layer. `power`: it grows with a power of depth, near 1/2 for independent errors that add
    /// up. `flat`: it does not grow.
    pub kind: String,
    /// Factor from one layer to the next, or the power. `null` for `flat`. Unit: 1.
    pub rate: Option<f64>,
    /// Share of the variance of the logarithm of noise to signal that this explains. Unit: 1.
    pub explained: f64,
    /// The tensors with an error, in the order of the network.
    pub points: Vec<GrowthPointEntry>,
}

/// A tensor on the way through the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_growth_point")
)]
pub struct GrowthPointEntry {
    /// Name of the quantizer's tensor.
    pub tensor: String,
    /// Nodes with a weight on the longest way from an input.
    pub depth: usize,
    /// RMS of the accumulated error over the RMS of the tensor. Unit: 1.
    pub noise_to_signal: f64,
}

/// Groups of quantizers. Shares and `interaction` are in the unit of `space`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_groups")
)]
pub struct GroupsEntry {
    /// Weights.
    pub weights: GroupEntry,
    /// Biases; their Shapley share is part of the weights'.
    pub biases: GroupEntry,
    /// The input; its Shapley share is part of the activations'.
    pub input: GroupEntry,
    /// Activations between input and output.
    pub activations: GroupEntry,
    /// The output.
    pub output: GroupEntry,
    /// Mean square of the whole less the sum of those of weights with biases, activations with input, and output, as a share of the whole.
    /// Unit: 1.
    pub interaction: Option<f64>,
}

/// One group of quantizers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "network_group"))]
pub struct GroupEntry {
    /// Number of quantizers.
    pub quantizers: usize,
    /// RMS of the output's change with only this group on, in the unit of the output.
    pub alone_rms: f64,
    /// The same in metres. `null` where no pixel has a depth in both runs. Unit: m.
    pub alone_rms_m: Option<f64>,
    /// Shapley share of the mean square of the whole. `null` for groups that are part of another. Unit: 1.
    pub shapley: Option<f64>,
    /// 95 % interval of `shapley` over frames. `null` with fewer than two frames.
    pub interval: Option<[f64; 2]>,
}

/// A layer: a node with a weight, and the quantizers of its weight, its bias and what follows with one input and no weight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "network_layer"))]
pub struct LayerEntry {
    /// Name of the node, or of the tensor of a quantizer without a weight.
    pub name: String,
    /// Type of the node's operator. Empty for a quantizer without a weight.
    pub operator: String,
    /// Place in the order of the network, from 0.
    pub place: usize,
    /// Names of its nodes in the floating-point model, or in the quantized one where that has a graph of its own; a node without a name has that
    /// of its first output. Empty for an input.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// Names of further nodes, which read what the layer's quantizers make.
    #[serde(default)]
    pub readers: Vec<String>,
    /// Names of its quantizers' tensors.
    pub quantizers: Vec<String>,
    /// RMS of the output's change with only this layer rounded, in the unit of the output. `null` where it was not measured.
    pub only_rms: Option<f64>,
    /// RMS of the output's change with all but this layer rounded, in the unit of the output. `null` where it was not measured.
    pub all_but_rms: Option<f64>,
    /// Share of the mean square that this layer alone makes, `only_rms^2 / effect.rms^2`. Unit: 1.
    pub only: Option<f64>,
    /// Share of the mean square that vanishes without this layer, `1 - all_but_rms^2 / effect.rms^2`. Unit: 1.
    pub all_but: Option<f64>,
    /// Shapley share of the mean square, with its standard error. `null` unless asked for.
    pub shapley: Option<ShapleyEntry>,
    /// RMS in metres with only this layer rounded. `null` where it was not measured. Unit: m.
    pub only_rms_m: Option<f64>,
    /// Multiplications with accumulation of one frame. `null` where a shape is unknown.
    pub macs: Option<u64>,
    /// Number of weights and biases.
    pub parameters: u64,
}

/// A share by sampled permutations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_shapley")
)]
pub struct ShapleyEntry {
    /// The share of the mean square. Unit: 1.
    pub share: f64,
    /// Standard error of the share by sampling permutations. Unit: 1.
    pub standard_error: f64,
    /// 95 % interval over frames. `null` with fewer than two frames.
    pub interval: Option<[f64; 2]>,
}
