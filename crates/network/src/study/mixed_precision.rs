//! Mixed precision: layers kept at 16 bits or in float, one more at each point, each point measured.

use std::collections::{BTreeMap, BTreeSet};

use super::study_network::{StudyFrame, StudyNetwork};
use super::study_section::{depth_change, rms_m};
use crate::gating::{GatedNetwork, WiderNetwork};
use crate::measure::{OutputError, dominated, keep_order, kept_counts};
use crate::network_error::NetworkError;
use crate::runtime::Plan;
use fathom_report::network::{KeptNodesEntry, ParetoEntry};

/// The precision of kept layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptPrecision {
    /// Codes of 16 bits over the same ranges.
    Bits16,
    /// No rounding.
    Float,
}

impl KeptPrecision {
    /// Bits of a kept value.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Self::Bits16 => 16,
            Self::Float => 32,
        }
    }
}

/// The cost by which effects are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepCost {
    /// Bytes that are added: of weights, and of the tensors of one frame.
    Bytes,
    /// Multiplications; values of tensors for layers that multiply less.
    Macs,
    /// None: the largest effect first.
    Nothing,
}

/// Sets of kept layers, each containing the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionCurve {
    /// The precision of kept layers.
    pub precision: KeptPrecision,
    /// Layers, the first to keep first.
    pub order: Vec<usize>,
    /// Number of kept layers at each point.
    pub counts: Vec<usize>,
}

impl PrecisionCurve {
    /// The points for effects of layers, such as Shapley values or the mean squares of only this layer.
    #[must_use]
    pub fn new(
        network: &StudyNetwork<'_>,
        effects: &[f64],
        precision: KeptPrecision,
        cost: KeepCost,
    ) -> Self {
        let costs = layer_costs(network, precision, cost);
        Self {
            precision,
            order: keep_order(effects, &costs),
            counts: kept_counts(effects.len()),
        }
    }

    /// For each point the quantizers of kept layers.
    #[must_use]
    pub fn kept_quantizers(&self, gated: &GatedNetwork) -> Vec<Vec<bool>> {
        let kept = |&count: &usize| {
            let mut out = vec![false; gated.quantizers.len()];
            for &layer in self.order.iter().take(count) {
                for &quantizer in &gated.layers[layer].quantizers {
                    out[quantizer] = true;
                }
            }
            out
        };
        self.counts.iter().map(kept).collect()
    }

    /// Measures every point on a frame. `wider` is the network with quantizers of 16 bits and its plan; kept in float, none is needed.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn measure(
        &self,
        network: &StudyNetwork<'_>,
        wider: Option<(&WiderNetwork, &Plan)>,
        frame: &StudyFrame,
        on_run: impl FnMut(u64),
    ) -> Result<Vec<OutputError>, NetworkError> {
        let kept = self.kept_quantizers(&network.pair.gated);
        errors_of_kept(network, wider, &kept, frame, on_run)
    }

    /// The entries of the report from the errors of all points, summed over frames.
    #[must_use]
    pub fn entries(&self, network: &StudyNetwork<'_>, errors: &[OutputError]) -> Vec<ParetoEntry> {
        let gated = &network.pair.gated;
        let macs = network.plan.multiplications();
        let all: u64 = macs.values().sum();
        let squares = errors.iter().map(|error| network.space.mean_square(error));
        let is_dominated = dominated(&squares.collect::<Vec<f64>>());
        let kept = self.kept_quantizers(gated);
        let points = self.counts.iter().zip(&kept).zip(errors).zip(is_dominated);
        points
            .map(|(((&count, kept), error), is_dominated)| {
                let layers = self.order.iter().take(count);
                let layers = layers.map(|&layer| &gated.layers[layer].name);
                let own: u64 = layers.clone().filter_map(|name| macs.get(name)).sum();
                ParetoEntry {
                    kept: layers.cloned().collect(),
                    kept_bits: self.precision.bits(),
                    mb: megabytes(gated, kept, self.precision.bits()),
                    mac_share: (all > 0).then(|| own as f64 / all as f64),
                    rms: error.change.rms(),
                    rms_m: rms_m(error),
                    is_dominated,
                    truth: depth_change(error),
                }
            })
            .collect()
    }
}

