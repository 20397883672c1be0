//! The report as tables: columns with units, rows with unrounded numbers.
//!
//! Tables are made from the JSON of the report, in which numbers have their final form.

use serde_json::{Map, Value};

use super::column_units::{sort_key, unit};
use crate::report::Report;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The key in the report; keys of nested objects are joined by `/`.
    pub key: String,
    /// The unit; empty for words and plain numbers.
    pub unit: &'static str,
}

impl Column {
    /// Returns key and unit, as in `rmse [m]`.
    #[must_use]
    pub fn heading(&self) -> String {
        if self.unit.is_empty() {
            self.key.clone()
        } else {
            format!("{} [{}]", self.key, self.unit)
        }
    }
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// The figure does not exist.
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
    /// The section of the report, which also names its CSV file.
    pub name: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// Cells of a JSON object with keys joined by `/`. Lists other than pairs are left out.
type FlatObject = Vec<(String, Cell)>;

/// Appends the cells of a JSON value; a pair becomes `low` and `high`.
fn flatten(prefix: &str, value: &Value, out: &mut FlatObject) {
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

/// Returns the unit of a path: that of its last key with a unit.
fn path_unit(definition: &str, path: &str) -> &'static str {
    let units = path.rsplit('/').filter_map(|key| unit(definition, key));
    units
        .into_iter()
        .find(|unit| !unit.is_empty())
        .unwrap_or_default()
}

impl Table {
    /// Makes a table with a row per object; `None` without objects.
    fn from_rows(name: &'static str, definition: &str, rows: &[FlatObject]) -> Option<Self> {
        let mut keys: Vec<&String> = Vec::new();
        for (key, _) in rows.iter().flatten() {
            // Where a key is null in some rows and an object in others, the columns are those of the object.
            let is_object = rows.iter().flatten().any(|other| {
                other.0.starts_with(key.as_str()) && other.0[key.len()..].starts_with('/')
            });
            if !is_object && !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys.sort_by_cached_key(|key| sort_key(key));
        let row = |flat: &FlatObject| {
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
                    unit: path_unit(definition, key),
                    key: (*key).clone(),
                })
                .collect(),
            rows: rows.iter().map(row).collect(),
        })
    }

    /// Makes a table with a row per figure of one object: key, value, unit.
    fn from_object(name: &'static str, definition: &str, object: &Value) -> Option<Self> {
        let mut flat = FlatObject::new();
        flatten("", object, &mut flat);
        flat.sort_by_cached_key(|entry| sort_key(&entry.0));
        let row = |(key, cell): (String, Cell)| {
            let unit = path_unit(definition, &key).to_owned();
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

    /// Returns the index of a column.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }
}

/// Puts infinity into the cells that a list of keys names: JSON has no number for it.
fn fill_infinite(names: &Value, flat: &mut FlatObject) {
    let names = names.as_array().into_iter().flatten();
    for name in names.filter_map(Value::as_str) {
        for (_, cell) in flat.iter_mut().filter(|(key, _)| key == name) {
            *cell = Cell::Number(f64::INFINITY);
        }
    }
}

/// Flattens each object of a list.
fn flat_objects(list: &Value) -> Vec<FlatObject> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    let flat = |item: &Value| {
        let mut item = item.clone();
        let mut removed = |key: &str| item.as_object_mut().and_then(|map| map.remove(key));
        let (infinite, repairs) = (removed("infinite"), removed("repairs"));
        let mut out = FlatObject::new();
        flatten("", &item, &mut out);
        if let Some(repairs) = repairs.as_ref().and_then(Value::as_array) {
            let text = |repair: &Value| {
                let part = |key: &str| repair[key].as_str().unwrap_or_default().to_owned();
                format!("{}={}", part("name"), part("value"))
            };
            let all: Vec<String> = repairs.iter().map(text).collect();
            out.push(("repairs".to_owned(), Cell::Text(all.join("; "))));
        }
        fill_infinite(&infinite.unwrap_or_default(), &mut out);
        out
    };
    items.iter().map(flat).collect()
}

/// Flattens each object inside an object, with its key as the cell `name`.
fn named_objects(object: &Value, name: &str) -> Vec<FlatObject> {
    let empty = Map::new();
    let entries = object.as_object().unwrap_or(&empty).iter();
    let mut rows: Vec<FlatObject> = entries
        .filter(|(_, inner)| inner.is_object())
        .map(|(key, inner)| {
            let mut out = vec![(name.to_owned(), Cell::Text(key.clone()))];
            flatten("", inner, &mut out);
            out
        })
        .collect();
    rows.sort_by_cached_key(|row| match &row[0].1 {
        Cell::Text(key) => sort_key(key),
        _ => Vec::new(),
    });
    rows
}

