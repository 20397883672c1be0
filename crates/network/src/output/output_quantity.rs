//! Physical meaning of a network's output, and the conversion to metres.
//!
//! Five of nine usual depth networks output disparity or inverse depth, so that an error of the output is another error in metres at every
//! depth. Conversions are in `f64`. An output that has no depth (0 or negative where that means nothing) becomes NaN.

use std::fmt;
use std::str::FromStr;

use fathom_core::i18n::tr;
use thiserror::Error;

/// The quantity that a network outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutputQuantity {
    /// Depth in metres.
    Metres,
    /// Depth in millimetres.
    Millimetres,
    /// Depth in metres is `1 / (a + b y)`. monodepth2 has `a = 1 / max_depth` and `b = 1 / min_depth - 1 / max_depth`.
    Disparity {
        /// Inverse depth at y = 0, in 1/m.
        a: f64,
        /// Inverse depth per unit of y, in 1/m.
        b: f64,
    },
    /// Depth in metres is `1 / y`. Relative networks such as MiDaS know neither scale nor shift: fit them first
    /// ([`OutputQuantity::fitted_disparity`]).
    Inverse,
    /// Depth in metres is `exp(y)`.
    Log,
    /// Depth in metres is `y` times a maximum or another factor.
    Scaled {
        /// Metres per unit.
        factor_m: f64,
    },
}

/// A text of `--output` that names no quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", tr!("`{text}` is no quantity of an output: use metres, millimetres, inverse, log, scaled:FACTOR or disparity:A,B, where depth = 1 / (A + B y)", text = .0))]
pub struct OutputTextError(String);

impl OutputQuantity {
    /// The disparity of monodepth2 and Lite-Mono, with depths of 0.1 m to 100 m.
    pub const MONODEPTH2: Self = Self::Disparity { a: 0.01, b: 9.99 };

    /// Depth in metres; NaN without one.
    #[must_use]
    pub fn to_metres(self, value: f64) -> f64 {
        let positive = |depth_m: f64| {
            if depth_m > 0.0 && depth_m.is_finite() {
                depth_m
            } else {
                f64::NAN
            }
        };
        positive(match self {
            Self::Metres => value,
            Self::Millimetres => value / 1000.0,
            Self::Disparity { a, b } => 1.0 / (a + b * value),
            Self::Inverse => 1.0 / value,
            Self::Log => libm::exp(value),
            Self::Scaled { factor_m } => value * factor_m,
        })
    }

    /// The output for a depth in metres; NaN for none.
    #[must_use]
    pub fn from_metres(self, depth_m: f64) -> f64 {
        if !(depth_m > 0.0 && depth_m.is_finite()) {
            return f64::NAN;
        }
        match self {
            Self::Metres => depth_m,
            Self::Millimetres => depth_m * 1000.0,
            Self::Disparity { a, b } => (1.0 / depth_m - a) / b,
            Self::Inverse => 1.0 / depth_m,
            Self::Log => libm::log(depth_m),
            Self::Scaled { factor_m } => depth_m / factor_m,
        }
    }

    /// Metres per unit of the output at a depth in metres: the factor from a small error of the output to an error of depth, without its
    /// sign.
    #[must_use]
    pub fn metres_per_unit(self, depth_m: f64) -> f64 {
        match self {
            Self::Metres => 1.0,
            Self::Millimetres => 1e-3,
            Self::Disparity { b, .. } => b.abs() * depth_m * depth_m,
            Self::Inverse => depth_m * depth_m,
            Self::Log => depth_m,
            Self::Scaled { factor_m } => factor_m.abs(),
        }
    }

    /// Returns true if larger outputs are nearer.
    #[must_use]
    pub fn is_inverse(self) -> bool {
        match self {
            Self::Disparity { b, .. } => b > 0.0,
            Self::Inverse => true,
            Self::Metres | Self::Millimetres | Self::Log | Self::Scaled { .. } => false,
        }
    }

    /// The disparity whose `a` and `b` bring outputs nearest to the inverse of true depths by least squares, as MiDaS evaluates relative
    /// networks. Pairs without a true depth above 0 do not count. Returns nothing below two pairs, or if all outputs are equal.
    #[must_use]
    pub fn fitted_disparity(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let (mut n, mut y, mut t, mut yy, mut yt) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (value, depth_m) in pairs {
            if !(depth_m > 0.0 && depth_m.is_finite() && value.is_finite()) {
                continue;
            }
            let target = 1.0 / depth_m;
            n += 1.0;
            y += value;
            t += target;
            yy += value * value;
            yt += value * target;
        }
        let spread = n * yy - y * y;
        if n < 2.0 || spread <= 1e-12 * n * yy {
            return None;
        }
        let b = (n * yt - y * t) / spread;
        let a = (t - b * y) / n;
        (b != 0.0).then_some(Self::Disparity { a, b })
    }
}

impl fmt::Display for OutputQuantity {
    /// The text of `--output`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metres => f.write_str("metres"),
            Self::Millimetres => f.write_str("millimetres"),
            Self::Disparity { a, b } => write!(f, "disparity:{a},{b}"),
            Self::Inverse => f.write_str("inverse"),
            Self::Log => f.write_str("log"),
            Self::Scaled { factor_m } => write!(f, "scaled:{factor_m}"),
        }
    }
}

