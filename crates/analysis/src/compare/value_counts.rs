//! Distinct values of quantized maps with their counts. The output grid is recovered from them.

use serde::{Deserialize, Serialize};

/// Largest number of distinct values that are kept. An INT8 map has at most 256. A map with more than this limit has no grid that could be
/// recovered, and keeping its values would take megabytes per frame.
pub const MAX_VALUES: usize = 8192;

/// Slots of a [`Tally`]: a power of two, and at least three times [`MAX_VALUES`], so that probe sequences stay short.
const SLOTS: usize = 1 << 15;

/// An open-addressing hash table from value to count. Maps have many samples of few values, so sorting all samples would be slower.
struct Tally {
    /// One more than the index into `values`; zero for an empty slot.
    slots: Vec<u16>,
    values: Vec<(f64, u64)>,
}

impl Tally {
    fn new() -> Self {
        Self {
            slots: vec![0; SLOTS],
            values: Vec::new(),
        }
    }

    fn count(&mut self, value: f64) {
        // The high bits of a product with the golden ratio spread neighbouring numbers (Knuth, vol. 3, 6.4).
        let spread = value.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (spread >> 49) as usize;
        loop {
            let slot = usize::from(self.slots[at]);
            if slot == 0 {
                self.values.push((value, 1));
                self.slots[at] = self.values.len() as u16;
                return;
            }
            let known = &mut self.values[slot - 1];
            if known.0 == value {
                known.1 += 1;
                return;
            }
            at = (at + 1) % SLOTS;
        }
    }
}

/// Distinct values of maps in metres with their counts, ascending; empty after an overflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueCounts {
    values: Vec<(f64, u64)>,
    overflow: bool,
}

impl ValueCounts {
    /// Counts the finite samples of a map, in metres.
    #[must_use]
    #[inline(never)]
    pub(super) fn from_map(map_m: &[f64]) -> Self {
        let mut tally = Tally::new();
        for &value in map_m.iter().filter(|v| v.is_finite()) {
            // -0 and +0 are one value.
            tally.count(value + 0.0);
            if tally.values.len() > MAX_VALUES {
                return Self::overflown();
            }
        }
        let mut values = tally.values;
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            values,
            overflow: false,
        }
    }

    fn overflown() -> Self {
        Self {
            values: Vec::new(),
            overflow: true,
        }
    }

    /// Adds the samples of other maps.
    pub fn merge(&mut self, other: &Self) {
        if self.overflow || other.overflow {
            *self = Self::overflown();
            return;
        }
        let mut all: Vec<(f64, u64)> = self.values.iter().chain(&other.values).copied().collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        *self = if all.len() > MAX_VALUES {
            Self::overflown()
        } else {
            Self {
                values: all,
                overflow: false,
            }
        };
    }

    /// Returns the distinct values in metres, ascending, with their counts.
    #[must_use]
    pub fn values(&self) -> &[(f64, u64)] {
        &self.values
    }

    /// Returns true if there were more than [`MAX_VALUES`] distinct values.
    #[must_use]
    pub fn overflow(&self) -> bool {
        self.overflow
    }

    /// Returns the number of samples.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.values.iter().map(|v| v.1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_counts_equal_counts_of_all_samples() {
        let map = [1.0, 2.0, 1.0, f64::NAN, -0.0, 0.0, 3.0, f64::INFINITY];
        let all = ValueCounts::from_map(&map);
        assert_eq!(all.values(), [(0.0, 2), (1.0, 2), (2.0, 1), (3.0, 1)]);
        let mut merged = ValueCounts::from_map(&map[..3]);
        merged.merge(&ValueCounts::from_map(&map[3..]));
        assert_eq!(merged, all);
        assert_eq!(merged.count(), 6);
    }

    #[test]
    fn too_many_values_overflow() {
        let map: Vec<f64> = (0..=MAX_VALUES).map(|i| i as f64).collect();
        let mut value_counts = ValueCounts::from_map(&map);
        assert!(value_counts.overflow() && value_counts.values().is_empty());
        value_counts.merge(&ValueCounts::from_map(&[1.0]));
        assert!(value_counts.overflow());
        let mut halves = ValueCounts::from_map(&map[..5000]);
        halves.merge(&ValueCounts::from_map(&map[5000..]));
        assert!(halves.overflow());
    }
}
