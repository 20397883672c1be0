//! A worker that runs one of this site's compiled programs.
//!
//! Knows how a worker is started and ended; knows nothing of what it is asked.

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{browser, texts};
use fathom_core::i18n::tr;

/// What a worker starts from.
#[derive(Clone)]
pub(super) struct Start {
    /// The address of the program's script.
    pub(super) script_url: String,
    worker_url: String,
    module: JsValue,
}

impl Start {
    /// The page's own program.
    ///
    /// # Errors
    /// One sentence where the page lacks a part.
    #[cfg(feature = "web")]
    pub(super) fn of_page() -> Result<Self, String> {
        let script_url = page_program()?;
        Self::of(script_url)
    }

    /// This program, whose script stands beside the page's under this name.
    ///
    /// # Errors
    /// One sentence where the page lacks a part.
    #[cfg(feature = "study")]
    pub(super) fn of_sibling(name: &str) -> Result<Self, String> {
        let script_url = browser::sibling_url(&page_program()?, name).ok_or(tr!(
            "This page is incomplete: its second program has no address.",
        ))?;
        Self::of(script_url)
    }

    fn of(script_url: String) -> Result<Self, String> {
        let worker_url = browser::sibling_url(&page_program()?, "worker.js")
            .ok_or(tr!("This page is incomplete: worker.js has no address."))?;
        Ok(Self {
            script_url,
            worker_url,
            module: wasm_bindgen::module(),
        })
    }
}

fn page_program() -> Result<String, String> {
    browser::program_url().ok_or_else(|| {
        tr!("This page is incomplete: its program's address is missing from index.html.").to_owned()
    })
}

/// A worker with its listeners.
pub(super) struct Thread {
    worker: Worker,
    // Kept alive as long as the worker that calls them.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Thread {
    /// Starts a worker. The listeners get the worker itself, because one that was ended may have left a message behind.
    ///
    /// # Errors
    /// One sentence where this browser or this host cannot run workers.
    pub(super) fn start(
        start: &Start,
        on_message: impl Fn(&Worker, &JsValue) + 'static,
        on_error: impl Fn(&Worker, &str) + 'static,
    ) -> Result<Self, String> {
        let refused = |_| tr!("This browser does not let the page start a worker.").to_owned();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&start.worker_url, &options).map_err(refused)?;
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
        let hello = Object::new();
        let script = start.script_url.as_str();
        Reflect::set(&hello, &"script".into(), &script.into()).map_err(refused)?;
        Reflect::set(&hello, &"module".into(), &start.module).map_err(refused)?;
        Reflect::set(&hello, &"texts".into(), &texts::packed()).map_err(refused)?;
        worker.post_message(&hello).map_err(refused)?;
        Ok(Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Another handle to the worker.
    pub(super) fn worker(&self) -> Worker {
        self.worker.clone()
    }

    /// Whether this is the worker.
    pub(super) fn is(&self, worker: &Worker) -> bool {
        &self.worker == worker
    }

    /// Ends it at once.
    pub(super) fn end(&self) {
        self.worker.terminate();
    }
}

/// What brings the readers to a worker: their address and their compiled module.
pub(super) async fn readers_message(script_url: &str) -> Result<JsValue, String> {
    let refused = |error: JsValue| {
        short(
            &error
                .dyn_ref::<js_sys::Error>()
                .map_or_else(String::new, |e| String::from(e.message())),
        )
    };
    let address = |name| browser::sibling_url(script_url, name).ok_or(tr!("they have no address"));
    let (script, program) = (
        address("fathom-readers.js")?,
        address("fathom-readers_bg.wasm")?,
    );
    let module = browser::compiled(&program).await.map_err(refused)?;
    let readers = Object::new();
    Reflect::set(&readers, &"script".into(), &script.into()).map_err(refused)?;
    Reflect::set(&readers, &"module".into(), &module).map_err(refused)?;
    let message = Object::new();
    Reflect::set(&message, &"readers".into(), &readers).map_err(refused)?;
    Ok(message.into())
}

/// The first line of a browser's message, short enough for a notice.
pub(super) fn short(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return tr!("no reason given").to_owned();
    }
    line.chars().take(120).collect()
}
