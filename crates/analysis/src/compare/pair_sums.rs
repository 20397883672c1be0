//! Pixels of ground truth and prediction gathered for other codes: by a worker, merged, and moved between threads.
//!
//! Up to [`MAX_PIXELS`] the pixels themselves are kept and everything that follows is exact. Beyond, they are gathered in bins of a
//! 262,144th of an octave of `F`, read off its bits; each bin keeps the mean of its `F`. A map of few different values, as of whole
//! millimetres nearer than 262 m, stays exact in bins too; any other `F` is off by less than 4e-6 of itself. Whether bins are used
//! depends on the number of pixels alone, not on how many workers there were. Knows numbers; knows no code.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Most pixels that are kept one by one: 48 MB. It is a set of 100 frames of 176 x 144, or ten of 640 x 480.
pub const MAX_PIXELS: usize = 3_000_000;

/// Bits of the fraction of an `f64` that a bin keeps.
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

impl Bin {
    fn of(gt: f64, fp32: f64) -> Self {
        Self {
            count: 1.0,
            fp32,
            gt,
            gt_square: gt * gt,
            inverse_gt: 1.0 / gt,
            error_square: (fp32 - gt) * (fp32 - gt),
        }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.fp32 += other.fp32;
        self.gt += other.gt;
        self.gt_square += other.gt_square;
        self.inverse_gt += other.inverse_gt;
        self.error_square += other.error_square;
    }
}

/// The number of a bin: ordered as the numbers are.
fn bin_of(fp32_m: f64) -> i64 {
    let bits = fp32_m.to_bits() as i64;
    // Negative numbers count down as their bits go up.
    let ordered = if bits < 0 { i64::MIN - bits } else { bits };
    ordered >> (52 - KEPT_BITS)
}

/// Spreads the numbers of bins, which are neighbours, over a table: the high bits of a product with the golden ratio (Knuth, vol. 3,
/// 6.4). They come from pixels, of which hundreds of millions are put into bins; none of them is an attack.
#[derive(Clone, Copy, Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|&byte| self.write_u64(self.0 ^ u64::from(byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let product = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Bins by their numbers, in no order.
type Bins = HashMap<i64, Bin, BuildHasherDefault<Spread>>;

/// A pixel's `F` and `G`.
type Pixel = [f64; 2];

/// By `F`, then by `G`.
fn in_order(a: &Pixel, b: &Pixel) -> std::cmp::Ordering {
    a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
}

/// Pixels of one worker, or of all: one by one, or in bins by `F`.
#[derive(Clone, Debug, Default)]
pub struct PairSums {
    /// Pixels by frames, since one growing list would be copied again and again; empty once there are bins.
    frames: Vec<Vec<Pixel>>,
    /// How many those are.
    pixels: usize,
    bins: Bins,
}

/// What all workers have gathered, by ascending `F`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Gathered {
    /// `F` and `G` of each pixel, by ascending `F` and then `G`: sums over them do not depend on who gathered which.
    Pixels(Vec<f64>, Vec<f64>),
    /// Bins.
    Bins(Vec<Bin>),
}

/// Numbers that a pixel and a bin take in a flat buffer.
const PIXEL: usize = 2;
const BIN: usize = 7;

impl PairSums {
    /// Adds the pixels of a frame in metres, where the ground truth is a depth and the prediction finite.
    #[inline(never)]
    pub fn add(&mut self, gt_m: &[f64], fp32_m: &[f64]) {
        let counts = |&[fp32, gt]: &Pixel| gt.is_finite() && gt > 0.0 && fp32.is_finite();
        let pixels = fp32_m.iter().zip(gt_m).map(|(&fp32, &gt)| [fp32, gt]);
        let mut frame = Vec::with_capacity(gt_m.len().min(fp32_m.len()));
        frame.extend(pixels.filter(counts));
        frame.shrink_to_fit();
        self.take(frame);
    }

    fn take(&mut self, frame: Vec<Pixel>) {
        if !self.bins.is_empty() {
            fold(&mut self.bins, &frame);
            return;
        }
        self.pixels += frame.len();
        self.frames.push(frame);
        self.fold_above(MAX_PIXELS);
    }

