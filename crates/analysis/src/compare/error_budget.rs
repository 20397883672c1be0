//! The error budget: INT8's squared error as the sum of FP32's error, the output code's error, bias, scale, a random remainder and the
//! cross term.

use serde::{Deserialize, Serialize};

use super::aligned_frame::{AlignedFrame, BLOCK};
use super::joint_moments::JointMoments;

/// Error sums of `code(F)`, the prediction `F` coded with the output grid, over the frames with a known grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodedSums {
    /// Number of pixels.
    pub count: f64,
    /// Sum of `code(F) - F`, in metres.
    pub error: f64,
    /// Sum of `(code(F) - F)^2`, in square metres.
    pub square: f64,
    /// Sum of `(code(F) - G)^2`, in square metres: the error of a network whose output alone is quantized.
    pub square_to_gt: f64,
    /// Sum of `q^2` over the same pixels, in square metres.
    pub q_square: f64,
}

impl CodedSums {
    /// Measures a frame. `coded_m` is `code(F)` of its counted pixels, in metres.
    #[must_use]
    #[inline(never)]
    pub fn measure(aligned: &AlignedFrame, coded_m: &[f64]) -> Self {
        let square = |x: f64| x * x;
        let mut total = Self::default();
        for (block, coded_m) in aligned.pixels().blocks().zip(coded_m.chunks(BLOCK)) {
            let mut sums = Self {
                count: coded_m.len() as f64,
                ..Self::default()
            };
            for ((g, fp32, int8), &coded) in block.iter().zip(coded_m) {
                sums.error += coded - fp32;
                sums.square += square(coded - fp32);
                sums.square_to_gt += square(coded - g);
                sums.q_square += square(int8 - fp32);
            }
            total.add(&sums);
        }
        total
    }

    /// Adds the errors of other pixels.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.error += other.error;
        self.square += other.square;
        self.square_to_gt += other.square_to_gt;
        self.q_square += other.q_square;
    }
}

/// The measured error of the output code.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputCodeError {
    /// Mean of `(code(F) - F)^2`, in square metres.
    pub mse: f64,
    /// RMSE against `G` of a network whose output alone is quantized, in metres.
    pub rmse_to_gt_m: f64,
    /// Share of `mse` in the mean of `q^2`.
    pub share: f64,
    /// Share of the pixels whose frame has a grid. The other figures are over these pixels.
    pub covered: f64,
}

/// Smallest slope of `Q` on `F` that recalibration can undo. It divides by the slope, and so multiplies what is left of `q` by ten here. A
/// constant `Q` has a slope of zero but for rounding.
pub const MIN_SLOPE: f64 = 0.1;

/// A constant `Q` has a slope and a remaining variance below this share, also after rounding to single precision in a link.
const CONSTANT_SHARE: f64 = 1e-6;

/// The error budget of `Q`. Squares in square metres, lengths in metres.
///
/// `mse_int8 = mse_fp32 + output.mse + bias_square + scale_square + random + cross`, without the output term where no grid is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Number of pixels.
    pub count: f64,
    /// Mean of `f^2`: the error of the floating-point network.
    pub mse_fp32: f64,
    /// Mean of `q^2`.
    pub mse_quant: f64,
    /// Cross term: twice the mean of `f q`. Negative where quantization happens to undo errors of the network.
    pub cross: f64,
    /// Mean of `(Q - G)^2`.
    pub mse_int8: f64,
    /// Error of the output code; `None` where no grid is known.
    pub output: Option<OutputCodeError>,
    /// Square of the mean of `q`: recalibration removes it.
    pub bias_square: f64,
    /// Square that a slope of `q` on `F` explains beyond the bias: recalibration removes it too.
    pub scale_square: f64,
    /// Remainder of the mean of `q^2` without output code, bias and scale. Negative where the output code's clipping causes more bias and
    /// scale than `q` has noise: the output code then explains all of it.
    pub random: f64,
    /// Mean of `q`.
    pub bias_m: f64,
    /// Least-squares slope of `Q` on `F`.
    pub slope: f64,
    /// Intercept of that line, at `F = 0`.
    pub intercept_m: f64,
    /// RMSE of `Q` against `G` after undoing that line; `None` for a slope under [`MIN_SLOPE`], where there is no line to undo.
    pub recalibrated_rmse_m: Option<f64>,
    /// Standard deviation of `q`.
    pub std_q_m: f64,
    /// Skewness of `q`; `None` where `q` is constant.
    pub skew_q: Option<f64>,
    /// Kurtosis of `q`, 3 for a normal distribution; `None` where `q` is constant.
    pub kurtosis_q: Option<f64>,
    /// `20 log10(rms F / rms q)`; `None` where `q` is zero.
    pub sqnr_db: Option<f64>,
    /// Cosine of `F` and `Q`; `None` where a map is zero.
    pub cosine: Option<f64>,
    /// Correlation of `f` and `q`; `None` where one is constant.
    pub correlation: Option<f64>,
}

