//! The buttons: undo, redo, commands, recent results, keys.

use crate::state::State;
use icondata_core::Icon as IconData;
use icondata_lu::{LuHistory, LuKeyboard, LuRedo2, LuSearch, LuUndo2};
use leptos::prelude::*;

use super::undo;
use crate::browser::dom;
use crate::controls::{Deed, SHORTCUTS};
use crate::views::ui::icon::Glyph;
use fathom_core::i18n::tr;

/// The row of buttons.
#[component]
pub(in crate::views) fn Bar() -> impl IntoView {
    let state = State::here();
    let controls = state.controls;
    view! {
        <div class="bar" role="group" aria-label=tr!("Tools")>
            <Tool
                name=tr!("Undo")
                deed=Deed::Undo
                icon=LuUndo2
                enabled=Signal::derive(move || controls.steps.get().0)
                press=move || undo::back(state)
            />
            <Tool
                name=tr!("Redo")
                deed=Deed::Redo
                icon=LuRedo2
                enabled=Signal::derive(move || controls.steps.get().1)
                press=move || undo::forth(state)
            />
            <Tool
                name=tr!("Find a command")
                deed=Deed::FindCommand
                icon=LuSearch
                press=move || controls.palette.set(true)
            />
            <Tool
                name=tr!("Recent results")
                deed=Deed::ShowRecent
                icon=LuHistory
                press=move || controls.recents.set(true)
            />
            <Tool
                name=tr!("Keys")
                deed=Deed::ShowShortcuts
                icon=LuKeyboard
                press=move || controls.sheet.set(true)
            />
            <span class="hidden" role="status">{move || controls.done.get()}</span>
        </div>
    }
}

/// A button with its key. One that has nothing to do now keeps the focus.
#[component]
fn Tool(
    name: &'static str,
    deed: Deed,
    icon: IconData,
    #[prop(into, default = true.into())] enabled: Signal<bool>,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let mac = dom::is_mac();
    let keys = SHORTCUTS
        .iter()
        .find(|shortcut| shortcut.deed == deed && shortcut.is_there(mac))
        .map(|shortcut| shortcut.keys(mac).join("+"))
        .unwrap_or_default();
    view! {
        <button
            class="button icon"
            title=tr!("{name} ({keys})", name, keys)
            aria-label=name
            aria-disabled=move || (!enabled.get()).to_string()
            on:click=move |_| {
                if enabled.get_untracked() {
                    press();
                }
            }
        >
            <Glyph icon/>
        </button>
    }
}
