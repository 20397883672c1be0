//! The selected frame: its maps and their raw samples from a worker, and thumbnails of all frames.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leptos::prelude::*;
use ndarray::Array2;

use super::file_store;
use super::navigation::go_to;
use crate::state::{
    FrameSelection, Looked, MapSamples, OnView, Origin, PinnedFrame, State, Viewer, WorstMaps,
};
use fathom_analysis::compare::{ComparedFrame, ComparedSet};
use fathom_core::depth::{Resample, Role};
use fathom_core::stats::active_markers;
use fathom_engine::{
    Buffers, Event, FileRow, FrameFiles, MapSource, MapViewInfo, QueryKey, Resize, View, ViewInfo,
    document_preview,
};
use fathom_plot::charts::change_panes;
use fathom_plot::colours;

/// Frames of a pinned result that stay as pictures, at most.
const PINNED_FRAMES: usize = 3;

/// Columns of a thumbnail.
const THUMBNAIL_COLUMNS: u32 = 96;

/// Requests maps of a viewer and drops its requests that are still open. `on_view` gets each map with its place.
fn look(
    state: State,
    viewer: Viewer,
    views: Vec<View>,
    on_view: impl Fn(usize, Result<(ViewInfo, Buffers), String>) + Clone + 'static,
) {
    let Some(pool) = state.pool() else { return };
    let dropped = state.awaited.write_value().leave(viewer);
    for key in dropped {
        pool.handle(Event::DropQuery(key));
    }
    for (place, view) in views.into_iter().enumerate() {
        let on_view = on_view.clone();
        let own: OnView = Box::new(move |result| on_view(place, result));
        let key = state.awaited.write_value().add(viewer, own);
        pool.handle(Event::View(key, Box::new(view)));
    }
}

/// Maps have come, or why not; those that are not awaited any more are dropped.
pub(super) fn on_view(state: State, key: QueryKey, result: Result<(ViewInfo, Buffers), String>) {
    let own = state.awaited.write_value().take(key);
    if let Some(on_view) = own {
        on_view(result);
    }
}

/// Keeps the maps of the selected frame there while a viewer is near the window. What is there stays until the next comes.
pub(crate) fn sync_look(state: State, is_near: ReadSignal<bool>) {
    // Selects the first frame where none of this set is selected.
    let first = Memo::new(move |_| {
        let names = state.frame_names();
        let is_known = state.look.with(|look| names.contains(&look.frame));
        names.into_iter().next().filter(|_| !is_known)
    });
    Effect::new(move |_| {
        if let Some(frame) = first.get() {
            state.look_at(FrameSelection { frame, map: 0 });
        }
    });
    // Other files may have the same names and numbers.
    let wanted = Memo::new(move |_| {
        let look = state.look.get();
        let files = is_near.get().then(|| files_of(state, &look.frame))??;
        let window = state.reading.with(|reading| reading.window);
        let view = View::frame(files, markers(state), window, look.map);
        Some((state.serial(), view))
    });
    Effect::new(move |_| {
        let views = wanted.get().map(|(_, view)| view).into_iter().collect();
        look(state, Viewer::Frame, views, move |_, result| {
            on_frame(state, result);
        });
    });
}

/// Takes the maps of the selected frame from a worker.
fn on_frame(state: State, result: Result<(ViewInfo, Buffers), String>) {
    state.looked.set(match result {
        Ok((ViewInfo::Frame(info), buffers)) => {
            state.looked_map.set((info.map, info.of));
            Looked::There(Arc::new(info.preview(buffers)))
        }
        Ok((ViewInfo::Map(_), _)) => Looked::Nothing,
        Err(why) => Looked::Failed(why),
    });
}

/// Keeps the samples of the selected frame's files there while they are wanted.
pub(crate) fn sync_samples(state: State, is_wanted: RwSignal<bool>) {
    let wanted = Memo::new(move |_| -> Vec<(Role, View)> {
        let look = state.look.get();
        let files = is_wanted.get().then(|| files_of(state, &look.frame));
        let view = |(role, map): (Role, &MapSource)| {
            let view = View::Map {
                source: map.file,
                options: Box::new(map.options.clone()),
                map: map.map.unwrap_or(look.map),
            };
            (role, view)
        };
        let files = files.flatten();
        files.map_or(Vec::new(), |files| files.maps().map(view).collect())
    });
    Effect::new(move |_| {
        let (roles, views): (Vec<Role>, Vec<View>) = wanted.get().into_iter().unzip();
        state.samples.set(Vec::new());
        look(state, Viewer::Samples, views, move |place, result| {
            let role = roles.get(place).copied();
            if let (Some(role), Ok((ViewInfo::Map(info), buffers))) = (role, result) {
                let samples = buffers.doubles.into_iter().next().unwrap_or_default();
                state.samples.update(|all| {
                    all.push(MapSamples {
                        role,
                        info,
                        samples,
                    });
                });
            }
        });
    });
}

