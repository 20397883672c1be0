//! Sessions with imitated workers: whatever is asked, dropped, cancelled or dies when, everything wanted is told once.

use std::collections::{BTreeMap, BTreeSet};

use fathom_analysis::understanding::FrameSample;
use fathom_analysis::{DistributionSummary, RangeSettings, SweepDomain};
use fathom_core::depth::{Crop, Dtype, Encoding, Format, InvalidCounts, Role};
use fathom_core::quant::OutputRange;
use fathom_core::stats::{Distribution, Resolution, SampleSummary};
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{
    Build, BuiltDepths, Command, Event, FileContent, FileInfo, FileTask, FrameFiles, FrameSet,
    MapInfo, MapSource, MapViewInfo, Patience, Priority, ReadFile, ReadOptions, Request, RequestId,
    Response, Session, Update, View, ViewInfo,
};
use proptest::prelude::*;

/// The stand-in for buffers: the files or frames that a worker counted.
type Numbers = Vec<u32>;

/// A worker that does one request at a time, as a store does.
#[derive(Default)]
struct Imitation {
    is_started: bool,
    queue: Vec<(RequestId, Priority, Request, Numbers)>,
    job: u32,
    counted: Numbers,
    run: u32,
    pixels: Numbers,
    depths: Option<u32>,
    newest: u32,
    predictions: Option<u32>,
}

/// Files that cannot be read, and files over which every worker dies.
const UNREADABLE: u32 = 5;
const DEADLY: u32 = 7;

/// The key of queries over which every worker dies: a bit width tells them.
const DEADLY_LEVELS: u32 = 666;

/// The role whose depths cannot be built.
const EMPTY: Role = Role::Board;

/// The result of a query about depths that are not held: no query may stay open.
const GONE: &str = "gone";

struct World {
    /// True if files can be damaged or deadly.
    has_faults: bool,
    session: Session<Numbers>,
    now_ms: f64,
    workers: Vec<Imitation>,
    files: BTreeMap<u32, Vec<Result<(), String>>>,
    all_read: usize,
    built: Vec<Result<(), String>>,
    results: BTreeMap<u32, Vec<QueryResult>>,
    views: BTreeMap<u32, Vec<bool>>,
    frames: BTreeMap<u32, usize>,
    compared: Vec<u32>,
    replaced: usize,
    /// The parts of the last build and of the last predictions.
    built_of: Numbers,
    predictions_of: Numbers,
    decoded: BTreeMap<u32, BTreeSet<usize>>,
    compared_by: BTreeMap<u32, usize>,
}

impl World {
    fn new(workers: usize) -> Self {
        Self {
            has_faults: true,
            session: Session::new(workers, Patience::default()),
            now_ms: 0.0,
            workers: (0..workers).map(|_| Imitation::default()).collect(),
            files: BTreeMap::new(),
            all_read: 0,
            built: Vec::new(),
            results: BTreeMap::new(),
            views: BTreeMap::new(),
            frames: BTreeMap::new(),
            compared: Vec::new(),
            replaced: 0,
            built_of: Vec::new(),
            predictions_of: Vec::new(),
            decoded: BTreeMap::new(),
            compared_by: BTreeMap::new(),
        }
    }

    fn event(&mut self, event: Event<Numbers>) {
        for command in self.session.handle(event, self.now_ms) {
            match command {
                Command::Send(worker, id, priority, request, buffers) => {
                    let all: Numbers = buffers.into_iter().flatten().collect();
                    assert!(self.workers[worker].is_started, "nothing is sent before");
                    if let Request::Build { serial, .. }
                    | Request::Sample { serial }
                    | Request::Sketch { serial, .. }
                    | Request::HoldDepths { serial, .. } = &request
                    {
                        self.workers[worker].newest = *serial;
                    }
                    self.workers[worker]
                        .queue
                        .push((id, priority, request, all));
                }
                Command::Replace(worker) => {
                    self.workers[worker] = Imitation::default();
                    self.replaced += 1;
                }
                Command::Tell(update) => self.told(update),
                Command::Show(key, result, _) => {
                    self.views.entry(key).or_default().push(result.is_ok());
                }
            }
        }
    }