impl Budget {
    /// Computes the budget from the moments of all pixels; `None` without pixels.
    #[must_use]
    pub(super) fn from_moments(m: &JointMoments, coded: &CodedSums) -> Option<Self> {
        if m.count <= 0.0 {
            return None;
        }
        let (mse_fp32, mse_quant, cross) = (m.mse_fp32(), m.mse_q(), 2.0 * m.mean_f_q());
        let beta = m.slope_of_q();
        let bias_square = m.mean_q_m * m.mean_q_m;
        let scale_square = beta * m.fp32_q / m.count;
        let output = (coded.count > 0.0).then(|| OutputCodeError {
            mse: coded.square / coded.count,
            rmse_to_gt_m: (coded.square_to_gt / coded.count).sqrt(),
            share: if coded.q_square > 0.0 {
                coded.square / coded.q_square
            } else {
                0.0
            },
            covered: coded.count / m.count,
        });
        let variance = m.q_q / m.count;
        let power = |sum: f64, exponent: f64| {
            (variance > 0.0).then(|| sum / m.count / libm::pow(variance, exponent))
        };
        let pieces = Self {
            count: m.count,
            mse_fp32,
            mse_quant,
            cross,
            mse_int8: 0.0,
            output,
            bias_square,
            scale_square,
            random: 0.0,
            bias_m: m.mean_q_m,
            slope: 1.0 + beta,
            intercept_m: m.mean_q_m - beta * m.mean_fp32_m,
            recalibrated_rmse_m: recalibrated_rmse_m(m),
            std_q_m: variance.sqrt(),
            skew_q: power(m.q_cubed, 1.5),
            kurtosis_q: power(m.q_fourth, 2.0),
            sqnr_db: (mse_quant > 0.0 && m.mean_fp32_square() > 0.0)
                .then(|| 10.0 * libm::log10(m.mean_fp32_square() / mse_quant)),
            cosine: m.cosine(),
            correlation: (m.f_f > 0.0 && m.q_q > 0.0).then(|| m.f_q / (m.f_f * m.q_q).sqrt()),
        };
        Some(pieces.with_totals())
    }

    /// Computes `mse_int8` and `random` from the other terms.
    #[must_use]
    pub fn with_totals(self) -> Self {
        let output_mse = self.output.map_or(0.0, |o| o.mse);
        Self {
            mse_int8: self.mse_fp32 + self.mse_quant + self.cross,
            random: self.mse_quant - output_mse - self.bias_square - self.scale_square,
            ..self
        }
    }

    /// Returns [`exclusive_parts`] of this budget.
    #[must_use]
    pub fn exclusive_parts(&self) -> [f64; 3] {
        exclusive_parts(
            self.mse_quant,
            self.output.map_or(0.0, |output| output.mse),
            self.bias_square + self.scale_square,
        )
    }

    /// Returns true if `Q` is one value everywhere while `F` is not. Then `q` is `F` itself but for a constant, and its parts tell nothing
    /// about quantization.
    #[must_use]
    pub fn int8_is_constant(&self) -> bool {
        let rest = self.std_q_m * self.std_q_m - self.scale_square;
        self.scale_square > 0.0
            && self.slope.abs() <= CONSTANT_SHARE
            && rest.abs() <= CONSTANT_SHARE * self.scale_square
    }

    /// Returns true if `Q` equals `F` everywhere: there is no quantization error to split.
    #[must_use]
    pub fn predictions_are_equal(&self) -> bool {
        self.mse_quant == 0.0
    }

    /// Returns the RMSE of `F`, in metres.
    #[must_use]
    pub fn rmse_fp32_m(&self) -> f64 {
        self.mse_fp32.sqrt()
    }

    /// Returns the RMSE of `Q`, in metres.
    #[must_use]
    pub fn rmse_int8_m(&self) -> f64 {
        self.mse_int8.max(0.0).sqrt()
    }

    /// Returns the root mean square of `q`, in metres.
    #[must_use]
    pub fn rms_q_m(&self) -> f64 {
        self.mse_quant.sqrt()
    }

    /// Computes the usual predictions of the RMSE of `Q`, from the measured `q` and from the output step alone.
    #[must_use]
    pub fn predictions(&self, step_m: f64) -> RmsePredictions {
        let with = |square: f64| (self.mse_fp32 + square).sqrt();
        RmsePredictions {
            independent_m: with(self.mse_quant),
            output_only_m: self.output.map(|o| with(o.mse)),
            ideal_step_m: with(step_m * step_m / 12.0),
            half_step_m: with(step_m * step_m / 4.0),
        }
    }
}

