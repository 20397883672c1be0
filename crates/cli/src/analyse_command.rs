//! `fathom analyse`: the page's report from the command line.

use fathom_engine::{ReportRun, ReportSettings};

use crate::analyse_arguments::AnalyseArguments;
use crate::analysed_files;
use crate::command_error::CommandError;
use crate::engine_threads::EngineThreads;
use crate::report_outputs;
use crate::run_driver::{RunEnd, composed, drive, thread_count};

/// Runs the command.
pub(crate) fn run(arguments: &AnalyseArguments) -> Result<(), CommandError> {
    let AnalyseArguments { set, output } = arguments;
    output.check()?;
    let settings = ReportSettings {
        has_link: output.link,
        ..set.settings()?
    };
    let found = analysed_files::collect(&set.paths())?;
    if let Some(text) = &found.left_out {
        eprintln!("{text}");
    }
    let memory = set.memory.saturating_mul(1_000_000);
    let mut threads = EngineThreads::start(thread_count(set.threads), found.disk, memory);
    let mut run = ReportRun::new(found.rows, settings, composed);
    match drive(&mut threads, &mut run)? {
        RunEnd::Outcome(outcome) => report_outputs::write(&outcome, output),
        RunEnd::Compared => Ok(()),
    }
}
