//! Whole runs from files to a report, with stores in place of workers: as the command line and the page do, without threads.

use std::collections::VecDeque;

use fathom_analysis::compare::Evaluator;
use fathom_core::depth::{Resample, Role};
use fathom_core::quant::{Bits, OutputRange};
use fathom_engine::{
    Buffers, Command, Event, FileRow, NameText, OpenQuestion, PartRecorder, Patience, ReportRun,
    ReportSettings, RunError, RunOutcome, Session, Store, TypedAnswer, example_files,
};
use fathom_report::link::{SharedDepths, SharedStudy, decode};
use serde_json::Value;

use crate::made_files::{MadeFiles, archive, ground_truth, npy, npy_stack, png, prediction};

/// Runs over files with so many workers. The report, or one sentence, and the warnings.
fn run(workers: usize, files: Vec<(&str, Vec<u8>)>) -> (Result<Value, String>, Vec<String>) {
    let (end, warnings) = run_with(workers, files, ReportSettings::default());
    let value = |outcome: RunOutcome| serde_json::to_value(outcome.report()).expect("JSON");
    let end = end.map(value).map_err(|error| match error {
        RunError::Failed(why) => why,
        RunError::Questions(questions) => format!("{questions:?}"),
    });
    (end, warnings)
}

fn run_with(
    workers: usize,
    files: Vec<(&str, Vec<u8>)>,
    settings: ReportSettings,
) -> (Result<RunOutcome, RunError>, Vec<String>) {
    let rows = files.iter().enumerate();
    let rows = rows
        .map(|(source, (path, _))| FileRow::new((*path).to_owned(), None, source, None))
        .collect();
    let files = MadeFiles(files.into_iter().map(|(_, bytes)| bytes).collect());
    let mut run = ReportRun::new(rows, settings, NameText::default());
    let end = driven(workers, &files, &mut run, &mut PartRecorder::default());
    let end = end.expect("a run with a report");
    (end.map(|outcome| *outcome), run.warnings())
}

/// Drives a run to its end; `None` for one that ends compared.
pub(crate) fn driven(
    workers: usize,
    files: &MadeFiles,
    run: &mut ReportRun,
    recorder: &mut PartRecorder,
) -> Option<Result<Box<RunOutcome>, RunError>> {
    let mut session: Session<Buffers> = Session::new(workers, Patience::default());
    let mut stores: Vec<Store> = (0..workers).map(|_| Store::new(1 << 20)).collect();
    let mut events: VecDeque<Event<Buffers>> = (0..workers).map(Event::Started).collect();
    events.push_back(run.start());
    loop {
        while let Some(event) = events.pop_front() {
            for command in session.handle(event, 0.0) {
                match command {
                    Command::Send(worker, id, priority, request, parts) => {
                        let mut buffers = Buffers::default();
                        for part in parts {
                            buffers.doubles.extend(part.doubles);
                            buffers.words.extend(part.words);
                        }
                        recorder.on_request(&request, &buffers);
                        stores[worker].push(id, priority, request, buffers);
                    }
                    Command::Tell(update) => {
                        recorder.on_update(&update).expect("packed");
                        events.extend(run.on_update(update));
                    }
                    Command::Replace(worker) => panic!("{worker} is alive"),
                    Command::Show(key, ..) => panic!("the run asked for view {key}"),
                }
            }
        }
        if run.is_compared() {
            return None;
        }
        if let Some(end) = run.take_end() {
            return Some(end);
        }
        for (worker, store) in stores.iter_mut().enumerate() {
            if let Some((id, response, buffers)) = store.poll(files) {
                events.push_back(Event::Responded(worker, id, response, buffers));
            }
        }
    }
}

pub(crate) fn triple() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("set/fp32/1.npy", prediction(1, false)),
        ("set/fp32/2.npy", prediction(2, false)),
        ("set/fp32/3.npy", prediction(3, false)),
        ("set/gt/1.png", ground_truth(1)),
        ("set/gt/2.png", ground_truth(2)),
        ("set/gt/3.png", ground_truth(3)),
        ("set/int8/1.npy", prediction(1, true)),
        ("set/int8/2.npy", prediction(2, true)),
        ("set/int8/3.npy", prediction(3, true)),
    ]
}

