//! The quantized tensors that each quantized tensor is computed from: what a chart needs to draw skip connections.

use std::collections::{BTreeSet, HashMap};

use crate::gating::GatedNetwork;

/// For each quantizer the nearest quantizers before it, by index and ascending. Parameters and shapes are no sources.
#[must_use]
pub fn sources(network: &GatedNetwork) -> Vec<Vec<usize>> {
    let mut behind: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    let mut out = vec![Vec::new(); network.quantizers.len()];
    for node in &network.graph.nodes {
        let read = node.inputs.iter();
        let read = read.filter_map(|name| behind.get(name.as_str()));
        let found: BTreeSet<usize> = match node.operator.as_str() {
            "Shape" | "Size" => BTreeSet::new(),
            _ => read.flatten().copied().collect(),
        };
        let own = node.quantizer().filter(|&own| {
            let quantizer = network.quantizers.get(own);
            quantizer.is_some_and(|quantizer| !quantizer.kind.is_parameter())
        });
        let made = match own {
            Some(own) => {
                out[own] = found.into_iter().collect();
                BTreeSet::from([own])
            }
            None => found,
        };
        for output in &node.outputs {
            behind.insert(output, made.clone());
        }
    }
    out
}
