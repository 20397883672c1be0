//! Reports of small maps agree with numpy over every pixel. The report of the sample has the same bytes on every platform.

use std::fs;
use std::path::PathBuf;

use fathom_analysis::{
    BestEndSearch, BestRange, DistributionSummary, NamedRange, Policy, RangeReport, RangeSettings,
    SweepDomain, published_candidates,
};
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::Distribution;
use fathom_report::report::{ReadingInfo, Report, ReportInput, Searches};
use serde_json::Value;

fn folder() -> PathBuf {
    crate::common::root().join("tests/golden")
}

fn json(name: &str) -> Value {
    let text = fs::read_to_string(folder().join(name)).expect("a golden file");
    serde_json::from_str(&text).expect("JSON")
}

fn distribution(file: &str, units_per_metre: f64) -> Distribution {
    crate::common::distribution(&folder().join(file), units_per_metre)
}

/// Lists the numbers of `expected` that differ from those of `got`.
fn differences(path: &str, got: &Value, expected: &Value, out: &mut Vec<String>) {
    match (got, expected) {
        (_, Value::Object(entries)) => {
            for (key, value) in entries {
                differences(&format!("{path}.{key}"), &got[key], value, out);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("finite"), b.as_f64().expect("finite"));
            // Perfect predictions have rounding errors far below a nanometre instead of zero.
            if (a - b).abs() > 1e-9 * b.abs() + 1e-13 {
                out.push(format!("{path}: {a} instead of {b}"));
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{path}: {a} instead of {b}")),
    }
}

fn how(entry: &Value) -> RangeSettings {
    let text = |key: &str| entry[key].as_str().expect("text");
    let code = CodeKind::ALL.into_iter().find(|c| c.name() == text("code"));
    let policy = Policy::ALL.into_iter().find(|p| p.name() == text("policy"));
    let bits = entry["bits"].as_u64().expect("bits") as u8;
    RangeSettings {
        code: code.expect("a code"),
        policy: policy.expect("a policy"),
        bits: Bits::new(bits).expect("a width"),
        ..RangeSettings::default()
    }
}

fn report(
    depths: &Distribution,
    how: &RangeSettings,
    ranges: &[NamedRange],
    best: &[BestRange],
) -> Report {
    let reports: Vec<_> = ranges
        .iter()
        .map(|named| RangeReport::measure(depths, named, how))
        .collect();
    Report::new(&ReportInput {
        inputs: &[],
        source: "built-in sample long-tail",
        summary: &DistributionSummary::measure(depths),
        resolution: depths.resolution(),
        how,
        reading: &ReadingInfo::default(),
        ranges: &reports,
        best,
        searches: Searches::None,
    })
}

#[test]
fn every_figure_agrees_with_numpy() {
    let golden = json("golden.json");
    let mut wrong = Vec::new();
    for case in golden.as_array().expect("cases") {
        let file = case["file"].as_str().expect("a name");
        let depths = distribution(file, case["units_per_metre"].as_f64().expect("a scale"));
        for entry in case["ranges"].as_array().expect("ranges") {
            let number = |key: &str| entry[key].as_f64().expect("a number");
            let named = NamedRange {
                name: entry["name"].as_str().expect("a name").to_owned(),
                range: OutputRange::new(number("min"), number("max")).expect("a range"),
            };
            let how = how(entry);
            let got = serde_json::to_value(report(&depths, &how, &[named], &[])).expect("JSON");
            let mut expected = entry.clone();
            let fields = expected.as_object_mut().expect("an object");
            // Both are settings of the whole report.
            fields.remove("code");
            fields.remove("policy");
            let place = format!(
                "{file} {} {} {}",
                entry["name"],
                how.code.name(),
                how.policy.name()
            );
            differences(&place, &got["ranges"][0], &expected, &mut wrong);
            differences(
                file,
                &got["distribution"],
                &case["distribution"],
                &mut wrong,
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
}

/// The browser tests compare the page's export with the same file. `FATHOM_BLESS` rewrites it after an intended change.
#[test]
fn the_report_of_the_sample_equals_the_golden_one() {
    let depths = fathom_core::synth::long_tail().expect("the sample");
    let ranges = published_candidates().expect("the candidates");
    let how = RangeSettings::default();
    let domain = SweepDomain::around(&depths, ranges[0].range.min_m(), &ranges);
    let best = BestEndSearch::new(domain, how).run(&depths);
    let json = report(&depths, &how, &ranges, &best)
        .to_json()
        .expect("JSON");
    let path = folder().join("long-tail.report.json");
    if std::env::var_os("FATHOM_BLESS").is_some() {
        fs::write(&path, &json).expect("written");
    }
    let golden = fs::read_to_string(&path).expect("the golden report");
    assert!(json == golden, "the sample's report has changed");
}
