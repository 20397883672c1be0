//! Quantities in which the values of an output code can be equally spaced.
//!
//! A network that predicts depth has equal steps in depth. A sigmoid disparity head has `depth = 1 / (a + b d)` with `d` on 8 bits, so its
//! steps are equal in inverse depth (C. Godard et al., "Digging into self-supervised monocular depth estimation", 2019, `disp_to_depth`).
//! A network that predicts the logarithm of depth has equal ratios.

use fathom_core::i18n::tr;
use fathom_core::units;
use serde::{Deserialize, Serialize};

/// A quantity that grows or falls with depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GridQuantity {
    /// Depth, in metres.
    #[default]
    Depth,
    /// Inverse depth, in 1/m.
    InverseDepth,
    /// Natural logarithm of the depth in metres.
    LogDepth,
}

impl GridQuantity {
    /// All quantities, the simplest first.
    pub const ALL: [Self; 3] = [Self::Depth, Self::InverseDepth, Self::LogDepth];

    /// Returns the name for reports. It is not translated.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::InverseDepth => "inverse depth",
            Self::LogDepth => "log depth",
        }
    }

    /// Returns the quantity of a depth in metres. Inverse depth is infinite and log depth minus infinity for depths of zero or less.
    #[must_use]
    pub fn from_depth_m(self, depth_m: f64) -> f64 {
        match self {
            Self::Depth => depth_m,
            Self::InverseDepth if depth_m > 0.0 => 1.0 / depth_m,
            Self::InverseDepth => f64::INFINITY,
            Self::LogDepth if depth_m > 0.0 => libm::log(depth_m),
            Self::LogDepth => f64::NEG_INFINITY,
        }
    }

    /// Returns the depth in metres of a value of the quantity. It is infinite for inverse depths of zero or less.
    #[must_use]
    pub fn to_depth_m(self, value: f64) -> f64 {
        match self {
            Self::Depth => value,
            Self::InverseDepth if value > 0.0 => 1.0 / value,
            Self::InverseDepth => f64::INFINITY,
            Self::LogDepth => libm::exp(value),
        }
    }

    /// Returns the change of the quantity per metre at a depth in metres, without sign.
    #[must_use]
    pub fn per_metre(self, depth_m: f64) -> f64 {
        match self {
            Self::Depth => 1.0,
            Self::InverseDepth => 1.0 / (depth_m * depth_m),
            Self::LogDepth => 1.0 / depth_m,
        }
    }

    /// Returns the unit of the quantity, for reports.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Depth => "m",
            Self::InverseDepth => "1/m",
            Self::LogDepth => "1",
        }
    }

    /// Returns a step of the quantity as text with its unit, translated: "14.6 mm", "0.00725 1/m in inverse depth", "1.9 % of the depth".
    #[must_use]
    pub fn step_text(self, step: f64) -> String {
        match self {
            Self::Depth => units::length(step),
            Self::InverseDepth => tr!("{} 1/m in inverse depth", units::ratio(step)),
            Self::LogDepth => tr!("{} of the depth", units::share(libm::expm1(step))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_depth_returns_from_each_quantity(depth_m in 1e-3_f64..300.0) {
            for quantity in GridQuantity::ALL {
                let back = quantity.to_depth_m(quantity.from_depth_m(depth_m));
                prop_assert!((back / depth_m - 1.0).abs() < 1e-14, "{quantity:?}: {back}");
            }
        }

        #[test]
        fn the_slope_is_that_of_a_small_change(depth_m in 0.1_f64..100.0) {
            for quantity in GridQuantity::ALL {
                let h = 1e-6 * depth_m;
                let rise = quantity.from_depth_m(depth_m + h) - quantity.from_depth_m(depth_m - h);
                let slope = (rise / (2.0 * h)).abs();
                prop_assert!((slope / quantity.per_metre(depth_m) - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn depths_of_zero_and_less_lie_beyond_every_code() {
        for depth_m in [0.0, -0.0, -1.0] {
            assert_eq!(
                GridQuantity::InverseDepth.from_depth_m(depth_m),
                f64::INFINITY
            );
            assert_eq!(
                GridQuantity::LogDepth.from_depth_m(depth_m),
                f64::NEG_INFINITY
            );
        }
        assert_eq!(GridQuantity::InverseDepth.to_depth_m(-0.0), f64::INFINITY);
        assert_eq!(GridQuantity::InverseDepth.to_depth_m(f64::INFINITY), 0.0);
    }

    #[test]
    fn steps_name_their_quantity() {
        let texts = [
            (GridQuantity::Depth, 0.014_623, "14.6 mm"),
            (
                GridQuantity::InverseDepth,
                0.007_254_9,
                "0.00725 1/m in inverse depth",
            ),
            (GridQuantity::LogDepth, 0.018_9, "1.9 % of the depth"),
        ];
        for (quantity, step, text) in texts {
            assert_eq!(quantity.step_text(step), text);
        }
    }
}
