//! The planner: where INT8's error comes from, which remedies there are, and what each could be expected to bring.
//!
//! Knows the figures of a comparison, or those of a calculator, as plain numbers; visits no pixel and promises nothing.
//!
//! A remedy leaves a part `left` of the mean of `q^2`. Its expected RMSE is `sqrt(mse_fp32 + left + cross_left)`. How much of the cross
//! term a source carries cannot be measured, so `cross_left = cross (left / mean(q^2))^p` with `p = 1/2`, the correlation of `f` and
//! `q` staying as it is; `p = 0` (what was removed carried none) and `p = 1` (it carried its share) widen the interval. By Cauchy and
//! Schwarz no cross term may exceed `2 sqrt(mse_fp32 left)`: with nothing left the RMSE is that of FP32. Where the cross term is
//! negative, quantization undoes some of the network's own error and removing it can make things worse: the planner says so.
//!
//! Where coding the floating-point depths anew was measured against ground truth, the difference of those two MSEs is taken instead.

mod literature;
mod remedies;
mod sources;
mod text;

use serde::{Deserialize, Serialize};

pub use literature::Citation;
pub use remedies::{Cost, Remedy, RemedyKind, Removal, Setting, Visibility};
pub use sources::{RestShares, Source, SourceKind};

use super::super::theory::FigureTheory;
use crate::compare::Budget;
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, CodeSpec, OutputRange};
use sources::Terms;

/// What a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// On these maps.
    Measured,
    /// On the theory of the code.
    Computed,
    /// On what was published about other networks.
    Published,
    /// On an assumption.
    Assumed,
}

/// What of a source's variance a remedy leaves: 0 removes it, 1 leaves it, above 1 adds to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keep {
    /// At best.
    pub low: f64,
    /// What is expected.
    pub likely: f64,
    /// At worst.
    pub high: f64,
}

/// What the plan starts from.
#[derive(Clone, Copy, Debug)]
pub enum PlanEvidence<'a> {
    /// Maps.
    Measured(&'a Budget),
    /// Figures alone; errors are then taken to be independent.
    Figures(&'a FigureTheory),
}

/// The floating-point depths coded otherwise, measured. In square metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recoded {
    /// Mean of `(code(F) - F)^2`.
    pub mse_code: f64,
    /// Mean of `(code(F) - G)^2`.
    pub mse_to_gt: f64,
}

/// Codings of the floating-point depths that were tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// With the range that is best on these depths.
    pub best_range: Option<(OutputRange, Recoded)>,
    /// With a range narrower than the one in use.
    pub narrower: Option<(OutputRange, Recoded)>,
    /// With more bits over the range in use.
    pub bits: Vec<(Bits, Recoded)>,
    /// With another code of as many values over the range in use.
    pub code: Option<(CodeSpec, Recoded)>,
    /// With a code of more bits where depths are near.
    pub depth_aware: Option<Recoded>,
    /// With two INT8 outputs.
    pub two_outputs: Option<Recoded>,
}

/// What a plan is made of.
#[derive(Clone, Debug)]
pub struct PlannerInput<'a> {
    /// Maps or figures.
    pub evidence: PlanEvidence<'a>,
    /// How the unmeasured rest is assumed to divide.
    pub rest: RestShares,
    /// Bit width of the output in use.
    pub bits: Bits,
    /// Step of the output in use, in metres, where known.
    pub step_m: Option<f64>,
    /// What was tried.
    pub tried: Tried,
    /// Number of the network's parameters, where known.
    pub parameters: Option<f64>,
    /// 95 % interval of the change of the RMSE from FP32 to INT8, in metres, where there is one.
    pub change_interval_m: Option<(f64, f64)>,
}

