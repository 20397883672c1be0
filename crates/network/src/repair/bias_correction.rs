//! Bias correction: the mean error of each channel behind a weight is taken off, layer by layer.
//!
//! Source: DFQ (arXiv:1906.04721), section 4.2 and appendix D, "empirical bias correction". Frames run together, so that a layer is
//! corrected behind layers that are corrected already.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::gating::GatedNetwork;
use crate::graph::{FreshNames, Node, Tensor};
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, QuantizationParameters, Quantizer, QuantizerKind};
use crate::runtime::Value;

use super::refit::Calibration;
use super::weighted_node::{WeightedNode, output_channel_axis};

/// Corrects the biases of nodes whose weight is rounded, and returns the corrected nodes' names. The corrections act where gates are open
/// only: with all gates closed the network is what it was.
///
/// # Errors
/// If an operator cannot run.
pub(super) fn correct_biases(
    gated: &mut GatedNetwork,
    gates: &mut Vec<bool>,
    calibration: Calibration<'_>,
) -> Result<Vec<String>, NetworkError> {
    let is_rounded = |node: &WeightedNode| {
        let quantizer = node.weight.quantizer;
        quantizer.is_some_and(|q| gates.get(q).copied().unwrap_or(false))
    };
    let mut nodes = WeightedNode::all(gated);
    nodes.retain(is_rounded);
    let by_output: HashMap<&str, &Node> = nodes
        .iter()
        .map(|node| &gated.graph.nodes[node.node])
        .map(|node| (node.output(), node))
        .collect();
    let taps: HashSet<String> = by_output.keys().map(|&name| name.to_owned()).collect();
    let plan = calibration.plan(gated, &taps)?;
    let mut float: HashMap<String, Vec<f64>> = HashMap::new();
    let off = vec![false; gates.len()];
    plan.run_together(calibration.frames, &off, |name, values| {
        if let Some(means) = by_output.get(name).and_then(|node| means(node, values)) {
            float.insert(name.to_owned(), means);
        }
        Ok(())
    })?;
    let mut corrections: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    plan.run_together(calibration.frames, gates, |name, values| {
        let Some(node) = by_output.get(name) else {
            return Ok(());
        };
        let (Some(wanted), Some(found)) = (float.get(name), means(node, values)) else {
            return Ok(());
        };
        let pairs = wanted.iter().zip(&found);
        let correction: Vec<f32> = pairs.map(|(w, f)| (w - f) as f32).collect();
        if correction.iter().any(|c| !c.is_finite()) {
            return Ok(());
        }
        for value in values.iter_mut() {
            *value = Arc::new(shifted(node, value, &correction)?);
        }
        corrections.insert(name.to_owned(), correction);
        Ok(())
    })?;
    let mut names = Vec::new();
    let mut fresh = FreshNames::beside(&gated.graph);
    for node in nodes {
        let at = &gated.graph.nodes[node.node];
        let Some(correction) = corrections.get(at.output()).cloned() else {
            continue;
        };
        names.push(at.name.clone());
        correct(gated, &node, &correction, &mut fresh)?;
    }
    gated.graph.sort()?;
    gates.resize(gated.quantizers.len(), true);
    Ok(names)
}

/// The mean of each channel over frames.
fn means(node: &Node, values: &[Arc<Value>]) -> Option<Vec<f64>> {
    let mut sums: Vec<f64> = Vec::new();
    let mut count = 0_usize;
    for value in values {
        let (shape, floats) = (value.shape(), value.floats()?);
        let (channels, inner) = channels(node, &shape)?;
        sums.resize(channels, 0.0);
        for (place, &v) in floats.iter().enumerate() {
            sums[place / inner % channels] += f64::from(v);
        }
        count += floats.len() / channels;
    }
    Some(sums.iter().map(|sum| sum / count.max(1) as f64).collect())
}

/// Number of channels, and values between neighbouring ones.
fn channels(node: &Node, shape: &[usize]) -> Option<(usize, usize)> {
    let axis = output_channel_axis(node, shape.len())?;
    let channels = *shape.get(axis)?;
    let inner = shape.iter().skip(axis + 1).product();
    (channels > 0 && inner > 0).then_some((channels, inner))
}

fn shifted(node: &Node, value: &Value, by: &[f32]) -> Result<Value, NetworkError> {
    let shape = value.shape();
    let mut floats = value
        .floats()
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default();
    if let Some((channels, inner)) = channels(node, &shape) {
        for (place, v) in floats.iter_mut().enumerate() {
            *v += by.get(place / inner % channels).copied().unwrap_or(0.0);
        }
    }
    Value::from_floats(&shape, floats)
}

