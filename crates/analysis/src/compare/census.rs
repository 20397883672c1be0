//! The distinct values of quantized maps with their counts, from which their grid is recovered.
//!
//! Knows numbers; knows nothing of grids.

use serde::{Deserialize, Serialize};

/// Most distinct values that are kept. An INT8 map has 256 at most; maps with more than this come from no grid that could be
/// recovered, and keeping them would cost megabytes a frame.
pub const MAX_VALUES: usize = 8192;

/// Places of a [`Tally`]: a power of two, and three times as many as there can be values, so that a search is short.
const PLACES: usize = 1 << 15;

/// Values counted as they come. Maps have many samples of few values, so that sorting them all would be most of the work.
struct Tally {
    /// One more than the place of a value among the values; zero where there is none.
    places: Vec<u16>,
    values: Vec<(f64, u64)>,
}

impl Tally {
    fn new() -> Self {
        Self {
            places: vec![0; PLACES],
            values: Vec::new(),
        }
    }

    fn count(&mut self, value: f64) {
        // The high bits of a product with the golden ratio spread neighbouring numbers (Knuth, vol. 3, 6.4).
        let spread = value.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (spread >> 49) as usize;
        loop {
            let place = usize::from(self.places[at]);
            if place == 0 {
                self.values.push((value, 1));
                self.places[at] = self.values.len() as u16;
                return;
            }
            let known = &mut self.values[place - 1];
            if known.0 == value {
                known.1 += 1;
                return;
            }
            at = (at + 1) % PLACES;
        }
    }
}

/// Distinct values, ascending, with their counts; empty once there were too many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueCensus {
    values: Vec<(f64, u64)>,
    overflow: bool,
}

impl ValueCensus {
    /// Of the finite samples of a map, in metres.
    #[must_use]
    #[inline(never)]
    pub fn of(map_m: &[f64]) -> Self {
        let mut tally = Tally::new();
        for &value in map_m.iter().filter(|v| v.is_finite()) {
            // The two zeros are one value.
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

    /// The distinct values in metres, ascending, with their counts.
    #[must_use]
    pub fn values(&self) -> &[(f64, u64)] {
        &self.values
    }

    /// Whether there were more than [`MAX_VALUES`].
    #[must_use]
    pub fn overflow(&self) -> bool {
        self.overflow
    }

    /// Number of samples.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.values.iter().map(|v| v.1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_apart_and_merging_is_counting_together() {
        let map = [1.0, 2.0, 1.0, f64::NAN, -0.0, 0.0, 3.0, f64::INFINITY];
        let all = ValueCensus::of(&map);
        assert_eq!(all.values(), [(0.0, 2), (1.0, 2), (2.0, 1), (3.0, 1)]);
        let mut merged = ValueCensus::of(&map[..3]);
        merged.merge(&ValueCensus::of(&map[3..]));
        assert_eq!(merged, all);
        assert_eq!(merged.count(), 6);
    }

    #[test]
    fn too_many_values_are_said_not_kept() {
        let map: Vec<f64> = (0..=MAX_VALUES).map(|i| i as f64).collect();
        let mut census = ValueCensus::of(&map);
        assert!(census.overflow() && census.values().is_empty());
        census.merge(&ValueCensus::of(&[1.0]));
        assert!(census.overflow());
        let mut halves = ValueCensus::of(&map[..5000]);
        halves.merge(&ValueCensus::of(&map[5000..]));
        assert!(halves.overflow());
    }
}
