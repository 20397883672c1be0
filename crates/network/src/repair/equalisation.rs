//! Cross-layer equalisation: scales of channels that move from one convolution's weight to the next one's.
//!
//! Between both only operators stand that commute with a positive factor for each channel, so that the network computes the same. Source:
//! DFQ (arXiv:1906.04721), section 4.1: the factor of channel i is `sqrt(r1 r2) / r2` with the largest weights r1 and r2 of that channel.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::gating::GatedNetwork;
use crate::graph::{NetworkGraph, Node, Tensor};
use crate::network_error::NetworkError;

use super::weighted_node::WeightedNode;

/// Rounds over all pairs. Chains of convolutions settle in some ten.
const MOST_ROUNDS: usize = 50;

/// Factors nearer to 1 end the rounds.
const SETTLED: f64 = 1e-3;

/// Operators that commute with a positive factor for each channel, beside `Pad`.
const COMMUTING: [&str; 11] = [
    "AveragePool",
    "Dropout",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Identity",
    "LeakyRelu",
    "MaxPool",
    "PRelu",
    "Relu",
    "Resize",
    "Upsample",
];

/// The changes of an equalisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Equalised {
    /// Nodes whose weights are scaled.
    pub nodes: BTreeSet<usize>,
    /// Names of the constants that are scaled.
    pub constants: BTreeSet<String>,
    /// Quantizers of activations between them.
    pub quantizers: BTreeSet<usize>,
}

/// Two convolutions in a row.
struct Pair {
    first: WeightedNode,
    second: WeightedNode,
    between: Vec<usize>,
}

/// Equalises all pairs of convolutions in a row.
///
/// # Errors
/// None in practice: constants keep their shapes.
pub(super) fn equalise(gated: &mut GatedNetwork) -> Result<Equalised, NetworkError> {
    let pairs = pairs(gated);
    let graph = &mut gated.graph;
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for pair in &pairs {
        for name in constants_of(pair) {
            if let Some(floats) = graph.constants.get(name).and_then(|t| t.as_floats()) {
                values.insert(name.clone(), floats.iter().map(|&v| v.into()).collect());
            }
        }
    }
    for _ in 0..MOST_ROUNDS {
        let mut largest: f64 = 0.0;
        for pair in &pairs {
            largest = largest.max(equalise_pair(graph, pair, &mut values));
        }
        if largest < SETTLED {
            break;
        }
    }
    let mut out = Equalised::default();
    for pair in &pairs {
        out.nodes.extend([pair.first.node, pair.second.node]);
        out.quantizers.extend(&pair.between);
    }
    for (name, values) in values {
        if let Some(old) = graph.constants.get(&name) {
            let values = values.iter().map(|&v| v as f32).collect();
            let tensor = Tensor::floats(old.shape.clone(), values)?;
            graph.constants.insert(name.clone(), Arc::new(tensor));
            out.constants.insert(name);
        }
    }
    Ok(out)
}

/// The constants that a pair scales.
fn constants_of(pair: &Pair) -> impl Iterator<Item = &String> {
    let bias = pair.first.bias.iter().map(|bias| &bias.name);
    [&pair.first.weight.name, &pair.second.weight.name]
        .into_iter()
        .chain(bias)
}

