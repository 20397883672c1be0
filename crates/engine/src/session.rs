//! The scheduler: which worker does what, and what happens when one dies.
//!
//! Pure: events go in with their time, commands come out. It knows no thread and no browser, and holds no depths: buffers of type `B` pass
//! through unseen. Every file, query and frame is told exactly once, whatever dies when, unless the front end drops it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fathom_analysis::compare::CompareSettings;
use fathom_analysis::understanding::{FrameSample, SampleSize};
use fathom_core::i18n::tr;
use fathom_core::stats::{Sketch, SummaryHeader};

use crate::distribution_build::Build;
use crate::file_content::FileContent;
use crate::frame_depths::{FitOrder, FrameOrder};
use crate::frame_files::{FrameFiles, FrameSet};
use crate::ids::JobId;
use crate::map_view::View;
use crate::messages::{Priority, Request, RequestId, Response};
use crate::query::{Query, QueryResult};
use crate::schedule::{Assignment, Schedule};
use crate::session_types::{Command, Event, FileTask, Patience, Progress, QueryKey, Update};

/// Requests that a worker may have in hand: it works on while the front end is busy.
const AHEAD: usize = 3;

/// The same for queries that take a few milliseconds.
const BRIEF_AHEAD: usize = 16;

/// Edits that a worker may have in hand beside all else: one is answered while the next is on its way.
const EDITS_AHEAD: usize = 2;

/// Milliseconds after an edit in which a worker is kept free for the next one. A step of other work may take longer than an edit may wait.
const EDITING_MS: f64 = 1000.0;

/// Deaths of workers after which their common cause is refused.
const ATTEMPTS: u8 = 2;

/// A request that a worker has not responded to.
#[derive(Debug)]
struct InHand {
    id: RequestId,
    priority: Priority,
    sent_ms: f64,
    task: Task,
}

#[derive(Debug)]
enum Task {
    Read(u32),
    Summaries,
    Build,
    ShareDepths,
    HoldDepths,
    Query(WaitingQuery),
    View(WaitingView),
    Frame(u32),
    Pairs,
    HoldPredictions,
    Abandon,
}

#[derive(Debug)]
struct WaitingQuery {
    order: (Priority, u32),
    key: QueryKey,
    query: Box<Query>,
    attempts: u8,
}

#[derive(Debug)]
struct WaitingView {
    key: QueryKey,
    view: Box<View>,
    attempts: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Starting,
    Ready,
    Dead,
}

#[derive(Debug, Default)]
struct Worker {
    life: Life,
    heard_ms: f64,
    in_hand: VecDeque<InHand>,
    /// The shown depths that it holds.
    depths: Option<JobId>,
    /// Frames of the comparison whose pixels it holds.
    pixels: Vec<u32>,
}

impl Worker {
    /// The request that it works on: the most urgent, and of equals the earliest.
    fn current(&self) -> Option<&InHand> {
        self.in_hand.iter().min_by_key(|one| (one.priority, one.id))
    }

    fn has(&self, is: impl Fn(&Task) -> bool) -> bool {
        self.in_hand.iter().any(|one| is(&one.task))
    }

    fn is_free(&self) -> bool {
        self.life == Life::Ready && !self.has(|task| matches!(task, Task::Abandon))
    }
}

/// Files of one job.
#[derive(Debug, Default)]
struct Reading {
    job: JobId,
    chosen: JobId,
    files: Vec<FileTask>,
    schedule: Schedule,
    is_under_way: bool,
    /// True if all files were read and their depths are not built yet.
    is_new: bool,
    since_ms: f64,
    /// True for each reported file that could be read.
    told: BTreeMap<u32, bool>,
    bytes_done: f64,
    bytes_total: f64,
    /// Archives whose files are still to be added.
    archives: usize,
    attempts: BTreeMap<u32, u8>,
    /// The worker that holds a file's maps.
    readers: BTreeMap<(u32, Option<u32>), usize>,
    /// Pixels of all maps of a file.
    pixels: BTreeMap<(u32, Option<u32>), f64>,
}

/// Origin of the shown depths.
#[derive(Clone, Debug)]
enum Basis {
    Files(Box<Build>),
    Sample,
    Sketch(Box<Sketch>),
}

/// The shown depths.
#[derive(Debug, Default)]
struct Depths {
    serial: JobId,
    basis: Option<Basis>,
    /// Origin of the depths that are shown while these are being built.
    previous: Option<Basis>,
    /// True if they are built, or were built before every worker that held them died.
    is_built: bool,
    /// True if they come from the counts of the last job.
    has_new_counts: bool,
    is_told: bool,
    attempts: u8,
}

/// A comparison of frames.
#[derive(Debug)]
struct FrameComparisonRun<B> {
    /// Numbers of pixels to sample, one entry a frame.
    samples: Vec<SampleSize>,
    run: JobId,
    set: FrameSet,
    settings: CompareSettings,
    fit: Option<FitOrder>,
    frames: Vec<u32>,
    waiting: VecDeque<u32>,
    told: BTreeSet<u32>,
    attempts: BTreeMap<u32, u8>,
    /// Pixels that were handed over.
    parts: Vec<B>,
    /// The worker that holds all predictions.
    holder: Option<usize>,
    is_told: bool,
}

