//! The text twin of a chart: a sentence beside its canvas that describes it.

use leptos::prelude::*;

use super::save::file_name;

/// The sentence, seen by screen readers alone.
#[component]
pub(crate) fn Summary(
    /// The chart.
    title: &'static str,
    /// The sentence; none before there is anything to tell.
    text: Signal<Option<String>>,
) -> impl IntoView {
    view! { <p class="hidden" id=summary_id(title)>{text}</p> }
}

/// The name by which a canvas points to its sentence.
pub(crate) fn summary_id(title: &str) -> String {
    format!("summary-{}", file_name(title))
}
