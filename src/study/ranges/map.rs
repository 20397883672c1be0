//! The map of a metric over both ends of the range.

use leptos::prelude::*;

#[component]
pub(super) fn Map() -> impl IntoView {}
