//! The piecewise uniform code: each piece of the range has its own bits.
//!
//! A piece of `n` values is cut into `n` equal cells, each coded by its midpoint. So the largest error is half a cell everywhere, and no
//! value occurs twice. If pieces included both ends, every inner knot would have two values.

use serde::{Deserialize, Serialize};

use super::bit_width::Bits;
use super::code_error::{CodeError, check_levels};
use super::output_range::OutputRange;
use super::table_code::TableCode;

/// Largest number of pieces.
const MAX_PIECES: usize = 16;

/// Knots and bit widths of a piecewise code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pieces {
    /// Ends of the pieces in metres, ascending: one more than pieces.
    pub knots_m: Vec<f64>,
    /// Bit width of each piece.
    pub bits: Vec<Bits>,
}

impl Pieces {
    /// The published depth-aware example: 0.5 to 3 m at 10 bits, 3 to 10 m at 8, 10 to 15 m at 6.
    #[must_use]
    pub fn depth_aware() -> Self {
        Self {
            knots_m: vec![0.5, 3.0, 10.0, 15.0],
            bits: [10, 8, 6].into_iter().filter_map(Bits::new).collect(),
        }
    }

    /// Number of values: the sum over the pieces, not the largest of them.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.bits.iter().map(|bits| 1_usize << bits.get()).sum()
    }

    /// The code with the given bits.
    pub(super) fn code(&self, name: &str) -> Result<TableCode, CodeError> {
        let counts: Vec<usize> = self.bits.iter().map(|bits| 1 << bits.get()).collect();
        self.with_counts(name, &counts)
    }

    /// The code with `levels` values, shared among the pieces in proportion to their own, at least one each.
    pub(super) fn with_levels(&self, name: &str, levels: usize) -> Result<TableCode, CodeError> {
        check_levels(levels)?;
        if levels < self.bits.len() {
            return Err(CodeError::Levels(levels));
        }
        self.with_counts(name, &shared(&self.bits, levels))
    }

    fn with_counts(&self, name: &str, counts: &[usize]) -> Result<TableCode, CodeError> {
        let (knots, pieces) = (self.knots_m.len(), self.bits.len());
        if pieces == 0 || pieces > MAX_PIECES || knots != pieces + 1 {
            return Err(CodeError::Pieces { knots, pieces });
        }
        check_levels(counts.iter().sum())?;
        let range = OutputRange::new(self.knots_m[0], self.knots_m[pieces])?;
        let (mut values_m, mut starts_m) = (Vec::new(), Vec::new());
        for (ends, &count) in self.knots_m.windows(2).zip(counts) {
            let piece = OutputRange::new(ends[0], ends[1])?;
            let at = |cells: f64| piece.min_m() + piece.width_m() * (cells / count as f64);
            starts_m.extend((0..count).map(|k| at(k as f64)));
            values_m.extend((0..count).map(|k| at(k as f64 + 0.5)));
        }
        // The first value has no boundary below it.
        starts_m.remove(0);
        TableCode::new(name, range, values_m, starts_m)
    }
}

/// Shares `levels` in proportion to `2^bits` by largest remainders, at least one each.
fn shared(bits: &[Bits], levels: usize) -> Vec<usize> {
    let total: f64 = bits.iter().map(|b| f64::from(b.steps() + 1)).sum();
    let free = (levels - bits.len()) as f64;
    let exact: Vec<f64> = bits
        .iter()
        .map(|b| 1.0 + free * f64::from(b.steps() + 1) / total)
        .collect();
    let mut counts: Vec<usize> = exact.iter().map(|&share| share as usize).collect();
    let mut order: Vec<usize> = (0..bits.len()).collect();
    order.sort_by(|&i, &j| (exact[j] - exact[j].floor()).total_cmp(&(exact[i] - exact[i].floor())));
    let missing = levels.saturating_sub(counts.iter().sum());
    for &i in order.iter().cycle().take(missing) {
        counts[i] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::ScalarCode;
    use proptest::prelude::*;

    #[test]
    fn the_published_example_has_more_than_eight_bits() {
        let code = Pieces::depth_aware().code("piecewise").expect("a code");
        assert_eq!(code.levels(), 1344);
        assert!((code.level_bits() - 10.392).abs() < 1e-3);
        assert_eq!(code.storage_bits(), 11);
        for (depth_m, step_m) in [(1.0, 2.5 / 1024.0), (5.0, 7.0 / 256.0), (12.0, 5.0 / 64.0)] {
            let got = code.step_at_m(depth_m).expect("inside");
            assert!((got - step_m).abs() < 1e-12, "{got} at {depth_m} m");
        }
    }

    #[test]
    fn a_knot_belongs_to_the_farther_piece() {
        let code = Pieces::depth_aware().code("piecewise").expect("a code");
        assert_eq!(code.index_of(3.0), 1024);
        assert_eq!(code.index_of(3.0_f64.next_down()), 1023);
        assert_eq!(code.index_of(99.0), 1343);
    }

    #[test]
    fn invalid_pieces_are_refused() {
        let bits = |n: u8| vec![Bits::new(8).expect("a width"); usize::from(n)];
        for (knots_m, bits) in [
            (vec![], vec![]),
            (vec![1.0, 2.0], bits(2)),
            (vec![2.0, 1.0], bits(1)),
            (vec![1.0, 1.0, 2.0], bits(2)),
            (vec![1.0, f64::NAN, 2.0], bits(2)),
            ((0..18).map(f64::from).collect(), bits(17)),
        ] {
            let pieces = Pieces { knots_m, bits };
            assert!(pieces.code("piecewise").is_err(), "{pieces:?}");
        }
    }

    proptest! {
        #[test]
        fn shares_add_up(widths in prop::collection::vec(1_u8..=12, 1..10), more in 0_usize..5000) {
            let bits: Vec<Bits> = widths.iter().filter_map(|&b| Bits::new(b)).collect();
            let levels = bits.len() + more;
            let counts = shared(&bits, levels);
            prop_assert_eq!(counts.iter().sum::<usize>(), levels);
            prop_assert!(counts.iter().all(|&c| c > 0));
        }

        #[test]
        fn the_error_is_at_most_half_a_cell(depth_m in 0.5_f64..15.0) {
            let code = Pieces::depth_aware().code("piecewise").expect("a code");
            let cell = if depth_m < 3.0 { 2.5 / 1024.0 } else if depth_m < 10.0 { 7.0 / 256.0 } else { 5.0 / 64.0 };
            prop_assert!((code.reconstruct_m(depth_m) - depth_m).abs() <= cell / 2.0 + 1e-12);
        }
    }
}
