//! The page: state, actions and views over the analysis core.
//!
//! Inputs are signals, everything else is derived from them; all writes are in [`crate::actions`]. No
//! arithmetic on depths happens here.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

mod answers;
mod curve;
mod data_panel;
mod distribution;
mod files_section;
mod header;
mod inspector;
mod notices;
mod questions;
mod reading_panel;
mod settings_panel;
mod shell;
mod table;

use crate::web::browser;
use fathom_core::i18n::tr;

/// Puts the page into the document and starts its first job.
pub fn start() {
    std::panic::set_hook(Box::new(|fault| {
        console_error_panic_hook::hook(fault);
        browser::tell_of_fault(tr!(
            "This page stopped because of a fault in it: reload it and choose the files again."
        ));
    }));
    // In a task of its own: starting the program was one already.
    wasm_bindgen_futures::spawn_local(async {
        browser::breathe().await;
        // What `index.html` shows until now.
        if let Some(before) = browser::element("before") {
            before.remove();
        }
        leptos::mount::mount_to_body(shell::App);
    });
}
