//! The scale of a map's colours as a strip between its ends.

use fathom_plot::charts::PaneScale;
use leptos::prelude::*;

/// Colours from the first to the last as a style.
pub(in crate::views) fn gradient(colours: &[String]) -> String {
    format!("background:linear-gradient(to right,{})", colours.join(","))
}

/// The title, the values of the first and the last colour, and the colours between them.
pub(in crate::views) fn colour_scale(scale: &PaneScale) -> impl IntoView + use<> {
    view! {
        <span class="scale">
            {scale.title} " " {scale.from.clone()}
            <span class="strip" style=gradient(&scale.colours) aria-hidden="true"></span>
            {scale.to.clone()}
        </span>
    }
}
