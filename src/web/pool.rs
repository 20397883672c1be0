//! The page's side: a pool of workers that start from the page's own compiled module.
//!
//! Written here instead of taken from a crate, because three things are needed together: hand buffers over without a copy, see a
//! worker die, and end one at once. Cancelling ends the workers; new ones start from the module that is already compiled, in a few
//! milliseconds, without a download.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use js_sys::{Array, Float64Array, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{ErrorEvent, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{browser, wire};
use crate::depth::Role;
use crate::protocol::{
    BUFFERS_PER_SUMMARY, FileFacts, Guesses, JobId, Reply, Request, distribution_of,
};
use crate::schedule::{Assignment, Schedule};
use crate::stats::{Distribution, Scales, SummaryHeader};

/// Most workers: decoding is limited by cores, and every worker costs memory.
const MAX_WORKERS: usize = 8;

/// A file to read, with its role.
#[derive(Clone)]
pub struct Task {
    /// The file on the user's disk.
    pub file: File,
    /// Its role.
    pub role: Role,
}

/// What the page is told.
pub enum Event {
    /// A file was read, or one sentence why not.
    Read {
        /// The job.
        job: JobId,
        /// The file's place in the job.
        file: u32,
        /// What is known of it.
        result: Result<FileFacts, String>,
    },
    /// Every file was read; [`Pool::build`] can be called for these roles.
    Gathered {
        /// The job.
        job: JobId,
        /// The roles of which something was gathered.
        roles: Vec<Role>,
    },
    /// A distribution is there.
    Built {
        /// The job.
        job: JobId,
        /// The distribution.
        distribution: Distribution,
        /// Its scales.
        scales: Scales,
        /// What the data suggest.
        guesses: Guesses,
    },
    /// The job cannot go on; one sentence.
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        message: String,
    },
    /// A worker died and was replaced; one sentence.
    WorkerDied {
        /// What happened.
        message: String,
    },
}

/// A gathered summary, in the browser's memory.
#[derive(Clone)]
struct Kept {
    header: SummaryHeader,
    buffers: Vec<Float64Array>,
}

/// What a worker is busy with besides the schedule.
enum Errand {
    Build { role: Role, scales: Option<Scales> },
    Sample,
}

struct Slot {
    worker: Worker,
    ready: bool,
    // Kept alive as long as the worker that calls them.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

struct Inner {
    slots: Vec<Slot>,
    size: usize,
    job: JobId,
    tasks: Vec<Task>,
    schedule: Schedule,
    gathering: bool,
    errand: Option<Errand>,
    errand_sent: bool,
    /// What the shown distribution was built from: it stays until another one is built.
    kept: BTreeMap<Role, Vec<Kept>>,
    /// What the current job has gathered, until its distribution is built.
    gathered: BTreeMap<Role, Vec<Kept>>,
    on_event: Rc<dyn Fn(Event)>,
    start: Start,
}

/// What a worker starts from.
#[derive(Clone)]
struct Start {
    script_url: String,
    worker_url: String,
    module: JsValue,
}

/// A pool of workers. Cloning it gives another handle.
#[derive(Clone)]
pub struct Pool {
    inner: Rc<RefCell<Inner>>,
}

impl Pool {
    /// Starts the workers. `on_event` is called from the page's event loop.
    ///
    /// # Errors
    /// One sentence where this browser or this host cannot run workers.
    pub fn start(on_event: impl Fn(Event) + 'static) -> Result<Self, String> {
        let script_url = browser::program_url()
            .ok_or("This page is incomplete: its program's address is missing from index.html.")?;
        let worker_url = browser::sibling_url(&script_url, "worker.js")
            .ok_or("This page is incomplete: worker.js has no address.")?;
        let inner = Inner {
            slots: Vec::new(),
            size: browser::cores().clamp(1, MAX_WORKERS),
            job: 0,
            tasks: Vec::new(),
            schedule: Schedule::default(),
            gathering: false,
            errand: None,
            errand_sent: false,
            kept: BTreeMap::new(),
            gathered: BTreeMap::new(),
            on_event: Rc::new(on_event),
            start: Start {
                script_url,
                worker_url,
                module: wasm_bindgen::module(),
            },
        };
        let pool = Self {
            inner: Rc::new(RefCell::new(inner)),
        };
        pool.fill()?;
        Ok(pool)
    }

    /// The built-in sample, as a new job.
    pub fn sample(&self) -> JobId {
        let job = self.new_job(Vec::new());
        self.inner.borrow_mut().errand = Some(Errand::Sample);
        self.pump();
        job
    }

    /// Reads files, as a new job; what an older one does is abandoned.
    pub fn read(&self, tasks: Vec<Task>) -> JobId {
        let files = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        let job = self.new_job(tasks);
        {
            let mut inner = self.inner.borrow_mut();
            inner.schedule = Schedule::new(files, inner.size);
            inner.gathering = true;
        }
        self.pump();
        job
    }

