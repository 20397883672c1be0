//! Pixels of ground truth and prediction gathered for other codes: by a worker, merged, and moved between threads.
//!
//! Up to [`MAX_PIXELS`] the pixels themselves are kept and everything that follows is exact. Beyond, they are gathered in bins of a
//! 262,144th of an octave of `F`, read off its bits; each bin keeps the mean of its `F`. A map of few different values, as of whole
//! millimetres nearer than 262 m, stays exact in bins too; any other `F` is off by less than 4e-6 of itself. Whether bins are used
//! depends on the number of pixels alone, not on how many workers there were. Knows numbers; knows no code.

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

/// Arranged parts that are merged; more are sorted anew.
const MERGED_RUNS: usize = 16;

/// By `F`, then by `G`.
fn in_order(a: &(f64, f64), b: &(f64, f64)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
}

/// Pixels of one worker, or of all: one by one, or in bins by `F`.
#[derive(Clone, Debug, Default)]
pub struct PairSums {
    /// `F` and `G`; empty once there are bins.
    pixels: Vec<(f64, f64)>,
    bins: Bins,
}

/// Numbers that a pixel and a bin take in a flat buffer.
const PIXEL: usize = 2;
const BIN: usize = 7;

impl PairSums {
    /// Adds the pixels of a frame in metres, where the ground truth is a depth and the prediction finite.
    #[inline(never)]
    pub fn add(&mut self, gt_m: &[f64], fp32_m: &[f64]) {
        let counts = |&(fp32, gt): &(f64, f64)| gt.is_finite() && gt > 0.0 && fp32.is_finite();
        let pairs = fp32_m.iter().copied().zip(gt_m.iter().copied());
        self.take(pairs.filter(counts));
    }

    fn take(&mut self, pixels: impl Iterator<Item = (f64, f64)>) {
        if self.bins.is_empty() {
            self.pixels.extend(pixels);
            self.fold_above(MAX_PIXELS);
        } else {
            fold(&mut self.bins, pixels);
        }
    }

    /// Gathers the pixels in bins where there are too many.
    fn fold_above(&mut self, most: usize) {
        if self.pixels.len() > most {
            fold(&mut self.bins, std::mem::take(&mut self.pixels).into_iter());
        }
    }

    /// Adds the pixels of another worker.
    #[inline(never)]
    pub fn merge(&mut self, other: &Self) {
        if !other.bins.is_empty() {
            self.fold_above(0);
        }
        for (bin, sums) in &other.bins {
            self.bins.entry(*bin).or_default().add(sums);
        }
        self.take(other.pixels.iter().copied());
    }

    /// All of it as one buffer, for moving between threads: how many pixels, these, then the bins.
    #[must_use]
    #[inline(never)]
    pub fn to_flat(&self) -> Vec<f64> {
        let mut flat = Vec::with_capacity(1 + self.pixels.len() * PIXEL + self.bins.len() * BIN);
        flat.push(self.pixels.len() as f64);
        flat.extend(self.pixels.iter().flat_map(|&(fp32, gt)| [fp32, gt]));
        for (bin, s) in &self.bins {
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
        flat
    }

    /// The inverse of [`Self::to_flat`]; `None` for a buffer that is none.
    #[must_use]
    #[inline(never)]
    pub fn from_flat(flat: &[f64]) -> Option<Self> {
        let (&pixels, rest) = flat.split_first()?;
        let is_length = pixels >= 0.0 && pixels <= (rest.len() / PIXEL) as f64;
        if !is_length || libm::trunc(pixels) != pixels {
            return None;
        }
        let (pixels, bins) = rest.split_at(pixels as usize * PIXEL);
        let parts = bins.chunks_exact(BIN);
        if !parts.remainder().is_empty() {
            return None;
        }
        let bin = |p: &[f64]| {
            let sums = Bin {
                count: p[1],
                fp32: p[2],
                gt: p[3],
                gt_square: p[4],
                inverse_gt: p[5],
                error_square: p[6],
            };
            (p[0] as i64, sums)
        };
        Some(Self {
            pixels: pixels.chunks_exact(PIXEL).map(|p| (p[0], p[1])).collect(),
            bins: parts.map(bin).collect(),
        })
    }

    /// Number of pixels.
    #[must_use]
    pub fn count(&self) -> f64 {
        // Counts are whole numbers: their sum does not depend on the order.
        let in_bins: f64 = self.bins.values().map(|bin| bin.count).sum();
        self.pixels.len() as f64 + in_bins
    }

    /// Whether every pixel is kept as it is. Otherwise `F` is off by less than 4e-6 of itself.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.bins.is_empty()
    }

