//! An FP32 network in which every quantizer is a node with a gate.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use fathom_core::i18n::tr;

use crate::graph::{FreshNames, NetworkGraph, Node, Tensor};
use crate::network_error::{NetworkError, quoted};
use crate::quantization::{CodeType, Quantizer, QuantizerKind};

use super::layers::{Layer, chains, layers, readers_behind_quantizers};
use super::placement::{Placement, PlacementSource, Reader};

/// All gates off is the FP32 network; all on is the INT8 network, where both have the same operators.
#[derive(Clone, Debug)]
pub struct GatedNetwork {
    /// The graph with `FakeQuantize` nodes. An output that is rounded has the name of its quantizer's node.
    pub graph: NetworkGraph,
    /// Quantizers by index of their gate.
    pub quantizers: Vec<Quantizer>,
    /// Names of the values that each quantizer reads and makes.
    pub taps: Vec<(String, String)>,
    /// For each quantizer the first one of its chain: quantizers of equal scale and zero point, one after another, count once.
    pub chains: Vec<usize>,
    /// Layers in the order of computation. Every quantizer is in exactly one.
    pub layers: Vec<Layer>,
    /// Names of the outputs in the FP32 file.
    pub output_names: Vec<String>,
}

impl GatedNetwork {
    /// Puts quantizers into an FP32 graph.
    ///
    /// # Errors
    /// If a placement names a value that the graph does not have, or does not fit a constant.
    pub fn new(fp32: &NetworkGraph, placements: &[Placement]) -> Result<Self, NetworkError> {
        let mut builder = Builder {
            fp32,
            graph: fp32.clone(),
            names: FreshNames::beside(fp32),
            quantizers: Vec::new(),
            taps: Vec::new(),
            claimed: HashSet::new(),
        };
        for placement in placements {
            builder.claimed.extend(placement.readers.iter().flatten());
        }
        for placement in placements {
            builder.place(placement)?;
        }
        let Builder {
            mut graph,
            quantizers,
            taps,
            ..
        } = builder;
        let output_names = fp32.outputs.iter().map(|o| o.name.clone()).collect();
        graph.sort()?;
        let chains = chains(&graph, &quantizers);
        let layers = layers(&graph, &quantizers, &chains);
        Ok(Self {
            graph,
            quantizers,
            taps,
            chains,
            layers,
            output_names,
        })
    }

    /// For each quantizer, whether a tool that keeps some nodes, by name, leaves it out: a weight if all nodes that read it are kept, a tensor
    /// if no other node makes or reads it. Operators that only hand values on are rounded where the value that they read is, as ONNX Runtime's
    /// `quantize_static` does (`QDQDirect8BitOp` and `QDQRemovableActivation` in its operators).
    #[must_use]
    pub fn freed_by(&self, kept: &BTreeSet<String>) -> Vec<bool> {
        let graph = &self.graph;
        let consumers = graph.consumers();
        let readers = readers_behind_quantizers(graph);
        let is_kept = |at: usize| kept.contains(&graph.nodes[at].name);
        let rounds = |at: usize| !is_kept(at) && !hands_on(&graph.nodes[at]);
        let rounded = RoundedValues::of(graph, is_kept);
        let mut out = Vec::new();
        for (index, (input, output)) in self.taps.iter().enumerate() {
            let is_free = if graph.constants.contains_key(input) {
                let read = consumers.get(output.as_str()).into_iter().flatten();
                read.map(|&(at, _)| at).all(is_kept)
            } else {
                let mut read = readers.get(&index).into_iter().flatten();
                !rounded.are_made(input) && !read.any(|&at| rounds(at))
            };
            out.push(is_free);
        }
        out
    }

    /// A switch for each quantizer: on for those that pass a test.
    #[must_use]
    pub fn gates(&self, is_on: impl Fn(usize) -> bool) -> Vec<bool> {
        (0..self.quantizers.len()).map(is_on).collect()
    }
}

