//! Requests to a worker and its responses: plain data, beside [`Buffers`](crate::Buffers) that travel unparsed.

use fathom_analysis::DistributionSummary;
use fathom_analysis::compare::FrameResult;
use fathom_analysis::understanding::{FrameSample, RepairFit};
use fathom_core::stats::{Resolution, Sketch, SummaryHeader};
use serde::{Deserialize, Serialize};

use crate::distribution_build::{Build, Built};
use crate::file_content::{FileContent, ReadOptions};
use crate::frame_depths::FrameOrder;
use crate::ids::JobId;
use crate::map_view::{View, ViewInfo};
use crate::query::{Query, QueryResult};

/// Tells requests apart. Later ones have larger numbers.
pub type RequestId = u32;

/// Urgency of a request. A worker does the most urgent one first, and of equals the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Priority {
    /// The user changes something and looks at what follows.
    Edit,
    /// The result is in view.
    InView,
    /// The result is just outside the view.
    Near,
    /// Everything else.
    Rest,
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadFile {
    /// Its place in the job.
    pub file: u32,
    /// The group of files that share role and encoding.
    pub group: u32,
    /// The number of the file on disk.
    pub source: u32,
    /// The number of its mask's file.
    pub mask: Option<u32>,
    /// Its name, which tells an NPZ from an archive.
    pub name: String,
    /// Options of reading it.
    pub options: ReadOptions,
}

/// A request to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Decode a file, count its samples under its group, keep its maps as far as the budget allows.
    Read {
        /// The counts of a newer job replace those of an older one.
        job: JobId,
        /// Tells sets of files apart: maps of files that were chosen before are dropped.
        chosen: JobId,
        /// The file.
        file: Box<ReadFile>,
    },
    /// Hand over the counts of a job and forget them.
    Summaries {
        /// The job.
        job: JobId,
    },
    /// Merge the summaries that come along, build the distribution of one role and hold it as the shown depths.
    Build {
        /// Tells depths apart.
        serial: JobId,
        /// The order.
        order: Box<Build>,
        /// Group and header of each summary that comes along.
        parts: Vec<(u32, SummaryHeader)>,
    },
    /// Make the built-in sample and hold it as the shown depths.
    Sample {
        /// Tells depths apart.
        serial: JobId,
    },
    /// Restore the depths of a link and hold them as the shown depths.
    Sketch {
        /// Tells depths apart.
        serial: JobId,
        /// The depths as the link has them.
        sketch: Box<Sketch>,
    },
    /// Send a copy of the shown depths.
    ShareDepths {
        /// Which depths.
        serial: JobId,
    },
    /// Hold the depths that come along.
    HoldDepths {
        /// Which depths.
        serial: JobId,
        /// Resolution of the depths.
        resolution: Resolution,
    },
    /// A query about the shown depths.
    Query {
        /// About which depths.
        serial: JobId,
        /// The query.
        query: Box<Query>,
    },
    /// Compare the maps of a frame.
    Compare {
        /// Which comparison.
        run: JobId,
        /// The frame.
        order: Box<FrameOrder>,
    },
    /// Hand over the pixels of a comparison and forget them.
    Pairs {
        /// Which comparison.
        run: JobId,
    },
    /// Hold the predictions of a comparison: the pixels of all workers come along.
    HoldPredictions {
        /// Which comparison.
        run: JobId,
    },
    /// Send maps that a reader looks at.
    View(Box<View>),
    /// Drop every request that is not finished.
    Abandon,
}

/// A response of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// To [`Request::Read`]: what the file holds, or one sentence.
    Read(Result<FileContent, String>),
    /// To [`Request::Summaries`]: group and header of each. Their buffers come along.
    Summaries(Vec<(u32, SummaryHeader)>),
    /// To [`Request::Build`], [`Request::Sample`] and [`Request::Sketch`]: the depths are held, or one sentence.
    Built(Result<Box<BuiltDepths>, String>),
    /// To [`Request::ShareDepths`]: the buffers come along; `None` for depths that are not held.
    Depths(Option<Resolution>),
    /// To [`Request::Query`].
    Result(Box<QueryResult>),
    /// To [`Request::Compare`], with the sample of its maps and the sums of the fit, if one was ordered.
    Frame(FrameResult, FrameSample, Option<RepairFit>),
    /// To [`Request::Pairs`]. The pixels come along.
    Pairs,
    /// To [`Request::View`]. The samples come along.
    View(Result<ViewInfo, String>),
    /// To requests that only change what is held.
    Done,
}

/// The shown depths as a worker built them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuiltDepths {
    /// Resolution of the depths.
    pub resolution: Resolution,
    /// Their figures.
    pub summary: DistributionSummary,
    /// Units and markers; `None` for the sample and for a link.
    pub built: Option<Built>,
}
