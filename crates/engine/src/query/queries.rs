//! The queries and their results, as plain data.

use serde::{Deserialize, Serialize};

use crate::ids::JobId;
use fathom_analysis::calibrators::{Calibrator, CalibratorRow};
use fathom_analysis::compare::{Change, EvalProtocol, FrameMetricSums, Resampling};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::range_space::{
    AxisDomain, BitRow, GridMinimum, Optimum, OptimumSearch, RangeMapRow, RangePoint, SumKind,
    SweepAxis,
};
use fathom_analysis::{
    BestRange, CodeChoice, CodeRow, CodeSize, DistributionSummary, ErrorAtDepth, LogCodeReport,
    NamedRange, Policy, RangeReport, RangeSettings, Statement, SweepDomain, SweepPoint,
};
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Sketch;
use fathom_report::link::{LinkComparison, SketchBudget};

/// A query about the shown depths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Their figures.
    Summary,
    /// The errors of each range of the table.
    Ranges {
        /// The ranges.
        ranges: Vec<NamedRange>,
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// The best end under each metric, with a fixed start.
    BestEnds {
        /// The ends.
        domain: SweepDomain,
        /// Settings of the measurement; every pixel counts.
        how: RangeSettings,
    },
    /// The error of a range with a fixed start against its end.
    EndSweep {
        /// The ends.
        domain: SweepDomain,
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// The pixels between every two of these depths, in metres and rising.
    Histogram(Vec<f64>),
    /// A code's report.
    Code {
        /// The code.
        choice: CodeChoice,
        /// The range of given codes.
        range: OutputRange,
        /// Number of values.
        amount: CodeSize,
        /// Treatment of pixels outside.
        policy: Policy,
        /// Floor of ratios, in metres.
        eval_min_m: f64,
    },
    /// A code's error against depth.
    CodeCurve {
        /// The code.
        choice: CodeChoice,
        /// The range of given codes.
        range: OutputRange,
        /// Number of values.
        amount: CodeSize,
    },
    /// The Panter-Dite estimate of the least RMSE.
    PanterDite {
        /// Number of values.
        levels: u32,
    },
    /// The range that a calibration method picks, and what it costs.
    Calibrator {
        /// The method.
        method: Calibrator,
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// Every metric along one end.
    Sweep {
        /// Which end moves.
        axis: SweepAxis,
        /// Ranges that the end's domain has to show.
        candidates: Vec<NamedRange>,
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// One row of the map over both ends.
    RangeMapRow {
        /// Which start, from 0.
        row: u32,
        /// Starts and ends of the whole map.
        side: u32,
        /// Settings of the measurement.
        how: RangeSettings,
        /// The sums.
        sums: SumKind,
    },
    /// A piece of the coarse look over both ends.
    GridSearch {
        /// Settings of the search.
        search: OptimumSearch,
        /// Which of [`OptimumSearch::PARTS`] pieces.
        part: u32,
    },
    /// The best range under a metric.
    Optimum {
        /// Settings of the search.
        search: OptimumSearch,
        /// The metric.
        criterion: Criterion,
        /// Its valleys in all pieces of the coarse look.
        valleys: Vec<GridMinimum>,
    },
    /// Values spaced by ratio, beside which every range stands.
    LogCodeReport {
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// A range at every bit width.
    BitSweep {
        /// The range.
        range: OutputRange,
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// Every published statement beside what these depths give.
    Claims,
    /// The changes of all metrics from `F` to `Q` with their intervals: no depth plays a part.
    Changes {
        /// Each frame's sums.
        frames: Vec<FrameMetricSums>,
        /// Settings of the evaluation.
        protocol: EvalProtocol,
        /// Settings of the bootstrap.
        how: Resampling,
    },
    /// The predictions over other ranges and codes: a question about pixels that one worker holds, not about the shown depths.
    Requantized {
        /// Number of the comparison.
        run: JobId,
        /// The range in use.
        current: OutputRange,
        /// The candidate that is held against it.
        narrower: Option<OutputRange>,
        /// Settings of the measurement.
        how: RangeSettings,
    },
    /// The depths as a link carries them, in the room that is left in it.
    Sketch(SketchBudget),
    /// Two links beside each other: no depth that is shown plays a part.
    LinkComparison {
        /// The page's own, without the "#".
        own: String,
        /// The other one.
        other: String,
    },
}

impl Query {
    /// The comparison whose predictions it is about.
    #[must_use]
    pub fn predictions(&self) -> Option<JobId> {
        match self {
            Self::Requantized { run, .. } => Some(*run),
            _ => None,
        }
    }

    /// True if the answer takes a few milliseconds even on millions of depths.
    #[must_use]
    pub fn is_brief(&self) -> bool {
        matches!(self, Self::RangeMapRow { .. })
    }
}

/// The result of a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum QueryResult {
    /// To [`Query::Summary`].
    Summary(Box<DistributionSummary>),
    /// To [`Query::Ranges`], in their order.
    Ranges(Vec<RangeReport>),
    /// To [`Query::BestEnds`].
    BestEnds(Vec<BestRange>),
    /// To [`Query::EndSweep`], by rising end.
    EndSweep(Vec<SweepPoint>),
    /// To [`Query::Histogram`].
    Histogram(Vec<f64>),
    /// To [`Query::Code`].
    Code(Box<CodeRow>),
    /// To [`Query::CodeCurve`], nearest first.
    CodeCurve(Vec<ErrorAtDepth>),
    /// To [`Query::PanterDite`], in metres.
    PanterDite {
        /// Estimate of the smallest RMSE.
        rmse_m: f64,
        /// Number of different depths.
        distinct: u64,
    },
    /// To [`Query::Calibrator`].
    Calibrator(Box<CalibratorRow>),
    /// To [`Query::Sweep`]: the domain, and points from its near end on.
    Sweep(AxisDomain, Vec<RangePoint>),
    /// To [`Query::RangeMapRow`].
    RangeMapRow(RangeMapRow),
    /// To [`Query::GridSearch`].
    GridMinima(Vec<GridMinimum>),
    /// To [`Query::Optimum`].
    Optimum(Box<Optimum>),
    /// To [`Query::LogCodeReport`].
    LogCodeReport(LogCodeReport),
    /// To [`Query::BitSweep`], fewest bits first.
    BitSweep(Vec<BitRow>),
    /// To [`Query::Claims`].
    Claims(Vec<Statement>),
    /// To [`Query::Changes`], in the order of [`fathom_analysis::compare::ALL_METRICS`].
    Changes(Vec<Change>),
    /// To [`Query::Requantized`].
    Requantized(Box<Requantized>),
    /// To [`Query::Sketch`].
    Sketch(Sketch),
    /// To [`Query::LinkComparison`].
    LinkComparison(Box<LinkComparison>),
    /// There is none; one sentence.
    Refused(String),
}
