//! A worker of the study: holds the shown depths, answers questions about them, compares frames.
//!
//! As with the page's own workers, every order is handled without waiting, so that a failure of the program is an error event. Frames
//! wait until the readers of files are there.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::{Array, Float64Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::scope::{listen, send};
use super::{intake, readers, wire};
use crate::rehearsal;
use crate::study_protocol::{Order, Reply};
use fathom_analysis::compare::{PixelPairs, SortedPairs};
use fathom_analysis::understanding::{FrameSample, RepairFit};
use fathom_core::depth::{RawMap, Region};
use fathom_core::i18n::tr;
use fathom_core::stats::Distribution;
use fathom_engine::query;
use fathom_engine::{
    Buffers, FrameDepths, FrameOrder, JobId, MapSource, PreviewInfo, RoleMaps, count_maps,
    distribution_from_buffers, frame_maps, sized,
};

#[derive(Default)]
struct State {
    depths: Option<Distribution>,
    /// The comparison that is under way, and its pixels.
    run: JobId,
    pairs: PixelPairs,
    /// The predictions of a whole comparison, from all workers.
    predictions: Option<(JobId, SortedPairs)>,
    /// Frames that wait for the readers.
    waiting: VecDeque<wire::Arrived<Order>>,
    /// Why there are no readers.
    error: Option<String>,
}

/// Serves orders until the worker is ended.
pub fn serve(scope: &DedicatedWorkerGlobalScope) {
    let state = RefCell::new(State::default());
    let own = scope.clone();
    let handle = move |event: &MessageEvent| {
        let mut state = state.borrow_mut();
        if let Some(text) = event.data().as_string() {
            state.error = (text != readers::READY).then_some(text);
            while let Some(arrived) = state.waiting.pop_front() {
                answer(&own, &mut state, &arrived);
            }
            return;
        }
        let Some(arrived) = wire::unpack::<Order>(&event.data()) else {
            return;
        };
        let needs_readers = matches!(arrived.header, Order::Frame { .. } | Order::Look { .. });
        let has_to_wait = needs_readers && state.error.is_none() && !readers::are_loaded();
        // Behind one that waits the others do too: whoever sent them takes the answers in their order.
        if has_to_wait || !state.waiting.is_empty() {
            state.waiting.push_back(arrived);
            return;
        }
        answer(&own, &mut state, &arrived);
    };
    listen(scope, handle, &Reply::Ready);
}

/// Compares made frames and makes the messages that real ones would be, so that the browser compiles well what does it.
#[inline(never)]
fn rehearse() {
    let (frames, _) = rehearsal::compare();
    for result in frames {
        let reply = Reply::Frame {
            result,
            sample: FrameSample::default(),
            fit: None,
        };
        drop(wire::pack(&reply, &Buffers::default()));
    }
}

/// Sends what an order is answered by.
fn answer(scope: &DedicatedWorkerGlobalScope, state: &mut State, arrived: &wire::Arrived<Order>) {
    if let Some((reply, buffers)) = handled(state, arrived) {
        send(scope, &reply, &buffers);
    }
}

/// What an order is answered by; `None` where there is no answer.
fn handled(state: &mut State, arrived: &wire::Arrived<Order>) -> Option<(Reply, Buffers)> {
    let reply = match &arrived.header {
        Order::Depths { resolution, .. } => {
            // The old ones go first: two sets of millions of depths need not be held at once.
            state.depths = None;
            state.depths = distribution_from_buffers(*resolution, arrived.buffers());
            Reply::Took
        }
        Order::Query { ticket, ask } => {
            let predictions = state
                .predictions
                .as_ref()
                .and_then(|(run, pairs)| (ask.predictions() == Some(*run)).then_some(pairs));
            let answer = match &state.depths {
                Some(depths) => query::answer(ask, depths, predictions),
                None => query::QueryResult::Refused(tr!("the depths did not arrive").to_owned()),
            };
            Reply::QueryResult {
                ticket: *ticket,
                answer,
            }
        }
        Order::Frame { run, order } => {
            if state.run != *run {
                state.run = *run;
                state.pairs = PixelPairs::default();
            }
            match &state.error {
                Some(why) => Reply::Frame {
                    result: Err(intake::no_readers(why)),
                    sample: FrameSample::default(),
                    fit: None,
                },
                None => compared(order, &arrived.file, &mut state.pairs),
            }
        }
        Order::Pairs { run } => {
            // Workers bring their pixels in order side by side; where they are merged, little is left to do.
            let pairs = std::mem::take(&mut state.pairs);
            let doubles = if state.run == *run {
                vec![pairs.into_flat()]
            } else {
                Vec::new()
            };
            let buffers = Buffers {
                doubles,
                words: Vec::new(),
            };
            return Some((Reply::Pairs, buffers));
        }
        Order::Predictions { run } => {
            // The old ones go first, as with depths.
            state.predictions = None;
            state.predictions = Some((*run, gathered(&arrived.doubles)));
            Reply::Took
        }
        Order::Rehearse => {
            rehearse();
            return None;
        }
        Order::Look { order, map } => match looked(state, order, &arrived.file, *map) {
            Ok(shown) => return Some(shown),
            Err(why) => Reply::Looked { result: Err(why) },
        },
    };
    Some((reply, Buffers::default()))
}

