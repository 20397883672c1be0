//! Input and output of a session: events and commands.

use fathom_analysis::compare::{CompareSettings, FrameResult};
use fathom_analysis::understanding::{FrameSample, RepairFit};
use fathom_core::stats::Sketch;

use crate::distribution_build::Build;
use crate::file_content::FileContent;
use crate::frame_depths::FitOrder;
use crate::frame_files::FrameSet;
use crate::map_view::{View, ViewInfo};
use crate::messages::{BuiltDepths, Priority, ReadFile, Request, RequestId, Response};
use crate::query::{Query, QueryResult};

/// Tells the queries and views of a front end apart.
pub type QueryKey = u32;

/// A file for a session to read. The session numbers it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileTask {
    /// Which file, and how it is read. `file` is set by the session.
    pub read: ReadFile,
    /// Its frame: files of one frame go to one worker.
    pub frame: String,
    /// Its size in bytes, where it is known.
    pub bytes: f64,
}

/// An event.
#[derive(Clone, Debug)]
pub enum Event<B> {
    /// The front end chooses files. Work on an older choice is abandoned.
    Choose(Vec<FileTask>),
    /// It reads the chosen files once more, in another way.
    ReadAgain(Vec<FileTask>),
    /// The files of an archive that was read, possibly none: a job is not over before. They are numbered on from the ones before.
    AddFiles(Vec<FileTask>),
    /// The size of a file in bytes has become known.
    Size(u32, f64),
    /// It shows a role of the files that were read.
    Build(Box<Build>),
    /// It shows the built-in sample.
    Sample,
    /// It shows the depths of a link.
    Sketch(Box<Sketch>),
    /// It asks about the shown depths.
    Query(QueryKey, Priority, Box<Query>),
    /// A query that waits becomes more or less urgent.
    Prioritise(QueryKey, Priority),
    /// It looks at maps.
    View(QueryKey, Box<View>),
    /// It does not wait for a query or a view any more.
    DropQuery(QueryKey),
    /// It compares the frames with these places in a set, and may have a repair fitted on them. An older comparison is dropped.
    Compare(
        Box<FrameSet>,
        Vec<u32>,
        Box<CompareSettings>,
        Option<FitOrder>,
    ),
    /// It abandons everything under way. The shown depths stay.
    Cancel,
    /// A worker has started and takes requests.
    Started(usize),
    /// A worker gives a sign of life.
    Alive(usize),
    /// A worker ended, for this reason.
    Stopped(usize, String),
    /// A worker responds, with buffers of its transport.
    Responded(usize, RequestId, Response, B),
    /// Time passes. At least ten times a second while something is under way.
    Tick,
}

/// A command.
#[derive(Clone, Debug)]
pub enum Command<B> {
    /// Send a request to a worker, with buffers in this order.
    Send(usize, RequestId, Priority, Request, Vec<B>),
    /// End a worker and start another in its place.
    Replace(usize),
    /// Tell the front end.
    Tell(Update),
    /// Show the front end the maps that it looks at, or tell why not.
    Show(QueryKey, Result<ViewInfo, String>, B),
}

/// News for the front end.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A file was read, or one sentence why not. Told once a file, and again only if it can no longer be read.
    FileRead(u32, Result<FileContent, String>),
    /// All files were read: a distribution can be built.
    AllRead,
    /// The depths are held by a worker, or one sentence.
    Built(Result<Box<BuiltDepths>, String>),
    /// The result of a query.
    Result(QueryKey, Box<QueryResult>),
    /// A frame was compared: the result, the sample of its maps, the sums of the fit if one was ordered.
    Frame(u32, FrameResult, FrameSample, Option<RepairFit>),
    /// All frames were compared, and a worker holds the predictions of this comparison: queries can name it.
    Compared(u32),
    /// A worker ended and is replaced; one sentence.
    Replaced(String),
    /// No worker can be started; one sentence. Everything that was wanted is refused.
    NoWorkers(String),
}

/// Progress of reading a job.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Files that were read.
    pub done: usize,
    /// All files so far.
    pub total: usize,
    /// Their bytes, as far as sizes are known.
    pub bytes_done: f64,
    /// Bytes of all files.
    pub bytes_total: f64,
    /// Files a second; 0 before the first.
    pub files_per_s: f64,
    /// Seconds that are left, by bytes where they are known.
    pub left_s: Option<f64>,
}

/// Time limits for workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// Milliseconds without a sign of life after which a busy worker is taken for dead. A worker cannot give any while it decodes.
    pub silence_ms: f64,
    /// Further milliseconds for each byte of the file that it reads.
    pub per_byte_ms: f64,
    /// Further milliseconds for each pixel of the maps that it compares or shows.
    pub per_pixel_ms: f64,
    /// Milliseconds that a query or a build may take without a sign of life: some searches have no steps.
    pub query_ms: f64,
    /// Milliseconds within which a worker has to drop what was cancelled. Then it is replaced.
    pub abandon_ms: f64,
}

impl Default for Patience {
    /// Three seconds, and ten more for 100 MB: the slowest decoder takes half of that on a phone. Comparing takes a tenth of its
    /// allowance there.
    fn default() -> Self {
        Self {
            silence_ms: 3000.0,
            per_byte_ms: 1e-4,
            per_pixel_ms: 1e-3,
            query_ms: 60_000.0,
            abandon_ms: 100.0,
        }
    }
}
