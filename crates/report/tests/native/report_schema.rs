//! The schema of `report.json` fits the reports, and its documentation names exactly its keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::full_report::{Set, report_of, write_small};
use fathom_analysis::Measurement;
use fathom_analysis::compare::{Evaluator, Protocol};
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

/// The schema with every object closed, so that a key which it does not know is an error. A later version may add keys, this one
/// must not without saying so.
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
            Protocol::default(),
            Some(Evaluator::Plain),
            Some(Measurement::default()),
        );
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

    // What it must not let through.
    full["metrics"]["int8"]["pooled"]["unheard_of"] = json!(1.0);
    assert_eq!(errors(&closed, &full).len(), 1);
    assert_eq!(errors(&schema(), &full), Vec::<String>::new());
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
    // Only where something is missing or not as usual.
    for key in ["error", "no_grid", "fixed", "scale", "shift"] {
        written.insert(key.to_owned());
    }
    for (name, definition) in definitions() {
        for key in definition.iter().filter(|key| !key.starts_with('&')) {
            assert!(written.contains(key), "{name}: no report has {key}");
        }
    }
}

/// The keys of each definition of the schema; definitions that it takes over are marked with `&`.
fn definitions() -> BTreeMap<String, BTreeSet<String>> {
    let schema = schema();
    let defs = schema["$defs"].as_object().expect("definitions");
    let keys = |definition: &Value| {
        let properties = definition["properties"].as_object().expect("properties");
        let also = definition["allOf"].as_array().into_iter().flatten();
        let name = |entry: &Value| {
            let path = entry["$ref"].as_str().expect("a reference");
            format!("&{}", path.rsplit('/').next().unwrap_or_default())
        };
        properties.keys().cloned().chain(also.map(name)).collect()
    };
    defs.iter().map(|(k, v)| (k.clone(), keys(v))).collect()
}

/// The keys under each heading of the documentation, marked the same way.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut heading = String::new();
    for line in text("docs/REPORT.md").lines() {
        if let Some(name) = line.strip_prefix("## ") {
            heading = name.to_owned();
            out.insert(heading.clone(), BTreeSet::new());
        }
        let also = line.strip_prefix("Also every key of [");
        let also = also
            .and_then(|rest| rest.split(']').next())
            .map(|name| format!("&{name}"));
        let row = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split('`').next());
        if let Some(key) = also.or(row.map(str::to_owned)) {
            out.entry(heading.clone()).or_default().insert(key);
        }
    }
    out
}

#[test]
fn the_documentation_names_exactly_the_keys_of_the_schema() {
    assert!(definitions().len() > 40);
    assert_eq!(documented(), definitions());
}
