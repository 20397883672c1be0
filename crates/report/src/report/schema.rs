//! Test only: `docs/report.schema.json` and `docs/REPORT.md` are generated from the types of this folder and their doc comments.
//! `FATHOM_BLESS=1 cargo test -p fathom-report` writes both files.
//!
//! A doc comment may end in `Unit: m.`: REPORT.md shows the unit in a column of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Report;
use super::code_outcome::OutcomeFields;
use super::distribution_sections::RangeFields;

/// Definitions that others take over whole, the largest first. The derive macro writes their keys into each struct that flattens
/// them; [`share`] refers to the definition instead.
const SHARED: [&str; 4] = ["placed", "outcome", "figures", "artefacts"];

const INTRODUCTION: &str = include_str!("introduction.txt");

/// Every definition by its name.
fn definitions() -> Map<String, Value> {
    let mut generator: SchemaGenerator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    generator.subschema_for::<Report>();
    generator.subschema_for::<RangeFields>();
    generator.subschema_for::<OutcomeFields>();
    let mut definitions = generator.take_definitions(true);
    definitions.values_mut().for_each(simplify);
    share(&mut definitions);
    definitions
}

/// Drops what says nothing about a JSON file: the width of a number's type in Rust, and line ends of doc comments. A key that may be
/// absent is never `null`.
fn simplify(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("format");
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            let required = map.get("required").cloned().unwrap_or_default();
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for (key, property) in properties.iter_mut() {
                    simplify(property);
                    if !strings(&required).contains(&key.as_str()) {
                        remove_null(property);
                    }
                }
            }
            for (_, inner) in map.iter_mut().filter(|(key, _)| *key != "properties") {
                simplify(inner);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(simplify),
        _ => {}
    }
}

fn remove_null(property: &mut Value) {
    let Some(map) = property.as_object_mut() else {
        return;
    };
    let null = json!({"type": "null"});
    if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
        choices.retain(|choice| *choice != null);
        if let [Value::Object(only)] = &choices[..] {
            let only = only.clone();
            map.remove("anyOf");
            map.extend(only);
        }
    }
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Replaces the keys of a shared definition by a reference to it, in each definition that has all of them.
fn share(definitions: &mut Map<String, Value>) {
    let whole = definitions.clone();
    for (name, definition) in definitions.iter_mut() {
        for shared in SHARED.into_iter().filter(|shared| shared != name) {
            let keys = whole[shared]["properties"].as_object();
            let has_all = keys
                .into_iter()
                .flatten()
                .all(|(key, property)| definition["properties"].get(key) == Some(property));
            if !has_all {
                continue;
            }
            let Some(definition) = definition.as_object_mut() else {
                continue;
            };
            for key in keys.into_iter().flatten().map(|(key, _)| key) {
                if let Some(Value::Object(properties)) = definition.get_mut("properties") {
                    properties.remove(key);
                }
                if let Some(Value::Array(required)) = definition.get_mut("required") {
                    required.retain(|entry| entry != key);
                }
            }
            let reference = json!({"$ref": format!("#/$defs/{shared}")});
            definition.insert("allOf".to_owned(), json!([reference]));
        }
    }
}

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fathom.report, version 1",
        "description": "docs/REPORT.md explains every key. Later programs may add keys where an object is not closed.",
        "$ref": "#/$defs/report",
        "$defs": definitions(),
    })
}

/// The keys of a definition: those that are always there in the order of the file, then the others by name.
fn keys(definition: &Value) -> Vec<(&str, bool)> {
    let required = strings(&definition["required"]);
    let all = definition["properties"].as_object().into_iter().flatten();
    let optional = all.filter(|(key, _)| !required.contains(&key.as_str()));
    let always = required.iter().map(|key| (*key, false));
    always
        .chain(optional.map(|(key, _)| (key.as_str(), true)))
        .collect()
}

/// The definitions that a schema refers to directly.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|path| path.rsplit('/').next());
            own.into_iter()
                .chain(map.values().flat_map(references))
                .collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The names of all definitions, each after the first that refers to it.
fn reading_order<'a>(definitions: &'a Map<String, Value>, name: &'a str, out: &mut Vec<&'a str>) {
    if out.contains(&name) {
        return;
    }
    out.push(name);
    let definition = &definitions[name];
    let properties = keys(definition)
        .into_iter()
        .map(|(key, _)| &definition["properties"][key]);
    for value in std::iter::once(&definition["allOf"]).chain(properties) {
        for reference in references(value) {
            reading_order(definitions, reference, out);
        }
    }
}

/// A type in words.
fn type_in_words(value: &Value) -> String {
    let either = |names: Vec<String>| names.join(" or ");
    if let Some(path) = value["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{name})");
    }
    if let Some(value) = value.get("const") {
        return format!("`{value}`").replace('"', "");
    }
    if let Some(choices) = value["anyOf"].as_array() {
        return either(choices.iter().map(type_in_words).collect());
    }
    if value.get("enum").is_some() {
        let names = strings(&value["enum"]);
        return either(names.iter().map(|name| format!("`{name}`")).collect());
    }
    let name = |name: &str| match name {
        "array" => {
            let length = value["maxItems"].as_u64();
            let length = length.map_or(String::new(), |length| format!("{length} "));
            format!("array of {length}{}", type_in_words(&value["items"]))
        }
        "boolean" => "`true` or `false`".to_owned(),
        other => other.to_owned(),
    };
    match &value["type"] {
        Value::String(only) => name(only),
        several => either(strings(several).into_iter().map(name).collect()),
    }
}

fn documentation(definitions: &Map<String, Value>) -> String {
    let mut out = INTRODUCTION.to_owned();
    let mut names = Vec::new();
    reading_order(definitions, "report", &mut names);
    for name in names {
        let definition = &definitions[name];
        let text = definition["description"].as_str().unwrap_or_default();
        let _ = write!(out, "\n## {name}\n\n{text}\n");
        for shared in references(&definition["allOf"]) {
            let _ = write!(out, "\nAlso every key of [{shared}](#{shared}).\n");
        }
        out.push_str("\n| key | type | unit | meaning |\n| --- | --- | --- | --- |\n");
        for (key, is_optional) in keys(definition) {
            let property = &definition["properties"][key];
            let text = property["description"].as_str().unwrap_or_default();
            let (meaning, unit) = text.split_once(" Unit: ").unwrap_or((text, ""));
            let unit = unit.trim_end_matches('.');
            let optional = if is_optional { ", *optional*" } else { "" };
            let kind = type_in_words(property);
            let _ = writeln!(out, "| `{key}` | {kind}{optional} | {unit} | {meaning} |");
        }
    }
    out
}

#[test]
fn the_docs_are_generated_from_the_types() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let schema = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    let files = [
        ("report.schema.json", schema),
        ("REPORT.md", documentation(&definitions())),
    ];
    for (name, expected) in files {
        let path = docs.join(name);
        if env::var_os("FATHOM_BLESS").is_some() {
            fs::write(&path, &expected).expect(name);
        }
        let is_current = fs::read_to_string(&path).expect(name) == expected;
        assert!(
            is_current,
            "docs/{name} is out of date: run the tests with FATHOM_BLESS=1"
        );
    }
}

#[test]
fn every_key_has_a_meaning() {
    for (name, definition) in definitions() {
        assert!(definition["description"].is_string(), "{name}");
        for (key, _) in keys(&definition) {
            let text = definition["properties"][key]["description"].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{name}.{key}");
        }
    }
}
