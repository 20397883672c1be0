//! What to do: ranked remedies, then exports and the link, and for the published case what was stated about it.

mod basis_tag;
mod claims;
mod exports;
mod facing;
mod link_card;
mod planner;
mod remedy_list;

pub(super) use exports::OFFERS;
pub(super) use remedy_list::RemedyList;

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
