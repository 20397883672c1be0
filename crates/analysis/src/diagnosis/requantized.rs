//! Requantized predictions: errors of `code(F)` against `G` under other output ranges and codes.

use crate::RangeSettings;
use crate::compare::{CodedPrediction, SortedPairs};
use fathom_core::quant::{AnyCode, Bits, CodeKind, CodeSpec, OutputRange, Pieces};
use serde::{Deserialize, Serialize};

/// Number of points of the curve.
const POINTS: usize = 160;

/// Rounds of the search around the lowest point; each keeps two thirds of the interval.
const ROUNDS: usize = 30;

/// RMSE of `code(F)` against `G` as a function of the range's end, at a fixed start. Lengths in metres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// Range end and RMSE, by ascending end.
    pub points: Vec<(f64, f64)>,
    /// The range with the best end found, and its RMSE.
    pub best: (OutputRange, f64),
    /// RMSE under the range in use.
    pub current_m: f64,
    /// RMSE of `F` itself.
    pub fp32_m: f64,
}

/// Squared errors of predictions under another range or code, in square metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequantizedMse {
    /// Mean of `(code(F) - F)^2`.
    pub mse_code: f64,
    /// Mean of `(code(F) - G)^2`.
    pub mse_to_gt: f64,
}

/// The ranges and codes that were tried on `F`, with their errors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TriedCodes {
    /// The range with the lowest RMSE against `G`.
    pub best_range: Option<(OutputRange, RequantizedMse)>,
    /// A range narrower than the one in use.
    pub narrower: Option<(OutputRange, RequantizedMse)>,
    /// More bits over the range in use.
    pub bits: Vec<(Bits, RequantizedMse)>,
    /// Another code of as many values over the range in use.
    pub code: Option<(CodeSpec, RequantizedMse)>,
    /// A code with more bits for near depths.
    pub depth_aware: Option<RequantizedMse>,
    /// Two INT8 outputs for one depth.
    pub two_outputs: Option<RequantizedMse>,
}

/// Errors of the requantized predictions: the curve over range ends, and the ranges and codes of the planner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requantized {
    /// RMSE against the range's end.
    pub curve: WhatIf,
    /// Ranges and codes for the planner.
    pub tried: TriedCodes,
}

impl Requantized {
    /// Measures the curve and the tried codes. `narrower` is the candidate range to compare with the one in use.
    ///
    /// `None` without pixels, or where no end makes a valid range.
    #[must_use]
    pub fn measure(
        pairs: &SortedPairs,
        current: OutputRange,
        narrower: Option<OutputRange>,
        how: &RangeSettings,
    ) -> Option<Self> {
        let curve = what_if(pairs, current, how)?;
        let to_gt: Objective = |coded| coded.rmse_m;
        let best = match how.code {
            CodeKind::Uniform => best_of_both_ends(pairs, curve.best, how, to_gt),
            CodeKind::UniformZeroPoint => curve.best,
        };
        // A range that beats FP32 clips its errors away by luck. The range that codes FP32 best stands in for it.
        let best = if best.1 < curve.fp32_m {
            closest_to_fp32(pairs, current, how).unwrap_or(best)
        } else {
            best
        };
        let tried = tried(pairs, best.0, current, narrower, how);
        Some(Self { curve, tried })
    }

    /// Returns the range with the lowest RMSE against `G`, and that RMSE in metres.
    ///
    /// Where that range would beat `F` itself, it is the range with the lowest error against `F`.
    #[must_use]
    pub fn best(&self) -> (OutputRange, f64) {
        match self.tried.best_range {
            Some((range, mse)) => (range, mse.mse_to_gt.sqrt()),
            None => self.curve.best,
        }
    }
}

/// Points of a pass over one end, and passes over both ends, of the search with a free start.
const PASS_POINTS: usize = 48;
const PASSES: usize = 3;

/// The figure that a search lowers, in metres.
type Objective = fn(&CodedPrediction) -> f64;

/// Finds the range with the lowest error against `F`. With a zero point only its end moves.
#[inline(never)]
fn closest_to_fp32(
    pairs: &SortedPairs,
    current: OutputRange,
    how: &RangeSettings,
) -> Option<(OutputRange, f64)> {
    let (_, farthest_m) = pairs.ends_m()?;
    let own: Objective = |coded| coded.own_rmse_m;
    let start_m = current.min_m();
    let at = |end_m: f64| -> Option<f64> {
        let range = OutputRange::new(start_m, end_m).ok()?;
        Some(own(&pairs.coded(&how.code.over(range, how.bits))?))
    };
    let width_m = farthest_m - start_m;
    let first = (current.max_m(), at(current.max_m())?);
    let (end_m, error_m) = pass(
        (start_m + 0.2 * width_m, start_m + 1.2 * width_m),
        first,
        &at,
    );
    let found = (OutputRange::new(start_m, end_m).ok()?, error_m);
    Some(match how.code {
        CodeKind::Uniform => best_of_both_ends(pairs, found, how, own),
        CodeKind::UniformZeroPoint => found,
    })
}

