//! Which nodes and values of an INT8 model are those of the FP32 model: by name, then by structure.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::graph::{NetworkGraph, Node};
use crate::normalise::{QuantizedGraph, base_name, base_node_name};
use crate::quantization::QuantizationParameters;

/// The nodes that FP32 and INT8 do not share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Structure {
    /// Activations of the FP32 model that lie in the range of a quantizer, so that their loss changes nothing.
    pub folded_nodes: Vec<String>,
    /// Nodes of the FP32 model that the INT8 model lacks.
    pub lost_nodes: Vec<String>,
    /// Nodes of the INT8 model that the FP32 model lacks.
    pub added_nodes: Vec<String>,
    /// Tensors that are quantized in the INT8 model and have no partner in the FP32 model.
    pub unmatched: Vec<String>,
    /// Nodes that the INT8 model computes in another way with the same result, as a run showed.
    pub rewritten_nodes: Vec<String>,
}

impl Structure {
    /// Returns true if both models have the same operators, as far as results are concerned.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.lost_nodes.is_empty() && self.added_nodes.is_empty()
    }
}

/// Partners among nodes and values.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// FP32 node by INT8 node.
    pub fp32_of: HashMap<usize, usize>,
    /// INT8 node by FP32 node.
    pub int8_of: HashMap<usize, usize>,
    /// FP32 value by INT8 value, where the value is before rounding.
    pub values: HashMap<String, String>,
}

/// Activations that a quantizer's range can stand for, and nodes that change no value.
pub(super) fn is_foldable(node: &Node) -> bool {
    matches!(node.operator.as_str(), "Relu" | "Clip")
}

/// Nodes without effect.
fn is_idle(node: &Node) -> bool {
    matches!(node.operator.as_str(), "Identity" | "Dropout" | "Cast")
}

/// Longest run of lost nodes between two partners.
const LONGEST_GAP: usize = 3;

/// Correlation above which constants of several values are the same but for rounding. Eight bits of any sensible range give 0.999.
pub(super) const LIKE: f64 = 0.95;

