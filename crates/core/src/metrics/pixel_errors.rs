//! Error sums of pixels with a prediction each, straight from the formulas.
//!
//! Comparing millions of pixels spends its time here. So predictions of the same pixels are measured side by side, in the same SIMD
//! instructions. Each sum adds in the order of the pixels, so it does not depend on the chunks.

use serde::{Deserialize, Serialize};

use super::error_sums::{DELTA_RATIOS, ErrorSums};

/// Pixels of a chunk: few enough for their intermediate results to fit into the first cache.
const CHUNK_LEN: usize = 64;

/// Every sum that the metrics of one prediction need, including those of single evaluators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PixelSums {
    /// The errors of all evaluators.
    pub errors: ErrorSums,
    /// Sum of `(p - g)^2 / g^2`, the KITTI kit's `sq_rel`.
    pub square_over_square: f64,
}

impl PixelSums {
    /// Adds the pixels of other sums.
    pub fn add(&mut self, other: &Self) {
        self.errors.add(&other.errors);
        self.square_over_square += other.square_over_square;
    }
}

/// The sums of `N` predictions of the same pixels, in metres: ground truth above zero, predictions finite. Slices are cut to the shortest
/// length.
///
/// Ratios and logarithms see predictions floored at `floor_m`. With a floor of minus infinity a prediction of zero makes them infinite,
/// as in evaluators without a floor.
#[must_use]
pub fn pixel_sums<const N: usize>(
    gt_m: &[f64],
    predictions_m: [&[f64]; N],
    floor_m: f64,
) -> [PixelSums; N] {
    let length = predictions_m
        .iter()
        .fold(gt_m.len(), |n, map| n.min(map.len()));
    let mut sums = RunningErrorSums::new();
    let mut chunk = PixelChunk::new();
    for from in (0..length).step_by(CHUNK_LEN) {
        let pixels = from..(from + CHUNK_LEN).min(length);
        chunk.load(
            &gt_m[pixels.clone()],
            predictions_m.map(|map| &map[pixels.clone()]),
            floor_m,
        );
        sums.add_differences(&chunk);
        sums.add_ratios(&chunk);
    }
    sums.finish(length)
}

/// One number per pixel and prediction.
type PerPixel<const N: usize> = [[f64; N]; CHUNK_LEN];

/// A chunk of pixels with the terms of the sums. Each term is computed for all pixels at once, without branches, so the compiler can
/// vectorise.
struct PixelChunk<const N: usize> {
    length: usize,
    gt_m: PerPixel<N>,
    gt_log: [f64; CHUNK_LEN],
    gt_inverse: [f64; CHUNK_LEN],
    predicted_m: PerPixel<N>,
    floored_m: PerPixel<N>,
    floored_log: PerPixel<N>,
    /// 1 if the prediction was floored, else 0.
    floored: PerPixel<N>,
    /// 1 if the larger of prediction and ground truth over the smaller is below the ratio, else 0.
    within: [PerPixel<N>; 3],
}

impl<const N: usize> PixelChunk<N> {
    fn new() -> Self {
        let zero = [[0.0; N]; CHUNK_LEN];
        Self {
            length: 0,
            gt_m: zero,
            gt_log: [0.0; CHUNK_LEN],
            gt_inverse: [0.0; CHUNK_LEN],
            predicted_m: zero,
            floored_m: zero,
            floored_log: zero,
            floored: zero,
            within: [zero; 3],
        }
    }

