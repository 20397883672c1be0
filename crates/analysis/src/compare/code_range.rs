//! The range that an output code represents.
//!
//! The values of maps prove the step of the code and its offset. They prove an end only where the code saturates. Where zero lies on the
//! grid, the code has a zero point `z`, and `n` bits represent `[-z s, (2^n - 1 - z) s]` (Jacob et al., "Quantization and training of neural
//! networks for efficient integer-arithmetic-only inference", 2018, section 2.1). Signed codes are counted from their smallest one here.

use fathom_core::quant::{Bits, OutputRange};
use serde::{Deserialize, Serialize};

use super::grid_quantity::GridQuantity;
use super::output_grid::OutputGrid;

/// The evidence for an end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EndEvidence {
    /// Depths beyond it clip to it: the maps prove it.
    Saturates,
    /// It follows from the step, the number of bits, and the zero point or the other end.
    FollowsFromBits,
    /// The zero point is taken to be 0, so the range ends at zero.
    ZeroPointAssumed,
    /// It is the last value that occurs; the range may reach further.
    Seen,
}

/// The evidence for a zero point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ZeroPointEvidence {
    /// An end that saturates fixes it.
    Proved,
    /// Values below zero prove that it is at least as large; it is taken to be no larger.
    AtLeast,
    /// No value lies below zero, so it is taken to be 0.
    Assumed,
}

/// The code of zero, counted from the smallest code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ZeroPoint {
    /// The code.
    pub code: u32,
    /// Its evidence.
    pub evidence: ZeroPointEvidence,
}

/// The range that an output code represents, with the evidence for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeRange {
    /// The quantity with equal steps.
    pub quantity: GridQuantity,
    /// Distance between neighbouring codes, in the unit of the quantity.
    pub step: f64,
    /// Near end, in metres. Negative for codes with values below zero.
    pub min_m: f64,
    /// Far end, in metres. Infinite for a code that includes zero inverse depth.
    pub max_m: f64,
    /// Evidence for the near end.
    pub min_evidence: EndEvidence,
    /// Evidence for the far end.
    pub max_evidence: EndEvidence,
    /// The zero point; `None` where zero is not on the grid, or not in the range.
    pub zero_point: Option<ZeroPoint>,
    /// Number of codes that occur.
    pub codes_seen: u32,
    /// Number of codes from end to end.
    pub codes: u32,
}

/// The ends of a range as indices of codes in the order of the quantity, with their evidence.
#[derive(Clone, Copy, Debug)]
struct Ends {
    low: (i64, EndEvidence),
    high: (i64, EndEvidence),
    zero_point: Option<(i64, ZeroPointEvidence)>,
}

/// The codes that occur, in the order of the quantity.
#[derive(Clone, Copy, Debug)]
struct SeenCodes {
    low: i64,
    high: i64,
    low_saturates: bool,
    high_saturates: bool,
}

impl SeenCodes {
    /// The ends around a zero point; indices are multiples of the step. `None` where the codes do not fit into the bits with zero.
    fn around_zero(self, steps: i64) -> Option<Ends> {
        use EndEvidence::{FollowsFromBits, Saturates, Seen, ZeroPointAssumed};
        use ZeroPointEvidence::{Assumed, AtLeast, Proved};
        let Self { low, high, .. } = self;
        if high - low.min(0) > steps {
            return None;
        }
        // Codes with a zero point include zero, so a start above zero is none of theirs, however many pixels it has.
        let low_saturates = self.low_saturates && low <= 0;
        let ends = |low, high, zero_point| Ends {
            low,
            high,
            zero_point: Some(zero_point),
        };
        Some(match (low_saturates, self.high_saturates) {
            (true, true) => ends((low, Saturates), (high, Saturates), (-low, Proved)),
            (true, false) => ends(
                (low, Saturates),
                (low + steps, FollowsFromBits),
                (-low, Proved),
            ),
            (false, true) if low < 0 || high == steps => ends(
                (high - steps, FollowsFromBits),
                (high, Saturates),
                (steps - high, Proved),
            ),
            (false, true) => ends((0, ZeroPointAssumed), (high, Saturates), (0, Assumed)),
            (false, false) if low < 0 => {
                ends((low, Seen), (low + steps, FollowsFromBits), (-low, AtLeast))
            }
            (false, false) => ends(
                (0, ZeroPointAssumed),
                (steps, FollowsFromBits),
                (0, Assumed),
            ),
        })
    }

