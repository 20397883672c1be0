//! A result that stays in view while the next files are compared, such as that before recalibration.

use std::sync::Arc;

use leptos::prelude::*;

use super::notices::notify;
use crate::state::{PinnedRun, Severity, State};
use fathom_analysis::compare::RunErrors;
use fathom_core::i18n::tr;

/// Pins what is shown: the next files are compared with it, and the address holds its link beside theirs.
pub(crate) fn pin(state: State) {
    let errors = state.practice.with_untracked(RunErrors::new);
    let link = state.link.get_untracked().map(|link| link.fragment);
    let intake = state.comparing.with_value(|own| own.intake);
    state.pinned.set(Some(Arc::new(PinnedRun {
        errors,
        protocol: untrack(|| state.protocol()),
        intake,
    })));
    state.other_link.set(link);
    notify(
        state,
        Severity::Info,
        tr!("Pinned. Drop the next files: they are compared with this result.").to_owned(),
    );
}

/// Forgets the pinned result.
pub(crate) fn unpin(state: State) {
    state.pinned.set(None);
    state.other_link.set(None);
}
