//! `fathom analyse` as users run it: on maps made here, and on real sets beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use fathom_report::link::{SharedStudy, decode};
use serde_json::Value;

use crate::program::{error_of, fathom, folder, json_of, npy, path, room, text};

fn analyse(arguments: &[&str]) -> Output {
    fathom(&[&["analyse"], arguments].concat())
}

/// A folder of this test's own with three roles of four frames: a slanted room, a prediction, and that prediction in steps of 50 mm.
fn set(name: &str) -> PathBuf {
    let folder = folder(name);
    for role in ["gt", "fp32", "int8"] {
        fs::create_dir_all(folder.join(role)).expect("a folder");
        for frame in 0..4 {
            let file = folder.join(role).join(format!("room_{frame}.npy"));
            fs::write(file, room(role, frame)).expect("a file");
        }
    }
    folder
}

#[test]
fn a_folder_gives_one_report_whatever_the_number_of_threads_and_the_memory() {
    let set = set("analyse-threads");
    let mut reports = Vec::new();
    for (threads, memory) in [("1", "2000"), ("3", "2000"), ("2", "0")] {
        let out = set.with_extension(format!("{threads}-{memory}.json"));
        let output = analyse(&[
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
    let output = analyse(&[
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
    let told = text(&output.stdout);
    assert!(told.contains("add INT8 predictions (--int8)."), "{told}");
    let report = json_of(&out);
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
fn files_of_other_names_are_paired_in_their_order() {
    let set = set("analyse-order");
    let out = set.with_extension("json");
    let rmse = |flags: &[&str]| {
        let output = analyse(&[&[path(&set), "-o", path(&out)], flags].concat());
        assert!(output.status.success(), "{}", error_of(&output));
        let pooled = &json_of(&out)["metrics"]["fp32"]["pooled"];
        pooled["rmse"].as_f64().expect("a number")
    };
    let by_name = rmse(&[]);
    for (frame, stamp) in [9, 10, 11, 100].into_iter().enumerate() {
        let gt = set.join("gt");
        let (from, to) = (format!("room_{frame}.npy"), format!("t{stamp}.npy"));
        fs::rename(gt.join(from), gt.join(to)).expect("renamed");
    }
    let output = analyse(&[path(&set), "-o", path(&out)]);
    assert_eq!(output.status.code(), Some(2));
    let told = error_of(&output);
    assert!(
        told.contains("Answer with --pair order") && told.lines().count() == 1,
        "{told}"
    );
    // Frames add up in another order, which changes the last digit.
    assert!((rmse(&["--pair", "order"]) - by_name).abs() < 1e-12);
    fs::remove_file(set.join("gt/t9.npy")).expect("removed");
    let output = analyse(&[path(&set), "--pair", "order", "-o", path(&out)]);
    assert_eq!(output.status.code(), Some(2));
    let told = error_of(&output);
    assert!(
        told.starts_with("Files were not paired in order") && told.contains("Ground truth 3"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_read_is_one_sentence_with_the_file() {
    let set = set("analyse-errors");
    let out = set.with_extension("json");
    let bad = set.join("gt").join("room_9.npy");
    fs::write(&bad, b"no numbers").expect("a file");
    let output = analyse(&[path(&set), "-o", path(&out)]);
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
    let texts = set.join("texts");
    fs::create_dir_all(&texts).expect("a folder");
    fs::write(texts.join("notes.txt"), b"x").expect("a file");
    fs::write(set.join("only.npy"), b"x").expect("a file");
    for (arguments, words) in [
        (vec![path(&empty)], "there is no file in it"),
        (
            vec![path(&texts)],
            "no file has the extension of a depth map",
        ),
        (
            vec!["not-there"],
            "not-there: there is no such file or folder",
        ),
        (
            vec![path(&set), "-o", path(&nowhere)],
            "report.json: there is no folder to write it to",
        ),
        (vec![path(&set), "--md", path(&set)], "it is a folder"),
        (vec!["--searches", "some"], "some"),
        (vec!["--threads", "many"], "many is no whole number"),
        (vec!["--htlm", "report.html"], "--html"),
    ] {
        let output = analyse(&arguments);
        let told = error_of(&output);
        assert!(
            !output.status.success() && told.contains(words),
            "{arguments:?}: {told}"
        );
    }
    let only = set.join("only.npy");
    let output = analyse(&[path(&only), "-o", path(&out)]);
    let told = error_of(&output);
    assert!(
        !output.status.success() && told.contains("None of these files"),
        "{told}"
    );
    assert!(told.contains("only.npy: "), "{told}");
}

/// Turns a [`room`] upside down.
fn turned(bytes: &[u8]) -> Vec<u8> {
    let (header, rows) = bytes.split_at(bytes.len() - 1200 * 4);
    let rows = rows.chunks(40 * 4).rev().flatten();
    header.iter().chain(rows).copied().collect()
}

#[test]
fn maps_upside_down_are_asked_about_and_repaired() {
    let right = set("analyse-right");
    let wrong = set("analyse-turned");
    for role in ["fp32", "int8"] {
        for frame in 0..4 {
            let file = wrong.join(role).join(format!("room_{frame}.npy"));
            fs::write(file, turned(&room(role, frame))).expect("a file");
        }
    }
    let run = |set: &Path, more: &[&str]| {
        let out = set.with_extension("json");
        // What an earlier run left; there is none at first.
        drop(fs::remove_file(&out));
        let mut arguments = vec![path(set), "-o", path(&out)];
        arguments.extend(more);
        (analyse(&arguments), out)
    };
    let (asked, out) = run(&wrong, &[]);
    let told = error_of(&asked);
    assert_eq!(asked.status.code(), Some(2), "{told}");
    assert!(
        told.contains("another orientation") && !out.exists(),
        "{told}"
    );
    let repairs = ["fp32:flip=rows", "int8:flip=rows"];
    let flags = repairs.map(|repair| format!("--repair {repair}")).join(" ");
    assert!(told.contains(&flags) && told.contains("--as-is"), "{told}");

    let (output, out) = run(&wrong, &["--repair", repairs[0], "--repair", repairs[1]]);
    assert!(output.status.success(), "{}", error_of(&output));
    let repaired = json_of(&out);
    let (output, out) = run(&right, &[]);
    assert!(output.status.success(), "{}", error_of(&output));
    let wanted = json_of(&out);
    assert_eq!(repaired["metrics"], wanted["metrics"]);
    assert_eq!(repaired["verdicts"], wanted["verdicts"]);
    for input in repaired["inputs"].as_array().expect("inputs") {
        let is_flipped = input["repairs"][0]["name"] == "flip";
        assert_eq!(is_flipped, input["role"] != "gt", "{input}");
    }
    let (output, out) = run(&wrong, &["--as-is"]);
    assert!(output.status.success(), "{}", error_of(&output));
    let kept = json_of(&out);
    assert!(kept["metrics"] != wanted["metrics"] && !kept["verdicts"].is_null());

    let output = analyse(&[path(&wrong), "--repair", "fp32:flip=left"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error_of(&output).contains("no value of flip"));
}

/// A map of 16-bit samples as NPY.
fn integers(of: impl Fn(usize) -> u16) -> Vec<u8> {
    npy("<u2", (0..1200).flat_map(|at| of(at).to_le_bytes()))
}

#[test]
fn a_doubtful_unit_is_asked_about_and_stated() {
    let folder = folder("analyse-unit");
    let file = folder.join("room.npy");
    // 8 m in millimetres, or 0.8 m in tenths of them.
    fs::write(&file, integers(|at| 8000 + (at % 300) as u16 * 10)).expect("a file");
    let out = folder.join("report.json");
    let asked = analyse(&[path(&file), "-o", path(&out)]);
    let told = error_of(&asked);
    assert_eq!(asked.status.code(), Some(2), "{told}");
    let flags = ["--unit gt=mm (median", "--unit gt=0.1mm (median"];
    assert!(flags.iter().all(|flag| told.contains(flag)), "{told}");
    for (unit, max_m) in [("gt=0.1mm", 1.099), ("mm", 10.99), ("1/4000", 2.7475)] {
        let output = analyse(&[path(&file), "-o", path(&out), "--unit", unit]);
        assert!(output.status.success(), "{}", error_of(&output));
        let report = json_of(&out);
        assert_eq!(report["distribution"]["max"], max_m, "{unit}");
    }
    let output = analyse(&[path(&file), "--unit", "gt=inch"]);
    assert!(output.status.code() == Some(2) && error_of(&output).contains("1/4000"));
}

#[test]
fn flags_state_how_it_is_measured() {
    let set = set("analyse-measure");
    let out = set.with_extension("json");
    let output = analyse(&[
        path(&set),
        "--evaluator",
        "nyu",
        "--range",
        "0.5,4",
        "--bits",
        "6",
        "--policy",
        "exclude",
        "--crop",
        "nyu",
        "--window",
        ",3",
        "--markers",
        "none",
        "-o",
        path(&out),
    ]);
    assert!(output.status.success(), "{}", error_of(&output));
    let report = json_of(&out);
    let settings = &report["settings"];
    assert_eq!(
        (
            &settings["bits"],
            &settings["policy"],
            &settings["crop"],
            &settings["eval_max"]
        ),
        (&6.into(), &"exclude".into(), &"nyu".into(), &3.0.into())
    );
    assert_eq!(report["bits"]["max"], 4.0);
    assert_eq!(
        report["metrics"]["protocol"]["name"],
        "BTS / ZoeDepth, NYUv2"
    );
    assert_eq!(report["metrics"]["resampling"]["average"], "per frame");
    assert!(report["distribution"]["max"].as_f64().expect("a depth") <= 3.0);
    for (flag, value, words) in [
        ("--range", "4,2", "start"),
        ("--bits", "17", "1 to 16"),
        ("--evaluator", "other", "monodepth2"),
        ("--window", "x", "0.5,15"),
        ("--model", "no.onnx", "no.onnx"),
    ] {
        let output = analyse(&[path(&set), flag, value]);
        let told = error_of(&output);
        assert!(
            output.status.code() == Some(2) && told.contains(words),
            "{flag}: {told}"
        );
    }
}

#[test]
fn documents_and_links_are_made_of_one_result() {
    let set = set("analyse-outputs");
    let file = |end: &str| set.with_extension(end);
    let (json, html, md) = (file("json"), file("html"), file("md"));
    let arguments = ["-o", path(&json), "--html", path(&html), "--md", path(&md)];
    let output = analyse(&[&[path(&set)], &arguments[..]].concat());
    assert!(output.status.success(), "{}", error_of(&output));
    let told = text(&output.stdout);
    assert!(
        told.contains("What should I do?") && told.contains("outputs.html"),
        "{told}"
    );
    // Nothing is missing.
    assert!(!told.contains("add "), "{told}");
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    let text = read(&html);
    let title = "<title>What INT8 does to these depth maps</title>";
    assert!(text.contains(title) && text.matches("data:image/svg+xml").count() >= 5);
    // FP32, INT8 and their difference, with the scale of each.
    assert_eq!(text.matches("data:image/png;base64,").count(), 3);
    assert_eq!(text.matches("<span class=\"scale\">").count(), 3);
    assert!(text.contains("Frame with the largest loss: room_"));
    let markdown = read(&md);
    assert!(markdown.starts_with("# What INT8 does to these depth maps"));
    assert!(
        !markdown.contains("Frame with the largest loss: "),
        "no picture"
    );

    let printed = |more: &[&str]| {
        let output = analyse(&[&[path(&set)], more].concat());
        assert!(output.status.success(), "{}", error_of(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(printed(&["--md", "-"]), read(&md));
    assert_eq!(printed(&["--json"]), read(&json));
    assert_eq!(printed(&["-o", "-"]), read(&json));
    let link = printed(&[
        "--link",
        "--site",
        "https://example.org/fathom/",
        "--title",
        "After",
    ]);
    let fragment = link.trim().strip_prefix("https://example.org/fathom/#");
    let page = decode(fragment.expect("an address"))
        .expect("readable")
        .expect("a page");
    let study = SharedStudy::from_bytes(&page.study).expect("a study");
    assert_eq!((study.title.as_str(), study.frames.len()), ("After", 0));
    assert_eq!(study.comparison.expect("a comparison").compared().frames, 4);
    let named = printed(&["--link", "--frame-names"]);
    let page = decode(named.trim()).expect("readable").expect("a page");
    let study = SharedStudy::from_bytes(&page.study).expect("a study");
    assert_eq!(study.frames.len(), 4);

    for (more, words) in [
        (&["--json", "--md", "-"][..], "standard output"),
        (&["--site", "https://example.org"], "--link"),
    ] {
        let output = analyse(&[&[path(&set)], more].concat());
        let told = error_of(&output);
        assert!(
            output.status.code() == Some(2) && told.contains(words),
            "{told}"
        );
    }
}

#[test]
fn without_files_the_sample_is_analysed() {
    let output = analyse(&["--json", "--searches", "none"]);
    assert!(output.status.success(), "{}", error_of(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["distribution"]["count"], 2_185_607.0);
    assert!(report["inputs"].is_null() && !report["verdicts"].is_null());
}

#[test]
fn a_board_and_a_mask_have_flags() {
    let set = set("analyse-board");
    let beside = set.with_extension("beside");
    fs::create_dir_all(&beside).expect("a folder");
    for frame in 0..4 {
        let file = beside.join(format!("room_{frame}.npy"));
        fs::write(file, room("int8", frame)).expect("a file");
    }
    let mask = set.with_extension("mask.npy");
    fs::write(&mask, integers(|at| u16::from(at % 40 < 20))).expect("a file");
    let out = set.with_extension("json");
    let flags = [
        "--board",
        path(&beside),
        "--mask",
        path(&mask),
        "-o",
        path(&out),
    ];
    let output = analyse(&[&[path(&set)], &flags[..]].concat());
    assert!(output.status.success(), "{}", error_of(&output));
    let report = json_of(&out);
    let metrics = &report["metrics"];
    assert_eq!(metrics["board"]["pooled"], metrics["int8"]["pooled"]);
    assert_eq!(metrics["int8"]["count"], 4.0 * 600.0);
}
