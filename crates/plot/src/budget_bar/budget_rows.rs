//! The rows of the error budget's chart: parts, sums and predictions.

use super::super::scene::Ink;
use fathom_analysis::compare::{Budget, RmsePredictions};
use fathom_core::i18n::tr;
use fathom_core::units;

/// A part of the squared error of INT8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetPart {
    /// Error of the floating-point network.
    Fp32,
    /// Error added by coding the output.
    OutputCode,
    /// The mean of what is left.
    Bias,
    /// A slope and shift of what is left.
    Scale,
    /// The remainder.
    Random,
    /// Cross term of the quantization error and the network's own error; negative where they cancel.
    Cross,
    /// All of it: INT8.
    Total,
}

impl BudgetPart {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fp32 => tr!("FP32 error"),
            Self::OutputCode => tr!("output code"),
            Self::Bias => tr!("bias"),
            Self::Scale => tr!("scale and shift"),
            Self::Random => tr!("random remainder"),
            Self::Cross => tr!("cross term"),
            Self::Total => tr!("INT8 error"),
        }
    }

    /// True for the parts that quantization adds.
    pub(super) fn is_of_quantization(self) -> bool {
        !matches!(self, Self::Fp32 | Self::Total)
    }

    pub(super) fn ink(self) -> Ink {
        match self {
            Self::Fp32 => Ink::Muted,
            Self::OutputCode => Ink::Rounding,
            Self::Bias => Ink::Series2,
            Self::Scale => Ink::Series5,
            Self::Random => Ink::Series6,
            Self::Cross => Ink::Series4,
            Self::Total => Ink::Primary,
        }
    }
}

/// One bar of the waterfall, in square metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetRow {
    /// The part.
    pub part: BudgetPart,
    /// Start of the bar: the sum of the parts before.
    pub from: f64,
    /// Its size, which may be negative.
    pub mse: f64,
    /// Its size as a share of INT8's.
    pub share: f64,
}

impl BudgetRow {
    /// RMSE of the part alone, in metres, with the sign of the part.
    #[must_use]
    pub fn rmse_m(&self) -> f64 {
        self.mse.abs().sqrt().copysign(self.mse)
    }

    /// "54.1 mm · 12.0 %". A negative part has a minus.
    #[must_use]
    pub fn text(&self) -> String {
        if self.part == BudgetPart::Total {
            return units::length(self.rmse_m());
        }
        format!(
            "{} \u{b7} {}",
            units::length(self.rmse_m()),
            units::signed_share(self.share)
        )
    }
}

/// A predicted RMSE, or the measured one.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictedRow {
    /// Name of the prediction.
    pub name: &'static str,
    /// Its value in metres.
    pub rmse_m: f64,
    /// The same as text, with enough digits to distinguish it from the other rows.
    pub text: String,
    /// True for the measured value.
    pub measured: bool,
}

/// Input of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetInput {
    pub(super) rows: Vec<BudgetRow>,
    pub(super) predicted: Vec<PredictedRow>,
}

impl BudgetInput {
    /// The parts of a budget, and predictions where there are any.
    #[must_use]
    pub fn new(budget: &Budget, predictions: Option<&RmsePredictions>) -> Self {
        let parts = [
            (BudgetPart::Fp32, Some(budget.mse_fp32)),
            (BudgetPart::OutputCode, budget.output.map(|o| o.mse)),
            (BudgetPart::Bias, Some(budget.bias_square)),
            (BudgetPart::Scale, Some(budget.scale_square)),
            (BudgetPart::Random, Some(budget.random)),
            (BudgetPart::Cross, Some(budget.cross)),
        ];
        let mut rows = Vec::new();
        let mut from = 0.0;
        let mut push = |part, from: f64, mse: f64| {
            let share = if budget.mse_int8 > 0.0 {
                mse / budget.mse_int8
            } else {
                0.0
            };
            rows.push(BudgetRow {
                part,
                from,
                mse,
                share,
            });
        };
        for (part, mse) in parts {
            let Some(mse) = mse else { continue };
            push(part, from, mse);
            from += mse;
        }
        push(BudgetPart::Total, 0.0, budget.mse_int8);
        Self {
            rows,
            predicted: predictions.map_or_else(Vec::new, |p| predicted(budget, p)),
        }
    }

    /// The bars, from the first part to the total: the table twin's rows.
    #[must_use]
    pub fn rows(&self) -> &[BudgetRow] {
        &self.rows
    }

    /// Predictions and the measurement.
    #[must_use]
    pub fn predicted(&self) -> &[PredictedRow] {
        &self.predicted
    }
}

fn predicted(budget: &Budget, predictions: &RmsePredictions) -> Vec<PredictedRow> {
    let row = |name, rmse_m, measured| PredictedRow {
        name,
        rmse_m,
        text: String::new(),
        measured,
    };
    let mut rows = vec![row(
        tr!("predicted, ideal step"),
        predictions.ideal_step_m,
        false,
    )];
    if let Some(rmse_m) = predictions.output_only_m {
        rows.push(row(tr!("predicted, output code"), rmse_m, false));
    }
    let independent = predictions.independent_m;
    rows.push(row(tr!("predicted, no cross term"), independent, false));
    rows.push(row(tr!("measured"), budget.rmse_int8_m(), true));
    let lengths_m: Vec<f64> = rows.iter().map(|row| row.rmse_m).collect();
    for (row, text) in rows
        .iter_mut()
        .zip(units::distinct_length_texts(&lengths_m))
    {
        row.text = text;
    }
    rows
}
