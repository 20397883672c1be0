//! The page: state, actions and views over the analysis core.
//!
//! May know everything below it. Inputs are signals, everything else is derived from them; all writes are in [`actions`]. No
//! arithmetic on depths happens here.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

mod actions;
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
mod state;
mod table;

/// Puts the page into the document and starts its first job.
pub fn start() {
    console_error_panic_hook::set_once();
    // In a task of its own: starting the program was one already.
    wasm_bindgen_futures::spawn_local(async {
        crate::web::browser::breathe().await;
        // What `index.html` shows until now.
        if let Some(before) = crate::web::browser::element("before") {
            before.remove();
        }
        leptos::mount::mount_to_body(shell::App);
    });
}
