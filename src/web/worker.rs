//! The worker's side: read, have it decoded and gathered by the readers, colour.
//!
//! Every request is handled without waiting, so that a failure of the program is an error event that the page sees, and never a
//! silent promise. The one exception: the first files need the readers, which the page sends; their requests are kept and handled once
//! they are there.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use super::scope::{listen, send, send_parcel};
use super::{intake, readers, wire};

use crate::protocol::{IngestOrder, PictureFacts, PictureStyle, Reply, Request};
use fathom_core::i18n::tr;
use fathom_core::synth;
use fathom_decode::Decoded;
use fathom_engine::{Buffers, FileContent, JobId, ReadOptions, distribution_buffers, sized};
use fathom_plot::{colours, thinned};

/// Requests that wait for the readers.
type Waiting = VecDeque<wire::Arrived<Request>>;

/// Serves requests until the worker is ended.
pub fn serve(scope: &DedicatedWorkerGlobalScope) {
    let waiting = RefCell::new(Waiting::new());
    let own = scope.clone();
    let handle = move |event: &MessageEvent| {
        let mut waiting = waiting.borrow_mut();
        if let Some(text) = event.data().as_string() {
            // What the requests waited for has come, or will not.
            let error = (text != readers::READY).then_some(text);
            while let Some(arrived) = waiting.pop_front() {
                send_parcel(&own, answer(&arrived, error.as_deref()));
            }
            return;
        }
        let Some(arrived) = wire::unpack::<Request>(&event.data()) else {
            return;
        };
        if !readers::are_loaded() && needs_readers(&arrived.header) {
            if waiting.is_empty() {
                send(&own, &Reply::NeedsReaders, &Buffers::default());
            }
            waiting.push_back(arrived);
            return;
        }
        send_parcel(&own, answer(&arrived, None));
    };
    listen(scope, handle, &Reply::Ready);
}

fn needs_readers(request: &Request) -> bool {
    !matches!(request, Request::Sample { .. })
}

/// A message to the page, or why it could not be made.
type Answered = Result<wire::Parcel, JsValue>;

/// `error` says why there are no readers.
fn answer(arrived: &wire::Arrived<Request>, error: Option<&str>) -> Answered {
    match &arrived.header {
        Request::Add {
            job,
            file,
            group,
            options,
        } => {
            let mut bytes = None;
            let result = match error {
                Some(why) => Err(intake::no_readers(why)),
                None => {
                    let order = IngestOrder {
                        job: *job,
                        group: *group,
                        options: options.clone(),
                    };
                    add(arrived, &order, &mut bytes)
                }
            };
            let (job, file) = (*job, *file);
            wire::pack_parts(
                &Reply::Added { job, file, result },
                &Array::new(),
                &Array::new(),
                bytes.as_ref(),
            )
        }
        Request::Finish { job } => match readers::gathered() {
            Ok((summaries, buffers)) => {
                let job = *job;
                let reply = Reply::Finished { job, summaries };
                wire::pack_parts(&reply, &buffers, &Array::new(), None)
            }
            Err(message) => failed(*job, message),
        },
        Request::Build { job, build } => {
            let built = match error {
                Some(why) => Err(intake::no_readers(why)),
                None => readers::built(build, &arrived.doubles),
            };
            match built {
                Ok(((resolution, built), parts)) => {
                    let reply = Reply::Built {
                        job: *job,
                        resolution,
                        built: Some(built),
                    };
                    // Depths and running sums; counts.
                    let (doubles, words) = (parts.slice(0, 2), parts.slice(2, 3));
                    wire::pack_parts(&reply, &doubles, &words, None)
                }
                Err(message) => failed(*job, message),
            }
        }
        Request::Sample { job } => sample(*job),
        Request::Picture {
            picture,
            options,
            map,
            style,
        } => {
            let coloured = match error {
                Some(why) => Err(intake::no_readers(why)),
                None => intake::decoded(&arrived.file, options)
                    .and_then(|d| coloured(&d, options, *map, style)),
            };
            let (result, buffers) = match coloured {
                Ok((facts, buffers)) => (Ok(facts), buffers),
                Err(why) => (Err(why), Buffers::default()),
            };
            let picture = *picture;
            wire::pack(&Reply::Picture { picture, result }, &buffers)
        }
    }
}

fn failed(job: JobId, message: String) -> Answered {
    wire::pack(&Reply::Failed { job, message }, &Buffers::default())
}

fn sample(job: JobId) -> Answered {
    match synth::long_tail() {
        Ok(distribution) => {
            let (resolution, buffers) = distribution_buffers(distribution);
            let reply = Reply::Built {
                job,
                resolution,
                built: None,
            };
            wire::pack(&reply, &buffers)
        }
        Err(error) => failed(
            job,
            tr!("The built-in sample could not be made: {error}.", error),
        ),
    }
}

/// Reads a file and has its maps gathered; an archive is listed instead. What was read of a file that is no archive and in none is left in
/// `bytes`.
fn add(
    arrived: &wire::Arrived<Request>,
    order: &IngestOrder,
    bytes: &mut Option<Uint8Array>,
) -> Result<FileContent, String> {
    let options = &order.options;
    if options.member.is_none()
        && let Some(file) = arrived.file.dyn_ref::<File>()
        && intake::is_archive(file)
        && let Some(list) = readers::list(file, &file.name())?
    {
        return Ok(FileContent::Archive(list));
    }
    let read = intake::bytes_of(&arrived.file, options.member)?;
    let mask = options.mask.as_ref().map_or(JsValue::UNDEFINED, |source| {
        intake::mask_bytes(&arrived.mask, source)
    });
    let facts = readers::gather(order, &read, &mask)?;
    *bytes = options.member.is_none().then_some(read);
    Ok(FileContent::Maps(facts))
}

/// One map as a picture: its samples, and a colour for each.
fn coloured(
    decoded: &Decoded,
    options: &ReadOptions,
    map: u32,
    style: &PictureStyle,
) -> Result<(PictureFacts, Buffers), String> {
    let map = decoded.maps.get(map as usize).ok_or(tr!(
        "it holds fewer maps; expected as many as before: choose it again",
    ))?;
    let (picture, every) = thinned(&sized(map, options));
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let facts = PictureFacts {
        width: size(picture.ncols()),
        height: size(picture.nrows()),
        every: size(every),
    };
    let words = colours(&picture, style.encoding, &style.markers, style.range_m);
    let samples = picture.into_raw_vec_and_offset().0;
    Ok((
        facts,
        Buffers {
            doubles: vec![samples],
            words: vec![words],
        },
    ))
}
