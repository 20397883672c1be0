//! The texts of the page's language, which `public/boot.js` fetches before the program begins and `public/worker.js` hands on.

use fathom_core::i18n;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Their name on the global object.
const NAME: &str = "fathomTexts";

/// Loads the texts of the page's language; without any it stays English.
pub fn load() {
    if let Ok(bytes) = packed().dyn_into::<Uint8Array>() {
        // Texts that cannot be read leave the page in English.
        i18n::load(&bytes.to_vec()).unwrap_or_else(|_| i18n::reset());
    }
}

/// The texts as they were fetched, for a worker; undefined in English.
#[must_use]
pub fn packed() -> JsValue {
    Reflect::get(&js_sys::global(), &NAME.into()).unwrap_or_default()
}
