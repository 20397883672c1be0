//! `fathom check`: a report against limits.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use crate::command_error::CommandError;
use crate::ranking_table::{figure, table};
use crate::report_figures::{ReportFigures, unit_of};
use crate::report_outputs::print;

/// Examples under `fathom check --help`.
pub(crate) const EXAMPLES: &str = "\
Examples:
    fathom check report.json --max rmse_increase=5% --max abs_rel=0.12 --min coverage=0.95
    fathom check report.json --max rmse_change=20mm --min delta1=0.88 --max budget.output_share=0.1

Figures: metrics of INT8 by name (rmse, abs_rel, delta1, silog and so on), of FP32 (fp32_rmse), of the board (board_rmse), what INT8 adds to FP32
(rmse_change) and as a share of it (rmse_increase), coverage, far_coverage, below and above of the range in use, and any number of the report
by its path, such as budget.sqnr_db or codes.logarithmic.rmse. Metrics are those of the report's evaluator.

Status 0: every limit is kept. 1: one is not; it is named, with how far it is off. 2: a report or a figure is missing.";

/// Exit status where a limit is broken.
const BROKEN: u8 = 1;

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArguments {
    /// The report.
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,

    /// The largest value of a figure: a number, a share such as 5%, or a length such as 20mm. Can be repeated.
    #[arg(long, value_name = "FIGURE=VALUE")]
    pub max: Vec<Limit>,

    /// The smallest value of a figure. Can be repeated.
    #[arg(long, value_name = "FIGURE=VALUE")]
    pub min: Vec<Limit>,

    /// Prints the outcome as JSON.
    #[arg(long)]
    pub json: bool,
}

/// A figure and its limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limit {
    name: String,
    value: f64,
    /// The unit that was typed; empty for a plain number.
    unit: &'static str,
}

impl Limit {
    /// Refuses a unit that the figure does not have: 5 % of a length is none.
    fn check_unit(&self) -> Result<(), CommandError> {
        let (kind, example) = match (unit_of(&self.name), self.unit) {
            (_, "") | (None | Some("" | "m"), "mm" | "cm" | "m") | (None | Some("" | "1"), "%") => {
                return Ok(());
            }
            (Some("m"), _) => ("a length", "20mm"),
            (Some("1"), _) => ("a share or ratio", "5%"),
            (unit, _) => (unit.unwrap_or_default(), "a plain number"),
        };
        Err(CommandError::usage(format!(
            "the limit of {name}, {kind}, cannot be in {unit}; give it as {name}={example}",
            name = self.name,
            unit = self.unit
        )))
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text} is no limit; expected FIGURE=VALUE, such as rmse_increase=5%");
        let (name, typed) = text.split_once('=').ok_or_else(wrong)?;
        let typed = typed.trim();
        let units = [
            ("%", 0.01),
            ("mm", 1e-3),
            ("cm", 1e-2),
            ("m", 1.0),
            ("", 1.0),
        ];
        let unit = units.iter().find(|(end, _)| typed.ends_with(end));
        let (end, factor) = *unit.ok_or_else(wrong)?;
        let number = typed[..typed.len() - end.len()].trim().parse().ok();
        let number = number.filter(|n: &f64| n.is_finite()).ok_or_else(wrong)?;
        Ok(Self {
            name: name.trim().to_owned(),
            value: number * factor,
            unit: end,
        })
    }
}

