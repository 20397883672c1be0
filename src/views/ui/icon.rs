//! Signs of the set Lucide, each drawn in the colour of the text around it.

use icondata_core::Icon as IconData;
use leptos::prelude::*;
use leptos_icons::Icon;

/// A sign beside words, or on a button that has a name: it says nothing of its own.
#[component]
pub(crate) fn Glyph(icon: IconData) -> impl IntoView {
    view! { <span class="glyph" aria-hidden="true"><Icon icon width="1.125em" height="1.125em"/></span> }
}