    fn told(&mut self, update: Update) {
        match update {
            Update::FileRead(file, result) => {
                let told = self.files.entry(file).or_default();
                told.push(result.map(|_| ()));
            }
            Update::AllRead => self.all_read += 1,
            Update::Built(result) => self.built.push(result.map(|_| ())),
            Update::Result(key, result) => self.results.entry(key).or_default().push(*result),
            Update::Frame(frame, ..) => *self.frames.entry(frame).or_default() += 1,
            Update::Compared(run) => self.compared.push(run),
            Update::Replaced(text) => assert!(text.contains("replaced"), "{text}"),
            Update::NoWorkers(why) => panic!("{why}"),
        }
    }

    fn kill(&mut self, worker: usize) {
        if self.workers[worker].is_started {
            self.event(Event::Stopped(worker, "killed".to_owned()));
        }
    }

    /// A worker starts, or does its most urgent request. Whether it had something to do.
    fn step(&mut self, worker: usize) -> bool {
        let own = &mut self.workers[worker];
        if !own.is_started {
            own.is_started = true;
            self.event(Event::Started(worker));
            return true;
        }
        let order = |at: &usize| (own.queue[*at].1, own.queue[*at].0);
        let Some(at) = (0..own.queue.len()).min_by_key(order) else {
            return false;
        };
        let is_deadly = match &own.queue[at].2 {
            Request::Read { file, .. } => self.has_faults && file.file == DEADLY,
            Request::Query { query, .. } => **query == panter(DEADLY_LEVELS),
            _ => false,
        };
        if is_deadly {
            self.kill(worker);
            return true;
        }
        let (id, _, request, along) = own.queue.remove(at);
        let (response, buffers) = self.respond(worker, request, along);
        self.event(Event::Responded(worker, id, response, buffers));
        true
    }

    fn respond(&mut self, worker: usize, request: Request, along: Numbers) -> (Response, Numbers) {
        let own = &mut self.workers[worker];
        let response = match request {
            Request::Read { job, file, .. } => {
                if own.job != job {
                    own.job = job;
                    own.counted.clear();
                }
                if self.has_faults && file.file == UNREADABLE {
                    Response::Read(Err("damaged".to_owned()))
                } else {
                    own.counted.push(file.file);
                    self.decoded.entry(file.file).or_default().insert(worker);
                    Response::Read(Ok(FileContent::Maps(info())))
                }
            }
            Request::Summaries { job } => {
                let counted = std::mem::take(&mut own.counted);
                let of_job = if own.job == job { counted } else { Vec::new() };
                let header = SampleSummary::default().into_parts().header;
                return (Response::Summaries(vec![(0, header)]), of_job);
            }
            Request::Build { serial, .. }
            | Request::Sample { serial }
            | Request::Sketch { serial, .. }
                if serial != own.newest =>
            {
                Response::Built(Err(GONE.to_owned()))
            }
            // Depths without a valid pixel: the group tells them.
            Request::Build { order, .. } if order.shown == EMPTY => {
                Response::Built(Err("no valid depth".to_owned()))
            }
            Request::HoldDepths { serial, .. } if serial != own.newest => Response::Done,
            Request::Build { serial, .. } => {
                self.built_of = along;
                own.depths = Some(serial);
                Response::Built(Ok(Box::new(depths())))
            }
            Request::Sample { serial } | Request::Sketch { serial, .. } => {
                own.depths = Some(serial);
                Response::Built(Ok(Box::new(depths())))
            }
            Request::ShareDepths { serial } => {
                let is_held = own.depths == Some(serial);
                Response::Depths(is_held.then_some(Resolution::Exact))
            }
            Request::HoldDepths { serial, .. } => {
                own.depths = Some(serial);
                Response::Done
            }
            Request::Query { serial, query } => {
                if own.depths != Some(serial) {
                    let gone = Box::new(QueryResult::Refused(GONE.to_owned()));
                    return (Response::Result(gone), Vec::new());
                }
                let Query::PanterDite { levels } = *query else {
                    let is_held = query.predictions() == own.predictions;
                    let why = if is_held { "measured" } else { GONE };
                    let result = Box::new(QueryResult::Refused(why.to_owned()));
                    return (Response::Result(result), Vec::new());
                };
                Response::Result(Box::new(QueryResult::PanterDite {
                    rmse_m: f64::from(levels),
                    distinct: 1,
                }))
            }
            Request::Compare { run, order } => {
                if own.run != run {
                    own.run = run;
                    own.pixels.clear();
                }
                let frame = order.files.name.parse().expect("a number");
                own.pixels.push(frame);
                self.compared_by.insert(frame, worker);
                Response::Frame(Ok(Vec::new()), FrameSample::default(), None)
            }
            Request::Pairs { run } => {
                let pixels = std::mem::take(&mut own.pixels);
                let of_run = if own.run == run { pixels } else { Vec::new() };
                return (Response::Pairs, of_run);
            }
            Request::HoldPredictions { run } => {
                own.predictions = Some(run);
                self.predictions_of = along;
                Response::Done
            }
            Request::View(_) => Response::View(Ok(ViewInfo::Map(MapViewInfo {
                width: 1,
                height: 1,
                every: 1,
            }))),
            Request::Abandon => {
                own.queue.clear();
                Response::Done
            }
        };
        (response, Vec::new())
    }

