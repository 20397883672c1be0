//! Figures of a `report.json` by name.

use std::fs;
use std::path::Path;

use fathom_report::export::unit;
use serde_json::Value;

use crate::command_error::CommandError;

/// Names that [`ReportFigures::find`] knows, for errors.
const NAMES: &str = "a metric such as rmse or abs_rel (of INT8), fp32_rmse, board_rmse, rmse_increase (share of FP32's), rmse_change, coverage, far_coverage, below, above, or a path into the report such as budget.output_share";

/// Keys of the range in use that have short names.
const OF_RANGE: [&str; 4] = ["coverage", "far_coverage", "below", "above"];

/// A report that was read.
#[derive(Clone, Debug)]
pub(crate) struct ReportFigures {
    report: Value,
}

/// Why a report has no such figure; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoFigure {
    /// No report has it.
    #[error("there is no figure {0}; expected {NAMES}")]
    Unknown(String),
    /// This report does not have it.
    #[error("the report has no {0}: {1}")]
    Absent(String, &'static str),
}

const NO_METRICS: &str =
    "it compares no ground truth, FP32 and INT8 maps; run `fathom analyse` on all three";
const NOT_FINITE: &str = "it does not exist or is not finite";

impl ReportFigures {
    /// Reads a report.
    pub(crate) fn read(path: &Path) -> Result<Self, CommandError> {
        let bytes = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
        let foreign = || {
            CommandError::content(
                path,
                "it is no report; expected a file that `fathom analyse -o` or the page's Export JSON wrote",
            )
        };
        let report: Value = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
        if report["format"] != "fathom.report" {
            return Err(foreign());
        }
        if report["version"] != 1 {
            let why = format!(
                "it has version {} of the format, and this program reads version 1",
                report["version"]
            );
            return Err(CommandError::content(path, why));
        }
        Ok(Self { report })
    }

    /// A part of the report.
    pub(crate) fn get(&self, path: &str) -> &Value {
        let pointer = format!("/{}", path.replace('.', "/"));
        self.report.pointer(&pointer).unwrap_or(&Value::Null)
    }

    /// The names of all metrics.
    pub(crate) fn metrics(&self) -> Vec<&str> {
        let changes = self.get("metrics.changes").as_array();
        let names = changes.into_iter().flatten();
        names
            .filter_map(|change| change["metric"].as_str())
            .collect()
    }

    /// The change of a metric from FP32 to INT8.
    pub(crate) fn change(&self, metric: &str) -> Option<&Value> {
        let changes = self.get("metrics.changes").as_array()?;
        changes.iter().find(|change| change["metric"] == metric)
    }

    /// The range in use with its figures.
    pub(crate) fn range_in_use(&self) -> Option<&Value> {
        let ranges = self.get("ranges").as_array()?;
        let (min, max) = (self.get("bits.min"), self.get("bits.max"));
        let is_in_use = |range: &&Value| range["min"] == *min && range["max"] == *max;
        ranges.iter().find(is_in_use).or_else(|| ranges.first())
    }

    /// A figure.
    pub(crate) fn find(&self, name: &str) -> Result<f64, NoFigure> {
        let value = self.value(name)?;
        let absent = || NoFigure::Absent(name.to_owned(), NOT_FINITE);
        value.as_f64().ok_or_else(absent)
    }

