//! The report as a document to read: answers, charts, and the main columns of each table.

use serde_json::Value;

use super::key_tables::{KeyTable, WORST_FRAMES, key_tables};
use super::network_table::{network_sentences, network_table};
use super::report_tables::{Cell, Column, Table, tables};
use crate::report::Report;
use fathom_analysis::compare::Evaluator;
use fathom_core::i18n::{msgid, tr, tr_dynamic};

/// A chart in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChart {
    /// Caption.
    pub caption: String,
    /// The text of an SVG file.
    pub svg: String,
}

/// Maps of one frame beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentMaps {
    /// Caption.
    pub caption: String,
    /// The maps.
    pub maps: Vec<DocumentMap>,
}

/// A map in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentMap {
    /// Title.
    pub title: String,
    /// A PNG file.
    pub png: Vec<u8>,
    /// Values of the first and the last colour, with their units.
    pub ends: [String; 2],
    /// CSS colours from the first to the last.
    pub colours: Vec<String>,
}

/// The pictures of a document, which are made where charts and depths are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentPictures {
    /// Charts.
    pub charts: Vec<DocumentChart>,
    /// Maps of the worst frame.
    pub maps: Option<DocumentMaps>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading under the title.
    Heading(String),
    /// A question with its answer.
    Answer {
        /// The question.
        question: String,
        /// The answer in one sentence.
        headline: String,
        /// The figures behind it.
        text: String,
    },
    /// A sentence.
    Sentence(String),
    /// A link.
    Address {
        /// The words.
        words: String,
        /// The address.
        address: String,
    },
    /// A table of the page's figures.
    KeyTable(KeyTable),
    /// A table of the report, folded under its title.
    Folded {
        /// The title.
        title: String,
        /// The table.
        table: Table,
    },
    /// A chart.
    Chart(DocumentChart),
    /// Maps.
    Maps(DocumentMaps),
}

/// A report as a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Title.
    pub title: String,
    /// Parts, from top to bottom.
    pub blocks: Vec<Block>,
}

/// The title of a document about compared maps or depths.
pub const DOCUMENT_TITLE: &str = msgid("What INT8 does to these depth maps");

/// Columns of the errors of codes, ranges and calibration methods.
const ERROR_COLUMNS: &[&str] = &[
    "name",
    "min",
    "max",
    "values",
    "bits",
    "step",
    "coverage",
    "below",
    "above",
    "rmse",
    "rmse_rounding",
    "rmse_clipping",
    "abs_rel",
    "delta1",
    "error",
];

/// Tables of a document with their headings and columns; an empty list stands for all columns.
const SECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "metrics",
        msgid("Predictions against ground truth"),
        &[
            "role", "average", "count", "rmse", "abs_rel", "delta1", "mae", "bias", "silog",
            "floored",
        ],
    ),
    ("changes", msgid("Changes from FP32 to INT8"), &[]),
    ("budget", msgid("Where the squared error comes from"), &[]),
    (
        "predictions",
        msgid("What theory predicts for the RMSE of INT8"),
        &[],
    ),
    ("grid", msgid("The grid of the INT8 output"), &[]),
    (
        "bands",
        msgid("Errors by depth"),
        &[
            "from",
            "to",
            "count",
            "share",
            "f/bias",
            "f/rms",
            "q/bias",
            "q/rms",
            "share_of_f",
            "share_of_q",
            "share_of_total",
        ],
    ),
    (
        "frames",
        msgid("Frames with the largest loss"),
        &[
            "name",
            "count",
            "rmse_fp32",
            "rmse_int8",
            "change",
            "rms_q",
            "bias",
            "banding",
            "checkerboard",
        ],
    ),
    ("artefacts", msgid("Artefacts"), &[]),
    ("sources", msgid("Sources of error"), &[]),
    ("remedies", msgid("Remedies"), &[]),
    ("links", msgid("This page and the other link"), &[]),
    ("other_metrics", msgid("Metrics of both links"), &[]),
    (
        "other_ranges",
        msgid("Ranges on the depths of both links"),
        &[],
    ),
    ("distribution", msgid("The depths"), &[]),
    ("ranges", msgid("Output ranges"), ERROR_COLUMNS),
    ("best", msgid("Best ends"), &[]),
    (
        "optima",
        msgid("Best ranges with both ends free"),
        &[
            "metric",
            "min",
            "max",
            "value",
            "values/rmse",
            "values/abs_rel",
            "values/delta1",
        ],
    ),
    (
        "bits",
        msgid("Bit widths"),
        &[
            "bits",
            "rmse",
            "rmse_rounding",
            "rmse_clipping",
            "abs_rel",
            "delta1",
        ],
    ),
    (
        "calibrators",
        msgid("Ranges that toolchains would pick"),
        ERROR_COLUMNS,
    ),
    ("codes", msgid("Codes"), ERROR_COLUMNS),
    ("protocol", msgid("How predictions were measured"), &[]),
    ("settings", msgid("How ranges were measured"), &[]),
];

/// The origin of a document, beside the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentOrigin {
    /// Day of the document, as `2026-01-31`.
    pub date: String,
    /// Address that opens the page with the same answers.
    pub link: Option<String>,
}

