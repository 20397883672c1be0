//! Floating-point samples gathered from many files in bounded memory: exact while they are few, binned beyond.
//!
//! Knows positive finite numbers; knows nothing of units, files or validity. Gathering is order-independent in its
//! exact form, and merging two gatherings equals gathering both inputs.

/// Distinct values kept exactly. 2^22 are 64 MB while gathering; a whole 91-frame set of a small network has 2 million.
pub const MAX_EXACT_VALUES: usize = 1 << 22;

/// Mantissa bits that tell bins apart beyond [`MAX_EXACT_VALUES`]: a bin is 1.5e-5 of its depth wide (0.15 mm at 10 m),
/// far under the finest step worth asking about, and 20 octaves of depth make 1.3 million bins.
const BIN_MANTISSA_BITS: u32 = 16;

/// Largest relative distance between a binned value and what stands for it.
pub const BINNED_RELATIVE_ERROR: f64 = 1.0 / (1_u64 << BIN_MANTISSA_BITS) as f64;

/// Values waiting to be sorted in. 2^20 keep the cost of a merge far below that of sorting.
const PENDING: usize = 1 << 20;

/// A multiset of positive finite numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloatValues {
    pending: Vec<f64>,
    entries: Vec<(f64, u64)>,
    binned: bool,
}

impl FloatValues {
    /// Adds one number, which must be positive and finite.
    pub fn push(&mut self, value: f64) {
        debug_assert!(value > 0.0 && value.is_finite());
        self.pending.push(value);
        if self.pending.len() >= PENDING {
            self.settle();
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        self.binned |= other.binned;
        let own = std::mem::take(&mut self.entries);
        self.entries = merge_sorted(&own, &other.entries);
        self.bound();
    }

    /// The distinct numbers, ascending, each with how often it occurred.
    pub fn entries(&mut self) -> &[(f64, u64)] {
        self.settle();
        &self.entries
    }

    /// Whether the numbers were binned, each standing for its bin by the bin's mean.
    #[must_use]
    pub fn is_binned(&self) -> bool {
        self.binned
    }

    /// The numbers and their counts as two buffers of equal length, and [`Self::is_binned`].
    #[must_use]
    pub fn into_parts(mut self) -> (Vec<f64>, Vec<f64>, bool) {
        self.settle();
        let (values, counts) = self.entries.iter().map(|&(v, n)| (v, n as f64)).unzip();
        (values, counts, self.binned)
    }

    /// The inverse of [`Self::into_parts`].
    #[must_use]
    pub fn from_parts(values: &[f64], counts: &[f64], binned: bool) -> Self {
        let entries = values
            .iter()
            .zip(counts)
            .map(|(&v, &n)| (v, n as u64))
            .collect();
        Self {
            pending: Vec::new(),
            entries,
            binned,
        }
    }

    /// Sorts the waiting numbers into the entries.
    #[inline(never)]
    fn settle(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        // By digits, of which numbers of 32 bits have half as many.
        let fresh = match singles(&self.pending) {
            Some(mut singles) => {
                radsort::sort(&mut singles);
                runs(&singles)
            }
            None => {
                radsort::sort(&mut self.pending);
                runs(&self.pending)
            }
        };
        self.pending.clear();
        self.entries = merge_sorted(&self.entries, &fresh);
        self.bound();
    }

    /// Changes to bins for good once there are too many distinct numbers.
    #[inline(never)]
    fn bound(&mut self) {
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

/// The numbers in single precision, where every one of them has it.
#[inline(never)]
fn singles(values: &[f64]) -> Option<Vec<f32>> {
    let is_single = |v: &f64| f64::from(*v as f32) == *v;
    let all = values.iter().all(is_single);
    all.then(|| values.iter().map(|v| *v as f32).collect())
}

/// Each of some ascending numbers with how often it occurs.
#[inline(never)]
fn runs<T: Copy + PartialEq + Into<f64>>(sorted: &[T]) -> Vec<(f64, u64)> {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.map(|run| (run[0].into(), run.len() as u64)).collect()
}

/// The bin of a positive number: its exponent and the first bits of its mantissa.
fn bin(value: f64) -> u64 {
    value.to_bits() >> (f64::MANTISSA_DIGITS - 1 - BIN_MANTISSA_BITS)
}

fn mean_entry(run: &[(f64, u64)]) -> (f64, u64) {
    if let [only] = run {
        return *only;
    }
    let count: u64 = run.iter().map(|e| e.1).sum();
    // Relative to the first value, so that the mean cannot leave the bin by rounding.
    let first = run[0].0;
    let excess: f64 = run.iter().map(|&(v, n)| (v - first) * n as f64).sum();
    (first + excess / count as f64, count)
}

#[inline(never)]
fn merge_sorted(a: &[(f64, u64)], b: &[(f64, u64)]) -> Vec<(f64, u64)> {
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
        fn merging_equals_gathering_everything(
            a in prop::collection::vec(prop::sample::select(vec![0.5, 1.0, 1.5, 2.5, 7.25]), 0..50),
            b in prop::collection::vec(0.001_f64..300.0, 0..50),
        ) {
            let mut merged = gather(&a);
            merged.merge(gather(&b));
            let all: Vec<f64> = a.iter().chain(&b).copied().collect();
            let mut gathered = gather(&all);
            prop_assert_eq!(merged.entries(), gathered.entries());
        }

        #[test]
        fn parts_round_trip(values in prop::collection::vec(0.001_f64..300.0, 0..50)) {
            let mut gathered = gather(&values);
            gathered.settle();
            let (v, n, binned) = gathered.clone().into_parts();
            prop_assert_eq!(FloatValues::from_parts(&v, &n, binned), gathered);
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