/// Searches the best range where both ends are free, by turns over one end with the other fixed.
///
/// It begins at a range and at the smallest prediction. The result is never worse than the first.
#[inline(never)]
fn best_of_both_ends(
    pairs: &SortedPairs,
    first: (OutputRange, f64),
    how: &RangeSettings,
    objective: Objective,
) -> (OutputRange, f64) {
    let Some((nearest_m, farthest_m)) = pairs.ends_m() else {
        return first;
    };
    let at = |start_m: f64, end_m: f64| -> Option<f64> {
        let range = OutputRange::new(start_m, end_m).ok()?;
        Some(objective(&pairs.coded(&how.code.over(range, how.bits))?))
    };
    let mut best = first;
    for start_m in [first.0.min_m(), nearest_m.max(0.0)] {
        let (mut start_m, mut end_m) = (start_m, first.0.max_m());
        let mut rmse_m = at(start_m, end_m).unwrap_or(f64::INFINITY);
        for _ in 0..PASSES {
            let before_m = rmse_m;
            let starts = |s: f64| at(s, end_m);
            (start_m, rmse_m) = pass((0.0, 0.9 * end_m), (start_m, rmse_m), &starts);
            let ends = |e: f64| at(start_m, e);
            let far_m = (1.3 * farthest_m).max(end_m);
            (end_m, rmse_m) = pass(
                (start_m + 0.05 * (far_m - start_m), far_m),
                (end_m, rmse_m),
                &ends,
            );
            if rmse_m > before_m * (1.0 - 1e-6) {
                break;
            }
        }
        if rmse_m < best.1
            && let Ok(range) = OutputRange::new(start_m, end_m)
        {
            best = (range, rmse_m);
        }
    }
    best
}

/// Searches one end between two limits: a grid, then a ternary search around its lowest point. Never worse than `known`.
fn pass((from, to): (f64, f64), known: (f64, f64), at: &impl Fn(f64) -> Option<f64>) -> (f64, f64) {
    let width = (to - from) / (PASS_POINTS - 1) as f64;
    let grid = (0..PASS_POINTS).filter_map(|i| {
        let end = from + width * i as f64;
        Some((end, at(end)?))
    });
    let lowest = grid
        .chain([known])
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or(known);
    ternary_search(
        ((lowest.0 - width).max(from), (lowest.0 + width).min(to)),
        lowest,
        at,
    )
}

/// Measures the curve from the start of the range in use; `None` without pixels, or where no end makes a valid range.
#[inline(never)]
fn what_if(pairs: &SortedPairs, current: OutputRange, how: &RangeSettings) -> Option<WhatIf> {
    let (_, farthest_m) = pairs.ends_m()?;
    let start_m = current.min_m();
    let at = |end_m: f64| -> Option<f64> {
        let range = OutputRange::new(start_m, end_m).ok()?;
        Some(pairs.coded(&how.code.over(range, how.bits))?.rmse_m)
    };
    let from_m = start_m + 0.2 * (farthest_m - start_m).max(0.0);
    let from_m = from_m.max(0.02 * farthest_m);
    let to_m = (1.6 * farthest_m).max(1.1 * current.max_m());
    if !(from_m > 0.0 && to_m > from_m) {
        return None;
    }
    let ratio = libm::log(to_m / from_m);
    let end = |i: usize| from_m * libm::exp(ratio * i as f64 / (POINTS - 1) as f64);
    let mut points: Vec<(f64, f64)> = (0..POINTS)
        .filter_map(|i| Some((end(i), at(end(i))?)))
        .collect();
    let lowest = (0..points.len()).min_by(|a, b| points[*a].1.total_cmp(&points[*b].1))?;
    let neighbour = |i: usize| points.get(i).map_or(points[lowest].0, |p| p.0);
    let best = ternary_search(
        (neighbour(lowest.saturating_sub(1)), neighbour(lowest + 1)),
        points[lowest],
        &at,
    );
    // The best end is a point of the curve.
    let place = points.partition_point(|p| p.0 < best.0);
    if points.get(place).is_none_or(|p| p.0 != best.0) {
        points.insert(place, best);
    }
    let current_m = at(current.max_m())?;
    Some(WhatIf {
        best: (OutputRange::new(start_m, best.0).ok()?, best.1),
        points,
        current_m,
        fp32_m: pairs.uncoded_rmse_m()?,
    })
}

