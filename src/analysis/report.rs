//! `report.json`, format version 1: metres, shares in 0..1; keys are never renamed, only added. A figure that does not exist
//! (no pixel was measured) is `null`; a section without data is absent.

use serde::Serialize;

use super::range_report::{Clipped, Measurement, RangeReport};
use super::summary::DistributionSummary;
use super::sweep::BestRange;
use crate::depth::Crop;
use crate::stats::{Resolution, Window};

/// The value of the key `format`.
pub const FORMAT: &str = "fathom.report";

/// The value of the key `version`.
pub const VERSION: u32 = 1;

/// What is said of one input file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputFacts {
    /// File name, with its folder where known.
    pub name: String,
    /// Its role: "gt", "fp32", "int8" or "board".
    pub role: String,
    /// The frame it belongs to.
    pub frame: String,
    /// File format.
    pub format: String,
    /// Sample type, numpy's name.
    pub dtype: String,
    /// Number of its maps: more than one for a stack of frames.
    pub maps: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Metres per unit of a sample, where a unit has a length.
    pub scale: Option<f64>,
    /// How a sample becomes a depth, in words.
    pub encoding: String,
    /// Number of valid pixels.
    pub valid: u64,
    /// Number of the others.
    pub invalid: u64,
}

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The files; empty for the built-in sample and for a link.
    pub inputs: &'a [InputFacts],
    /// Where the depths come from, in words.
    pub source: &'a str,
    /// Figures of the distribution.
    pub summary: &'a DistributionSummary,
    /// How faithful it is.
    pub resolution: Resolution,
    /// How the ranges were measured.
    pub how: &'a Measurement,
    /// How the files were read.
    pub reading: &'a ReadingFacts,
    /// The measured ranges.
    pub ranges: &'a [RangeReport],
    /// The best ranges.
    pub best: &'a [BestRange],
}

/// How files were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadingFacts {
    /// The crop.
    pub crop: Crop,
    /// Depths that are looked at.
    pub window: Window,
    /// Samples that mean "no depth", beside zero and what is no positive number.
    pub markers: Vec<f64>,
}

/// The whole report, ready to be written as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    format: &'static str,
    version: u32,
    source: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<InputFacts>,
    settings: Settings,
    distribution: DistributionSection,
    ranges: Vec<RangeSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<BestSection>,
}

#[derive(Clone, Debug, Serialize)]
struct Settings {
    eval_min: f64,
    eval_max: Option<f64>,
    policy: &'static str,
    bits: u8,
    code: &'static str,
    crop: &'static str,
    alignment: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invalid_markers: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct DistributionSection {
    count: f64,
    min: f64,
    max: f64,
    mean: f64,
    median: f64,
    std: f64,
    percentiles: PercentileSection,
    resolution: &'static str,
    relative_error: f64,
}

#[derive(Clone, Debug, Serialize)]
struct PercentileSection {
    #[serde(rename = "50")]
    p50: f64,
    #[serde(rename = "75")]
    p75: f64,
    #[serde(rename = "90")]
    p90: f64,
    #[serde(rename = "95")]
    p95: f64,
    #[serde(rename = "99")]
    p99: f64,
    #[serde(rename = "99.9")]
    p999: f64,
}

#[derive(Clone, Debug, Serialize)]
struct RangeSection {
    name: String,
    min: f64,
    max: f64,
    effective_min: f64,
    effective_max: f64,
    bits: u8,
    step: f64,
    half_step: f64,
    ideal_rmse: f64,
    count: f64,
    coverage: f64,
    below: f64,
    above: f64,
    far_coverage: f64,
    measured: f64,
    rmse: Option<f64>,
    rmse_rounding: Option<f64>,
    rmse_clipping: Option<f64>,
    clipped_mean_depth: Option<f64>,
    clipped_mean_error: Option<f64>,
    clipped_contribution: f64,
    below_mean_depth: Option<f64>,
    below_mean_error: Option<f64>,
    below_contribution: f64,
    above_mean_depth: Option<f64>,
    above_mean_error: Option<f64>,
    above_contribution: f64,
    abs_rel: Option<f64>,
    sq_rel: Option<f64>,
    rmse_log: Option<f64>,
    log10: Option<f64>,
    silog: Option<f64>,
    irmse: Option<f64>,
    imae: Option<f64>,
    mae: Option<f64>,
    bias: Option<f64>,
    delta1: Option<f64>,
    delta2: Option<f64>,
    delta3: Option<f64>,
    floored: Option<f64>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct BestEntry {
    min: f64,
    max: f64,
    value: f64,
}

#[derive(Clone, Debug, Serialize)]
struct BestSection {
    rmse: BestEntry,
    abs_rel: BestEntry,
    delta1: BestEntry,
}

impl Report {
    /// Assembles the report.
    #[must_use]
    pub fn of(input: &ReportInput) -> Self {
        Self {
            format: FORMAT,
            version: VERSION,
            source: input.source.to_owned(),
            inputs: input.inputs.to_vec(),
            settings: Settings {
                eval_min: input.how.eval_min_m,
                eval_max: input.reading.window.max_m,
                policy: input.how.policy.name(),
                bits: input.how.bits.get(),
                code: input.how.code.name(),
                crop: input.reading.crop.name(),
                alignment: "none",
                invalid_markers: input.reading.markers.clone(),
            },
            distribution: distribution_section(input.summary, input.resolution),
            ranges: input.ranges.iter().map(range_section).collect(),
            best: best_section(input.best),
        }
    }

