//! Pixel pairs sorted by `F`, and the errors of `code(F)` against `G` for any output range and code.
//!
//! The best range for `code(F)` against `G` is not the best range for `F` itself, because clipping may undo errors of `F`.
//!
//! Over the pixels of one code value `r`, `sum (r - g)^2 = r^2 n - 2 r sum g + sum g^2`. So the errors of any code follow from sums of 1, `g`,
//! `g^2` and `1/g` over intervals of `F`. The sums are double-double, because these terms agree in many digits for good predictions. Within a
//! block of neighbours, plain sums of the distances from the block's first `F` suffice: their rounding is as small as the errors.

use std::ops::Range;

use super::pixel_pairs::{MergedPairs, merge_parts};
use fathom_core::quant::ScalarCode;
use fathom_core::stats::{DoubleDouble, squared_deviation};

/// Entries per block, between two stored sums. Both ends of a cell add up some thirty pixels, and the sums take a fifth of the pixels' memory.
const STRIDE: usize = 32;

/// Smallest ratio of a prediction to the ground truth for which sums of `1/g` are taken relative to the prediction.
const MIN_ANCHOR: f64 = 1e-3;

/// Sums over entries: prefix sums or their differences.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct EntrySums {
    count: f64,
    fp32: DoubleDouble,
    fp32_square: DoubleDouble,
    gt: DoubleDouble,
    gt_square: DoubleDouble,
    inverse_gt: DoubleDouble,
}

impl EntrySums {
    fn minus(&self, start: &Self) -> Self {
        Self {
            count: self.count - start.count,
            fp32: self.fp32 - start.fp32,
            fp32_square: self.fp32_square - start.fp32_square,
            gt: self.gt - start.gt,
            gt_square: self.gt_square - start.gt_square,
            inverse_gt: self.inverse_gt - start.inverse_gt,
        }
    }

    fn plus(&self, more: &Self) -> Self {
        Self {
            count: self.count + more.count,
            fp32: self.fp32 + more.fp32,
            fp32_square: self.fp32_square + more.fp32_square,
            gt: self.gt + more.gt,
            gt_square: self.gt_square + more.gt_square,
            inverse_gt: self.inverse_gt + more.inverse_gt,
        }
    }

    /// Sums over pixels with neighbouring predictions, from plain sums of their distances to the first prediction.
    fn from_pixels(fp32_m: &[f64], gt_m: &[f64]) -> Self {
        let Some(&anchor) = fp32_m.first() else {
            return Self::default();
        };
        let (mut fp32, mut fp32_square, mut gt, mut gt_square) = (0.0, 0.0, 0.0, 0.0);
        let (mut inverse, mut relative) = (0.0, 0.0);
        for (&f, &g) in fp32_m.iter().zip(gt_m) {
            let (from_f, from_g, inverse_g) = (f - anchor, g - anchor, 1.0 / g);
            fp32 += from_f;
            fp32_square += from_f * from_f;
            gt += from_g;
            gt_square += from_g * from_g;
            inverse += inverse_g;
            relative += from_g * inverse_g;
        }
        let count = fp32_m.len() as f64;
        let sum = |distances| DoubleDouble::product(anchor, count) + DoubleDouble::from(distances);
        // x^2 = a^2 + 2 a (x - a) + (x - a)^2.
        let anchor_square = DoubleDouble::product(anchor, anchor).times(count);
        let square = |distances: f64, squares: f64| {
            anchor_square
                + DoubleDouble::product(2.0 * anchor, distances)
                + DoubleDouble::from(squares)
        };
        let inverse_gt = if anchor * inverse > MIN_ANCHOR * count {
            // 1/g = (1 - (g - a)/g) / a.
            (DoubleDouble::from(count) + DoubleDouble::from(-relative)).over(anchor)
        } else {
            let each = gt_m.iter().map(|&g| DoubleDouble::from(1.0 / g));
            each.fold(DoubleDouble::ZERO, |sum, inverse| sum + inverse)
        };
        Self {
            count,
            fp32: sum(fp32),
            fp32_square: square(fp32, fp32_square),
            gt: sum(gt),
            gt_square: square(gt, gt_square),
            inverse_gt,
        }
    }

