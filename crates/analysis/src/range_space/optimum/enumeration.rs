//! Test oracle: the lowest cost on few depths, by enumeration of all ranges that can be best.
//!
//! In the plane of starts and ends, a position of the code equals a depth, or a depth times a ratio, along a line. The lines divide the
//! plane into faces. Within a face every depth keeps its value and every error its sign. So each metric has known candidates:
//!
//! - Absolute errors in metres are linear in a face, with their minimum at a corner.
//! - Squared errors have their minimum at the line fitted to the indices of the depths.
//! - Threshold accuracies are constant in a face.
//!
//! The oracle uses only the definitions of the code and of the metrics, and no other code of this crate.

use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M, DELTA_RATIOS};

/// Number of directions from a corner in which faces are sampled.
const DIRECTIONS: u32 = 32;

/// Distance of a sample from its corner, as a share of the farthest end.
const OFFSET: f64 = 1e-9;

/// The ranges whose position at `share` equals `at_m`.
#[derive(Clone, Copy, Debug)]
struct Line {
    share: f64,
    at_m: f64,
}

impl Line {
    /// Returns the start and the end of the range on both lines; `None` if the lines are parallel or the range has no width.
    fn corner(&self, other: &Self) -> Option<(f64, f64)> {
        let apart = self.share - other.share;
        let width_m = (self.at_m - other.at_m) / apart;
        let start_m = self.at_m - self.share * width_m;
        (apart.abs() > 1e-9 && width_m > 0.0).then_some((start_m, start_m + width_m))
    }
}

/// Depths and a code, with starts from 0 m to the largest depth and ends to `last_m`.
pub(super) struct Enumeration<'a> {
    pub(super) depths_m: &'a [f64],
    pub(super) steps: u32,
    pub(super) last_m: f64,
}

