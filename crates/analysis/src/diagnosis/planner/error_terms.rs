//! The terms of INT8's mean squared error, and the RMSE that follows when a part of them is removed.

use super::basis::Basis;
use super::plan_input::{PlanError, PlanEvidence};

/// The terms of the error as far as they are known. Squares in square metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ErrorTerms {
    /// Mean of `f^2`.
    pub(super) mse_fp32: f64,
    /// Mean of `q^2`.
    pub(super) mse_quant: f64,
    /// Twice the mean of `f q`.
    pub(super) cross: f64,
    /// Mean of `(Q - G)^2`.
    pub(super) mse_int8: f64,
    /// Error of the output code, with its origin.
    pub(super) output: Option<(f64, Basis)>,
    /// Squared bias and the square that a slope of `q` on `F` explains.
    pub(super) line: Option<(f64, f64)>,
    /// MSE against ground truth of a network whose output alone is quantized.
    pub(super) coded_to_gt: Option<f64>,
    /// RMSE after undoing bias and scale, in metres; `None` where it was not measured, or no line can be undone.
    pub(super) recalibrated_m: Option<f64>,
}

/// An RMSE that a remedy could bring, in metres, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedRmse {
    /// Expectation.
    pub rmse_m: f64,
    /// Best case.
    pub low_m: f64,
    /// Worst case.
    pub high_m: f64,
}

impl ErrorTerms {
    /// Reads the terms off the evidence.
    ///
    /// # Errors
    /// [`PlanError`] where INT8 is not worse by figures alone, a term is not finite, INT8 is one value everywhere, or there is no
    /// quantization error.
    pub(super) fn from_evidence(evidence: &PlanEvidence) -> Result<Self, PlanError> {
        let terms = match evidence {
            PlanEvidence::Measured(b) => Self {
                mse_fp32: b.mse_fp32,
                mse_quant: b.mse_quant,
                cross: b.cross,
                mse_int8: b.mse_int8,
                output: b.output.map(|o| (o.mse, Basis::Measured)),
                line: Some((b.bias_square, b.scale_square)),
                coded_to_gt: b.output.map(|o| o.rmse_to_gt_m * o.rmse_to_gt_m),
                recalibrated_m: b.recalibrated_rmse_m,
            },
            PlanEvidence::Figures(t) => {
                let implied_m = t.implied_m.ok_or(PlanError::NotWorse)?;
                Self {
                    mse_fp32: t.rmse_fp32_m * t.rmse_fp32_m,
                    mse_quant: implied_m * implied_m,
                    cross: 0.0,
                    mse_int8: t.rmse_int8_m * t.rmse_int8_m,
                    output: Some((t.ideal_rmse_m * t.ideal_rmse_m, Basis::Computed)),
                    line: None,
                    coded_to_gt: None,
                    recalibrated_m: None,
                }
            }
        };
        let needed = [
            terms.mse_fp32,
            terms.mse_quant,
            terms.cross,
            terms.mse_int8,
            terms.output.map_or(0.0, |o| o.0),
            terms.line.map_or(0.0, |l| l.0 + l.1),
            terms.recalibrated_m.unwrap_or(0.0),
        ];
        if !needed.iter().all(|v| v.is_finite()) {
            return Err(PlanError::NotFinite);
        }
        if terms.mse_quant <= 0.0 {
            return Err(PlanError::NoError);
        }
        if matches!(evidence, PlanEvidence::Measured(b) if b.int8_is_constant()) {
            return Err(PlanError::ConstantInt8);
        }
        Ok(terms)
    }

    /// Returns the RMSE to expect with `left` of the mean of `q^2` remaining: best case, expectation, worst case, in square metres.
    pub(super) fn expected(&self, left: [f64; 3]) -> ExpectedRmse {
        let [_, likely, _] = left;
        let all = left.map(|l| [0.0, 0.5, 1.0].map(|p| self.rmse_m(l, p)));
        let all = all.as_flattened();
        ExpectedRmse {
            rmse_m: self.rmse_m(likely, 0.5),
            low_m: all.iter().copied().fold(f64::INFINITY, f64::min),
            high_m: all.iter().copied().fold(0.0, f64::max),
        }
    }

    /// RMSE in metres with `left` of the mean of `q^2` remaining and a cross term that follows it to the power `p`.
    fn rmse_m(&self, left: f64, p: f64) -> f64 {
        let left = left.max(0.0);
        let bound = 2.0 * (self.mse_fp32 * left).sqrt();
        let cross = self.cross * libm::pow(left / self.mse_quant, p);
        (self.mse_fp32 + left + cross.clamp(-bound, bound))
            .max(0.0)
            .sqrt()
    }
}
