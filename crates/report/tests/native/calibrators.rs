//! Every calibration method chooses the range of an independent numpy computation.

use std::fs;

use fathom_analysis::calibrators::Calibrator;
use fathom_core::quant::Bits;
use serde_json::Value;

fn method(name: &str) -> Calibrator {
    if name == "entropy, ONNX Runtime, 2048 bins" {
        return Calibrator::OnnxEntropy { bins: 2048 };
    }
    let mut all = Calibrator::all().into_iter();
    all.find(|method| method.name() == name).expect(name)
}

#[test]
fn every_method_agrees_with_numpy() {
    let folder = crate::common::root().join("tests/golden");
    let text = fs::read_to_string(folder.join("calibrators.json")).expect("the golden ranges");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut wrong = Vec::new();
    for row in &rows {
        let (file, name) = (
            row["file"].as_str().expect("a file"),
            row["method"].as_str().expect("a method"),
        );
        let units = row["units_per_metre"].as_f64().expect("a scale");
        let bits = Bits::new(row["bits"].as_u64().expect("bits") as u8).expect("a width");
        let depths = crate::common::distribution(&folder.join(file), units);
        let got = method(name).range(&depths, bits);
        let expected = row["range"].as_array().map(|ends| {
            let end = |i: usize| ends[i].as_f64().expect("metres");
            (end(0), end(1))
        });
        let agree = match (&got, expected) {
            (Ok(range), Some((min_m, max_m))) => {
                let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * max_m;
                close(range.min_m(), min_m) && close(range.max_m(), max_m)
            }
            (Err(_), None) => true,
            _ => false,
        };
        if !agree {
            wrong.push(format!(
                "{file}, {bits:?}, {name}: {got:?} instead of {expected:?}"
            ));
        }
    }
    assert!(rows.len() > 100, "{} rows", rows.len());
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}
