//! The trait of all codes: a finite set of values and a rule from a depth to one of them.

use super::output_range::OutputRange;

/// A code of single numbers whose rule never decreases: a farther depth never gets a nearer value.
pub trait ScalarCode {
    /// Number of values.
    fn levels(&self) -> usize;
    /// The value with this index, in metres.
    fn value_m(&self, index: usize) -> f64;
    /// The index of a depth's value.
    fn index_of(&self, depth_m: f64) -> usize;
    /// The interval in metres outside which depths are clipped.
    fn range(&self) -> OutputRange;
    /// The threshold in metres between a value and the next, to a few roundings; [`Self::index_of`] decides exactly. Infinite for the
    /// last value.
    fn upper_threshold_m(&self, index: usize) -> f64;

    /// [`Self::index_of`] for a depth whose index is known to be at least `min_index`.
    fn index_at_or_after(&self, _min_index: usize, depth_m: f64) -> usize {
        self.index_of(depth_m)
    }

    /// The value of a depth, in metres.
    fn reconstruct_m(&self, depth_m: f64) -> f64 {
        self.value_m(self.index_of(depth_m))
    }

    /// `log2(levels)`: 10.4 bits for 1,344 values.
    fn level_bits(&self) -> f64 {
        libm::log2(self.levels() as f64)
    }

    /// Whole bits of one stored number. A format may take more than its values need.
    fn storage_bits(&self) -> u32 {
        self.levels().next_power_of_two().trailing_zeros()
    }

    /// The step at a depth: the distance in metres between the values around it. `None` beyond the first or last value. At a value, it is
    /// the step beyond that value.
    fn step_at_m(&self, depth_m: f64) -> Option<f64> {
        let last = self.levels() - 1;
        let nearest = self.index_of(depth_m);
        let low = if depth_m >= self.value_m(nearest) {
            nearest
        } else {
            nearest.checked_sub(1)?
        };
        if low < last {
            return Some(self.value_m(low + 1) - self.value_m(low));
        }
        // The last value has the step before it.
        let at_end = depth_m == self.value_m(last) && last > 0;
        at_end.then(|| self.value_m(last) - self.value_m(last - 1))
    }
}