impl FromStr for OutputQuantity {
    type Err = OutputTextError;

    fn from_str(text: &str) -> Result<Self, OutputTextError> {
        let refuse = || OutputTextError(text.to_owned());
        let number = |text: &str| {
            let number = text.trim().parse().ok();
            number
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(refuse)
        };
        let (name, values) = text.split_once(':').unwrap_or((text, ""));
        match (name.trim(), values.trim()) {
            ("metres" | "m", "") => Ok(Self::Metres),
            ("millimetres" | "mm", "") => Ok(Self::Millimetres),
            ("inverse", "") => Ok(Self::Inverse),
            ("log", "") => Ok(Self::Log),
            ("scaled", factor) => {
                let factor_m = number(factor)?;
                if factor_m > 0.0 {
                    Ok(Self::Scaled { factor_m })
                } else {
                    Err(refuse())
                }
            }
            ("disparity", values) => {
                let (a, b) = values.split_once(',').ok_or_else(refuse)?;
                let (a, b) = (number(a)?, number(b)?);
                if b == 0.0 {
                    Err(refuse())
                } else {
                    Ok(Self::Disparity { a, b })
                }
            }
            _ => Err(refuse()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUANTITIES: [OutputQuantity; 7] = [
        OutputQuantity::Metres,
        OutputQuantity::Millimetres,
        OutputQuantity::MONODEPTH2,
        OutputQuantity::Disparity { a: 2.0, b: -0.5 },
        OutputQuantity::Inverse,
        OutputQuantity::Log,
        OutputQuantity::Scaled { factor_m: 80.0 },
    ];

    #[test]
    fn conversions_are_inverses() {
        for quantity in QUANTITIES {
            for depth_m in [0.3, 1.0, 2.5, 40.0] {
                let value = quantity.from_metres(depth_m);
                let again = quantity.to_metres(value);
                assert!((again / depth_m - 1.0).abs() < 1e-12, "{quantity}: {again}");
                let step = 1e-6 * value.abs().max(1e-3);
                let slope = (quantity.to_metres(value + step) - quantity.to_metres(value - step))
                    / (2.0 * step);
                let expected = quantity.metres_per_unit(depth_m);
                assert!(
                    (slope.abs() / expected - 1.0).abs() < 1e-5,
                    "{quantity}: {slope}"
                );
                assert_eq!(slope < 0.0, quantity.is_inverse(), "{quantity}");
            }
            for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
                assert!(quantity.from_metres(none).is_nan());
            }
        }
    }

    #[test]
    fn outputs_without_a_depth_are_nan() {
        assert!(OutputQuantity::Metres.to_metres(-0.1).is_nan());
        assert!(OutputQuantity::Inverse.to_metres(0.0).is_nan());
        assert!(OutputQuantity::MONODEPTH2.to_metres(-1.0).is_nan());
        assert!(OutputQuantity::Log.to_metres(1e6).is_nan());
    }

    #[test]
    fn texts_are_read_and_written() {
        for quantity in QUANTITIES {
            assert_eq!(quantity.to_string().parse(), Ok(quantity));
        }
        assert_eq!(
            "disparity:0.1,9.9".parse(),
            Ok(OutputQuantity::Disparity { a: 0.1, b: 9.9 })
        );
        assert_eq!("mm".parse(), Ok(OutputQuantity::Millimetres));
        for text in [
            "",
            "depth",
            "disparity",
            "disparity:1",
            "disparity:0.1,0",
            "scaled:-1",
            "scaled",
            "log:2",
            "inverse:NaN",
        ] {
            let error = text.parse::<OutputQuantity>().expect_err(text).to_string();
            assert!(
                error.contains(&format!("`{text}`")) && error.contains("disparity:A,B"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_fit_is_the_least_squares_line() {
        // Against the normal equations solved on a grid around the result.
        let pairs: Vec<(f64, f64)> = (1..40)
            .map(|i| {
                let depth_m = 0.5 + 0.1 * f64::from(i);
                let noise = 0.01 * f64::from(i * 7919 % 13 - 6);
                (3.0 / depth_m - 0.2 + noise, depth_m)
            })
            .collect();
        let fitted = OutputQuantity::fitted_disparity(pairs.iter().copied());
        let Some(OutputQuantity::Disparity { a, b }) = fitted else {
            panic!("a fit: {fitted:?}");
        };
        let cost = |a: f64, b: f64| -> f64 {
            pairs
                .iter()
                .map(|(y, d)| (a + b * y - 1.0 / d) * (a + b * y - 1.0 / d))
                .sum()
        };
        for (da, db) in [(1e-4, 0.0), (-1e-4, 0.0), (0.0, 1e-4), (0.0, -1e-4)] {
            assert!(cost(a, b) < cost(a + da, b + db));
        }
        assert!((b - 1.0 / 3.0).abs() < 0.01, "{b}");
        assert_eq!(
            OutputQuantity::fitted_disparity([(1.0, 2.0), (1.0, 3.0)]),
            None
        );
        assert_eq!(
            OutputQuantity::fitted_disparity([(1.0, 2.0), (2.0, f64::NAN)]),
            None
        );
    }
}