#[test]
fn three_roles_give_every_section_whatever_the_number_of_workers() {
    let (one, warnings) = run(1, triple());
    let report = one.expect("a report");
    assert_eq!(warnings, [""; 0]);
    for key in [
        "inputs",
        "best",
        "codes",
        "calibrators",
        "bits",
        "sweep",
        "metrics",
        "budget",
        "bands",
        "frames",
        "what_if",
        "planner",
        "verdicts",
    ] {
        assert!(!report[key].is_null(), "{key}");
    }
    assert_eq!(report["searches"], "none");
    assert!(report["optima"].is_null());
    assert_eq!(report["inputs"].as_array().map(Vec::len), Some(9));
    let step = report["budget"]["grid"]["step"]
        .as_f64()
        .expect("INT8's steps");
    assert!((step - 0.05).abs() < 1e-6, "{step}");
    for workers in [2, 5] {
        let (other, _) = run(workers, triple());
        assert!(other.as_ref() == Ok(&report), "{workers} workers");
    }
}

#[test]
fn an_archive_is_the_same_as_its_files_in_a_folder() {
    let files = triple();
    let inner: Vec<(&str, Vec<u8>)> = files.clone();
    let (folder, _) = run(2, files);
    let (zipped, warnings) = run(2, vec![("all.zip", archive(&inner))]);
    assert_eq!(warnings, [""; 0]);
    let (folder, zipped) = (folder.expect("a report"), zipped.expect("a report"));
    for key in [
        "distribution",
        "ranges",
        "best",
        "metrics",
        "budget",
        "frames",
        "codes",
    ] {
        assert_eq!(folder[key], zipped[key], "{key}");
    }
    assert_eq!(zipped["inputs"][0]["name"], "all.zip/set/fp32/1.npy");
}

#[test]
fn depths_alone_are_answered_and_bad_files_are_named() {
    let (report, warnings) = run(
        2,
        vec![
            ("a.png", ground_truth(1)),
            ("b.png", b"\x89PNG\r\n\x1a\n damaged".to_vec()),
            ("c.png", Vec::new()),
        ],
    );
    let report = report.expect("a report");
    assert!(report["metrics"].is_null() && !report["verdicts"].is_null());
    assert_eq!(report["inputs"].as_array().map(Vec::len), Some(1));
    assert_eq!(warnings.len(), 2);
    assert!(
        warnings[0].starts_with("b.png: ") && warnings[1].contains("NotFoundError"),
        "{warnings:?}"
    );
    let (none, warnings) = run(1, vec![("c.png", Vec::new())]);
    assert!(none.expect_err("no map").contains("None of these files"));
    assert_eq!(warnings.len(), 1);
}

fn two_sizes() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("1_gt.png", ground_truth(1)),
        ("1_fp32.npy", npy(12, 16, |y, x| 1.0 + (y + x) as f32)),
    ]
}

#[test]
fn predictions_of_another_size_are_asked_about() {
    let (end, _) = run_with(1, two_sizes(), ReportSettings::default());
    let Err(RunError::Questions(questions)) = end else {
        panic!("{end:?}");
    };
    assert!(
        matches!(&questions[..], [OpenQuestion::Size(sizes)] if sizes.own == (16, 12)),
        "{questions:?}"
    );
    let as_is = ReportSettings {
        keeps_as_is: true,
        ..ReportSettings::default()
    };
    let (end, warnings) = run_with(1, two_sizes(), as_is);
    let report = serde_json::to_value(end.expect("a report").report()).expect("JSON");
    assert!(report["metrics"].is_null());
    assert!(
        warnings
            .iter()
            .any(|text| text.contains("16 x 12") && text.contains("32 x 24")),
        "{warnings:?}"
    );
}

