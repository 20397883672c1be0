//! The figures that the three answers are made from.

use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::RangeReport;
use fathom_analysis::compare::{Budget, Change};
use fathom_analysis::diagnosis::calculator::Calculator;
use fathom_analysis::diagnosis::planner::Plan;
use fathom_analysis::diagnosis::requantized::WhatIf;
use fathom_core::depth::Role;
use fathom_core::quant::OutputRange;

/// The maps or figures that were compared, with what was measured on them.
#[derive(Clone, Copy, Debug)]
pub enum AnswerEvidence<'a> {
    /// Neither maps nor figures.
    Nothing,
    /// Ground truth alone.
    GroundTruth,
    /// Ground truth and floating-point predictions.
    GroundTruthAndFp32 {
        /// RMSE of `F`, in metres.
        rmse_fp32_m: f64,
    },
    /// Ground truth and INT8 predictions.
    GroundTruthAndInt8 {
        /// RMSE of `Q`, in metres.
        rmse_int8_m: f64,
        /// Step of the output grid, in metres; `None` where no grid with equal steps in depth was detected.
        step_m: Option<f64>,
    },
    /// Floating-point and INT8 predictions without ground truth.
    Predictions {
        /// Error budget; only its parts of `q = Q - F` are meaningful.
        budget: &'a Budget,
        /// Root mean square step of the output grid, in metres; `None` where no grid was detected.
        step_m: Option<f64>,
    },
    /// All three maps.
    All {
        /// Error budget.
        budget: &'a Budget,
        /// Root mean square step of the output grid, in metres; `None` where no grid was detected.
        step_m: Option<f64>,
        /// Change of the RMSE from `F` to `Q`.
        change: &'a Change,
        /// Number of compared frames.
        frames: usize,
    },
    /// Figures typed into the calculator, without maps.
    Figures(&'a Calculator),
}

/// The maps whose depths the ranges were measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthsSource {
    /// Ground truth.
    GroundTruth,
    /// A prediction, where ground truth is missing.
    Prediction,
}

impl DepthsSource {
    /// Converts the role of the analysed maps. Maps of unknown role count as predictions.
    #[must_use]
    pub fn from_role(role: Option<Role>) -> Self {
        match role {
            Some(Role::GroundTruth) => Self::GroundTruth,
            Some(Role::Float | Role::Quantized | Role::Board) | None => Self::Prediction,
        }
    }
}

/// RMSE of the requantized `F` against ground truth, for the range in use and for the best range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequantizedRange {
    /// RMSE with the range in use, in metres.
    pub now_m: f64,
    /// Range with the lowest RMSE.
    pub best: OutputRange,
    /// RMSE with that range, in metres.
    pub best_m: f64,
}

impl RequantizedRange {
    /// Reads both off a sweep over the end of the range.
    #[must_use]
    pub fn from_curve(curve: &WhatIf) -> Self {
        Self {
            now_m: curve.current_m,
            best: curve.best.0,
            best_m: curve.best.1,
        }
    }
}

/// The range in use and its alternatives, measured.
#[derive(Clone, Copy, Debug)]
pub struct RangeEvidence<'a> {
    /// Report of the range in use.
    pub current: &'a RangeReport,
    /// Out-of-range policy of the reports.
    pub policy: Policy,
    /// Maps that the ranges were measured on.
    pub depths_source: DepthsSource,
    /// Narrower candidate with the lowest RMSE.
    pub narrower: Option<&'a RangeReport>,
    /// Best range of each metric; empty while the search runs.
    pub best: &'a [BestRange],
    /// Effect of the range on the predictions, where it was measured.
    pub requantized: Option<RequantizedRange>,
}

/// Everything that [`super::Answers`] are made from.
#[derive(Clone, Copy, Debug)]
pub struct AnswersInput<'a> {
    /// Compared maps or typed figures.
    pub evidence: AnswerEvidence<'a>,
    /// Measured ranges; `None` without depths or without a range.
    pub range: Option<RangeEvidence<'a>>,
    /// Plan of remedies; `None` where evidence for one is missing.
    pub plan: Option<&'a Plan>,
}
