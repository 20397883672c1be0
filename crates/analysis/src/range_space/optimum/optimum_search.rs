//! The search for the best range under each metric, from its stages.
//!
//! Every pixel counts, whatever the policy: see [`BestEndSearch`](crate::BestEndSearch). The search covers starts from 0 m to the largest
//! depth, and ends to a third of the data's width beyond it.
//!
//! Results of the tests:
//!
//! - Threshold accuracies: branch and bound ends when no range loses fewer pixels, or after a maximum number of boxes. On 2.2 million
//!   different depths it ends for delta2 and delta3, and leaves two pixels open for delta1.
//! - Few depths and bits: no range at all is better by 1e-6 of the cost under RMSE, MAE, sq_rel, abs_rel and threshold accuracies. The
//!   test tries all ranges that can be best (`enumeration`). Under logarithms and inverses branch and bound proves 1e-4
//!   (`branch_and_bound_proof`).
//! - 8 bits, where either proof would take hours: 20,000 random ranges, from a tenth of the width to a billionth away from the best ones.
//!   On integer depths, disparities and walls none gains 1e-5 of any metric. `docs/BENCHMARKS.md` has longer attacks on more depths.
//! - The sample's 2.2 million depths: random ranges gained nothing. Two orders of this search ended 3e-6 apart under imae, where the cost
//!   jumps by up to 1e-4 at every depth.

use serde::{Deserialize, Serialize};

use super::grid_search::{DataExtent, GridMinimum, GridRows, lowest};
use super::objective::Objective;
use super::pattern_search::{PatternSearch, StepSchedule};
use super::threshold_accuracy::{self, accuracy_ratio};
use super::{multi_start, refine};
use crate::policy::Policy;
use crate::range_report::RangeSettings;
use crate::range_space::RangePoint;
use fathom_core::metrics::Criterion;
use fathom_core::stats::Distribution;

/// The best range under one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimum {
    /// The metric.
    pub criterion: Criterion,
    /// The range with its errors under every metric.
    pub point: RangePoint,
}

/// Computes each optimum's value under the metric of every optimum, with every pixel counted: one row per optimum, one column per metric.
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

/// Returns for each metric the best of all these ranges: a range found for one metric may be better under another than its own.
#[must_use]
pub fn best_per_criterion(optima: &[Optimum], clipping_weight: f64) -> Vec<Optimum> {
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

/// Halvings of the step in a descent from a grid minimum.
const DESCENT_HALVINGS: u32 = 7;

/// Relative gain that keeps the step of such a descent. Narrow minima of few depths always offer a smaller one.
const DESCENT_GAIN: f64 = 1e-3;

/// Last step of the final descent, as a share of the data's width.
const FINAL_STEP: f64 = 1e-8;

/// Relative gain that keeps the step of the final descent.
const FINAL_GAIN: f64 = 1e-9;

/// Number of further final descents where depths are few, because only other directions may lead along a kink.
const FURTHER_DESCENTS: u32 = 4;

/// The settings by which ranges are compared. The search has no state, so its parts can run anywhere and in any order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimumSearch {
    /// The code, the bit width and the evaluation minimum. Every pixel counts, whatever the policy.
    pub settings: RangeSettings,
    /// Weight of a clipping error against a rounding error.
    pub clipping_weight: f64,
}

impl OptimumSearch {
    /// Number of parts of the grid search, a tenth of a second each on the costliest depths.
    pub const PARTS: u32 = 8;

    /// Runs one part of the grid search for all metrics: returns the minima in some rows of a coarse grid over both ends.
    #[must_use]
    pub fn grid_search(&self, depths: &Distribution, part: u32) -> Vec<GridMinimum> {
        let (part, parts) = (part.min(Self::PARTS - 1) as usize, Self::PARTS as usize);
        let rows = GridRows::measure(depths, &self.settings, part, parts);
        let mut out = Vec::new();
        for criterion in Criterion::ALL {
            let own = rows.minima(criterion, self.clipping_weight);
            out.extend(lowest(&self.objective(depths, criterion), &own));
        }
        out
    }

