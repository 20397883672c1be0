//! Sources of the quantization error: measured as far as maps allow, the rest divided by shares that are assumed or measured in the network.

use super::basis::Basis;
use super::error_terms::ErrorTerms;
use super::plan_input::PlanError;
use super::rest_shares::RestShares;
use serde::{Deserialize, Serialize};

/// A kind of source of the quantization error.
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
    /// Joint effect of rounded weights and activations.
    Interactions,
    /// Correction for bias and scale that the output's clipping makes, which two other sources count. Never positive.
    Overlap,
}

impl SourceKind {
    /// The three sources inside a network, which no map of its output can separate.
    pub const INSIDE: [Self; 3] = [Self::Weights, Self::Activations, Self::Interactions];
}

/// A source of the quantization error with its part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorSource {
    /// Kind of source.
    pub kind: SourceKind,
    /// Its part of the mean of `q^2`, in square metres.
    pub mse: f64,
    /// Its share of the mean of `q^2`.
    pub share: f64,
    /// Origin of the figure.
    pub basis: Basis,
}

/// Divides the mean of `q^2` among its sources; their parts add up to it. `basis` is that of the shares of the rest.
///
/// # Errors
/// [`PlanError::Shares`] where the shares cannot divide the unmeasured part.
pub(super) fn error_sources(
    terms: &ErrorTerms,
    rest: &RestShares,
    basis: Basis,
) -> Result<Vec<ErrorSource>, PlanError> {
    let mut parts: Vec<(SourceKind, f64, Basis)> = Vec::new();
    if let Some((mse, basis)) = terms.output {
        parts.push((SourceKind::Output, mse, basis));
    }
    if let Some((bias, scale)) = terms.line {
        parts.push((SourceKind::Bias, bias, Basis::Measured));
        parts.push((SourceKind::Scale, scale, Basis::Measured));
    }
    let left = terms.mse_quant - parts.iter().map(|p| p.1).sum::<f64>();
    if left < 0.0 {
        let overlap = if terms.line.is_some() {
            Basis::Measured
        } else {
            Basis::Computed
        };
        parts.push((SourceKind::Overlap, left, overlap));
    } else {
        let shared = divided(left, rest, terms.output.is_none())?;
        // Measured shares leave no joint effect over.
        let is_source = |part: &(SourceKind, f64)| basis == Basis::Assumed || part.1 > 0.0;
        let shared = shared.into_iter().filter(is_source);
        parts.extend(shared.map(|(kind, mse)| (kind, mse, basis)));
    }
    let source = |(kind, mse, basis)| ErrorSource {
        kind,
        mse,
        share: mse / terms.mse_quant,
        basis,
    };
    Ok(parts.into_iter().map(source).collect())
}

/// Divides the rest, in square metres, by the shares; `with_output` includes the output code.
fn divided(
    left: f64,
    rest: &RestShares,
    with_output: bool,
) -> Result<Vec<(SourceKind, f64)>, PlanError> {
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
    let part = |(kind, weight)| (kind, left * (weight / total));
    Ok(weights.into_iter().map(part).collect())
}
