//! The page's side of the study: loading its program, and speaking to it.

use js_sys::{Array, Float64Array, Uint32Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlScriptElement;

use super::{browser, wire};
use crate::bridge::{Wish, Word};
use fathom_core::i18n::tr;
use fathom_core::stats::Distribution;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = fathomStudy, catch)]
    fn start(wish: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = fathomStudy, catch)]
    fn hear(word: Array) -> Result<(), JsValue>;
}

/// Says one thing to the study. Nothing happens before it is there: it then asks for everything.
pub fn say(word: &Word) {
    say_with(word, &Array::new());
}

/// The same with files.
pub fn say_with(word: &Word, files: &Array) {
    if !is_there() {
        return;
    }
    if let Ok(message) = wire::pack_files(word, files, None) {
        // A study that broke is told in the console; the page goes on without it.
        drop(hear(message));
    }
}

/// The same with the buffers of depths, in the order in which [`crate::protocol::distribution_from_buffers`] takes them. Each is copied in a task of
/// its own.
pub async fn say_depths(word: &Word, depths: &Distribution) {
    let (values, counts, running, _) = depths.parts();
    let values = Float64Array::from(values);
    browser::breathe().await;
    let doubles = Array::of2(&values, &Float64Array::from(running));
    let words = Array::of1(&Uint32Array::from(counts));
    browser::breathe().await;
    if !is_there() {
        return;
    }
    if let Ok(message) = wire::pack_shared(word, &doubles) {
        message.set(2, words.into());
        drop(hear(message));
    }
}

/// Whether the program is there.
#[must_use]
pub fn is_there() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"fathomStudy".into()).unwrap_or(false)
}

/// Loads the program and listens to it. `on_failure` gets one sentence where it does not come.
pub fn load(on_wish: impl Fn(Wish) + 'static, on_failure: impl Fn(String) + 'static) {
    let Some(window) = browser::window() else {
        return;
    };
    let listener = Closure::<dyn Fn(JsValue)>::new(move |bytes: JsValue| {
        if let Some(arrived) = wire::unpack::<Wish>(&bytes) {
            on_wish(arrived.header);
        }
    })
    .into_js_value();
    let came = Closure::<dyn Fn()>::new(move || drop(start(&listener))).into_js_value();
    let failed = Closure::<dyn Fn()>::new(move || {
        on_failure(
            tr!("The deeper sections of this page could not be loaded: check the connection and reload the page.")
                .to_owned(),
        );
    })
    .into_js_value();
    let listened = window
        .add_event_listener_with_callback("fathomstudy", came.unchecked_ref())
        .and_then(|()| {
            window.add_event_listener_with_callback("fathomstudyfailed", failed.unchecked_ref())
        })
        .and_then(|()| add_script(&failed));
    debug_assert!(listened.is_ok());
}

fn add_script(failed: &JsValue) -> Result<(), JsValue> {
    let document = browser::window()
        .and_then(|w| w.document())
        .ok_or(JsValue::NULL)?;
    let address = browser::program_url()
        .and_then(|page| browser::sibling_url(&page, "study.js"))
        .ok_or(JsValue::NULL)?;
    let script: HtmlScriptElement = document.create_element("script")?.dyn_into()?;
    script.set_type("module");
    script.set_src(&address);
    script.set_onerror(Some(failed.unchecked_ref()));
    document
        .head()
        .ok_or(JsValue::NULL)?
        .append_child(&script)
        .map(|_| ())
}
