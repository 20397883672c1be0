//! `fathom analyse` as users run it: on maps made here, and on real sets beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn fathom(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fathom"));
    command.arg("analyse").args(arguments);
    command.output().expect("the program runs")
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of this test's own with three roles of four frames: a slanted room, a prediction, and that prediction in steps of 50 mm.
fn set(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        // What an earlier run of the tests left.
        fs::remove_dir_all(&folder).expect("removed");
    }
    for role in ["gt", "fp32", "int8"] {
        fs::create_dir_all(folder.join(role)).expect("a folder");
        for frame in 0..4 {
            let file = folder.join(role).join(format!("room_{frame}.npy"));
            fs::write(file, npy(role, frame)).expect("a file");
        }
    }
    folder
}

fn npy(role: &str, frame: usize) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (30, 40), }\n";
    bytes.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
    bytes.extend(header.bytes());
    for at in 0..1200 {
        let (y, x) = (at / 40, at % 40);
        let gt = 1.0 + 0.06 * y as f32 + 0.02 * x as f32 + 0.01 * frame as f32;
        let fp32 = 1.02 * gt + 0.004 * ((x + 3 * y + frame) % 7) as f32;
        let depth_m = match role {
            "gt" => gt,
            "fp32" => fp32,
            _ => (fp32 / 0.05).round() * 0.05,
        };
        bytes.extend(depth_m.to_le_bytes());
    }
    bytes
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

fn report_of(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out).expect("a report")).expect("JSON")
}

#[test]
fn a_folder_gives_one_report_whatever_the_number_of_threads_and_the_memory() {
    let set = set("analyse-threads");
    let mut reports = Vec::new();
    for (threads, memory) in [("1", "2000"), ("3", "2000"), ("2", "0")] {
        let out = set.with_extension(format!("{threads}-{memory}.json"));
        let output = fathom(&[
            path(&set),
            "--threads",
            threads,
            "--memory",
            memory,
            "-o",
            path(&out),
        ]);
        assert!(output.status.success(), "{}", error_of(&output));
        assert_eq!(error_of(&output), "");
        reports.push(fs::read(&out).expect("a report"));
    }
    assert!(reports[0] == reports[1] && reports[0] == reports[2]);
    let report: Value = serde_json::from_slice(&reports[0]).expect("JSON");
    let step = report["budget"]["grid"]["step"]
        .as_f64()
        .expect("INT8's steps");
    assert!((step - 0.05).abs() < 1e-6, "{step}");
    assert_eq!(report["inputs"].as_array().map(Vec::len), Some(12));
    assert_eq!(
        report["inputs"][0]["name"],
        "analyse-threads/fp32/room_0.npy"
    );
    assert_eq!(report["searches"], "none");
}

#[test]
fn flags_state_roles_and_searches() {
    let set = set("analyse-flags");
    let out = set.with_extension("json");
    // The folders' names say something else.
    let (gt, fp32) = (set.join("int8"), set.join("gt"));
    let output = fathom(&[
        "--gt",
        path(&gt),
        "--fp32",
        path(&fp32),
        "--searches",
        "all",
        "-o",
        path(&out),
    ]);
    assert!(output.status.success(), "{}", error_of(&output));
    let report = report_of(&out);
    let role = |at: usize| {
        (
            report["inputs"][at]["name"].clone(),
            report["inputs"][at]["role"].clone(),
        )
    };
    assert_eq!(role(0), ("gt/room_0.npy".into(), "fp32".into()));
    assert_eq!(role(4), ("int8/room_0.npy".into(), "gt".into()));
    assert_eq!(report["searches"], "all");
    assert!(!report["optima"].is_null());
}

#[test]
fn what_cannot_be_read_is_one_sentence_with_the_file() {
    let set = set("analyse-errors");
    let out = set.with_extension("json");
    let bad = set.join("gt").join("room_9.npy");
    fs::write(&bad, b"no numbers").expect("a file");
    let output = fathom(&[path(&set), "-o", path(&out)]);
    assert!(output.status.success());
    let told = error_of(&output);
    assert!(
        told.starts_with("analyse-errors/gt/room_9.npy: ") && told.lines().count() == 1,
        "{told}"
    );
    fs::remove_file(&bad).expect("removed");
    let empty = set.join("empty");
    fs::create_dir_all(&empty).expect("a folder");
    let nowhere = set.join("nowhere").join("report.json");
    fs::write(set.join("only.npy"), b"x").expect("a file");
    for (arguments, words) in [
        (vec![path(&empty)], "no file ends like a depth map"),
        (vec!["not-there"], "not-there: "),
        (vec![path(&set), "-o", path(&nowhere)], "report.json: "),
        (vec!["--searches", "some"], "some"),
    ] {
        let output = fathom(&arguments);
        let told = error_of(&output);
        assert!(
            !output.status.success() && told.contains(words),
            "{arguments:?}: {told}"
        );
    }
    let only = set.join("only.npy");
    let output = fathom(&[path(&only), "-o", path(&out)]);
    let told = error_of(&output);
    assert!(
        !output.status.success() && told.contains("None of these files"),
        "{told}"
    );
    assert!(told.contains("only.npy: "), "{told}");
}

/// Turns a map of [`npy`] upside down.
fn turned(bytes: &[u8]) -> Vec<u8> {
    let (header, rows) = bytes.split_at(bytes.len() - 1200 * 4);
    let rows = rows.chunks(40 * 4).rev().flatten();
    header.iter().chain(rows).copied().collect()
}

#[test]
fn maps_upside_down_get_no_verdict_before_they_are_repaired() {
    let right = set("analyse-right");
    let wrong = set("analyse-turned");
    for role in ["fp32", "int8"] {
        for frame in 0..4 {
            let file = wrong.join(role).join(format!("room_{frame}.npy"));
            fs::write(file, turned(&npy(role, frame))).expect("a file");
        }
    }
    let run = |set: &Path, repairs: &[&str]| {
        let out = set.with_extension("json");
        let mut arguments = vec![path(set), "-o", path(&out)];
        arguments.extend(repairs.iter().flat_map(|repair| ["--repair", repair]));
        let output = fathom(&arguments);
        assert!(output.status.success(), "{}", error_of(&output));
        (report_of(&out), error_of(&output))
    };
    let (report, said) = run(&wrong, &[]);
    assert!(report["verdicts"].is_null() && report["planner"].is_null());
    assert!(said.contains("another orientation"), "{said}");
    let repairs = ["fp32:flip=rows", "int8:flip=rows"];
    let flags = repairs.map(|repair| format!("--repair {repair}")).join(" ");
    assert!(said.contains(&flags), "{said}");

    let (repaired, said) = run(&wrong, &repairs);
    let (wanted, _) = run(&right, &[]);
    assert_eq!(said, "");
    assert_eq!(repaired["metrics"], wanted["metrics"]);
    assert_eq!(repaired["verdicts"], wanted["verdicts"]);
    for input in repaired["inputs"].as_array().expect("inputs") {
        let is_flipped = input["repairs"][0]["name"] == "flip";
        assert_eq!(is_flipped, input["role"] != "gt", "{input}");
    }

    let output = fathom(&[path(&wrong), "--repair", "fp32:flip=left"]);
    assert!(!output.status.success());
    assert!(
        error_of(&output).contains("no value of flip"),
        "{}",
        error_of(&output)
    );
}
