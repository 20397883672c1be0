//! The program of the study: the sections that a first look does not need, and the workers that compute for them. The page loads it once
//! it is there itself.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

fn main() {
    fathom::web::texts::take_up();
    match fathom::web::scope::scope() {
        Some(scope) => fathom::web::servant::serve(&scope),
        None => std::panic::set_hook(Box::new(|fault| {
            console_error_panic_hook::hook(fault);
            fathom::study::tell_of_fault();
        })),
    }
}

/// Mounts the sections. `wish` is called with what the study wants of the page.
#[wasm_bindgen]
pub fn start(wish: Function) {
    fathom::study::start(wish);
}

/// Takes in what the page says.
#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what comes from the browser is owned"
)]
pub fn hear(word: Array) {
    fathom::study::hear(&word);
}
