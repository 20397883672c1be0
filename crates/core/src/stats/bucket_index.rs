//! Where among sorted depths a depth lies, found without a search over all of them.
//!
//! The bits of positive floating-point numbers ascend as the numbers do, so their leading bits number buckets that are near to
//! logarithmic. A table tells the first fence of each; what is left is a handful of comparisons. Knows ascending positive numbers only.

/// Values between two fences.
pub(super) const FENCE: usize = 32;

/// Buckets at most: 128 KB of table, a few fences each for millions of depths.
const MOST_BUCKETS: u64 = 1 << 15;

/// The first depth of every block of [`FENCE`], and the table over those.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Places {
    fences_m: Vec<f64>,
    /// The first fence of each bucket, and their number behind the last one.
    first: Vec<u32>,
    shift: u32,
    base: u64,
}

impl Places {
    /// Of ascending positive depths, in metres.
    pub(super) fn of(values_m: &[f64]) -> Self {
        let fences_m: Vec<f64> = values_m.iter().step_by(FENCE).copied().collect();
        let bits = |depth: Option<&f64>| depth.map_or(0, |d| d.to_bits());
        let (low, high) = (bits(fences_m.first()), bits(fences_m.last()));
        let wanted = (fences_m.len() as u64).min(MOST_BUCKETS);
        let mut shift = 0;
        while (high >> shift) - (low >> shift) >= wanted {
            shift += 1;
        }
        let base = low >> shift;
        let mut first = Vec::new();
        for (i, fence) in (0_u32..).zip(&fences_m) {
            let bucket = ((fence.to_bits() >> shift) - base) as usize;
            if bucket >= first.len() {
                first.resize(bucket + 1, i);
            }
        }
        first.push(fences_m.len() as u32);
        Self {
            fences_m,
            first,
            shift,
            base,
        }
    }

    /// The fences, in metres.
    pub(super) fn fences_m(&self) -> &[f64] {
        &self.fences_m
    }

    /// How many fences are under a depth: by its bucket, and by what is left to compare.
    pub(super) fn passed(&self, depth_m: f64) -> u32 {
        // The bits of negative numbers ascend the other way, and nothing lies there.
        let key = depth_m.max(0.0).to_bits() >> self.shift;
        let buckets = self.first.len() - 1;
        let bucket = (key.saturating_sub(self.base) as usize).min(buckets);
        let low = self.first[bucket];
        let high = self.first[(bucket + 1).min(buckets)];
        let fences = &self.fences_m[low as usize..high.max(low) as usize];
        low + fences.partition_point(|&fence| fence < depth_m) as u32
    }
}

/// Two indices between which lies the first of the values that is not under a depth, behind so many fences.
pub(super) fn block_behind(passed: u32) -> (usize, usize) {
    let passed = passed as usize;
    (passed.saturating_sub(1) * FENCE, passed * FENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(values: &[f64], depths: &[f64]) {
        let places = Places::of(values);
        for &depth in depths {
            let (low, high) = block_behind(places.passed(depth));
            let expected = values.partition_point(|&d| d < depth);
            assert!(
                low <= expected && expected <= high.max(low),
                "{depth}: {expected} outside {low}..={high}"
            );
            assert!(high - low <= FENCE);
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
        fn places_equal_a_search(
            mut values in prop::collection::vec(0.001_f64..300.0, 1..700), depths in prop::collection::vec(0.0_f64..400.0, 1..50),
        ) {
            values.sort_by(f64::total_cmp);
            check(&values, &depths);
            check(&values, &values);
        }
    }
}
