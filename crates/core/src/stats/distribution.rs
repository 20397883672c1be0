//! The distribution of valid depths: sorted values with counts and running sums. All errors of a range or a code follow from it without
//! the pixels.
//!
//! A distribution takes 12 bytes a value, and 3.25 bytes more for running sums if values are many. Sums are stored once a block; queries
//! sum the rest of a block. Few values, such as the codes of integer files, have sums of their own each.

use super::bucket_index::{BLOCK_VALUES, BucketIndex, block_bounds};
use super::moments::{Moments, RunningSums, STORED};
use crate::i18n::tr;

/// Largest number of values between two stored sums.
///
/// Smaller blocks cost memory, 104 bytes each. Larger blocks cost time: a query sums half a block on average, in 0.3 us for neighbouring
/// values and 0.9 us for values millimetres apart.
const MAX_BLOCK: usize = 32;

/// Largest number of stored sums before blocks grow: 1.7 MB.
const MAX_UNBLOCKED_SUMS: usize = 1 << 14;

/// Values between two stored sums, for a number of values.
fn block_len(values: usize) -> usize {
    let needed = values.div_ceil(MAX_UNBLOCKED_SUMS).next_power_of_two();
    needed.clamp(1, MAX_BLOCK)
}

/// Smallest number of values to prefetch: fewer fit into the nearer caches of a processor.
const PREFETCH_MIN_VALUES: usize = 1 << 17;
/// Values per cache line.
const CACHE_LINE_VALUES: usize = 8;

/// Values that a search compares before it uses the index.
const LINEAR_SEARCH_VALUES: usize = 8;

/// The block that holds the first value at or above a depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockIndex(u32);

/// The fidelity of the values to the pixels' depths.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Resolution {
    /// Every distinct depth.
    Exact,
    /// Binned depths.
    Binned {
        /// Largest relative error of a depth.
        relative_error: f64,
    },
    /// Rebuilt from the sketch in a link.
    Sketch {
        /// Largest relative error of the figures of ranges that the link's author measured.
        relative_error: f64,
    },
}

/// Valid depths of a set, prepared for queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    values_m: Vec<f64>,
    counts: Vec<u32>,
    running: Vec<f64>,
    /// Starts of blocks, which fit into a processor's cache. A search uses these, then one block.
    index: BucketIndex,
    resolution: Resolution,
}

/// Values and counts that are no distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// No value.
    #[error(
        "{}",
        tr!("there is no valid depth: every pixel is zero, negative, infinite or not a number")
    )]
    Empty,
    /// Different numbers of values and counts, or of stored sums.
    #[error("{}", tr!("the depths and their counts do not match"))]
    Mismatch,
    /// Values that are not positive, finite and ascending, or a count of zero.
    #[error("{}", tr!("the depths are not sorted positive numbers"))]
    Unsorted,
}

impl Distribution {
    /// Builds the running sums over values in metres with one count each. Values are positive, finite and ascending; equal neighbours are
    /// allowed.
    ///
    /// # Errors
    /// [`DistributionError`].
    pub fn new(
        values_m: Vec<f64>,
        counts: Vec<u32>,
        resolution: Resolution,
    ) -> Result<Self, DistributionError> {
        check_values(&values_m, &counts)?;
        let block = block_len(values_m.len());
        let blocks = values_m.len() / block + 1;
        let mut running = Vec::with_capacity(blocks * STORED);
        let mut sums = Moments::default();
        for (values, counts) in values_m.chunks(block).zip(counts.chunks(block)) {
            running.extend_from_slice(&sums.stored());
            add_all(&mut sums, values, counts);
        }
        if values_m.len().is_multiple_of(block) {
            running.extend_from_slice(&sums.stored());
        }
        Ok(Self::with_index(values_m, counts, running, resolution))
    }

    fn with_index(
        values_m: Vec<f64>,
        counts: Vec<u32>,
        running: Vec<f64>,
        resolution: Resolution,
    ) -> Self {
        Self {
            index: BucketIndex::new(&values_m),
            values_m,
            counts,
            running,
            resolution,
        }
    }