/// Returns true if a node hands on values of its first input. Its output then needs no range of its own.
fn hands_on(node: &Node) -> bool {
    const OPERATORS: [&str; 13] = [
        "AveragePool",
        "Clip",
        "Flatten",
        "MaxPool",
        "Relu",
        "Reshape",
        "Resize",
        "Slice",
        "Split",
        "Squeeze",
        "TopK",
        "Transpose",
        "Unsqueeze",
    ];
    OPERATORS.contains(&node.operator.as_str())
}

/// Values that a tool rounds when it keeps some nodes.
struct RoundedValues<'a> {
    /// For the output of a quantizer, the value that the first quantizer of them reads.
    plain: HashMap<&'a str, &'a str>,
    /// Values that a node makes which the tool rounds.
    made: HashSet<&'a str>,
}

impl<'a> RoundedValues<'a> {
    /// Goes through the nodes in their order, as the tool does.
    fn of(graph: &'a NetworkGraph, is_kept: impl Fn(usize) -> bool) -> Self {
        let mut out = Self {
            plain: HashMap::new(),
            made: HashSet::new(),
        };
        let mut read: HashSet<&str> = HashSet::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            let first = out.plain(node.input(0).unwrap_or_default());
            if node.quantizer().is_some() {
                out.plain.insert(node.output(), first);
                continue;
            }
            if is_kept(at) {
                continue;
            }
            if hands_on(node) {
                if !out.made.contains(first) && !read.contains(first) {
                    continue;
                }
            } else {
                read.extend(node.inputs.iter().map(|name| out.plain(name)));
            }
            out.made.extend(node.outputs.iter().map(String::as_str));
        }
        out
    }

    fn plain<'b>(&self, name: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.plain.get(name).copied().unwrap_or(name)
    }

    /// Returns true if a node makes a value that the tool rounds.
    fn are_made(&self, name: &str) -> bool {
        self.made.contains(self.plain(name))
    }
}

struct Builder<'a> {
    fp32: &'a NetworkGraph,
    graph: NetworkGraph,
    names: FreshNames,
    quantizers: Vec<Quantizer>,
    taps: Vec<(String, String)>,
    /// Readers that a placement names.
    claimed: HashSet<Reader>,
}

