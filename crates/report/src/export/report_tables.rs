//! A report as tables: columns with units, rows with numbers as they are.
//!
//! Knows the report as JSON, in which every number already has its last form.

use serde_json::{Map, Value};

use super::columns::{rank, unit};
use crate::report::Report;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The key in the report; those of objects inside are joined by `/`.
    pub key: String,
    /// Its unit; empty for words and plain numbers.
    pub unit: &'static str,
}

impl Column {
    /// Key and unit.
    #[must_use]
    pub fn heading(&self) -> String {
        if self.unit.is_empty() {
            self.key.clone()
        } else {
            format!("{} [{}]", self.key, self.unit)
        }
    }
}

/// A place in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// No figure.
    #[default]
    Missing,
    /// A figure, in the unit of the column.
    Number(f64),
    /// Words.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The section of the report; a good name for a file.
    pub name: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each as long as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// An object with keys joined by `/`, lists of more than two left out.
type Flat = Vec<(String, Cell)>;

fn flatten(prefix: &str, value: &Value, out: &mut Flat) {
    let joined = |key: &str| match prefix {
        "" => key.to_owned(),
        _ => format!("{prefix}/{key}"),
    };
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                flatten(&joined(key), inner, out);
            }
        }
        Value::Array(list) => {
            if let [low, high] = &list[..] {
                flatten(&joined("low"), low, out);
                flatten(&joined("high"), high, out);
            }
        }
        Value::Null => out.push((prefix.to_owned(), Cell::Missing)),
        Value::Bool(flag) => out.push((prefix.to_owned(), Cell::Flag(*flag))),
        Value::String(text) => out.push((prefix.to_owned(), Cell::Text(text.clone()))),
        Value::Number(n) => {
            let cell = n.as_f64().map_or(Cell::Missing, Cell::Number);
            out.push((prefix.to_owned(), cell));
        }
    }
}

/// The unit of a path: that of its last key which has one.
fn unit_of(definition: &str, path: &str) -> &'static str {
    let units = path.rsplit('/').filter_map(|key| unit(definition, key));
    units
        .into_iter()
        .find(|unit| !unit.is_empty())
        .unwrap_or_default()
}

impl Table {
    /// A table whose rows are the objects of a list; `None` for an empty list.
    fn of_rows(name: &'static str, definition: &str, rows: &[Flat]) -> Option<Self> {
        let mut keys: Vec<&String> = Vec::new();
        for (key, _) in rows.iter().flatten() {
            // A key is missing in some rows and holds an object in others: those of the object are columns then.
            let is_object = rows.iter().flatten().any(|other| {
                other.0.starts_with(key.as_str()) && other.0[key.len()..].starts_with('/')
            });
            if !is_object && !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys.sort_by_cached_key(|key| rank(key));
        let row = |flat: &Flat| {
            let cell = |key: &&String| flat.iter().find(|entry| entry.0 == **key);
            let cells = keys
                .iter()
                .map(|key| cell(key).map(|entry| entry.1.clone()));
            cells.map(Option::unwrap_or_default).collect()
        };
        (!rows.is_empty()).then(|| Self {
            name,
            columns: keys
                .iter()
                .map(|key| Column {
                    unit: unit_of(definition, key),
                    key: (*key).clone(),
                })
                .collect(),
            rows: rows.iter().map(row).collect(),
        })
    }

    /// A table with a row per figure of one object, each with its unit.
    fn of_facts(name: &'static str, definition: &str, object: &Value) -> Option<Self> {
        let mut flat = Flat::new();
        flatten("", object, &mut flat);
        flat.sort_by_cached_key(|entry| rank(&entry.0));
        let row = |(key, cell): (String, Cell)| {
            let unit = unit_of(definition, &key).to_owned();
            vec![Cell::Text(key), cell, Cell::Text(unit)]
        };
        let column = |key: &str| Column {
            key: key.to_owned(),
            unit: "",
        };
        (!flat.is_empty()).then(|| Self {
            name,
            columns: ["key", "value", "unit"].map(column).to_vec(),
            rows: flat.into_iter().map(row).collect(),
        })
    }

    /// The place of a column.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }
}

fn flats(list: &Value) -> Vec<Flat> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    let flat = |item: &Value| {
        let mut out = Flat::new();
        flatten("", item, &mut out);
        out
    };
    items.iter().map(flat).collect()
}

/// The objects in an object, each a row with its key under `name`.
fn named(object: &Value, name: &str) -> Vec<Flat> {
    let empty = Map::new();
    let entries = object.as_object().unwrap_or(&empty).iter();
    let mut rows: Vec<Flat> = entries
        .filter(|(_, inner)| inner.is_object())
        .map(|(key, inner)| {
            let mut out = vec![(name.to_owned(), Cell::Text(key.clone()))];
            flatten("", inner, &mut out);
            out
        })
        .collect();
    rows.sort_by_cached_key(|row| match &row[0].1 {
        Cell::Text(key) => rank(key),
        _ => Vec::new(),
    });
    rows
}

