//! Workers of the engine as threads: each has a store, and does what a session tells it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use fathom_engine::{
    Buffers, Command, Event, FileAccess, PartRecorder, Patience, Priority, Progress, Request,
    RequestId, Session, Store, Update, View, ViewInfo,
};

use crate::machine::Machine;
use crate::native_error::NativeError;

/// Time between two ticks of the session, and between two signs of life of a worker.
const TICK: Duration = Duration::from_millis(100);
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// A thread gives no sign of life within a step, and a search without steps can take minutes.
const PATIENCE: Patience = Patience {
    silence_ms: 600_000.0,
    per_byte_ms: 1e-3,
    per_pixel_ms: 1e-2,
    query_ms: 3_600_000.0,
    abandon_ms: 1000.0,
};

/// A request on its way to a thread.
type Order = (RequestId, Priority, Request, Buffers);

/// A message of a thread: its place, which of the threads of this place it is, and the event.
type Said = (usize, u32, Event<Buffers>);

/// Maps to look at, or one sentence.
type Shown = Result<(ViewInfo, Buffers), String>;

/// Threads, and the session that schedules them.
pub(crate) struct EngineThreads<'scope, 'env, F> {
    scope: &'scope Scope<'scope, 'env>,
    session: Session<Buffers>,
    started: Instant,
    threads: Vec<(u32, Sender<Order>)>,
    said: Receiver<Said>,
    say: Sender<Said>,
    files: &'env F,
    /// Bytes of decoded maps that each may keep.
    budget: usize,
    /// The maps that were looked at last.
    shown: Option<Shown>,
    /// The recorder of a part.
    recorder: Option<&'env mut PartRecorder>,
}

/// Reports the end of a thread that panicked.
struct PanicReport {
    place: (usize, u32),
    say: Sender<Said>,
}

impl Drop for PanicReport {
    fn drop(&mut self) {
        if thread::panicking() {
            let (worker, generation) = self.place;
            let why = "a fault in this program".to_owned();
            // The send fails only after the command has ended.
            drop(
                self.say
                    .send((worker, generation, Event::Stopped(worker, why))),
            );
        }
    }
}

impl<'scope, 'env, F: FileAccess + Sync> EngineThreads<'scope, 'env, F> {
    /// Starts threads that read these files and keep so many bytes of maps together.
    pub(crate) fn start(
        scope: &'scope Scope<'scope, 'env>,
        files: &'env F,
        machine: Machine,
        recorder: Option<&'env mut PartRecorder>,
    ) -> Self {
        let count = machine.threads.max(1);
        let (say, said) = mpsc::channel();
        let mut out = Self {
            scope,
            session: Session::new(count, PATIENCE),
            started: Instant::now(),
            threads: Vec::new(),
            said,
            say,
            files,
            budget: machine.memory / count,
            shown: None,
            recorder,
        };
        for worker in 0..count {
            let orders = out.spawn(worker, 0);
            out.threads.push((0, orders));
        }
        out
    }

    fn spawn(&self, worker: usize, generation: u32) -> Sender<Order> {
        let (send, orders) = mpsc::channel();
        let place = (worker, generation);
        let (say, files) = (self.say.clone(), self.files);
        let budget = self.budget;
        self.scope.spawn(move || {
            // The scope would pass a panic on, and the session has replaced this thread.
            drop(catch_unwind(AssertUnwindSafe(|| {
                let report = PanicReport { place, say };
                serve(&report, &orders, files, budget);
            })));
        });
        send
    }

    fn now_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    /// Progress of reading.
    pub(crate) fn progress(&self) -> Progress {
        self.session.progress(self.now_ms())
    }

    /// Gives an event to the session and does what it wants. Returns the news.
    pub(crate) fn handle(&mut self, event: Event<Buffers>) -> Result<Vec<Update>, NativeError> {
        let now_ms = self.now_ms();
        let mut updates = Vec::new();
        for command in self.session.handle(event, now_ms) {
            match command {
                Command::Send(worker, id, priority, request, buffers) => {
                    let buffers = joined(buffers);
                    if let Some(recorder) = &mut self.recorder {
                        recorder.on_request(&request, &buffers);
                    }
                    let order = (id, priority, request, buffers);
                    // A thread that ended has said so, and what it was sent comes back with that.
                    drop(self.threads[worker].1.send(order));
                }
                Command::Replace(worker) => {
                    let generation = self.threads[worker].0 + 1;
                    let orders = self.spawn(worker, generation);
                    self.threads[worker] = (generation, orders);
                }
                Command::Tell(update) => {
                    if let Some(recorder) = &mut self.recorder {
                        recorder.on_update(&update)?;
                    }
                    updates.push(update);
                }
                Command::Show(_, result, samples) => {
                    self.shown = Some(result.map(|info| (info, samples)));
                }
            }
        }
        Ok(updates)
    }

    /// Looks at maps, once nothing else is wanted.
    pub(crate) fn look(&mut self, view: View) -> Result<Shown, NativeError> {
        self.handle(Event::View(0, Box::new(view)))?;
        loop {
            if let Some(shown) = self.shown.take() {
                return Ok(shown);
            }
            self.wait()?;
        }
    }

    /// Waits for a thread, or for time to pass. Returns the news.
    pub(crate) fn wait(&mut self) -> Result<Vec<Update>, NativeError> {
        match self.said.recv_timeout(TICK) {
            Ok((worker, generation, event)) if self.threads[worker].0 == generation => {
                self.handle(event)
            }
            // A thread that was replaced.
            Ok(_) => Ok(Vec::new()),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                self.handle(Event::Tick)
            }
        }
    }
}

/// The buffers of several messages as those of one.
fn joined(parts: Vec<Buffers>) -> Buffers {
    let mut out = Buffers::default();
    for part in parts {
        out.doubles.extend(part.doubles);
        out.words.extend(part.words);
    }
    out
}

/// Handles requests until the channel is closed.
fn serve(own: &PanicReport, orders: &Receiver<Order>, files: &dyn FileAccess, budget: usize) {
    let (worker, generation) = own.place;
    let say = |event| own.say.send((worker, generation, event)).is_ok();
    let mut store = Store::new(budget);
    let mut signed = Instant::now();
    if !say(Event::Started(worker)) {
        return;
    }
    loop {
        let order = if store.is_idle() {
            orders.recv().map_err(|_| TryRecvError::Disconnected)
        } else {
            orders.try_recv()
        };
        match order {
            Ok((id, priority, request, buffers)) => store.push(id, priority, request, buffers),
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                if let Some((id, response, buffers)) = store.poll(files)
                    && !say(Event::Responded(worker, id, response, buffers))
                {
                    return;
                }
                if signed.elapsed() > SIGN_OF_LIFE {
                    signed = Instant::now();
                    say(Event::Alive(worker));
                }
            }
        }
    }
}