    /// The ends of a code whose zero is unknown.
    fn without_zero(self, steps: i64) -> Ends {
        use EndEvidence::{FollowsFromBits, Saturates, Seen};
        let Self { low, high, .. } = self;
        let fits = high - low <= steps;
        let (low, high) = match (self.low_saturates, self.high_saturates) {
            (true, true) => ((low, Saturates), (high, Saturates)),
            (true, false) if fits => ((low, Saturates), (low + steps, FollowsFromBits)),
            (false, true) if fits => ((high - steps, FollowsFromBits), (high, Saturates)),
            (true, false) => ((low, Saturates), (high, Seen)),
            (false, true) => ((low, Seen), (high, Saturates)),
            (false, false) => ((low, Seen), (high, Seen)),
        };
        Ends {
            low,
            high,
            zero_point: None,
        }
    }
}

impl CodeRange {
    /// Derives the range from the grid of INT8's values and the number of bits of its output.
    #[must_use]
    pub fn from_grid(grid: &OutputGrid, bits: Bits) -> Self {
        // Indices of a grid count from the smallest depth; inverse depth falls with it.
        let rises = grid.quantity != GridQuantity::InverseDepth;
        let zero = grid.zero_at.unwrap_or(0);
        let to_quantity = |index: i64| if rises { index - zero } else { zero - index };
        let to_grid = |code: i64| if rises { code + zero } else { zero - code };
        let ends = [to_quantity(0), to_quantity(i64::from(grid.steps))];
        let saturates = [grid.saturates_at_min, grid.saturates_at_max];
        let (first, last) = if rises { (0, 1) } else { (1, 0) };
        let seen = SeenCodes {
            low: ends[first],
            high: ends[last],
            low_saturates: saturates[first],
            high_saturates: saturates[last],
        };
        let steps = i64::from(bits.steps());
        let around_zero = grid.zero_at.and_then(|_| seen.around_zero(steps));
        let ends = around_zero.unwrap_or_else(|| seen.without_zero(steps));
        let depth_m = |code: i64| match (grid.zero_at, grid.quantity) {
            // Exactly, not to a rounding error.
            (Some(_), GridQuantity::Depth) if code == 0 => 0.0,
            (Some(_), GridQuantity::InverseDepth) if code <= 0 => f64::INFINITY,
            _ => grid.level_m(to_grid(code) as f64),
        };
        let (near, far) = if rises {
            (ends.low, ends.high)
        } else {
            (ends.high, ends.low)
        };
        Self {
            quantity: grid.quantity,
            step: grid.step,
            min_m: depth_m(near.0),
            max_m: depth_m(far.0),
            min_evidence: near.1,
            max_evidence: far.1,
            zero_point: ends.zero_point.map(|(code, evidence)| ZeroPoint {
                code: code as u32,
                evidence,
            }),
            codes_seen: grid.used_codes,
            codes: (ends.high.0 - ends.low.0 + 1) as u32,
        }
    }

    /// Returns the range of a code with equal steps in depth; `None` for other quantities.
    #[must_use]
    pub fn uniform_range(&self) -> Option<OutputRange> {
        let is_uniform = self.quantity == GridQuantity::Depth;
        let range = is_uniform.then(|| OutputRange::new(self.min_m, self.max_m));
        range?.ok()
    }

    /// Returns true if both ends are proved by the maps or follow from the bits, without an assumption on the zero point.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        let known = |evidence| {
            matches!(
                evidence,
                EndEvidence::Saturates | EndEvidence::FollowsFromBits
            )
        };
        let is_assumed = self
            .zero_point
            .is_some_and(|zero| zero.evidence != ZeroPointEvidence::Proved);
        known(self.min_evidence) && known(self.max_evidence) && !is_assumed
    }
}

#[cfg(test)]
mod tests {
    use super::super::value_counts::ValueCounts;
    use super::*;
    use proptest::prelude::*;

    /// The grid of values on these multiples of a step, each with its number of pixels.
    fn grid(codes: impl IntoIterator<Item = (i64, usize)>, step: f64) -> OutputGrid {
        let pixels = |(code, count)| std::iter::repeat_n(code as f64 * step, count);
        let values: Vec<f64> = codes.into_iter().flat_map(pixels).collect();
        let single: Vec<f64> = values.iter().map(|v| f64::from(*v as f32)).collect();
        OutputGrid::detect(&ValueCounts::from_map(&single)).expect("a grid")
    }

