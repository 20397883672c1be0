//! Pixel pairs of ground truth and `F`, collected by several threads and merged for requantization.
//!
//! Up to [`MAX_PIXELS`] pixels are kept as they are and all results are exact. More pixels are binned by `F`, with 262,144 bins per octave
//! read off its bits; each bin keeps the mean of its `F`. Maps with few distinct values, such as whole millimetres nearer than 262 m, stay
//! exact in bins. Any other `F` has a relative error below 4e-6. Bins and their sums do not depend on the number of threads.

use std::borrow::Cow;

use super::exact_bins::{BIN, BinTotals, ExactBins};

/// Largest number of pixels that are kept one by one, in 48 MB: 100 frames of 176 x 144, or ten of 640 x 480.
pub const MAX_PIXELS: usize = 3_000_000;

/// Number of leading fraction bits of an `f64` that select a bin.
const KEPT_BITS: u32 = 18;

/// Sums over the pixels of a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bin {
    pub(super) count: f64,
    pub(super) fp32: f64,
    pub(super) gt: f64,
    pub(super) gt_square: f64,
    pub(super) inverse_gt: f64,
    /// Sum of `(f - g)^2`.
    pub(super) error_square: f64,
}

impl From<BinTotals> for Bin {
    fn from(totals: BinTotals) -> Self {
        let [fp32, gt, gt_square, inverse_gt, error_square] = totals.sums;
        Self {
            count: totals.count,
            fp32,
            gt,
            gt_square,
            inverse_gt,
            error_square,
        }
    }
}

/// The index of a bin, in the order of the numbers.
fn bin_of(fp32_m: f64) -> i64 {
    let bits = fp32_m.to_bits() as i64;
    // For negative numbers, larger bits mean smaller values.
    let ordered = if bits < 0 { i64::MIN - bits } else { bits };
    ordered >> (52 - KEPT_BITS)
}

/// A pixel's `F` and `G`.
type Pixel = [f64; 2];

/// Compares by `F`, then by `G`.
fn compare_pixels(a: &Pixel, b: &Pixel) -> std::cmp::Ordering {
    a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
}

/// Pixel pairs of one thread: one by one, or in bins by `F`.
#[derive(Clone, Debug, Default)]
pub struct PixelPairs {
    /// Pixels by frame, because one growing list would be reallocated repeatedly; empty if there are bins.
    frames: Vec<Vec<Pixel>>,
    /// Number of pixels in `frames`.
    pixels: usize,
    bins: ExactBins,
}

/// The merged pixel pairs of all threads, by ascending `F`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MergedPairs {
    /// `F` and `G` of each pixel, by ascending `F` and then `G`, so that sums over them do not depend on the threads.
    Pixels(Vec<f64>, Vec<f64>),
    /// Sums of each bin.
    Bins(Vec<Bin>),
}

/// Length of a pixel in a flat buffer.
const PIXEL: usize = 2;

impl PixelPairs {
    /// Adds the pixels of a frame, in metres, where the ground truth is finite and above zero and the prediction is finite.
    #[inline(never)]
    pub fn add(&mut self, gt_m: &[f64], fp32_m: &[f64]) {
        let counts = |&[fp32, gt]: &Pixel| gt.is_finite() && gt > 0.0 && fp32.is_finite();
        let pixels = fp32_m.iter().zip(gt_m).map(|(&fp32, &gt)| [fp32, gt]);
        let mut frame = Vec::with_capacity(gt_m.len().min(fp32_m.len()));
        frame.extend(pixels.filter(counts));
        frame.shrink_to_fit();
        self.push_frame(frame);
    }

    fn push_frame(&mut self, frame: Vec<Pixel>) {
        if !self.bins.is_empty() {
            add_to_bins(&mut self.bins, &frame);
            return;
        }
        self.pixels += frame.len();
        self.frames.push(frame);
        self.bin_above(MAX_PIXELS);
    }

    /// Bins the pixels if there are more than `most`.
    fn bin_above(&mut self, most: usize) {
        if self.pixels > most {
            let frames = std::mem::take(&mut self.frames);
            frames
                .iter()
                .for_each(|frame| add_to_bins(&mut self.bins, frame));
            self.pixels = 0;
        }
    }

    /// Adds the pixels of a buffer of [`Self::into_flat`]. Returns false for any other buffer.
    pub fn add_flat(&mut self, flat: &[f64]) -> bool {
        let pairs = FlatPairs::parse(flat);
        if let Some(pairs) = &pairs {
            pairs.add_to(self);
        }
        pairs.is_some()
    }