/// RMSEs that theory predicts for `Q`, in metres. Each one omits more terms than the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsePredictions {
    /// `sqrt(mse_fp32 + mean(q^2))`: omits the cross term.
    pub independent_m: f64,
    /// `sqrt(mse_fp32 + output.mse)`: the measured error of the output code alone.
    pub output_only_m: Option<f64>,
    /// `sqrt(mse_fp32 + step^2 / 12)`: the naive prediction.
    pub ideal_step_m: f64,
    /// `sqrt(mse_fp32 + step^2 / 4)`: takes the largest rounding error for its RMSE.
    pub half_step_m: f64,
}

/// RMSE against `G` of `(Q - intercept) / slope`, from the moments: its error is `f + (q - mean q - beta (F - mean F)) / slope`.
fn recalibrated_rmse_m(m: &JointMoments) -> Option<f64> {
    let beta = m.slope_of_q();
    let slope = 1.0 + beta;
    if slope < MIN_SLOPE {
        return None;
    }
    let rest_rest = m.q_q - beta * m.fp32_q;
    let f_rest = m.f_q - beta * m.fp32_f;
    let spread = m.f_f + 2.0 * f_rest / slope + rest_rest / (slope * slope);
    Some((spread.max(0.0) / m.count + m.mean_f_m * m.mean_f_m).sqrt())
}

