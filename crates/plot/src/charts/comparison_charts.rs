//! Figures and sentences of a comparison: error budget, figures of `q`, grid, changes, and curves against depth.

use crate::{AxisSpec, Band, Ink, LineInput, Quantity, Series};
use fathom_analysis::compare::ComparedFrame;
use fathom_analysis::compare::{
    ArtefactScores, Band as DepthBand, Budget, Change, ChangeVerdict, DepthBin, DepthBinErrors,
    DepthCurve, FrameRow, GridError, GridQuantity, OutputGrid, RmsePredictions,
};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Chances below this are not told apart, as a power of ten.
const LEAST_LOG10_CHANCE: f64 = -6.0;

/// A figure with its name and its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledValue {
    /// Its name.
    pub name: &'static str,
    /// Its value with its unit.
    pub value: String,
    /// Its meaning, in a sentence.
    pub meaning: String,
}

/// A piece of the budget.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetLine {
    /// Its name.
    pub name: &'static str,
    /// Its squared error, in square metres; negative where it reduces the total.
    pub mse: f64,
    /// Its size as a length with the piece's sign, as text.
    pub length: String,
    /// Its share of the squared error of INT8, as text.
    pub share: String,
    /// Its share of the variance of quantization, as text; a dash for pieces outside that variance.
    pub share_of_q: String,
    /// Its meaning.
    pub sentence: String,
}

/// The pieces in the order in which they add up, then their sum.
#[must_use]
pub fn budget_lines(budget: &Budget) -> Vec<BudgetLine> {
    let line = |name, mse: f64, of_q: bool, sentence: String| BudgetLine {
        name,
        mse,
        length: units::signed_root(mse),
        share: if budget.mse_int8 > 0.0 {
            units::signed_share(mse / budget.mse_int8)
        } else {
            units::MISSING.to_owned()
        },
        share_of_q: if of_q && budget.mse_quant > 0.0 {
            units::signed_share(mse / budget.mse_quant)
        } else {
            units::MISSING.to_owned()
        },
        sentence,
    };
    let mut lines = vec![line(
        tr!("FP32 error"),
        budget.mse_fp32,
        false,
        tr!("The network's error before quantization.").to_owned(),
    )];
    if let Some(output) = budget.output {
        lines.push(line(
            tr!("output code"),
            output.mse,
            true,
            output_sentence(output.covered),
        ));
    }
    lines.push(line(
        tr!("bias"),
        budget.bias_square,
        true,
        tr!(
            "INT8 is {} on average; recalibration removes that.",
            displaced(budget.bias_m)
        ),
    ));
    lines.push(line(
        tr!("scale and shift"),
        budget.scale_square,
        true,
        slope_sentence(budget),
    ));
    lines.push(line(
        tr!("random remainder"),
        budget.random,
        true,
        tr!("The rest: weights, activations and sums inside the network.").to_owned(),
    ));
    lines.push(line(
        tr!("cross term"),
        budget.cross,
        false,
        cross_sentence(budget.cross),
    ));
    lines.push(line(
        tr!("INT8 error"),
        budget.mse_int8,
        false,
        tr!("The exact sum of all terms.").to_owned(),
    ));
    lines
}

fn slope_sentence(budget: &Budget) -> String {
    let slope = format_args!("{:.4}", budget.slope);
    if budget.int8_is_constant() {
        tr!("INT8 is one value everywhere: it does not follow FP32 at all.").to_owned()
    } else if budget.recalibrated_rmse_m.is_none() {
        tr!(
            "INT8 hardly follows FP32: a slope of {} is too close to zero to be undone.",
            slope
        )
    } else {
        tr!(
            "INT8 follows FP32 with a slope of {}; a factor behind the output removes that.",
            slope
        )
    }
}

fn output_sentence(covered: f64) -> String {
    let whole = tr!(
        "The error of FP32's own output, quantized with INT8's step and ends. Theory predicts this term alone.",
    );
    if covered > 0.999_999 {
        return whole.to_owned();
    }
    tr!(
        "{whole} Measured on {} of the pixels, where the step is known.",
        units::share(covered),
        whole
    )
}

