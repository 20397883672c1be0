//! The bins of a sketch, chosen by greedy bisection: the bin that distorts the figures of ranges most is split, while bytes last.
//!
//! Figures are functions of the end of a range:
//!
//! - the number of pixels before it
//! - the sums of squared and of relative errors of the pixels that clip to it
//! - the sum of 1/depth, which scales the relative errors of rounding
//!
//! A bin's distortion is the difference of each figure between its depths and the density that rebuilding assumes.

use super::linear_density::{quantize_mean, share_before};
use super::value_grid::ValueGrid;
use crate::stats::Distribution;

/// Relative error of a figure that splitting aims at.
const TARGET_ERROR: f64 = 0.005;

/// Steps of the code whose rounding error a clipping error is compared with: 8 bits.
const STEPS: f64 = 255.0;

/// Shares of pixels below this are held to the target's share of it.
const SMALL_SHARE: f64 = 0.1;

/// Distortion, in targets, below which a bin is not split.
const MIN_DISTORTION: f64 = 0.02;

/// A run of grid intervals with its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bin {
    /// First interval.
    pub(super) from: usize,
    /// Interval after the last.
    pub(super) to: usize,
    /// Number of pixels.
    pub(super) count: u64,
    /// Position of the mean depth in the bin, in 1/255 of its width.
    pub(super) mean: u8,
}

/// Sums over the pixels of some intervals.
#[derive(Clone, Copy, Debug, Default)]
struct DepthSums {
    count: f64,
    depth: f64,
    square: f64,
    inverse: f64,
}

impl DepthSums {
    fn at(depth_m: f64, count: f64) -> Self {
        Self {
            count,
            depth: count * depth_m,
            square: count * depth_m * depth_m,
            inverse: count / depth_m,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            depth: self.depth + other.depth,
            square: self.square + other.square,
            inverse: self.inverse + other.inverse,
        }
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self {
            count: -other.count,
            depth: -other.depth,
            square: -other.square,
            inverse: -other.inverse,
        })
    }

    /// The sum of `(depth - x)^2`.
    fn squared_from(self, x: f64) -> f64 {
        self.square - 2.0 * x * self.depth + x * x * self.count
    }

    /// The sum of `(depth - x) / depth`.
    fn relative_from(self, x: f64) -> f64 {
        self.count - x * self.inverse
    }
}

/// The pixels of a distribution per interval of a grid.
#[derive(Debug)]
pub(super) struct GridCounts {
    /// Interval `i` reaches from `edges_m[i]` to `edges_m[i + 1]`; on a lattice it is the single depth `edges_m[i]`.
    edges_m: Vec<f64>,
    /// Sums over each interval.
    sums: Vec<DepthSums>,
    /// Sums before each interval, then over all of them.
    sums_before: Vec<DepthSums>,
    /// Sums of the pixels' positions before each interval: indices on a lattice, metres elsewhere.
    positions_before: Vec<f64>,
    is_lattice: bool,
    median_m: f64,
}

impl GridCounts {
    /// Counts the pixels of a distribution without its heavy hitters.
    pub(super) fn new(grid: &ValueGrid, depths: &Distribution, heavy: &[(f64, u64)]) -> Self {
        let is_lattice = grid.is_lattice();
        let length = grid.edge_index(depths.max_m()) as usize + 1;
        let edges_m = (0..=length).map(|i| grid.edge_m(i as u64)).collect();
        let mut sums = vec![DepthSums::default(); length];
        let mut positions = vec![0.0; length];
        let mut heavy = heavy.iter().peekable();
        for (&depth_m, &count) in depths.values_m().iter().zip(depths.counts()) {
            let mut count = f64::from(count);
            if let Some(hitter) = heavy.next_if(|hitter| hitter.0 == depth_m) {
                count -= hitter.1 as f64;
            }
            let i = grid.edge_index(depth_m) as usize;
            if let (Some(sums), Some(position)) = (sums.get_mut(i), positions.get_mut(i)) {
                *sums = sums.plus(DepthSums::at(depth_m, count));
                *position += count * if is_lattice { i as f64 + 0.5 } else { depth_m };
            }
        }
        let mut sums_before = vec![DepthSums::default()];
        let mut positions_before = vec![0.0];
        let (mut sum, mut position_sum) = (DepthSums::default(), 0.0);
        for (own, position) in sums.iter().zip(&positions) {
            sum = sum.plus(*own);
            position_sum += position;
            sums_before.push(sum);
            positions_before.push(position_sum);
        }
        Self {
            edges_m,
            sums,
            sums_before,
            positions_before,
            is_lattice,
            median_m: depths.quantile_m(0.5),
        }
    }

    /// Number of intervals.
    fn len(&self) -> usize {
        self.sums.len()
    }

    /// Position of an edge: its index on a lattice, else its depth in metres.
    fn position(&self, edge: usize) -> f64 {
        if self.is_lattice {
            edge as f64
        } else {
            self.edges_m[edge]
        }
    }

    fn bin(&self, from: usize, to: usize) -> Bin {
        let count = self.sums_before[to].count - self.sums_before[from].count;
        let (low, high) = (self.position(from), self.position(to));
        let mean = if count > 0.0 {
            ((self.positions_before[to] - self.positions_before[from]) / count - low) / (high - low)
        } else {
            0.5
        };
        Bin {
            from,
            to,
            count: count as u64,
            mean: quantize_mean(mean),
        }
    }

