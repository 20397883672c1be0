//! The worker's side: decode, gather, build.
//!
//! Every request is handled without waiting, so that a failure of the program is an error event that the page sees, and never a
//! silent promise.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::Uint8Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, FileReaderSync, MessageEvent};

use super::wire;
use crate::decode::{Limits, decode};
use crate::depth::Role;
use crate::protocol::{
    Buffers, FileFacts, JobId, Reply, Request, build, distribution_buffers, summaries_of,
};
use crate::stats::Summary;
use crate::synth;

#[derive(Default)]
struct Gathered {
    job: JobId,
    summaries: BTreeMap<Role, Summary>,
}

/// The scope of this worker, or `None` on the page's own thread.
#[must_use]
pub fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}

/// Serves requests until the worker is ended.
pub fn serve(scope: &DedicatedWorkerGlobalScope) {
    let gathered = RefCell::new(Gathered::default());
    let own = scope.clone();
    let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(arrived) = wire::unpack::<Request>(&event.data()) else {
            return;
        };
        let (reply, buffers) = answer(&mut gathered.borrow_mut(), &arrived);
        send(&own, &reply, &buffers);
    });
    scope.set_onmessage(Some(handler.as_ref().unchecked_ref()));
    // The handler lives as long as the worker.
    handler.forget();
    send(scope, &Reply::Ready, &Buffers::default());
}

fn send(scope: &DedicatedWorkerGlobalScope, reply: &Reply, buffers: &Buffers) {
    let sent = wire::pack(reply, buffers)
        .and_then(|p| scope.post_message_with_transfer(&p.message, &p.transfer));
    if let Err(error) = sent {
        // Thrown out of the handler it reaches the page as an error event.
        wasm_bindgen::throw_val(error);
    }
}

fn answer(gathered: &mut Gathered, arrived: &wire::Arrived<Request>) -> (Reply, Buffers) {
    match &arrived.header {
        Request::Add { job, file, role } => {
            if gathered.job != *job {
                *gathered = Gathered {
                    job: *job,
                    ..Gathered::default()
                };
            }
            let summary = gathered.summaries.entry(*role).or_default();
            let reply = Reply::Added {
                job: *job,
                file: *file,
                result: read_file(&arrived.file).and_then(|bytes| add(summary, &bytes)),
            };
            (reply, Buffers::default())
        }
        Request::Finish { job } => finish(*job, std::mem::take(gathered)),
        Request::Build {
            job,
            summaries,
            scales,
        } => {
            let built = summaries_of(summaries, arrived.buffers())
                .ok_or_else(|| "The workers' results do not fit together.".to_owned())
                .and_then(|summaries| build(summaries, *scales));
            match built {
                Ok((distribution, scales, guesses)) => {
                    let (resolution, buffers) = distribution_buffers(distribution);
                    let reply = Reply::Built {
                        job: *job,
                        resolution,
                        scales,
                        guesses,
                    };
                    (reply, buffers)
                }
                Err(message) => failed(*job, message),
            }
        }
        Request::Sample { job } => sample(*job),
    }
}

fn failed(job: JobId, message: String) -> (Reply, Buffers) {
    (Reply::Failed { job, message }, Buffers::default())
}

fn sample(job: JobId) -> (Reply, Buffers) {
    match synth::long_tail() {
        Ok(distribution) => {
            let (resolution, buffers) = distribution_buffers(distribution);
            let reply = Reply::Built {
                job,
                resolution,
                scales: crate::protocol::Guesses::default().scales(),
                guesses: crate::protocol::Guesses::default(),
            };
            (reply, buffers)
        }
        Err(error) => failed(
            job,
            format!("The built-in sample could not be made: {error}."),
        ),
    }
}

fn finish(job: JobId, gathered: Gathered) -> (Reply, Buffers) {
    let mut summaries = Vec::new();
    let mut buffers = Buffers::default();
    for (role, summary) in gathered.summaries {
        let parts = summary.into_parts();
        summaries.push((role, parts.header));
        buffers.doubles.extend(parts.buffers);
    }
    (Reply::Finished { job, summaries }, buffers)
}

fn add(summary: &mut Summary, bytes: &[u8]) -> Result<FileFacts, String> {
    let map = decode(bytes, &Limits::default()).map_err(|e| e.to_string())?;
    let (valid, invalid) = summary.add(&map);
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(FileFacts {
        format: map.format,
        dtype: map.dtype,
        width: size(map.width()),
        height: size(map.height()),
        valid,
        invalid,
        notices: map.notices,
    })
}

/// Reads a file from disk, now.
fn read_file(file: &JsValue) -> Result<Vec<u8>, String> {
    let unreadable = |why: String| {
        format!(
            "it could not be read ({why}); expected a file: choose it again, and for a folder choose the files in it"
        )
    };
    let file: &File = file
        .dyn_ref()
        .ok_or_else(|| unreadable("no file came along".to_owned()))?;
    let buffer = FileReaderSync::new()
        .and_then(|reader| reader.read_as_array_buffer(file))
        .map_err(|e| unreadable(error_name(&e)))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn error_name(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| "unknown reason".to_owned(), |e| String::from(e.name()))
}
