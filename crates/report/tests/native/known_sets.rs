//! Grid, budget and code range of sets with a known answer.
//!
//! The sets are not part of the repository. They are read from `FATHOM_DATA`, or else from `../shared/data`; without them the tests are
//! skipped. Made data stand beside the code.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_analysis::compare::{
    CodeRange, CompareSettings, Comparison, EndEvidence, FrameComparison, FrameMaps, GridError,
    GridQuantity, ZeroPoint, ZeroPointEvidence, ground_truth_m, prediction_m,
};
use fathom_analysis::diagnosis::planner::{Plan, PlanError, PlanEvidence, PlannerInput};
use fathom_core::depth::{Encoding, RawMap, Scale};
use fathom_core::quant::Bits;
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

#[test]
fn the_end_of_a_code_follows_from_its_step_and_its_bits() {
    let Some(folder) = set("near_triple") else {
        return;
    };
    let expected = json(&folder.join("facts.json"));
    let comparison = Comparison::from_frames(&frames(&folder, 1000.0));
    let grid = comparison.grid().expect("a grid");
    let range = CodeRange::from_grid(&grid, Bits::EIGHT);
    close(range.step, &expected["step"], 1e-6);
    assert_eq!(range.min_m, 0.0);
    close(range.max_m, &expected["range_of_the_code"][1], 1e-6);
    let zero_point = ZeroPoint {
        code: expected["zero_point"].as_u64().expect("a code") as u32,
        evidence: ZeroPointEvidence::Assumed,
    };
    assert_eq!(range.zero_point, Some(zero_point));
    assert_eq!(
        (range.min_evidence, range.max_evidence),
        (EndEvidence::ZeroPointAssumed, EndEvidence::FollowsFromBits)
    );
    let seen = expected["codes_seen"].as_u64().expect("codes");
    assert_eq!((u64::from(range.codes_seen), range.codes), (seen, 256));
    close(grid.max_m, &expected["seen"][1], 1e-6);
    let budget = comparison.budget().expect("pixels");
    close(budget.rmse_fp32_m(), &expected["rmse_fp32"], 1e-6);
    close(budget.rmse_int8_m(), &expected["rmse_int8"], 1e-6);
    close(budget.rms_q_m(), &expected["rms_q_minus_f"], 1e-6);
    close(budget.bias_m, &expected["bias"], 1e-6);
    close(budget.slope, &expected["slope"], 1e-6);
    let output = budget.output.expect("a grid");
    close(output.share, &expected["output_code_share"], 1e-4);
}

#[test]
fn an_output_of_one_value_is_said() {
    let Some(folder) = set("cases/18-dead-outputs/c_one_value") else {
        return;
    };
    let comparison = Comparison::from_frames(&frames(&folder, 1000.0));
    assert_eq!(comparison.grid(), Err(GridError::OneValue));
    let budget = comparison.budget().expect("pixels");
    assert!(budget.int8_is_constant());
    assert_eq!(budget.recalibrated_rmse_m, None);
    let input = PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT);
    assert_eq!(Plan::compute(&input), Err(PlanError::ConstantInt8));
}
