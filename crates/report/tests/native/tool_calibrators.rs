//! Every calibration method chooses the range of its tool's own code, or of the tool's published source, on three shapes of samples.
//!
//! `tests/golden/make_tool_calibrators.py` has the same samples and ran the tools.

use std::collections::BTreeSet;
use std::fs;

use fathom_analysis::calibrators::{CalibrationData, Calibrator, SignedValues};
use fathom_core::quant::Bits;
use fathom_core::stats::{Distribution, Resolution};
use serde_json::Value;

const COUNT: u32 = 20_000;

/// The samples of a shape, in single precision as the tools see them.
fn samples(shape: &str) -> Vec<f64> {
    let sample = |i: u32| {
        let t = (f64::from(i) + 0.5) / f64::from(COUNT);
        let u = 2.0 * t - 1.0;
        let x = match shape {
            "positive" => 0.4 + 6.0 * ((t * t) * (t * t)) + 0.02 / (1.0005 - t),
            "rectified" => (t - 0.45).max(0.0) * 3.0 / (1.002 - t),
            "signed" => (if u > 0.0 { 1.6 * u } else { u }) / (1.02 - u.abs()) + 0.1,
            other => panic!("no shape {other}"),
        };
        f64::from(x as f32)
    };
    (0..COUNT).map(sample).collect()
}

/// The range as a tool's percentile sees it: from the lower of the two neighbouring samples, less a bin, to the upper one and a bin.
fn percentile_bounds(sorted: &[f64], share: f64, bin: f64) -> (f64, f64) {
    let rank = share * (sorted.len() - 1) as f64;
    let at = |rank: f64| sorted[(rank as usize).min(sorted.len() - 1)];
    (at(rank.floor()) - bin, at(rank.floor() + 1.0) + bin)
}

/// Says why a range is not the tool's; `None` if it is. Tools compute in single precision.
fn difference(
    method: Calibrator,
    data: &[f64],
    got: (f64, f64),
    tool: (f64, f64),
) -> Option<String> {
    let mut sorted = data.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut magnitudes: Vec<f64> = data.iter().map(|x| x.abs()).collect();
    magnitudes.sort_by(f64::total_cmp);
    let largest = magnitudes[magnitudes.len() - 1];
    let near = |a: f64, b: f64| (a - b).abs() <= 2e-6 * largest;
    let within = |x: f64, (low, high): (f64, f64)| low <= x && x <= high;
    let agrees = match method.name() {
        // The tool takes the edge of one of 2,048 bins.
        name if name.contains("far end") => {
            let share = percent(&name) / 100.0;
            let bounds = percentile_bounds(&magnitudes, share, largest / 2048.0);
            let moved = (got.1 - tool.1).abs() + 2e-6 * largest;
            within(got.1, bounds) && within(tool.1, bounds) && (got.0 - tool.0).abs() <= moved
        }
        name if name.contains("both ends") => {
            let cut = (100.0 - percent(&name)) / 200.0;
            let bin = 2.0 * largest / 2048.0;
            let low = percentile_bounds(&sorted, cut, bin);
            let high = percentile_bounds(&sorted, 1.0 - cut, bin);
            [got, tool]
                .iter()
                .all(|ends| within(ends.0, low) && within(ends.1, high))
        }
        _ => near(got.0, tool.0) && near(got.1, tool.1),
    };
    (!agrees).then(|| format!("{got:?} instead of {tool:?}"))
}

fn percent(name: &str) -> f64 {
    let words = name.split([' ', ',']);
    let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
    numbers[0]
}

#[test]
fn every_method_is_that_of_its_tool() {
    let path = crate::common::root().join("tests/golden/tool_calibrators.json");
    let text = fs::read_to_string(path).expect("the ranges of the tools");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let (mut wrong, mut methods) = (Vec::new(), BTreeSet::new());
    for row in &rows {
        let word = |key: &str| row[key].as_str().expect("a text");
        let (shape, name) = (word("shape"), word("method"));
        assert!(!word("source").is_empty());
        let method = crate::calibrators::method(name);
        methods.insert(method.name());
        let end = |i: usize| row["range"][i].as_f64().expect("an end");
        let bits = Bits::new(row["bits"].as_u64().unwrap_or(8) as u8).expect("a width");
        let samples = samples(shape);
        let values = SignedValues::new(samples.clone()).expect("samples");
        let mut both: Vec<(&str, &dyn CalibrationData)> = vec![("values", &values)];
        let depths = (shape == "positive").then(|| {
            let mut sorted = samples.clone();
            sorted.sort_by(f64::total_cmp);
            let counts = vec![1; sorted.len()];
            Distribution::new(sorted, counts, Resolution::Exact).expect("depths")
        });
        if let Some(depths) = &depths {
            both.push(("depths", depths));
        }
        for (kind, data) in both {
            let found = match method.range(data, bits) {
                Ok(range) => {
                    let got = (range.min_m(), range.max_m());
                    difference(method, &samples, got, (end(0), end(1)))
                }
                Err(error) => Some(error.to_string()),
            };
            wrong.extend(found.map(|why| format!("{shape} as {kind}, {bits:?}, {name}: {why}")));
        }
    }
    let all: BTreeSet<String> = Calibrator::all().iter().map(Calibrator::name).collect();
    assert_eq!(methods, all);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