impl Builder<'_> {
    fn place(&mut self, placement: &Placement) -> Result<(), NetworkError> {
        let (input, base) = self.source(placement)?;
        let index = self.quantizers.len();
        let output = self.names.fresh(&format!("{base}_FakeQuantize"));
        let readers = self.readers(placement, &base);
        let is_rounded_output =
            self.fp32.is_output(&base) && (placement.is_output || placement.readers.is_none());
        let kind = self.kind(placement, &base, &readers, is_rounded_output);
        let values = self.constant_values(placement, &input)?;
        for (node, slot) in readers {
            if let Some(name) = self
                .graph
                .nodes
                .get_mut(node)
                .and_then(|n| n.inputs.get_mut(slot))
            {
                name.clone_from(&output);
            }
        }
        if is_rounded_output {
            for out in self
                .graph
                .outputs
                .iter_mut()
                .filter(|o| o.name == base || o.name == input)
            {
                out.name.clone_from(&output);
            }
        }
        self.graph
            .nodes
            .push(Node::fake_quantize(index, &input, &output));
        self.taps.push((input, output));
        self.quantizers.push(Quantizer {
            name: base,
            kind,
            parameters: placement.parameters.clone(),
            values,
        });
        Ok(())
    }

    /// The value that a quantizer reads, and the value of the FP32 graph behind it.
    fn source(&self, placement: &Placement) -> Result<(String, String), NetworkError> {
        match &placement.source {
            PlacementSource::Value(name) => {
                if !self.names.is_taken(name) {
                    return Err(NetworkError::Mismatch {
                        problem: tr!("the FP32 model has no value {}", quoted(name)),
                    });
                }
                Ok((name.clone(), name.clone()))
            }
            PlacementSource::Placement(index) => {
                let found = self.taps.get(*index).zip(self.quantizers.get(*index));
                let ((_, output), quantizer) = found.ok_or_else(|| NetworkError::Mismatch {
                    problem: tr!("a quantizer follows one that does not exist").to_owned(),
                })?;
                Ok((output.clone(), quantizer.name.clone()))
            }
        }
    }

    fn readers(&self, placement: &Placement, base: &str) -> Vec<Reader> {
        if let Some(readers) = &placement.readers {
            return readers.clone();
        }
        let mut out = Vec::new();
        for (i, node) in self.fp32.nodes.iter().enumerate() {
            for (slot, name) in node.inputs.iter().enumerate() {
                if name == base && !self.claimed.contains(&(i, slot)) {
                    out.push((i, slot));
                }
            }
        }
        out
    }

    fn kind(
        &self,
        placement: &Placement,
        base: &str,
        readers: &[Reader],
        is_output: bool,
    ) -> QuantizerKind {
        if self.fp32.constants.contains_key(base) {
            let is_bias = |&(node, slot): &Reader| {
                self.fp32
                    .nodes
                    .get(node)
                    .is_some_and(|n| is_bias_slot(n, slot))
            };
            let is_wide = matches!(
                placement.parameters.code_type,
                CodeType::Integer { bits: 32, .. }
            );
            let all = !readers.is_empty() && readers.iter().all(is_bias);
            return if all || is_wide {
                QuantizerKind::Bias
            } else {
                QuantizerKind::Weight
            };
        }
        if is_output {
            QuantizerKind::Output
        } else if self.fp32.inputs.iter().any(|i| i.name == base) {
            QuantizerKind::Input
        } else {
            QuantizerKind::Activation
        }
    }

    /// The rounded constant, if the quantizer reads one.
    fn constant_values(
        &self,
        placement: &Placement,
        input: &str,
    ) -> Result<Option<Arc<Tensor>>, NetworkError> {
        let Some(constant) = self.fp32.constants.get(input) else {
            return Ok(None);
        };
        let place = || tr!("The weight {}", quoted(input));
        if let Some(values) = &placement.values {
            if values.shape != constant.shape {
                return Err(NetworkError::Mismatch {
                    problem: tr!(
                        "{} has the shape {fp32} in FP32 and {int8} in INT8",
                        quoted(input),
                        fp32 = format_args!("{:?}", constant.shape),
                        int8 = format_args!("{:?}", values.shape)
                    ),
                });
            }
            return Ok(Some(values.clone()));
        }
        let Some(floats) = constant.as_floats() else {
            return Err(NetworkError::invalid(
                place(),
                tr!("it holds integers and cannot be rounded"),
            ));
        };
        placement
            .parameters
            .check(&constant.shape)
            .map_err(|problem| NetworkError::invalid(place(), problem))?;
        let mut values = floats.to_vec();
        placement.parameters.round(&mut values, &constant.shape);
        Ok(Some(Arc::new(Tensor::floats(
            constant.shape.clone(),
            values,
        )?)))
    }
}

/// Returns true if an operator takes a bias at an input slot.
pub(crate) fn is_bias_slot(node: &Node, slot: usize) -> bool {
    slot == 2
        && matches!(
            node.operator.as_str(),
            "Conv"
                | "ConvTranspose"
                | "Gemm"
                | "LayerNormalization"
                | "InstanceNormalization"
                | "GroupNormalization"
                | "BatchNormalization"
        )
}

/// Quantizers of a set of kinds.
#[must_use]
pub fn of_kinds(quantizers: &[Quantizer], kinds: &BTreeSet<QuantizerKind>) -> Vec<bool> {
    quantizers.iter().map(|q| kinds.contains(&q.kind)).collect()
}

/// Quantizers by name of their tensor.
#[must_use]
pub fn by_name(quantizers: &[Quantizer]) -> HashMap<&str, Vec<usize>> {
    let mut out: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, quantizer) in quantizers.iter().enumerate() {
        out.entry(&quantizer.name).or_default().push(i);
    }
    out
}
