//! The worker: a store, its files, one request at a time.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fathom_core::i18n::tr;
use fathom_engine::network::{FromNetworkWorker, ToNetworkWorker};
use fathom_engine_wasm::{Unpacked, pack, read_file, unpack};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use crate::study_files::FileBytes;
use crate::study_store::{Machine, StudyStore};

/// Milliseconds between two messages on runs.
const RUNS_MS: f64 = 100.0;

/// Files as the page sent them: whole files, or the reason why there is none.
#[derive(Default)]
struct Files(BTreeMap<u32, JsValue>);

impl FileBytes for Files {
    fn bytes(&self, source: u32) -> Result<Vec<u8>, String> {
        let missing = || tr!("no file arrived").to_owned();
        let file = self.0.get(&source).ok_or_else(missing)?;
        match file.dyn_ref::<Blob>() {
            Some(blob) => read_file(blob),
            None => Err(file.as_string().unwrap_or_else(missing)),
        }
    }
}

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    store: StudyStore,
    files: Files,
}

/// Serves requests until the worker is ended. Does nothing outside of a worker.
pub fn serve() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    start(&scope).unwrap_or_else(|error| wasm_bindgen::throw_val(error));
}

fn start(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let worker = RefCell::new(Worker {
        scope: scope.clone(),
        store: StudyStore::default(),
        files: Files::default(),
    });
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = unpack::<ToNetworkWorker>(&event.data()) {
            worker.borrow_mut().take(message);
        }
    });
    scope.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref())?;
    // The listener lives as long as the worker.
    on_message.forget();
    send(scope, &FromNetworkWorker::Started);
    Ok(())
}

impl Worker {
    fn take(&mut self, message: Unpacked<ToNetworkWorker>) {
        match message.header {
            ToNetworkWorker::File(source) => {
                self.files.0.insert(source, message.file);
            }
            ToNetworkWorker::Request(request) => {
                let scope = &self.scope;
                let clock = || now_ms(scope);
                let (mut runs, mut told_ms) = (0, clock());
                let mut on_run = |count: u64| {
                    runs += count;
                    if clock() - told_ms >= RUNS_MS {
                        told_ms = clock();
                        send(scope, &FromNetworkWorker::Runs(std::mem::take(&mut runs)));
                    }
                };
                let machine = Machine {
                    now_ms: &clock,
                    memory_bytes: &memory_bytes,
                };
                let response = self
                    .store
                    .handle(request, &self.files, machine, &mut on_run);
                send(scope, &FromNetworkWorker::Runs(runs));
                send(scope, &FromNetworkWorker::Responded(response));
            }
        }
    }
}

fn now_ms(scope: &DedicatedWorkerGlobalScope) -> f64 {
    let performance = scope.performance();
    performance.map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Bytes of the program's memory, which never shrinks.
fn memory_bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(buffer.byte_length())
}

fn send(scope: &DedicatedWorkerGlobalScope, message: &FromNetworkWorker) {
    let packed = pack(message, None);
    let sent = packed.and_then(|packed| scope.post_message(&packed.message));
    // Thrown out of the handler it reaches the page as an error event.
    sent.unwrap_or_else(|error| wasm_bindgen::throw_val(error));
}
