//! The benchmarks, and `docs/BENCHMARKS.md` as it is written from their figures.
//!
//! `xtask/benchmarks.json` says which tables there are, which figure stands in which cell, and what was tried and left.
//! `docs/benchmarks.json` holds every figure of the last run, with the machine and the commit.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::SystemTime;
use std::{env, thread};

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::process::Program;
use crate::project::{data, root, target};
use crate::site::{self, Quality};
use crate::{browser, files, oracles};

const LAYOUT: &str = "xtask/benchmarks.json";
const FIGURES: &str = "docs/benchmarks.json";
const PAGE: &str = "docs/BENCHMARKS.md";
const COMMAND: &str = "cargo xtask bench";

/// The benchmarks of criterion: package, name, and the profile of the program that does the same work.
const NATIVE: [(&str, &str, &str); 4] = [
    ("fathom-analysis", "ranges", "release"),
    ("fathom-analysis", "codes", "bench"),
    ("fathom-analysis", "practice", "bench"),
    ("fathom-network", "study", "bench"),
];

/// The same jobs in numpy, and whether the script takes the folder of real frames.
const IN_NUMPY: [(&str, bool); 2] = [("reference.py", true), ("practice.py", false)];

/// The folder of the numpy scripts.
const NUMPY_SCRIPTS: &str = "crates/analysis/benches";

/// The text of a cell whose figure was not measured.
const NOT_MEASURED: &str = "–";

/// A measured number with its unit.
#[derive(Clone, Debug, PartialEq)]
struct Figure {
    value: f64,
    unit: String,
}

type Figures = BTreeMap<String, Figure>;

/// Runs all benchmarks, and writes their figures and the page.
///
/// # Errors
/// If a benchmark fails, or a file cannot be read or written.
pub(crate) fn run() -> Outcome {
    let layout = read_json(&root().join(LAYOUT))?;
    let figures = measure()?;
    for name in left_out(&layout, &figures) {
        println!("{LAYOUT} has no cell for {name:?}.");
    }
    let measured = json!({
        "machine": machine(),
        "command": COMMAND,
        "commit": Program::new("git").args(["describe", "--always", "--dirty"]).within(&root()).output()?,
        "figures": figures.iter().map(|(name, figure)| {
            (name.clone(), json!({ "value": figure.value, "unit": figure.unit }))
        }).collect::<serde_json::Map<_, _>>(),
    });
    let text = serde_json::to_string_pretty(&measured).unwrap_or_default();
    files::write(&root().join(FIGURES), text + "\n")?;
    files::write(&root().join(PAGE), page(&layout, &measured))?;
    println!("Wrote {PAGE} and {FIGURES}.");
    Ok(())
}

fn measure() -> Outcome<Figures> {
    let start = SystemTime::now();
    for (package, bench, profile) in NATIVE {
        let args = [
            "bench",
            "--package",
            package,
            "--bench",
            bench,
            "--profile",
            profile,
        ];
        Program::new("cargo").args(args).within(&root()).run()?;
    }
    let mut figures = criterion_figures(&target().join("criterion"), start)?;
    site::build(Quality::Full)?;
    for script in browser::benchmarks()? {
        let out = browser::bench(&script)?;
        figures.extend(out.lines().filter_map(json_figure));
    }
    let python = oracles::ensure()?;
    for (script, takes_frames) in IN_NUMPY {
        let script = root().join(NUMPY_SCRIPTS).join(script);
        let frames = data().join("triple").join("gt");
        if takes_frames && !frames.is_dir() {
            continue;
        }
        let frames = takes_frames.then_some(frames);
        let program = Program::new(&python).args([script]).args(frames);
        let out = program.echoed()?;
        figures.extend(out.lines().filter_map(text_figure));
    }
    Ok(figures)
}

/// The medians that criterion has written after this time, by the names of the benchmarks.
fn criterion_figures(folder: &Path, after: SystemTime) -> Outcome<Figures> {
    let mut figures = Figures::new();
    for file in files::below(folder)? {
        let is_new = || {
            file.metadata()
                .and_then(|meta| meta.modified())
                .is_ok_and(|time| time >= after)
        };
        if !file.ends_with("new/estimates.json") || !is_new() {
            continue;
        }
        let nanoseconds = &read_json(&file)?["median"]["point_estimate"];
        let about = read_json(&file.with_file_name("benchmark.json"))?;
        if let (Some(ns), Some(name)) = (nanoseconds.as_f64(), about["full_id"].as_str()) {
            let figure = Figure {
                value: ns / 1e9,
                unit: "s".to_owned(),
            };
            figures.insert(name.to_owned(), figure);
        }
    }
    Ok(figures)
}

