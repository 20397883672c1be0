//! The files of the shown set as the browser gave them, and those of the set before while another is read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use leptos::prelude::*;
use web_sys::File;

use crate::browser::dom;
use crate::state::State;
use fathom_analysis::DistributionSummary;
use fathom_core::depth::{Encoding, Role, SampleKind};
use fathom_engine::file_set::{GroupKey, farthest_prediction_m, frame_files, frame_set};
use fathom_engine::range_settings;
use fathom_engine::{Built, FileRow, FrameFiles, FrameSet, ReadingSettings};

thread_local! {
    pub(super) static STORE: RefCell<Store> = RefCell::default();
    /// The shown set, kept while another set is read.
    pub(super) static BEFORE: RefCell<Option<Before>> = const { RefCell::new(None) };
}

/// The part of a set that cannot live in a signal.
#[derive(Clone, Default)]
pub(super) struct Store {
    /// Tells what was chosen at different times apart: files of the same names may hold something else.
    pub(super) intake: u32,
    /// The number of the first file.
    pub(super) first_source: usize,
    pub(super) files: Vec<File>,
    /// Sizes of files in bytes, as far as they are known.
    pub(super) sizes: BTreeMap<usize, f64>,
    /// The row of each task of the job.
    pub(super) task_rows: Vec<usize>,
    pub(super) groups: Vec<GroupKey>,
    /// The rows of the same set as it was read before, whose choices stay.
    pub(super) known: Vec<FileRow>,
    /// True if its last files joined those of the set before.
    pub(super) joins: bool,
}

impl Store {
    pub(super) fn file(&self, source: usize) -> Option<&File> {
        self.files.get(source.checked_sub(self.first_source)?)
    }

    /// The size of a file in bytes.
    pub(super) fn size(&mut self, source: usize) -> f64 {
        if let Some(bytes) = self.sizes.get(&source) {
            return *bytes;
        }
        let bytes = self.file(source).map_or(0.0, |file| file.size());
        self.sizes.insert(source, bytes);
        bytes
    }
}

#[derive(Clone)]
pub(super) struct Before {
    pub(super) rows: Vec<FileRow>,
    pub(super) roles: Vec<Role>,
    pub(super) encodings: Vec<((Role, SampleKind), Encoding)>,
    pub(super) reading: ReadingSettings,
    pub(super) store: Store,
}

/// Keeps the shown set until another one is shown. If an unfinished set is replaced, the last shown set stays kept.
pub(super) fn remember(state: State) {
    BEFORE.with_borrow_mut(|before| {
        before.get_or_insert_with(|| Before {
            rows: state.files.get_untracked(),
            roles: state.roles.get_untracked(),
            encodings: state.encodings.get_untracked(),
            reading: state.reading.get_untracked(),
            store: STORE.with_borrow(Clone::clone),
        });
    });
}

/// Puts the files back that belong to what is still shown.
pub(super) fn restore(state: State) {
    if let Some(before) = BEFORE.take() {
        state.files.set(before.rows);
        state.roles.set(before.roles);
        state.encodings.set(before.encodings);
        state.reading.set(before.reading);
        STORE.set(before.store);
    }
}

/// Forgets all files: what is shown next is none of theirs.
pub(super) fn forget(state: State) {
    BEFORE.take();
    STORE.take();
    state.files.set(Vec::new());
    state.roles.set(Vec::new());
    state.encodings.set(Vec::new());
}

/// A file by its number.
pub(super) fn file_of(source: u32) -> Option<File> {
    let of = |store: &Store| store.file(source as usize).cloned();
    // Files that are shown while others are read.
    let before = || BEFORE.with_borrow(|before| of(&before.as_ref()?.store));
    STORE.with_borrow(of).or_else(before)
}

/// Returns true if the last files joined those of the set before.
pub(crate) fn joins() -> bool {
    STORE.with_borrow(|store| store.joins)
}

/// The number of the choice that brought the files.
pub(crate) fn intake() -> u32 {
    STORE.with_borrow(|store| store.intake)
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
