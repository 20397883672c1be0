//! `report.json`, format version 1: metres, shares in 0..1; keys are never renamed, only added. A figure that does not exist
//! (no pixel was measured, or it is not finite) is `null`; a section without data is absent. Every key is explained in
//! `docs/REPORT.md`, and `docs/report.schema.json` is its schema.
//!
//! The doc comments of the serialized types are the documentation: the tests generate both files from them.
//! Nothing is measured here, except means of given sums.

mod advice_sections;
mod budget_section;
mod code_entries;
mod code_outcome;
mod comparison_sections;
mod distribution_sections;
mod error_breakdown;
mod landscape_sections;
mod other_link;
mod protocol_section;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod value_names;

use serde::{Deserialize, Serialize};

use crate::link::SharedComparison;
use crate::network::NetworkSection;
use fathom_analysis::BestRange;
use fathom_analysis::DistributionSummary;
use fathom_analysis::calibrators::CalibratorRow;
use fathom_analysis::compare::EvalProtocol;
use fathom_analysis::{RangeReport, RangeSettings};
use fathom_core::depth::Crop;
use fathom_core::stats::{DepthWindow, Resolution};

pub use advice_sections::{
    PlannerSection, RemedyEntry, SourceEntry, VerdictEntry, WhatIfPoint, WhatIfSection,
};
pub use code_entries::CodesInfo;
pub use comparison_sections::{BoardInfo, ComparisonInfo};
pub use landscape_sections::{BitsInfo, OptimaInfo, SweepInfo};
pub use other_link::{
    LinkEntry, OtherLinkChange, OtherLinkMetric, OtherLinkOutcome, OtherLinkRange, OtherLinkSection,
};

/// The value of the key `format`.
pub const FORMAT: &str = "fathom.report";

/// The value of the key `version`.
pub const VERSION: u32 = 1;

/// One input file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InputInfo {
    /// File name, with its folder where known.
    pub name: String,
    /// Role of the file: `gt`, `fp32`, `int8` or `board`.
    pub role: String,
    /// Name of the frame that the file belongs to.
    pub frame: String,
    /// File format.
    pub format: String,
    /// Sample type, as numpy names it.
    pub dtype: String,
    /// Number of maps in the file: more than one for a stack of frames.
    pub maps: usize,
    /// Columns. Unit: px.
    pub width: usize,
    /// Rows. Unit: px.
    pub height: usize,
    /// Metres per unit of a sample. `null` where a unit has no length. Unit: m.
    pub scale: Option<f64>,
    /// Conversion of a sample to a depth, in words.
    pub encoding: String,
    /// Number of valid pixels: finite, above 0, and no invalid marker. Unit: px.
    pub valid: u64,
    /// Number of the other pixels. Unit: px.
    pub invalid: u64,
}

/// An input file with its repairs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "input"))]
struct InputSection {
    #[serde(flatten)]
    info: InputInfo,
    /// Repairs of its maps, in the order of their application. Absent without one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repairs: Vec<RepairInfo>,
}

impl InputSection {
    fn new(info: &InputInfo, reading: &ReadingInfo) -> Self {
        let own = reading
            .repairs
            .iter()
            .filter(|(role, _)| *role == info.role);
        Self {
            info: info.clone(),
            repairs: own.map(|(_, repair)| repair.clone()).collect(),
        }
    }
}

/// The long searches of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Searches {
    /// None: everything else takes seconds.
    #[default]
    None,
    /// The best range with both ends free, under every metric.
    All,
}

impl Searches {
    /// All choices.
    pub const ALL: [Self; 2] = [Self::None, Self::All];

    /// The name in `report.json` and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::All => "all",
        }
    }
}

/// A repair of the maps of a file, such as `flip` = `rows`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "repair"))]
pub struct RepairInfo {
    /// What is repaired: `swap_axes`, `flip`, `window`, `byte_order`, `quantity`, `unit`, `factor`, `codes` or `no_depth`. `as_is`: nothing,
    /// as the user states that the maps are right.
    pub name: String,
    /// How, as text.
    pub value: String,
    /// The reason, in one sentence.
    pub evidence: String,
    /// True if the user was asked; false if it was taken without asking.
    pub asked: bool,
}