/// Scales the channels between two convolutions, and returns the largest logarithm of a factor.
fn equalise_pair(
    graph: &NetworkGraph,
    pair: &Pair,
    values: &mut BTreeMap<String, Vec<f64>>,
) -> f64 {
    let places = |node: &WeightedNode, channels_of: fn(&Node, &[usize], usize) -> usize| {
        let shape = graph.constants.get(&node.weight.name).map(|t| &t.shape);
        let shape = shape.map_or(&[][..], Vec::as_slice);
        let count: usize = shape.iter().product();
        let node = &graph.nodes[node.node];
        let channels = (0..count).map(|place| channels_of(node, shape, place));
        channels.collect::<Vec<usize>>()
    };
    let first = places(&pair.first, made_channel);
    let second = places(&pair.second, read_channel);
    let channels = first.iter().max().map_or(0, |last| last + 1);
    let largest = |name: &str, places: &[usize]| {
        let mut out = vec![0.0_f64; channels];
        let values = values.get(name).map_or(&[][..], Vec::as_slice);
        for (value, &channel) in values.iter().zip(places) {
            out[channel] = out[channel].max(value.abs());
        }
        out
    };
    let r1 = largest(&pair.first.weight.name, &first);
    let r2 = largest(&pair.second.weight.name, &second);
    let factors: Vec<f64> = r1
        .iter()
        .zip(&r2)
        .map(|(&r1, &r2)| {
            let factor = libm::sqrt(r1 / r2);
            // A channel without weights on one side has nothing to share.
            if factor.is_normal() { factor } else { 1.0 }
        })
        .collect();
    let mut scale = |name: &str, places: &[usize], by: &dyn Fn(f64) -> f64| {
        for (value, &channel) in values
            .entry(name.to_owned())
            .or_default()
            .iter_mut()
            .zip(places)
        {
            *value *= by(factors[channel]);
        }
    };
    scale(&pair.first.weight.name, &first, &|factor| 1.0 / factor);
    scale(&pair.second.weight.name, &second, &|factor| factor);
    if let Some(bias) = &pair.first.bias {
        let places: Vec<usize> = (0..channels).collect();
        scale(&bias.name, &places, &|factor| 1.0 / factor);
    }
    let logs = factors.iter().map(|factor| libm::log(*factor).abs());
    logs.fold(0.0, f64::max)
}

/// The output's channel that a weight at a place makes.
fn made_channel(node: &Node, shape: &[usize], place: usize) -> usize {
    let inner = |axis: usize| shape.iter().skip(axis).product::<usize>().max(1);
    match node.operator.as_str() {
        "ConvTranspose" => place / inner(2) % shape[1],
        _ => place / inner(1),
    }
}

/// The input's channel that a weight at a place reads.
fn read_channel(node: &Node, shape: &[usize], place: usize) -> usize {
    let inner = |axis: usize| shape.iter().skip(axis).product::<usize>().max(1);
    match node.operator.as_str() {
        "ConvTranspose" => place / inner(1),
        _ => {
            let groups = groups(node);
            let (output, within) = (place / inner(1), place / inner(2) % shape[1]);
            let outputs_a_group = (shape[0] / groups).max(1);
            output / outputs_a_group * shape[1] + within
        }
    }
}

fn groups(node: &Node) -> usize {
    let groups = node.int("group").and_then(|g| usize::try_from(g).ok());
    groups.unwrap_or(1).max(1)
}

/// Convolutions in a row whose constants nothing else reads.
fn pairs(gated: &GatedNetwork) -> Vec<Pair> {
    let graph = &gated.graph;
    let consumers = graph.consumers();
    let nodes = WeightedNode::all(gated);
    let branches = graph.nodes.iter().flat_map(Node::subgraphs);
    let captured: HashSet<&String> = branches.flat_map(|branch| &branch.captures).collect();
    let is_own = |name: &str| {
        let mut name = name;
        // The readers of a rounded constant are those behind its quantizer.
        loop {
            match consumers.get(name).map(Vec::as_slice) {
                Some(&[(reader, _)]) if graph.nodes[reader].quantizer().is_some() => {
                    name = graph.nodes[reader].output();
                }
                Some([_]) => return true,
                _ => return false,
            }
        }
    };
    let is_usable = |node: &WeightedNode| {
        let at = &graph.nodes[node.node];
        let is_convolution = at.is("Conv") || (at.is("ConvTranspose") && groups(at) == 1);
        let bias_is_known = node.bias.is_some() || at.input(2).is_none();
        let shape = graph.constants.get(&node.weight.name).map(|t| &t.shape);
        let is_whole = shape.is_some_and(|s| s.len() > 2 && s.iter().all(|&n| n > 0));
        is_convolution && bias_is_known && is_whole && is_own(&node.weight.name)
    };
    let by_node: HashMap<usize, &WeightedNode> = nodes
        .iter()
        .filter(|node| is_usable(node))
        .map(|node| (node.node, node))
        .collect();
    let mut out = Vec::new();
    for first in nodes.iter().filter(|node| by_node.contains_key(&node.node)) {
        let has_own_bias = first.bias.as_ref().is_none_or(|bias| is_own(&bias.name));
        let Some((second, between)) = next_node(graph, first.node, &consumers, &captured) else {
            continue;
        };
        let Some(&second) = by_node.get(&second).filter(|_| has_own_bias) else {
            continue;
        };
        if channels(graph, first, made_channel) == channels(graph, second, read_channel) {
            out.push(Pair {
                first: first.clone(),
                second: second.clone(),
                between,
            });
        }
    }
    out
}

