//! The command line, which tests hold the page and the Python package against.

use std::path::PathBuf;

use crate::failure::Outcome;
use crate::process::Program;
use crate::project::{root, target};

/// The variable that names the program to tests.
pub(crate) const VARIABLE: &str = "FATHOM_PROGRAM";

/// Builds the program for tests.
///
/// # Errors
/// If cargo fails.
pub(crate) fn built() -> Outcome<PathBuf> {
    Program::new("cargo")
        .args(["build", "--quiet", "--package", "fathom-cli"])
        .within(&root())
        .run()?;
    let name = if cfg!(windows) {
        "fathom.exe"
    } else {
        "fathom"
    };
    Ok(target().join("debug").join(name))
}
