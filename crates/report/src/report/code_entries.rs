//! Codes and calibration methods side by side.
//!
//! Knows their rows; builds no code.

use serde::Serialize;

use super::depths::RangeFigures;
use super::figures::{Outcome, OutcomeFigures};
use fathom_analysis::calibrators::{CalibratorRow, ZeroRule};
use fathom_analysis::{CodeReport, CodeRow};
use fathom_core::quant::OutputRange;

/// A code, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CodeSection {
    name: String,
    min: f64,
    max: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    figures: Option<CodeFigures>,
}

#[derive(Clone, Debug, Serialize)]
struct CodeFigures {
    values: usize,
    bits: f64,
    storage_bits: u32,
    effective_min: f64,
    effective_max: f64,
    steps: StepSection,
    #[serde(skip_serializing_if = "Option::is_none")]
    fitted_values: Option<Vec<f64>>,
    #[serde(flatten)]
    outcome: OutcomeFigures,
}

/// Steps by the depth at which they are.
#[derive(Clone, Copy, Debug, Serialize)]
struct StepSection {
    #[serde(rename = "1")]
    at_1: Option<f64>,
    #[serde(rename = "2")]
    at_2: Option<f64>,
    #[serde(rename = "5")]
    at_5: Option<f64>,
    #[serde(rename = "10")]
    at_10: Option<f64>,
    #[serde(rename = "20")]
    at_20: Option<f64>,
}

impl CodeSection {
    pub(super) fn all(rows: &[CodeRow], range: OutputRange) -> Vec<Self> {
        rows.iter().map(|row| Self::of(row, range)).collect()
    }

    fn of(row: &CodeRow, range: OutputRange) -> Self {
        Self {
            name: row.choice.name(),
            min: range.min_m(),
            max: range.max_m(),
            error: row.report.as_ref().err().map(ToString::to_string),
            figures: row.report.as_ref().ok().map(CodeFigures::of),
        }
    }
}

impl CodeFigures {
    fn of(r: &CodeReport) -> Self {
        let [at_1, at_2, at_5, at_10, at_20] = r.steps_m;
        Self {
            values: r.levels,
            bits: r.level_bits,
            storage_bits: r.storage_bits,
            effective_min: r.effective.min_m(),
            effective_max: r.effective.max_m(),
            steps: StepSection {
                at_1,
                at_2,
                at_5,
                at_10,
                at_20,
            },
            fitted_values: r.fitted_values_m.clone(),
            outcome: OutcomeFigures::of(&Outcome {
                count: r.count,
                coverage: r.coverage,
                far_coverage: r.far_coverage,
                below: r.below,
                above: r.above,
                clipped: r.clipped,
                errors: r.errors,
            }),
        }
    }
}

/// A calibration method with the range that it picks, or why it picks none.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CalibratorSection {
    name: String,
    parameters: String,
    source: &'static str,
    zero: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    figures: Option<RangeFigures>,
}

impl CalibratorSection {
    pub(super) fn of(row: &CalibratorRow) -> Self {
        Self {
            name: row.method.name(),
            parameters: row.method.parameters(),
            source: row.method.source(),
            zero: match row.method.zero_rule() {
                ZeroRule::Free => "free",
                ZeroRule::Contained => "contained",
                ZeroRule::Symmetric => "symmetric",
            },
            error: row.report.as_ref().err().map(ToString::to_string),
            figures: row.report.as_ref().ok().map(RangeFigures::of),
        }
    }
}
