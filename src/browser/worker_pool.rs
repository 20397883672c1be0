//! Workers that run the engine, and the session that schedules them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, Worker};

use super::worker_thread::{ProgramUrls, WorkerThread, first_line};
use super::{dom, file_bytes};
use fathom_core::i18n::tr;
use fathom_engine::{
    Buffers, Command, Event, Patience, Priority, Progress, QueryKey, Request, RequestId, Session,
    Update, ViewInfo,
};
use fathom_engine_wasm::{FromWorker, JsBuffers, Packed, ToWorker, pack, pack_buffers, unpack};

/// The engine's program.
const PROGRAM: &str = "fathom-engine-wasm";

/// Most workers: decoding is limited by cores, and every worker costs memory.
const MAX_WORKERS: usize = 8;

/// Bytes of decoded maps that all workers keep together. More would fill a small machine; maps beyond it are decoded twice.
const KEPT_BYTES: f64 = 160e6;

/// Milliseconds between two looks at the workers while they have something to do.
const TICK_MS: i32 = 100;

/// A look that comes this late, in milliseconds, says nothing about workers: the page itself was asleep.
const ASLEEP_MS: f64 = 1000.0;

/// News for the page.
pub(crate) enum News {
    /// Of the session.
    Update(Update),
    /// Maps that the page looks at, or one sentence.
    View(QueryKey, Result<(ViewInfo, Buffers), String>),
    /// The size of a file on disk, in bytes.
    FileSize(u32, f64),
}

struct Inner {
    session: RefCell<Session<JsBuffers>>,
    threads: RefCell<Vec<WorkerThread>>,
    urls: ProgramUrls,
    /// The engine's code, once it is compiled.
    module: RefCell<Option<JsValue>>,
    /// Bytes of decoded maps that each may keep.
    budget: f64,
    /// Gives a file by its number.
    file: Box<dyn Fn(u32) -> Option<File>>,
    on_news: Box<dyn Fn(News)>,
    /// News that the page has not taken yet.
    news: RefCell<VecDeque<News>>,
    is_telling: Cell<bool>,
    is_ticking: Cell<bool>,
}

/// A pool of workers. Cloning it gives another handle.
#[derive(Clone)]
pub(crate) struct WorkerPool {
    inner: Rc<Inner>,
}

impl WorkerPool {
    /// Starts the workers. `file` gives a file by its number; `on_news` is called from the page's event loop.
    ///
    /// # Errors
    /// One sentence where this browser or this host cannot run workers.
    pub(crate) fn start(
        file: impl Fn(u32) -> Option<File> + 'static,
        on_news: impl Fn(News) + 'static,
    ) -> Result<Self, String> {
        let count = dom::cores().clamp(1, MAX_WORKERS);
        let inner = Inner {
            session: RefCell::new(Session::new(count, Patience::default())),
            threads: RefCell::default(),
            urls: ProgramUrls::new(PROGRAM)?,
            module: RefCell::default(),
            budget: KEPT_BYTES / count as f64,
            file: Box::new(file),
            on_news: Box::new(on_news),
            news: RefCell::default(),
            is_telling: Cell::default(),
            is_ticking: Cell::default(),
        };
        let pool = Self {
            inner: Rc::new(inner),
        };
        for worker in 0..count {
            let thread = pool.thread(worker)?;
            pool.inner.threads.borrow_mut().push(thread);
        }
        spawn_local(pool.clone().fetch_program(count));
        Ok(pool)
    }

    /// Gives the session an event, and does what it commands.
    pub(crate) fn handle(&self, event: Event<JsBuffers>) {
        let commands = self.inner.session.borrow_mut().handle(event, dom::now_ms());
        let mut unreachable = Vec::new();
        for command in commands {
            match command {
                Command::Send(worker, id, priority, request, parts) => {
                    if self.send(worker, id, priority, request, &parts).is_err() {
                        unreachable.push(worker);
                    }
                }
                Command::Replace(worker) => match self.thread(worker) {
                    Ok(thread) => self.inner.threads.borrow_mut()[worker] = thread,
                    Err(_) => unreachable.push(worker),
                },
                Command::Tell(update) => self.push(News::Update(update)),
                Command::Show(key, result, buffers) => {
                    let result = result.map(|info| (info, buffers.read()));
                    self.push(News::View(key, result));
                }
            }
        }
        for worker in unreachable {
            let why = tr!("a message could not be sent").to_owned();
            self.handle(Event::Stopped(worker, why));
        }
        self.keep_ticking();
        self.tell();
    }

    /// Progress of reading.
    #[must_use]
    pub(crate) fn progress(&self) -> Progress {
        self.inner.session.borrow().progress(dom::now_ms())
    }

