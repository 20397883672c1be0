//! The figures that the three answers are made from.

use crate::network::NetworkEvidence;
use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::compare::{Average, Budget, Change, Evaluator};
use fathom_analysis::diagnosis::calculator::Calculator;
use fathom_analysis::diagnosis::planner::Plan;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::{IndependenceModel, LogCodeReport, RangeInUse, RangeReport};
use fathom_core::depth::Role;
use fathom_core::quant::OutputRange;

/// The maps or figures that were compared, with what was measured on them.
#[derive(Clone, Copy, Debug)]
pub enum AnswerEvidence<'a> {
    /// Neither maps nor figures.
    Nothing,
    /// The built-in sample with the published figures of its network.
    Published(&'a IndependenceModel),
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
    },
    /// Floating-point and INT8 predictions without ground truth.
    Predictions {
        /// Error budget; only its parts of `q = Q - F` are meaningful.
        budget: &'a Budget,
    },
    /// All three maps, or a link that carries their comparison.
    All(&'a ComparedMaps<'a>),
    /// Figures typed into the calculator, without maps.
    Figures(&'a Calculator),
}

/// The comparison of ground truth with both predictions.
#[derive(Clone, Copy, Debug)]
pub struct ComparedMaps<'a> {
    /// Error budget, over all pixels together.
    pub budget: &'a Budget,
    /// Step of the output grid, in metres; `None` where no grid was detected.
    pub step_m: Option<f64>,
    /// Changes of all metrics from `F` to `Q`.
    pub changes: &'a [Change],
    /// Average of those metrics.
    pub average: Average,
    /// Evaluator whose protocol was used; `None` for a protocol of the user's own.
    pub evaluator: Option<Evaluator>,
    /// Number of frames.
    pub frames: usize,
    /// Number of frames that are copies of others.
    pub copies: usize,
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

/// RMSE of the requantized `F` against ground truth, for the range in use and for others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequantizedRange {
    /// RMSE of `F` itself, in metres.
    pub fp32_m: f64,
    /// RMSE with the range in use, in metres.
    pub now_m: f64,
    /// Best range: the lowest RMSE that does not beat FP32 itself.
    pub best: OutputRange,
    /// RMSE with that range, in metres.
    pub best_m: f64,
    /// The range with the lowest RMSE, which may lie below FP32's own by luck.
    pub lowest: OutputRange,
    /// RMSE with that range, in metres.
    pub lowest_m: f64,
}

impl From<&Requantized> for RequantizedRange {
    fn from(found: &Requantized) -> Self {
        let (best, best_m) = found.best();
        let of_curve = found.curve.best;
        let (lowest, lowest_m) = if of_curve.1 < best_m {
            of_curve
        } else {
            (best, best_m)
        };
        Self {
            fp32_m: found.curve.fp32_m,
            now_m: found.curve.current_m,
            best,
            best_m,
            lowest,
            lowest_m,
        }
    }
}

/// The range in use and its alternatives, measured.
#[derive(Clone, Copy, Debug)]
pub struct RangeEvidence<'a> {
    /// The range in use with its source.
    pub in_use: RangeInUse,
    /// Report of that range.
    pub current: &'a RangeReport,
    /// Out-of-range policy of the report.
    pub policy: Policy,
    /// Maps that the ranges were measured on.
    pub depths_source: DepthsSource,
    /// Best range of each metric; empty while the search runs.
    pub best: &'a [BestRange],
    /// Effect of the range on the predictions, where it was measured.
    pub requantized: Option<RequantizedRange>,
    /// A logarithmic code on the same depths, where it was measured.
    pub log_code: Option<&'a LogCodeReport>,
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
    /// The network that made the predictions, where it was measured.
    pub network: Option<NetworkEvidence<'a>>,
}