    /// Sums over entries that are sums themselves.
    fn from_sums(fp32_m: &[f64], each: &[[f64; 4]]) -> Self {
        let mut sums = Self::default();
        for (&fp32, &[count, gt, gt_square, inverse_gt]) in fp32_m.iter().zip(each) {
            sums.count += count;
            sums.fp32 += DoubleDouble::product(fp32, count);
            sums.fp32_square += DoubleDouble::product(fp32 * count, fp32);
            sums.gt += gt;
            sums.gt_square += gt_square;
            sums.inverse_gt += inverse_gt;
        }
        sums
    }
}

/// The ground truth at each `F`.
#[derive(Clone, Debug, PartialEq)]
enum GroundTruth {
    /// One pixel per entry, in metres.
    Pixels(Vec<f64>),
    /// Sums of 1, `g`, `g^2` and `1/g` over the pixels of each entry.
    Sums(Vec<[f64; 4]>),
}

/// All pixels of a set by ascending `F`, with prefix sums.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedPairs {
    fp32_m: Vec<f64>,
    truth: GroundTruth,
    /// The first `F` of each block. Searches start here, in a thirty-second of the memory.
    anchors_m: Vec<f64>,
    /// Sums over all entries before each block.
    before: Vec<EntrySums>,
    total: EntrySums,
    /// Sum of `(F - G)^2`, in square metres.
    error_square: f64,
}

impl Default for SortedPairs {
    fn default() -> Self {
        Self::new(Vec::new(), GroundTruth::Pixels(Vec::new()), 0.0)
    }
}

/// Errors of `code(F)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodedPrediction {
    /// RMSE of `code(F)` against `G`, in metres.
    pub rmse_m: f64,
    /// Mean of `code(F) - G`, in metres.
    pub bias_m: f64,
    /// Mean of `(code(F) - G)^2 / G`, in metres.
    pub sq_rel_m: f64,
    /// RMSE of `code(F)` against `F` itself, in metres.
    pub own_rmse_m: f64,
}

impl SortedPairs {
    /// Merges and sorts the pixel pairs of all threads: buffers of [`PixelPairs::into_flat`].
    ///
    /// [`PixelPairs::into_flat`]: super::PixelPairs::into_flat
    #[must_use]
    #[inline(never)]
    pub fn from_parts(parts: &[Vec<f64>]) -> Self {
        match merge_parts(parts) {
            MergedPairs::Pixels(fp32_m, gt_m) => {
                let mut error_square = DoubleDouble::ZERO;
                for (fp32_m, gt_m) in fp32_m.chunks(STRIDE).zip(gt_m.chunks(STRIDE)) {
                    let pixels = fp32_m.iter().zip(gt_m);
                    let squares = pixels.map(|(fp32, gt)| (fp32 - gt) * (fp32 - gt));
                    error_square += squares.sum::<f64>();
                }
                Self::new(fp32_m, GroundTruth::Pixels(gt_m), error_square.value())
            }
            MergedPairs::Bins(bins) => {
                let fp32_m = bins.iter().map(|bin| bin.fp32 / bin.count).collect();
                let each = bins
                    .iter()
                    .map(|bin| [bin.count, bin.gt, bin.gt_square, bin.inverse_gt]);
                let error_square = bins.iter().map(|bin| bin.error_square).sum();
                Self::new(fp32_m, GroundTruth::Sums(each.collect()), error_square)
            }
        }
    }

    #[inline(never)]
    fn new(fp32_m: Vec<f64>, truth: GroundTruth, error_square: f64) -> Self {
        let mut pairs = Self {
            anchors_m: fp32_m.iter().copied().step_by(STRIDE).collect(),
            before: Vec::with_capacity(fp32_m.len().div_ceil(STRIDE)),
            fp32_m,
            truth,
            total: EntrySums::default(),
            error_square,
        };
        for block in 0..pairs.anchors_m.len() {
            pairs.before.push(pairs.total);
            let end = pairs.fp32_m.len().min((block + 1) * STRIDE);
            pairs.total = pairs.total.plus(&pairs.sums_over(block * STRIDE..end));
        }
        pairs
    }

