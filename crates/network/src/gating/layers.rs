//! Layers and chains of quantizers.
//!
//! A layer is a node with a weight and what hangs on it: the weight's quantizer, the bias, and the quantizers of its output and of what
//! follows with one input and no weight. A quantizer that hangs on no weight is a layer of its own, named after its tensor.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::graph::{NetworkGraph, Node, read_values};
use crate::quantization::Quantizer;

/// Quantizers that are judged together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The node with the weight, or the tensor that is a layer of its own.
    pub name: String,
    /// Operator of the node with the weight.
    pub operator: Option<String>,
    /// The node with the weight and those between it and the layer's quantizers, or the node that makes the tensor. Empty for an input.
    pub nodes: Vec<String>,
    /// Further nodes, which read what the layer's quantizers of activations make. A tool that rounds a node rounds all that it reads.
    pub readers: Vec<String>,
    /// Indices of quantizers.
    pub quantizers: Vec<usize>,
    /// Values in constants of the node with the weight.
    pub parameters: u64,
}

/// The layer that a value belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Owner {
    /// The node with a weight, by index.
    Node(usize),
    /// No layer: an input, or a value that several layers make.
    NoLayer,
}

/// The layers of a gated graph, in the order of computation.
pub(crate) fn layers(
    graph: &NetworkGraph,
    quantizers: &[Quantizer],
    chains: &[usize],
) -> Vec<Layer> {
    let constants = constant_values(graph);
    let mut owners: HashMap<&str, Owner> = HashMap::new();
    let mut of_quantizer: Vec<Option<Owner>> = vec![None; quantizers.len()];
    let mut first_reader: HashMap<usize, usize> = HashMap::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        if let Some(quantizer) = node.quantizer() {
            if !constants.contains_key(node.output()) {
                let owner = owner_of(node.input(0), &owners);
                owners.insert(node.output(), owner);
                if let Some(place) = of_quantizer.get_mut(quantizer) {
                    *place = Some(owner);
                }
            }
            continue;
        }
        let owner = node_owner(i, node, &owners, &constants);
        for input in &node.inputs {
            if let Some(&Some(quantizer)) = constants.get(input.as_str()) {
                first_reader.entry(quantizer).or_insert(i);
                let place = of_quantizer.get_mut(quantizer).filter(|p| p.is_none());
                if let Some(place) = place {
                    *place = Some(owner);
                }
            }
        }
        for output in &node.outputs {
            owners.insert(output, owner);
        }
    }
    // Quantizers of one chain are on or off together.
    for (index, &first) in chains.iter().enumerate() {
        if first != index {
            of_quantizer[index] = of_quantizer[first];
        }
    }
    let mut out = collect(graph, quantizers, chains, &of_quantizer, &first_reader);
    name_nodes(graph, &owners, &mut out);
    out
}

/// Constants and rounded constants: the quantizer of each, if it has one.
fn constant_values(graph: &NetworkGraph) -> HashMap<&str, Option<usize>> {
    let mut out: HashMap<&str, Option<usize>> = graph
        .constants
        .keys()
        .map(|name| (name.as_str(), None))
        .collect();
    for node in &graph.nodes {
        if let (Some(quantizer), Some(input)) = (node.quantizer(), node.input(0))
            && out.contains_key(input)
        {
            out.insert(node.output(), Some(quantizer));
        }
    }
    out
}

fn owner_of(name: Option<&str>, owners: &HashMap<&str, Owner>) -> Owner {
    name.and_then(|n| owners.get(n))
        .copied()
        .unwrap_or(Owner::NoLayer)
}

/// Operators with a weight, and where it lies.
fn has_weight(node: &Node, constants: &HashMap<&str, Option<usize>>) -> bool {
    let is_constant = |slot| node.input(slot).is_some_and(|n| constants.contains_key(n));
    match node.operator.as_str() {
        "Conv" | "ConvTranspose" | "Gemm" => is_constant(1),
        "MatMul" => is_constant(0) || is_constant(1),
        _ => false,
    }
}

