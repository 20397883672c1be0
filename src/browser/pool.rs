//! The page's side: a pool of workers that start from the page's own compiled module.
//!
//! Written here instead of taken from a crate, because three things are needed together: hand buffers over without a copy, see a
//! worker die, and end one at once. Cancelling ends the workers; new ones start from the module that is already compiled, in a few
//! milliseconds, without a download.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{File, Worker};

use super::thread::{Start, Thread, readers_message, short};
use super::{ahead, dom, wire};
use crate::protocol::{PictureFacts, PictureId, PictureStyle, Reply, Request};
use fathom_core::i18n::tr;
use fathom_core::stats::{Distribution, SummaryHeader};
use fathom_engine::{
    Assignment, BUFFERS_PER_SUMMARY, Buffers, Build, Built, FileContent, Group, JobId, ReadOptions,
    Schedule, distribution_from_buffers,
};

/// Most workers: decoding is limited by cores, and every worker costs memory.
const MAX_WORKERS: usize = 8;

/// Both kinds of made files, as the readers' `rehearse` takes them.
const EVERY_KIND: u32 = 3;

/// What a pool has been asked for at first.
pub(crate) const NO_JOB: JobId = 0;

/// A file to read.
#[derive(Clone)]
pub(crate) struct Task {
    /// The file on the user's disk.
    pub(crate) file: File,
    /// Its mask's file, where it has a mask.
    pub(crate) mask: Option<File>,
    /// The group of files that share role and encoding.
    pub(crate) group: u32,
    /// What to take from it.
    pub(crate) options: ReadOptions,
}

/// A map to colour.
#[derive(Clone)]
pub(crate) struct PictureTask {
    /// The picture's number.
    pub(crate) picture: PictureId,
    /// The file on the user's disk.
    pub(crate) file: File,
    /// What to take from it.
    pub(crate) options: ReadOptions,
    /// Which of its maps.
    pub(crate) map: u32,
    /// How to colour it.
    pub(crate) style: PictureStyle,
}

/// What the page is told.
pub(crate) enum Event {
    /// A file was read, or one sentence why not.
    Read {
        /// The job.
        job: JobId,
        /// The file's place in the job.
        file: u32,
        /// What it is.
        result: Result<FileContent, String>,
        /// Its bytes as they were read, or undefined.
        bytes: JsValue,
    },
    /// Every file was read; [`Pool::build`] can be called.
    Gathered,
    /// A distribution is there.
    Built {
        /// The job.
        job: JobId,
        /// The distribution.
        distribution: Distribution,
        /// What else is known; `None` for the sample.
        built: Option<Built>,
    },
    /// A picture is there, or one sentence why not.
    Picture {
        /// The picture.
        picture: PictureId,
        /// Its size, its samples and its colours.
        result: Result<(PictureFacts, Buffers), String>,
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
    /// Typed arrays, which this thread never reads.
    buffers: Vec<JsValue>,
}

/// What a worker is busy with besides the schedule.
enum Errand {
    Build(Build),
    Sample,
}

/// The program of the readers of files: compiled once, with the first file.
enum Readers {
    Absent,
    Coming,
    There(JsValue),
}

struct Slot {
    thread: Thread,
    ready: bool,
    /// The picture it makes.
    picture: Option<PictureId>,
    /// What waits for a file to be read, in the order in which it is sent.
    outbox: VecDeque<Outgoing>,
    is_sending: bool,
}

/// A message to a worker.
struct Outgoing {
    message: Array,
    /// The content of its file, on its way.
    content: Option<Promise>,
}

impl From<Array> for Outgoing {
    fn from(message: Array) -> Self {
        Self {
            message,
            content: None,
        }
    }
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
    kept: BTreeMap<u32, Vec<Kept>>,
    /// What the current job has gathered, until its distribution is built.
    gathered: BTreeMap<u32, Vec<Kept>>,
    pictures: VecDeque<PictureTask>,
    readers: Readers,
    on_event: Rc<dyn Fn(Event)>,
    start: Start,
}

/// A pool of workers. Cloning it gives another handle.
#[derive(Clone)]
pub(crate) struct Pool {
    inner: Rc<RefCell<Inner>>,
}

impl Pool {
    /// Starts the workers. `on_event` is called from the page's event loop.
    ///
    /// # Errors
    /// One sentence where this browser or this host cannot run workers.
    pub(crate) fn start(on_event: impl Fn(Event) + 'static) -> Result<Self, String> {
        let start = Start::of_page()?;
        let inner = Inner {
            slots: Vec::new(),
            size: dom::cores().clamp(1, MAX_WORKERS),
            job: NO_JOB,
            tasks: Vec::new(),
            schedule: Schedule::default(),
            gathering: false,
            errand: None,
            errand_sent: false,
            kept: BTreeMap::new(),
            gathered: BTreeMap::new(),
            pictures: VecDeque::new(),
            readers: Readers::Absent,
            on_event: Rc::new(on_event),
            start,
        };
        let pool = Self {
            inner: Rc::new(RefCell::new(inner)),
        };
        pool.fill()?;
        Ok(pool)
    }

