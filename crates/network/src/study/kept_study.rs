//! Mixed precision from the ranking to its entries in the report, with the nodes that tools keep at each point.

use std::collections::BTreeSet;

use fathom_report::network::NetworkSection;

use super::mixed_precision::{PrecisionCurve, kept_nodes_entry, nodes_to_keep};
use super::study_network::StudyNetwork;
use crate::gating::GatedNetwork;
use crate::measure::OutputError;

/// Sets of kept layers, and beside each the nodes that a tool is told to keep for them.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptStudy {
    /// The sets.
    pub curve: PrecisionCurve,
    /// Nodes by point.
    pub nodes: Vec<Vec<String>>,
}

impl KeptStudy {
    /// The nodes of each point. Nodes that the floating-point model lacks are left out: tools do not find them.
    #[must_use]
    pub fn new(gated: &GatedNetwork, curve: PrecisionCurve, fp32_nodes: &BTreeSet<String>) -> Self {
        let nodes = |&count: &usize| {
            let layers = curve.order.iter().take(count);
            let layers: Vec<String> = layers.map(|&at| gated.layers[at].name.clone()).collect();
            let nodes = nodes_to_keep(gated, &layers).into_iter();
            nodes.filter(|name| fp32_nodes.contains(name)).collect()
        };
        Self {
            nodes: curve.counts.iter().map(nodes).collect(),
            curve,
        }
    }

    /// Sets of kept quantizers to be measured: of each point, then of the nodes of each point.
    #[must_use]
    pub fn sets(&self, gated: &GatedNetwork) -> Vec<Vec<bool>> {
        let by_nodes = self.nodes.iter().map(|nodes| {
            let kept: BTreeSet<String> = nodes.iter().cloned().collect();
            gated.freed_by(&kept)
        });
        let mut out = self.curve.kept_quantizers(gated);
        out.extend(by_nodes);
        out
    }

    /// Puts the curve into the report, with the nodes of the point that is enough. `errors` are those of [`Self::sets`], summed over frames.
    pub fn put_into(
        &self,
        section: &mut NetworkSection,
        network: &StudyNetwork<'_>,
        errors: &[OutputError],
        until: f64,
    ) {
        let points = self.curve.counts.len();
        let (own, by_nodes) = errors.split_at(points.min(errors.len()));
        section.pareto = self.curve.entries(network, own);
        let chosen = section.kept_point(until).map(|point| point.kept.len());
        let place = chosen.and_then(|kept| self.curve.counts.iter().position(|&n| n == kept));
        section.kept_nodes = place.and_then(|place| {
            let (nodes, error) = (self.nodes.get(place)?, by_nodes.get(place)?);
            Some(kept_nodes_entry(nodes.clone(), self.curve.precision, error))
        });
    }
}
