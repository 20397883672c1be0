//! An FP32 model with the quantizers of its INT8 version.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fathom_core::i18n::tr;

use crate::graph::{NetworkGraph, Node, Tensor};
use crate::network_error::NetworkError;
use crate::normalise::{QuantizedGraph, fold_batch_norms};
use crate::quantization::QuantizationParameters;

use super::encodings::read_encodings;
use super::gated_network::GatedNetwork;
use super::matching::{Matcher, Structure};
use super::placement::{Placement, PlacementSource, Reader};
use super::static_values::StaticValues;

/// Both models as one network with gates, and what differs between them.
#[derive(Clone, Debug)]
pub struct NetworkPair {
    /// The FP32 graph with gates.
    pub gated: GatedNetwork,
    /// The INT8 file's own graph; `None` for encodings and for quantizers that are placed by hand.
    pub own: Option<QuantizedGraph>,
    /// For each quantizer, the value of the INT8 file's own graph that is rounded there.
    pub own_values: Vec<Option<String>>,
    /// For each quantizer, the ends of an activation that follows it in FP32 and that its range stands for.
    pub folded: Vec<Option<(f32, f32)>>,
    /// The nodes that only one model has.
    pub structure: Structure,
    /// Activations that the INT8 model folded: the FP32 node by the INT8 value that it follows.
    pub(super) folded_activations: BTreeMap<String, Node>,
    /// The same for activations that the INT8 model lost.
    pub(super) lost_activations: BTreeMap<String, Node>,
}

impl NetworkPair {
    /// Matches an INT8 model with its FP32 model.
    ///
    /// # Errors
    /// If nothing of the INT8 model is found in the FP32 model, or a weight has another shape.
    pub fn new(fp32: &NetworkGraph, int8: QuantizedGraph) -> Result<Self, NetworkError> {
        // A tool that folded batch normalisations left none.
        let has_norm =
            |graph: &NetworkGraph| graph.nodes.iter().any(|n| n.is("BatchNormalization"));
        let without_norms;
        let fp32 = if has_norm(fp32) && !has_norm(&int8.graph) {
            without_norms = fold_batch_norms(fp32)?;
            &without_norms
        } else {
            fp32
        };
        let mut matcher = Matcher::new(fp32, &int8);
        matcher.run();
        if matcher.matching.fp32_of.is_empty() {
            return Err(NetworkError::Mismatch {
                problem: tr!("no node of one is found in the other").to_owned(),
            });
        }
        let mut placing = Placing::new(&matcher);
        placing.activations();
        placing.constants();
        let own_values = placing.own_values();
        let (placements, unmatched) = (placing.placements, placing.unmatched);
        let gated = GatedNetwork::new(fp32, &placements)?;
        let mut ranges: HashMap<String, Vec<QuantizationParameters>> = HashMap::new();
        for quantizer in &gated.quantizers {
            let at = ranges.entry(quantizer.name.clone()).or_default();
            at.push(quantizer.parameters.clone());
        }
        let fixed = fixed_nodes(fp32, &int8.graph);
        let mut structure = matcher.structure(&ranges, &|name| fixed.contains_key(name));
        structure.unmatched = unmatched;
        let folded = gated
            .quantizers
            .iter()
            .map(|q| matcher.folded_behind(&q.name, &structure.folded_nodes))
            .collect();
        let folded_activations = matcher.activations(&structure.folded_nodes);
        let lost_activations = matcher.activations(&structure.lost_nodes);
        Ok(Self {
            folded_activations,
            lost_activations,
            folded,
            gated,
            own: Some(int8),
            own_values,
            structure,
        })
    }

    /// An FP32 model with the quantizers of an encodings file.
    ///
    /// # Errors
    /// If the file is no encodings file.
    pub fn from_encodings(fp32: &NetworkGraph, encodings: &[u8]) -> Result<Self, NetworkError> {
        let (placements, unmatched) = read_encodings(encodings, fp32)?;
        let mut pair = Self::from_placements(fp32, &placements)?;
        pair.structure.unmatched = unmatched;
        Ok(pair)
    }

    /// An FP32 model with quantizers that are placed by hand.
    ///
    /// # Errors
    /// If a placement names a value that the model does not have.
    pub fn from_placements(
        fp32: &NetworkGraph,
        placements: &[Placement],
    ) -> Result<Self, NetworkError> {
        Ok(Self {
            gated: GatedNetwork::new(fp32, placements)?,
            own: None,
            own_values: vec![None; placements.len()],
            folded: vec![None; placements.len()],
            folded_activations: BTreeMap::new(),
            lost_activations: BTreeMap::new(),
            structure: Structure::default(),
        })
    }
}

