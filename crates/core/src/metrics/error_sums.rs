//! Sums of errors over pixels, from which every metric follows.

use serde::{Deserialize, Serialize};

use crate::stats::{Distribution, DoubleDouble, Moments, RunningSums, squared_deviation};

/// The smallest prediction in ratio and logarithm metrics, in metres; common evaluators use this value. Real INT8 maps hold exact zeros,
/// and without this floor one zero makes the mean infinite.
pub const DEFAULT_EVAL_MIN_M: f64 = 1e-3;

/// The ratios of delta1, delta2 and delta3.
pub const DELTA_RATIOS: [f64; 3] = [1.25, 1.25 * 1.25, 1.25 * 1.25 * 1.25];

/// Sums over pixels of every error of the metrics. The sum of two is that of both sets of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorSums {
    /// Number of pixels.
    pub count: f64,
    /// Sum of `p - g`, in metres.
    pub error: f64,
    /// Sum of `abs(p - g)`, in metres.
    pub absolute: f64,
    /// Sum of `(p - g)^2`, in square metres.
    pub square: f64,
    /// Sum of `abs(p - g) / g`.
    pub relative: f64,
    /// Sum of `(p - g)^2 / g`, in metres.
    pub square_over_depth: f64,
    /// Sum of `ln p - ln g`.
    pub log: f64,
    /// Sum of `abs(ln p - ln g)`.
    pub log_absolute: f64,
    /// Sum of `(ln p - ln g)^2`.
    pub log_square: f64,
    /// Sum of `abs(1/p - 1/g)`, in 1/m.
    pub inverse_absolute: f64,
    /// Sum of `(1/p - 1/g)^2`, in 1/m^2.
    pub inverse_square: f64,
    /// Pixels with `max(p/g, g/p)` under each of [`DELTA_RATIOS`].
    pub within: [f64; 3],
    /// Pixels whose prediction was raised to the evaluation minimum for ratios and logarithms.
    pub floored: f64,
}

impl ErrorSums {
    /// Adds the pixels of other sums.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.error += other.error;
        self.absolute += other.absolute;
        self.square += other.square;
        self.relative += other.relative;
        self.square_over_depth += other.square_over_depth;
        self.log += other.log;
        self.log_absolute += other.log_absolute;
        self.log_square += other.log_square;
        self.inverse_absolute += other.inverse_absolute;
        self.inverse_square += other.inverse_square;
        for (own, more) in self.within.iter_mut().zip(other.within) {
            *own += more;
        }
        self.floored += other.floored;
    }

    /// Adds `count` pixels that are predicted without error.
    pub fn add_perfect(&mut self, count: f64) {
        self.count += count;
        for within in &mut self.within {
            *within += count;
        }
    }

    /// The errors of predicting one depth `p_m` for all pixels of the depths `from..to` (indices) of a distribution.
    ///
    /// Exact, from the running sums: signed sums need one difference, absolute sums are split where the error changes sign, ratios need
    /// counts.
    #[must_use]
    pub fn for_constant(
        depths: &Distribution,
        from: usize,
        to: usize,
        p_m: f64,
        eval_min_m: f64,
    ) -> Self {
        let (start, end) = (depths.sums_before(from), depths.sums_before(to));
        Self::for_constant_run(depths, (from, &start), (to, &end), p_m, eval_min_m)
    }

    /// [`Self::for_constant`] with the sums before both ends, which neighbouring cells share.
    #[must_use]
    pub fn for_constant_run(
        depths: &Distribution,
        (from, start): (usize, &Moments),
        (to, end): (usize, &Moments),
        p_m: f64,
        eval_min_m: f64,
    ) -> Self {
        let all = end.minus(start);
        let at_split = |value: f64| -> (Moments, Moments) {
            let split = depths.partition_point(from, to, |d| d < value);
            let middle: Moments = depths.sums_before(split);
            (middle.minus(start), end.minus(&middle))
        };
        let (near, far) = at_split(p_m);
        let floored_m = p_m.max(eval_min_m);
        // The floored prediction changes the sign elsewhere only if the floor acts.
        let (ratio_near, ratio_far) = if floored_m > p_m {
            at_split(floored_m)
        } else {
            (near, far)
        };
        let log_p = libm::log(floored_m);
        let inverse_p = 1.0 / floored_m;
        let square = squared_deviation(all.count, all.depth, all.square, p_m);
        let log_near = deficit(log_p, ratio_near.count, ratio_near.log);
        let log_far = -deficit(log_p, ratio_far.count, ratio_far.log);
        let inverse_near = -deficit(inverse_p, ratio_near.count, ratio_near.inverse);
        let inverse_far = deficit(inverse_p, ratio_far.count, ratio_far.inverse);
        let near_error = deficit(p_m, near.count, near.depth);
        let far_error = -deficit(p_m, far.count, far.depth);
        Self {
            count: all.count,
            error: near_error - far_error,
            absolute: near_error + far_error,
            square,
            relative: relative_deficit(&near, p_m) - relative_deficit(&far, p_m),
            square_over_depth: squared_over_depth(&all, p_m),
            log: log_near - log_far,
            log_absolute: log_near + log_far,
            log_square: squared_deviation(all.count, all.log, all.log_square, log_p),
            inverse_absolute: inverse_near + inverse_far,
            inverse_square: squared_deviation(
                all.count,
                all.inverse,
                all.inverse_square,
                inverse_p,
            ),
            within: DELTA_RATIOS
                .map(|ratio| count_within_ratio(depths, from, to, floored_m, ratio)),
            floored: if floored_m > p_m { all.count } else { 0.0 },
        }
    }
}