    /// Sums over entries of one block.
    fn sums_over(&self, entries: Range<usize>) -> EntrySums {
        let fp32_m = &self.fp32_m[entries.clone()];
        match &self.truth {
            GroundTruth::Pixels(gt_m) => EntrySums::from_pixels(fp32_m, &gt_m[entries]),
            GroundTruth::Sums(each) => EntrySums::from_sums(fp32_m, &each[entries]),
        }
    }

    /// Returns true if there is no pixel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fp32_m.is_empty()
    }

    /// Returns the smallest and the largest prediction, in metres; `None` without pixels.
    #[must_use]
    pub fn ends_m(&self) -> Option<(f64, f64)> {
        Some((*self.fp32_m.first()?, *self.fp32_m.last()?))
    }

    /// Returns the RMSE of `F` itself, in metres; `None` without pixels.
    #[must_use]
    pub(crate) fn uncoded_rmse_m(&self) -> Option<f64> {
        (self.total.count > 0.0).then(|| (self.error_square / self.total.count).sqrt())
    }

    /// Sums over all entries before index `at`.
    fn sums_before(&self, at: usize) -> EntrySums {
        let block = at / STRIDE;
        match self.before.get(block) {
            Some(stored) => stored.plus(&self.sums_over(block * STRIDE..at)),
            None => self.total,
        }
    }

    /// The end of the run of entries from `from` on for which `belongs` holds; it must hold for a prefix of them, at least for the first.
    ///
    /// An exponential search, because the values of fine codes have few pixels each.
    fn end_of(&self, from: usize, belongs: impl Fn(f64) -> bool) -> usize {
        let (mut block, mut stride) = (from / STRIDE, 1);
        while self
            .anchors_m
            .get(block + stride)
            .is_some_and(|&f| belongs(f))
        {
            block += stride;
            stride *= 2;
        }
        let reach = self.anchors_m.len().min(block + stride);
        block += self.anchors_m[block + 1..reach].partition_point(|&f| belongs(f));
        let start = from.max(block * STRIDE);
        let end = self.fp32_m.len().min((block + 1) * STRIDE);
        start + self.fp32_m[start..end].partition_point(|&f| belongs(f))
    }

    /// Computes the errors of `code(F)` over all pixels; `None` without pixels.
    #[must_use]
    pub fn coded(&self, code: &impl ScalarCode) -> Option<CodedPrediction> {
        if self.total.count <= 0.0 {
            return None;
        }
        let (mut square, mut error, mut relative, mut own) = (0.0, 0.0, 0.0, 0.0);
        let (mut from, mut start) = (0, EntrySums::default());
        while from < self.fp32_m.len() {
            let index = code.index_of(self.fp32_m[from]);
            from = self.end_of(from, |f| code.index_of(f) <= index);
            let end = self.sums_before(from);
            let cell = end.minus(&start);
            let value = code.value_m(index);
            let count = DoubleDouble::product(value, cell.count);
            square += squared_deviation(cell.count, cell.gt, cell.gt_square, value);
            own += squared_deviation(cell.count, cell.fp32, cell.fp32_square, value);
            error += (count - cell.gt).value();
            let twice = DoubleDouble::product(-2.0 * value, cell.count);
            relative += (cell.inverse_gt.times(value).times(value) + twice + cell.gt).value();
            start = end;
        }
        let mean = |sum: f64| sum / self.total.count;
        Some(CodedPrediction {
            rmse_m: mean(square).sqrt(),
            bias_m: mean(error),
            sq_rel_m: mean(relative.max(0.0)),
            own_rmse_m: mean(own.max(0.0)).sqrt(),
        })
    }
}

