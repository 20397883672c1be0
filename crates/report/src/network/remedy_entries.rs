//! Measured remedies: layers kept in float, repairs, and products that saturate.

use serde::{Deserialize, Serialize};

use super::layer_entries::DepthChange;

/// A set of layers kept at more bits, and what is left of the error. Every point is measured, none added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_pareto")
)]
pub struct ParetoEntry {
    /// Names of the layers that are kept.
    pub kept: Vec<String>,
    /// Bits of the kept layers; 32 for float. Unit: bit.
    pub kept_bits: u8,
    /// Size of the parameters, in units of 10^6 bytes. Unit: MB.
    pub mb: f64,
    /// Share of the network's multiplications in the kept layers. `null` where a shape is unknown. Unit: 1.
    pub mac_share: Option<f64>,
    /// RMS of the output's change, in its own unit.
    pub rms: f64,
    /// The same in metres. `null` where no pixel has a depth in both runs. Unit: m.
    pub rms_m: Option<f64>,
    /// True if a point with fewer kept layers has no larger error: then this one is not on the Pareto curve.
    pub is_dominated: bool,
    /// Against ground truth. `null` without it.
    pub truth: Option<DepthChange>,
}

/// Nodes for a toolchain to keep, measured as toolchains keep them: a tensor is rounded if any node that makes or reads it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_kept_nodes")
)]
pub struct KeptNodesEntry {
    /// Names of the nodes: those of the kept layers, and those that read what these layers' quantizers make.
    pub nodes: Vec<String>,
    /// Bits in which they are kept; 32 for float. Unit: bit.
    pub bits: u8,
    /// RMS of the output's change, in its own unit.
    pub rms: f64,
    /// The same in metres. `null` where no pixel has a depth in both runs. Unit: m.
    pub rms_m: Option<f64>,
    /// Against ground truth. `null` without it.
    pub truth: Option<DepthChange>,
}

/// A repair, measured by running.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_repair")
)]
pub struct RepairEntry {
    /// `cross-layer-equalisation`, `per-channel-weights`, `clip-search`, `ends-in-float`, `bias-correction`; `all` for these together; `helpful`
    /// for those together that lower the error on the frames that they are fitted on.
    pub name: String,
    /// The repairs that it consists of.
    pub repairs: Vec<String>,
    /// Layers that it changes. Empty where it finds nothing to change.
    pub changed: Vec<String>,
    /// RMS of the output's change on the same frames without any repair, in the unit of the output.
    pub before_rms: f64,
    /// RMS of the output's change with it, in the unit of the output.
    pub rms: f64,
    /// The same in metres. `null` where no pixel has a depth in both runs. Unit: m.
    pub rms_m: Option<f64>,
    /// Share of the mean square that it removes; negative where it makes the network worse. Unit: 1.
    pub removed: f64,
    /// Against ground truth. `null` without it.
    pub truth: Option<DepthChange>,
}

/// Pairs of weights whose products can exceed 16 bits on processors that add them in pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_saturation")
)]
pub struct SaturationEntry {
    /// Number of neighbouring pairs of weights.
    pub pairs: u64,
    /// Number of pairs with `255 * abs(a + b) > 32767`.
    pub saturating: u64,
    /// RMS of the output's change by ties that may round either way, in the unit of the output: runtimes differ by as much. `null` where it
    /// was not measured.
    pub tie_floor_rms: Option<f64>,
}