/// Nodes that compute shapes: what follows from constants and shapes alone. Tools compute or drop them as they like.
fn fixed_nodes(fp32: &NetworkGraph, int8: &NetworkGraph) -> BTreeMap<String, ()> {
    let mut out = BTreeMap::new();
    for graph in [fp32, int8] {
        let mut fixed: HashMap<&str, ()> =
            graph.constants.keys().map(|n| (n.as_str(), ())).collect();
        for node in &graph.nodes {
            let is_shape = node.is("Shape") || node.is("Size");
            let reads = node.inputs.iter().filter(|n| !n.is_empty());
            // A quantizer between does not make a value depend on the image.
            if is_shape || reads.into_iter().all(|n| fixed.contains_key(n.as_str())) {
                fixed.extend(node.outputs.iter().map(|o| (o.as_str(), ())));
                out.insert(node.name.clone(), ());
            }
        }
    }
    out
}

struct Placing<'m, 'a> {
    matcher: &'m Matcher<'a>,
    placements: Vec<Placement>,
    unmatched: Vec<String>,
    /// Placement of each quantizer of the INT8 graph.
    placed: HashMap<usize, usize>,
}

impl<'m, 'a> Placing<'m, 'a> {
    fn new(matcher: &'m Matcher<'a>) -> Self {
        Self {
            matcher,
            placements: Vec::new(),
            unmatched: Vec::new(),
            placed: HashMap::new(),
        }
    }

    /// For each placement, the INT8 graph's rounded value.
    fn own_values(&self) -> Vec<Option<String>> {
        let mut out = vec![None; self.placements.len()];
        for node in &self.matcher.int8.graph.nodes {
            if let Some(&place) = node.quantizer().and_then(|q| self.placed.get(&q)) {
                out[place] = Some(node.output().to_owned());
            }
        }
        out
    }

    /// Places every `FakeQuantize` node, in the order of computation.
    fn activations(&mut self) {
        let int8 = &self.matcher.int8.graph;
        let mut at_value: HashMap<String, Vec<usize>> = HashMap::new();
        for node in &int8.nodes {
            let (Some(quantizer), Some(input)) = (node.quantizer(), node.input(0)) else {
                continue;
            };
            let Some(file) = self.matcher.int8.quantizers.get(quantizer) else {
                continue;
            };
            let (base, before) = self.matcher.behind_quantizers(input);
            let source = match before.last() {
                Some(last) => self
                    .placed
                    .get(last)
                    .copied()
                    .map(PlacementSource::Placement),
                None => self.matcher.place_of(base).map(PlacementSource::Value),
            };
            let Some(source) = source else {
                self.unmatched.push(file.name.clone());
                continue;
            };
            if let PlacementSource::Value(value) = &source {
                let list = at_value.entry(value.clone()).or_default();
                list.push(quantizer);
            }
            self.placed.insert(quantizer, self.placements.len());
            self.placements.push(Placement {
                parameters: file.parameters.clone(),
                values: None,
                source,
                readers: Some(Vec::new()),
                is_output: false,
            });
        }
        self.connect(&at_value);
        self.outputs();
    }

    /// Lets each FP32 reader read what its partner reads.
    fn connect(&mut self, at_value: &HashMap<String, Vec<usize>>) {
        let fp32 = self.matcher.fp32;
        for (index, node) in fp32.nodes.iter().enumerate() {
            for (slot, value) in node.inputs.iter().enumerate() {
                let Some(quantizers) = at_value.get(value) else {
                    continue;
                };
                let last = match self.matcher.matching.int8_of.get(&index) {
                    Some(&partner) => self.last_quantizer(partner, slot, value),
                    // A node that the INT8 model lost reads what is rounded.
                    None => quantizers.first().map(|&q| self.chain_end(q)),
                };
                if let Some(place) = last.and_then(|q| self.placed.get(&q).copied()) {
                    let readers = self.placements[place].readers.get_or_insert_default();
                    readers.push((index, slot));
                }
            }
        }
    }

    /// The last quantizer between an FP32 value and an INT8 node's input for it.
    fn last_quantizer(&self, int8: usize, slot: usize, value: &str) -> Option<usize> {
        let node = &self.matcher.int8.graph.nodes[int8];
        let through = |name: &String| {
            let (base, quantizers) = self.matcher.behind_quantizers(name);
            let place = quantizers.first().and_then(|q| {
                match &self.placements[*self.placed.get(q)?].source {
                    PlacementSource::Value(value) => Some(value.clone()),
                    PlacementSource::Placement(_) => None,
                }
            });
            (base.to_owned(), quantizers, place)
        };
        let fits = |(base, _, place): &(String, Vec<usize>, Option<String>)| match place {
            Some(place) => place == value,
            None => self
                .matcher
                .matching
                .values
                .get(base)
                .is_some_and(|v| v == value),
        };
        let same = node.inputs.get(slot).map(&through).filter(&fits);
        let found = same.or_else(|| node.inputs.iter().map(through).find(fits));
        found.and_then(|(_, quantizers, _)| quantizers.last().copied())
    }