    fn even(codes: std::ops::RangeInclusive<i64>) -> impl Iterator<Item = (i64, usize)> {
        codes.map(|code| (code, 9))
    }

    fn range(grid: &OutputGrid) -> CodeRange {
        CodeRange::from_grid(grid, Bits::EIGHT)
    }

    #[track_caller]
    fn has_ends(range: &CodeRange, min_m: f64, max_m: f64) {
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-5 * (max_m - min_m);
        assert!(
            close(range.min_m, min_m) && close(range.max_m, max_m),
            "{range:?} is not [{min_m}, {max_m}]"
        );
    }

    #[test]
    fn the_end_follows_from_eight_bits_where_no_value_lies_below_zero() {
        let step = 0.047_593;
        for codes in [0..=199, 3..=199] {
            let found = range(&grid(even(codes), step));
            has_ends(&found, 0.0, 12.136_215);
            assert_eq!(found.min_m, 0.0);
            assert_eq!(
                (found.min_evidence, found.max_evidence),
                (EndEvidence::ZeroPointAssumed, EndEvidence::FollowsFromBits)
            );
            let zero_point = ZeroPoint {
                code: 0,
                evidence: ZeroPointEvidence::Assumed,
            };
            assert_eq!(found.zero_point, Some(zero_point));
            assert_eq!(found.codes, 256);
            assert!(!found.is_certain());
            let uniform = found.uniform_range().expect("a range");
            assert!((uniform.max_m() - 12.136_215).abs() < 1e-4);
        }
    }

    #[test]
    fn more_bits_reach_further() {
        let bits = Bits::new(10).expect("bits");
        let found = CodeRange::from_grid(&grid(even(0..=199), 0.01), bits);
        has_ends(&found, 0.0, 10.23);
        assert_eq!(found.codes, 1024);
    }

    #[test]
    fn a_top_code_that_saturates_is_the_end() {
        let found = range(&grid(even(0..=120).chain([(121, 500)]), 0.05));
        has_ends(&found, 0.0, 6.05);
        assert_eq!(
            (found.min_evidence, found.max_evidence),
            (EndEvidence::ZeroPointAssumed, EndEvidence::Saturates)
        );
        // 255 steps leave no other zero point.
        let full = range(&grid(even(2..=254).chain([(255, 900)]), 0.05));
        has_ends(&full, 0.0, 12.75);
        assert!(full.is_certain(), "{full:?}");
    }

    #[test]
    fn values_below_zero_prove_a_zero_point() {
        let found = range(&grid(even(-20..=150), 0.05));
        has_ends(&found, -1.0, 11.75);
        assert_eq!(
            found.zero_point,
            Some(ZeroPoint {
                code: 20,
                evidence: ZeroPointEvidence::AtLeast
            })
        );
        assert_eq!(
            (found.min_evidence, found.max_evidence),
            (EndEvidence::Seen, EndEvidence::FollowsFromBits)
        );
        // Where the lowest or the top code saturates, the zero point is certain.
        let low = range(&grid([(-20, 900)].into_iter().chain(even(-19..=150)), 0.05));
        has_ends(&low, -1.0, 11.75);
        assert!(low.is_certain());
        let high = range(&grid(even(-20..=149).chain([(150, 900)]), 0.05));
        has_ends(&high, -5.25, 7.5);
        assert!(high.is_certain() && high.zero_point.is_some_and(|z| z.code == 105));
    }

    #[test]
    fn a_wall_on_the_smallest_value_is_no_end_of_a_code_with_a_zero_point() {
        let found = range(&grid([(40, 900)].into_iter().chain(even(41..=150)), 0.05));
        has_ends(&found, 0.0, 12.75);
    }

