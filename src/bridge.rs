//! What the page and the study say to each other: two programs on one thread, each with a memory of its own.
//!
//! Plain data, encoded by `postcard`, beside values of the browser that come along (buffers, files). Knows nothing of how it travels.

use serde::{Deserialize, Serialize};

use crate::protocol::{JobId, Take};
use fathom_analysis::compare::Evidence;
use fathom_analysis::{
    BestRange, DistributionSummary, FoundRange, NamedRange, RangeReport, RangeSettings,
};
use fathom_core::depth::{Encoding, Role};
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::{DepthWindow, Resolution};
use fathom_plot::Scene;
use fathom_report::answers::Answers;
use fathom_report::link::Settings;
use fathom_report::report::{InputInfo, ReadingInfo};

/// From the page to the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Word {
    /// The settings have changed.
    Settings(Settings),
    /// Other depths are shown. Their values, counts and running sums come along.
    Depths {
        /// How exact they are.
        resolution: Resolution,
        /// What they are.
        facts: DepthFacts,
    },
    /// The ranges of the table were measured, or the best ones found.
    Measured {
        /// The rows of the table.
        ranges: Vec<RangeReport>,
        /// The best ends.
        best: Vec<BestRange>,
    },
    /// Files are about to come: their readers can be fetched.
    FilesComing,
    /// Files are being read: what is far from view can wait.
    Reading,
    /// Another set of files is shown, or none. The files come along, or their bytes.
    Set(SetFacts),
    /// The user wants the link in the clipboard.
    CopyLink,
    /// Colours have changed.
    Repaint,
    /// The user wants a chart of the page as SVG.
    Chart {
        /// What it shows; the file is named after it.
        name: String,
        /// The chart.
        scene: Scene,
    },
    /// The user wants the report, of which this is the page's part.
    Report {
        /// In which form.
        form: Form,
        /// The page's part.
        page: Box<PageReport>,
    },
}

/// What the report leaves the page as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Every figure with every digit.
    Json,
    /// Every table as CSV, in one archive.
    Tables,
    /// Text with tables, for a wiki or an issue.
    Markdown,
    /// One page with charts.
    Html,
    /// A Python script that recomputes the headline figures.
    Script,
}

impl Form {
    /// The file's name.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Json => "report.json",
            Self::Tables => "fathom-tables.zip",
            Self::Markdown => "fathom-report.md",
            Self::Html => "fathom-report.html",
            Self::Script => "fathom_check.py",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Tables => "application/zip",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Script => "text/x-python",
        }
    }
}

/// The page's part of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageReport {
    /// The files; empty for the built-in sample and for a link.
    pub inputs: Vec<InputInfo>,
    /// Where the depths come from, in words.
    pub source: String,
    /// Their figures.
    pub summary: DistributionSummary,
    /// How exact they are.
    pub resolution: Resolution,
    /// How ranges are measured.
    pub how: RangeSettings,
    /// How files were read.
    pub reading: ReadingInfo,
    /// The ranges of the table.
    pub ranges: Vec<RangeReport>,
    /// The best ends.
    pub best: Vec<BestRange>,
    /// Which of the ranges is in use.
    pub current: u32,
    /// The range that evidence gives.
    pub found: Option<FoundRange>,
    /// Whether the depths are the built-in sample.
    pub is_sample: bool,
    /// The role of the files, where the depths come from files.
    pub role: Option<Role>,
}

impl PageReport {
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

/// What the shown depths are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepthFacts {
    /// Tells depths apart.
    pub serial: JobId,
    /// In words, such as "91 maps, ground truth".
    pub source: String,
    /// Whether they are the built-in sample.
    pub is_sample: bool,
    /// The role of their files, where they come from files.
    pub role: Option<Role>,
    /// How many maps they are of, where they come from files.
    pub maps: usize,
    /// Their figures.
    pub summary: DistributionSummary,
}

/// A set of files, frame by frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetFacts {
    /// Tells sets apart.
    pub serial: JobId,
    /// The frames that have a map in two roles at least, in their order.
    pub frames: Vec<FrameFiles>,
    /// Numbers that mean "no depth" in ground truth.
    pub markers: Vec<f64>,
    /// Depths of the ground truth that count.
    pub window: DepthWindow,
}

/// The maps of a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameFiles {
    /// Its name.
    pub name: String,
    /// Ground truth.
    pub gt: Option<MapSource>,
    /// Floating-point prediction.
    pub fp32: Option<MapSource>,
    /// Quantized prediction.
    pub int8: Option<MapSource>,
    /// Quantized prediction of the board.
    pub board: Option<MapSource>,
}

/// Where the maps of a role come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapSource {
    /// The file's place among those that come along.
    pub file: u32,
    /// The place of its mask.
    pub mask: Option<u32>,
    /// What to take from it.
    pub take: Take,
    /// From samples to metres.
    pub encoding: Encoding,
}

impl SetFacts {
    /// The name and the maps of each frame, for a comparison.
    #[must_use]
    pub fn members(&self) -> Vec<(String, Option<Evidence>)> {
        let frames = self.frames.iter();
        frames.map(|f| (f.name.clone(), f.evidence())).collect()
    }
}

impl FrameFiles {
    /// A frame without maps.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            gt: None,
            fp32: None,
            int8: None,
            board: None,
        }
    }

    /// Which of the maps that are compared it has.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        let has_quantized = self.int8.is_some() || self.board.is_some();
        Evidence::from_roles(self.gt.is_some(), self.fp32.is_some(), has_quantized)
    }

    /// The place of a role's map.
    pub fn of_mut(&mut self, role: Role) -> &mut Option<MapSource> {
        match role {
            Role::GroundTruth => &mut self.gt,
            Role::Float => &mut self.fp32,
            Role::Quantized => &mut self.int8,
            Role::Board => &mut self.board,
        }
    }

    /// Its maps, ground truth first.
    pub fn maps_mut(&mut self) -> impl Iterator<Item = &mut MapSource> {
        let maps = [
            &mut self.gt,
            &mut self.fp32,
            &mut self.int8,
            &mut self.board,
        ];
        maps.into_iter().filter_map(Option::as_mut)
    }

    /// Its maps with their roles, ground truth first.
    pub fn maps(&self) -> impl Iterator<Item = (Role, &MapSource)> {
        let roles = [
            (Role::GroundTruth, &self.gt),
            (Role::Float, &self.fp32),
            (Role::Quantized, &self.int8),
            (Role::Board, &self.board),
        ];
        roles
            .into_iter()
            .filter_map(|(role, map)| Some((role, map.as_ref()?)))
    }
}

/// From the study to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wish {
    /// It listens now: everything that is shown has to be said once.
    Ready,
    /// Add this range to the table and take it as the one in use.
    UseRange {
        /// Its name.
        name: String,
        /// The range.
        range: OutputRange,
    },
    /// Measure with another code.
    UseCode(CodeKind),
    /// Measure with another bit width.
    UseBits(Bits),
    /// Take these settings: those of a step back or forth, or others that were chosen beside the page.
    Settings(Settings),
    /// The output code was found in INT8's values.
    Found(FoundRange, CodeKind),
    /// Answers from compared predictions to the depths with this number; none where nothing is compared.
    Answers(JobId, Option<Box<Answers>>),
    /// The set is compared and its predictions are measured over other ranges: the page may go on with what it put off.
    Compared,
    /// The page's part of the report.
    Report(Form),
    /// Tell the user.
    Tell {
        /// The sentence.
        text: String,
        /// Whether something went wrong.
        warning: bool,
    },
}