    /// Builds the distribution of one role from what was gathered, with given or guessed scales. An older request for one is
    /// stale from now on.
    pub fn build(&self, role: Role, scales: Option<Scales>) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.job += 1;
            inner.errand = Some(Errand::Build { role, scales });
            inner.errand_sent = false;
        }
        self.pump();
    }

    /// Abandons everything at once; what was gathered before stays.
    pub fn cancel(&self) {
        self.new_job(Vec::new());
    }

    fn new_job(&self, tasks: Vec<Task>) -> JobId {
        let busy = {
            let inner = self.inner.borrow();
            inner.gathering || inner.errand.is_some()
        };
        let job = {
            let mut inner = self.inner.borrow_mut();
            inner.job += 1;
            inner.tasks = tasks;
            inner.gathering = false;
            inner.errand = None;
            inner.errand_sent = false;
            inner.schedule = Schedule::default();
            inner.gathered.clear();
            inner.job
        };
        if busy {
            // What older requests still do would delay the new job: their workers go.
            for slot in self.inner.borrow_mut().slots.drain(..) {
                slot.worker.terminate();
            }
            if let Err(message) = self.fill() {
                self.emit(Event::WorkerDied { message });
            }
        }
        job
    }

    fn emit(&self, event: Event) {
        let on_event = self.inner.borrow().on_event.clone();
        on_event(event);
    }

    fn fill(&self) -> Result<(), String> {
        while {
            let inner = self.inner.borrow();
            inner.slots.len() < inner.size
        } {
            let slot = self.spawn(self.inner.borrow().slots.len())?;
            self.inner.borrow_mut().slots.push(slot);
        }
        Ok(())
    }

    fn spawn(&self, index: usize) -> Result<Slot, String> {
        let refused = |_| "This browser does not let the page start a worker.".to_owned();
        let start = self.inner.borrow().start.clone();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&start.worker_url, &options).map_err(refused)?;
        let on_message = {
            let pool = Rc::downgrade(&self.inner);
            let own = worker.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(pool) = Self::upgrade(&pool) {
                    pool.received(index, &own, &event.data());
                }
            })
        };
        let on_error = {
            let pool = Rc::downgrade(&self.inner);
            let own = worker.clone();
            Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
                event.prevent_default();
                if let Some(pool) = Self::upgrade(&pool) {
                    pool.died(index, &own, &event.message());
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let hello = Object::new();
        Reflect::set(&hello, &"script".into(), &start.script_url.into()).map_err(refused)?;
        Reflect::set(&hello, &"module".into(), &start.module).map_err(refused)?;
        worker.post_message(&hello).map_err(refused)?;
        Ok(Slot {
            worker,
            ready: false,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    fn upgrade(inner: &Weak<RefCell<Inner>>) -> Option<Self> {
        inner.upgrade().map(|inner| Self { inner })
    }

    /// Whether this worker still holds its place: one that was ended may have left a message behind.
    fn is_current(&self, index: usize, worker: &Worker) -> bool {
        let inner = self.inner.borrow();
        inner
            .slots
            .get(index)
            .is_some_and(|slot| &slot.worker == worker)
    }

    /// Gives every idle worker something to do.
    fn pump(&self) {
        let count = self.inner.borrow().slots.len();
        for index in 0..count {
            if let Some(message) = self.next_message(index) {
                let worker = self.inner.borrow().slots[index].worker.clone();
                if worker.post_message(&message).is_err() {
                    self.died(index, &worker, "a message could not be sent");
                }
            }
        }
    }

    fn next_message(&self, index: usize) -> Option<JsValue> {
        let mut inner = self.inner.borrow_mut();
        if !inner.slots.get(index)?.ready {
            return None;
        }
        let job = inner.job;
        if inner.gathering {
            let message = match inner.schedule.assign(index)? {
                Assignment::Read(file) => {
                    let task = inner.tasks.get(file as usize)?;
                    let role = task.role;
                    wire::pack_file(&Request::Add { job, file, role }, &task.file)
                }
                Assignment::HandOver => wire::pack_shared(&Request::Finish { job }, &Array::new()),
            };
            return message.ok().map(JsValue::from);
        }
        if index != 0 || inner.errand_sent {
            return None;
        }
        let message = match inner.errand.as_ref()? {
            Errand::Sample => wire::pack_shared(&Request::Sample { job }, &Array::new()),
            Errand::Build { role, scales } => {
                let source = if inner.gathered.is_empty() {
                    &inner.kept
                } else {
                    &inner.gathered
                };
                let kept = source.get(role).map_or(&[][..], Vec::as_slice);
                let buffers = kept.iter().flat_map(|k| &k.buffers).collect::<Array>();
                let request = Request::Build {
                    job,
                    summaries: kept.iter().map(|k| k.header).collect(),
                    scales: *scales,
                };
                wire::pack_shared(&request, &buffers)
            }
        };
        inner.errand_sent = true;
        message.ok().map(JsValue::from)
    }

    fn received(&self, index: usize, worker: &Worker, data: &JsValue) {
        if !self.is_current(index, worker) {
            return;
        }
        let Some(arrived) = wire::unpack::<Reply>(data) else {
            return;
        };
        let current = self.inner.borrow().job;
        match &arrived.header {
            Reply::Ready => self.inner.borrow_mut().slots[index].ready = true,
            Reply::Added { job, file, result } if *job == current => {
                self.inner.borrow_mut().schedule.read(index, result.is_ok());
                let (job, file, result) = (*job, *file, result.clone());
                self.emit(Event::Read { job, file, result });
            }
            Reply::Finished { job, summaries } if *job == current => {
                self.keep(index, summaries, &arrived.doubles);
            }
            Reply::Built { job, .. } if *job == current => {
                self.inner.borrow_mut().errand = None;
                spawn_local(self.clone().take_over(arrived));
                return;
            }
            Reply::Failed { job, message } if *job == current => {
                self.forget_errand();
                let (job, message) = (*job, message.clone());
                self.emit(Event::Failed { job, message });
            }
            // An answer to a job that was abandoned.
            _ => {}
        }
        self.conclude();
        self.pump();
    }

    /// Nothing comes of the build under way: what is shown stays the basis of the next one.
    fn forget_errand(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.errand = None;
        inner.gathered.clear();
    }

    /// Brings a distribution into this thread's memory and hands it to the page.
    async fn take_over(self, arrived: wire::Arrived<Reply>) {
        let buffers = arrived.buffers_gently().await;
        let Reply::Built {
            job,
            resolution,
            scales,
            guesses,
        } = arrived.header
        else {
            return;
        };
        {
            let mut inner = self.inner.borrow_mut();
            if job != inner.job || inner.errand.is_some() {
                return;
            }
            let gathered = std::mem::take(&mut inner.gathered);
            if !gathered.is_empty() {
                inner.kept = gathered;
            }
        }
        self.emit(match distribution_of(resolution, buffers) {
            Some(distribution) => Event::Built {
                job,
                distribution,
                scales,
                guesses,
            },
            None => Event::Failed {
                job,
                message: "A worker's result could not be read.".to_owned(),
            },
        });
    }

    fn keep(&self, index: usize, summaries: &[(Role, SummaryHeader)], doubles: &Array) {
        let mut inner = self.inner.borrow_mut();
        let mut arrays = doubles
            .iter()
            .filter_map(|a| a.dyn_into::<Float64Array>().ok());
        for &(role, header) in summaries {
            let buffers = arrays.by_ref().take(BUFFERS_PER_SUMMARY).collect();
            inner
                .gathered
                .entry(role)
                .or_default()
                .push(Kept { header, buffers });
        }
        inner.schedule.handed_over(index);
    }

    /// Says so once all files are read.
    fn conclude(&self) {
        let (job, roles) = {
            let mut inner = self.inner.borrow_mut();
            if !inner.gathering || !inner.schedule.is_done() {
                return;
            }
            inner.gathering = false;
            inner.tasks.clear();
            let roles: Vec<Role> = inner.gathered.keys().copied().collect();
            (inner.job, roles)
        };
        self.emit(Event::Gathered { job, roles });
    }

    /// Replaces a worker that died, tells the page, and has its files read again.
    fn died(&self, index: usize, worker: &Worker, why: &str) {
        if !self.is_current(index, worker) {
            return;
        }
        worker.terminate();
        let was_ready = self.inner.borrow().slots[index].ready;
        let (job, culprit, errand_lost) = {
            let mut inner = self.inner.borrow_mut();
            let errand_lost = index == 0 && inner.errand_sent && inner.errand.is_some();
            if errand_lost {
                inner.errand = None;
                inner.gathered.clear();
            }
            (inner.job, inner.schedule.died(index), errand_lost)
        };
        let reason = format!("A worker stopped ({}) and was replaced.", short(why));
        if !was_ready {
            // It never started; another would not either.
            self.emit(Event::Failed {
                job,
                message: format!(
                    "The page's workers cannot start ({}): reload the page.",
                    short(why)
                ),
            });
            return;
        }
        match self.spawn(index) {
            Ok(slot) => self.inner.borrow_mut().slots[index] = slot,
            Err(message) => {
                self.emit(Event::Failed { job, message });
                return;
            }
        }
        self.emit(Event::WorkerDied { message: reason });
        if let Some(file) = culprit {
            let result = Err("the worker that read it stopped; expected it to be readable: try it by itself, it may be too large for this browser's memory".to_owned());
            self.emit(Event::Read { job, file, result });
        }
        if errand_lost {
            self.emit(Event::Failed {
                job,
                message:
                    "The worker that put the results together stopped: try again with fewer files."
                        .to_owned(),
            });
        }
        self.conclude();
        self.pump();
    }
}

/// The first line of a browser's message, short enough for a notice.
fn short(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return "no reason given".to_owned();
    }
    line.chars().take(120).collect()
}
