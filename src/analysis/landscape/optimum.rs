//! The best range under each metric, both ends free.
//!
//! The cost is smooth at large and has many small teeth where depths are few or integers. So a grid over both ends finds every valley,
//! the deepest of them are walked down by a compass search, about the best range under shares of good pixels, which change by jumps,
//! a fine comb is measured, and the best is polished until neither end moves by 1e-8 of the data's
//! width. Every pixel counts, whatever the policy: see [`super::super::BestSearch`].
//!
//! On smooth data the result is the best there is, mostly to the polish: a denser search gained 1e-5 of the logarithm's RMSE at most,
//! where few near values make teeth. Among the teeth of integer depths a walk may end one tooth beside the deepest: measured on
//! Kinect maps, that costs under two thousandths of the metric.
//!
//! The search covers starts from 0 m to the largest depth and ends to a third of the data's width beyond it.
//!
//! Source of the walk: T. G. Kolda, R. M. Lewis and V. Torczon, "Optimization by direct search", SIAM Review 45, 2003.

use serde::{Deserialize, Serialize};

use super::super::policy::Policy;
use super::super::range_report::Measurement;
use super::point::RangePoint;
use crate::metrics::{Criterion, PartsRule};
use crate::quant::OutputRange;
use crate::stats::Distribution;

/// The best range under one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimum {
    /// The metric.
    pub criterion: Criterion,
    /// The range and its errors under every metric.
    pub point: RangePoint,
}

/// Each optimum's value under every metric that was optimised: one row per optimum, one column per metric, every pixel counted.
#[must_use]
pub fn cross_values(optima: &[Optimum], clipping_weight: f64) -> Vec<Vec<f64>> {
    let value = |point: &RangePoint, criterion| {
        let parts = point.parts(criterion, Policy::Count, clipping_weight);
        parts.map_or(0.0, |parts| parts.value)
    };
    optima
        .iter()
        .map(|row| {
            optima
                .iter()
                .map(|column| value(&row.point, column.criterion))
                .collect()
        })
        .collect()
}

/// Cells measured on the whole grid: 2^18 make 1,000 ranges of 256 values, or 128 x 128 of the fewest.
const GRID_CELLS: f64 = 262_144.0;
const LEAST_SIDE: f64 = 24.0;
const MOST_SIDE: f64 = 128.0;

/// Valleys walked down per metric: more where measuring is cheap, because few depths make many teeth.
const LEAST_VALLEYS: usize = 4;
const MOST_VALLEYS: usize = 24;

/// Depths with teeth: as few as integer files have.
const FEW_DEPTHS: usize = 65_536;

/// About the best range of each metric on few depths, so many of their spacings to each side are combed, at half of one.
const LATTICE_REACH: u32 = 8;

/// The best places of a comb that are polished, per metric.
const KEPT: usize = 6;

/// A walk down a valley halves its stride this often, and keeps it only where a round gains this share of the cost: among the teeth
/// of integer depths there is always a little to gain.
const WALK_HALVINGS: u32 = 7;
const WALK_GAIN: f64 = 1e-3;

/// Places of a comb along each end. Along the start it covers a step to either side: what counts is where the near values lie.
const COMB: u32 = 16;

/// How far a comb reaches along the end, as a share of it, to either side.
const COMB_REACH: f64 = 0.15;

/// The best is then polished until its stride is this share of the width, keeping it where a round gains so much.
const POLISHED: f64 = 1e-8;
const POLISH_GAIN: f64 = 1e-9;

/// Rounds of one walk at most. A straight walk takes its halvings and some ten moves.
const MOST_ROUNDS: u32 = 100;

/// Directions of the compass: each end alone, both together, both apart.
const COMPASS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (1.0, 1.0),
    (-1.0, -1.0),
    (1.0, -1.0),
    (-1.0, 1.0),
];

/// A walk under way, under one metric of the list.
#[derive(Clone, Copy, Debug)]
struct Walk {
    slot: usize,
    at: RangePoint,
    stride_m: (f64, f64),
    halvings: u32,
    rounds: u32,
    /// The share of the cost that a round must gain to keep the stride.
    gain: f64,
}

/// The search, in steps of one to eight measured ranges.
#[derive(Clone, Debug)]
pub struct OptimumSearch {
    how: Measurement,
    clipping_weight: f64,
    criteria: Vec<Criterion>,
    starts_m: Vec<f64>,
    ends_m: Vec<f64>,
    width_m: f64,
    valleys: usize,
    grid: Vec<Option<RangePoint>>,
    walks: Vec<Walk>,
    /// Starts and ends still to be tried about the best ranges; `None` before the walks are done.
    combs: Option<Vec<(f64, f64)>>,
    polished: bool,
    best: Vec<Option<RangePoint>>,
    /// The best places of the combs, best first.
    kept: Vec<Vec<RangePoint>>,
}

