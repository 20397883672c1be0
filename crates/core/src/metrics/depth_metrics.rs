//! The metrics of a set of pixels, and the three that compare ranges.

use serde::{Deserialize, Serialize};

use super::error_sums::ErrorSums;

/// The metrics of a set of pixels. Shares are in 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DepthMetrics {
    /// Mean of `abs(p - g) / g`.
    pub abs_rel: f64,
    /// Mean of `(p - g)^2 / g`, in metres.
    pub sq_rel: f64,
    /// Root of the mean of `(p - g)^2`, in metres.
    pub rmse: f64,
    /// Mean of `abs(p - g)`, in metres.
    pub mae: f64,
    /// Mean of `p - g`, in metres.
    pub bias: f64,
    /// Root of the mean of `(ln p - ln g)^2`.
    pub rmse_log: f64,
    /// Mean of `abs(log10 p - log10 g)`.
    pub log10: f64,
    /// `sqrt(mean(e^2) - mean(e)^2)` with `e = ln p - ln g`.
    pub silog: f64,
    /// Root of the mean of `(1/p - 1/g)^2`, in 1/km.
    pub irmse: f64,
    /// Mean of `abs(1/p - 1/g)`, in 1/km.
    pub imae: f64,
    /// Share of pixels with `max(p/g, g/p) < 1.25`.
    pub delta1: f64,
    /// The same with 1.25^2.
    pub delta2: f64,
    /// The same with 1.25^3.
    pub delta3: f64,
}

impl DepthMetrics {
    /// Means of the sums, or `None` without pixels.
    #[must_use]
    pub fn from_sums(sums: &ErrorSums) -> Option<Self> {
        if sums.count <= 0.0 {
            return None;
        }
        let mean = |sum: f64| sum / sums.count;
        let mean_log = mean(sums.log);
        let [delta1, delta2, delta3] = sums.within.map(mean);
        Some(Self {
            abs_rel: mean(sums.relative),
            sq_rel: mean(sums.square_over_depth),
            rmse: mean(sums.square).sqrt(),
            mae: mean(sums.absolute),
            bias: mean(sums.error),
            rmse_log: mean(sums.log_square).sqrt(),
            log10: mean(sums.log_absolute) / std::f64::consts::LN_10,
            silog: variance(mean(sums.log_square), mean_log).sqrt(),
            irmse: mean(sums.inverse_square).sqrt() * 1e3,
            imae: mean(sums.inverse_absolute) * 1e3,
            delta1,
            delta2,
            delta3,
        })
    }
}

/// `mean(e^2) - mean(e)^2`. If all `e` are equal, the rounding error becomes zero: its root would turn 16 digits into 8.
pub(super) fn variance(mean_square: f64, mean: f64) -> f64 {
    let variance = mean_square - mean * mean;
    if variance < 16.0 * f64::EPSILON * mean_square {
        0.0
    } else {
        variance
    }
}

/// A metric that compares ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Root mean square error.
    Rmse,
    /// Mean absolute relative error.
    AbsRel,
    /// Share of pixels within a ratio of 1.25.
    Delta1,
}

impl Metric {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Rmse, Self::AbsRel, Self::Delta1];

    /// The metric's value.
    #[must_use]
    pub fn value_in(self, metrics: &DepthMetrics) -> f64 {
        match self {
            Self::Rmse => metrics.rmse,
            Self::AbsRel => metrics.abs_rel,
            Self::Delta1 => metrics.delta1,
        }
    }

    /// The cost that an optimiser minimises: the value, or its negative if more is better.
    #[must_use]
    pub fn cost(self, value: f64) -> f64 {
        match self {
            Self::Rmse | Self::AbsRel => value,
            Self::Delta1 => -value,
        }
    }

    /// The name in reports and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rmse => "rmse",
            Self::AbsRel => "abs_rel",
            Self::Delta1 => "delta1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::brute_force;
    use super::*;

    #[test]
    fn metrics_of_a_hand_computed_pair() {
        let metrics = DepthMetrics::from_sums(&brute_force::sums(&[(2.0, 1.0), (4.0, 5.0)], 1e-3))
            .expect("pixels");
        let check = |name: &str, got: f64, expected: f64| {
            assert!(
                (got - expected).abs() < 1e-12,
                "{name}: {got} against {expected}"
            );
        };
        check("abs_rel", metrics.abs_rel, 0.6);
        check("sq_rel", metrics.sq_rel, 0.6);
        check("rmse", metrics.rmse, 1.0);
        check("mae", metrics.mae, 1.0);
        check("bias", metrics.bias, 0.0);
        check(
            "log10",
            metrics.log10,
            (libm::log10(2.0) + libm::log10(1.25)) / 2.0,
        );
        check("imae", metrics.imae, 1e3 * (0.5 + 0.05) / 2.0);
        check("delta1", metrics.delta1, 0.0);
        check("delta2", metrics.delta2, 0.5);
    }

    #[test]
    fn no_pixel_has_no_metrics() {
        assert_eq!(DepthMetrics::from_sums(&ErrorSums::default()), None);
    }
}