/// Rows of the metrics, one per role and average.
fn metric_rows(metrics: &Value) -> Vec<FlatObject> {
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
            fill_infinite(&section["infinite"], &mut row);
            rows.push(row);
        }
    }
    rows
}

/// Returns the definition that has the units of the metrics under the protocol.
pub(super) fn figures_definition(metrics: &Value) -> &'static str {
    if metrics["protocol"]["sq_rel_unit"] == "1" {
        "squared"
    } else {
        "figures"
    }
}

/// Returns the ratios of medians as rows, one per role.
fn ratio_rows(metrics: &Value) -> Vec<FlatObject> {
    named_objects(&metrics["scaling_ratios"], "role")
}

/// Rows of the error map, one per cell of its coarse grid over the image.
fn error_map_rows(places: &Value) -> Vec<FlatObject> {
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

/// Rows of the codes that were fitted to the depths, one per value.
fn code_value_rows(codes: &Value) -> Vec<FlatObject> {
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

/// Returns the budget without the parts that have tables of their own.
fn budget_without_tables(budget: &Value) -> Value {
    let mut alone = budget.clone();
    if let Some(map) = alone.as_object_mut() {
        map.remove("grid");
        map.remove("predictions");
    }
    alone
}

/// Converts a report to tables, in the order of its sections. Tables without data are absent.
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
    let settings = [
        Table::from_object("settings", "settings", &object(&json["settings"])),
        Table::from_object(
            "distribution",
            "distribution",
            &object(&json["distribution"]),
        ),
    ];
    let depths = [
        ("inputs", "input", flat_objects(&json["inputs"])),
        ("ranges", "range", flat_objects(&json["ranges"])),
        ("best", "end", named_objects(&json["best"], "metric")),
        (
            "optima",
            "optimum",
            named_objects(&json["optima"], "metric"),
        ),
        (
            "sweep",
            "sweep_point",
            flat_objects(&json["sweep"]["points"]),
        ),
        ("bits", "bit_row", flat_objects(&json["bits"]["rows"])),
        (
            "calibrators",
            "calibrator",
            flat_objects(&json["calibrators"]),
        ),
        ("codes", "code", flat_objects(&json["codes"])),
        (
            "code_values",
            "code_values",
            code_value_rows(&json["codes"]),
        ),
        ("metrics", figures_definition(metrics), metric_rows(metrics)),
        ("scaling_ratios", "scaling_ratio", ratio_rows(metrics)),
        ("changes", "change", flat_objects(&metrics["changes"])),
    ];
    let compared = [
        Table::from_object("protocol", "protocol", &object(&metrics["protocol"])),
        Table::from_object("resampling", "resampling", &object(&metrics["resampling"])),
        Table::from_object(
            "budget",
            "budget",
            &object(&budget_without_tables(&json["budget"])),
        ),
        Table::from_object(
            "predictions",
            "predictions",
            &object(&json["budget"]["predictions"]),
        ),
        Table::from_object("grid", "grid", &object(&json["budget"]["grid"])),
        Table::from_object("artefacts", "artefacts", &object(&json["artefacts"])),
    ];
    let parts = [
        ("bands", "band", flat_objects(&json["bands"])),
        (
            "depth_curve",
            "depth_bin",
            flat_objects(&json["depth_curve"]),
        ),
        ("frames", "frame", flat_objects(&json["frames"])),
        ("places", "places", error_map_rows(&json["places"])),
        (
            "what_if",
            "what_if_point",
            flat_objects(&json["what_if"]["points"]),
        ),
        ("sources", "source", flat_objects(&planner["sources"])),
        ("remedies", "remedy", flat_objects(&planner["remedies"])),
        ("verdicts", "verdict", flat_objects(&json["verdicts"])),
        ("links", "link", flat_objects(&other["links"])),
        (
            "other_metrics",
            "beside_metric",
            flat_objects(&other["metrics"]),
        ),
        (
            "other_ranges",
            "beside_range",
            flat_objects(&other["ranges"]),
        ),
    ];
    let from_rows = |(name, definition, rows): (&'static str, &str, Vec<FlatObject>)| {
        Table::from_rows(name, definition, &rows)
    };
    let all = settings
        .into_iter()
        .chain(depths.into_iter().map(from_rows))
        .chain(compared)
        .chain(parts.into_iter().map(from_rows));
    Ok(all.flatten().collect())
}
