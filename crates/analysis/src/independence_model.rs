//! The RMSE that theory predicts for an INT8 model from two RMSEs, a range and a bit width, without any maps.
//!
//! The model assumes independent errors, which add as squares (B. Widrow and I. Kollar, Quantization Noise, 2008). Maps show how far a
//! network deviates from it.

use fathom_core::quant::{Bits, OutputRange, UniformCode};

/// Predictions from `rmse_fp32`, `rmse_int8` and the output code. Lengths are in metres, shares in 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndependenceModel {
    /// Measured RMSE of the floating-point model.
    pub rmse_fp32_m: f64,
    /// Measured RMSE of the INT8 model.
    pub rmse_int8_m: f64,
    /// Largest rounding error of the output code.
    pub half_step_m: f64,
    /// Ideal rounding RMSE of the output code.
    pub ideal_rmse_m: f64,
    /// Predicted RMSE of the INT8 model: `sqrt(rmse_fp32^2 + ideal_rmse^2)`.
    pub predicted_m: f64,
    /// The prediction with the half step mistaken for an RMSE.
    pub predicted_with_half_step_m: f64,
    /// Increase of the RMSE: `rmse_int8 - rmse_fp32`.
    pub gap_m: f64,
    /// Implied quantization RMSE: `sqrt(rmse_int8^2 - rmse_fp32^2)`; `None` where the RMSE did not rise.
    pub implied_m: Option<f64>,
    /// Share of the output code in the implied variance; `None` where the RMSE did not rise.
    pub output_share: Option<f64>,
    /// The share with the half step mistaken for an RMSE; `None` where the RMSE did not rise.
    pub output_share_with_half_step: Option<f64>,
    /// Half step divided by the increase: a ratio of lengths, often quoted as a share of the variance.
    pub length_ratio: Option<f64>,
}

impl IndependenceModel {
    /// Computes the predictions for a uniform output code over `range`.
    #[must_use]
    pub fn new(rmse_fp32_m: f64, rmse_int8_m: f64, range: OutputRange, bits: Bits) -> Self {
        let code = UniformCode::new(range, bits);
        let (half_step_m, ideal_rmse_m) = (code.half_step_m(), code.ideal_rmse_m());
        let square = |x: f64| x * x;
        let implied_square = square(rmse_int8_m) - square(rmse_fp32_m);
        let rose = implied_square > 0.0;
        let gap_m = rmse_int8_m - rmse_fp32_m;
        Self {
            rmse_fp32_m,
            rmse_int8_m,
            half_step_m,
            ideal_rmse_m,
            predicted_m: (square(rmse_fp32_m) + square(ideal_rmse_m)).sqrt(),
            predicted_with_half_step_m: (square(rmse_fp32_m) + square(half_step_m)).sqrt(),
            gap_m,
            implied_m: rose.then(|| implied_square.sqrt()),
            output_share: rose.then(|| square(ideal_rmse_m) / implied_square),
            output_share_with_half_step: rose.then(|| square(half_step_m) / implied_square),
            length_ratio: rose.then(|| half_step_m / gap_m),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> IndependenceModel {
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        IndependenceModel::new(0.390, 0.741, range, Bits::EIGHT)
    }

    #[test]
    fn the_model_gives_the_published_figures() {
        let t = published();
        let check = |name: &str, got: Option<f64>, expected: f64, tolerance: f64| {
            let got = got.unwrap_or(f64::NAN);
            assert!(
                (got - expected).abs() < tolerance,
                "{name}: {got} against {expected}"
            );
        };
        check("half step", Some(t.half_step_m), 0.02843, 5e-6);
        check("predicted", Some(t.predicted_m), 0.390, 5e-4);
        check(
            "with the half step",
            Some(t.predicted_with_half_step_m),
            0.391,
            5e-4,
        );
        check("gap", Some(t.gap_m), 0.351, 1e-12);
        check("implied", t.implied_m, 0.630, 5e-4);
        check("output share", t.output_share, 0.0007, 5e-5);
        check(
            "share with the half step",
            t.output_share_with_half_step,
            0.002,
            5e-5,
        );
        check("ratio of lengths", t.length_ratio, 0.08, 2e-3);
    }

    #[test]
    fn a_lower_int8_rmse_implies_no_quantization_error() {
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        let t = IndependenceModel::new(0.4, 0.3, range, Bits::EIGHT);
        assert_eq!(
            (t.implied_m, t.output_share, t.length_ratio),
            (None, None, None)
        );
    }
}
