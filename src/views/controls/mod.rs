//! Controls of a reader: undo and redo, keys with their sheet, the list of commands, recent results. The buttons stand in
//! the header, on a phone at the bottom of the screen; the dialogs behind the page.

mod bar;
mod dialog;
mod keyboard;
mod palette;
mod recents;
mod sheet;
mod undo;

pub(super) use bar::Bar;
pub(super) use recents::FilesAgain;

use crate::state::State;
use leptos::prelude::*;

/// The dialogs, and what listens to the reader for as long as the page is open.
#[component]
pub(super) fn Dialogs() -> impl IntoView {
    let state = State::here();
    undo::keep(state);
    recents::keep(state);
    keyboard::listen(state);
    view! {
        <palette::Palette/>
        <sheet::Sheet/>
        <recents::Recents/>
    }
}
