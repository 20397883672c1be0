//! Remedies, exports and the link, and the published claims beside their case.

mod basis_tag;
mod claims;
mod exports;
mod facing;
mod link_card;
mod planner;
mod remedy_list;

pub(super) use exports::OFFERS;
pub(super) use remedy_list::{RemedyList, kept_plan};

use leptos::prelude::*;

/// The view.
#[component]
pub(super) fn Remedies() -> impl IntoView {
    view! {
        <planner::PlannerSection/>
        <exports::Exports/>
        <facing::FacingSection/>
        <claims::ClaimsSection/>
    }
}
