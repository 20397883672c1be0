//! New scales for a quantizer that keeps its type: other ranges, one scale a channel, or a range that makes the squared error least.

use fathom_analysis::calibrators::Calibrator;

use super::activation_statistics::ActivationStatistics;
use super::code_form::CodeForm;
use super::quantize_scheme::ActivationScheme;
use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};

/// Shares of the range that the search tries, largest first. Below a third of the range clipping outweighs every gain at 8 bits.
const SHARES: usize = 36;

/// Difference of two shares.
const SHARE_STEP: f64 = 0.02;

/// The choice of a constant's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeChoice {
    /// From the smallest to the largest value.
    MinMax,
    /// The share of that, from 100 % down to 30 %, with the least squared error.
    LeastSquares,
}

/// The form of codes with scales that lie in the file. `None` for others, and for codes outside 4 to 16 bits.
fn form_of(parameters: &QuantizationParameters) -> Option<CodeForm> {
    let CodeType::Integer { bits, is_signed } = parameters.code_type else {
        return None;
    };
    let Scales::Fixed { zero_points, .. } = &parameters.scales else {
        return None;
    };
    (4..=16).contains(&bits).then(|| CodeForm {
        bits,
        is_signed,
        is_symmetric: is_signed && zero_points.iter().all(|&zero| zero == 0),
    })
}

/// The parameters of a constant for its values, with one scale a channel if `axis` is given. `None` for codes that have no range to choose:
/// floating-point ones, those of more than 16 bits, blocks, and scales that are made at run time.
#[must_use]
pub fn refitted_constant(
    parameters: &QuantizationParameters,
    values: &[f32],
    shape: &[usize],
    axis: Option<usize>,
    choice: RangeChoice,
) -> Option<QuantizationParameters> {
    let form = form_of(parameters)?;
    if matches!(parameters.granularity, Granularity::Blocked { .. }) {
        return None;
    }
    let channels = axis.and_then(|axis| shape.get(axis)).copied().unwrap_or(1);
    let axis = axis.filter(|_| channels > 1);
    let granularity = axis.map_or(Granularity::PerTensor, |axis| Granularity::PerAxis { axis });
    let inner: usize = match axis {
        Some(axis) => shape.iter().skip(axis + 1).product::<usize>().max(1),
        None => values.len().max(1),
    };
    let channel = |place: usize| place / inner % channels.max(1);
    let mut ranges = vec![(0.0_f64, 0.0_f64); channels.max(1)];
    for (place, &value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        let (low, high) = &mut ranges[channel(place)];
        *low = low.min(f64::from(value));
        *high = high.max(f64::from(value));
    }
    if choice == RangeChoice::LeastSquares {
        let mut best = vec![(f64::INFINITY, 1.0); ranges.len()];
        for step in 0..SHARES {
            let share = 1.0 - SHARE_STEP * step as f64;
            let smaller: Vec<_> = ranges.iter().map(|r| (r.0 * share, r.1 * share)).collect();
            let mut rounded = values.to_vec();
            form.parameters(&smaller, granularity)
                .round(&mut rounded, shape);
            let mut errors = vec![0.0; ranges.len()];
            for (place, (after, before)) in rounded.iter().zip(values).enumerate() {
                let error = f64::from(after - before);
                errors[channel(place)] += error * error;
            }
            for (best, error) in best.iter_mut().zip(errors) {
                if error < best.0 {
                    *best = (error, share);
                }
            }
        }
        for (range, (_, share)) in ranges.iter_mut().zip(best) {
            *range = (range.0 * share, range.1 * share);
        }
    }
    Some(form.parameters(&ranges, granularity))
}

/// The parameters of an activation for its values over frames. `None` where [`refitted_constant`] has none, and without a finite value.
#[must_use]
pub fn refitted_activation(
    parameters: &QuantizationParameters,
    statistics: &ActivationStatistics,
    calibrator: Calibrator,
) -> Option<QuantizationParameters> {
    let form = form_of(parameters)?;
    if parameters.granularity != Granularity::PerTensor {
        return None;
    }
    let scheme = ActivationScheme {
        bits: form.bits,
        is_symmetric: form.is_symmetric,
        is_signed: form.is_signed,
        calibrator,
    };
    Some(scheme.parameters(statistics)?.parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(parameters: &QuantizationParameters, values: &[f32], shape: &[usize]) -> f64 {
        let mut rounded = values.to_vec();
        parameters.round(&mut rounded, shape);
        let errors = rounded.iter().zip(values).map(|(a, b)| f64::from(a - b));
        errors.map(|e| e * e).sum()
    }

    /// Two channels of unlike size, one with a value far out.
    fn weights() -> Vec<f32> {
        let mut out: Vec<f32> = (0..200)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0)
            .collect();
        for value in &mut out[100..] {
            *value /= 10.0;
        }
        out[3] = 1.6;
        out
    }

    #[test]
    fn a_channel_has_the_share_with_the_least_error() {
        let (weights, shape) = (weights(), [2, 100]);
        let four = CodeType::Integer {
            bits: 4,
            is_signed: true,
        };
        let before = QuantizationParameters::per_tensor(four, 1.6 / 7.0, 0);
        let refit = |axis, choice| {
            refitted_constant(&before, &weights, &shape, axis, choice).expect("a grid")
        };
        let per_channel = refit(Some(0), RangeChoice::MinMax);
        let searched = refit(Some(0), RangeChoice::LeastSquares);
        assert_eq!(per_channel.granularity, Granularity::PerAxis { axis: 0 });
        // Brute force over each channel alone.
        let mut least = 0.0;
        for channel in weights.chunks(100) {
            let largest = channel.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            let errors = (0..36).map(|step| {
                let share = 1.0 - 0.02 * step as f32;
                let grid = QuantizationParameters::per_tensor(four, largest * share / 7.0, 0);
                error(&grid, channel, &[100])
            });
            least += errors.fold(f64::INFINITY, f64::min);
        }
        let found = error(&searched, &weights, &shape);
        assert!((found / least - 1.0).abs() < 1e-4, "{found} {least}");
        let min_max = error(&per_channel, &weights, &shape);
        assert!(found < 0.9 * min_max, "{found} {min_max}");
        let whole = error(&refit(None, RangeChoice::MinMax), &weights, &shape);
        assert!((whole / error(&before, &weights, &shape) - 1.0).abs() < 1e-6);
        assert!(error(&per_channel, &weights, &shape) < whole);
    }

    #[test]
    fn codes_without_a_range_to_choose_are_left() {
        let wide = CodeType::Integer {
            bits: 32,
            is_signed: true,
        };
        for parameters in [
            QuantizationParameters::dynamic(),
            QuantizationParameters::per_tensor(wide, 1.0, 0),
        ] {
            let refit = refitted_constant(&parameters, &[1.0], &[1], None, RangeChoice::MinMax);
            assert_eq!(refit, None);
        }
    }
}