impl Enumeration<'_> {
    /// Computes the lowest cost of any range under a metric, up to rounding. Returns `None` for a metric that cannot be enumerated.
    pub(super) fn lowest_cost(&self, criterion: Criterion) -> Option<f64> {
        let mean = |sum: f64| sum / self.depths_m.len() as f64;
        Some(match criterion {
            Criterion::Mae => mean(self.lowest_absolute(|_| 1.0)),
            Criterion::AbsRel => mean(self.lowest_absolute(|d| 1.0 / d)),
            Criterion::Rmse => mean(self.lowest_square(|_| 1.0)).sqrt(),
            Criterion::SqRel => mean(self.lowest_square(|d| 1.0 / d)),
            Criterion::Delta1 => -mean(self.most_good(DELTA_RATIOS[0])),
            Criterion::Delta2 => -mean(self.most_good(DELTA_RATIOS[1])),
            Criterion::Delta3 => -mean(self.most_good(DELTA_RATIOS[2])),
            _ => return None,
        })
    }

    fn largest_m(&self) -> f64 {
        self.depths_m.iter().copied().fold(0.0, f64::max)
    }

    /// Returns the lines of some positions of the code, and those that bound the plane.
    fn lines(&self, positions: impl Iterator<Item = f64>, factors: &[f64]) -> Vec<Line> {
        let mut out: Vec<Line> = positions
            .flat_map(|position| {
                let share = position / f64::from(self.steps);
                let on = move |&d: &f64| {
                    let line = move |factor: &f64| Line {
                        share,
                        at_m: d * factor,
                    };
                    factors.iter().map(line)
                };
                self.depths_m.iter().flat_map(on)
            })
            .collect();
        out.extend(
            [(0.0, 0.0), (0.0, self.largest_m()), (1.0, self.last_m)]
                .map(|(share, at_m)| Line { share, at_m }),
        );
        out
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(f64::from)
    }

    fn boundaries(&self) -> impl Iterator<Item = f64> {
        (0..self.steps).map(|k| f64::from(k) + 0.5)
    }

    /// Returns true if a range lies within the bounds of the plane, with some slack.
    fn is_within(&self, (start_m, end_m): (f64, f64)) -> bool {
        let slack_m = 2.0 * OFFSET * self.last_m;
        start_m >= -slack_m
            && start_m <= self.largest_m() + slack_m
            && end_m <= self.last_m + slack_m
            && end_m > start_m
    }

    fn for_each_corner(&self, lines: &[Line], mut at: impl FnMut((f64, f64))) {
        for (i, line) in lines.iter().enumerate() {
            for other in &lines[..i] {
                if let Some(corner) = line.corner(other).filter(|corner| self.is_within(*corner)) {
                    at(corner);
                }
            }
        }
    }

    /// Calls `face` with a range of every face, with several ranges of most.
    fn for_each_face(&self, lines: &[Line], mut face: impl FnMut((f64, f64))) {
        let offset_m = OFFSET * self.last_m;
        self.for_each_corner(lines, |(start_m, end_m)| {
            for i in 0..DIRECTIONS {
                let turn = std::f64::consts::TAU * (f64::from(i) + 0.3) / f64::from(DIRECTIONS);
                let range = (
                    (start_m + offset_m * libm::cos(turn)).max(0.0),
                    end_m + offset_m * libm::sin(turn),
                );
                if range.1 > range.0 {
                    face(range);
                }
            }
        });
    }

    /// Returns the index of the value that codes a depth.
    fn index(&self, (start_m, end_m): (f64, f64), d_m: f64) -> f64 {
        let steps = f64::from(self.steps);
        ((d_m - start_m) / (end_m - start_m) * steps)
            .round()
            .clamp(0.0, steps)
    }

    fn value_m(&self, range: (f64, f64), d_m: f64) -> f64 {
        range.0 + self.index(range, d_m) / f64::from(self.steps) * (range.1 - range.0)
    }

    fn lowest_absolute(&self, weight: impl Fn(f64) -> f64) -> f64 {
        let lines = self.lines(self.values().chain(self.boundaries()), &[1.0]);
        let mut least = f64::INFINITY;
        self.for_each_corner(&lines, |range| {
            let error = |&d: &f64| weight(d) * (self.value_m(range, d) - d).abs();
            least = least.min(self.depths_m.iter().map(error).sum());
        });
        least
    }

    fn lowest_square(&self, weight: impl Fn(f64) -> f64) -> f64 {
        let lines = self.lines(self.boundaries(), &[1.0]);
        let mut least = f64::INFINITY;
        let mut indices = Vec::new();
        self.for_each_face(&lines, |range| {
            indices.clear();
            indices.extend(self.depths_m.iter().map(|&d| self.index(range, d)));
            least = least.min(self.fitted_square(&indices, &weight));
        });
        least
    }

    /// Computes the smallest squared error of depths with given indices, from a line fitted to them.
    ///
    /// The line passes through 0 if its start would be negative. The result is infinite if the range would end beyond `last_m`.
    fn fitted_square(&self, indices: &[f64], weight: impl Fn(f64) -> f64) -> f64 {
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            let pairs = self.depths_m.iter().zip(indices);
            pairs.map(|(&d, &k)| weight(d) * of(d, k)).sum()
        };
        let total = sum(&|_, _| 1.0);
        let (mean_k, mean_d) = (sum(&|_, k| k) / total, sum(&|d, _| d) / total);
        let spread = sum(&|_, k| (k - mean_k) * (k - mean_k));
        let step_m = if spread > 0.0 {
            sum(&|d, k| (d - mean_d) * (k - mean_k)) / spread
        } else {
            0.0
        };
        let (start_m, step_m) = if mean_d - step_m * mean_k >= 0.0 {
            (mean_d - step_m * mean_k, step_m)
        } else {
            (0.0, sum(&|d, k| d * k) / sum(&|_, k| k * k))
        };
        if start_m + f64::from(self.steps) * step_m > self.last_m {
            return f64::INFINITY;
        }
        sum(&|d, k| (d - start_m - k * step_m) * (d - start_m - k * step_m))
    }

    fn most_good(&self, ratio: f64) -> f64 {
        let mut lines = self.lines(self.values(), &[ratio, 1.0 / ratio]);
        lines.extend(self.lines(self.boundaries(), &[1.0]));
        let mut most = 0.0_f64;
        self.for_each_face(&lines, |range| {
            let is_good = |d: &&f64| {
                let p = self.value_m(range, **d).max(DEFAULT_EVAL_MIN_M);
                (p / **d).max(**d / p) < ratio
            };
            most = most.max(self.depths_m.iter().filter(is_good).count() as f64);
        });
        most
    }
}
