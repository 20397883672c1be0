//! The Lloyd-Max code of a distribution: the code of its size with the smallest RMSE.
//!
//! Every boundary is the midpoint of two values, and every value is the mean of its cell. Restoring the two conditions in turn converges
//! to a local optimum. It therefore starts from the best division of the depths, or of groups of them if they are many, by dynamic
//! programming.
//!
//! Sources: S. P. Lloyd, "Least squares quantization in PCM", Bell Laboratories 1957, IEEE Trans. Information Theory 28, 1982; J. Max,
//! "Quantizing for minimum distortion", IRE Trans. Information Theory 6, 1960.

use super::code_error::{CodeError, check_levels};
use super::output_range::OutputRange;
use super::point_density::{ErrorWeight, PointDensity};
use super::table_code::TableCode;
use crate::stats::{Distribution, DoubleDouble, RunningSums, SquareMoments, squared_deviation};

/// Largest number of groups times values in the dynamic programming: 4,096 groups for 256 values, some 50 ms.
///
/// More groups bring the start closer to the optimum. With one group per depth it is the optimum.
const INITIAL_BUDGET: usize = 1 << 20;

/// Groups per value below which a start by groups is worse than a start by density.
const MIN_GROUPS_PER_VALUE: usize = 3;

/// Largest number of iterations. Gains fall below a hundredth of the previous one long before.
const MAX_ITERATIONS: usize = 200;

/// Relative gain of an iteration below which the code has converged.
const MIN_RELATIVE_GAIN: f64 = 1e-8;

/// The Lloyd-Max code with at most `levels` values. With fewer distinct depths it has one value each and no error.
///
/// # Errors
/// [`CodeError::OneDepth`] if all depths are equal, [`CodeError::Levels`] for an invalid number of values, [`CodeError::Range`] if the
/// depths are too close together to divide.
pub fn lloyd_max(depths: &Distribution, levels: usize) -> Result<TableCode, CodeError> {
    const NAME: &str = "Lloyd-Max";
    check_levels(levels)?;
    if depths.min_m() >= depths.max_m() {
        return Err(CodeError::OneDepth);
    }
    let range = OutputRange::new(depths.min_m(), depths.max_m())?;
    let initial_ends = initial_ends(depths, levels)?;
    let cells = iterate(depths, initial_ends, levels);
    TableCode::nearest(NAME, range, cells.values_m)
}

/// Cells of a code: indices of the depths that start them, then the end, and the mean of each.
#[derive(Clone, Debug, Default)]
struct Cells {
    ends: Vec<usize>,
    values_m: Vec<f64>,
    squares: Vec<f64>,
}

impl Cells {
    /// The non-empty cells between ascending indices.
    fn between(depths: &Distribution, ends: impl IntoIterator<Item = usize>) -> Self {
        let mut cells = Self {
            ends: vec![0],
            ..Self::default()
        };
        let mut before = SquareMoments::default();
        for end in ends {
            if cells.ends.last().is_some_and(|&last| last >= end) {
                continue;
            }
            let here: SquareMoments = depths.sums_before(end);
            let cell = here.minus(&before);
            let mean = cell.depth.value() / cell.count;
            cells.ends.push(end);
            cells.values_m.push(mean);
            cells
                .squares
                .push(squared_deviation(cell.count, cell.depth, cell.square, mean));
            before = here;
        }
        cells
    }

    /// Sum of squared errors, in square metres.
    fn square(&self) -> f64 {
        self.squares.iter().sum()
    }

    /// The cells after each boundary moved to the midpoint of its values.
    fn with_midpoint_ends(&self, depths: &Distribution) -> Self {
        let all = depths.values_m().len();
        let mut at = 0;
        let middles = self.values_m.windows(2).map(|pair| {
            let middle = f64::midpoint(pair[0], pair[1]);
            at = depths.partition_point(at, all, |d| d <= middle);
            at
        });
        let ends: Vec<usize> = middles.chain([all]).collect();
        Self::between(depths, ends)
    }

    /// The cells after the worst were split at their mean, so that there are `levels` again.
    fn with_worst_split(&self, depths: &Distribution, levels: usize) -> Self {
        let mut order: Vec<usize> = (0..self.values_m.len()).collect();
        order.sort_by(|&i, &j| self.squares[j].total_cmp(&self.squares[i]));
        let missing = levels.saturating_sub(order.len());
        let mut ends = self.ends.clone();
        for &i in order.iter().take(missing) {
            let (from, to) = (self.ends[i], self.ends[i + 1]);
            ends.push(depths.partition_point(from, to, |d| d <= self.values_m[i]));
        }
        ends.sort_unstable();
        Self::between(depths, ends)
    }
}

