//! The steps of a network for one size of input, and running them with gates.
//!
//! A gate lets a quantizer round or pass. Operators between two quantizers form one program; rounding is done here, between programs.
//! That equals the graph `Where(gate, DequantizeLinear(QuantizeLinear(x)), x)`, costs nothing where a gate is closed, and lets a run take
//! every value from an earlier run that its own gates do not change.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use fathom_core::i18n::tr;

use crate::graph::{NetworkGraph, Node, read_values};
use crate::network_error::{NetworkError, quoted};
use crate::quantization::{Quantizer, QuantizerKind};

use super::engine::{Engine, Program, Value};
use super::limits::RunLimits;
use super::node_groups::groups;
use super::nudge::nudge;
use super::specialised::{Specialised, specialise, unique};

/// A value of the plan.
pub(super) type Slot = usize;

pub(super) enum Action {
    Run(Box<Program>),
    Round(usize),
}

pub(super) struct Step {
    action: Action,
    pub(super) inputs: Vec<Slot>,
    pub(super) outputs: Vec<Slot>,
}

/// Which values a run keeps.
#[derive(Clone, Debug)]
pub enum Keep {
    /// All that steps read or write.
    All,
    /// Outputs of the network and those named.
    Only(HashSet<String>),
}

impl Keep {
    /// Outputs of the network.
    #[must_use]
    pub fn outputs() -> Self {
        Self::Only(HashSet::new())
    }
}

/// Values of one run.
#[derive(Clone)]
pub struct Trace {
    values: Vec<Option<Arc<Value>>>,
    gates: Vec<bool>,
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kept = self.values.iter().flatten().count();
        write!(f, "Trace of {kept} values")
    }
}

/// A network for one size of input.
pub struct Plan {
    engine: Engine,
    pub(super) steps: Vec<Step>,
    pub(super) names: Vec<String>,
    slots: HashMap<String, Slot>,
    inputs: Vec<(String, Slot, Vec<usize>)>,
    outputs: Vec<(String, Slot)>,
    constants: Vec<(Slot, Arc<Value>)>,
    /// Rounded constants by quantizer.
    rounded: Vec<Option<Arc<Value>>>,
    quantizers: Vec<Quantizer>,
    /// The last step that reads a value.
    pub(super) last_use: Vec<usize>,
    shapes: HashMap<String, Vec<usize>>,
    multiplications: BTreeMap<String, u64>,
    fixed_nodes: HashSet<String>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan of {} steps", self.steps.len())
    }
}

impl Plan {
    /// Prepares a network for inputs of these shapes. `taps` are values that runs can keep beside those at quantizers.
    ///
    /// # Errors
    /// If an input is absent or does not fit, an operator cannot run, or a limit is met.
    pub fn new(
        graph: &NetworkGraph,
        quantizers: &[Quantizer],
        inputs: &BTreeMap<String, Value>,
        taps: &HashSet<String>,
        engine: &Engine,
        limits: RunLimits,
    ) -> Result<Self, NetworkError> {
        check_inputs(graph, inputs)?;
        let specialised = specialise(graph, quantizers, inputs, engine, limits)?;
        let mut plan = Self {
            engine: engine.clone(),
            steps: Vec::new(),
            names: Vec::new(),
            slots: HashMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            constants: Vec::new(),
            rounded: quantizers
                .iter()
                .map(|q| q.values.as_ref().map(|v| Arc::new(Value::from_tensor(v))))
                .collect(),
            quantizers: quantizers.to_vec(),
            last_use: Vec::new(),
            shapes: HashMap::new(),
            multiplications: BTreeMap::new(),
            fixed_nodes: HashSet::new(),
        };
        for input in &graph.inputs {
            let slot = plan.slot(&input.name);
            let shape = inputs
                .get(&input.name)
                .map(Value::shape)
                .unwrap_or_default();
            plan.inputs.push((input.name.clone(), slot, shape));
        }
        plan.add_steps(graph, &specialised, taps)?;
        for output in &graph.outputs {
            let slot = plan.slot(&output.name);
            plan.outputs.push((output.name.clone(), slot));
        }
        for (name, value) in specialised.constants {
            if let Some(&slot) = plan.slots.get(&name) {
                plan.constants.push((slot, value));
            }
        }
        plan.constants.sort_by_key(|(slot, _)| *slot);
        plan.shapes = specialised.shapes;
        plan.multiplications = specialised.multiplications;
        plan.fixed_nodes = specialised.fixed_nodes;
        plan.last_use = vec![0; plan.names.len()];
        for (i, step) in plan.steps.iter().enumerate() {
            for &slot in &step.inputs {
                plan.last_use[slot] = i;
            }
        }
        Ok(plan)
    }

