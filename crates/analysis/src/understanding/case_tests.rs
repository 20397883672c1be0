//! The small sets that were once taken for what they are not: each is understood, and its first repair gives the right figures.
//!
//! They are not part of the repository; without them the tests are skipped.

use super::read_set::{ReadSet, dropped, shared};
use super::{SetEvidence, Understanding};
use crate::compare::MetricsPair;
use fathom_core::metrics::DepthMetrics;
use serde_json::Value;

/// The page's duty before it gives figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Ask, and offer a repair first.
    Ask,
    /// Take a repair without asking.
    Take,
    /// Nothing.
    Nothing,
    /// Say that an output is dead.
    Dead,
}

/// A case: folder, dropped parts, what must happen, and where the right figures of FP32 and INT8 are.
struct Case {
    folder: &'static str,
    drop: &'static [&'static str],
    wanted: Wanted,
    fp32: &'static str,
    int8: &'static str,
    /// Relative tolerance of INT8's figures.
    tolerance: f64,
}

const EXACT: f64 = 2e-6;

#[rustfmt::skip]
const CASES: [Case; 15] = [
    Case { folder: "01-midas-raw", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/inverse_affine_fitted_on_fp32/fp32", int8: "/inverse_affine_fitted_on_fp32/int8", tolerance: EXACT },
    Case { folder: "03-raw-codes", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/dequantized/fp32", int8: "/dequantized/int8", tolerance: 2e-3 },
    Case { folder: "03-raw-codes", drop: &["gt", "fp32", "variant_unsigned/int8"], wanted: Wanted::Ask, fp32: "/dequantized/fp32", int8: "/dequantized/int8", tolerance: 2e-3 },
    Case { folder: "05-kitti-unit-without-kitti-shape", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/right/fp32", int8: "/right/int8", tolerance: EXACT },
    Case { folder: "06-kb-crop", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/fp32/right_plain_inside", int8: "/int8/right_plain_inside", tolerance: EXACT },
    Case { folder: "08-orientation/upside-down", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/upside_down/right/fp32", int8: "/upside_down/right/int8", tolerance: EXACT },
    Case { folder: "09-stack-axes", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/fp32/pooled", int8: "/int8/pooled", tolerance: EXACT },
    Case { folder: "10-steps-of-another-kind", drop: &["gt", "fp32", "int8"], wanted: Wanted::Nothing, fp32: "/fp32", int8: "/int8", tolerance: EXACT },
    Case { folder: "12-kitti-selection", drop: &["results", "val_selection_cropped"], wanted: Wanted::Nothing, fp32: "/fp32/pooled", int8: "/int8/pooled", tolerance: EXACT },
    Case { folder: "14-run-with-pictures", drop: &["dataset", "runs"], wanted: Wanted::Nothing, fp32: "/fp32/pooled", int8: "/int8/pooled", tolerance: EXACT },
    Case { folder: "16-hangul-and-signs-in-zips", drop: &["gt.zip", "fp32.zip", "int8.zip"], wanted: Wanted::Nothing, fp32: "/fp32/pooled", int8: "/int8/pooled", tolerance: EXACT },
    Case { folder: "18-dead-outputs/a_same_map_every_frame", drop: &["gt", "fp32", "int8"], wanted: Wanted::Dead, fp32: "/a_same_map_every_frame/fp32", int8: "/a_same_map_every_frame/int8", tolerance: EXACT },
    Case { folder: "18-dead-outputs/c_one_value", drop: &["gt", "fp32", "int8"], wanted: Wanted::Dead, fp32: "/c_one_value/fp32", int8: "/c_one_value/int8", tolerance: EXACT },
    Case { folder: "20-bytes-and-dumps/a-byte-swapped", drop: &["gt", "fp32", "int8"], wanted: Wanted::Ask, fp32: "/a/right/fp32", int8: "/a/right/int8", tolerance: EXACT },
    Case { folder: "21-renderers/a-background-1e11", drop: &["gt", "fp32", "int8"], wanted: Wanted::Take, fp32: "/a/right/fp32", int8: "/a/right/int8", tolerance: EXACT },
];

fn check_figures(name: &str, got: &DepthMetrics, wanted: &Value, tolerance: f64) {
    let figures = [
        ("abs_rel", got.abs_rel),
        ("sq_rel", got.sq_rel),
        ("rmse", got.rmse),
        ("mae", got.mae),
        ("rmse_log", got.rmse_log),
        ("log10", got.log10),
        ("silog", got.silog),
        ("delta1", got.delta1),
        ("delta2", got.delta2),
        ("delta3", got.delta3),
    ];
    for (key, got) in figures {
        let wanted = wanted[key].as_f64().expect("a figure");
        assert!(
            (got - wanted).abs() <= tolerance * wanted.abs(),
            "{name} {key}: {got}, not {wanted}"
        );
    }
    let bias = wanted["bias"].as_f64().expect("a figure");
    let loose = if tolerance > EXACT { 0.1 } else { 1e-4 };
    assert!(
        (got.bias - bias).abs() <= loose * bias.abs(),
        "{name} bias: {}, not {bias}",
        got.bias
    );
}

#[test]
fn the_cases_are_understood() {
    let Some(root) = shared("cases") else {
        eprintln!("skipped: no cases");
        return;
    };
    for case in CASES {
        let folder = root.join(case.folder);
        let number = root.join(case.folder.split('/').next().expect("a name"));
        let text = std::fs::read_to_string(number.join("expected.json")).expect("its figures");
        let expected: Value = serde_json::from_str(&text).expect("JSON");
        let numbers = &expected["numbers"];
        let name = format!("{} {:?}", case.folder, case.drop);

        let set = ReadSet::new(&dropped(&folder, case.drop));
        let found = Understanding::new(&set.sample());
        let sentences: Vec<String> = found.evidence.iter().map(SetEvidence::sentence).collect();
        let question = found.question.as_ref();
        let asked = question.map(|q| format!("{} {}", q.evidence.sentence(), q.sentence()));
        let repairs = question.map_or(&found.unasked[..], |q| {
            q.options.first().map_or(&[][..], |o| &o[..])
        });
        let texts: Vec<String> = repairs.iter().map(ToString::to_string).collect();
        println!("{name}: {sentences:?} {asked:?} {texts:?}");

        let is_dead = found
            .evidence
            .iter()
            .any(|e| matches!(e, SetEvidence::Dead(_)));
        let got = match () {
            () if question.is_some() => Wanted::Ask,
            () if is_dead => Wanted::Dead,
            () if !found.unasked.is_empty() => Wanted::Take,
            () => Wanted::Nothing,
        };
        assert_eq!(got, case.wanted, "{name}: {sentences:?} {asked:?}");
        assert_eq!(found.allows_verdict(), case.wanted != Wanted::Ask, "{name}");
        assert_eq!(
            found.allows_remedies(),
            matches!(case.wanted, Wanted::Nothing | Wanted::Take),
            "{name}"
        );
        assert_eq!(
            repairs.is_empty(),
            matches!(case.wanted, Wanted::Nothing | Wanted::Dead),
            "{name}"
        );

        let repaired = set.repaired(repairs);
        let comparison = repaired.comparison();
        let MetricsPair { fp32, int8 } = comparison.pooled(&Default::default()).expect("pixels");
        let wanted = |at: &str| {
            numbers
                .pointer(at)
                .unwrap_or_else(|| panic!("{name}: no {at}"))
        };
        let count = comparison.fp32.errors.count;
        assert_eq!(
            Some(count),
            wanted(case.fp32)["n"].as_f64(),
            "{name}: pixels"
        );
        check_figures(&format!("{name} fp32"), &fp32, wanted(case.fp32), EXACT);
        check_figures(
            &format!("{name} int8"),
            &int8,
            wanted(case.int8),
            case.tolerance,
        );
        if let Some(budget) = numbers.get("budget") {
            let got = comparison.budget().expect("pixels");
            for (key, got) in [
                ("mse_fp32", got.mse_fp32),
                ("mse_quant", got.mse_quant),
                ("mse_int8", got.mse_int8),
            ] {
                let wanted = budget[key].as_f64().expect("a figure");
                assert!(
                    (got - wanted).abs() <= EXACT * wanted,
                    "{name} {key}: {got}, not {wanted}"
                );
            }
        }
        // Once repaired, nothing else is asked.
        let after = Understanding::new(&repaired.sample());
        assert!(
            after.question.is_none(),
            "{name}: {:?}",
            after.question.map(|q| q.evidence.sentence())
        );
    }
}
