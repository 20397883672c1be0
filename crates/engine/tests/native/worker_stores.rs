//! A store with files in memory: reading, masks, archives, sizes, budgets, and what comes first.

use fathom_analysis::compare::CompareSettings;
use fathom_analysis::understanding::SampleSize;
use fathom_analysis::{RangeSettings, SweepDomain};
use fathom_core::depth::{Encoding, Resample, Role};
use fathom_core::stats::{DepthWindow, Resolution, SummaryHeader};
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{
    Buffers, Build, FileContent, FileInfo, FrameFiles, FrameOrder, Group, MapSource, MapViewInfo,
    MaskSource, Priority, ReadFile, ReadOptions, Request, RequestId, Resize, Response, Store, View,
    ViewInfo,
};
use fathom_report::link::SketchBudget;

use crate::made_files::{MadeFiles, archive, npy, png};

struct Worker {
    store: Store,
    files: MadeFiles,
    next_id: RequestId,
}

impl Worker {
    fn new(budget: usize, files: Vec<Vec<u8>>) -> Self {
        Self {
            store: Store::new(budget),
            files: MadeFiles(files),
            next_id: 0,
        }
    }

    fn push(&mut self, priority: Priority, request: Request, buffers: Buffers) -> RequestId {
        self.next_id += 1;
        self.store.push(self.next_id, priority, request, buffers);
        self.next_id
    }

    /// The response to a request, and the number of steps.
    fn wait(&mut self) -> (RequestId, Response, Buffers, usize) {
        for steps in 1..10_000 {
            assert!(!self.store.is_idle(), "a request is open");
            if let Some((id, response, buffers)) = self.store.poll(&self.files) {
                return (id, response, buffers, steps);
            }
        }
        panic!("it never ends")
    }

    fn ask(&mut self, request: Request) -> (Response, Buffers) {
        self.push(Priority::InView, request, Buffers::default());
        let (_, response, buffers, _) = self.wait();
        (response, buffers)
    }

    fn read(&mut self, file: ReadFile) -> Result<FileContent, String> {
        let file = Box::new(file);
        match self
            .ask(Request::Read {
                job: 1,
                chosen: 1,
                file,
            })
            .0
        {
            Response::Read(result) => result,
            other => panic!("{other:?}"),
        }
    }

    fn info(&mut self, file: ReadFile) -> FileInfo {
        match self.read(file) {
            Ok(FileContent::Maps(info)) => info,
            other => panic!("{other:?}"),
        }
    }

    fn compare(&mut self, files: FrameFiles) -> (Response, usize) {
        let order = Box::new(frame_order(files));
        self.push(
            Priority::InView,
            Request::Compare { run: 1, order },
            Buffers::default(),
        );
        let (_, response, _, steps) = self.wait();
        (response, steps)
    }
}

fn file(source: u32, name: &str) -> ReadFile {
    ReadFile {
        file: source,
        group: 0,
        source,
        mask: None,
        name: name.to_owned(),
        options: ReadOptions::default(),
    }
}

fn source(file: u32, options: ReadOptions) -> Option<MapSource> {
    Some(MapSource {
        file,
        map: None,
        mask: None,
        options,
        encoding: Encoding::METRES,
    })
}

fn frame_order(files: FrameFiles) -> FrameOrder {
    FrameOrder {
        files,
        markers: Vec::new(),
        window: DepthWindow::default(),
        settings: CompareSettings::default(),
        sample: SampleSize::default(),
        fit: None,
    }
}

fn depth_m(y: usize, x: usize) -> f32 {
    1.0 + 0.1 * y as f32 + 0.01 * x as f32
}

#[test]
fn files_are_read_or_one_sentence_says_why_not() {
    let mut worker = Worker::new(
        0,
        vec![
            png(3, 4, |y, x| (1000 + 10 * y + x) as u16),
            Vec::new(),
            b"no depth map".to_vec(),
            npy(3, 4, depth_m)[..60].to_vec(),
        ],
    );
    let info = worker.info(file(0, "a.png"));
    assert_eq!(
        (
            info.maps[0].width,
            info.maps[0].height,
            info.maps[0].positive
        ),
        (4, 3, 12)
    );
    let gone = worker.read(file(1, "gone.png")).expect_err("it is gone");
    assert!(
        gone.contains("NotFoundError") && gone.contains("still there"),
        "{gone}"
    );
    for at in [2, 3] {
        let why = worker.read(file(at, "bad.npy")).expect_err("no map");
        assert!(!why.is_empty() && !why.contains("still there"), "{why}");
    }
}

