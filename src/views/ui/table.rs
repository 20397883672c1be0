//! A table in a frame of its own, which scrolls sideways where it is wider than the page.

use leptos::prelude::*;

/// The table with its frame.
#[component]
pub(crate) fn PlainTable(
    /// What it shows, for screen readers.
    #[prop(into)]
    label: String,
    /// Whether the frame limits its height.
    #[prop(optional)]
    long: bool,
    /// Further classes of the table.
    #[prop(optional)]
    class: &'static str,
    /// Head and body.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="scroll" class:long=long tabindex="0" role="region" aria-label=label>
            <table class=format!("plain-table {class}")>{children()}</table>
        </div>
    }
}
