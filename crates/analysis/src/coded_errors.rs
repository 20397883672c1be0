//! Error sums of a code on a distribution: pixels below, inside and above the range, without any out-of-range policy.

use fathom_core::metrics::{CellSums, ErrorSums, ErrorTerms};
use fathom_core::quant::ScalarCode;
use fathom_core::stats::{BlockIndex, Distribution, RunningSums, SquareMoments, squared_deviation};

/// Indices at which the range divides the sorted depths: `..below` are below it, `above..` are above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cuts {
    below: usize,
    above: usize,
}

fn cuts(depths: &Distribution, code: &impl ScalarCode) -> Cuts {
    let range = code.range();
    let below = depths.first_at_least(0, usize::MAX, range.min_m());
    Cuts {
        below,
        above: depths.first_at_least(below, usize::MAX, range.max_m().next_up()),
    }
}

/// Maximum number of values of a code whose cells are fetched ahead. With more, the first blocks would leave the cache before use.
const MAX_FETCHED_LEVELS: usize = 1024;

/// Iteration over the cells of a code on sorted depths, with blocks of depths fetched ahead.
struct CellWalk<'a, C> {
    depths: &'a Distribution,
    code: &'a C,
    /// The block of depths at the end of each fetched cell.
    ends: Vec<BlockIndex>,
    /// The block of depths at each value, where errors change their sign. Sums of absolute errors need it.
    values: Vec<BlockIndex>,
}

impl<'a, C: ScalarCode> CellWalk<'a, C> {
    /// Fetches the blocks at the ends of the cells in one pass, and those at the values if `needs_values`.
    fn new(depths: &'a Distribution, code: &'a C, needs_values: bool) -> Self {
        let levels = code.levels();
        let fetched = if levels <= MAX_FETCHED_LEVELS {
            levels
        } else {
            0
        };
        Self {
            depths,
            code,
            ends: depths.prefetch((0..fetched).map(|index| code.upper_threshold_m(index))),
            values: if needs_values {
                depths.prefetch((0..fetched).map(|index| code.value_m(index)))
            } else {
                Vec::new()
            },
        }
    }

    /// Calls `cell` for every occupied cell of the depths `from..to`: with the end index of its depths, its value and the value's block.
    ///
    /// Empty cells of a fine code over few depths are skipped. The code's own rule decides where a cell ends. The computed boundary
    /// only tells where to search, so that ties and rounding agree with coding each pixel.
    fn for_each_cell(
        &self,
        from: usize,
        to: usize,
        mut cell: impl FnMut(usize, f64, Option<BlockIndex>),
    ) {
        let Self { depths, code, .. } = *self;
        let values = depths.values_m();
        let to = to.min(values.len());
        let mut start = from;
        let mut index = values[..to].get(from).map_or(0, |&d| code.index_of(d));
        while start < to {
            // The first depth belongs to the cell by construction. Starting after it guarantees progress.
            let known = self.ends.get(index).copied();
            let mut end =
                depths.first_at_least_in(start + 1, to, code.upper_threshold_m(index), known);
            let mut next = values[..to]
                .get(end)
                .map_or(usize::MAX, |&d| code.index_at_or_after(index, d));
            let is_last_in =
                end == start + 1 || code.index_at_or_after(index, values[end - 1]) == index;
            if next == index || !is_last_in {
                end = depths.partition_point(start + 1, to, |d| code.index_of(d) <= index);
                next = values[..to]
                    .get(end)
                    .map_or(usize::MAX, |&d| code.index_of(d));
            }
            cell(end, code.value_m(index), self.values.get(index).copied());
            start = end;
            index = next;
        }
    }
}

/// The error sums of a code on a distribution, in three disjoint parts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CodedErrors {
    /// Pixels below the range, coded as its first value.
    pub below: ErrorSums,
    /// Pixels inside the range.
    pub inside: ErrorSums,
    /// Pixels above the range, coded as its last value.
    pub above: ErrorSums,
    /// Sum of the depths below the range, in metres.
    pub below_depth_m: f64,
    /// Sum of the depths above the range, in metres.
    pub above_depth_m: f64,
}

impl CodedErrors {
    /// Measures a code on a distribution. Ratios and logarithms raise values to `eval_min_m`.
    #[must_use]
    pub fn measure(depths: &Distribution, code: &impl ScalarCode, eval_min_m: f64) -> Self {
        Self::measure_terms(depths, code, eval_min_m, ErrorTerms::ALL)
    }

