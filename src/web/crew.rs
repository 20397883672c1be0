//! The study's workers: they hold the shown depths and answer questions about them, and compare frames.
//!
//! Every worker does one thing at a time, so that whatever has become stale is dropped before it begins. Comparing frames goes before
//! questions, those of a desk that somebody looks at before all others, and those of an earlier desk before those of a later one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::{Rc, Weak};

use js_sys::{Array, Float64Array, Reflect, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Worker;

use super::browser;
use super::thread::{Start, Thread, readers_message, short};
use super::wire::{self, Parcel};

use crate::study_protocol::{Order, Reply};
use fathom_analysis::compare::CompareSettings;
use fathom_analysis::compare::{FramePreview, FrameResult};
use fathom_analysis::understanding::{FrameSample, RepairFit, SampleSize};
use fathom_core::i18n::tr;
use fathom_core::stats::Resolution;
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{Buffers, FitOrder, FrameFiles, FrameOrder, FrameSet, JobId, PreviewInfo};

/// Most workers: each holds a copy of the shown depths.
const MAX_WORKERS: usize = 4;

/// Who asks: a section of the study. Earlier ones are answered first, behind those that somebody looks at.
pub type Desk = u32;

/// What the study is told.
pub enum Event {
    /// A question is answered.
    QueryResult {
        /// Who asked.
        desk: Desk,
        /// The question's number.
        ticket: u32,
        /// The answer.
        answer: QueryResult,
    },
    /// A frame is compared.
    Frame {
        /// Which comparison.
        set: JobId,
        /// The frame's place.
        frame: u32,
        /// One comparison per map of its files, or one sentence.
        result: FrameResult,
        /// The sample of its maps.
        sample: FrameSample,
        /// The sums of the fit that was ordered.
        fit: Option<RepairFit>,
    },
    /// All frames of a comparison are done, and its predictions are handed over; or the worker that was given them stopped.
    Gathered {
        /// Which comparison.
        set: JobId,
        /// Whether questions about them can be answered: a worker that stopped took its pixels along.
        whole: bool,
    },
    /// The maps of a frame are there, or one sentence.
    Looked(Result<(FramePreview, PreviewInfo), String>),
    /// A worker stopped; one sentence.
    Died(String),
}

/// Depths on their way to the workers.
#[derive(Clone)]
struct Depths {
    serial: JobId,
    resolution: Resolution,
    doubles: Array,
    words: Array,
}

/// What a worker was sent and has not answered.
enum Task {
    Depths,
    Query { desk: Desk, ticket: u32, ask: Query },
    Frame { set: JobId, frame: u32 },
    Look,
    Pairs { set: JobId },
    Predictions,
}

/// What a worker may have waiting, in parts: it works on while the page's thread is busy with what came before.
const AHEAD: usize = 16;

/// Frames that a worker may have waiting. More would leave one worker with them where the others have none.
const FRAMES_AHEAD: usize = 8;

impl Task {
    /// How much it is of what may wait at once: sixteen brief questions fill it, or a few frames. Behind others nothing waits.
    fn parts(&self) -> usize {
        match self {
            Self::Query { ask, .. } if ask.is_brief() => 1,
            Self::Frame { .. } => AHEAD / FRAMES_AHEAD,
            _ => AHEAD,
        }
    }
}

/// A message to a worker, and what becomes of its buffers here.
enum Outgoing {
    Plain(JsValue),
    HandedOver(Parcel),
    /// They stay, and are large.
    Copied(Array),
}

impl From<Array> for Outgoing {
    fn from(message: Array) -> Self {
        Self::Plain(message.into())
    }
}

struct Slot {
    thread: Thread,
    ready: bool,
    /// The depths it holds.
    serial: Option<JobId>,
    /// Whether the readers of files were sent to it.
    has_readers: bool,
    /// The comparison whose pixels it holds.
    gathered: Option<JobId>,
    /// The comparison whose predictions of all workers it holds.
    predictions: Option<JobId>,
    /// What it was sent, in the order in which it answers.
    tasks: VecDeque<Task>,
}

impl Slot {
    /// Whether pixels of a comparison are still to come from it.
    fn owes(&self, set: JobId) -> bool {
        let is_of_set = |task: &Task| match task {
            Task::Frame { set: of, .. } | Task::Pairs { set: of } => *of == set,
            _ => false,
        };
        self.tasks.iter().any(is_of_set) || self.gathered == Some(set)
    }

    /// Whether another task may wait behind those that it has.
    fn has_room(&self) -> bool {
        self.ready && self.tasks.iter().map(Task::parts).sum::<usize>() < AHEAD
    }
}

/// The predictions of a comparison as workers handed them over: they stay buffers, which the page's thread never reads, until one worker
/// is given them all.
#[derive(Default)]
struct Predictions {
    set: JobId,
    parts: Array,
    /// Whether a worker stopped that held some, or all.
    is_torn: bool,
    /// Whether it was said that they are there.
    is_told: bool,
}

/// Places of the buffers in a message.
const DOUBLES: u32 = 1;
const WORDS: u32 = 2;

/// The worker that answers questions about predictions: they fill tens of megabytes, which are handed over and copied nowhere.
const HOLDER: usize = 0;

/// Frames to compare.
struct Comparison {
    set: JobId,
    facts: Rc<FrameSet>,
    files: Array,
    settings: CompareSettings,
    samples: Vec<SampleSize>,
    fit: Option<FitOrder>,
    waiting: VecDeque<u32>,
}

#[derive(Default)]
struct Inner {
    slots: Vec<Slot>,
    depths: Option<Depths>,
    asks: BTreeMap<Desk, VecDeque<(u32, Query)>>,
    /// The desks that somebody looks at.
    preferred: BTreeSet<Desk>,
    comparison: Option<Comparison>,
    predictions: Predictions,
    /// The frame that somebody wants to look at: its message.
    look: Option<JsValue>,
    /// What brings the readers to a worker.
    readers: Option<JsValue>,
    readers_coming: bool,
    /// Whether made frames were compared.
    has_rehearsed: bool,
}

impl Inner {
    /// Tasks that a worker had not begun when it stopped wait again, before all others.
    fn give_back(&mut self, tasks: VecDeque<Task>) {
        for task in tasks.into_iter().rev() {
            match task {
                Task::Query { desk, ticket, ask } => {
                    self.asks.entry(desk).or_default().push_front((ticket, ask));
                }
                Task::Frame { set, frame } => {
                    if let Some(comparison) = self.comparison.as_mut().filter(|c| c.set == set) {
                        comparison.waiting.push_front(frame);
                    }
                }
                // What a new worker needs of these is sent to it anyway; what was gathered is gone.
                Task::Depths | Task::Look | Task::Pairs { .. } | Task::Predictions => {}
            }
        }
    }
}

/// The workers. Cloning gives another handle.
#[derive(Clone)]
pub struct Crew {
    inner: Rc<RefCell<Inner>>,
    on_event: Rc<dyn Fn(Event)>,
    start: Start,
}

impl Crew {
    /// Starts the workers. `on_event` is called from the page's event loop.
    ///
    /// # Errors
    /// One sentence where this browser or this host cannot run workers.
    pub fn start(on_event: impl Fn(Event) + 'static) -> Result<Self, String> {
        let crew = Self {
            inner: Rc::default(),
            on_event: Rc::new(on_event),
            start: Start::of_sibling("fathom-study.js")?,
        };
        for index in 0..browser::cores().clamp(1, MAX_WORKERS) {
            let slot = crew.spawn(index)?;
            crew.inner.borrow_mut().slots.push(slot);
        }
        Ok(crew)
    }

    /// Brings the readers to every worker, before the first frame comes, and has one go through a comparison of made frames: a browser
    /// compiles for all workers of a page.
    pub fn warm(&self) {
        self.fetch_readers();
        let worker = {
            let mut inner = self.inner.borrow_mut();
            if inner.has_rehearsed {
                return;
            }
            let Some(slot) = inner.slots.last().filter(|slot| slot.ready) else {
                return;
            };
            let worker = slot.thread.worker();
            inner.has_rehearsed = true;
            worker
        };
        if let Ok(order) = wire::pack_shared(&Order::Rehearse, &Array::new()) {
            // One that cannot be reached dies by itself and is seen then.
            drop(worker.post_message(&order));
        }
    }

    /// Shows other depths to the workers. Questions about the former ones are dropped.
    pub fn depths(&self, serial: JobId, resolution: Resolution, doubles: Array, words: Array) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.asks.clear();
            inner.depths = Some(Depths {
                serial,
                resolution,
                doubles,
                words,
            });
        }
        self.pump();
    }

    /// Asks; what the same desk asked before and was not begun is dropped.
    pub fn ask(&self, desk: Desk, asks: impl IntoIterator<Item = (u32, Query)>) {
        let asks = asks.into_iter().collect();
        self.inner.borrow_mut().asks.insert(desk, asks);
        self.pump();
    }

    /// Answers what a desk asks before what others ask, or no longer.
    pub fn prefer(&self, desk: Desk, is_preferred: bool) {
        let preferred = &mut self.inner.borrow_mut().preferred;
        if is_preferred {
            preferred.insert(desk);
        } else {
            preferred.remove(&desk);
        }
    }

    /// Compares frames of a set; an older comparison is dropped. `set` comes back with each frame.
    pub fn compare(
        &self,
        set: JobId,
        facts: Rc<FrameSet>,
        files: Array,
        settings: CompareSettings,
        fit: Option<FitOrder>,
        places: &[u32],
    ) {
        {
            let mut inner = self.inner.borrow_mut();
            let samples = facts.sample_sizes();
            inner.comparison = Some(Comparison {
                set,
                samples,
                fit,
                facts,
                files,
                settings,
                waiting: places.iter().copied().collect(),
            });
            inner.predictions = Predictions {
                set,
                ..Predictions::default()
            };
        }
        self.pump();
        // A set without a frame to compare is done as it begins.
        self.tell_gathered();
    }

    /// Fetches the maps of a frame of a set; an older wish that was not begun is dropped.
    pub fn look(&self, facts: &FrameSet, files: &Array, frame: u32, map: u32) {
        let order = frame_order(facts, files, CompareSettings::default(), frame);
        self.inner.borrow_mut().look = order.and_then(|(order, along)| {
            let order = Order::Look {
                order: Box::new(order),
                map,
            };
            let message = wire::pack_files(&order, &along, None).ok()?;
            Some(message.into())
        });
        self.pump();
    }

    fn spawn(&self, index: usize) -> Result<Slot, String> {
        let on = |handle: fn(&Self, usize, &Worker, &JsValue)| {
            let inner = Rc::downgrade(&self.inner);
            let (on_event, start) = (Rc::clone(&self.on_event), self.start.clone());
            move |worker: &Worker, data: &JsValue| {
                if let Some(crew) = Self::upgrade(&inner, &on_event, &start) {
                    handle(&crew, index, worker, data);
                }
            }
        };
        let received = on(Self::received);
        let died = on(|crew, index, worker, why| {
            crew.died(index, worker, &why.as_string().unwrap_or_default());
        });
        let thread = Thread::start(&self.start, received, move |worker, why| {
            died(worker, &JsValue::from_str(why));
        })?;
        Ok(Slot {
            thread,
            ready: false,
            serial: None,
            has_readers: false,
            gathered: None,
            predictions: None,
            tasks: VecDeque::new(),
        })
    }

    fn upgrade(
        inner: &Weak<RefCell<Inner>>,
        on_event: &Rc<dyn Fn(Event)>,
        start: &Start,
    ) -> Option<Self> {
        Some(Self {
            inner: inner.upgrade()?,
            on_event: Rc::clone(on_event),
            start: start.clone(),
        })
    }

    /// Gives every worker something to do, and each brief work ahead once all have some.
    fn pump(&self) {
        let count = self.inner.borrow().slots.len();
        for index in (0..AHEAD).flat_map(|_| 0..count) {
            let Some(message) = self.next_message(index) else {
                continue;
            };
            let worker = self.inner.borrow().slots[index].thread.worker();
            let sent = match message {
                Outgoing::Plain(message) => worker.post_message(&message),
                Outgoing::HandedOver(parcel) => {
                    worker.post_message_with_transfer(&parcel.message, &parcel.transfer)
                }
                Outgoing::Copied(message) => {
                    self.send_gently(index, worker.clone(), message);
                    Ok(())
                }
            };
            if sent.is_err() {
                self.died(index, &worker, tr!("a message could not be sent"));
            }
        }
        self.warm_for_frames();
    }

    /// Sends a worker copies of tens of megabytes: each buffer is copied in a task of its own, and the copies are handed over.
    fn send_gently(&self, index: usize, worker: Worker, message: Array) {
        let crew = self.clone();
        spawn_local(async move {
            let transfer = Array::new();
            for place in [DOUBLES, WORDS] {
                let copies = Array::new();
                for array in message.get(place).unchecked_into::<Array>().iter() {
                    let copy = match array.dyn_into::<Float64Array>() {
                        Ok(doubles) => doubles.slice(0, doubles.length()).into(),
                        Err(words) => {
                            let words: Uint32Array = words.unchecked_into();
                            JsValue::from(words.slice(0, words.length()))
                        }
                    };
                    transfer.push(&Reflect::get(&copy, &"buffer".into()).unwrap_or_default());
                    copies.push(&copy);
                    browser::breathe().await;
                }
                message.set(place, copies.into());
            }
            // One that was ended meanwhile hears nothing.
            if worker
                .post_message_with_transfer(&message, &transfer)
                .is_err()
            {
                crew.died(index, &worker, tr!("a message could not be sent"));
            }
        });
    }

    fn next_message(&self, index: usize) -> Option<Outgoing> {
        let mut inner = self.inner.borrow_mut();
        let Inner {
            slots,
            depths,
            asks,
            preferred,
            comparison,
            predictions,
            look,
            readers,
            ..
        } = &mut *inner;
        let slot = slots.get_mut(index)?;
        if !slot.has_room() {
            return None;
        }
        let mut comparison = comparison.as_mut().filter(|c| !c.waiting.is_empty());
        if (look.is_some() || comparison.is_some()) && !slot.has_readers {
            // The worker takes messages in their order: a frame may follow at once.
            let readers = readers.as_ref()?;
            slot.has_readers = true;
            drop(slot.thread.worker().post_message(readers));
        }
        // Somebody looks at the place where the maps will be.
        if let Some(message) = look.take() {
            slot.tasks.push_back(Task::Look);
            return Some(Outgoing::Plain(message));
        }
        if let Some(comparison) = comparison.as_mut() {
            let frame = comparison.waiting.pop_front()?;
            let message = frame_message(comparison, frame)?;
            slot.gathered = Some(comparison.set);
            slot.tasks.push_back(Task::Frame {
                set: comparison.set,
                frame,
            });
            return Some(Outgoing::Plain(message));
        }
        if let Some(set) = slot.gathered.take() {
            slot.tasks.push_back(Task::Pairs { set });
            let order = Order::Pairs { run: set };
            return wire::pack_shared(&order, &Array::new())
                .ok()
                .map(Outgoing::from);
        }
        let depths = depths.as_ref()?;
        let may_take = |ask: &Query| {
            let is_held = index == HOLDER && !predictions.is_torn;
            is_held || ask.predictions().is_none()
        };
        let seen = preferred.iter().filter_map(|desk| asks.get_key_value(desk));
        let (&desk, at) = seen.chain(asks.iter()).find_map(|(desk, queue)| {
            let at = queue.iter().position(|(_, ask)| may_take(ask))?;
            Some((desk, at))
        })?;
        let queue = asks.get_mut(&desk)?;
        // What takes long begins only where nothing else is under way: it would be asked of one worker while another is free.
        if !slot.tasks.is_empty() && !queue.get(at)?.1.is_brief() {
            return None;
        }
        if slot.serial != Some(depths.serial) {
            slot.serial = Some(depths.serial);
            slot.tasks.push_back(Task::Depths);
            let order = Order::Depths {
                serial: depths.serial,
                resolution: depths.resolution,
            };
            let message = wire::pack_shared(&order, &depths.doubles).ok()?;
            message.set(WORDS, depths.words.clone().into());
            return Some(Outgoing::Copied(message));
        }
        let wanted = queue.get(at)?.1.predictions();
        if wanted == Some(predictions.set) && slot.predictions != wanted {
            slot.predictions = wanted;
            slot.tasks.push_back(Task::Predictions);
            let order = Order::Predictions {
                run: predictions.set,
            };
            let parts = std::mem::take(&mut predictions.parts);
            return wire::pack_parts(&order, &parts, &Array::new(), None)
                .ok()
                .map(Outgoing::HandedOver);
        }
        let (ticket, ask) = queue.remove(at)?;
        let order = Order::Query {
            ticket,
            ask: ask.clone(),
        };
        slot.tasks.push_back(Task::Query { desk, ticket, ask });
        wire::pack_shared(&order, &Array::new())
            .ok()
            .map(Outgoing::from)
    }

    fn received(&self, index: usize, worker: &Worker, data: &JsValue) {
        let Some(arrived) = wire::unpack::<Reply>(data) else {
            return;
        };
        let task = {
            let mut inner = self.inner.borrow_mut();
            let Some(slot) = inner
                .slots
                .get_mut(index)
                .filter(|slot| slot.thread.is(worker))
            else {
                return;
            };
            slot.ready = true;
            slot.tasks.pop_front()
        };
        if let (Reply::Pairs, Some(Task::Pairs { set })) = (&arrived.header, &task) {
            let mut inner = self.inner.borrow_mut();
            if inner.predictions.set == *set {
                inner.predictions.parts = inner.predictions.parts.concat(&arrived.doubles);
            }
        }
        // The next question is on its way before the answer to this one is taken in.
        self.pump();
        let buffers = match arrived.header {
            Reply::Looked { .. } => arrived.buffers(),
            _ => Buffers::default(),
        };
        match (arrived.header, task) {
            (Reply::Looked { result }, Some(Task::Look)) => {
                let look = result.map(|facts| {
                    let maps_m = facts.roles.iter().copied().zip(buffers.doubles).collect();
                    let look = FramePreview {
                        width: facts.width as usize,
                        height: facts.height as usize,
                        maps_m,
                    };
                    (look, facts)
                });
                (self.on_event)(Event::Looked(look));
            }
            (Reply::QueryResult { answer, .. }, Some(Task::Query { desk, ticket, .. })) => {
                (self.on_event)(Event::QueryResult {
                    desk,
                    ticket,
                    answer,
                });
            }
            (
                Reply::Frame {
                    result,
                    sample,
                    fit,
                },
                Some(Task::Frame { set, frame }),
            ) => {
                (self.on_event)(Event::Frame {
                    set,
                    frame,
                    result,
                    sample,
                    fit,
                });
            }
            _ => {}
        }
        self.tell_gathered();
    }

    /// Says once that a comparison's predictions are there, when no worker owes any.
    fn tell_gathered(&self) {
        let event = {
            let mut inner = self.inner.borrow_mut();
            let Inner {
                slots,
                comparison: Some(comparison),
                predictions,
                ..
            } = &mut *inner
            else {
                return;
            };
            let set = predictions.set;
            let is_done = comparison.waiting.is_empty() && !slots.iter().any(|slot| slot.owes(set));
            if !is_done || predictions.is_told {
                return;
            }
            predictions.is_told = true;
            Event::Gathered {
                set,
                whole: !predictions.is_torn,
            }
        };
        (self.on_event)(event);
    }

    fn died(&self, index: usize, worker: &Worker, why: &str) {
        let (task, has_lost_look, was_ready) = {
            let mut inner = self.inner.borrow_mut();
            let Some(slot) = inner
                .slots
                .get_mut(index)
                .filter(|slot| slot.thread.is(worker))
            else {
                return;
            };
            slot.thread.end();
            let was_ready = slot.ready;
            let set = inner.predictions.set;
            // What it had gathered is gone, and so is what it was given of all.
            let held_all = inner.slots[index].predictions == Some(set);
            inner.predictions.is_torn |= held_all || inner.slots[index].owes(set);
            inner.predictions.is_told &= !held_all;
            let mut tasks = std::mem::take(&mut inner.slots[index].tasks);
            let first = tasks.pop_front();
            // Maps to look at are asked for by whoever looks: no other worker is sent them.
            let is_look = |task: &Task| matches!(task, Task::Look);
            let has_lost_look = first.iter().chain(&tasks).any(is_look);
            inner.give_back(tasks);
            (first, has_lost_look, was_ready)
        };
        if !was_ready {
            let text = tr!(
                "The workers of the deeper sections cannot start ({}): reload the page.",
                short(why)
            );
            (self.on_event)(Event::Died(text));
            self.refuse_frames(why, false);
            return;
        }
        match self.spawn(index) {
            Ok(slot) => self.inner.borrow_mut().slots[index] = slot,
            Err(message) => {
                (self.on_event)(Event::Died(message.clone()));
                self.refuse_frames(&message, false);
                return;
            }
        }
        let reason = tr!("a worker stopped over it; it may be too large for this browser's memory");
        match task {
            Some(Task::Query { desk, ticket, .. }) => (self.on_event)(Event::QueryResult {
                desk,
                ticket,
                answer: QueryResult::Refused(reason.to_owned()),
            }),
            Some(Task::Frame { set, frame }) => (self.on_event)(Event::Frame {
                set,
                frame,
                result: Err(reason.to_owned()),
                sample: FrameSample::default(),
                fit: None,
            }),
            Some(Task::Depths | Task::Look | Task::Pairs { .. } | Task::Predictions) | None => {}
        }
        if has_lost_look {
            (self.on_event)(Event::Looked(Err(reason.to_owned())));
        }
        (self.on_event)(Event::Died(tr!(
            "A worker stopped ({}) and was replaced.",
            short(why)
        )));
        self.pump();
        self.tell_gathered();
    }

    /// Ends the comparison: each frame that waits is refused for this reason. Without workers, queries on its predictions fail too.
    fn refuse_frames(&self, why: &str, has_workers: bool) {
        let Some(comparison) = self.inner.borrow_mut().comparison.take() else {
            return;
        };
        for frame in comparison.waiting {
            (self.on_event)(Event::Frame {
                set: comparison.set,
                frame,
                result: Err(why.to_owned()),
                sample: FrameSample::default(),
                fit: None,
            });
        }
        (self.on_event)(Event::Gathered {
            set: comparison.set,
            whole: has_workers,
        });
    }

    /// Fetches the readers of files, if there are frames and nobody has.
    fn warm_for_frames(&self) {
        let wanted = {
            let inner = self.inner.borrow();
            let comparison = inner.comparison.as_ref();
            comparison.is_some_and(|c| !c.waiting.is_empty()) || inner.look.is_some()
        };
        if wanted {
            self.fetch_readers();
        }
    }

    /// Fetches the readers, if nobody has.
    fn fetch_readers(&self) {
        {
            let mut inner = self.inner.borrow_mut();
            if inner.readers.is_some() || inner.readers_coming {
                return;
            }
            inner.readers_coming = true;
        }
        let crew = self.clone();
        spawn_local(async move {
            let message = readers_message(&crew.start.script_url).await;
            let failed = {
                let mut inner = crew.inner.borrow_mut();
                inner.readers_coming = false;
                match message {
                    Ok(message) => {
                        for slot in &mut inner.slots {
                            slot.has_readers = true;
                            // A worker that cannot be reached dies by itself and is seen then.
                            drop(slot.thread.worker().post_message(&message));
                        }
                        inner.readers = Some(message);
                        None
                    }
                    // Nobody waits for them yet: the first frame tries again, and tells.
                    Err(_) if inner.comparison.is_none() && inner.look.is_none() => None,
                    Err(why) => {
                        inner.look = None;
                        Some(why)
                    }
                }
            };
            match failed {
                None => crew.pump(),
                Some(why) => {
                    (crew.on_event)(Event::Died(tr!(
                        "The readers of files could not be loaded ({why}): check the connection and choose the files again.",
                        why
                    )));
                    crew.refuse_frames(&why, true);
                }
            }
        });
    }
}