/// What all workers gathered.
#[inline(never)]
fn gathered(parts: &Array) -> SortedPairs {
    let parts = parts.iter().filter_map(|a| a.dyn_into().ok());
    let parts: Vec<Vec<f64>> = parts.map(|part: Float64Array| part.to_vec()).collect();
    SortedPairs::from_parts(&parts)
}

/// The maps of a frame in metres.
#[inline(never)]
fn looked(
    state: &State,
    order: &FrameOrder,
    files: &JsValue,
    map: u32,
) -> Result<(Reply, Buffers), String> {
    if let Some(why) = &state.error {
        return Err(intake::no_readers(why));
    }
    let (decoded, region) = decoded(order, files)?;
    let count = count_maps(&decoded).max(1);
    let index = (map as usize).min(count.saturating_sub(1));
    let shown = fathom_engine::preview(&frame_maps(&decoded, index), &region, order)?;
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let roles = shown.maps_m.iter().map(|(role, _)| *role).collect();
    let result = Ok(PreviewInfo {
        width: size(shown.width),
        height: size(shown.height),
        roles,
        map: size(index),
        of: size(count),
    });
    let buffers = Buffers {
        doubles: shown.maps_m.into_iter().map(|(_, map_m)| map_m).collect(),
        words: Vec::new(),
    };
    Ok((Reply::Looked { result }, buffers))
}

/// Decodes the maps of a frame, samples, fits and compares them.
#[inline(never)]
fn compared(order: &FrameOrder, files: &JsValue, pairs: &mut PixelPairs) -> Reply {
    let (decoded, region) = match decoded(order, files) {
        Ok(decoded) => decoded,
        Err(why) => {
            return Reply::Frame {
                result: Err(why),
                sample: FrameSample::default(),
                fit: None,
            };
        }
    };
    let most = decoded.iter().map(|role| role.maps.len()).max();
    let mut sample = FrameSample::default();
    let mut fit: Option<RepairFit> = None;
    for (index, size) in order
        .sample
        .of_stack(most.unwrap_or(0))
        .into_iter()
        .enumerate()
    {
        let maps = frame_maps(&decoded, index);
        sample.append(fathom_engine::sample(&maps, size, &order.markers));
        let own = order.fit.and_then(|fit| fit.sums(&maps, &order.markers));
        match (&mut fit, own) {
            (Some(fit), Some(own)) => fit.merge(&own),
            (None, own) => fit = own,
            (Some(_), None) => {}
        }
    }
    let compared = if decoded.len() < 2 {
        0
    } else {
        count_maps(&decoded)
    };
    let result = (0..compared)
        .map(|index| {
            let depths = FrameDepths::new(&frame_maps(&decoded, index), &region, order)?;
            depths.count_pixels(pairs);
            depths.compare(&order.settings)
        })
        .collect();
    Reply::Frame {
        result,
        sample,
        fit,
    }
}

/// The maps of all roles, and which pixels count.
#[inline(never)]
fn decoded(
    order: &FrameOrder,
    files: &JsValue,
) -> Result<(Vec<RoleMaps<'static>>, Region), String> {
    let files: &Array = files.unchecked_ref();
    let mut decoded = Vec::new();
    let mut region = Region::default();
    for (role, source) in order.files.maps() {
        let maps = maps_of(files, source)?;
        if region.mask.is_none()
            && let (Some(mask), Some(first)) = (source.mask, maps.first())
        {
            region.mask = intake::mask(&files.get(mask), &source.options, first)?;
        }
        region.crop = source.options.crop;
        decoded.push(RoleMaps {
            role,
            encoding: source.encoding,
            maps: maps.into_iter().map(Cow::Owned).collect(),
        });
    }
    Ok((decoded, region))
}

/// The maps of one file, in the size that is wanted.
#[inline(never)]
fn maps_of(files: &Array, source: &MapSource) -> Result<Vec<RawMap>, String> {
    let decoded = intake::decoded(&files.get(source.file), &source.options)?;
    let in_size = |map: RawMap| match sized(&map, &source.options) {
        Cow::Owned(other) => other,
        Cow::Borrowed(_) => map,
    };
    Ok(decoded.maps.into_iter().map(in_size).collect())
}