fn displaced(bias_m: f64) -> String {
    if bias_m >= 0.0 {
        tr!("{} too far", units::length(bias_m))
    } else {
        tr!("{} too near", units::length(-bias_m))
    }
}

fn cross_sentence(cross: f64) -> String {
    if cross < 0.0 {
        tr!("INT8's error partly cancels FP32's. The usual root sum of squares leaves this out.")
            .to_owned()
    } else {
        tr!("INT8's error correlates with FP32's. The usual root sum of squares leaves this out.",)
            .to_owned()
    }
}

/// Theoretical predictions of the RMSE of INT8 beside the measured one: name, length and reason. The step is the root mean square over the
/// pixels, in metres, with the quantity that has equal steps.
#[must_use]
pub fn prediction_values(
    budget: &Budget,
    predictions: &RmsePredictions,
    (step_m, quantity): (f64, GridQuantity),
) -> Vec<LabelledValue> {
    // All are close to the measured one: the texts have enough digits to differ.
    let output_m = predictions
        .output_only_m
        .unwrap_or(predictions.ideal_step_m);
    let [half, ideal, output, independent, measured] = units::distinct_lengths([
        predictions.half_step_m,
        predictions.ideal_step_m,
        output_m,
        predictions.independent_m,
        budget.rmse_int8_m(),
    ]);
    let fact = |name, value: String, meaning: String| LabelledValue {
        name,
        value,
        meaning,
    };
    let mut facts = vec![
        fact(
            tr!("half step, taken for an RMSE"),
            half,
            match quantity {
                GridQuantity::Depth => tr!(
                    "The half step {} is the largest error of one pixel, not an RMSE: too large by \u{221a}3.",
                    units::length(step_m / 2.0)
                ),
                GridQuantity::InverseDepth | GridQuantity::LogDepth => tr!(
                    "The half step {}, averaged over the pixels, is the largest error of a pixel, not an RMSE: too large by \u{221a}3.",
                    units::length(step_m / 2.0)
                ),
            },
        ),
        fact(
            tr!("ideal step"),
            ideal,
            match quantity {
                GridQuantity::Depth => tr!(
                    "A step of {} gives an RMSE of {} on ideal data (step / \u{221a}12).",
                    units::length(step_m),
                    units::length(step_m / 12.0_f64.sqrt())
                ),
                GridQuantity::InverseDepth => tr!(
                    "Equal steps in inverse depth, here {} RMS, give an RMSE of {} on ideal data (step / \u{221a}12).",
                    units::length(step_m),
                    units::length(step_m / 12.0_f64.sqrt())
                ),
                GridQuantity::LogDepth => tr!(
                    "Equal steps in log depth, here {} RMS, give an RMSE of {} on ideal data (step / \u{221a}12).",
                    units::length(step_m),
                    units::length(step_m / 12.0_f64.sqrt())
                ),
            },
        ),
    ];
    if predictions.output_only_m.is_some() {
        facts.push(fact(
            tr!("output code, measured"),
            output,
            tr!("With the measured error of FP32's quantized output on these pixels, clipping included.")
                .to_owned(),
        ));
    }
    facts.push(fact(
        tr!("all of quantization, independent"),
        independent,
        tr!("Root sum of squares with the measured error of quantization. Only the cross term is left out.").to_owned(),
    ));
    facts.push(fact(
        tr!("measured"),
        measured,
        tr!("INT8 against ground truth.").to_owned(),
    ));
    facts
}

