//! The worker's side: decode, gather, build, colour.
//!
//! Every request is handled without waiting, so that a failure of the program is an error event that the page sees, and never a
//! silent promise. The one exception: the first file needs the readers, which the page sends; its request is kept and handled once they
//! are there.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::Uint8Array;
use ndarray::Array2;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, File, FileReaderSync, MessageEvent};

use super::{readers, wire};
use crate::decode::Decoded;
use crate::depth::{RawMap, Region, Samples, resize};
use crate::plot::{colours, thinned};
use crate::protocol::{
    Buffers, FileContent, FileFacts, JobId, MapFacts, PictureFacts, PictureStyle, Reply, Request,
    Take, build, distribution_buffers, summaries_of,
};
use crate::stats::Summary;
use crate::synth;

/// First bytes of a ZIP archive: of a file in it, of its end where it is empty, of a part where it was split.
const ZIP: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

/// What [`readers`] say once they are in the worker's scope; any other text is why they are not.
const READERS_READY: &str = "readers ready";

#[derive(Default)]
struct State {
    job: JobId,
    summaries: BTreeMap<u32, Summary>,
    /// A request that waits for the readers.
    waiting: Option<wire::Arrived<Request>>,
}

/// The scope of this worker, or `None` on the page's own thread.
#[must_use]
pub fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}

/// Serves requests until the worker is ended.
pub fn serve(scope: &DedicatedWorkerGlobalScope) {
    let state = RefCell::new(State::default());
    let own = scope.clone();
    let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let mut state = state.borrow_mut();
        let (arrived, trouble) = match event.data().as_string() {
            // What the request waited for has come, or will not.
            Some(text) => {
                let Some(arrived) = state.waiting.take() else {
                    return;
                };
                (arrived, (text != READERS_READY).then_some(text))
            }
            None => {
                let Some(arrived) = wire::unpack::<Request>(&event.data()) else {
                    return;
                };
                (arrived, None)
            }
        };
        if trouble.is_none() && !readers::are_loaded() && is_about_a_file(&arrived.header) {
            state.waiting = Some(arrived);
            send(&own, &Reply::NeedsReaders, &Buffers::default());
            return;
        }
        let (reply, buffers) = answer(&mut state, &arrived, trouble.as_deref());
        send(&own, &reply, &buffers);
    });
    scope
        .add_event_listener_with_callback("message", handler.as_ref().unchecked_ref())
        .unwrap_or_else(|error| wasm_bindgen::throw_val(error));
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

fn is_about_a_file(request: &Request) -> bool {
    matches!(request, Request::Add { .. } | Request::Picture { .. })
}

fn answer(
    state: &mut State,
    arrived: &wire::Arrived<Request>,
    trouble: Option<&str>,
) -> (Reply, Buffers) {
    match &arrived.header {
        Request::Add {
            job,
            file,
            group,
            take,
        } => {
            if state.job != *job {
                state.job = *job;
                state.summaries.clear();
            }
            let summary = state.summaries.entry(*group).or_default();
            let result = match trouble {
                Some(why) => Err(no_readers(why)),
                None => add(summary, arrived, take),
            };
            let (job, file) = (*job, *file);
            (Reply::Added { job, file, result }, Buffers::default())
        }
        Request::Finish { job } => finish(*job, std::mem::take(&mut state.summaries)),
        Request::Build {
            job,
            build: request,
        } => {
            let headers: Vec<_> = request
                .groups
                .iter()
                .flat_map(|g| g.summaries.clone())
                .collect();
            let built = summaries_of(&headers, arrived.buffers())
                .ok_or_else(|| "The workers' results do not fit together.".to_owned())
                .and_then(|summaries| build(request, summaries));
            match built {
                Ok((distribution, built)) => {
                    let (resolution, buffers) = distribution_buffers(distribution);
                    let built = Some(built);
                    (
                        Reply::Built {
                            job: *job,
                            resolution,
                            built,
                        },
                        buffers,
                    )
                }
                Err(message) => failed(*job, message),
            }
        }
        Request::Sample { job } => sample(*job),
        Request::Picture {
            picture,
            take,
            map,
            style,
        } => {
            let coloured = match trouble {
                Some(why) => Err(no_readers(why)),
                None => decoded(arrived, take).and_then(|d| coloured(&d, take, *map, style)),
            };
            let picture = *picture;
            match coloured {
                Ok((facts, buffers)) => (
                    Reply::Picture {
                        picture,
                        result: Ok(facts),
                    },
                    buffers,
                ),
                Err(why) => (
                    Reply::Picture {
                        picture,
                        result: Err(why),
                    },
                    Buffers::default(),
                ),
            }
        }
    }
}

fn no_readers(why: &str) -> String {
    format!(
        "the readers of files could not be loaded ({why}); expected them beside the page: check the connection and choose the file again"
    )
}

fn failed(job: JobId, message: String) -> (Reply, Buffers) {
    (Reply::Failed { job, message }, Buffers::default())
}

fn sample(job: JobId) -> (Reply, Buffers) {
    match synth::long_tail() {
        Ok(distribution) => {
            let (resolution, buffers) = distribution_buffers(distribution);
            (
                Reply::Built {
                    job,
                    resolution,
                    built: None,
                },
                buffers,
            )
        }
        Err(error) => failed(
            job,
            format!("The built-in sample could not be made: {error}."),
        ),
    }
}

