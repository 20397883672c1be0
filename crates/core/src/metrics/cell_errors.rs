//! Error sums of neighbouring cells, each predicted by one value.
//!
//! Each cell takes the cheapest of three ways:
//!
//! - few depths: depth by depth
//! - many depths: running sums without squares, at the cell's value and at its end
//! - a prediction below the evaluation minimum, which ratios and logarithms floor: all running sums
//!
//! The squares of a run of cells need no sum of squares inside it. For a cell with value `p`, `n` depths and their sum `S`, `sum of (d -
//! p)^2 = sum of d^2 - p (2 S - n p)`. The sums of `d^2` add up to that of the whole run. Differences that cancel are carried in
//! double-double.

use std::ops::Range;

use super::error_sums::{DELTA_RATIOS, ErrorSums, count_within_ratio};
use crate::stats::{
    BlockIndex, Distribution, DoubleDouble, LinearMoments, LinearTerms, Moments, RunningSums,
    inverse_of,
};

/// Selects error sums; the others cost little time.
///
/// It is a value, not a type parameter. Browsers optimise a function after many calls, and all metrics share this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorTerms {
    /// Signed errors and their squares: in metres, relative and inverse, of the logarithm. The first two together also give the squares
    /// over the depth.
    pub errors: LinearTerms,
    /// Absolute errors.
    pub absolutes: bool,
    /// Counts of pixels within each ratio.
    pub ratios: bool,
}

impl ErrorTerms {
    /// All sums.
    pub const ALL: Self = Self {
        errors: LinearTerms::ALL,
        absolutes: true,
        ratios: true,
    };
}

/// Largest number of depths that are measured one by one, in some 15 ns each; running sums take half a microsecond.
const MAX_SINGLE_DEPTHS: usize = 24;

/// Largest relative error whose logarithm is a series of five terms, exact to a rounding.
const NEAR: f64 = 1e-3;

/// A run of cells, and the reductions of its sums of squares.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Index of its first depth.
    from: usize,
    depth: DoubleDouble,
    inverse: DoubleDouble,
    log: DoubleDouble,
}

/// Adds up cells from the nearest on, each beginning at the end of the previous. In the result only the count and the sums of the
/// [`ErrorTerms`] are valid.
#[derive(Clone, Debug)]
pub struct CellSums<'a> {
    depths: &'a Distribution,
    terms: ErrorTerms,
    eval_min_m: f64,
    sums: ErrorSums,
    position: usize,
    /// Sums before `position`, during a run.
    sums_before: LinearMoments,
    run: Option<Run>,
}

impl<'a> CellSums<'a> {
    /// Starts at the depth with index `from`. Ratios and logarithms see predictions floored at `eval_min_m`.
    #[must_use]
    pub fn new(depths: &'a Distribution, from: usize, eval_min_m: f64, terms: ErrorTerms) -> Self {
        Self {
            depths,
            terms,
            eval_min_m,
            sums: ErrorSums::default(),
            position: from,
            sums_before: LinearMoments::with_terms(terms.errors),
            run: None,
        }
    }

    /// Adds the depths from the end of the last cell to the index `end`, all predicted as `p_m`. `block` is the prefetched block of
    /// `p_m`, if any.
    pub fn add(&mut self, end: usize, p_m: f64, block: Option<BlockIndex>) {
        if end <= self.position {
            return;
        }
        let is_floored = p_m < self.eval_min_m || p_m <= 0.0;
        if is_floored {
            self.finish_run();
            let (depths, from) = (self.depths, self.position);
            let cell = ErrorSums::for_constant(depths, from, end, p_m, self.eval_min_m);
            self.sums.add(&cell);
        } else if end - self.position <= MAX_SINGLE_DEPTHS {
            self.finish_run();
            self.add_depth_by_depth(end, p_m);
        } else {
            self.add_from_running_sums(end, p_m, block);
        }
        self.position = end;
    }

    /// The sums of all cells.
    #[must_use]
    pub fn finish(mut self) -> ErrorSums {
        self.finish_run();
        self.sums
    }