fn node_owner(
    index: usize,
    node: &Node,
    owners: &HashMap<&str, Owner>,
    constants: &HashMap<&str, Option<usize>>,
) -> Owner {
    if has_weight(node, constants) {
        return Owner::Node(index);
    }
    let mut found: Option<Owner> = None;
    for input in node.inputs.iter().filter(|n| !n.is_empty()) {
        if constants.contains_key(input.as_str()) {
            continue;
        }
        let owner = owner_of(Some(input), owners);
        if found.is_some_and(|f| f != owner) {
            return Owner::NoLayer;
        }
        found = Some(owner);
    }
    found.unwrap_or(Owner::NoLayer)
}

/// Gathers quantizers by layer. Quantizers without a layer are gathered by tensor, those of a constant with its node's output.
fn collect(
    graph: &NetworkGraph,
    quantizers: &[Quantizer],
    chains: &[usize],
    of_quantizer: &[Option<Owner>],
    first_reader: &HashMap<usize, usize>,
) -> Vec<Layer> {
    let place: HashMap<usize, usize> = graph
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(i, n)| Some((n.quantizer()?, i)))
        .collect();
    // Quantizers that hang on no weight: those of a node's constants and of its output belong together.
    let made_by: HashMap<&str, usize> = graph.producers();
    let mut found: BTreeMap<(usize, String), Layer> = BTreeMap::new();
    for (index, &first) in chains.iter().enumerate() {
        let quantizer = &quantizers[first];
        let at = place.get(&first).copied().unwrap_or(0);
        let owner = of_quantizer.get(index).copied().flatten();
        let (key, name, operator) = match owner {
            Some(Owner::Node(node)) => {
                let node_name = &graph.nodes[node].name;
                let operator = graph.nodes[node].full_operator();
                ((node, node_name.clone()), node_name.clone(), Some(operator))
            }
            _ => match first_reader.get(&first) {
                Some(&reader) => {
                    let output = graph.nodes[reader].output();
                    ((reader, output.to_owned()), output.to_owned(), None)
                }
                None => {
                    let node = made_by.get(quantizer.name.as_str()).copied().unwrap_or(at);
                    ((node, quantizer.name.clone()), quantizer.name.clone(), None)
                }
            },
        };
        found
            .entry(key)
            .or_insert_with(|| Layer {
                name,
                operator,
                nodes: Vec::new(),
                readers: Vec::new(),
                quantizers: Vec::new(),
                parameters: 0,
            })
            .quantizers
            .push(index);
    }
    for ((node, _), layer) in &mut found {
        if layer.operator.is_some() {
            layer.parameters = parameters(graph, &made_by, &graph.nodes[*node]);
        }
    }
    found.into_values().collect()
}

/// Names the nodes of each layer, in the order of computation.
fn name_nodes(graph: &NetworkGraph, owners: &HashMap<&str, Owner>, layers: &mut [Layer]) {
    let producers = graph.producers();
    let readers = readers_behind_quantizers(graph);
    let input_of: HashMap<usize, &str> = graph
        .nodes
        .iter()
        .filter_map(|node| Some((node.quantizer()?, node.input(0)?)))
        .collect();
    for layer in layers {
        let mut open: Vec<usize> = Vec::new();
        let producer = |name: &str| producers.get(name).copied();
        if layer.operator.is_some() {
            let named = graph.nodes.iter().position(|node| node.name == layer.name);
            open.extend(named);
        } else {
            open.extend(producer(&layer.name));
        }
        let read = layer.quantizers.iter().filter_map(|q| input_of.get(q));
        open.extend(read.filter_map(|name| producer(name)));
        let owner = open.first().filter(|_| layer.operator.is_some());
        let owner = owner.map(|&node| Owner::Node(node));
        let mut found: Vec<usize> = Vec::new();
        while let Some(at) = open.pop() {
            let node = &graph.nodes[at];
            let is_inside = match owner {
                Some(owner) => owners.get(node.output()) == Some(&owner),
                // A tensor that hangs on no weight: the node that makes it, behind quantizers of its chain.
                None => true,
            };
            if !is_inside || found.contains(&at) {
                continue;
            }
            let goes_on = owner.is_some() || node.quantizer().is_some();
            if goes_on && owner != Some(Owner::Node(at)) {
                open.extend(node.inputs.iter().filter_map(|name| producer(name)));
            }
            found.push(at);
        }
        found.sort_unstable();
        let nodes = found.into_iter().map(|at| &graph.nodes[at]);
        let nodes = nodes.filter(|node| node.quantizer().is_none());
        layer.nodes = nodes.map(|node| node.name.clone()).collect();
        let read = layer.quantizers.iter().filter_map(|q| readers.get(q));
        let read: BTreeSet<usize> = read.flatten().copied().collect();
        let names = read.into_iter().map(|at| &graph.nodes[at].name);
        let further = names.filter(|name| !layer.nodes.contains(*name));
        layer.readers = further.cloned().collect();
    }
}

