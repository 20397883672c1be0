//! The heading of a section, with a button that copies a link to it.

use leptos::prelude::*;

use crate::actions::link::copy_link_to;
use crate::state::State;
use fathom_core::i18n::tr;

/// The heading with its button.
#[component]
pub(crate) fn Heading(
    /// The anchor.
    #[prop(into)]
    id: String,
    /// The words.
    title: &'static str,
) -> impl IntoView {
    let state = State::here();
    let target = id.clone();
    view! {
        <div class="heading">
            <h2 id=id>{title}</h2>
            <button
                class="heading-link"
                aria-label=tr!("Copy a link to “{title}”", title)
                title=tr!("Copy a link to this section")
                on:click=move |_| copy_link_to(state, &target)
            >
                "#"
            </button>
        </div>
    }
}
