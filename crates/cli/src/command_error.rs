//! Errors of a command: one sentence each, with the flag that mends it.

use std::path::Path;

use fathom_engine::RunError;
use fathom_native::{Dialect, NativeError, question_words, system_words};
use thiserror::Error;

/// Why a command ends without a result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum CommandError {
    /// A file or folder that cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The path as given.
        path: String,
        /// The fault and its remedy.
        why: String,
    },
    /// A file whose content is refused.
    #[error("{path}: {why}")]
    Content {
        /// The path as given.
        path: String,
        /// One sentence.
        why: String,
    },
    /// Arguments that do not fit each other or the files.
    #[error("{0}")]
    Usage(String),
}

impl CommandError {
    /// An error of the system at a path.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            why: system_words(error),
        }
    }

    /// A refusal of a file's content.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "errors are handed over whole"
    )]
    pub(crate) fn content(path: &Path, why: impl ToString) -> Self {
        Self::Content {
            path: path.display().to_string(),
            why: why.to_string(),
        }
    }

    /// Arguments that do not fit.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`map_err` hands over errors whole"
    )]
    pub(crate) fn usage(why: impl ToString) -> Self {
        Self::Usage(why.to_string())
    }
}

impl From<NativeError> for CommandError {
    fn from(error: NativeError) -> Self {
        match error {
            NativeError::File { path, why } => Self::File { path, why },
            NativeError::Run(RunError::Failed(why)) => Self::Usage(why),
            NativeError::Run(RunError::Questions(questions)) => {
                Self::Usage(question_words(&questions, Dialect::Flags))
            }
            other => Self::usage(other),
        }
    }
}