    fn value(&self, name: &str) -> Result<Value, NoFigure> {
        if OF_RANGE.contains(&name) {
            let range = self.range_in_use();
            let range = range.ok_or(NoFigure::Absent(name.to_owned(), "it has no range"))?;
            return Ok(range[name].clone());
        }
        if name.contains('.') {
            let unknown = || NoFigure::Unknown(name.to_owned());
            return self.at(name).cloned().ok_or_else(unknown);
        }
        let (board, rest) = match name.strip_prefix("board_") {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let (key, metric) = if let Some(metric) = rest.strip_prefix("fp32_") {
            ("fp32", metric)
        } else if let Some(metric) = rest.strip_suffix("_change") {
            ("difference", metric)
        } else if let Some(metric) = rest.strip_suffix("_increase") {
            ("increase", metric)
        } else {
            ("int8", rest)
        };
        if !METRICS.contains(&metric) || (board && key != "int8") {
            return Err(NoFigure::Unknown(name.to_owned()));
        }
        let no_metrics = || NoFigure::Absent(name.to_owned(), NO_METRICS);
        if board {
            let average = match self.get("metrics.resampling.average").as_str() {
                Some("per frame") => "per_frame",
                _ => "pooled",
            };
            let figures = self.get(&format!("metrics.board.{average}"));
            return Ok(figures[metric].clone());
        }
        let change = self.change(metric).ok_or_else(no_metrics)?;
        if key != "increase" {
            return Ok(change[key].clone());
        }
        let (fp32, difference) = (change["fp32"].as_f64(), change["difference"].as_f64());
        Ok(match (fp32, difference) {
            (Some(fp32), Some(difference)) if fp32 != 0.0 => Value::from(difference / fp32.abs()),
            _ => Value::Null,
        })
    }

    /// The value at a path. A step into a list is a position, or the name of an entry.
    fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.report, |at, step| match at {
            Value::Array(entries) => {
                let is_named =
                    |entry: &&Value| ["name", "metric"].iter().any(|key| entry[*key] == step);
                let place = step.parse().ok().and_then(|i: usize| entries.get(i));
                place.or_else(|| entries.iter().find(is_named))
            }
            other => other.get(step),
        })
    }
}

/// Returns the unit of a figure, "1" for shares and ratios; `None` where it is not known.
pub(crate) fn unit_of(name: &str) -> Option<&'static str> {
    if OF_RANGE.contains(&name) || name.ends_with("_increase") {
        return Some("1");
    }
    let key = name.rsplit('.').next().unwrap_or(name);
    let key = key.strip_prefix("board_").unwrap_or(key);
    let key = key.strip_prefix("fp32_").unwrap_or(key);
    let key = key.strip_suffix("_change").unwrap_or(key);
    let found = unit("figures", key);
    if found == Some(AS_THE_METRIC) {
        // The path names the metric on the way.
        let metric = name.split('.').find(|step| METRICS.contains(step))?;
        return unit("figures", metric);
    }
    found
}

/// Unit of a figure that each metric has.
const AS_THE_METRIC: &str = "as the metric";

/// The metrics of a comparison.
const METRICS: [&str; 13] = [
    "rmse", "abs_rel", "delta1", "delta2", "delta3", "mae", "bias", "sq_rel", "rmse_log", "log10",
    "silog", "irmse", "imae",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn figures() -> ReportFigures {
        ReportFigures {
            report: json!({
                "bits": {"min": 0.5, "max": 15.0},
                "ranges": [
                    {"name": "a", "min": 0.0, "max": 10.0, "coverage": 0.9},
                    {"name": "b", "min": 0.5, "max": 15.0, "coverage": 0.8, "rmse": null},
                ],
                "budget": {"output_share": 0.08},
                "metrics": {
                    "changes": [
                        {"metric": "rmse", "fp32": 0.4, "int8": 0.5, "difference": 0.1},
                        {"metric": "bias", "fp32": 0.0, "int8": 0.5, "difference": 0.5},
                    ],
                    "board": {"pooled": {"rmse": 0.6}},
                },
            }),
        }
    }

    #[test]
    fn figures_have_short_names_and_paths() {
        let figures = figures();
        for (name, expected) in [
            ("rmse", 0.5),
            ("fp32_rmse", 0.4),
            ("rmse_change", 0.1),
            ("board_rmse", 0.6),
            ("coverage", 0.8),
            ("budget.output_share", 0.08),
            ("ranges.0.coverage", 0.9),
            ("ranges.b.coverage", 0.8),
            ("metrics.changes.rmse.int8", 0.5),
        ] {
            assert_eq!(figures.find(name), Ok(expected), "{name}");
        }
        let increase = figures.find("rmse_increase").expect("a figure");
        assert!((increase - 0.25).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_there_has_its_reason() {
        let figures = figures();
        for (name, part) in [
            ("rms", "there is no figure rms"),
            ("board_fp32_rmse", "there is no figure"),
            ("budget.share", "there is no figure"),
            ("abs_rel", "no ground truth, FP32 and INT8"),
            ("bias_increase", "not finite"),
            ("ranges.b.rmse", "not finite"),
        ] {
            let error = figures.find(name).expect_err(name).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
