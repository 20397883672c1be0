//! Predictions against ground truth: the metrics of each role and their changes.
//!
//! Knows the sums of a comparison; visits no pixel.

use serde::Serialize;

use super::budget::BudgetSection;
use super::figures::{MetricFigures, finite};
use super::parts::{ArtefactSection, BandSection, DepthSection, FrameSection, PlacesSection};
use super::protocol::ProtocolSection;
use fathom_analysis::compare::{
    Average, Change, ChangeVerdict, CompareSettings, Comparison, EvalSums, Evaluator, FrameEvals,
    FrameRow, Resampling, per_frame,
};
use fathom_core::metrics::DepthMetrics;

/// A comparison to report.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonFacts<'a> {
    /// The merged sums.
    pub comparison: &'a Comparison,
    /// The sums behind the metrics of each frame.
    pub evals: &'a [FrameEvals],
    /// The frames' figures.
    pub rows: &'a [FrameRow],
    /// The names of those frames, in the same order.
    pub names: &'a [String],
    /// What was asked for.
    pub settings: &'a CompareSettings,
    /// The evaluator whose protocol it is, where it is one's.
    pub evaluator: Option<Evaluator>,
    /// The changes from `F` to `Q`.
    pub changes: &'a [Change],
    /// How their intervals were found.
    pub resampling: Resampling,
    /// The predictions of the same network on the board.
    pub board: Option<BoardFacts<'a>>,
}

/// A second comparison, with the predictions of the board in the place of `Q`.
#[derive(Clone, Copy, Debug)]
pub struct BoardFacts<'a> {
    /// The merged sums.
    pub comparison: &'a Comparison,
    /// The sums behind the metrics of each frame.
    pub evals: &'a [FrameEvals],
}

/// All sections of a comparison.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ComparisonSections {
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<MetricsSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetSection>,
    bands: Vec<BandSection>,
    depth_curve: Vec<DepthSection>,
    frames: Vec<FrameSection>,
    places: PlacesSection,
    artefacts: ArtefactSection,
}

impl ComparisonSections {
    pub(super) fn of(facts: ComparisonFacts) -> Self {
        let set = facts.comparison;
        let bands = set.bands.bands(&facts.settings.band_edges_m);
        let named = facts.rows.iter().zip(facts.names);
        Self {
            metrics: MetricsSection::of(&facts),
            budget: BudgetSection::of(set, facts.settings.protocol.alignment),
            bands: bands.iter().map(BandSection::of).collect(),
            depth_curve: set.curve.bins().iter().map(DepthSection::of).collect(),
            frames: named
                .map(|(row, name)| FrameSection::of(row, name.clone()))
                .collect(),
            places: PlacesSection::of(&set.place),
            artefacts: ArtefactSection::of(&set.artefacts.scores()),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct MetricsSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluator: Option<&'static str>,
    protocol: ProtocolSection,
    frames: usize,
    fp32: RoleSection,
    int8: RoleSection,
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<RoleSection>,
    changes: Vec<ChangeSection>,
    resampling: ResamplingSection,
}

impl MetricsSection {
    fn of(facts: &ComparisonFacts) -> Option<Self> {
        let protocol = &facts.settings.protocol;
        let set = facts.comparison;
        let pooled = set.pooled(protocol)?;
        let each = per_frame(facts.evals, protocol);
        let board = facts.board.and_then(|board| {
            let pooled = board.comparison.pooled(protocol)?;
            let each = per_frame(board.evals, protocol).map(|pair| pair.int8);
            let sums = &board.comparison.int8;
            Some(RoleSection::of(sums, &pooled.int8, each.as_ref()))
        });
        Some(Self {
            evaluator: facts.evaluator.map(Evaluator::name),
            protocol: ProtocolSection::of(protocol),
            frames: set.frames,
            fp32: RoleSection::of(&set.fp32, &pooled.fp32, each.as_ref().map(|e| &e.fp32)),
            int8: RoleSection::of(&set.int8, &pooled.int8, each.as_ref().map(|e| &e.int8)),
            board,
            changes: facts.changes.iter().map(ChangeSection::of).collect(),
            resampling: ResamplingSection::of(facts.resampling),
        })
    }
}

/// The metrics of one role, by both averages.
#[derive(Clone, Copy, Debug, Serialize)]
struct RoleSection {
    count: f64,
    floored: f64,
    pooled: AllMetrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_frame: Option<AllMetrics>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct AllMetrics {
    rmse: Option<f64>,
    #[serde(flatten)]
    others: MetricFigures,
}

impl AllMetrics {
    fn of(m: &DepthMetrics) -> Self {
        Self {
            rmse: finite(m.rmse),
            others: MetricFigures::of(m),
        }
    }
}

impl RoleSection {
    fn of(sums: &EvalSums, pooled: &DepthMetrics, per_frame: Option<&DepthMetrics>) -> Self {
        let errors = &sums.errors;
        Self {
            count: errors.count,
            floored: errors.floored / errors.count,
            pooled: AllMetrics::of(pooled),
            per_frame: per_frame.map(AllMetrics::of),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ChangeSection {
    metric: &'static str,
    fp32: Option<f64>,
    int8: Option<f64>,
    difference: Option<f64>,
    interval: Option<[f64; 2]>,
    verdict: &'static str,
    neighbours: Option<f64>,
}

impl ChangeSection {
    fn of(change: &Change) -> Self {
        Self {
            metric: change.metric.name(),
            fp32: finite(change.fp32),
            int8: finite(change.int8),
            difference: finite(change.difference()),
            interval: change.interval().map(|(low, high)| [low, high]),
            verdict: match change.verdict {
                ChangeVerdict::TooFewFrames => "too few frames",
                ChangeVerdict::NotFinite => "not finite",
                ChangeVerdict::MayBeChance { .. } => "may be chance",
                ChangeVerdict::Real { .. } => "real",
            },
            neighbours: change.neighbours.and_then(finite),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ResamplingSection {
    replicates: usize,
    seed: u64,
    run: usize,
    average: &'static str,
}

impl ResamplingSection {
    fn of(how: Resampling) -> Self {
        Self {
            replicates: how.replicates,
            seed: how.seed,
            run: how.run,
            average: match how.average {
                Average::Pooled => "pooled",
                Average::PerFrame => "per frame",
            },
        }
    }
}