/// Gives a node its corrected bias.
fn correct(
    gated: &mut GatedNetwork,
    node: &WeightedNode,
    correction: &[f32],
    names: &mut FreshNames,
) -> Result<(), NetworkError> {
    let at = node.node;
    let is_product = gated.graph.nodes[at].is("MatMul");
    let has_unknown_bias = node.bias.is_none() && gated.graph.nodes[at].input(2).is_some();
    if is_product || has_unknown_bias {
        return add_behind(gated, at, correction, names);
    }
    let own = node.bias.as_ref();
    let constant = own
        .and_then(|bias| gated.graph.constants.get(&bias.name))
        .cloned();
    let floats = constant.as_ref().and_then(|tensor| tensor.as_floats());
    // Gemm's bias may be one number for all.
    let (float, shape) = match (&constant, floats) {
        (Some(tensor), Some(floats)) if floats.len() == correction.len() => {
            (floats.to_vec(), tensor.shape.clone())
        }
        (Some(_), _) => return add_behind(gated, at, correction, names),
        (None, _) => (vec![0.0; correction.len()], vec![correction.len()]),
    };
    let quantizer = own.and_then(|bias| bias.quantizer);
    let rounded = match quantizer.and_then(|q| gated.quantizers[q].values.clone()) {
        Some(rounded) => rounded
            .as_floats()
            .map_or_else(|| float.clone(), <[f32]>::to_vec),
        None => float.clone(),
    };
    let mut values: Vec<f32> = rounded.iter().zip(correction).map(|(b, c)| b + c).collect();
    let parameters = match quantizer {
        Some(q) => gated.quantizers[q].parameters.clone(),
        None => grid(&values),
    };
    parameters.round(&mut values, &shape);
    let name = names.fresh(&format!("{}_bias", gated.graph.nodes[at].name));
    let output = add_quantizer(gated, at, &name, (shape, float), values, parameters, names)?;
    let inputs = &mut gated.graph.nodes[at].inputs;
    inputs.resize(inputs.len().max(3), String::new());
    inputs[2] = output;
    Ok(())
}

/// Adds a correction to what a node makes.
fn add_behind(
    gated: &mut GatedNetwork,
    at: usize,
    correction: &[f32],
    names: &mut FreshNames,
) -> Result<(), NetworkError> {
    let name = names.fresh(&format!("{}_correction", gated.graph.nodes[at].name));
    let zeros = (vec![correction.len()], vec![0.0; correction.len()]);
    let parameters = grid(correction);
    let mut values = correction.to_vec();
    parameters.round(&mut values, &zeros.0);
    let added = add_quantizer(gated, at, &name, zeros, values, parameters, names)?;
    let made = gated.graph.nodes[at].output().to_owned();
    let before = names.fresh(&format!("{made}_uncorrected"));
    gated.graph.nodes[at].outputs[0].clone_from(&before);
    let sum = Node::new(&name, "Add", &[&before, &added], &[&made]);
    gated.graph.nodes.push(sum);
    Ok(())
}

/// 32 bits over the range of some values.
fn grid(values: &[f32]) -> QuantizationParameters {
    let code_type = CodeType::Integer {
        bits: 32,
        is_signed: true,
    };
    let largest = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let scale = largest / (1_u32 << 30) as f32;
    let scale = if scale.is_normal() { scale } else { 1.0 };
    QuantizationParameters::per_tensor(code_type, scale, 0)
}

/// Adds a constant and its quantizer for a node, and returns the name of what the quantizer makes.
fn add_quantizer(
    gated: &mut GatedNetwork,
    at: usize,
    name: &str,
    (shape, float): (Vec<usize>, Vec<f32>),
    rounded: Vec<f32>,
    parameters: QuantizationParameters,
    names: &mut FreshNames,
) -> Result<String, NetworkError> {
    let constant = Tensor::floats(shape.clone(), float)?;
    gated
        .graph
        .constants
        .insert(name.to_owned(), Arc::new(constant));
    let output = names.fresh(&format!("{name}_FakeQuantize"));
    let index = gated.quantizers.len();
    gated
        .graph
        .nodes
        .push(Node::fake_quantize(index, name, &output));
    gated.taps.push((name.to_owned(), output.clone()));
    gated.chains.push(index);
    gated.quantizers.push(Quantizer {
        name: name.to_owned(),
        kind: QuantizerKind::Bias,
        parameters,
        values: Some(Arc::new(Tensor::floats(shape, rounded)?)),
    });
    let node = gated.graph.nodes[at].name.clone();
    let layer = gated.layers.iter_mut().find(|layer| layer.name == node);
    if let Some(layer) = layer {
        layer.quantizers.push(index);
    }
    Ok(output)
}
