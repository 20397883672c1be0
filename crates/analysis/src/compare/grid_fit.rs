//! The fit of equally spaced values: among candidate steps, the one whose multiples the values meet with the smallest probability by chance.
//!
//! Stored values are rounded, and in another quantity than depth the rounding differs from value to value. Values whose spacing is no
//! finer than half a step tell nothing and are left out of the fit.

use std::borrow::Cow;

use super::grid_quantity::GridQuantity;
use super::value_rounding::ValueRounding;

/// Largest distance of a value from its grid point, in steps. Values saved as half floats reach 0.1; values without a grid reach 0.5.
pub(super) const MAX_RESIDUAL: f64 = 0.2;

/// A grid is accepted if unrelated values would meet it with less than this probability, as a power of ten.
pub(super) const MAX_LOG10_CHANCE: f64 = -6.0;

/// Largest number of steps from end to end: 16 bits.
pub(super) const MAX_STEPS: f64 = 65_535.0;

/// Number of steps of 8 bits.
pub(super) const STEPS_OF_8_BITS: f64 = 255.0;

/// Largest divisor of a gap between used codes that is tried as a step.
const MAX_DIVISOR: u32 = 8;

/// A value is a miss while a step is followed from farther than this from a grid point, in steps. Half floats stay nearer.
const MISS: f64 = 0.45;

/// Largest number of misses of a step that is followed to the end.
const MAX_MISSES: u32 = 3;

/// Spacing of stored values that is as good as none, in steps.
const EXACT: f64 = 0.01;

/// Largest spacing of stored values that is evidence of a step, in steps.
const MAX_SPACING: f64 = 0.5;

/// Values closer than this share of the largest one are equal: four roundings to single precision.
const SAME: f64 = 4.0 * f32::EPSILON as f64;

/// Smallest number of codes that show a grid with the step of a file.
const MIN_DENSE: usize = 32;

/// Smallest number of values that can show a grid.
pub(super) const MIN_VALUES: usize = 4;

/// A grid in depth is not compared with other quantities if its values are this close to it, in steps.
const CLOSE: f64 = 0.01;

/// A quantity other than depth must be less probable by chance by this power of ten: the simplest explanation wins where several fit.
const MARGIN: f64 = 6.0;

/// A distinct value of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
struct GridValue {
    /// Position: depth, inverse depth or minus log depth. Rounding is finest at the first values, where the fit begins.
    at: f64,
    /// Number of pixels.
    count: f64,
    /// Distance between neighbouring stored values, in the quantity; zero where negligible.
    spacing: f64,
}

/// A fitted grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GridFit {
    pub(super) quantity: GridQuantity,
    /// Distance between neighbouring codes, in the unit of the quantity.
    pub(super) step: f64,
    /// Codes in use with their pixel counts, ascending from 0. They rise with depth in depth, and fall with it in other quantities.
    pub(super) codes: Vec<(usize, f64)>,
    /// Largest distance of a value from its grid point, in steps.
    pub(super) residual: f64,
    /// Decimal logarithm of the probability that unrelated values meet a grid as well.
    pub(super) log10_chance: f64,
    /// Position of a grid point, and the number of steps from there to code 0.
    origin: f64,
    before: f64,
}

impl GridFit {
    /// Fits a grid to depths in metres, ascending, with their pixel counts; `None` where no quantity has one.
    pub(super) fn best(values_m: &[(f64, f64)], rounding: ValueRounding) -> Option<Self> {
        let mut best: Option<Self> = None;
        for quantity in GridQuantity::ALL {
            let fit = positions(values_m, quantity, rounding)
                .and_then(|values| Self::in_quantity(quantity, &values));
            let Some(fit) = fit else { continue };
            // Codes of another quantity differ from these by no more.
            if quantity == GridQuantity::Depth && fit.residual <= CLOSE {
                return Some(fit);
            }
            let is_better = |old: &Self| fit.log10_chance + MARGIN <= old.log10_chance;
            if best.as_ref().is_none_or(is_better) {
                best = Some(fit);
            }
        }
        best
    }

