//! `fathom analyse`: the page's report from the command line.

use std::collections::VecDeque;
use std::fs;
use std::thread;

use encoding_rs::Encoding;
use fathom_core::units;
use fathom_engine::{Buffers, Event, NameText, ReportRun, TakenRepair};
use fathom_report::report::Report;
use indicatif::{ProgressBar, ProgressStyle};
use unicode_normalization::UnicodeNormalization;

use crate::analyse_arguments::AnalyseArguments;
use crate::analysed_files;
use crate::command_error::CommandError;
use crate::engine_threads::EngineThreads;

/// Runs the command.
pub(crate) fn run(arguments: &AnalyseArguments) -> Result<(), CommandError> {
    let (files, rows, left_out) = analysed_files::collect(&arguments.paths())?;
    if let Some(text) = left_out {
        eprintln!("{text}");
    }
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.unwrap_or_else(processors).max(1);
    let mut threads =
        EngineThreads::start(threads, files, arguments.memory.saturating_mul(1_000_000));
    let mut run = ReportRun::new(rows, arguments.searches.into(), name_text());
    run.repair(arguments.repairs.iter().map(TakenRepair::given).collect());
    let result = finish(&mut threads, &mut run);
    for warning in run.warnings() {
        eprintln!("{warning}");
    }
    let report = result.map_err(CommandError::Usage)?;
    let json = report.to_json().map_err(CommandError::usage)?;
    fs::write(&arguments.out, json).map_err(|error| CommandError::file(&arguments.out, &error))
}

/// Ways to handle names of files.
fn name_text() -> NameText {
    NameText {
        composed: |path| path.nfc().collect(),
        decoded: |page, bytes| {
            let encoding = Encoding::for_label(page.label().as_bytes())?;
            let name = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            Some(name.into_owned())
        },
    }
}

/// Runs until the report is there, with a line that says how far it is.
fn finish(threads: &mut EngineThreads, run: &mut ReportRun) -> Result<Box<Report>, String> {
    let line = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        line.set_style(style);
    }
    let mut events: VecDeque<Event<Buffers>> = [run.start()].into();
    loop {
        let updates = match events.pop_front() {
            Some(event) => threads.handle(event),
            None => threads.wait(),
        };
        for update in updates {
            events.extend(run.on_update(update));
        }
        if let Some(end) = run.take_end() {
            line.finish_and_clear();
            return end;
        }
        line.set_message(stage(threads, run));
        line.tick();
    }
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
    let (done, total) = run.query_progress();
    format!("Computing {} of {} results", count(done), count(total))
}

fn count(number: usize) -> String {
    units::count(number as f64)
}