/// Estimates the RMSE of INT8 with another output code, in metres, assuming that the inside of the network stays as it is.
///
/// Arguments in metres: RMSE of the new `code(F)`, RMSE of the current `code(F)`, RMSE of INT8. `None` where the current code alone has a
/// larger error than INT8 and the new code.
#[must_use]
pub fn int8_rmse_with_code(new_coded_m: f64, current_coded_m: f64, int8_m: f64) -> Option<f64> {
    let square = new_coded_m * new_coded_m + int8_m * int8_m - current_coded_m * current_coded_m;
    (square >= 0.0).then(|| square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::PixelPairs;
    use super::*;
    use fathom_core::quant::{Bits, CodeSpec, OutputRange};
    use proptest::prelude::*;

    fn code(min_m: f64, max_m: f64, bits: u8) -> fathom_core::quant::AnyCode {
        let range = OutputRange::new(min_m, max_m).expect("a range");
        CodeSpec::Uniform
            .over(range, Bits::new(bits).expect("bits"))
            .expect("a code")
    }

    fn by_every_pixel(gt: &[f64], fp32: &[f64], code: &impl ScalarCode) -> CodedPrediction {
        let n = gt.len() as f64;
        let mean = |of: fn(f64, f64) -> f64| {
            let each = gt.iter().zip(fp32);
            each.map(|(&g, &f)| of(code.value_m(code.index_of(f)), g))
                .sum::<f64>()
                / n
        };
        CodedPrediction {
            rmse_m: mean(|r, g| (r - g) * (r - g)).sqrt(),
            bias_m: mean(|r, g| r - g),
            sq_rel_m: mean(|r, g| (r - g) * (r - g) / g),
            own_rmse_m: {
                let each = fp32.iter().map(|&f| code.value_m(code.index_of(f)) - f);
                (each.map(|e| e * e).sum::<f64>() / n).sqrt()
            },
        }
    }

    fn close(a: &CodedPrediction, b: &CodedPrediction, tolerance: f64) -> bool {
        (a.rmse_m - b.rmse_m).abs() <= tolerance * b.rmse_m.max(1e-6)
            && (a.bias_m - b.bias_m).abs() <= tolerance * b.rmse_m.max(1e-6)
            && (a.own_rmse_m - b.own_rmse_m).abs() <= tolerance * 10.0 * b.own_rmse_m.max(1e-3)
            && (a.sq_rel_m - b.sq_rel_m).abs() <= tolerance * b.sq_rel_m.max(1e-6)
    }

    proptest! {
        #[test]
        fn errors_of_any_code_equal_those_summed_over_every_pixel(
            pixels in prop::collection::vec((0.3_f64..20.0, 0_u32..4000), 2..300),
            max_m in 1.0_f64..25.0, bits in 2_u8..12,
        ) {
            // Predictions in multiples of 1/256 m: one bin holds one value, and bins are exact too.
            let gt: Vec<f64> = pixels.iter().map(|p| p.0).collect();
            let fp32: Vec<f64> = pixels.iter().map(|p| f64::from(p.1) / 256.0).collect();
            let mut sums = PixelPairs::default();
            sums.add(&gt, &fp32);
            prop_assert_eq!(sums.count(), gt.len() as f64);
            let halves = [0..gt.len() / 2, gt.len() / 2..gt.len()].map(|half| {
                let mut sums = PixelPairs::default();
                sums.add(&gt[half.clone()], &fp32[half]);
                sums.into_flat()
            });
            let pairs = SortedPairs::from_parts(&[sums.clone().into_flat()]);
            let code = code(0.2, max_m, bits);
            let (own, direct) = (pairs.coded(&code).expect("pixels"), by_every_pixel(&gt, &fp32, &code));
            prop_assert!(close(&own, &direct, 1e-9), "{own:?} {direct:?}");
            let square: f64 = gt.iter().zip(&fp32).map(|(g, f)| (f - g) * (f - g)).sum();
            let uncoded_m = (square / gt.len() as f64).sqrt();
            for pairs in [&pairs, &SortedPairs::from_parts(&[sums.clone().binned().into_flat()])] {
                let own = pairs.uncoded_rmse_m().expect("pixels");
                prop_assert!((own - uncoded_m).abs() <= 1e-12 * uncoded_m);
            }
            prop_assert_eq!(&SortedPairs::from_parts(&halves), &pairs);
            let binned = SortedPairs::from_parts(&[sums.binned().into_flat()]);
            let own = binned.coded(&code).expect("pixels");
            prop_assert!(close(&own, &direct, 1e-9), "{own:?} {direct:?}");
        }
    }

    #[test]
    fn smooth_predictions_are_exact_as_pixels_and_close_in_bins() {
        let n = 20_000;
        let gt: Vec<f64> = (0..n)
            .map(|i| 1.0 + 3.0 * f64::from(i) / f64::from(n))
            .collect();
        let fp32: Vec<f64> = gt
            .iter()
            .map(|g| 1.03 * g + 0.01 * libm::sin(40.0 * g))
            .collect();
        let mut sums = PixelPairs::default();
        sums.add(&gt, &fp32);
        let code = code(0.5, 4.5, 8);
        let direct = by_every_pixel(&gt, &fp32, &code);
        let pairs = SortedPairs::from_parts(&[sums.clone().into_flat()]);
        assert!(close(&pairs.coded(&code).expect("pixels"), &direct, 1e-10));
        let binned = SortedPairs::from_parts(&[sums.binned().into_flat()]);
        assert!(close(&binned.coded(&code).expect("pixels"), &direct, 1e-4));
        let ends = binned.ends_m().expect("pixels");
        assert!((ends.0 / fp32[0] - 1.0).abs() < 1.6e-5);
    }

    #[test]
    fn errors_of_a_millimetre_at_a_hundred_metres_keep_their_digits() {
        // Steps are powers of two, so that every error is exact. Plain sums would lose six digits.
        let millimetre = libm::exp2(-10.0);
        let n = 50_000_u32;
        let fp32: Vec<f64> = (0..n).map(|i| f64::from(100 + i % 100)).collect();
        let gt: Vec<f64> = (0..n)
            .map(|i| f64::from(100 + i % 100) + f64::from(i % 7) * millimetre)
            .collect();
        let mut sums = PixelPairs::default();
        sums.add(&gt, &fp32);
        let code = code(0.0, 255.0, 8);
        let own = SortedPairs::from_parts(&[sums.into_flat()])
            .coded(&code)
            .expect("pixels");
        let direct = by_every_pixel(&gt, &fp32, &code);
        let off = |own: f64, direct: f64| (own / direct - 1.0).abs();
        assert!(off(own.rmse_m, direct.rmse_m) < 1e-12, "{own:?} {direct:?}");
        assert!(off(own.bias_m, direct.bias_m) < 1e-12, "{own:?} {direct:?}");
        assert!(
            off(own.sq_rel_m, direct.sq_rel_m) < 1e-7,
            "{own:?} {direct:?}"
        );
    }

    #[test]
    fn predictions_near_zero_are_summed_exactly() {
        let n = 3000_u32;
        let fp32: Vec<f64> = (0..n).map(|i| 0.001 * f64::from(i) - 1.0).collect();
        let gt: Vec<f64> = (0..n).map(|i| 0.5 + 0.003 * f64::from(i % 900)).collect();
        let mut sums = PixelPairs::default();
        sums.add(&gt, &fp32);
        let pairs = SortedPairs::from_parts(&[sums.into_flat()]);
        for code in [code(0.5, 4.5, 8), code(0.0, 1.0, 3), code(0.001, 2.0, 16)] {
            let own = pairs.coded(&code).expect("pixels");
            assert!(close(&own, &by_every_pixel(&gt, &fp32, &code), 1e-12));
        }
    }

    #[test]
    fn a_perfect_prediction_on_its_own_grid_has_no_error() {
        // Half a million pixels at 100 m: plain sums would be off by a micrometre.
        let code = code(0.0, 255.0, 8);
        let depths: Vec<f64> = (0..500_000).map(|i| f64::from(100 + i % 3)).collect();
        let mut sums = PixelPairs::default();
        sums.add(&depths, &depths);
        let coded = SortedPairs::from_parts(&[sums.into_flat()])
            .coded(&code)
            .expect("pixels");
        assert_eq!((coded.rmse_m, coded.bias_m), (0.0, 0.0));
    }

    #[test]
    fn without_pixels_there_are_no_errors() {
        assert!(SortedPairs::default().is_empty());
        let none = SortedPairs::from_parts(&[]);
        assert_eq!(
            (
                none.coded(&code(0.5, 1.0, 8)),
                none.ends_m(),
                none.uncoded_rmse_m()
            ),
            (None, None, None)
        );
    }

    #[test]
    fn the_error_inside_the_network_stays_with_a_new_code() {
        let now = int8_rmse_with_code(0.3, 0.3, 0.5).expect("a length");
        assert!((now - 0.5).abs() < 1e-15);
        let better = int8_rmse_with_code(0.1, 0.3, 0.5).expect("a length");
        assert!(better < 0.5 && better > 0.1);
        assert_eq!(int8_rmse_with_code(0.1, 0.9, 0.2), None);
    }
}
