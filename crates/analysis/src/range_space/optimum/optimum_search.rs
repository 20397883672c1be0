//! The best range under each metric, both ends free.
//!
//! The cost is smooth at large and has many small teeth where depths are few or integers. So a grid over both ends, measured once for all
//! metrics, finds every valley; the deepest of them are walked down. About the best range of each metric all teeth are looked for where
//! the depths' characteristic function and the spacing of integers say that they may be; the lowest places are walked down, and the best is
//! polished with directions that turn, until neither end moves by 1e-8 of the data's width. What is left are edges: ratios and inverses jump
//! where a depth changes its value, absolute errors have kinks where a value lies on a depth. The last steps set values on those (`edges`).
//! Shares of good pixels have a search of their own, which proves its result (`shares`). Every pixel counts, whatever the policy: see
//! [`super::super::BestSearch`].
//!
//! What is held, and by which test. Shares of good pixels: branch and bound ends when no range at all loses a pixel less, or after a number
//! of boxes; on 2.2 million different depths it ends for delta2 and delta3, and two pixels are left open for delta1. On few depths and bits
//! no range at all is better by 1e-6 of the cost under RMSE, MAE, sq_rel, abs_rel and the shares: all that can be best are tried
//! (`enumeration`). Under logarithms and inverses 1e-4 is proved by branch and bound (`proof`). At 8 bits either would take hours; there
//! 20,000 random ranges about the best ones, from a tenth of the width to a billionth, attack them: on depths of integers, disparities and
//! walls none gains 1e-5 of any metric; `docs/BENCHMARKS.md` has what longer attacks on more depths gained. On the sample's 2.2 million depths
//! they gained nothing, but two orders of this search ended 3e-6 apart under imae: there the cost jumps by up to 1e-4 at every depth.
//!
//! The search covers starts from 0 m to the largest depth and ends to a third of the data's width beyond it.

mod combs;
mod descent;
mod edges;
#[cfg(test)]
mod enumeration;
mod lattice;
#[cfg(test)]
mod proof;
mod shares;
mod survey;
mod teeth;

pub(crate) use lattice::Lattice;
pub(crate) use shares::{ShareLimit, ShareSearch, ratio_of};
pub use survey::Valley;
pub(crate) use teeth::ToothSearch;

use serde::{Deserialize, Serialize};

use super::super::policy::Policy;
use super::super::range_report::Measurement;
use super::point::RangePoint;
use descent::{Descent, Stride};
use fathom_core::metrics::Criterion;
use fathom_core::stats::Distribution;
use survey::{Rows, Span, deepest};
use teeth::FEW_DEPTHS;

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

/// Each metric with the best of all these ranges under it: what was found for one metric may be better for another than its own.
#[must_use]
pub fn settled(optima: &[Optimum], clipping_weight: f64) -> Vec<Optimum> {
    let best = |own: &Optimum| {
        let rank = |point: &RangePoint| point.rank(own.criterion, clipping_weight);
        let mut point = own.point;
        for other in optima {
            if rank(&other.point) < rank(&point) {
                point = other.point;
            }
        }
        Optimum { point, ..*own }
    };
    optima.iter().map(best).collect()
}

/// A walk down a valley halves its stride this often, and keeps it only where a round gains this share of the cost: among the teeth
/// of few depths there is always a little to gain.
const WALK_HALVINGS: u32 = 7;
const WALK_GAIN: f64 = 1e-3;

/// The best is polished until its stride is this share of the width, keeping it where a round gains so much.
const POLISHED: f64 = 1e-8;
const POLISH_GAIN: f64 = 1e-9;

/// Few depths are polished so often again.
const REPOLISHES: u32 = 4;

/// How ranges are compared. The search itself holds no state, so that its pieces can be done anywhere and in any order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimumSearch {
    /// How ranges are measured. Every pixel counts, whatever the policy: see [`super::super::BestSearch`].
    pub how: Measurement,
    /// How often a clipped error counts.
    pub clipping_weight: f64,
}

impl OptimumSearch {
    /// Pieces of the survey: a tenth of a second each on the costliest depths.
    pub const PARTS: u32 = 8;

    /// One piece of the survey, for all metrics together: the valleys in rows of a coarse grid over both ends.
    #[must_use]
    pub fn survey(&self, depths: &Distribution, part: u32) -> Vec<Valley> {
        let (part, parts) = (part.min(Self::PARTS - 1) as usize, Self::PARTS as usize);
        let rows = Rows::measure(depths, self, part, parts);
        let mut out = Vec::new();
        for criterion in Criterion::ALL {
            let own = rows.valleys(criterion, self.clipping_weight);
            out.extend(deepest(depths, self, criterion, &own));
        }
        out
    }