    /// The buffers, for moving the distribution between threads: values in metres, counts, stored sums.
    #[must_use]
    pub fn into_parts(self) -> (Vec<f64>, Vec<u32>, Vec<f64>, Resolution) {
        (self.values_m, self.counts, self.running, self.resolution)
    }

    /// The buffers by reference.
    #[must_use]
    pub fn parts(&self) -> (&[f64], &[u32], &[f64], Resolution) {
        (&self.values_m, &self.counts, &self.running, self.resolution)
    }

    /// The inverse of [`Self::into_parts`]. The sums are trusted, because they come from a worker of this program.
    ///
    /// # Errors
    /// [`DistributionError::Mismatch`] if the lengths do not fit, [`DistributionError::Empty`] without values.
    pub fn from_parts(
        values_m: Vec<f64>,
        counts: Vec<u32>,
        running: Vec<f64>,
        resolution: Resolution,
    ) -> Result<Self, DistributionError> {
        if values_m.is_empty() {
            return Err(DistributionError::Empty);
        }
        let blocks = values_m.len() / block_len(values_m.len()) + 1;
        if values_m.len() != counts.len() || running.len() != blocks * STORED {
            return Err(DistributionError::Mismatch);
        }
        Ok(Self::with_index(values_m, counts, running, resolution))
    }

    /// The values, in metres, ascending.
    #[must_use]
    pub fn values_m(&self) -> &[f64] {
        &self.values_m
    }

