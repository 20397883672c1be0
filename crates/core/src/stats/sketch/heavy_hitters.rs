//! Heavy hitters: depths that hold many more pixels than their neighbours, such as walls and clipped ends.

use super::value_grid::ValueGrid;
use crate::stats::Distribution;

/// Excess of a heavy hitter's pixels over those of its neighbours, as a share of all pixels.
const MIN_EXCESS: f64 = 0.0008;

/// Largest number of heavy hitters, apart from both ends.
const MAX_HEAVY: usize = 64;

/// Neighbours on either side that a depth is compared with.
const NEIGHBOURS: usize = 4;

/// The heavy hitters of a distribution, and its smallest and largest depth: metres and pixels, ascending.
pub(super) fn heavy_hitters(grid: &ValueGrid, depths: &Distribution) -> Vec<(f64, u64)> {
    let (values, counts) = (depths.values_m(), depths.counts());
    let total = depths.count();
    let mean_neighbour = |at: usize| -> f64 {
        let from = at.saturating_sub(NEIGHBOURS);
        let to = (at + NEIGHBOURS + 1).min(values.len());
        let pixels: f64 = counts[from..to].iter().map(|n| f64::from(*n)).sum();
        let neighbours = if grid.is_lattice() {
            (grid.edge_index(values[to - 1]) - grid.edge_index(values[from])) as f64
        } else {
            (to - from - 1) as f64
        };
        (pixels - f64::from(counts[at])) / neighbours.max(1.0)
    };
    let mut heavy: Vec<(f64, usize)> = (0..values.len())
        .filter(|at| f64::from(counts[*at]) >= MIN_EXCESS * total)
        .map(|at| (f64::from(counts[at]) - mean_neighbour(at), at))
        .filter(|(excess, _)| *excess >= MIN_EXCESS * total)
        .collect();
    heavy.sort_by(|a, b| b.0.total_cmp(&a.0));
    heavy.truncate(MAX_HEAVY);
    let mut chosen: Vec<usize> = heavy.into_iter().map(|(_, at)| at).collect();
    chosen.extend([0, values.len() - 1]);
    chosen.sort_unstable();
    chosen.dedup();
    chosen
        .into_iter()
        .map(|at| (values[at], u64::from(counts[at])))
        .collect()
}
