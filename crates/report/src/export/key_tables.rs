//! The tables that a document shows first: the words of the page, and figures with their units.

use serde::Deserialize;
use serde_json::Value;

use super::column_units::unit;
use super::report_tables::figures_definition;
use fathom_analysis::compare::{FewPixels, exclusive_parts};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Number of frames in a table of a document; the CSV has all.
pub(super) const WORST_FRAMES: usize = 10;

/// A table of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTable {
    /// The title.
    pub title: &'static str,
    /// The heads of the columns. The first column names the row; the others are figures or verdicts.
    pub heads: Vec<&'static str>,
    /// The rows, each with one text per column.
    pub rows: Vec<Vec<String>>,
}

/// Makes the tables of a report from its JSON; those without rows are absent.
pub(super) fn key_tables(report: &Value) -> Vec<KeyTable> {
    let tables = [
        metrics(report),
        budget(report),
        bands(report),
        frames(report),
        ranges(report),
    ];
    let has_rows = |table: &KeyTable| !table.rows.is_empty();
    tables.into_iter().filter(has_rows).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Formats a figure, or a dash where there is none.
fn text(value: &Value, format: impl Fn(f64) -> String) -> String {
    value
        .as_f64()
        .map_or_else(|| units::MISSING.to_owned(), format)
}

fn with_sign(change: f64, size: impl Fn(f64) -> String) -> String {
    units::with_sign(change, &size(change.abs()))
}

/// The verdict on a change in the words of the page.
fn verdict(change: &Value) -> &'static str {
    let zero = Some(0.0);
    let is_zero = change["difference"].as_f64() == zero
        && list(&change["interval"])
            .iter()
            .all(|end| end.as_f64() == zero);
    match change["verdict"].as_str() {
        _ if is_zero && !list(&change["interval"]).is_empty() => tr!("none"),
        Some("real") => match FewPixels::deserialize(&change["few_pixels"]) {
            Ok(few) if few.carry_much() => tr!("real, by few pixels"),
            _ => tr!("real"),
        },
        Some("may be chance") => tr!("may be chance"),
        Some("not finite") => tr!("not a number"),
        _ => tr!("unknown"),
    }
}

/// Metrics of both predictions with their changes.
fn metrics(report: &Value) -> KeyTable {
    let metrics = &report["metrics"];
    let definition = figures_definition(metrics);
    let row = |change: &Value| {
        let metric = name(&change["metric"]);
        let unit = unit(definition, &metric).unwrap_or_default();
        let is_share = metric.starts_with("delta");
        let format = |value: f64| match unit {
            "m" => units::length(value),
            _ if is_share => units::share(value),
            "1" | "" => units::ratio(value),
            "1/km" => tr!("{} /km", units::ratio(value)),
            unit => format!("{} {unit}", units::ratio(value)),
        };
        // A change of a share is one of percentage points.
        let size = |value: f64| match is_share {
            true => tr!("{} points", format_args!("{:.2}", value * 100.0)),
            false => format(value),
        };
        let signed = |value: &Value| text(value, |change| with_sign(change, size));
        let interval = match list(&change["interval"]) {
            [low, high] => tr!("{low} to {high}", low = signed(low), high = signed(high)),
            _ => units::MISSING.to_owned(),
        };
        vec![
            metric.clone(),
            text(&change["fp32"], format),
            text(&change["int8"], format),
            signed(&change["difference"]),
            interval,
            verdict(change).to_owned(),
        ]
    };
    KeyTable {
        title: tr!("FP32 and INT8 against ground truth"),
        heads: vec![
            tr!("Metric"),
            "FP32",
            "INT8",
            tr!("Change"),
            tr!("95 % interval"),
            tr!("The change is"),
        ],
        rows: list(&metrics["changes"]).iter().map(row).collect(),
    }
}

