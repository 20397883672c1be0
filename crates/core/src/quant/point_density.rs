//! The optimal point density of a fine code (Panter-Dite).
//!
//! At high resolution the best density of values is proportional to a cube root: that of the depths' density times the weight of a
//! squared error. The error follows from the integral of that root. The depths' density is estimated from a histogram.
//!
//! Sources: P. F. Panter and W. Dite, "Quantization distortion in pulse-count modulation with nonuniform spacing of levels", Proc. IRE
//! 39, 1951; W. R. Bennett, "Spectra of quantized signals", BSTJ 27, 1948. For weights: R. M. Gray and D. L. Neuhoff, "Quantization",
//! IEEE Trans. Information Theory 44, 1998.

use serde::{Deserialize, Serialize};

use super::code_error::{CodeError, check_levels};
use super::output_range::OutputRange;
use super::table_code::TableCode;
use crate::i18n::tr;
use crate::stats::Distribution;

/// The weight of a squared error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorWeight {
    /// 1 everywhere: RMSE.
    #[default]
    Same,
    /// `1 / d^2`: the root of the mean squared relative error.
    Relative,
}

impl ErrorWeight {
    /// The cube root of the weight, which is finite for every depth.
    fn root_at(self, depth_m: f64) -> f64 {
        match self {
            Self::Same => 1.0,
            Self::Relative => 1.0 / squared(libm::cbrt(depth_m)),
        }
    }

    /// The name of the companding code of this weight.
    #[must_use]
    pub fn code_name(self) -> &'static str {
        match self {
            Self::Same => tr!("companding for RMSE"),
            Self::Relative => tr!("companding for relative error"),
        }
    }
}

/// Smallest number of bins; fewer miss narrow peaks.
const MIN_BINS: f64 = 8.0;

/// Largest number of bins; more hold too few pixels for a density.
const MAX_BINS: f64 = 1024.0;

/// The best density of values for a distribution, as its cumulative integral over the bins of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct PointDensity {
    edges_m: Vec<f64>,
    /// Integral of the cube root up to each edge.
    integral: Vec<f64>,
    weight: ErrorWeight,
}

impl PointDensity {
    /// Estimates the density.
    ///
    /// # Errors
    /// [`CodeError::OneDepth`] if all depths are equal.
    pub fn estimate(depths: &Distribution, weight: ErrorWeight) -> Result<Self, CodeError> {
        if depths.min_m() >= depths.max_m() {
            return Err(CodeError::OneDepth);
        }
        let edges_m = edges(depths);
        let pixels = depths.count();
        let mut sum = 0.0;
        let mut integral = vec![0.0];
        for (pair, count) in edges_m.windows(2).zip(depths.histogram(&edges_m)) {
            // The cube root of count / width, times width, without overflow for the narrowest bin.
            let root = libm::cbrt(count / pixels) * squared(libm::cbrt(pair[1] - pair[0]));
            sum += root * weight.root_at(f64::midpoint(pair[0], pair[1]));
            integral.push(sum);
        }
        Ok(Self {
            edges_m,
            integral,
            weight,
        })
    }

    /// The depth in metres below which this share of the values should lie.
    #[must_use]
    pub fn depth_at(&self, share: f64) -> f64 {
        let total = self.integral.last().copied().unwrap_or_default();
        let target = share * total;
        let bin = self.integral.partition_point(|&sum| sum < target).max(1);
        let last = self.edges_m.len() - 1;
        let bin = bin.min(last);
        let (low, high) = (self.integral[bin - 1], self.integral[bin]);
        let inside = if high > low {
            (target - low) / (high - low)
        } else {
            0.0
        };
        self.edges_m[bin - 1] + (self.edges_m[bin] - self.edges_m[bin - 1]) * inside.clamp(0.0, 1.0)
    }

    /// The Panter-Dite estimate of the smallest root mean weighted squared error with `levels` values: in metres, or relative for
    /// [`ErrorWeight::Relative`].
    ///
    /// It is good if the values are many compared with the features of the density.
    #[must_use]
    pub fn panter_dite(&self, levels: usize) -> f64 {
        let total = self.integral.last().copied().unwrap_or_default();
        (total * total * total / 12.0).sqrt() / levels as f64
    }

