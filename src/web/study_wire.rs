//! The study's side of its messages with the page.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::wire;
use crate::bridge::{Wish, Word};

/// A wish as it travels.
#[must_use]
pub fn wish(wish: &Wish) -> Option<JsValue> {
    wire::pack_shared(wish, &Array::new())
        .ok()
        .map(JsValue::from)
}

/// What the page says, with the files that came along.
#[must_use]
pub fn word(message: &Array) -> Option<(Word, Array)> {
    let arrived = wire::unpack::<Word>(message)?;
    let files = arrived.file.dyn_into().unwrap_or_else(|_| Array::new());
    Some((arrived.header, files))
}
