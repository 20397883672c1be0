//! Exports agree with the report: units, tables, CSV and documents. Code for toolchains parses as Python, and the headline script computes
//! the report's figures from the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::python;
use crate::full_report::{Set, report_of, write_copies, write_small};
use fathom_analysis::compare::{EvalProtocol, Evaluator};
use fathom_analysis::{NamedRange, RangeSettings};
use fathom_core::quant::{Bits, OutputRange};
use fathom_report::export::{
    Cell, Column, Document, DocumentChart, DocumentMap, DocumentMaps, DocumentOrigin,
    DocumentPictures, HeadlineInput, Table, Tool, csv, headline_script, html, markdown, snippet,
    tables, unit,
};
use fathom_report::report::Report;
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn report(name: &str) -> Report {
    let folder = folder(name);
    write_small(&folder);
    let plain = Some(Evaluator::Plain);
    report_of(
        &Set::read(&folder),
        EvalProtocol::default(),
        plain,
        Some(RangeSettings::default()),
    )
}

#[test]
fn units_are_the_documented_ones() {
    let text = fs::read_to_string(crate::common::root().join("docs/REPORT.md"))
        .expect("the documentation");
    let (mut heading, mut wrong, mut checked) = (String::new(), Vec::new(), 0);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            heading = name.to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, key, _, documented, _, _] = cells[..] else {
            continue;
        };
        let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) else {
            continue;
        };
        // Rows that link to another heading are objects, which have no unit.
        if line.contains("](#") {
            continue;
        }
        if let Some(unit) = unit(&heading, key) {
            checked += 1;
            if unit != documented {
                wrong.push(format!(
                    "{heading}, {key}: {unit:?}, documented {documented:?}"
                ));
            }
        }
    }
    assert!(checked > 240, "{checked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the value at a path of keys joined by `/`.
fn at<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('/').fold(row, |value, key| match (value, key) {
        (Value::Array(pair), "low") => &pair[0],
        (Value::Array(pair), "high") => &pair[1],
        _ => &value[key],
    })
}

#[test]
fn tables_and_csv_have_every_number() {
    let report = report("tables");
    let json = serde_json::to_value(&report).expect("JSON");
    let all = tables(&report).expect("tables");
    let table = |name: &str| all.iter().find(|table| table.name == name).expect(name);
    let lists = [
        ("inputs", "/inputs"),
        ("ranges", "/ranges"),
        ("sweep", "/sweep/points"),
        ("bits", "/bits/rows"),
        ("calibrators", "/calibrators"),
        ("codes", "/codes"),
        ("changes", "/metrics/changes"),
        ("bands", "/bands"),
        ("depth_curve", "/depth_curve"),
        ("frames", "/frames"),
        ("what_if", "/what_if/points"),
        ("sources", "/planner/sources"),
        ("remedies", "/planner/remedies"),
        ("verdicts", "/verdicts"),
    ];
    for (name, pointer) in lists {
        let rows = json.pointer(pointer).and_then(Value::as_array).expect(name);
        let table = table(name);
        assert_eq!(table.rows.len(), rows.len(), "{name}");
        let text = csv(table).expect("CSV");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(
            reader.headers().expect("a header").len(),
            table.columns.len()
        );
        for (record, row) in reader.records().zip(rows) {
            let record = record.expect("a record");
            for (column, field) in table.columns.iter().zip(&record) {
                match at(row, &column.key) {
                    Value::Number(n) => {
                        assert_eq!(field.parse().ok(), n.as_f64(), "{name}, {}", column.key);
                    }
                    Value::Null => assert_eq!(field, "", "{name}, {}", column.key),
                    Value::String(text) => assert_eq!(field, text),
                    Value::Bool(flag) => assert_eq!(field, flag.to_string()),
                    other => panic!("{name}, {}: {other}", column.key),
                }
            }
        }
    }
    let names: Vec<&str> = all.iter().map(|table| table.name).collect();
    for name in [
        "settings",
        "distribution",
        "best",
        "optima",
        "code_values",
        "metrics",
        "protocol",
        "budget",
        "predictions",
        "grid",
        "artefacts",
        "places",
    ] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    assert_eq!(table("optima").rows.len(), 13);
    assert_eq!(table("metrics").rows.len(), 6);
    assert_eq!(table("places").rows.len(), 24 * 32);
}

