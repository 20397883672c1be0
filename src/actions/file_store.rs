//! The files of the shown set as the browser gave them, and those of the set before while another is read.

use leptos::prelude::*;
use web_sys::File;

use crate::browser::dom;
use crate::state::{FileStore, SetBefore, SetFiles, State};
use fathom_analysis::DistributionSummary;
use fathom_engine::file_set::{farthest_prediction_m, frame_files, frame_set};
use fathom_engine::range_settings;
use fathom_engine::{Built, FrameFiles, FrameSet};

/// Keeps the shown set until another one is shown. If an unfinished set is replaced, the last shown set stays kept.
pub(super) fn remember(state: State) {
    state.file_store.update_value(|store| {
        store.before.get_or_insert_with(|| SetBefore {
            rows: state.files.get_untracked(),
            roles: state.roles.get_untracked(),
            encodings: state.encodings.get_untracked(),
            reading: state.reading.get_untracked(),
            set: store.set.clone(),
        });
    });
}

/// Puts the files back that belong to what is still shown.
pub(super) fn restore(state: State) {
    let before = state.file_store.write_value().before.take();
    if let Some(before) = before {
        state.files.set(before.rows);
        state.roles.set(before.roles);
        state.encodings.set(before.encodings);
        state.reading.set(before.reading);
        state.file_store.write_value().set = before.set;
    }
}

/// Forgets all files: what is shown next is none of theirs.
pub(super) fn forget(state: State) {
    state.file_store.update_value(|store| {
        store.before = None;
        store.set = SetFiles::default();
    });
    state.files.set(Vec::new());
    state.roles.set(Vec::new());
    state.encodings.set(Vec::new());
}

/// A file by its number.
pub(super) fn file_of(state: State, source: u32) -> Option<File> {
    state
        .file_store
        .with_value(|store| store.file(source).cloned())
}

/// Returns true if the last files joined those of the set before.
pub(crate) fn joins(state: State) -> bool {
    state.file_store.with_value(|store| store.set.joins)
}

/// The number of the choice that brought the files.
pub(crate) fn intake(state: State) -> u32 {
    state.file_store.with_value(|store| store.set.intake)
}

/// The number that the next choice of files gets.
pub(crate) fn next_intake(state: State) -> u32 {
    state.file_store.with_value(FileStore::next_intake)
}

/// The frames of the shown set that have maps of two roles.
pub(crate) fn frames_to_compare(state: State, built: &Built) -> FrameSet {
    state.files.with_untracked(|rows| {
        state
            .reading
            .with_untracked(|reading| frame_set(rows, built, reading, dom::NAME_TEXT))
    })
}

/// Takes candidates from the user's own depths, unless the user or a link has set other ranges.
pub(super) fn use_own_candidates(state: State, built: &Built, summary: &DistributionSummary) {
    let farthest_m = state
        .files
        .with_untracked(|rows| farthest_prediction_m(rows, built));
    let mut own = state.settings.get_untracked();
    let before = own.clone();
    range_settings::use_own_candidates(&mut own, built.shown, summary, farthest_m);
    if own != before {
        state.settings.set(own);
    }
}

/// The files of a frame as they are read.
pub(super) fn frame(state: State, built: &Built, name: &str) -> Option<FrameFiles> {
    state.files.with(|rows| {
        state
            .reading
            .with(|reading| frame_files(rows, built, reading, name))
    })
}