/// The nodes that read what each quantizer of an activation makes, other quantizers between aside.
pub(crate) fn readers_behind_quantizers(graph: &NetworkGraph) -> HashMap<usize, Vec<usize>> {
    let mut behind: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut out: HashMap<usize, Vec<usize>> = HashMap::new();
    for node in &graph.nodes {
        let Some(quantizer) = node.quantizer() else {
            continue;
        };
        let input = node.input(0).unwrap_or_default();
        if graph.constants.contains_key(input) {
            continue;
        }
        let mut before = behind.get(input).cloned().unwrap_or_default();
        before.push(quantizer);
        behind.insert(node.output(), before);
        out.entry(quantizer).or_default();
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        if node.quantizer().is_some() {
            continue;
        }
        for name in read_values(node) {
            for quantizer in behind.get(name.as_str()).into_iter().flatten() {
                out.entry(*quantizer).or_default().push(at);
            }
        }
    }
    out
}

/// Values in the constants that a node reads, rounded or not.
fn parameters(graph: &NetworkGraph, producers: &HashMap<&str, usize>, node: &Node) -> u64 {
    let source = |name: &str| -> Option<String> {
        let node = &graph.nodes[*producers.get(name)?];
        node.quantizer().and(node.input(0)).map(str::to_owned)
    };
    node.inputs
        .iter()
        .filter_map(|name| {
            let own = graph.constants.get(name);
            let tensor = match own {
                Some(tensor) => Some(tensor),
                None => graph.constants.get(&source(name)?),
            };
            tensor.map(|t| t.len() as u64)
        })
        .sum()
}

/// Operators whose results lie on the grid of their input, beside those that move values.
const KEEP_THE_GRID: [&str; 9] = [
    "AveragePool",
    "Cast",
    "Clip",
    "Dropout",
    "Pad",
    "Relu",
    "Resize",
    "Tile",
    "Upsample",
];

fn keeps_the_grid(node: &Node) -> bool {
    node.moves_values() || KEEP_THE_GRID.iter().any(|operator| node.is(operator))
}