impl RepairInfo {
    /// Returns true if the analysed maps differ from those of the file.
    #[must_use]
    pub fn changes_maps(&self) -> bool {
        self.name != "as_is"
    }
}

/// Input of every report.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The files; empty for the built-in sample and for a link.
    pub inputs: &'a [InputInfo],
    /// Origin of the depths, in words.
    pub source: &'a str,
    /// Figures of the distribution.
    pub summary: &'a DistributionSummary,
    /// Resolution of the distribution.
    pub resolution: Resolution,
    /// Settings of the measured ranges.
    pub how: &'a RangeSettings,
    /// Settings of the file reader.
    pub reading: &'a ReadingInfo,
    /// The measured ranges.
    pub ranges: &'a [RangeReport],
    /// The best ranges.
    pub best: &'a [BestRange],
    /// The long searches that were run.
    pub searches: Searches,
}

/// Optional sections of a report. `None` leaves a section out.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportSections<'a> {
    /// Codes side by side.
    pub codes: Option<CodesInfo<'a>>,
    /// The ranges that calibration methods pick.
    pub calibrators: Option<&'a [CalibratorRow]>,
    /// RMSE against the end of the range.
    pub sweep: Option<SweepInfo<'a>>,
    /// The best ranges with both ends free.
    pub optima: Option<OptimaInfo<'a>>,
    /// One range at every bit width.
    pub bits: Option<BitsInfo<'a>>,
    /// Predictions against ground truth.
    pub comparison: Option<ComparisonInfo<'a>>,
    /// The comparison that a link carries, with its protocol, where there are no maps.
    pub shared: Option<(&'a SharedComparison, &'a EvalProtocol)>,
    /// Ranges for the output of the network itself.
    pub what_if: Option<&'a WhatIfSection>,
    /// Sources of error and remedies.
    pub planner: Option<&'a PlannerSection>,
    /// The answers in words.
    pub verdicts: Option<&'a [VerdictEntry]>,
    /// Another link beside it.
    pub other_link: Option<&'a OtherLinkSection>,
    /// What each part of a network does to its output.
    pub network: Option<&'a NetworkSection>,
}

/// Settings of the file reader.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadingInfo {
    /// The crop.
    pub crop: Crop,
    /// Evaluated depths.
    pub window: DepthWindow,
    /// Samples that mean "no depth", beside zero and what is no positive number.
    pub markers: Vec<f64>,
    /// Repairs of whole roles, by the name of the role.
    pub repairs: Vec<(String, RepairInfo)>,
}

/// The whole file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "report"))]
pub struct Report {
    /// Identifies the file format.
    #[cfg_attr(test, schemars(extend("const" = FORMAT)))]
    format: &'static str,
    /// Version of the format. Under one version, keys are never renamed or removed, only added.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    version: u32,
    /// Origin of the depths, in words.
    source: String,
    /// The input files. Absent for the built-in sample and for a link.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<InputSection>,
    /// Settings behind the ranges and codes.
    settings: Settings,
    /// Long searches that were run. `none`: `optima` is absent. `all`: every one.
    #[cfg_attr(test, schemars(extend("enum" = value_names::searches())))]
    searches: &'static str,
    /// The valid depths: of the ground truth, or of the only role present.
    distribution: distribution_sections::DistributionSection,
    /// Uniform codes over the ranges of the table, under `settings.policy`.
    ranges: Vec<distribution_sections::RangeSection>,
    /// The best end with the start of the range in use; every pixel counts. Absent until the search is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<distribution_sections::BestSection>,
    /// The best range with both ends free; every pixel counts. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    optima: Option<landscape_sections::OptimaSection>,
    /// RMSE against the end of the range, under `settings.policy`. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    sweep: Option<landscape_sections::SweepSection>,
    /// One range at every bit width from 4 to 16, under `settings.policy`. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<landscape_sections::BitsSection>,
    /// The ranges that calibration methods pick, under `settings.policy`. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    calibrators: Option<Vec<code_entries::CalibratorEntry>>,
    /// Codes side by side, under `settings.policy`. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<Vec<code_entries::CodeEntry>>,
    /// Estimate of the smallest RMSE that a fine code with as many values can reach (Panter and Dite 1951): `sqrt(I^3
    /// / 12) / n`. `I` is the integral of the cube root of the density of the depths, `n` the number of values.
    /// Absent without `codes`, or where all depths are equal. On few different depths, as sensors give them, it says
    /// little, and fitted codes memorise them. Unit: m.
    #[serde(skip_serializing_if = "Option::is_none")]
    panter_dite_rmse: Option<f64>,
    /// Predictions against ground truth.
    #[serde(flatten)]
    comparison: Option<comparison_sections::ComparisonSections>,
    /// F coded over other ranges, against G. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<WhatIfSection>,
    /// Sources of error and remedies. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    planner: Option<PlannerSection>,
    /// The answers in words. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<VerdictEntry>>,
    /// Another link compared with the page. Absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_link: Option<OtherLinkSection>,
    /// What each part of a network does to its output. Absent without a network.
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<NetworkSection>,
}

