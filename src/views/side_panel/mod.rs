//! The panel beside every view: files and roles, units, how ranges are measured, which pixels count.

mod data_panel;
mod file_button;
mod reading_panel;
mod settings_panel;

use leptos::prelude::*;

use crate::state::State;
use fathom_core::i18n::tr;

/// The panel. On a small screen a button of the header opens it.
#[component]
pub(super) fn SidePanel() -> impl IntoView {
    let state = State::here();
    view! {
        <aside id="side-panel" aria-label=tr!("Data and settings") class:open=move || state.controls.side_panel.get()>
            <file_button::FileButton/>
            <data_panel::DataPanel/>
            <settings_panel::SettingsPanel/>
            <reading_panel::ReadingPanel/>
        </aside>
    }
}