    fn in_quantity(quantity: GridQuantity, values: &[GridValue]) -> Option<Self> {
        let line = candidates(values)
            .into_iter()
            .filter_map(|step| Line::around(values, step, quantity))
            .min_by(|a, b| a.log10_chance.total_cmp(&b.log10_chance))
            .filter(|line| line.log10_chance <= MAX_LOG10_CHANCE)?;
        let index = |value: &GridValue| nearest_integer((value.at - line.origin) / line.step);
        let before = index(&values[0]);
        let mut codes: Vec<(usize, f64)> = Vec::with_capacity(values.len());
        for value in values {
            let code = (index(value) - before) as usize;
            match codes.last_mut() {
                // Values that are stored closer together than codes may share one.
                Some(last) if last.0 == code => last.1 += value.count,
                _ => codes.push((code, value.count)),
            }
        }
        Some(Self {
            quantity,
            step: line.step,
            codes,
            residual: line.residual,
            log10_chance: line.log10_chance,
            origin: line.origin,
            before,
        })
    }

    /// Returns the number of steps from the first code in use to the last.
    pub(super) fn steps(&self) -> usize {
        self.codes.last().map_or(0, |code| code.0)
    }

    /// Returns the value of the quantity at a code.
    pub(super) fn value(&self, code: usize) -> f64 {
        let at = self.origin + (self.before + code as f64) * self.step;
        from_position(self.quantity, at)
    }
}

/// The value of the quantity at a position.
fn from_position(quantity: GridQuantity, at: f64) -> f64 {
    match quantity {
        GridQuantity::Depth | GridQuantity::InverseDepth => at,
        GridQuantity::LogDepth => -at,
    }
}

/// Depths in metres, ascending, as positions of a quantity, ascending. Values that differ by rounding alone are merged.
///
/// `None` where the quantity cannot hold the values: a network that predicts inverse or log depth has no negative ones. Zeros mark pixels
/// without depth in its maps and are left out. Also `None` for fewer than [`MIN_VALUES`] values.
fn positions(
    values_m: &[(f64, f64)],
    quantity: GridQuantity,
    rounding: ValueRounding,
) -> Option<Vec<GridValue>> {
    let position = |depth_m: f64| from_position(quantity, quantity.from_depth_m(depth_m));
    let value = |&(depth_m, count): &(f64, f64)| GridValue {
        at: position(depth_m),
        count,
        spacing: rounding.spacing_m(depth_m) * quantity.per_metre(depth_m),
    };
    let values: Vec<GridValue> = if quantity == GridQuantity::Depth {
        values_m.iter().map(value).collect()
    } else {
        if values_m.first()?.0 < 0.0 {
            return None;
        }
        let is_depth = |v: &&(f64, f64)| v.0 > 0.0;
        values_m.iter().rev().filter(is_depth).map(value).collect()
    };
    let largest = values.iter().map(|v| v.at.abs()).fold(0.0, f64::max);
    // A relative rounding of depth is an absolute one of its logarithm.
    let scale = if quantity == GridQuantity::LogDepth {
        largest.max(1.0)
    } else {
        largest
    };
    let mut out: Vec<GridValue> = Vec::with_capacity(values.len());
    for value in values {
        match out.last_mut() {
            Some(last) if value.at - last.at <= SAME * scale => last.count += value.count,
            _ => out.push(value),
        }
    }
    out.retain(|v| v.at.is_finite() && v.spacing.is_finite());
    (out.len() >= MIN_VALUES).then_some(out)
}

