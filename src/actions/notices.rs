//! Sentences for the reader: said, dismissed.

use std::time::Duration;

use leptos::prelude::*;

use crate::state::{Notice, Severity, State};
use fathom_core::i18n::tr;

/// Time that a confirmation stays.
const INFO_STAYS: Duration = Duration::from_secs(6);

/// Says something; the same sentence is not said twice. Warnings stay until they are dismissed or outdated.
pub(crate) fn notify(state: State, severity: Severity, text: String) {
    let id = state.notice_id.get_value().wrapping_add(1);
    state.notice_id.set_value(id);
    state.notices.update(|notices| {
        notices.retain(|n| n.text != text);
        notices.push(Notice { id, severity, text });
    });
    if severity == Severity::Info {
        set_timeout(move || dismiss(state, id), INFO_STAYS);
    }
}

/// Says that the host has another build of the page.
pub(crate) fn tell_of_new_build(state: State) {
    let text = tr!(
        "A new version of this page is available. Copy the link to keep your settings, then reload.",
    );
    notify(state, Severity::Warning, text.to_owned());
}

/// Takes a notice away.
pub(crate) fn dismiss(state: State, id: u32) {
    state
        .notices
        .update(|notices| notices.retain(|n| n.id != id));
}
