//! Open dialogs, and the controls that a reader can use now.

use leptos::prelude::*;

use crate::browser::dom;
use crate::controls::Recent;

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
