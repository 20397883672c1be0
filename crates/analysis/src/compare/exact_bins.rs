//! Sums over the pixels of bins in fixed point. They depend neither on the order of threads nor on how machines share a set.
//!
//! A summand is cut to whole multiples of 2^-40 once; everything after that is integer arithmetic. Sums beyond 2^87 stay at their largest
//! value, and then do depend on the order.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Number of sums of a bin.
pub(super) const SUMS: usize = 5;

/// Bits behind the binary point: 9e-13 m.
const FRACTION_BITS: i32 = 40;

/// The value of the last bit, and its inverse.
const QUANTUM: f64 = 1.0 / (1_u64 << FRACTION_BITS) as f64;
const PER_UNIT: f64 = (1_u64 << FRACTION_BITS) as f64;

/// Length of a bin in a flat buffer: its index, its count, and each sum as two numbers.
pub(super) const BIN: usize = 2 + 2 * SUMS;

/// The part of a sum in the second number of a flat buffer: as many bits as a number holds.
const LOW_BITS: u32 = f64::MANTISSA_DIGITS;

/// A fast hasher for bin indices: the high bits of a product with the golden ratio (Knuth, vol. 3, 6.4), which spread neighbouring indices.
///
/// Hundreds of millions of pixels are hashed. The keys come from pixels, so resistance against chosen keys is not needed.
#[derive(Clone, Copy, Debug, Default)]
struct BinHasher(u64);

impl Hasher for BinHasher {
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

/// A table by bin index, unordered.
type ByBin<T> = HashMap<i64, T, BuildHasherDefault<BinHasher>>;

/// Number of pixels and the low 64 bits of each sum.
#[derive(Clone, Copy, Debug, Default)]
struct LowSums {
    count: u64,
    sums: [u64; SUMS],
}

/// Bins with exact sums. Few sums exceed 64 bits, so their high bits are kept apart.
#[derive(Clone, Debug, Default)]
pub(super) struct ExactBins {
    bins: ByBin<LowSums>,
    high: ByBin<[i64; SUMS]>,
}

/// A bin with its sums as floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BinTotals {
    /// Index of the bin.
    pub(super) index: i64,
    /// Number of pixels.
    pub(super) count: f64,
    /// The sums.
    pub(super) sums: [f64; SUMS],
}

impl ExactBins {
    /// Returns true if no pixel was added.
    pub(super) fn is_empty(&self) -> bool {
        self.bins.is_empty()
    }

    /// Number of bins.
    pub(super) fn len(&self) -> usize {
        self.bins.len()
    }

    /// Number of pixels.
    pub(super) fn count(&self) -> u64 {
        self.bins.values().map(|bin| bin.count).sum()
    }

    /// Adds a pixel to a bin. Sums are exact up to 2^66, and end at 2^87.
    pub(super) fn add(&mut self, index: i64, summands: [f64; SUMS]) {
        self.add_words(index, 1, summands.map(words));
    }

    fn add_words(&mut self, index: i64, count: u64, summands: [(i64, u64); SUMS]) {
        let own = self.bins.entry(index).or_default();
        own.count += count;
        let mut high = [0; SUMS];
        for ((low, summand), high) in own.sums.iter_mut().zip(summands).zip(&mut high) {
            let (sum, carries) = low.overflowing_add(summand.1);
            *low = sum;
            *high = summand.0.saturating_add(i64::from(carries));
        }
        if high != [0; SUMS] {
            let own = self.high.entry(index).or_default();
            own.iter_mut()
                .zip(high)
                .for_each(|(own, high)| *own = own.saturating_add(high));
        }
    }

    /// The whole sums of a bin.
    fn whole(&self, index: i64, bin: &LowSums) -> [i128; SUMS] {
        let high = self.high.get(&index).copied().unwrap_or_default();
        std::array::from_fn(|i| (i128::from(high[i]) << u64::BITS) | i128::from(bin.sums[i]))
    }

    /// The bins by ascending index.
    pub(super) fn totals(&self) -> Vec<BinTotals> {
        let total = |(&index, bin): (&i64, &LowSums)| BinTotals {
            index,
            count: bin.count as f64,
            sums: self.whole(index, bin).map(|sum| sum as f64 * QUANTUM),
        };
        let mut totals: Vec<BinTotals> = self.bins.iter().map(total).collect();
        totals.sort_unstable_by_key(|bin| bin.index);
        totals
    }