    fn slot(&mut self, name: &str) -> Slot {
        if let Some(&slot) = self.slots.get(name) {
            return slot;
        }
        self.names.push(name.to_owned());
        self.slots.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    fn add_steps(
        &mut self,
        graph: &NetworkGraph,
        specialised: &Specialised,
        taps: &HashSet<String>,
    ) -> Result<(), NetworkError> {
        for group in groups(graph, &specialised.nodes, taps) {
            let nodes: Vec<&Node> = group.iter().map(|&i| &specialised.nodes[i]).collect();
            let Some(last) = nodes.last() else { continue };
            if let Some(quantizer) = last.quantizer() {
                let input = self.slot(last.input(0).unwrap_or_default());
                let output = self.slot(last.output());
                self.steps.push(Step {
                    action: Action::Round(quantizer),
                    inputs: vec![input],
                    outputs: vec![output],
                });
                continue;
            }
            let made: HashSet<&str> = nodes
                .iter()
                .flat_map(|n| n.outputs.iter().map(String::as_str))
                .collect();
            let read: Vec<String> = nodes.iter().flat_map(|n| read_values(n)).collect();
            let mut inputs = unique(&read);
            inputs.retain(|name| !made.contains(name));
            let outputs: Vec<&str> = last
                .outputs
                .iter()
                .map(String::as_str)
                .filter(|n| !n.is_empty())
                .collect();
            let program = Program::new(&nodes, &inputs, &outputs, graph.opset)?;
            let step = Step {
                action: Action::Run(Box::new(program)),
                inputs: inputs.iter().map(|n| self.slot(n)).collect(),
                outputs: outputs.iter().map(|n| self.slot(n)).collect(),
            };
            self.steps.push(step);
        }
        Ok(())
    }

    /// Runs the network.
    ///
    /// `gates` has a switch for each quantizer. With an earlier run of the same inputs that kept all values, only steps are run whose
    /// values the gates change.
    ///
    /// # Errors
    /// If an operator cannot run on these values.
    pub fn run(
        &self,
        inputs: &BTreeMap<String, Value>,
        gates: &[bool],
        base: Option<&Trace>,
        keep: &Keep,
    ) -> Result<Trace, NetworkError> {
        self.run_nudged(inputs, gates, base, keep, None)
    }

    /// The same with each value moved a little before it is rounded, up or down as a seed says: what another order of sums does to ties.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_nudged(
        &self,
        inputs: &BTreeMap<String, Value>,
        gates: &[bool],
        base: Option<&Trace>,
        keep: &Keep,
        seed: Option<u64>,
    ) -> Result<Trace, NetworkError> {
        let mut values = self.start(inputs, base)?;
        let is_kept = self.kept(keep);
        for (i, step) in self.steps.iter().enumerate() {
            match base.filter(|base| self.is_unchanged(step, &values, gates, base)) {
                Some(base) => {
                    for &slot in &step.outputs {
                        values[slot] = base.values[slot].clone();
                    }
                }
                None => self.compute(step, &mut values, gates, seed)?,
            }
            for &slot in &step.inputs {
                if self.last_use[slot] == i && !is_kept[slot] {
                    values[slot] = None;
                }
            }
        }
        Ok(Trace {
            values,
            gates: gates.to_vec(),
        })
    }

    /// Constants and inputs.
    pub(super) fn start(
        &self,
        inputs: &BTreeMap<String, Value>,
        base: Option<&Trace>,
    ) -> Result<Vec<Option<Arc<Value>>>, NetworkError> {
        let mut values: Vec<Option<Arc<Value>>> = vec![None; self.names.len()];
        for (slot, value) in &self.constants {
            values[*slot] = Some(value.clone());
        }
        for (name, slot, shape) in &self.inputs {
            if let Some(base) = base {
                values[*slot] = base.values[*slot].clone();
                continue;
            }
            let value = inputs
                .get(name)
                .filter(|v| v.shape() == *shape)
                .ok_or_else(|| NetworkError::Input {
                    input: quoted(name),
                    problem: tr!("it is absent or has another size than the first frame's")
                        .to_owned(),
                    expected: tr!(
                        "values of the shape {shape}",
                        shape = format_args!("{shape:?}")
                    ),
                })?;
            values[*slot] = Some(Arc::new(value.clone()));
        }
        Ok(values)
    }

    fn kept(&self, keep: &Keep) -> Vec<bool> {
        let mut out = vec![matches!(keep, Keep::All); self.names.len()];
        if let Keep::Only(names) = keep {
            for name in names {
                if let Some(&slot) = self.slots.get(name) {
                    out[slot] = true;
                }
            }
        }
        for (_, slot) in &self.outputs {
            out[*slot] = true;
        }
        out
    }

    /// Returns true if a step's results are those of the base run.
    fn is_unchanged(
        &self,
        step: &Step,
        values: &[Option<Arc<Value>>],
        gates: &[bool],
        base: &Trace,
    ) -> bool {
        if let Action::Round(quantizer) = step.action
            && gates.get(quantizer) != base.gates.get(quantizer)
        {
            return false;
        }
        let is_same = |&slot: &Slot| match (&values[slot], &base.values[slot]) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        let is_there = |&slot: &Slot| base.values[slot].is_some();
        step.inputs.iter().all(is_same) && step.outputs.iter().all(is_there)
    }