/// Lloyd's iteration to convergence. Each empty cell is replaced by a split of the worst.
fn iterate(depths: &Distribution, initial_ends: Vec<usize>, levels: usize) -> Cells {
    let mut best = Cells::between(depths, initial_ends);
    for _ in 0..MAX_ITERATIONS {
        let next = best
            .with_midpoint_ends(depths)
            .with_worst_split(depths, levels);
        let (old, new) = (best.square(), next.square());
        if new >= old {
            break;
        }
        best = next;
        if new > old * (1.0 - MIN_RELATIVE_GAIN) {
            break;
        }
    }
    best
}

/// Ends of the initial cells.
fn initial_ends(depths: &Distribution, levels: usize) -> Result<Vec<usize>, CodeError> {
    let all = depths.values_m().len();
    let max_groups = INITIAL_BUDGET / levels;
    if all <= max_groups {
        let distinct: Vec<usize> = distinct_ends(depths.values_m());
        if distinct.len() <= levels {
            return Ok(distinct);
        }
        return Ok(best_division(depths, &distinct, levels));
    }
    let density = PointDensity::estimate(depths, ErrorWeight::Same)?;
    let ends_by_density = |parts: usize| {
        let mut at = 0;
        let mut ends: Vec<usize> = (1..parts)
            .map(|k| {
                let edge = density.depth_at(k as f64 / parts as f64);
                at = depths.partition_point(at, all, |d| d <= edge);
                at
            })
            .chain([all])
            .filter(|&end| end > 0)
            .collect();
        ends.dedup();
        ends
    };
    if max_groups >= MIN_GROUPS_PER_VALUE * levels {
        Ok(best_division(depths, &ends_by_density(max_groups), levels))
    } else {
        Ok(ends_by_density(levels))
    }
}

/// The end index of each run of equal depths.
fn distinct_ends(values_m: &[f64]) -> Vec<usize> {
    let changes = values_m
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < pair[1]);
    changes
        .map(|(i, _)| i + 1)
        .chain([values_m.len()])
        .collect()
}

/// Running sums of groups of depths about the mean depth. Relative to the mean, plain `f64` is exact enough to compare divisions.
struct GroupSums {
    count: Vec<f64>,
    depth: Vec<f64>,
    square: Vec<f64>,
}

impl GroupSums {
    fn new(depths: &Distribution, ends: &[usize]) -> Self {
        let centre = depths.mean_m();
        let mut groups = Self {
            count: vec![0.0],
            depth: vec![0.0],
            square: vec![0.0],
        };
        for &end in ends {
            let sums: SquareMoments = depths.sums_before(end);
            groups.count.push(sums.count);
            groups
                .depth
                .push((sums.depth - DoubleDouble::product(sums.count, centre)).value());
            groups.square.push(squared_deviation(
                sums.count,
                sums.depth,
                sums.square,
                centre,
            ));
        }
        groups
    }

    /// The squared error of one value for the groups `from..to`.
    fn error(&self, from: usize, to: usize) -> f64 {
        let count = self.count[to] - self.count[from];
        let depth = self.depth[to] - self.depth[from];
        (self.square[to] - self.square[from]) - depth * depth / count
    }
}