    /// Number of pixels of each value.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The fidelity of the values.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Number of pixels.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.total().count
    }

    /// Smallest depth in metres.
    #[must_use]
    pub fn min_m(&self) -> f64 {
        self.values_m.first().copied().unwrap_or_default()
    }

    /// Largest depth in metres.
    #[must_use]
    pub fn max_m(&self) -> f64 {
        self.values_m.last().copied().unwrap_or_default()
    }

    /// Mean depth in metres.
    #[must_use]
    pub fn mean_m(&self) -> f64 {
        let total = self.total();
        total.depth.value() / total.count
    }

    /// Standard deviation in metres, dividing by n.
    #[must_use]
    pub fn std_m(&self) -> f64 {
        let total = self.total();
        let mean = total.depth.value() / total.count;
        let spread =
            super::moments::squared_deviation(total.count, total.depth, total.square, mean);
        (spread / total.count).sqrt()
    }

    /// Sums over all pixels.
    #[must_use]
    pub fn total(&self) -> Moments {
        self.sums_before(self.values_m.len())
    }

    /// Sums over the pixels of the first `index` values.
    #[must_use]
    pub fn sums_before<S: RunningSums + Default>(&self, index: usize) -> S {
        self.sums_before_with(S::default(), index)
    }

    /// [`Self::sums_before`], from empty sums that select the terms.
    #[must_use]
    pub fn sums_before_with<S: RunningSums>(&self, empty: S, index: usize) -> S {
        let index = index.min(self.values_m.len());
        let size = block_len(self.values_m.len());
        let block = index / size;
        let rest = block * size..index;
        let stored = |block: usize| {
            let from = block * STORED;
            self.running.get(from..from + STORED).unwrap_or_default()
        };
        let next = (block + 1) * size;
        let counts_of = |of: std::ops::Range<usize>| {
            let counts = (!self.has_single_counts(block, size)).then_some(&self.counts);
            counts.map(|counts| &counts[of])
        };
        // Start from the nearer stored sums.
        if 2 * rest.len() > size && next <= self.values_m.len() {
            let mut beyond = empty;
            beyond.add_run(&self.values_m[index..next], counts_of(index..next));
            return empty.with_stored(stored(block + 1)).minus(&beyond);
        }
        let mut sums = empty.with_stored(stored(block));
        sums.add_run(&self.values_m[rest.clone()], counts_of(rest));
        sums
    }

    /// Returns true if every value of a block has one pixel. The stored sums say so without reading the counts.
    fn has_single_counts(&self, block: usize, size: usize) -> bool {
        let before = |block: usize| self.running.get(block * STORED);
        match (before(block), before(block + 1)) {
            (Some(from), Some(to)) => to - from == size as f64,
            _ => false,
        }
    }

    /// Number of pixels of the first `index` values.
    #[must_use]
    pub fn count_before(&self, index: usize) -> f64 {
        let index = index.min(self.values_m.len());
        let size = block_len(self.values_m.len());
        let block = index / size;
        let stored = self
            .running
            .get(block * STORED)
            .copied()
            .unwrap_or_default();
        let rest: f64 = self.counts[block * size..index]
            .iter()
            .map(|&c| f64::from(c))
            .sum();
        stored + rest
    }

    /// The first index in `from..to` whose value does not satisfy `inside`, which must hold for a prefix of the values.
    ///
    /// The search gallops from `from`, so the next boundary of a fine code costs a step or two.
    pub fn partition_point(&self, from: usize, to: usize, inside: impl Fn(f64) -> bool) -> usize {
        let to = to.min(self.values_m.len());
        let from = from.min(to);
        // Starts of blocks strictly between the two ends.
        let first_fence = from / BLOCK_VALUES + 1;
        let last_fence = to.div_ceil(BLOCK_VALUES).max(first_fence);
        let fences = self
            .index
            .block_starts_m()
            .get(first_fence..last_fence)
            .unwrap_or_default();
        let blocks_before = gallop(fences, &inside);
        let low = if blocks_before == 0 {
            from
        } else {
            (first_fence + blocks_before - 1) * BLOCK_VALUES
        };
        let high = ((first_fence + blocks_before) * BLOCK_VALUES).min(to);
        low + self.values_m[low..high].partition_point(|&d| inside(d))
    }

    /// The first index in `from..to` whose value is at least `depth_m`. The time does not depend on the distance from `from`.
    #[must_use]
    pub fn first_at_least(&self, from: usize, to: usize, depth_m: f64) -> usize {
        self.first_at_least_in(from, to, depth_m, None)
    }

    /// [`Self::first_at_least`] with a block from [`Self::prefetch`].
    #[must_use]
    pub fn first_at_least_in(
        &self,
        from: usize,
        to: usize,
        depth_m: f64,
        block: Option<BlockIndex>,
    ) -> usize {
        let to = to.min(self.values_m.len());
        let from = from.min(to);
        // Cells of a fine code end after a few values.
        let near = (from + LINEAR_SEARCH_VALUES).min(to);
        if near == to || self.values_m[near] >= depth_m {
            let few = &self.values_m[from..near];
            return from + few.partition_point(|&d| d < depth_m);
        }
        let block = block.unwrap_or_else(|| BlockIndex(self.index.blocks_before(depth_m)));
        let (low, high) = block_bounds(block.0);
        let low = low.clamp(near, to);
        let high = high.clamp(low, to);
        // Counting reads the whole block at once, which the sums read next. A binary search would wait for each cache line.
        let block = &self.values_m[low..high];
        low + block
            .iter()
            .map(|&d| usize::from(d < depth_m))
            .sum::<usize>()
    }

    /// Reads the memory that [`Self::first_at_least_in`] and [`Self::sums_before`] will read for these depths, in metres, and returns
    /// their blocks. Returns nothing if values are few.
    ///
    /// The processor overlaps the cache misses of all depths here. A walk from cell to cell would wait for each in turn.
    #[must_use]
    pub fn prefetch(&self, depths_m: impl Iterator<Item = f64>) -> Vec<BlockIndex> {
        let count = self.values_m.len();
        if count < PREFETCH_MIN_VALUES {
            return Vec::new();
        }
        let size = block_len(count);
        let mut seen = 0.0;
        let mut touch = |depth_m| {
            let blocks_before = self.index.blocks_before(depth_m);
            let (low, _) = block_bounds(blocks_before);
            let touched = (low..count.min(low + BLOCK_VALUES)).step_by(CACHE_LINE_VALUES);
            if !self.has_single_counts(low / size, size) {
                seen += touched
                    .clone()
                    .map(|at| f64::from(self.counts[at]))
                    .sum::<f64>();
            }
            seen += touched.map(|at| self.values_m[at]).sum::<f64>();
            let stored = low / size * STORED;
            for at in
                (stored..self.running.len().min(stored + 2 * STORED)).step_by(CACHE_LINE_VALUES)
            {
                seen += self.running[at];
            }
            BlockIndex(blocks_before)
        };
        let blocks = depths_m.map(&mut touch).collect();
        // The sum makes the compiler keep the reads.
        std::hint::black_box(seen);
        blocks
    }

    /// The depth in metres below which a share (0 to 1) of the pixels lies. Ranks are interpolated linearly, as in numpy's `percentile`
    /// by default (Hyndman and Fan 1996, definition 7).
    #[must_use]
    pub fn quantile_m(&self, share: f64) -> f64 {
        let position = share.clamp(0.0, 1.0) * (self.count() - 1.0);
        let rank = position.floor();
        let low = self.depth_of_rank(rank);
        let high = self.depth_of_rank(rank + 1.0);
        let t = position - rank;
        // numpy's two-sided form: the result stays in [low, high].
        if t < 0.5 {
            low + (high - low) * t
        } else {
            high - (high - low) * (1.0 - t)
        }
    }

    /// The depth of the pixel with this rank, in metres; rank 0 is the nearest.
    fn depth_of_rank(&self, rank: f64) -> f64 {
        let blocks = self.running.len() / STORED;
        let (mut low, mut high) = (0, blocks);
        while low + 1 < high {
            let middle = usize::midpoint(low, high);
            if self.running[middle * STORED] <= rank {
                low = middle;
            } else {
                high = middle;
            }
        }
        let mut seen = self.running[low * STORED];
        for i in low * block_len(self.values_m.len())..self.values_m.len() {
            seen += f64::from(self.counts[i]);
            if rank < seen {
                return self.values_m[i];
            }
        }
        self.max_m()
    }

    /// Sums over the pixels of the values with indices `from..to`.
    #[must_use]
    pub fn sum_between<S: RunningSums + Default>(&self, from: usize, to: usize) -> S {
        self.sums_before::<S>(to)
            .minus(&self.sums_before::<S>(from))
    }

    /// Pixels per bin between ascending edges in metres. Bin `i` holds `edges[i] <= d < edges[i + 1]`; the last bin includes its upper
    /// edge.
    #[must_use]
    pub fn histogram(&self, edges_m: &[f64]) -> Vec<f64> {
        let Some((&last, rest)) = edges_m.split_last() else {
            return Vec::new();
        };
        let mut at = 0;
        let mut cumulative: Vec<f64> = rest
            .iter()
            .map(|&edge| {
                at = self.partition_point(at, self.values_m.len(), |d| d < edge);
                self.count_before(at)
            })
            .collect();
        at = self.partition_point(at, self.values_m.len(), |d| d <= last);
        cumulative.push(self.count_before(at));
        cumulative.windows(2).map(|w| w[1] - w[0]).collect()
    }
}

