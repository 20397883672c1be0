//! Correlation of neighbouring frames, and what it does to the interval of a mean.
//!
//! The model is a first-order autoregression: frames `k` apart have the correlation `rho^k`. The variance of a mean of `n` frames is then
//! `V / n` of that of a frame, with `V = 1 + 2 sum over k < n of (1 - k / n) rho^k` (J. Durbin and G. S. Watson's model; G. E. P. Box and
//! G. M. Jenkins, Time Series Analysis, 1970, ch. 2). `n / V` frames without correlation tell as much.

/// The largest correlation that the model uses. Beyond it, 91 frames tell less than three do.
const MAX_CORRELATION: f64 = 0.95;

/// Fewest frames that tell as much for a quantile of Student's t: three degrees of freedom.
const MIN_FREEDOM: f64 = 3.0;

/// The 97.5th percentile of the normal distribution.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// Fewest runs of frames in a set: fewer have no spread to measure.
const MIN_RUNS: usize = 10;

/// Computes the lag-one autocorrelation; `None` for numbers that are equal or not finite.
#[must_use]
pub(super) fn lag_one(numbers: &[f64]) -> Option<f64> {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let square: f64 = numbers.iter().map(|d| (d - mean) * (d - mean)).sum();
    let product: f64 = numbers
        .windows(2)
        .map(|w| (w[0] - mean) * (w[1] - mean))
        .sum();
    (square > 0.0 && square.is_finite()).then(|| product / square)
}

/// Returns the correlation that the rules use: the measured one of `n` frames without its bias, half a standard error higher, from 0 to
/// 0.95.
///
/// The mean of a measured one is `rho - (1 + 3 rho) / n`: M. G. Kendall, Biometrika 41, 1954. Its standard error is
/// `sqrt((1 - rho^2) / n)`: M. S. Bartlett, Journal of the Royal Statistical Society B 8, 1946. A correlation that is taken too low costs
/// more coverage than one that is taken too high gains, so half of that error is added.
fn cautious(measured: f64, n: usize) -> f64 {
    let n = n as f64;
    let rho = (n * measured + 1.0) / (n - 3.0).max(1.0);
    let error = ((1.0 - rho * rho).max(0.0) / n).sqrt();
    (rho + 0.5 * error).clamp(0.0, MAX_CORRELATION)
}

/// Sums `(1 - k / length) weight(k)` over lags `k` from 1 below `length`, twice, plus 1: a triangular window on an autocorrelation.
fn windowed(length: usize, weight: impl Fn(usize) -> f64) -> f64 {
    let term = |k: usize| (1.0 - k as f64 / length as f64) * weight(k);
    1.0 + 2.0 * (1..length).map(term).sum::<f64>()
}

fn power(rho: f64, k: usize) -> f64 {
    libm::pow(rho, k as f64)
}

/// Returns the variance of a mean of `n` frames, times `n`, over that of a frame.
fn inflation(rho: f64, n: usize) -> f64 {
    windowed(n, |k| power(rho, k))
}

/// Returns the number of independent frames that tell as much as `n` frames with a measured lag-one autocorrelation.
#[must_use]
pub fn effective_frames(n: usize, neighbours: f64) -> f64 {
    n as f64 / inflation(cautious(neighbours, n), n)
}

/// Returns the length of the runs that a block bootstrap draws from `n` frames with a measured lag-one autocorrelation.
///
/// It is the length with the least mean squared error of the variance for a first-order autoregression,
/// `(3/2)^(1/3) (2 rho / (1 - rho^2))^(2/3) n^(1/3)`: D. N. Politis and H. White, Econometric Reviews 23, 2004, equation 9 for the circular
/// bootstrap, with the correction of A. Patton in the same journal, 28, 2009. A tenth of the frames is the limit.
#[must_use]
pub(super) fn run_length(n: usize, neighbours: f64) -> usize {
    let rho = cautious(neighbours, n);
    let ratio = 2.0 * rho / (1.0 - rho * rho);
    let length = libm::cbrt(1.5 * ratio * ratio * n as f64);
    (libm::ceil(length) as usize).clamp(1, (n / MIN_RUNS).max(1))
}

/// Returns the factor that widens an interval of the bootstrap by runs of `run` frames.
///
/// Two faults of the bootstrap are made good. Its variance lacks the correlation between runs and that of the sample with its own mean:
/// the factor has the root of the true variance over the expected one, both under the model. And its quantiles are those of a normal
/// distribution with a known variance: the factor has the quantile of Student's t over that of the normal distribution. The degrees of
/// freedom are the number of runs or [`effective_frames`], whichever is less, minus one.
#[must_use]
pub(super) fn widening(n: usize, run: usize, neighbours: f64) -> f64 {
    let rho = cautious(neighbours, n);
    let size = n as f64;
    let variance = inflation(rho, n);
    // Runs wrap around, so a lag of `k` frames is one of `n - k` for the last `k` frames of the set.
    let circular = |k: usize| {
        let wrapped = k as f64 / size;
        (1.0 - wrapped) * power(rho, k) + wrapped * power(rho, n - k)
    };
    let expected = windowed(run, circular) - run as f64 * variance / size;
    let freedom = (size / variance.max(run as f64) - 1.0).max(MIN_FREEDOM);
    let lacking = if expected > 0.0 {
        variance / expected
    } else {
        size
    };
    lacking.sqrt() * student_quantile(freedom) / NORMAL_QUANTILE
}

