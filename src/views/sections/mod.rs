//! The sections of the page that a first look does not need. What they show comes from queries to the workers.

mod advice;
mod codes;
mod controls;
mod exports;
mod frame;
mod link;
mod practice;
mod ranges;

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::actions::{export, link as page_link, sync_answers, sync_doubts, sync_recoded};
use crate::browser::dom;
use crate::state::State;
use crate::views::ui::chart::Look;

/// A place of the page and what stands in it.
type Place = (&'static str, fn() -> AnyView);

/// The places in the order they are filled.
const SECTIONS: [Place; 7] = [
    ("study-practice", || {
        let state = State::here();
        sync_recoded(state);
        page_link::sync_link(state);
        sync_answers(state);
        sync_doubts(state);
        export::sync_report(state);
        view! { <practice::PracticeSections/> }.into_any()
    }),
    ("study-numbers", || view! { <advice::Numbers/> }.into_any()),
    ("study-ranges", || view! { <ranges::Ranges/> }.into_any()),
    ("study-advice", || view! { <advice::Advice/> }.into_any()),
    ("study-codes", || view! { <codes::Codes/> }.into_any()),
    ("study-exports", || {
        view! {
            <exports::Exports/>
            <link::FacingSection/>
        }
        .into_any()
    }),
    ("study-published", || view! { <advice::Claims/> }.into_any()),
];

/// Mounts the sections into the places that the page leaves for them, each in a task of its own.
pub(crate) async fn mount(state: State) {
    for (place, section) in SECTIONS {
        dom::breathe().await;
        let Some(place) = dom::element(place) else {
            continue;
        };
        mount_to(place.unchecked_into(), move || {
            provide_context(state);
            provide_context(Look::new(state));
            section()
        })
        .forget();
    }
    dom::breathe().await;
    controls::mount(state);
}
