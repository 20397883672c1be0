//! The output grid of quantized maps, recovered from their values alone.
//!
//! Values of a grid arrive rounded to single precision, to half precision or to whole millimetres. Among candidate steps the one is chosen
//! whose multiples the values meet with the smallest probability by chance.

use super::eval_protocol::Affine;
use super::interpolated_grid;
use super::value_counts::{MAX_VALUES, ValueCounts};
use fathom_core::i18n::tr;
use fathom_core::units;
use serde::{Deserialize, Serialize};

/// Largest distance of a value from its grid point, in steps. Values saved as half floats reach 0.1; values without a grid reach 0.5.
const MAX_RESIDUAL: f64 = 0.2;

/// A grid is accepted if unrelated values would meet it with less than this probability, as a power of ten.
const MAX_LOG10_CHANCE: f64 = -6.0;

/// Largest number of steps from end to end: 16 bits.
const MAX_STEPS: f64 = 65_535.0;

/// Largest divisor of a gap between used codes that is tried as a step.
const MAX_DIVISOR: u32 = 8;

/// Values closer than this share of the largest one are equal: four roundings to single precision.
const SAME: f64 = 4.0 * f32::EPSILON as f64;

/// An end code saturates if it has this many times the pixels of the next code and more than [`SATURATED_SHARE`].
const SATURATED_RATIO: f64 = 3.0;

/// Smallest share of pixels of a saturated end code.
const SATURATED_SHARE: f64 = 1e-3;

/// An output grid: equally spaced values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputGrid {
    /// Distance between neighbouring codes, in metres.
    pub step_m: f64,
    /// Smallest value in use, in metres.
    pub min_m: f64,
    /// Largest value in use, in metres.
    pub max_m: f64,
    /// Number of steps from the smallest to the largest value.
    pub steps: u32,
    /// Number of codes in use. The others between the ends are [`Self::empty_codes`].
    pub used_codes: u32,
    /// Share of pixels on the smallest value.
    pub at_min: f64,
    /// Share of pixels on the largest value.
    pub at_max: f64,
    /// True if pixels clip at the smallest value.
    pub saturates_at_min: bool,
    /// True if pixels clip at the largest value.
    pub saturates_at_max: bool,
    /// Position of 0 m in steps above the smallest value; `None` where 0 m is not on the grid, for example after a shift.
    pub zero_at: Option<i64>,
    /// Largest distance of a value from its grid point, in steps.
    pub residual: f64,
    /// Decimal logarithm of the probability that unrelated values meet a grid as well.
    pub log10_chance: f64,
}

/// The reason why no grid can be recovered.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    /// More distinct values than one INT8 output has.
    #[error("{}", tr!("more than {MAX_VALUES} distinct values: these are not the codes of one INT8 output", MAX_VALUES))]
    TooManyValues,
    /// Too few distinct values.
    #[error("{}", tr!("only {found} distinct values: too few to tell a step from", found = .found))]
    TooFewValues {
        /// Distinct values.
        found: usize,
    },
    /// The values are not equally spaced.
    #[error("{}", tr!(
        "{found} distinct values that are not equally spaced: interpolated or filtered after quantization, or not quantized",
        found = .found
    ))]
    NotEquallySpaced {
        /// Distinct values.
        found: usize,
    },
    /// The values were interpolated between those of a coarser grid, which is the output's.
    #[error("{}", tr!(
        "values between those of a coarser grid with a step of {}, as bilinear resizing makes them after quantization: compare maps of the network's own size, \
         or resized to the nearest pixel",
        units::length(*.step_m)
    ))]
    Interpolated {
        /// Step of the coarser grid, in metres.
        step_m: f64,
    },
}

/// A candidate grid with its goodness of fit.
#[derive(Clone, Copy, Debug)]
struct Fit {
    step: f64,
    origin: f64,
    residual: f64,
    log10_chance: f64,
}

