//! A table in a frame of its own, which scrolls sideways where it is wider than the page.

use fathom_core::i18n::tr;
use leptos::prelude::*;

/// The table with its frame.
#[component]
pub(crate) fn PlainTable(
    /// Its title, for screen readers.
    #[prop(into)]
    label: String,
    /// True if the frame limits its height.
    #[prop(optional)]
    long: bool,
    /// True if a phone shows only the first rows until the reader presses for more.
    #[prop(optional)]
    short: bool,
    /// Further classes of the table.
    #[prop(optional)]
    class: &'static str,
    /// Head and body.
    children: Children,
) -> impl IntoView {
    let is_short = RwSignal::new(short);
    let more = move || {
        view! { <button class="button small more" on:click=move |_| is_short.set(false)>{tr!("Show all rows")}</button> }
    };
    view! {
        <div class="scroll" class:long=long class:short=move || is_short.get() tabindex="0" role="region" aria-label=label>
            <table class=format!("plain-table {class}")>{children()}</table>
        </div>
        {short.then(more)}
    }
}
