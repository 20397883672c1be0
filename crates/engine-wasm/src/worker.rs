//! The worker: a store, its files, and time slices in which it works.
//!
//! Nothing here waits for a promise, so that a fault is an error event that the page sees, and never a silent rejection.

use std::cell::RefCell;
use std::rc::Rc;

use fathom_engine::{Buffers, Priority, Request, RequestId, Store};
use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

use crate::browser_files::BrowserFiles;
use crate::messages::{FromWorker, JsBuffers, ToWorker, Unpacked, pack_buffers, unpack};

/// Milliseconds of work between two looks at what the page has sent.
const SLICE_MS: f64 = 4.0;

/// Milliseconds between two signs of life.
const ALIVE_MS: i32 = 500;

/// A request that waits for files.
struct Waiting {
    id: RequestId,
    priority: Priority,
    request: Request,
    buffers: Buffers,
}

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    /// A message through this port begins the next slice.
    next_slice: MessagePort,
    is_scheduled: bool,
    store: Store,
    files: BrowserFiles,
    waiting: Vec<Waiting>,
}

/// Serves requests until the worker is ended. Does nothing outside of a worker.
pub fn serve() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    start(&scope).unwrap_or_else(|error| wasm_bindgen::throw_val(error));
}

fn start(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let channel = MessageChannel::new()?;
    let worker = Rc::new(RefCell::new(Worker {
        scope: scope.clone(),
        next_slice: channel.port1(),
        is_scheduled: false,
        store: Store::new(budget()),
        files: BrowserFiles::default(),
        waiting: Vec::new(),
    }));
    let own = Rc::clone(&worker);
    let on_slice = Closure::<dyn Fn()>::new(move || own.borrow_mut().work());
    channel
        .port2()
        .set_onmessage(Some(on_slice.as_ref().unchecked_ref()));
    let own = Rc::clone(&worker);
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = unpack::<ToWorker>(&event.data()) {
            own.borrow_mut().take(message);
        }
    });
    scope.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref())?;
    let own = Rc::clone(&worker);
    let on_time = Closure::<dyn Fn()>::new(move || own.borrow().say_alive());
    scope.set_interval_with_callback_and_timeout_and_arguments_0(
        on_time.as_ref().unchecked_ref(),
        ALIVE_MS,
    )?;
    // The listeners live as long as the worker.
    on_slice.forget();
    on_message.forget();
    on_time.forget();
    worker
        .borrow()
        .send(&FromWorker::Started, &Buffers::default());
    Ok(())
}

/// Bytes of decoded maps that the worker may keep: `public/worker.js` hands them on from the page.
fn budget() -> usize {
    let bytes = Reflect::get(&js_sys::global(), &"fathomBudget".into());
    bytes
        .ok()
        .and_then(|bytes| bytes.as_f64())
        .unwrap_or_default() as usize
}

impl Worker {
    fn take(&mut self, message: Unpacked<ToWorker>) {
        match message.header {
            ToWorker::File(source) => {
                self.files.add(source, &message.file);
                let all = std::mem::take(&mut self.waiting);
                for waiting in all {
                    if self.files.has_all(waiting.id) {
                        let Waiting {
                            id,
                            priority,
                            request,
                            buffers,
                        } = waiting;
                        self.store.push(id, priority, request, buffers);
                    } else {
                        self.waiting.push(waiting);
                    }
                }
            }
            ToWorker::Request(id, priority, request) => {
                self.take_request(id, priority, request, message.buffers.read());
            }
        }
        self.schedule();
    }

    fn take_request(
        &mut self,
        id: RequestId,
        priority: Priority,
        request: Request,
        buffers: Buffers,
    ) {
        if request == Request::Abandon {
            self.waiting.clear();
            self.files.release_all();
        }
        let sources = self.store.files_to_open(&request);
        let absent = self.files.need(id, sources);
        if absent.is_empty() {
            self.store.push(id, priority, request, buffers);
            return;
        }
        self.waiting.push(Waiting {
            id,
            priority,
            request,
            buffers,
        });
        self.send(&FromWorker::NeedsFiles(absent), &Buffers::default());
    }

    /// Has the next slice begin once the messages that have come are taken.
    fn schedule(&mut self) {
        if !self.is_scheduled && !self.store.is_idle() {
            self.is_scheduled = true;
            let sent = self.next_slice.post_message(&JsValue::NULL);
            sent.unwrap_or_else(|error| wasm_bindgen::throw_val(error));
        }
    }

    fn work(&mut self) {
        self.is_scheduled = false;
        let started_ms = self.now_ms();
        while !self.store.is_idle() && self.now_ms() - started_ms < SLICE_MS {
            if let Some((id, response, buffers)) = self.store.poll(&self.files) {
                self.files.release(id);
                self.send(&FromWorker::Responded(id, response), &buffers);
            }
        }
        self.schedule();
    }

    fn now_ms(&self) -> f64 {
        let performance = self.scope.performance();
        performance.map_or_else(js_sys::Date::now, |performance| performance.now())
    }

    fn say_alive(&self) {
        if !self.store.is_idle() || !self.waiting.is_empty() {
            self.send(&FromWorker::Alive, &Buffers::default());
        }
    }

    /// Sends a message; its buffers are handed over.
    fn send(&self, header: &FromWorker, buffers: &Buffers) {
        let packed = pack_buffers(header, &JsBuffers::from(buffers), true);
        let sent = packed.and_then(|packed| {
            self.scope
                .post_message_with_transfer(&packed.message, &packed.transfer)
        });
        // Thrown out of the handler it reaches the page as an error event.
        sent.unwrap_or_else(|error| wasm_bindgen::throw_val(error));
    }
}