/// Figures of `q` that toolchains report about quantization.
#[must_use]
pub fn signal_values(budget: &Budget) -> Vec<LabelledValue> {
    let optional = |value: Option<f64>, text: &dyn Fn(f64) -> String| {
        value.map_or(units::MISSING.to_owned(), text)
    };
    let mut facts = vec![
        LabelledValue {
            name: tr!("RMS of INT8 \u{2212} FP32"),
            value: units::length(budget.rms_q_m()),
            meaning: tr!("The distance of INT8 from FP32, whatever the ground truth.").to_owned(),
        },
        LabelledValue {
            name: tr!("Mean of INT8 \u{2212} FP32"),
            value: units::length(budget.bias_m),
            meaning: tr!("The bias: recalibration removes it.").to_owned(),
        },
        LabelledValue {
            name: tr!("Standard deviation"),
            value: units::length(budget.std_q_m),
            meaning: tr!("The rest after the bias is removed.").to_owned(),
        },
        LabelledValue {
            name: tr!("Signal to noise (SQNR)"),
            value: optional(budget.sqnr_db, &|v| tr!("{v} dB", v = format_args!("{v:.1}"))),
            meaning: tr!("FP32's power over that of the difference; 6 dB are one bit.").to_owned(),
        },
        LabelledValue {
            name: tr!("Cosine"),
            value: optional(budget.cosine, &|v| format!("{v:.6}")),
            meaning: tr!("Always near 1 for depths; not a measure of quality.").to_owned(),
        },
        LabelledValue {
            name: tr!("Skewness"),
            value: optional(budget.skew_q, &|v| units::signed(format!("{v:.2}"))),
            meaning: tr!("0 for a symmetric distribution of errors.").to_owned(),
        },
        LabelledValue {
            name: tr!("Kurtosis"),
            value: optional(budget.kurtosis_q, &|v| format!("{v:.2}")),
            meaning: tr!("3 for normal noise, 1.8 for rounding alone; large where a few pixels carry the error.").to_owned(),
        },
        LabelledValue {
            name: tr!("Correlation with FP32's error"),
            value: optional(budget.correlation, &units::ratio),
            meaning: tr!("Makes the cross term: 0 where the quantization error is independent of FP32's error.").to_owned(),
        },
        LabelledValue {
            name: tr!("RMSE after undoing slope and shift"),
            value: optional(budget.recalibrated_rmse_m, &|rmse_m| {
                units::distinct_lengths([rmse_m, budget.rmse_int8_m()])[0].clone()
            }),
            meaning: if budget.recalibrated_rmse_m.is_some() {
                tr!("The RMSE that recalibration of the output alone can reach.").to_owned()
            } else {
                tr!("INT8 hardly follows FP32: there is no line to undo.").to_owned()
            },
        },
    ];
    if let Some(output) = budget.output {
        facts.push(LabelledValue {
            name: tr!("Output share"),
            value: units::share(output.share),
            meaning: tr!("The output code's share of the mean square of INT8 \u{2212} FP32.")
                .to_owned(),
        });
    }
    facts
}

/// The distance of the codes in metres, where it depends on depth, and the fit of the values.
fn step_meaning(grid: &OutputGrid) -> String {
    let residual = units::share(grid.residual);
    if grid.quantity == GridQuantity::Depth {
        return tr!(
            "The values deviate from it by {residual} of a step.",
            residual
        );
    }
    tr!(
        "{near_step} at {near} and {far_step} at {far}; the values deviate from it by {residual} of a step.",
        near_step = units::length(grid.step_at_m(grid.min_m)),
        near = units::depth(grid.min_m),
        far_step = units::length(grid.step_at_m(grid.max_m)),
        far = units::depth(grid.max_m),
        residual
    )
}

/// Chance that unrelated values would meet the grid as well.
fn chance_meaning(log10_chance: f64) -> String {
    if log10_chance < LEAST_LOG10_CHANCE {
        return tr!("Unrelated values fit such a grid with a chance below one in a million.")
            .to_owned();
    }
    tr!(
        "Unrelated values fit such a grid with a chance of {}.",
        units::share(libm::exp10(log10_chance))
    )
}

