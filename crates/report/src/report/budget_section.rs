//! The error budget, the predictions of theory, and the grid of the quantized output.

use serde::Serialize;

use super::code_outcome::finite;
use fathom_analysis::compare::{Affine, Alignment, Budget, Comparison, OutputGrid};

/// Error budget, with f = F - G and q = Q - F.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "budget"))]
pub(super) struct BudgetSection {
    /// Name of the protocol, as in `metrics.protocol`. All figures are over all pixels together and before its clamp, so
    /// they differ from what a tool prints that clamps or averages frames.
    protocol: &'static str,
    /// Number of pixels. Unit: px.
    count: f64,
    /// Says that the parts of q tell nothing about quantization: Q is one value everywhere, or equals F everywhere.
    /// Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    degenerate: Option<Degeneracy>,
    /// `mean(f^2)`. Unit: m^2.
    mse_fp32: f64,
    /// `mean(q^2)`. Unit: m^2.
    mse_quant: f64,
    /// `2 mean(f q)`. Unit: m^2.
    cross: f64,
    /// `mean((Q - G)^2) = mse_fp32 + mse_quant + cross`. Unit: m^2.
    mse_int8: f64,
    /// `mean((code(F) - F)^2)` with the grid of each frame's Q. `code(F)` clips only at an end where that Q saturates
    /// (`saturates_at_min`, `saturates_at_max`). Beyond the other ends the grid goes on, in inverse depth to its last
    /// code above 0. `null` where no frame has a grid. Unit: m^2.
    mse_output_code: Option<f64>,
    /// `mse_output_code` over `mean(q^2)` of the same pixels, 0 where Q equals F. `null` where no frame has a grid. Unit: 1.
    output_share: Option<f64>,
    /// Share of the pixels whose frame has a grid. `null` where no frame has one. Unit: 1.
    output_covered: Option<f64>,
    /// `sqrt(mean((code(F) - G)^2))`: the network with only its output quantized. `null` where no frame has a grid.
    /// Unit: m.
    rmse_output_code: Option<f64>,
    /// `mean(q)^2`. Recalibration removes it. Unit: m^2.
    bias_square: f64,
    /// `(slope - 1)^2 var(F)`. Recalibration removes it. Unit: m^2.
    scale_square: f64,
    /// `mse_quant - mse_output_code - bias_square - scale_square`. Negative where clipping by the output code
    /// explains more than the whole. Unit: m^2.
    random: f64,
    /// `sqrt(mse_fp32)`. Unit: m.
    rmse_fp32: f64,
    /// `sqrt(mse_int8)`. Unit: m.
    rmse_int8: f64,
    /// `sqrt(mse_quant)`. Unit: m.
    rms_quant: f64,
    /// RMSE of `(Q - intercept) / slope` against G. `null` for a slope under 0.1, where Q hardly follows F. Unit: m.
    rmse_recalibrated: Option<f64>,
    /// `20 log10(rms F / rms q)`. `null` where q is 0. Unit: dB.
    sqnr_db: Option<f64>,
    /// Cosine similarity of F and Q. `null` where a map is 0. Unit: 1.
    cosine: Option<f64>,
    /// Correlation of f and q. `null` where one is constant. Unit: 1.
    correlation: Option<f64>,
    /// `mean(q)`. Unit: m.
    bias: f64,
    /// Slope of Q against F by least squares. `null` where it is not finite. Unit: 1.
    slope: Option<f64>,
    /// Value of that line at F = 0. `null` where it is not finite. Unit: m.
    intercept: Option<f64>,
    /// Standard deviation of q. Unit: m.
    std: f64,
    /// Skewness of q. `null` where q is constant. Unit: 1.
    skew: Option<f64>,
    /// Kurtosis of q, 3 for a normal distribution. `null` where q is constant. Unit: 1.
    kurtosis: Option<f64>,
    /// Theoretical predictions of `rmse_int8`. Absent without a grid, and where each frame has its own alignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<PredictionSection>,
    /// The grid of all Q, before alignment. Absent where there is none, and for a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<GridSection>,
    /// Reason why there is no grid. Absent where `grid` is present.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_grid: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum Degeneracy {
    #[serde(rename = "Q is constant")]
    ConstantInt8,
    #[serde(rename = "Q equals F")]
    EqualPredictions,
}

impl Degeneracy {
    fn from_budget(budget: &Budget) -> Option<Self> {
        if budget.predictions_are_equal() {
            Some(Self::EqualPredictions)
        } else if budget.int8_is_constant() {
            Some(Self::ConstantInt8)
        } else {
            None
        }
    }
}