    /// The sums that rebuilding a bin gives an interval, where the pixels have `sums`.
    fn rebuilt_sums(&self, bin: &Bin, interval: usize) -> DepthSums {
        let (low, high) = (self.position(bin.from), self.position(bin.to));
        let share =
            |edge: usize| share_before(bin.mean, (self.position(edge) - low) / (high - low));
        let count = bin.count as f64 * (share(interval + 1) - share(interval));
        let depth_m = if self.is_lattice {
            self.edges_m[interval]
        } else {
            f64::midpoint(self.edges_m[interval], self.edges_m[interval + 1])
        };
        DepthSums::at(depth_m, count)
    }

    /// Largest relative error of a figure because of a bin, in targets, and the edge at which most pixels are misplaced.
    fn distortion(&self, bin: &Bin) -> (f64, usize) {
        if bin.count == 0 || (bin.to - bin.from == 1 && self.is_lattice) {
            return (0.0, bin.from);
        }
        let all = self.sums_before[self.len()];
        let whole = (bin.from..bin.to).fold(DepthSums::default(), |sum, i| {
            sum.plus(self.sums[i]).minus(self.rebuilt_sums(bin, i))
        });
        let mut worst = self.distortion_at(bin.from, DepthSums::default(), whole);
        let mut before = DepthSums::default();
        let (mut split, mut misplaced) = (usize::midpoint(bin.from, bin.to), 0.0);
        for i in bin.from..bin.to {
            before = before.plus(self.sums[i]).minus(self.rebuilt_sums(bin, i));
            let edge = i + 1;
            worst = worst.max(self.distortion_at(edge, before, whole.minus(before)));
            let share = (self.sums_before[edge].count / all.count).max(SMALL_SHARE);
            worst = worst.max((before.count / all.count).abs() / (TARGET_ERROR * share));
            if edge < bin.to && before.count.abs() > misplaced {
                (split, misplaced) = (edge, before.count.abs());
            }
        }
        (worst, split)
    }

    /// Largest relative error, in targets, of the figures of a range that begins or ends at an edge. `before` and `beyond` are the sums
    /// that rebuilding misses on either side of it.
    fn distortion_at(&self, edge: usize, before: DepthSums, beyond: DepthSums) -> f64 {
        let x = self.edges_m[edge];
        let (nearer, all) = (self.sums_before[edge], self.sums_before[self.len()]);
        let farther = all.minus(nearer);
        let far_end_m = x;
        let near_end_m = x + self.median_m;
        let squares = |step_m: f64| all.count * step_m * step_m / 12.0;
        let relative = |step_m: f64, inverse: f64| inverse * step_m / 4.0;
        let small = SMALL_SHARE * all.inverse.min(all.count / self.median_m);
        // A root halves a relative error.
        let errors = [
            beyond.squared_from(x) / (farther.squared_from(x) + squares(far_end_m / STEPS)) / 2.0,
            beyond.relative_from(x)
                / (farther.relative_from(x) + relative(far_end_m / STEPS, nearer.inverse)),
            before.squared_from(x) / (nearer.squared_from(x) + squares(near_end_m / STEPS)) / 2.0,
            before.relative_from(x)
                / (relative(near_end_m / STEPS, farther.inverse) - nearer.relative_from(x)),
            before.inverse / nearer.inverse.max(small),
            beyond.inverse / farther.inverse.max(small),
        ];
        errors
            .into_iter()
            .filter(|error| error.is_finite())
            .fold(0.0, |worst, error| error.abs().max(worst))
            / TARGET_ERROR
    }

    /// The bins between these splits, nearest first. Together they hold all pixels.
    pub(super) fn bins(&self, splits: &[usize]) -> Vec<Bin> {
        let mut edges = vec![0, self.len()];
        edges.extend(splits);
        edges.sort_unstable();
        edges
            .windows(2)
            .map(|pair| self.bin(pair[0], pair[1]))
            .collect()
    }

    /// At most `max` edges at which to split, the most useful first.
    pub(super) fn splits(&self, max: usize) -> Vec<usize> {
        let judged = |from, to| {
            let bin = self.bin(from, to);
            let (distortion, split) = self.distortion(&bin);
            (distortion, split, bin)
        };
        let mut bins = vec![judged(0, self.len())];
        let mut splits = Vec::new();
        while splits.len() < max {
            let worst = (0..bins.len()).max_by(|a, b| bins[*a].0.total_cmp(&bins[*b].0));
            let Some((at, (distortion, split, bin))) = worst.map(|at| (at, bins[at])) else {
                break;
            };
            if distortion < MIN_DISTORTION {
                break;
            }
            if bin.to - bin.from == 1 {
                // A single interval cannot be split.
                bins[at].0 = 0.0;
                continue;
            }
            let halves = |split: usize| [judged(bin.from, split), judged(split, bin.to)];
            let worse = |halves: &[(f64, usize, Bin); 2]| halves[0].0.max(halves[1].0);
            let (best, other) = (halves(split), halves(usize::midpoint(bin.from, bin.to)));
            let best = if worse(&other) < worse(&best) {
                other
            } else {
                best
            };
            splits.push(best[1].2.from);
            let [near, far] = best;
            bins[at] = near;
            bins.push(far);
        }
        splits
    }
}
