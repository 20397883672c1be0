//! Where the variance of the quantization error comes from: measured as far as maps can, assumed beyond.

use super::{Basis, PlanError, PlanEvidence};
use crate::published::PUBLISHED_CASE;
use serde::{Deserialize, Serialize};

/// A source of quantization error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SourceKind {
    /// Rounding and clipping of the output code.
    Output,
    /// A constant shift of all depths.
    Bias,
    /// A slope against the floating-point depths.
    Scale,
    /// Rounding of the weights.
    Weights,
    /// Rounding of the activations.
    Activations,
    /// What weights and activations do together.
    Interactions,
    /// What is counted twice: bias and scale that the output's clipping makes. Never positive.
    Overlap,
}

impl SourceKind {
    /// The three sources inside a network that no map of its output can tell apart.
    pub const INSIDE: [Self; 3] = [Self::Weights, Self::Activations, Self::Interactions];
}

/// A source with its part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Which one.
    pub kind: SourceKind,
    /// Its part of the mean of `q^2`, in square metres.
    pub mse: f64,
    /// Its share of the mean of `q^2`.
    pub share: f64,
    /// What it rests on.
    pub basis: Basis,
}

/// How what cannot be measured is divided: relative weights, of which those of measured sources play no part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestShares {
    /// Rounding of the weights.
    pub weights: f64,
    /// Rounding of the activations.
    pub activations: f64,
    /// The output code; used only where it is neither measured nor computed.
    pub output: f64,
    /// What they do together.
    pub interactions: f64,
}

impl Default for RestShares {
    fn default() -> Self {
        let split = &PUBLISHED_CASE.split;
        Self {
            weights: split.weights,
            activations: split.activations,
            output: split.output,
            interactions: split.interactions,
        }
    }
}

/// The terms of the error as far as they are known. Squares in square metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Terms {
    pub(super) mse_fp32: f64,
    pub(super) mse_quant: f64,
    pub(super) cross: f64,
    pub(super) mse_int8: f64,
    /// Of the output code, with what it rests on.
    pub(super) output: Option<(f64, Basis)>,
    /// Bias and scale, squared.
    pub(super) line: Option<(f64, f64)>,
    /// MSE against ground truth of a network whose output alone is quantized.
    pub(super) coded_to_gt: Option<f64>,
    /// RMSE after undoing bias and scale.
    pub(super) recalibrated_m: Option<f64>,
}

impl Terms {
    pub(super) fn of(evidence: &PlanEvidence) -> Result<Self, PlanError> {
        let terms = match evidence {
            PlanEvidence::Measured(b) => Self {
                mse_fp32: b.mse_fp32,
                mse_quant: b.mse_quant,
                cross: b.cross,
                mse_int8: b.mse_int8,
                output: b.output.map(|o| (o.mse, Basis::Measured)),
                line: Some((b.bias_square, b.scale_square)),
                coded_to_gt: b.output.map(|o| o.rmse_to_gt_m * o.rmse_to_gt_m),
                recalibrated_m: Some(b.recalibrated_rmse_m),
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
        Ok(terms)
    }

    /// The sources, which add up to the mean of `q^2`.
    pub(super) fn sources(&self, rest: &RestShares) -> Result<Vec<Source>, PlanError> {
        let mut parts: Vec<(SourceKind, f64, Basis)> = Vec::new();
        if let Some((mse, basis)) = self.output {
            parts.push((SourceKind::Output, mse, basis));
        }
        if let Some((bias, scale)) = self.line {
            parts.push((SourceKind::Bias, bias, Basis::Measured));
            parts.push((SourceKind::Scale, scale, Basis::Measured));
        }
        let left = self.mse_quant - parts.iter().map(|p| p.1).sum::<f64>();
        if left < 0.0 {
            let basis = if self.line.is_some() {
                Basis::Measured
            } else {
                Basis::Computed
            };
            parts.push((SourceKind::Overlap, left, basis));
        } else {
            parts.extend(divided(left, rest, self.output.is_none())?);
        }
        let source = |(kind, mse, basis)| Source {
            kind,
            mse,
            share: mse / self.mse_quant,
            basis,
        };
        Ok(parts.into_iter().map(source).collect())
    }
}

/// The unmeasured rest, divided as assumed.
fn divided(
    left: f64,
    rest: &RestShares,
    with_output: bool,
) -> Result<Vec<(SourceKind, f64, Basis)>, PlanError> {
    let mut weights = vec![
        (SourceKind::Weights, rest.weights),
        (SourceKind::Activations, rest.activations),
        (SourceKind::Interactions, rest.interactions),
    ];
    if with_output {
        weights.insert(0, (SourceKind::Output, rest.output));
    }
    let all = [
        rest.weights,
        rest.activations,
        rest.output,
        rest.interactions,
    ];
    let total: f64 = weights.iter().map(|w| w.1).sum();
    if !all.iter().all(|w| w.is_finite() && *w >= 0.0) || !total.is_finite() || total <= 0.0 {
        return Err(PlanError::Shares);
    }
    let part = |(kind, weight)| (kind, left * (weight / total), Basis::Assumed);
    Ok(weights.into_iter().map(part).collect())
}
