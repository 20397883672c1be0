//! Gates in the INT8 file's own graph, for tools that write a network in another way than the FP32 file.
//!
//! Tools move transpositions, expand operators into primitives, or fuse them. If the file's own graph with FP32 weights and without rounding
//! computes what the FP32 file computes, it serves as the FP32 graph, and every quantizer acts where the file has it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::graph::{NetworkGraph, Node, Tensor, read_values};
use crate::network_error::NetworkError;
use crate::normalise::QuantizedGraph;
use crate::runtime::{Engine, Keep, Plan, RunLimits, Value, fixed_values};

use super::alike_constants::AlikeConstants;
use super::gated_network::GatedNetwork;
use super::matching::Structure;
use super::network_pair::NetworkPair;
use super::placement::{Placement, PlacementSource, Reader};

/// Largest difference of outputs, as a share of the largest value, below which two graphs compute the same.
const SAME: f32 = 1e-4;

impl NetworkPair {
    /// Matches both models; where their operators differ, a run on one frame decides which graph carries the gates.
    ///
    /// # Errors
    /// If the models do not belong together, or an operator cannot run.
    pub fn settled(
        fp32: &NetworkGraph,
        int8: QuantizedGraph,
        inputs: &BTreeMap<String, Value>,
        engine: &Engine,
        limits: RunLimits,
    ) -> Result<Self, NetworkError> {
        let pair = Self::new(fp32, int8)?;
        let structure = &pair.structure;
        let lost = structure.lost_nodes.len();
        let only_lost_activations =
            structure.added_nodes.is_empty() && lost == pair.lost_activations.len();
        if only_lost_activations && structure.unmatched.is_empty() {
            return Ok(pair);
        }
        let Some(own) = &pair.own else {
            return Ok(pair);
        };
        // Tools compute in advance what follows from constants.
        let mut constants = fp32.constants.clone();
        for (name, value) in fixed_values(fp32, inputs, engine, limits)? {
            if let Some(floats) = value.floats() {
                let tensor = Tensor::floats(value.shape(), floats.into_owned())?;
                constants.entry(name).or_insert_with(|| Arc::new(tensor));
            }
        }
        let constants = AlikeConstants::new(constants);
        let run = |graph: &NetworkGraph, pair: Option<&Self>| {
            let quantizers = pair.map_or(&[][..], |p| &p.gated.quantizers);
            let plan = Plan::new(graph, quantizers, inputs, &HashSet::new(), engine, limits)?;
            let gates = vec![false; quantizers.len()];
            let trace = plan.run(inputs, &gates, None, &Keep::outputs())?;
            let values = plan.output_values(&trace).into_iter().cloned();
            Ok::<Vec<Arc<Value>>, NetworkError>(values.collect())
        };
        let expected = run(fp32, None)?;
        for with_lost in [false, true] {
            let Some(by_own) = own_pair(fp32, own, &pair, &constants, with_lost)? else {
                break;
            };
            let found = run(&by_own.gated.graph, Some(&by_own));
            if found.is_ok_and(|found| are_same(&expected, &found)) {
                return Ok(by_own);
            }
        }
        Ok(pair)
    }
}

fn are_same(a: &[Arc<Value>], b: &[Arc<Value>]) -> bool {
    let is_same = |(a, b): (&Arc<Value>, &Arc<Value>)| match (a.floats(), b.floats()) {
        (Some(a), Some(b)) if a.len() == b.len() => {
            let largest = a.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            let close = |(x, y): (&f32, &f32)| (x - y).abs() <= SAME * largest;
            a.iter().zip(b.iter()).all(close)
        }
        (None, None) => a.ints() == b.ints(),
        _ => false,
    };
    a.len() == b.len() && a.iter().zip(b).all(is_same)
}

/// The pair whose gates are in the file's own graph; `None` if a rounded constant has no FP32 values.
fn own_pair(
    fp32: &NetworkGraph,
    own: &QuantizedGraph,
    pair: &NetworkPair,
    constants: &AlikeConstants,
    with_lost: bool,
) -> Result<Option<NetworkPair>, NetworkError> {
    let mut activations = pair.folded_activations.clone();
    let mut lost = Vec::new();
    if with_lost {
        activations.extend(pair.lost_activations.clone());
        lost.extend(pair.lost_activations.values().map(|n| n.name.clone()));
    }
    let Some(float) = FloatGraph::new(fp32, own, &activations, constants) else {
        return Ok(None);
    };
    let (placements, names, own_values) = float.placements(own);
    let mut gated = GatedNetwork::new(&float.graph, &placements)?;
    for (quantizer, name) in gated.quantizers.iter_mut().zip(names) {
        quantizer.name = name;
    }
    gated.output_names = fp32.outputs.iter().map(|o| o.name.clone()).collect();
    let before = &pair.structure;
    let rewritten = before.lost_nodes.iter().chain(&before.added_nodes);
    let rewritten = rewritten.filter(|name| !lost.contains(name)).cloned();
    Ok(Some(NetworkPair {
        folded: vec![None; gated.quantizers.len()],
        gated,
        own: Some(own.clone()),
        own_values,
        structure: Structure {
            folded_nodes: before.folded_nodes.clone(),
            rewritten_nodes: rewritten.collect(),
            lost_nodes: lost,
            ..Structure::default()
        },
        folded_activations: BTreeMap::new(),
        lost_activations: BTreeMap::new(),
    }))
}

