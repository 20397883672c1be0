//! `report.json`, format version 1: metres, shares in 0..1; keys are never renamed, only added. A figure that does not exist
//! (no pixel was measured, or it is not finite) is `null`; a section without data is absent. Every key is explained in
//! `docs/REPORT.md`, and `docs/report.schema.json` is its schema.
//!
//! Knows what was measured, and measures nothing itself but means of sums that it is given.

mod answers;
mod beside;
mod budget;
mod codes;
mod comparison;
mod depths;
mod figures;
mod landscape;
mod parts;
mod protocol;

use serde::{Deserialize, Serialize};

use fathom_analysis::CodeRow;
use fathom_analysis::DistributionSummary;
use fathom_analysis::calibrators::CalibratorRow;
use fathom_analysis::landscape::{BitRow, Optimum};
use fathom_analysis::{BestRange, SweepPoint};
use fathom_analysis::{Measurement, RangeReport};
use fathom_core::depth::Crop;
use fathom_core::quant::OutputRange;
use fathom_core::stats::{Resolution, Window};

pub use answers::{PlannerFacts, RemedyEntry, SourceEntry, VerdictEntry, WhatIfFacts, WhatIfPoint};
pub use beside::{
    BesideChange, BesideMetric, BesideOutcome, BesideRange, LinkEntry, OtherLinkFacts,
};
pub use comparison::{BoardFacts, ComparisonFacts};

/// The value of the key `format`.
pub const FORMAT: &str = "fathom.report";

/// The value of the key `version`.
pub const VERSION: u32 = 1;

/// What is said of one input file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// What every report is made of.
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

/// What a report may hold beyond that. What is `None` has no section.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportSections<'a> {
    /// Codes side by side.
    pub codes: Option<CodesFacts<'a>>,
    /// The ranges that calibration methods pick.
    pub calibrators: Option<&'a [CalibratorRow]>,
    /// RMSE against the end of the range.
    pub sweep: Option<SweepFacts<'a>>,
    /// The best ranges with both ends free.
    pub optima: Option<OptimaFacts<'a>>,
    /// One range at every bit width.
    pub bits: Option<BitsFacts<'a>>,
    /// Predictions against ground truth.
    pub comparison: Option<ComparisonFacts<'a>>,
    /// Ranges for the output of the network itself.
    pub what_if: Option<&'a WhatIfFacts>,
    /// Sources of error and remedies.
    pub planner: Option<&'a PlannerFacts>,
    /// The answers in words.
    pub verdicts: Option<&'a [VerdictEntry]>,
    /// Another link beside it.
    pub other_link: Option<&'a OtherLinkFacts>,
}

/// Codes side by side.
#[derive(Clone, Copy, Debug)]
pub struct CodesFacts<'a> {
    /// The rows.
    pub rows: &'a [CodeRow],
    /// The range that they were built over.
    pub range: OutputRange,
    /// The Panter-Dite estimate of the least RMSE with as many values, in metres.
    pub panter_dite_m: Option<f64>,
}

/// RMSE against the end of the range, under the policy, code and bits of the report.
#[derive(Clone, Copy, Debug)]
pub struct SweepFacts<'a> {
    /// The held start, in metres.
    pub min_m: f64,
    /// The points.
    pub points: &'a [SweepPoint],
}

/// The best ranges with both ends free, every pixel counted.
#[derive(Clone, Copy, Debug)]
pub struct OptimaFacts<'a> {
    /// One per metric.
    pub optima: &'a [Optimum],
    /// How often a clipped error counts.
    pub clipping_weight: f64,
}

/// One range at every bit width, every pixel treated as the policy of the report says.
#[derive(Clone, Copy, Debug)]
pub struct BitsFacts<'a> {
    /// The range.
    pub range: OutputRange,
    /// The widths.
    pub rows: &'a [BitRow],
}

/// How files were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    distribution: depths::DistributionSection,
    ranges: Vec<depths::RangeSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<depths::BestSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    optima: Option<landscape::OptimaSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sweep: Option<landscape::SweepSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<landscape::BitsSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibrators: Option<Vec<codes::CalibratorSection>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<Vec<codes::CodeSection>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    panter_dite_rmse: Option<f64>,
    #[serde(flatten)]
    comparison: Option<comparison::ComparisonSections>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<WhatIfFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planner: Option<PlannerFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<VerdictEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_link: Option<OtherLinkFacts>,
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

impl Report {
    /// The report of a distribution alone.
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
            distribution: depths::DistributionSection::of(input.summary, input.resolution),
            ranges: input.ranges.iter().map(depths::RangeSection::of).collect(),
            best: depths::BestSection::of(input.best),
            optima: None,
            sweep: None,
            bits: None,
            calibrators: None,
            codes: None,
            panter_dite_rmse: None,
            comparison: None,
            what_if: None,
            planner: None,
            verdicts: None,
            other_link: None,
        }
    }

    /// The report with further sections, under the measurement that it was made with.
    #[must_use]
    pub fn with(self, input: &ReportInput, more: &ReportSections) -> Self {
        let alignment = more.comparison.map_or(self.settings.alignment, |c| {
            c.settings.protocol.alignment.name()
        });
        Self {
            settings: Settings {
                alignment,
                ..self.settings
            },
            optima: more.optima.map(landscape::OptimaSection::of),
            sweep: more.sweep.map(landscape::SweepSection::of),
            bits: more
                .bits
                .map(|facts| landscape::BitsSection::of(facts, input.how.policy)),
            calibrators: more
                .calibrators
                .map(|rows| rows.iter().map(codes::CalibratorSection::of).collect()),
            codes: more
                .codes
                .map(|facts| codes::CodeSection::all(facts.rows, facts.range)),
            panter_dite_rmse: more.codes.and_then(|facts| facts.panter_dite_m),
            comparison: more.comparison.map(comparison::ComparisonSections::of),
            what_if: more.what_if.cloned(),
            planner: more.planner.cloned(),
            verdicts: more.verdicts.map(<[VerdictEntry]>::to_vec),
            other_link: more.other_link.cloned(),
            ..self
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