/// Computes the 97.5th percentile of Student's t with three degrees of freedom or more, to 0.2 %.
///
/// The expansion of R. A. Fisher and E. A. Cornish: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 26.7.5.
fn student_quantile(freedom: f64) -> f64 {
    let z = NORMAL_QUANTILE;
    let s = z * z;
    let terms = [
        (s + 1.0) / 4.0,
        ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0,
    ];
    let tail = terms
        .iter()
        .rev()
        .fold(0.0, |sum, term| (sum + term) / freedom);
    z * (1.0 + tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_are_those_of_the_tables() {
        for (freedom, expected) in [
            (3.0, 3.182_446),
            (4.0, 2.776_445),
            (5.0, 2.570_582),
            (9.0, 2.262_157),
            (30.0, 2.042_272),
            (90.0, 1.986_675),
            (1e9, NORMAL_QUANTILE),
        ] {
            let got = student_quantile(freedom);
            assert!((got / expected - 1.0).abs() < 2e-3, "{freedom}: {got}");
        }
    }

    #[test]
    fn frames_without_correlation_count_each() {
        for measured in [-1.0, -0.5, -0.2] {
            assert_eq!(effective_frames(50, measured), 50.0);
            assert_eq!(run_length(50, measured), 1);
            // The factor of a mean's interval with an estimated variance.
            let classic = (50.0_f64 / 49.0).sqrt() * student_quantile(49.0) / NORMAL_QUANTILE;
            assert!((widening(50, 1, measured) - classic).abs() < 1e-12);
        }
    }

    #[test]
    fn the_cautious_correlation_is_half_an_error_above_the_unbiased_one() {
        // The expected measurement of rho = 0.5 over 100 frames.
        let measured = 0.5 - (1.0 + 3.0 * 0.5) / 100.0;
        let got = cautious(measured, 100);
        assert!(
            (got - 0.5 - 0.5 * (0.75_f64 / 100.0).sqrt()).abs() < 1e-12,
            "{got}"
        );
        assert_eq!(
            (cautious(0.99, 100), cautious(-0.9, 100)),
            (MAX_CORRELATION, 0.0)
        );
    }

    #[test]
    fn the_inflation_is_the_closed_form_of_long_sets() {
        for rho in [0.0, 0.3, 0.5, 0.8] {
            let got = inflation(rho, 100_000);
            assert!(
                (got / ((1.0 + rho) / (1.0 - rho)) - 1.0).abs() < 1e-3,
                "{rho}: {got}"
            );
        }
    }

    #[test]
    fn the_model_agrees_with_sums_over_all_pairs() {
        let (n, measured) = (23, 0.5);
        let rho = cautious(measured, n);
        let correlation = |i: usize, j: usize| power(rho, i.abs_diff(j));
        let pairs = |length: usize, at: &dyn Fn(usize) -> usize| {
            let mut sum = 0.0;
            for i in 0..length {
                for j in 0..length {
                    sum += correlation(at(i), at(j));
                }
            }
            sum
        };
        let variance = pairs(n, &|i| i) / n as f64;
        assert!((inflation(rho, n) - variance).abs() < 1e-12);
        // Expected variance of the sum of a run about that of the sample's mean, over every start.
        for run in [1, 2, 5] {
            let of_runs: f64 = (0..n)
                .map(|first| pairs(run, &|i| (first + i) % n))
                .sum::<f64>()
                / n as f64;
            let expected = (of_runs - (run * run) as f64 * variance / n as f64) / run as f64;
            let freedom = (n as f64 / variance.max(run as f64) - 1.0).max(MIN_FREEDOM);
            let factor = (variance / expected).sqrt() * student_quantile(freedom) / NORMAL_QUANTILE;
            assert!((widening(n, run, measured) - factor).abs() < 1e-9, "{run}");
        }
    }

    #[test]
    fn more_correlation_means_longer_runs_and_fewer_frames() {
        let correlations = [-0.5, 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0];
        for pair in correlations.windows(2) {
            assert!(run_length(400, pair[0]) <= run_length(400, pair[1]));
            assert!(effective_frames(400, pair[0]) >= effective_frames(400, pair[1]));
            assert!(widening(400, 1, pair[0]) <= widening(400, 1, pair[1]));
        }
        assert_eq!(run_length(91, 0.99), 9);
        assert!(widening(10, 1, 1.0).is_finite());
    }
}
