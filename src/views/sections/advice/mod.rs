//! The answers to the three questions, the planner, and what numbers alone say.

mod claims;
mod layers;
mod numbers;
mod planner;

pub(super) use numbers::Numbers;

use leptos::prelude::*;

/// The sections of question 3 before the codes.
#[component]
pub(super) fn Advice() -> impl IntoView {
    view! { <planner::PlannerSection/> }
}

/// The sections of question 3 after the codes.
#[component]
pub(super) fn Claims() -> impl IntoView {
    view! { <claims::ClaimsSection/> }
}