    /// Converts to one buffer for transfer between threads: the sorted pixels, then the bins, then the number of pixels.
    #[must_use]
    #[inline(never)]
    pub fn into_flat(self) -> Vec<f64> {
        let Self { frames, bins, .. } = self;
        // Capacity for the bins too, so that tens of megabytes are not reallocated.
        let trailing = (bins.len() * BIN + 1).div_ceil(PIXEL);
        let count: usize = frames.iter().map(Vec::len).sum();
        let mut pixels: Vec<Pixel> = Vec::with_capacity(count + trailing);
        frames.into_iter().for_each(|frame| pixels.extend(frame));
        sort_pixels(&mut pixels);
        let mut flat = pixels.into_flattened();
        bins.write(&mut flat);
        flat.push(count as f64);
        flat
    }

    /// Returns the number of pixels.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.pixels as f64 + self.bins.count() as f64
    }

    /// Returns true if every pixel is kept as it is. Otherwise the relative error of `F` is below 4e-6.
    #[cfg(test)]
    pub(super) fn is_exact(&self) -> bool {
        self.bins.is_empty()
    }

    /// Returns the bins by ascending `F`.
    fn into_sorted_bins(self) -> Vec<Bin> {
        self.bins.totals().into_iter().map(Bin::from).collect()
    }

    /// Bins the pixels, however few they are.
    #[cfg(test)]
    pub(super) fn binned(mut self) -> Self {
        self.bin_above(0);
        self
    }
}

/// A parsed flat buffer.
struct FlatPairs<'a> {
    pixels: &'a [Pixel],
    bins: &'a [[f64; BIN]],
}

impl<'a> FlatPairs<'a> {
    /// Parses a buffer of [`PixelPairs::into_flat`]; `None` for any other.
    fn parse(flat: &'a [f64]) -> Option<Self> {
        let (&count, rest) = flat.split_last()?;
        let is_length = count >= 0.0 && count <= (rest.len() / PIXEL) as f64;
        if !is_length || libm::trunc(count) != count {
            return None;
        }
        let (pixels, bins) = rest.split_at(count as usize * PIXEL);
        let (bins, beyond) = bins.as_chunks();
        beyond.is_empty().then_some(Self {
            pixels: pixels.as_chunks().0,
            bins,
        })
    }

    fn add_to(&self, all: &mut PixelPairs) {
        if !self.bins.is_empty() {
            all.bin_above(0);
        }
        self.bins.iter().for_each(|bin| all.bins.add_written(bin));
        all.push_frame(self.pixels.to_vec());
    }
}

/// Merges the buffers of all threads, each from [`PixelPairs::into_flat`]. Invalid buffers are skipped.
#[inline(never)]
pub(super) fn merge_parts(parts: &[Vec<f64>]) -> MergedPairs {
    let parts: Vec<FlatPairs<'_>> = parts
        .iter()
        .filter_map(|part| FlatPairs::parse(part))
        .collect();
    let pixels: usize = parts.iter().map(|part| part.pixels.len()).sum();
    if pixels <= MAX_PIXELS && parts.iter().all(|part| part.bins.is_empty()) {
        let runs = parts.iter().map(|part| Cow::Borrowed(part.pixels));
        let (fp32_m, gt_m) = merge_runs(runs.collect());
        return MergedPairs::Pixels(fp32_m, gt_m);
    }
    let mut all = PixelPairs::default();
    parts.iter().for_each(|part| part.add_to(&mut all));
    MergedPairs::Bins(all.into_sorted_bins())
}

/// Sorts pixels by `F`, then by `G`.
fn sort_pixels(pixels: &mut [Pixel]) {
    // A radix sort, because there are millions of pixels. Single-precision predictions have half of the digits.
    let is_single = |&[fp32, _]: &Pixel| f64::from(fp32 as f32).to_bits() == fp32.to_bits();
    if pixels.iter().all(is_single) {
        radsort::sort_by_key(pixels, |&[fp32, _]| fp32 as f32);
    } else {
        radsort::sort_by_key(pixels, |&[fp32, _]| fp32);
    }
    for equal in pixels.chunk_by_mut(|a, b| a[0] == b[0]) {
        equal.sort_unstable_by(compare_pixels);
    }
}

/// Merges sorted runs into `F` and `G`.
fn merge_runs(mut runs: Vec<Cow<'_, [Pixel]>>) -> (Vec<f64>, Vec<f64>) {
    while runs.len() > 2 {
        let halves = runs.chunks(2).map(|two| match two {
            [a, b] => {
                let mut both = Vec::with_capacity(a.len() + b.len());
                merge(a, b, |pixel| both.push(pixel));
                Cow::Owned(both)
            }
            one => one.concat().into(),
        });
        runs = halves.collect();
    }
    let run = |at: usize| runs.get(at).map_or(&[][..], |run| run);
    let count = run(0).len() + run(1).len();
    let (mut fp32_m, mut gt_m) = (Vec::with_capacity(count), Vec::with_capacity(count));
    merge(run(0), run(1), |[fp32, gt]| {
        fp32_m.push(fp32);
        gt_m.push(gt);
    });
    (fp32_m, gt_m)
}

