//! What is open besides the page itself, and what a reader can do now.

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
    /// Whether the list of commands is open.
    pub(crate) palette: RwSignal<bool>,
    /// Whether the sheet of keys is open.
    pub(crate) sheet: RwSignal<bool>,
    /// Whether the side panel is open on a small screen.
    pub(crate) side_panel: RwSignal<bool>,
    /// Whether the recent results are open.
    pub(crate) recents: RwSignal<bool>,
    /// Whether a step can be taken back, and one made again.
    pub(crate) steps: RwSignal<(bool, bool)>,
    /// What was done by a key or a button, for those who do not see it.
    pub(crate) done: RwSignal<&'static str>,
    /// Whether single characters are keys.
    pub(crate) singles: RwSignal<bool>,
    /// What the browser keeps.
    pub(crate) kept: RwSignal<Kept>,
    /// Whether it shall keep results.
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

/// Whether single characters are keys: so they are, until a reader turns them off.
fn singles_are_on() -> bool {
    dom::stored(SINGLES_KEY).as_deref() != Some("off")
}

/// Whether results are kept: so they are, until a reader turns it off.
fn are_kept() -> bool {
    dom::stored(KEEPS_KEY).as_deref() != Some("off")
}