    /// The code whose values have this density. Each depth gets the nearest value.
    ///
    /// # Errors
    /// [`CodeError::Levels`], or [`CodeError::Crowded`] if depths are too close together.
    pub fn code(&self, levels: usize) -> Result<TableCode, CodeError> {
        check_levels(levels)?;
        let range = OutputRange::new(self.edges_m[0], self.edges_m[self.edges_m.len() - 1])?;
        let values_m = (0..levels)
            .map(|k| self.depth_at((k as f64 + 0.5) / levels as f64))
            .collect();
        TableCode::nearest(self.weight.code_name(), range, values_m)
    }
}

/// Edges of a histogram that is fine where pixels are many (equal counts) and where they are few (equal ratios).
fn edges(depths: &Distribution) -> Vec<f64> {
    let (min_m, max_m) = (depths.min_m(), depths.max_m());
    let bins = (4.0 * libm::cbrt(depths.count()))
        .clamp(MIN_BINS, MAX_BINS)
        .floor();
    let log_ratio = libm::log(max_m) - libm::log(min_m);
    let mut edges: Vec<f64> = (1..bins as usize)
        .flat_map(|i| {
            let share = i as f64 / bins;
            [
                depths.quantile_m(share),
                libm::exp(libm::log(min_m) + share * log_ratio),
            ]
        })
        .filter(|&edge| min_m < edge && edge < max_m)
        .collect();
    edges.extend([min_m, max_m]);
    edges.sort_by(f64::total_cmp);
    // Bins as narrow as rounding errors have no density.
    edges.dedup_by(|next, kept| *next - *kept <= 1e-12 * *next);
    match edges.last_mut() {
        Some(last) if is_same_edge(*last, max_m) => *last = max_m,
        _ => edges.push(max_m),
    }
    edges
}

fn squared(x: f64) -> f64 {
    x * x
}

/// Returns true if an edge is the largest depth up to rounding.
fn is_same_edge(edge: f64, max_m: f64) -> bool {
    max_m - edge <= 1e-12 * max_m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::ScalarCode;
    use crate::stats::Resolution;

    /// A million depths with this quantile function, metres.
    fn depths(quantile: impl Fn(f64) -> f64) -> Distribution {
        let n = 1_000_000;
        let values = (0..n)
            .map(|i| quantile((f64::from(i) + 0.5) / f64::from(n)))
            .collect();
        Distribution::new(values, vec![1; 1_000_000], Resolution::Exact).expect("depths")
    }

    #[test]
    fn the_estimate_equals_known_integrals() {
        // Uniform over [1, 3]: width / (N sqrt(12)).
        let even = PointDensity::estimate(&depths(|u| 1.0 + 2.0 * u), ErrorWeight::Same)
            .expect("a density");
        let expected = 2.0 / 256.0 / 12.0_f64.sqrt();
        assert!((even.panter_dite(256) / expected - 1.0).abs() < 1e-3);
        // Density 2 d on [0, 1]: the integral of its cube root is 2^(1/3) 3/4.
        let ramp =
            PointDensity::estimate(&depths(f64::sqrt), ErrorWeight::Same).expect("a density");
        let expected = (2.0 * 27.0 / 64.0 / 12.0_f64).sqrt() / 256.0;
        assert!((ramp.panter_dite(256) / expected - 1.0).abs() < 5e-3);
        // Log-uniform over [1, e] with weight 1/d^2: the root is 1/d, its integral is 1, and the values have a constant ratio.
        let log =
            PointDensity::estimate(&depths(libm::exp), ErrorWeight::Relative).expect("a density");
        assert!((log.panter_dite(256) * 256.0 * 12.0_f64.sqrt() - 1.0).abs() < 5e-3);
        for share in [0.1, 0.5, 0.9] {
            assert!((libm::log(log.depth_at(share)) - share).abs() < 5e-3);
        }
    }

    #[test]
    fn few_depths_have_a_code_and_one_has_none() {
        let few = |values: Vec<f64>| {
            let counts = vec![3; values.len()];
            Distribution::new(values, counts, Resolution::Exact).expect("depths")
        };
        let one = PointDensity::estimate(&few(vec![2.0]), ErrorWeight::Same);
        assert_eq!(one, Err(CodeError::OneDepth));
        for values in [vec![1.0, 2.0], vec![1e-300, 1.0], vec![0.001, 0.002, 50.0]] {
            for weight in [ErrorWeight::Same, ErrorWeight::Relative] {
                let density =
                    PointDensity::estimate(&few(values.clone()), weight).expect("a density");
                assert!(density.panter_dite(256) > 0.0);
                assert!(
                    density.code(16).is_ok_and(|code| code.levels() == 16),
                    "{values:?}"
                );
            }
        }
    }
}