#[test]
fn masks_leave_out_their_zeros_and_need_the_same_size() {
    let mask = |width| png(2, width, |_, x| u16::from(x > 0));
    let mut worker = Worker::new(0, vec![npy(2, 3, depth_m), mask(3), mask(4), Vec::new()]);
    let with = |mask: u32| {
        let source = MaskSource {
            name: format!("m{mask}.png"),
            member: None,
        };
        ReadFile {
            mask: Some(mask),
            options: ReadOptions {
                mask: Some(source),
                ..ReadOptions::default()
            },
            ..file(0, "a.npy")
        }
    };
    let map = worker.info(with(1)).maps.remove(0);
    assert_eq!((map.positive, map.invalid.outside), (4, 2));
    let why = worker.read(with(2)).expect_err("another size");
    assert!(
        why.contains("3 x 2") && why.contains("m2.png 4 x 2"),
        "{why}"
    );
    let why = worker.read(with(3)).expect_err("it is gone");
    assert!(why.contains("m3.png cannot be used"), "{why}");
}

#[test]
fn archives_are_listed_and_their_files_read_one_by_one() {
    let files = [
        ("gt/1.npy", npy(2, 3, depth_m)),
        ("notes.txt", b"hello".to_vec()),
    ];
    let mut worker = Worker::new(0, vec![archive(&files), npy(2, 3, depth_m)]);
    let Ok(FileContent::Archive(list)) = worker.read(file(0, "all.zip")) else {
        panic!("an archive")
    };
    let paths: Vec<&str> = list.members.iter().map(|m| m.path.as_str()).collect();
    assert_eq!(paths, ["gt/1.npy", "notes.txt"]);
    let inner = |member| ReadFile {
        options: ReadOptions {
            member: Some(member),
            ..ReadOptions::default()
        },
        ..file(0, "1.npy")
    };
    assert_eq!(worker.info(inner(0)).maps[0].width, 3);
    assert!(worker.read(inner(1)).is_err() && worker.read(inner(9)).is_err());
}

#[test]
fn what_a_worker_counted_becomes_the_shown_depths() {
    let mut worker = Worker::new(0, vec![npy(4, 5, depth_m)]);
    let nothing = worker.ask(Request::Summaries { job: 1 });
    assert_eq!(nothing.0, Response::Summaries(Vec::new()));
    worker.info(file(0, "a.npy"));
    let (Response::Summaries(parts), along) = worker.ask(Request::Summaries { job: 1 }) else {
        panic!("summaries")
    };
    assert_eq!(parts.len(), 1);
    let (Response::Summaries(again), _) = worker.ask(Request::Summaries { job: 1 }) else {
        panic!("summaries")
    };
    assert!(again.is_empty(), "they are handed over once");
    // Those of two workers, as two groups of one role.
    let twice: Vec<(u32, SummaryHeader)> = [1, 0].map(|group| (group, parts[0].1.clone())).into();
    let buffers = Buffers {
        doubles: [along.doubles.clone(), along.doubles].concat(),
        words: [along.words.clone(), along.words].concat(),
    };
    let group = |own| Group {
        role: Role::Float,
        integer: None,
        float: Some(Encoding::METRES),
        own,
        summaries: Vec::new(),
    };
    let order = Box::new(Build {
        groups: vec![group(false), group(true)],
        shown: Role::Float,
        nodata: Vec::new(),
        markers: None,
        window: DepthWindow::default(),
    });
    let request = Request::Build {
        serial: 3,
        order: order.clone(),
        parts: twice,
    };
    worker.push(Priority::InView, request, buffers);
    let (_, Response::Built(Ok(built)), ..) = worker.wait() else {
        panic!("depths")
    };
    assert_eq!(built.summary.count, 40.0);
    let query = |serial| Request::Query {
        serial,
        query: Box::new(Query::Summary),
    };
    let result = worker.ask(query(3)).0;
    assert_eq!(
        result,
        Response::Result(Box::new(QueryResult::Summary(Box::new(built.summary))))
    );
    // Another worker holds a copy; depths that are not held any more answer nothing.
    let (Response::Depths(Some(resolution)), along) =
        worker.ask(Request::ShareDepths { serial: 3 })
    else {
        panic!("a copy")
    };
    let mut other = Worker::new(0, Vec::new());
    other.push(
        Priority::Edit,
        Request::HoldDepths {
            serial: 4,
            resolution,
        },
        along,
    );
    assert_eq!(other.wait().1, Response::Done);
    assert_eq!(other.ask(query(4)).0, result);
    for gone in [
        other.ask(query(3)).0,
        other.ask(Request::ShareDepths { serial: 3 }).0,
    ] {
        assert!(
            matches!(gone, Response::Depths(None))
                || matches!(&gone, Response::Result(r) if matches!(**r, QueryResult::Refused(_)))
        );
    }
    // Buffers that do not fit are a sentence.
    let request = Request::Build {
        serial: 5,
        order,
        parts: vec![(0, parts[0].1.clone())],
    };
    let (Response::Built(Err(why)), _) = worker.ask(request) else {
        panic!("no depths")
    };
    assert!(why.contains("do not match"), "{why}");
}