    fn add_depth_by_depth(&mut self, end: usize, p_m: f64) {
        let cell = self.position..end;
        let values = &self.depths.values_m()[cell.clone()];
        let counts = &self.depths.counts()[cell];
        let inverse_p = 1.0 / p_m;
        let errors = self.terms.errors;
        let mut sums = ErrorSums::default();
        for (&d, &count) in values.iter().zip(counts) {
            let count = f64::from(count);
            let error = p_m - d;
            sums.count += count;
            let weighted = count * error;
            if errors.depths {
                sums.error += weighted;
                sums.absolute += weighted.abs();
                sums.square += weighted * error;
            }
            let relative = if errors.inverses || errors.logs {
                error * inverse_of(d)
            } else {
                0.0
            };
            if errors.inverses {
                sums.relative += (count * relative).abs();
                let inverse_error = relative * inverse_p;
                sums.inverse_absolute += (count * inverse_error).abs();
                sums.inverse_square += count * inverse_error * inverse_error;
                if errors.depths {
                    sums.square_over_depth += weighted * relative;
                }
            }
            if errors.logs {
                let log = if relative.abs() <= NEAR {
                    log1p_series(relative)
                } else {
                    libm::log(p_m) - libm::log(d)
                };
                sums.log += count * log;
                sums.log_absolute += (count * log).abs();
                sums.log_square += count * log * log;
            }
        }
        sums.within = self.within(end, p_m, sums.count);
        self.sums.add(&sums);
    }

    fn add_from_running_sums(&mut self, end: usize, p_m: f64, block: Option<BlockIndex>) {
        let from = self.position;
        let mut run = match self.run {
            Some(run) => run,
            None => self.start_run(),
        };
        let errors = self.terms.errors;
        let empty = LinearMoments::with_terms(errors);
        let here = self.depths.sums_before_with(empty, end);
        let all = here.minus(&self.sums_before);
        let near = if self.terms.absolutes {
            self.sums_below_value(from..end, p_m, block, &all)
        } else {
            empty
        };
        let mut cell = ErrorSums {
            count: all.count,
            within: self.within(end, p_m, all.count),
            ..ErrorSums::default()
        };
        let shortfall = all.depth - DoubleDouble::product(p_m, all.count);
        if errors.depths {
            let near_error = (DoubleDouble::product(p_m, near.count) - near.depth).value();
            cell.error = -shortfall.value();
            cell.absolute = 2.0 * near_error - cell.error;
            run.depth += (all.depth + shortfall).times(p_m);
        }
        if errors.inverses {
            let inverse_p = 1.0 / p_m;
            let relative = all.inverse.times(p_m) - all.count.into();
            let near_relative = (near.inverse.times(p_m) - near.count.into()).value();
            cell.relative = (2.0 * near_relative - relative.value()).abs();
            cell.inverse_absolute = cell.relative * inverse_p;
            run.inverse += square_reduction(all.count, all.inverse, inverse_p);
            if errors.depths {
                let squares = shortfall + relative.times(p_m);
                cell.square_over_depth = squares.value().max(0.0);
            }
        }
        if errors.logs {
            let log_p = libm::log(p_m);
            let near_log = (DoubleDouble::product(log_p, near.count) - near.log).value();
            cell.log = (DoubleDouble::product(log_p, all.count) - all.log).value();
            cell.log_absolute = 2.0 * near_log - cell.log;
            run.log += square_reduction(all.count, all.log, log_p);
        }
        self.sums.add(&cell);
        self.sums_before = here;
        self.run = Some(run);
    }

    /// The sums of a cell's depths nearer than its value; `all` are the sums of the cell.
    fn sums_below_value(
        &self,
        Range { start, end }: Range<usize>,
        p_m: f64,
        block: Option<BlockIndex>,
        all: &LinearMoments,
    ) -> LinearMoments {
        let empty = LinearMoments::with_terms(self.terms.errors);
        let middle = self.depths.first_at_least_in(start, end, p_m, block);
        if middle == start {
            empty
        } else if middle == end {
            *all
        } else {
            self.depths
                .sums_before_with(empty, middle)
                .minus(&self.sums_before)
        }
    }