    /// Gathers the pixels in bins where there are too many.
    fn fold_above(&mut self, most: usize) {
        if self.pixels > most {
            let frames = std::mem::take(&mut self.frames);
            frames.iter().for_each(|frame| fold(&mut self.bins, frame));
            self.pixels = 0;
        }
    }

    /// All of it as one buffer, for moving between threads: the pixels in their order, then the bins, then the number of the pixels.
    #[must_use]
    #[inline(never)]
    pub fn into_flat(self) -> Vec<f64> {
        let Self { frames, bins, .. } = self;
        // Tens of megabytes are not moved once more for what follows them.
        let behind = (bins.len() * BIN + 1).div_ceil(PIXEL);
        let count: usize = frames.iter().map(Vec::len).sum();
        let mut pixels: Vec<Pixel> = Vec::with_capacity(count + behind);
        frames.into_iter().for_each(|frame| pixels.extend(frame));
        arrange(&mut pixels);
        let mut flat = pixels.into_flattened();
        for (bin, s) in &bins {
            // The number of a bin has 30 bits: exact as a double.
            flat.extend([
                *bin as f64,
                s.count,
                s.fp32,
                s.gt,
                s.gt_square,
                s.inverse_gt,
                s.error_square,
            ]);
        }
        flat.push(count as f64);
        flat
    }

    /// Number of pixels.
    #[must_use]
    pub fn count(&self) -> f64 {
        // Counts are whole numbers: their sum does not depend on the order.
        let in_bins: f64 = self.bins.values().map(|bin| bin.count).sum();
        self.pixels as f64 + in_bins
    }

    /// Whether every pixel is kept as it is. Otherwise `F` is off by less than 4e-6 of itself.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.bins.is_empty()
    }

    /// The bins by ascending `F`.
    fn into_sorted_bins(self) -> Vec<Bin> {
        let mut bins: Vec<(i64, Bin)> = self.bins.into_iter().collect();
        bins.sort_unstable_by_key(|entry| entry.0);
        bins.into_iter().map(|(_, sums)| sums).collect()
    }

    /// The same pixels in bins, however few they are.
    #[cfg(test)]
    pub(super) fn binned(mut self) -> Self {
        self.fold_above(0);
        self
    }
}

/// What stands in a flat buffer.
struct Flat<'a> {
    pixels: &'a [Pixel],
    bins: &'a [[f64; BIN]],
}