#[test]
fn predictions_are_resized_once_sizes_are_known() {
    let files = || {
        let mut files = triple();
        for (path, bytes) in &mut files {
            if path.contains("fp32") || path.contains("int8") {
                *bytes = {
                    let frame = path.as_bytes()[path.len() - 5];
                    npy(12, 16, |y, x| {
                        1.0 + 0.14 * y as f32 + 0.06 * x as f32 + 0.001 * f32::from(frame)
                    })
                };
            }
        }
        files
    };
    let resized = |how| {
        let mut settings = ReportSettings::default();
        settings.reading.resize = Some(how);
        let (end, warnings) = run_with(2, files(), settings);
        assert_eq!(warnings, [""; 0]);
        serde_json::to_value(end.expect("a report").report()).expect("JSON")
    };
    let nearest = resized(Resample::Nearest);
    assert_eq!(nearest["inputs"][0]["width"], 32);
    assert_eq!(nearest["metrics"]["frames"], 3);
    let bilinear = resized(Resample::Bilinear);
    assert!(bilinear["metrics"]["fp32"] != nearest["metrics"]["fp32"]);
}

#[test]
fn settings_change_what_they_say() {
    let settings = ReportSettings {
        range: OutputRange::new(0.5, 4.0).ok(),
        bits: Bits::new(6),
        evaluator: Evaluator::KittiDevkit,
        ..ReportSettings::default()
    };
    let (end, _) = run_with(1, triple(), settings);
    let outcome = end.expect("a report");
    let report = serde_json::to_value(outcome.report()).expect("JSON");
    assert_eq!(report["settings"]["bits"], 6);
    assert_eq!(
        (&report["bits"]["min"], &report["bits"]["max"]),
        (&0.5.into(), &4.0.into())
    );
    assert_eq!(report["metrics"]["protocol"]["name"], "KITTI devkit");
    assert_eq!(report["metrics"]["resampling"]["average"], "per frame");
    let names: Vec<&str> = report["ranges"]
        .as_array()
        .expect("ranges")
        .iter()
        .filter_map(|r| r["name"].as_str())
        .collect();
    assert_eq!(names.last(), Some(&"mine 1"), "{names:?}");
}

#[test]
fn a_link_opens_with_the_same_figures() {
    let settings = ReportSettings {
        has_link: true,
        ..ReportSettings::default()
    };
    let (end, _) = run_with(2, triple(), settings);
    let outcome = end.expect("a report");
    let (fragment, ..) = outcome.link("a title", true).expect("a link");
    let page = decode(&fragment).expect("readable").expect("a page");
    let SharedDepths::Sketch {
        source, summary, ..
    } = &page.depths
    else {
        panic!("{page:?}");
    };
    assert_eq!(source, "3 maps, Ground truth");
    assert_eq!(summary.count, 3.0 * 24.0 * 32.0);
    let study = SharedStudy::from_bytes(&page.study).expect("a study");
    assert_eq!((study.title.as_str(), study.frames.len()), ("a title", 3));
    assert_eq!(study.comparison.expect("a comparison").compared().frames, 3);
    assert!(study.requantized.is_some());
    let report = serde_json::to_value(outcome.report()).expect("JSON");
    let ranges = report["ranges"].as_array().map(Vec::len);
    assert_eq!(ranges, Some(page.settings.ranges.len()));
}

#[test]
fn the_example_shows_gain_clipping_banding_and_noise() {
    let files = example_files();
    let named = files.iter().map(|f| (f.path.as_str(), f.bytes.clone()));
    let (report, warnings) = run(2, named.collect());
    let report = report.expect("a report");
    assert_eq!(warnings, Vec::<String>::new());
    let budget = &report["budget"];
    let number = |key: &str| budget[key].as_f64().expect(key);
    let noise = number("mse_quant");
    let line = number("bias_square") + number("scale_square");
    assert!(line > 0.02 * noise, "gain and bias: {budget}");
    assert!(number("random") > 0.1 * noise, "noise: {budget}");
    assert!(
        number("mse_output_code") > 0.02 * noise,
        "rounding and clipping: {budget}"
    );
    // The code is found, and truth lies beyond its end.
    let in_use = &report["ranges"][0];
    assert!(
        (in_use["max"].as_f64().expect("an end") - 8.0).abs() < 1e-6,
        "{in_use}"
    );
    assert!(
        in_use["above"].as_f64().expect("a share") > 0.01,
        "{in_use}"
    );
}