    /// Runs all workers until every one is idle.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let count = self.workers.len();
            // Every one of them takes a step.
            let worked: Vec<bool> = (0..count).map(|worker| self.step(worker)).collect();
            if !worked.contains(&true) {
                return;
            }
        }
        panic!("it never ends");
    }

    fn choose(&mut self, files: u32) {
        self.files.clear();
        self.all_read = 0;
        self.event(Event::Choose(tasks(0..files)));
    }

    fn ask(&mut self, key: u32, levels: u32) {
        let query = Box::new(panter(levels));
        self.event(Event::Query(key, Priority::InView, query));
    }

    fn view(&mut self, key: u32, source: u32) {
        let options = Box::default();
        let view = View::Map {
            source,
            options,
            map: 0,
        };
        self.event(Event::View(key, Box::new(view)));
    }

    fn compare(&mut self, frames: u32) {
        self.frames.clear();
        self.compared.clear();
        let set = Box::new(frame_set(frames));
        let places = (0..frames).collect();
        self.event(Event::Compare(set, places, Box::default(), None));
    }
}

fn panter(levels: u32) -> Query {
    Query::PanterDite { levels }
}

fn requantized(run: u32) -> Query {
    Query::Requantized {
        run,
        current: OutputRange::new(0.5, 15.0).expect("a range"),
        narrower: None,
        how: RangeSettings::default(),
    }
}

fn info() -> FileInfo {
    FileInfo {
        format: Format::Png,
        dtype: Dtype::U16,
        maps: vec![MapInfo {
            width: 1,
            height: 1,
            positive: 1,
            invalid: InvalidCounts::default(),
            spread: None,
        }],
        choice: None,
        nodata: None,
        notices: Vec::new(),
    }
}

fn depths() -> BuiltDepths {
    let depths = Distribution::new(vec![1.0], vec![1], Resolution::Exact).expect("depths");
    BuiltDepths {
        resolution: Resolution::Exact,
        summary: DistributionSummary::measure(&depths),
        built: None,
    }
}

