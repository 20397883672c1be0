//! What a reader does besides looking: undo and redo, keys with their sheet, the list of commands, recent results. The buttons stand in
//! the header, on a phone at the bottom of the screen; the dialogs behind the page.

mod bar;
mod dialog;
mod keyboard;
mod palette;
mod recents;
mod sheet;
mod undo;

use crate::state::State;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::dom;

/// Puts the buttons into the header, the dialogs behind the page, and begins to listen.
pub(crate) fn mount(state: State) {
    if let Some(place) = place_for_bar() {
        mount_in(state, place, || view! { <bar::Bar/> });
    }
    if let Some(button) = dom::find("header > button.icon") {
        mount_in(state, button.unchecked_into(), bar::theme_icons);
    }
    if let Some(body) = dom::find("body") {
        mount_in(state, body.unchecked_into(), move || {
            undo::keep(state);
            recents::keep(state);
            keyboard::listen(state);
            view! {
                <palette::Palette/>
                <sheet::Sheet/>
                <recents::Recents/>
            }
        });
    }
}

fn mount_in<V: IntoView + 'static>(
    state: State,
    place: HtmlElement,
    what: impl FnOnce() -> V + 'static,
) {
    mount_to(place, move || {
        provide_context(state);
        what()
    })
    .forget();
}

/// An element of its own behind the words in the header, which give way: nothing that is seen moves, and a first visit pays nothing for
/// a place that is kept free.
fn place_for_bar() -> Option<HtmlElement> {
    let place = dom::create("div")?;
    place.set_id("study-controls");
    let case = dom::find("header .case")?;
    case.after_with_node_1(&place).ok()?;
    place.dyn_into().ok()
}
