//! Statistics of the tensors to be rounded, over frames, and the quantizers that follow from them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::quantization_points::{QuantizationPoints, WeightPoint};
use crate::calibrate::{ActivationStatistics, CountBuffer, QuantizeScheme};
use crate::gating::Placement;
use crate::graph::NetworkGraph;
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};
use crate::runtime::{Engine, Keep, Plan, RunLimits, Value};

/// Statistics of a network's tensors over frames. No tensor is kept from one frame to the next.
#[derive(Debug)]
pub struct RangeCollector<'a> {
    graph: &'a NetworkGraph,
    plan: Plan,
    points: QuantizationPoints,
    statistics: Vec<ActivationStatistics>,
    buffer: CountBuffer,
    limits: RunLimits,
}

impl<'a> RangeCollector<'a> {
    /// Prepares a network for inputs of these shapes.
    ///
    /// # Errors
    /// If an input is absent or does not fit, or an operator cannot run.
    pub fn new(
        graph: &'a NetworkGraph,
        inputs: &BTreeMap<String, Value>,
        engine: &Engine,
        limits: RunLimits,
    ) -> Result<Self, NetworkError> {
        // Every value can be tapped, because the fixed nodes are known only after the plan is made.
        let taps: HashSet<String> = graph
            .nodes
            .iter()
            .flat_map(|node| node.outputs.iter().cloned())
            .filter(|name| !name.is_empty())
            .collect();
        let plan = Plan::new(graph, &[], inputs, &taps, engine, limits)?;
        let points = QuantizationPoints::of(graph, |node| plan.is_fixed(node));
        Ok(Self {
            graph,
            statistics: vec![ActivationStatistics::default(); points.activations.len()],
            plan,
            points,
            buffer: CountBuffer::default(),
            limits,
        })
    }

    /// The tensors that are rounded.
    #[must_use]
    pub fn points(&self) -> &QuantizationPoints {
        &self.points
    }

    /// Adds a frame. Tensors are taken in batches that fit the memory limit.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn add(&mut self, inputs: &BTreeMap<String, Value>) -> Result<(), NetworkError> {
        for batch in self.batches() {
            let names = batch.iter().map(|&i| self.points.activations[i].clone());
            let trace = self
                .plan
                .run(inputs, &[], None, &Keep::Only(names.collect()))?;
            for &i in &batch {
                let name = &self.points.activations[i];
                let value = self.plan.value(&trace, name).map(AsRef::as_ref);
                let value = value.or_else(|| inputs.get(name));
                if let Some(floats) = value.and_then(Value::floats) {
                    self.statistics[i].add(&floats, &mut self.buffer);
                }
            }
        }
        Ok(())
    }

    /// Indices of activations whose values fit in memory together.
    fn batches(&self) -> Vec<Vec<usize>> {
        let mut out: Vec<Vec<usize>> = Vec::new();
        let mut bytes = 0;
        for (i, name) in self.points.activations.iter().enumerate() {
            let shape = self.plan.shape(name).unwrap_or(&[]);
            let needed = 4 * shape.iter().map(|&n| n as u64).product::<u64>();
            match out.last_mut() {
                Some(batch) if bytes + needed <= self.limits.kept_bytes => batch.push(i),
                _ => {
                    out.push(vec![i]);
                    bytes = 0;
                }
            }
            bytes += needed;
        }
        out
    }

    /// The quantizers of a scheme. Tensors of integers, and those without a finite value, have none.
    #[must_use]
    pub fn placements(&self, scheme: &QuantizeScheme) -> Vec<Placement> {
        let mut scales: HashMap<&str, f32> = HashMap::new();
        let mut out = Vec::new();
        for (name, statistics) in self.points.activations.iter().zip(&self.statistics) {
            let Some(found) = scheme.activations.parameters(statistics) else {
                continue;
            };
            if let Scales::Fixed { scales: values, .. } = &found.parameters.scales
                && let Some(&scale) = values.first()
            {
                scales.insert(name, scale);
            }
            out.push(Placement::on_value(name, found.parameters));
        }
        for point in &self.points.weights {
            out.extend(self.weight_placements(scheme, point, &scales));
        }
        out
    }

    fn weight_placements(
        &self,
        scheme: &QuantizeScheme,
        point: &WeightPoint,
        scales: &HashMap<&str, f32>,
    ) -> Vec<Placement> {
        let Some((weight, floats)) = self
            .graph
            .constants
            .get(&point.weight)
            .and_then(|weight| Some((weight, weight.as_floats()?)))
        else {
            return Vec::new();
        };
        let parameters = scheme.weights.parameters(floats, &weight.shape, point.axis);
        let mut out = Vec::new();
        let data_scale = scales.get(self.points.source_of(&point.data));
        if let (Some(bias), Some(&data_scale)) = (&point.bias, data_scale)
            && let Some(parameters) = self.bias_parameters(bias, data_scale, &parameters)
        {
            out.push(Placement::on_value(bias, parameters));
        }
        out.insert(0, Placement::on_value(&point.weight, parameters));
        out
    }

    /// A bias of 32 bits: its scale is that of the data times that of the weight, as integer kernels add it to their sums.
    fn bias_parameters(
        &self,
        bias: &str,
        data_scale: f32,
        weight: &QuantizationParameters,
    ) -> Option<QuantizationParameters> {
        let Scales::Fixed { scales, .. } = &weight.scales else {
            return None;
        };
        let scales: Vec<f32> = scales.iter().map(|scale| scale * data_scale).collect();
        let code_type = CodeType::Integer {
            bits: 32,
            is_signed: true,
        };
        let bias = self.graph.constants.get(bias)?;
        let parameters = match weight.granularity {
            Granularity::PerTensor => {
                QuantizationParameters::per_tensor(code_type, *scales.first()?, 0)
            }
            _ => QuantizationParameters::per_axis(code_type, 0, scales),
        };
        parameters.check(&bias.shape).is_ok().then_some(parameters)
    }
}
