//! Bit widths: the number of bits that a tolerance requires, and the gain of each further bit.

use super::range_point::RangePoint;
use crate::policy::Policy;
use crate::range_report::RangeSettings;
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{Bits, CodeError, CodeSpec, OutputRange, ScalarCode};
use fathom_core::stats::Distribution;
use serde::{Deserialize, Serialize};

/// The error that a tolerance bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorMeasure {
    /// The largest rounding error: half a step.
    Largest,
    /// The RMSE of rounding: a step divided by the square root of 12 (Bennett 1948).
    Rmse,
}

/// The reason why there is no number of bits.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum BitsError {
    /// The tolerance is zero, negative or not a number.
    #[error("{}", tr!("a tolerance must be above 0 m"))]
    Tolerance,
    /// The depth is outside the range.
    #[error("{}", tr!("{depth_m} m lies outside the range: no number of bits helps there", depth_m = .depth_m))]
    Outside {
        /// The depth, in metres.
        depth_m: f64,
    },
    /// The code cannot be built.
    #[error(transparent)]
    Code(#[from] CodeError),
}

/// Computes the smallest bit width with which a code over a range rounds a depth within `tolerance_m`.
///
/// Uses the code's step at the depth. For X percent at Y metres pass `tolerance_m = X / 100 * Y`. A number format returns its own width.
/// Returns `None` where 16 bits are not enough.
///
/// # Errors
/// [`BitsError`] where the tolerance is not positive, the depth is outside the range or the code cannot be built.
pub(super) fn bits_needed(
    code: &CodeSpec,
    range: OutputRange,
    depth_m: f64,
    tolerance_m: f64,
    measure: ErrorMeasure,
) -> Result<Option<Bits>, BitsError> {
    if tolerance_m.is_nan() || tolerance_m <= 0.0 {
        return Err(BitsError::Tolerance);
    }
    let share = match measure {
        ErrorMeasure::Largest => 0.5,
        ErrorMeasure::Rmse => 1.0 / 12.0_f64.sqrt(),
    };
    for bits in (1..=16).filter_map(Bits::new) {
        let built = code.over(range, bits)?;
        // The factor lets a tolerance equal to the half step pass in spite of rounding.
        let step_m = built
            .step_at_m(depth_m)
            .ok_or(BitsError::Outside { depth_m })?;
        if step_m * share <= tolerance_m * (1.0 + 1e-12) {
            let bits = u8::try_from(built.storage_bits()).ok().and_then(Bits::new);
            return Ok(bits);
        }
    }
    Ok(None)
}

/// Bit widths of a sweep.
pub const SWEEP_BITS: std::ops::RangeInclusive<u8> = 4..=16;

/// A range measured at one bit width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BitRow {
    /// The bit width.
    pub bits: Bits,
    /// The errors at this width.
    pub point: RangePoint,
}

/// A metric of a range at one bit width, and its change against one bit less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BitGain {
    /// The bit width.
    pub bits: Bits,
    /// Step of the uniform code over the entered range, in metres.
    pub step_m: f64,
    /// The metric's value; `None` where the policy leaves no pixel.
    pub value: Option<f64>,
    /// Rounding part of the value.
    pub rounding: Option<f64>,
    /// Clipping part of the value.
    pub clipping: Option<f64>,
    /// The change against one bit less, as a share of that value; `None` for the first width and where that value is zero.
    pub change: Option<f64>,
}

impl BitGain {
    /// Computes the gains of a sweep's rows in order, with each clipped error counted `clipping_weight` times.
    #[must_use]
    pub fn compute(
        rows: &[BitRow],
        criterion: Criterion,
        policy: Policy,
        clipping_weight: f64,
    ) -> Vec<Self> {
        let mut before = None;
        rows.iter()
            .map(|row| {
                let parts = row.point.parts(criterion, policy, clipping_weight);
                let value = parts.map(|p| p.value);
                let change = before
                    .zip(value)
                    .filter(|(old, _): &(f64, f64)| *old != 0.0)
                    .map(|(old, new)| (new - old) / old.abs());
                before = value;
                Self {
                    bits: row.bits,
                    step_m: row.point.range.step_m(row.bits),
                    value,
                    rounding: parts.map(|p| p.rounding),
                    clipping: parts.map(|p| p.clipping),
                    change,
                }
            })
            .collect()
    }
}

/// One range measured at every bit width of [`SWEEP_BITS`], one width per step, from the smallest.
#[derive(Clone, Debug)]
pub struct BitSweep {
    range: OutputRange,
    settings: RangeSettings,
    next: u8,
    rows: Vec<BitRow>,
}

impl BitSweep {
    /// Prepares the sweep of a range, with the settings except their bit width.
    #[must_use]
    pub fn new(range: OutputRange, settings: RangeSettings) -> Self {
        Self {
            range,
            settings,
            next: *SWEEP_BITS.start(),
            rows: Vec::new(),
        }
    }

