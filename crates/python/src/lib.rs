//! The extension module of the package `fathom`: files and arrays in, results out. What users see is in `python/fathom`.

mod errors;
mod run_input;
mod run_result;

use std::path::PathBuf;

use fathom_engine::{PartRecorder, ReportRun, merge as merge_parts};
use fathom_native::{Machine, NAME_TEXT, RunEnd, Stage, drive, finish, open_part, write_part};
use pyo3::prelude::*;
use pyo3::types::PyModule;

use crate::errors::{FathomError, QuestionError, failed, failure};
use crate::run_input::{Interrupts, RunInput};
use crate::run_result::RunResult;

/// Analyses files and arrays.
#[pyfunction]
fn analyse(py: Python<'_>, input: &Bound<'_, PyAny>) -> PyResult<RunResult> {
    let input = RunInput::extract(input)?;
    let set = input.set()?;
    let mut run = ReportRun::new(set.rows, input.settings()?, NAME_TEXT);
    let machine = input.machine()?;
    let mut interrupts = Interrupts::default();
    let end = py.detach(|| {
        let files = &set.files;
        drive(files, machine, &mut run, None, &mut |_: &Stage| {
            interrupts.go_on()
        })
    });
    let mut warnings = set.warnings;
    warnings.extend(run.warnings());
    match interrupts.checked(end)? {
        RunEnd::Outcome(outcome) => RunResult::new(*outcome, warnings),
        RunEnd::Compared => Err(FathomError::new_err("a fault in this program")),
    }
}

/// Summarizes files and arrays to a part. Returns warnings.
#[pyfunction]
fn summarize(py: Python<'_>, input: &Bound<'_, PyAny>, out: PathBuf) -> PyResult<Vec<String>> {
    let input = RunInput::extract(input)?;
    let set = input.set()?;
    let mut run = ReportRun::new(set.rows, input.settings()?, NAME_TEXT).until_compared();
    let machine = input.machine()?;
    let mut recorder = PartRecorder::default();
    let mut interrupts = Interrupts::default();
    let end = py.detach(|| {
        let files = &set.files;
        let recorder = Some(&mut recorder);
        drive(files, machine, &mut run, recorder, &mut |_: &Stage| {
            interrupts.go_on()
        })
    });
    interrupts.checked(end)?;
    py.detach(|| write_part(recorder, &run, &out))
        .map_err(failure)?;
    let mut warnings = set.warnings;
    warnings.extend(run.warnings());
    Ok(warnings)
}

/// Merges parts.
#[pyfunction]
fn merge(py: Python<'_>, parts: Vec<PathBuf>, threads: Option<usize>) -> PyResult<RunResult> {
    let mut interrupts = Interrupts::default();
    let end = py.detach(|| {
        let readers: Result<Vec<_>, _> = parts.iter().map(|path| open_part(path)).collect();
        let readers = readers.map_err(failure)?;
        let merged = merge_parts(readers, NAME_TEXT, true).map_err(|error| failed(&error))?;
        let threads = Machine::new(threads, 0).threads;
        finish(merged, threads, &mut |_: &Stage| interrupts.go_on()).map_err(failure)
    });
    let (outcome, warnings) = interrupts.or(end)?;
    RunResult::new(*outcome, warnings)
}

/// The module.
#[pymodule]
fn _fathom(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("FathomError", module.py().get_type::<FathomError>())?;
    module.add("QuestionError", module.py().get_type::<QuestionError>())?;
    module.add_class::<RunResult>()?;
    module.add_function(wrap_pyfunction!(analyse, module)?)?;
    module.add_function(wrap_pyfunction!(summarize, module)?)?;
    module.add_function(wrap_pyfunction!(merge, module)?)
}
