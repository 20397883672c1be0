//! Edges of histogram bins with equal widths.

/// Returns the `bins + 1` edges between two ends, with the arithmetic of numpy's `linspace`.
pub(super) fn equal_edges(from: f64, to: f64, bins: usize) -> Vec<f64> {
    let step = (to - from) / bins as f64;
    let mut edges: Vec<f64> = (0..bins).map(|i| i as f64 * step + from).collect();
    edges.push(to);
    edges
}