    /// The built-in sample, as a new job.
    pub(crate) fn sample(&self) -> JobId {
        let job = self.new_job(Vec::new());
        self.inner.borrow_mut().errand = Some(Errand::Sample);
        self.pump();
        job
    }

    /// Reads files, as a new job; what an older one does is abandoned.
    pub(crate) fn read(&self, tasks: Vec<Task>) -> JobId {
        let files = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        let job = self.new_job(tasks);
        {
            let mut inner = self.inner.borrow_mut();
            inner.schedule = Schedule::new((0..files).map(|file| vec![file]), inner.size);
            inner.gathering = true;
        }
        self.pump();
        job
    }

    /// Adds files to the job under way: those of an archive. They are numbered on from the ones before.
    pub(crate) fn extend(&self, more: Vec<Task>) {
        {
            let mut inner = self.inner.borrow_mut();
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let from = number(inner.tasks.len());
            let numbers = from..from + number(more.len());
            inner.schedule.extend(numbers.map(|file| vec![file]));
            inner.tasks.extend(more);
        }
        self.pump();
    }

    /// Builds a distribution from what was gathered; the headers of the groups' summaries are filled in here. An older request for one
    /// is stale from now on.
    pub(crate) fn build(&self, build: Build) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.job += 1;
            inner.errand = Some(Errand::Build(build));
            inner.errand_sent = false;
        }
        self.pump();
    }

    /// Brings the readers to every worker, before the first file comes, and has them go through made files.
    pub(crate) fn warm(&self) {
        self.fetch_readers(true);
    }

    /// Makes these pictures next; those that were asked for before and are not begun are forgotten.
    pub(crate) fn pictures(&self, tasks: Vec<PictureTask>) {
        self.inner.borrow_mut().pictures = tasks.into();
        self.pump();
    }

    /// Whether nothing has been asked for since this job.
    #[must_use]
    pub(crate) fn is_latest(&self, job: JobId) -> bool {
        self.inner.borrow().job == job
    }

    /// Abandons everything at once; what was gathered before stays.
    pub(crate) fn cancel(&self) {
        self.new_job(Vec::new());
    }

    fn new_job(&self, tasks: Vec<Task>) -> JobId {
        let busy = {
            let inner = self.inner.borrow();
            let looking = inner.slots.iter().any(|s| s.picture.is_some());
            inner.gathering || inner.errand.is_some() || looking
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
            inner.pictures.clear();
            inner.job
        };
        if busy {
            // What older requests still do would delay the new job: their workers go.
            for slot in self.inner.borrow_mut().slots.drain(..) {
                slot.thread.end();
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
        let start = self.inner.borrow().start.clone();
        let (for_message, for_error) = (Rc::downgrade(&self.inner), Rc::downgrade(&self.inner));
        let thread = Thread::start(
            &start,
            move |worker, data| {
                if let Some(pool) = Self::upgrade(&for_message) {
                    pool.received(index, worker, data);
                }
            },
            move |worker, why| {
                if let Some(pool) = Self::upgrade(&for_error) {
                    pool.died(index, worker, why);
                }
            },
        )?;
        Ok(Slot {
            thread,
            ready: false,
            picture: None,
            outbox: VecDeque::new(),
            is_sending: false,
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
            .is_some_and(|slot| slot.thread.is(worker))
    }

    /// Gives every worker as much to do as it may have in its hands.
    fn pump(&self) {
        let count = self.inner.borrow().slots.len();
        for index in 0..count {
            while let Some(outgoing) = self.next_message(index) {
                self.send(index, outgoing);
            }
        }
    }

    /// Sends a message now, or once the files of those before it and its own are read.
    fn send(&self, index: usize, outgoing: Outgoing) {
        let worker = {
            let mut inner = self.inner.borrow_mut();
            let slot = &mut inner.slots[index];
            let worker = slot.thread.worker();
            if slot.is_sending || outgoing.content.is_some() {
                slot.outbox.push_back(outgoing);
                if !std::mem::replace(&mut slot.is_sending, true) {
                    spawn_local(self.clone().send_in_order(index, worker));
                }
                return;
            }
            worker
        };
        if worker.post_message(&outgoing.message).is_err() {
            self.died(index, &worker, tr!("a message could not be sent"));
        }
    }

    async fn send_in_order(self, index: usize, worker: Worker) {
        loop {
            let Outgoing { message, content } = {
                let mut inner = self.inner.borrow_mut();
                let slot = inner.slots.get_mut(index);
                let Some(slot) = slot.filter(|slot| slot.thread.is(&worker)) else {
                    return;
                };
                match slot.outbox.pop_front() {
                    Some(outgoing) => outgoing,
                    None => {
                        slot.is_sending = false;
                        return;
                    }
                }
            };
            let transfer = match content {
                Some(content) => {
                    let content = JsFuture::from(content).await.unwrap_or_default();
                    wire::put_content(&message, content)
                }
                None => Array::new(),
            };
            if worker
                .post_message_with_transfer(&message, &transfer)
                .is_err()
            {
                self.died(index, &worker, tr!("a message could not be sent"));
            }
        }
    }

    fn next_message(&self, index: usize) -> Option<Outgoing> {
        let mut inner = self.inner.borrow_mut();
        let slot = inner.slots.get(index)?;
        if !slot.ready || slot.picture.is_some() {
            return None;
        }
        let job = inner.job;
        let is_idle = inner.schedule.is_idle(index);
        let on_errand = index == 0 && inner.errand_sent;
        if !on_errand && !inner.pictures.is_empty() {
            // Somebody looks at the place where the picture will be: whoever first has no file in hand makes it.
            let task = is_idle.then(|| inner.pictures.pop_front()).flatten()?;
            inner.slots[index].picture = Some(task.picture);
            let PictureTask {
                picture,
                file,
                options,
                map,
                style,
            } = task;
            let request = Request::Picture {
                picture,
                options,
                map,
                style,
            };
            return wire::pack_files(&request, &file, None)
                .ok()
                .map(Outgoing::from);
        }
        if inner.gathering {
            return match inner.schedule.assign(index)? {
                Assignment::Read(file) => {
                    let Task {
                        file: blob,
                        mask,
                        group,
                        options,
                    } = inner.tasks.get(file as usize)?;
                    let request = Request::Add {
                        job,
                        file,
                        group: *group,
                        options: options.clone(),
                    };
                    let mask = mask.as_ref().map(AsRef::as_ref);
                    if options.member.is_some() {
                        wire::pack_files(&request, blob, mask)
                            .ok()
                            .map(Outgoing::from)
                    } else {
                        let content = ahead::content(blob.clone());
                        let message = wire::pack_files(&request, &JsValue::UNDEFINED, mask).ok()?;
                        Some(Outgoing {
                            message,
                            content: Some(future_to_promise(async { Ok(content.await) })),
                        })
                    }
                }
                Assignment::HandOver => wire::pack_shared(&Request::Finish { job }, &Array::new())
                    .ok()
                    .map(Outgoing::from),
            };
        }
        if !is_idle || index != 0 || inner.errand_sent {
            return None;
        }
        let message = match inner.errand.as_ref()? {
            Errand::Sample => wire::pack_shared(&Request::Sample { job }, &Array::new()),
            Errand::Build(build) => {
                let source = if inner.gathered.is_empty() {
                    &inner.kept
                } else {
                    &inner.gathered
                };
                let of_group = |group: usize| {
                    let group = u32::try_from(group).unwrap_or(u32::MAX);
                    source.get(&group).map_or(&[][..], Vec::as_slice)
                };
                let buffers = (0..build.groups.len())
                    .flat_map(|group| of_group(group).iter().flat_map(|k| &k.buffers))
                    .collect::<Array>();
                let with_summaries = |(group, settings): (usize, &Group)| Group {
                    summaries: of_group(group).iter().map(|k| k.header.clone()).collect(),
                    ..settings.clone()
                };
                let build = Build {
                    groups: build
                        .groups
                        .iter()
                        .enumerate()
                        .map(with_summaries)
                        .collect(),
                    ..build.clone()
                };
                wire::pack_shared(&Request::Build { job, build }, &buffers)
            }
        };
        inner.errand_sent = true;
        message.ok().map(Outgoing::from)
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
            Reply::NeedsReaders => {
                self.bring_readers(worker);
                return;
            }
            Reply::Picture { picture, result } => {
                self.inner.borrow_mut().slots[index].picture = None;
                let result = result.clone().map(|facts| (facts, arrived.buffers()));
                let picture = *picture;
                self.emit(Event::Picture { picture, result });
            }
            Reply::Added { job, file, result } if *job == current => {
                let gathered = matches!(result, Ok(FileContent::Maps(_)));
                self.inner.borrow_mut().schedule.read(index, gathered);
                let (job, file, result) = (*job, *file, result.clone());
                let bytes = arrived.file.clone();
                self.emit(Event::Read {
                    job,
                    file,
                    result,
                    bytes,
                });
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
            built,
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
        self.emit(match distribution_from_buffers(resolution, buffers) {
            Some(distribution) => Event::Built {
                job,
                distribution,
                built,
            },
            None => Event::Failed {
                job,
                message: tr!("A worker's result could not be read.").to_owned(),
            },
        });
    }

    /// Sends a worker the readers, as soon as they are there.
    fn bring_readers(&self, worker: &Worker) {
        if let Readers::There(message) = &self.inner.borrow().readers {
            // A worker that cannot be reached dies by itself and is seen then.
            drop(worker.post_message(message));
            return;
        }
        self.fetch_readers(false);
    }

    /// Fetches the readers, if nobody has.
    fn fetch_readers(&self, rehearse: bool) {
        let script_url = {
            let mut inner = self.inner.borrow_mut();
            if !matches!(inner.readers, Readers::Absent) {
                return;
            }
            inner.readers = Readers::Coming;
            inner.start.script_url.clone()
        };
        let pool = self.clone();
        spawn_local(async move {
            let message = readers_message(&script_url).await;
            pool.readers_came(message, rehearse);
        });
    }

    /// Tells every worker: one that waits for no file takes them for the next one. Made files are for the first two of them, of one kind each:
    /// a browser compiles for all workers of a page.
    fn readers_came(&self, message: Result<JsValue, String>, rehearse: bool) {
        let mut inner = self.inner.borrow_mut();
        // After a failure the next file tries again.
        inner.readers = match &message {
            Ok(message) => Readers::There(message.clone()),
            Err(_) => Readers::Absent,
        };
        let message = message.unwrap_or_else(Into::into);
        for (index, slot) in inner.slots.iter().enumerate() {
            let kinds = match index {
                _ if !rehearse || inner.gathering => 0,
                0 if inner.slots.len() == 1 => EVERY_KIND,
                0 | 1 => 1 << index,
                _ => 0,
            };
            drop(Reflect::set(&message, &"rehearse".into(), &kinds.into()));
            drop(slot.thread.worker().post_message(&message));
        }
        // A worker that comes later has nothing to go through.
        drop(Reflect::set(&message, &"rehearse".into(), &0.into()));
    }

    fn keep(&self, index: usize, summaries: &[(u32, SummaryHeader)], buffers: &Array) {
        let mut inner = self.inner.borrow_mut();
        let mut buffers = buffers.iter();
        for (group, header) in summaries {
            let buffers = buffers.by_ref().take(BUFFERS_PER_SUMMARY).collect();
            let header = header.clone();
            inner
                .gathered
                .entry(*group)
                .or_default()
                .push(Kept { header, buffers });
        }
        inner.schedule.handed_over(index);
    }

    /// Says so once all files are read.
    fn conclude(&self) {
        {
            let mut inner = self.inner.borrow_mut();
            if !inner.gathering || !inner.schedule.is_done() {
                return;
            }
            inner.gathering = false;
            inner.tasks.clear();
        }
        self.emit(Event::Gathered);
    }

    /// Replaces a worker that died, tells the page, and has its files read again.
    fn died(&self, index: usize, worker: &Worker, why: &str) {
        if !self.is_current(index, worker) {
            return;
        }
        worker.terminate();
        let (was_ready, picture) = {
            let inner = self.inner.borrow();
            let slot = &inner.slots[index];
            (slot.ready, slot.picture)
        };
        let (job, culprit, errand_lost) = {
            let mut inner = self.inner.borrow_mut();
            let errand_lost = index == 0 && inner.errand_sent && inner.errand.is_some();
            if errand_lost {
                inner.errand = None;
                inner.gathered.clear();
            }
            (inner.job, inner.schedule.died(index), errand_lost)
        };
        let reason = tr!("A worker stopped ({}) and was replaced.", short(why));
        if !was_ready {
            // It never started; another would not either.
            self.emit(Event::Failed {
                job,
                message: tr!(
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
        if let Some(picture) = picture {
            let result = Err(tr!("the worker that read it stopped; expected it to be readable: it may be too large for this browser's memory").to_owned());
            self.emit(Event::Picture { picture, result });
        }
        if let Some(file) = culprit {
            let result = Err(tr!("the worker that read it stopped; expected it to be readable: try it by itself, it may be too large for this browser's memory").to_owned());
            let bytes = JsValue::UNDEFINED;
            self.emit(Event::Read {
                job,
                file,
                result,
                bytes,
            });
        }
        if errand_lost {
            self.emit(Event::Failed {
                job,
                message: tr!(
                    "The worker that put the results together stopped: try again with fewer files.",
                )
                .to_owned(),
            });
        }
        self.conclude();
        self.pump();
    }
}