/// Predicted RMSE of Q.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "predictions"))]
struct PredictionSection {
    /// `sqrt(mse_fp32 + mse_quant)`: without the cross term. Unit: m.
    independent: f64,
    /// `sqrt(mse_fp32 + mse_output_code)`. `null` where no frame has a grid. Unit: m.
    output_only: Option<f64>,
    /// `sqrt(mse_fp32 + step^2 / 12)` with the `step` of `grid`: the naive prediction. Unit: m.
    ideal_step: f64,
    /// `sqrt(mse_fp32 + step^2 / 4)`: the half step mistaken for an RMSE. Unit: m.
    half_step: f64,
}

/// Values of Q that are equally spaced in a quantity.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "grid"))]
struct GridSection {
    /// The quantity with equal steps. Inverse depth is that of a sigmoid disparity head.
    #[cfg_attr(test, schemars(extend("enum" = super::value_names::grid_quantities())))]
    quantity: &'static str,
    /// Distance of neighbouring codes in that quantity: m, 1/m for inverse depth, natural logarithms for log depth.
    quantity_step: f64,
    /// Distance of neighbouring codes: the root mean square over the pixels, which in depth is the step itself. Unit: m.
    step: f64,
    /// Distance of neighbouring codes at `min`. Unit: m.
    step_at_min: f64,
    /// Distance of neighbouring codes at `max`. Unit: m.
    step_at_max: f64,
    /// Smallest value. Unit: m.
    min: f64,
    /// Largest value. Unit: m.
    max: f64,
    /// Number of steps between them.
    steps: u32,
    /// Number of codes that occur.
    used_codes: u32,
    /// Number of codes from end to end that do not occur.
    empty_codes: u32,
    /// Bits that are enough for all codes from end to end. Unit: bit.
    bits: u32,
    /// Share of pixels on the smallest value. Unit: 1.
    at_min: f64,
    /// Share of pixels on the largest value. Unit: 1.
    at_max: f64,
    /// True if values beyond the smallest value are clipped to it.
    saturates_at_min: bool,
    /// True if values beyond the largest value are clipped to it.
    saturates_at_max: bool,
    /// Position of 0 m, or of 0 1/m for inverse depth, above the smallest value. `null` where it is not on the grid.
    /// Unit: steps.
    zero_at: Option<i64>,
    /// Largest distance of a value from its position on the grid. Unit: steps.
    residual: f64,
    /// Power of ten of the probability that unrelated values fit a grid as well. Unit: 1.
    log10_chance: f64,
    /// `1 - 10^log10_chance`. Unit: 1.
    confidence: f64,
}

impl GridSection {
    fn new(grid: &OutputGrid) -> Self {
        Self {
            quantity: grid.quantity.name(),
            quantity_step: grid.step,
            step: grid.rms_step_m,
            step_at_min: grid.step_at_m(grid.min_m),
            step_at_max: grid.step_at_m(grid.max_m),
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

/// The alignment of all maps; `None` if each frame has its own.
fn fit_of_all(alignment: Alignment) -> Option<Affine> {
    match alignment {
        Alignment::None => Some(Affine::IDENTITY),
        Alignment::Fixed(fit) => Some(fit),
        Alignment::MedianScale | Alignment::LeastSquares => None,
    }
}

impl BudgetSection {
    pub(super) fn new(
        set: &Comparison,
        alignment: Alignment,
        protocol: &'static str,
    ) -> Option<Self> {
        let b = set.budget()?;
        let grid = set.grid();
        // The budget is of aligned maps, and so must be the step; per frame there is no one step.
        let step_m = fit_of_all(alignment)
            .zip(grid.as_ref().ok())
            .map(|(fit, grid)| grid.aligned(fit).rms_step_m);
        let no_grid = grid.as_ref().err().map(ToString::to_string);
        Some(Self {
            no_grid,
            grid: grid.ok().as_ref().map(GridSection::new),
            ..Self::from_budget(&b, step_m, protocol)
        })
    }

    /// The budget that a link carries, with the step of its grid in metres and the name of the protocol.
    pub(super) fn from_budget(b: &Budget, step_m: Option<f64>, protocol: &'static str) -> Self {
        let predictions = step_m.map(|step_m| b.predictions(step_m));
        Self {
            protocol,
            count: b.count,
            degenerate: Degeneracy::from_budget(b),
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
            rmse_recalibrated: b.recalibrated_rmse_m.and_then(finite),
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
            no_grid: None,
            grid: None,
        }
    }
}
