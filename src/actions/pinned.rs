//! A result that stays in view while the next files are compared, such as that before recalibration.

use std::sync::Arc;

use leptos::prelude::*;

use super::notices::notify;
use crate::state::{PinnedRun, Severity, State};
use fathom_analysis::compare::RunErrors;
use fathom_core::i18n::tr;

/// Pins what is shown: the next files are compared with it, and the address holds its link beside theirs.
pub(crate) fn pin(state: State) {
    let Some(link) = state.link.get_untracked().map(|link| link.fragment) else {
        let text = tr!("The link is still being made: try again in a moment.");
        notify(state, Severity::Info, text.to_owned());
        return;
    };
    let errors = state.practice.with_untracked(RunErrors::new);
    let intake = state.comparing.with_value(|own| own.intake);
    state.pinned.set(Some(Arc::new(PinnedRun {
        errors,
        protocol: untrack(|| state.protocol()),
        intake,
        link: link.clone(),
    })));
    state.other_link.set(Some(link));
    super::pictures::picture_worst(state);
    notify(
        state,
        Severity::Info,
        tr!("Pinned. Drop the next files: they are compared with this result.").to_owned(),
    );
}

/// Forgets the pinned result. Another link that was typed meanwhile stays.
pub(crate) fn unpin(state: State) {
    let pinned = state.pinned.get_untracked();
    state.pinned.set(None);
    state.pinned_frames.set(Vec::new());
    let is_its_link = pinned.is_some_and(|pinned| {
        state
            .other_link
            .with_untracked(|other| other.as_ref() == Some(&pinned.link))
    });
    if is_its_link {
        state.other_link.set(None);
    }
}
