//! The error budget, the predictions of theory, and the grid of the quantized output.
//!
//! Knows the sums of a comparison; visits no pixel.

use serde::Serialize;

use super::figures::finite;
use fathom_analysis::compare::{Affine, Alignment, Comparison, Grid};

#[derive(Clone, Debug, Serialize)]
pub(super) struct BudgetSection {
    count: f64,
    mse_fp32: f64,
    mse_quant: f64,
    cross: f64,
    mse_int8: f64,
    mse_output_code: Option<f64>,
    output_share: Option<f64>,
    output_covered: Option<f64>,
    rmse_output_code: Option<f64>,
    bias_square: f64,
    scale_square: f64,
    random: f64,
    rmse_fp32: f64,
    rmse_int8: f64,
    rms_quant: f64,
    rmse_recalibrated: Option<f64>,
    sqnr_db: Option<f64>,
    cosine: Option<f64>,
    correlation: Option<f64>,
    bias: f64,
    slope: Option<f64>,
    intercept: Option<f64>,
    std: f64,
    skew: Option<f64>,
    kurtosis: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<PredictionSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<GridSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_grid: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PredictionSection {
    independent: f64,
    output_only: Option<f64>,
    ideal_step: f64,
    half_step: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct GridSection {
    step: f64,
    min: f64,
    max: f64,
    steps: u32,
    used_codes: u32,
    empty_codes: u32,
    bits: u32,
    at_min: f64,
    at_max: f64,
    saturates_at_min: bool,
    saturates_at_max: bool,
    zero_at: Option<i64>,
    residual: f64,
    log10_chance: f64,
    confidence: f64,
}

impl GridSection {
    fn of(grid: &Grid) -> Self {
        Self {
            step: grid.step_m,
            min: grid.min_m,
            max: grid.max_m,
            steps: grid.steps,
            used_codes: grid.used_codes,
            empty_codes: grid.empty_codes(),
            bits: grid.bits(),
            at_min: grid.at_min,
            at_max: grid.at_max,
            saturates_at_min: grid.saturates_at_min,
            saturates_at_max: grid.saturates_at_max,
            zero_at: grid.zero_at,
            residual: grid.residual,
            log10_chance: grid.log10_chance,
            confidence: grid.confidence(),
        }
    }
}

/// What all maps were aligned by, where it was the same for all.
fn fit_of_all(alignment: Alignment) -> Option<Affine> {
    match alignment {
        Alignment::None => Some(Affine::IDENTITY),
        Alignment::Fixed(fit) => Some(fit),
        Alignment::MedianScale | Alignment::LeastSquares => None,
    }
}

impl BudgetSection {
    pub(super) fn of(set: &Comparison, alignment: Alignment) -> Option<Self> {
        let b = set.budget()?;
        let grid = set.grid();
        // The budget is of aligned maps, and so must be the step; per frame there is no one step.
        let step_m = fit_of_all(alignment)
            .zip(grid.as_ref().ok())
            .map(|(fit, grid)| grid.aligned(fit).step_m);
        let predictions = step_m.map(|step_m| b.predictions(step_m));
        Some(Self {
            count: b.count,
            mse_fp32: b.mse_fp32,
            mse_quant: b.mse_quant,
            cross: b.cross,
            mse_int8: b.mse_int8,
            mse_output_code: b.output.map(|o| o.mse),
            output_share: b.output.map(|o| o.share),
            output_covered: b.output.map(|o| o.covered),
            rmse_output_code: b.output.map(|o| o.rmse_to_gt_m),
            bias_square: b.bias_square,
            scale_square: b.scale_square,
            random: b.random,
            rmse_fp32: b.rmse_fp32_m(),
            rmse_int8: b.rmse_int8_m(),
            rms_quant: b.rms_q_m(),
            rmse_recalibrated: finite(b.recalibrated_rmse_m),
            sqnr_db: b.sqnr_db,
            cosine: b.cosine,
            correlation: b.correlation,
            bias: b.bias_m,
            slope: finite(b.slope),
            intercept: finite(b.intercept_m),
            std: b.std_q_m,
            skew: b.skew_q,
            kurtosis: b.kurtosis_q,
            predictions: predictions.map(|p| PredictionSection {
                independent: p.independent_m,
                output_only: p.output_only_m,
                ideal_step: p.ideal_step_m,
                half_step: p.half_step_m,
            }),
            no_grid: grid.as_ref().err().map(ToString::to_string),
            grid: grid.ok().as_ref().map(GridSection::of),
        })
    }
}