/// Divides the mean of `q^2` by its origins: output code, bias and scale, and what remains. The parts are in square metres, and add up.
///
/// Clipping of the output makes bias and scale too, which a budget counts in both parts. Where they overlap beyond the whole, the larger
/// part keeps its size and the smaller one has the rest.
#[must_use]
pub fn exclusive_parts(mse_quant: f64, output: f64, line: f64) -> [f64; 3] {
    let [mut output, mut line] = [output, line].map(|mse| mse.clamp(0.0, mse_quant.max(0.0)));
    if output + line > mse_quant {
        if output >= line {
            line = mse_quant - output;
        } else {
            output = mse_quant - line;
        }
    }
    [output, line, mse_quant - output - line]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::joint_moments::tests::{moments, triples};
    use crate::compare::{EvalProtocol, FrameMaps, OutputGrid};
    use proptest::prelude::*;

    fn frame(t: &[(f64, f64, f64)]) -> AlignedFrame {
        let part = |of: fn(&(f64, f64, f64)) -> f64| t.iter().map(of).collect::<Vec<_>>();
        let (gt_m, fp32_m, int8_m) = (part(|p| p.0), part(|p| p.1), part(|p| p.2));
        let maps = FrameMaps {
            width: 1,
            gt_m: &gt_m,
            fp32_m: &fp32_m,
            int8_m: &int8_m,
        };
        AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels")
    }

    fn grid() -> OutputGrid {
        let value_counts = super::super::value_counts::ValueCounts::from_map(&[
            0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 25.0, 25.05,
        ]);
        OutputGrid::detect(&value_counts).expect("a grid")
    }

    proptest! {
        #[test]
        fn the_terms_add_up(t in triples()) {
            let aligned = frame(&t);
            let budget = Budget::from_moments(&JointMoments::measure(aligned.pixels()), &CodedSums::measure(&aligned, &grid().coded_m(&aligned.fp32_m))).expect("pixels");
            let n = t.len() as f64;
            let direct = t.iter().map(|&(g, _, q)| (q - g) * (q - g)).sum::<f64>() / n;
            prop_assert!((budget.mse_int8 - direct).abs() <= 1e-12 * direct.max(1e-3), "{} {direct}", budget.mse_int8);
            let output = budget.output.expect("a grid").mse;
            let parts = budget.mse_fp32 + output + budget.bias_square + budget.scale_square + budget.random + budget.cross;
            prop_assert!((parts - direct).abs() <= 1e-12 * direct.max(1e-3), "{parts} {direct}");
            // Half a step of 0.05 m is the largest rounding error.
            prop_assert!(output <= 0.025 * 0.025 * 1.000_001);
        }

        #[test]
        fn a_line_is_found_and_undone(
            t in triples(), slope in 0.5_f64..2.0, intercept in -1.0_f64..1.0,
        ) {
            prop_assume!(t.len() > 3);
            let bent: Vec<_> = t.iter().map(|&(g, f, _)| (g, f, slope * f + intercept)).collect();
            let budget = Budget::from_moments(&moments(&bent), &CodedSums::default()).expect("pixels");
            prop_assert!((budget.slope - slope).abs() < 1e-8, "{budget:?}");
            prop_assert!((budget.intercept_m - intercept).abs() < 1e-7);
            let recalibrated_m = budget.recalibrated_rmse_m.expect("a line");
            prop_assert!((recalibrated_m - budget.rmse_fp32_m()).abs() < 1e-7);
            prop_assert!(budget.random.abs() < 1e-9);
        }

        #[test]
        fn recalibration_is_what_the_line_leaves_or_nothing(
            t in triples(), slope in -0.5_f64..2.0, intercept in -1.0_f64..1.0,
        ) {
            prop_assume!(t.len() > 3);
            let bent: Vec<_> = t.iter().map(|&(g, f, q)| (g, f, slope * f + intercept + (q - f))).collect();
            let budget = Budget::from_moments(&moments(&bent), &CodedSums::default()).expect("pixels");
            match budget.recalibrated_rmse_m {
                Some(recalibrated_m) => {
                    prop_assert!(budget.slope >= MIN_SLOPE);
                    let square = |&(g, _, q): &(f64, f64, f64)| {
                        let undone = (q - budget.intercept_m) / budget.slope;
                        (undone - g) * (undone - g)
                    };
                    let direct = (bent.iter().map(square).sum::<f64>() / bent.len() as f64).sqrt();
                    prop_assert!((recalibrated_m - direct).abs() < 1e-8 * direct.max(1.0), "{recalibrated_m} {direct}");
                }
                None => prop_assert!(budget.slope < MIN_SLOPE),
            }
            prop_assert!(!budget.int8_is_constant());
        }

        #[test]
        fn a_constant_prediction_is_said_and_not_recalibrated(t in triples(), value in 0.0_f64..20.0) {
            let dead: Vec<_> = t.iter().map(|&(g, f, _)| (g, f, value)).collect();
            let budget = Budget::from_moments(&moments(&dead), &CodedSums::default()).expect("pixels");
            prop_assert!(budget.int8_is_constant() && !budget.predictions_are_equal());
            prop_assert_eq!(budget.recalibrated_rmse_m, None);
            prop_assert!(budget.random.abs() <= 1e-9 * budget.mse_quant.max(1.0));
        }
    }

    #[test]
    fn a_network_whose_output_alone_is_quantized_has_a_share_of_one() {
        let grid = grid();
        let t: Vec<_> = (0..500)
            .map(|i| {
                let f = 1.0 + 0.013 * f64::from(i);
                (f + 0.1, f, grid.code_m(f))
            })
            .collect();
        let aligned = frame(&t);
        let budget = Budget::from_moments(
            &JointMoments::measure(aligned.pixels()),
            &CodedSums::measure(&aligned, &grid.coded_m(&aligned.fp32_m)),
        )
        .expect("pixels");
        let output = budget.output.expect("a grid");
        assert!((output.share - 1.0).abs() < 1e-12);
        assert!((output.rmse_to_gt_m - budget.rmse_int8_m()).abs() < 1e-12);
        assert!((output.mse.sqrt() / (0.05 / 12.0_f64.sqrt()) - 1.0).abs() < 0.02);
        assert!(budget.random.abs() < 1e-4 * output.mse + budget.bias_square + budget.scale_square);
    }

    #[test]
    fn equal_maps_have_no_quantization_error() {
        let t: Vec<_> = (1..9).map(|i| (f64::from(i), 1.5, 1.5)).collect();
        let budget = Budget::from_moments(&moments(&t), &CodedSums::default()).expect("pixels");
        assert_eq!((budget.mse_quant, budget.cross), (0.0, 0.0));
        assert!(budget.predictions_are_equal() && !budget.int8_is_constant());
        assert_eq!(budget.recalibrated_rmse_m, Some(budget.rmse_fp32_m()));
        assert_eq!(
            (budget.sqnr_db, budget.skew_q, budget.correlation),
            (None, None, None)
        );
        assert_eq!(budget.cosine, Some(1.0));
    }

    #[test]
    fn predictions_omit_the_terms_in_their_docs() {
        let t: Vec<_> = (0..100)
            .map(|i| (2.0, 2.39, 2.39 + 0.1 * f64::from(i % 2)))
            .collect();
        let budget = Budget::from_moments(&moments(&t), &CodedSums::default()).expect("pixels");
        let p = budget.predictions(14.5 / 255.0);
        assert!((p.ideal_step_m - 0.390_345).abs() < 1e-5, "{p:?}");
        assert!((p.half_step_m - 0.391_035).abs() < 1e-5, "{p:?}");
        assert!(p.independent_m < budget.rmse_int8_m());
    }
}
