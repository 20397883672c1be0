//! ACIQ: the optimal clipping threshold for a Laplace or normal density, from a closed form of the error.
//!
//! R. Banner, Y. Nahshan and D. Soudry, "Post training 4-bit quantization of convolutional networks for rapid-deployment", NeurIPS
//! 2019. With a step of `2 alpha / 2^M` the mean squared error is, for Laplace with scale b,
//! `2 b^2 exp(-alpha / b) + alpha^2 / (3 4^M)`, and for a normal density with deviation s,
//! `(s^2 + alpha^2) erfc(alpha / (s sqrt(2))) - sqrt(2 / pi) alpha s exp(-alpha^2 / (2 s^2)) + alpha^2 / (3 4^M)`. The authors'
//! `int_quantizer.py` places one-sided ranges from 0 to mean + alpha, with the alpha of one more bit.

use serde::{Deserialize, Serialize};

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use super::percentile::Sides;
use fathom_core::quant::{Bits, OutputRange};

/// The density that the method assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AssumedDensity {
    /// `exp(-|d - mean| / b)`.
    Laplace,
    /// The normal density.
    Gauss,
}

/// Computes the range from the mean and the spread of the depths.
///
/// # Errors
/// [`CalibrationError::Range`] where the depths have no spread.
pub(super) fn range(
    data: &impl CalibrationData,
    bits: Bits,
    density: AssumedDensity,
    sides: Sides,
) -> Result<OutputRange, CalibrationError> {
    // A range from 0 on has no room for negative values.
    let sides = if data.min() < 0.0 { Sides::Two } else { sides };
    let bits = match sides {
        Sides::One => u32::from(bits.get()) + 1,
        Sides::Two => u32::from(bits.get()),
    };
    let mean = data.mean();
    let alpha = match density {
        AssumedDensity::Laplace => laplace_ratio(bits) * data.mean_deviation(),
        AssumedDensity::Gauss => gauss_ratio(bits) * data.std(),
    };
    let (low, high) = match sides {
        Sides::One => (0.0, mean + alpha),
        Sides::Two => {
            let low = (mean - alpha).max(data.min());
            (low, low + 2.0 * alpha)
        }
    };
    Ok(OutputRange::new(low, high)?)
}

/// Returns the root of a decreasing function between 0 and 64, by bisection.
fn root(falling: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 64.0);
    // 60 halvings of 64 reach the last bit of the result.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if falling(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Returns `3 4^M`: the rounding error is `alpha^2` divided by it.
fn divisor(bits: u32) -> f64 {
    3.0 * libm::ldexp(1.0, 2 * bits.min(32) as i32)
}

/// Computes the optimal `alpha / b` for a Laplace density and `bits` bits: the root of `exp(-x) = x / (3 4^M)`.
fn laplace_ratio(bits: u32) -> f64 {
    root(|x| libm::exp(-x) - x / divisor(bits))
}

/// Computes the optimal `alpha / sigma` for a normal density and `bits` bits: the root of the error's derivative.
fn gauss_ratio(bits: u32) -> f64 {
    let slope = (2.0 / std::f64::consts::PI).sqrt();
    root(|x| {
        let tail = libm::erfc(x / std::f64::consts::SQRT_2);
        slope * libm::exp(-x * x / 2.0) - x * tail - x / divisor(bits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratios_are_those_of_the_authors() {
        let rows = [
            (2, 2.830_682_99, 1.710_635_19),
            (3, 3.897_229_46, 2.151_592_77),
            (4, 5.028_640_14, 2.559_136_46),
            (5, 6.204_766_33, 2.936_200_62),
            (6, 7.413_126_22, 3.286_914_74),
            (7, 8.645_619_95, 3.615_114_6),
            (8, 9.896_759_82, 3.924_037_14),
        ];
        for (bits, laplace, gauss) in rows {
            // The authors' optimiser stops once the error changes by less than 1e-8, relative; the error is flat there.
            assert!((laplace_ratio(bits) - laplace).abs() < 1e-5, "{bits}");
            assert!((gauss_ratio(bits) - gauss).abs() < 1e-5, "{bits}");
        }
        assert!((laplace_ratio(9) - 11.162_685_02).abs() < 1e-5);
        assert!((gauss_ratio(9) - 4.2).abs() < 0.02);
    }
}
