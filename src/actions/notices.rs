//! Sentences for the reader: said, dismissed.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::*;

use crate::state::{Notice, Severity, State};
use fathom_core::i18n::tr;

thread_local! {
    static NOTICES: Cell<u32> = const { Cell::new(0) };
}

pub(super) fn next(counter: &'static std::thread::LocalKey<Cell<u32>>) -> u32 {
    counter.with(|c| {
        c.set(c.get().wrapping_add(1));
        c.get()
    })
}

/// Time that a confirmation stays.
const INFO_STAYS: Duration = Duration::from_secs(6);

/// Says something; the same sentence is not said twice. Warnings stay until they are dismissed or outdated.
pub(crate) fn notify(state: State, severity: Severity, text: String) {
    let id = next(&NOTICES);
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
