//! The common pixels of a frame, masked and aligned: what every figure of a comparison starts from.
//!
//! Knows maps and protocols; measures nothing.

use std::ops::Range;

use super::maps::{FrameMaps, fill};
use super::protocol::{Affine, Alignment, Protocol};
use fathom_core::i18n::tr;

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
        tr!("a prediction cannot be aligned: it is constant, or its median is not above zero")
    )]
    NoAlignment,
}

/// The pixels of a frame that count, aligned, in the order of the picture.
#[derive(Clone, Debug)]
pub struct Aligned {
    /// Columns of the picture.
    pub width: usize,
    /// Where the pixels of each row begin among those that count, and where the last row's end.
    row_starts: Vec<usize>,
    /// Their places in the picture.
    pub at: Vec<u32>,
    /// Their ground truth, in metres.
    pub gt_m: Vec<f64>,
    /// Their floating-point prediction, aligned, in metres.
    pub fp32_m: Vec<f64>,
    /// Their quantized prediction, aligned, in metres.
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
    #[inline(never)]
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
        let Common {
            row_starts,
            at,
            gt_m,
            mut fp32_m,
            mut int8_m,
        } = Common::of(maps.gt_m, &fp32_m, &int8_m, maps.width, protocol);
        if at.len() < protocol.min_pixels.max(1) as usize {
            return Err(CompareError::TooFew {
                found: at.len(),
                needed: protocol.min_pixels.max(1),
            });
        }
        let fp32_fit = fit(protocol.alignment, &gt_m, &fp32_m)?;
        let int8_fit = if protocol.frozen {
            fp32_fit
        } else {
            fit(protocol.alignment, &gt_m, &int8_m)?
        };
        align(&mut fp32_m, fp32_fit);
        align(&mut int8_m, int8_fit);
        Ok(Self {
            width: maps.width,
            row_starts,
            at,
            gt_m,
            fp32_m,
            int8_m,
            fp32_fit,
            int8_fit,
        })
    }

    /// Rows of the picture.
    #[must_use]
    pub fn height(&self) -> usize {
        self.row_starts.len().saturating_sub(1)
    }

    /// Which of the pixels lie in a row.
    pub(super) fn row(&self, row: usize) -> Range<usize> {
        self.row_starts[row]..self.row_starts[row + 1]
    }

    /// The columns of those in a row.
    pub(super) fn columns(&self, row: usize) -> impl ExactSizeIterator<Item = usize> {
        let first = row * self.width;
        self.at[self.row(row)]
            .iter()
            .map(move |&i| i as usize - first)
    }

    /// All of them.
    #[must_use]
    pub fn pixels(&self) -> Pixels<'_> {
        Pixels {
            gt_m: &self.gt_m,
            fp32_m: &self.fp32_m,
            int8_m: &self.int8_m,
        }
    }
}

/// Pixels to measure, in metres: three slices of one length.
#[derive(Clone, Copy, Debug)]
pub struct Pixels<'a> {
    /// Ground truth.
    pub gt_m: &'a [f64],
    /// Floating-point prediction.
    pub fp32_m: &'a [f64],
    /// Quantized prediction.
    pub int8_m: &'a [f64],
}

/// Pixels summed before they join the total: short sums keep the rounding of long ones small.
pub(super) const BLOCK: usize = 1024;

impl<'a> Pixels<'a> {
    /// Ground truth, `F` and `Q` of each.
    pub fn each(self) -> impl Iterator<Item = (f64, f64, f64)> {
        let predictions = self.fp32_m.iter().zip(self.int8_m);
        self.gt_m
            .iter()
            .zip(predictions)
            .map(|(&g, (&fp32, &int8))| (g, fp32, int8))
    }

    /// The same in blocks whose sums are taken apart.
    pub fn blocks(self) -> impl Iterator<Item = Self> {
        let predictions = self.fp32_m.chunks(BLOCK).zip(self.int8_m.chunks(BLOCK));
        self.gt_m
            .chunks(BLOCK)
            .zip(predictions)
            .map(|(gt_m, (fp32_m, int8_m))| Self {
                gt_m,
                fp32_m,
                int8_m,
            })
    }
}

/// The pixels that count, inside crop and window and valid in all three maps.
struct Common {
    row_starts: Vec<usize>,
    at: Vec<u32>,
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
}