/// The grid of the values of INT8, or the reason why there is none.
///
/// # Errors
/// One sentence.
pub fn grid_values(grid: &Result<OutputGrid, GridError>) -> Result<Vec<LabelledValue>, String> {
    let grid = grid
        .as_ref()
        .map_err(|why| tr!("No output step can be recovered: {why}.", why))?;
    let side = |share: f64, saturates: bool| {
        let what = if saturates {
            tr!("saturated: depths beyond it are clipped to it")
        } else {
            tr!("no sign of saturation")
        };
        tr!("{} of the pixels, {what}", units::share(share), what)
    };
    let fact = |name, value: String, meaning: String| LabelledValue {
        name,
        value,
        meaning,
    };
    Ok(vec![
        fact(tr!("Step"), grid.step_text(), step_meaning(grid)),
        fact(
            tr!("Values"),
            units::range(grid.min_m, grid.max_m),
            tr!(
                "{} codes from end to end, which fit into {}.",
                units::count(f64::from(grid.steps) + 1.0),
                units::counted(grid.bits() as usize, units::Noun::Bit)
            ),
        ),
        fact(
            tr!("Used codes"),
            units::count(f64::from(grid.used_codes)),
            tr!(
                "{} between them are empty.",
                units::counted(grid.empty_codes() as usize, units::Noun::Code)
            ),
        ),
        fact(
            tr!("At the near end"),
            side(grid.at_min, grid.saturates_at_min),
            String::new(),
        ),
        fact(
            tr!("At the far end"),
            side(grid.at_max, grid.saturates_at_max),
            String::new(),
        ),
        fact(
            tr!("Zero point"),
            grid.zero_at.map_or_else(
                || tr!("not on the grid").to_owned(),
                |steps| {
                    let count = steps.unsigned_abs();
                    if steps < 0 {
                        tr!("{count} steps below the smallest value", count)
                    } else {
                        tr!("{count} steps above the smallest value", count)
                    }
                },
            ),
            match grid.quantity {
                GridQuantity::Depth => tr!("The position of 0 m among the codes."),
                GridQuantity::InverseDepth => {
                    tr!("The position of infinite depth, 0 1/m, among the codes.")
                }
                GridQuantity::LogDepth => tr!("A logarithm of depth has no code for 0 m."),
            }
            .to_owned(),
        ),
        fact(
            tr!("Confidence"),
            units::share(grid.confidence()),
            chance_meaning(grid.log10_chance),
        ),
    ])
}

/// A change of a quantity with its interval: "+2.00 mm (95 %: +1.00 mm to +3.00 mm)".
#[must_use]
pub fn change_text(quantity: Quantity, change: &Change) -> String {
    let (low, high) = change.interval().unwrap_or((0.0, 0.0));
    let [difference, low, high] = changes_apart(quantity, [change.difference(), low, high]);
    match change.verdict {
        ChangeVerdict::TooFewFrames => tr!("{difference}; too few frames to tell", difference),
        ChangeVerdict::NotFinite => tr!("not a number").to_owned(),
        ChangeVerdict::NotSignificant { .. } | ChangeVerdict::Significant { .. } => {
            tr!("{difference} (95 %: {} to {})", low, high, difference)
        }
    }
}

/// Changes of one quantity with their signs, in one unit.
pub(super) fn changes_apart(quantity: Quantity, changes: [f64; 3]) -> [String; 3] {
    let sizes = changes.map(f64::abs);
    let texts = match quantity {
        Quantity::Length => units::distinct_lengths(sizes),
        // A change of a share is one of percentage points.
        Quantity::Share => sizes.map(|v| tr!("{} points", format_args!("{:.2}", v * 100.0))),
        _ => sizes.map(|v| quantity.text(v)),
    };
    std::array::from_fn(|i| units::with_sign(changes[i], &texts[i]))
}

/// A change as a share of FP32's figure, "+2.1 %"; `None` where that is zero or has a sign.
#[must_use]
pub fn relative_change(change: &Change) -> Option<String> {
    let usable = change.fp32 > 0.0 && change.difference().is_finite();
    usable.then(|| units::relative(change.difference() / change.fp32))
}

/// A metric of both predictions, with enough digits to distinguish lengths.
#[must_use]
pub fn pair_texts(quantity: Quantity, fp32: f64, int8: f64) -> [String; 2] {
    let both = [fp32, int8];
    match quantity {
        Quantity::Length => units::distinct_lengths(both),
        Quantity::Share => both.map(|v| format!("{:.2} %", v * 100.0)),
        Quantity::Plain if fp32 != int8 && both.iter().all(|v| v.is_finite()) => {
            both.map(|v| format!("{v:.5}"))
        }
        _ => both.map(|v| quantity.text(v)),
    }
}