#[test]
fn a_frame_is_decoded_once_where_the_budget_allows() {
    let maps = || {
        vec![
            npy(8, 9, depth_m),
            npy(8, 9, |y, x| depth_m(y, x) + 0.1),
            npy(8, 9, |y, x| depth_m(y, x) + 0.2),
        ]
    };
    let frame = || FrameFiles {
        gt: source(0, ReadOptions::default()),
        fp32: source(1, ReadOptions::default()),
        int8: source(2, ReadOptions::default()),
        ..FrameFiles::named("1")
    };
    let bytes = 3 * 8 * 9 * 4;
    for (budget, is_kept) in [(bytes, true), (bytes - 1, false)] {
        let mut worker = Worker::new(budget, maps());
        for at in 0..3 {
            worker.info(file(at, "a.npy"));
        }
        // Whoever is decoded again finds no file any more.
        worker.files.0.iter_mut().for_each(Vec::clear);
        let (Response::Frame(result, ..), steps) = worker.compare(frame()) else {
            panic!("a frame")
        };
        match result {
            Ok(outcomes) => {
                assert!(is_kept && steps > 5, "{steps}");
                assert_eq!(outcomes[0].compared.joint.count, 72.0);
            }
            Err(why) => assert!(!is_kept && why.contains("NotFoundError"), "{why}"),
        }
        // Files that are chosen later have the same numbers and other maps.
        let again = Box::new(file(0, "b.npy"));
        let gone = worker
            .ask(Request::Read {
                job: 2,
                chosen: 2,
                file: again,
            })
            .0;
        assert!(matches!(gone, Response::Read(Err(_))), "{gone:?}");
    }
}

#[test]
fn pixels_of_a_comparison_are_handed_over_once() {
    let mut worker = Worker::new(
        0,
        vec![npy(4, 5, depth_m), npy(4, 5, |y, x| depth_m(y, x) + 0.1)],
    );
    let frame = FrameFiles {
        gt: source(0, ReadOptions::default()),
        fp32: source(1, ReadOptions::default()),
        ..FrameFiles::named("1")
    };
    worker.compare(frame);
    let (_, pixels) = worker.ask(Request::Pairs { run: 1 });
    let (_, again) = worker.ask(Request::Pairs { run: 1 });
    let length = |buffers: &Buffers| buffers.doubles.iter().map(Vec::len).sum::<usize>();
    assert!(length(&pixels) > length(&again) + 20, "{again:?}");
    worker.push(Priority::Edit, Request::HoldPredictions { run: 1 }, pixels);
    assert_eq!(worker.wait().1, Response::Done);
}

#[test]
fn predictions_are_resized_before_they_are_compared() {
    let mut worker = Worker::new(1000, vec![npy(4, 6, depth_m), npy(2, 3, depth_m)]);
    let frame = |resize| FrameFiles {
        gt: source(0, ReadOptions::default()),
        fp32: source(
            1,
            ReadOptions {
                resize,
                ..ReadOptions::default()
            },
        ),
        ..FrameFiles::named("1")
    };
    let (Response::Frame(Err(why), ..), _) = worker.compare(frame(None)) else {
        panic!("two sizes")
    };
    assert!(why.contains("6 x 4") && why.contains("3 x 2"), "{why}");
    let resize = Resize {
        width: 6,
        height: 4,
        how: Resample::Nearest,
    };
    let (Response::Frame(Ok(outcomes), ..), _) = worker.compare(frame(Some(resize))) else {
        panic!("one size")
    };
    assert_eq!(outcomes[0].compared.joint.count, 24.0);
}

#[test]
fn the_most_urgent_request_goes_first_and_abandoned_ones_are_gone() {
    let mut worker = Worker::new(0, vec![npy(4, 5, depth_m)]);
    let read = || Request::Read {
        job: 1,
        chosen: 1,
        file: Box::new(file(0, "a.npy")),
    };
    let summary = || Request::Query {
        serial: 1,
        query: Box::new(Query::Summary),
    };
    worker.push(
        Priority::Rest,
        Request::Sample { serial: 1 },
        Buffers::default(),
    );
    let edit = worker.push(Priority::Edit, read(), Buffers::default());
    let near = worker.push(Priority::Near, read(), Buffers::default());
    let in_view = worker.push(Priority::InView, read(), Buffers::default());
    let order = [worker.wait().0, worker.wait().0, worker.wait().0];
    assert_eq!(order, [edit, in_view, near]);
    worker.push(Priority::Near, summary(), Buffers::default());
    let abandon = worker.push(Priority::Edit, Request::Abandon, Buffers::default());
    assert_eq!(worker.wait().0, abandon);
    assert!(worker.store.is_idle());
}

