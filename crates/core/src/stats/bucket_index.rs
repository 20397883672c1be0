//! An index over sorted depths that finds the block of a depth in a few comparisons.
//!
//! The bits of positive floating-point numbers ascend as the numbers do. So their leading bits number buckets of nearly equal ratio, and
//! a table holds the first block of each bucket.

/// Values per block.
pub(super) const BLOCK_VALUES: usize = 32;

/// Largest number of buckets: 128 KB of table, a few blocks per bucket for millions of depths.
const MAX_BUCKETS: u64 = 1 << 15;

/// The first depth of every block of [`BLOCK_VALUES`], and a table of buckets over those.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BucketIndex {
    block_starts_m: Vec<f64>,
    /// The first block of each bucket, then the number of blocks.
    first_block: Vec<u32>,
    shift: u32,
    first_key: u64,
}

impl BucketIndex {
    /// Indexes ascending positive depths, in metres.
    pub(super) fn new(values_m: &[f64]) -> Self {
        let block_starts_m: Vec<f64> = values_m.iter().step_by(BLOCK_VALUES).copied().collect();
        let bits = |depth: Option<&f64>| depth.map_or(0, |d| d.to_bits());
        let (low, high) = (bits(block_starts_m.first()), bits(block_starts_m.last()));
        let max_keys = (block_starts_m.len() as u64).min(MAX_BUCKETS);
        let mut shift = 0;
        while (high >> shift) - (low >> shift) >= max_keys {
            shift += 1;
        }
        let first_key = low >> shift;
        let mut first_block = Vec::new();
        for (i, start) in (0_u32..).zip(&block_starts_m) {
            let bucket = ((start.to_bits() >> shift) - first_key) as usize;
            if bucket >= first_block.len() {
                first_block.resize(bucket + 1, i);
            }
        }
        first_block.push(block_starts_m.len() as u32);
        Self {
            block_starts_m,
            first_block,
            shift,
            first_key,
        }
    }

    /// The first depth of each block, in metres.
    pub(super) fn block_starts_m(&self) -> &[f64] {
        &self.block_starts_m
    }

    /// Number of blocks whose first depth is below a depth, in metres.
    pub(super) fn blocks_before(&self, depth_m: f64) -> u32 {
        // The bits of negative numbers descend, and no depth is negative.
        let key = depth_m.max(0.0).to_bits() >> self.shift;
        let buckets = self.first_block.len() - 1;
        let bucket = (key.saturating_sub(self.first_key) as usize).min(buckets);
        let low = self.first_block[bucket];
        let high = self.first_block[(bucket + 1).min(buckets)];
        let starts = &self.block_starts_m[low as usize..high.max(low) as usize];
        low + starts.partition_point(|&start| start < depth_m) as u32
    }
}

/// The range of indices that holds the first value at or above a depth, from [`BucketIndex::blocks_before`].
pub(super) fn block_bounds(blocks_before: u32) -> (usize, usize) {
    let blocks_before = blocks_before as usize;
    (
        blocks_before.saturating_sub(1) * BLOCK_VALUES,
        blocks_before * BLOCK_VALUES,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(values: &[f64], depths: &[f64]) {
        let index = BucketIndex::new(values);
        for &depth in depths {
            let (low, high) = block_bounds(index.blocks_before(depth));
            let expected = values.partition_point(|&d| d < depth);
            assert!(
                low <= expected && expected <= high.max(low),
                "{depth}: {expected} outside {low}..={high}"
            );
            assert!(high - low <= BLOCK_VALUES);
        }
    }

    #[test]
    fn extreme_depths_are_found() {
        let wide: Vec<f64> = (-1000..300)
            .map(|e| libm::ldexp(1.0, e))
            .chain([f64::MAX])
            .collect();
        let edges = [
            f64::NEG_INFINITY,
            -1.0,
            -0.0,
            0.0,
            5e-324,
            1.0,
            f64::MAX,
            f64::INFINITY,
        ];
        check(&wide, &edges);
        check(&wide, &wide);
        check(&[2.0], &edges);
        check(&vec![2.0; 500], &[1.0, 2.0, 2.0_f64.next_up(), 3.0]);
    }

    proptest! {
        #[test]
        fn bounds_equal_a_binary_search(
            mut values in prop::collection::vec(0.001_f64..300.0, 1..700), depths in prop::collection::vec(0.0_f64..400.0, 1..50),
        ) {
            values.sort_by(f64::total_cmp);
            check(&values, &depths);
            check(&values, &values);
        }
    }
}