impl<'a> PlannerInput<'a> {
    /// From evidence alone, with the published shares for what it does not tell.
    #[must_use]
    pub fn new(evidence: PlanEvidence<'a>, bits: Bits) -> Self {
        Self {
            evidence,
            rest: RestShares::default(),
            bits,
            step_m: match evidence {
                PlanEvidence::Measured(_) => None,
                PlanEvidence::Figures(t) => Some(2.0 * t.half_step_m),
            },
            tried: Tried::default(),
            parameters: None,
            change_interval_m: None,
        }
    }
}

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Figures alone, and INT8 is not worse.
    #[error(
        "{}",
        tr!(
            "INT8 is not worse than FP32 by these figures, so they imply no error to remove; maps of both could still show one"
        )
    )]
    NotWorse,
    /// Both predictions are equal.
    #[error(
        "{}",
        tr!("FP32 and INT8 predictions are equal: there is no error to remove")
    )]
    NoError,
    /// A figure is no number.
    #[error(
        "{}",
        tr!("an error figure is not finite, so nothing can be expected of a remedy")
    )]
    NotFinite,
    /// Shares that are none.
    #[error(
        "{}",
        tr!(
            "the assumed shares must be numbers from 0 % on, and those of the unmeasured sources must not all be 0 %"
        )
    )]
    Shares,
}

/// An RMSE that a remedy could bring, in metres, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// What is expected.
    pub rmse_m: f64,
    /// At best.
    pub low_m: f64,
    /// At worst.
    pub high_m: f64,
}

/// Sources and ranked remedies.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// RMSE of FP32, in metres.
    pub rmse_fp32_m: f64,
    /// RMSE of INT8, in metres.
    pub rmse_int8_m: f64,
    /// Mean of `q^2`, in square metres: the sources add up to it.
    pub mse_quant: f64,
    /// The cross term, in square metres; zero where figures alone are known.
    pub cross: f64,
    /// Where the error comes from.
    pub sources: Vec<Source>,
    /// What could be done, lowest expected RMSE first; equals in the order of [`RemedyKind`].
    pub remedies: Vec<Remedy>,
}

impl Plan {
    /// Makes the plan.
    ///
    /// # Errors
    /// [`PlanError`] where there is nothing to remove or no figure to remove it from.
    pub fn of(input: &PlannerInput) -> Result<Self, PlanError> {
        let terms = Terms::of(&input.evidence)?;
        let sources = terms.sources(&input.rest)?;
        let remedies = remedies::ranked(input, &terms, &sources);
        Ok(Self {
            rmse_fp32_m: terms.mse_fp32.sqrt(),
            rmse_int8_m: terms.mse_int8.max(0.0).sqrt(),
            mse_quant: terms.mse_quant,
            cross: terms.cross,
            sources,
            remedies,
        })
    }

    /// A remedy of the plan.
    #[must_use]
    pub fn remedy(&self, kind: RemedyKind) -> Option<&Remedy> {
        self.remedies.iter().find(|r| r.kind == kind)
    }

    /// What holds for the whole table, in a sentence or two.
    #[must_use]
    pub fn caution(&self) -> String {
        text::caution(self)
    }
}

impl Terms {
    /// What is expected with a part of the mean of `q^2` left, at best, likely and at worst.
    fn expected(&self, left: [f64; 3]) -> Expected {
        let [_, likely, _] = left;
        let all = left.map(|l| [0.0, 0.5, 1.0].map(|p| self.rmse_m(l, p)));
        let all = all.as_flattened();
        Expected {
            rmse_m: self.rmse_m(likely, 0.5),
            low_m: all.iter().copied().fold(f64::INFINITY, f64::min),
            high_m: all.iter().copied().fold(0.0, f64::max),
        }
    }

    /// With so much of the mean of `q^2` left and the cross term following it to the power `p`.
    fn rmse_m(&self, left: f64, p: f64) -> f64 {
        let left = left.max(0.0);
        let bound = 2.0 * (self.mse_fp32 * left).sqrt();
        let cross = self.cross * libm::pow(left / self.mse_quant, p);
        (self.mse_fp32 + left + cross.clamp(-bound, bound))
            .max(0.0)
            .sqrt()
    }
}

#[cfg(test)]
mod tests;