/// The significance of a change, in words.
#[must_use]
pub fn verdict_text(change: &Change) -> &'static str {
    match change.verdict {
        _ if change.difference() == 0.0 && change.interval() == Some((0.0, 0.0)) => tr!("none"),
        ChangeVerdict::TooFewFrames => tr!("unknown"),
        ChangeVerdict::NotFinite => tr!("not a number"),
        ChangeVerdict::NotSignificant { .. } => tr!("may be chance"),
        ChangeVerdict::Significant { .. } if change.few_pixels_carry_much() => {
            tr!("real, by few pixels")
        }
        ChangeVerdict::Significant { .. } => tr!("real"),
    }
}

/// The error that a curve against depth shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthError {
    /// `F - G`.
    Fp32,
    /// `Q - F`.
    Quantization,
}

/// Bias against depth with the band of the middle 90 % of the pixels.
#[must_use]
pub fn depth_errors(curve: &DepthCurve, error: DepthError) -> LineInput {
    let (name, tint) = match error {
        DepthError::Fp32 => (tr!("mean of FP32 \u{2212} truth"), Ink::Series1),
        DepthError::Quantization => (tr!("mean of INT8 \u{2212} FP32"), Ink::Series2),
    };
    let of = |bin: &DepthBin| -> DepthBinErrors {
        match error {
            DepthError::Fp32 => bin.f.clone(),
            DepthError::Quantization => bin.q.clone(),
        }
    };
    let middle = |bin: &DepthBin| (bin.from_m() * bin.to_m()).sqrt();
    let bins: Vec<(f64, DepthBinErrors)> = curve
        .bins()
        .iter()
        .filter(|bin| bin.count() >= LEAST_PIXELS)
        .map(|bin| (middle(bin), of(bin)))
        .collect();
    let bias = bins
        .iter()
        .filter_map(|(depth, errors)| Some((*depth, errors.sums.bias_m()?)));
    let series = vec![Series::new(name, tint, bias)];
    let mut input = LineInput::new(
        AxisSpec::log(Quantity::Depth, tr!("true depth")),
        AxisSpec::linear(Quantity::Length, tr!("error")),
        series,
    );
    let edges = bins
        .iter()
        .filter_map(|(depth, errors)| {
            Some((*depth, errors.quantile_m(0.05)?, errors.quantile_m(0.95)?))
        })
        .collect();
    input.bands = vec![Band {
        name: tr!("90 % of pixels").to_owned(),
        edges,
        tint: tint.into(),
    }];
    input
}

/// A band's name: "0 m to 3 m", "10 m and beyond".
#[must_use]
pub fn band_name(band: &DepthBand) -> String {
    if band.to_m.is_finite() {
        tr!(
            "{} to {}",
            units::depth(band.from_m),
            units::depth(band.to_m)
        )
    } else {
        tr!("{} and beyond", units::depth(band.from_m))
    }
}

/// Largest number of edges between bands: one screen of rows.
const MAX_EDGES: usize = 20;

/// Parses typed edges between bands, in metres.
///
/// # Errors
/// One sentence.
pub fn band_edges(text: &str) -> Result<Vec<f64>, String> {
    let parts = text.split([',', ';', ' ']).map(str::trim);
    let edges: Option<Vec<f64>> = parts
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse()
                .ok()
                .filter(|e: &f64| *e > 0.0 && e.is_finite())
        })
        .collect();
    let edges = edges.ok_or(tr!("edges are numbers above 0, in metres, such as 3, 10"))?;
    if edges.len() > MAX_EDGES {
        return Err(tr!("at most {MAX_EDGES} edges", MAX_EDGES));
    }
    if edges.windows(2).any(|w| w[0] >= w[1]) {
        return Err(tr!("edges must ascend, such as 3, 10").to_owned());
    }
    Ok(edges)
}