impl Common {
    fn of(gt_m: &[f64], fp32_m: &[f64], int8_m: &[f64], width: usize, protocol: &Protocol) -> Self {
        let height = gt_m.len() / width;
        let (rows, columns) = protocol.crop.window(height, width);
        let empty = || vec![0.0; gt_m.len()];
        let mut out = Self {
            row_starts: Vec::with_capacity(height + 1),
            at: vec![0; gt_m.len()],
            gt_m: empty(),
            fp32_m: empty(),
            int8_m: empty(),
        };
        let mut found = 0;
        for row in 0..height {
            out.row_starts.push(found);
            if !rows.contains(&row) {
                continue;
            }
            let first = row * width + columns.start;
            let place = first..row * width + columns.end;
            let n = place.len();
            // Slices of one length, so that a place is looked up once for all of them.
            let (gt, fp32, int8) = (&gt_m[place.clone()], &fp32_m[place.clone()], &int8_m[place]);
            let kept = found..found + n;
            let at = &mut out.at[kept.clone()][..n];
            let gt_kept = &mut out.gt_m[kept.clone()][..n];
            let fp32_kept = &mut out.fp32_m[kept.clone()][..n];
            let int8_kept = &mut out.int8_m[kept][..n];
            let mut count = 0;
            for (i, (&gt, (&fp32, &int8))) in gt.iter().zip(fp32.iter().zip(int8)).enumerate() {
                let counts = gt.is_finite()
                    & protocol.window.contains(gt)
                    & fp32.is_finite()
                    & int8.is_finite();
                // Written in any case and kept by counting: which pixels count is no branch that a processor could foresee.
                at[count] = (first + i) as u32;
                gt_kept[count] = gt;
                fp32_kept[count] = fp32;
                int8_kept[count] = int8;
                count += usize::from(counts);
            }
            found += count;
        }
        out.row_starts.push(found);
        out.at.truncate(found);
        for map_m in [&mut out.gt_m, &mut out.fp32_m, &mut out.int8_m] {
            map_m.truncate(found);
        }
        out
    }
}

/// Times one plus zero is exact but for the sign of zero.
fn align(map_m: &mut [f64], fit: Affine) {
    for depth_m in map_m {
        *depth_m = fit.of(*depth_m);
    }
}

fn fit(alignment: Alignment, gt_m: &[f64], map_m: &[f64]) -> Result<Affine, CompareError> {
    match alignment {
        Alignment::None => Ok(Affine::IDENTITY),
        Alignment::Fixed(affine) => Ok(affine),
        Alignment::MedianScale => median_scale(gt_m, map_m),
        Alignment::LeastSquares => least_squares(gt_m, map_m),
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
fn median(map_m: &[f64]) -> f64 {
    let mut values = map_m.to_vec();
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

fn median_scale(gt_m: &[f64], map_m: &[f64]) -> Result<Affine, CompareError> {
    let middle = median(map_m);
    if middle <= 0.0 {
        return Err(CompareError::NoAlignment);
    }
    Ok(Affine {
        scale: median(gt_m) / middle,
        shift_m: 0.0,
    })
}

/// Scale and shift that make `sum of (scale p + shift - g)^2` least, from sums about the means.
fn least_squares(gt_m: &[f64], map_m: &[f64]) -> Result<Affine, CompareError> {
    let mean = |map: &[f64]| map.iter().sum::<f64>() / map.len() as f64;
    let (mean_g, mean_p) = (mean(gt_m), mean(map_m));
    let (mut products, mut squares) = (0.0, 0.0);
    for (&g, &p) in gt_m.iter().zip(map_m) {
        let p = p - mean_p;
        products += p * (g - mean_g);
        squares += p * p;
    }
    // What rounding leaves of a constant map is no spread.
    if squares <= 1e-24 * mean_p * mean_p * map_m.len() as f64 {
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
        assert_eq!((aligned.gt_m[1], aligned.fp32_m[1]), (4.0, 0.0));
        assert_eq!(aligned.height(), 6);
        assert_eq!([0, 1, 5].map(|row| aligned.row(row)), [0..1, 1..1, 1..2]);
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
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[4.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(&[7.0]), 7.0);
    }
}