/// Candidate steps: the mean of the smallest gaps, the median gap and the mean gap, and each divided by 2 to [`MAX_DIVISOR`].
///
/// The divisors are needed because all gaps between used codes may be several steps wide. Where rounding differs from value to value, the
/// gaps of the most precise half, quarter and eighth of the values are tried as well.
fn candidates(values: &[GridValue]) -> Vec<f64> {
    let (first, last) = (values[0].spacing, values[values.len() - 1].spacing);
    let parts = if first == last { 1 } else { 4 };
    let lengths = (0..parts).map(|part| values.len() >> part);
    lengths
        .filter(|length| *length >= MIN_VALUES)
        .flat_map(|length| bases(&values[..length]))
        .flat_map(|base| (1..=MAX_DIVISOR).map(move |divisor| base / f64::from(divisor)))
        .collect()
}

fn bases(values: &[GridValue]) -> [f64; 3] {
    let mut gaps: Vec<f64> = values.windows(2).map(|w| w[1].at - w[0].at).collect();
    gaps.sort_by(f64::total_cmp);
    let smallest = gaps[0];
    let small: Vec<f64> = gaps
        .iter()
        .copied()
        .take_while(|&gap| gap < 1.25 * smallest)
        .collect();
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    [mean(&small), gaps[gaps.len() / 2], mean(&gaps)]
}

/// A line from codes to positions with its goodness of fit.
#[derive(Clone, Copy, Debug)]
struct Line {
    step: f64,
    origin: f64,
    residual: f64,
    log10_chance: f64,
}

impl Line {
    /// Refines a candidate step by least squares; `None` where the values lie on no grid of about this step.
    fn around(values: &[GridValue], step: f64, quantity: GridQuantity) -> Option<Self> {
        let span = values[values.len() - 1].at - values[0].at;
        if step <= 0.0 || span / step > MAX_STEPS {
            return None;
        }
        // The 256 values next to zero may be codes that were read in the unit of a file.
        let largest = values[0].at.abs().max(values[values.len() - 1].at.abs());
        let is_dense = values.len() >= MIN_DENSE && 2.0 * values.len() as f64 > span / step;
        let are_codes = largest < (STEPS_OF_8_BITS + 0.5) * step && is_dense;
        let ignores_spacing = quantity == GridQuantity::Depth && are_codes;
        let is_evidence = |v: &GridValue| ignores_spacing || v.spacing < MAX_SPACING * step;
        let values: Cow<'_, [GridValue]> = if values.iter().all(is_evidence) {
            values.into()
        } else {
            values.iter().copied().filter(is_evidence).collect()
        };
        let values = &*values;
        if values.len() < MIN_VALUES {
            return None;
        }
        let (mut origin, mut step) = follow(values, step)?;
        let (mut codes, mut before) = (Vec::new(), Vec::new());
        nearest_codes(values, origin, step, &mut codes);
        for _ in 0..3 {
            (origin, step) = least_squares(values, &codes, step)?;
            std::mem::swap(&mut codes, &mut before);
            nearest_codes(values, origin, step, &mut codes);
            // The same codes would give the same line.
            if codes == before {
                break;
            }
        }
        let distance = |(v, code): (&GridValue, &f64)| ((v.at - origin) / step - code).abs();
        let distances: Vec<f64> = values.iter().zip(&codes).map(distance).collect();
        let spacings: Vec<f64> = values.iter().map(|v| v.spacing / step).collect();
        // The number of distinguishable steps per candidate, `span / step`, multiplies the probability (Bonferroni).
        let tried = f64::from(3 * MAX_DIVISOR) * (span / step).max(1.0);
        Some(Self {
            step,
            origin,
            residual: distances.iter().copied().fold(0.0, f64::max),
            log10_chance: log10_chance(&distances, &spacings, ignores_spacing)?
                + libm::log10(tried),
        })
    }
}

