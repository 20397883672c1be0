//! Predictions against ground truth: the metrics of each role and their changes.

use serde::Serialize;

use super::budget_section::BudgetSection;
use super::code_outcome::{AllMetrics, finite, infinite};
use super::error_breakdown::{
    ArtefactSection, BandSection, DepthSection, FrameSection, PlacesSection,
};
use super::protocol_section::{AverageName, ProtocolSection, protocol_name};
use crate::link::SharedComparison;
use fathom_analysis::compare::{
    ALL_METRICS, Alignment, Average, Change, ChangeVerdict, CompareSettings, Comparison,
    EvalProtocol, Evaluator, FrameMetricSums, FrameRow, PixelSums, Resampled, Resampling,
    ScalingRatios, effective_frames, originals, per_frame, resampled,
};
use fathom_core::metrics::DepthMetrics;

/// A comparison to report.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonInfo<'a> {
    /// The merged sums.
    pub comparison: &'a Comparison,
    /// The sums behind the metrics of each frame of `rows`.
    pub evals: &'a [FrameMetricSums],
    /// The frames' figures.
    pub rows: &'a [FrameRow],
    /// The names of those frames, in the same order.
    pub names: &'a [String],
    /// Settings of the comparison.
    pub settings: &'a CompareSettings,
    /// The evaluator whose protocol it is; `None` for any other protocol.
    pub evaluator: Option<Evaluator>,
    /// The changes from `F` to `Q`.
    pub changes: &'a [Change],
    /// Bootstrap of their intervals.
    pub resampling: Resampling,
    /// The predictions of the same network on the board.
    pub board: Option<BoardInfo<'a>>,
}

/// A second comparison, with the predictions of the board in the place of `Q`.
#[derive(Clone, Copy, Debug)]
pub struct BoardInfo<'a> {
    /// The merged sums.
    pub comparison: &'a Comparison,
    /// The sums behind the metrics of each frame.
    pub evals: &'a [FrameMetricSums],
}

/// The sections of a comparison of predictions with ground truth.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ComparisonSections {
    /// Predictions against ground truth. Absent without all of G, F and Q.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<MetricsSection>,
    /// Sources of the squared error of Q. Absent where `metrics` is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetSection>,
    /// The sections of maps.
    #[serde(flatten)]
    maps: Option<MapSections>,
}

/// The sections that only maps give; a link does not carry them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MapSections {
    /// Errors by depth band, nearest first. Absent where `metrics` is absent, and for a link.
    bands: Vec<BandSection>,
    /// Errors against the true depth, in the bins of an eighth of an octave that hold pixels. Absent where `metrics` is absent, and for a link.
    depth_curve: Vec<DepthSection>,
    /// Every frame with pixels, in the order of the set. Absent where `metrics` is absent, and for a link.
    frames: Vec<FrameSection>,
    /// Errors by position in the image. Absent where `metrics` is absent, and for a link.
    places: PlacesSection,
    /// Banding and checkerboard over all frames. Absent where `metrics` is absent, and for a link.
    artefacts: ArtefactSection,
}

impl ComparisonSections {
    pub(super) fn new(facts: ComparisonInfo) -> Self {
        let set = facts.comparison;
        let bands = set.bands.bands(&facts.settings.band_edges_m);
        let originals = originals(facts.evals);
        // The name of the frame that another one repeats.
        let copied = |index: usize| {
            let original = originals.get(index).filter(|&&original| original != index);
            original.and_then(|&original| facts.names.get(original).cloned())
        };
        let named = facts.rows.iter().zip(facts.names).enumerate();
        Self {
            metrics: MetricsSection::new(&facts),
            budget: BudgetSection::new(
                set,
                facts.settings.protocol.alignment,
                protocol_name(facts.evaluator),
            ),
            maps: Some(MapSections {
                bands: bands.iter().map(BandSection::new).collect(),
                depth_curve: set.curve.bins().iter().map(DepthSection::new).collect(),
                frames: named
                    .map(|(index, (row, name))| FrameSection::new(row, name.clone(), copied(index)))
                    .collect(),
                places: PlacesSection::new(&set.error_map),
                artefacts: ArtefactSection::new(&set.artefacts.scores()),
            }),
        }
    }

    /// The sections of the comparison that a link carries: changes and budget.
    pub(super) fn from_shared(shared: &SharedComparison, protocol: &EvalProtocol) -> Self {
        let compared = shared.compared();
        let frames = (compared.frames - compared.copies.min(compared.frames)) as usize;
        Self {
            metrics: Some(MetricsSection {
                evaluator: compared.evaluator.map(Evaluator::name),
                protocol: ProtocolSection::new(protocol, compared.evaluator),
                frames: compared.frames as usize,
                fp32: None,
                int8: None,
                board: None,
                scaling_ratios: None,
                changes: shared
                    .changes()
                    .iter()
                    .map(|change| ChangeSection::new(change, frames))
                    .collect(),
                resampling: None,
            }),
            budget: Some(BudgetSection::from_budget(
                &shared.budget(),
                compared.step_m,
                protocol_name(compared.evaluator),
            )),
            maps: None,
        }
    }
}