impl OutputGrid {
    /// Detects the grid of the values.
    ///
    /// # Errors
    /// [`GridError`] where the values lie on no grid or on one that interpolation made.
    pub(super) fn detect(value_counts: &ValueCounts) -> Result<Self, GridError> {
        if value_counts.overflow() {
            return Err(GridError::TooManyValues);
        }
        let values = distinct(value_counts.values());
        let found = values.len();
        if found < 4 {
            return Err(GridError::TooFewValues { found });
        }
        let best = candidates(&values)
            .into_iter()
            .filter_map(|step| Fit::around(&values, step))
            .min_by(|a, b| a.log10_chance.total_cmp(&b.log10_chance));
        match best {
            Some(fit) if fit.log10_chance <= MAX_LOG10_CHANCE => {
                let index = |value: f64| ((value - fit.origin) / fit.step).round();
                let first = index(values[0].0);
                let codes: Vec<(usize, f64)> = values
                    .iter()
                    .map(|&(value, count)| ((index(value) - first) as usize, count))
                    .collect();
                match interpolated_grid::subdivisions(&codes) {
                    Some(parts) => Err(GridError::Interpolated {
                        step_m: fit.step * parts as f64,
                    }),
                    None => Ok(Self::from_fit(&values, &fit)),
                }
            }
            _ => Err(GridError::NotEquallySpaced { found }),
        }
    }

    fn from_fit(values: &[(f64, f64)], fit: &Fit) -> Self {
        let index = |value: f64| ((value - fit.origin) / fit.step).round();
        let total: f64 = values.iter().map(|v| v.1).sum();
        let (first, last) = (values[0], values[values.len() - 1]);
        let saturates = |end: (f64, f64), beside: (f64, f64)| {
            let is_next = (index(end.0) - index(beside.0)).abs() == 1.0;
            let neighbour = if is_next { beside.1 } else { 0.0 };
            end.1 > SATURATED_RATIO * neighbour && end.1 > SATURATED_SHARE * total
        };
        let zero = (0.0 - fit.origin) / fit.step - index(first.0);
        // The error of the origin is a fraction of the residual; the error at zero grows with the distance to it.
        let zero_error = MAX_RESIDUAL.min(0.02 + fit.residual);
        Self {
            step_m: fit.step,
            min_m: fit.origin + index(first.0) * fit.step,
            max_m: fit.origin + index(last.0) * fit.step,
            steps: (index(last.0) - index(first.0)) as u32,
            used_codes: values.len() as u32,
            at_min: first.1 / total,
            at_max: last.1 / total,
            saturates_at_min: saturates(first, values[1]),
            saturates_at_max: saturates(last, values[values.len() - 2]),
            zero_at: ((zero - zero.round()).abs() <= zero_error && zero.abs() <= MAX_STEPS)
                .then_some(zero.round() as i64),
            residual: fit.residual,
            log10_chance: fit.log10_chance,
        }
    }

    /// Returns the number of codes between the ends that are not in use.
    #[must_use]
    pub fn empty_codes(&self) -> u32 {
        (self.steps + 1).saturating_sub(self.used_codes)
    }

    /// Returns the number of bits for all codes from end to end.
    #[must_use]
    pub fn bits(&self) -> u32 {
        u32::BITS - self.steps.leading_zeros()
    }

    /// Returns one minus the probability that unrelated values meet a grid as well.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        1.0 - libm::exp10(self.log10_chance)
    }

    /// Codes a depth in metres, ties to even.
    ///
    /// It clips only at an end where the maps saturate. At other ends the output's range may reach beyond the codes in use.
    #[must_use]
    pub(super) fn code_m(&self, depth_m: f64) -> f64 {
        let mut index = nearest_integer((depth_m - self.min_m) / self.step_m);
        if self.saturates_at_min {
            index = index.max(0.0);
        }
        if self.saturates_at_max {
            index = index.min(f64::from(self.steps));
        }
        self.min_m + index * self.step_m
    }

    /// Codes every depth of a map in metres.
    #[must_use]
    pub fn coded_m(&self, map_m: &[f64]) -> Vec<f64> {
        map_m.iter().map(|&depth_m| self.code_m(depth_m)).collect()
    }

    /// Returns the grid of the maps after an alignment.
    #[must_use]
    pub fn aligned(&self, fit: Affine) -> Self {
        Self {
            step_m: self.step_m * fit.scale,
            min_m: fit.apply(self.min_m),
            max_m: fit.apply(self.max_m),
            ..*self
        }
    }
}

/// The nearest integer, ties to even.
///
/// It adds and subtracts a number whose last bit has the value one. Unlike [`f64::round_ties_even`], this needs no function call on
/// processors without a rounding instruction, and it vectorises.
fn nearest_integer(x: f64) -> f64 {
    /// `2^51`; numbers from here on are multiples of 1/2 or coarser. `SHIFT` is `2^52 + 2^51`.
    const LARGE: f64 = 2_251_799_813_685_248.0;
    const SHIFT: f64 = 3.0 * LARGE;
    if x.abs() < LARGE {
        (x + SHIFT) - SHIFT
    } else {
        x
    }
}