/// Merges two sorted runs.
fn merge(a: &[Pixel], b: &[Pixel], mut put: impl FnMut(Pixel)) {
    let (mut of_a, mut of_b) = (0, 0);
    while let (Some(first), Some(second)) = (a.get(of_a), b.get(of_b)) {
        if compare_pixels(second, first).is_lt() {
            put(*second);
            of_b += 1;
        } else {
            put(*first);
            of_a += 1;
        }
    }
    a[of_a..].iter().chain(&b[of_b..]).copied().for_each(put);
}

fn add_to_bins(bins: &mut ExactBins, pixels: &[Pixel]) {
    for &[fp32, gt] in pixels {
        let error = fp32 - gt;
        bins.add(bin_of(fp32), [fp32, gt, gt * gt, 1.0 / gt, error * error]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bins_are_ordered() {
        let values = [
            -3.0,
            -1.0,
            -0.5,
            0.0,
            1e-9,
            0.5,
            1.0,
            1.0 + 1e-4,
            2.0,
            300.0,
        ];
        assert!(values.windows(2).all(|w| bin_of(w[0]) < bin_of(w[1])));
        assert_eq!(bin_of(1.0), bin_of(1.0 + 1e-6));
        // Up to 65 m, neighbouring millimetres have different bins.
        assert!(
            (1..65_000).all(|mm| bin_of(f64::from(mm) / 1e3) < bin_of(f64::from(mm + 1) / 1e3))
        );
    }

    proptest! {
        #[test]
        fn pixels_are_sorted_by_prediction_and_then_by_truth(
            pixels in prop::collection::vec((-3_i32..3, 1_u32..9, any::<bool>()), 0..200),
            mut cuts in prop::collection::vec(0_usize..200, 0..6),
            is_single in any::<bool>(),
        ) {
            let small = if is_single { 0.25 } else { 1e-3 };
            let (gt, fp32): (Vec<f64>, Vec<f64>) = pixels
                .iter()
                .map(|&(f, g, odd)| (f64::from(g), f64::from(f) * if odd { 1.0 } else { small }))
                .unzip();
            let mut expected: Vec<(f64, f64)> = fp32.iter().copied().zip(gt.iter().copied()).collect();
            expected.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
            cuts.push(0);
            cuts.push(gt.len());
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(gt.len()));
            cuts.sort_unstable();
            let parts: Vec<Vec<f64>> = cuts
                .windows(2)
                .map(|cut| {
                    let mut sums = PixelPairs::default();
                    let middle = cut[0].midpoint(cut[1]);
                    sums.add(&gt[cut[0]..middle], &fp32[cut[0]..middle]);
                    sums.add(&gt[middle..cut[1]], &fp32[middle..cut[1]]);
                    sums.into_flat()
                })
                .collect();
            let MergedPairs::Pixels(fp32_m, gt_m) = merge_parts(&parts) else {
                return Err(TestCaseError::fail("few pixels are not binned"));
            };
            prop_assert_eq!(fp32_m.into_iter().zip(gt_m).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn invalid_pixels_and_buffers_are_skipped() {
        let mut sums = PixelPairs::default();
        sums.add(&[0.0, f64::NAN, 1.0, 2.0], &[1.0, 1.0, f64::INFINITY, 2.5]);
        assert_eq!((sums.count(), sums.is_exact()), (1.0, true));
        for broken in [
            &[][..],
            &[1.0],
            &[-1.0],
            &[1.0, 0.5],
            &[f64::NAN],
            &[1.0, 0.0],
            &[1.0, 1.0, 1.0, 2.0],
        ] {
            assert!(FlatPairs::parse(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn binning_does_not_depend_on_the_number_of_threads() {
        let frame: Vec<f64> = (1..=200_000)
            .map(|i| 1e-3 * f64::from(i % 4000 + 1))
            .collect();
        let of_frames = |frames: usize| {
            let mut sums = PixelPairs::default();
            (0..frames).for_each(|_| sums.add(&frame, &frame));
            sums
        };
        let all = of_frames(16);
        assert!(!all.is_exact() && of_frames(15).is_exact());
        let counts = |parts: &[usize]| -> Vec<f64> {
            let parts: Vec<Vec<f64>> = parts.iter().map(|n| of_frames(*n).into_flat()).collect();
            let MergedPairs::Bins(bins) = merge_parts(&parts) else {
                panic!("many pixels are in bins")
            };
            bins.iter().map(|bin| bin.count).collect()
        };
        let expected = counts(&[16]);
        assert_eq!(expected.iter().sum::<f64>(), all.count());
        assert_eq!(counts(&[9, 7]), expected);
        // A buffer of pixels and one of bins merge in either order.
        let more = counts(&[17]);
        assert_eq!(counts(&[1, 16]), more);
        assert_eq!(counts(&[16, 1]), more);
    }
}
