//! RMSE of a code as a function of depth.

use serde::{Deserialize, Serialize};

use fathom_core::quant::ScalarCode;
use fathom_core::stats::Distribution;

/// The error of a code on the pixels of one bin of depths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorAtDepth {
    /// Mean depth of the bin's pixels, in metres.
    pub depth_m: f64,
    /// RMSE of the bin's pixels, in metres.
    pub rmse_m: f64,
}

impl ErrorAtDepth {
    /// Returns the RMSE as a share of the depth.
    #[must_use]
    pub fn relative(&self) -> f64 {
        self.rmse_m / self.depth_m
    }
}

/// Measures a code in `bins` bins of equal ratio from the smallest to the largest depth, nearest first, without empty bins.
///
/// Every pixel counts, and every distinct depth is coded.
#[must_use]
pub fn errors_at_depths(
    depths: &Distribution,
    code: &impl ScalarCode,
    bins: usize,
) -> Vec<ErrorAtDepth> {
    let values = depths.values_m();
    let log_ratio = libm::log(depths.max_m() / depths.min_m());
    let mut out = Vec::with_capacity(bins);
    let mut from = 0;
    for bin in 1..=bins {
        let edge_m = depths.min_m() * libm::exp(log_ratio * bin as f64 / bins as f64);
        let to = if bin == bins {
            values.len()
        } else {
            depths.partition_point(from, values.len(), |d| d < edge_m)
        };
        let (mut count, mut depth, mut square) = (0.0, 0.0, 0.0);
        for (&value_m, &n) in values[from..to].iter().zip(&depths.counts()[from..to]) {
            let n = f64::from(n);
            let error_m = code.value_m(code.index_of(value_m)) - value_m;
            count += n;
            depth += n * value_m;
            square += n * error_m * error_m;
        }
        if count > 0.0 {
            out.push(ErrorAtDepth {
                depth_m: depth / count,
                rmse_m: (square / count).sqrt(),
            });
        }
        from = to;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::quant::{Bits, CodeSpec, OutputRange};
    use fathom_core::stats::Resolution;

    fn distribution(values: Vec<f64>) -> Distribution {
        let counts = vec![3; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn one_bin_has_the_rmse_of_all_pixels_and_more_bins_ascend() {
        let depths = distribution(
            (0..5000)
                .map(|i| 0.4 * libm::exp(f64::from(i) / 1500.0))
                .collect(),
        );
        let range = OutputRange::new(0.5, 8.0).expect("a range");
        for spec in CodeSpec::standard() {
            let code = spec.over(range, Bits::EIGHT).expect("a code");
            let all = errors_at_depths(&depths, &code, 1);
            let square: f64 = depths
                .values_m()
                .iter()
                .map(|&d| {
                    let e = code.value_m(code.index_of(d)) - d;
                    e * e
                })
                .sum();
            let brute = (square / 5000.0).sqrt();
            assert!(
                (all[0].rmse_m / brute - 1.0).abs() < 1e-12,
                "{}",
                spec.name()
            );
            assert!((all[0].depth_m / depths.mean_m() - 1.0).abs() < 1e-12);
            let bins = errors_at_depths(&depths, &code, 40);
            assert_eq!(bins.len(), 40);
            assert!(bins.windows(2).all(|w| w[0].depth_m < w[1].depth_m));
        }
    }

    #[test]
    fn depths_beyond_the_range_have_their_clipping_error() {
        let depths = distribution(vec![1.0, 20.0]);
        let range = OutputRange::new(0.5, 10.0).expect("a range");
        let code = CodeSpec::standard()[0]
            .over(range, Bits::EIGHT)
            .expect("a code");
        let bins = errors_at_depths(&depths, &code, 4);
        assert_eq!(bins.len(), 2);
        assert_eq!((bins[1].depth_m, bins[1].rmse_m), (20.0, 10.0));
        assert!((bins[1].relative() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_single_depth_gives_one_bin() {
        let depths = distribution(vec![2.0]);
        let range = OutputRange::new(0.5, 10.0).expect("a range");
        let code = CodeSpec::standard()[0]
            .over(range, Bits::EIGHT)
            .expect("a code");
        let bins = errors_at_depths(&depths, &code, 60);
        assert_eq!(bins.len(), 1);
        assert!(bins[0].rmse_m.is_finite());
    }
}