/// A name of a file runs as a formula in a spreadsheet, unless the exporter marks it as text.
#[test]
fn no_cell_of_a_csv_is_a_formula() {
    let folder = folder("formulas");
    write_small(&folder);
    write_copies(&folder);
    let mut set = Set::read(&folder);
    set.rename(|name| format!("=cmd|' /C calc'!A0 {name}"));
    let how = Some(RangeSettings::default());
    let report = report_of(&set, EvalProtocol::default(), None, how);
    let all = tables(&report).expect("tables");
    let texts = all.iter().flat_map(|table| table.rows.iter().flatten());
    let named = texts.filter(|cell| matches!(cell, Cell::Text(text) if text.starts_with('=')));
    // Names and frames of 42 files, 14 frames, 2 originals.
    assert_eq!(named.count(), 2 * 42 + 14 + 2);
    for start in ["=", "+", "-", "@", "\t", "\r"] {
        let mut cells = 0;
        for table in &all {
            // Every text: titles of links, names of ranges, sentences.
            let mut table = table.clone();
            for cell in table.rows.iter_mut().flatten() {
                if let Cell::Text(text) = cell {
                    text.insert_str(0, start);
                }
            }
            let text = csv(&table).expect("CSV");
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            for (record, row) in reader.records().zip(&table.rows) {
                for (field, cell) in record.expect("a record").iter().zip(row) {
                    cells += 1;
                    match cell {
                        Cell::Text(text) => assert_eq!(field, format!("'{text}"), "{}", table.name),
                        Cell::Number(n) => assert_eq!(field.parse(), Ok(*n)),
                        Cell::Missing | Cell::Flag(_) => {
                            assert!(!field.starts_with(['=', '+', '-', '@']), "{field}");
                        }
                    }
                }
            }
        }
        assert!(cells > 5_000, "{cells}");
    }
}

#[test]
fn every_column_is_known_and_lengths_have_units() {
    let report = report("columns");
    for table in tables(&report).expect("tables") {
        for column in &table.columns {
            for key in column.key.split('/') {
                let known = unit("", key).is_some() || key == "unit";
                assert!(known, "{}: {key} is no known column", table.name);
            }
        }
        let headings: Vec<String> = table.columns.iter().map(Column::heading).collect();
        if table.column("rmse").is_some() {
            assert!(headings.contains(&"rmse [m]".to_owned()), "{headings:?}");
        }
        let widths: Vec<usize> = table.rows.iter().map(Vec::len).collect();
        assert!(widths.iter().all(|&width| width == table.columns.len()));
    }
}

