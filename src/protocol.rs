//! Messages between the page and its workers.
//!
//! Plain data: a small header, encoded by `postcard`, beside buffers that are handed over without a copy.

use fathom_core::depth::Encoding;
use fathom_core::stats::{Resolution, SummaryHeader};
use fathom_engine::{Build, Built, FileContent, JobId, ReadOptions};
use serde::{Deserialize, Serialize};

/// Which picture a message is about.
pub type PictureId = u32;

/// A request to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Decode the file that comes with this message and gather it under its group.
    Add {
        /// The job.
        job: JobId,
        /// The file's place in the job.
        file: u32,
        /// The group of files that share role and encoding.
        group: u32,
        /// What to take from it.
        options: ReadOptions,
    },
    /// Hand over all that was gathered and forget it.
    Finish {
        /// The job.
        job: JobId,
    },
    /// Merge the summaries that come with this message and build the distribution of one role.
    Build {
        /// The job.
        job: JobId,
        /// What to build.
        build: Build,
    },
    /// Make the built-in sample.
    Sample {
        /// The job.
        job: JobId,
    },
    /// Decode the file that comes with this message and colour one of its maps.
    Picture {
        /// The picture.
        picture: PictureId,
        /// What to take from the file.
        options: ReadOptions,
        /// Which of its maps.
        map: u32,
        /// How to colour it.
        style: PictureStyle,
    },
}

/// A file to gather, whose bytes come along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IngestOrder {
    /// The job: what was gathered for an older one is forgotten.
    pub job: JobId,
    /// The group of files that share role and encoding.
    pub group: u32,
    /// What to take from it.
    pub options: ReadOptions,
}

/// How a map becomes a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureStyle {
    /// From samples to metres.
    pub encoding: Encoding,
    /// Numbers that mean "no depth".
    pub markers: Vec<f64>,
    /// Depths of the first and the last colour, in metres.
    pub range_m: (f64, f64),
}

/// An answer of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker has started and takes requests.
    Ready,
    /// The request under way needs the readers of further formats; it is answered once they have come.
    NeedsReaders,
    /// A file was decoded and gathered, or why not.
    Added {
        /// The job.
        job: JobId,
        /// The file.
        file: u32,
        /// What it is, or one sentence.
        result: Result<FileContent, String>,
    },
    /// All that was gathered; the buffers of each summary come along.
    Finished {
        /// The job.
        job: JobId,
        /// Group and header per summary.
        summaries: Vec<(u32, SummaryHeader)>,
    },
    /// A distribution; its buffers come along.
    Built {
        /// The job.
        job: JobId,
        /// How faithful it is.
        resolution: Resolution,
        /// What else is known; `None` for the sample.
        built: Option<Built>,
    },
    /// A picture: its samples and its colours come along, row by row.
    Picture {
        /// The picture.
        picture: PictureId,
        /// Its size, or one sentence.
        result: Result<PictureFacts, String>,
    },
    /// Something could not be done; one sentence.
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        message: String,
    },
}

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureFacts {
    /// Columns of the picture.
    pub width: u32,
    /// Rows of the picture.
    pub height: u32,
    /// Pixels of the map per pixel of the picture, in each direction: 1 but for very large maps.
    pub every: u32,
}

impl PictureFacts {
    /// The pixel at a point given in shares of width and height: column and row of the picture.
    #[must_use]
    pub fn pixel(&self, x: f64, y: f64) -> (u32, u32) {
        let at =
            |share: f64, size: u32| ((share * f64::from(size)) as u32).min(size.saturating_sub(1));
        (at(x, self.width), at(y, self.height))
    }
}
