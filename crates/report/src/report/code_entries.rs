//! Codes and calibration methods side by side.

use serde::Serialize;

use super::code_outcome::{CodeOutcome, OutcomeFields};
use super::distribution_sections::RangeFields;
use fathom_analysis::calibrators::{CalibratorRow, ZeroRule};
use fathom_analysis::{CodeChoice, CodeReport, CodeRow};
use fathom_core::quant::OutputRange;

/// Codes side by side.
#[derive(Clone, Copy, Debug)]
pub struct CodesInfo<'a> {
    /// The rows.
    pub rows: &'a [CodeRow],
    /// The range that the codes cover.
    pub range: OutputRange,
    /// The Panter-Dite estimate of the smallest RMSE with as many values, in metres.
    pub panter_dite_m: Option<f64>,
}

/// A code, or why it cannot be built.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged)]
pub(super) enum CodeEntry {
    Built(Box<CodeSection>),
    Failed(CodeWithoutValues),
}

/// The fields of every code.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CodeFields {
    /// Name of the code.
    name: String,
    /// Start of the range that the code was asked for. Codes that cannot begin at 0 m begin at the nearest depth. Unit: m.
    min: f64,
    /// End of that range. Unit: m.
    max: f64,
}

/// One of `codes`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "code"))]
pub(super) struct CodeSection {
    /// The code.
    #[serde(flatten)]
    code: CodeFields,
    /// Number of different values.
    values: usize,
    /// `log2` of `values`: 10.4 for 1,344 values. Unit: bit.
    bits: f64,
    /// Whole bits that one stored number takes. Unit: bit.
    storage_bits: u32,
    /// Depths under it are clipped. Float formats, piecewise codes and fitted codes have a range of their own.
    /// Unit: m.
    effective_min: f64,
    /// Depths over it are clipped. Unit: m.
    effective_max: f64,
    /// Distance of neighbouring values at some depths.
    steps: StepSection,
    /// The values of a code fitted to the depths; each depth takes the nearest. Absent for codes that parameters
    /// define. Unit: m.
    #[serde(skip_serializing_if = "Option::is_none")]
    fitted_values: Option<Vec<f64>>,
    /// Effect of the code.
    #[serde(flatten)]
    outcome: OutcomeFields,
}

/// A code that cannot be built.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "code_without_values")
)]
pub(super) struct CodeWithoutValues {
    /// The code.
    #[serde(flatten)]
    code: CodeFields,
    /// Reason why it cannot be built.
    error: String,
}

/// Steps by depth.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "steps", extend("additionalProperties" = false)))]
struct StepSection {
    /// Step at 1 m. `null` beyond the values. Unit: m.
    #[serde(rename = "1")]
    at_1: Option<f64>,
    /// Step at 2 m. `null` beyond the values. Unit: m.
    #[serde(rename = "2")]
    at_2: Option<f64>,
    /// Step at 5 m. `null` beyond the values. Unit: m.
    #[serde(rename = "5")]
    at_5: Option<f64>,
    /// Step at 10 m. `null` beyond the values. Unit: m.
    #[serde(rename = "10")]
    at_10: Option<f64>,
    /// Step at 20 m. `null` beyond the values. Unit: m.
    #[serde(rename = "20")]
    at_20: Option<f64>,
}

impl CodeEntry {
    pub(super) fn all(rows: &[CodeRow], range: OutputRange) -> Vec<Self> {
        rows.iter().map(|row| Self::new(row, range)).collect()
    }

    fn new(row: &CodeRow, range: OutputRange) -> Self {
        let nearest_m = match &row.report {
            Ok(report) => report.effective.min_m(),
            Err(_) => 0.0,
        };
        let range = match &row.choice {
            CodeChoice::Given(spec) => spec.range_from(range, nearest_m),
            CodeChoice::Companding(_) | CodeChoice::LloydMax => range,
        };
        let code = CodeFields {
            name: row.choice.name(),
            min: range.min_m(),
            max: range.max_m(),
        };
        match &row.report {
            Ok(report) => Self::Built(Box::new(CodeSection::new(code, report))),
            Err(error) => Self::Failed(CodeWithoutValues {
                code,
                error: error.to_string(),
            }),
        }
    }
}

impl CodeSection {
    fn new(code: CodeFields, r: &CodeReport) -> Self {
        let [at_1, at_2, at_5, at_10, at_20] = r.steps_m;
        Self {
            code,
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
            outcome: OutcomeFields::new(&CodeOutcome {
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
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged)]
pub(super) enum CalibratorEntry {
    Range(Box<CalibratorSection>),
    Failed(CalibratorWithoutRange),
}

/// The fields of every calibration method.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MethodFields {
    /// Name of the method.
    name: String,
    /// Parameters of the method, in words.
    parameters: String,
    /// Publication that describes the method.
    source: &'static str,
    /// Position of the range relative to 0.
    zero: ZeroName,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
enum ZeroName {
    Free,
    Contained,
    Symmetric,
}

/// One of `calibrators`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "calibrator"))]
pub(super) struct CalibratorSection {
    /// The method.
    #[serde(flatten)]
    method: MethodFields,
    /// The code over the range that it picks.
    #[serde(flatten)]
    figures: RangeFields,
}

/// A calibration method that picks no range.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "calibrator_without_range")
)]
pub(super) struct CalibratorWithoutRange {
    /// The method.
    #[serde(flatten)]
    method: MethodFields,
    /// Reason why there is no range.
    error: String,
}

impl CalibratorEntry {
    pub(super) fn new(row: &CalibratorRow) -> Self {
        let method = MethodFields {
            name: row.method.name(),
            parameters: row.method.parameters(),
            source: row.method.source(),
            zero: match row.method.zero_rule() {
                ZeroRule::Free => ZeroName::Free,
                ZeroRule::Contained => ZeroName::Contained,
                ZeroRule::Symmetric => ZeroName::Symmetric,
            },
        };
        match &row.report {
            Ok(report) => Self::Range(Box::new(CalibratorSection {
                method,
                figures: RangeFields::new(report),
            })),
            Err(error) => Self::Failed(CalibratorWithoutRange {
                method,
                error: error.to_string(),
            }),
        }
    }
}