    /// Measures only the sums of some [`ErrorTerms`], which is a few times cheaper. The other sums are undefined.
    #[must_use]
    pub fn measure_terms(
        depths: &Distribution,
        code: &impl ScalarCode,
        eval_min_m: f64,
        terms: ErrorTerms,
    ) -> Self {
        let cuts = cuts(depths, code);
        let end = depths.values_m().len();
        let walk = CellWalk::new(depths, code, terms.absolutes);
        let part = |from, to| {
            let mut sums = CellSums::new(depths, from, eval_min_m, terms);
            walk.for_each_cell(from, to, |end, value_m, known| {
                sums.add(end, value_m, known);
            });
            sums.finish()
        };
        let depth_m = |from, to| depths.sum_between::<SquareMoments>(from, to).depth.value();
        Self {
            below: part(0, cuts.below),
            inside: part(cuts.below, cuts.above),
            above: part(cuts.above, end),
            below_depth_m: depth_m(0, cuts.below),
            above_depth_m: depth_m(cuts.above, end),
        }
    }
}

/// Squared errors only, for sweeps of the RMSE: a few times cheaper than [`CodedErrors`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquaredErrors {
    /// Number of pixels inside the range.
    pub inside_count: f64,
    /// Sum of `(p - g)^2` over the pixels inside, in square metres: rounding.
    pub inside_square: f64,
    /// Number of pixels outside the range.
    pub outside_count: f64,
    /// Sum of `(p - g)^2` over the pixels outside, in square metres: clipping.
    pub outside_square: f64,
}