impl OptimumSearch {
    /// Prepares a search under some metrics, clipped errors counted `clipping_weight` times.
    #[must_use]
    pub fn new(
        depths: &Distribution,
        criteria: &[Criterion],
        how: Measurement,
        clipping_weight: f64,
    ) -> Self {
        let levels = how.bits.steps() as usize + 1;
        let cells = depths.values_m().len().min(levels).max(1) as f64;
        let side = (GRID_CELLS / cells).sqrt().clamp(LEAST_SIDE, MOST_SIDE) as usize;
        let span = Span::of(depths);
        Self {
            how,
            clipping_weight,
            criteria: criteria.to_vec(),
            starts_m: span.starts(side),
            ends_m: span.ends(side),
            width_m: span.width_m,
            valleys: ((2048.0 / cells) as usize).clamp(LEAST_VALLEYS, MOST_VALLEYS),
            grid: Vec::new(),
            walks: Vec::new(),
            combs: None,
            polished: false,
            best: vec![None; criteria.len()],
            kept: vec![Vec::new(); criteria.len()],
        }
    }

    /// Does one small piece of the work; `true` while there is more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let cells = self.starts_m.len() * self.ends_m.len();
        if self.grid.len() < cells {
            let cell = self.grid.len();
            let (row, column) = (cell / self.ends_m.len(), cell % self.ends_m.len());
            let point = self.measure(depths, self.starts_m[row], self.ends_m[column]);
            self.grid.push(point);
            if self.grid.len() == cells {
                self.walks = self.valleys();
            }
            return true;
        }
        if let Some(walk) = self.walks.pop() {
            self.walk_on(depths, walk);
            return true;
        }
        if self.combs.is_none() {
            let mut combs = self.combs();
            combs.extend(self.lattice_combs(depths));
            self.combs = Some(combs);
        }
        if let Some((start_m, end_m)) = self.combs.as_mut().and_then(Vec::pop) {
            if let Some(point) = self.measure(depths, start_m, end_m) {
                self.keep(point);
            }
            return true;
        }
        if !self.polished {
            self.polished = true;
            self.walks = self.polish();
        }
        !self.walks.is_empty()
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.polished && self.walks.is_empty()
    }

    /// The best ranges found so far, in the order of the metrics asked for.
    #[must_use]
    pub fn best(&self) -> Vec<Optimum> {
        let found = self.criteria.iter().zip(&self.best);
        found
            .filter_map(|(&criterion, point)| point.map(|point| Optimum { criterion, point }))
            .collect()
    }

    /// Runs the whole search at once.
    #[must_use]
    pub fn run(mut self, depths: &Distribution) -> Vec<Optimum> {
        while self.step(depths) {}
        self.best()
    }

    fn rank(&self, slot: usize, point: &RangePoint) -> (f64, f64) {
        point.rank(self.criteria[slot], self.clipping_weight)
    }

    /// Measures a range and offers it to every metric. `None` where the ends make none.
    fn measure(&mut self, depths: &Distribution, start_m: f64, end_m: f64) -> Option<RangePoint> {
        if start_m < 0.0 {
            return None;
        }
        let range = OutputRange::new(start_m, end_m).ok()?;
        let point = RangePoint::measure(depths, range, &self.how);
        for slot in 0..self.criteria.len() {
            let rank = self.rank(slot, &point);
            let better = |best: RangePoint| rank < self.rank(slot, &best);
            if self.best[slot].is_none_or(better) {
                self.best[slot] = Some(point);
            }
        }
        Some(point)
    }

    /// The deepest cells of the grid that no neighbour undercuts, per metric.
    fn valleys(&self) -> Vec<Walk> {
        let mut walks = Vec::new();
        for slot in 0..self.criteria.len() {
            let ranks: Vec<Option<(f64, f64)>> = self
                .grid
                .iter()
                .map(|point| point.as_ref().map(|point| self.rank(slot, point)))
                .collect();
            let mut low: Vec<usize> = (0..ranks.len())
                .filter(|&cell| self.is_valley(&ranks, cell))
                .collect();
            low.sort_by(|&a, &b| order(ranks[a], ranks[b]));
            let deepest = low.into_iter().take(self.valleys);
            walks.extend(deepest.filter_map(|cell| self.walk_from(slot, cell)));
        }
        walks
    }

    fn is_valley(&self, ranks: &[Option<(f64, f64)>], cell: usize) -> bool {
        let columns = self.ends_m.len();
        let Some(own) = ranks[cell] else {
            return false;
        };
        let (row, column) = (cell / columns, cell % columns);
        let rows = row.saturating_sub(1)..(row + 2).min(self.starts_m.len());
        let near = rows.flat_map(|r| {
            (column.saturating_sub(1)..(column + 2).min(columns)).map(move |c| r * columns + c)
        });
        near.filter_map(|other| ranks[other])
            .all(|other| own <= other)
    }

    fn walk_from(&self, slot: usize, cell: usize) -> Option<Walk> {
        let columns = self.ends_m.len();
        let at = self.grid[cell]?;
        Some(Walk {
            slot,
            at,
            stride_m: (
                spacing(&self.starts_m, cell / columns) / 2.0,
                spacing(&self.ends_m, cell % columns) / 2.0,
            ),
            halvings: WALK_HALVINGS,
            rounds: MOST_ROUNDS,
            gain: WALK_GAIN,
        })
    }

    /// Ranges about the best one of each share of good pixels.
    fn combs(&self) -> Vec<(f64, f64)> {
        let shares = self.criteria.iter().zip(&self.best);
        let best = shares.filter(|(criterion, _)| criterion.rule() == PartsRule::Loss);
        best.filter_map(|(_, point)| *point)
            .flat_map(|point| {
                let (start_m, end_m) = (point.range.min_m(), point.range.max_m());
                let step_m = point.range.width_m() / f64::from(self.how.bits.steps());
                let first_m = (start_m - step_m).max(0.0);
                let place = |i: u32| f64::from(i) / f64::from(COMB);
                let starts = (0..=COMB).map(move |i| first_m + 2.0 * step_m * place(i));
                starts.flat_map(move |start| {
                    let ratio = move |j: u32| 1.0 + COMB_REACH * (2.0 * place(j) - 1.0);
                    (0..=COMB).map(move |j| (start, end_m * ratio(j)))
                })
            })
            .collect()
    }

    /// Few depths make teeth as wide as their spacing: ranges about the best one of each metric, half a spacing apart.
    fn lattice_combs(&self, depths: &Distribution) -> Vec<(f64, f64)> {
        let different = depths.values_m().len();
        if !(2..=FEW_DEPTHS).contains(&different) {
            return Vec::new();
        }
        let half_m = self.width_m / (different - 1) as f64 / 2.0;
        let places =
            || (0..=4 * LATTICE_REACH).map(|i| f64::from(i) - f64::from(2 * LATTICE_REACH));
        let smooth = self.criteria.iter().zip(&self.best);
        let best = smooth.filter(|(criterion, _)| criterion.rule() != PartsRule::Loss);
        best.filter_map(|(_, point)| *point)
            .flat_map(|point| {
                let (start_m, end_m) = (point.range.min_m(), point.range.max_m());
                places().flat_map(move |i| {
                    places().map(move |j| ((start_m + i * half_m).max(0.0), end_m + j * half_m))
                })
            })
            .collect()
    }

    /// Keeps a place of a comb for the polish, if it is among the best of a metric.
    fn keep(&mut self, point: RangePoint) {
        for slot in 0..self.criteria.len() {
            let rank = self.rank(slot, &point);
            let at = self.kept[slot].partition_point(|other| self.rank(slot, other) <= rank);
            if at < KEPT {
                self.kept[slot].insert(at, point);
                self.kept[slot].truncate(KEPT);
            }
        }
    }

    /// From the best range of each metric on, and from the best places of its comb, with the strides that the walks ended with, until they are tiny.
    fn polish(&self) -> Vec<Walk> {
        let stride_m = self.width_m / 256.0;
        let halvings = |stride_m: f64| {
            libm::ceil(libm::log2(stride_m / (POLISHED * self.width_m))).max(1.0) as u32
        };
        let walk = |slot, at, stride_m| Walk {
            slot,
            at,
            stride_m: (stride_m, stride_m),
            halvings: halvings(stride_m),
            rounds: MOST_ROUNDS,
            gain: POLISH_GAIN,
        };
        let mut walks = Vec::new();
        for (slot, best) in self.best.iter().enumerate() {
            walks.extend(best.map(|at| walk(slot, at, stride_m)));
            // Within its own tooth.
            let kept = self.kept[slot].iter();
            walks.extend(kept.map(|&at| walk(slot, at, stride_m / 16.0)));
        }
        walks
    }

    /// One round of the compass: to the best of the eight neighbours, or to half the stride where none is better.
    fn walk_on(&mut self, depths: &Distribution, walk: Walk) {
        let own = self.rank(walk.slot, &walk.at);
        let mut best = (own, walk.at);
        for (start, end) in COMPASS {
            let start_m = walk.at.range.min_m() + start * walk.stride_m.0;
            let end_m = walk.at.range.max_m() + end * walk.stride_m.1;
            // The nearest allowed start is a place to try, not to pass by.
            let Some(point) = self.measure(depths, start_m.max(0.0), end_m) else {
                continue;
            };
            let rank = self.rank(walk.slot, &point);
            if rank < best.0 {
                best = (rank, point);
            }
        }
        let gained = best.0.0 < own.0 - walk.gain * own.0.abs();
        let next = Walk {
            at: best.1,
            rounds: walk.rounds.saturating_sub(1),
            ..walk
        };
        if next.rounds == 0 || (!gained && walk.halvings == 0) {
            return;
        }
        self.walks.push(if gained { next } else { next.halved() });
    }
}

