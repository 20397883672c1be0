//! Companding codes: uniform after a curve, namely logarithm, inverse, power or mu-law.
//!
//! Values are equally spaced in `f(d)` between the two ends, and a depth gets the value with the nearest `f`. A network whose normalised
//! head predicts `f(d)` does the same.
//!
//! Sources: the logarithmic spacing is that of H. Fu et al., "Deep Ordinal Regression Network for Monocular Depth Estimation", CVPR 2018.
//! Inverse depth is disparity up to a factor. Mu-law as in ITU-T G.711, with a free mu.

use super::bit_width::Bits;
use super::code_error::{CodeError, check_levels};
use super::output_range::OutputRange;
use super::table_code::TableCode;

/// The curve `f` in which the values are equally spaced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
    /// `ln d`: a constant ratio between neighbours.
    Logarithm,
    /// `d^p`; `p = -1` is inverse depth.
    Power(f64),
    /// `ln(1 + mu x)`, with `x` the depth's position in the range.
    MuLaw(f64),
}

impl Curve {
    /// `f(d)`, ascending, for a depth in the range.
    fn forward(self, depth_m: f64, range: OutputRange) -> f64 {
        match self {
            Self::Logarithm => libm::log(depth_m),
            // The sign makes inverse powers ascend.
            Self::Power(p) => p.signum() * power(depth_m, p),
            Self::MuLaw(mu) => libm::log1p(mu * (depth_m - range.min_m()) / range.width_m()),
        }
    }

    /// The depth with this `f`.
    fn inverse(self, f: f64, range: OutputRange) -> f64 {
        match self {
            Self::Logarithm => libm::exp(f),
            Self::Power(p) => power(f * p.signum(), 1.0 / p),
            Self::MuLaw(mu) => range.min_m() + range.width_m() * libm::expm1(f) / mu,
        }
    }

    /// Checks the curve's parameter, and that the curve exists over the range.
    fn check(self, name: &str, range: OutputRange) -> Result<(), CodeError> {
        match self {
            Self::Power(p) if !(p.abs() <= 8.0 && p != 0.0) => Err(CodeError::Exponent(p)),
            Self::MuLaw(mu) if !(mu > 0.0 && mu <= 1e6) => Err(CodeError::Mu(mu)),
            Self::Logarithm if range.min_m() <= 0.0 => {
                Err(CodeError::StartNotPositive(name.to_owned()))
            }
            Self::Power(p) if p < 0.0 && range.min_m() <= 0.0 => {
                Err(CodeError::StartNotPositive(name.to_owned()))
            }
            Self::Power(_) if range.min_m() < 0.0 => Err(CodeError::StartNegative(name.to_owned())),
            _ => Ok(()),
        }
    }
}

/// `x^p`, exact where a cheaper function is.
fn power(x: f64, p: f64) -> f64 {
    if p == 0.5 {
        x.sqrt()
    } else if p == 2.0 {
        x * x
    } else if p == -1.0 {
        1.0 / x
    } else {
        libm::pow(x, p)
    }
}

/// The code of [`super::CodeSpec::Logarithmic`], for programs that need no other code.
///
/// # Errors
/// [`CodeError`] if the range does not start above 0 m.
pub fn logarithmic_code(range: OutputRange, bits: Bits) -> Result<TableCode, CodeError> {
    companded("", Curve::Logarithm, range, bits.steps() as usize + 1)
}

/// The code with `levels` values over a range, both ends included.
pub(super) fn companded(
    name: &str,
    curve: Curve,
    range: OutputRange,
    levels: usize,
) -> Result<TableCode, CodeError> {
    let steps = f64::from(check_levels(levels)? - 1);
    curve.check(name, range)?;
    let (first, last) = (
        curve.forward(range.min_m(), range),
        curve.forward(range.max_m(), range),
    );
    let at = |k: f64| {
        let depth_m = curve.inverse(first + (last - first) * (k / steps), range);
        // Rounding may move a value beyond the ends.
        depth_m.clamp(range.min_m(), range.max_m())
    };
    let mut values_m: Vec<f64> = (0..levels).map(|k| at(k as f64)).collect();
    if let [start, .., end] = values_m.as_mut_slice() {
        (*start, *end) = (range.min_m(), range.max_m());
    }
    let starts_m = (0..levels - 1).map(|k| at(k as f64 + 0.5)).collect();
    TableCode::new(name, range, values_m, starts_m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::ScalarCode;
    use proptest::prelude::*;

    const CURVES: [Curve; 7] = [
        Curve::Logarithm,
        Curve::Power(-1.0),
        Curve::Power(0.5),
        Curve::Power(0.3),
        Curve::Power(2.0),
        Curve::MuLaw(255.0),
        Curve::MuLaw(3.0),
    ];

    fn range(min_m: f64, max_m: f64) -> OutputRange {
        OutputRange::new(min_m, max_m).expect("a range")
    }

    #[test]
    fn logarithmic_values_have_a_constant_ratio_and_inverse_ones_a_constant_difference() {
        let over = range(0.5, 15.0);
        let log = companded("log", Curve::Logarithm, over, 256).expect("a code");
        let ratio = libm::exp(libm::log(30.0) / 255.0);
        for k in 0..255 {
            assert!((log.value_m(k + 1) / log.value_m(k) / ratio - 1.0).abs() < 1e-12);
        }
        let inverse = companded("inverse", Curve::Power(-1.0), over, 256).expect("a code");
        let step = (1.0 / 0.5 - 1.0 / 15.0) / 255.0;
        for k in 0..255 {
            let got = 1.0 / inverse.value_m(k) - 1.0 / inverse.value_m(k + 1);
            assert!((got / step - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn invalid_parameters_and_ranges_are_refused() {
        let rows = [
            (Curve::Logarithm, range(0.0, 1.0), "above 0 m"),
            (Curve::Power(-1.0), range(0.0, 1.0), "above 0 m"),
            (Curve::Power(0.5), range(-1.0, 1.0), "at 0 m or above"),
            (Curve::Power(0.0), range(0.5, 1.0), "exponent"),
            (Curve::Power(f64::NAN), range(0.5, 1.0), "exponent"),
            (Curve::MuLaw(0.0), range(0.5, 1.0), "mu"),
            (Curve::MuLaw(f64::INFINITY), range(0.5, 1.0), "mu"),
        ];
        for (curve, over, part) in rows {
            let error = companded("test", curve, over, 256).expect_err("refused");
            assert!(error.to_string().contains(part), "{error}");
        }
        let crowded = companded("test", Curve::Power(8.0), range(0.0, 1e9), 1);
        assert_eq!(crowded, Err(CodeError::Levels(1)));
    }

    proptest! {
        #[test]
        fn a_depth_gets_the_value_whose_curve_is_nearest(
            a in 0.01_f64..3.0, width in 0.1_f64..80.0, place in 0.0_f64..1.0, bits in 1_u8..=10,
        ) {
            let over = range(a, a + width);
            let depth_m = a + place * width;
            for curve in CURVES {
                let levels = 1_usize << bits;
                let code = companded("test", curve, over, levels).expect("a code");
                let (first, last) = (curve.forward(a, over), curve.forward(over.max_m(), over));
                let exact = (curve.forward(depth_m, over) - first) / (last - first) * (levels - 1) as f64;
                let got = code.index_of(depth_m) as f64;
                prop_assert!((got - exact).abs() <= 0.5 + 1e-6, "{curve:?}: {got} against {exact}");
                prop_assert_eq!(code.value_m(0), a);
                prop_assert_eq!(code.value_m(levels - 1), over.max_m());
            }
        }
    }
}