/// Distinct values with their pixel counts; values that differ by rounding alone are merged.
fn distinct(values: &[(f64, u64)]) -> Vec<(f64, f64)> {
    let largest = values.iter().map(|v| v.0.abs()).fold(0.0, f64::max);
    let mut out: Vec<(f64, f64)> = Vec::new();
    for &(value, count) in values {
        match out.last_mut() {
            Some(last) if value - last.0 <= SAME * largest => last.1 += count as f64,
            _ => out.push((value, count as f64)),
        }
    }
    out
}

/// Candidate steps: the mean of the smallest gaps, the median gap and the mean gap, and each divided by 2 to [`MAX_DIVISOR`].
///
/// The divisors are needed because all gaps between used codes may be several steps wide.
fn candidates(values: &[(f64, f64)]) -> Vec<f64> {
    let mut gaps: Vec<f64> = values.windows(2).map(|w| w[1].0 - w[0].0).collect();
    gaps.sort_by(f64::total_cmp);
    let smallest = gaps[0];
    let small: Vec<f64> = gaps
        .iter()
        .copied()
        .take_while(|&gap| gap < 1.25 * smallest)
        .collect();
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let bases = [mean(&small), gaps[gaps.len() / 2], mean(&gaps)];
    bases
        .iter()
        .flat_map(|base| (1..=MAX_DIVISOR).map(move |divisor| base / f64::from(divisor)))
        .collect()
}

impl Fit {
    /// Refines a candidate step by least squares; `None` where the values lie on no grid of about this step.
    fn around(values: &[(f64, f64)], step: f64) -> Option<Self> {
        let span = values[values.len() - 1].0 - values[0].0;
        if step <= 0.0 || span / step > MAX_STEPS {
            return None;
        }
        let (mut origin, mut step) = follow(values, step)?;
        let (mut codes, mut before) = (Vec::new(), Vec::new());
        let mut residual = nearest_codes(values, origin, step, &mut codes);
        for _ in 0..3 {
            (origin, step) = least_squares(values, &codes)?;
            std::mem::swap(&mut codes, &mut before);
            residual = nearest_codes(values, origin, step, &mut codes);
            // The same codes would give the same line.
            if codes == before {
                break;
            }
        }
        // Two values fix the grid. Each other value lies within the residual of a grid point with a probability of twice the residual. The
        // number of distinguishable steps per candidate, `span / step`, multiplies the probability (Bonferroni).
        let freedom = (values.len() - 2) as f64;
        let tried = f64::from(3 * MAX_DIVISOR) * (span / step).max(1.0);
        let log10_chance =
            freedom * libm::log10((2.0 * residual).clamp(1e-9, 1.0)) + libm::log10(tried);
        (residual <= MAX_RESIDUAL).then_some(Self {
            step,
            origin,
            residual,
            log10_chance,
        })
    }
}

/// Follows the values from the first and corrects the step after each: with a rough step, a wide gap would be miscounted.
fn follow(values: &[(f64, f64)], step: f64) -> Option<(f64, f64)> {
    let origin = values[0].0;
    let (mut at, mut step) = (0.0, step);
    for pair in values.windows(2) {
        at += ((pair[1].0 - pair[0].0) / step).round();
        if at > 0.0 {
            step = (pair[1].0 - origin) / at;
        }
    }
    (at > 0.0).then_some((origin, step))
}

/// Writes the nearest code of each value to `codes`. Returns the largest distance of a value from its grid point, in steps.
fn nearest_codes(values: &[(f64, f64)], origin: f64, step: f64, codes: &mut Vec<f64>) -> f64 {
    let mut residual: f64 = 0.0;
    codes.clear();
    codes.extend(values.iter().map(|&(value, _)| {
        let exact = (value - origin) / step;
        let code = exact.round();
        residual = residual.max((exact - code).abs());
        code
    }));
    residual
}