    /// The best range under one metric, from the valleys of the whole survey. `None` where no range can be measured.
    #[must_use]
    pub fn refine(
        &self,
        depths: &Distribution,
        criterion: Criterion,
        valleys: &[Valley],
    ) -> Option<Optimum> {
        let mut descent = Descent::new(depths, self, criterion);
        for valley in deepest(depths, self, criterion, valleys) {
            let from = descent.offer(valley.point);
            let stride = Stride {
                first_m: valley.stride_m,
                halvings: WALK_HALVINGS,
                gain: WALK_GAIN,
                turn: 0.0,
                turns: false,
            };
            descent.walk(from, stride);
        }
        match ratio_of(criterion) {
            Some(ratio) => shares::fewest_lost(depths, self, ratio, &mut descent),
            None => combs::comb(depths, self, criterion, &mut descent),
        }
        let width_m = Span::of(depths).width_m;
        descent.walk(descent.best?, polish(width_m / 256.0, width_m));
        // A walk may end on a kink that only other directions lead along.
        for turn in 1..=Self::repolishes(depths) {
            let again = Stride {
                turn: f64::from(turn),
                ..polish(width_m / 4096.0, width_m)
            };
            descent.walk(descent.best?, again);
        }
        edges::edges(depths, self, criterion, &mut descent);
        let point = descent.best?.point;
        Some(Optimum { criterion, point })
    }

    /// Few depths make kinks.
    fn repolishes(depths: &Distribution) -> u32 {
        if depths.values_m().len() <= FEW_DEPTHS {
            REPOLISHES
        } else {
            0
        }
    }

    /// The whole search at once, under some metrics.
    #[must_use]
    pub fn run(&self, depths: &Distribution, criteria: &[Criterion]) -> Vec<Optimum> {
        let valleys: Vec<Valley> = (0..Self::PARTS)
            .flat_map(|part| self.survey(depths, part))
            .collect();
        let best = criteria
            .iter()
            .filter_map(|&c| self.refine(depths, c, &valleys));
        settled(&best.collect::<Vec<_>>(), self.clipping_weight)
    }
}