/// Number of channels on one side of a weight.
fn channels(
    graph: &NetworkGraph,
    node: &WeightedNode,
    channel: fn(&Node, &[usize], usize) -> usize,
) -> usize {
    let weight = graph.constants.get(&node.weight.name);
    let last = weight.and_then(|weight| {
        let last = weight.len().checked_sub(1)?;
        Some(channel(&graph.nodes[node.node], &weight.shape, last) + 1)
    });
    last.unwrap_or(0)
}

/// The next node behind operators that commute with factors, and the quantizers on the way. `None` where values branch off.
fn next_node(
    graph: &NetworkGraph,
    from: usize,
    consumers: &HashMap<&str, Vec<(usize, usize)>>,
    captured: &HashSet<&String>,
) -> Option<(usize, Vec<usize>)> {
    let mut between = Vec::new();
    let mut at = from;
    loop {
        let made: Vec<&String> = graph.nodes[at].outputs.iter().collect();
        let read = made
            .iter()
            .filter(|name| consumers.contains_key(name.as_str()));
        let is_read_elsewhere = |name: &String| graph.is_output(name) || captured.contains(name);
        if read.count() != 1 || made.iter().any(|name| is_read_elsewhere(name)) {
            return None;
        }
        let name = graph.nodes[at].output();
        let &[(reader, slot)] = consumers.get(name)?.as_slice() else {
            return None;
        };
        let node = &graph.nodes[reader];
        if slot != 0 || node.subgraphs().next().is_some() {
            return None;
        }
        match node.quantizer() {
            Some(quantizer) => between.push(quantizer),
            None if commutes(graph, node) => {}
            None => return Some((reader, between)),
        }
        at = reader;
    }
}

fn commutes(graph: &NetworkGraph, node: &Node) -> bool {
    if node.is("Pad") {
        return pads_with_zero_or_copies(graph, node);
    }
    let crops = node.string("coordinate_transformation_mode") == Some("tf_crop_and_resize");
    COMMUTING.iter().any(|operator| node.is(operator)) && !crops
}

/// A padding of rows and columns alone.
fn pads_with_zero_or_copies(graph: &NetworkGraph, node: &Node) -> bool {
    let constant = |slot: usize| node.input(slot).and_then(|n| graph.constants.get(n));
    let is_zero = match node.input(2) {
        None => true,
        Some(_) => constant(2).is_some_and(|value| {
            value
                .as_floats()
                .is_some_and(|v| v.iter().all(|&v| v == 0.0))
        }),
    };
    let is_constant = node.string("mode").unwrap_or("constant") == "constant";
    let leaves_channels = constant(1)
        .and_then(|pads| pads.as_ints())
        .is_some_and(|pads| {
            let axes = pads.len() / 2;
            axes > 2 && [0, 1, axes, axes + 1].iter().all(|&at| pads[at] == 0)
        });
    node.input(3).is_none() && leaves_channels && (is_zero || !is_constant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Attribute;

    #[test]
    fn weights_belong_to_channels() {
        let conv = Node::new("c", "Conv", &["x", "w"], &["y"]);
        let grouped = conv.clone().with("group", Attribute::Int(2));
        let transposed = Node::new("t", "ConvTranspose", &["x", "w"], &["y"]);
        // Shape (4, 2, 1, 3), the place of output 3, second input within the group, last column.
        let (shape, place) = ([4, 2, 1, 3], 3 * 6 + 3 + 2);
        assert_eq!(made_channel(&conv, &shape, place), 3);
        assert_eq!(read_channel(&conv, &shape, place), 1);
        // Outputs 2 and 3 are of the second group, which reads inputs 2 and 3.
        assert_eq!(read_channel(&grouped, &shape, place), 3);
        assert_eq!(read_channel(&grouped, &shape, 6 + 3), 1);
        assert_eq!(made_channel(&transposed, &shape, place), 1);
        assert_eq!(read_channel(&transposed, &shape, place), 3);
    }
}
