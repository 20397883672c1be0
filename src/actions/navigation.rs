//! Which view is shown, and going to a place in one.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

use crate::browser::{dom, jump};
use crate::state::{PageView, State, Swept};

/// Shows a view from its top.
pub(crate) fn show_view(state: State, view: PageView) {
    if state.view.get_untracked() != view {
        state.view.set(view);
        dom::scroll_to_top();
    }
}

/// The element that an anchor leads to: what the chart of sweeps shows is chosen there.
pub(super) fn element_id(anchor: &str) -> &str {
    Swept::from_anchor(anchor).map_or(anchor, |_| "sweeps")
}

/// Shows the view that holds an element, brings the element to the top and gives it the focus.
pub(crate) fn go_to(state: State, id: &str) {
    let swept = Swept::from_anchor(id);
    if swept.is_some() {
        state.swept.set(swept);
    }
    let Some(element) = dom::element(element_id(id)).and_then(|e| e.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let view = element.closest("[data-view]").ok().flatten();
    let view = view.and_then(|view| view.get_attribute("data-view"));
    if let Some(view) = view.as_deref().and_then(PageView::from_id) {
        state.view.set(view);
    }
    if element
        .closest("#side-panel")
        .is_ok_and(|panel| panel.is_some())
    {
        // On a small screen it is closed.
        state.controls.side_panel.set(true);
    }
    for fold in dom::folds_around(&element) {
        drop(fold.set_attribute("open", ""));
    }
    spawn_local(async move {
        // A view that was hidden is laid out in the next frame.
        dom::next_frame().await;
        let mine = state.jumps.get_value().wrapping_add(1);
        state.jumps.set_value(mine);
        jump::go_to(&element, move || state.jumps.get_value() == mine);
    });
}