/// Predictions against ground truth.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "metrics"))]
struct MetricsSection {
    /// The tool whose protocol it is. Absent for any other protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluator: Option<&'static str>,
    /// The evaluation protocol. Its steps are, in order: fill, mask, align, clamp, measure.
    protocol: ProtocolSection,
    /// Number of frames with pixels.
    frames: usize,
    /// F, the floating-point prediction. Absent for a link, whose figures are in `changes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    fp32: Option<RoleSection>,
    /// Q, the quantized prediction. Absent for a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    int8: Option<RoleSection>,
    /// B, the prediction of the same network on the board. Absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<RoleSection>,
    /// Ratios of medians that predictions were scaled by, as monodepth2 prints them. Absent unless `protocol.alignment`
    /// is `median scale`.
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling_ratios: Option<RatiosSection>,
    /// Changes from F to Q, metric by metric.
    changes: Vec<ChangeSection>,
    /// Bootstrap of the intervals. Absent for a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    resampling: Option<ResamplingSection>,
}

impl MetricsSection {
    fn new(facts: &ComparisonInfo) -> Option<Self> {
        let protocol = &facts.settings.protocol;
        let set = facts.comparison;
        let pooled = set.pooled(protocol)?;
        let each = per_frame(facts.evals, protocol);
        let board = facts.board.and_then(|board| {
            let pooled = board.comparison.pooled(protocol)?;
            let each = per_frame(board.evals, protocol).map(|pair| pair.int8);
            let sums = &board.comparison.int8;
            Some(RoleSection::new(sums, &pooled.int8, each.as_ref()))
        });
        let drawn = resampled(facts.evals, protocol, &facts.resampling);
        Some(Self {
            evaluator: facts.evaluator.map(Evaluator::name),
            protocol: ProtocolSection::new(protocol, facts.evaluator),
            frames: set.frames,
            fp32: Some(RoleSection::new(
                &set.fp32,
                &pooled.fp32,
                each.as_ref().map(|e| &e.fp32),
            )),
            int8: Some(RoleSection::new(
                &set.int8,
                &pooled.int8,
                each.as_ref().map(|e| &e.int8),
            )),
            board,
            scaling_ratios: (protocol.alignment == Alignment::MedianScale)
                .then(|| RatiosSection::new(facts.evals))
                .flatten(),
            changes: facts
                .changes
                .iter()
                .map(|change| ChangeSection::new(change, drawn.frames))
                .collect(),
            resampling: Some(ResamplingSection::new(facts.resampling, drawn)),
        })
    }
}

/// The metrics of one prediction, by both averages.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "role"))]
struct RoleSection {
    /// Number of pixels that count. Unit: px.
    count: f64,
    /// Share of pixels whose prediction was raised to the floor. Unit: 1.
    floored: f64,
    /// Metrics over all pixels together.
    pooled: AllMetrics,
    /// Metrics of each frame, then the mean over frames. Absent without frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_frame: Option<AllMetrics>,
    /// Names of the metrics that are infinite in both averages, where an evaluator prints `inf` and `pooled` has `null`.
    /// Absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    infinite: Vec<&'static str>,
}

impl RoleSection {
    fn new(sums: &PixelSums, pooled: &DepthMetrics, per_frame: Option<&DepthMetrics>) -> Self {
        let errors = &sums.errors;
        Self {
            count: errors.count,
            floored: errors.floored / errors.count,
            pooled: AllMetrics::new(pooled),
            per_frame: per_frame.map(AllMetrics::new),
            infinite: infinite(&ALL_METRICS.map(|metric| (metric.name(), metric.value_in(pooled)))),
        }
    }
}

/// Ratios between the median of the ground truth and that of a prediction.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "scaling_ratios")
)]
struct RatiosSection {
    /// Ratios of F.
    fp32: RatioSection,
    /// Ratios of Q.
    int8: RatioSection,
}

/// The ratios of one prediction.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "scaling_ratio"))]
struct RatioSection {
    /// Median of the frames' ratios: `med` in monodepth2's output. Unit: 1.
    median: f64,
    /// Standard deviation of the frames' ratios over that median: `std` in monodepth2's output. Unit: 1.
    std: f64,
}

