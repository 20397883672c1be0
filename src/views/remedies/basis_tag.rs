//! The mark beside an expectation: how it is known.

use fathom_analysis::diagnosis::planner::Basis;
use leptos::prelude::*;

/// The mark.
pub(super) fn basis(basis: Basis) -> impl IntoView {
    let class = if basis.is_of_these_maps() {
        "tag good"
    } else {
        "tag warn"
    };
    view! { <span class=class>{basis.name()}</span> }
}