/// Requests the thumbnail of a frame, which stands at this place of the strip: its INT8 map, else the most processed one that it has.
pub(crate) fn thumbnail(
    state: State,
    place: usize,
    name: &str,
    on_picture: impl Fn(MapViewInfo, Vec<u32>) + Clone + 'static,
) {
    untrack(|| {
        let (Some(files), Some(range_m)) = (files_of(state, name), state.picture_range()) else {
            return;
        };
        let FrameFiles {
            gt,
            fp32,
            int8,
            board,
            ..
        } = files;
        let Some(map) = int8.or(board).or(fp32).or(gt) else {
            return;
        };
        let size = state.files.with(|rows| {
            let row = rows.iter().find(|row| {
                u32::try_from(row.source) == Ok(map.file) && row.member == map.options.member
            });
            row.and_then(|row| row.facts()?.maps.first().map(|map| (map.width, map.height)))
        });
        let (width, height) = size.unwrap_or((4, 3));
        let columns = THUMBNAIL_COLUMNS.min(width.max(1));
        let mut options = map.options;
        options.resize = Some(Resize {
            width: columns,
            height: (columns * height / width.max(1)).max(1),
            how: Resample::Nearest,
        });
        let view = View::Map {
            source: map.file,
            options: Box::new(options),
            map: map.map.unwrap_or(0),
        };
        let (encoding, markers) = (map.encoding, markers(state));
        look(
            state,
            Viewer::Thumbnail(place),
            vec![view],
            move |_, result| {
                if let Ok((ViewInfo::Map(info), buffers)) = result {
                    let samples = buffers.doubles.into_iter().next().unwrap_or_default();
                    let size = (info.height as usize, info.width as usize);
                    if let Ok(samples) = Array2::from_shape_vec(size, samples) {
                        on_picture(info, colours(&samples, encoding, &markers, range_m));
                    }
                }
            },
        );
    });
}

/// Drops the request of a thumbnail that is no longer in view.
pub(crate) fn drop_thumbnail(state: State, place: usize) {
    look(state, Viewer::Thumbnail(place), Vec::new(), |_, _| {});
}

/// The frames to which INT8 adds most, each with its place, its name and its maps.
fn worst_views(state: State, count: usize) -> Vec<(usize, String, View)> {
    let of = |compared: &ComparedSet| {
        let frames = compared.worst_frames(count).into_iter().enumerate();
        let view = |frame: &_| state.comparing.with_value(|own| own.set.view(frame));
        frames
            .filter_map(|(place, frame)| Some((place, frame.name.clone(), view(frame)?)))
            .collect()
    };
    state.practice.with_untracked(of)
}

/// Requests the maps of the worst frame for a document.
pub(super) fn read_worst(state: State) {
    let view = worst_views(state, 1).pop();
    state.worst_maps.set(match view {
        Some(_) => WorstMaps::Requested,
        None => WorstMaps::Known(None),
    });
    let views = view.into_iter().map(|(.., view)| view).collect();
    look(state, Viewer::Document, views, move |_, result| {
        let maps = document_preview(result).map(Arc::new);
        state.worst_maps.set(WorstMaps::Known(maps));
    });
}

/// Keeps pictures of the worst frames of the result that is pinned.
pub(super) fn picture_worst(state: State) {
    state.pinned_frames.set(Vec::new());
    let frames = worst_views(state, PINNED_FRAMES).into_iter();
    let (names, views): (Vec<_>, Vec<_>) = frames
        .map(|(place, name, view)| ((place, name), view))
        .unzip();
    look(state, Viewer::Pinned, views, move |at, result| {
        let panes = document_preview(result).and_then(|maps| change_panes(&maps, None));
        if let (Some((place, name)), Some(panes)) = (names.get(at).cloned(), panes) {
            state.pinned_frames.update(|all| {
                let panes = Arc::new(panes);
                all.push(PinnedFrame { place, name, panes });
                all.sort_by_key(|frame| frame.place);
            });
        }
    });
}

/// Keeps the shown set's pictures of a pinned frame there, in the colours of the pinned ones.
pub(crate) fn sync_beside_pinned(state: State, pinned: Memo<Option<PinnedFrame>>) {
    Effect::new(move |_| {
        state.beside_pinned.set(None);
        let pinned = pinned.get();
        let view = pinned.as_ref().and_then(|pinned| {
            state.practice.with_untracked(|compared| {
                let frame = compared.rows().iter().find(|row| row.name == pinned.name)?;
                state.comparing.with_value(|own| own.set.view(frame))
            })
        });
        let views = view.into_iter().collect();
        look(state, Viewer::BesidePinned, views, move |_, result| {
            let Some(pinned) = &pinned else { return };
            let like = Some(&*pinned.panes);
            let panes = document_preview(result).and_then(|maps| change_panes(&maps, like));
            state.beside_pinned.set(panes.map(|panes| PinnedFrame {
                panes: Arc::new(panes),
                ..pinned.clone()
            }));
        });
    });
}

