//! The worker's side: decode, gather, build, colour.
//!
//! Every request is handled without waiting, so that a failure of the program is an error event that the page sees, and never a
//! silent promise. The one exception: the first file needs the readers, which the page sends; its request is kept and handled once they
//! are there.

use std::cell::RefCell;
use std::collections::BTreeMap;

use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use super::scope::{listen, send};
use super::{intake, readers, wire};
use crate::decode::Decoded;
use crate::depth::Region;
use crate::language::{said, tr};
use crate::plot::{colours, thinned};
use crate::protocol::{
    Buffers, FileContent, FileFacts, JobId, MapFacts, PictureFacts, PictureStyle, Reply, Request,
    Take, build, distribution_buffers, summaries_of,
};
use crate::stats::Summary;
use crate::synth;

#[derive(Default)]
struct State {
    job: JobId,
    summaries: BTreeMap<u32, Summary>,
    /// A request that waits for the readers.
    waiting: Option<wire::Arrived<Request>>,
}

/// Serves requests until the worker is ended.
pub fn serve(scope: &DedicatedWorkerGlobalScope) {
    let state = RefCell::new(State::default());
    let own = scope.clone();
    let handle = move |event: &MessageEvent| {
        let mut state = state.borrow_mut();
        let (arrived, trouble) = match event.data().as_string() {
            // What the request waited for has come, or will not.
            Some(text) => {
                let Some(arrived) = state.waiting.take() else {
                    return;
                };
                (arrived, (text != readers::READY).then_some(text))
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
    };
    listen(scope, handle, &Reply::Ready);
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
                Some(why) => Err(intake::no_readers(why)),
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
                .ok_or_else(|| said("The workers' results do not fit together.").to_owned())
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
                Some(why) => Err(intake::no_readers(why)),
                None => intake::decoded(&arrived.file, take)
                    .and_then(|d| coloured(&d, take, *map, style)),
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
            tr!("The built-in sample could not be made: {error}.", error),
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
        && intake::is_zip(file)
    {
        let members = readers::list(file, &file.name())?;
        if !members.is_empty() {
            return Ok(FileContent::Archive(members));
        }
    }
    let Decoded { maps, choice } = intake::decoded(&arrived.file, take)?;
    let first = maps.first().ok_or(said(
        "it holds no map; expected at least one: choose another file",
    ))?;
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
        let map = intake::sized(map, take);
        if region.mask.is_none() {
            region.mask = intake::mask(&arrived.mask, take, &map)?;
        }
        let counts = summary.add(&map, &region, &watch);
        facts.maps.push(MapFacts::of(&map, counts));
    }
    Ok(FileContent::Maps(facts))
}

/// One map as a picture: its samples, and a colour for each.
fn coloured(
    decoded: &Decoded,
    take: &Take,
    map: u32,
    style: &PictureStyle,
) -> Result<(PictureFacts, Buffers), String> {
    let map = decoded.maps.get(map as usize).ok_or(said(
        "it holds fewer maps; expected as many as before: choose it again",
    ))?;
    let (picture, every) = thinned(&intake::sized(map, take));
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