/// Settings behind the ranges and codes.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "settings"))]
struct Settings {
    /// Smallest prediction that ratios and logarithms see. Unit: m.
    eval_min: f64,
    /// Largest depth that is evaluated. `null` without a limit. Unit: m.
    eval_max: Option<f64>,
    /// Treatment of a pixel outside the range. `count`: its error counts. `exclude`: it is left out. `clamp`: it counts
    /// as a pixel without error.
    #[cfg_attr(test, schemars(extend("enum" = value_names::policies())))]
    policy: &'static str,
    /// Bits of the code. Unit: bit.
    bits: u8,
    /// The code of `ranges`, `best`, `optima`, `sweep`, `bits` and `calibrators`.
    #[cfg_attr(test, schemars(extend("enum" = value_names::codes())))]
    code: &'static str,
    /// Name of the crop; `none` without one.
    #[cfg_attr(test, schemars(extend("enum" = value_names::crops())))]
    crop: &'static str,
    /// Alignment fitted to the ground truth.
    #[cfg_attr(test, schemars(extend("enum" = value_names::alignments())))]
    alignment: &'static str,
    /// Samples that mean "no depth", in the unit of the file. Absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invalid_markers: Vec<f64>,
}

impl Report {
    /// The report of a distribution alone.
    #[must_use]
    pub fn new(input: &ReportInput) -> Self {
        Self {
            format: FORMAT,
            version: VERSION,
            source: input.source.to_owned(),
            inputs: input
                .inputs
                .iter()
                .map(|info| InputSection::new(info, input.reading))
                .collect(),
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
            searches: input.searches.name(),
            distribution: distribution_sections::DistributionSection::new(
                input.summary,
                input.resolution,
            ),
            ranges: input
                .ranges
                .iter()
                .map(distribution_sections::RangeSection::new)
                .collect(),
            best: distribution_sections::BestSection::new(input.best),
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
            network: None,
        }
    }

    /// The section on a network.
    #[must_use]
    pub fn network(&self) -> Option<&NetworkSection> {
        self.network.as_ref()
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
            optima: more.optima.map(landscape_sections::OptimaSection::new),
            sweep: more.sweep.map(landscape_sections::SweepSection::new),
            bits: more
                .bits
                .map(|facts| landscape_sections::BitsSection::new(facts, input.how.policy)),
            calibrators: more.calibrators.map(|rows| {
                rows.iter()
                    .map(code_entries::CalibratorEntry::new)
                    .collect()
            }),
            codes: more
                .codes
                .map(|facts| code_entries::CodeEntry::all(facts.rows, facts.range)),
            panter_dite_rmse: more.codes.and_then(|facts| facts.panter_dite_m),
            comparison: match (more.comparison, more.shared) {
                (Some(maps), _) => Some(comparison_sections::ComparisonSections::new(maps)),
                (None, shared) => shared.map(|(shared, protocol)| {
                    comparison_sections::ComparisonSections::from_shared(shared, protocol)
                }),
            },
            what_if: more.what_if.cloned(),
            planner: more.planner.cloned(),
            verdicts: more.verdicts.map(<[VerdictEntry]>::to_vec),
            other_link: more.other_link.cloned(),
            network: more.network.cloned(),
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
