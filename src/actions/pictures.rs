//! Map viewers: each viewer requests samples of its maps from a worker, and colours them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use ndarray::Array2;

use super::file_store;
use crate::state::{FrameSelection, Origin, Picture, State};
use fathom_core::depth::{Encoding, Role};
use fathom_core::stats::active_markers;
use fathom_engine::{Buffers, Event, FileRow, QueryKey, View, ViewInfo};
use fathom_plot::colours;

/// What becomes of a view.
type OnView = Box<dyn FnOnce(Result<(ViewInfo, Buffers), String>)>;

#[derive(Default)]
struct Awaited {
    /// Views by their keys, each with who looks.
    views: BTreeMap<QueryKey, (Viewer, OnView)>,
    next: QueryKey,
}

/// Who looks at maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// The inspector of single maps.
    Inspector,
    /// The maps of a compared frame.
    Frame,
}

thread_local! {
    static AWAITED: RefCell<Awaited> = RefCell::default();
}

/// Requests maps of a viewer and drops its requests that are still open. `on_view` gets each map with its place.
pub(crate) fn look(
    state: State,
    viewer: Viewer,
    views: Vec<View>,
    on_view: impl Fn(usize, Result<(ViewInfo, Buffers), String>) + Clone + 'static,
) {
    let Some(pool) = state.pool() else { return };
    let (dropped, keys) = AWAITED.with_borrow_mut(|awaited| {
        let is_its = |own: &(Viewer, OnView)| own.0 == viewer;
        let dropped = awaited.views.extract_if(.., |_, own| is_its(own));
        let dropped: Vec<QueryKey> = dropped.map(|(key, _)| key).collect();
        let mut keys = Vec::new();
        for place in 0..views.len() {
            // Queries count upwards.
            awaited.next = awaited.next.wrapping_sub(1);
            let on_view = on_view.clone();
            let own: OnView = Box::new(move |result| on_view(place, result));
            awaited.views.insert(awaited.next, (viewer, own));
            keys.push(awaited.next);
        }
        (dropped, keys)
    });
    for key in dropped {
        pool.handle(Event::DropQuery(key));
    }
    for (key, view) in keys.into_iter().zip(views) {
        pool.handle(Event::View(key, Box::new(view)));
    }
}

/// Maps have come, or why not; those that are not awaited any more are dropped.
pub(super) fn on_view(key: QueryKey, result: Result<(ViewInfo, Buffers), String>) {
    let own = AWAITED.with_borrow_mut(|awaited| awaited.views.remove(&key));
    if let Some((_, on_view)) = own {
        on_view(result);
    }
}

/// Looks at a frame.
pub(crate) fn look_at(state: State, frame: &str, map: u32) {
    state.look.set(FrameSelection {
        frame: frame.to_owned(),
        map,
    });
}

/// A map that the inspector shows.
#[derive(Clone, PartialEq)]
struct Wanted {
    role: Role,
    encoding: Encoding,
    view: View,
}

/// Requests the maps of the selected frame whenever they change, while the caller is on the page. They are coloured here, so
/// that other colours need no worker.
pub(crate) fn sync_pictures(state: State) {
    let wanted = Memo::new(move |_| wanted(state));
    Effect::new(move |_| {
        let wanted = wanted.get();
        // What is there stays until the new one comes: a blank in between would flicker.
        state.pictures.update(|pictures| {
            let old = std::mem::take(pictures);
            for own in &wanted {
                let kept = old
                    .iter()
                    .find(|(role, _)| *role == own.role)
                    .map_or(Picture::Coming, |(_, picture)| picture.clone());
                pictures.push((own.role, kept));
            }
        });
        let views = wanted.iter().map(|own| own.view.clone()).collect();
        look(state, Viewer::Inspector, views, move |place, result| {
            if let Some(own) = wanted.get(place) {
                put(state, own.role, picture(state, own.encoding, result));
            }
        });
    });
    Effect::new(move |_| {
        let style = style(state);
        let Some((markers, range_m)) = style else {
            return;
        };
        state.pictures.update(|pictures| {
            for (_, picture) in pictures {
                if let Picture::There {
                    info,
                    samples,
                    colours,
                    encoding,
                } = picture
                {
                    let size = (info.height as usize, info.width as usize);
                    if let Ok(samples) = Array2::from_shape_vec(size, samples.to_vec()) {
                        let fresh = fathom_plot::colours(&samples, *encoding, &markers, range_m);
                        *colours = Arc::new(fresh);
                    }
                }
            }
        });
    });
}

/// The maps of the selected frame, by role; empty without files.
fn wanted(state: State) -> Vec<Wanted> {
    let look = state.look.get();
    let Some(data) = state.data.get() else {
        return Vec::new();
    };
    let Origin::Files { built } = &data.origin else {
        return Vec::new();
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    state.files.with(|rows| {
        for (index, row) in rows.iter().enumerate() {
            let role = row.part.role().filter(|_| row.frame == look.frame);
            let Some((role, facts)) = role.zip(row.facts()) else {
                continue;
            };
            if wanted.iter().any(|own| own.role == role) {
                continue;
            }
            if let Some((source, options)) = file_store::source(state, index) {
                let last = u32::try_from(facts.maps.len() - 1).unwrap_or_default();
                wanted.push(Wanted {
                    role,
                    encoding: row.encoding_in(built).unwrap_or(Encoding::METRES),
                    view: View::Map {
                        source,
                        options: Box::new(options),
                        map: look.map.min(last),
                    },
                });
            }
        }
    });
    wanted.sort_by_key(|own| own.role);
    wanted
}

/// Numbers that mean "no depth", and the depths of the first and the last colour.
fn style(state: State) -> Option<(Vec<f64>, (f64, f64))> {
    let range_m = state.picture_range()?;
    let markers = state.data.with(|data| match &data.as_ref()?.origin {
        Origin::Files { built } => Some(active_markers(&built.markers)),
        Origin::Sample | Origin::Link { .. } => None,
    });
    Some((markers.unwrap_or_default(), range_m))
}

fn picture(
    state: State,
    encoding: Encoding,
    result: Result<(ViewInfo, Buffers), String>,
) -> Picture {
    let (info, buffers) = match result {
        Ok((ViewInfo::Map(info), buffers)) => (info, buffers),
        Ok((ViewInfo::Frame(_), _)) => return Picture::Coming,
        Err(why) => return Picture::Failed(why),
    };
    let samples = buffers.doubles.into_iter().next().unwrap_or_default();
    let size = (info.height as usize, info.width as usize);
    let colours = match (
        untrack(|| style(state)),
        Array2::from_shape_vec(size, samples.clone()),
    ) {
        (Some((markers, range_m)), Ok(samples)) => colours(&samples, encoding, &markers, range_m),
        _ => Vec::new(),
    };
    Picture::There {
        info,
        samples: Arc::new(samples),
        colours: Arc::new(colours),
        encoding,
    }
}

fn put(state: State, role: Role, picture: Picture) {
    state.pictures.update(|pictures| {
        if let Some(slot) = pictures.iter_mut().find(|(own, _)| *own == role) {
            slot.1 = picture;
        }
    });
}

/// The frames of the set, in the order of its files.
pub(crate) fn frames(rows: &[FileRow]) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for row in rows
        .iter()
        .filter(|r| r.part.role().is_some() && r.facts().is_some())
    {
        if seen.insert(row.frame.as_str()) {
            frames.push(row.frame.clone());
        }
    }
    frames
}
