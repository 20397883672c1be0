//! The numbers of a repair from all pixels: a question is found on a sample, and its repair fitted on every pixel when it is taken.

use super::linear_fit::LinearFit;
use super::repair::{Quantity, Repair};
use serde::{Deserialize, Serialize};

/// Sums that fit the numbers of a repair, which merge over frames.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepairFit {
    repair: Repair,
    sums: LinearFit,
}

impl RepairFit {
    /// A fit without pixels; `None` for a repair without fitted numbers.
    #[must_use]
    pub fn new(repair: Repair) -> Option<Self> {
        let is_fitted = match repair {
            Repair::Codes { .. } => true,
            Repair::Quantity(quantity) => !matches!(quantity, Quantity::Ray { .. }),
            _ => false,
        };
        is_fitted.then_some(Self {
            repair,
            sums: LinearFit::default(),
        })
    }

    /// Adds a pixel: the depth of the reference in metres, and the sample of the role that is repaired.
    pub fn add(&mut self, reference_m: f64, sample: f64) {
        if !(reference_m.is_finite() && reference_m > 0.0) {
            return;
        }
        let y = match self.repair {
            Repair::Quantity(Quantity::Inverse { .. }) => 1.0 / reference_m,
            Repair::Quantity(Quantity::Log { .. }) => libm::log(reference_m),
            _ => reference_m,
        };
        self.sums.add(sample, y);
    }

    /// Adds the pixels of another fit of the same repair.
    pub fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
    }

    /// The repair with fitted numbers; `None` if the pixels do not determine them.
    ///
    /// An inverse depth without shift keeps its form. The zero point of codes is rounded to a whole number, then the scale is fitted.
    #[must_use]
    pub fn repair(&self) -> Option<Repair> {
        let line = || self.sums.scale_and_shift();
        Some(match self.repair {
            Repair::Quantity(Quantity::Inverse { shift: 0.0, .. }) => {
                let scale = self.sums.scale_about(0.0)?;
                Repair::Quantity(Quantity::Inverse { scale, shift: 0.0 })
            }
            Repair::Quantity(Quantity::Inverse { .. }) => {
                let (scale, shift) = line()?;
                Repair::Quantity(Quantity::Inverse { scale, shift })
            }
            Repair::Quantity(Quantity::Log { .. }) => {
                let (scale, shift) = line()?;
                Repair::Quantity(Quantity::Log { scale, shift })
            }
            Repair::Quantity(Quantity::Affine { .. }) => {
                let (scale, shift) = line()?;
                Repair::Quantity(Quantity::Affine { scale, shift })
            }
            Repair::Codes { .. } => {
                let (scale, shift) = line()?;
                // Without the sign of a zero.
                let zero_point = libm::rint(-shift / scale) + 0.0;
                let scale = self.sums.scale_about(zero_point)?;
                (scale > 0.0).then_some(Repair::Codes { scale, zero_point })?
            }
            other => other,
        })
    }

    /// Share of the variance that the line explains, 0..1.
    #[must_use]
    pub fn explained(&self) -> f64 {
        self.sums.explained().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fitted(repair: Repair, pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<Repair> {
        let mut fit = RepairFit::new(repair)?;
        pairs.into_iter().for_each(|(m, sample)| fit.add(m, sample));
        fit.repair()
    }

    #[test]
    fn a_repair_without_numbers_has_no_fit() {
        assert!(RepairFit::new(Repair::ByteOrder).is_none());
        assert!(RepairFit::new(Repair::Quantity(Quantity::Ray { focal: 1.0 })).is_none());
    }

    proptest! {
        #[test]
        fn the_numbers_of_exact_pixels_are_found(
            scale in 1e-3..10.0_f64,
            shift in 0.01..2.0_f64,
            samples in prop::collection::btree_set(1..255_i32, 4..40),
        ) {
            let samples: Vec<f64> = samples.into_iter().map(f64::from).collect();
            for quantity in [
                Quantity::Inverse { scale, shift },
                Quantity::Inverse { scale, shift: 0.0 },
                Quantity::Log { scale: scale / 100.0, shift },
                Quantity::Affine { scale, shift },
            ] {
                let repair = Repair::Quantity(quantity);
                let pairs = samples.iter().map(|&s| (quantity.depth(s), s));
                let Some(Repair::Quantity(found)) = fitted(repair, pairs) else { panic!("a fit") };
                for &s in &samples {
                    let (a, b) = (found.depth(s), quantity.depth(s));
                    prop_assert!((a - b).abs() <= 1e-6 * b.abs(), "{} {}", a, b);
                }
            }
        }

        #[test]
        fn codes_have_a_whole_zero_point(scale in 1e-3..1.0_f64, zero in -128..0_i32) {
            let pairs = (1..100).map(|k| (scale * f64::from(k), f64::from(k + zero)));
            let repair = Repair::Codes { scale: 1.0, zero_point: 0.0 };
            let Some(Repair::Codes { scale: found, zero_point }) = fitted(repair, pairs) else { panic!("a fit") };
            prop_assert_eq!(zero_point, f64::from(zero));
            prop_assert!((found - scale).abs() < 1e-9);
        }
    }
}
