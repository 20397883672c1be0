//! The engine of the page and of the command line: from files and settings to figures, on any number of workers.
//!
//! A front end owns workers: threads, or web workers. It gives every event to a [`Session`] and does what the commands say. Each worker
//! holds a [`Store`] and responds to requests. A [`ReportRun`] is a front end without a reader: it asks for the whole report.
//!
//! # Main types
//! - [`Session`]: the scheduler. [`Event`]s go in with their time, [`Command`]s come out. It holds no depths and knows no thread. A worker
//!   that ends or falls silent is replaced; what it worked on is tried once more and then named.
//! - [`Store`]: what one worker holds, which is decoded maps within a budget, its share of counts and pixels, the shown depths. It works in
//!   steps, the most urgent [`Request`] first.
//! - [`Request`], [`Response`], [`Buffers`]: messages as plain data.
//! - [`query`]: questions about the shown depths, whose results depend on nothing else.
//! - [`file_set`], [`range_settings`], [`known_figures`]: rules of roles, frames, masks, sizes and units; of the range table; of plan and
//!   answers.
//! - [`ReportRun`], [`RunOutcome`]: the order of questions that leads to `report.json`; the report itself, and the link to it.
//! - [`network`]: messages to the workers of a network, and their scheduler.
//! - [`PartRecorder`], [`merge()`]: sets that are divided over machines.
//!
//! # The path of a number
//! [`file_set::match_rows`] tells role and frame from a name. [`Schedule`] gives the files of a frame to one worker. Its store decodes each
//! file ([`decode_bytes`]) and counts its samples ([`ingest`]). [`build`] merges the counts of all workers, guesses units, and makes the
//! distribution that queries are about. Maps that the store kept are compared without being decoded again ([`FrameDepths`]). Comparisons
//! merge in the order of frames, so that figures do not depend on the number of workers.
//!
//! # On purpose
//! - A step is one file, one map of a frame, one range or one point of a search. Decoding a large file and searches without steps take
//!   longer than a step should; nothing more urgent can begin before they end.
//! - A full budget keeps the files that were read first. Sets are compared in the order in which they are read, so dropping the oldest would
//!   drop each file just before it is needed.
//! - Counts of a job leave their worker once all its files are read. A worker that dies later costs no file.
//!
//! # Out of scope
//! Charts and sentences (`fathom-plot`, `fathom-report`), running networks (`fathom-network`), where bytes come from, undo.
//!
//! # Example
//! One worker on the caller's own thread makes the report of one file.
//! ```
//! use std::io::Cursor;
//! use fathom_engine::{
//!     Buffers, Command, Event, FileAccess, FileRow, NameText, Patience, ReadSeek, ReportRun, Session,
//!     Store,
//! };
//! use fathom_report::report::Searches;
//!
//! struct OneFile(Vec<u8>);
//! impl FileAccess for OneFile {
//!     fn open(&self, _source: u32) -> Result<Box<dyn ReadSeek + '_>, String> {
//!         Ok(Box::new(Cursor::new(&self.0)))
//!     }
//! }
//!
//! # fn main() -> Result<(), String> {
//! // Four depths in metres, from top left to bottom right.
//! let file = OneFile(b"Pf\n2 2\n-1\n\0\0\x40\x40\0\0\x80\x40\0\0\x80\x3f\0\0\0\x40".to_vec());
//! let files = vec![FileRow::new("room.pfm".into(), None, 0, None)];
//! let mut run = ReportRun::new(files, Searches::None, NameText::default());
//! let mut session: Session<Buffers> = Session::new(1, Patience::default());
//! let mut store = Store::new(1_000_000);
//! let mut events = vec![Event::Started(0), run.start()];
//! let report = loop {
//!     while !events.is_empty() {
//!         for command in session.handle(events.remove(0), 0.0) {
//!             match command {
//!                 Command::Send(_, id, priority, request, parts) => {
//!                     let mut buffers = Buffers::default();
//!                     for part in parts {
//!                         buffers.doubles.extend(part.doubles);
//!                         buffers.words.extend(part.words);
//!                     }
//!                     store.push(id, priority, request, buffers);
//!                 }
//!                 Command::Tell(update) => events.extend(run.on_update(update)),
//!                 Command::Replace(_) | Command::Show(..) => return Err("not here".into()),
//!             }
//!         }
//!     }
//!     if let Some(end) = run.take_end() {
//!         break end.map_err(|error| format!("{error:?}"))?;
//!     }
//!     if let Some((id, response, buffers)) = store.poll(&file) {
//!         events.push(Event::Responded(0, id, response, buffers));
//!     }
//! };
//! let json = report.report().to_json().map_err(|error| error.to_string())?;
//! assert!(json.contains("\"mean\": 2.5"));
//! # Ok(())
//! # }
//! ```