/// Measures sets of kept quantizers on a frame: at 16 bits with the network `wider` and its plan, else in float.
///
/// # Errors
/// If an operator cannot run.
pub fn errors_of_kept(
    network: &StudyNetwork<'_>,
    wider: Option<(&WiderNetwork, &Plan)>,
    kept: &[Vec<bool>],
    frame: &StudyFrame,
    on_run: impl FnMut(u64),
) -> Result<Vec<OutputError>, NetworkError> {
    match wider {
        Some((wider, plan)) => {
            let gates: Vec<Vec<bool>> = kept.iter().map(|kept| wider.gates(kept)).collect();
            network.errors_of_gates(plan, frame, &gates, on_run)
        }
        None => {
            let gates = kept.iter().map(|kept| kept.iter().map(|k| !k).collect());
            let gates: Vec<Vec<bool>> = gates.collect();
            network.errors_of_gates(network.plan, frame, &gates, on_run)
        }
    }
}

/// The nodes that a toolchain is told to keep for some layers, by name, in the order of the network: those of the layers, and those that read
/// what the layers' quantizers make.
#[must_use]
pub fn nodes_to_keep(gated: &GatedNetwork, layers: &[String]) -> Vec<String> {
    let kept = gated.layers.iter().filter(|l| layers.contains(&l.name));
    let names = kept.flat_map(|layer| layer.nodes.iter().chain(&layer.readers));
    let names: BTreeSet<&String> = names.collect();
    let nodes = gated.graph.nodes.iter().map(|node| &node.name);
    nodes.filter(|name| names.contains(name)).cloned().collect()
}

/// The entry of the report for nodes that are kept, with their error summed over frames.
#[must_use]
pub(super) fn kept_nodes_entry(
    nodes: Vec<String>,
    precision: KeptPrecision,
    error: &OutputError,
) -> KeptNodesEntry {
    KeptNodesEntry {
        nodes,
        bits: precision.bits(),
        rms: error.change.rms(),
        rms_m: rms_m(error),
        truth: depth_change(error),
    }
}

/// The cost of keeping each layer.
fn layer_costs(network: &StudyNetwork<'_>, precision: KeptPrecision, cost: KeepCost) -> Vec<f64> {
    let gated = &network.pair.gated;
    let values = |quantizer: usize| {
        let shape = network.plan.shape(&gated.taps[quantizer].0);
        shape.map_or(0.0, |shape| shape.iter().map(|&n| n as f64).product())
    };
    let layer_cost = |quantizers: &[usize], name: &str| {
        // Quantizers of one chain hold the same values.
        let firsts = quantizers.iter().filter(|&&q| gated.chains[q] == q);
        match cost {
            KeepCost::Bytes => firsts
                .map(|&q| {
                    let bits = gated.quantizers[q].parameters.code_type.bits();
                    values(q) * f64::from(precision.bits().saturating_sub(bits)) / 8.0
                })
                .sum(),
            KeepCost::Macs => {
                let values: f64 = firsts
                    .filter(|&&q| !gated.quantizers[q].kind.is_parameter())
                    .map(|&q| values(q))
                    .sum();
                let macs = network.plan.multiplications().get(name);
                values.max(macs.map_or(0.0, |&macs| macs as f64))
            }
            KeepCost::Nothing => 1.0,
        }
    };
    let layers = gated.layers.iter();
    layers
        .map(|layer| layer_cost(&layer.quantizers, &layer.name))
        .collect()
}

/// Size of all parameters where kept quantizers have so many bits. A constant of several quantizers counts once, with the widest.
fn megabytes(gated: &GatedNetwork, is_kept: &[bool], kept_bits: u8) -> f64 {
    let mut bits_of: BTreeMap<&str, u8> = BTreeMap::new();
    for (index, quantizer) in gated.quantizers.iter().enumerate() {
        if !quantizer.kind.is_parameter() {
            continue;
        }
        let own = quantizer.parameters.code_type.bits();
        let is_kept = is_kept.get(index).copied().unwrap_or(false);
        let bits = if is_kept { own.max(kept_bits) } else { own };
        let widest = bits_of.entry(&gated.taps[index].0).or_insert(bits);
        *widest = (*widest).max(bits);
    }
    let constants = gated.graph.constants.iter();
    let floats = constants.filter(|(_, tensor)| tensor.as_floats().is_some());
    let bits = floats.map(|(name, tensor)| {
        let bits = bits_of.get(name.as_str()).copied().unwrap_or(32);
        tensor.len() as f64 * f64::from(bits)
    });
    bits.sum::<f64>() / 8.0 / 1e6
}
