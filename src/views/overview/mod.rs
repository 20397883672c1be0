//! The first screen: header, data and settings, the three answers, the table of ranges, files and maps.

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

use crate::browser::dom;
use fathom_core::i18n::tr;

/// Puts the page into the document and starts its first job.
pub fn start() {
    std::panic::set_hook(Box::new(|fault| {
        console_error_panic_hook::hook(fault);
        dom::tell_of_fault(tr!(
            "This page stopped because of a fault in it: reload it and choose the files again."
        ));
    }));
    // In a task of its own: starting the program was one already.
    wasm_bindgen_futures::spawn_local(async {
        dom::breathe().await;
        // What `index.html` shows until now.
        if let Some(before) = dom::element("before") {
            before.remove();
        }
        leptos::mount::mount_to_body(shell::App);
    });
}