#[test]
fn maps_are_looked_at_alone_and_as_a_frame() {
    let mut worker = Worker::new(
        1000,
        vec![npy(4, 5, depth_m), npy(4, 5, |y, x| depth_m(y, x) + 0.1)],
    );
    let map = |map| {
        Request::View(Box::new(View::Map {
            source: 0,
            options: Box::default(),
            map,
        }))
    };
    assert_eq!(worker.store.files_to_open(&map(0)), [0]);
    let (response, buffers) = worker.ask(map(0));
    let info = MapViewInfo {
        width: 5,
        height: 4,
        every: 1,
    };
    assert_eq!(response, Response::View(Ok(ViewInfo::Map(info))));
    assert_eq!((buffers.doubles.len(), buffers.doubles[0].len()), (1, 20));
    assert_eq!(buffers.doubles[0][1], f64::from(depth_m(0, 1)));
    // Its maps are kept: no file is opened again.
    assert!(worker.store.files_to_open(&map(0)).is_empty());
    let (Response::View(Err(why)), _) = worker.ask(map(1)) else {
        panic!("one map alone")
    };
    assert!(why.contains("fewer maps"), "{why}");
    let frame = |fp32| {
        let files = FrameFiles {
            gt: source(0, ReadOptions::default()),
            fp32: source(fp32, ReadOptions::default()),
            ..FrameFiles::named("1")
        };
        Request::View(Box::new(View::Frame {
            order: Box::new(frame_order(files)),
            map: 0,
        }))
    };
    assert_eq!(worker.store.files_to_open(&frame(1)), [1]);
    let (response, buffers) = worker.ask(frame(1));
    let Response::View(Ok(ViewInfo::Frame(info))) = response else {
        panic!("{response:?}")
    };
    assert_eq!(info.roles, [Role::GroundTruth, Role::Float]);
    assert_eq!((info.width, info.height, info.of), (5, 4, 1));
    assert_eq!(buffers.doubles.len(), 2);
    let (response, _) = worker.ask(frame(7));
    assert!(matches!(response, Response::View(Err(_))), "{response:?}");
}

#[test]
fn a_link_restores_depths_that_queries_are_about() {
    let mut worker = Worker::new(0, Vec::new());
    let (response, _) = worker.ask(Request::Sample { serial: 1 });
    assert!(matches!(response, Response::Built(Ok(_))), "{response:?}");
    let query = |serial, query| Request::Query {
        serial,
        query: Box::new(query),
    };
    let (response, _) = worker.ask(query(1, Query::Sketch(SketchBudget::WithSettings)));
    let Response::Result(result) = response else {
        panic!("{response:?}")
    };
    let QueryResult::Sketch(sketch) = *result else {
        panic!("{result:?}")
    };
    let sketch = Box::new(sketch);
    let (response, _) = worker.ask(Request::Sketch { serial: 2, sketch });
    let Response::Built(Ok(built)) = response else {
        panic!("{response:?}")
    };
    assert!(matches!(built.resolution, Resolution::Sketch { .. }));
    let (from_m, to_m) = (built.summary.min_m * 0.9, built.summary.max_m * 1.1);
    let (response, _) = worker.ask(query(2, Query::Histogram(vec![from_m, 5.0, to_m])));
    let Response::Result(result) = response else {
        panic!("{response:?}")
    };
    let QueryResult::Histogram(counts) = *result else {
        panic!("{result:?}")
    };
    assert_eq!(counts.iter().sum::<f64>(), built.summary.count);
    let domain = SweepDomain {
        min_m: 0.5,
        from_m: 2.0,
        to_m: 20.0,
    };
    let how = RangeSettings::default();
    let (response, _) = worker.ask(query(2, Query::EndSweep { domain, how }));
    let Response::Result(result) = response else {
        panic!("{response:?}")
    };
    let QueryResult::EndSweep(points) = *result else {
        panic!("{result:?}")
    };
    assert!(points.windows(2).all(|two| two[0].max_m < two[1].max_m));
    assert_eq!(points.first().map(|point| point.max_m), Some(2.0));
}
