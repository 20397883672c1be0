//! `fathom compare`: the figures of two reports beside each other.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::command_error::CommandError;
use crate::ranking_table::{figure, table};
use crate::report_figures::ReportFigures;
use crate::report_outputs::print;

/// Examples under `fathom compare --help`.
pub(crate) const EXAMPLES: &str = "\
Examples:
    fathom compare before.json after.json
    fathom compare before.json after.json --json

Two figures differ for certain only if the intervals of both do not meet; the last column says so.";

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompareArguments {
    /// The first report.
    pub before: PathBuf,

    /// The second report.
    pub after: PathBuf,

    /// Prints the comparison as JSON.
    #[arg(long)]
    pub json: bool,
}

/// The figures of two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct ReportComparison {
    /// Settings and sources that differ, each with both values.
    differing: Vec<Differing>,
    /// Figures.
    figures: Vec<FigureRow>,
    /// The answers of both.
    verdicts: [Vec<String>; 2],
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Differing {
    name: &'static str,
    before: String,
    after: String,
}

/// A figure of two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct FigureRow {
    name: String,
    before: Option<f64>,
    after: Option<f64>,
    difference: Option<f64>,
    /// Relation of the intervals of both changes from FP32 to INT8: `overlap`, `apart`, or `unknown`; absent for other figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    intervals: Option<&'static str>,
}

/// Settings without which figures are not comparable.
const SETTINGS: [(&str, &str); 10] = [
    ("evaluator", "metrics.protocol.name"),
    ("average", "metrics.resampling.average"),
    ("crop", "settings.crop"),
    ("alignment", "settings.alignment"),
    ("largest depth", "settings.eval_max"),
    ("policy", "settings.policy"),
    ("code", "settings.code"),
    ("bits", "settings.bits"),
    ("frames", "metrics.frames"),
    ("pixels", "distribution.count"),
];

/// Figures beside metrics.
const FIGURES: [(&str, &str); 8] = [
    ("RMS of INT8 \u{2212} FP32", "budget.rms_quant"),
    ("share of the output code", "budget.output_share"),
    ("bias of INT8 \u{2212} FP32", "budget.bias"),
    ("RMSE after recalibration", "budget.rmse_recalibrated"),
    ("SQNR, dB", "budget.sqnr_db"),
    ("step of the output", "budget.grid.step"),
    ("banding", "artefacts.banding"),
    ("checkerboard", "artefacts.checkerboard"),
];

/// Figures of the range in use.
const OF_RANGE: [(&str, &str); 4] = [
    ("start of the range", "min"),
    ("end of the range", "max"),
    ("coverage", "coverage"),
    ("RMSE of the code alone", "rmse"),
];

/// Runs the command.
pub(crate) fn run(arguments: &CompareArguments) -> Result<(), CommandError> {
    let before = ReportFigures::read(&arguments.before)?;
    let after = ReportFigures::read(&arguments.after)?;
    let comparison = comparison([&before, &after]);
    if arguments.json {
        let json = serde_json::to_string_pretty(&comparison).map_err(CommandError::usage)?;
        return print(&format!("{json}\n"));
    }
    print(&words(&comparison))
}

fn comparison(reports: [&ReportFigures; 2]) -> ReportComparison {
    let differing = SETTINGS.iter().filter_map(|&(name, path)| {
        let [before, after] = reports.map(|report| text(report.get(path)));
        (before != after).then_some(Differing {
            name,
            before,
            after,
        })
    });
    let mut metrics = reports[0].metrics();
    for metric in reports[1].metrics() {
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    let mut figures: Vec<FigureRow> = Vec::new();
    for metric in metrics {
        let changes = reports.map(|report| report.change(metric));
        let of = |key: &str| changes.map(|change| change?[key].as_f64());
        figures.push(row(format!("{metric} of FP32"), of("fp32")));
        figures.push(row(format!("{metric} of INT8"), of("int8")));
        figures.push(FigureRow {
            intervals: Some(overlap(changes.map(|change| interval(change?)))),
            ..row(format!("{metric}, INT8 \u{2212} FP32"), of("difference"))
        });
    }
    let others = FIGURES.map(|(name, path)| {
        let values = reports.map(|report| report.get(path).as_f64());
        row(name.to_owned(), values)
    });
    let of_range = OF_RANGE.map(|(name, key)| {
        let values = reports.map(|report| report.range_in_use()?[key].as_f64());
        row(name.to_owned(), values)
    });
    let has_value = |row: &FigureRow| row.before.is_some() || row.after.is_some();
    figures.extend(others.into_iter().chain(of_range).filter(has_value));
    ReportComparison {
        differing: differing.collect(),
        figures,
        verdicts: reports.map(verdicts),
    }
}

fn row(name: String, [before, after]: [Option<f64>; 2]) -> FigureRow {
    FigureRow {
        name,
        before,
        after,
        difference: before.zip(after).map(|(before, after)| after - before),
        intervals: None,
    }
}

fn interval(change: &Value) -> Option<[f64; 2]> {
    let ends = change["interval"].as_array()?;
    Some([ends.first()?.as_f64()?, ends.get(1)?.as_f64()?])
}

fn overlap(intervals: [Option<[f64; 2]>; 2]) -> &'static str {
    match intervals {
        [Some([low, high]), Some([other_low, other_high])] => {
            if low <= other_high && other_low <= high {
                "overlap"
            } else {
                "apart"
            }
        }
        _ => "unknown",
    }
}

fn verdicts(report: &ReportFigures) -> Vec<String> {
    let all = report.get("verdicts").as_array();
    let headline = |verdict: &Value| verdict["headline"].as_str().map(str::to_owned);
    all.into_iter().flatten().filter_map(headline).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, figure_or_whole),
        other => other.to_string(),
    }
}

fn figure_or_whole(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else {
        figure(value)
    }
}

fn words(comparison: &ReportComparison) -> String {
    let mut out = String::new();
    for Differing {
        name,
        before,
        after,
    } in &comparison.differing
    {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "Not the same {name}: {before} and {after}.");
    }
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    let cells = |row: &FigureRow| {
        vec![
            row.name.clone(),
            number(row.before),
            number(row.after),
            number(row.difference),
            row.intervals.unwrap_or_default().to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = comparison.figures.iter().map(cells).collect();
    table(
        &mut out,
        &["figure", "before", "after", "difference", "intervals"],
        &rows,
    );
    let [before, after] = &comparison.verdicts;
    for (title, verdicts) in [("before", before), ("after", after)] {
        for verdict in verdicts {
            let _ = writeln!(out, "{title}: {verdict}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_meet_or_do_not() {
        let some = |low, high| Some([low, high]);
        assert_eq!(overlap([some(0.0, 1.0), some(1.0, 2.0)]), "overlap");
        assert_eq!(overlap([some(0.0, 1.0), some(1.5, 2.0)]), "apart");
        assert_eq!(overlap([some(3.0, 4.0), some(1.5, 2.0)]), "apart");
        assert_eq!(overlap([None, some(1.5, 2.0)]), "unknown");
    }
}