impl Walk {
    fn halved(self) -> Self {
        Self {
            stride_m: (self.stride_m.0 / 2.0, self.stride_m.1 / 2.0),
            halvings: self.halvings - 1,
            ..self
        }
    }
}

/// The data's extent, which the grid follows both by distances and by ratios: one serves narrow data, the other long tails.
struct Span {
    min_m: f64,
    max_m: f64,
    width_m: f64,
}

impl Span {
    fn of(depths: &Distribution) -> Self {
        let (min_m, max_m) = (depths.min_m(), depths.max_m());
        Self {
            min_m,
            max_m,
            // One depth alone still has a neighbourhood.
            width_m: (max_m - min_m).max(1e-3 * max_m).max(1e-6),
        }
    }

    fn at(&self, share: f64) -> [f64; 2] {
        let ratio = libm::log(self.max_m / self.min_m.max(1e-6 * self.max_m));
        let far = self.max_m * libm::exp(ratio * (share - 1.0));
        [self.min_m + share * self.width_m, far]
    }

    fn starts(&self, side: usize) -> Vec<f64> {
        // A tenth of the width before the nearest depth to the farthest one.
        let shares = (0..side / 2).map(|i| -0.1 + 1.1 * i as f64 / (side / 2) as f64);
        ascending(
            shares
                .flat_map(|share| self.at(share))
                .chain([0.0, self.min_m]),
        )
    }

