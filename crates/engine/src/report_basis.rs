//! The figures of the shown depths that a report needs before any query is answered.

use fathom_analysis::{
    BestRange, DistributionSummary, FoundRange, NamedRange, RangeReport, RangeSettings,
};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::quant::OutputRange;
use fathom_core::stats::{Resolution, active_markers};
use fathom_report::link::Settings;
use fathom_report::report::{InputInfo, ReadingInfo, Searches};
use serde::{Deserialize, Serialize};

use crate::distribution_build::Built;
use crate::file_row::{FileRow, ReadingSettings};
use crate::file_set::input_infos;

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

/// The origin of depths from files, and how the files were read.
#[derive(Clone, Debug, PartialEq)]
pub struct FilesOrigin {
    /// The files.
    pub inputs: Vec<InputInfo>,
    /// Role and repairs, in words.
    pub source: String,
    /// Settings of the file reader.
    pub reading: ReadingInfo,
}

impl FilesOrigin {
    /// Collects the figures of read files.
    #[must_use]
    pub fn new(rows: &[FileRow], built: &Built, reading: &ReadingSettings) -> Self {
        let files = tr!("files: {}", built.shown.title());
        Self {
            inputs: input_infos(rows, built),
            source: match reading.repairs_text() {
                Some(repairs) => format!("{files}. {repairs}"),
                None => files,
            },
            reading: ReadingInfo {
                crop: reading.crop,
                window: reading.window,
                markers: active_markers(&built.markers),
                repairs: reading.repair_infos(),
            },
        }
    }
}

impl ReportBasis {
    /// The range in use.
    #[must_use]
    pub fn current(&self) -> Option<OutputRange> {
        let report = self.ranges.get(self.current as usize)?;
        Some(report.named.range)
    }

    /// The ranges as a link has them.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            ranges: self.ranges.iter().map(|r| r.named.clone()).collect(),
            current: self.current,
            how: self.how,
            found: self.found,
        }
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
