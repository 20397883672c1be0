//! Steps that are simple fractions of the spacing of integer depths.
//!
//! If depths are multiples of a spacing, the rounding error has local minima at such steps. The harmonics of
//! [`super::harmonics`] contain only some of them.

use super::objective::FEW_DEPTHS;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// Maximum number of spacings in the smallest gap.
const MAX_SPACINGS: u32 = 8;

/// Tolerance of a gap against a whole number of spacings. Rounding to 32-bit numbers causes less.
const TOLERANCE: f64 = 0.02;

/// The largest denominator of a step. The depth of a minimum falls with its square.
const MAX_DENOMINATOR: u32 = 4;

/// The largest denominator with a fixed start, whose position on the lattice decides which fractions have a minimum.
const MAX_DENOMINATOR_FIXED_START: u32 = 12;

/// Minima shallower than this share of the cost are ignored.
const MIN_COST_SHARE: f64 = 1e-7;

/// Maximum difference from the given step, as a share of it.
const MAX_REACH: f64 = 0.25;

/// A spacing of which all distances between depths are multiples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lattice {
    /// The nearest depth, in metres.
    first_m: f64,
    /// The spacing, in metres.
    spacing_m: f64,
}

impl Lattice {
    /// Finds the spacing of a few depths. Returns `None` if they have none, or if there are more than [`FEW_DEPTHS`].
    pub(crate) fn detect(depths: &Distribution) -> Option<Self> {
        let values = depths.values_m();
        if !(2..=FEW_DEPTHS).contains(&values.len()) {
            return None;
        }
        let gaps = || values.windows(2).map(|two| two[1] - two[0]);
        let least = gaps()
            .filter(|gap| *gap > 0.0)
            .fold(f64::INFINITY, f64::min);
        let is_whole = |times: f64| (times - times.round()).abs() <= TOLERANCE;
        let spacing = (1..=MAX_SPACINGS)
            .map(|parts| least / f64::from(parts))
            .find(|spacing| gaps().all(|gap| is_whole(gap / spacing)))?;
        let span_m = depths.max_m() - depths.min_m();
        let spacing_m = span_m / (span_m / spacing).round();
        spacing_m.is_normal().then_some(Self {
            first_m: values[0],
            spacing_m,
        })
    }

    /// Returns the ends of ranges with the start of `about`, whose step is a simple fraction of the spacing near that of `about`.
    ///
    /// Each end comes with the half-width of its minimum, at which the last value is off by one part of the fraction. Both in metres.
    pub(crate) fn ends(&self, about: OutputRange, steps: u32) -> Vec<(f64, f64)> {
        let step = about.width_m() / f64::from(steps) / self.spacing_m;
        let ends = |q: u32| {
            let part_m = self.spacing_m / f64::from(q);
            let end_m = move |p: u32| about.min_m() + f64::from(steps) * f64::from(p) * part_m;
            numerators(step, q).map(move |p| (end_m(p), part_m))
        };
        (1..=MAX_DENOMINATOR_FIXED_START).flat_map(ends).collect()
    }

    /// Returns ranges whose step is a simple fraction of the spacing near that of `about`, with starts within a spacing of its own.
    ///
    /// Starts and ends are in metres.
    pub(super) fn ranges(&self, about: OutputRange, steps: u32) -> Vec<(f64, f64)> {
        let step = about.width_m() / f64::from(steps) / self.spacing_m;
        let mut out = Vec::new();
        for q in 1..=MAX_DENOMINATOR {
            for p in numerators(step, q) {
                let width_m = f64::from(steps) * self.spacing_m * f64::from(p) / f64::from(q);
                let phase_m = self.spacing_m / f64::from(2 * q);
                let nearest = ((about.min_m() - self.first_m) / phase_m).round();
                for i in 0..=4 * q {
                    let phase = nearest + f64::from(i) - f64::from(2 * q);
                    let start_m = (self.first_m + phase * phase_m).max(0.0);
                    out.push((start_m, start_m + width_m));
                }
            }
        }
        out
    }
}

/// Returns the numerators over `q` of the simple fractions near `step`.
///
/// The smooth cost rises with the square of the relative distance from its minimum, so farther fractions are not deep enough.
fn numerators(step: f64, q: u32) -> impl Iterator<Item = u32> {
    let depth = 1.0 / (step * f64::from(q));
    let reach = (3.0 * depth).min(MAX_REACH);
    let place = |reach: f64| step * f64::from(q) * (1.0 + reach);
    let (first, last) = (place(-reach).floor().max(1.0), place(reach).ceil());
    let count = if depth * depth < MIN_COST_SHARE {
        0
    } else {
        (last - first) as u32 + 1
    };
    (0..count)
        .map(move |i| first as u32 + i)
        .filter(move |&p| has_no_common_divisor(p, q))
}

fn has_no_common_divisor(p: u32, q: u32) -> bool {
    let (mut a, mut b) = (p, q);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;

    fn lattice(values: &[f64]) -> Option<Lattice> {
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values.to_vec(), counts, Resolution::Exact);
        Lattice::detect(&depths.expect("depths"))
    }

    #[test]
    fn integers_over_a_scale_have_a_spacing_and_other_depths_none() {
        for (places, scale) in [
            (vec![801, 803, 806, 2930], 1000.0),
            (vec![3, 5, 7, 20_001], 256.0),
            (vec![1, 2], 5000.0),
        ] {
            let values: Vec<f64> = places.iter().map(|&p| f64::from(p) / scale).collect();
            let found = lattice(&values).expect("a spacing");
            let times = found.spacing_m * scale;
            assert!(
                (times - times.round()).abs() < 1e-9 && times < 3.5,
                "{found:?}"
            );
            let all_whole = values.iter().all(|value| {
                let times = (value - values[0]) / found.spacing_m;
                (times - times.round()).abs() < 1e-6
            });
            assert!(all_whole, "{found:?}");
        }
        assert_eq!(lattice(&[1.0]), None);
        assert_eq!(
            lattice(&[1.0, 2.0, 2.0 + std::f64::consts::FRAC_1_PI, 7.77]),
            None
        );
    }

    #[test]
    fn fractions_are_reduced_and_near_the_step() {
        assert_eq!(numerators(8.1, 1).collect::<Vec<_>>(), [6, 7, 8, 9, 10, 11]);
        let halves: Vec<u32> = numerators(8.1, 2).collect();
        assert!(
            halves.iter().all(|p| p % 2 == 1) && halves.contains(&17),
            "{halves:?}"
        );
        assert_eq!(numerators(1e5, 1).count(), 0);
    }
}