/// The partition point of a slice, in steps that double from its beginning.
fn gallop(values: &[f64], inside: impl Fn(f64) -> bool) -> usize {
    let mut low = 0;
    let mut stride = 1;
    while let Some(&value) = values.get(low + stride - 1) {
        if !inside(value) {
            break;
        }
        low += stride;
        stride *= 2;
    }
    let high = (low + stride).min(values.len());
    low + values[low..high].partition_point(|&d| inside(d))
}

/// Adds a block of values. A function of its own, because browsers optimise a loop only after its function was called often.
#[inline(never)]
fn add_all(sums: &mut Moments, values_m: &[f64], counts: &[u32]) {
    for (&value, &count) in values_m.iter().zip(counts) {
        sums.add(value, f64::from(count));
    }
}

fn check_values(values_m: &[f64], counts: &[u32]) -> Result<(), DistributionError> {
    if values_m.is_empty() {
        return Err(DistributionError::Empty);
    }
    if values_m.len() != counts.len() {
        return Err(DistributionError::Mismatch);
    }
    let positive = values_m.first().is_some_and(|&d| d > 0.0)
        && values_m.last().is_some_and(|d| d.is_finite());
    // Comparisons with NaN are false, so this check refuses NaN too.
    let sorted = values_m.windows(2).all(|w| w[0] <= w[1]);
    if positive && sorted && counts.iter().all(|&c| c > 0) {
        Ok(())
    } else {
        Err(DistributionError::Unsorted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::SquareMoments;
    use proptest::prelude::*;

    fn distribution(values: &[(f64, u32)]) -> Distribution {
        let mut sorted = values.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (values, counts) = sorted.into_iter().unzip();
        Distribution::new(values, counts, Resolution::Exact).expect("positive values")
    }

    fn expanded(values: &[(f64, u32)]) -> Vec<f64> {
        let mut all: Vec<f64> = values
            .iter()
            .flat_map(|&(v, n)| std::iter::repeat_n(v, n as usize))
            .collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// numpy's default percentile over the expanded pixels.
    fn brute_quantile(all: &[f64], share: f64) -> f64 {
        let position = share * (all.len() - 1) as f64;
        let (low, high) = (position.floor() as usize, position.ceil() as usize);
        all[low] + (all[high] - all[low]) * (position - low as f64)
    }

    proptest! {
        #[test]
        fn queries_equal_brute_force(
            values in prop::collection::vec((0.001_f64..300.0, 1_u32..40), 1..200),
            share in 0.0_f64..1.0,
            cut in 0.0_f64..300.0,
        ) {
            let d = distribution(&values);
            let all = expanded(&values);
            prop_assert_eq!(d.count(), all.len() as f64);
            let q = d.quantile_m(share);
            prop_assert!((q - brute_quantile(&all, share)).abs() <= 1e-12 * q);

            let index = d.partition_point(0, usize::MAX, |v| v < cut);
            let below: Vec<f64> = all.iter().copied().filter(|&v| v < cut).collect();
            prop_assert_eq!(d.count_before(index), below.len() as f64);
            let sums: SquareMoments = d.sums_before(index);
            let expected: f64 = below.iter().map(|v| v * v).sum();
            prop_assert!((sums.square.value() - expected).abs() <= 1e-11 * expected);
        }

        #[test]
        fn first_at_least_equals_partition_point(
            mut values in prop::collection::vec(0.01_f64..50.0, 1..400), from in 0_usize..420, to in 0_usize..420, cut in 0.0_f64..60.0,
        ) {
            values.sort_by(f64::total_cmp);
            let d = distribution(&values.iter().map(|&v| (v, 1)).collect::<Vec<_>>());
            let expected = d.partition_point(from, to, |v| v < cut);
            prop_assert_eq!(d.first_at_least(from, to, cut), expected);
        }

        #[test]
        fn a_galloping_search_equals_the_definition(n in 0_usize..300, from in 0_usize..320, cut in 0_usize..320) {
            let d = distribution(&(0..=n).map(|i| (i as f64 + 1.0, 1)).collect::<Vec<_>>());
            let end = n + 1;
            let got = d.partition_point(from, usize::MAX, |v| v < cut as f64 + 1.0);
            prop_assert_eq!(got, cut.min(end).max(from.min(end)));
        }

        #[test]
        fn parts_round_trip(values in prop::collection::vec((0.001_f64..300.0, 1_u32..40), 1..100)) {
            let d = distribution(&values);
            let (v, c, r, resolution) = d.clone().into_parts();
            prop_assert_eq!(Distribution::from_parts(v, c, r, resolution).expect("own parts"), d);
        }
    }

    #[test]
    fn prefetched_blocks_give_the_same_index() {
        let few = distribution(&[(1.0, 3), (2.0, 1)]);
        assert_eq!(few.prefetch([1.5].into_iter()), []);
        // With equal neighbours, and with blocks of several pixels a value.
        let value = |i: usize| (0.4 + 1e-5 * (i / 3) as f64, 1 + u32::from(i % 1000 < 40));
        let d = distribution(&(0..PREFETCH_MIN_VALUES + 77).map(value).collect::<Vec<_>>());
        let depths: Vec<f64> = (0..500).map(|i| 0.39 + 0.001 * f64::from(i)).collect();
        let blocks = d.prefetch(depths.iter().copied());
        assert_eq!(blocks.len(), depths.len());
        let count = d.values_m().len();
        for (&depth, &block) in depths.iter().zip(&blocks) {
            let expected = d.values_m().partition_point(|&v| v < depth);
            for from in [0, expected / 2, expected.saturating_sub(3), expected + 9] {
                let (from, to) = (from.min(count), (expected.max(from) + 40).min(count));
                let found = d.first_at_least_in(from, to, depth, Some(block));
                assert_eq!(found, expected.clamp(from, to));
                assert_eq!(found, d.first_at_least(from, to, depth));
            }
        }
    }

    #[test]
    fn mean_and_std_match_their_definitions() {
        let d = distribution(&[(1.0, 1), (2.0, 1), (4.0, 2)]);
        assert!((d.mean_m() - 2.75).abs() < 1e-15);
        assert!((d.std_m() - 1.299_038_105_676_658).abs() < 1e-15);
    }

    #[test]
    fn the_histogram_counts_every_pixel_once() {
        let d = distribution(&[(1.0, 3), (2.0, 1), (4.0, 2)]);
        assert_eq!(d.histogram(&[1.0, 2.0, 3.0, 4.0]), [3.0, 1.0, 2.0]);
        assert_eq!(d.histogram(&[1.5, 1.75]), [0.0]);
    }

    #[test]
    fn sums_do_not_depend_on_the_block_size() {
        for n in [1_u32, 2, 16_384, 16_385, 40_000, 70_000, 600_000] {
            let d = distribution(&(1..=n).map(|i| (f64::from(i), 2)).collect::<Vec<_>>());
            for index in [0, 1, n / 3, n / 2 + 1, n - 1, n] {
                let sums: Moments = d.sums_before(index as usize);
                let i = f64::from(index);
                assert_eq!(
                    (sums.count, sums.depth.value()),
                    (2.0 * i, i * (i + 1.0)),
                    "{index} of {n}"
                );
                assert_eq!(d.count_before(index as usize), 2.0 * i);
            }
            assert_eq!(d.depth_of_rank(f64::from(n)), f64::from(n / 2 + 1));
            assert_eq!(d.depth_of_rank(f64::from(2 * n - 1)), f64::from(n));
        }
    }

    #[test]
    fn single_counts_do_not_change_the_sums() {
        // Blocks of one pixel a value, blocks of more, and mixed blocks.
        let count = |i: u32| 1 + 2 * u32::from(i % 1000 < 110);
        let values: Vec<_> = (1..=70_000).map(|i| (f64::from(i), count(i))).collect();
        let d = distribution(&values);
        let size = block_len(values.len());
        let singles = (0..values.len() / size).filter(|&b| d.has_single_counts(b, size));
        assert!((6_000..9_000).contains(&singles.count()));
        let (mut pixels, mut sum) = (0.0, 0.0);
        for (index, &(value, count)) in values.iter().enumerate() {
            let sums: SquareMoments = d.sums_before(index);
            assert_eq!(
                (sums.count, sums.depth.value()),
                (pixels, sum),
                "before {index}"
            );
            pixels += f64::from(count);
            sum += f64::from(count) * value;
        }
    }

    #[test]
    fn invalid_values_and_counts_are_refused() {
        let refuse = |v: &[f64], c: &[u32]| {
            Distribution::new(v.to_vec(), c.to_vec(), Resolution::Exact).expect_err("refused")
        };
        assert_eq!(refuse(&[], &[]), DistributionError::Empty);
        assert_eq!(refuse(&[1.0], &[]), DistributionError::Mismatch);
        assert_eq!(refuse(&[2.0, 1.0], &[1, 1]), DistributionError::Unsorted);
        assert_eq!(refuse(&[0.0, 1.0], &[1, 1]), DistributionError::Unsorted);
        assert_eq!(
            refuse(&[1.0, f64::NAN], &[1, 1]),
            DistributionError::Unsorted
        );
        assert_eq!(refuse(&[1.0], &[0]), DistributionError::Unsorted);
    }
}
