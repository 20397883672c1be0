//! The mark beside an expectation: how it is known.

use fathom_analysis::diagnosis::planner::Basis;
use fathom_core::i18n::tr;
use leptos::prelude::*;

/// The mark.
pub(super) fn basis(basis: Basis) -> impl IntoView {
    let (class, word) = match basis {
        Basis::Measured => ("tag good", tr!("measured")),
        Basis::Simulated => ("tag good", tr!("simulated")),
        Basis::Computed => ("tag good", tr!("computed")),
        Basis::Published => ("tag warn", tr!("published elsewhere")),
        Basis::Assumed => ("tag warn", tr!("assumed")),
    };
    view! { <span class=class>{word}</span> }
}
