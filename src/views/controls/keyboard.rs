//! Keys wherever the focus is.

use crate::actions;
use crate::state::{SINGLES_KEY, State};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use super::undo;
use crate::browser::dom;
use crate::controls::{Deed, Focus, Pressed, deed};

/// Types of inputs that letters are not typed into.
const NOT_TYPED: [&str; 9] = [
    "button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit",
];

/// Turns single characters on or off, for the next visit too.
pub(super) fn set_singles(state: State, on: bool) {
    state.controls.singles.set(on);
    dom::store(SINGLES_KEY, if on { "on" } else { "off" });
}

/// Listens to keys that nothing else has taken.
pub(super) fn listen(state: State) {
    let mac = dom::is_mac();
    window_event_listener(ev::keydown, move |event| {
        // A dialog has the keyboard to itself, and so has an input method while it composes.
        let is_taken = event.default_prevented()
            || event.is_composing()
            || dom::find("dialog[open]").is_some();
        if is_taken {
            return;
        }
        let (key, code) = (event.key(), event.code());
        let pressed = Pressed {
            key: &key,
            code: &code,
            ctrl: event.ctrl_key(),
            meta: event.meta_key(),
            alt: event.alt_key(),
            shift: event.shift_key(),
        };
        let singles = state.controls.singles.get_untracked();
        if let Some(deed) = deed(pressed, focus(), mac, singles) {
            event.prevent_default();
            act(state, deed);
        }
    });
}

fn focus() -> Focus {
    let Some(element) = dom::focused() else {
        return Focus::Elsewhere;
    };
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        return if NOT_TYPED.contains(&input.type_().as_str()) {
            Focus::Elsewhere
        } else {
            Focus::Text
        };
    }
    match element.local_name().as_str() {
        "textarea" => Focus::Text,
        "select" => Focus::List,
        _ if element
            .dyn_ref::<HtmlElement>()
            .is_some_and(HtmlElement::is_content_editable) =>
        {
            Focus::Text
        }
        _ => Focus::Elsewhere,
    }
}

/// Does what a key or a command stands for.
pub(super) fn act(state: State, deed: Deed) {
    let controls = state.controls;
    match deed {
        Deed::Undo => undo::back(state),
        Deed::Redo => undo::forth(state),
        Deed::FindCommand => controls.palette.set(true),
        Deed::ShowShortcuts => controls.sheet.set(true),
        Deed::ShowRecent => controls.recents.set(true),
        Deed::ChooseFiles => dom::press("input[type=file]"),
        Deed::CopyLink => dom::press("header .primary"),
        Deed::NextRange => use_range_beside(state, true),
        Deed::PreviousRange => use_range_beside(state, false),
        Deed::NextFrame => {
            state.look_beside(true);
        }
        Deed::PreviousFrame => {
            state.look_beside(false);
        }
        Deed::GoTo(id) => actions::go_to(state, id),
    }
}

/// Takes the range below or above the one in use; the ends of the table meet.
fn use_range_beside(state: State, below: bool) {
    let row = state.settings.with_untracked(|settings| {
        let (now, count) = (settings.current as usize, settings.ranges.len());
        let by = if below { 1 } else { count.checked_sub(1)? };
        now.checked_add(by)?.checked_rem(count)
    });
    if let Some(row) = row {
        actions::choose_range(state, row);
    }
}