/// The parts of the mean square of `Q - F`.
fn budget(report: &Value) -> KeyTable {
    let budget = &report["budget"];
    let figure = |key: &str| budget[key].as_f64();
    let parts = || {
        let all = figure("mse_quant").filter(|mse| *mse > 0.0)?;
        let line = figure("bias_square")? + figure("scale_square")?;
        let code = figure("mse_output_code");
        let [output, line, rest] = exclusive_parts(all, code.unwrap_or(0.0), line);
        let line = (tr!("bias and scale"), line);
        let parts = match code {
            Some(_) => vec![
                (tr!("output code"), output),
                line,
                (tr!("inside the network"), rest),
            ],
            None => vec![line, (tr!("random part"), rest)],
        };
        let row = |(name, mse): (&str, f64)| {
            let root = if mse > 0.0 {
                units::length(mse.sqrt())
            } else {
                units::MISSING.to_owned()
            };
            vec![name.to_owned(), root, units::signed_share(mse / all)]
        };
        let whole = ("INT8 \u{2212} FP32", all);
        Some(parts.into_iter().chain([whole]).map(row).collect())
    };
    KeyTable {
        title: tr!("Where INT8's error comes from"),
        heads: vec![tr!("Piece"), tr!("as an RMSE"), tr!("of quantization")],
        rows: parts().unwrap_or_default(),
    }
}

/// Errors by depth band.
fn bands(report: &Value) -> KeyTable {
    let row = |band: &Value| {
        let from = text(&band["from"], units::depth);
        let to = text(&band["to"], units::depth);
        let metres = |value: &Value| text(value, units::length);
        vec![
            tr!("{low} to {high}", low = from, high = to),
            text(&band["share"], units::share),
            metres(&band["f"]["rms"]),
            metres(&band["q"]["rms"]),
            text(&band["share_of_q"], units::share),
        ]
    };
    let has_pixels = |band: &&Value| band["count"].as_f64().is_some_and(|count| count > 0.0);
    KeyTable {
        title: tr!("By depth"),
        heads: vec![
            tr!("Depth"),
            tr!("Pixels"),
            tr!("FP32 RMSE"),
            "INT8 \u{2212} FP32",
            tr!("of quantization"),
        ],
        rows: list(&report["bands"])
            .iter()
            .filter(has_pixels)
            .map(row)
            .collect(),
    }
}

/// The frames whose RMSE rises most.
fn frames(report: &Value) -> KeyTable {
    let change = |frame: &Value| frame["change"].as_f64().unwrap_or(f64::NEG_INFINITY);
    let mut worst: Vec<&Value> = list(&report["frames"]).iter().collect();
    worst.sort_by(|a, b| change(b).total_cmp(&change(a)));
    let row = |frame: &&Value| {
        vec![
            name(&frame["name"]),
            text(&frame["rmse_fp32"], units::length),
            text(&frame["rmse_int8"], units::length),
            text(&frame["change"], |change| with_sign(change, units::length)),
        ]
    };
    KeyTable {
        title: tr!("Frames with the largest loss"),
        heads: vec![
            tr!("Frame"),
            tr!("FP32 RMSE"),
            tr!("INT8 RMSE"),
            tr!("Change"),
        ],
        rows: worst
            .iter()
            .filter(|frame| frame["change"].as_f64().is_some_and(|change| change > 0.0))
            .take(WORST_FRAMES)
            .map(row)
            .collect(),
    }
}

/// Rounding and clipping of each range for a perfect network.
fn ranges(report: &Value) -> KeyTable {
    let row = |range: &Value| {
        let ends = range["effective_min"]
            .as_f64()
            .zip(range["effective_max"].as_f64());
        vec![
            name(&range["name"]),
            ends.map_or_else(|| units::MISSING.to_owned(), |(a, b)| units::range(a, b)),
            text(&range["coverage"], units::share),
            text(&range["rmse_rounding"], units::length),
            text(&range["rmse_clipping"], units::length),
            text(&range["rmse"], units::length),
        ]
    };
    KeyTable {
        title: tr!("Output ranges, for a perfect network"),
        heads: vec![
            tr!("Range"),
            tr!("Ends"),
            tr!("Inside"),
            tr!("Rounding part"),
            tr!("Clipping part"),
            "RMSE",
        ],
        rows: list(&report["ranges"]).iter().map(row).collect(),
    }
}