/// Counts that were handed over: group and header of each, and the buffers.
#[derive(Clone, Debug)]
struct Counts<B> {
    parts: Vec<(u32, SummaryHeader)>,
    buffers: Vec<B>,
}

impl<B> Default for Counts<B> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            buffers: Vec::new(),
        }
    }
}

/// The scheduler of one front end.
#[derive(Debug)]
pub struct Session<B> {
    patience: Patience,
    now_ms: f64,
    workers: Vec<Worker>,
    next_id: RequestId,
    reading: Reading,
    /// Counts of the job under way, and of the files that are shown.
    counts: Counts<B>,
    shown_counts: Counts<B>,
    depths: Depths,
    queries: BTreeMap<(Priority, u32), WaitingQuery>,
    next_query: u32,
    /// Time of the last edit.
    edited_ms: f64,
    views: VecDeque<WaitingView>,
    run: JobId,
    comparison: Option<FrameComparisonRun<B>>,
    /// Why no worker is left.
    dead: Option<String>,
    out: Vec<Command<B>>,
}

impl<B: Clone + Default> Session<B> {
    /// A session over workers that are being started.
    #[must_use]
    pub fn new(workers: usize, patience: Patience) -> Self {
        Self {
            patience,
            now_ms: 0.0,
            workers: (0..workers).map(|_| Worker::default()).collect(),
            next_id: 0,
            reading: Reading::default(),
            counts: Counts::default(),
            shown_counts: Counts::default(),
            depths: Depths::default(),
            queries: BTreeMap::new(),
            next_query: 0,
            edited_ms: f64::NEG_INFINITY,
            views: VecDeque::new(),
            run: 0,
            comparison: None,
            dead: None,
            out: Vec::new(),
        }
    }

    /// Takes an event at a time in milliseconds. Returns what is to be done.
    pub fn handle(&mut self, event: Event<B>, now_ms: f64) -> Vec<Command<B>> {
        self.now_ms = now_ms;
        match event {
            Event::Choose(files) => {
                self.reading.chosen = self.reading.chosen.wrapping_add(1);
                self.start_reading(files);
            }
            Event::ReadAgain(files) => self.start_reading(files),
            Event::AddFiles(files) => self.add_files(files),
            Event::Size(file, bytes) => self.set_size(file, bytes),
            Event::Build(order) => self.show(Basis::Files(order)),
            Event::Sample => {
                self.abandon();
                self.show(Basis::Sample);
            }
            Event::Sketch(sketch) => {
                self.abandon();
                self.show(Basis::Sketch(sketch));
            }
            Event::Query(key, priority, query) => self.enqueue(key, priority, query),
            Event::Prioritise(key, priority) => self.prioritise(key, priority),
            Event::View(key, view) => self.views.push_back(WaitingView {
                key,
                view,
                attempts: 0,
            }),
            Event::DropQuery(key) => {
                self.drop_queries(|own| own == key);
                self.drop_view(key);
            }
            Event::Compare(set, frames, settings, fit) => {
                self.compare(*set, frames, *settings, fit);
            }
            Event::Cancel => self.abandon(),
            Event::Started(worker) => {
                if let Some(own) = self.workers.get_mut(worker) {
                    own.life = Life::Ready;
                    own.heard_ms = now_ms;
                }
            }
            Event::Alive(worker) => {
                if let Some(own) = self.workers.get_mut(worker) {
                    own.heard_ms = now_ms;
                }
            }
            Event::Stopped(worker, why) => self.on_stopped(worker, &why),
            Event::Responded(worker, id, response, buffers) => {
                self.on_response(worker, id, response, buffers);
            }
            Event::Tick => self.look_after_workers(),
        }
        self.dispatch();
        std::mem::take(&mut self.out)
    }

    /// Progress of reading at a time in milliseconds.
    #[must_use]
    pub fn progress(&self, now_ms: f64) -> Progress {
        let reading = &self.reading;
        let (done, total) = (reading.told.len(), reading.files.len());
        let bytes_total = reading.bytes_total;
        let passed_s = (now_ms - reading.since_ms) / 1000.0;
        let (part, whole) = if bytes_total > 0.0 {
            (reading.bytes_done, bytes_total)
        } else {
            (done as f64, total as f64)
        };
        let is_measurable = passed_s > 0.0 && part > 0.0;
        Progress {
            done,
            total,
            bytes_done: reading.bytes_done,
            bytes_total,
            files_per_s: if passed_s > 0.0 {
                done as f64 / passed_s
            } else {
                0.0
            },
            left_s: is_measurable.then(|| (whole - part) * passed_s / part),
        }
    }

