//! Messages between the study and its workers.

use serde::{Deserialize, Serialize};

use fathom_analysis::compare::FrameResult;
use fathom_analysis::understanding::{FrameSample, RepairFit};
use fathom_core::stats::Resolution;
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{FrameOrder, JobId, PreviewInfo};

/// A message to a worker of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// These depths are shown now. Their values, running sums and counts come along.
    Depths {
        /// Tells depths apart.
        serial: JobId,
        /// How exact they are.
        resolution: Resolution,
    },
    /// A question about them.
    Query {
        /// The question's number.
        ticket: u32,
        /// The question.
        ask: Query,
    },
    /// A frame to compare. Its files come along.
    Frame {
        /// Which comparison.
        run: JobId,
        /// The frame.
        order: Box<FrameOrder>,
    },
    /// Hand over the pixels that were gathered in a comparison.
    Pairs {
        /// Which comparison.
        run: JobId,
    },
    /// Keep the predictions of a comparison: what every worker has handed over comes along.
    Predictions {
        /// Which comparison.
        run: JobId,
    },
    /// Files are about to come: go through a comparison of made ones. There is no answer.
    Rehearse,
    /// A frame to look at. Its files come along.
    Look {
        /// The frame.
        order: Box<FrameOrder>,
        /// Which of the maps of its files.
        map: u32,
    },
}

/// A message from a worker of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It listens now.
    Ready,
    /// It has the depths, or the predictions.
    Took,
    /// The answer to a question.
    QueryResult {
        /// The question's number.
        ticket: u32,
        /// The answer.
        answer: QueryResult,
    },
    /// A frame is compared.
    Frame {
        /// The comparison.
        result: FrameResult,
        /// The sample of its maps; none if they could not be read.
        sample: FrameSample,
        /// The sums of the fit that was ordered.
        fit: Option<RepairFit>,
    },
    /// The gathered pixels come along, flat.
    Pairs,
    /// The maps of a frame: their samples in metres come along, one buffer each.
    Looked {
        /// What they are, or one sentence.
        result: Result<PreviewInfo, String>,
    },
}
