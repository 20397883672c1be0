//! Predictions against ground truth: metrics, changes, and which depths, frames and places carry the error.
//!
//! Knows the sums of a comparison; visits no pixel.

use serde::Serialize;

use super::budget::BudgetSection;
use super::figures::{MetricFigures, finite};
use super::protocol::ProtocolSection;
use crate::compare::{
    Average, Band, Change, ChangeVerdict, CompareSettings, Comparison, DepthBin, ErrorsAtDepth,
    EvalSums, Evaluator, FrameComparison, FrameRow, PLACE_COLUMNS, PLACE_ROWS, PlaceSums,
    Resampling, SignedSums, frame_rows, per_frame,
};
use crate::metrics::DepthMetrics;

/// A comparison to report.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonFacts<'a> {
    /// The merged sums.
    pub comparison: &'a Comparison,
    /// The frames that they are of.
    pub frames: &'a [FrameComparison],
    /// The frames' names, in the same order.
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
    /// The frames that they are of.
    pub frames: &'a [FrameComparison],
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
        let name = |frame: usize| facts.names.get(frame).cloned().unwrap_or_default();
        Self {
            metrics: MetricsSection::of(&facts),
            budget: BudgetSection::of(set, facts.settings.protocol.alignment),
            bands: bands.iter().map(BandSection::of).collect(),
            depth_curve: set.curve.bins().iter().map(DepthSection::of).collect(),
            frames: frame_rows(facts.frames)
                .iter()
                .map(|row| FrameSection::of(row, name(row.frame)))
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
        let each = per_frame(facts.frames, protocol);
        let board = facts.board.and_then(|board| {
            let pooled = board.comparison.pooled(protocol)?;
            let each = per_frame(board.frames, protocol).map(|pair| pair.int8);
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
            metric: change.metric,
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

/// Signed errors of some pixels.
#[derive(Clone, Copy, Debug, Serialize)]
struct SignedSection {
    bias: Option<f64>,
    spread: Option<f64>,
    rms: Option<f64>,
}

impl SignedSection {
    fn of(sums: &SignedSums) -> Self {
        Self {
            bias: sums.bias_m(),
            spread: sums.spread_m(),
            rms: sums.rms_m(),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
struct BandSection {
    from: f64,
    to: Option<f64>,
    count: f64,
    share: f64,
    f: SignedSection,
    q: SignedSection,
    total: SignedSection,
    share_of_f: f64,
    share_of_q: f64,
    share_of_total: f64,
}

impl BandSection {
    fn of(band: &Band) -> Self {
        Self {
            from: band.from_m,
            to: finite(band.to_m),
            count: band.count,
            share: band.share,
            f: SignedSection::of(&band.f),
            q: SignedSection::of(&band.q),
            total: SignedSection::of(&band.total),
            share_of_f: band.share_of_f,
            share_of_q: band.share_of_q,
            share_of_total: band.share_of_total,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
struct DepthSection {
    from: f64,
    to: f64,
    count: f64,
    f: AtDepthSection,
    q: AtDepthSection,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct AtDepthSection {
    bias: Option<f64>,
    spread: Option<f64>,
    quantiles: QuantileSection,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct QuantileSection {
    #[serde(rename = "5")]
    q5: Option<f64>,
    #[serde(rename = "25")]
    q25: Option<f64>,
    #[serde(rename = "50")]
    q50: Option<f64>,
    #[serde(rename = "75")]
    q75: Option<f64>,
    #[serde(rename = "95")]
    q95: Option<f64>,
}

impl DepthSection {
    fn of(bin: &DepthBin) -> Self {
        Self {
            from: bin.from_m(),
            to: bin.to_m(),
            count: bin.count(),
            f: AtDepthSection::of(&bin.f),
            q: AtDepthSection::of(&bin.q),
        }
    }
}

impl AtDepthSection {
    fn of(errors: &ErrorsAtDepth) -> Self {
        Self {
            bias: errors.sums.bias_m(),
            spread: errors.sums.spread_m(),
            quantiles: QuantileSection {
                q5: errors.quantile_m(0.05),
                q25: errors.quantile_m(0.25),
                q50: errors.quantile_m(0.5),
                q75: errors.quantile_m(0.75),
                q95: errors.quantile_m(0.95),
            },
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct FrameSection {
    frame: usize,
    name: String,
    count: f64,
    rmse_fp32: f64,
    rmse_int8: f64,
    change: f64,
    rms_q: f64,
    bias: f64,
    #[serde(flatten)]
    artefacts: ArtefactSection,
}

impl FrameSection {
    fn of(row: &FrameRow, name: String) -> Self {
        Self {
            frame: row.frame,
            name,
            count: row.count,
            rmse_fp32: row.rmse_fp32_m,
            rmse_int8: row.rmse_int8_m,
            change: row.change_m(),
            rms_q: row.rms_q_m,
            bias: row.bias_m,
            artefacts: ArtefactSection::of(&row.artefacts),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ArtefactSection {
    banding: Option<f64>,
    banding_by_code: Option<f64>,
    checkerboard: Option<f64>,
    alternating_share: Option<f64>,
    coherence: Option<f64>,
}

impl ArtefactSection {
    fn of(scores: &crate::compare::ArtefactScores) -> Self {
        Self {
            banding: scores.banding,
            banding_by_code: scores.banding_by_code,
            checkerboard: scores.checkerboard,
            alternating_share: scores.alternating_share,
            coherence: scores.coherence,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct PlacesSection {
    rows: usize,
    columns: usize,
    border: PartSection,
    centre: PartSection,
    border_ratio: Option<f64>,
    counts: Vec<f64>,
    bias_f: Vec<Option<f64>>,
    bias_q: Vec<Option<f64>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PartSection {
    count: f64,
    f: SignedSection,
    q: SignedSection,
    total: SignedSection,
}

impl PlacesSection {
    fn of(place: &PlaceSums) -> Self {
        let part = |sums: &crate::compare::ErrorTriple| PartSection {
            count: sums.f.count,
            f: SignedSection::of(&sums.f),
            q: SignedSection::of(&sums.q),
            total: SignedSection::of(&sums.total),
        };
        Self {
            rows: PLACE_ROWS,
            columns: PLACE_COLUMNS,
            border: part(&place.border),
            centre: part(&place.centre),
            border_ratio: place.border_ratio().and_then(finite),
            counts: place.cells.iter().map(|cell| cell.f.count).collect(),
            bias_f: place.cells.iter().map(|cell| cell.f.bias_m()).collect(),
            bias_q: place.cells.iter().map(|cell| cell.q.bias_m()).collect(),
        }
    }
}