    /// Follows quantizers that read each other's result only.
    fn chain_end(&self, quantizer: usize) -> usize {
        let mut at = quantizer;
        for _ in 0..self.placements.len() {
            let Some(place) = self.placed.get(&at) else {
                break;
            };
            let follows = |&(_, p): &(&usize, &usize)| {
                self.placements[*p].source == PlacementSource::Placement(*place)
            };
            let next = self.placed.iter().filter(follows).min_by_key(|(_, p)| **p);
            match next {
                Some((&next, _)) => at = next,
                None => break,
            }
        }
        at
    }

    /// Outputs that are rounded in the INT8 model.
    fn outputs(&mut self) {
        let int8 = &self.matcher.int8.graph;
        for (i, output) in int8.outputs.iter().enumerate() {
            let (_, quantizers) = self.matcher.behind_quantizers(&output.name);
            let Some(place) = quantizers.last().and_then(|q| self.placed.get(q)).copied() else {
                continue;
            };
            let first = quantizers.first().and_then(|q| self.placed.get(q)).copied();
            let value = first.and_then(|p| match &self.placements[p].source {
                PlacementSource::Value(value) => Some(value.clone()),
                PlacementSource::Placement(_) => None,
            });
            let fp32 = self.matcher.fp32;
            let by_name = fp32.outputs.iter().find(|o| o.name == output.name);
            let partner = by_name.or_else(|| fp32.outputs.get(i));
            if partner.map(|o| &o.name) == value.as_ref() {
                self.placements[place].is_output = true;
            }
        }
    }

    /// Places the quantizers of weights and biases: each where a matched node reads a rounded constant.
    fn constants(&mut self) {
        let (int8, fp32) = (self.matcher.int8, self.matcher.fp32);
        let statics = StaticValues::new(&int8.graph);
        // By quantizer and FP32 constant.
        let mut found: BTreeMap<(usize, String), (Arc<Tensor>, Vec<Reader>)> = BTreeMap::new();
        let mut seen: Vec<bool> = vec![false; int8.quantizers.len()];
        for (index, node) in fp32.nodes.iter().enumerate() {
            let Some(&partner) = self.matcher.matching.int8_of.get(&index) else {
                continue;
            };
            let other = &int8.graph.nodes[partner];
            for (slot, name) in node.inputs.iter().enumerate() {
                if !fp32.constants.contains_key(name) {
                    continue;
                }
                let Some((quantizer, values)) = self.rounded_input(other, slot, name, &statics)
                else {
                    continue;
                };
                seen[quantizer] = true;
                let entry = found.entry((quantizer, name.clone()));
                entry
                    .or_insert_with(|| (values, Vec::new()))
                    .1
                    .push((index, slot));
            }
        }
        for ((quantizer, name), (values, readers)) in found {
            self.placements.push(Placement {
                parameters: int8.quantizers[quantizer].parameters.clone(),
                values: Some(values),
                source: PlacementSource::Value(name),
                readers: Some(readers),
                is_output: false,
            });
        }
        for (name, &quantizer) in &int8.rounded {
            if !seen[quantizer] && int8.graph.constants.contains_key(name) {
                self.unmatched.push(int8.quantizers[quantizer].name.clone());
            }
        }
    }

    /// The rounded constant that an INT8 node reads in place of an FP32 constant.
    fn rounded_input(
        &self,
        node: &Node,
        slot: usize,
        fp32_name: &str,
        statics: &StaticValues<'_>,
    ) -> Option<(usize, Arc<Tensor>)> {
        let int8 = self.matcher.int8;
        let shape = &self.matcher.fp32.constants.get(fp32_name)?.shape;
        let rounded = |name: &String| {
            let (values, made_of) = statics.get(name)?;
            let quantizer = made_of.iter().find_map(|n| int8.rounded.get(n))?;
            Some((*quantizer, values))
        };
        let fits = |(quantizer, values): &(usize, Arc<Tensor>)| {
            let name = &int8.quantizers[*quantizer].name;
            values.shape == *shape || name == fp32_name
        };
        let same = node.inputs.get(slot).and_then(rounded).filter(fits);
        // Tools swap the operands of sums.
        same.or_else(|| {
            let named = |(q, _): &(usize, Arc<Tensor>)| int8.quantizers[*q].name == fp32_name;
            node.inputs.iter().filter_map(rounded).find(named)
        })
    }
}
