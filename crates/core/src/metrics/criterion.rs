//! All metrics as criteria of sweeps and searches: value, rounding part, clipping part, cost.
//!
//! The parts come from pixels inside and outside a range, so clipping can be weighted.

use serde::{Deserialize, Serialize};

use super::depth_metrics::{DepthMetrics, Metric, variance};
use super::error_sums::ErrorSums;

/// A metric by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Criterion {
    /// Mean absolute relative error.
    AbsRel,
    /// Mean of squared error over depth, in metres.
    SqRel,
    /// Root mean square error, in metres.
    Rmse,
    /// Mean absolute error, in metres.
    Mae,
    /// Mean error, in metres.
    Bias,
    /// Root mean square error of the logarithm.
    RmseLog,
    /// Mean absolute error of the decimal logarithm.
    Log10,
    /// Standard deviation of the error of the logarithm.
    Silog,
    /// Root mean square error of the inverse, in 1/km.
    Irmse,
    /// Mean absolute error of the inverse, in 1/km.
    Imae,
    /// Share of pixels within a ratio of 1.25.
    Delta1,
    /// Within 1.25^2.
    Delta2,
    /// Within 1.25^3.
    Delta3,
}

/// A metric's value and the parts of rounding and clipping.
///
/// Parts add up to the value of a mean, to the square of a root, and to 1 minus the value of a share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricParts {
    /// The metric, with weighted clipping.
    pub value: f64,
    /// Part of the pixels inside the range.
    pub rounding: f64,
    /// Part of the pixels outside.
    pub clipping: f64,
}

/// The formula of the value from its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartsRule {
    /// `value = rounding + clipping`.
    Sum,
    /// `value^2 = rounding^2 + clipping^2`.
    SumOfSquares,
    /// `value = 1 - rounding - clipping`.
    Loss,
}

impl Criterion {
    /// All criteria, in the order of the page.
    pub const ALL: [Self; 13] = [
        Self::AbsRel,
        Self::SqRel,
        Self::Rmse,
        Self::Mae,
        Self::Bias,
        Self::RmseLog,
        Self::Log10,
        Self::Silog,
        Self::Irmse,
        Self::Imae,
        Self::Delta1,
        Self::Delta2,
        Self::Delta3,
    ];

    /// The name in reports and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AbsRel => "abs_rel",
            Self::SqRel => "sq_rel",
            Self::Rmse => "rmse",
            Self::Mae => "mae",
            Self::Bias => "bias",
            Self::RmseLog => "rmse_log",
            Self::Log10 => "log10",
            Self::Silog => "silog",
            Self::Irmse => "irmse",
            Self::Imae => "imae",
            Self::Delta1 => "delta1",
            Self::Delta2 => "delta2",
            Self::Delta3 => "delta3",
        }
    }

    /// The metric's value.
    #[must_use]
    pub fn value_in(self, metrics: &DepthMetrics) -> f64 {
        match self {
            Self::AbsRel => metrics.abs_rel,
            Self::SqRel => metrics.sq_rel,
            Self::Rmse => metrics.rmse,
            Self::Mae => metrics.mae,
            Self::Bias => metrics.bias,
            Self::RmseLog => metrics.rmse_log,
            Self::Log10 => metrics.log10,
            Self::Silog => metrics.silog,
            Self::Irmse => metrics.irmse,
            Self::Imae => metrics.imae,
            Self::Delta1 => metrics.delta1,
            Self::Delta2 => metrics.delta2,
            Self::Delta3 => metrics.delta3,
        }
    }

    /// The cost that an optimiser minimises: the value, its absolute value if it has a sign, its negative if more is better.
    #[must_use]
    pub fn cost(self, value: f64) -> f64 {
        match self {
            Self::Bias => value.abs(),
            Self::Delta1 | Self::Delta2 | Self::Delta3 => -value,
            _ => value,
        }
    }

    /// The formula of the value from its parts.
    #[must_use]
    pub fn rule(self) -> PartsRule {
        match self {
            Self::Rmse | Self::RmseLog | Self::Silog | Self::Irmse => PartsRule::SumOfSquares,
            Self::Delta1 | Self::Delta2 | Self::Delta3 => PartsRule::Loss,
            _ => PartsRule::Sum,
        }
    }

    /// The value and its parts, from the pixels inside and outside a range. `None` without pixels.
    ///
    /// A clipped pixel's error counts `weight` times, the pixel itself once, as in AIMET.
    #[must_use]
    pub fn parts(
        self,
        inside: &ErrorSums,
        outside: &ErrorSums,
        weight: f64,
    ) -> Option<MetricParts> {
        let pixels = inside.count + outside.count;
        if pixels <= 0.0 {
            return None;
        }
        let both = |of: fn(&ErrorSums) -> f64, factor: f64| {
            (
                of(inside) * factor / pixels,
                weight * of(outside) * factor / pixels,
            )
        };
        let missed = |i: usize| {
            let of = |sums: &ErrorSums| (sums.count - sums.within[i]) / pixels;
            (of(inside), weight * of(outside))
        };
        let (rounding, clipping) = match self {
            Self::AbsRel => both(|s| s.relative, 1.0),
            Self::SqRel => both(|s| s.square_over_depth, 1.0),
            Self::Rmse => both(|s| s.square, 1.0),
            Self::Mae => both(|s| s.absolute, 1.0),
            Self::Bias => both(|s| s.error, 1.0),
            Self::RmseLog => both(|s| s.log_square, 1.0),
            Self::Log10 => both(|s| s.log_absolute, 1.0 / std::f64::consts::LN_10),
            Self::Silog => log_variance_parts(inside, outside, weight),
            Self::Irmse => both(|s| s.inverse_square, 1e6),
            Self::Imae => both(|s| s.inverse_absolute, 1e3),
            Self::Delta1 => missed(0),
            Self::Delta2 => missed(1),
            Self::Delta3 => missed(2),
        };
        Some(match self.rule() {
            PartsRule::Sum => MetricParts {
                value: rounding + clipping,
                rounding,
                clipping,
            },
            PartsRule::SumOfSquares => MetricParts {
                value: (rounding + clipping).sqrt(),
                rounding: rounding.sqrt(),
                clipping: clipping.sqrt(),
            },
            PartsRule::Loss => MetricParts {
                value: 1.0 - rounding - clipping,
                rounding,
                clipping,
            },
        })
    }
}

