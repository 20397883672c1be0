//! Batch normalisation after a convolution, folded into its weight. Tools fold it before they quantize.
//!
//! Source: ONNX operator `BatchNormalization`: `scale * (x - mean) / sqrt(variance + epsilon) + bias`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::graph::{NetworkGraph, Node, Tensor};
use crate::network_error::NetworkError;

/// The same network without batch normalisations that follow a convolution with constant weights.
///
/// # Errors
/// If a folded weight does not fit its shape.
pub fn fold_batch_norms(graph: &NetworkGraph) -> Result<NetworkGraph, NetworkError> {
    let mut out = graph.clone();
    let producers = graph.producers();
    let consumers = graph.consumers();
    let mut dropped = HashSet::new();
    let mut renamed: HashMap<usize, String> = HashMap::new();
    for (index, norm) in graph.nodes.iter().enumerate() {
        let Some(input) = norm.input(0).filter(|_| norm.is("BatchNormalization")) else {
            continue;
        };
        let Some(&producer) = producers.get(input) else {
            continue;
        };
        let convolution = &graph.nodes[producer];
        let is_only_reader = consumers.get(input).is_some_and(|c| c.len() == 1);
        if !is_only_reader || graph.is_output(input) {
            continue;
        }
        let Some((weight, bias)) = folded(graph, convolution, norm)? else {
            continue;
        };
        let name = &convolution.inputs[1];
        // A weight that others read too stays theirs.
        let is_shared = consumers.get(name.as_str()).is_none_or(|c| c.len() > 1);
        let weight_name = if is_shared {
            format!("{}_folded_weight", norm.name)
        } else {
            name.clone()
        };
        let bias_name = match convolution.input(2) {
            Some(own) if consumers.get(own).is_some_and(|c| c.len() == 1) => own.to_owned(),
            _ => format!("{}_folded_bias", norm.name),
        };
        out.constants.insert(weight_name.clone(), Arc::new(weight));
        out.constants.insert(bias_name.clone(), Arc::new(bias));
        out.nodes[producer].inputs.truncate(1);
        out.nodes[producer].inputs.extend([weight_name, bias_name]);
        renamed.insert(producer, norm.output().to_owned());
        dropped.insert(index);
    }
    for (index, output) in renamed {
        out.nodes[index].outputs = vec![output];
    }
    let mut index = 0;
    out.nodes.retain(|_| {
        index += 1;
        !dropped.contains(&(index - 1))
    });
    Ok(out)
}