    fn load(&mut self, gt_m: &[f64], predictions_m: [&[f64]; N], floor_m: f64) {
        let n = gt_m.len().min(CHUNK_LEN);
        self.length = n;
        for i in 0..n {
            self.gt_m[i] = [gt_m[i]; N];
            self.predicted_m[i] = predictions_m.map(|map| map[i]);
        }
        natural_logs(gt_m, &mut self.gt_log[..n]);
        for (inverse, g) in self.gt_inverse.iter_mut().zip(gt_m) {
            *inverse = 1.0 / g;
        }
        let predicted_m = self.predicted_m[..n].as_flattened();
        let floored_m = self.floored_m[..n].as_flattened_mut();
        let floored = self.floored[..n].as_flattened_mut();
        for ((&p, raised), count) in predicted_m.iter().zip(&mut *floored_m).zip(floored) {
            *raised = if p < floor_m { floor_m } else { p };
            *count = as_count(*raised > p);
        }
        natural_logs(floored_m, self.floored_log[..n].as_flattened_mut());
        let [first, second, third] = &mut self.within;
        let ratios = floored_m.iter().zip(self.gt_m[..n].as_flattened());
        let counts = first[..n].as_flattened_mut().iter_mut();
        let counts = counts.zip(second[..n].as_flattened_mut());
        let counts = counts.zip(third[..n].as_flattened_mut());
        for ((&p, &g), ((first, second), third)) in ratios.zip(counts) {
            let (far, near) = if p < g { (g, p) } else { (p, g) };
            let ratio = far / near;
            // A negative prediction has a negative ratio, below every limit.
            let within = |limit| as_count((ratio > 0.0) & (ratio < limit));
            *first = within(DELTA_RATIOS[0]);
            *second = within(DELTA_RATIOS[1]);
            *third = within(DELTA_RATIOS[2]);
        }
    }
}

/// One sum per prediction.
type PerPrediction<const N: usize> = [f64; N];

#[derive(Clone, Copy)]
struct Differences<const N: usize> {
    error: PerPrediction<N>,
    absolute: PerPrediction<N>,
    square: PerPrediction<N>,
    relative: PerPrediction<N>,
    square_over_depth: PerPrediction<N>,
    square_over_square: PerPrediction<N>,
    floored: PerPrediction<N>,
}

#[derive(Clone, Copy)]
struct Ratios<const N: usize> {
    log: PerPrediction<N>,
    log_absolute: PerPrediction<N>,
    log_square: PerPrediction<N>,
    inverse_absolute: PerPrediction<N>,
    inverse_square: PerPrediction<N>,
    within: [PerPrediction<N>; 3],
}

struct RunningErrorSums<const N: usize> {
    differences: Differences<N>,
    ratios: Ratios<N>,
}

impl<const N: usize> RunningErrorSums<N> {
    fn new() -> Self {
        let zero = [0.0; N];
        Self {
            differences: Differences {
                error: zero,
                absolute: zero,
                square: zero,
                relative: zero,
                square_over_depth: zero,
                square_over_square: zero,
                floored: zero,
            },
            ratios: Ratios {
                log: zero,
                log_absolute: zero,
                log_square: zero,
                inverse_absolute: zero,
                inverse_square: zero,
                within: [zero; 3],
            },
        }
    }

    fn add_differences(&mut self, chunk: &PixelChunk<N>) {
        let mut sums = self.differences;
        for i in 0..chunk.length.min(CHUNK_LEN) {
            for k in 0..N {
                let g = chunk.gt_m[i][k];
                let error = chunk.predicted_m[i][k] - g;
                let square = error * error;
                let relative = error / g;
                sums.error[k] += error;
                sums.absolute[k] += error.abs();
                sums.square[k] += square;
                sums.relative[k] += relative.abs();
                sums.square_over_depth[k] += square / g;
                sums.square_over_square[k] += relative * relative;
                sums.floored[k] += chunk.floored[i][k];
            }
        }
        self.differences = sums;
    }

    fn add_ratios(&mut self, chunk: &PixelChunk<N>) {
        let mut sums = self.ratios;
        for i in 0..chunk.length.min(CHUNK_LEN) {
            for k in 0..N {
                let log = chunk.floored_log[i][k] - chunk.gt_log[i];
                sums.log[k] += log;
                sums.log_absolute[k] += log.abs();
                sums.log_square[k] += log * log;
                let inverse = 1.0 / chunk.floored_m[i][k] - chunk.gt_inverse[i];
                sums.inverse_absolute[k] += inverse.abs();
                sums.inverse_square[k] += inverse * inverse;
                for (sum, within) in sums.within.iter_mut().zip(&chunk.within) {
                    sum[k] += within[i][k];
                }
            }
        }
        self.ratios = sums;
    }

