//! The maps that are looked at: their pixels are read again for it, by a worker, when somebody looks.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use leptos::prelude::*;

use super::{files, pool};
use crate::app::state::{Look, Origin, Picture, State};
use crate::protocol::{PictureFacts, PictureId, PictureStyle};
use crate::web::pool::PictureTask;
use fathom_core::depth::{Encoding, Role};
use fathom_core::stats::active_markers;
use fathom_engine::{Buffers, FileRow};

thread_local! {
    static NEXT: Cell<PictureId> = const { Cell::new(0) };
    /// The pictures that are awaited, with what they show.
    static WANTED: RefCell<Vec<(PictureId, Role, Encoding)>> = const { RefCell::new(Vec::new()) };
}

/// Looks at a frame.
pub(in crate::app) fn look_at(state: State, frame: &str, map: u32) {
    state.look.set(Look {
        frame: frame.to_owned(),
        map,
    });
}

/// Asks for the pictures of the frame that is looked at whenever they change, as long as the caller is on the page.
pub(in crate::app) fn keep_pictures(state: State) {
    Effect::new(move |_| {
        let look = state.look.get();
        let range = state.picture_range();
        let Some(data) = state.data.get() else { return };
        let Origin::Files { built } = &data.origin else {
            state.pictures.set(Vec::new());
            return;
        };
        let Some(range_m) = range else { return };
        let markers = active_markers(&built.markers);
        let mut wanted = Vec::new();
        let mut tasks = Vec::new();
        state.files.with(|rows| {
            for (index, row) in rows.iter().enumerate() {
                let Some((role, facts)) = row
                    .part
                    .role()
                    .zip(row.facts())
                    .filter(|_| row.frame == look.frame)
                else {
                    continue;
                };
                let encoding = row.encoding_in(built).unwrap_or(Encoding::METRES);
                let twice = wanted.iter().any(|(_, r, _)| *r == role);
                if twice {
                    continue;
                }
                if let Some((file, options)) = files::source(state, index) {
                    let picture = NEXT.get();
                    NEXT.set(picture.wrapping_add(1));
                    wanted.push((picture, role, encoding));
                    let last = u32::try_from(facts.maps.len() - 1).unwrap_or_default();
                    tasks.push(PictureTask {
                        picture,
                        file,
                        options,
                        map: look.map.min(last),
                        style: PictureStyle {
                            encoding,
                            markers: markers.clone(),
                            range_m,
                        },
                    });
                }
            }
        });
        wanted.sort_by_key(|w| w.1);
        // What is there stays until the new one comes: a blank in between would flicker.
        state.pictures.update(|pictures| {
            let old = std::mem::take(pictures);
            for (_, role, _) in &wanted {
                let kept = old
                    .iter()
                    .find(|(r, _)| r == role)
                    .map_or(Picture::Coming, |(_, p)| p.clone());
                pictures.push((*role, kept));
            }
        });
        WANTED.set(wanted);
        if let Some(pool) = pool() {
            pool.pictures(tasks);
        }
    });
}

/// A picture is there, or why not; one that is not awaited any more is dropped.
pub(super) fn on_picture(
    state: State,
    picture: PictureId,
    result: Result<(PictureFacts, Buffers), String>,
) {
    let wanted = WANTED.with_borrow(|w| w.iter().find(|w| w.0 == picture).copied());
    let Some((_, role, encoding)) = wanted else {
        return;
    };
    let arrived = match result {
        Ok((facts, buffers)) => {
            let samples = buffers.doubles.into_iter().next().unwrap_or_default();
            let colours = buffers.words.into_iter().next().unwrap_or_default();
            Picture::There {
                facts,
                samples: Arc::new(samples),
                colours: Arc::new(colours),
                encoding,
            }
        }
        Err(why) => Picture::Failed(why),
    };
    state.pictures.update(|pictures| {
        if let Some(slot) = pictures.iter_mut().find(|(r, _)| *r == role) {
            slot.1 = arrived;
        }
    });
}

/// The frames of the set, in the order of its files.
pub(in crate::app) fn frames(rows: &[FileRow]) -> Vec<String> {
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
