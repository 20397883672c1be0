//! The best range of few depths, found by trying all that can be best: another way than the search's.
//!
//! A place of the code lies on a depth, or on a depth times a ratio, along a line in the plane of starts and ends. The lines divide the plane
//! into faces. Within a face every depth keeps its value and every error its sign. So absolute errors in metres are linear there and least at
//! a corner; squared ones are least at the line fitted to the indices of the depths; and shares of good pixels do not change at all.
//!
//! Knows the definition of the code and of the metrics, and nothing of how either is computed elsewhere.

use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M, DELTA_RATIOS};

/// Directions from a corner in which faces are looked for.
const DIRECTIONS: u32 = 32;

/// How far from a corner, as a share of the farthest end.
const ASIDE: f64 = 1e-9;

/// All ranges whose place at a share of the range lies at a depth.
#[derive(Clone, Copy, Debug)]
struct Line {
    share: f64,
    at_m: f64,
}

impl Line {
    /// The start and the end of the range on both lines.
    fn corner(&self, other: &Self) -> Option<(f64, f64)> {
        let apart = self.share - other.share;
        let width_m = (self.at_m - other.at_m) / apart;
        let start_m = self.at_m - self.share * width_m;
        (apart.abs() > 1e-9 && width_m > 0.0).then_some((start_m, start_m + width_m))
    }
}

/// Depths and the code whose ranges are tried: starts from 0 m to the largest depth, ends to `last_m`.
pub(super) struct Enumeration<'a> {
    pub(super) depths_m: &'a [f64],
    pub(super) steps: u32,
    pub(super) last_m: f64,
}

impl Enumeration<'_> {
    /// The least cost that any range has under a metric, or a number under it by a rounding. `None` for a metric that cannot be enumerated.
    pub(super) fn least(&self, criterion: Criterion) -> Option<f64> {
        let mean = |sum: f64| sum / self.depths_m.len() as f64;
        Some(match criterion {
            Criterion::Mae => mean(self.least_absolute(|_| 1.0)),
            Criterion::AbsRel => mean(self.least_absolute(|d| 1.0 / d)),
            Criterion::Rmse => mean(self.least_square(|_| 1.0)).sqrt(),
            Criterion::SqRel => mean(self.least_square(|d| 1.0 / d)),
            Criterion::Delta1 => -mean(self.most_good(DELTA_RATIOS[0])),
            Criterion::Delta2 => -mean(self.most_good(DELTA_RATIOS[1])),
            Criterion::Delta3 => -mean(self.most_good(DELTA_RATIOS[2])),
            _ => return None,
        })
    }

    fn largest_m(&self) -> f64 {
        self.depths_m.iter().copied().fold(0.0, f64::max)
    }

    /// Lines of some places of the code, and those that end the plane.
    fn lines(&self, places: impl Iterator<Item = f64>, factors: &[f64]) -> Vec<Line> {
        let mut out: Vec<Line> = places
            .flat_map(|place| {
                let share = place / f64::from(self.steps);
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

    fn middles(&self) -> impl Iterator<Item = f64> {
        (0..self.steps).map(|k| f64::from(k) + 0.5)
    }

    fn is_tried(&self, (start_m, end_m): (f64, f64)) -> bool {
        let slack_m = 2.0 * ASIDE * self.last_m;
        start_m >= -slack_m
            && start_m <= self.largest_m() + slack_m
            && end_m <= self.last_m + slack_m
            && end_m > start_m
    }

    fn for_each_corner(&self, lines: &[Line], mut at: impl FnMut((f64, f64))) {
        for (i, line) in lines.iter().enumerate() {
            for other in &lines[..i] {
                if let Some(corner) = line.corner(other).filter(|corner| self.is_tried(*corner)) {
                    at(corner);
                }
            }
        }
    }

    /// Calls `face` with a range of every face, of many more than once.
    fn for_each_face(&self, lines: &[Line], mut face: impl FnMut((f64, f64))) {
        let aside_m = ASIDE * self.last_m;
        self.for_each_corner(lines, |(start_m, end_m)| {
            for i in 0..DIRECTIONS {
                let turn = std::f64::consts::TAU * (f64::from(i) + 0.3) / f64::from(DIRECTIONS);
                let range = (
                    (start_m + aside_m * libm::cos(turn)).max(0.0),
                    end_m + aside_m * libm::sin(turn),
                );
                if range.1 > range.0 {
                    face(range);
                }
            }
        });
    }

    /// The index of the value that a depth gets.
    fn index(&self, (start_m, end_m): (f64, f64), d_m: f64) -> f64 {
        let steps = f64::from(self.steps);
        ((d_m - start_m) / (end_m - start_m) * steps)
            .round()
            .clamp(0.0, steps)
    }

    fn value_m(&self, range: (f64, f64), d_m: f64) -> f64 {
        range.0 + self.index(range, d_m) / f64::from(self.steps) * (range.1 - range.0)
    }

    fn least_absolute(&self, weight: impl Fn(f64) -> f64) -> f64 {
        let lines = self.lines(self.values().chain(self.middles()), &[1.0]);
        let mut least = f64::INFINITY;
        self.for_each_corner(&lines, |range| {
            let error = |&d: &f64| weight(d) * (self.value_m(range, d) - d).abs();
            least = least.min(self.depths_m.iter().map(error).sum());
        });
        least
    }

    fn least_square(&self, weight: impl Fn(f64) -> f64) -> f64 {
        let lines = self.lines(self.middles(), &[1.0]);
        let mut least = f64::INFINITY;
        let mut indices = Vec::new();
        self.for_each_face(&lines, |range| {
            indices.clear();
            indices.extend(self.depths_m.iter().map(|&d| self.index(range, d)));
            least = least.min(self.fitted_square(&indices, &weight));
        });
        least
    }

    /// The least squared error of depths with given indices: a line fitted to them, through 0 where it would begin before. Infinite where
    /// the range would end behind all that are tried.
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
        lines.extend(self.lines(self.middles(), &[1.0]));
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