impl From<Metric> for Criterion {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::Rmse => Self::Rmse,
            Metric::AbsRel => Self::AbsRel,
            Metric::Delta1 => Self::Delta1,
        }
    }
}

/// The two parts of the variance of the logarithmic error about its mean over all pixels, with weighted clipping.
fn log_variance_parts(inside: &ErrorSums, outside: &ErrorSums, weight: f64) -> (f64, f64) {
    let pixels = inside.count + outside.count;
    let weights = inside.count + weight * outside.count;
    if weights <= 0.0 {
        return (0.0, 0.0);
    }
    let mean = (inside.log + weight * outside.log) / weights;
    let mean_square = (inside.log_square + weight * outside.log_square) / weights;
    if variance(mean_square, mean) <= 0.0 {
        return (0.0, 0.0);
    }
    let about_mean =
        |s: &ErrorSums| (s.log_square - 2.0 * mean * s.log + mean * mean * s.count).max(0.0);
    (
        about_mean(inside) / pixels,
        weight * about_mean(outside) / pixels,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::brute_force;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_make_the_metric(
            inside in prop::collection::vec((0.01_f64..50.0, 0.01_f64..50.0), 0..40),
            outside in prop::collection::vec((0.01_f64..50.0, 0.01_f64..50.0), 1..40),
        ) {
            let (a, b) = (brute_force::sums(&inside, 1e-3), brute_force::sums(&outside, 1e-3));
            let mut all = a;
            all.add(&b);
            let metrics = DepthMetrics::from_sums(&all).expect("pixels");
            for criterion in Criterion::ALL {
                let parts = criterion.parts(&a, &b, 1.0).expect("pixels");
                let expected = criterion.value_in(&metrics);
                prop_assert!((parts.value - expected).abs() <= 1e-7 * expected.abs().max(1e-3), "{criterion:?}: {parts:?}, {expected}");
                let made = match criterion.rule() {
                    PartsRule::Sum => parts.rounding + parts.clipping,
                    PartsRule::SumOfSquares => (parts.rounding * parts.rounding + parts.clipping * parts.clipping).sqrt(),
                    PartsRule::Loss => 1.0 - parts.rounding - parts.clipping,
                };
                prop_assert!((made - parts.value).abs() <= 1e-9 * made.abs().max(1e-6));
            }
        }

        #[test]
        fn weight_three_counts_a_clipped_squared_error_three_times(
            inside in prop::collection::vec((0.01_f64..50.0, 0.01_f64..50.0), 1..40),
            outside in prop::collection::vec((0.01_f64..50.0, 0.01_f64..50.0), 1..40),
        ) {
            let square = |pairs: &[(f64, f64)]| pairs.iter().map(|(p, g)| (p - g) * (p - g)).sum::<f64>();
            let pixels = (inside.len() + outside.len()) as f64;
            let expected = ((square(&inside) + 3.0 * square(&outside)) / pixels).sqrt();
            let (a, b) = (brute_force::sums(&inside, 1e-3), brute_force::sums(&outside, 1e-3));
            let got = Criterion::Rmse.parts(&a, &b, 3.0).expect("pixels").value;
            prop_assert!((got - expected).abs() <= 1e-9 * expected);
        }
    }
}
