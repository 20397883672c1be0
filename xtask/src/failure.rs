//! The error type of this program: one sentence with the failure, its cause and the remedy.

use std::fmt;

/// The result of every step.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// The failure, its cause and the remedy. `main` prints it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    why: String,
    remedy: String,
}

impl Failure {
    /// A failure in three parts; each without its full stop.
    pub(crate) fn new(
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// The same failure with the advice of the caller.
    pub(crate) fn advise(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: remedy.into(),
            ..self
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.why.trim_end(), self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_failure_reads_as_one_sentence() {
        let failure = Failure::new(
            "cannot serve the site",
            "port 80 is taken\n",
            "ask the author",
        )
        .advise("choose another");
        assert_eq!(
            failure.to_string(),
            "cannot serve the site: port 80 is taken; choose another"
        );
    }
}
