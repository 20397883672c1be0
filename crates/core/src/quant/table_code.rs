//! A code as a table of values and thresholds.
//!
//! Every code that is not uniform is a table. So its rule never decreases, whatever the rounding of a logarithm, and a look-up is a
//! binary search instead of a logarithm.

use super::code_error::{CodeError, check_levels};
use super::output_range::OutputRange;
use super::scalar_code::ScalarCode;

/// Ascending values and the thresholds between them.
#[derive(Clone, Debug, PartialEq)]
pub struct TableCode {
    range: OutputRange,
    values_m: Vec<f64>,
    /// `starts_m[k]` is the smallest depth that gets the value `k + 1`.
    starts_m: Vec<f64>,
    storage_bits: u32,
}

impl TableCode {
    /// The code of ascending values in metres and the smallest depth of each value except the first.
    ///
    /// # Errors
    /// [`CodeError::Levels`] for too few or too many values. [`CodeError::Crowded`] if they do not ascend, or a threshold is not between
    /// its two values.
    pub(super) fn new(
        name: &str,
        range: OutputRange,
        values_m: Vec<f64>,
        starts_m: Vec<f64>,
    ) -> Result<Self, CodeError> {
        check_levels(values_m.len())?;
        let between = |(pair, &start): (&[f64], &f64)| pair[0] <= start && start <= pair[1];
        let ascends = values_m.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = starts_m.len() + 1 == values_m.len();
        if !ascends || !fits || !values_m.windows(2).zip(&starts_m).all(between) {
            return Err(CodeError::Crowded(name.to_owned()));
        }
        let storage_bits = values_m.len().next_power_of_two().trailing_zeros();
        Ok(Self {
            range,
            values_m,
            starts_m,
            storage_bits,
        })
    }

    /// The code that gives every depth the nearest of ascending values. Ties go to the even index, as in IEEE 754.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) fn nearest(
        name: &str,
        range: OutputRange,
        values_m: Vec<f64>,
    ) -> Result<Self, CodeError> {
        let starts_m = values_m
            .windows(2)
            .enumerate()
            .map(|(k, pair)| {
                let middle = pair[0] + (pair[1] - pair[0]) / 2.0;
                // A midpoint goes to the even index.
                if k % 2 == 0 { middle.next_up() } else { middle }
            })
            .collect();
        Self::new(name, range, values_m, starts_m)
    }

    /// The code with this number of bits for each stored number.
    #[must_use]
    pub(super) fn stored_in(self, storage_bits: u32) -> Self {
        Self {
            storage_bits,
            ..self
        }
    }

    /// The values, in metres, ascending.
    #[must_use]
    pub fn values_m(&self) -> &[f64] {
        &self.values_m
    }
}

impl ScalarCode for TableCode {
    fn levels(&self) -> usize {
        self.values_m.len()
    }

    fn value_m(&self, index: usize) -> f64 {
        self.values_m[index]
    }

    fn index_of(&self, depth_m: f64) -> usize {
        self.starts_m.partition_point(|&start| start <= depth_m)
    }

    fn index_at_or_after(&self, min_index: usize, depth_m: f64) -> usize {
        let rest = self.starts_m.get(min_index..).unwrap_or_default();
        // Most often the next depth gets the next value.
        let mut near = 0;
        let mut stride = 1;
        while rest
            .get(near + stride - 1)
            .is_some_and(|&start| start <= depth_m)
        {
            near += stride;
            stride *= 2;
        }
        let far = (near + stride).min(rest.len());
        min_index + near + rest[near..far].partition_point(|&start| start <= depth_m)
    }

    fn range(&self) -> OutputRange {
        self.range
    }

    fn upper_threshold_m(&self, index: usize) -> f64 {
        self.starts_m.get(index).copied().unwrap_or(f64::INFINITY)
    }

    fn storage_bits(&self) -> u32 {
        self.storage_bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(values_m: Vec<f64>) -> TableCode {
        let range = OutputRange::new(0.0, 100.0).expect("a range");
        TableCode::nearest("test", range, values_m).expect("values")
    }

    #[test]
    fn ties_go_to_the_even_index() {
        let code = code(vec![0.0, 1.0, 2.0, 4.0]);
        for (depth_m, index) in [(-1.0, 0), (0.5, 0), (1.5, 2), (3.0, 2), (3.1, 3), (99.0, 3)] {
            assert_eq!(code.index_of(depth_m), index, "{depth_m}");
        }
    }

    #[test]
    fn a_step_is_the_distance_of_the_values_around_a_depth() {
        let code = code(vec![1.0, 2.0, 4.0, 8.0]);
        for (depth_m, step) in [
            (0.9, None),
            (1.0, Some(1.0)),
            (1.9, Some(1.0)),
            (2.0, Some(2.0)),
            (3.9, Some(2.0)),
            (7.0, Some(4.0)),
            (8.0, Some(4.0)),
            (8.1, None),
        ] {
            assert_eq!(code.step_at_m(depth_m), step, "{depth_m}");
        }
    }

    #[test]
    fn values_that_do_not_ascend_are_refused() {
        let range = OutputRange::new(0.0, 100.0).expect("a range");
        let refused = |values: &[f64]| TableCode::nearest("test", range, values.to_vec()).is_err();
        assert!(refused(&[]) && refused(&[1.0]) && refused(&[1.0, 1.0]) && refused(&[2.0, 1.0]));
        assert!(refused(&[1.0, f64::NAN]));
    }

    proptest! {
        #[test]
        fn a_look_up_from_a_lower_index_equals_a_full_one(
            mut values in prop::collection::vec(0.0_f64..100.0, 2..200), depth_m in -1.0_f64..101.0, min_index in 0_usize..200,
        ) {
            values.sort_by(f64::total_cmp);
            values.dedup();
            if values.len() > 1 {
                let code = code(values);
                let index = code.index_of(depth_m);
                prop_assert_eq!(code.index_at_or_after(min_index.min(index), depth_m), index);
                let next = code.upper_threshold_m(index);
                prop_assert!(depth_m < next && code.index_of(next.min(1e3)) == (index + 1).min(code.levels() - 1));
            }
        }

        #[test]
        fn no_value_is_nearer_than_the_chosen_one(
            mut values in prop::collection::vec(0.0_f64..50.0, 2..60), depth_m in -5.0_f64..60.0,
        ) {
            values.sort_by(f64::total_cmp);
            values.dedup();
            prop_assume!(values.len() > 1);
            let code = code(values.clone());
            let error = (code.reconstruct_m(depth_m) - depth_m).abs();
            let min_index = values.iter().map(|v| (v - depth_m).abs()).fold(f64::INFINITY, f64::min);
            prop_assert!(error <= min_index * (1.0 + 1e-12) + 1e-15);
        }
    }
}
