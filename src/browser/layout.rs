//! Leaving what is far from view out of the page's layout for a moment.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::set_timeout;

use super::dom;

/// The attribute of the page's main element while what is far from view is left out of its layout, as style/sections.css says.
const HURRY: &str = "data-hurry";

/// Milliseconds after which everything has its place again, whatever is still to come: jumps must end where they should.
const HURRY_MS: u64 = 3000;

/// Skips the layout of sections far from view, until [`lay_out_everything`] or for a few seconds. Layout and paint of such sections took a
/// tenth of the time of reading and comparing files.
pub(crate) fn skip_offscreen_layout() {
    thread_local! {
        static TIMES: Cell<u32> = const { Cell::new(0) };
    }
    let Some(main) = dom::element("main") else {
        return;
    };
    // A page that cannot be told is only slower.
    drop(main.set_attribute(HURRY, ""));
    let mine = TIMES.get().wrapping_add(1);
    TIMES.set(mine);
    set_timeout(
        move || {
            if TIMES.get() == mine {
                lay_out_everything();
            }
        },
        Duration::from_millis(HURRY_MS),
    );
}

/// Gives everything its place again.
pub(crate) fn lay_out_everything() {
    if let Some(main) = dom::element("main") {
        drop(main.remove_attribute(HURRY));
    }
}