/// The files of a frame as they are read; `None` without files.
fn files_of(state: State, name: &str) -> Option<FrameFiles> {
    let data = state.data.get()?;
    let Origin::Files { built } = &data.origin else {
        return None;
    };
    file_store::frame(state, built, name)
}

/// Numbers that mean "no depth".
fn markers(state: State) -> Vec<f64> {
    state
        .data
        .with(|data| match data.as_ref().map(|d| &d.origin) {
            Some(Origin::Files { built }) => active_markers(&built.markers),
            _ => Vec::new(),
        })
}

/// The frame and the map that a row of the comparison is of: the row of a map in a stack ends in its number.
fn selection(names: &BTreeSet<String>, row: &str) -> Option<FrameSelection> {
    let (frame, map) = match row.rsplit_once(" #") {
        Some((frame, number)) if !names.contains(row) => {
            (frame, number.parse::<u32>().ok()?.checked_sub(1)?)
        }
        _ => (row, 0),
    };
    names.contains(frame).then(|| FrameSelection {
        frame: frame.to_owned(),
        map,
    })
}

impl State {
    /// The names of all frames with a map.
    fn all_frames(self) -> BTreeSet<String> {
        self.files.with(|rows| {
            let read = rows
                .iter()
                .filter(|row| row.part.role().is_some() && row.facts().is_some());
            read.flat_map(FileRow::frames)
                .map(|own| own.frame.to_owned())
                .collect()
        })
    }

    /// INT8's loss in each compared frame, in metres; of a stack, the largest.
    pub(crate) fn frame_losses(self) -> BTreeMap<String, f64> {
        let names = self.all_frames();
        let mut losses = BTreeMap::new();
        self.practice.with(|compared| {
            for row in compared.rows() {
                if let Some(own) = selection(&names, &row.name) {
                    let loss_m = row.row.loss_m();
                    let most = losses.entry(own.frame).or_insert(loss_m);
                    *most = loss_m.max(*most);
                }
            }
        });
        losses
    }

    /// The names of all frames with a map in the chosen order: by name, or the largest loss first.
    pub(crate) fn frame_names(self) -> Vec<String> {
        let mut names: Vec<String> = self.all_frames().into_iter().collect();
        if self.frames_by_loss.get() {
            let losses = self.frame_losses();
            let loss_m = |name: &String| losses.get(name).copied().unwrap_or(f64::NEG_INFINITY);
            names.sort_by(|a, b| loss_m(b).total_cmp(&loss_m(a)));
        }
        names
    }

    /// Looks at a map of a frame.
    pub(crate) fn look_at(self, selection: FrameSelection) {
        self.look.set(selection);
    }

    /// Looks at the next or the previous frame, or at the first one where none is selected; whether there is one.
    pub(crate) fn look_beside(self, forward: bool) -> bool {
        let names = untrack(|| self.frame_names());
        let at = self
            .look
            .with_untracked(|look| names.iter().position(|name| *name == look.frame));
        let next = match at {
            None => Some(0),
            Some(at) if forward => Some(at + 1),
            Some(at) => at.checked_sub(1),
        };
        let Some(frame) = next.and_then(|next| names.get(next).cloned()) else {
            return false;
        };
        self.look_at(FrameSelection { frame, map: 0 });
        true
    }

    /// The row of the selected frame and map.
    pub(crate) fn looked_row(self, rows: &[ComparedFrame]) -> Option<usize> {
        let names = untrack(|| self.all_frames());
        self.look.with(|look| {
            let is_its = |row: &&ComparedFrame| selection(&names, &row.name).as_ref() == Some(look);
            Some(rows.iter().find(is_its)?.row.frame)
        })
    }

    /// Looks at a frame, at that of a row of the comparison, or at the first one of a stack, and goes there.
    pub(crate) fn show(self, name: &str) {
        let first = || {
            self.files.with_untracked(|rows| {
                let stack = rows.iter().find(|row| row.frame == name)?;
                let frame = stack.frames().first()?.frame.to_owned();
                Some(FrameSelection { frame, map: 0 })
            })
        };
        let own = selection(&untrack(|| self.all_frames()), name).or_else(first);
        if let Some(own) = own {
            self.look_at(own);
            go_to(self, "viewer");
        }
    }
}

/// The frames of the set as its files name them, in their order.
pub(crate) fn frames(rows: &[FileRow]) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
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
