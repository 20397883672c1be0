//! Which cells a sketch has: one is cut in two wherever the figures of a range that ends there would be most wrong, as long as there is
//! room.
//!
//! The figures are functions of the end: how many pixels lie before it, the sums of the squared and of the relative errors of those
//! beyond it when they clip to it, and the sum of 1/depth, which the relative errors of rounding go by. For each, a cell's density is
//! held against its depths.

use super::ruler::Ruler;
use super::spread::{kept_mean, share_before};
use crate::stats::Distribution;

/// Largest error of a figure that is aimed at, of itself.
const AIM: f64 = 0.005;

/// Steps of the code whose rounding a clipping error is held against.
const STEPS: f64 = 255.0;

/// A share of pixels that is not told more finely than the aim's share of it.
const SMALL_SHARE: f64 = 0.1;

/// The mismatch, in aims, under which a cell is not worth cutting.
const FINE: f64 = 0.02;

/// A run of places with its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    /// Its first place, and the first beyond it.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) count: u64,
    pub(super) mean: u8,
}

/// Sums over the pixels of a few places.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    depth: f64,
    square: f64,
    inverse: f64,
}

impl Sums {
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

    fn less(self, other: Self) -> Self {
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

/// The pixels of a set, place by place.
#[derive(Debug)]
pub(super) struct Places {
    /// Depths between the places: place `i` lies from `edges_m[i]` to `edges_m[i + 1]`, or on a lattice at the first of them.
    edges_m: Vec<f64>,
    /// What lies at each place.
    own: Vec<Sums>,
    /// What lies before each place, and in the end everything.
    before: Vec<Sums>,
    /// Sums of the pixels' positions in the ruler's own measure before each place.
    positions: Vec<f64>,
    is_lattice: bool,
    /// Half of the pixels lie before this depth.
    middle_m: f64,
}

impl Places {
    /// The pixels of a set without those of the given depths.
    pub(super) fn of(ruler: &Ruler, depths: &Distribution, singles: &[(f64, u64)]) -> Self {
        let is_lattice = ruler.is_lattice();
        let length = ruler.place_of(depths.max_m()) as usize + 1;
        let edges_m = (0..=length).map(|i| ruler.place_m(i as u64)).collect();
        let mut own = vec![Sums::default(); length];
        let mut position = vec![0.0; length];
        let mut singles = singles.iter().peekable();
        for (&depth_m, &count) in depths.values_m().iter().zip(depths.counts()) {
            let mut count = f64::from(count);
            if let Some(single) = singles.next_if(|single| single.0 == depth_m) {
                count -= single.1 as f64;
            }
            let place = ruler.place_of(depth_m) as usize;
            if let (Some(sums), Some(position)) = (own.get_mut(place), position.get_mut(place)) {
                *sums = sums.plus(Sums::at(depth_m, count));
                *position += count
                    * if is_lattice {
                        place as f64 + 0.5
                    } else {
                        depth_m
                    };
            }
        }
        let mut before = vec![Sums::default()];
        let mut positions = vec![0.0];
        let (mut sum, mut sum_position) = (Sums::default(), 0.0);
        for (sums, position) in own.iter().zip(&position) {
            sum = sum.plus(*sums);
            sum_position += position;
            before.push(sum);
            positions.push(sum_position);
        }
        Self {
            edges_m,
            own,
            before,
            positions,
            is_lattice,
            middle_m: depths.quantile_m(0.5),
        }
    }

    /// Places in all.
    fn len(&self) -> usize {
        self.own.len()
    }

    /// Where a place begins in the ruler's own measure.
    fn measure(&self, place: usize) -> f64 {
        if self.is_lattice {
            place as f64
        } else {
            self.edges_m[place]
        }
    }

    fn cell(&self, from: usize, to: usize) -> Cell {
        let count = self.before[to].count - self.before[from].count;
        let (low, high) = (self.measure(from), self.measure(to));
        let mean = if count > 0.0 {
            ((self.positions[to] - self.positions[from]) / count - low) / (high - low)
        } else {
            0.5
        };
        Cell {
            from,
            to,
            count: count as u64,
            mean: kept_mean(mean),
        }
    }

    /// What a cell's density has at a place, where the real pixels have `own`.
    fn assumed(&self, cell: &Cell, place: usize) -> Sums {
        let (low, high) = (self.measure(cell.from), self.measure(cell.to));
        let share = |at: usize| share_before(cell.mean, (self.measure(at) - low) / (high - low));
        let count = cell.count as f64 * (share(place + 1) - share(place));
        let depth_m = if self.is_lattice {
            self.edges_m[place]
        } else {
            f64::midpoint(self.edges_m[place], self.edges_m[place + 1])
        };
        Sums::at(depth_m, count)
    }

    /// How wrong the figures of ranges would be because of a cell, in aims, and where most pixels are misplaced.
    fn mismatch(&self, cell: &Cell) -> (f64, usize) {
        if cell.count == 0 || (cell.to - cell.from == 1 && self.is_lattice) {
            return (0.0, cell.from);
        }
        let all = self.before[self.len()];
        let whole = (cell.from..cell.to).fold(Sums::default(), |sum, place| {
            sum.plus(self.own[place]).less(self.assumed(cell, place))
        });
        let mut worst = self.clipped(cell.from, Sums::default(), whole);
        let mut before = Sums::default();
        let (mut cut, mut misplaced) = (usize::midpoint(cell.from, cell.to), 0.0);
        for place in cell.from..cell.to {
            before = before.plus(self.own[place]).less(self.assumed(cell, place));
            let at = place + 1;
            worst = worst.max(self.clipped(at, before, whole.less(before)));
            let share = (self.before[at].count / all.count).max(SMALL_SHARE);
            worst = worst.max((before.count / all.count).abs() / (AIM * share));
            if at < cell.to && before.count.abs() > misplaced {
                (cut, misplaced) = (at, before.count.abs());
            }
        }
        (worst, cut)
    }

    /// How wrong the figures of a range would be that ends or begins at an edge, where the cell has so much too little before and beyond.
    fn clipped(&self, at: usize, before: Sums, beyond: Sums) -> f64 {
        let x = self.edges_m[at];
        let (nearer, all) = (self.before[at], self.before[self.len()]);
        let farther = all.less(nearer);
        let far_end_m = x;
        let near_end_m = x + self.middle_m;
        let squares = |step_m: f64| all.count * step_m * step_m / 12.0;
        let relative = |step_m: f64, inverse: f64| inverse * step_m / 4.0;
        let small = SMALL_SHARE * all.inverse.min(all.count / self.middle_m);
        // Twice the aim for what a root is taken of.
        let parts = [
            beyond.squared_from(x) / (farther.squared_from(x) + squares(far_end_m / STEPS)) / 2.0,
            beyond.relative_from(x)
                / (farther.relative_from(x) + relative(far_end_m / STEPS, nearer.inverse)),
            before.squared_from(x) / (nearer.squared_from(x) + squares(near_end_m / STEPS)) / 2.0,
            before.relative_from(x)
                / (relative(near_end_m / STEPS, farther.inverse) - nearer.relative_from(x)),
            before.inverse / nearer.inverse.max(small),
            beyond.inverse / farther.inverse.max(small),
        ];
        parts
            .into_iter()
            .filter(|part| part.is_finite())
            .fold(0.0, |worst, part| part.abs().max(worst))
            / AIM
    }

    /// The cells between these cuts, which hold all pixels, nearest first.
    pub(super) fn cells(&self, cuts: &[usize]) -> Vec<Cell> {
        let mut edges = vec![0, self.len()];
        edges.extend(cuts);
        edges.sort_unstable();
        edges
            .windows(2)
            .map(|pair| self.cell(pair[0], pair[1]))
            .collect()
    }

    /// Where to cut, the most useful cut first; at most so many.
    pub(super) fn cuts(&self, most: usize) -> Vec<usize> {
        let judged = |from, to| {
            let cell = self.cell(from, to);
            let (mismatch, cut) = self.mismatch(&cell);
            (mismatch, cut, cell)
        };
        let mut cells = vec![judged(0, self.len())];
        let mut cuts = Vec::new();
        while cuts.len() < most {
            let worst = (0..cells.len()).max_by(|a, b| cells[*a].0.total_cmp(&cells[*b].0));
            let Some((at, (mismatch, cut, cell))) = worst.map(|at| (at, cells[at])) else {
                break;
            };
            if mismatch < FINE {
                break;
            }
            if cell.to - cell.from == 1 {
                // It cannot be cut.
                cells[at].0 = 0.0;
                continue;
            }
            let halves = |cut: usize| [judged(cell.from, cut), judged(cut, cell.to)];
            let harm = |halves: &[(f64, usize, Cell); 2]| halves[0].0.max(halves[1].0);
            let (best, other) = (halves(cut), halves(usize::midpoint(cell.from, cell.to)));
            let best = if harm(&other) < harm(&best) {
                other
            } else {
                best
            };
            cuts.push(best[1].2.from);
            let [near, far] = best;
            cells[at] = near;
            cells.push(far);
        }
        cuts
    }
}
