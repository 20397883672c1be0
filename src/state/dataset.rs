//! Plain values of the state: the shown depths, the job under way, the selected frame, notices.

use std::sync::Arc;

use fathom_analysis::{
    DistributionSummary, Policy, RangeReport, RangeSettings, SweepDomain, SweepPoint,
};
use fathom_core::depth::Role;
use fathom_core::quant::{Bits, CodeKind};
use fathom_core::stats::Resolution;
use fathom_engine::{Built, JobId, MapViewInfo};
use fathom_report::answers::Answers;

/// Where the shown depths come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// The built-in sample.
    Sample,
    /// Files.
    Files { built: Built },
    /// A link, with its words and the figures of the depths that it sums up.
    Link {
        source: String,
        summary: Box<DistributionSummary>,
    },
}

/// The depths that are shown. Workers hold them.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) resolution: Resolution,
    pub(crate) summary: DistributionSummary,
    pub(crate) origin: Origin,
    /// Tells datasets apart.
    pub(crate) serial: JobId,
}

impl Dataset {
    pub(crate) fn is_sample(&self) -> bool {
        self.origin == Origin::Sample
    }

    /// The role of the files that are shown.
    pub(crate) fn shown_role(&self) -> Option<Role> {
        match &self.origin {
            Origin::Files { built } => Some(built.shown),
            Origin::Sample | Origin::Link { .. } => None,
        }
    }
}

/// Facts of the shown depths for the sections.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DepthInfo {
    /// Tells depths apart.
    pub(crate) serial: JobId,
    /// True if they are the built-in sample.
    pub(crate) is_sample: bool,
    /// The role of their files, where they come from files.
    pub(crate) role: Option<Role>,
    /// Number of their maps, where they come from files.
    pub(crate) maps: usize,
    /// Their figures.
    pub(crate) summary: DistributionSummary,
}

/// The job under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Job {
    /// Nothing.
    Idle,
    /// Files are read.
    Reading {
        done: usize,
        total: usize,
        bytes_done: f64,
        bytes_total: f64,
        /// When reading began, in the page's milliseconds.
        since_ms: f64,
    },
    /// Results are put together, or the sample is made.
    Building,
    /// It ended in this sentence.
    Failed(String),
}

impl Job {
    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Self::Reading { .. } | Self::Building)
    }
}

/// The selected frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FrameSelection {
    pub(crate) frame: String,
    /// The map of a stack.
    pub(crate) map: u32,
}

/// The samples of a role's file in the selected frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MapSamples {
    pub(crate) role: Role,
    pub(crate) info: MapViewInfo,
    pub(crate) samples: Vec<f64>,
}

/// The severity of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Info,
    Warning,
}

/// A sentence for the reader that stays until it is dismissed or outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) id: u32,
    pub(crate) severity: Severity,
    pub(crate) text: String,
}

/// The theme switch: system, light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The drawn curve with its domain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) domain: SweepDomain,
    pub(crate) points: Vec<SweepPoint>,
}

/// Answers from compared predictions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum ComparedAnswers {
    /// There is nothing to compare: depths alone are answered.
    #[default]
    None,
    /// Predictions are being compared, or a link may carry a comparison.
    Pending,
    /// The answers.
    Found(Arc<Answers>),
}

/// The input of a search for the best range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SearchKey {
    pub(crate) serial: JobId,
    pub(crate) domain: SweepDomain,
    code: CodeKind,
    bits: Bits,
    eval_min_m: f64,
}

impl SearchKey {
    pub(crate) fn new(serial: JobId, domain: SweepDomain, how: RangeSettings) -> Self {
        Self {
            serial,
            domain,
            code: how.code,
            bits: how.bits,
            eval_min_m: how.eval_min_m,
        }
    }

    /// The settings of the search, which counts every pixel.
    pub(crate) fn how(&self) -> RangeSettings {
        RangeSettings {
            code: self.code,
            bits: self.bits,
            eval_min_m: self.eval_min_m,
            policy: Policy::Count,
        }
    }
}

/// Measured rows of the table with what they were measured on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MeasuredRanges {
    pub(crate) serial: JobId,
    pub(crate) how: Option<RangeSettings>,
    pub(crate) reports: Vec<RangeReport>,
}

/// The form in which a report leaves the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportForm {
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

impl ReportForm {
    /// The file's name.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Json => "report.json",
            Self::Tables => "fathom-tables.zip",
            Self::Markdown => "fathom-report.md",
            Self::Html => "fathom-report.html",
            Self::Script => "fathom_check.py",
        }
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Tables => "application/zip",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Script => "text/x-python",
        }
    }
}