    pub(super) fn compute(
        &self,
        step: &Step,
        values: &mut [Option<Arc<Value>>],
        gates: &[bool],
        seed: Option<u64>,
    ) -> Result<(), NetworkError> {
        let inputs: Vec<Arc<Value>> = step
            .inputs
            .iter()
            .map(|&slot| {
                values[slot].clone().ok_or_else(|| {
                    NetworkError::invalid(
                        tr!("Value {}", quoted(&self.names[slot])),
                        tr!("nothing makes it"),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        match &step.action {
            Action::Run(program) => {
                let given: Vec<&Value> = inputs.iter().map(AsRef::as_ref).collect();
                let results = self.engine.run(program, &given)?;
                for (&slot, value) in step.outputs.iter().zip(results) {
                    values[slot] = Some(Arc::new(value));
                }
            }
            Action::Round(quantizer) => {
                let (Some(input), Some(&output)) = (inputs.first(), step.outputs.first()) else {
                    return Ok(());
                };
                let is_on = gates.get(*quantizer).copied().unwrap_or(false);
                values[output] = Some(if is_on {
                    self.round(*quantizer, input, seed)?
                } else {
                    input.clone()
                });
            }
        }
        Ok(())
    }

    fn round(
        &self,
        quantizer: usize,
        input: &Arc<Value>,
        seed: Option<u64>,
    ) -> Result<Arc<Value>, NetworkError> {
        if let Some(Some(rounded)) = self.rounded.get(quantizer) {
            return Ok(rounded.clone());
        }
        let (Some(floats), Some(quantizer)) = (input.floats(), self.quantizers.get(quantizer))
        else {
            return Ok(input.clone());
        };
        let shape = input.shape();
        let mut values = floats.into_owned();
        // An input is no sum: every runtime rounds the same numbers.
        if let Some(seed) = seed.filter(|_| quantizer.kind != QuantizerKind::Input) {
            nudge(&mut values, seed);
        }
        quantizer.parameters.round(&mut values, &shape);
        Ok(Arc::new(Value::from_floats(&shape, values)?))
    }

    /// A value of a run, if it was kept.
    #[must_use]
    pub fn value<'a>(&self, trace: &'a Trace, name: &str) -> Option<&'a Arc<Value>> {
        trace.values.get(*self.slots.get(name)?)?.as_ref()
    }

    /// The outputs of a run, in the file's order.
    #[must_use]
    pub fn output_values<'a>(&self, trace: &'a Trace) -> Vec<&'a Arc<Value>> {
        self.outputs
            .iter()
            .filter_map(|(_, slot)| trace.values.get(*slot)?.as_ref())
            .collect()
    }

    /// Names and shapes of the outputs, in the file's order.
    #[must_use]
    pub fn outputs(&self) -> Vec<(&str, &[usize])> {
        self.outputs
            .iter()
            .map(|(name, _)| (name.as_str(), self.shape(name).unwrap_or(&[])))
            .collect()
    }

    /// The shape of a value.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.shapes.get(name).map(Vec::as_slice)
    }

    /// Returns true if runs can keep a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.slots.contains_key(name)
    }

    /// Multiply-accumulate operations of a frame, by node name.
    #[must_use]
    pub fn multiplications(&self) -> &BTreeMap<String, u64> {
        &self.multiplications
    }

    /// Returns true if a node's results do not depend on the image.
    #[must_use]
    pub fn is_fixed(&self, node: &str) -> bool {
        self.fixed_nodes.contains(node)
    }

    /// Bytes of all values that a run with [`Keep::All`] holds, constants aside.
    #[must_use]
    pub fn trace_bytes(&self) -> u64 {
        let constants: HashSet<Slot> = self.constants.iter().map(|(slot, _)| *slot).collect();
        let values = |slot: &Slot| {
            let shape = self.shape(&self.names[*slot]).unwrap_or(&[]);
            4 * shape.iter().map(|&d| d as u64).product::<u64>()
        };
        (0..self.names.len())
            .filter(|slot| !constants.contains(slot))
            .map(|slot| values(&slot))
            .sum()
    }
}

fn check_inputs(
    graph: &NetworkGraph,
    inputs: &BTreeMap<String, Value>,
) -> Result<(), NetworkError> {
    for input in &graph.inputs {
        let expected = match &input.shape {
            Some(shape) => {
                let lengths: Vec<String> = shape
                    .iter()
                    .map(|d| d.map_or_else(|| "any".to_owned(), |n| n.to_string()))
                    .collect();
                tr!("values of the shape {}", lengths.join(" x "))
            }
            None => "values".to_owned(),
        };
        let wrong = |problem: String| NetworkError::Input {
            input: quoted(&input.name),
            problem,
            expected: expected.clone(),
        };
        let value = inputs
            .get(&input.name)
            .ok_or_else(|| wrong(tr!("no values are given for it").to_owned()))?;
        let shape = value.shape();
        let fits = input.shape.as_ref().is_none_or(|wanted| {
            wanted.len() == shape.len()
                && wanted
                    .iter()
                    .zip(&shape)
                    .all(|(w, &s)| w.is_none_or(|w| w == s))
        });
        if !fits || value.is_empty() {
            return Err(wrong(tr!(
                "its values have the shape {shape}",
                shape = format_args!("{shape:?}")
            )));
        }
    }
    Ok(())
}