/// A limit with the figure that it holds for.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Checked {
    figure: String,
    value: f64,
    bound: &'static str,
    limit: f64,
    is_kept: bool,
    /// The excess of the figure over the limit; 0 where it is kept.
    beyond: f64,
    #[serde(skip)]
    is_percent: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitCode, CommandError> {
    let report = ReportFigures::read(&arguments.report)?;
    let limits = [(&arguments.max, "max"), (&arguments.min, "min")];
    let limits = limits.into_iter();
    let limits = limits.flat_map(|(all, bound)| all.iter().map(move |limit| (limit, bound)));
    let mut checked = Vec::new();
    for (limit, bound) in limits {
        limit.check_unit()?;
        let value = report
            .find(&limit.name)
            .map_err(|error| CommandError::content(&arguments.report, error))?;
        let over = match bound {
            "max" => value - limit.value,
            _ => limit.value - value,
        };
        checked.push(Checked {
            figure: limit.name.clone(),
            value,
            bound,
            limit: limit.value,
            is_kept: over <= 0.0,
            beyond: over.max(0.0),
            is_percent: limit.unit == "%",
        });
    }
    if checked.is_empty() {
        return Err(CommandError::usage(
            "there is no limit to check; give --max or --min, such as --max rmse_increase=5%",
        ));
    }
    if arguments.json {
        let json = serde_json::to_string_pretty(&checked).map_err(CommandError::usage)?;
        print(&format!("{json}\n"))?;
    } else {
        print(&words(&checked))?;
    }
    let is_kept = checked.iter().all(|one| one.is_kept);
    Ok(if is_kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BROKEN)
    })
}

fn words(checked: &[Checked]) -> String {
    let row = |one: &Checked| {
        let text = |value: f64| {
            if one.is_percent {
                format!("{} %", figure(100.0 * value))
            } else {
                figure(value)
            }
        };
        let limit = match one.bound {
            "max" => format!("at most {}", text(one.limit)),
            _ => format!("at least {}", text(one.limit)),
        };
        let outcome = if one.is_kept {
            "kept".to_owned()
        } else {
            format!("BROKEN by {}", text(one.beyond))
        };
        vec![one.figure.clone(), text(one.value), limit, outcome]
    };
    let rows: Vec<Vec<String>> = checked.iter().map(row).collect();
    let mut out = String::new();
    table(&mut out, &["figure", "value", "limit", ""], &rows);
    let broken = checked.iter().filter(|one| !one.is_kept).count();
    // Writing to a string cannot fail.
    let _ = match (broken, checked.len()) {
        (0, 1) => writeln!(out, "The limit is kept."),
        (0, all) => writeln!(out, "All {all} limits are kept."),
        (_, 1) => writeln!(out, "The limit is broken."),
        (_, all) => writeln!(out, "{broken} of {all} limits are broken."),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_units() {
        for (text, value, unit) in [
            ("rmse_increase=5%", 0.05, "%"),
            ("rmse_change=20 mm", 0.02, "mm"),
            ("rmse=1.5m", 1.5, "m"),
            ("mae=3cm", 0.03, "cm"),
            ("coverage=95%", 0.95, "%"),
            ("budget.output_share=10%", 0.1, "%"),
            ("budget.sqnr_db=-3", -3.0, ""),
            ("metrics.changes.rmse.difference=5mm", 0.005, "mm"),
            ("metrics.changes.abs_rel.difference=1%", 0.01, "%"),
        ] {
            let limit: Limit = text.parse().expect(text);
            assert!((limit.value - value).abs() < 1e-12, "{text}");
            assert_eq!(limit.unit, unit, "{text}");
            assert!(limit.check_unit().is_ok(), "{text}");
        }
        // A limit in a unit that the figure does not have would pass with another meaning.
        for text in [
            "rmse_change=5%",
            "rmse=5%",
            "fp32_mae=5%",
            "rmse_increase=20mm",
            "delta1=2cm",
            "budget.rms_quant=3%",
            "budget.mse_quant=5%",
            "budget.sqnr_db=5%",
            "irmse=5mm",
            "metrics.changes.rmse.difference=5%",
            "metrics.changes.abs_rel.difference=5mm",
        ] {
            let limit: Limit = text.parse().expect(text);
            assert!(limit.check_unit().is_err(), "{text}");
        }
        for text in ["rmse", "rmse=", "rmse=small", "rmse=nan", "rmse=inf"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
