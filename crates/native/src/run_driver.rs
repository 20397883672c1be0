//! Drives a run over threads to its end.

use std::collections::VecDeque;
use std::fmt;
use std::thread;

use fathom_core::units;
use fathom_engine::{
    Buffers, Event, FileAccess, PartRecorder, Progress, ReportRun, RunOutcome, document_preview,
};

use crate::engine_threads::EngineThreads;
use crate::machine::Machine;
use crate::native_error::NativeError;

/// The end of a run.
#[derive(Debug)]
pub enum RunEnd {
    /// Everything that was found out.
    Outcome(Box<RunOutcome>),
    /// All frames are compared, and no more was wanted.
    Compared,
}

/// Progress of a run. Its text is a line of progress.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Files are read.
    Reading(Progress),
    /// Frames are compared: done, and of all.
    Comparing(usize, usize),
    /// Queries are answered: done, and of all so far.
    Computing(usize, usize),
}

impl Stage {
    fn new(reading: Progress, run: &ReportRun) -> Self {
        if reading.done < reading.total {
            return Self::Reading(reading);
        }
        match run.frame_progress() {
            (done, total) if done < total => Self::Comparing(done, total),
            _ => Self::of_queries(run),
        }
    }

    /// The queries of a run.
    pub(crate) fn of_queries(run: &ReportRun) -> Self {
        let (done, total) = run.query_progress();
        Self::Computing(done, total)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize| units::count(number as f64);
        match self {
            Self::Reading(reading) => {
                let (done, total) = (count(reading.done), count(reading.total));
                let rate = reading.files_per_s;
                write!(f, "Reading {done} of {total} files, {rate:.0} a second")?;
                match reading.left_s {
                    Some(left_s) => write!(f, ", {left_s:.0} s left"),
                    None => Ok(()),
                }
            }
            Self::Comparing(done, total) => {
                write!(f, "Comparing {} of {} frames", count(*done), count(*total))
            }
            Self::Computing(done, total) => {
                write!(f, "Computing {} of {} results", count(*done), count(*total))
            }
        }
    }
}

/// Runs to the end. `recorder` sees what a part keeps. `progress` is called at least ten times a second; the run stops once it returns
/// false.
///
/// # Errors
/// The run has no report, was stopped, or its part cannot be kept.
pub fn drive<F: FileAccess + Sync>(
    files: &F,
    machine: Machine,
    run: &mut ReportRun,
    recorder: Option<&mut PartRecorder>,
    progress: &mut dyn FnMut(&Stage) -> bool,
) -> Result<RunEnd, NativeError> {
    thread::scope(|scope| {
        let mut threads = EngineThreads::start(scope, files, machine, recorder);
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
                let mut outcome = end.map_err(NativeError::Run)?;
                if let Some(view) = run.worst_view() {
                    outcome.set_worst(document_preview(threads.look(view)?));
                }
                return Ok(RunEnd::Outcome(outcome));
            }
            if run.is_compared() {
                return Ok(RunEnd::Compared);
            }
            if !progress(&Stage::new(threads.progress(), run)) {
                return Err(NativeError::Stopped);
            }
        }
    })
}