    /// Appends all bins to a buffer, [`BIN`] numbers each, by ascending index. The numbers are whole, so nothing is rounded.
    pub(super) fn write(&self, flat: &mut Vec<f64>) {
        let mut bins: Vec<(&i64, &LowSums)> = self.bins.iter().collect();
        bins.sort_unstable_by_key(|(index, _)| **index);
        for (&index, bin) in bins {
            flat.extend([index as f64, bin.count as f64]);
            for sum in self.whole(index, bin) {
                let low = sum & ((1 << LOW_BITS) - 1);
                flat.extend([(sum >> LOW_BITS) as f64, low as f64]);
            }
        }
    }

    /// Adds a bin of a buffer.
    pub(super) fn add_written(&mut self, bin: &[f64; BIN]) {
        let [index, count, sums @ ..] = bin;
        let (pairs, _) = sums.as_chunks::<2>();
        let whole = std::array::from_fn(|i| {
            let [high, low] = pairs[i];
            let high = (high as i128).saturating_mul(1 << LOW_BITS);
            split(high.saturating_add(low as i128))
        });
        self.add_words(*index as i64, *count as u64, whole);
    }
}

/// The high and low 64 bits of a number in fixed point.
fn words(summand: f64) -> (i64, u64) {
    /// Numbers of 64 bits are converted by one instruction, larger ones by a function.
    const NARROW: f64 = (1_u64 << 62) as f64;
    let scaled = summand * PER_UNIT;
    if scaled.abs() < NARROW {
        let whole = scaled as i64;
        (whole >> (i64::BITS - 1), whole as u64)
    } else {
        split(scaled as i128)
    }
}

fn split(whole: i128) -> (i64, u64) {
    ((whole >> u64::BITS) as i64, whole as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(pixels: &[(i64, f64)]) -> ExactBins {
        let mut bins = ExactBins::default();
        for &(index, x) in pixels {
            bins.add(index, [x, x * x, -x, 1.0 / (1.0 + x.abs()), x / 3.0]);
        }
        bins
    }

    proptest! {
        #[test]
        fn sums_depend_on_no_order_and_no_split(
            mut pixels in prop::collection::vec((-3_i64..3, prop_oneof![-100.0_f64..100.0, 1e5..1e9_f64]), 1..60),
            cut in 0_usize..60,
            seed in any::<u64>(),
        ) {
            let whole = all(&pixels).totals();
            let len = pixels.len();
            pixels.rotate_left(seed as usize % len);
            pixels.swap(0, (seed >> 32) as usize % len);
            let (first, second) = pixels.split_at(cut.min(len));
            let mut merged = ExactBins::default();
            for part in [all(first), all(second)] {
                let mut flat = Vec::new();
                part.write(&mut flat);
                let (bins, rest) = flat.as_chunks();
                prop_assert!(rest.is_empty());
                bins.iter().for_each(|bin| merged.add_written(bin));
            }
            prop_assert_eq!(merged.totals(), whole);
        }
    }

    #[test]
    fn sums_are_near_those_of_numbers() {
        let pixels: Vec<(i64, f64)> = (0..5000).map(|i| (0, 1e4 + f64::from(i))).collect();
        let bins = all(&pixels);
        let totals = bins.totals();
        let sum: f64 = pixels.iter().map(|p| p.1).sum();
        let squares: f64 = pixels.iter().map(|p| p.1 * p.1).sum();
        assert_eq!((totals.len(), totals[0].count), (1, 5000.0));
        assert_eq!(totals[0].sums[0], sum);
        assert_eq!(totals[0].sums[2], -sum);
        // Beyond 64 bits.
        assert_eq!(totals[0].sums[1], squares);
        assert_eq!((bins.len(), bins.count()), (1, 5000));
    }

    #[test]
    fn sums_beyond_the_largest_number_keep_their_sign() {
        let largest = i128::MAX as f64 * QUANTUM;
        let bins = all(&[(0, 1e30), (0, 1e30), (0, f64::from(f32::MAX))]);
        let sums = bins.totals()[0].sums;
        assert_eq!(sums[..3], [largest, largest, -largest]);
        let (mut merged, mut flat) = (ExactBins::default(), Vec::new());
        bins.write(&mut flat);
        let (written, _) = flat.as_chunks();
        for bin in [written, written].concat() {
            merged.add_written(&bin);
        }
        assert_eq!(merged.totals()[0].sums[..3], sums[..3]);
    }
}