    /// Returns true while a worker has something in hand: time has to pass for it.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.workers.iter().any(|own| !own.in_hand.is_empty())
    }

    fn tell(&mut self, update: Update) {
        self.out.push(Command::Tell(update));
    }

    fn send(
        &mut self,
        worker: usize,
        priority: Priority,
        task: Task,
        request: Request,
        buffers: Vec<B>,
    ) {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let own = &mut self.workers[worker];
        if own.in_hand.is_empty() {
            own.heard_ms = self.now_ms;
        }
        own.in_hand.push_back(InHand {
            id,
            priority,
            sent_ms: self.now_ms,
            task,
        });
        let command = Command::Send(worker, id, priority, request, buffers);
        self.out.push(command);
    }

    /// Drops everything under way. Workers get the order to drop it too, and nothing else before they have.
    fn abandon(&mut self) {
        self.reading.is_under_way = false;
        self.reading.is_new = false;
        self.reading.schedule = Schedule::default();
        self.counts = Counts::default();
        self.queries.clear();
        self.views.clear();
        // One that is complete can still be asked about.
        if self.comparison.as_ref().is_some_and(|c| c.holder.is_none()) {
            self.comparison = None;
        }
        if !self.depths.is_built {
            self.restore_depths();
        }
        for worker in 0..self.workers.len() {
            let own = &mut self.workers[worker];
            own.pixels.clear();
            if own.is_free() && !own.in_hand.is_empty() {
                own.in_hand.clear();
                self.send(
                    worker,
                    Priority::Edit,
                    Task::Abandon,
                    Request::Abandon,
                    Vec::new(),
                );
            }
        }
    }

    fn start_reading(&mut self, files: Vec<FileTask>) {
        self.abandon();
        let reading = &mut self.reading;
        reading.job = reading.job.wrapping_add(1);
        reading.files.clear();
        reading.told.clear();
        reading.attempts.clear();
        (reading.bytes_done, reading.bytes_total) = (0.0, 0.0);
        reading.archives = 0;
        reading.since_ms = self.now_ms;
        reading.schedule = Schedule::new([], self.workers.len());
        reading.is_under_way = true;
        self.take_files(files);
    }

    fn add_files(&mut self, files: Vec<FileTask>) {
        self.reading.archives = self.reading.archives.saturating_sub(1);
        self.take_files(files);
    }

    fn take_files(&mut self, files: Vec<FileTask>) {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut bundles: Vec<Vec<u32>> = Vec::new();
        for mut task in files {
            let number = u32::try_from(self.reading.files.len()).unwrap_or(u32::MAX);
            task.read.file = number;
            let at = *places.entry(task.frame.clone()).or_insert(bundles.len());
            match bundles.get_mut(at) {
                Some(bundle) => bundle.push(number),
                None => bundles.push(vec![number]),
            }
            self.reading.bytes_total += task.bytes;
            self.reading.files.push(task);
        }
        self.reading.schedule.extend(bundles);
    }

    fn show(&mut self, basis: Basis) {
        self.drop_queries(|_| true);
        for worker in &mut self.workers {
            worker.in_hand.retain(|one| {
                !matches!(one.task, Task::Build | Task::ShareDepths | Task::HoldDepths)
            });
        }
        let has_new_counts = self.reading.is_new;
        let old = std::mem::take(&mut self.depths);
        self.depths = Depths {
            serial: old.serial.wrapping_add(1),
            basis: Some(basis),
            previous: if old.is_told { old.basis } else { old.previous },
            has_new_counts,
            ..Depths::default()
        };
    }

    /// Has the depths built again that were shown before those that did not come.
    fn restore_depths(&mut self) {
        let old = std::mem::take(&mut self.depths);
        if old.has_new_counts {
            // The counts of the shown files are the basis of the next build.
            self.reading.is_new = false;
            self.counts = Counts::default();
        }
        self.depths = Depths {
            serial: old.serial.wrapping_add(1),
            basis: old.previous,
            is_told: true,
            ..Depths::default()
        };
    }

    fn set_size(&mut self, file: u32, bytes: f64) {
        if let Some(task) = self.reading.files.get_mut(file as usize) {
            let more = bytes - std::mem::replace(&mut task.bytes, bytes);
            self.reading.bytes_total += more;
            if self.reading.told.contains_key(&file) {
                self.reading.bytes_done += more;
            }
        }
    }

    fn enqueue(&mut self, key: QueryKey, priority: Priority, query: Box<Query>) {
        if priority == Priority::Edit {
            self.edited_ms = self.now_ms;
        }
        let order = (priority, self.next_query);
        self.next_query = self.next_query.wrapping_add(1);
        self.requeue(WaitingQuery {
            order,
            key,
            query,
            attempts: 0,
        });
    }

    fn requeue(&mut self, query: WaitingQuery) {
        self.queries.insert(query.order, query);
    }

    fn prioritise(&mut self, key: QueryKey, priority: Priority) {
        let of_key = |query: &&WaitingQuery| query.key == key;
        let order = self.queries.values().find(of_key).map(|query| query.order);
        if let Some(mut query) = order.and_then(|order| self.queries.remove(&order)) {
            query.order.0 = priority;
            self.requeue(query);
        }
    }

    fn drop_view(&mut self, key: QueryKey) {
        self.views.retain(|view| view.key != key);
        for worker in &mut self.workers {
            worker
                .in_hand
                .retain(|one| !matches!(&one.task, Task::View(view) if view.key == key));
        }
    }

    /// Drops queries, waiting or in hand. Later responses to them are ignored.
    fn drop_queries(&mut self, is_dropped: impl Fn(QueryKey) -> bool) {
        self.queries.retain(|_, query| !is_dropped(query.key));
        for worker in &mut self.workers {
            worker
                .in_hand
                .retain(|one| !matches!(&one.task, Task::Query(query) if is_dropped(query.key)));
        }
    }

    fn compare(
        &mut self,
        set: FrameSet,
        frames: Vec<u32>,
        settings: CompareSettings,
        fit: Option<FitOrder>,
    ) {
        self.run = self.run.wrapping_add(1);
        let mut stale = Vec::new();
        for worker in &mut self.workers {
            worker.pixels.clear();
            worker.in_hand.retain(|one| match &one.task {
                Task::Frame(_) | Task::Pairs | Task::HoldPredictions => false,
                // The predictions of the older comparison make room for those of this one.
                Task::Query(query) if query.query.predictions().is_some() => {
                    stale.push(query.key);
                    false
                }
                _ => true,
            });
        }
        for key in stale {
            self.refuse(key, not_held());
        }
        self.comparison = Some(FrameComparisonRun {
            run: self.run,
            samples: set.sample_sizes(),
            set,
            settings,
            fit,
            waiting: frames.iter().copied().collect(),
            frames,
            told: BTreeSet::new(),
            attempts: BTreeMap::new(),
            parts: Vec::new(),
            holder: None,
            is_told: false,
        });
    }

    fn on_response(&mut self, worker: usize, id: RequestId, response: Response, buffers: B) {
        let Some(own) = self.workers.get_mut(worker) else {
            return;
        };
        own.heard_ms = self.now_ms;
        // The query was dropped, or the worker was replaced.
        let Some(at) = own.in_hand.iter().position(|one| one.id == id) else {
            return;
        };
        let Some(InHand { task, .. }) = own.in_hand.remove(at) else {
            return;
        };
        match (task, response) {
            (Task::Read(file), Response::Read(result)) => self.on_read(worker, file, result),
            (Task::Summaries, Response::Summaries(parts)) => {
                self.counts.parts.extend(parts);
                self.counts.buffers.push(buffers);
                self.reading.schedule.handed_over(worker);
            }
            (Task::Build, Response::Built(result)) => {
                if result.is_ok() {
                    self.depths.is_built = true;
                    self.depths.attempts = 0;
                    self.workers[worker].depths = Some(self.depths.serial);
                    if std::mem::take(&mut self.depths.has_new_counts) {
                        self.reading.is_new = false;
                        self.shown_counts = std::mem::take(&mut self.counts);
                    }
                }
                let is_built = result.is_ok();
                if !std::mem::replace(&mut self.depths.is_told, true) {
                    self.tell(Update::Built(result));
                }
                if !is_built {
                    self.restore_depths();
                }
            }
            (Task::ShareDepths, Response::Depths(Some(resolution))) => {
                let serial = self.depths.serial;
                for other in 0..self.workers.len() {
                    let own = &self.workers[other];
                    let lacks = own.depths != Some(serial)
                        && !own.has(|task| matches!(task, Task::HoldDepths));
                    if own.is_free() && lacks {
                        let request = Request::HoldDepths { serial, resolution };
                        let buffers = vec![buffers.clone()];
                        self.send(other, Priority::Edit, Task::HoldDepths, request, buffers);
                    }
                }
            }
            (Task::ShareDepths, _) => self.workers[worker].depths = None,
            (Task::HoldDepths, _) => self.workers[worker].depths = Some(self.depths.serial),
            (Task::Query(query), Response::Result(result)) => {
                self.tell(Update::Result(query.key, result));
            }
            (Task::View(view), Response::View(result)) => {
                self.out.push(Command::Show(view.key, result, buffers));
            }
            (Task::Frame(frame), Response::Frame(result, sample, fit)) => {
                self.workers[worker].pixels.push(frame);
                if let Some(comparison) = &mut self.comparison
                    && comparison.told.insert(frame)
                {
                    self.tell(Update::Frame(frame, result, sample, fit));
                }
            }
            (Task::Pairs, _) => {
                self.workers[worker].pixels.clear();
                if let Some(comparison) = &mut self.comparison {
                    comparison.parts.push(buffers);
                }
            }
            (Task::HoldPredictions, _) => {
                if let Some(comparison) = &mut self.comparison {
                    comparison.holder = Some(worker);
                    let run = comparison.run;
                    if !std::mem::replace(&mut comparison.is_told, true) {
                        self.tell(Update::Compared(run));
                    }
                }
            }
            // `Abandon` is done. Nothing else fits: a worker of this program sends no such response.
            _ => {}
        }
    }

    fn on_read(&mut self, worker: usize, file: u32, result: Result<FileContent, String>) {
        self.reading.archives += usize::from(matches!(result, Ok(FileContent::Archive(_))));
        let is_counted = matches!(result, Ok(FileContent::Maps(_)));
        self.reading.schedule.read(worker, is_counted);
        if let Ok(FileContent::Maps(info)) = &result
            && let Some(task) = self.reading.files.get(file as usize)
        {
            let read = &task.read;
            let place = (read.source, read.options.member);
            let pixels = info
                .maps
                .iter()
                .map(|map| f64::from(map.width) * f64::from(map.height));
            self.reading.pixels.insert(place, pixels.sum());
            self.reading.readers.insert(place, worker);
        }
        self.tell_file(file, result);
    }

    fn tell_file(&mut self, file: u32, result: Result<FileContent, String>) {
        let known = self.reading.told.insert(file, result.is_ok());
        if known.is_none() {
            let bytes = self.reading.files.get(file as usize).map(|task| task.bytes);
            self.reading.bytes_done += bytes.unwrap_or_default();
        }
        let is_lost_now = known == Some(true) && result.is_err();
        if known.is_none() || is_lost_now {
            self.tell(Update::FileRead(file, result));
        }
    }

    /// Replaces workers that give no sign of life, and those that do not drop what was cancelled.
    fn look_after_workers(&mut self) {
        for worker in 0..self.workers.len() {
            let own = &self.workers[worker];
            let Some(current) = own.current().filter(|_| own.life == Life::Ready) else {
                continue;
            };
            if matches!(current.task, Task::Abandon) {
                if self.now_ms - current.sent_ms > self.patience.abandon_ms {
                    self.replace(worker);
                }
                continue;
            }
            let Patience {
                silence_ms,
                per_byte_ms,
                per_pixel_ms,
                query_ms,
                ..
            } = self.patience;
            let allowed_ms = match &current.task {
                Task::Read(file) => {
                    let file = self.reading.files.get(*file as usize);
                    silence_ms + file.map_or(0.0, |file| file.bytes) * per_byte_ms
                }
                Task::Frame(frame) => silence_ms + self.pixels_of_frame(*frame) * per_pixel_ms,
                Task::View(view) => {
                    let files = view.view.files();
                    silence_ms + self.pixels_of(files.into_iter()) * per_pixel_ms
                }
                Task::Query(_) | Task::Build | Task::HoldPredictions => query_ms,
                _ => silence_ms,
            };
            if self.now_ms - own.heard_ms > allowed_ms {
                let seconds = (allowed_ms / 1000.0).round();
                self.on_stopped(worker, &tr!("no response for {seconds} s", seconds));
            }
        }
    }

    fn pixels_of(&self, files: impl Iterator<Item = (u32, Option<u32>)>) -> f64 {
        let pixels = files.filter_map(|file| self.reading.pixels.get(&file));
        pixels.sum()
    }

    fn pixels_of_frame(&self, frame: u32) -> f64 {
        let Some(comparison) = &self.comparison else {
            return 0.0;
        };
        let frame = comparison.set.sampled().nth(frame as usize);
        let maps = frame.into_iter().flat_map(FrameFiles::maps);
        self.pixels_of(maps.map(|(_, map)| (map.file, map.options.member)))
    }

    /// Replaces a worker. Its maps, depths and predictions are lost.
    fn replace(&mut self, worker: usize) {
        self.workers[worker] = Worker {
            heard_ms: self.now_ms,
            ..Worker::default()
        };
        self.reading.readers.retain(|_, reader| *reader != worker);
        if let Some(comparison) = &mut self.comparison
            && comparison.holder == Some(worker)
        {
            // The pixels of all frames are counted again.
            comparison.holder = None;
            comparison.waiting = comparison.frames.iter().copied().collect();
            comparison.parts.clear();
        }
        self.out.push(Command::Replace(worker));
    }

    fn on_stopped(&mut self, worker: usize, why: &str) {
        let Some(own) = self.workers.get_mut(worker) else {
            return;
        };
        if own.life != Life::Ready {
            // It never started; another would not either.
            own.life = Life::Dead;
            if self.workers.iter().all(|own| own.life == Life::Dead) {
                let sentence = tr!(
                    "The page's workers cannot start ({}): reload the page.",
                    why
                );
                self.tell(Update::NoWorkers(sentence.clone()));
                self.dead = Some(sentence);
            }
            return;
        }
        let culprit = own.current().map(|one| one.id);
        let in_hand = std::mem::take(&mut own.in_hand);
        let pixels = std::mem::take(&mut own.pixels);
        self.tell(Update::Replaced(tr!(
            "A worker stopped ({}) and was replaced.",
            why
        )));
        self.replace(worker);
        let began = self.reading.schedule.died(worker);
        if let Some(comparison) = &mut self.comparison {
            // A worker that held the predictions of all frames held no others.
            comparison.waiting.extend(pixels);
        }
        let mut is_file_to_blame = false;
        for one in in_hand {
            let is_culprit = Some(one.id) == culprit;
            match one.task {
                Task::Read(_) => is_file_to_blame |= is_culprit,
                Task::Build => self.depths.attempts += 1,
                Task::Query(query) => self.query_lost(query, is_culprit),
                Task::View(view) => self.view_lost(view, is_culprit),
                Task::Frame(frame) => self.frame_lost(frame, is_culprit),
                Task::HoldPredictions => {
                    // The pixels of all workers were on their way.
                    if let Some(comparison) = &mut self.comparison {
                        comparison.waiting = comparison.frames.iter().copied().collect();
                    }
                }
                Task::Summaries
                | Task::ShareDepths
                | Task::HoldDepths
                | Task::Pairs
                | Task::Abandon => {}
            }
        }
        if let Some(file) = began {
            self.file_lost(file, is_file_to_blame);
        }
    }

    fn file_lost(&mut self, file: u32, is_to_blame: bool) {
        let attempts = self.reading.attempts.entry(file).or_default();
        *attempts += u8::from(is_to_blame);
        if *attempts < ATTEMPTS {
            self.reading.schedule.retry(file);
        } else {
            let why = tr!(
                "the worker that read it stopped; expected a readable file: try it alone, it may be too large for this browser's memory"
            );
            self.tell_file(file, Err(why.to_owned()));
        }
    }

    fn query_lost(&mut self, mut query: WaitingQuery, is_to_blame: bool) {
        query.attempts += u8::from(is_to_blame);
        if query.attempts < ATTEMPTS {
            self.requeue(query);
        } else {
            self.refuse(query.key, worker_stopped());
        }
    }

    fn view_lost(&mut self, mut view: WaitingView, is_to_blame: bool) {
        view.attempts += u8::from(is_to_blame);
        if view.attempts < ATTEMPTS {
            self.views.push_front(view);
        } else {
            self.refuse_view(view.key, worker_stopped());
        }
    }

    fn refuse_view(&mut self, key: QueryKey, why: &str) {
        let command = Command::Show(key, Err(why.to_owned()), B::default());
        self.out.push(command);
    }

    fn frame_lost(&mut self, frame: u32, is_to_blame: bool) {
        let Some(comparison) = &mut self.comparison else {
            return;
        };
        let attempts = comparison.attempts.entry(frame).or_default();
        *attempts += u8::from(is_to_blame);
        if *attempts < ATTEMPTS {
            comparison.waiting.push_front(frame);
        } else if comparison.told.insert(frame) {
            self.tell_lost_frame(frame, worker_stopped());
        }
    }

    fn tell_lost_frame(&mut self, frame: u32, why: &str) {
        let sample = FrameSample::default();
        self.tell(Update::Frame(frame, Err(why.to_owned()), sample, None));
    }

    fn refuse(&mut self, key: QueryKey, why: &str) {
        let result = Box::new(QueryResult::Refused(why.to_owned()));
        self.tell(Update::Result(key, result));
    }

    /// Reports the failure to every pending request, because no worker is left.
    fn refuse_everything(&mut self, sentence: &str) {
        if std::mem::take(&mut self.reading.is_under_way) {
            for file in 0..self.reading.files.len() {
                let file = u32::try_from(file).unwrap_or(u32::MAX);
                self.tell_file(file, Err(sentence.to_owned()));
            }
            self.tell(Update::AllRead);
        }
        for (_, query) in std::mem::take(&mut self.queries) {
            self.refuse(query.key, sentence);
        }
        for view in std::mem::take(&mut self.views) {
            self.refuse_view(view.key, sentence);
        }
        if let Some(mut comparison) = self.comparison.take() {
            for frame in std::mem::take(&mut comparison.frames) {
                if comparison.told.insert(frame) {
                    self.tell_lost_frame(frame, sentence);
                }
            }
        }
        if self.depths.basis.take().is_some() && !std::mem::replace(&mut self.depths.is_told, true)
        {
            self.tell(Update::Built(Err(sentence.to_owned())));
        }
    }

    /// Gives every worker as much to do as it may have in hand.
    fn dispatch(&mut self) {
        if let Some(sentence) = self.dead.clone() {
            self.refuse_everything(&sentence);
            return;
        }
        self.dispatch_build();
        self.refuse_unanswerable();
        // The idlest first: what is urgent must not wait behind a long search.
        let mut order: Vec<usize> = (0..self.workers.len()).collect();
        order.sort_by_key(|worker| self.workers[*worker].in_hand.len());
        for worker in order {
            while self.workers[worker].is_free() && self.dispatch_next(worker) {}
        }
        self.dispatch_predictions();
        let reading = &self.reading;
        if reading.is_under_way && reading.archives == 0 && reading.schedule.is_done() {
            self.reading.is_under_way = false;
            self.reading.is_new = true;
            self.tell(Update::AllRead);
        }
    }

    /// Gives a worker one more request, if there is one for it.
    fn dispatch_next(&mut self, worker: usize) -> bool {
        if self.dispatch_view(worker) {
            return true;
        }
        let is_edit = |query: &WaitingQuery| query.order.0 == Priority::Edit;
        if self.dispatch_query(worker, is_edit) {
            return true;
        }
        if self.is_kept_for_edits(worker) {
            return false;
        }
        if self.reading.is_under_way
            && let Some(assignment) = self.reading.schedule.assign(worker)
        {
            self.send_assignment(worker, assignment);
            return true;
        }
        self.dispatch_frame(worker) || self.dispatch_query(worker, |_| true)
    }

    /// Returns true if this worker waits for the reader's next edit, while another one works on.
    fn is_kept_for_edits(&self, worker: usize) -> bool {
        let serial = Some(self.depths.serial);
        let is_able = |own: &Worker| own.is_free() && own.depths == serial;
        self.now_ms - self.edited_ms < EDITING_MS
            && self.workers.iter().position(is_able) == Some(worker)
            && self.is_another_busy(worker)
    }

    fn is_another_busy(&self, worker: usize) -> bool {
        let mut all = self.workers.iter().enumerate();
        all.any(|(at, own)| at != worker && !own.in_hand.is_empty())
    }

    /// Refuses queries about what is not there and not coming: depths, or the predictions of an older comparison.
    fn refuse_unanswerable(&mut self) {
        let has_depths = self.depths.basis.is_some();
        let run = self.comparison.as_ref().map(|comparison| comparison.run);
        let is_gone = |query: &WaitingQuery| {
            let predictions = query.query.predictions();
            !has_depths || predictions.is_some_and(|wanted| Some(wanted) != run)
        };
        let gone = self.queries.values().filter(|query| is_gone(query));
        let gone: Vec<_> = gone.map(|query| query.order).collect();
        for order in gone {
            if let Some(query) = self.queries.remove(&order) {
                self.refuse(query.key, not_held());
            }
        }
    }

    /// Sends the first waiting view to a worker. The worker that keeps its first map has priority. Views precede queries: the viewer is visible.
    fn dispatch_view(&mut self, worker: usize) -> bool {
        let Some(view) = self.views.front() else {
            return false;
        };
        let readers = &self.reading.readers;
        let files = view.view.files();
        let reader = files.iter().find_map(|file| readers.get(file).copied());
        let is_elsewhere = reader.is_some_and(|reader| {
            reader != worker && self.workers.get(reader).is_some_and(Worker::is_free)
        });
        if is_elsewhere || self.workers[worker].in_hand.len() >= BRIEF_AHEAD {
            return false;
        }
        let Some(view) = self.views.pop_front() else {
            return false;
        };
        let request = Request::View(view.view.clone());
        self.send(
            worker,
            Priority::InView,
            Task::View(view),
            request,
            Vec::new(),
        );
        true
    }

    fn send_assignment(&mut self, worker: usize, assignment: Assignment) {
        let (job, chosen) = (self.reading.job, self.reading.chosen);
        let (task, request) = match assignment {
            Assignment::Read(file) => {
                let Some(task) = self.reading.files.get(file as usize) else {
                    return;
                };
                let file = Box::new(task.read.clone());
                (
                    Task::Read(task.read.file),
                    Request::Read { job, chosen, file },
                )
            }
            Assignment::HandOver => (Task::Summaries, Request::Summaries { job }),
        };
        self.send(worker, Priority::InView, task, request, Vec::new());
    }

    /// Has the shown depths built, for the first time or because no worker holds them any more.
    fn dispatch_build(&mut self) {
        let serial = self.depths.serial;
        let is_held = |own: &Worker| {
            own.depths == Some(serial)
                || own.has(|task| matches!(task, Task::Build | Task::HoldDepths))
        };
        let Some(basis) = self.depths.basis.clone() else {
            return;
        };
        if self.workers.iter().any(is_held) {
            return;
        }
        if self.depths.attempts >= ATTEMPTS {
            if !std::mem::replace(&mut self.depths.is_told, true) {
                let why = tr!(
                    "The worker that put the results together stopped: try again with fewer files."
                );
                self.tell(Update::Built(Err(why.to_owned())));
            }
            self.restore_depths();
            return;
        }
        let free = (0..self.workers.len()).filter(|at| self.workers[*at].is_free());
        let Some(worker) = free.min_by_key(|at| self.workers[*at].in_hand.len()) else {
            return;
        };
        let (request, buffers) = match basis {
            Basis::Sample => (Request::Sample { serial }, Vec::new()),
            Basis::Sketch(sketch) => (Request::Sketch { serial, sketch }, Vec::new()),
            Basis::Files(order) => {
                let counts = if self.depths.has_new_counts {
                    &self.counts
                } else {
                    &self.shown_counts
                };
                let parts = counts.parts.clone();
                let request = Request::Build {
                    serial,
                    order,
                    parts,
                };
                (request, counts.buffers.clone())
            }
        };
        self.send(worker, Priority::InView, Task::Build, request, buffers);
    }

    /// The next frame for a worker. Frames with maps in its memory come first, then frames in no memory, then those of other workers.
    fn dispatch_frame(&mut self, worker: usize) -> bool {
        let Some(comparison) = &mut self.comparison else {
            return false;
        };
        let in_hand = self.workers[worker].in_hand.len();
        if comparison.waiting.is_empty() {
            let own = &self.workers[worker];
            let is_done = !own.pixels.is_empty() && in_hand == 0;
            if is_done {
                let run = comparison.run;
                self.send(
                    worker,
                    Priority::InView,
                    Task::Pairs,
                    Request::Pairs { run },
                    Vec::new(),
                );
            }
            return is_done;
        }
        if in_hand >= AHEAD {
            return false;
        }
        let readers = &self.reading.readers;
        let reader = |frame: &u32| {
            let files = comparison.set.sampled().nth(*frame as usize)?;
            files
                .maps()
                .find_map(|(_, map)| readers.get(&(map.file, map.options.member)).copied())
        };
        let place = |wanted: &dyn Fn(Option<usize>) -> bool| {
            comparison
                .waiting
                .iter()
                .position(|frame| wanted(reader(frame)))
        };
        let at = place(&|reader| reader == Some(worker))
            .or_else(|| place(&|reader| reader.is_none()))
            // The last one of another worker, which it comes to last.
            .or_else(|| (in_hand == 0).then(|| comparison.waiting.len() - 1));
        let Some(frame) = at.and_then(|at| comparison.waiting.remove(at)) else {
            return false;
        };
        let Some(files) = comparison.set.sampled().nth(frame as usize) else {
            let why = tr!("it has no map; expected two at least: drop its other maps too");
            if comparison.told.insert(frame) {
                self.tell_lost_frame(frame, why);
            }
            return true;
        };
        let order = FrameOrder {
            files: files.clone(),
            markers: comparison.set.markers.clone(),
            window: comparison.set.window,
            settings: comparison.settings.clone(),
            sample: comparison
                .samples
                .get(frame as usize)
                .copied()
                .unwrap_or_default(),
            fit: comparison.fit,
        };
        let run = comparison.run;
        let request = Request::Compare {
            run,
            order: Box::new(order),
        };
        self.send(
            worker,
            Priority::InView,
            Task::Frame(frame),
            request,
            Vec::new(),
        );
        true
    }

    /// Gives one worker the predictions of all, once every frame is compared.
    fn dispatch_predictions(&mut self) {
        let Some(comparison) = &mut self.comparison else {
            return;
        };
        let is_busy = |own: &Worker| {
            let is_of_it =
                |task: &Task| matches!(task, Task::Frame(_) | Task::Pairs | Task::HoldPredictions);
            !own.pixels.is_empty() || own.has(is_of_it)
        };
        if comparison.holder.is_some()
            || !comparison.waiting.is_empty()
            || self.workers.iter().any(is_busy)
        {
            return;
        }
        let free = (0..self.workers.len()).filter(|at| self.workers[*at].is_free());
        let Some(worker) = free.min_by_key(|at| self.workers[*at].in_hand.len()) else {
            return;
        };
        let run = comparison.run;
        let parts = std::mem::take(&mut comparison.parts);
        let request = Request::HoldPredictions { run };
        self.send(
            worker,
            Priority::Edit,
            Task::HoldPredictions,
            request,
            parts,
        );
    }

    /// The most urgent query that a worker may have.
    fn dispatch_query(&mut self, worker: usize, is_wanted: impl Fn(&WaitingQuery) -> bool) -> bool {
        if !self.depths.is_built {
            return false;
        }
        let holder = self
            .comparison
            .as_ref()
            .and_then(|c| Some((c.run, c.holder?)));
        let own = &self.workers[worker];
        let edits = own.in_hand.iter();
        let edits = edits.filter(|one| one.priority == Priority::Edit).count();
        let room = |query: &WaitingQuery| match own.in_hand.len() {
            0 => true,
            _ if query.order.0 == Priority::Edit => edits < EDITS_AHEAD,
            // Long queries start only on idle workers: another worker may be free sooner.
            n => query.query.is_brief() && n < BRIEF_AHEAD,
        };
        let may_take = |query: &WaitingQuery| match query.query.predictions() {
            Some(run) => holder == Some((run, worker)),
            None => true,
        };
        let found = self
            .queries
            .values()
            .find(|query| is_wanted(query) && room(query) && may_take(query));
        let Some(order) = found.map(|query| query.order) else {
            return false;
        };
        if own.depths != Some(self.depths.serial) {
            self.share_depths();
            return false;
        }
        let Some(query) = self.queries.remove(&order) else {
            return false;
        };
        let request = Request::Query {
            serial: self.depths.serial,
            query: query.query.clone(),
        };
        self.send(worker, order.0, Task::Query(query), request, Vec::new());
        true
    }

    /// Asks a worker that holds the shown depths for a copy, unless one is on its way.
    fn share_depths(&mut self) {
        let serial = self.depths.serial;
        let is_coming =
            |own: &Worker| own.has(|task| matches!(task, Task::ShareDepths | Task::HoldDepths));
        if self.workers.iter().any(is_coming) {
            return;
        }
        let holder = (0..self.workers.len()).find(|at| {
            let own = &self.workers[*at];
            own.is_free() && own.depths == Some(serial)
        });
        if let Some(holder) = holder {
            let request = Request::ShareDepths { serial };
            self.send(
                holder,
                Priority::Edit,
                Task::ShareDepths,
                request,
                Vec::new(),
            );
        }
    }
}

fn worker_stopped() -> &'static str {
    tr!("a worker stopped while processing it; it may be too large for this browser's memory")
}

fn not_held() -> &'static str {
    tr!("the depths did not arrive")
}
