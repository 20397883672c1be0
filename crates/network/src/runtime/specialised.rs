//! A network for one size of input: shapes are known, and what does not depend on the image is a constant.
//!
//! One run of the FP32 network, node by node, tells all shapes. Values that follow from shapes and constants alone become constants.
//! Operators that the runtime lacks are rewritten with the shapes at hand.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use fathom_core::i18n::tr;

use crate::graph::{NetworkGraph, Node, read_values};
use crate::network_error::NetworkError;
use crate::quantization::Quantizer;

use super::engine::{Engine, Program, Value};
use super::frame_context::FrameContext;
use super::limits::RunLimits;
use super::multiplications::multiplications;
use super::operators::rewritten;
use super::size_guard::most_values;

/// Nodes that compute something from the image, with the constants that they read.
pub(crate) struct Specialised {
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: HashMap<String, Arc<Value>>,
    pub(crate) shapes: HashMap<String, Vec<usize>>,
    /// Multiplications by node name.
    pub(crate) multiplications: BTreeMap<String, u64>,
    /// Names of nodes that do not depend on the image.
    pub(crate) fixed_nodes: HashSet<String>,
}

/// Operators whose results have a shape that depends on the values.
const SHAPED_BY_VALUES: [&str; 7] = [
    "NonZero",
    "NonMaxSuppression",
    "Unique",
    "Compress",
    "Loop",
    "If",
    "SequenceAt",
];

struct Run<'a> {
    engine: &'a Engine,
    limits: RunLimits,
    opset: i64,
    at: FrameContext,
    values: HashMap<String, Arc<Value>>,
    /// Values whose shape depends on the image.
    loose: HashSet<String>,
    /// Number of times that a value will be read.
    uses: HashMap<String, usize>,
    out: Specialised,
}

/// Runs a network once and specialises it.
///
/// # Errors
/// If an operator cannot run, or asks for more memory than the limits allow.
pub(crate) fn specialise(
    graph: &NetworkGraph,
    quantizers: &[Quantizer],
    inputs: &BTreeMap<String, Value>,
    engine: &Engine,
    limits: RunLimits,
) -> Result<Specialised, NetworkError> {
    let mut run = Run {
        engine,
        limits,
        opset: graph.opset,
        at: FrameContext::default(),
        values: HashMap::new(),
        loose: HashSet::new(),
        uses: HashMap::new(),
        out: Specialised {
            nodes: Vec::new(),
            constants: HashMap::new(),
            shapes: HashMap::new(),
            multiplications: BTreeMap::new(),
            fixed_nodes: HashSet::new(),
        },
    };
    for name in graph.nodes.iter().flat_map(read_values) {
        *run.uses.entry(name).or_default() += 1;
    }
    for (name, tensor) in &graph.constants {
        run.set_fixed(name, Arc::new(Value::from_tensor(tensor)));
    }
    for (name, value) in inputs {
        run.set(name, Arc::new(value.clone()));
    }
    for node in &graph.nodes {
        run.node(node, quantizers)?;
    }
    let mut out = run.out;
    out.constants = run.at.fixed;
    out.shapes = run.at.shapes;
    Ok(out)
}

/// Values that do not depend on the image, by name.
///
/// # Errors
/// If an operator cannot run, or asks for more memory than the limits allow.
pub(crate) fn fixed_values(
    graph: &NetworkGraph,
    inputs: &BTreeMap<String, Value>,
    engine: &Engine,
    limits: RunLimits,
) -> Result<BTreeMap<String, Arc<Value>>, NetworkError> {
    let specialised = specialise(graph, &[], inputs, engine, limits)?;
    Ok(specialised.constants.into_iter().collect())
}