/// Depth of a made room in metres: a floor, a wall and a box that moves from frame to frame.
fn room(frame: usize, y: usize, x: usize) -> f32 {
    let floor = 4.0 - 0.05 * y as f32 + 0.02 * x as f32;
    let is_box = (6 * frame..6 * frame + 12).contains(&x) && (8..20).contains(&y);
    if is_box { 1.5 } else { floor }
}

/// An error of the size of a network's, the same for the same pixel.
fn with_error(depth_m: f32, y: usize, x: usize) -> f32 {
    depth_m * (1.0 + 0.02 * ((7 * y + 3 * x) as f32).sin())
}

fn metrics_of(end: Result<RunOutcome, RunError>) -> Value {
    let report = end.expect("a report").report();
    serde_json::to_value(report).expect("JSON")["metrics"].clone()
}

#[test]
fn a_stack_is_paired_with_single_files_in_their_order() {
    let singles = || -> Vec<(&str, Vec<u8>)> {
        let fp32 = |k| npy(24, 32, move |y, x| with_error(room(k, y, x), y, x));
        let int8 = |k| {
            npy(24, 32, move |y, x| {
                (with_error(room(k, y, x), y, x) * 20.0).round() / 20.0
            })
        };
        vec![
            ("fp32/0.npy", fp32(0)),
            ("fp32/1.npy", fp32(1)),
            ("fp32/2.npy", fp32(2)),
            ("int8/0.npy", int8(0)),
            ("int8/1.npy", int8(1)),
            ("int8/2.npy", int8(2)),
        ]
    };
    let with = |truth: Vec<(&'static str, Vec<u8>)>| [truth, singles()].concat();
    let stacked = || with(vec![("gt_stack.npy", npy_stack(3, 24, 32, room))]);
    let (end, _) = run_with(2, stacked(), ReportSettings::default());
    let Err(RunError::Questions(questions)) = end else {
        panic!("{end:?}");
    };
    let [OpenQuestion::Set(question)] = &questions[..] else {
        panic!("{questions:?}");
    };
    assert!(question.text.contains("lie in a stack"), "{question:?}");
    assert_eq!(question.typed, Some(TypedAnswer::Order));

    let by_order = ReportSettings {
        pairs_by_order: true,
        ..ReportSettings::default()
    };
    let truth = vec![
        ("gt/0.npy", npy(24, 32, |y, x| room(0, y, x))),
        ("gt/1.npy", npy(24, 32, |y, x| room(1, y, x))),
        ("gt/2.npy", npy(24, 32, |y, x| room(2, y, x))),
    ];
    let (expected, _) = run_with(1, with(truth), ReportSettings::default());
    let expected = metrics_of(expected);
    assert_eq!(expected["frames"], 3);
    for workers in [1, 2] {
        let (end, warnings) = run_with(workers, stacked(), by_order.clone());
        assert_eq!(warnings, [""; 0]);
        assert_eq!(metrics_of(end), expected, "{workers} workers");
    }
}

#[test]
fn dumps_without_a_neighbour_are_asked_about_once() {
    let dump = |depth: &dyn Fn(usize, usize) -> f32| -> Vec<u8> {
        let all = (0..34).flat_map(|y| (0..50).map(move |x| (y, x)));
        all.flat_map(|(y, x)| depth(y, x).to_le_bytes()).collect()
    };
    let fp32 = |k, y, x| with_error(room(k, y, x), y, x);
    let int8 = |k, y, x| (fp32(k, y, x) * 20.0).round() / 20.0;
    let files = || {
        vec![
            ("gt/0.raw", dump(&|y, x| room(0, y, x))),
            ("gt/1.raw", dump(&|y, x| room(1, y, x))),
            ("fp32/0.raw", dump(&|y, x| fp32(0, y, x))),
            ("fp32/1.raw", dump(&|y, x| fp32(1, y, x))),
            ("int8/0.raw", dump(&|y, x| int8(0, y, x))),
            ("int8/1.raw", dump(&|y, x| int8(1, y, x))),
        ]
    };
    let (end, _) = run_with(1, files(), ReportSettings::default());
    let Err(RunError::Questions(questions)) = end else {
        panic!("{end:?}");
    };
    // Nothing else is asked of values whose type is in doubt.
    let [OpenQuestion::Array { taken, .. }] = &questions[..] else {
        panic!("{questions:?}");
    };
    assert_eq!(taken.0, "float32 50\u{d7}34");
    // The layout of one file is that of its neighbours too.
    let settings = ReportSettings {
        arrays: vec![(Some(Role::GroundTruth), taken.0.clone())],
        ..ReportSettings::default()
    };
    let (end, warnings) = run_with(1, files(), settings);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(metrics_of(end)["frames"], 2);
}

#[test]
fn a_statement_that_maps_are_right_gives_a_verdict_and_is_reported() {
    // A network that predicts noise.
    let noise = |y: usize, x: usize| 2.0 + ((y * 7919 + x * 104_729) % 1009) as f32 / 504.0;
    let files = || {
        vec![
            ("gt/0.npy", npy(48, 64, |y, x| room(0, y / 2, x / 2))),
            ("fp32/0.npy", npy(48, 64, noise)),
            (
                "int8/0.npy",
                npy(48, 64, |y, x| (noise(y, x) * 20.0).round() / 20.0),
            ),
        ]
    };
    let report = |settings| {
        let (end, warnings) = run_with(1, files(), settings);
        let report = end.expect("a report").report();
        (serde_json::to_value(report).expect("JSON"), warnings)
    };
    let (unjudged, warnings) = report(ReportSettings::default());
    assert!(unjudged["verdicts"].is_null());
    assert!(warnings[0].contains("hardly follows"), "{warnings:?}");
    let stated = ReportSettings {
        repairs: vec!["fp32:as_is=unrelated".parse().expect("a repair")],
        ..ReportSettings::default()
    };
    let as_is = ReportSettings {
        keeps_as_is: true,
        ..ReportSettings::default()
    };
    for settings in [stated, as_is] {
        let (judged, _) = report(settings);
        assert!(!judged["verdicts"].is_null());
        assert_eq!(judged["metrics"], unjudged["metrics"]);
        let inputs = judged["inputs"].as_array().expect("inputs");
        let fp32 = inputs.iter().find(|i| i["role"] == "fp32").expect("fp32");
        let repairs = fp32["repairs"].as_array().expect("a repair");
        assert_eq!(repairs.len(), 1, "{repairs:?}");
        assert_eq!(
            (&repairs[0]["name"], &repairs[0]["value"]),
            (&"as_is".into(), &"unrelated".into())
        );
        assert_eq!(repairs[0]["asked"], true);
        assert!(
            judged["source"]
                .as_str()
                .expect("words")
                .contains("Kept as it is")
        );
    }
}

#[test]
fn a_factor_applies_to_the_unit_that_is_guessed() {
    // Floats in millimetres, and the same at half the size.
    let files = |scale: f32| {
        let fp32 = move |y, x| scale * 1000.0 * with_error(room(0, y, x), y, x);
        vec![
            (
                "gt/0.png",
                png(24, 32, |y, x| {
                    (1000.0 * room(0, y as usize, x as usize)) as u16
                }),
            ),
            ("fp32/0.npy", npy(24, 32, fp32)),
            (
                "int8/0.npy",
                npy(24, 32, |y, x| (fp32(y, x) / 50.0).round() * 50.0),
            ),
        ]
    };
    let with = |scale, repairs: &[&str]| {
        let settings = ReportSettings {
            repairs: repairs
                .iter()
                .map(|r| r.parse().expect("a repair"))
                .collect(),
            keeps_as_is: true,
            ..ReportSettings::default()
        };
        metrics_of(run_with(1, files(scale), settings).0)
    };
    let abs_rel = |metrics: &Value| {
        metrics["fp32"]["pooled"]["abs_rel"]
            .as_f64()
            .expect("a number")
    };
    let whole = with(1.0, &[]);
    assert!(abs_rel(&whole) < 0.02, "{whole}");
    let half = with(0.5, &["fp32:factor=2", "int8:factor=2"]);
    assert!((abs_rel(&half) - abs_rel(&whole)).abs() < 1e-6, "{half}");
    // On a unit that the user states.
    let stated = with(
        0.5,
        &["fp32:unit=0.001", "fp32:factor=2", "int8:unit=0.002"],
    );
    assert!(
        (abs_rel(&stated) - abs_rel(&whole)).abs() < 1e-6,
        "{stated}"
    );
}