/// Ternary search for the lowest RMSE between two ends. The result is never worse than the starting point `best`.
fn ternary_search(
    (mut low, mut high): (f64, f64),
    mut best: (f64, f64),
    at: &impl Fn(f64) -> Option<f64>,
) -> (f64, f64) {
    for _ in 0..ROUNDS {
        let third = (high - low) / 3.0;
        let (left, right) = (low + third, high - third);
        let (Some(a), Some(b)) = (at(left), at(right)) else {
            break;
        };
        for found in [(left, a), (right, b)] {
            if found.1 < best.1 {
                best = found;
            }
        }
        if a < b {
            high = right;
        } else {
            low = left;
        }
    }
    best
}

/// Bit widths that are tried if they exceed the one in use.
const TRIED_BITS: [u8; 3] = [10, 12, 16];

/// Codes with as many values as the one in use; the best of them is kept.
const TRIED_CODES: [CodeSpec; 3] = [
    CodeSpec::Logarithmic,
    CodeSpec::InverseDepth,
    CodeSpec::SquareRoot,
];

/// Measures the ranges and codes that the planner compares.
#[inline(never)]
fn tried(
    pairs: &SortedPairs,
    best: OutputRange,
    current: OutputRange,
    narrower: Option<OutputRange>,
    how: &RangeSettings,
) -> TriedCodes {
    let requantized = |code: &AnyCode| -> Option<RequantizedMse> {
        let coded = pairs.coded(code)?;
        Some(RequantizedMse {
            mse_code: coded.own_rmse_m * coded.own_rmse_m,
            mse_to_gt: coded.rmse_m * coded.rmse_m,
        })
    };
    let nearest_m = pairs.ends_m().map_or(0.0, |ends| ends.0);
    let given = |spec: &CodeSpec, range, bits| {
        let range = spec.range_from(range, nearest_m);
        requantized(&spec.over(range, bits).ok()?)
    };
    let uniform = match how.code {
        CodeKind::Uniform => CodeSpec::Uniform,
        CodeKind::UniformZeroPoint => CodeSpec::UniformZeroPoint,
    };
    let over = |range: OutputRange| Some((range, given(&uniform, range, how.bits)?));
    let widths = TRIED_BITS.into_iter().filter_map(Bits::new);
    let others = TRIED_CODES.iter().filter_map(|spec| {
        let requantized = given(spec, current, how.bits)?;
        Some((spec.clone(), requantized))
    });
    TriedCodes {
        best_range: over(best),
        narrower: narrower.and_then(over),
        bits: widths
            .filter(|bits| bits.get() > how.bits.get())
            .filter_map(|bits| Some((bits, given(&uniform, current, bits)?)))
            .collect(),
        code: others.min_by(|a, b| a.1.mse_to_gt.total_cmp(&b.1.mse_to_gt)),
        depth_aware: given(
            &CodeSpec::Piecewise(Pieces::depth_aware()),
            current,
            how.bits,
        ),
        two_outputs: given(&CodeSpec::TwoChannel, current, how.bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::PixelPairs;

    fn pairs() -> SortedPairs {
        let gt: Vec<f64> = (0..3000)
            .map(|i| 0.8 + 2.0 * f64::from(i) / 3000.0)
            .collect();
        let fp32: Vec<f64> = gt
            .iter()
            .enumerate()
            .map(|(i, g)| g + 0.02 * ((i % 7) as f64 - 3.0))
            .collect();
        let mut sums = PixelPairs::default();
        sums.add(&gt, &fp32);
        SortedPairs::from_parts(&[sums.into_flat()])
    }

    fn current() -> OutputRange {
        OutputRange::new(0.5, 15.0).expect("a range")
    }

    #[test]
    fn the_best_end_is_no_worse_than_any_of_a_dense_grid() {
        let pairs = pairs();
        let how = RangeSettings::default();
        let found = what_if(&pairs, current(), &how).expect("pixels");
        for i in 0..4000 {
            let end_m = 1.2 + 14.0 * f64::from(i) / 4000.0;
            let range = OutputRange::new(0.5, end_m).expect("a range");
            let rmse_m = pairs
                .coded(&how.code.over(range, how.bits))
                .expect("pixels")
                .rmse_m;
            assert!(
                found.best.1 <= rmse_m * (1.0 + 2e-3),
                "{end_m} m: {rmse_m} < {}",
                found.best.1
            );
        }
        assert!(found.best.1 <= found.current_m);
    }

    #[test]
    fn the_search_finds_a_minimum_on_either_side() {
        for lowest in [0.3, 3.7, 9.2] {
            let at = |end: f64| Some((end - lowest) * (end - lowest));
            let (end, least) = ternary_search((0.0, 10.0), (5.0, 30.0), &at);
            // Thirty rounds leave 0.67^30 of the width.
            assert!((end - lowest).abs() < 1e-4, "{end} for {lowest}");
            assert!(least < 1e-8);
        }
    }

    #[test]
    fn with_a_free_start_the_best_range_is_near_the_best_of_a_grid_of_both_ends() {
        let pairs = pairs();
        let how = RangeSettings::default();
        let found = Requantized::measure(&pairs, current(), None, &how).expect("pixels");
        let mut lowest = f64::INFINITY;
        for i in 0..120 {
            for j in 0..120 {
                let range = OutputRange::new(0.012 * f64::from(i), 1.6 + 0.02 * f64::from(j));
                let code = how.code.over(range.expect("a range"), how.bits);
                lowest = lowest.min(pairs.coded(&code).expect("pixels").rmse_m);
            }
        }
        let to_gt: Objective = |coded| coded.rmse_m;
        let (range, best_m) = best_of_both_ends(&pairs, found.curve.best, &how, to_gt);
        assert!(
            best_m <= lowest * (1.0 + 1e-3),
            "{range:?} {best_m} {lowest}"
        );
        assert!(range.min_m() > 0.5, "{range:?}");
    }

    #[test]
    fn a_range_that_would_beat_fp32_gives_way_to_the_one_that_codes_it_best() {
        // FP32 is too far by 0.5 m: clipping its far half hides that.
        let gt: Vec<f64> = (0..3000).map(|i| 0.8 + f64::from(i) / 1500.0).collect();
        let fp32: Vec<f64> = gt.iter().map(|g| g + 0.5).collect();
        let mut sums = PixelPairs::default();
        sums.add(&gt, &fp32);
        let pairs = SortedPairs::from_parts(&[sums.into_flat()]);
        let zero_point = RangeSettings {
            code: CodeKind::UniformZeroPoint,
            ..RangeSettings::default()
        };
        // The output in use clips from 2 m on.
        let narrow = OutputRange::new(0.0, 2.0).expect("a range");
        for how in [zero_point, RangeSettings::default()] {
            let found = Requantized::measure(&pairs, narrow, None, &how).expect("pixels");
            assert!(
                found.curve.best.1 < found.curve.fp32_m,
                "{:?}",
                found.curve.best
            );
            let (range, _) = found.best();
            assert!((range.max_m() - 3.3).abs() < 0.02, "{range:?}");
            let mse = found.tried.best_range.expect("a range").1;
            assert!((mse.mse_to_gt.sqrt() / found.curve.fp32_m - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn with_a_zero_point_only_the_end_moves() {
        let how = RangeSettings {
            code: CodeKind::UniformZeroPoint,
            ..RangeSettings::default()
        };
        let zero = OutputRange::new(0.0, 15.0).expect("a range");
        let found = Requantized::measure(&pairs(), zero, None, &how).expect("pixels");
        assert_eq!(found.best().0.min_m(), 0.0);
    }

    #[test]
    fn without_pixels_there_is_no_curve() {
        let how = RangeSettings::default();
        assert_eq!(what_if(&SortedPairs::default(), current(), &how), None);
    }

    #[test]
    fn every_range_and_code_of_the_planner_is_tried() {
        let pairs = pairs();
        let how = RangeSettings::default();
        let narrower = OutputRange::new(0.5, 7.5).ok();
        let all = Requantized::measure(&pairs, current(), narrower, &how).expect("pixels");
        let Requantized {
            curve: found,
            tried,
        } = all;
        assert_eq!(tried.bits.len(), 3);
        assert!(tried.narrower.is_some() && tried.code.is_some());
        assert!(tried.depth_aware.is_some() && tried.two_outputs.is_some());
        let best = tried.best_range.expect("a range").1;
        let least_m = found.best.1.max(found.fp32_m);
        assert!(
            best.mse_to_gt.sqrt() <= least_m * 1.01,
            "{best:?} {least_m}"
        );
        assert!(found.points.contains(&(found.best.0.max_m(), found.best.1)));
        // More bits lower the code's own error.
        let own: Vec<f64> = tried.bits.iter().map(|(_, r)| r.mse_code).collect();
        assert!(own.windows(2).all(|w| w[0] > w[1]), "{own:?}");
    }
}