impl Run<'_> {
    fn set(&mut self, name: &str, value: Arc<Value>) {
        self.at.shapes.insert(name.to_owned(), value.shape());
        self.values.insert(name.to_owned(), value);
    }

    fn set_fixed(&mut self, name: &str, value: Arc<Value>) {
        self.at.fixed.insert(name.to_owned(), value.clone());
        self.set(name, value);
    }

    fn node(&mut self, node: &Node, quantizers: &[Quantizer]) -> Result<(), NetworkError> {
        if let Some(index) = node.quantizer() {
            self.quantizer(node, quantizers.get(index))?;
        } else {
            let nodes = rewritten(node, &mut self.at, self.opset)?;
            for (name, tensor) in std::mem::take(&mut self.at.added) {
                self.set_fixed(&name, Arc::new(Value::from_tensor(&tensor)));
            }
            for part in nodes {
                self.part(part)?;
            }
        }
        for name in read_values(node) {
            self.release(&name);
        }
        Ok(())
    }

    /// The gate is closed: the value passes.
    fn quantizer(
        &mut self,
        node: &Node,
        quantizer: Option<&Quantizer>,
    ) -> Result<(), NetworkError> {
        let input = node.input(0).unwrap_or_default();
        let (Some(value), Some(quantizer)) = (self.values.get(input).cloned(), quantizer) else {
            return Err(node.error(
                tr!("its input or its quantizer is absent"),
                tr!("report this model"),
            ));
        };
        quantizer
            .parameters
            .check(&value.shape())
            .map_err(|problem| {
                node.error(
                    problem,
                    tr!("check the INT8 model with onnx.checker and quantize again"),
                )
            })?;
        if value.floats().is_none() {
            return Err(node.error(tr!("it rounds integers"), tr!("quantize again")));
        }
        self.set(node.output(), value);
        self.out.nodes.push(node.clone());
        Ok(())
    }

    fn part(&mut self, node: Node) -> Result<(), NetworkError> {
        self.check_size(&node)?;
        let reads = read_values(&node);
        let inputs: Vec<Arc<Value>> = reads
            .iter()
            .map(|name| {
                self.values.get(name).cloned().ok_or_else(|| {
                    node.error(
                        tr!("its input {name} is absent", name),
                        tr!("check the file"),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        let names: Vec<&str> = unique(&reads);
        let outputs: Vec<&str> = node
            .outputs
            .iter()
            .map(String::as_str)
            .filter(|n| !n.is_empty())
            .collect();
        let program = Program::new(&[&node], &names, &outputs, self.opset)?;
        let given: Vec<&Value> = names
            .iter()
            .filter_map(|name| {
                let place = reads.iter().position(|r| r == name)?;
                inputs.get(place).map(AsRef::as_ref)
            })
            .collect();
        let results = self.engine.run(&program, &given)?;
        let is_fixed = self.is_fixed(&node, &reads);
        let is_loose = SHAPED_BY_VALUES.contains(&node.operator.as_str())
            || reads.iter().any(|name| self.loose.contains(name));
        for (name, value) in outputs.iter().zip(results) {
            let value = Arc::new(value);
            if is_fixed {
                self.set_fixed(name, value);
            } else {
                self.set(name, value);
                if is_loose {
                    self.loose.insert((*name).to_owned());
                }
            }
        }
        let count = multiplications(&node, &self.at);
        if is_fixed {
            self.out.fixed_nodes.insert(node.name.clone());
        } else {
            if count > 0 {
                *self
                    .out
                    .multiplications
                    .entry(node.name.clone())
                    .or_default() += count;
            }
            self.out.nodes.push(node);
        }
        Ok(())
    }

    /// True if the results follow from constants and shapes alone.
    fn is_fixed(&self, node: &Node, reads: &[String]) -> bool {
        let random = node.operator.starts_with("Random") || node.is("Multinomial");
        if random {
            return false;
        }
        if node.is("Shape") || node.is("Size") {
            return reads.iter().all(|name| !self.loose.contains(name));
        }
        reads.iter().all(|name| self.at.fixed.contains_key(name))
    }

    fn check_size(&self, node: &Node) -> Result<(), NetworkError> {
        let needed = most_values(node, &self.at).map(|n| n.saturating_mul(4));
        match needed {
            Some(needed) if needed > self.limits.tensor_bytes => Err(NetworkError::OverLimit {
                place: tr!("Node {}", crate::network_error::quoted(&node.name)),
                needed,
                limit: self.limits.tensor_bytes,
            }),
            _ => Ok(()),
        }
    }

    /// Frees a value after its last reader.
    fn release(&mut self, name: &str) {
        if let Some(left) = self.uses.get_mut(name) {
            *left = left.saturating_sub(1);
            if *left == 0 && !self.at.fixed.contains_key(name) {
                self.values.remove(name);
            }
        }
    }
}

/// Names without repetition, in their order.
pub(crate) fn unique(names: &[String]) -> Vec<&str> {
    let mut seen = HashSet::new();
    names
        .iter()
        .map(String::as_str)
        .filter(|n| seen.insert(*n))
        .collect()
}