/// Order of the frames in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameOrder {
    /// In the order of the set.
    Sequence,
    /// Largest RMSE of `F` first.
    Fp32,
    /// Largest RMSE of `Q` first.
    Int8,
    /// Largest rise of the RMSE first.
    Change,
    /// Largest RMS of `q` first.
    Quantization,
    /// Largest absolute bias first.
    Bias,
    /// Most banding first.
    Banding,
    /// Strongest checkerboard first.
    Checkerboard,
}

impl FrameOrder {
    /// The rows in this order; equal ones in that of the set.
    #[must_use]
    pub fn sorted(self, rows: &[ComparedFrame]) -> Vec<ComparedFrame> {
        let of = |row: &FrameRow| match self {
            Self::Sequence => Some(-(row.frame as f64)),
            Self::Fp32 => Some(row.rmse_fp32_m),
            Self::Int8 => Some(row.rmse_int8_m),
            Self::Change => Some(row.change_m()),
            Self::Quantization => Some(row.rms_q_m),
            Self::Bias => Some(row.bias_m.abs()),
            Self::Banding => row.artefacts.banding,
            Self::Checkerboard => row.artefacts.checkerboard,
        };
        let key = |row: &ComparedFrame| of(&row.row).unwrap_or(f64::NEG_INFINITY);
        let mut sorted = rows.to_vec();
        sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
        sorted
    }
}

/// The artefact scores of a set, and how its border differs from its middle.
#[must_use]
pub fn artefact_values(scores: &ArtefactScores, border_ratio: Option<f64>) -> Vec<LabelledValue> {
    let share = |v: Option<f64>| v.map_or(units::MISSING.to_owned(), units::share);
    let ratio = |v: Option<f64>| v.map_or(units::MISSING.to_owned(), units::ratio);
    vec![
        LabelledValue {
            name: tr!("Banding"),
            value: share(scores.banding),
            meaning: tr!("Neighbouring pixels that are equal in INT8 but not in FP32. The output code alone makes {} equal.", share(scores.banding_by_code)),
        },
        LabelledValue {
            name: tr!("Checkerboard"),
            value: ratio(scores.checkerboard),
            meaning: tr!("Energy of INT8 \u{2212} FP32 that alternates from pixel to pixel, over that of FP32's error: above 1 INT8 adds a pattern.").to_owned(),
        },
        LabelledValue {
            name: tr!("Alternating share"),
            value: share(scores.alternating_share),
            meaning: tr!("Of the energy of INT8 \u{2212} FP32; 25 % for white noise.").to_owned(),
        },
        LabelledValue {
            name: tr!("Coherence"),
            value: scores
                .coherence
                .map_or(units::MISSING.to_owned(), units::share),
            meaning: tr!("Near 0 % for noise, 100 % for a fixed pattern from upsampling.").to_owned(),
        },
        LabelledValue {
            name: tr!("Border against middle"),
            value: ratio(border_ratio),
            meaning: tr!("Mean square of INT8 \u{2212} FP32 at the border over that of the rest: 1 means no difference.").to_owned(),
        },
    ]
}

/// Bins with fewer pixels are left out: their figures are too uncertain.
const LEAST_PIXELS: f64 = 20.0;

#[cfg(test)]
mod tests {
    use super::super::{quantity, quantity_under};
    use super::*;
    use fathom_analysis::compare::{
        CompareSettings, Comparison, Evaluator, FewPixels, FrameComparison, FrameMaps,
    };
    use fathom_core::metrics::Criterion;

    fn comparison() -> Comparison {
        let gt: Vec<f64> = (0..2000).map(|i| 1.0 + 0.002 * f64::from(i)).collect();
        let fp32: Vec<f64> = gt
            .iter()
            .enumerate()
            .map(|(i, g)| 1.01 * g + 0.02 * ((i % 5) as f64 - 2.0))
            .collect();
        let int8: Vec<f64> = fp32
            .iter()
            .map(|f| ((0.98 * f + 0.1) / 0.05).round() * 0.05)
            .collect();
        let (maps, _) =
            FrameMaps::with_stand_ins(40, Some(&gt), Some(&fp32), Some(&int8)).expect("maps");
        let frame = FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels");
        Comparison::from_frames([&frame])
    }