/// The division of groups into `levels` cells with the smallest squared error, by dynamic programming.
///
/// Each row is solved by divide and conquer: the best start of the last cell ascends with the number of groups (X. Wu, "Optimal
/// quantization by matrix searching", J. Algorithms 12, 1991).
fn best_division(depths: &Distribution, ends: &[usize], levels: usize) -> Vec<usize> {
    let n = ends.len();
    let levels = levels.min(n);
    let groups = GroupSums::new(depths, ends);
    // `error[j]` is the smallest error of the first `j` groups in as many cells as rows are done.
    let mut error: Vec<f64> = (0..=n)
        .map(|j| if j == 0 { 0.0 } else { groups.error(0, j) })
        .collect();
    let mut row_starts: Vec<Vec<u32>> = Vec::with_capacity(levels);
    for row in 1..levels {
        let mut next = vec![f64::INFINITY; n + 1];
        let mut starts = vec![0_u32; n + 1];
        let mut jobs = vec![(row + 1, n, row, n - 1)];
        while let Some((low, high, first, last)) = jobs.pop() {
            if low > high {
                continue;
            }
            let middle = usize::midpoint(low, high);
            let mut best = (f64::INFINITY, first);
            let candidates = error[..=last.min(middle - 1)].iter().enumerate();
            // The best start ascends, so candidates before `first` are excluded.
            for (i, before) in candidates.skip(first) {
                let sum = before + groups.error(i, middle);
                if sum < best.0 {
                    best = (sum, i);
                }
            }
            next[middle] = best.0;
            starts[middle] = best.1 as u32;
            jobs.push((low, middle - 1, first, best.1));
            jobs.push((middle + 1, high, best.1, last));
        }
        error = next;
        row_starts.push(starts);
    }
    let mut cuts = vec![n];
    let mut at = n;
    for starts in row_starts.iter().rev() {
        at = starts[at] as usize;
        cuts.push(at);
    }
    cuts.iter().rev().map(|&cut| ends[cut - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::ScalarCode;
    use crate::stats::Resolution;
    use proptest::prelude::*;

    fn distribution(values: Vec<f64>, counts: Vec<u32>) -> Distribution {
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    /// The sum of squared errors, depth by depth.
    fn square(depths: &Distribution, code: &TableCode) -> f64 {
        let pairs = depths.values_m().iter().zip(depths.counts());
        pairs
            .map(|(&d, &n)| {
                let error = code.reconstruct_m(d) - d;
                f64::from(n) * error * error
            })
            .sum()
    }

    /// The smallest sum of squared errors of any division, by enumerating all ends of all cells.
    fn brute_force_minimum(values: &[f64], counts: &[u32], levels: usize) -> f64 {
        let cell = |from: usize, to: usize| {
            let weight: f64 = counts[from..to].iter().map(|&c| f64::from(c)).sum();
            let pairs = || values[from..to].iter().zip(&counts[from..to]);
            let mean = pairs().map(|(d, &c)| d * f64::from(c)).sum::<f64>() / weight;
            pairs()
                .map(|(d, &c)| (d - mean) * (d - mean) * f64::from(c))
                .sum::<f64>()
        };
        let n = values.len();
        let mut error: Vec<f64> = (0..=n)
            .map(|j| cell(0, j.max(1)) * f64::from(u8::from(j > 0)))
            .collect();
        for _ in 1..levels {
            error = (0..=n)
                .map(|j| {
                    (0..j)
                        .map(|i| error[i] + cell(i, j))
                        .fold(error[j], f64::min)
                })
                .collect();
        }
        error[n]
    }

    proptest! {
        #[test]
        fn few_depths_get_the_optimal_code(
            mut values in prop::collection::vec((0.01_f64..60.0, 1_u32..30), 2..50), levels in 2_usize..9,
        ) {
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            values.dedup_by_key(|v| v.0);
            prop_assume!(values.len() > 1 && values[values.len() - 1].0 - values[0].0 > 1e-6);
            let (v, c): (Vec<f64>, Vec<u32>) = values.into_iter().unzip();
            let depths = distribution(v.clone(), c.clone());
            let code = lloyd_max(&depths, levels).expect("a code");
            let (got, expected) = (square(&depths, &code), brute_force_minimum(&v, &c, levels));
            let scale = v[v.len() - 1] * v[v.len() - 1];
            prop_assert!(got <= expected * (1.0 + 1e-9) + 1e-12 * scale, "{got} against {expected}");
        }
    }

    /// A long tail: 40,000 different depths.
    fn long_tail(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| 0.3 * libm::exp(5.0 * libm::pow((i as f64 + 0.5) / n as f64, 3.0)))
            .collect()
    }

    #[test]
    fn groups_and_iterations_come_close_to_the_optimum() {
        let n = 40_000;
        let depths = distribution(long_tail(n), vec![1; n]);
        let code = lloyd_max(&depths, 64).expect("a code");
        let ends = distinct_ends(depths.values_m());
        let best = Cells::between(&depths, best_division(&depths, &ends, 64)).square();
        let got = square(&depths, &code);
        assert!(got <= best * 1.001, "{got} against {best}");
        // Panter and Dite's estimate is the limit of many values.
        let density = PointDensity::estimate(&depths, ErrorWeight::Same).expect("a density");
        let ratio = (got / n as f64).sqrt() / density.panter_dite(64);
        assert!((ratio - 1.0).abs() < 0.03, "{ratio}");
        let smooth = square(&depths, &density.code(64).expect("a code"));
        assert!(got <= smooth && smooth < got * 1.1, "{got} and {smooth}");
    }

    #[test]
    fn many_values_start_from_the_density() {
        let n = 60_000;
        let depths = distribution(long_tail(n), vec![1; n]);
        let code = lloyd_max(&depths, 1344).expect("a code");
        assert_eq!(code.levels(), 1344);
        let density = PointDensity::estimate(&depths, ErrorWeight::Same).expect("a density");
        let ratio = (square(&depths, &code) / n as f64).sqrt() / density.panter_dite(1344);
        assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    }

    #[test]
    fn as_many_values_as_depths_leave_no_error() {
        let depths = distribution(vec![1.0, 1.0, 2.5, 7.0], vec![2, 1, 1, 9]);
        let code = lloyd_max(&depths, 256).expect("a code");
        assert_eq!(code.values_m(), [1.0, 2.5, 7.0]);
        let one = distribution(vec![3.0, 3.0], vec![1, 1]);
        assert_eq!(lloyd_max(&one, 256), Err(CodeError::OneDepth));
        let close = distribution(vec![3.0, 3.0_f64.next_up()], vec![1, 1]);
        assert!(matches!(lloyd_max(&close, 256), Err(CodeError::Range(_))));
        assert_eq!(lloyd_max(&depths, 1), Err(CodeError::Levels(1)));
    }
}
