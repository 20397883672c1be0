//! A numpy script recomputes every figure of a report from the files, for small maps and for real frames.
//!
//! The real frames are read from `FATHOM_DATA`, or else from `../shared/data`; without them their test is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::python;
use crate::full_report::{Set, report_of, write_npy, write_small};
use fathom_analysis::compare::{Alignment, EvalProtocol, Evaluator};
use fathom_analysis::{Policy, RangeSettings};
use fathom_core::quant::{Bits, CodeKind};
use fathom_report::report::Report;
use serde_json::Value;

/// Runs the script on a report and the folder of its files. Returns true if it agrees, and its output.
fn run(name: &str, json: &str, folder: &Path) -> (bool, String) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.report.json"));
    fs::write(&path, json).expect("written");
    let out = python("numpy, scipy, PIL")
        .expect("it was found")
        .arg(crate::common::root().join("tests/golden/check_report.py"))
        .arg(&path)
        .arg(folder)
        .output()
        .expect("python3");
    let text = String::from_utf8_lossy(&out.stdout);
    let errors = String::from_utf8_lossy(&out.stderr);
    (out.status.success(), format!("{text}{errors}"))
}

/// Asserts that the script agrees with a report.
#[track_caller]
fn check(name: &str, report: &Report, folder: &Path) {
    let (agrees, text) = run(name, &report.to_json().expect("JSON"), folder);
    assert!(agrees, "{name}:\n{text}");
    eprintln!("{name}: {text}");
}

/// One number of every section: its JSON pointer, and its name in the script's output.
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

/// Writes one frame of distinct depths without gaps, in metres and double precision.
fn write_smooth(folder: &Path) {
    const WIDTH: usize = 300;
    const HEIGHT: usize = 240;
    for role in ["gt", "fp32", "int8"] {
        fs::create_dir_all(folder.join(role)).expect("a folder");
    }
    let count = (WIDTH * HEIGHT) as f64;
    let share = |i: usize| (i as f64 + 0.5) / count;
    // Log-logistic depths, with long tails on both sides.
    let depth_m = |i: usize| 2.0 * libm::pow(share(i) / (1.0 - share(i)), 0.35);
    let gt: Vec<f64> = (0..WIDTH * HEIGHT).map(depth_m).collect();
    let bytes: Vec<u8> = gt.iter().flat_map(|v| v.to_le_bytes()).collect();
    let shape = (HEIGHT, WIDTH);
    write_npy(&folder.join("gt/smooth.npy"), "<f8", shape, &bytes);
    let fp32: Vec<f32> = gt.iter().map(|g| (1.01 * g) as f32).collect();
    let int8: Vec<f32> = fp32.iter().map(|f| (f / 0.05).round() * 0.05).collect();
    for (role, map) in [("fp32", fp32), ("int8", int8)] {
        let bytes: Vec<u8> = map.iter().flat_map(|v| v.to_le_bytes()).collect();
        write_npy(&folder.join(role).join("smooth.npy"), "<f4", shape, &bytes);
    }
}

#[test]
fn the_script_finds_a_wrong_number_in_every_section() {
    if python("numpy, scipy, PIL").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-wrong");
    write_small(&folder);
    let set = Set::read(&folder);
    let how = Some(RangeSettings::default());
    let report = report_of(&set, EvalProtocol::default(), None, how);
    let mut json = serde_json::to_value(report).expect("JSON");
    for (pointer, _) in NUMBERS {
        let number = json.pointer_mut(pointer).expect(pointer);
        let value = number.as_f64().expect(pointer);
        *number = Value::from(value * (1.0 + 1e-4));
    }
    let (agrees, text) = run("wrong", &json.to_string(), &folder);
    assert!(!agrees, "{text}");
    for (_, name) in NUMBERS {
        let is_listed = text.lines().any(|line| line.starts_with(name));
        assert!(is_listed, "{name} is not among\n{text}");
    }
}