impl SquaredErrors {
    /// Measures a code on a distribution.
    #[must_use]
    pub fn measure(depths: &Distribution, code: &impl ScalarCode) -> Self {
        let cuts = cuts(depths, code);
        let end = depths.values_m().len();
        let walk = CellWalk::new(depths, code, false);
        let part = |from, to| {
            let (mut count, mut square) = (0.0, 0.0);
            let mut before: SquareMoments = depths.sums_before(from);
            walk.for_each_cell(from, to, |end, value_m, _| {
                let here: SquareMoments = depths.sums_before(end);
                let cell = here.minus(&before);
                count += cell.count;
                square += squared_deviation(cell.count, cell.depth, cell.square, value_m);
                before = here;
            });
            (count, square)
        };
        let (inside_count, inside_square) = part(cuts.below, cuts.above);
        let (below_count, below_square) = part(0, cuts.below);
        let (above_count, above_square) = part(cuts.above, end);
        Self {
            inside_count,
            inside_square,
            outside_count: below_count + above_count,
            outside_square: below_square + above_square,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::metrics::{DEFAULT_EVAL_MIN_M, pixel_sums};
    use fathom_core::quant::{Bits, CodeKind, CodeSpec, OutputRange};
    use fathom_core::stats::Resolution;
    use proptest::prelude::*;

    fn distribution(depths: &[f64]) -> Distribution {
        let mut values = depths.to_vec();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive depths")
    }

    #[track_caller]
    fn agree(what: &str, got: f64, expected: f64, tolerance: f64) {
        // Values below a millionth are rounding errors of perfect predictions.
        let scale = expected.abs().max(1e-6);
        assert!(
            (got - expected).abs() <= tolerance * scale,
            "{what}: {got} against {expected}"
        );
    }

    /// Codes each pixel separately and compares all three parts.
    #[track_caller]
    fn check(depths: &[f64], range: (f64, f64), bits: u8, kind: CodeKind, tolerance: f64) {
        let Ok(range) = OutputRange::new(range.0, range.1) else {
            return;
        };
        let code = kind.over(range, Bits::new(bits).expect("a width"));
        check_code(depths, &code, tolerance);
    }

    #[track_caller]
    fn check_code(depths: &[f64], code: &impl ScalarCode, tolerance: f64) {
        let d = distribution(depths);
        let got = CodedErrors::measure(&d, code, DEFAULT_EVAL_MIN_M);
        let squared = SquaredErrors::measure(&d, code);
        let part = |keep: &dyn Fn(f64) -> bool| {
            let kept: Vec<f64> = depths.iter().copied().filter(|&g| keep(g)).collect();
            let coded: Vec<f64> = kept.iter().map(|&g| code.reconstruct_m(g)).collect();
            let [sums] = pixel_sums(&kept, [&coded], DEFAULT_EVAL_MIN_M);
            sums.errors
        };
        let ends = code.range();
        let below = part(&|g| g < ends.min_m());
        let inside = part(&|g| ends.contains(g));
        let above = part(&|g| g > ends.max_m());
        for (name, a, b) in [
            ("below", got.below, below),
            ("inside", got.inside, inside),
            ("above", got.above, above),
        ] {
            agree(&format!("{name} count"), a.count, b.count, 0.0);
            agree(&format!("{name} square"), a.square, b.square, tolerance);
            agree(
                &format!("{name} absolute"),
                a.absolute,
                b.absolute,
                tolerance,
            );
            agree(
                &format!("{name} relative"),
                a.relative,
                b.relative,
                tolerance,
            );
            agree(
                &format!("{name} log"),
                a.log_square,
                b.log_square,
                tolerance * 10.0,
            );
            agree(&format!("{name} delta1"), a.within[0], b.within[0], 0.0);
            agree(&format!("{name} delta3"), a.within[2], b.within[2], 0.0);
        }
        agree("inside count", squared.inside_count, inside.count, 0.0);
        agree("rounding", squared.inside_square, inside.square, tolerance);
        agree(
            "clipping",
            squared.outside_square,
            below.square + above.square,
            tolerance,
        );
    }

    proptest! {
        #[test]
        fn eight_bits_equal_brute_force(
            depths in prop::collection::vec(0.01_f64..60.0, 1..400),
            a in 0.0_f64..3.0, width in 0.1_f64..80.0, zero_point in any::<bool>(),
        ) {
            let kind = if zero_point { CodeKind::UniformZeroPoint } else { CodeKind::Uniform };
            check(&depths, (a, a + width), 8, kind, 1e-9);
        }

        #[test]
        fn sixteen_bits_equal_brute_force(
            depths in prop::collection::vec(0.01_f64..60.0, 1..400),
            a in 0.0_f64..3.0, width in 0.1_f64..80.0,
        ) {
            check(&depths, (a, a + width), 16, CodeKind::Uniform, 1e-6);
        }

        #[test]
        fn every_code_equals_brute_force(
            depths in prop::collection::vec(0.01_f64..60.0, 1..200),
            a in 0.01_f64..3.0, width in 0.1_f64..80.0,
        ) {
            let range = OutputRange::new(a, a + width).expect("a range");
            for spec in CodeSpec::standard() {
                let code = spec.over(range, Bits::EIGHT).expect("a code");
                check_code(&depths, &code, if code.levels() > 2000 { 1e-6 } else { 1e-9 });
            }
        }

        #[test]
        fn integer_depths_with_many_ties_equal_brute_force(
            codes in prop::collection::vec(1_u16..4000, 1..400),
            a in 0_u16..10, bits in 1_u8..=16,
        ) {
            let depths: Vec<f64> = codes.iter().map(|&c| f64::from(c) / 1000.0).collect();
            let a = f64::from(a) / 4.0;
            check(&depths, (a, a + 2.55), bits, CodeKind::Uniform, 1e-6);
        }
    }

    #[test]
    fn enough_depths_to_fetch_cells_equal_brute_force() {
        // Between 0.3 m and 28 m, most of them near, in pseudo-random order.
        let depth = |i: u32| {
            let share = f64::from(i.wrapping_mul(2_654_435_761)) / 4_294_967_296.0;
            0.3 + 27.7 * share * share * share
        };
        let depths: Vec<f64> = (0..140_000).map(depth).collect();
        for (range, bits) in [((0.5, 15.0), 8), ((0.0, 3.0), 6), ((2.0, 30.0), 10)] {
            check(&depths, range, bits, CodeKind::Uniform, 1e-9);
        }
        check(&depths, (0.5, 15.0), 8, CodeKind::UniformZeroPoint, 1e-9);
    }

    #[test]
    fn tiny_constant_and_adversarial_depths_equal_brute_force() {
        let rows: [(&[f64], (f64, f64), u8); 8] = [
            (&[1.0], (0.5, 15.0), 8),
            (&[0.5, 15.0], (0.5, 15.0), 8),
            (&[3.0, 3.0, 3.0], (3.0, 4.0), 8),
            (&[1.0, 2.0], (0.0, 1.0), 1),
            (&[1e-130, 1e-5, 2.0], (0.0, 3.0), 8),
            (&[100.0, 200.0], (0.5, 15.0), 8),
            (&[0.1, 0.2], (0.5, 15.0), 8),
            (&[7.5, f64::from_bits(7.5_f64.to_bits() + 1)], (0.5, 7.5), 8),
        ];
        for (depths, range, bits) in rows {
            check(depths, range, bits, CodeKind::Uniform, 1e-9);
            check(depths, range, bits, CodeKind::UniformZeroPoint, 1e-9);
        }
    }

    #[test]
    fn depths_too_small_to_invert_give_finite_sums() {
        let depths = distribution(&[5e-324, 1e-310, 1e-200, 2.0]);
        let range = OutputRange::new(0.0, 3.0).expect("a range");
        let code = CodeKind::Uniform.over(range, Bits::EIGHT);
        let errors = CodedErrors::measure(&depths, &code, DEFAULT_EVAL_MIN_M);
        let text = format!("{errors:?}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}
