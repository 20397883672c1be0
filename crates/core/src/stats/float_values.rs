//! Counts of floating-point samples from many files in bounded memory: exact for few distinct values, binned for many.
//!
//! The exact form does not depend on the order of samples. Merging two multisets equals adding the samples of both.

/// Largest number of exact distinct values, which take 64 MB. A 91-frame set of a small network has 2 million.
pub(super) const MAX_EXACT_VALUES: usize = 1 << 22;

/// Mantissa bits of a bin beyond [`MAX_EXACT_VALUES`]. A bin is 1.5e-5 of its depth wide (0.15 mm at 10 m), far below the finest step of
/// interest. 20 octaves of depth make 1.3 million bins.
const BIN_MANTISSA_BITS: u32 = 16;

/// Largest relative distance between a value and the mean of its bin.
pub const BINNED_RELATIVE_ERROR: f64 = 1.0 / (1_u64 << BIN_MANTISSA_BITS) as f64;

/// Number of unsorted values that triggers a sort. 2^20 make a merge much cheaper than the sort.
const PENDING: usize = 1 << 20;

/// The same for values of single precision: as much memory, and enough for a 91-frame set on two workers.
const PENDING_SINGLES: usize = 1 << 21;

/// A number and its count.
pub(super) type Entry = (f64, u64);

/// A number of single precision and its count.
pub(super) type SingleEntry = (f32, u32);

/// A multiset of positive finite numbers.
///
/// Most files hold numbers of 32 bits. They are counted separately, in half the memory, until all numbers are needed in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FloatValues {
    pending: Vec<f64>,
    singles: Vec<f32>,
    /// Counted numbers of single precision, in ascending lists.
    lists: Vec<Vec<SingleEntry>>,
    entries: Vec<Entry>,
    binned: bool,
}

/// A multiset as plain buffers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FloatParts {
    /// Distinct numbers, ascending.
    pub(super) values: Vec<f64>,
    /// Count of each number.
    pub(super) counts: Vec<f64>,
    /// Bits of other distinct numbers of single precision, ascending.
    pub(super) singles: Vec<u32>,
    /// Count of each of those.
    pub(super) single_counts: Vec<u32>,
    /// [`FloatValues::is_binned`].
    pub(super) binned: bool,
}

impl FloatValues {
    /// Adds one number, which must be positive and finite.
    #[inline]
    pub(super) fn push(&mut self, value: f64) {
        debug_assert!(value > 0.0 && value.is_finite());
        let single = value as f32;
        if f64::from(single) == value {
            self.singles.push(single);
        } else {
            self.pending.push(value);
        }
        if self.singles.len() >= PENDING_SINGLES || self.pending.len() >= PENDING {
            self.merge_lists();
        }
    }

    /// Adds all of `other`.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.sort();
        other.sort();
        self.lists.append(&mut other.lists);
        self.binned |= other.binned;
        if !other.entries.is_empty() {
            self.entries = merge_sorted(&self.entries, &other.entries);
        }
        if !self.entries.is_empty() {
            self.bin_if_many();
        }
    }

    /// The distinct numbers with their counts, ascending.
    pub(super) fn entries(&mut self) -> &[Entry] {
        self.merge_lists();
        &self.entries
    }

    /// The distinct numbers with their counts, in several ascending lists.
    pub(super) fn sorted(&mut self) -> (&[Entry], &[Vec<SingleEntry>]) {
        self.sort();
        (&self.entries, &self.lists)
    }

    /// Returns true if the numbers are means of bins.
    #[must_use]
    pub(super) fn is_binned(&self) -> bool {
        self.binned
    }

    /// The numbers as buffers.
    #[must_use]
    pub(super) fn into_parts(mut self) -> FloatParts {
        self.sort();
        if self.lists.len() > 1 {
            self.merge_lists();
        }
        let singles = self.lists.pop().unwrap_or_default();
        let (values, counts) = self.entries.iter().map(|&(v, n)| (v, n as f64)).unzip();
        let (singles, single_counts) = singles.iter().map(|&(v, n)| (v.to_bits(), n)).unzip();
        FloatParts {
            values,
            counts,
            singles,
            single_counts,
            binned: self.binned,
        }
    }

    /// The inverse of [`Self::into_parts`].
    #[must_use]
    pub(super) fn from_parts(parts: &FloatParts) -> Self {
        let counted = parts.values.iter().zip(&parts.counts);
        let singles = parts.singles.iter().zip(&parts.single_counts);
        let singles: Vec<SingleEntry> = singles.map(|(&v, &n)| (f32::from_bits(v), n)).collect();
        Self {
            entries: counted.map(|(&v, &n)| (v, n as u64)).collect(),
            lists: Vec::from_iter((!singles.is_empty()).then_some(singles)),
            binned: parts.binned,
            ..Self::default()
        }
    }

    /// Counts the unsorted numbers. The radix sort of 32-bit numbers takes half as many passes as that of 64-bit numbers.
    #[inline(never)]
    fn sort(&mut self) {
        if !self.singles.is_empty() {
            radsort::sort(&mut self.singles);
            let count = |run: &[f32]| (run[0], u32::try_from(run.len()).unwrap_or(u32::MAX));
            let counted = self.singles.chunk_by(|a, b| a == b).map(count).collect();
            self.lists.push(counted);
            self.singles = Vec::new();
        }
        if !self.pending.is_empty() {
            radsort::sort(&mut self.pending);
            let runs = self.pending.chunk_by(|a, b| a == b);
            let fresh: Vec<_> = runs.map(|run| (run[0], run.len() as u64)).collect();
            self.entries = merge_sorted(&self.entries, &fresh);
            self.pending.clear();
            self.bin_if_many();
        }
    }

    /// Merges all numbers into one ascending list.
    #[inline(never)]
    fn merge_lists(&mut self) {
        self.sort();
        for list in std::mem::take(&mut self.lists) {
            let wide = |&(value, count): &SingleEntry| (f64::from(value), u64::from(count));
            let fresh: Vec<_> = list.iter().map(wide).collect();
            self.entries = merge_sorted(&self.entries, &fresh);
            self.bin_if_many();
        }
    }

    /// Switches to bins, for good, if there are too many distinct numbers.
    #[inline(never)]
    fn bin_if_many(&mut self) {
        self.binned |= self.entries.len() > MAX_EXACT_VALUES;
        if self.binned {
            self.entries = self
                .entries
                .chunk_by(|a, b| bin(a.0) == bin(b.0))
                .map(mean_entry)
                .collect();
        }
    }
}