/// Files, three to a frame.
fn tasks(files: std::ops::Range<u32>) -> Vec<FileTask> {
    let task = |file: u32| FileTask {
        read: ReadFile {
            file: 0,
            group: 0,
            source: file,
            mask: None,
            name: format!("{file}.png"),
            options: ReadOptions::default(),
        },
        frame: (file / 3).to_string(),
        bytes: 1000.0,
    };
    files.map(task).collect()
}

fn frame_set(frames: u32) -> FrameSet {
    let source = |file| {
        Some(MapSource {
            file,
            map: None,
            mask: None,
            options: ReadOptions::default(),
            encoding: Encoding::METRES,
        })
    };
    let frame = |frame: u32| FrameFiles {
        gt: source(3 * frame),
        fp32: source(3 * frame + 1),
        int8: source(3 * frame + 2),
        ..FrameFiles::named(&frame.to_string())
    };
    FrameSet {
        frames: (0..frames).map(frame).collect(),
        ..FrameSet::default()
    }
}

fn order() -> Box<Build> {
    order_of(Role::GroundTruth)
}

fn order_of(shown: Role) -> Box<Build> {
    Box::new(Build {
        groups: Vec::new(),
        shown,
        nodata: Vec::new(),
        markers: None,
        window: fathom_core::stats::DepthWindow::default(),
    })
}

#[test]
fn a_set_is_read_built_asked_about_and_compared() {
    let mut world = World::new(2);
    world.choose(5);
    world.settle();
    assert_eq!((world.files.len(), world.all_read), (5, 1));
    let progress = world.session.progress(2000.0);
    assert_eq!((progress.done, progress.total), (5, 5));
    assert_eq!((progress.bytes_done, progress.files_per_s), (5000.0, 2.5));
    assert_eq!(progress.left_s, Some(0.0));
    world.event(Event::Build(order()));
    world.ask(1, 10);
    world.ask(2, 20);
    world.settle();
    world.built_of.sort_unstable();
    assert_eq!(world.built_of, [0, 1, 2, 3, 4]);
    assert_eq!((world.built.len(), world.results.len()), (1, 2));
    world.compare(1);
    world.settle();
    assert_eq!((world.frames.len(), world.compared.len()), (1, 1));
    assert_eq!(world.predictions_of, [0]);
}

#[test]
fn the_maps_of_a_frame_meet_where_they_were_read() {
    let mut world = World::new(3);
    world.has_faults = false;
    world.choose(30);
    world.settle();
    world.compare(10);
    world.settle();
    for frame in 0..10 {
        let by: Vec<&BTreeSet<usize>> =
            (0..3).map(|at| &world.decoded[&(3 * frame + at)]).collect();
        assert!(by.iter().all(|one| *one == by[0]), "{frame}: {by:?}");
    }
    let own = |frame: &u32| world.decoded[&(3 * frame)].contains(&world.compared_by[frame]);
    let at_home = (0..10).filter(own).count();
    assert!(
        at_home >= 7,
        "{at_home} of 10 frames are compared where their maps are"
    );
}

#[test]
fn what_kills_workers_is_tried_once_more_and_then_named() {
    let mut world = World::new(1);
    world.choose(DEADLY + 1);
    world.settle();
    assert_eq!(world.replaced, 2);
    let told = &world.files[&DEADLY];
    assert!(
        matches!(&told[..], [Err(why)] if why.contains("stopped")),
        "{told:?}"
    );
    assert!(matches!(&world.files[&UNREADABLE][..], [Err(why)] if why == "damaged"));
    assert_eq!((world.files.len() as u32, world.all_read), (DEADLY + 1, 1));
    world.event(Event::Build(order()));
    world.ask(1, DEADLY_LEVELS);
    world.ask(2, 30);
    world.settle();
    world.built_of.sort_unstable();
    assert_eq!(world.built_of, [0, 1, 2, 3, 4, 6]);
    assert!(matches!(&world.results[&1][..], [QueryResult::Refused(_)]));
    assert!(matches!(
        &world.results[&2][..],
        [QueryResult::PanterDite { .. }]
    ));
    assert_eq!((world.replaced, world.built.len()), (4, 1));
}