    fn finish(&self, length: usize) -> [PixelSums; N] {
        let (d, r) = (&self.differences, &self.ratios);
        std::array::from_fn(|k| PixelSums {
            errors: ErrorSums {
                count: length as f64,
                error: d.error[k],
                absolute: d.absolute[k],
                square: d.square[k],
                relative: d.relative[k],
                square_over_depth: d.square_over_depth[k],
                log: r.log[k],
                log_absolute: r.log_absolute[k],
                log_square: r.log_square[k],
                inverse_absolute: r.inverse_absolute[k],
                inverse_square: r.inverse_square[k],
                within: r.within.map(|within| within[k]),
                floored: d.floored[k],
            },
            square_over_square: d.square_over_square[k],
        })
    }
}

fn as_count(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// The natural logarithms of numbers, each within a few units in the last place of [`libm::log`].
///
/// Positive normal numbers take no branch and no table, so the compiler can vectorise. [`libm::log`] for each pixel was a third of the
/// time of a comparison.
fn natural_logs(numbers: &[f64], into: &mut [f64]) {
    let mut all_normal = true;
    for (&x, log) in numbers.iter().zip(into.iter_mut()) {
        all_normal &= (f64::MIN_POSITIVE..=f64::MAX).contains(&x);
        *log = natural_log_of_normal(x);
    }
    if !all_normal {
        for (&x, log) in numbers.iter().zip(into) {
            *log = libm::log(x);
        }
    }
}

/// The logarithm of a positive normal number; meaningless for others.
///
/// Let `x = 2^power m` with `m` between the roots of 1/2 and 2. Then `ln x = power ln 2 + 2 artanh(s)` with `s = (m - 1) / (m + 1)`. As
/// `s^2 < 0.0295`, eleven terms of `artanh(s) = s + s^3/3 + s^5/5 + ...` leave less than `1e-17` of the sum.
#[inline(always)]
fn natural_log_of_normal(x: f64) -> f64 {
    /// ln 2 in two parts. The first ends in 21 zero bits, so its product with any power is exact.
    const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    /// `1 / (2 n + 1)` for n = 1 to 10.
    const SERIES: [f64; 10] = [
        1.0 / 3.0,
        1.0 / 5.0,
        1.0 / 7.0,
        1.0 / 9.0,
        1.0 / 11.0,
        1.0 / 13.0,
        1.0 / 15.0,
        1.0 / 17.0,
        1.0 / 19.0,
        1.0 / 21.0,
    ];
    const BITS_OF_FRACTION: u64 = 52;
    const FRACTION: u64 = (1 << BITS_OF_FRACTION) - 1;
    const BIAS: f64 = 1023.0;
    /// `2^52`, in whose binade the last bits are the integer part: no conversion is needed.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    // Relative to the root of 1/2, the exponent changes where the remaining factor is nearest to 1.
    let root_of_half = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let shifted = x.to_bits().wrapping_add(1.0_f64.to_bits() - root_of_half);
    let power = f64::from_bits(WHOLE.to_bits() | (shifted >> BITS_OF_FRACTION)) - (WHOLE + BIAS);
    let m = f64::from_bits((shifted & FRACTION) + root_of_half);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    // Odd and even terms separately: two short chains of products instead of a long one.
    let w = z * z;
    let odd = SERIES[0] + w * (SERIES[2] + w * (SERIES[4] + w * (SERIES[6] + w * SERIES[8])));
    let even = SERIES[1] + w * (SERIES[3] + w * (SERIES[5] + w * (SERIES[7] + w * SERIES[9])));
    let rest = z * (odd + z * even);
    // From small to large, so that only the last sum rounds.
    let twice = 2.0 * s;
    power * LN2_HIGH + (twice + (twice * rest + power * LN2_LOW))
}

#[cfg(test)]
mod tests {
    use super::super::brute_force::{self, fields, magnitude};
    use super::super::{DEFAULT_EVAL_MIN_M, DepthMetrics};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pixels_side_by_side_equal_brute_force(
            pixels in prop::collection::vec((0.001_f64..300.0, -1.0_f64..300.0, 0.5_f64..2.0), 1..400),
        ) {
            let gt_m: Vec<f64> = pixels.iter().map(|p| p.0).collect();
            let far: Vec<f64> = pixels.iter().map(|p| p.1).collect();
            let near: Vec<f64> = pixels.iter().map(|p| p.0 * p.2).collect();
            let got = pixel_sums(&gt_m, [&far, &near], DEFAULT_EVAL_MIN_M);
            for (sums, map) in got.iter().zip([&far, &near]) {
                let pairs: Vec<(f64, f64)> = map.iter().copied().zip(gt_m.iter().copied()).collect();
                let expected = brute_force::sums(&pairs, DEFAULT_EVAL_MIN_M);
                for ((name, a), (_, b)) in fields(&sums.errors).into_iter().zip(fields(&expected)) {
                    let scale = magnitude(name, &expected).max(1e-9);
                    prop_assert!((a - b).abs() <= 1e-12 * scale, "{name}: {a} against {b}");
                }
                let ratio: f64 = pairs.iter().map(|(p, g)| ((p - g) / g) * ((p - g) / g)).sum();
                prop_assert!((sums.square_over_square - ratio).abs() <= 1e-12 * ratio);
            }
        }

        #[test]
        fn sums_do_not_depend_on_other_predictions(
            gt_m in prop::collection::vec(0.1_f64..9.0, 1..300), scale in 0.5_f64..1.5,
        ) {
            let (one, other): (Vec<f64>, Vec<f64>) = gt_m.iter().map(|g| (scale * g, 1.0)).unzip();
            let [alone] = pixel_sums(&gt_m, [&one], DEFAULT_EVAL_MIN_M);
            let [_, beside] = pixel_sums(&gt_m, [&other, &one], DEFAULT_EVAL_MIN_M);
            prop_assert_eq!(alone, beside);
        }

        #[test]
        fn logarithms_are_those_of_libm_to_the_last_places(bits in prop::collection::vec(any::<u64>(), 1..200)) {
            let check = |numbers: &[f64]| {
                let mut got = vec![0.0; numbers.len()];
                natural_logs(numbers, &mut got);
                for (&x, log) in numbers.iter().zip(got) {
                    let expected = libm::log(x);
                    // Equal bits include infinities; numbers that are not normal use libm.
                    let same = log.to_bits() == expected.to_bits();
                    let off = (log - expected).abs();
                    prop_assert!(same || off <= 4.0 * f64::EPSILON * expected.abs(), "{x:e}: {log:e} for {expected:e}");
                }
                Ok(())
            };
            let any: Vec<f64> = bits.iter().map(|&bits| f64::from_bits(bits)).filter(|x| !x.is_nan()).collect();
            check(&any)?;
            let is_normal = |x: &f64| *x > 0.0 && x.is_normal();
            check(&any.into_iter().filter(is_normal).collect::<Vec<_>>())?;
            // Depths, whose logarithms are small and cross the two halves of the reduction.
            check(&bits.iter().map(|&bits| (bits >> 40) as f64 / 1e6).collect::<Vec<_>>())?;
        }
    }

    #[test]
    fn a_prediction_of_zero_without_a_floor_is_infinitely_wrong() {
        let [sums] = pixel_sums(&[2.0], [&[0.0]], f64::NEG_INFINITY);
        let metrics = DepthMetrics::from_sums(&sums.errors).expect("a pixel");
        assert_eq!((metrics.rmse, metrics.rmse_log), (2.0, f64::INFINITY));
        assert!(metrics.silog.is_nan());
        assert_eq!((metrics.delta3, sums.errors.floored), (0.0, 0.0));
    }

    #[test]
    fn a_depth_of_one_has_the_logarithm_zero() {
        let mut got = [f64::NAN; 1];
        natural_logs(&[1.0], &mut got);
        assert_eq!(got, [0.0]);
    }
}
