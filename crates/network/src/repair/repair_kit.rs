//! Networks with repairs.

use std::collections::{BTreeMap, BTreeSet};

use fathom_analysis::calibrators::Calibrator;

use crate::calibrate::RangeChoice;
use crate::gating::{GatedNetwork, NetworkPair};
use crate::network_error::NetworkError;
use crate::quantization::QuantizerKind;
use crate::runtime::{Engine, RunLimits, Value};

use super::bias_correction::correct_biases;
use super::equalisation::equalise;
use super::refit::{
    Calibration, follow_with_biases, own_axis, per_channel_weights, refit_activations,
    refit_constant,
};
use super::repair_kind::Repair;
use super::weighted_node::WeightedNode;

/// A quantized network and the frames that repairs are fitted on.
#[derive(Clone, Copy, Debug)]
pub struct RepairKit<'a> {
    /// The network.
    pub pair: &'a NetworkPair,
    /// Inputs of frames, none of which the result may be judged on.
    pub frames: &'a [&'a BTreeMap<String, Value>],
    /// Index of the output that is judged.
    pub output: usize,
    /// The method for ranges of activations that equalisation has changed: that by which the network was quantized, as far as it is known.
    pub calibrator: Calibrator,
    /// Threads that compute.
    pub engine: &'a Engine,
    /// Bounds of memory.
    pub limits: RunLimits,
}

/// A network with repairs.
#[derive(Clone, Debug)]
pub struct RepairedNetwork {
    /// The network. With all gates closed it computes what the FP32 network does.
    pub gated: GatedNetwork,
    /// Its gates: open where values are rounded.
    pub gates: Vec<bool>,
    /// Names of the layers that the repairs change.
    pub changed: Vec<String>,
}

impl RepairKit<'_> {
    /// Applies repairs, whatever the order in which they are given, in that of [`Repair::ALL`].
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn apply(&self, repairs: &[Repair]) -> Result<RepairedNetwork, NetworkError> {
        let has = |repair: Repair| repairs.contains(&repair);
        let before = &self.pair.gated;
        let mut gated = before.clone();
        let mut changed: BTreeSet<usize> = BTreeSet::new();
        let mut scaled = BTreeSet::new();
        let mut stale = BTreeSet::new();
        let searched = has(Repair::ClipSearch);
        let choice = if searched {
            RangeChoice::LeastSquares
        } else {
            RangeChoice::MinMax
        };
        if has(Repair::Equalisation) {
            let equalised = equalise(&mut gated)?;
            for quantizer in parameters_of(&gated, &equalised.constants) {
                let axis = own_axis(&gated.quantizers[quantizer].parameters);
                refit_constant(&mut gated, quantizer, axis, choice)?;
                changed.insert(quantizer);
            }
            scaled = equalised.constants;
            stale = equalised.quantizers;
        }
        if searched {
            for quantizer in 0..gated.quantizers.len() {
                if gated.quantizers[quantizer].kind == QuantizerKind::Weight {
                    let axis = own_axis(&gated.quantizers[quantizer].parameters);
                    if refit_constant(&mut gated, quantizer, axis, choice)? {
                        changed.insert(quantizer);
                    }
                }
            }
            stale = (0..gated.quantizers.len()).collect();
        }
        if has(Repair::PerChannelWeights) {
            changed.extend(per_channel_weights(&mut gated, choice)?);
        }
        let calibration = Calibration {
            frames: self.frames,
            engine: self.engine,
            limits: self.limits,
        };
        let calibrator = if searched {
            Calibrator::MseSearch
        } else {
            self.calibrator
        };
        let refitted = refit_activations(
            &mut gated,
            &self.pair.folded,
            &stale,
            calibrator,
            calibration,
        )?;
        changed.extend(refitted);
        follow_with_biases(&mut gated, before, &scaled)?;
        let mut gates = vec![true; gated.quantizers.len()];
        if has(Repair::EndsInFloat) {
            for quantizer in self.ends() {
                gates[quantizer] = false;
                changed.insert(quantizer);
            }
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        if has(Repair::BiasCorrection) {
            names.extend(correct_biases(&mut gated, &mut gates, calibration)?);
        }
        let layers = before.layers.iter().filter(|layer| {
            let has_changed = layer.quantizers.iter().any(|q| changed.contains(q));
            has_changed || names.contains(&layer.name)
        });
        Ok(RepairedNetwork {
            changed: layers.map(|layer| layer.name.clone()).collect(),
            gated,
            gates,
        })
    }

    /// Quantizers of the first and the last node with a weight that the judged output hangs on, of the network's inputs, and of that output.
    fn ends(&self) -> Vec<usize> {
        let gated = &self.pair.gated;
        let used = ancestors(gated, self.output);
        let nodes = WeightedNode::all(gated);
        let mut nodes = nodes.iter().filter(|node| used.contains(&node.node));
        let first = nodes.next();
        let ends = [first, nodes.next_back().or(first)];
        let names = ends.into_iter().flatten();
        let names: BTreeSet<&String> = names.map(|n| &gated.graph.nodes[n.node].name).collect();
        let layers = gated
            .layers
            .iter()
            .filter(|layer| names.contains(&layer.name));
        let mut out: BTreeSet<usize> = layers.flat_map(|l| l.quantizers.clone()).collect();
        for node in gated.graph.nodes.iter().enumerate() {
            let (at, Some(quantizer)) = (node.0, node.1.quantizer()) else {
                continue;
            };
            let kind = gated.quantizers[quantizer].kind;
            let is_end = matches!(kind, QuantizerKind::Input | QuantizerKind::Output);
            if is_end && used.contains(&at) {
                out.insert(quantizer);
            }
        }
        out.into_iter().collect()
    }
}

/// Quantizers of some constants.
fn parameters_of(gated: &GatedNetwork, constants: &BTreeSet<String>) -> Vec<usize> {
    let taps = gated.taps.iter().enumerate();
    // Biases follow their weights.
    let is_weight = |q: usize| gated.quantizers[q].kind == QuantizerKind::Weight;
    taps.filter(|(q, (name, _))| constants.contains(name) && is_weight(*q))
        .map(|(q, _)| q)
        .collect()
}

/// Nodes that an output hangs on.
fn ancestors(gated: &GatedNetwork, output: usize) -> BTreeSet<usize> {
    let producers = gated.graph.producers();
    let mut out = BTreeSet::new();
    let output = gated.graph.outputs.get(output).map(|o| o.name.clone());
    let mut open: Vec<String> = output.into_iter().collect();
    while let Some(name) = open.pop() {
        if let Some(&at) = producers.get(name.as_str())
            && out.insert(at)
        {
            open.extend(crate::graph::read_values(&gated.graph.nodes[at]));
        }
    }
    out
}