    /// Finds the best range under one metric from the minima of the whole grid. Returns `None` where no range can be measured.
    #[must_use]
    pub fn refine(
        &self,
        depths: &Distribution,
        criterion: Criterion,
        minima: &[GridMinimum],
    ) -> Option<Optimum> {
        let objective = self.objective(depths, criterion);
        let mut search = PatternSearch::new(objective);
        for minimum in lowest(&objective, minima) {
            let from = search.record(minimum.point);
            let schedule = StepSchedule {
                first_m: minimum.half_spacing_m,
                halvings: DESCENT_HALVINGS,
                min_gain: DESCENT_GAIN,
                angle: 0.0,
                rotates: false,
            };
            search.descend(from, schedule);
        }
        match accuracy_ratio(criterion) {
            Some(ratio) => threshold_accuracy::maximize(&mut search, ratio),
            None => multi_start::run(&mut search),
        }
        let width_m = DataExtent::new(depths).width_m;
        search.descend(search.best?, final_schedule(width_m / 256.0, width_m));
        let further = if objective.has_few_depths() {
            FURTHER_DESCENTS
        } else {
            0
        };
        for i in 1..=further {
            let schedule = StepSchedule {
                angle: f64::from(i),
                ..final_schedule(width_m / 4096.0, width_m)
            };
            search.descend(search.best?, schedule);
        }
        refine::refine(&mut search);
        let point = search.best?.point;
        Some(Optimum { criterion, point })
    }

    /// Runs the whole search under some metrics at once.
    #[must_use]
    pub fn run(&self, depths: &Distribution, criteria: &[Criterion]) -> Vec<Optimum> {
        let minima: Vec<GridMinimum> = (0..Self::PARTS)
            .flat_map(|part| self.grid_search(depths, part))
            .collect();
        let best = criteria
            .iter()
            .filter_map(|&c| self.refine(depths, c, &minima));
        best_per_criterion(&best.collect::<Vec<_>>(), self.clipping_weight)
    }

    fn objective<'a>(&self, depths: &'a Distribution, criterion: Criterion) -> Objective<'a> {
        Objective {
            depths,
            settings: self.settings,
            clipping_weight: self.clipping_weight,
            criterion,
        }
    }
}