/// Least-squares origin and step for the values at their codes.
fn least_squares(values: &[(f64, f64)], codes: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean_code = codes.iter().sum::<f64>() / n;
    let mean_value = values.iter().map(|v| v.0).sum::<f64>() / n;
    let (mut products, mut squares) = (0.0, 0.0);
    for (&(value, _), code) in values.iter().zip(codes) {
        let k = code - mean_code;
        products += k * (value - mean_value);
        squares += k * k;
    }
    let step = products / squares;
    (step > 0.0 && step.is_finite()).then_some((mean_value - step * mean_code, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn detect(values: impl IntoIterator<Item = f64>) -> Result<OutputGrid, GridError> {
        let values: Vec<f64> = values.into_iter().collect();
        OutputGrid::detect(&ValueCounts::from_map(&values))
    }

    #[test]
    fn integers_are_rounded_with_ties_to_even() {
        for x in [
            0.0,
            0.4,
            0.5,
            1.5,
            2.5,
            254.499_999,
            65_535.5,
            2_251_799_813_685_247.5,
        ] {
            for x in [x, -x] {
                assert_eq!(nearest_integer(x), x.round_ties_even(), "{x}");
            }
        }
        assert_eq!(
            [1e300, f64::NEG_INFINITY].map(nearest_integer),
            [1e300, f64::NEG_INFINITY]
        );
        assert!(nearest_integer(f64::NAN).is_nan());
    }

    /// Pseudo-random codes with gaps; both ends are in use.
    fn codes(n: usize, seed: u64) -> Vec<u32> {
        let mut out = vec![0, 255];
        let mut state = seed;
        for _ in 0..n {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            out.push((state >> 56) as u32);
        }
        out
    }

    proptest! {
        #[test]
        fn a_grid_is_recovered_from_rounded_values(
            step in 1e-3_f64..0.5, start in -3.0_f64..10.0, n in 30_usize..600, seed in any::<u64>(),
        ) {
            let exact = |k: u32| start + f64::from(k) * step;
            let grid = detect(codes(n, seed).into_iter().map(|k| f64::from(exact(k) as f32))).expect("a grid");
            prop_assert!((grid.step_m / step - 1.0).abs() < 1e-5, "{grid:?}");
            prop_assert_eq!(grid.steps, 255);
            prop_assert!((grid.min_m - start).abs() < 1e-5);
            prop_assert!(grid.confidence() > 0.999_999);
            for k in [0, 17, 255] {
                prop_assert!((grid.code_m(exact(k) + 0.4 * step) - exact(k)).abs() < 1e-4);
            }
        }

        #[test]
        fn values_without_a_grid_are_rejected(values in prop::collection::vec(0.5_f64..10.0, 4..300)) {
            prop_assert!(detect(values).is_err());
        }

        #[test]
        fn a_logarithmic_code_is_no_grid(start in 0.1_f64..1.0, ratio in 1.005_f64..1.05, n in 20_i32..256) {
            // A few values with nearly equal steps lie within a seventh of a step of a grid: detecting that grid is no error.
            prop_assume!(libm::pow(ratio, f64::from(n)) > 1.2);
            let values = (0..n).map(|k| start * libm::pow(ratio, f64::from(k)));
            prop_assert!(detect(values).is_err());
        }
    }

    #[test]
    fn the_step_is_recovered_from_whole_millimetres() {
        let step = 0.014_623_344;
        let grid =
            detect((54..195).map(|k| (f64::from(k) * step * 1e3).round() / 1e3)).expect("a grid");
        assert!((grid.step_m - step).abs() < 1e-6, "{grid:?}");
        assert_eq!(
            (grid.steps, grid.used_codes, grid.zero_at),
            (140, 141, Some(-54))
        );
    }

    #[test]
    fn the_step_is_recovered_from_half_floats() {
        let step = 15.0 / 255.0;
        let half = |k: u32| half::f16::from_f64(0.5 + f64::from(k) * step).to_f64();
        let grid = detect((0..200).map(half)).expect("a grid");
        assert!((grid.step_m / step - 1.0).abs() < 1e-3, "{grid:?}");
        assert_eq!(grid.steps, 199);
    }

    /// A synthetic room of 160 x 120 pixels on a grid, in metres: a slanted wall, a floor and a box.
    fn room(step: f64, slant: f64) -> Vec<Vec<f64>> {
        let depth = |x: usize, y: usize| {
            let wall = 95.0 + slant * x as f64 + 0.07 * y as f64;
            let floor = 140.0 - 0.4 * y as f64;
            let is_box = (48..80).contains(&x) && y > 60;
            let code = if is_box { 80.0 } else { wall.min(floor) };
            code.round() * step
        };
        (0..120)
            .map(|y| (0..160).map(|x| depth(x, y)).collect())
            .collect()
    }

    /// Bilinear resizing with half-pixel centres, as in the layers of networks, in single precision.
    fn bilinear(map: &[Vec<f64>], factor: usize) -> Vec<f64> {
        let (height, width) = (map.len(), map[0].len());
        let taps = |i: usize, length: usize| {
            let at = ((i as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (length - 1) as f64);
            let low = at.floor() as usize;
            (low, (low + 1).min(length - 1), at - at.floor())
        };
        let mut out = Vec::new();
        for y in 0..height * factor {
            let (top, bottom, down) = taps(y, height);
            for x in 0..width * factor {
                let (left, right, along) = taps(x, width);
                let mix = |row: &[f64]| row[left] * (1.0 - along) + row[right] * along;
                let value = mix(&map[top]) * (1.0 - down) + mix(&map[bottom]) * down;
                out.push(f64::from(value as f32));
            }
        }
        out
    }

    fn nearest(map: &[Vec<f64>], height: usize, width: usize) -> Vec<f64> {
        let row = |y: usize| &map[y * map.len() / height];
        let pixel = |y: usize, x: usize| row(y)[x * row(y).len() / width];
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (y, x)))
            .map(|(y, x)| pixel(y, x))
            .collect()
    }

    proptest! {
        #[test]
        fn a_grid_survives_resizing_to_the_nearest_pixel_and_scaling(
            step in 2e-3_f64..0.1, slant in 0.2_f64..0.4, height in 120_usize..200, width in 160_usize..300,
            scale in 0.2_f64..5.0, shift in 0.01_f64..3.0,
        ) {
            let map = room(step, slant);
            let own = detect(map.concat()).expect("a grid");
            prop_assert!((own.step_m / step - 1.0).abs() < 1e-9);
            let resized = detect(nearest(&map, height, width)).expect("a grid");
            prop_assert!((resized.step_m / step - 1.0).abs() < 1e-9);
            prop_assert_eq!((resized.used_codes, resized.steps), (own.used_codes, own.steps));
            let scaled = map.concat().into_iter().map(|v| f64::from((scale * v + shift) as f32));
            let scaled = detect(scaled).expect("a grid");
            prop_assert!((scaled.step_m / (scale * step) - 1.0).abs() < 1e-4, "{scaled:?}");
            prop_assert_eq!(scaled.used_codes, own.used_codes);
        }

        #[test]
        fn an_interpolated_grid_is_detected(
            step in 2e-3_f64..0.1, slant in 0.2_f64..0.4, factor in 2_usize..=4,
        ) {
            match detect(bilinear(&room(step, slant), factor)) {
                Err(GridError::Interpolated { step_m }) => {
                    prop_assert!((step_m / step - 1.0).abs() < 1e-3, "{step_m} for {step}");
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    #[test]
    fn a_step_that_never_occurs_as_a_gap_is_recovered() {
        // All gaps are 2 or 3 steps.
        let grid =
            detect([0, 2, 4, 7, 9, 12, 14, 16, 19].map(|k| 0.3 * f64::from(k))).expect("a grid");
        assert!((grid.step_m - 0.3).abs() < 1e-9, "{grid:?}");
        assert_eq!(grid.empty_codes(), 20 - 9);
    }

    #[test]
    fn saturation_is_detected_at_its_end_only() {
        let mut values: Vec<f64> = (0..=100).flat_map(|k| [0.1 * f64::from(k); 10]).collect();
        values.extend([10.0; 200]);
        let grid = detect(values).expect("a grid");
        assert_eq!(
            (grid.saturates_at_min, grid.saturates_at_max),
            (false, true)
        );
        assert!((grid.at_max - 210.0 / 1210.0).abs() < 1e-12);
        assert!((grid.code_m(12.0) - 10.0).abs() < 1e-9);
        assert!((grid.code_m(-0.2) + 0.2).abs() < 1e-9);
    }

    #[test]
    fn errors_name_the_number_of_values() {
        let few = detect([1.0, 2.0, 3.0]).expect_err("too few").to_string();
        assert!(few.contains("3 distinct"), "{few}");
        let many = detect((0..9000).map(f64::from)).expect_err("too many");
        assert_eq!(many, GridError::TooManyValues);
    }

    #[test]
    fn bits_hold_every_code() {
        let grid = detect((0..=255).map(f64::from)).expect("a grid");
        assert_eq!(grid.bits(), 8);
        let grid = detect((0..=256).map(f64::from)).expect("a grid");
        assert_eq!(grid.bits(), 9);
    }
}
