//! What the page and the study say to each other: two programs on one thread, each with a memory of its own.
//!
//! Plain data, encoded by `postcard`, beside values of the browser that come along (buffers, files). Knows nothing of how it travels.

use serde::{Deserialize, Serialize};

use fathom_analysis::{BestRange, DistributionSummary, FoundRange, RangeReport};
use fathom_core::depth::Role;
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::Resolution;
use fathom_engine::{FrameSet, JobId, ReportBasis, SetDoubts, TakenRepair};
use fathom_plot::Scene;
use fathom_report::answers::Answers;
use fathom_report::link::Settings;

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
    Set(FrameSet),
    /// The maps that the question is about are right as they are.
    KeepAsIs,
    /// Fit the numbers of these repairs on all pixels.
    Fit(Vec<TakenRepair>),
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
        page: Box<ReportBasis>,
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
    /// What was found in the set that is shown; none while it is sampled.
    Understood(Option<Box<SetDoubts>>),
    /// Repairs with their fitted numbers.
    Fitted(Vec<TakenRepair>),
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
