//! `fathom merge`: the report of a set from its parts.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use fathom_engine::query::{Query, answer};
use fathom_engine::{Buffers, Event, MergedSet, PartReader, RunOutcome, Update, merge};

use crate::command_error::CommandError;
use crate::merge_arguments::MergeArguments;
use crate::report_outputs;
use crate::run_driver::{composed, progress_line, query_stage, run_error, thread_count};

/// Runs the command.
pub(crate) fn run(arguments: &MergeArguments) -> Result<(), CommandError> {
    arguments.output.check()?;
    let line = progress_line();
    let mut parts = Vec::new();
    for path in &arguments.parts {
        line.set_message(format!("Opening {}", path.display()));
        line.tick();
        let file = File::open(path).map_err(|error| CommandError::file(path, &error))?;
        let name = path.display().to_string();
        parts.push(PartReader::open(&name, BufReader::new(file)).map_err(CommandError::usage)?);
    }
    let frames: usize = parts.iter().map(PartReader::frames).sum();
    line.set_message(format!("Merging {} parts, {frames} frames", parts.len()));
    line.tick();
    let merged = merge(parts, composed, arguments.output.link).map_err(CommandError::usage)?;
    line.finish_and_clear();
    let outcome = finish(merged, thread_count(arguments.threads))?;
    report_outputs::write(&outcome, &arguments.output)
}

/// Answers the queries of a merged set on threads.
fn finish(merged: MergedSet, threads: usize) -> Result<Box<RunOutcome>, CommandError> {
    let MergedSet {
        mut run,
        depths,
        pairs,
    } = merged;
    let (ask, asked) = mpsc::channel::<(u32, Box<Query>)>();
    let asked = Mutex::new(asked);
    let (say, said) = mpsc::channel();
    let line = progress_line();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (say, asked) = (say.clone(), &asked);
            let (depths, pairs) = (&depths, &pairs);
            scope.spawn(move || {
                let next = || asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((key, query)) = next() {
                    let result = Box::new(answer(&query, depths, Some(pairs)));
                    if say.send(Update::Result(key, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(say);
        let mut events: VecDeque<Event<Buffers>> = run.resume().into();
        let end = loop {
            for event in events.drain(..) {
                if let Event::Query(key, _, query) = event {
                    // Threads end only after this channel.
                    drop(ask.send((key, query)));
                }
            }
            if let Some(end) = run.take_end() {
                break end.map_err(|error| run_error(&error));
            }
            line.set_message(query_stage(&run));
            line.tick();
            match said.recv() {
                Ok(update) => events.extend(run.on_update(update)),
                Err(_) => break Err(CommandError::usage("a fault in this program")),
            }
        };
        drop(ask);
        line.finish_and_clear();
        end
    })
}