impl<'a> Flat<'a> {
    /// `None` for a buffer that is none.
    fn of(flat: &'a [f64]) -> Option<Self> {
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

    fn add_to(&self, all: &mut PairSums) {
        if !self.bins.is_empty() {
            all.fold_above(0);
        }
        for &[bin, count, fp32, gt, gt_square, inverse_gt, error_square] in self.bins {
            let sums = Bin {
                count,
                fp32,
                gt,
                gt_square,
                inverse_gt,
                error_square,
            };
            all.bins.entry(bin as i64).or_default().add(&sums);
        }
        all.take(self.pixels.to_vec());
    }
}

/// Brings together what workers gathered: the buffers of [`PairSums::into_flat`]; one that is none is left out.
#[inline(never)]
pub(super) fn gathered(parts: &[Vec<f64>]) -> Gathered {
    let parts: Vec<Flat<'_>> = parts.iter().filter_map(|part| Flat::of(part)).collect();
    let pixels: usize = parts.iter().map(|part| part.pixels.len()).sum();
    if pixels <= MAX_PIXELS && parts.iter().all(|part| part.bins.is_empty()) {
        let runs = parts.iter().map(|part| Cow::Borrowed(part.pixels));
        let (fp32_m, gt_m) = merged(runs.collect());
        return Gathered::Pixels(fp32_m, gt_m);
    }
    let mut all = PairSums::default();
    parts.iter().for_each(|part| part.add_to(&mut all));
    Gathered::Bins(all.into_sorted_bins())
}

/// Brings pixels in their order.
fn arrange(pixels: &mut [Pixel]) {
    // By digits: millions of pixels, and predictions of 32 bits have few digits that differ.
    radsort::sort_by_key(pixels, |&[fp32, _]| fp32);
    for equal in pixels.chunk_by_mut(|a, b| a[0] == b[0]) {
        equal.sort_unstable_by(in_order);
    }
}

/// `F` and `G` of runs that are in order, in one order.
fn merged(mut runs: Vec<Cow<'_, [Pixel]>>) -> (Vec<f64>, Vec<f64>) {
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

/// Two runs in order, in one order.
fn merge(a: &[Pixel], b: &[Pixel], mut put: impl FnMut(Pixel)) {
    let (mut of_a, mut of_b) = (0, 0);
    while let (Some(first), Some(second)) = (a.get(of_a), b.get(of_b)) {
        if in_order(second, first).is_lt() {
            put(*second);
            of_b += 1;
        } else {
            put(*first);
            of_a += 1;
        }
    }
    a[of_a..].iter().chain(&b[of_b..]).copied().for_each(put);
}

fn fold(bins: &mut Bins, pixels: &[Pixel]) {
    for &[fp32, gt] in pixels {
        bins.entry(bin_of(fp32))
            .or_default()
            .add(&Bin::of(gt, fp32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bins_are_in_order() {
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
        // Neighbouring millimetres share a bin from 65 m on, and not before.
        assert!(
            (1..65_000).all(|mm| bin_of(f64::from(mm) / 1e3) < bin_of(f64::from(mm + 1) / 1e3))
        );
    }

    proptest! {
        #[test]
        fn pixels_are_sorted_by_prediction_and_then_by_truth(
            pixels in prop::collection::vec((-3_i32..3, 1_u32..9, any::<bool>()), 0..200),
            mut cuts in prop::collection::vec(0_usize..200, 0..6),
        ) {
            let (gt, fp32): (Vec<f64>, Vec<f64>) = pixels
                .iter()
                .map(|&(f, g, odd)| (f64::from(g), f64::from(f) * if odd { 1.0 } else { 1e-3 }))
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
                    let mut sums = PairSums::default();
                    let middle = cut[0].midpoint(cut[1]);
                    sums.add(&gt[cut[0]..middle], &fp32[cut[0]..middle]);
                    sums.add(&gt[middle..cut[1]], &fp32[middle..cut[1]]);
                    sums.into_flat()
                })
                .collect();
            let Gathered::Pixels(fp32_m, gt_m) = gathered(&parts) else {
                return Err(TestCaseError::fail("few pixels stay as they are"));
            };
            prop_assert_eq!(fp32_m.into_iter().zip(gt_m).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_no_depth_has_no_part() {
        let mut sums = PairSums::default();
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
            assert!(Flat::of(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn how_many_workers_there_were_decides_nothing() {
        let frame: Vec<f64> = (1..=200_000)
            .map(|i| 1e-3 * f64::from(i % 4000 + 1))
            .collect();
        let of_frames = |frames: usize| {
            let mut sums = PairSums::default();
            (0..frames).for_each(|_| sums.add(&frame, &frame));
            sums
        };
        let all = of_frames(16);
        assert!(!all.is_exact() && of_frames(15).is_exact());
        let counts = |parts: &[usize]| -> Vec<f64> {
            let parts: Vec<Vec<f64>> = parts.iter().map(|n| of_frames(*n).into_flat()).collect();
            let Gathered::Bins(bins) = gathered(&parts) else {
                panic!("many pixels are in bins")
            };
            bins.iter().map(|bin| bin.count).collect()
        };
        let expected = counts(&[16]);
        assert_eq!(expected.iter().sum::<f64>(), all.count());
        assert_eq!(counts(&[9, 7]), expected);
        // Few pixels join many, whichever comes first.
        let more = counts(&[17]);
        assert_eq!(counts(&[1, 16]), more);
        assert_eq!(counts(&[16, 1]), more);
    }
}
