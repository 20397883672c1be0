//! Sets divided into parts, summarized, written, read and merged: the report is that of one run, to the byte.

use std::collections::BTreeSet;
use std::io::Cursor;

use fathom_core::depth::{Encoding, Role, SampleKind};
use fathom_engine::query::answer;
use fathom_engine::{
    Buffers, Event, FileRow, MergeError, MergedSet, NameText, PartReader, PartRecorder, ReportRun,
    ReportSettings, RunOutcome, Update, merge,
};
use proptest::prelude::*;

use crate::made_files::{MadeFiles, ground_truth, npy, prediction};
use crate::report_runs::driven;

type Files = Vec<(String, Vec<u8>)>;

/// Frames in three roles, with a board where it is wanted.
fn set(frames: usize, has_board: bool) -> Files {
    let mut out = Files::new();
    for frame in 0..frames {
        out.push((format!("set/gt/{frame:02}.png"), ground_truth(frame)));
        out.push((format!("set/fp32/{frame:02}.npy"), prediction(frame, false)));
        out.push((format!("set/int8/{frame:02}.npy"), prediction(frame, true)));
        if has_board {
            out.push((format!("set/board/{frame:02}.npy"), prediction(frame, true)));
        }
    }
    out.sort();
    out
}

fn run_of(files: &Files, settings: &ReportSettings) -> (MadeFiles, ReportRun) {
    let rows = files.iter().enumerate();
    let rows = rows.map(|(source, (path, _))| FileRow::new(path.clone(), None, source, None));
    let run = ReportRun::new(rows.collect(), settings.clone(), NameText::default());
    let bytes = files.iter().map(|(_, bytes)| bytes.clone());
    (MadeFiles(bytes.collect()), run)
}

fn whole(files: &Files, settings: &ReportSettings) -> String {
    let (disk, mut run) = run_of(files, settings);
    let end = driven(2, &disk, &mut run, &mut PartRecorder::default());
    json(&end.expect("a report is wanted").expect("a report"))
}

fn json(outcome: &RunOutcome) -> String {
    outcome.report().to_json().expect("JSON")
}

fn part(files: &Files, settings: &ReportSettings) -> Vec<u8> {
    let (disk, run) = run_of(files, settings);
    let mut run = run.until_compared();
    let mut recorder = PartRecorder::default();
    let end = driven(2, &disk, &mut run, &mut recorder);
    assert!(end.is_none(), "{end:?}");
    recorder.write(&run, Vec::new()).expect("written")
}

fn merged(parts: &[Vec<u8>]) -> Result<String, MergeError> {
    let open = |(i, bytes): (usize, &Vec<u8>)| {
        PartReader::open(&format!("part-{i}"), Cursor::new(bytes.clone()))
    };
    let parts: Result<Vec<_>, _> = parts.iter().enumerate().map(open).collect();
    let MergedSet {
        mut run,
        depths,
        pairs,
    } = merge(parts?, NameText::default(), false)?;
    let mut events: Vec<Event<Buffers>> = run.resume();
    loop {
        for event in std::mem::take(&mut events) {
            let Event::Query(key, _, query) = event else {
                panic!("{event:?}");
            };
            let result = Box::new(answer(&query, &depths, Some(&pairs)));
            events.extend(run.on_update(Update::Result(key, result)));
        }
        if let Some(end) = run.take_end() {
            return Ok(json(&end.expect("a report")));
        }
    }
}

/// The frames of each part, as files.
fn divided(files: &Files, of_frame: &[usize]) -> Vec<Files> {
    let parts: BTreeSet<usize> = of_frame.iter().copied().collect();
    let frame = |path: &str| -> usize {
        let name = path.rsplit('/').next().expect("a name");
        name[..2].parse().expect("a number")
    };
    let own = |part: usize| {
        let own = files
            .iter()
            .filter(|(path, _)| of_frame[frame(path)] == part);
        own.cloned().collect()
    };
    parts.into_iter().map(own).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_division_gives_the_report_of_one_run(
        of_frame in prop::collection::vec(0_usize..4, 2..9),
        has_board in any::<bool>(),
    ) {
        let files = set(of_frame.len(), has_board);
        let settings = ReportSettings::default();
        let parts: Vec<Vec<u8>> =
            divided(&files, &of_frame).iter().map(|files| part(files, &settings)).collect();
        prop_assert_eq!(merged(&parts), Ok(whole(&files, &settings)));
    }
}

#[test]
fn parts_without_predictions_add_their_depths() {
    let mut files = set(5, false);
    files.retain(|(path, _)| path.contains("gt") || !path.contains("/04."));
    let settings = ReportSettings::default();
    let parts: Vec<Vec<u8>> = divided(&files, &[0, 0, 1, 1, 2])
        .iter()
        .map(|files| part(files, &settings))
        .collect();
    assert_eq!(merged(&parts), Ok(whole(&files, &settings)));
}

#[test]
fn pixels_in_bins_are_merged_exactly() {
    // 3,000,000 pixels are kept one by one.
    let large = |frame: usize, role: &str| {
        let wave = |y: usize, x: usize| ((x + 3 * y + frame) % 7) as f32 * 0.004;
        npy(1200, 1000, |y, x| {
            let depth_m = 1.0 + 0.0007 * y as f32 + 0.0013 * x as f32 + 0.01 * frame as f32;
            let fp32 = 1.02 * depth_m + wave(y, x);
            match role {
                "gt" => depth_m,
                "fp32" => fp32,
                _ => (fp32 / 0.05).round() * 0.05,
            }
        })
    };
    let mut files = Files::new();
    for frame in 0..3 {
        for role in ["gt", "fp32", "int8"] {
            files.push((format!("set/{role}/{frame:02}.npy"), large(frame, role)));
        }
    }
    files.sort();
    let settings = ReportSettings::default();
    let parts: Vec<Vec<u8>> = divided(&files, &[1, 0, 1])
        .iter()
        .map(|files| part(files, &settings))
        .collect();
    assert_eq!(merged(&parts), Ok(whole(&files, &settings)));
}

#[test]
fn parts_that_do_not_fit_are_refused_by_name() {
    let files = set(4, false);
    let settings = ReportSettings::default();
    let of = |frames: [usize; 4]| divided(&files, &frames);
    let halves = of([0, 0, 1, 1]);
    let first = part(&halves[0], &settings);
    let error = |parts: &[Vec<u8>]| merged(parts).expect_err("refused").to_string();

    assert!(error(&[]).contains("nothing to merge"));
    let twice = error(&[first.clone(), part(&files, &settings)]);
    assert!(
        twice.contains("set/fp32/00.npy is in both part-0 and part-1"),
        "{twice}"
    );
    let stated = ReportSettings {
        encodings: vec![((Role::Float, SampleKind::Float), Encoding::METRES)],
        ..ReportSettings::default()
    };
    let other = error(&[first.clone(), part(&halves[1], &stated)]);
    assert!(
        other.contains("different units") && other.contains("--unit"),
        "{other}"
    );

    // Ground truth in one part, its predictions in another.
    let (truth, rest): (Files, Files) = halves[1]
        .iter()
        .cloned()
        .partition(|(path, _)| path.contains("/gt/"));
    let apart = error(&[
        first.clone(),
        part(&truth, &settings),
        part(&rest, &settings),
    ]);
    assert!(
        apart.contains("frame 02") && apart.contains("several parts"),
        "{apart}"
    );

    let mut cut = first.clone();
    cut.truncate(cut.len() - 5);
    let damaged = error(&[cut]);
    assert!(damaged.starts_with("part-0: it is damaged"), "{damaged}");
}
