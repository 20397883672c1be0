//! Order statistics of a multiset of positive numbers in several ascending lists, without merging the lists.
//!
//! A set of predictions takes tens of megabytes, of which the first look needs the median, the maximum and a few counts. The bits of
//! positive floating-point numbers ascend as the numbers do, so a rank is found by bisecting the bits.

use std::borrow::Cow;

use super::float_values::{Entry, SingleEntry};

/// A number with its count, of any precision.
trait Counted {
    fn value(&self) -> f64;
    fn count(&self) -> u64;
}

impl Counted for Entry {
    fn value(&self) -> f64 {
        self.0
    }

    fn count(&self) -> u64 {
        self.1
    }
}

impl Counted for SingleEntry {
    fn value(&self) -> f64 {
        f64::from(self.0)
    }

    fn count(&self) -> u64 {
        u64::from(self.1)
    }
}

/// Ascending numbers, and the cumulative counts before each and in all.
#[derive(Clone, Debug)]
struct SortedList<'a, E: Clone> {
    entries: Cow<'a, [E]>,
    before: Vec<u64>,
}

impl<'a, E: Counted + Clone> SortedList<'a, E> {
    fn new(entries: Cow<'a, [E]>) -> Self {
        let mut before = Vec::with_capacity(entries.len() + 1);
        let mut seen = 0;
        before.push(seen);
        before.extend(entries.iter().map(|entry| {
            seen += entry.count();
            seen
        }));
        Self { entries, before }
    }

    /// Count of the prefix in which `predicate` holds.
    fn count_while(&self, predicate: impl Fn(f64) -> bool) -> u64 {
        self.before[self.entries.partition_point(|e| predicate(e.value()))]
    }
}

/// A multiset of positive finite numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct OrderStatistics<'a> {
    doubles: Vec<SortedList<'a, Entry>>,
    singles: Vec<SortedList<'a, SingleEntry>>,
    /// Excluded numbers.
    excluded: Vec<f64>,
}

impl<'a> OrderStatistics<'a> {
    /// Adds ascending numbers with their counts.
    pub(super) fn add(&mut self, entries: impl Into<Cow<'a, [Entry]>>) {
        self.doubles.push(SortedList::new(entries.into()));
    }

    /// Adds ascending numbers of single precision with their counts.
    pub(super) fn add_singles(&mut self, entries: &'a [SingleEntry]) {
        self.singles.push(SortedList::new(entries.into()));
    }

    /// Excludes these distinct numbers.
    pub(super) fn excluding(mut self, numbers: Vec<f64>) -> Self {
        self.excluded = numbers;
        self
    }

    /// Count of all numbers.
    pub(super) fn total(&self) -> u64 {
        self.count_at_most(f64::MAX)
    }

    /// Count of one number, excluded or not.
    pub(super) fn count_of(&self, value: f64) -> u64 {
        self.count_while(|v| v <= value) - self.count_while(|v| v < value)
    }

    fn count_while(&self, predicate: impl Fn(f64) -> bool) -> u64 {
        let doubles = self.doubles.iter().map(|list| list.count_while(&predicate));
        let singles = self.singles.iter().map(|list| list.count_while(&predicate));
        doubles.chain(singles).sum()
    }

    /// The number of this rank: the smallest with at least `rank` numbers at or below it. Infinite if there are fewer numbers.
    pub(super) fn value_at_rank(&self, rank: u64) -> f64 {
        let (mut low, mut high) = (0, f64::INFINITY.to_bits());
        while low < high {
            let middle = u64::midpoint(low, high);
            if self.count_at_most(f64::from_bits(middle)) >= rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        f64::from_bits(high)
    }

    fn count_at_most(&self, value: f64) -> u64 {
        let left_out = self.excluded.iter().filter(|w| **w <= value);
        let left_out: u64 = left_out.map(|w| self.count_of(*w)).sum();
        self.count_while(|v| v <= value) - left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_has_no_rank() {
        let order_statistics = OrderStatistics::default();
        assert_eq!(
            (order_statistics.total(), order_statistics.count_of(1.0)),
            (0, 0)
        );
        assert_eq!(order_statistics.value_at_rank(1), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn ranks_equal_those_of_one_sorted_list(
            first in prop::collection::btree_map(1_u32..400, 1_u64..4, 0..40),
            second in prop::collection::btree_map(1_u32..900, 1_u32..4, 0..40),
            third in prop::collection::btree_map(1_u32..30, 1_u32..4, 0..20),
            excluded in prop::sample::subsequence(vec![0.5, 80.0, 100.0], 0..3),
        ) {
            let first: Vec<(f64, u64)> = first.iter().map(|(&v, &n)| (f64::from(v) / 4.0, n)).collect();
            let singles = |of: &std::collections::BTreeMap<u32, u32>| -> Vec<(f32, u32)> { of.iter().map(|(&v, &n)| (v as f32 / 8.0, n)).collect() };
            let (second, third) = (singles(&second), singles(&third));
            let mut all: Vec<f64> = first.iter().flat_map(|&(v, n)| std::iter::repeat_n(v, n as usize)).collect();
            for (value, count) in second.iter().chain(&third) {
                all.extend(std::iter::repeat_n(f64::from(*value), *count as usize));
            }
            let mut order_statistics = OrderStatistics::default();
            order_statistics.add_singles(&second);
            order_statistics.add(first.as_slice());
            order_statistics.add_singles(&third);
            for value in [0.5, 1.5, 80.0, 100.0, 0.25] {
                let expected = all.iter().filter(|v| **v == value).count();
                prop_assert_eq!(order_statistics.count_of(value), expected as u64);
            }
            all.retain(|v| !excluded.contains(v));
            all.sort_by(f64::total_cmp);
            let order_statistics = order_statistics.excluding(excluded);
            prop_assert_eq!(order_statistics.total(), all.len() as u64);
            for (rank, value) in (1..).zip(&all) {
                prop_assert_eq!(order_statistics.value_at_rank(rank), *value);
            }
        }
    }
}
