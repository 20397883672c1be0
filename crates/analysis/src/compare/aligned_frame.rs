//! The common pixels of a frame, masked and aligned: the input of every figure of a comparison.

use std::ops::Range;

use super::eval_protocol::{Affine, Alignment, EvalProtocol};
use super::frame_maps::{FrameMaps, fill};
use fathom_core::i18n::tr;

/// The reason why a frame cannot be compared, with the values found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// The maps differ in size.
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
    /// Too few pixels are valid in all maps, inside the crop and the evaluation window.
    #[error("{}", tr!(
        "{found} pixels are valid in all maps, inside the crop and the evaluation window; {needed} are needed",
        found = .found,
        needed = .needed
    ))]
    TooFew {
        /// Pixels found.
        found: usize,
        /// Pixels that the evaluator requires.
        needed: u32,
    },
    /// No scale or shift fits: the prediction is constant, or its median is not above zero.
    #[error(
        "{}",
        tr!("a prediction cannot be aligned: it is constant, or its median is not above zero")
    )]
    NoAlignment,
}

/// The pixels of a frame that count, aligned, in row-major order. All vectors have one length.
#[derive(Clone, Debug)]
pub struct AlignedFrame {
    /// Number of columns of the image.
    pub width: usize,
    /// Index of the first counted pixel of each row, then the number of all.
    row_starts: Vec<usize>,
    /// Row-major index of each pixel in the image.
    pub indices: Vec<u32>,
    /// Ground truth, in metres.
    pub gt_m: Vec<f64>,
    /// Floating-point prediction after alignment, in metres.
    pub fp32_m: Vec<f64>,
    /// Quantized prediction after alignment, in metres.
    pub int8_m: Vec<f64>,
    /// Alignment of `F`.
    pub fp32_fit: Affine,
    /// Alignment of `Q`.
    pub int8_fit: Affine,
}

impl AlignedFrame {
    /// Fills, masks and aligns the maps of a frame. It does not clamp; only the metrics do.
    ///
    /// # Errors
    /// [`CompareError`] where the maps differ in size, have too few common pixels or cannot be aligned.
    #[inline(never)]
    pub fn new(maps: &FrameMaps, protocol: &EvalProtocol) -> Result<Self, CompareError> {
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
        let CommonPixels {
            row_starts,
            indices,
            gt_m,
            mut fp32_m,
            mut int8_m,
        } = CommonPixels::select(maps.gt_m, &fp32_m, &int8_m, maps.width, protocol);
        if indices.len() < protocol.min_pixels.max(1) as usize {
            return Err(CompareError::TooFew {
                found: indices.len(),
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
            indices,
            gt_m,
            fp32_m,
            int8_m,
            fp32_fit,
            int8_fit,
        })
    }

    /// Returns the number of rows of the image.
    #[must_use]
    pub fn height(&self) -> usize {
        self.row_starts.len().saturating_sub(1)
    }

    /// Returns the indices of the counted pixels in a row.
    pub(super) fn row(&self, row: usize) -> Range<usize> {
        self.row_starts[row]..self.row_starts[row + 1]
    }

    /// Returns the columns of the counted pixels in a row.
    pub(super) fn columns(&self, row: usize) -> impl ExactSizeIterator<Item = usize> {
        let first = row * self.width;
        self.indices[self.row(row)]
            .iter()
            .map(move |&i| i as usize - first)
    }

    /// Returns all counted pixels.
    #[must_use]
    pub fn pixels(&self) -> Pixels<'_> {
        Pixels {
            gt_m: &self.gt_m,
            fp32_m: &self.fp32_m,
            int8_m: &self.int8_m,
        }
    }
}

/// Pixels in metres: three slices of one length.
#[derive(Clone, Copy, Debug)]
pub struct Pixels<'a> {
    /// Ground truth.
    pub gt_m: &'a [f64],
    /// Floating-point prediction.
    pub fp32_m: &'a [f64],
    /// Quantized prediction.
    pub int8_m: &'a [f64],
}

/// Pixels that are summed before they are added to a total: blocks keep the rounding error of long sums small.
pub(super) const BLOCK: usize = 1024;

impl<'a> Pixels<'a> {
    /// Iterates over the ground truth, `F` and `Q` of each pixel.
    pub fn iter(self) -> impl Iterator<Item = (f64, f64, f64)> {
        let predictions = self.fp32_m.iter().zip(self.int8_m);
        self.gt_m
            .iter()
            .zip(predictions)
            .map(|(&g, (&fp32, &int8))| (g, fp32, int8))
    }

