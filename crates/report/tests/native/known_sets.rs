//! Grid, budget and code range of sets with a known answer.
//!
//! The sets are not part of the repository. They are read from `FATHOM_DATA`, or else from `../shared/data`; without them the tests are
//! skipped. Made data stand beside the code.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_analysis::compare::{
    CompareSettings, Comparison, FrameComparison, FrameMaps, GridQuantity, ground_truth_m,
    prediction_m,
};
use fathom_core::depth::{Encoding, RawMap, Scale};
use fathom_decode::{DecodeOptions, decode};

fn set(folder: &str) -> Option<PathBuf> {
    let data = std::env::var_os("FATHOM_DATA").map_or_else(
        || crate::common::root().join("../shared/data"),
        PathBuf::from,
    );
    let folder = data.join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no set at {}", folder.display());
    None
}

fn json(path: &Path) -> serde_json::Value {
    let text = fs::read_to_string(path).expect("expectations");
    serde_json::from_str(&text).expect("JSON")
}

fn map(path: &Path) -> RawMap {
    let bytes = fs::read(path).expect("a map");
    let decoded = decode(&bytes, &DecodeOptions::default()).expect("a readable map");
    decoded.maps.into_iter().next().expect("a map")
}

/// Compares the frames of a set whose ground truth is in this unit.
fn frames(folder: &Path, units_per_metre: f64) -> Vec<FrameComparison> {
    let encoding = |units| Encoding::Linear(Scale::from_units_per_metre(units).expect("a scale"));
    let listing = fs::read_dir(folder.join("gt")).expect("ground truth");
    let mut names: Vec<String> = listing
        .flatten()
        .filter_map(|f| Some(f.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let compare = |name: &String| {
        let gt = map(&folder.join("gt").join(format!("{name}.png")));
        let prediction = |role: &str| {
            let map = map(&folder.join(role).join(format!("{name}.npy")));
            prediction_m(&map.samples, encoding(1.0))
        };
        let maps = FrameMaps {
            width: gt.width(),
            gt_m: &ground_truth_m(&gt.samples, encoding(units_per_metre), &[]),
            fp32_m: &prediction("fp32"),
            int8_m: &prediction("int8"),
        };
        FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels")
    };
    names.iter().map(compare).collect()
}

#[track_caller]
fn close(got: f64, expected: &serde_json::Value, relative: f64) {
    let expected = expected.as_f64().expect("a number");
    let off = (got - expected).abs();
    assert!(off <= relative * expected.abs(), "{got} for {expected}");
}

#[test]
fn a_sigmoid_disparity_is_coded_in_inverse_depth() {
    let Some(folder) = set("cases/10-steps-of-another-kind") else {
        return;
    };
    let expected = json(&folder.join("expected.json"));
    let comparison = Comparison::from_frames(&frames(&folder, 256.0));
    let grid = comparison.grid().expect("a grid");
    assert_eq!(grid.quantity, GridQuantity::InverseDepth);
    let right = &expected["right"];
    close(grid.step, &right["step_per_metre"], 1e-5);
    assert_eq!(
        u64::from(grid.used_codes),
        right["distinct_int8_values"].as_u64().expect("a number")
    );
    for (depth, step) in right["depth_step_at"].as_object().expect("steps") {
        let depth_m: f64 = depth.trim_end_matches(" m").parse().expect("a depth");
        close(grid.step_at_m(depth_m), step, 1e-5);
    }
    let budget = comparison.budget().expect("pixels");
    let numbers = &expected["numbers"]["budget"];
    for (got, name) in [
        (budget.mse_fp32, "mse_fp32"),
        (budget.mse_quant, "mse_quant"),
        (budget.cross, "cross"),
        (budget.mse_int8, "mse_int8"),
    ] {
        close(got, &numbers[name], 1e-6);
    }
    // The output code explains all of it.
    let output = budget.output.expect("a grid");
    assert!((output.covered - 1.0).abs() < 1e-12);
    close(output.share, &right["output_code_share_of_q"], 1e-3);
}
