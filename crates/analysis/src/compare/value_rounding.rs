//! The rounding of values by the format they were stored in.
//!
//! Whole millimetres and half floats are grids too. Taken for the output's grid, they would hide the error of the output code. So a step is
//! only evidence where it is wider than the spacing of the stored values.

/// Units of depth that files use, per metre, the coarsest first: KITTI, millimetres, TUM RGB-D, ARC.
const UNITS_PER_METRE: [f64; 4] = [256.0, 1000.0, 5000.0, 10_000.0];

/// Two roundings to single precision, as a share of the value.
const SINGLE: f64 = 2.0 * f32::EPSILON as f64;

/// Largest distance from a multiple of a unit, in units. Unrelated values have distances up to 0.5.
const MAX_DISTANCE: f64 = 0.05;

/// Significant bits of half floats.
const HALF_BITS: u32 = 11;

/// Explicit bits of the fraction of an `f64`.
const FRACTION_BITS: u32 = 52;

/// The rounding of stored values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ValueRounding {
    /// Single precision or finer: the spacing of stored values is far below any step.
    Fine,
    /// Multiples of a unit, in metres.
    Unit(f64),
    /// Half floats.
    Half,
}

impl ValueRounding {
    /// Detects the rounding of values in metres.
    pub(super) fn detect(values_m: impl Iterator<Item = f64> + Clone) -> Self {
        let is_multiple = |per_metre: f64| {
            values_m.clone().all(|value_m| {
                let units = value_m * per_metre;
                let distance = (units - units.round()).abs();
                distance <= (SINGLE * units.abs()).clamp(1e-9, MAX_DISTANCE)
            })
        };
        if let Some(per_metre) = UNITS_PER_METRE.into_iter().find(|n| is_multiple(*n)) {
            return Self::Unit(1.0 / per_metre);
        }
        // Whole numbers have few significant bits too, but they are multiples of a unit.
        let bits = values_m.map(significant_bits).max().unwrap_or(0);
        if bits <= HALF_BITS {
            Self::Half
        } else {
            Self::Fine
        }
    }

    /// Returns the distance between neighbouring stored values at a depth, in metres; zero where it is negligible.
    pub(super) fn spacing_m(self, depth_m: f64) -> f64 {
        match self {
            Self::Fine => 0.0,
            Self::Unit(unit_m) => unit_m,
            Self::Half => {
                let (_, exponent) = libm::frexp(depth_m);
                libm::ldexp(1.0, exponent - HALF_BITS as i32)
            }
        }
    }
}

/// Number of bits from the first to the last one that is set.
fn significant_bits(value: f64) -> u32 {
    if value == 0.0 {
        return 0;
    }
    let fraction = value.to_bits() & ((1 << FRACTION_BITS) - 1);
    FRACTION_BITS + 1 - fraction.trailing_zeros().min(FRACTION_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(values: &[f64]) -> ValueRounding {
        ValueRounding::detect(values.iter().copied())
    }

    #[test]
    fn units_are_detected_in_single_and_double_precision() {
        for (per_metre, unit_m) in [(1000.0, 1e-3), (256.0, 1.0 / 256.0), (5000.0, 2e-4)] {
            let exact: Vec<f64> = (301..60_000)
                .step_by(997)
                .map(|k| f64::from(k) / per_metre)
                .collect();
            assert_eq!(detect(&exact), ValueRounding::Unit(unit_m));
            let single: Vec<f64> = exact.iter().map(|v| f64::from(*v as f32)).collect();
            assert_eq!(detect(&single), ValueRounding::Unit(unit_m));
        }
    }

    #[test]
    fn half_floats_are_detected_with_their_spacing() {
        let values: Vec<f64> = (1..90)
            .map(|k| half::f16::from_f64(0.137 * f64::from(k)).to_f64())
            .collect();
        assert_eq!(detect(&values), ValueRounding::Half);
        for value in values {
            let next = half::f16::from_bits(half::f16::from_f64(value).to_bits() + 1).to_f64();
            assert_eq!(ValueRounding::Half.spacing_m(value), next - value);
        }
    }

    #[test]
    fn other_values_are_fine() {
        let single: Vec<f64> = (1..90)
            .map(|k| f64::from((0.013_712_3 * f64::from(k)) as f32))
            .collect();
        assert_eq!(detect(&single), ValueRounding::Fine);
        assert_eq!(ValueRounding::Fine.spacing_m(3.0), 0.0);
    }

    #[test]
    fn significant_bits_are_counted() {
        assert_eq!(
            [0.0, 1.0, 0.75, 5.0, 0.1].map(significant_bits),
            [0, 1, 2, 3, 52]
        );
    }
}
