//! A worker of the browser that runs a program of the site.

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::dom;
use fathom_core::i18n::tr;
use fathom_engine_wasm::texts;

/// The script of a worker that waits for its program.
const WORKER: &str = "worker.js";

/// Addresses of a program.
#[derive(Clone)]
pub(super) struct ProgramUrls {
    worker: String,
    script: String,
    /// The compiled code.
    pub(super) code: String,
}

impl ProgramUrls {
    /// The addresses of a program, beside the page's own.
    ///
    /// # Errors
    /// One sentence where the page lacks a part.
    pub(super) fn new(program: &str) -> Result<Self, String> {
        let page = dom::program_url().ok_or(tr!(
            "This page is incomplete: its program's address is missing from index.html."
        ))?;
        let beside = |name: &str| {
            dom::sibling_url(&page, name)
                .ok_or_else(|| tr!("This page is incomplete: {name} has no address.", name))
        };
        Ok(Self {
            worker: beside(WORKER)?,
            script: beside(&format!("{program}.js"))?,
            code: beside(&format!("{program}_bg.wasm"))?,
        })
    }
}

/// A worker with its listeners.
pub(super) struct WorkerThread {
    worker: Worker,
    // Kept alive as long as the worker that calls them.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl WorkerThread {
    /// Starts a worker, which waits for its program. The listeners get the worker itself: one that was ended may have left a message.
    ///
    /// # Errors
    /// One sentence where this browser or this host cannot run workers.
    pub(super) fn start(
        urls: &ProgramUrls,
        on_message: impl Fn(&Worker, &JsValue) + 'static,
        on_error: impl Fn(&Worker, &str) + 'static,
    ) -> Result<Self, String> {
        let refused = |_| tr!("This browser does not let the page start a worker.").to_owned();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&urls.worker, &options).map_err(refused)?;
        let own = worker.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            on_message(&own, &event.data());
        });
        let own = worker.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            on_error(&own, &event.message());
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Gives the worker its program, compiled, and the bytes of decoded maps that it may keep.
    ///
    /// # Errors
    /// Whatever the browser says.
    pub(super) fn run(
        &self,
        urls: &ProgramUrls,
        module: &JsValue,
        budget: f64,
    ) -> Result<(), JsValue> {
        let hello = Object::new();
        Reflect::set(&hello, &"script".into(), &urls.script.as_str().into())?;
        Reflect::set(&hello, &"module".into(), module)?;
        Reflect::set(&hello, &"texts".into(), &texts::packed())?;
        Reflect::set(&hello, &"budget".into(), &budget.into())?;
        self.worker.post_message(&hello)
    }

    /// Another handle to the worker.
    pub(super) fn worker(&self) -> Worker {
        self.worker.clone()
    }

    /// Returns true if this is the worker.
    pub(super) fn is(&self, worker: &Worker) -> bool {
        &self.worker == worker
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// The first line of a browser's message, short enough for a notice.
pub(super) fn first_line(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return tr!("no reason given").to_owned();
    }
    line.chars().take(120).collect()
}