mod archive_names;
mod buffers;
mod distribution_build;
mod example_set;
mod file_access;
mod file_content;
mod file_row;
pub mod file_set;
mod frame_depths;
mod frame_files;
mod ids;
mod ingest;
mod kept_maps;
pub mod known_figures;
mod map_view;
mod merge;
mod messages;
pub mod network;
mod open_question;
mod part;
mod part_file;
mod part_index;
pub mod query;
pub mod range_settings;
pub mod report_basis;
mod report_run;
mod report_settings;
mod role_question;
mod run_outcome;
mod schedule;
mod session;
mod session_types;
mod set_doubts;
mod set_join;
mod shared_result;
mod store;
mod whole_report;

pub use archive_names::{CodePage, NameText};
pub use buffers::{
    BUFFERS_PER_SUMMARY, Buffers, distribution_buffers, distribution_from_buffers,
    summaries_from_buffers,
};
pub use distribution_build::{Build, Built, Group, KindInfo, RoleInfo, build};
pub use example_set::{MadeFile, example_files, pfm};
pub use file_access::{
    FileAccess, ReadSeek, archive_directory, decode_bytes, extract_member, is_zip, unreadable,
};
pub use file_content::{
    ArchiveList, FileContent, FileInfo, MapInfo, MaskSource, ReadOptions, Resize,
};
pub use file_row::{FileRow, FileState, ReadingSettings, SizeMismatch, take_choices};
pub use frame_depths::{
    FitOrder, FrameDepths, FrameMap, FrameOrder, PreviewInfo, RoleMaps, count_maps, frame_maps,
    preview, sample,
};
pub use frame_files::{FrameFiles, FrameSet, MapSource};
pub use ids::JobId;
pub use ingest::{ingest, mask_of, repaired, sized};
pub use map_view::{MapViewInfo, View, ViewInfo, document_preview};
pub use merge::{MergeError, MergedSet, PartReader, merge};
pub use messages::{BuiltDepths, Priority, ReadFile, Request, RequestId, Response};
pub use open_question::{OpenQuestion, open_questions};
pub use part::PartRecorder;
pub use part_file::{PART_VERSION, PartError};
pub use report_basis::ReportBasis;
pub use report_run::{ReportRun, RunError, no_maps};
pub use report_settings::ReportSettings;
pub use role_question::{RoleAnswer, RoleQuestion, confidence_offer, role_question};
pub use run_outcome::RunOutcome;
pub use schedule::{Assignment, Schedule};
pub use session::Session;
pub use session_types::{Command, Event, FileTask, Patience, Progress, QueryKey, Update};
pub use set_doubts::{
    SetAnswer, SetDoubts, SetQuestion, SettledFinding, TakenRepair, TypedAnswer, taken_as_is,
};
pub use set_join::SetJoin;
pub use shared_result::{sketch_budget, sketched_depths};
pub use store::{Finished, Store};
pub use whole_report::{
    chart_data, depth_answers, headline, report, report_queries, report_refinements,
};
