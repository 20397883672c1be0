//! What a code is: a finite set of values and a rule that maps a depth to one of them.
//!
//! Knows no particular code's formula; those are one module each.

use super::output_range::OutputRange;

/// A code for single numbers whose rule never decreases: a farther depth never gets a nearer value.
pub trait ScalarCode {
    /// Number of values.
    fn levels(&self) -> usize;
    /// The value with this index, in metres.
    fn value_m(&self, index: usize) -> f64;
    /// The index of the value that a depth gets.
    fn index_of(&self, depth_m: f64) -> usize;
    /// The interval outside which a depth is clipped, in metres.
    fn range(&self) -> OutputRange;
    /// About where the depths begin that get the value behind this one, in metres: off by some roundings at most, so that
    /// [`Self::index_of`] decides. Infinite for the last.
    fn upper_threshold_m(&self, index: usize) -> f64;

    /// [`Self::index_of`] where it is known not to be under `min_index`.
    fn index_at_or_after(&self, _least: usize, depth_m: f64) -> usize {
        self.index_of(depth_m)
    }

    /// The value that a depth gets, in metres.
    fn reconstruct_m(&self, depth_m: f64) -> f64 {
        self.value_m(self.index_of(depth_m))
    }

    /// Bits that the number of values amounts to, `log2(levels)`: 10.4 for 1,344 values.
    fn level_bits(&self) -> f64 {
        libm::log2(self.levels() as f64)
    }

    /// Whole bits that one stored number takes. A format may take more than its values need.
    fn storage_bits(&self) -> u32 {
        self.levels().next_power_of_two().trailing_zeros()
    }

    /// The distance between the two values about a depth, in metres: its step there. `None` beyond the first or last value.
    /// At a value, the step beyond it counts.
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
        // The last value itself has no step beyond it: the one under it is meant.
        let at_end = depth_m == self.value_m(last) && last > 0;
        at_end.then(|| self.value_m(last) - self.value_m(last - 1))
    }
}