    /// Compiles the engine, which comes over the network, and starts it in every worker.
    async fn fetch_program(self, count: usize) {
        match dom::compiled(&self.inner.urls.code).await {
            Ok(module) => {
                for thread in self.inner.threads.borrow().iter() {
                    // One that cannot be reached never starts, and its error event says so.
                    drop(thread.run(&self.inner.urls, &module, self.inner.budget));
                }
                self.inner.module.replace(Some(module));
            }
            Err(error) => {
                let error = error.dyn_ref::<js_sys::Error>();
                let why = first_line(&error.map_or_else(String::new, |e| e.message().into()));
                for worker in 0..count {
                    self.handle(Event::Stopped(worker, why.clone()));
                }
            }
        }
        dom::tell_fetched();
    }

    /// A new worker for a place.
    fn thread(&self, place: usize) -> Result<WorkerThread, String> {
        let (for_message, for_error) = (Rc::downgrade(&self.inner), Rc::downgrade(&self.inner));
        let thread = WorkerThread::start(
            &self.inner.urls,
            move |worker, data| {
                if let Some(pool) = Self::of_current(&for_message, place, worker) {
                    pool.received(place, worker, data);
                }
            },
            move |worker, why| {
                if let Some(pool) = Self::of_current(&for_error, place, worker) {
                    pool.handle(Event::Stopped(place, first_line(why)));
                }
            },
        )?;
        if let Some(module) = &*self.inner.module.borrow() {
            drop(thread.run(&self.inner.urls, module, self.inner.budget));
        }
        Ok(thread)
    }

    /// The pool, if a worker still holds its place: one that was ended may have left a message behind.
    fn of_current(inner: &Weak<Inner>, place: usize, worker: &Worker) -> Option<Self> {
        let inner = inner.upgrade()?;
        let is_current = inner
            .threads
            .borrow()
            .get(place)
            .is_some_and(|thread| thread.is(worker));
        is_current.then_some(Self { inner })
    }

    fn send(
        &self,
        worker: usize,
        id: RequestId,
        priority: Priority,
        request: Request,
        parts: &[JsBuffers],
    ) -> Result<(), JsValue> {
        // Pixels go to one worker; counts and depths stay for another one.
        let is_handed_over = matches!(request, Request::HoldPredictions { .. });
        let message = ToWorker::Request(id, priority, request);
        let packed = pack_buffers(&message, &JsBuffers::joined(parts), is_handed_over)?;
        let target = self.inner.threads.borrow()[worker].worker();
        post(&target, &packed)
    }

    fn received(&self, place: usize, worker: &Worker, data: &JsValue) {
        let Some(message) = unpack::<FromWorker>(data) else {
            return;
        };
        let event = match message.header {
            FromWorker::Started => Event::Started(place),
            FromWorker::Alive => Event::Alive(place),
            FromWorker::NeedsFiles(sources) => {
                for source in sources {
                    spawn_local(self.clone().send_file(worker.clone(), source));
                }
                return;
            }
            FromWorker::Responded(id, response) => {
                Event::Responded(place, id, response, message.buffers)
            }
        };
        self.handle(event);
    }

    /// Sends a worker a file that it asked for.
    async fn send_file(self, worker: Worker, source: u32) {
        let file = match (self.inner.file)(source) {
            Some(file) => {
                let (content, bytes) = file_bytes::content(file).await;
                self.push(News::FileSize(source, bytes));
                self.tell();
                content
            }
            None => tr!("other files were chosen").into(),
        };
        let packed = pack(&ToWorker::File(source), Some(&file));
        // A worker that cannot be reached falls silent, and is replaced then.
        drop(packed.and_then(|packed| post(&worker, &packed)));
    }

    fn push(&self, news: News) {
        self.inner.news.borrow_mut().push_back(news);
    }

    /// Delivers updates to the page in order. An update that arrives during delivery is queued behind the others.
    fn tell(&self) {
        if self.inner.is_telling.replace(true) {
            return;
        }
        loop {
            let next = self.inner.news.borrow_mut().pop_front();
            let Some(news) = next else { break };
            (self.inner.on_news)(news);
        }
        self.inner.is_telling.set(false);
    }

    /// Has time pass for the session while a worker has something to do.
    fn keep_ticking(&self) {
        if !self.inner.session.borrow().is_busy() || self.inner.is_ticking.replace(true) {
            return;
        }
        let pool = self.clone();
        spawn_local(async move {
            loop {
                let from_ms = dom::now_ms();
                dom::pause(TICK_MS).await;
                if dom::now_ms() - from_ms < ASLEEP_MS {
                    pool.handle(Event::Tick);
                }
                if !pool.inner.session.borrow().is_busy() {
                    break;
                }
            }
            pool.inner.is_ticking.set(false);
        });
    }
}

fn post(worker: &Worker, packed: &Packed) -> Result<(), JsValue> {
    worker.post_message_with_transfer(&packed.message, &packed.transfer)
}