/// Metrics of each role by each average.
fn metric_rows(metrics: &Value) -> Vec<Flat> {
    let mut rows = Vec::new();
    for role in ["fp32", "int8", "board"] {
        for average in ["pooled", "per_frame"] {
            let section = &metrics[role];
            if !section[average].is_object() {
                continue;
            }
            let word = |text: &str| Cell::Text(text.to_owned());
            let mut row = vec![
                ("role".to_owned(), word(role)),
                ("average".to_owned(), word(average)),
            ];
            flatten("count", &section["count"], &mut row);
            flatten("", &section[average], &mut row);
            flatten("floored", &section["floored"], &mut row);
            rows.push(row);
        }
    }
    rows
}

/// Each cell of the coarse grid over the picture.
fn place_rows(places: &Value) -> Vec<Flat> {
    let columns = places["columns"].as_u64().unwrap_or(1).max(1) as usize;
    let counts = places["counts"].as_array().map_or(0, Vec::len);
    let row = |i: usize| {
        let mut out = vec![
            ("row".to_owned(), Cell::Number((i / columns) as f64)),
            ("column".to_owned(), Cell::Number((i % columns) as f64)),
        ];
        for (key, list) in [
            ("count", "counts"),
            ("bias_f", "bias_f"),
            ("bias_q", "bias_q"),
        ] {
            flatten(key, &places[list][i], &mut out);
        }
        out
    };
    (0..counts).map(row).collect()
}

/// The values of the codes that were fitted to the depths.
fn code_value_rows(codes: &Value) -> Vec<Flat> {
    let mut rows = Vec::new();
    for code in codes.as_array().into_iter().flatten() {
        let values = code["fitted_values"].as_array().into_iter().flatten();
        for (i, value) in values.enumerate() {
            let mut row = vec![("index".to_owned(), Cell::Number(i as f64))];
            flatten("name", &code["name"], &mut row);
            flatten("value", value, &mut row);
            rows.push(row);
        }
    }
    rows
}

/// The budget without what has tables of its own.
fn budget_alone(budget: &Value) -> Value {
    let mut alone = budget.clone();
    if let Some(map) = alone.as_object_mut() {
        map.remove("grid");
        map.remove("predictions");
    }
    alone
}

/// Every table of a report, in the order of its sections; those without data are absent.
///
/// # Errors
/// None in practice: no part of a report can fail to serialise.
pub fn tables(report: &Report) -> Result<Vec<Table>, serde_json::Error> {
    let json = serde_json::to_value(report)?;
    let (metrics, planner) = (&json["metrics"], &json["planner"]);
    let other = &json["other_link"];
    let object = |value: &Value| {
        if value.is_object() {
            value.clone()
        } else {
            Value::Object(Map::new())
        }
    };
    let facts = [
        Table::of_facts("settings", "settings", &object(&json["settings"])),
        Table::of_facts(
            "distribution",
            "distribution",
            &object(&json["distribution"]),
        ),
    ];
    let depths = [
        ("inputs", "input", flats(&json["inputs"])),
        ("ranges", "range", flats(&json["ranges"])),
        ("best", "end", named(&json["best"], "metric")),
        ("optima", "optimum", named(&json["optima"], "metric")),
        ("sweep", "sweep_point", flats(&json["sweep"]["points"])),
        ("bits", "bit_row", flats(&json["bits"]["rows"])),
        ("calibrators", "calibrator", flats(&json["calibrators"])),
        ("codes", "code", flats(&json["codes"])),
        (
            "code_values",
            "code_values",
            code_value_rows(&json["codes"]),
        ),
        ("metrics", "figures", metric_rows(metrics)),
        ("changes", "change", flats(&metrics["changes"])),
    ];
    let compared = [
        Table::of_facts("protocol", "protocol", &object(&metrics["protocol"])),
        Table::of_facts("budget", "budget", &object(&budget_alone(&json["budget"]))),
        Table::of_facts(
            "predictions",
            "predictions",
            &object(&json["budget"]["predictions"]),
        ),
        Table::of_facts("grid", "grid", &object(&json["budget"]["grid"])),
        Table::of_facts("artefacts", "artefacts", &object(&json["artefacts"])),
    ];
    let parts = [
        ("bands", "band", flats(&json["bands"])),
        ("depth_curve", "depth_bin", flats(&json["depth_curve"])),
        ("frames", "frame", flats(&json["frames"])),
        ("places", "places", place_rows(&json["places"])),
        (
            "what_if",
            "what_if_point",
            flats(&json["what_if"]["points"]),
        ),
        ("sources", "source", flats(&planner["sources"])),
        ("remedies", "remedy", flats(&planner["remedies"])),
        ("verdicts", "verdict", flats(&json["verdicts"])),
        ("links", "link", flats(&other["links"])),
        ("other_metrics", "beside_metric", flats(&other["metrics"])),
        ("other_ranges", "beside_range", flats(&other["ranges"])),
    ];
    let of_rows = |(name, definition, rows): (&'static str, &str, Vec<Flat>)| {
        Table::of_rows(name, definition, &rows)
    };
    let all = facts
        .into_iter()
        .chain(depths.into_iter().map(of_rows))
        .chain(compared)
        .chain(parts.into_iter().map(of_rows));
    Ok(all.flatten().collect())
}
