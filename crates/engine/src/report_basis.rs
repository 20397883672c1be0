//! The figures of the shown depths that a report needs before any query is answered.

use fathom_analysis::{
    BestRange, DistributionSummary, FoundRange, NamedRange, RangeReport, RangeSettings,
};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Resolution;
use fathom_report::report::{InputInfo, ReadingInfo, Searches};
use serde::{Deserialize, Serialize};

/// The page's part of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportBasis {
    /// The files; empty for the built-in sample and for a link.
    pub inputs: Vec<InputInfo>,
    /// Origin of the depths, in words.
    pub source: String,
    /// Their figures.
    pub summary: DistributionSummary,
    /// Resolution of the depths.
    pub resolution: Resolution,
    /// Settings of the measured ranges.
    pub how: RangeSettings,
    /// Settings of the file reader.
    pub reading: ReadingInfo,
    /// The ranges of the table.
    pub ranges: Vec<RangeReport>,
    /// The best ends.
    pub best: Vec<BestRange>,
    /// Which of the ranges is in use.
    pub current: u32,
    /// The range that evidence gives.
    pub found: Option<FoundRange>,
    /// True for the built-in sample.
    pub is_sample: bool,
    /// The role of the files, where the depths come from files.
    pub role: Option<Role>,
    /// The long searches that are wanted.
    pub searches: Searches,
}

/// The origin of the built-in sample, in words.
#[must_use]
pub fn sample_source() -> String {
    tr!("built-in sample {}", fathom_core::synth::LONG_TAIL_NAME)
}

/// The origin of depths from files of a role, in words.
#[must_use]
pub fn files_source(role: Role) -> String {
    tr!("files: {}", role.title())
}

impl ReportBasis {
    /// The range in use.
    #[must_use]
    pub fn current(&self) -> Option<OutputRange> {
        let report = self.ranges.get(self.current as usize)?;
        Some(report.named.range)
    }

    /// The other ranges that begin where the one in use does.
    #[must_use]
    pub fn others(&self) -> Vec<NamedRange> {
        let start = self.current().map(OutputRange::min_m);
        let named = self.ranges.iter().map(|report| &report.named);
        named
            .filter(|named| Some(named.range.min_m()) == start)
            .cloned()
            .collect()
    }
}