    #[test]
    fn the_lines_of_a_budget_add_up() {
        let budget = comparison().budget().expect("pixels");
        let lines = budget_lines(&budget);
        let (total, pieces) = lines.split_last().expect("lines");
        let sum: f64 = pieces.iter().map(|l| l.mse).sum();
        assert!((sum - total.mse).abs() < 1e-12 * total.mse);
        assert_eq!(lines.len(), 7);
        assert!(
            lines
                .iter()
                .all(|l| !l.length.is_empty() && l.sentence.ends_with('.'))
        );
        let of_q: Vec<&str> = lines
            .iter()
            .filter(|l| l.share_of_q != units::MISSING)
            .map(|l| l.name)
            .collect();
        assert_eq!(
            of_q,
            ["output code", "bias", "scale and shift", "random remainder"]
        );
    }

    #[test]
    fn texts_have_signs() {
        assert_eq!(displaced(0.002), "2.00 mm too far");
        assert_eq!(displaced(-0.002), "2.00 mm too near");
        assert_eq!(units::signed_root(-4e-6), "\u{2212}2.00 mm");
        assert_eq!(units::signed_share(-0.25), "\u{2212}25.0 %");
        assert_eq!(units::signed_share(-0.000_4), "> \u{2212}0.1 %");
    }

    #[test]
    fn values_have_units() {
        let set = comparison();
        let budget = set.budget().expect("pixels");
        let grid = set.grid();
        let step_m = grid.as_ref().expect("a grid").rms_step_m;
        let mut facts = signal_values(&budget);
        facts.extend(prediction_values(
            &budget,
            &budget.predictions(step_m),
            (step_m, GridQuantity::Depth),
        ));
        facts.extend(grid_values(&grid).expect("a grid"));
        for fact in facts {
            let text = format!("{} {} {}", fact.name, fact.value, fact.meaning);
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            assert!(!fact.value.is_empty(), "{text}");
        }
        let none = grid_values(&Err(GridError::TooManyValues)).expect_err("no grid");
        assert!(
            none.starts_with("No output step can be recovered"),
            "{none}"
        );
    }

    #[test]
    fn a_change_reads_with_its_interval() {
        let change = |metric, fp32, int8, verdict| Change {
            metric,
            fp32,
            int8,
            verdict,
            neighbours: None,
            few_pixels: None,
        };
        let real = ChangeVerdict::Significant {
            interval: (0.001, 0.003),
        };
        let rise = change(Criterion::Rmse, 0.1, 0.102, real);
        assert_eq!(
            change_text(quantity(rise.metric), &rise),
            "+2.00 mm (95 %: +1.00 mm to +3.00 mm)"
        );
        assert_eq!(relative_change(&rise).as_deref(), Some("+2.0 %"));
        let few = FewPixels {
            share: 0.9,
            pixels: 16.0,
            of: 2e6,
        };
        let by_few = Change {
            few_pixels: Some(few),
            ..rise
        };
        let texts = [verdict_text(&rise), verdict_text(&by_few)];
        assert_eq!(texts, ["real", "real, by few pixels"]);
        let few = change(Criterion::Delta1, 0.9, 0.88, ChangeVerdict::TooFewFrames);
        assert_eq!(
            change_text(quantity(few.metric), &few),
            "\u{2212}2.00 points; too few frames to tell"
        );
        let broken = change(Criterion::Silog, 0.1, f64::NAN, ChangeVerdict::NotFinite);
        assert_eq!(
            (
                change_text(quantity(broken.metric), &broken).as_str(),
                relative_change(&broken)
            ),
            ("not a number", None)
        );
        assert_eq!(verdict_text(&broken), "not a number");
    }

    #[test]
    fn curves_against_depth_have_a_mean_inside_their_band() {
        let set = comparison();
        for error in [DepthError::Fp32, DepthError::Quantization] {
            let input = depth_errors(&set.curve, error);
            assert_eq!(input.series.len(), 1);
            let (points, edges) = (&input.series[0].points, &input.bands[0].edges);
            assert!(points.len() > 10 && points.len() == edges.len());
            for (point, edge) in points.iter().zip(edges) {
                assert!(edge.1 <= edge.2 && point.0 == edge.0);
            }
        }
    }