impl Document {
    /// Lays out a report: origin, answers, charts and maps, the page's tables, and all other tables folded.
    ///
    /// # Errors
    /// None in practice: no part of a report can fail to serialise.
    pub fn new(
        title: &str,
        report: &Report,
        pictures: &DocumentPictures,
        origin: &DocumentOrigin,
    ) -> Result<Self, serde_json::Error> {
        let all = tables(report)?;
        let json = serde_json::to_value(report)?;
        let mut blocks: Vec<Block> = origin_texts(&json, &origin.date)
            .into_iter()
            .map(Block::Sentence)
            .collect();
        blocks.extend(origin.link.iter().map(|link| Block::Address {
            words: tr!("The same in the browser").to_owned(),
            address: link.clone(),
        }));
        let verdicts = all.iter().filter(|table| table.name == "verdicts");
        blocks.extend(verdicts.flat_map(answer_blocks));
        blocks.extend(pictures.charts.iter().cloned().map(Block::Chart));
        blocks.extend(pictures.maps.iter().cloned().map(Block::Maps));
        if let Some(network) = report.network() {
            let table = network_table(network);
            blocks.push(Block::Heading(table.title.to_owned()));
            blocks.extend(network_sentences(network).into_iter().map(Block::Sentence));
            blocks.push(Block::KeyTable(table));
        }
        for table in key_tables(&json) {
            blocks.push(Block::Heading(table.title.to_owned()));
            blocks.push(Block::KeyTable(table));
        }
        blocks.push(Block::Heading(tr!("All figures").to_owned()));
        blocks.push(Block::Sentence(
            tr!("Lengths are metres and shares 0 to 1. The report as JSON has every digit.")
                .to_owned(),
        ));
        for &(name, heading, columns) in SECTIONS {
            if let Some(table) = all.iter().find(|table| table.name == name) {
                blocks.push(Block::Folded {
                    title: tr_dynamic(heading).to_owned(),
                    table: select_columns(table, columns),
                });
            }
        }
        Ok(Self {
            title: title.to_owned(),
            blocks,
        })
    }
}

/// Writes product and date, depths and settings.
fn origin_texts(report: &Value, date: &str) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = env!("CARGO_PKG_VERSION");
    let mut texts = vec![
        tr!("Fathom {version}, {date}.", version, date),
        tr!("Depths from {source}.", source = word(&report["source"])),
    ];
    let settings = &report["settings"];
    texts.push(tr!(
        "Code: {code}, {bits} bits. Pixels outside the range: {policy}.",
        code = tr_dynamic(&word(&settings["code"])),
        bits = settings["bits"].as_u64().unwrap_or_default(),
        policy = tr_dynamic(&word(&settings["policy"]))
    ));
    let evaluator = word(&report["metrics"]["evaluator"]);
    // The plain protocol needs no name, as on the cards.
    if !evaluator.is_empty() && evaluator != Evaluator::Plain.name() {
        texts.push(tr!("Measured as {evaluator} does.", evaluator));
    }
    texts
}

/// Converts the table of verdicts to answers.
fn answer_blocks(verdicts: &Table) -> Vec<Block> {
    let text = |row: &[Cell], key: &str| match verdicts.column(key).map(|i| &row[i]) {
        Some(Cell::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let answer = |row: &Vec<Cell>| {
        let (headline, whole) = (text(row, "headline"), text(row, "text"));
        Block::Answer {
            question: text(row, "question"),
            // The text begins with the headline, which the document sets apart.
            text: whole
                .strip_prefix(&headline)
                .unwrap_or(&whole)
                .trim_start()
                .to_owned(),
            headline,
        }
    };
    verdicts.rows.iter().map(answer).collect()
}

/// Selects columns of a table. The table of frames is cut to those with the largest change.
fn select_columns(table: &Table, keys: &[&str]) -> Table {
    let columns: Vec<usize> = if keys.is_empty() {
        (0..table.columns.len()).collect()
    } else {
        keys.iter().filter_map(|key| table.column(key)).collect()
    };
    let mut rows: Vec<&Vec<Cell>> = table.rows.iter().collect();
    if let ("frames", Some(change)) = (table.name, table.column("change")) {
        let loss = |row: &Vec<Cell>| match row[change] {
            Cell::Number(n) => n,
            _ => f64::NEG_INFINITY,
        };
        rows.sort_by(|a, b| loss(b).total_cmp(&loss(a)));
        rows.truncate(WORST_FRAMES);
    }
    let pick = |row: &Vec<Cell>| columns.iter().map(|&i| row[i].clone()).collect();
    Table {
        name: table.name,
        columns: columns
            .iter()
            .map(|&i| table.columns[i].clone())
            .collect::<Vec<Column>>(),
        rows: rows.into_iter().map(pick).collect(),
    }
}

/// Formats a cell for reading: numbers with four digits, a dash for a missing figure.
pub(super) fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Missing => fathom_core::units::MISSING.to_owned(),
        Cell::Number(n) => four_digits(*n),
        Cell::Text(text) => text.clone(),
        Cell::Flag(true) => "yes".to_owned(),
        Cell::Flag(false) => "no".to_owned(),
    }
}

/// Formats a number with four significant digits, and a whole number with all of its digits.
fn four_digits(n: f64) -> String {
    if n == 0.0 {
        return "0".to_owned();
    }
    if n.fract() == 0.0 && n.abs() < 1e15 {
        return format!("{n:.0}");
    }
    let size = n.abs();
    if !(1e-4..1e6).contains(&size) {
        return format!("{n:.3e}");
    }
    let before = libm::floor(libm::log10(size)) as i32;
    format!("{n:.*}", usize::try_from(3 - before).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_significant_digits() {
        for (n, expected) in [
            (0.0, "0"),
            (0.254_112, "0.2541"),
            (2_185_607.0, "2185607"),
            (-12.345_67, "-12.35"),
            (0.000_012_34, "1.234e-5"),
            (1234.56, "1235"),
            (0.999_99, "1.0000"),
        ] {
            assert_eq!(four_digits(n), expected);
        }
    }
}