    /// Brings the pixels that are kept in their order: what each worker has arranged before it hands it over is soon merged.
    #[inline(never)]
    pub fn arrange(&mut self) {
        // By digits: millions of pixels, and predictions of 32 bits have few digits that differ.
        radsort::sort_by_key(&mut self.pixels, |&(fp32, _)| fp32);
        for equal in self.pixels.chunk_by_mut(|a, b| a.0 == b.0) {
            equal.sort_unstable_by(in_order);
        }
    }

    /// `F` and `G` of the pixels that are kept, by ascending `F`, then `G`: sums over them do not depend on who gathered which.
    #[inline(never)]
    pub(super) fn into_sorted_pixels(mut self) -> Vec<(f64, f64)> {
        let descents = self.pixels.windows(2);
        let descents = descents.filter(|pair| in_order(&pair[0], &pair[1]).is_gt());
        if descents.count() > MERGED_RUNS {
            self.arrange();
        } else {
            // This one finds what is sorted already and merges it.
            self.pixels.sort_by(in_order);
        }
        self.pixels
    }

    /// The bins by ascending `F`.
    pub(super) fn into_sorted_bins(self) -> Vec<Bin> {
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

fn fold(bins: &mut Bins, pixels: impl Iterator<Item = (f64, f64)>) {
    for (fp32, gt) in pixels {
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
            pixels in prop::collection::vec((-3_i32..3, 1_u32..9, any::<bool>()), 0..200), cut in 0_usize..200,
        ) {
            let (gt, fp32): (Vec<f64>, Vec<f64>) = pixels
                .iter()
                .map(|&(f, g, odd)| (f64::from(g), f64::from(f) * if odd { 1.0 } else { 1e-3 }))
                .unzip();
            let mut expected: Vec<(f64, f64)> = fp32.iter().copied().zip(gt.iter().copied()).collect();
            expected.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
            let gathered = |from: usize, to: usize| {
                let mut sums = PairSums::default();
                sums.add(&gt[from..to], &fp32[from..to]);
                sums
            };
            let cut = cut.min(gt.len());
            prop_assert_eq!(&gathered(0, gt.len()).into_sorted_pixels(), &expected);
            let (mut first, mut second) = (gathered(0, cut), gathered(cut, gt.len()));
            first.arrange();
            second.arrange();
            first.merge(&second);
            prop_assert_eq!(first.into_sorted_pixels(), expected);
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
            &[0.5, 1.0],
            &[f64::NAN],
            &[0.0, 1.0],
            &[2.0, 1.0, 1.0, 1.0],
        ] {
            assert!(PairSums::from_flat(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn how_many_workers_there_were_decides_nothing() {
        let frame: Vec<f64> = (1..=200_000)
            .map(|i| 1e-3 * f64::from(i % 4000 + 1))
            .collect();
        let gathered = |frames: usize| {
            let mut sums = PairSums::default();
            (0..frames).for_each(|_| sums.add(&frame, &frame));
            sums
        };
        let mut all = gathered(16);
        assert!(!all.is_exact());
        let mut parts = gathered(9);
        parts.merge(&gathered(7));
        assert_eq!((parts.is_exact(), parts.count()), (false, all.count()));
        let counts = |sums: &PairSums| -> Vec<f64> {
            let bins = sums.clone().into_sorted_bins();
            bins.iter().map(|bin| bin.count).collect()
        };
        assert_eq!(counts(&parts), counts(&all));
        // Few pixels join many, whichever comes first.
        let mut few = gathered(1);
        few.merge(&all);
        all.merge(&gathered(1));
        assert_eq!((few.count(), few.is_exact()), (all.count(), false));
        assert!(gathered(15).is_exact());
    }
}