fn number(table: &Table, row: usize, key: &str) -> f64 {
    match table.column(key).map(|i| &table.rows[row][i]) {
        Some(Cell::Number(n)) => *n,
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn documents_have_the_answers_and_the_figures() {
    let report = report("documents");
    let chart = DocumentChart {
        caption: "RMSE".to_owned(),
        svg: "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned(),
    };
    let origin = DocumentOrigin {
        date: "2026-01-31".to_owned(),
        link: Some("https://example.org/#f4.AAAA".to_owned()),
    };
    let map = DocumentMap {
        title: "FP32 prediction".to_owned(),
        png: b"\x89PNG".to_vec(),
        ends: ["1.00 m".to_owned(), "4.00 m".to_owned()],
        colours: vec!["#000000".to_owned(), "#ffffff".to_owned()],
    };
    let maps = DocumentMaps {
        caption: "The worst <frame>".to_owned(),
        maps: vec![map],
    };
    let pictures = DocumentPictures {
        charts: vec![chart],
        maps: Some(maps),
    };
    let document = Document::new("Kitchen", &report, &pictures, &origin).expect("a document");
    let (text, page) = (markdown(&document), html(&document));
    let all = tables(&report).expect("tables");
    let ranges = all.iter().find(|t| t.name == "ranges").expect("ranges");
    let rmse = number(ranges, 0, "rmse");
    assert!((0.01..0.1).contains(&rmse), "{rmse}");
    let rmse = format!("{rmse:.5}");
    for part in [
        "Why is INT8 worse?",
        "Bias",
        "A sentence.",
        "Lloyd-Max",
        "2026-01-31",
        "https://example.org/#f4.AAAA",
        "Output ranges, for a perfect network",
        "<details><summary>",
        "rmse [m]",
        "16-bit output",
    ] {
        let marked = part.replace('[', "\\[").replace(']', "\\]");
        assert!(text.contains(&marked), "{part}");
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("data:image/svg+xml;base64,"));
    for part in [
        "data:image/png;base64,iVBORw==",
        "The worst &lt;frame&gt;",
        "linear-gradient(to right,#000000,#ffffff)",
        "4.00 m",
    ] {
        assert!(page.contains(part) && !text.contains(part), "{part}");
    }
    for forbidden in ["NaN", "inf |", "null", "<script", "http:"] {
        assert!(
            !text.contains(forbidden) && !page.contains(forbidden),
            "{forbidden}"
        );
    }
    assert!(text.contains(&rmse) && page.contains(&rmse), "{rmse}");
    // Each row of a Markdown table has as many cells as its header.
    let mut width = None;
    for line in text.lines() {
        let cells = line.replace("\\|", "").matches('|').count();
        if cells == 0 {
            width = None;
        } else {
            assert_eq!(*width.get_or_insert(cells), cells, "{line}");
        }
    }
}

#[test]
fn code_for_tools_is_python() {
    if python("numpy, PIL").is_none() {
        return;
    }
    let range = OutputRange::new(0.5, 15.0).expect("a range");
    for tool in Tool::ALL {
        for bits in [4, 8, 16].into_iter().filter_map(Bits::new) {
            let Ok(text) = snippet(tool, range, bits, "depth \"out\"\\1\n") else {
                continue;
            };
            let parsed = python("numpy, PIL")
                .expect("it was found")
                .args(["-c", "import ast, sys; ast.parse(sys.argv[1])", &text])
                .output()
                .expect("python3");
            let errors = String::from_utf8_lossy(&parsed.stderr);
            assert!(parsed.status.success(), "{tool:?}:\n{text}\n{errors}");
        }
    }
}

/// Runs the script and returns its figures by name and key.
fn run_headline(script: &str, folders: &[PathBuf]) -> BTreeMap<String, f64> {
    let path = folder("headline.py");
    fs::write(&path, script).expect("written");
    let out = python("numpy, PIL")
        .expect("it was found")
        .arg(&path)
        .args(folders)
        .output()
        .expect("python3");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    let text = String::from_utf8_lossy(&out.stdout);
    let line = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a figure");
        (name.to_owned(), value.parse().expect("a number"))
    };
    text.lines().map(line).collect()
}

#[test]
fn the_headline_script_computes_the_figures_of_the_report() {
    if python("numpy, PIL").is_none() {
        return;
    }
    let report = report("headline");
    let json = serde_json::to_value(&report).expect("JSON");
    let range = |name: &str, a, b| NamedRange {
        name: name.to_owned(),
        range: OutputRange::new(a, b).expect("a range"),
    };
    let script = headline_script(&HeadlineInput {
        gt_units_per_metre: 1000.0,
        prediction_units_per_metre: 1.0,
        markers: &[65_535.0],
        ranges: &[range("wide", 0.5, 15.0), range("near", 1.0, 2.0)],
        how: RangeSettings::default(),
    });
    let of = |role: &str| folder("headline").join(role);
    let found = run_headline(&script, &[of("gt"), of("fp32"), of("int8")]);
    let mut expected = vec![
        ("depths mean", &json["distribution"]["mean"]),
        ("quantization bias", &json["budget"]["bias"]),
        ("quantization rms", &json["budget"]["rms_quant"]),
        ("quantization cross", &json["budget"]["cross"]),
        ("fp32 rmse", &json["metrics"]["fp32"]["pooled"]["rmse"]),
        ("int8 rmse", &json["metrics"]["int8"]["pooled"]["rmse"]),
        ("int8 delta1", &json["metrics"]["int8"]["pooled"]["delta1"]),
    ];
    for (i, name) in ["wide", "near"].into_iter().enumerate() {
        assert_eq!(json["ranges"][i]["name"], name);
    }
    expected.extend([
        ("wide rmse", &json["ranges"][0]["rmse"]),
        ("wide coverage", &json["ranges"][0]["coverage"]),
        ("near rmse", &json["ranges"][1]["rmse"]),
        ("near abs_rel", &json["ranges"][1]["abs_rel"]),
        ("near delta1", &json["ranges"][1]["delta1"]),
    ]);
    for (name, value) in expected {
        let (got, value) = (found[name], value.as_f64().expect("a figure"));
        assert!(
            (got - value).abs() <= 1e-9 * value.abs() + 1e-12,
            "{name}: {got} instead of {value}"
        );
    }
}
