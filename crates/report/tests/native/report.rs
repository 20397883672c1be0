//! A numpy script recomputes every figure of a report from the files, for small maps and for real frames.
//!
//! The real frames are read from `FATHOM_DATA`, or else from `../shared/data`; without them their test is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::python;
use crate::full_report::{Set, report_of, write_copies, write_npy, write_small};
use fathom_analysis::compare::{Alignment, EvalProtocol, Evaluator};
use fathom_analysis::{Policy, RangeSettings};
use fathom_core::quant::{Bits, CodeKind};
use fathom_report::export::{Cell, csv, tables};
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

/// Copies of frames, ratios of medians and infinite metrics.
#[test]
fn numpy_agrees_with_copies_and_infinite_metrics() {
    if python("numpy, scipy, PIL").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-copies");
    write_small(&folder);
    write_copies(&folder);
    let set = Set::read(&folder);
    let protocol = EvalProtocol {
        floor_m: None,
        ..Evaluator::Monodepth2.protocol()
    };
    let clamped = report_of(&set, protocol, None, None);
    let protocol = EvalProtocol {
        clamp: None,
        ..protocol
    };
    let infinite = report_of(&set, protocol, None, None);
    for (name, report) in [("copies-clamped", &clamped), ("copies-infinite", &infinite)] {
        check(name, report, &folder);
        let json = serde_json::to_value(report).expect("JSON");
        let resampling = &json["metrics"]["resampling"];
        assert_eq!(
            (&resampling["frames"], &resampling["copies"]),
            (&12.into(), &2.into())
        );
        assert_eq!(json["metrics"]["frames"], 14);
        assert_eq!(json["frames"][12]["copy_of"], "frame_00");
        assert_eq!(json["frames"][13]["copy_of"], "frame_05");
        assert!(json["frames"][5].get("copy_of").is_none());
        assert!(json["metrics"]["scaling_ratios"]["fp32"]["median"].as_f64() > Some(0.9));
    }
    let json = serde_json::to_value(&infinite).expect("JSON");
    let infinite_metrics = &json["metrics"]["int8"]["infinite"];
    assert_eq!(
        *infinite_metrics,
        serde_json::json!(["rmse_log", "log10", "irmse", "imae"])
    );
    let all = tables(&infinite).expect("tables");
    for (name, row) in [("metrics", 2), ("metrics", 3)] {
        let table = all.iter().find(|table| table.name == name).expect(name);
        let column = table.column("irmse").expect("a column");
        assert_eq!(table.rows[row][column], Cell::Number(f64::INFINITY));
    }
    let changes = all
        .iter()
        .find(|table| table.name == "changes")
        .expect("changes");
    let text = csv(changes).expect("CSV");
    assert!(
        text.contains("irmse,") && text.contains(",inf,inf,"),
        "{text}"
    );
}

/// monodepth2's `sq_rel` is in metres, the KITTI kit's has no unit.
#[test]
fn tables_have_the_units_of_the_evaluator() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-units");
    write_small(&folder);
    let set = Set::read(&folder);
    for (evaluator, unit, prints) in [
        (Evaluator::Plain, "m", "pooled"),
        (Evaluator::Monodepth2, "m", "per frame"),
        (Evaluator::KittiDevkit, "1", "per frame"),
    ] {
        let report = report_of(&set, evaluator.protocol(), Some(evaluator), None);
        let all = tables(&report).expect("tables");
        let table = all.iter().find(|t| t.name == "metrics").expect("metrics");
        let column = &table.columns[table.column("sq_rel").expect("a column")];
        assert_eq!(column.unit, unit, "{evaluator:?}");
        let json = serde_json::to_value(&report).expect("JSON");
        let protocol = &json["metrics"]["protocol"];
        assert_eq!(protocol["sq_rel_unit"], unit);
        assert_eq!(protocol["name"], evaluator.name());
        assert_eq!(protocol["prints"], prints);
        assert_eq!(json["budget"]["protocol"], evaluator.name());
        let has_ratios = json["metrics"]["scaling_ratios"].is_object();
        assert_eq!(has_ratios, evaluator == Evaluator::Monodepth2);
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

fn data() -> PathBuf {
    std::env::var_os("FATHOM_DATA").map_or_else(
        || crate::common::root().join("../shared/data"),
        PathBuf::from,
    )
}

/// The made set with a known answer has four copies among 24 frames.
#[test]
fn copies_of_the_made_set_are_found() {
    let folder = data().join("near_triple");
    let Ok(facts) = fs::read_to_string(folder.join("facts.json")) else {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    };
    let facts: Value = serde_json::from_str(&facts).expect("JSON");
    let plain = Some(Evaluator::Plain);
    let report = report_of(&Set::read(&folder), EvalProtocol::default(), plain, None);
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(
        json["metrics"]["resampling"]["frames"],
        facts["distinct_frames"]
    );
    let frames = json["frames"].as_array().expect("frames").iter();
    let copies: serde_json::Map<String, Value> = frames
        .filter_map(|frame| {
            Some((
                frame["name"].as_str()?.to_owned(),
                frame.get("copy_of")?.clone(),
            ))
        })
        .collect();
    assert_eq!(Value::Object(copies), facts["copies"]);
    let rmse = json["metrics"]["int8"]["pooled"]["rmse"]
        .as_f64()
        .expect("a figure");
    assert!((rmse - facts["rmse_int8"].as_f64().expect("a figure")).abs() < 1e-6);
    if python("numpy, scipy, PIL").is_some() {
        check("near-triple", &report, &folder);
    }
}

#[test]
fn numpy_agrees_with_every_figure_of_the_real_triple() {
    let folder = data().join("triple");
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