/// Finds partners.
pub(super) struct Matcher<'a> {
    pub(super) fp32: &'a NetworkGraph,
    pub(super) int8: &'a QuantizedGraph,
    pub(super) matching: Matching,
    pub(super) fp32_consumers: HashMap<&'a str, Vec<(usize, usize)>>,
    fp32_producers: HashMap<&'a str, usize>,
    fp32_names: HashMap<&'a str, usize>,
    int8_producers: HashMap<&'a str, usize>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(fp32: &'a NetworkGraph, int8: &'a QuantizedGraph) -> Self {
        let mut names: HashMap<&str, usize> = HashMap::new();
        let mut twice = HashSet::new();
        for (i, node) in fp32.nodes.iter().enumerate() {
            if names.insert(&node.name, i).is_some() {
                twice.insert(node.name.as_str());
            }
        }
        names.retain(|name, _| !twice.contains(name));
        Self {
            fp32,
            int8,
            matching: Matching::default(),
            fp32_consumers: fp32.consumers(),
            fp32_producers: fp32.producers(),
            fp32_names: names,
            int8_producers: int8.graph.producers(),
        }
    }

    /// Matches inputs, then nodes by name, then the others by structure in the order of computation.
    pub(super) fn run(&mut self) {
        let same_count = self.fp32.inputs.len() == self.int8.graph.inputs.len();
        for (i, input) in self.int8.graph.inputs.iter().enumerate() {
            let by_name = self.fp32.inputs.iter().find(|f| f.name == input.name);
            let by_place = || same_count.then(|| self.fp32.inputs.get(i)).flatten();
            if let Some(partner) = by_name.or_else(by_place) {
                self.matching
                    .values
                    .insert(input.name.clone(), partner.name.clone());
            }
        }
        for finds in [Self::by_name, Self::by_structure] {
            for i in 0..self.int8.graph.nodes.len() {
                let node = &self.int8.graph.nodes[i];
                if node.quantizer().is_some() || self.matching.fp32_of.contains_key(&i) {
                    continue;
                }
                if let Some(partner) = finds(self, node) {
                    self.pair(i, partner);
                }
            }
        }
    }

    fn pair(&mut self, int8: usize, fp32: usize) {
        self.matching.fp32_of.insert(int8, fp32);
        self.matching.int8_of.insert(fp32, int8);
        let outputs = self.int8.graph.nodes[int8].outputs.iter();
        for (old, new) in outputs.zip(&self.fp32.nodes[fp32].outputs) {
            self.matching.values.insert(old.clone(), new.clone());
        }
    }

    fn is_free(&self, node: &Node, fp32: usize) -> bool {
        let other = &self.fp32.nodes[fp32];
        other.operator == node.operator
            && !self.matching.int8_of.contains_key(&fp32)
            && self.weights_fit(node, other)
    }

    /// Constants of both nodes have the same shapes, as far as both have constants.
    fn weights_fit(&self, int8: &Node, fp32: &Node) -> bool {
        int8.inputs.iter().zip(&fp32.inputs).all(|(a, b)| {
            match (self.int8.graph.constants.get(a), self.fp32.constants.get(b)) {
                (Some(a), Some(b)) => {
                    a.shape == b.shape || a.len() <= 1 || int8.is("Resize") || int8.is("Reshape")
                }
                _ => true,
            }
        })
    }

    fn by_name(&self, node: &Node) -> Option<usize> {
        let by_node = self.fp32_names.get(base_node_name(&node.name));
        let by_output = self.fp32_producers.get(base_name(node.output()));
        let candidates = by_node.into_iter().chain(by_output).copied();
        candidates.into_iter().find(|&i| self.is_free(node, i))
    }

    /// A free node of the same operator that reads what this node reads.
    fn by_structure(&self, node: &Node) -> Option<usize> {
        let mut best: Option<(f64, usize)> = None;
        for input in &node.inputs {
            let (base, _) = self.behind_quantizers(input);
            let Some(value) = self.matching.values.get(base) else {
                continue;
            };
            for candidate in self.readers_through_gaps(value) {
                if !self.is_free(node, candidate) {
                    continue;
                }
                let score = self.likeness(node, &self.fp32.nodes[candidate]);
                if best.is_none_or(|(s, i)| score > s + 1e-9 || (score > s - 1e-9 && candidate < i))
                {
                    best = Some((score, candidate));
                }
            }
        }
        best.map(|(_, i)| i).or_else(|| self.by_weight(node))
    }

    /// A free node of the same operator with nearly the same constant. Nodes that read constants alone have no other partner.
    fn by_weight(&self, node: &Node) -> Option<usize> {
        let has_constant = |name: &String| {
            let tensor = self.int8.graph.constants.get(name);
            tensor.is_some_and(|t| t.len() > 1 && t.as_floats().is_some())
        };
        if !node.inputs.iter().any(has_constant) {
            return None;
        }
        let free = (0..self.fp32.nodes.len()).filter(|&i| self.is_free(node, i));
        let scored = free.map(|i| (self.likeness(node, &self.fp32.nodes[i]), i));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        best.filter(|(score, _)| *score > LIKE).map(|(_, i)| i)
    }

    /// Nodes that read a value, also behind a few nodes without weights.
    fn readers_through_gaps(&self, value: &str) -> Vec<usize> {
        let mut out = Vec::new();
        let mut open = vec![(value, 0)];
        while let Some((value, depth)) = open.pop() {
            for &(reader, _) in self.fp32_consumers.get(value).into_iter().flatten() {
                out.push(reader);
                let node = &self.fp32.nodes[reader];
                let is_gap = is_foldable(node) || is_idle(node);
                if is_gap && depth < LONGEST_GAP && !self.matching.int8_of.contains_key(&reader) {
                    open.push((node.output(), depth + 1));
                }
            }
        }
        out
    }

    /// The likeness of the constants of two nodes: the correlation of the first pair of weights.
    fn likeness(&self, int8: &Node, fp32: &Node) -> f64 {
        let mut best = 0.0;
        for (a, b) in int8.inputs.iter().zip(&fp32.inputs) {
            let a = self.int8.graph.constants.get(a).and_then(|t| t.as_floats());
            let b = self.fp32.constants.get(b).and_then(|t| t.as_floats());
            if let (Some(a), Some(b)) = (a, b)
                && a.len() == b.len()
            {
                best = f64::max(best, correlation(a, b));
            }
        }
        best
    }

    /// The value before all quantizers, and the quantizers between, first one first.
    pub(super) fn behind_quantizers<'s>(&self, name: &'s str) -> (&'s str, Vec<usize>)
    where
        'a: 's,
    {
        let (mut name, mut quantizers) = (name, Vec::new());
        while let Some(node) = self
            .int8_producers
            .get(name)
            .map(|&i| &self.int8.graph.nodes[i])
        {
            let Some(input) = node.input(0) else { break };
            match node.quantizer() {
                Some(quantizer) => quantizers.push(quantizer),
                None if node.is("Identity") => {}
                None => break,
            }
            name = input;
        }
        quantizers.reverse();
        (name, quantizers)
    }

    /// The FP32 value at which a rounded INT8 value is to be rounded.
    ///
    /// A tool that drops an activation names the value after it; without a name the activation is found by structure.
    pub(super) fn place_of(&self, value: &str) -> Option<String> {
        let name = base_name(value);
        let partner = self.matching.values.get(value);
        let is_known = |name: &str| {
            self.fp32_producers.contains_key(name)
                || self.fp32.constants.contains_key(name)
                || self.fp32.inputs.iter().any(|i| i.name == name)
        };
        let Some(partner) = partner else {
            return is_known(name).then(|| name.to_owned());
        };
        if name == partner || self.is_behind_gap(partner, name) {
            return Some(name.to_owned());
        }
        // A tool that names the value before the activation rounds it there.
        if base_name(partner) == name || is_known(name) {
            return Some(partner.clone());
        }
        let mut place = partner.as_str();
        for _ in 0..LONGEST_GAP {
            match self.fp32_consumers.get(place).map(Vec::as_slice) {
                Some(&[(reader, _)])
                    if is_foldable(&self.fp32.nodes[reader])
                        && !self.matching.int8_of.contains_key(&reader) =>
                {
                    place = self.fp32.nodes[reader].output();
                }
                _ => break,
            }
        }
        Some(place.to_owned())
    }

    /// Returns true if a value follows another behind activations that have no partner.
    fn is_behind_gap(&self, from: &str, to: &str) -> bool {
        let mut at = to;
        for _ in 0..LONGEST_GAP {
            let Some(&producer) = self.fp32_producers.get(at) else {
                return false;
            };
            let node = &self.fp32.nodes[producer];
            let is_gap = (is_foldable(node) || is_idle(node))
                && !self.matching.int8_of.contains_key(&producer);
            let Some(input) = node.input(0).filter(|_| is_gap) else {
                return false;
            };
            if input == from {
                return true;
            }
            at = input;
        }
        false
    }

    /// The ends of the activation that alone reads a value, if it is folded into a quantizer.
    pub(super) fn folded_behind(&self, value: &str, folded: &[String]) -> Option<(f32, f32)> {
        let &[(reader, _)] = self.fp32_consumers.get(value)?.as_slice() else {
            return None;
        };
        let node = &self.fp32.nodes[reader];
        let (least, most) = limits(self.fp32, node);
        folded
            .contains(&node.name)
            .then(|| (least.unwrap_or(f32::MIN), most.unwrap_or(f32::MAX)))
    }

    /// Activations of these names by the INT8 value that they follow in FP32.
    pub(super) fn activations(&self, names: &[String]) -> BTreeMap<String, Node> {
        let mut out = BTreeMap::new();
        let is_wanted = |n: &&Node| is_foldable(n) && names.contains(&n.name);
        for node in self.fp32.nodes.iter().filter(is_wanted) {
            let producer = node.input(0).and_then(|n| self.fp32_producers.get(n));
            let partner = producer.and_then(|p| self.matching.int8_of.get(p));
            if let Some(&partner) = partner {
                let value = self.int8.graph.nodes[partner].output();
                out.insert(value.to_owned(), node.clone());
            }
        }
        out
    }

    /// Nodes without partners on either side. `ranges` are the quantizers placed at each FP32 value.
    pub(super) fn structure(
        &self,
        ranges: &HashMap<String, Vec<QuantizationParameters>>,
        is_fixed: &dyn Fn(&str) -> bool,
    ) -> Structure {
        let mut out = Structure::default();
        for (i, node) in self.fp32.nodes.iter().enumerate() {
            if self.matching.int8_of.contains_key(&i) || is_idle(node) || is_fixed(&node.name) {
                continue;
            }
            let places = [node.input(0).unwrap_or_default(), node.output()];
            let mut quantizers = places.iter().filter_map(|p| ranges.get(*p)).flatten();
            if is_foldable(node) && quantizers.any(|q| covers(self.fp32, node, q)) {
                out.folded_nodes.push(node.name.clone());
            } else {
                out.lost_nodes.push(node.name.clone());
            }
        }
        for (i, node) in self.int8.graph.nodes.iter().enumerate() {
            let is_partner = self.matching.fp32_of.contains_key(&i);
            if !is_partner && node.quantizer().is_none() && !is_idle(node) && !is_fixed(&node.name)
            {
                out.added_nodes.push(node.name.clone());
            }
        }
        out
    }
}

/// Returns true if an activation passes the whole range of a quantizer, up to half a step.
fn covers(graph: &NetworkGraph, node: &Node, quantizer: &QuantizationParameters) -> bool {
    let Some((low, high)) = quantizer.range() else {
        return false;
    };
    let steps = f64::from(quantizer.code_type.bits());
    let half_step = (high - low) / libm::exp2(steps) as f32;
    let (least, most) = limits(graph, node);
    least.is_none_or(|v| low >= v - half_step) && most.is_none_or(|v| high <= v + half_step)
}

/// The interval that a Relu or Clip passes.
fn limits(graph: &NetworkGraph, node: &Node) -> (Option<f32>, Option<f32>) {
    let limit = |slot: usize, key: &str| {
        let constant = node.input(slot).and_then(|n| graph.constants.get(n));
        let value = constant.and_then(|t| t.as_floats()?.first().copied());
        value.or_else(|| node.float(key))
    };
    if node.is("Relu") {
        (Some(0.0), None)
    } else {
        (limit(1, "min"), limit(2, "max"))
    }
}

/// Cosine of the angle between two lists.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a), f64::from(b));
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    if aa > 0.0 && bb > 0.0 {
        ab / libm::sqrt(aa * bb)
    } else {
        0.0
    }
}