    #[test]
    fn without_zero_on_the_grid_the_ends_are_those_seen() {
        let shifted = |codes: Vec<(i64, usize)>| {
            let pixels = |(code, count)| std::iter::repeat_n(0.52 + code as f64 * 0.05, count);
            let values: Vec<f64> = codes.into_iter().flat_map(pixels).collect();
            range(&OutputGrid::detect(&ValueCounts::from_map(&values)).expect("a grid"))
        };
        let seen = shifted(even(0..=100).collect());
        has_ends(&seen, 0.52, 5.52);
        assert_eq!(
            (seen.min_evidence, seen.max_evidence, seen.zero_point),
            (EndEvidence::Seen, EndEvidence::Seen, None)
        );
        assert_eq!((seen.codes_seen, seen.codes), (101, 101));
        let start = shifted([(0, 900)].into_iter().chain(even(1..=100)).collect());
        has_ends(&start, 0.52, 0.52 + 12.75);
        assert_eq!(start.max_evidence, EndEvidence::FollowsFromBits);
        let both = shifted(
            [(0, 900)]
                .into_iter()
                .chain(even(1..=99))
                .chain([(100, 900)])
                .collect(),
        );
        has_ends(&both, 0.52, 5.52);
        assert!(both.is_certain());
    }

    #[test]
    fn codes_that_do_not_fit_into_the_bits_prove_only_what_is_seen() {
        let found = range(&grid(even(0..=300), 0.05));
        has_ends(&found, 0.0, 15.0);
        assert_eq!(found.max_evidence, EndEvidence::Seen);
        assert_eq!(found.zero_point, None);
    }

    #[test]
    fn inverse_depth_with_a_zero_point_reaches_infinity() {
        let disparities = |first: i64, last: i64, shift: f64| {
            let depths: Vec<f64> = (first..=last)
                .flat_map(|k| [1.0 / (0.01 * k as f64 + shift); 9])
                .collect();
            range(&OutputGrid::detect(&ValueCounts::from_map(&depths)).expect("a grid"))
        };
        let found = disparities(3, 200, 0.0);
        assert_eq!(found.quantity, GridQuantity::InverseDepth);
        assert!((found.min_m - 1.0 / 2.55).abs() < 1e-6 && found.max_m == f64::INFINITY);
        assert_eq!(found.min_evidence, EndEvidence::FollowsFromBits);
        assert_eq!(found.uniform_range(), None);
        let seen = disparities(3, 200, 0.004);
        has_ends(&seen, 1.0 / 2.004, 1.0 / 0.034);
        assert_eq!(seen.max_evidence, EndEvidence::Seen);
    }

    proptest! {
        #[test]
        fn the_range_contains_every_value_and_the_code_that_made_it(
            zero_point in 0_i64..=255, step in 1e-3_f64..0.2, first in 0_i64..200, length in 20_i64..256, positive in any::<bool>(),
            walls in (any::<bool>(), any::<bool>()),
        ) {
            // A part of the codes of a tensor; depths of a network are seldom below zero.
            let last = (first + length).min(255);
            let low = if positive { (first - zero_point).max(0) } else { first - zero_point };
            let high = last - zero_point;
            prop_assume!(high - low >= 20);
            let wall = |is_wall: bool| if is_wall { 700 } else { 9 };
            // A wall on an end code of the tensor is a saturation.
            let low_wall = walls.0 && low == -zero_point;
            let high_wall = walls.1 && high == 255 - zero_point;
            let codes = [(low, wall(low_wall))].into_iter().chain(even(low + 1..=high - 1)).chain([(high, wall(high_wall))]);
            let found = range(&grid(codes, step));
            let to_code = |depth_m: f64| (depth_m / step).round() as i64;
            let (start, end) = (to_code(found.min_m), to_code(found.max_m));
            prop_assert!(start <= low && high <= end, "{:?}", found);
            prop_assert!(end - start <= 255);
            if let Some(zero) = found.zero_point {
                let own = i64::from(zero.code);
                prop_assert_eq!(own, -start);
                match zero.evidence {
                    ZeroPointEvidence::Proved => prop_assert_eq!(own, zero_point),
                    ZeroPointEvidence::AtLeast | ZeroPointEvidence::Assumed => prop_assert!(own <= zero_point),
                }
            }
            if found.is_certain() {
                prop_assert_eq!((start, end), (-zero_point, 255 - zero_point));
            }
            for (evidence, at, own) in [(found.min_evidence, start, -zero_point), (found.max_evidence, end, 255 - zero_point)] {
                if evidence == EndEvidence::Saturates {
                    prop_assert_eq!(at, own);
                }
            }
        }
    }
}