/// From a stride on, on data of this width.
fn polish(stride_m: f64, width_m: f64) -> Stride {
    Stride {
        first_m: (stride_m, stride_m),
        halvings: libm::ceil(libm::log2(stride_m / width_m / POLISHED)) as u32,
        gain: POLISH_GAIN,
        turn: 0.0,
        turns: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::quant::{Bits, CodeKind, OutputRange};
    use fathom_core::stats::Resolution;

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

    fn search(how: Measurement, clipping_weight: f64) -> OptimumSearch {
        OptimumSearch {
            how,
            clipping_weight,
        }
    }

    /// No range of a dense grid over both ends is better.
    #[track_caller]
    fn check(name: &str, depths: &Distribution, bits: u8, weight: f64, tolerance: f64) {
        let how = how(bits);
        let found = search(how, weight).run(depths, &Criterion::ALL);
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
            1e-6,
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
    fn no_range_at_all_is_better_on_few_depths() {
        let rows: [(&str, Vec<f64>); 4] = [
            ("few", vec![1.0, 1.5, 2.75, 7.0, 7.25, 30.0]),
            (
                "millimetres",
                (0..24)
                    .map(|i| 0.8 + 0.001 * f64::from(i * i % 61))
                    .collect(),
            ),
            (
                "disparities",
                (0..20).map(|i| 1.0 / (0.3 + 0.05 * f64::from(i))).collect(),
            ),
            (
                "spikes",
                (0..24)
                    .map(|i| {
                        if i % 4 == 0 {
                            0.7 + 0.11 * f64::from(i)
                        } else {
                            f64::from(1 + i % 3) * 1.37
                        }
                    })
                    .collect(),
            ),
        ];
        let three = [Criterion::Rmse, Criterion::Mae, Criterion::AbsRel];
        let six = [
            Criterion::Rmse,
            Criterion::Mae,
            Criterion::AbsRel,
            Criterion::RmseLog,
            Criterion::Log10,
            Criterion::Imae,
        ];
        let mut wrong = Vec::new();
        for (name, values) in rows {
            let depths = distribution(values.iter().copied());
            let last_m = depths.max_m() + (depths.max_m() - depths.min_m()) / 3.0;
            for (bits, criteria) in [(2, three.as_slice()), (3, &six)] {
                let how = how(bits);
                for optimum in search(how, 1.0).run(&depths, criteria) {
                    let cost = optimum.point.rank(optimum.criterion, 1.0).0;
                    let proved = proof::no_range_is_under(
                        cost * (1.0 - PROVED) - 1e-12,
                        optimum.criterion,
                        &values,
                        how.bits.steps(),
                        last_m,
                    );
                    if let Err(why) = proved {
                        let found = optimum.point.range;
                        wrong.push(format!("{name}, {bits} bits, {found:?}: {why}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Up to this share of the cost.
    const PROVED: f64 = 1e-4;

    #[test]
    fn no_range_that_can_be_best_is_better_on_few_depths() {
        let rows: [(&str, Vec<f64>); 4] = [
            ("few", vec![1.0, 1.5, 2.75, 7.0, 7.25, 30.0]),
            (
                "millimetres",
                (0..24)
                    .map(|i| 0.8 + 0.001 * f64::from(i * i % 61))
                    .collect(),
            ),
            (
                "disparities",
                (0..20).map(|i| 1.0 / (0.3 + 0.05 * f64::from(i))).collect(),
            ),
            (
                "walls and a far tail",
                (0..24)
                    .map(|i| match i % 4 {
                        0 => 0.3 * libm::exp(0.19 * f64::from(i)),
                        rest => f64::from(rest) * 1.37,
                    })
                    .collect(),
            ),
        ];
        let mut wrong = Vec::new();
        for (name, values) in rows {
            let depths = distribution(values.iter().copied());
            for bits in [2, 3] {
                let how = how(bits);
                let all = enumeration::Enumeration {
                    depths_m: &values,
                    steps: how.bits.steps(),
                    last_m: depths.max_m() + (depths.max_m() - depths.min_m()) / 3.0,
                };
                for optimum in search(how, 1.0).run(&depths, &Criterion::ALL) {
                    let Some(least) = all.least(optimum.criterion) else {
                        continue;
                    };
                    let cost = optimum.point.rank(optimum.criterion, 1.0).0;
                    // Under a billionth both are roundings of a perfect code.
                    if cost > least + 1e-6 * least.abs() + 1e-9 {
                        let Optimum { criterion, point } = optimum;
                        let found = point.range;
                        wrong.push(format!(
                            "{name}, {bits} bits, {criterion:?}: {cost} at {found:?}, but {least}"
                        ));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Numbers from 0 to 1 that look random.
    fn shares() -> impl Iterator<Item = f64> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        })
    }

    #[test]
    fn thousands_of_ranges_near_by_are_no_better_among_teeth() {
        let room = distribution((0..700).map(|i| 0.801 + 0.001 * f64::from(i * i % 2129)));
        let disparities = distribution((0..300).map(|i| 1.0 / (0.3 + 0.003 * f64::from(i))));
        let walls = distribution((0..400).map(|i| match i % 4 {
            0 => 0.7 + 0.013 * f64::from(i),
            rest => 1.0 + 1.37 * f64::from(rest),
        }));
        let mut wrong = Vec::new();
        for (name, depths, code) in [
            ("room", &room, CodeKind::Uniform),
            ("room", &room, CodeKind::UniformZeroPoint),
            ("disparities", &disparities, CodeKind::Uniform),
            ("walls", &walls, CodeKind::Uniform),
        ] {
            let how = Measurement { code, ..how(8) };
            let found = search(how, 1.0).run(depths, &Criterion::ALL);
            let mut shares = shares();
            let mut share = || shares.next().unwrap_or_default();
            let mut least = [f64::INFINITY; Criterion::ALL.len()];
            for i in 0..20_000 {
                let about = found[i % found.len()].point.range;
                // From a billionth of the width to a tenth.
                let reach_m = about.width_m() * libm::exp10(-1.0 - 8.0 * share());
                let start_m = about.min_m() + reach_m * (2.0 * share() - 1.0);
                let end_m = about.max_m() + reach_m * (2.0 * share() - 1.0);
                let range = OutputRange::new(start_m.max(0.0), end_m).expect("a range");
                let point = RangePoint::measure(depths, range, &how);
                for (least, criterion) in least.iter_mut().zip(Criterion::ALL) {
                    *least = least.min(point.rank(criterion, 1.0).0);
                }
            }
            for (optimum, least) in found.iter().zip(least) {
                let cost = optimum.point.rank(optimum.criterion, 1.0).0;
                let gain = (cost - least) / cost.abs().max(1e-3);
                if gain > 1e-5 {
                    wrong.push(format!(
                        "{name}, {code:?}, {:?}: {gain:.2e}",
                        optimum.criterion
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn even_depths_have_the_known_best_range() {
        // Values at the middles of equal cells: the ends lie half a cell inside the data.
        let n = 20_000;
        let depths = distribution((0..n).map(|i| 1.0 + 2.0 * (f64::from(i) + 0.5) / f64::from(n)));
        let found = search(how(4), 1.0).run(&depths, &[Criterion::Rmse]);
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
        let found = search(how(6), 1.0).run(&depths, &criteria);
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
            for optimum in search(how(8), 1.0).run(&depths, &Criterion::ALL) {
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
