//! A worker's own side: where it listens, and how it answers.
//!
//! Knows threads and messages; knows nothing of what is asked.

use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::wire;
use fathom_engine::Buffers;

/// The scope of this worker, or `None` on the page's own thread.
#[must_use]
pub fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}

/// Hears messages until the worker is ended, and says `ready`.
pub(super) fn listen(
    scope: &DedicatedWorkerGlobalScope,
    handle: impl Fn(&MessageEvent) + 'static,
    ready: &impl Serialize,
) {
    let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event| handle(&event));
    scope
        .add_event_listener_with_callback("message", handler.as_ref().unchecked_ref())
        .unwrap_or_else(|error| wasm_bindgen::throw_val(error));
    // The handler lives as long as the worker.
    handler.forget();
    send(scope, ready, &Buffers::default());
}

/// Answers; buffers are handed over.
pub(super) fn send(scope: &DedicatedWorkerGlobalScope, reply: &impl Serialize, buffers: &Buffers) {
    send_parcel(scope, wire::pack(reply, buffers));
}

/// The same with a message that is packed, if it could be.
pub(super) fn send_parcel(
    scope: &DedicatedWorkerGlobalScope,
    parcel: Result<wire::Parcel, JsValue>,
) {
    let sent = parcel.and_then(|p| scope.post_message_with_transfer(&p.message, &p.transfer));
    if let Err(error) = sent {
        // Thrown out of the handler it reaches the page as an error event.
        wasm_bindgen::throw_val(error);
    }
}
