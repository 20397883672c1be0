//! The common pixels of a frame, masked and aligned: what every figure of a comparison starts from.
//!
//! Knows maps and protocols; measures nothing.

use super::maps::{FrameMaps, fill};
use super::protocol::{Affine, Alignment, Protocol};
use crate::language::{said, tr};

/// Why a frame cannot be compared. Each sentence says what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// The maps are not of one size.
    #[error("{}", tr!("the maps differ in size: {gt} pixels of ground truth, {fp32} of FP32, {int8} of INT8, in rows of {width}", gt = .gt, fp32 = .fp32, int8 = .int8, width = .width))]
    Size {
        /// Pixels of the ground truth.
        gt: usize,
        /// Pixels of the floating-point prediction.
        fp32: usize,
        /// Pixels of the quantized prediction.
        int8: usize,
        /// Pixels in a row.
        width: usize,
    },
    /// Too few pixels are valid in all maps.
    #[error("{}", tr!(
        "{found} pixels are valid in all maps, inside the crop and the evaluation window; {needed} are needed",
        found = .found,
        needed = .needed
    ))]
    TooFew {
        /// Pixels that count.
        found: usize,
        /// Pixels that the evaluator asks for.
        needed: u32,
    },
    /// No scale or shift fits, because the prediction is constant or its median is not above zero.
    #[error(
        "{}",
        said("a prediction cannot be aligned: it is constant, or its median is not above zero")
    )]
    NoAlignment,
}

/// Masked and aligned maps of a frame. Masked pixels are NaN in all three.
#[derive(Clone, Debug)]
pub struct Aligned {
    /// Columns.
    pub width: usize,
    /// The places of the pixels that count, in order.
    pub at: Vec<u32>,
    /// Ground truth, in metres.
    pub gt_m: Vec<f64>,
    /// Aligned floating-point prediction, in metres.
    pub fp32_m: Vec<f64>,
    /// Aligned quantized prediction, in metres.
    pub int8_m: Vec<f64>,
    /// What was done to `F`.
    pub fp32_fit: Affine,
    /// What was done to `Q`.
    pub int8_fit: Affine,
}

impl Aligned {
    /// Fills, masks and aligns. The clamp is left to the metrics.
    ///
    /// # Errors
    /// [`CompareError`].
    pub fn of(maps: &FrameMaps, protocol: &Protocol) -> Result<Self, CompareError> {
        let pixels = maps.gt_m.len();
        let sizes_fit = maps.fp32_m.len() == pixels
            && maps.int8_m.len() == pixels
            && maps.width > 0
            && pixels.is_multiple_of(maps.width)
            && u32::try_from(pixels).is_ok();
        if !sizes_fit {
            return Err(CompareError::Size {
                gt: pixels,
                fp32: maps.fp32_m.len(),
                int8: maps.int8_m.len(),
                width: maps.width,
            });
        }
        let filled = |map| fill(protocol.fill, protocol.clamp, maps.width, map);
        let (fp32_m, int8_m) = (filled(maps.fp32_m), filled(maps.int8_m));
        let at = common(maps, protocol, &fp32_m, &int8_m);
        if at.len() < protocol.min_pixels.max(1) as usize {
            return Err(CompareError::TooFew {
                found: at.len(),
                needed: protocol.min_pixels.max(1),
            });
        }
        let fp32_fit = fit(protocol.alignment, maps.gt_m, &fp32_m, &at)?;
        let int8_fit = if protocol.frozen {
            fp32_fit
        } else {
            fit(protocol.alignment, maps.gt_m, &int8_m, &at)?
        };
        Ok(Self {
            width: maps.width,
            gt_m: kept(maps.gt_m, &at, Affine::IDENTITY),
            fp32_m: kept(&fp32_m, &at, fp32_fit),
            int8_m: kept(&int8_m, &at, int8_fit),
            at,
            fp32_fit,
            int8_fit,
        })
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.gt_m.len() / self.width
    }

    /// Ground truth, `F` and `Q` of every pixel that counts, in order.
    pub fn pixels(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.at.iter().map(|&i| {
            let i = i as usize;
            (self.gt_m[i], self.fp32_m[i], self.int8_m[i])
        })
    }
}

/// The places that count: inside crop and window, and valid in all three maps.
fn common(maps: &FrameMaps, protocol: &Protocol, fp32_m: &[f64], int8_m: &[f64]) -> Vec<u32> {
    let height = maps.gt_m.len() / maps.width;
    let (rows, columns) = protocol.crop.window(height, maps.width);
    let mut at = Vec::new();
    for row in rows {
        for i in row * maps.width + columns.start..row * maps.width + columns.end {
            let counts = maps.gt_m[i].is_finite()
                && protocol.window.contains(maps.gt_m[i])
                && fp32_m[i].is_finite()
                && int8_m[i].is_finite();
            if counts {
                at.push(i as u32);
            }
        }
    }
    at
}

/// Aligns the pixels that count; the others are empty.
fn kept(map_m: &[f64], at: &[u32], fit: Affine) -> Vec<f64> {
    let mut out = vec![f64::NAN; map_m.len()];
    for &i in at {
        // Times one plus zero is exact but for the sign of zero.
        out[i as usize] = fit.of(map_m[i as usize]);
    }
    out
}