    fn ends(&self, side: usize) -> Vec<f64> {
        let shares = (1..=side / 2).map(|i| i as f64 / (side / 2) as f64);
        let beyond = |at: f64| at + (at - self.min_m).max(0.0) / 3.0;
        ascending(
            shares
                .flat_map(|share| self.at(share))
                .map(beyond)
                .chain([self.max_m]),
        )
    }
}

fn ascending(places: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut places: Vec<f64> = places.filter(|place| *place >= 0.0).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}

/// The larger distance from a place to its neighbours.
fn spacing(places: &[f64], i: usize) -> f64 {
    let gap = |j: usize| places.get(j + 1).map_or(0.0, |next| next - places[j]);
    gap(i).max(if i > 0 { gap(i - 1) } else { 0.0 })
}

fn order(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> std::cmp::Ordering {
    let key = |rank: Option<(f64, f64)>| rank.unwrap_or((f64::INFINITY, f64::INFINITY));
    let (a, b) = (key(a), key(b));
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::Bits;
    use crate::stats::Resolution;

    fn distribution(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    fn how(bits: u8) -> Measurement {
        Measurement {
            bits: Bits::new(bits).expect("a width"),
            ..Measurement::default()
        }
    }

    /// No range of a dense grid over both ends is better.
    #[track_caller]
    fn check(name: &str, depths: &Distribution, bits: u8, weight: f64, tolerance: f64) {
        let how = how(bits);
        let found = OptimumSearch::new(depths, &Criterion::ALL, how, weight).run(depths);
        assert_eq!(found.len(), Criterion::ALL.len());
        let mut least = [(f64::INFINITY, 0.0, 0.0); Criterion::ALL.len()];
        let side = 160;
        let last_m = depths.max_m() + (depths.max_m() - depths.min_m()) / 3.0;
        for i in 0..side {
            let start_m = depths.max_m() * f64::from(i) / f64::from(side);
            for j in 1..=side {
                let end_m = start_m + (last_m - start_m) * f64::from(j) / f64::from(side);
                let Ok(range) = OutputRange::new(start_m, end_m) else {
                    continue;
                };
                let point = RangePoint::measure(depths, range, &how);
                for (best, criterion) in least.iter_mut().zip(Criterion::ALL) {
                    let cost = point.rank(criterion, weight).0;
                    if cost < best.0 {
                        *best = (cost, start_m, end_m);
                    }
                }
            }
        }
        let mut wrong = Vec::new();
        for (best, optimum) in least.iter().zip(&found) {
            let cost = optimum.point.rank(optimum.criterion, weight).0;
            if cost > best.0 + tolerance * best.0.abs() + 1e-9 {
                wrong.push(format!(
                    "{name}, {bits} bits, {:?}: {cost} at {:?}, but {best:?}",
                    optimum.criterion, optimum.point.range
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn no_range_of_a_dense_grid_is_better() {
        let tail = distribution(
            (0..300).map(|i| 0.6 * libm::exp(4.0 * libm::pow(f64::from(i) / 300.0, 2.0))),
        );
        let room = distribution((0..200).map(|i| 2.0 + 0.01 * f64::from(i * 37 % 101)));
        let modes = distribution((0..150).map(|i| {
            if i % 3 == 0 {
                1.0 + f64::from(i) * 1e-3
            } else {
                7.0 + f64::from(i) * 0.02
            }
        }));
        for (name, depths) in [("tail", &tail), ("room", &room), ("modes", &modes)] {
            for bits in [2, 5] {
                check(name, depths, bits, 1.0, 1e-6);
            }
        }
        check("tail, clipping three times", &tail, 4, 3.0, 1e-6);
        let few = distribution([1.0, 1.5, 2.75, 7.0, 7.25, 30.0]);
        check("few", &few, 3, 1.0, 1e-6);
        // Millimetres: teeth everywhere.
        let millimetre = |i: u32| 0.5 + 0.001 * libm::floor(libm::pow(f64::from(i), 1.6));
        check(
            "millimetres",
            &distribution((0..400).map(millimetre)),
            5,
            1.0,
            1e-3,
        );
        // Most depths at a few places, as walls are.
        let spikes = |i: u32| {
            if i.is_multiple_of(4) {
                0.7 + 0.01 * f64::from(i)
            } else {
                f64::from(1 + i % 3) * 1.37
            }
        };
        check("spikes", &distribution((0..240).map(spikes)), 4, 1.0, 1e-6);
    }

    #[test]
    fn even_depths_have_the_known_best_range() {
        // Values at the middles of equal cells: the ends lie half a cell inside the data.
        let n = 20_000;
        let depths = distribution((0..n).map(|i| 1.0 + 2.0 * (f64::from(i) + 0.5) / f64::from(n)));
        let found = OptimumSearch::new(&depths, &[Criterion::Rmse], how(4), 1.0).run(&depths);
        let range = found[0].point.range;
        assert!(
            (range.min_m() - (1.0 + 1.0 / 16.0)).abs() < 1e-3,
            "{range:?}"
        );
        assert!(
            (range.max_m() - (3.0 - 1.0 / 16.0)).abs() < 1e-3,
            "{range:?}"
        );
    }

    #[test]
    fn each_optimum_is_the_best_of_its_column() {
        let depths = distribution((0..500).map(|i| 0.6 * libm::exp(f64::from(i) / 120.0)));
        let criteria = [Criterion::Rmse, Criterion::AbsRel, Criterion::Delta1];
        let found = OptimumSearch::new(&depths, &criteria, how(6), 1.0).run(&depths);
        let table = cross_values(&found, 1.0);
        for (column, criterion) in criteria.into_iter().enumerate() {
            for row in &table {
                let (own, other) = (
                    criterion.cost(table[column][column]),
                    criterion.cost(row[column]),
                );
                assert!(own <= other + 1e-12);
            }
        }
    }

    #[test]
    fn degenerate_depths_are_coded_without_error() {
        for values in [vec![2.0], vec![2.0, 2.0], vec![1.0, 2.0], vec![5e-324, 2.0]] {
            let depths = distribution(values.clone());
            for optimum in OptimumSearch::new(&depths, &Criterion::ALL, how(8), 1.0).run(&depths) {
                let parts = optimum.point.parts(optimum.criterion, Policy::Count, 1.0);
                let value = parts.expect("pixels").value;
                assert!(!value.is_nan(), "{values:?}: {optimum:?}");
                if optimum.criterion == Criterion::Rmse {
                    assert!(value < 1e-6, "{values:?}: {value}");
                }
            }
        }
    }
}