    /// The report as indented JSON with a final line feed. Numbers keep every digit of their `f64`.
    ///
    /// # Errors
    /// None in practice: no part of a report can fail to serialise.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(json)
    }
}

fn distribution_section(s: &DistributionSummary, resolution: Resolution) -> DistributionSection {
    let [p50, p75, p90, p95, p99, p999] = s.percentiles_m;
    let (resolution, relative_error) = match resolution {
        Resolution::Exact => ("exact", 0.0),
        Resolution::Binned { relative_error } => ("binned", relative_error),
        Resolution::Sketch => ("sketch", 0.005),
    };
    DistributionSection {
        count: s.count,
        min: s.min_m,
        max: s.max_m,
        mean: s.mean_m,
        median: s.median_m(),
        std: s.std_m,
        percentiles: PercentileSection {
            p50,
            p75,
            p90,
            p95,
            p99,
            p999,
        },
        resolution,
        relative_error,
    }
}

fn range_section(r: &RangeReport) -> RangeSection {
    let metric = |of: fn(&crate::metrics::DepthMetrics) -> f64| r.errors.map(|e| of(&e.metrics));
    let Clipped {
        mean_depth_m,
        mean_error_m,
        contribution_m,
        ..
    } = r.clipped;
    RangeSection {
        name: r.named.name.clone(),
        min: r.named.range.min_m(),
        max: r.named.range.max_m(),
        effective_min: r.effective.min_m(),
        effective_max: r.effective.max_m(),
        bits: r.bits.get(),
        step: r.step_m,
        half_step: r.half_step_m,
        ideal_rmse: r.ideal_rmse_m,
        count: r.count,
        coverage: r.coverage,
        below: r.below.share,
        above: r.above.share,
        far_coverage: r.far_coverage,
        measured: r.errors.map_or(0.0, |e| e.count),
        rmse: metric(|m| m.rmse),
        rmse_rounding: r.errors.map(|e| e.rounding_m),
        rmse_clipping: r.errors.map(|e| e.clipping_m),
        clipped_mean_depth: mean_depth_m,
        clipped_mean_error: mean_error_m,
        clipped_contribution: contribution_m,
        below_mean_depth: r.below.mean_depth_m,
        below_mean_error: r.below.mean_error_m,
        below_contribution: r.below.contribution_m,
        above_mean_depth: r.above.mean_depth_m,
        above_mean_error: r.above.mean_error_m,
        above_contribution: r.above.contribution_m,
        abs_rel: metric(|m| m.abs_rel),
        sq_rel: metric(|m| m.sq_rel),
        rmse_log: metric(|m| m.rmse_log),
        log10: metric(|m| m.log10),
        silog: metric(|m| m.silog),
        irmse: metric(|m| m.irmse),
        imae: metric(|m| m.imae),
        mae: metric(|m| m.mae),
        bias: metric(|m| m.bias),
        delta1: metric(|m| m.delta1),
        delta2: metric(|m| m.delta2),
        delta3: metric(|m| m.delta3),
        floored: r.errors.map(|e| e.floored),
    }
}

fn best_section(best: &[BestRange]) -> Option<BestSection> {
    let entry = |metric| {
        best.iter().find(|b| b.metric == metric).map(|b| BestEntry {
            min: b.range.min_m(),
            max: b.range.max_m(),
            value: b.value,
        })
    };
    use crate::metrics::Metric::{AbsRel, Delta1, Rmse};
    Some(BestSection {
        rmse: entry(Rmse)?,
        abs_rel: entry(AbsRel)?,
        delta1: entry(Delta1)?,
    })
}