/// The file's own graph without rounding and with FP32 weights.
struct FloatGraph {
    graph: NetworkGraph,
    /// The value that each value of the file's graph is without rounding.
    plain: HashMap<String, String>,
}

impl FloatGraph {
    fn new(
        fp32: &NetworkGraph,
        own: &QuantizedGraph,
        activations: &BTreeMap<String, Node>,
        constants: &AlikeConstants,
    ) -> Option<Self> {
        let mut graph = own.graph.clone();
        let read: HashSet<String> = graph.nodes.iter().flat_map(read_values).collect();
        for (name, &quantizer) in &own.rounded {
            let Some(rounded) = graph.constants.get(name).filter(|_| read.contains(name)) else {
                continue;
            };
            let file = own.quantizers.get(quantizer)?;
            let original = match &file.original {
                Some(original) => Some(original.clone()),
                None => constants.find(&file.name, rounded),
            };
            graph.constants.insert(name.clone(), original?);
        }
        let mut plain: HashMap<String, String> = HashMap::new();
        let mut nodes: Vec<Node> = Vec::new();
        for node in &own.graph.nodes {
            let through = |plain: &HashMap<String, String>, name: &String| {
                plain.get(name).unwrap_or(name).clone()
            };
            if node.quantizer().is_some() {
                let name = node.input(0).unwrap_or_default().to_owned();
                let input = through(&plain, &name);
                plain.insert(node.output().to_owned(), input);
                continue;
            }
            let mut kept = node.clone();
            for input in &mut kept.inputs {
                *input = through(&plain, input);
            }
            nodes.push(kept);
            if let Some(activation) = activations.get(node.output()) {
                let mut activation = activation.clone();
                let output = format!("{}_activated", node.output());
                activation.inputs[0] = node.output().to_owned();
                activation.outputs = vec![output.clone()];
                for name in activation.inputs.iter().skip(1) {
                    if let Some(constant) = fp32.constants.get(name) {
                        graph.constants.insert(name.clone(), constant.clone());
                    }
                }
                plain.insert(node.output().to_owned(), output);
                nodes.push(activation);
            }
        }
        // Outputs that are rounded are so without a node between.
        let producers: HashMap<&str, &Node> = nodes.iter().map(|n| (n.output(), n)).collect();
        for output in &mut graph.outputs {
            if let Some(node) = producers
                .get(output.name.as_str())
                .filter(|n| n.is("Identity"))
            {
                node.input(0)
                    .unwrap_or_default()
                    .clone_into(&mut output.name);
            }
        }
        graph.nodes = nodes;
        Some(Self { graph, plain })
    }

    /// Placements with names of tensors and the file's rounded values.
    fn placements(
        &self,
        own: &QuantizedGraph,
    ) -> (Vec<Placement>, Vec<String>, Vec<Option<String>>) {
        let (mut placements, mut names, mut own_values) = (Vec::new(), Vec::new(), Vec::new());
        // The placement that makes each rounded value of the file's graph.
        let mut made: HashMap<&str, usize> = HashMap::new();
        for node in &own.graph.nodes {
            let (Some(quantizer), Some(input)) = (node.quantizer(), node.input(0)) else {
                continue;
            };
            let source = match made.get(input) {
                Some(&before) => PlacementSource::Placement(before),
                None => {
                    PlacementSource::Value(self.plain.get(input).map_or(input, |p| p).to_owned())
                }
            };
            made.insert(node.output(), placements.len());
            let file = &own.quantizers[quantizer];
            placements.push(Placement {
                parameters: file.parameters.clone(),
                values: None,
                source,
                readers: Some(Vec::new()),
                is_output: false,
            });
            names.push(file.name.clone());
            own_values.push(Some(node.output().to_owned()));
        }
        self.connect(own, &made, &mut placements);
        for (name, &quantizer) in &own.rounded {
            let Some(values) = own.graph.constants.get(name) else {
                continue;
            };
            let file = &own.quantizers[quantizer];
            placements.push(Placement {
                parameters: file.parameters.clone(),
                values: Some(values.clone()),
                source: PlacementSource::Value(name.clone()),
                readers: None,
                is_output: false,
            });
            names.push(file.name.clone());
            own_values.push(None);
        }
        (placements, names, own_values)
    }

    /// Lets the nodes of the new graph read what they read in the file's.
    fn connect(
        &self,
        own: &QuantizedGraph,
        made: &HashMap<&str, usize>,
        placements: &mut [Placement],
    ) {
        let places: HashMap<&str, usize> = self
            .graph
            .nodes
            .iter()
            .enumerate()
            .map(|(i, n)| (n.output(), i))
            .collect();
        for node in own.graph.nodes.iter().filter(|n| n.quantizer().is_none()) {
            let Some(&index) = places.get(node.output()) else {
                continue;
            };
            for (slot, name) in node.inputs.iter().enumerate() {
                let reader: Reader = (index, slot);
                if let Some(&place) = made.get(name.as_str()) {
                    placements[place]
                        .readers
                        .get_or_insert_default()
                        .push(reader);
                    let is_end = node.is("Identity") && own.graph.is_output(node.output());
                    placements[place].is_output |= is_end;
                }
            }
        }
    }
}