/// Returns the schedule of a final descent: from a first step down to [`FINAL_STEP`] of the data's width, both in metres.
fn final_schedule(first_m: f64, width_m: f64) -> StepSchedule {
    StepSchedule {
        first_m: (first_m, first_m),
        halvings: libm::ceil(libm::log2(first_m / width_m / FINAL_STEP)) as u32,
        min_gain: FINAL_GAIN,
        angle: 0.0,
        rotates: true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{branch_and_bound_proof, enumeration};
    use super::*;
    use fathom_core::quant::{Bits, CodeKind, OutputRange};
    use fathom_core::stats::Resolution;

    fn distribution(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    fn settings(bits: u8) -> RangeSettings {
        RangeSettings {
            bits: Bits::new(bits).expect("a width"),
            ..RangeSettings::default()
        }
    }

    fn search(settings: RangeSettings, clipping_weight: f64) -> OptimumSearch {
        OptimumSearch {
            settings,
            clipping_weight,
        }
    }

    /// Compares the optima with a dense grid over both ends.
    #[track_caller]
    fn check_against_grid(
        name: &str,
        depths: &Distribution,
        bits: u8,
        weight: f64,
        tolerance: f64,
    ) {
        let settings = settings(bits);
        let found = search(settings, weight).run(depths, &Criterion::ALL);
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
                let point = RangePoint::measure(depths, range, &settings);
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
                check_against_grid(name, depths, bits, 1.0, 1e-6);
            }
        }
        check_against_grid("tail, clipping three times", &tail, 4, 3.0, 1e-6);
        let few = distribution([1.0, 1.5, 2.75, 7.0, 7.25, 30.0]);
        check_against_grid("few", &few, 3, 1.0, 1e-6);
        // Millimetre depths have local minima everywhere.
        let millimetre = |i: u32| 0.5 + 0.001 * libm::floor(libm::pow(f64::from(i), 1.6));
        check_against_grid(
            "millimetres",
            &distribution((0..400).map(millimetre)),
            5,
            1.0,
            1e-6,
        );
        // Walls: most depths at a few positions.
        let spikes = |i: u32| {
            if i.is_multiple_of(4) {
                0.7 + 0.01 * f64::from(i)
            } else {
                f64::from(1 + i % 3) * 1.37
            }
        };
        check_against_grid("spikes", &distribution((0..240).map(spikes)), 4, 1.0, 1e-6);
    }

    #[test]
    fn branch_and_bound_finds_no_better_range_on_few_depths() {
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
                let settings = settings(bits);
                for optimum in search(settings, 1.0).run(&depths, criteria) {
                    let cost = optimum.point.rank(optimum.criterion, 1.0).0;
                    let proved = branch_and_bound_proof::no_range_costs_less(
                        cost * (1.0 - PROVED) - 1e-12,
                        optimum.criterion,
                        &values,
                        settings.bits.steps(),
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

    /// Share of the cost up to which branch and bound proves the optimum.
    const PROVED: f64 = 1e-4;

    #[test]
    fn enumeration_finds_no_better_range_on_few_depths() {
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
                let settings = settings(bits);
                let all = enumeration::Enumeration {
                    depths_m: &values,
                    steps: settings.bits.steps(),
                    last_m: depths.max_m() + (depths.max_m() - depths.min_m()) / 3.0,
                };
                for optimum in search(settings, 1.0).run(&depths, &Criterion::ALL) {
                    let Some(least) = all.lowest_cost(optimum.criterion) else {
                        continue;
                    };
                    let cost = optimum.point.rank(optimum.criterion, 1.0).0;
                    // Costs below a billionth are rounding errors of a perfect code.
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

    /// Returns pseudo-random numbers from 0 to 1.
    fn random() -> impl Iterator<Item = f64> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        })
    }

    #[test]
    fn thousands_of_random_ranges_nearby_are_no_better() {
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
            let settings = RangeSettings {
                code,
                ..settings(8)
            };
            let found = search(settings, 1.0).run(depths, &Criterion::ALL);
            let mut random = random();
            let mut share = || random.next().unwrap_or_default();
            let mut least = [f64::INFINITY; Criterion::ALL.len()];
            for i in 0..20_000 {
                let about = found[i % found.len()].point.range;
                // From a tenth of the width down to a billionth.
                let reach_m = about.width_m() * libm::exp10(-1.0 - 8.0 * share());
                let start_m = about.min_m() + reach_m * (2.0 * share() - 1.0);
                let end_m = about.max_m() + reach_m * (2.0 * share() - 1.0);
                let range = OutputRange::new(start_m.max(0.0), end_m).expect("a range");
                let point = RangePoint::measure(depths, range, &settings);
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
    fn evenly_spread_depths_have_the_known_best_range() {
        // The values are the centres of equal cells, so the ends lie half a cell inside the data.
        let n = 20_000;
        let depths = distribution((0..n).map(|i| 1.0 + 2.0 * (f64::from(i) + 0.5) / f64::from(n)));
        let found = search(settings(4), 1.0).run(&depths, &[Criterion::Rmse]);
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
    fn each_optimum_has_the_lowest_cost_in_its_column() {
        let depths = distribution((0..500).map(|i| 0.6 * libm::exp(f64::from(i) / 120.0)));
        let criteria = [Criterion::Rmse, Criterion::AbsRel, Criterion::Delta1];
        let found = search(settings(6), 1.0).run(&depths, &criteria);
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
            for optimum in search(settings(8), 1.0).run(&depths, &Criterion::ALL) {
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