/// Decimal logarithm of the probability that unrelated values lie as close to grid points; `None` where these values are too far from them.
///
/// Distances and spacings are in steps. Two values fix the grid. Each other value lies within `r` of a grid point with a probability of `2 r`.
/// Stored values with a spacing of `u` can do so with a probability of `2 r + u` at most.
fn log10_chance(distances: &[f64], spacings: &[f64], ignores_spacing: bool) -> Option<f64> {
    let count = distances.len() as f64;
    let freedom = count - 2.0;
    let log = |probability: f64| libm::log10(probability.clamp(1e-9, 1.0));
    let largest = |of: &mut dyn Iterator<Item = f64>| of.fold(0.0, f64::max);
    let residual = largest(&mut distances.iter().copied());
    let rounded = spacings.iter().any(|u| *u > 0.0);
    let plain = (residual <= MAX_RESIDUAL).then(|| {
        if rounded && !ignores_spacing {
            let all: f64 = spacings.iter().map(|u| log(2.0 * residual + u)).sum();
            all * (freedom / count)
        } else {
            freedom * log(2.0 * residual)
        }
    });
    if !rounded {
        return plain;
    }
    // Rounding explains half a spacing of each distance. The excess is compared instead: then `r` is `excess + u / 2`.
    let pairs = distances.iter().zip(spacings);
    let excess = largest(&mut pairs.map(|(distance, u)| distance - u / 2.0));
    let by_excess = (excess <= MAX_RESIDUAL).then(|| {
        let all: f64 = spacings.iter().map(|u| log(2.0 * (excess + u))).sum();
        all * (freedom / count)
    });
    match (plain, by_excess) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Follows the values from the first and corrects the step after each: with a rough step, a wide gap would be miscounted.
///
/// `None` where several values lie between grid points, which is soon the case for a wrong step.
fn follow(values: &[GridValue], step: f64) -> Option<(f64, f64)> {
    let origin = values[0].at;
    let (mut at, mut step, mut misses) = (0.0, step, 0);
    for value in &values[1..] {
        let exact = (value.at - origin) / step;
        at = nearest_integer(exact);
        if (exact - at).abs() > MISS {
            misses += 1;
            if misses > MAX_MISSES {
                return None;
            }
        }
        if at > 0.0 {
            step = (value.at - origin) / at;
        }
    }
    (at > 0.0).then_some((origin, step))
}

/// Writes the nearest code of each value to `codes`.
fn nearest_codes(values: &[GridValue], origin: f64, step: f64, codes: &mut Vec<f64>) {
    codes.clear();
    let code = |v: &GridValue| nearest_integer((v.at - origin) / step);
    codes.extend(values.iter().map(code));
}

/// Origin and step for the values at their codes by least squares, weighted by the precision of the values.
fn least_squares(values: &[GridValue], codes: &[f64], step: f64) -> Option<(f64, f64)> {
    let weight = |v: &GridValue| {
        let rounding = v.spacing / (EXACT * step);
        1.0 / (1.0 + rounding * rounding)
    };
    let weighted = || {
        values
            .iter()
            .zip(codes)
            .map(|(v, code)| (weight(v), v, code))
    };
    let n: f64 = weighted().map(|(w, ..)| w).sum();
    let mean_code = weighted().map(|(w, _, code)| w * code).sum::<f64>() / n;
    let mean_at = weighted().map(|(w, v, _)| w * v.at).sum::<f64>() / n;
    let (mut products, mut squares) = (0.0, 0.0);
    for (w, value, code) in weighted() {
        let k = code - mean_code;
        products += w * k * (value.at - mean_at);
        squares += w * k * k;
    }
    let step = products / squares;
    (step > 0.0 && step.is_finite()).then_some((mean_at - step * mean_code, step))
}

/// The nearest integer, ties to even.
///
/// It adds and subtracts a number whose last bit has the value one. Unlike [`f64::round_ties_even`], this needs no function call on
/// processors without a rounding instruction, and it vectorises.
pub(super) fn nearest_integer(x: f64) -> f64 {
    /// `2^51`; numbers from here on are multiples of 1/2 or coarser. `SHIFT` is `2^52 + 2^51`.
    const LARGE: f64 = 2_251_799_813_685_248.0;
    const SHIFT: f64 = 3.0 * LARGE;
    if x.abs() < LARGE {
        (x + SHIFT) - SHIFT
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