#[test]
fn a_silent_worker_is_replaced_within_three_seconds_of_a_small_file() {
    let mut world = World::new(1);
    world.step(0);
    world.choose(2);
    let times = [1000.0, 2000.0, 3000.0];
    for now_ms in times {
        world.now_ms = now_ms;
        world.event(Event::Tick);
        assert_eq!(world.replaced, 0, "{now_ms}");
    }
    world.now_ms = 3100.0;
    world.event(Event::Tick);
    assert_eq!(world.replaced, 1);
    // A sign of life is enough.
    world.step(0);
    world.now_ms = 6000.0;
    world.event(Event::Alive(0));
    world.now_ms = 8900.0;
    world.event(Event::Tick);
    assert_eq!(world.replaced, 1);
    world.settle();
    assert_eq!((world.files.len(), world.all_read), (2, 1));
}

#[test]
fn cancelling_is_immediate_and_keeps_what_is_shown() {
    let mut world = World::new(2);
    world.event(Event::Sample);
    world.ask(1, 10);
    world.settle();
    world.choose(60);
    world.step(0);
    world.ask(2, 20);
    world.event(Event::Cancel);
    let told = world.files.len();
    // The sample is still there to ask about; nothing of what was cancelled comes.
    world.ask(3, 30);
    world.settle();
    assert_eq!((world.files.len(), world.all_read), (told, 0));
    assert!(!world.results.contains_key(&2));
    assert_eq!((world.results[&1].len(), world.results[&3].len()), (1, 1));
    assert_eq!(world.replaced, 0);
    // A worker that does not drop its work is replaced after a tenth of a second. The sample is made again where no worker holds it.
    world.choose(60);
    world.event(Event::Cancel);
    world.now_ms += 101.0;
    world.event(Event::Tick);
    assert_eq!(world.replaced, 2);
    world.ask(4, 40);
    world.settle();
    assert_eq!((world.results[&4].len(), world.built.len()), (1, 1));
}

#[test]
fn depths_that_do_not_come_leave_those_that_are_shown() {
    let mut world = World::new(2);
    world.choose(3);
    world.settle();
    world.event(Event::Build(order()));
    world.settle();
    world.event(Event::Build(order_of(EMPTY)));
    world.settle();
    assert_eq!(world.built.len(), 2);
    assert!(world.built[0].is_ok() && world.built[1].is_err());
    // Other files without a valid depth change nothing about that.
    world.choose(2);
    world.settle();
    world.event(Event::Build(order_of(EMPTY)));
    world.settle();
    world.event(Event::Build(order()));
    world.settle();
    world.built_of.sort_unstable();
    assert_eq!(world.built_of, [0, 1, 2]);
    assert_eq!(world.built.len(), 4);
    // The front end still shows the first ones, and asks about them.
    world.ask(1, 10);
    world.settle();
    assert!(matches!(
        &world.results[&1][..],
        [QueryResult::PanterDite { .. }]
    ));
    assert_eq!(world.built.len(), 4);
    // Cancelling a build does the same.
    world.event(Event::Sample);
    world.event(Event::Cancel);
    world.ask(2, 20);
    world.settle();
    assert!(matches!(
        &world.results[&2][..],
        [QueryResult::PanterDite { .. }]
    ));
    assert_eq!(world.built.len(), 4);
}

