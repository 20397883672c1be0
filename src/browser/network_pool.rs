//! Workers that run a network, and the session that schedules them. Their program is fetched with the first model.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, Worker};

use super::dom;
use super::worker_thread::{ProgramUrls, WorkerThread, first_line};
use fathom_core::i18n::tr;
use fathom_engine::network::{
    FromNetworkWorker, NetworkCommand, NetworkEvent, NetworkProgress, NetworkRequest,
    NetworkResponse, NetworkSession, NetworkUpdate, ToNetworkWorker,
};
use fathom_engine_wasm::{pack, unpack};

/// The network's program.
const PROGRAM: &str = "fathom-network-wasm";

/// Most workers: each holds the network and its tensors.
const MAX_WORKERS: usize = 4;

/// News for the page.
pub(crate) enum NetworkNews {
    /// Of the session.
    Update(NetworkUpdate),
    /// Progress of measuring.
    Progress(NetworkProgress),
}

struct Inner {
    session: RefCell<NetworkSession>,
    threads: RefCell<BTreeMap<usize, WorkerThread>>,
    urls: ProgramUrls,
    /// The program's code, once it is compiled.
    module: RefCell<Option<JsValue>>,
    is_fetching: Cell<bool>,
    /// Gives a file by its number.
    file: Box<dyn Fn(u32) -> Option<File>>,
    on_news: Box<dyn Fn(NetworkNews)>,
}

/// A pool of a network's workers. Cloning it gives another handle.
#[derive(Clone)]
pub(crate) struct NetworkPool {
    inner: Rc<Inner>,
}

impl NetworkPool {
    /// A pool that starts workers once there is an order. `file` gives a file by its number; `on_news` is called from the page's event loop.
    ///
    /// # Errors
    /// One sentence where the page lacks a part.
    pub(crate) fn new(
        file: impl Fn(u32) -> Option<File> + 'static,
        on_news: impl Fn(NetworkNews) + 'static,
    ) -> Result<Self, String> {
        Ok(Self {
            inner: Rc::new(Inner {
                session: RefCell::new(NetworkSession::new(worker_count())),
                threads: RefCell::default(),
                urls: ProgramUrls::new(PROGRAM)?,
                module: RefCell::default(),
                is_fetching: Cell::default(),
                file: Box::new(file),
                on_news: Box::new(on_news),
            }),
        })
    }

    /// Gives the session an event, and does what it commands.
    pub(crate) fn handle(&self, event: NetworkEvent) {
        let commands = self.inner.session.borrow_mut().handle(event);
        for command in commands {
            match command {
                NetworkCommand::Start(place) => self.start(place),
                NetworkCommand::End(place) => {
                    self.inner.threads.borrow_mut().remove(&place);
                }
                NetworkCommand::Send(place, request) => {
                    if self.send(place, request).is_err() {
                        let why = tr!("The network's program cannot be reached.").to_owned();
                        let failed = NetworkResponse::Failed(why);
                        self.handle(NetworkEvent::Responded(place, failed));
                    }
                }
                NetworkCommand::Tell(update) => (self.inner.on_news)(NetworkNews::Update(update)),
            }
        }
    }

    fn start(&self, place: usize) {
        let (for_message, for_error) = (Rc::downgrade(&self.inner), Rc::downgrade(&self.inner));
        let thread = WorkerThread::start(
            &self.inner.urls,
            move |worker, data| {
                if let Some(pool) = Self::of_current(&for_message, place, worker) {
                    pool.received(place, data);
                }
            },
            move |worker, why| {
                if let Some(pool) = Self::of_current(&for_error, place, worker) {
                    pool.handle(NetworkEvent::Stopped(place, first_line(why)));
                }
            },
        );
        match thread {
            Ok(thread) => {
                if let Some(module) = &*self.inner.module.borrow() {
                    drop(thread.run(&self.inner.urls, module, 0.0));
                }
                self.inner.threads.borrow_mut().insert(place, thread);
                self.fetch_program();
            }
            Err(why) => self.handle(NetworkEvent::Stopped(place, why)),
        }
    }

    /// Compiles the program, which comes over the network, once, and starts it in the workers that wait for it.
    fn fetch_program(&self) {
        if self.inner.module.borrow().is_some() || self.inner.is_fetching.replace(true) {
            return;
        }
        let pool = self.clone();
        spawn_local(async move {
            let compiled = dom::compiled(&pool.inner.urls.code).await;
            pool.inner.is_fetching.set(false);
            match compiled {
                Ok(module) => {
                    for thread in pool.inner.threads.borrow().values() {
                        // One that cannot be reached never starts, and its error event says so.
                        drop(thread.run(&pool.inner.urls, &module, 0.0));
                    }
                    pool.inner.module.replace(Some(module));
                }
                Err(error) => {
                    let error = error.dyn_ref::<js_sys::Error>();
                    let why = first_line(&error.map_or_else(String::new, |e| e.message().into()));
                    pool.handle(NetworkEvent::Stopped(0, why));
                }
            }
        });
    }

    /// The pool, if a worker still holds its place: one that was ended may have left a message behind.
    fn of_current(inner: &Weak<Inner>, place: usize, worker: &Worker) -> Option<Self> {
        let inner = inner.upgrade()?;
        let is_current = inner
            .threads
            .borrow()
            .get(&place)
            .is_some_and(|thread| thread.is(worker));
        is_current.then_some(Self { inner })
    }

    fn send(&self, place: usize, request: NetworkRequest) -> Result<(), JsValue> {
        let worker = self
            .inner
            .threads
            .borrow()
            .get(&place)
            .map(WorkerThread::worker);
        let worker = worker.ok_or(JsValue::NULL)?;
        if let NetworkRequest::Prepare(order, _) = &request {
            for file in &order.files {
                // A whole file: the worker reads it when it needs it.
                let content = match (self.inner.file)(file.source) {
                    Some(file) => file.into(),
                    None => tr!("other files were chosen").into(),
                };
                post(&worker, &ToNetworkWorker::File(file.source), Some(&content))?;
            }
        }
        post(&worker, &ToNetworkWorker::Request(request), None)
    }

    fn received(&self, place: usize, data: &JsValue) {
        let Some(message) = unpack::<FromNetworkWorker>(data) else {
            return;
        };
        self.handle(match message.header {
            FromNetworkWorker::Started => NetworkEvent::Started(place),
            FromNetworkWorker::Runs(count) => NetworkEvent::Runs(place, count),
            FromNetworkWorker::Responded(response) => NetworkEvent::Responded(place, response),
        });
        let progress = self.inner.session.borrow().progress();
        (self.inner.on_news)(NetworkNews::Progress(progress));
    }
}

/// Number of workers that share the frames.
#[must_use]
pub(crate) fn worker_count() -> usize {
    dom::cores().clamp(1, MAX_WORKERS)
}

fn post(worker: &Worker, message: &ToNetworkWorker, file: Option<&JsValue>) -> Result<(), JsValue> {
    worker.post_message(&pack(message, file)?.message)
}
