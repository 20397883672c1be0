//! The errors of every code on small maps agree with numpy, pixel by pixel. The Lloyd-Max code reaches the smallest RMSE of all codes.

use std::fs;

use fathom_analysis::{CodeChoice, CodeReport, Policy};
use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M};
use fathom_core::quant::{AnyCode, Bits, CodeSpec, OutputRange, lloyd_max};
use fathom_core::stats::Distribution;
use serde_json::Value;

fn spec(name: &str) -> CodeSpec {
    let mut all = CodeSpec::standard().into_iter();
    all.find(|spec| spec.name() == name).expect(name)
}

fn measure(depths: &Distribution, code: &AnyCode) -> CodeReport {
    CodeReport::measure(depths, code, Policy::Count, DEFAULT_EVAL_MIN_M)
}

#[test]
fn every_code_agrees_with_numpy() {
    let folder = crate::common::root().join("tests/golden");
    let text = fs::read_to_string(folder.join("codes.json")).expect("the golden codes");
    let maps: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut wrong = Vec::new();
    let mut codes = 0;
    for map in &maps {
        let file = map["file"].as_str().expect("a file");
        let units = map["units_per_metre"].as_f64().expect("a scale");
        let depths = crate::common::distribution(&folder.join(file), units);
        for row in map["codes"].as_array().expect("codes") {
            codes += 1;
            let end = |i: usize| row["range"][i].as_f64().expect("metres");
            let range = OutputRange::new(end(0), end(1)).expect("a range");
            let name = row["code"].as_str().expect("a name");
            let code = spec(name).over(range, Bits::EIGHT).expect("a code");
            let report = measure(&depths, &code);
            let metrics = report.errors.expect("pixels").metrics;
            let place = format!("{file}, [{}, {}] m, {name}", end(0), end(1));
            if row["values"].as_u64() != Some(report.levels as u64) {
                wrong.push(format!("{place}: {} values", report.levels));
            }
            // With some ten thousand values the errors of a code are near the rounding errors of the running sums.
            let (tolerance, floor) = if report.levels > 2000 {
                (1e-5, 1e-9)
            } else {
                (1e-8, 1e-12)
            };
            for criterion in Criterion::ALL {
                let expected = row["metrics"][criterion.name()].as_f64().expect("a figure");
                let got = criterion.value_in(&metrics);
                if (got - expected).abs() > tolerance * expected.abs() + floor {
                    wrong.push(format!(
                        "{place}: {} {got} instead of {expected}",
                        criterion.name()
                    ));
                }
            }
        }
        for row in map["least"].as_array().expect("bounds") {
            let levels = row["values"].as_u64().expect("a number") as usize;
            let least = row["rmse"].as_f64().expect("metres");
            let code = lloyd_max(&depths, levels).expect("a code").into();
            let got = measure(&depths, &code).errors.expect("pixels").metrics.rmse;
            if (got - least).abs() > 1e-9 * least + 1e-9 {
                wrong.push(format!(
                    "{file}: {got} instead of {least} with {levels} values"
                ));
            }
        }
    }
    assert_eq!(codes, 3 * 2 * (CodeChoice::all().len() - 4));
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