/// Weight and bias of both; `None` where something is no constant.
fn folded(
    graph: &NetworkGraph,
    convolution: &Node,
    norm: &Node,
) -> Result<Option<(Tensor, Tensor)>, NetworkError> {
    let is_transposed = convolution.is("ConvTranspose");
    if !convolution.is("Conv") && !is_transposed {
        return Ok(None);
    }
    let floats = |name: Option<&str>| graph.constants.get(name?).and_then(|t| t.as_floats());
    let parameters = [1, 2, 3, 4].map(|slot| floats(norm.input(slot)));
    let [Some(scale), Some(shift), Some(mean), Some(variance)] = parameters else {
        return Ok(None);
    };
    let weight_tensor = convolution.input(1).and_then(|n| graph.constants.get(n));
    let Some((tensor, weight)) = weight_tensor.and_then(|t| Some((t, t.as_floats()?))) else {
        return Ok(None);
    };
    let (Some(&first), Some(&second)) = (tensor.shape.first(), tensor.shape.get(1)) else {
        return Ok(None);
    };
    let groups = convolution.int("group").unwrap_or(1).max(1) as usize;
    let channels = if is_transposed {
        second * groups
    } else {
        first
    };
    let lengths = [scale.len(), shift.len(), mean.len(), variance.len()];
    if lengths.iter().any(|&n| n != channels) || weight.is_empty() {
        return Ok(None);
    }
    let bias = match convolution.input(2) {
        None => vec![0.0; channels],
        name => match floats(name) {
            Some(bias) if bias.len() == channels => bias.to_vec(),
            _ => return Ok(None),
        },
    };
    let epsilon = f64::from(norm.float("epsilon").unwrap_or(1e-5));
    let factor: Vec<f64> = scale
        .iter()
        .zip(variance)
        .map(|(&s, &v)| f64::from(s) / libm::sqrt(f64::from(v) + epsilon))
        .collect();
    let inner = weight.len() / (first * second).max(1);
    let channel = |i: usize| {
        if is_transposed {
            // [inputs, outputs of a group, ...]: inputs lie group by group.
            let (input, output) = (i / (second * inner), i / inner % second);
            input * groups / first.max(1) * second + output
        } else {
            i / (second * inner)
        }
    };
    let weight = weight
        .iter()
        .enumerate()
        .map(|(i, &w)| (f64::from(w) * factor.get(channel(i)).copied().unwrap_or(1.0)) as f32)
        .collect();
    let bias = (0..channels)
        .map(|c| {
            ((f64::from(bias[c]) - f64::from(mean[c])) * factor[c] + f64::from(shift[c])) as f32
        })
        .collect();
    Ok(Some((
        Tensor::floats(tensor.shape.clone(), weight)?,
        Tensor::float_list(bias),
    )))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use crate::graph::{Attribute, ValueInfo};
    use crate::runtime::{Engine, Keep, Plan, RunLimits, Value};

    use super::*;

    fn run(graph: &NetworkGraph) -> Vec<f32> {
        let image: Vec<f32> = (0..64_i16).map(|i| f32::from(i % 7) - 3.0).collect();
        let image = Value::from_floats(&[1, 4, 4, 4], image).expect("an image");
        let inputs = BTreeMap::from([("x".to_owned(), image)]);
        let engine = Engine::new(1);
        let plan = Plan::new(
            graph,
            &[],
            &inputs,
            &HashSet::new(),
            &engine,
            RunLimits::default(),
        );
        let plan = plan.expect("a plan");
        let trace = plan
            .run(&inputs, &[], None, &Keep::outputs())
            .expect("a run");
        plan.output_values(&trace)[0]
            .floats()
            .expect("fractions")
            .into_owned()
    }

    #[test]
    fn folding_changes_no_result() {
        let ramp = |n: i16| {
            (0..n)
                .map(|i| f32::from(i % 5) * 0.25 - 0.3)
                .collect::<Vec<_>>()
        };
        for (operator, shape, groups, channels) in [
            ("Conv", [6, 4, 3, 3], 1, 6),
            ("Conv", [6, 2, 3, 3], 2, 6),
            ("ConvTranspose", [4, 3, 2, 2], 1, 3),
            ("ConvTranspose", [4, 3, 2, 2], 2, 6),
        ] {
            let count: i16 = shape.iter().product();
            let positive: Vec<f32> = (0..channels).map(|i| f32::from(i) * 0.5 + 0.5).collect();
            let weight_shape = shape.map(|d| d as usize).to_vec();
            let mut graph = NetworkGraph {
                nodes: vec![
                    Node::new("c", operator, &["x", "w"], &["t"])
                        .with("group", Attribute::Int(groups)),
                    Node::new(
                        "n",
                        "BatchNormalization",
                        &["t", "s", "b", "m", "v"],
                        &["y"],
                    ),
                ],
                inputs: vec![ValueInfo::named("x")],
                outputs: vec![ValueInfo::named("y")],
                opset: 17,
                ..NetworkGraph::default()
            };
            for (name, tensor) in [
                (
                    "w",
                    Tensor::floats(weight_shape, ramp(count)).expect("a weight"),
                ),
                ("s", Tensor::float_list(ramp(channels))),
                ("b", Tensor::float_list(ramp(channels))),
                ("m", Tensor::float_list(positive.clone())),
                ("v", Tensor::float_list(positive)),
            ] {
                graph.constants.insert(name.to_owned(), Arc::new(tensor));
            }
            let folded = fold_batch_norms(&graph).expect("a graph");
            assert_eq!(folded.nodes.len(), 1);
            for (a, b) in run(&graph).iter().zip(run(&folded)) {
                assert!((a - b).abs() < 1e-5, "{operator} {groups}: {a} {b}");
            }
        }
    }
}
