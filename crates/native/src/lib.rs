//! The engine over threads and files on disk, without words on a terminal: what the command line and the Python package share.
//!
//! # Main types
//! - [`collect`]: paths and folders become [`DiskFiles`] and the rows of a set, named as the page names them.
//! - [`ArrayFiles`]: arrays of a caller as files, without a copy of a whole stack.
//! - [`drive`]: a `ReportRun` over threads, from any files, to its [`RunEnd`].
//! - [`finish`]: the queries of a merged set over threads.
//! - [`documents`]: HTML and Markdown of a result, as the page saves them.
//!
//! # On purpose
//! - Threads borrow files, so that arrays of a caller need no copy.
//! - Progress is a callback that may stop the run.
//!
//! # Out of scope
//! Arithmetic (`fathom-engine` and below), arguments, terminals.

mod array_files;
mod disk_files;
pub mod documents;
mod engine_threads;
mod machine;
mod merged_run;
mod name_text;
mod native_error;
mod part_files;
mod question_words;
mod run_driver;
pub mod setting_texts;
mod system_words;

pub use array_files::ArrayFiles;
pub use disk_files::{CollectedFiles, DiskFiles, collect};
pub use machine::Machine;
pub use merged_run::finish;
pub use name_text::NAME_TEXT;
pub use native_error::NativeError;
pub use part_files::{open_part, write_part};
pub use question_words::{Dialect, offer_words, question_words};
pub use run_driver::{RunEnd, Stage, drive};
pub use system_words::system_words;
