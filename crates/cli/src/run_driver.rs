//! Drives a run over threads to its end, with a line that says how far it is. The line is shown on terminals only.

use std::collections::VecDeque;
use std::thread;

use fathom_core::units;
use fathom_engine::{Buffers, Event, ReportRun, RunError, RunOutcome};
use indicatif::{ProgressBar, ProgressStyle};
use unicode_normalization::UnicodeNormalization;

use crate::command_error::CommandError;
use crate::engine_threads::EngineThreads;
use crate::question_words;

/// The end of a run.
pub(crate) enum RunEnd {
    /// Everything that was found out.
    Outcome(Box<RunOutcome>),
    /// All frames are compared, and no more was wanted.
    Compared,
}

/// The number of threads that are wanted.
pub(crate) fn thread_count(wanted: Option<usize>) -> usize {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    wanted.unwrap_or_else(processors).max(1)
}

/// A path in Unicode's composed form.
pub(crate) fn composed(path: &str) -> String {
    path.nfc().collect()
}

/// Runs to the end. Warnings go to the standard error.
pub(crate) fn drive(
    threads: &mut EngineThreads,
    run: &mut ReportRun,
) -> Result<RunEnd, CommandError> {
    let result = drive_quietly(threads, run);
    for warning in run.warnings() {
        eprintln!("{warning}");
    }
    result
}

fn drive_quietly(threads: &mut EngineThreads, run: &mut ReportRun) -> Result<RunEnd, CommandError> {
    let line = progress_line();
    let mut events: VecDeque<Event<Buffers>> = [run.start()].into();
    loop {
        let updates = match events.pop_front() {
            Some(event) => threads.handle(event)?,
            None => threads.wait()?,
        };
        for update in updates {
            events.extend(run.on_update(update));
        }
        if let Some(end) = run.take_end() {
            line.finish_and_clear();
            return end.map(RunEnd::Outcome).map_err(|e| run_error(&e));
        }
        if run.is_compared() {
            line.finish_and_clear();
            return Ok(RunEnd::Compared);
        }
        line.set_message(stage(threads, run));
        line.tick();
    }
}

/// A line of progress.
pub(crate) fn progress_line() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        line.set_style(style);
    }
    line
}

/// The error of a run, in words.
pub(crate) fn run_error(error: &RunError) -> CommandError {
    CommandError::Usage(match error {
        RunError::Failed(why) => why.clone(),
        RunError::Questions(questions) => question_words::words(questions),
    })
}

/// The progress of a run, in words.
fn stage(threads: &EngineThreads, run: &ReportRun) -> String {
    let reading = threads.progress();
    if reading.done < reading.total {
        let left = reading
            .left_s
            .map_or_else(String::new, |left_s| format!(", {left_s:.0} s left"));
        let (done, total) = (count(reading.done), count(reading.total));
        let rate = reading.files_per_s;
        return format!("Reading {done} of {total} files, {rate:.0} a second{left}");
    }
    let (done, total) = run.frame_progress();
    if done < total {
        return format!("Comparing {} of {} frames", count(done), count(total));
    }
    query_stage(run)
}

/// The progress of queries, in words.
pub(crate) fn query_stage(run: &ReportRun) -> String {
    let (done, total) = run.query_progress();
    format!("Computing {} of {} results", count(done), count(total))
}

fn count(number: usize) -> String {
    units::count(number as f64)
}