/// A line such as `{"bench": "one edit", "value": 3.1, "unit": "ms"}`; any other line is for people.
fn json_figure(line: &str) -> Option<(String, Figure)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let figure = Figure {
        value: value["value"].as_f64()?,
        unit: value["unit"].as_str()?.to_owned(),
    };
    Some((value["bench"].as_str()?.to_owned(), figure))
}

/// A line of a numpy script, such as `one edit: 71 ms`. Its name in the tables is `numpy: one edit`.
fn text_figure(line: &str) -> Option<(String, Figure)> {
    let (name, rest) = line.rsplit_once(": ")?;
    let mut words = rest.split(' ');
    let value = words.next()?.replace(',', "").parse().ok()?;
    let unit = words.next()?.to_owned();
    Some((format!("numpy: {name}"), Figure { value, unit }))
}

/// The names that figures were measured for and that no cell shows.
fn left_out<'a>(layout: &Value, figures: &'a Figures) -> Vec<&'a String> {
    let shown: Vec<_> = array(layout, "tables")
        .flat_map(|table| array(table, "rows"))
        .flat_map(|row| array(row, "cells"))
        .collect();
    figures
        .keys()
        .filter(|name| !shown.contains(&&json!(name)))
        .collect()
}

/// The page, from the layout and the measured figures.
fn page(layout: &Value, measured: &Value) -> String {
    let text = |key: &str| measured[key].as_str().unwrap_or_default();
    let mut out = format!(
        "# Benchmarks\n\nWritten by `{}`: do not edit.\n\n| | |\n| --- | --- |\n| machine | {} |\n| command | `{}` |\n| commit | `{}` |\n",
        text("command"),
        text("machine"),
        text("command"),
        text("commit"),
    );
    for table in array(layout, "tables") {
        let columns: Vec<_> = array(table, "columns").filter_map(Value::as_str).collect();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n## {}\n\n| {} |\n|{}\n",
            table["title"].as_str().unwrap_or_default(),
            columns.join(" | "),
            " --- |".repeat(columns.len())
        );
        for row in array(table, "rows") {
            let _ = write!(out, "| {} |", row["label"].as_str().unwrap_or_default());
            for name in array(row, "cells") {
                let _ = write!(out, " {} |", cell(&measured["figures"], name));
            }
            out.push('\n');
        }
    }
    out.push_str("\n## Tried and left\n\n");
    for line in array(layout, "tried").filter_map(Value::as_str) {
        let _ = writeln!(out, "- {line}");
    }
    out
}

/// The text of a cell: a number and a unit, or a dash. A name of `null` leaves the cell empty.
fn cell(figures: &Value, name: &Value) -> String {
    let Some(name) = name.as_str() else {
        return String::new();
    };
    let figure = &figures[name];
    match (figure["value"].as_f64(), figure["unit"].as_str()) {
        (Some(value), Some(unit)) => shown(value, unit),
        _ => NOT_MEASURED.to_owned(),
    }
}

/// A number to three digits; times in the unit that suits them.
fn shown(value: f64, unit: &str) -> String {
    let seconds = match unit {
        "s" => Some(value),
        "ms" => Some(value / 1e3),
        "us" | "µs" => Some(value / 1e6),
        _ => None,
    };
    let (value, unit) = match seconds {
        Some(s) if s >= 1.0 || s == 0.0 => (s, "s"),
        Some(s) if s >= 1e-3 => (s * 1e3, "ms"),
        Some(s) => (s * 1e6, "µs"),
        // The unit of a plain number.
        None => (value, if unit == "1" { "" } else { unit }),
    };
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 || v == 0.0 => 2,
        _ => 4,
    };
    format!("{value:.decimals$} {unit}").trim_end().to_owned()
}

