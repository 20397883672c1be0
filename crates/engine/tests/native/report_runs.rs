//! Whole runs from files to a report, with stores in place of workers: as the command line and the page do, without threads.

use std::collections::VecDeque;

use fathom_engine::{
    Buffers, Command, Event, FileRow, NameText, Patience, ReportRun, Session, Store, Update,
};
use fathom_report::report::{Report, Searches};
use serde_json::Value;

use crate::made_files::{MadeFiles, archive, npy, png};

/// Runs over files with so many workers. The report, or one sentence, and the warnings.
fn run(workers: usize, files: Vec<(&str, Vec<u8>)>) -> (Result<Value, String>, Vec<String>) {
    let rows = files.iter().enumerate();
    let rows = rows
        .map(|(source, (path, _))| FileRow::new((*path).to_owned(), None, source, None))
        .collect();
    let files = MadeFiles(files.into_iter().map(|(_, bytes)| bytes).collect());
    let mut run = ReportRun::new(rows, Searches::None, NameText::default());
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
                        stores[worker].push(id, priority, request, buffers);
                    }
                    Command::Tell(update) => events.extend(told(&mut run, update)),
                    Command::Replace(worker) => panic!("{worker} is alive"),
                    Command::Show(key, ..) => panic!("nobody looks at {key}"),
                }
            }
        }
        if let Some(end) = run.take_end() {
            let value = |report: Box<Report>| serde_json::to_value(&*report).expect("JSON");
            return (end.map(value), run.warnings());
        }
        for (worker, store) in stores.iter_mut().enumerate() {
            if let Some((id, response, buffers)) = store.poll(&files) {
                events.push_back(Event::Responded(worker, id, response, buffers));
            }
        }
    }
}

fn told(run: &mut ReportRun, update: Update) -> Vec<Event<Buffers>> {
    run.on_update(update)
}

/// A prediction of a slanted room, with errors, in steps of 50 mm if it is quantized.
fn prediction(frame: usize, is_quantized: bool) -> Vec<u8> {
    npy(24, 32, move |y, x| {
        let depth_m = 1.0 + 0.07 * y as f32 + 0.03 * x as f32 + 0.01 * frame as f32;
        let wave = ((x + 3 * y + frame) % 7) as f32 * 0.004;
        let float_m = 1.02 * depth_m + wave;
        if is_quantized {
            (float_m / 0.05).round() * 0.05
        } else {
            float_m
        }
    })
}

fn ground_truth(frame: usize) -> Vec<u8> {
    png(24, 32, move |y, x| {
        (1000 + 70 * y + 30 * x) as u16 + 10 * frame as u16
    })
}

fn triple() -> Vec<(&'static str, Vec<u8>)> {
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

#[test]
fn predictions_of_another_size_are_told() {
    let (report, warnings) = run(
        1,
        vec![
            ("1_gt.png", ground_truth(1)),
            ("1_fp32.npy", npy(12, 16, |y, x| 1.0 + (y + x) as f32)),
        ],
    );
    assert!(report.expect("a report")["metrics"].is_null());
    assert!(
        warnings
            .iter()
            .any(|text| text.contains("16 x 12") && text.contains("32 x 24")),
        "{warnings:?}"
    );
}