#[test]
fn numpy_agrees_with_every_figure_of_small_maps() {
    if python("numpy, scipy, PIL").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-triple");
    write_small(&folder);
    let set = Set::read(&folder);
    let fitted = |alignment, frozen| EvalProtocol {
        alignment,
        frozen,
        ..EvalProtocol::default()
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
        // The figures of the distribution do not depend on the evaluator.
        let depths = (evaluator == Some(Evaluator::Plain)).then(RangeSettings::default);
        let report = report_of(&set, protocol, evaluator, depths);
        check(&name, &report, &folder);
    }
}

/// Writes the small maps with the INT8 output of a sigmoid disparity head: 7 bits with equal steps in inverse depth.
fn write_disparities(folder: &Path) {
    write_small(folder);
    let shape = (44, 60);
    for k in 0..12 {
        let name = format!("frame_{k:02}.npy");
        let bytes = fs::read(folder.join("fp32").join(&name)).expect("a map");
        let data = &bytes[bytes.len() - 4 * shape.0 * shape.1..];
        let code = |value: &[u8; 4]| {
            let disparity = 1.0 / f64::from(f32::from_le_bytes(*value));
            let code = ((disparity - 0.31) / 0.017).round().clamp(0.0, 127.0);
            (1.0 / (0.31 + 0.017 * code)) as f32
        };
        let coded: Vec<u8> = data
            .as_chunks()
            .0
            .iter()
            .flat_map(|value| code(value).to_le_bytes())
            .collect();
        write_npy(&folder.join("int8").join(&name), "<f4", shape, &coded);
    }
}

#[test]
fn numpy_agrees_where_the_steps_are_equal_in_inverse_depth() {
    if python("numpy, scipy, PIL").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-disparities");
    write_disparities(&folder);
    let set = Set::read(&folder);
    for alignment in [Alignment::None, Alignment::LeastSquares] {
        let protocol = EvalProtocol {
            alignment,
            ..EvalProtocol::default()
        };
        let report = report_of(&set, protocol, None, None);
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["budget"]["grid"]["quantity"], "inverse depth");
        check(&format!("disparities-{alignment:?}"), &report, &folder);
    }
}

/// On smooth depths a dense search finds no end that is better by a millionth, and no range that is better by twenty millionths.
#[test]
fn numpy_agrees_and_finds_no_better_range_on_smooth_depths() {
    if python("numpy, scipy, PIL").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smooth");
    write_smooth(&folder);
    let how = Some(RangeSettings::default());
    let report = report_of(&Set::read(&folder), EvalProtocol::default(), None, how);
    check("smooth", &report, &folder);
}

#[test]
fn numpy_agrees_under_every_policy_code_and_width() {
    if python("numpy, scipy, PIL").is_none() {
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
        let how = RangeSettings {
            policy,
            code,
            bits,
            ..RangeSettings::default()
        };
        let report = report_of(&set, EvalProtocol::default(), None, Some(how));
        check(name, &report, &folder);
    }
}

#[test]
fn numpy_agrees_with_every_figure_of_the_real_triple() {
    let data = std::env::var_os("FATHOM_DATA").map_or_else(
        || crate::common::root().join("../shared/data"),
        PathBuf::from,
    );
    let folder = data.join("triple");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
    if python("numpy, scipy, PIL").is_none() {
        return;
    }
    let set = Set::read(&folder);
    let report = report_of(
        &set,
        EvalProtocol::default(),
        Some(Evaluator::Plain),
        Some(RangeSettings::default()),
    );
    check("triple", &report, &folder);
    // The evaluators that change the pixels most before measuring. The small maps are tested with all evaluators.
    for evaluator in [Evaluator::KittiDevkit, Evaluator::Monodepth2] {
        let report = report_of(&set, evaluator.protocol(), Some(evaluator), None);
        check(&format!("triple-{evaluator:?}"), &report, &folder);
    }
}