/// The processor, its cores, the memory, and the compiler.
fn machine() -> String {
    let of_file = |file: &str, key: &str| {
        let text = files::text(Path::new(file)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let processor =
        of_file("/proc/cpuinfo", "model name").unwrap_or_else(|| env::consts::ARCH.to_owned());
    let kilobytes = of_file("/proc/meminfo", "MemTotal");
    let kilobytes = kilobytes.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = kilobytes.map_or(String::new(), |kb| format!(", {} GB", kb.div_ceil(1 << 20)));
    let rustc = Program::new("rustc")
        .args(["--version"])
        .output()
        .unwrap_or_default();
    let rustc: Vec<_> = rustc.split(' ').take(2).collect();
    format!("{cores} cores of {processor}{memory}, {}", rustc.join(" "))
}

fn read_json(file: &Path) -> Outcome<Value> {
    serde_json::from_slice(&files::read(file)?).map_err(|error| {
        let what = format!("cannot read {}", file.display());
        Failure::new(what, error.to_string(), "correct it as JSON")
    })
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::project::Scratch;

    /// Larger tables hide what matters.
    const MOST_TABLES: usize = 5;
    const MOST_ROWS: usize = 25;

    #[test]
    fn numbers_are_short_and_times_have_a_unit_that_suits_them() {
        for (value, unit, expected) in [
            (0.23, "s", "230 ms"),
            (1.234, "s", "1.23 s"),
            (12_345.0, "ms", "12.3 s"),
            (0.000_16, "s", "160 µs"),
            (349.64, "KB", "350 KB"),
            (0.0024, "1", "0.0024"),
            (89.0, "x", "89.0 x"),
        ] {
            assert_eq!(shown(value, unit), expected, "{value} {unit}");
        }
    }

    #[test]
    fn figures_are_read_from_lines() {
        let figure = |value, unit: &str| Figure {
            value,
            unit: unit.to_owned(),
        };
        let json = r#"{"bench": "edit", "value": 0.23, "unit": "s"}"#;
        assert_eq!(
            json_figure(json),
            Some(("edit".to_owned(), figure(0.23, "s")))
        );
        for line in ["one edit: 3 ms", "{}", "17", r#"{"bench": "edit"}"#] {
            assert_eq!(json_figure(line), None, "{line}");
        }
        let line = "sweep, every metric: 23,500 ms (from 20 of them)";
        assert_eq!(
            text_figure(line),
            Some((
                "numpy: sweep, every metric".to_owned(),
                figure(23_500.0, "ms")
            ))
        );
        assert_eq!(text_figure("RMSE: none"), None);
    }

    #[test]
    fn criterion_gives_medians_of_this_run() {
        let scratch = Scratch::new("criterion-test").expect("temporary files can be written");
        let new = scratch.path().join("a_b").join("new");
        files::write(
            &new.join("estimates.json"),
            r#"{"median": {"point_estimate": 2e6}}"#,
        )
        .expect("file");
        files::write(&new.join("benchmark.json"), r#"{"full_id": "a/b"}"#).expect("file");
        let minute = Duration::from_secs(60);
        let now = SystemTime::now();
        let found = criterion_figures(scratch.path(), now - minute).expect("figures");
        assert_eq!(
            found["a/b"],
            Figure {
                value: 2e-3,
                unit: "s".to_owned()
            }
        );
        assert!(
            criterion_figures(scratch.path(), now + minute)
                .expect("none")
                .is_empty()
        );
    }

    #[test]
    fn a_page_has_a_number_and_a_unit_in_each_cell() {
        let layout = json!({
            "tables": [{ "title": "Native", "columns": ["job", "Fathom", "numpy"], "rows": [
                { "label": "edit", "cells": ["edit", "numpy: edit"] },
                { "label": "sweep", "cells": ["sweep", null] },
            ] }],
            "tried": ["Larger blocks: a tenth faster, four times the memory."],
        });
        let measured = json!({
            "machine": "2 cores", "command": COMMAND, "commit": "abc",
            "figures": { "edit": { "value": 0.16, "unit": "ms" }, "numpy: edit": { "value": 71, "unit": "ms" } },
        });
        let page = page(&layout, &measured);
        for expected in [
            "| machine | 2 cores |\n",
            "| commit | `abc` |\n",
            "## Native\n\n| job | Fathom | numpy |\n| --- | --- | --- |\n",
            "| edit | 160 µs | 71.0 ms |\n",
            "| sweep | – |  |\n",
            "- Larger blocks",
        ] {
            assert!(page.contains(expected), "{expected} is not in {page}");
        }
        let other = Figures::from([(
            "other".to_owned(),
            Figure {
                value: 1.0,
                unit: String::new(),
            },
        )]);
        assert_eq!(left_out(&layout, &other), ["other"]);
    }

    #[test]
    fn the_layout_is_small() {
        let layout = read_json(&root().join(LAYOUT)).expect("it is in the repository");
        let tables: Vec<_> = array(&layout, "tables").collect();
        assert!(
            !tables.is_empty() && tables.len() <= MOST_TABLES,
            "{}",
            tables.len()
        );
        let rows: Vec<_> = tables
            .iter()
            .flat_map(|table| array(table, "rows").map(move |row| (table, row)))
            .collect();
        assert!(rows.len() <= MOST_ROWS, "{}", rows.len());
        for (table, row) in rows {
            let columns = array(table, "columns").count();
            assert_eq!(array(row, "cells").count() + 1, columns, "{row}");
        }
        assert_eq!(array(&layout, "tried").count(), 3);
    }
}