fn finish(job: JobId, gathered: BTreeMap<u32, Summary>) -> (Reply, Buffers) {
    let mut summaries = Vec::new();
    let mut buffers = Buffers::default();
    for (group, summary) in gathered {
        let parts = summary.into_parts();
        summaries.push((group, parts.header));
        buffers.doubles.extend(parts.buffers);
    }
    (Reply::Finished { job, summaries }, buffers)
}

/// Reads a file and gathers its maps; an archive is listed instead.
fn add(
    summary: &mut Summary,
    arrived: &wire::Arrived<Request>,
    take: &Take,
) -> Result<FileContent, String> {
    if take.member.is_none()
        && let Some(file) = arrived.file.dyn_ref::<File>()
        && is_zip(file)
    {
        let members = readers::list(file, &file.name())?;
        if !members.is_empty() {
            return Ok(FileContent::Archive(members));
        }
    }
    let Decoded { maps, choice } = decoded(arrived, take)?;
    let first = maps
        .first()
        .ok_or("it holds no map; expected at least one: choose another file")?;
    let mut facts = FileFacts {
        format: first.format,
        dtype: first.dtype,
        maps: Vec::with_capacity(maps.len()),
        choice,
        nodata: first.nodata,
        notices: first.notices.clone(),
    };
    let mut watch = take.watch.clone();
    watch.extend(first.nodata);
    let mut region = Region {
        crop: take.crop,
        mask: None,
    };
    for map in &maps {
        let map = sized(map, take);
        if region.mask.is_none() {
            region.mask = mask(arrived, take, &map)?;
        }
        let counts = summary.add(&map, &region, &watch);
        facts.maps.push(MapFacts::of(&map, counts));
    }
    Ok(FileContent::Maps(facts))
}

fn is_zip(file: &Blob) -> bool {
    let head = file
        .slice_with_f64_and_f64(0.0, 4.0)
        .ok()
        .and_then(|head| read(&head).ok());
    head.is_some_and(|head| ZIP.contains(&head.to_vec().as_slice()))
}

/// The map in the size it is wanted in.
fn sized<'a>(map: &'a RawMap, take: &Take) -> std::borrow::Cow<'a, RawMap> {
    match take.resize {
        Some(to) if (to.width as usize, to.height as usize) != (map.width(), map.height()) => {
            std::borrow::Cow::Owned(resize(map, to.height as usize, to.width as usize, to.how))
        }
        _ => std::borrow::Cow::Borrowed(map),
    }
}

/// The maps of the file of a request.
fn decoded(arrived: &wire::Arrived<Request>, take: &Take) -> Result<Decoded, String> {
    readers::decode(&bytes_of(&arrived.file, take.member)?, take.pick.as_deref())
}

/// Which pixels of a map stay, by the mask that came along.
fn mask(
    arrived: &wire::Arrived<Request>,
    take: &Take,
    map: &RawMap,
) -> Result<Option<Array2<bool>>, String> {
    let Some(source) = &take.mask else {
        return Ok(None);
    };
    let name = &source.name;
    let of_mask = |why: String| {
        format!(
            "its mask {name} cannot be used ({why}); expected a picture in which 0 is left out: choose another mask"
        )
    };
    let decoded = bytes_of(&arrived.mask, source.member)
        .and_then(|bytes| readers::decode(&bytes, None))
        .map_err(of_mask)?;
    let mask = decoded
        .maps
        .first()
        .ok_or_else(|| of_mask("it is empty".to_owned()))?;
    if (mask.width(), mask.height()) != (map.width(), map.height()) {
        return Err(format!(
            "it is {} x {} pixels and its mask {name} {} x {}; expected the same size: resize one of them",
            map.width(),
            map.height(),
            mask.width(),
            mask.height()
        ));
    }
    Ok(Some(match &mask.samples {
        Samples::U16(a) => a.mapv(|v| v != 0),
        Samples::F32(a) => a.mapv(|v| v > 0.0),
        Samples::F64(a) => a.mapv(|v| v > 0.0),
    }))
}

/// One map as a picture: its samples, and a colour for each.
fn coloured(
    decoded: &Decoded,
    take: &Take,
    map: u32,
    style: &PictureStyle,
) -> Result<(PictureFacts, Buffers), String> {
    let map = decoded
        .maps
        .get(map as usize)
        .ok_or("it holds fewer maps; expected as many as before: choose it again")?;
    let (picture, every) = thinned(&sized(map, take));
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

/// Reads a file from disk, now, or one file of an archive on disk.
fn bytes_of(file: &JsValue, member: Option<u32>) -> Result<Uint8Array, String> {
    let file: &Blob = file
        .dyn_ref()
        .ok_or_else(|| unreadable("no file came along"))?;
    match member {
        Some(index) => readers::extract(file, index),
        None => read(file),
    }
}

fn read(file: &Blob) -> Result<Uint8Array, String> {
    let buffer = FileReaderSync::new()
        .and_then(|reader| reader.read_as_array_buffer(file))
        .map_err(|e| unreadable(&error_name(&e)))?;
    Ok(Uint8Array::new(&buffer))
}

fn unreadable(why: &str) -> String {
    format!("it could not be read ({why}); expected a file that is still there: choose it again")
}

fn error_name(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| "unknown reason".to_owned(), |e| String::from(e.name()))
}
