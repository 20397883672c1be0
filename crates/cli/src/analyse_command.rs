//! `fathom analyse`: the page's report from the command line.

use fathom_engine::{PartRecorder, ReportRun, ReportSettings};
use fathom_native::{
    CollectedFiles, Dialect, DiskFiles, Machine, NAME_TEXT, RunEnd, collect, drive, offer_words,
};

use crate::analyse_arguments::AnalyseArguments;
use crate::command_error::CommandError;
use crate::progress_line::ProgressLine;
use crate::report_outputs;
use crate::set_arguments::SetArguments;

/// Runs the command.
pub(crate) fn run(arguments: &AnalyseArguments) -> Result<(), CommandError> {
    let AnalyseArguments { set, output } = arguments;
    output.check()?;
    let settings = ReportSettings {
        has_link: output.link,
        ..set.settings()?
    };
    let found = files_of(set)?;
    let mut run = ReportRun::new(found.rows, settings, NAME_TEXT);
    match driven(set, &found.disk, &mut run, None)? {
        RunEnd::Outcome(outcome) => report_outputs::write(&outcome, output),
        RunEnd::Compared => Ok(()),
    }
}

/// The files of a set. What is left out is told.
pub(crate) fn files_of(set: &SetArguments) -> Result<CollectedFiles, CommandError> {
    let found = collect(&set.paths())?;
    if let Some(text) = &found.left_out {
        eprintln!("{text}");
    }
    Ok(found)
}

/// Runs to the end, with a line of progress. Warnings go to the standard error.
pub(crate) fn driven(
    set: &SetArguments,
    disk: &DiskFiles,
    run: &mut ReportRun,
    recorder: Option<&mut PartRecorder>,
) -> Result<RunEnd, CommandError> {
    let machine = Machine::new(set.threads, set.memory);
    let line = ProgressLine::new();
    let result = drive(disk, machine, run, recorder, &mut |stage| {
        line.on_stage(stage)
    });
    drop(line);
    for warning in run.warnings() {
        eprintln!("{warning}");
    }
    if let Some(offer) = run.offer() {
        eprintln!("{}", offer_words(offer, Dialect::Flags));
    }
    Ok(result?)
}
