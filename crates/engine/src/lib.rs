//! Engine.

mod buffers;
mod distribution_build;
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
mod messages;
pub mod query;
pub mod range_settings;
pub mod report_basis;
mod report_run;
mod schedule;
mod session;
mod session_types;
mod store;
mod whole_report;

pub use buffers::{
    BUFFERS_PER_SUMMARY, Buffers, distribution_buffers, distribution_from_buffers,
    summaries_from_buffers,
};
pub use distribution_build::{Build, Built, Group, KindInfo, RoleInfo, build};
pub use file_access::{
    FileAccess, ReadSeek, archive_members, decode_bytes, extract_member, is_zip, unreadable,
};
pub use file_content::{FileContent, FileInfo, MapInfo, MaskSource, ReadOptions, Resize};
pub use file_row::{FileRow, FileState, ReadingSettings, SizeMismatch};
pub use frame_depths::{
    FrameDepths, FrameMap, FrameOrder, PreviewInfo, RoleMaps, count_maps, frame_maps, look,
};
pub use frame_files::{FrameFiles, FrameSet, MapSource};
pub use ids::JobId;
pub use ingest::{gather, mask_of, sized};
pub use messages::{BuiltDepths, Priority, ReadFile, Request, RequestId, Response};
pub use report_basis::ReportBasis;
pub use report_run::{ReportRun, no_maps};
pub use schedule::{Assignment, Schedule};
pub use session::Session;
pub use session_types::{Command, Event, FileTask, Patience, Progress, QueryKey, Update};
pub use store::{Finished, Store};
pub use whole_report::{
    ComparedInfo, Conclusions, headline, report, report_queries, report_refinements,
};