fn fit(
    alignment: Alignment,
    gt_m: &[f64],
    map_m: &[f64],
    at: &[u32],
) -> Result<Affine, CompareError> {
    match alignment {
        Alignment::None => Ok(Affine::IDENTITY),
        Alignment::Fixed(affine) => Ok(affine),
        Alignment::MedianScale => median_scale(gt_m, map_m, at),
        Alignment::LeastSquares => least_squares(gt_m, map_m, at),
    }
    .and_then(|fit| {
        if fit.scale.is_finite() && fit.shift_m.is_finite() {
            Ok(fit)
        } else {
            Err(CompareError::NoAlignment)
        }
    })
}

/// The middle value, or the mean of the two middle ones, as numpy has it.
fn median(map_m: &[f64], at: &[u32]) -> f64 {
    let mut values: Vec<f64> = at.iter().map(|&i| map_m[i as usize]).collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let is_odd = values.len() % 2 == 1;
    let (lower, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if is_odd {
        return upper;
    }
    let below = lower.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(below, upper)
}

fn median_scale(gt_m: &[f64], map_m: &[f64], at: &[u32]) -> Result<Affine, CompareError> {
    let middle = median(map_m, at);
    if middle <= 0.0 {
        return Err(CompareError::NoAlignment);
    }
    Ok(Affine {
        scale: median(gt_m, at) / middle,
        shift_m: 0.0,
    })
}

/// Scale and shift that make `sum of (scale p + shift - g)^2` least, from sums about the means.
fn least_squares(gt_m: &[f64], map_m: &[f64], at: &[u32]) -> Result<Affine, CompareError> {
    let mean = |map: &[f64]| at.iter().map(|&i| map[i as usize]).sum::<f64>() / at.len() as f64;
    let (mean_g, mean_p) = (mean(gt_m), mean(map_m));
    let (mut products, mut squares) = (0.0, 0.0);
    for &i in at {
        let p = map_m[i as usize] - mean_p;
        products += p * (gt_m[i as usize] - mean_g);
        squares += p * p;
    }
    // What rounding leaves of a constant map is no spread.
    if squares <= 1e-24 * mean_p * mean_p * at.len() as f64 {
        return Err(CompareError::NoAlignment);
    }
    let scale = products / squares;
    Ok(Affine {
        scale,
        shift_m: mean_g - scale * mean_p,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Evaluator;
    use proptest::prelude::*;

    fn protocol(alignment: Alignment, frozen: bool) -> Protocol {
        Protocol {
            alignment,
            frozen,
            ..Evaluator::Plain.protocol()
        }
    }

    fn maps<'a>(gt_m: &'a [f64], fp32_m: &'a [f64], int8_m: &'a [f64]) -> FrameMaps<'a> {
        FrameMaps {
            width: 1,
            gt_m,
            fp32_m,
            int8_m,
        }
    }

    #[test]
    fn only_pixels_valid_in_all_maps_count() {
        let gt = [1.0, f64::NAN, 2.0, 3.0, f64::INFINITY, 4.0];
        let fp32 = [1.0, 1.0, f64::NAN, 3.0, 1.0, 0.0];
        let int8 = [1.0, 1.0, 1.0, f64::INFINITY, 1.0, -1.0];
        let aligned = Aligned::of(&maps(&gt, &fp32, &int8), &Protocol::default()).expect("pixels");
        assert_eq!(aligned.at, [0, 5]);
        assert!(aligned.gt_m[3].is_nan() && aligned.fp32_m[3].is_nan());
    }

    #[test]
    fn frames_that_cannot_be_compared_say_why() {
        let two = [1.0, 2.0];
        let flat = [1.0, 1.0];
        let check = |gt: &[f64], fp32: &[f64], alignment, part: &str| {
            let error = Aligned::of(&maps(gt, fp32, &two), &protocol(alignment, true))
                .expect_err("no comparison")
                .to_string();
            assert!(error.contains(part), "{error}");
        };
        check(&two, &[1.0], Alignment::None, "1 of FP32");
        check(&[0.0, -1.0], &two, Alignment::None, "0 pixels are valid");
        check(&two, &flat, Alignment::LeastSquares, "constant");
        check(&two, &[-1.0, -2.0], Alignment::MedianScale, "median");
    }

    proptest! {
        #[test]
        fn a_scaled_and_shifted_truth_is_aligned_back(
            gt in prop::collection::vec(0.5_f64..20.0, 3..60), scale in 0.1_f64..10.0, shift in -2.0_f64..2.0,
        ) {
            prop_assume!(gt.iter().any(|g| (g - gt[0]).abs() > 0.1));
            let fp32: Vec<f64> = gt.iter().map(|g| scale * g + shift).collect();
            let int8: Vec<f64> = fp32.iter().map(|p| p + 0.5).collect();
            let frozen = Aligned::of(&maps(&gt, &fp32, &int8), &protocol(Alignment::LeastSquares, true)).expect("a fit");
            let own = Aligned::of(&maps(&gt, &fp32, &int8), &protocol(Alignment::LeastSquares, false)).expect("a fit");
            for (i, g) in gt.iter().enumerate() {
                prop_assert!((frozen.fp32_m[i] - g).abs() < 1e-9);
                // Frozen, the shift of INT8 stays visible; with its own fit it is gone.
                prop_assert!((frozen.int8_m[i] - g - 0.5 / scale).abs() < 1e-9);
                prop_assert!((own.int8_m[i] - g).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn medians_are_numpys() {
        let at: Vec<u32> = (0..4).collect();
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0], &at), 2.5);
        assert_eq!(median(&[4.0, 1.0, 3.0], &at[..3]), 3.0);
        assert_eq!(median(&[7.0], &at[..1]), 7.0);
    }
}