#[test]
fn maps_are_looked_at_where_they_were_read_before_other_work() {
    let mut world = World::new(2);
    world.has_faults = false;
    world.choose(12);
    world.settle();
    world.compare(4);
    world.view(1, 5);
    world.view(2, 7);
    world.event(Event::DropQuery(2));
    world.settle();
    assert_eq!(world.views[&1], [true]);
    assert!(!world.views.contains_key(&2) || world.views[&2].len() == 1);
    // A view over which every worker dies is refused.
    world.view(3, 5);
    let by = world.workers.iter().position(|own| {
        let is_view = |one: &(_, _, Request, _)| matches!(one.2, Request::View(_));
        own.queue.iter().any(is_view)
    });
    let by = by.expect("a worker has it");
    assert!(world.decoded[&5].contains(&by));
    world.kill(by);
    for _ in 0..4 {
        for worker in 0..2 {
            let is_view = |one: &(_, _, Request, _)| matches!(one.2, Request::View(_));
            if world.workers[worker].queue.iter().any(is_view) {
                world.kill(worker);
            } else {
                world.step(worker);
            }
        }
    }
    world.settle();
    assert_eq!(world.views[&3], [false]);
}

#[test]
fn a_query_that_becomes_urgent_overtakes_others() {
    let mut world = World::new(1);
    world.event(Event::Sample);
    world.settle();
    for key in 0..8 {
        world.ask(key, 10 + key);
    }
    world.event(Event::Prioritise(7, Priority::Edit));
    world.step(0);
    world.step(0);
    assert!(world.results.contains_key(&7), "{:?}", world.results.keys());
    world.settle();
    assert_eq!(world.results.len(), 8);
}

#[test]
fn sizes_that_become_known_tell_the_pace() {
    let mut world = World::new(1);
    world.event(Event::Choose(vec![
        FileTask {
            bytes: 0.0,
            ..tasks(0..1)[0].clone()
        };
        2
    ]));
    world.event(Event::Size(0, 4000.0));
    world.event(Event::Size(1, 6000.0));
    world.settle();
    world.event(Event::Size(1, 8000.0));
    let progress = world.session.progress(1000.0);
    assert_eq!(
        (progress.bytes_done, progress.bytes_total),
        (12_000.0, 12_000.0)
    );
}

#[test]
fn an_edit_overtakes_everything() {
    let mut world = World::new(1);
    world.event(Event::Sample);
    world.settle();
    for key in 0..5 {
        world.ask(key, 10 + key);
    }
    world.compare(4);
    let edit = Box::new(panter(99));
    world.event(Event::Query(100, Priority::Edit, edit));
    // What is in hand finishes at most once before it.
    world.step(0);
    world.step(0);
    assert_eq!(world.results[&100].len(), 1);
    assert!(world.results.len() <= 2 && world.frames.len() <= 1);
    world.event(Event::DropQuery(3));
    world.settle();
    assert!(!world.results.contains_key(&3));
    assert_eq!((world.results.len(), world.frames.len()), (5, 4));
}

#[test]
fn while_the_reader_edits_a_worker_waits_for_the_next_edit() {
    let mut world = World::new(2);
    world.has_faults = false;
    world.event(Event::Sample);
    world.settle();
    world.compare(40);
    let edit = |world: &mut World, key: u32| {
        let query = Box::new(panter(90 + key));
        world.event(Event::Query(key, Priority::Edit, query));
    };
    edit(&mut world, 0);
    let editor = (0..2).find(|at| {
        let mut queue = world.workers[*at].queue.iter();
        queue.any(|one| one.1 == Priority::Edit)
    });
    let editor = editor.expect("an edit is sent beside what is in hand");
    let other = 1 - editor;
    // What it had in hand.
    for _ in 0..6 {
        world.step(editor);
    }
    for key in 1..5 {
        assert!(world.workers[editor].queue.is_empty());
        let frames = world.frames.len();
        edit(&mut world, key);
        world.step(editor);
        assert_eq!(world.results[&key].len(), 1);
        world.step(other);
        assert_eq!(world.frames.len(), frames + 1, "the other one works on");
    }
    world.now_ms += 2000.0;
    world.event(Event::Tick);
    assert!(!world.workers[editor].queue.is_empty(), "the reader rests");
    world.settle();
    assert_eq!((world.results.len(), world.frames.len()), (5, 40));
}

