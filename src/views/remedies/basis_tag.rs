//! The mark beside an expectation: how it is known.

use fathom_analysis::diagnosis::planner::Basis;
use leptos::prelude::*;

/// The mark.
pub(super) fn basis(basis: Basis) -> impl IntoView {
    let class = match basis {
        Basis::Measured | Basis::Simulated | Basis::Computed => "tag good",
        Basis::Published | Basis::Assumed => "tag warn",
    };
    view! { <span class=class>{basis.name()}</span> }
}
