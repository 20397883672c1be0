//! The queries of a merged set, answered on threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use fathom_engine::query::{Query, answer};
use fathom_engine::{Buffers, Event, MergedSet, RunOutcome, Update};

use crate::native_error::NativeError;
use crate::run_driver::Stage;

/// Answers the queries of a merged set. Returns what it has found out, and its warnings. `progress` is called after every answer; the run
/// stops once it returns false.
///
/// # Errors
/// The run has no report, or was stopped.
pub fn finish(
    merged: MergedSet,
    threads: usize,
    progress: &mut dyn FnMut(&Stage) -> bool,
) -> Result<(Box<RunOutcome>, Vec<String>), NativeError> {
    let MergedSet {
        mut run,
        depths,
        pairs,
    } = merged;
    let (ask, asked) = mpsc::channel::<(u32, Box<Query>)>();
    let asked = Mutex::new(asked);
    let (say, said) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (say, asked) = (say.clone(), &asked);
            let (depths, pairs) = (&depths, &pairs);
            scope.spawn(move || {
                let next = || asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((key, query)) = next() {
                    let result = || answer(&query, depths, Some(pairs));
                    let result = catch_unwind(AssertUnwindSafe(result));
                    let update = result.map(|result| Update::Result(key, Box::new(result)));
                    if say.send(update).is_err() {
                        return;
                    }
                }
            });
        }
        let mut events: VecDeque<Event<Buffers>> = run.resume().into();
        let end = loop {
            for event in events.drain(..) {
                if let Event::Query(key, _, query) = event {
                    // Threads end only after this channel.
                    drop(ask.send((key, query)));
                }
            }
            if let Some(end) = run.take_end() {
                let end = end.map_err(NativeError::Run);
                break end.map(|outcome| (outcome, run.warnings()));
            }
            match said.recv() {
                Ok(Ok(update)) => events.extend(run.on_update(update)),
                Ok(Err(_)) | Err(_) => break Err(NativeError::Fault),
            }
            if !progress(&Stage::of_queries(&run)) {
                break Err(NativeError::Stopped);
            }
        };
        // Without a receiver, each thread ends after the query that it answers.
        drop((ask, said));
        end
    })
}
