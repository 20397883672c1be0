//! Which nodes run as one program.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::graph::{NetworkGraph, Node, read_values};

/// Nodes that run together: each but the last is read by one node only, within the group. In the order of their last nodes.
pub(super) fn groups(
    graph: &NetworkGraph,
    nodes: &[Node],
    taps: &HashSet<String>,
) -> Vec<Vec<usize>> {
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    let reads: Vec<Vec<String>> = nodes.iter().map(read_values).collect();
    for (i, names) in reads.iter().enumerate() {
        for name in names {
            readers.entry(name).or_default().push(i);
        }
    }
    let stands_alone =
        |node: &Node| node.quantizer().is_some() || node.subgraphs().next().is_some();
    let mut root: Vec<usize> = (0..nodes.len()).collect();
    for i in (0..nodes.len()).rev() {
        let node = &nodes[i];
        let [output] = &node.outputs[..] else {
            continue;
        };
        let is_watched = graph.is_output(output) || taps.contains(output);
        if is_watched || stands_alone(node) {
            continue;
        }
        if let Some(&[reader]) = readers.get(output.as_str()).map(Vec::as_slice)
            && reader > i
            && !stands_alone(&nodes[reader])
        {
            root[i] = root[reader];
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, &root) in root.iter().enumerate() {
        members.entry(root).or_default().push(i);
    }
    members.into_values().collect()
}