    #[test]
    fn edges_are_ascending_numbers() {
        assert_eq!(band_edges("3, 10"), Ok(vec![3.0, 10.0]));
        assert_eq!(band_edges(" 0.5;2 4 "), Ok(vec![0.5, 2.0, 4.0]));
        assert_eq!(band_edges(""), Ok(Vec::new()));
        for wrong in ["x", "3, -1", "10, 3", "3, 3", "inf"] {
            assert!(band_edges(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bands_are_named_by_their_ends() {
        let bands = comparison().bands.bands(&[3.0, 10.0]);
        let names: Vec<String> = bands.iter().map(band_name).collect();
        assert_eq!(names, ["0 m to 3 m", "3 m to 10 m", "10 m and beyond"]);
    }

    #[test]
    fn frames_are_listed_worst_first() {
        let row = |frame, fp32: f64, int8: f64, bias_m: f64, banding: Option<f64>| ComparedFrame {
            name: format!("f{frame}"),
            place: (0, 0),
            row: FrameRow {
                frame,
                count: 10.0,
                rmse_fp32_m: fp32,
                rmse_int8_m: int8,
                rms_q_m: 0.01,
                bias_m,
                artefacts: ArtefactScores {
                    banding,
                    ..ArtefactScores::default()
                },
            },
        };
        let rows = [
            row(0, 0.1, 0.2, -0.03, None),
            row(1, 0.3, 0.31, 0.02, Some(0.5)),
            row(2, 0.2, 0.25, 0.01, Some(0.7)),
        ];
        let names = |order: FrameOrder| {
            let sorted = order.sorted(&rows);
            sorted.iter().map(|r| r.row.frame).collect::<Vec<_>>()
        };
        assert_eq!(names(FrameOrder::Sequence), [0, 1, 2]);
        assert_eq!(names(FrameOrder::Fp32), [1, 2, 0]);
        assert_eq!(names(FrameOrder::Change), [0, 2, 1]);
        assert_eq!(names(FrameOrder::Bias), [0, 1, 2]);
        assert_eq!(names(FrameOrder::Banding), [2, 1, 0]);
        assert_eq!(names(FrameOrder::Quantization), [0, 1, 2]);
    }

    #[test]
    fn artefacts_without_pixels_are_dashes() {
        let facts = artefact_values(&ArtefactScores::default(), None);
        assert!(facts.iter().all(|f| f.value == units::MISSING));
    }

    #[test]
    fn close_figures_have_enough_digits() {
        assert_eq!(
            pair_texts(quantity(Criterion::Rmse), 0.2541, 0.2545),
            ["254.1 mm", "254.5 mm"]
        );
        assert_eq!(
            pair_texts(quantity(Criterion::Delta1), 0.88604, 0.88610),
            ["88.60 %", "88.61 %"]
        );
        assert_eq!(
            pair_texts(quantity(Criterion::AbsRel), 0.1166, 0.1169),
            ["0.11660", "0.11690"]
        );
    }

    #[test]
    fn figures_have_the_units_and_infinities_of_their_evaluator() {
        let kitti = quantity_under(Criterion::SqRel, &Evaluator::KittiDevkit.protocol());
        assert_eq!(pair_texts(kitti, 0.012, 0.0125), ["0.01200", "0.01250"]);
        let plain = quantity_under(Criterion::SqRel, &Evaluator::Plain.protocol());
        assert_eq!(pair_texts(plain, 0.012, 0.0125), ["12.0 mm", "12.5 mm"]);
        let infinite = f64::INFINITY;
        let irmse = quantity(Criterion::Irmse);
        assert_eq!(pair_texts(irmse, 12.0, infinite), ["12.0 /km", "inf"]);
        let log = quantity(Criterion::RmseLog);
        assert_eq!(pair_texts(log, 0.25, infinite), ["0.250", "inf"]);
        let rmse = quantity(Criterion::Rmse);
        assert_eq!(pair_texts(rmse, 0.25, infinite), ["250 mm", "inf"]);
    }
}