fn frame_message(comparison: &Comparison, frame: u32) -> Option<JsValue> {
    let settings = comparison.settings.clone();
    let (mut order, along) = frame_order(&comparison.facts, &comparison.files, settings, frame)?;
    order.sample = comparison.samples.get(frame as usize).copied()?;
    order.fit = comparison.fit;
    let order = Order::Frame {
        run: comparison.set,
        order: Box::new(order),
    };
    wire::pack_files(&order, &along, None)
        .ok()
        .map(JsValue::from)
}

/// The order for a frame, with its own files alone.
fn frame_order(
    facts: &FrameSet,
    files: &Array,
    settings: CompareSettings,
    frame: u32,
) -> Option<(FrameOrder, Array)> {
    let mut own: FrameFiles = facts.sampled().nth(frame as usize)?.clone();
    let along = Array::new();
    let take = |place: &mut u32| {
        let file = files.get(*place);
        *place = along.length();
        along.push(&file);
    };
    for map in own.maps_mut() {
        take(&mut map.file);
        if let Some(mask) = &mut map.mask {
            take(mask);
        }
    }
    let order = FrameOrder {
        files: own,
        markers: facts.markers.clone(),
        window: facts.window,
        settings,
        sample: SampleSize::default(),
        fit: None,
    };
    Some((order, along))
}

/// The buffers of depths as they came from the page.
#[must_use]
pub fn buffers_of(word: &Array) -> (Array, Array) {
    let typed = |at: u32, is: fn(&JsValue) -> bool| {
        let arrays: Array = word.get(at).unchecked_into();
        arrays.iter().filter(is).collect::<Array>()
    };
    (
        typed(1, JsValue::has_type::<Float64Array>),
        typed(2, JsValue::has_type::<Uint32Array>),
    )
}