impl RatiosSection {
    fn new(evals: &[FrameMetricSums]) -> Option<Self> {
        let of = |scale: fn(&FrameMetricSums) -> f64| {
            let ratios: Vec<f64> = evals.iter().map(scale).collect();
            let ratios = ScalingRatios::new(&ratios)?;
            Some(RatioSection {
                median: ratios.median,
                std: ratios.relative_std,
            })
        };
        Some(Self {
            fp32: of(|frame| frame.fp32_scale)?,
            int8: of(|frame| frame.int8_scale)?,
        })
    }
}

/// The change of one metric from F to Q.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "change"))]
struct ChangeSection {
    /// Name of the metric.
    #[cfg_attr(test, schemars(extend("enum" = super::value_names::metrics())))]
    metric: &'static str,
    /// The metric of F. Unit: as the metric.
    fp32: Option<f64>,
    /// The metric of Q. Unit: as the metric.
    int8: Option<f64>,
    /// `int8 - fp32`. Unit: as the metric.
    difference: Option<f64>,
    /// 95 % interval of the difference, by a paired percentile bootstrap over runs of frames (Efron and Tibshirani 1993;
    /// Politis and Romano 1992), widened for what runs and a small sample lack. `null` for fewer than 10 distinct frames or
    /// values that are not finite. Unit: as the metric.
    interval: Option<[f64; 2]>,
    /// Says if the interval leaves out 0: `real` if it does, `may be chance` if it does not.
    verdict: VerdictName,
    /// Correlation between neighbouring frames of their contributions to the difference, copies left out. The interval
    /// allows for it. `null` for too few frames. Unit: 1.
    neighbours: Option<f64>,
    /// Number of independent frames that would tell as much. `null` where `neighbours` is.
    effective_frames: Option<f64>,
    /// The figures of `fp32`, `int8` and `difference` that are infinite. Absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    infinite: Vec<&'static str>,
    /// What few pixels carry of the difference. Absent for shares of pixels, under 10,000 pixels, and where nothing
    /// changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    few_pixels: Option<FewPixelsSection>,
}

/// The share of a change that the 0.01 % of the pixels with the largest changes carry. Over 0.1, few pixels make it.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "few_pixels"))]
struct FewPixelsSection {
    /// Share of the difference; negative where these pixels oppose it, above 1 where the others do. Good to a fifth
    /// of itself and 3 % of the sum of absolute changes. Unit: 1.
    share: f64,
    /// Smallest number of pixels that carry nine tenths of that share. Unit: px.
    pixels: f64,
    /// Number of all pixels. Unit: px.
    of: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum VerdictName {
    #[serde(rename = "too few frames")]
    TooFewFrames,
    #[serde(rename = "not finite")]
    NotFinite,
    #[serde(rename = "may be chance")]
    MayBeChance,
    #[serde(rename = "real")]
    Real,
}

impl ChangeSection {
    /// Makes the row of a change over `frames` distinct frames.
    fn new(change: &Change, frames: usize) -> Self {
        let neighbours = change.neighbours.and_then(finite);
        Self {
            metric: change.metric.name(),
            fp32: finite(change.fp32),
            int8: finite(change.int8),
            difference: finite(change.difference()),
            interval: change.interval().map(|(low, high)| [low, high]),
            verdict: match change.verdict {
                ChangeVerdict::TooFewFrames => VerdictName::TooFewFrames,
                ChangeVerdict::NotFinite => VerdictName::NotFinite,
                ChangeVerdict::NotSignificant { .. } => VerdictName::MayBeChance,
                ChangeVerdict::Significant { .. } => VerdictName::Real,
            },
            neighbours,
            effective_frames: neighbours.map(|rho| effective_frames(frames, rho)),
            infinite: infinite(&[
                ("fp32", change.fp32),
                ("int8", change.int8),
                ("difference", change.difference()),
            ]),
            few_pixels: change.few_pixels.map(|few| FewPixelsSection {
                share: few.share,
                pixels: few.pixels,
                of: few.of,
            }),
        }
    }
}

/// The bootstrap behind the intervals.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "resampling"))]
struct ResamplingSection {
    /// Number of replicates.
    replicates: usize,
    /// Seed of `SplitMix64`.
    seed: u64,
    /// Number of consecutive frames drawn together. It follows from the largest correlation of a metric between
    /// neighbouring frames (Politis and White 2004).
    run: usize,
    /// The average that the changes are of.
    average: AverageName,
    /// Number of distinct frames that are drawn.
    frames: usize,
    /// Number of frames that repeat the maps of another frame. Each is drawn with its original, as one frame.
    copies: usize,
}

impl ResamplingSection {
    fn new(how: Resampling, drawn: Resampled) -> Self {
        Self {
            replicates: how.replicates,
            seed: how.seed,
            run: drawn.run,
            average: match how.average {
                Average::Pooled => AverageName::Pooled,
                Average::PerFrame => AverageName::PerFrame,
            },
            frames: drawn.frames,
            copies: drawn.copies,
        }
    }
}