/// The bin of a positive number: its exponent and the first bits of its mantissa.
fn bin(value: f64) -> u64 {
    value.to_bits() >> (f64::MANTISSA_DIGITS - 1 - BIN_MANTISSA_BITS)
}

fn mean_entry(run: &[Entry]) -> Entry {
    if let [only] = run {
        return *only;
    }
    let count: u64 = run.iter().map(|e| e.1).sum();
    // The mean is relative to the first value, so that rounding cannot move it out of the bin.
    let first = run[0].0;
    let excess: f64 = run.iter().map(|&(v, n)| (v - first) * n as f64).sum();
    (first + excess / count as f64, count)
}

#[inline(never)]
fn merge_sorted(a: &[Entry], b: &[Entry]) -> Vec<Entry> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a, b);
    while let (Some((&x, a_rest)), Some((&y, b_rest))) = (a.split_first(), b.split_first()) {
        match x.0.total_cmp(&y.0) {
            std::cmp::Ordering::Less => {
                out.push(x);
                a = a_rest;
            }
            std::cmp::Ordering::Greater => {
                out.push(y);
                b = b_rest;
            }
            std::cmp::Ordering::Equal => {
                out.push((x.0, x.1 + y.1));
                (a, b) = (a_rest, b_rest);
            }
        }
    }
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gather(values: &[f64]) -> FloatValues {
        let mut gathered = FloatValues::default();
        for &v in values {
            gathered.push(v);
        }
        gathered
    }

    proptest! {
        #[test]
        fn merging_equals_adding_everything(
            a in prop::collection::vec(prop::sample::select(vec![0.5, 1.0, 1.5, 2.5, 7.25, 0.1]), 0..50),
            b in prop::collection::vec(prop_oneof![0.001_f64..300.0, (0.001_f32..300.0).prop_map(f64::from)], 0..50),
        ) {
            let mut merged = gather(&a);
            merged.merge(gather(&b));
            let all: Vec<f64> = a.iter().chain(&b).copied().collect();
            let mut expected: Vec<(f64, u64)> = Vec::new();
            let mut sorted = all.clone();
            sorted.sort_by(f64::total_cmp);
            for value in sorted {
                match expected.last_mut().filter(|e| e.0 == value) {
                    Some(entry) => entry.1 += 1,
                    None => expected.push((value, 1)),
                }
            }
            prop_assert_eq!(merged.entries(), expected.as_slice());
            let mut gathered = gather(&all);
            prop_assert_eq!(gathered.entries(), expected.as_slice());
        }

        #[test]
        fn parts_round_trip(
            doubles in prop::collection::vec(0.001_f64..300.0, 0..50), singles in prop::collection::vec(0.001_f32..300.0, 0..50),
        ) {
            let mut gathered = gather(&doubles);
            singles.iter().for_each(|&v| gathered.push(f64::from(v)));
            let parts = gathered.clone().into_parts();
            let counted: u32 = parts.single_counts.iter().sum();
            prop_assert!(counted as usize >= singles.len());
            let mut back = FloatValues::from_parts(&parts);
            prop_assert_eq!(back.clone().into_parts(), parts);
            prop_assert_eq!(back.entries(), gathered.entries());
        }
    }

    #[test]
    fn too_many_values_are_binned_within_the_stated_error() {
        let n = MAX_EXACT_VALUES + 10_000;
        let value = |i: usize| 0.5 + 100.0 * i as f64 / n as f64;
        let mut gathered = FloatValues::default();
        for i in 0..n {
            gathered.push(value(i));
        }
        let entries = gathered.entries().to_vec();
        assert!(gathered.is_binned());
        assert!(entries.len() < MAX_EXACT_VALUES / 4, "{}", entries.len());
        assert_eq!(entries.iter().map(|e| e.1).sum::<u64>(), n as u64);
        let mut rank = 0;
        for (mean, count) in entries {
            for i in [rank, rank + count - 1] {
                let off = (mean / value(i as usize) - 1.0).abs();
                assert!(off <= BINNED_RELATIVE_ERROR, "{mean} is off by {off}");
            }
            rank += count;
        }
    }
}
