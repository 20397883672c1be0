//! The whole report of small maps and, where they are at hand, of a real triple: numpy recomputes every figure from the files, and the
//! schema and its documentation know every key.

#[path = "common/full_report.rs"]
mod full_report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fathom::analysis::Report;
use fathom::compare::{Alignment, Evaluator, Protocol};
use full_report::{Set, report_of, write_small};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the script can run here; says so where it cannot.
fn has_python() -> bool {
    let imports = Command::new("python3")
        .args(["-c", "import numpy, scipy, PIL"])
        .output();
    let has = imports.is_ok_and(|out| out.status.success());
    if !has {
        eprintln!("skipped: python3 with numpy, scipy and Pillow is not at hand");
    }
    has
}

/// Runs the script on a report and the folders of its files.
#[track_caller]
fn check(name: &str, report: &Report, folder: &Path) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.report.json"));
    fs::write(&path, report.to_json().expect("JSON")).expect("written");
    let out = Command::new("python3")
        .arg(root().join("tests/golden/check_report.py"))
        .arg(&path)
        .arg(folder)
        .output()
        .expect("python3");
    let text = String::from_utf8_lossy(&out.stdout);
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{name}:\n{text}{errors}");
    eprintln!("{name}: {text}");
}

#[test]
fn numpy_agrees_with_every_figure_of_small_maps() {
    if !has_python() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-triple");
    write_small(&folder);
    let set = Set::read(&folder);
    let fitted = |alignment, frozen| Protocol {
        alignment,
        frozen,
        ..Protocol::default()
    };
    let cases = [
        ("plain", Evaluator::Plain.protocol(), Some(Evaluator::Plain)),
        (
            "monodepth2",
            Evaluator::Monodepth2.protocol(),
            Some(Evaluator::Monodepth2),
        ),
        (
            "bts",
            Evaluator::BtsKitti.protocol(),
            Some(Evaluator::BtsKitti),
        ),
        (
            "depth-anything",
            Evaluator::DepthAnythingIndoor.protocol(),
            Some(Evaluator::DepthAnythingIndoor),
        ),
        (
            "kitti",
            Evaluator::KittiDevkit.protocol(),
            Some(Evaluator::KittiDevkit),
        ),
        ("least-squares", fitted(Alignment::LeastSquares, true), None),
    ];
    for (name, protocol, evaluator) in cases {
        // The distribution is the same for all: one is enough.
        let report = report_of(&set, protocol, evaluator, name == "plain");
        check(name, &report, &folder);
    }
}

#[test]
fn numpy_agrees_with_every_figure_of_the_real_triple() {
    let data = std::env::var_os("FATHOM_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let folder = data.join("triple");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
    if !has_python() {
        return;
    }
    let set = Set::read(&folder);
    let report = report_of(&set, Protocol::default(), Some(Evaluator::Plain), true);
    check("triple", &report, &folder);
}