/// `sum of (p - x)` over a run, from its count and sum.
fn deficit(p: f64, count: f64, sum: DoubleDouble) -> f64 {
    (DoubleDouble::product(p, count) - sum).value()
}

/// `sum of (p - d) / d` over a run.
fn relative_deficit(run: &Moments, p_m: f64) -> f64 {
    (run.inverse.times(p_m) - run.count.into()).value()
}

/// `sum of (p - d)^2 / d = S1 - 2 p S0 + p^2 S-1` over a run.
fn squared_over_depth(run: &Moments, p_m: f64) -> f64 {
    let cross = DoubleDouble::product(-2.0 * p_m, run.count);
    (run.depth + cross + run.inverse.times(p_m).times(p_m))
        .value()
        .max(0.0)
}

/// Pixels of a run with `max(p/d, d/p) < ratio`. The comparison uses the rounded quotient, as evaluators do.
pub(super) fn count_within_ratio(
    depths: &Distribution,
    from: usize,
    to: usize,
    p_m: f64,
    ratio: f64,
) -> f64 {
    let too_near = |d: f64| p_m / d >= ratio;
    let near_enough = |d: f64| d / p_m < ratio;
    let values = depths.values_m();
    let (Some(&first), Some(&last)) = (values.get(from), values.get(to.wrapping_sub(1))) else {
        return 0.0;
    };
    if from >= to {
        return 0.0;
    }
    let low = if too_near(first) {
        depths.partition_point(from, to, too_near)
    } else {
        from
    };
    let high = if near_enough(last) {
        to
    } else {
        depths.partition_point(low, to, near_enough)
    };
    depths.count_before(high) - depths.count_before(low)
}

#[cfg(test)]
mod tests {
    use super::super::brute_force::{self, fields, magnitude};
    use super::*;
    use crate::stats::Resolution;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_prediction_for_a_run_equals_brute_force(
            mut depths in prop::collection::vec(0.001_f64..300.0, 1..150),
            p in 0.0_f64..300.0,
            cut in 0.0_f64..1.0,
        ) {
            depths.sort_by(f64::total_cmp);
            let from = (cut * depths.len() as f64 / 2.0) as usize;
            let pairs: Vec<_> = depths[from..].iter().map(|&g| (p, g)).collect();
            let expected = brute_force::sums(&pairs, DEFAULT_EVAL_MIN_M);
            let counts = vec![1; depths.len()];
            let n = depths.len();
            let d = Distribution::new(depths, counts, Resolution::Exact).expect("positive");
            let got = ErrorSums::for_constant(&d, from, n, p, DEFAULT_EVAL_MIN_M);
            for ((name, a), (_, b)) in fields(&got).into_iter().zip(fields(&expected)) {
                let scale = magnitude(name, &expected).max(1e-9);
                prop_assert!((a - b).abs() <= 1e-9 * scale, "{name}: {a} against {b}");
            }
        }
    }
}