    /// Pixels of the cell within each ratio; `count` is the number of pixels of the cell.
    fn within(&self, end: usize, p_m: f64, count: f64) -> [f64; 3] {
        if !self.terms.ratios {
            return [0.0; 3];
        }
        let values = self.depths.values_m();
        let worst = (p_m / values[self.position]).max(values[end - 1] / p_m);
        DELTA_RATIOS.map(|ratio| {
            if worst < ratio {
                count
            } else {
                count_within_ratio(self.depths, self.position, end, p_m, ratio)
            }
        })
    }

    fn start_run(&mut self) -> Run {
        let empty = LinearMoments::with_terms(self.terms.errors);
        self.sums_before = self.depths.sums_before_with(empty, self.position);
        Run {
            from: self.position,
            depth: DoubleDouble::ZERO,
            inverse: DoubleDouble::ZERO,
            log: DoubleDouble::ZERO,
        }
    }

    /// Ends a run and adds its squares.
    fn finish_run(&mut self) {
        let Some(run) = self.run.take() else {
            return;
        };
        let all: Moments = self.depths.sum_between(run.from, self.position);
        self.sums.square += (all.square - run.depth).value().max(0.0);
        self.sums.inverse_square += (all.inverse_square - run.inverse).value().max(0.0);
        self.sums.log_square += (all.log_square - run.log).value().max(0.0);
    }
}

/// `r (2 S - n r)`: the sum of squares less the squared deviations from `r`.
fn square_reduction(count: f64, sum: DoubleDouble, r: f64) -> DoubleDouble {
    (sum + sum - DoubleDouble::product(r, count)).times(r)
}

/// `ln(1 + u)` of a small `u`.
fn log1p_series(u: f64) -> f64 {
    u * (1.0 - u * (1.0 / 2.0 - u * (1.0 / 3.0 - u * (1.0 / 4.0 - u * (1.0 / 5.0)))))
}

#[cfg(test)]
mod tests {
    use super::super::brute_force::{self, fields, magnitude};
    use super::*;
    use crate::metrics::DEFAULT_EVAL_MIN_M;
    use crate::stats::Resolution;
    use proptest::prelude::*;

    /// Checks cells of given sizes over sorted depths against brute force. Each is predicted by the depth at `place` of its extent.
    fn check(mut depths: Vec<f64>, cells: &[(usize, f64)]) -> Result<(), TestCaseError> {
        depths.sort_by(f64::total_cmp);
        let counts = vec![3; depths.len()];
        let distribution =
            Distribution::new(depths.clone(), counts, Resolution::Exact).expect("positive");
        let mut sums = CellSums::new(&distribution, 0, DEFAULT_EVAL_MIN_M, ErrorTerms::ALL);
        let (mut position, mut pairs) = (0, Vec::new());
        for &(size, place) in cells {
            let end = (position + size).min(depths.len());
            if end == position {
                break;
            }
            let (first, last) = (depths[position], depths[end - 1]);
            let p = first + place * (last - first).max(0.01 * first);
            sums.add(end, p, None);
            pairs.extend(depths[position..end].iter().flat_map(|&g| [(p, g); 3]));
            position = end;
        }
        let expected = brute_force::sums(&pairs, DEFAULT_EVAL_MIN_M);
        for ((name, got), (_, sum)) in fields(&sums.finish()).into_iter().zip(fields(&expected)) {
            let scale = magnitude(name, &expected);
            prop_assert!(
                (got - sum).abs() <= 1e-9 * scale.max(1e-9),
                "{name}: {got} against {sum}"
            );
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn cells_of_all_sizes_equal_brute_force(
            depths in prop::collection::vec(0.0005_f64..40.0, 30..900),
            cells in prop::collection::vec((1_usize..120, -0.5_f64..1.5), 1..40),
        ) {
            check(depths, &cells)?;
        }

        #[test]
        fn near_depths_equal_brute_force(
            depths in prop::collection::vec(7.0_f64..7.3, 30..900),
            cells in prop::collection::vec((1_usize..200, 0.2_f64..0.8), 1..20),
        ) {
            check(depths, &cells)?;
        }
    }

    #[test]
    fn the_series_of_the_logarithm_is_exact_to_a_rounding() {
        for u in [1e-3, -1e-3, 3.7e-4, -2e-5, 1e-9, 0.0] {
            let exact = libm::log1p(u);
            assert!((log1p_series(u) - exact).abs() <= 4e-16 * exact.abs());
        }
    }
}
