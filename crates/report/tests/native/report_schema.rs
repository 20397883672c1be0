//! Reports validate against `docs/report.schema.json`, and wrong ones do not. A unit test of `fathom_report::report` generates the schema
//! from the types.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::full_report::{Set, report_of, write_copies, write_small};
use fathom_analysis::RangeSettings;
use fathom_analysis::compare::{Alignment, EvalProtocol, Evaluator};
use serde_json::{Value, json};

fn text(path: &str) -> String {
    fs::read_to_string(crate::common::root().join(path)).expect(path)
}

fn parsed(path: &str) -> Value {
    serde_json::from_str(&text(path)).expect("JSON")
}

fn schema() -> Value {
    parsed("docs/report.schema.json")
}

/// Closes every object of the schema, so that an undeclared key is an error. The published schema stays open for later keys.
fn closed(mut schema: Value) -> Value {
    fn close(value: &mut Value, is_mixin: bool) {
        match value {
            Value::Object(map) => {
                if map.contains_key("$ref") && !is_mixin {
                    map.insert("unevaluatedProperties".to_owned(), json!(false));
                }
                for (key, inner) in map {
                    close(inner, key == "allOf");
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|inner| close(inner, is_mixin)),
            _ => {}
        }
    }
    close(&mut schema, false);
    schema
}

fn small_report() -> Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    let build = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema-triple");
        write_small(&folder);
        let report = report_of(
            &Set::read(&folder),
            EvalProtocol::default(),
            Some(Evaluator::Plain),
            Some(RangeSettings::default()),
        );
        serde_json::to_value(report).expect("JSON")
    };
    REPORT.get_or_init(build).clone()
}

/// A report without a floor under predictions, with a scale by medians and with copies of frames.
fn report_with_copies() -> Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    let build = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema-copies");
        write_small(&folder);
        write_copies(&folder);
        let protocol = EvalProtocol {
            alignment: Alignment::MedianScale,
            floor_m: None,
            ..EvalProtocol::default()
        };
        let report = report_of(&Set::read(&folder), protocol, None, None);
        serde_json::to_value(report).expect("JSON")
    };
    REPORT.get_or_init(build).clone()
}

fn errors(schema: &Value, report: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::new(schema).expect("a schema");
    let error = |e: jsonschema::ValidationError| format!("{}: {e}", e.instance_path());
    validator.iter_errors(report).map(error).collect()
}

#[test]
fn reports_fit_the_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
    let closed = closed(schema());
    let golden = parsed("tests/golden/long-tail.report.json");
    assert_eq!(errors(&closed, &golden), Vec::<String>::new());
    let mut full = small_report();
    assert_eq!(errors(&closed, &full), Vec::<String>::new());
    assert_eq!(errors(&closed, &report_with_copies()), Vec::<String>::new());

    // A key that the schema does not declare, a missing key, and values of the wrong kind.
    full["metrics"]["int8"]["pooled"]["unheard_of"] = json!(1.0);
    assert_eq!(errors(&closed, &full).len(), 1);
    assert_eq!(errors(&schema(), &full), Vec::<String>::new());
    let wrong = |pointer: &str, value: Value| {
        let mut report = small_report();
        *report.pointer_mut(pointer).expect(pointer) = value;
        assert_eq!(errors(&schema(), &report).len(), 1, "{pointer}");
    };
    wrong("/version", json!(2));
    wrong("/settings/policy", json!("drop"));
    wrong("/settings/bits", json!(8.5));
    wrong("/metrics/changes/0/interval", json!([0.1]));
    wrong("/metrics/evaluator", Value::Null);
    wrong("/what_if/best/max", json!("15"));
    full["budget"]["cross"] = Value::Null;
    full["ranges"][0]
        .as_object_mut()
        .expect("a range")
        .remove("step");
    assert_eq!(errors(&schema(), &full).len(), 2);
}

#[test]
fn every_key_of_the_schema_occurs() {
    fn keys(value: &Value, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    out.insert(key.clone());
                    keys(inner, out);
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| keys(inner, out)),
            _ => {}
        }
    }
    let mut written = BTreeSet::new();
    keys(&small_report(), &mut written);
    keys(&report_with_copies(), &mut written);
    // These keys occur only in reports with an error, a fixed alignment, an INT8 output without noise or repaired files.
    let rare = [
        "error",
        "no_grid",
        "fixed",
        "scale",
        "shift",
        "degenerate",
        "repairs",
        "asked",
        "evidence",
        "value",
    ];
    for key in rare {
        written.insert(key.to_owned());
    }
    let schema = schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    assert!(definitions.len() > 40);
    for (name, definition) in definitions {
        let properties = definition["properties"].as_object().expect("properties");
        for key in properties.keys() {
            assert!(written.contains(key), "{name}: no report has {key}");
        }
    }
}
