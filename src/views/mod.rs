//! Leptos views, a folder for each. They read signals and call actions; no arithmetic on depths happens here.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

mod codes;
mod context_chips;
mod controls;
mod header;
mod network;
mod notices;
mod predictions;
mod questions;
mod range;
mod remedies;
mod shell;
mod side_panel;
mod summary;
pub(crate) mod ui;

use crate::browser::dom;
use fathom_core::i18n::tr;
use leptos::prelude::provide_context;

/// Puts the page into the document and starts its first job.
pub fn start() {
    std::panic::set_hook(Box::new(|fault| {
        console_error_panic_hook::hook(fault);
        dom::tell_of_fault(tr!(
            "The page stopped because of a bug. Reload it and choose the files again."
        ));
    }));
    // In a task of its own: starting the program was one already.
    wasm_bindgen_futures::spawn_local(async {
        dom::breathe().await;
        // The first screen of `index.html`, whose answers stay until they are computed.
        let cards = summary::StaticCards::take();
        if let Some(before) = dom::element("first-visit") {
            before.remove();
        }
        leptos::mount::mount_to_body(move || {
            provide_context(cards);
            shell::App()
        });
    });
}
