//! Why a run over files cannot go on.

use std::path::Path;

use fathom_engine::{MergeError, PartError, RunError};
use thiserror::Error;

use crate::system_words::system_words;

/// An error of a run, as one sentence where it has no structure.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NativeError {
    /// A file or folder that cannot be read or used.
    #[error("{path}: {why}")]
    File {
        /// The path as given.
        path: String,
        /// The reason.
        why: String,
    },
    /// The run ended without a report.
    #[error("{0:?}")]
    Run(RunError),
    /// A part cannot be kept or written.
    #[error("{0}")]
    Part(#[from] PartError),
    /// Parts cannot be merged.
    #[error("{0}")]
    Merge(#[from] MergeError),
    /// The caller stopped it.
    #[error("it was stopped")]
    Stopped,
    /// Something that cannot happen did.
    #[error("a fault in this program")]
    Fault,
}

impl NativeError {
    /// An error of the system at a path.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::content(path, &system_words(error))
    }

    /// A path that cannot be used.
    pub(crate) fn content(path: &Path, why: &str) -> Self {
        Self::File {
            path: path.display().to_string(),
            why: why.to_owned(),
        }
    }
}
