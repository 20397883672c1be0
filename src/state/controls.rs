//! Open dialogs, and the controls that a reader can use now.

use std::collections::BTreeMap;

use js_sys::Array;
use leptos::prelude::*;

use crate::browser::dom;
use crate::controls::{Choices, Gesture, History, Recent};
use fathom_engine::JobId;

/// Where it is kept whether single characters are keys.
pub(crate) const SINGLES_KEY: &str = "fathom.keys";

/// Where it is kept whether results are kept.
pub(crate) const KEEPS_KEY: &str = "fathom.recent";

/// Open dialogs, and whether undo and redo are available.
#[derive(Clone, Copy)]
pub(crate) struct Controls {
    /// True if the list of commands is open.
    pub(crate) palette: RwSignal<bool>,
    /// True if the sheet of keys is open.
    pub(crate) sheet: RwSignal<bool>,
    /// True if the side panel is open on a small screen.
    pub(crate) side_panel: RwSignal<bool>,
    /// True if the recent results are open.
    pub(crate) recents: RwSignal<bool>,
    /// True if a step can be taken back, and one made again.
    pub(crate) steps: RwSignal<(bool, bool)>,
    /// The last action of a key or a button, for those who do not see it.
    pub(crate) done: RwSignal<&'static str>,
    /// True if single characters are keys.
    pub(crate) singles: RwSignal<bool>,
    /// The results that the browser keeps.
    pub(crate) kept: RwSignal<Kept>,
    /// True if it shall keep results.
    pub(crate) keeps: RwSignal<bool>,
    /// The files of the results.
    pub(crate) recent_files: StoredValue<RecentFiles, LocalStorage>,
    /// All changes of settings; `None` before the first settings.
    pub(crate) history: StoredValue<Option<History<Choices, Gesture>>, LocalStorage>,
}

/// The files that a result is of, and those of the kept results.
#[derive(Default)]
pub(crate) struct RecentFiles {
    /// The set of files that came last.
    pub(crate) session: Option<FileSession>,
    /// Counts changes of its result, so that the last one alone is waited for.
    pub(crate) changes: u32,
    /// The result whose files are being opened again.
    pub(crate) reopened: Option<(f64, Array)>,
    /// Handles of the kept results.
    pub(crate) handles: BTreeMap<u64, Array>,
}

/// A set of files that was brought to the page, and where its result is kept.
#[derive(Clone)]
pub(crate) struct FileSession {
    /// The depths that were shown when the files came: they are not theirs.
    pub(crate) before: Option<JobId>,
    /// The number of its result; none where the reader deleted it.
    pub(crate) id: Option<f64>,
    /// The number of the choice of files that it began with.
    pub(crate) intake: u32,
    /// Handles of the files that came last.
    pub(crate) handles: Array,
    /// Handles of the files that those joined.
    pub(crate) earlier: Array,
}

impl FileSession {
    /// Handles of all its files, by whether the last ones joined those before; none where some files have none.
    pub(crate) fn all_handles(&self, joins: bool) -> Array {
        if !joins {
            self.handles.clone()
        } else if self.handles.length() > 0 && self.earlier.length() > 0 {
            self.earlier.concat(&self.handles)
        } else {
            Array::new()
        }
    }
}

/// Recent results as far as the browser tells of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Kept {
    /// The storage has not been read.
    #[default]
    Unread,
    /// The newest first, each with whether its files can be opened again.
    There(Vec<(Recent, bool)>),
    /// The browser keeps nothing.
    Refused,
}

impl Controls {
    pub(crate) fn new() -> Self {
        Self {
            palette: RwSignal::new(false),
            sheet: RwSignal::new(false),
            side_panel: RwSignal::new(false),
            recents: RwSignal::new(false),
            steps: RwSignal::new((false, false)),
            done: RwSignal::new(""),
            singles: RwSignal::new(singles_are_on()),
            kept: RwSignal::new(Kept::default()),
            keeps: RwSignal::new(are_kept()),
            recent_files: StoredValue::new_local(RecentFiles::default()),
            history: StoredValue::new_local(None),
        }
    }
}

/// True if single characters are keys: so they are, until a reader turns them off.
fn singles_are_on() -> bool {
    dom::stored(SINGLES_KEY).as_deref() != Some("off")
}

/// True if results are kept: so they are, until a reader turns it off.
fn are_kept() -> bool {
    dom::stored(KEEPS_KEY).as_deref() != Some("off")
}
