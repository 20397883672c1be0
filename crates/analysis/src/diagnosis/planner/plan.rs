//! The plan: error sources and ranked remedies.

use super::basis::Basis;
use super::error_terms::ErrorTerms;
use super::plan_input::{PlanError, PlannerInput};
use super::remedies::{NOTABLE, Remedy, ranked};
use super::remedy_kind::RemedyKind;
use super::sources::{ErrorSource, error_sources};

/// Error sources and ranked remedies.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// RMSE of FP32, in metres.
    pub rmse_fp32_m: f64,
    /// RMSE of INT8, in metres.
    pub rmse_int8_m: f64,
    /// Mean of `q^2`, in square metres: the sum over all sources.
    pub mse_quant: f64,
    /// The cross term, in square metres; zero for figures alone.
    pub cross: f64,
    /// Sources of the quantization error.
    pub sources: Vec<ErrorSource>,
    /// Remedies, lowest expected RMSE first; equal ones in the order of [`RemedyKind`].
    pub remedies: Vec<Remedy>,
}

impl Plan {
    /// Computes the plan.
    ///
    /// # Errors
    /// [`PlanError`] where there is no error to remove, or a figure or an assumed share cannot be used.
    pub fn compute(input: &PlannerInput) -> Result<Self, PlanError> {
        let terms = ErrorTerms::from_evidence(&input.evidence)?;
        let sources = match &input.network.shares {
            Some(shares) => error_sources(&terms, shares, Basis::Measured)?,
            None => error_sources(&terms, &input.rest, Basis::Assumed)?,
        };
        let remedies = ranked(input, &terms, &sources);
        Ok(Self {
            rmse_fp32_m: terms.mse_fp32.sqrt(),
            rmse_int8_m: terms.mse_int8.max(0.0).sqrt(),
            mse_quant: terms.mse_quant,
            cross: terms.cross,
            sources,
            remedies,
        })
    }

    /// Returns the remedies that are worth trying with their index, the surest first. Those that give INT8 up come last. Before them come
    /// those that cannot make the RMSE worse; of these, notable gains known from the maps at hand; of these, the lowest expected RMSE.
    /// Expectations within one per cent of the lowest are equal: the simpler remedy comes first.
    #[must_use]
    pub fn advised(&self) -> Vec<(usize, &Remedy)> {
        let remedies = self.remedies.iter().enumerate();
        let mut advised: Vec<_> = remedies.filter(|(_, r)| r.is_worth_trying()).collect();
        advised.sort_by_key(|(_, r)| r.unsureness());
        for group in advised.chunk_by_mut(|(_, a), (_, b)| a.unsureness() == b.unsureness()) {
            let equal_m = group[0].1.expected.rmse_m * (1.0 + NOTABLE);
            let equal = group.partition_point(|(_, r)| r.expected.rmse_m <= equal_m);
            group[..equal].sort_by_key(|(_, r)| r.kind);
        }
        advised
    }

    /// Returns the remedy of a kind.
    #[must_use]
    pub fn remedy(&self, kind: RemedyKind) -> Option<&Remedy> {
        self.remedies.iter().find(|r| r.kind == kind)
    }
}
