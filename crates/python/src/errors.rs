//! Errors as exceptions.

use fathom_engine::RunError;
use fathom_native::{Dialect, NativeError, question_words};
use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;

create_exception!(
    fathom,
    FathomError,
    PyValueError,
    "Files or arrays cannot be analysed; the message is one sentence."
);
create_exception!(
    fathom,
    QuestionError,
    FathomError,
    "Files or arrays leave a question open; the message names the arguments that answer it."
);

/// A failure in words.
pub(crate) fn failed(why: &impl ToString) -> PyErr {
    FathomError::new_err(as_keywords(&why.to_string()))
}

/// The exception of an error.
pub(crate) fn failure(error: NativeError) -> PyErr {
    match error {
        NativeError::Run(RunError::Questions(questions)) => {
            QuestionError::new_err(question_words(&questions, Dialect::Keywords))
        }
        NativeError::Run(RunError::Failed(why)) => FathomError::new_err(why),
        other => failed(&other),
    }
}

/// Flags of the command line as keyword arguments: `--as-is` becomes `as_is=`. Hyphens inside words, such as those of paths, stay.
fn as_keywords(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("--") {
        out.push_str(before);
        if !(out.is_empty() || out.ends_with(' ')) {
            out.push_str("--");
            rest = after;
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
        out.push_str(&after[..end].replace('-', "_"));
        if end > 0 {
            out.push('=');
        }
        rest = &after[end..];
    }
    out + rest
}