    /// Measures the next width. Returns false once none is left.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let bits = Bits::new(self.next).filter(|_| SWEEP_BITS.contains(&self.next));
        let Some(bits) = bits else {
            return false;
        };
        let settings = RangeSettings {
            bits,
            ..self.settings
        };
        self.rows.push(BitRow {
            bits,
            point: RangePoint::measure(depths, self.range, &settings),
        });
        self.next += 1;
        true
    }

    /// Returns the rows measured so far, by ascending width.
    #[must_use]
    pub fn rows(&self) -> &[BitRow] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;

    fn range(min_m: f64, max_m: f64) -> OutputRange {
        OutputRange::new(min_m, max_m).expect("a range")
    }

    #[test]
    fn the_bits_needed_follow_from_the_step_at_the_depth() {
        let needed = |code: &CodeSpec, depth_m, tolerance_m, measure| {
            let bits = bits_needed(code, range(0.5, 10.0), depth_m, tolerance_m, measure);
            bits.expect("inside").map(Bits::get)
        };
        // The published "1 cm accuracy requires ten bits" for 0.5 to 10 m: 475 steps of 2 cm need 9 bits, steps of 1 cm need 10.
        let uniform = CodeSpec::Uniform;
        assert_eq!(needed(&uniform, 5.0, 0.01, ErrorMeasure::Largest), Some(9));
        assert_eq!(
            needed(&uniform, 5.0, 0.005, ErrorMeasure::Largest),
            Some(10)
        );
        assert_eq!(needed(&uniform, 5.0, 0.01, ErrorMeasure::Rmse), Some(9));
        assert_eq!(
            needed(&uniform, 5.0, 9.5 / 255.0 / 2.0, ErrorMeasure::Largest),
            Some(8)
        );
        assert_eq!(needed(&uniform, 5.0, 1e-6, ErrorMeasure::Largest), None);
        // A logarithmic code has 1.2 % steps at 8 bits here.
        assert_eq!(
            needed(
                &CodeSpec::Logarithmic,
                5.0,
                0.006 * 5.0,
                ErrorMeasure::Largest
            ),
            Some(8)
        );
        assert_eq!(
            needed(&CodeSpec::Float16, 5.0, 0.01, ErrorMeasure::Largest),
            Some(16)
        );
        let outside = bits_needed(
            &uniform,
            range(0.5, 10.0),
            11.0,
            0.01,
            ErrorMeasure::Largest,
        );
        assert_eq!(outside, Err(BitsError::Outside { depth_m: 11.0 }));
        for tolerance in [0.0, -1.0, f64::NAN] {
            let none = bits_needed(
                &uniform,
                range(0.5, 10.0),
                1.0,
                tolerance,
                ErrorMeasure::Rmse,
            );
            assert_eq!(none, Err(BitsError::Tolerance));
        }
    }

    #[test]
    fn one_more_bit_halves_rounding_and_leaves_clipping() {
        let values: Vec<f64> = (0..60_000)
            .map(|i| 1.0 + f64::from(i) * 0.000_313_7)
            .collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let mut sweep = BitSweep::new(range(1.0, 16.0), RangeSettings::default());
        while sweep.step(&depths) {}
        assert_eq!(sweep.rows().len(), 13);
        for pair in sweep.rows().windows(2).take(6) {
            let parts = |row: &BitRow| {
                let parts = row.point.parts(Criterion::Rmse, Policy::Count, 1.0);
                parts.expect("pixels")
            };
            let (wide, fine) = (parts(&pair[0]), parts(&pair[1]));
            assert!(
                (wide.rounding / fine.rounding - 2.0).abs() < 0.1,
                "{pair:?}"
            );
            assert!((wide.clipping / fine.clipping - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_gain_is_the_change_from_the_row_before() {
        let values: Vec<f64> = (0..900).map(|i| 0.6 + 0.01 * f64::from(i)).collect();
        let depths = Distribution::new(values, vec![1; 900], Resolution::Exact).expect("depths");
        let mut sweep = BitSweep::new(range(0.5, 10.0), RangeSettings::default());
        while sweep.step(&depths) {}
        let gains = BitGain::compute(sweep.rows(), Criterion::Rmse, Policy::Count, 1.0);
        assert_eq!(gains.len(), 13);
        assert_eq!(gains[0].change, None);
        for pair in gains.windows(2) {
            let (old, new) = (
                pair[0].value.expect("a value"),
                pair[1].value.expect("a value"),
            );
            assert_eq!(pair[1].change, Some((new - old) / old));
            assert!((pair[0].step_m / pair[1].step_m - 2.0).abs() < 0.1);
        }
        assert!((gains[4].step_m - 9.5 / 255.0).abs() < 1e-15);
    }
}
