//! The whole report of small maps and, where they are at hand, of a real triple: numpy recomputes every figure from the files, and the
//! schema and its documentation know every key.

#[path = "common/full_report.rs"]
mod full_report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fathom::analysis::{Measurement, Policy, Report};
use fathom::compare::{Alignment, Evaluator, Protocol};
use fathom::quant::{Bits, CodeKind};
use full_report::{Set, report_of, write_small, write_smooth};
use serde_json::Value;

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

/// What the script says of a report and the folders of its files, and whether it agrees.
fn run(name: &str, json: &str, folder: &Path) -> (bool, String) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.report.json"));
    fs::write(&path, json).expect("written");
    let out = Command::new("python3")
        .arg(root().join("tests/golden/check_report.py"))
        .arg(&path)
        .arg(folder)
        .output()
        .expect("python3");
    let text = String::from_utf8_lossy(&out.stdout);
    let errors = String::from_utf8_lossy(&out.stderr);
    (out.status.success(), format!("{text}{errors}"))
}

/// Runs the script on a report that it must agree with.
#[track_caller]
fn check(name: &str, report: &Report, folder: &Path) {
    let (agrees, text) = run(name, &report.to_json().expect("JSON"), folder);
    assert!(agrees, "{name}:\n{text}");
    eprintln!("{name}: {text}");
}

/// One number of every section.
const NUMBERS: &[(&str, &str)] = &[
    ("/inputs/0/valid", "inputs["),
    ("/distribution/mean", "distribution.mean"),
    ("/ranges/1/rmse", "ranges[near].rmse"),
    ("/best/rmse/value", "best.rmse.value"),
    ("/optima/mae/values/rmse", "optima.mae.values.rmse"),
    ("/sweep/points/3/rmse_rounding", "sweep["),
    ("/bits/rows/2/imae", "bits[6].imae"),
    ("/calibrators/1/irmse", "calibrators["),
    ("/codes/3/silog", "codes[inverse depth].silog"),
    ("/panter_dite_rmse", "panter_dite_rmse"),
    (
        "/metrics/int8/per_frame/delta1",
        "metrics.int8.per_frame.delta1",
    ),
    ("/metrics/board/pooled/rmse", "metrics.board.pooled.rmse"),
    (
        "/metrics/changes/0/interval/0",
        "metrics.changes[rmse].interval",
    ),
    ("/budget/cross", "budget.cross"),
    (
        "/budget/predictions/half_step",
        "budget.predictions.half_step",
    ),
    ("/budget/grid/step", "grid.step"),
    ("/bands/1/q/bias", "bands[1].q.bias"),
    ("/depth_curve/0/f/spread", "depth_curve[0].f.spread"),
    ("/frames/4/rms_q", "frames[4].rms_q"),
    ("/places/bias_q/100", "places.bias_q[100]"),
    ("/artefacts/banding", "artefacts.banding"),
    ("/what_if/points/0/rmse", "what_if["),
    ("/what_if/best/rmse", "what_if.best"),
];

#[test]
fn the_script_sees_a_wrong_number_in_every_section() {
    if !has_python() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-wrong");
    write_small(&folder);
    let set = Set::read(&folder);
    let how = Some(Measurement::default());
    let report = report_of(&set, Protocol::default(), None, how);
    let mut json = serde_json::to_value(report).expect("JSON");
    for (pointer, _) in NUMBERS {
        let number = json.pointer_mut(pointer).expect(pointer);
        let value = number.as_f64().expect(pointer);
        *number = Value::from(value * (1.0 + 1e-4));
    }
    let (agrees, text) = run("wrong", &json.to_string(), &folder);
    assert!(!agrees, "{text}");
    for (_, place) in NUMBERS {
        let seen = text.lines().any(|line| line.starts_with(place));
        assert!(seen, "{place} is not among\n{text}");
    }
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
    let plain = |evaluator: Evaluator| {
        (
            format!("{evaluator:?}"),
            evaluator.protocol(),
            Some(evaluator),
        )
    };
    let fit = fitted(Alignment::LeastSquares, true);
    let cases =
        Evaluator::ALL
            .map(plain)
            .into_iter()
            .chain([("least-squares".to_owned(), fit, None)]);
    for (name, protocol, evaluator) in cases {
        // The distribution is the same for all: one is enough.
        let depths = (evaluator == Some(Evaluator::Plain)).then(Measurement::default);
        let report = report_of(&set, protocol, evaluator, depths);
        check(&name, &report, &folder);
    }
}

/// On smooth depths a dense search finds no end that is better by a millionth, and no range that is better by twenty millionths.
#[test]
fn numpy_agrees_and_finds_no_better_range_on_smooth_depths() {
    if !has_python() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smooth");
    write_smooth(&folder);
    let how = Some(Measurement::default());
    let report = report_of(&Set::read(&folder), Protocol::default(), None, how);
    check("smooth", &report, &folder);
}

#[test]
fn numpy_agrees_under_every_policy_code_and_width() {
    if !has_python() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-policies");
    write_small(&folder);
    let set = Set::read(&folder);
    let cases = [
        ("exclude", Policy::Exclude, CodeKind::Uniform, Bits::EIGHT),
        (
            "clamp",
            Policy::Clamp,
            CodeKind::UniformZeroPoint,
            Bits::EIGHT,
        ),
        (
            "count-6",
            Policy::Count,
            CodeKind::UniformZeroPoint,
            Bits::new(6).expect("a width"),
        ),
    ];
    for (name, policy, code, bits) in cases {
        let how = Measurement {
            policy,
            code,
            bits,
            ..Measurement::default()
        };
        let report = report_of(&set, Protocol::default(), None, Some(how));
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
    let report = report_of(
        &set,
        Protocol::default(),
        Some(Evaluator::Plain),
        Some(Measurement::default()),
    );
    check("triple", &report, &folder);
    // Those that do most to the pixels before they measure: the small maps have all of them.
    for evaluator in [Evaluator::KittiDevkit, Evaluator::Monodepth2] {
        let report = report_of(&set, evaluator.protocol(), Some(evaluator), None);
        check(&format!("triple-{evaluator:?}"), &report, &folder);
    }
}
