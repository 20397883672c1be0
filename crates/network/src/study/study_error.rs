//! Why a study cannot begin: a fault of a file, of the network, or a setting to choose.

use thiserror::Error;

use crate::network_error::NetworkError;

/// The setting that mends an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudySetting {
    /// The models.
    Models,
    /// The frames.
    Frames,
    /// The inputs that are the same for all frames.
    Inputs,
    /// The preprocessing of images.
    Preprocessing,
    /// The output that is judged.
    OutputName,
    /// The maps of the ground truth.
    Truth,
    /// The unit of the ground truth.
    TruthUnit,
}

/// A refusal, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StudyError {
    /// The network cannot be read or run.
    #[error("{0}")]
    Network(#[from] NetworkError),
    /// A file that does not fit.
    #[error("{file}: {problem}")]
    File {
        /// Its name.
        file: String,
        /// The problem and its remedy.
        problem: String,
    },
    /// Files that another setting would fit.
    #[error("{problem}")]
    Setting {
        /// The setting.
        setting: StudySetting,
        /// The problem.
        problem: String,
    },
}

impl StudyError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`map_err` hands over errors whole"
    )]
    pub(super) fn file(file: &str, problem: impl ToString) -> Self {
        Self::File {
            file: file.to_owned(),
            problem: problem.to_string(),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "`map_err` hands over errors whole"
    )]
    pub(super) fn setting(setting: StudySetting, problem: impl ToString) -> Self {
        Self::Setting {
            setting,
            problem: problem.to_string(),
        }
    }
}