/// For each quantizer the first of its chain.
///
/// A quantizer that reads another's result, or what operators that keep the grid made of it, with the same scale and zero point, changes
/// nothing or clips the same values.
pub(crate) fn chains(graph: &NetworkGraph, quantizers: &[Quantizer]) -> Vec<usize> {
    let mut first: Vec<usize> = (0..quantizers.len()).collect();
    // The quantizer whose grid a value lies on.
    let mut grid: HashMap<&str, usize> = HashMap::new();
    for node in &graph.nodes {
        if let Some(index) = node.quantizer() {
            let before = node.input(0).and_then(|n| grid.get(n)).copied();
            if let (Some(before), Some(quantizer)) = (before, quantizers.get(index))
                && quantizers[before].parameters == quantizer.parameters
            {
                first[index] = first[before];
            }
            grid.insert(node.output(), index);
        } else if keeps_the_grid(node)
            && let Some(&index) = node.input(0).and_then(|n| grid.get(n))
        {
            for output in &node.outputs {
                grid.insert(output, index);
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use crate::gating::{GatedNetwork, Placement};
    use crate::graph::{NetworkGraph, Node, convolution_graph};
    use crate::quantization::{CodeType, QuantizationParameters};

    fn graph() -> NetworkGraph {
        let nodes = vec![
            Node::new("conv", "Conv", &["x", "w", "b"], &["c"]),
            Node::new("sig", "Sigmoid", &["c"], &["s"]),
            Node::new("silu", "Mul", &["c", "s"], &["m"]),
            Node::new("pad", "Pad", &["m"], &["p"]),
            Node::new("add", "Add", &["p", "x"], &["y"]),
        ];
        convolution_graph(nodes, "y")
    }

    #[test]
    fn every_quantizer_is_in_one_layer() {
        let scale = |s| QuantizationParameters::per_tensor(CodeType::INT8, s, 0);
        let placements: Vec<Placement> = [
            ("x", 0.1),
            ("w", 0.2),
            ("b", 0.3),
            ("c", 0.4),
            ("m", 0.5),
            ("p", 0.5),
            ("y", 0.6),
        ]
        .into_iter()
        .map(|(name, s)| Placement::on_value(name, scale(s)))
        .collect();
        let network = GatedNetwork::new(&graph(), &placements).expect("a network");
        let named: Vec<(&str, Vec<&str>)> = network
            .layers
            .iter()
            .map(|layer| {
                let names = layer.quantizers.iter();
                let names = names.map(|&q| network.quantizers[q].name.as_str());
                (layer.name.as_str(), names.collect())
            })
            .collect();
        let mut sorted = named.clone();
        sorted.sort();
        assert_eq!(
            sorted,
            [
                ("conv", vec!["w", "b", "c", "m", "p"]),
                ("x", vec!["x"]),
                ("y", vec!["y"])
            ]
        );
        // The pad repeats the grid of what it pads.
        assert_eq!(network.chains, [0, 1, 2, 3, 4, 4, 6]);
        let conv = network.layers.iter().find(|l| l.name == "conv");
        assert_eq!(conv.map(|l| l.parameters), Some(2));
        let nodes: Vec<(&str, String)> = network
            .layers
            .iter()
            .map(|layer| (layer.name.as_str(), layer.nodes.join(" ")))
            .collect();
        for (layer, expected) in [("conv", "conv sig silu pad"), ("x", ""), ("y", "add")] {
            assert!(nodes.contains(&(layer, expected.to_owned())), "{nodes:?}");
        }
        let readers = |name: &str| {
            let layer = network.layers.iter().find(|l| l.name == name);
            layer.map(|layer| layer.readers.join(" "))
        };
        for (layer, expected) in [("conv", "add"), ("x", "conv add"), ("y", "")] {
            assert_eq!(readers(layer).as_deref(), Some(expected), "{layer}");
        }
        // Kept nodes free a tensor only where its maker and all its readers are kept.
        for (kept, free) in [
            ("", ""),
            ("conv", "w b"),
            ("conv sig silu", "w b c"),
            ("conv sig silu pad", "w b c m"),
            ("conv add", "x w b y"),
            ("conv sig silu pad add", "x w b c m p y"),
        ] {
            let kept = kept.split(' ').map(str::to_owned).collect();
            let found = network.quantizers.iter().zip(network.freed_by(&kept));
            let found = found.filter(|(_, is_free)| *is_free);
            let found: Vec<&str> = found.map(|(q, _)| q.name.as_str()).collect();
            assert_eq!(found.join(" "), free, "{kept:?}");
        }
    }

    #[test]
    fn what_hands_values_on_is_free_behind_kept_nodes() {
        let nodes = vec![
            Node::new("conv", "Conv", &["x", "w", "b"], &["c"]),
            Node::new("relu", "Relu", &["c"], &["r"]),
            Node::new("pool", "AveragePool", &["r"], &["p"]),
            Node::new("add", "Add", &["p", "p"], &["y"]),
        ];
        let placements: Vec<Placement> = [("x", 0.1), ("r", 0.4), ("p", 0.4), ("y", 0.6)]
            .into_iter()
            .map(|(name, scale)| {
                let parameters = QuantizationParameters::per_tensor(CodeType::INT8, scale, 0);
                Placement::on_value(name, parameters)
            })
            .collect();
        let graph = convolution_graph(nodes, "y");
        let network = GatedNetwork::new(&graph, &placements).expect("a network");
        // The sum is not kept, and reads what the pool hands on.
        for (kept, free) in [("", ""), ("conv", "x r"), ("conv add", "x r p y")] {
            let kept = kept.split(' ').map(str::to_owned).collect();
            let found = network.quantizers.iter().zip(network.freed_by(&kept));
            let found = found.filter(|(_, is_free)| *is_free);
            let found: Vec<&str> = found.map(|(q, _)| q.name.as_str()).collect();
            assert_eq!(found.join(" "), free, "{kept:?}");
        }
    }
}