    /// Iterates over blocks of 1,024 pixels, whose sums are added to a total one by one.
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

/// The pixels inside crop and window that are valid in all three maps.
struct CommonPixels {
    row_starts: Vec<usize>,
    indices: Vec<u32>,
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
}

impl CommonPixels {
    fn select(
        gt_m: &[f64],
        fp32_m: &[f64],
        int8_m: &[f64],
        width: usize,
        protocol: &EvalProtocol,
    ) -> Self {
        let height = gt_m.len() / width;
        let (rows, columns) = protocol.crop.window(height, width);
        let empty = || vec![0.0; gt_m.len()];
        let mut out = Self {
            row_starts: Vec::with_capacity(height + 1),
            indices: vec![0; gt_m.len()],
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
            let span = first..row * width + columns.end;
            let n = span.len();
            // Slices of one length, so that the compiler checks the bounds once for all of them.
            let (gt, fp32, int8) = (&gt_m[span.clone()], &fp32_m[span.clone()], &int8_m[span]);
            let kept = found..found + n;
            let indices = &mut out.indices[kept.clone()][..n];
            let gt_kept = &mut out.gt_m[kept.clone()][..n];
            let fp32_kept = &mut out.fp32_m[kept.clone()][..n];
            let int8_kept = &mut out.int8_m[kept][..n];
            let mut count = 0;
            for (i, (&gt, (&fp32, &int8))) in gt.iter().zip(fp32.iter().zip(int8)).enumerate() {
                let counts = gt.is_finite()
                    & protocol.window.contains(gt)
                    & fp32.is_finite()
                    & int8.is_finite();
                // Written unconditionally and kept by counting: a branch on the mask would be mispredicted too often.
                indices[count] = (first + i) as u32;
                gt_kept[count] = gt;
                fp32_kept[count] = fp32;
                int8_kept[count] = int8;
                count += usize::from(counts);
            }
            found += count;
        }
        out.row_starts.push(found);
        out.indices.truncate(found);
        for map_m in [&mut out.gt_m, &mut out.fp32_m, &mut out.int8_m] {
            map_m.truncate(found);
        }
        out
    }
}

/// Applies an alignment. The identity changes nothing but the sign of zero.
fn align(map_m: &mut [f64], fit: Affine) {
    for depth_m in map_m {
        *depth_m = fit.apply(*depth_m);
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

/// The median: the middle value, or the mean of the two middle values, as in numpy.
pub(super) fn median(map_m: &[f64]) -> f64 {
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

/// Scale and shift that minimise the sum of `(scale p + shift - g)^2`, from sums about the means.
fn least_squares(gt_m: &[f64], map_m: &[f64]) -> Result<Affine, CompareError> {
    let mean = |map: &[f64]| map.iter().sum::<f64>() / map.len() as f64;
    let (mean_g, mean_p) = (mean(gt_m), mean(map_m));
    let (mut products, mut squares) = (0.0, 0.0);
    for (&g, &p) in gt_m.iter().zip(map_m) {
        let p = p - mean_p;
        products += p * (g - mean_g);
        squares += p * p;
    }
    // A constant map has a spread from rounding alone.
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

    fn protocol(alignment: Alignment, frozen: bool) -> EvalProtocol {
        EvalProtocol {
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
    fn pixels_count_only_where_all_maps_are_valid() {
        let gt = [1.0, f64::NAN, 2.0, 3.0, f64::INFINITY, 4.0];
        let fp32 = [1.0, 1.0, f64::NAN, 3.0, 1.0, 0.0];
        let int8 = [1.0, 1.0, 1.0, f64::INFINITY, 1.0, -1.0];
        let aligned =
            AlignedFrame::new(&maps(&gt, &fp32, &int8), &EvalProtocol::default()).expect("pixels");
        assert_eq!(aligned.indices, [0, 5]);
        assert_eq!((aligned.gt_m[1], aligned.fp32_m[1]), (4.0, 0.0));
        assert_eq!(aligned.height(), 6);
        assert_eq!([0, 1, 5].map(|row| aligned.row(row)), [0..1, 1..1, 1..2]);
    }

    #[test]
    fn frames_that_cannot_be_compared_say_why() {
        let two = [1.0, 2.0];
        let flat = [1.0, 1.0];
        let check = |gt: &[f64], fp32: &[f64], alignment, part: &str| {
            let error = AlignedFrame::new(&maps(gt, fp32, &two), &protocol(alignment, true))
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
            let frozen = AlignedFrame::new(&maps(&gt, &fp32, &int8), &protocol(Alignment::LeastSquares, true)).expect("a fit");
            let own = AlignedFrame::new(&maps(&gt, &fp32, &int8), &protocol(Alignment::LeastSquares, false)).expect("a fit");
            for (i, g) in gt.iter().enumerate() {
                prop_assert!((frozen.fp32_m[i] - g).abs() < 1e-9);
                // Frozen, the shift of INT8 stays visible; with its own fit it is gone.
                prop_assert!((frozen.int8_m[i] - g - 0.5 / scale).abs() < 1e-9);
                prop_assert!((own.int8_m[i] - g).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn medians_agree_with_numpy() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[4.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(&[7.0]), 7.0);
    }
}
