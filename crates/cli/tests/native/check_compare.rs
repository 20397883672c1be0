//! `fathom check` and `fathom compare` on reports as they are written.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{fathom, path, text};

fn report(name: &str, int8_m: f64, interval: [f64; 2]) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let report = json!({
        "format": "fathom.report",
        "version": 1,
        "settings": {"bits": 8, "crop": "none"},
        "bits": {"min": 0.0, "max": 10.0},
        "ranges": [{"name": "a", "min": 0.0, "max": 10.0, "coverage": 0.97, "rmse": 0.02}],
        "budget": {"rms_quant": 0.1, "grid": {"step": 0.05}},
        "metrics": {
            "frames": 12,
            "protocol": {"name": "plain"},
            "changes": [{
                "metric": "rmse", "fp32": 0.4, "int8": int8_m, "difference": int8_m - 0.4, "interval": interval,
            }],
        },
        "verdicts": [{"question": "Why?", "headline": format!("It is {int8_m} m.")}],
    });
    fs::write(&file, report.to_string()).expect("a file");
    file
}

#[test]
fn limits_are_kept_broken_or_cannot_be_checked() {
    let report = report("check.json", 0.5, [0.05, 0.15]);
    let check = |arguments: &[&str]| fathom(&[&["check", path(&report)], arguments].concat());
    let kept = check(&["--max", "rmse_increase=30%", "--min", "coverage=0.95"]);
    assert_eq!(kept.status.code(), Some(0), "{}", text(&kept.stdout));
    assert!(text(&kept.stdout).contains("All 2 limits are kept."));

    let broken = check(&[
        "--max",
        "rmse_increase=5%",
        "--max",
        "rmse=1",
        "--max",
        "rmse_change=80mm",
    ]);
    let told = text(&broken.stdout);
    assert_eq!(broken.status.code(), Some(1), "{told}");
    assert!(
        told.contains("BROKEN by 20.0 %") && told.contains("2 of 3 limits are broken"),
        "{told}"
    );
    let json = check(&["--json", "--max", "rmse_increase=5%"]);
    assert_eq!(json.status.code(), Some(1));
    let rows: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        (&rows[0]["figure"], &rows[0]["is_kept"]),
        (&"rmse_increase".into(), &false.into())
    );

    for (arguments, words) in [
        (&["--max", "rms=1"][..], "there is no figure rms"),
        (&["--max", "abs_rel=1"], "has no abs_rel"),
        (&["--max", "rmse"], "FIGURE=VALUE"),
        (&[], "there is no limit"),
    ] {
        let output = check(arguments);
        let told = text(&output.stderr);
        assert!(
            output.status.code() == Some(2) && told.contains(words),
            "{told}"
        );
    }
    let other = report.with_extension("other");
    fs::write(&other, "{}").expect("a file");
    for (file, words) in [
        (path(&other), "it is no report"),
        ("gone.json", "gone.json"),
    ] {
        let output = fathom(&["check", file, "--max", "rmse=1"]);
        let told = text(&output.stderr);
        assert!(
            output.status.code() == Some(2) && told.contains(words),
            "{told}"
        );
    }
}

#[test]
fn two_reports_stand_beside_each_other() {
    let before = report("before.json", 0.5, [0.05, 0.15]);
    let after = report("after.json", 0.41, [0.005, 0.015]);
    let output = fathom(&["compare", path(&before), path(&after)]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in [
        "rmse of INT8",
        "-0.0900",
        "apart",
        "before: It is 0.5 m.",
        "after: It is 0.41 m.",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let output = fathom(&["compare", path(&before), path(&after), "--json"]);
    let comparison: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = comparison["figures"].as_array().expect("figures");
    let row = rows
        .iter()
        .find(|row| row["name"] == "rmse, INT8 \u{2212} FP32")
        .expect("a row");
    assert_eq!(row["intervals"], "apart");
    assert_eq!(comparison["differing"], json!([]));

    let mut other: Value =
        serde_json::from_str(&fs::read_to_string(&after).expect("a file")).expect("JSON");
    other["metrics"]["protocol"]["name"] = "monodepth2".into();
    fs::write(&after, other.to_string()).expect("a file");
    let output = fathom(&["compare", path(&before), path(&after)]);
    assert!(text(&output.stdout).contains("Not the same evaluator: plain and monodepth2."));
}