#[test]
fn without_a_worker_everybody_is_told() {
    let mut session: Session<Numbers> = Session::new(1, Patience::default());
    let _ = session.handle(Event::Choose(tasks(0..2)), 0.0);
    let told = session.handle(Event::Stopped(0, "blocked".to_owned()), 1.0);
    let mut read = 0;
    let (mut all_read, mut why) = (0, String::new());
    for command in told {
        match command {
            Command::Tell(Update::FileRead(_, Err(_))) => read += 1,
            Command::Tell(Update::AllRead) => all_read += 1,
            Command::Tell(Update::NoWorkers(sentence)) => why = sentence,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((read, all_read), (2, 1));
    assert!(why.contains("blocked"), "{why}");
    let later = session.handle(Event::Query(1, Priority::Rest, Box::new(panter(2))), 2.0);
    assert!(matches!(&later[..], [Command::Tell(Update::Result(1, _))]));
}

#[test]
fn settings_of_requests_travel() {
    let request = Request::Query {
        serial: 3,
        query: Box::new(Query::BestEnds {
            domain: SweepDomain {
                min_m: 0.5,
                from_m: 2.0,
                to_m: 20.0,
            },
            how: RangeSettings::default(),
        }),
    };
    let read = Request::Read {
        job: 1,
        chosen: 2,
        file: Box::new(ReadFile {
            options: ReadOptions {
                crop: Crop::Nyu,
                pick: Some("depth".to_owned()),
                ..ReadOptions::default()
            },
            ..tasks(0..1)[0].read.clone()
        }),
    };
    for request in [request, read] {
        let bytes = postcard::to_allocvec(&request).expect("bytes");
        assert_eq!(postcard::from_bytes::<Request>(&bytes), Ok(request));
    }
    let response = Response::Built(Ok(Box::new(depths())));
    let bytes = postcard::to_allocvec(&response).expect("bytes");
    assert_eq!(postcard::from_bytes::<Response>(&bytes), Ok(response));
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Act {
    Step(usize),
    Kill(usize),
    Choose(u32),
    Build,
    Sample,
    Ask(u32),
    Edit(u32),
    Drop(u32),
    /// A query about the predictions of the newest comparison, or of the one before.
    Predictions(u32),
    Compare(u32),
    View(u32),
    Cancel,
    Wait,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => (0_usize..4).prop_map(Act::Step),
        3 => (0_usize..4).prop_map(Act::Kill),
        1 => (0_u32..20).prop_map(Act::Choose),
        1 => Just(Act::Build),
        1 => Just(Act::Sample),
        4 => (0_u32..700).prop_map(Act::Ask),
        2 => (0_u32..700).prop_map(Act::Edit),
        1 => (0_u32..40).prop_map(Act::Drop),
        2 => (0_u32..2).prop_map(Act::Predictions),
        1 => (0_u32..7).prop_map(Act::Compare),
        1 => (0_u32..21).prop_map(Act::View),
        1 => Just(Act::Cancel),
        1 => Just(Act::Wait),
    ]
}

/// The news that the front end waits for.
#[derive(Default)]
struct Wanted {
    /// True if the files' depths could not be built.
    is_refused: bool,
    files: Option<u32>,
    queries: BTreeSet<u32>,
    frames: Option<u32>,
    views: BTreeSet<u32>,
    next_key: u32,
    runs: u32,
    /// True if depths are being made, or were, without a cancel.
    is_building: bool,
}

impl Wanted {
    /// A refused build gives up the files that it was of.
    fn note_refusal(&mut self, world: &World) {
        self.is_refused |= world.built.iter().any(Result::is_err);
    }

    fn abandon(&mut self) {
        (self.files, self.frames) = (None, None);
        self.is_building = false;
        self.queries.clear();
        self.views.clear();
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_told_twice_or_left_waiting(workers in 1_usize..4, script in prop::collection::vec(act(), 0..150)) {
        let mut world = World::new(workers);
        let mut wanted = Wanted::default();
        for act in script {
            match act {
                Act::Step(worker) => { world.step(worker % workers); }
                Act::Kill(worker) => world.kill(worker % workers),
                Act::Choose(files) => {
                    wanted.abandon();
                    wanted.files = Some(files);
                    wanted.is_refused = false;
                    world.choose(files);
                }
                Act::Build if wanted.files.is_none_or(|_| world.all_read == 1) => {
                    wanted.queries.clear();
                    wanted.is_building = true;
                    world.built.clear();
                    world.event(Event::Build(order()));
                }
                Act::Sample => {
                    wanted.abandon();
                    wanted.is_building = true;
                    world.built.clear();
                    world.event(Event::Sample);
                }
                Act::Ask(levels) | Act::Edit(levels) => {
                    let key = wanted.next_key;
                    wanted.next_key += 1;
                    wanted.queries.insert(key);
                    let priority = if matches!(act, Act::Edit(_)) { Priority::Edit } else { Priority::Rest };
                    world.event(Event::Query(key, priority, Box::new(panter(levels))));
                }
                Act::Predictions(back) => {
                    let key = wanted.next_key;
                    wanted.next_key += 1;
                    wanted.queries.insert(key);
                    let query = Box::new(requantized(wanted.runs.saturating_sub(back)));
                    world.event(Event::Query(key, Priority::InView, query));
                }
                Act::Drop(key) => {
                    wanted.queries.remove(&key);
                    wanted.views.remove(&key);
                    world.event(Event::DropQuery(key));
                }
                Act::Compare(frames) => {
                    wanted.frames = Some(frames);
                    wanted.runs += 1;
                    world.compare(frames);
                }
                Act::View(source) => {
                    let key = wanted.next_key;
                    wanted.next_key += 1;
                    wanted.views.insert(key);
                    world.view(key, source);
                }
                Act::Cancel => {
                    wanted.abandon();
                    world.event(Event::Cancel);
                }
                Act::Wait => {
                    world.now_ms += 200.0;
                    world.event(Event::Tick);
                }
                Act::Build => {}
            }
            wanted.note_refusal(&world);
            for told in world.results.values() {
                let is_gone = told[0] == QueryResult::Refused(GONE.to_owned());
                prop_assert!(told.len() == 1 && !is_gone);
            }
        }
        world.settle();
        if let Some(files) = wanted.files {
            prop_assert_eq!((world.files.len() as u32, world.all_read), (files, 1));
        }
        for key in &wanted.queries {
            prop_assert!(world.results.contains_key(key), "{}", key);
        }
        for key in &wanted.views {
            prop_assert!(world.views.contains_key(key), "{}", key);
        }
        prop_assert!(world.views.values().all(|told| told.len() == 1));
        prop_assert!(world.built.len() <= 1);
        prop_assert!(!wanted.is_building || world.built.len() == 1);
        for told in world.files.values() {
            // Once, or a second time because it can no longer be read.
            prop_assert!(told.len() == 1 || (told.len() == 2 && told[0].is_ok() && told[1].is_err()), "{:?}", told);
        }
        if let Some(frames) = wanted.frames {
            prop_assert_eq!(world.frames.len() as u32, frames);
            prop_assert!(world.frames.values().all(|&told| told == 1));
            prop_assert_eq!(world.compared.len(), 1);
            let held: BTreeSet<u32> = world.predictions_of.iter().copied().collect();
            prop_assert_eq!(held.len(), world.predictions_of.len(), "no frame's pixels count twice");
        }
        // What is built now is made of every file that could be read, once.
        wanted.note_refusal(&world);
        if let Some(files) = wanted.files.filter(|_| !wanted.is_refused) {
            world.built.clear();
            world.event(Event::Build(order()));
            world.settle();
            world.built_of.sort_unstable();
            let readable: Numbers = (0..files).filter(|file| matches!(world.files[file].last(), Some(Ok(())))).collect();
            prop_assert_eq!(&world.built_of, &readable);
        }
    }
}
