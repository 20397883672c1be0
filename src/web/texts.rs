//! The texts of the page's language, which `public/boot.js` fetched before the program began.
//!
//! They lie on the global object, so that each of the site's programs finds them in the page and in workers alike.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use fathom_core::i18n;

/// Their name on the global object.
const PLACE: &str = "fathomTexts";

/// Speaks the page's language from now on. Nothing happens where that is English.
pub fn take_up() {
    if let Ok(bytes) = packed().dyn_into::<Uint8Array>() {
        // Texts that cannot be read leave the page in English.
        i18n::load(&bytes.to_vec()).unwrap_or_else(|_| i18n::reset());
    }
}

/// The texts as they came, for a worker; undefined where the language is English.
pub(super) fn packed() -> JsValue {
    Reflect::get(&js_sys::global(), &PLACE.into()).unwrap_or_default()
}
