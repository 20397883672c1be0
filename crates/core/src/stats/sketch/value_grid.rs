//! Where depths can lie: on a lattice, as those of integer files do, or anywhere that a floating-point number can.

use super::super::Distribution;
use super::bits::{Reader, Writer};

/// Bits that a double has more than a single, at the low end of both.
const DOUBLE_BEYOND_SINGLE: u32 = 29;

/// Longest lattice: every number of a 16-bit file.
const LONGEST: f64 = 65_536.0;

/// Longest lattice that is believed where depths lie on it to single precision only: the outputs of an INT8 network, or of a 12-bit one.
const LONGEST_ROUNDED: f64 = 4096.0;

/// How far depths may lie from a lattice, of themselves: rounding of doubles, and of singles.
const EXACT: f64 = 1e-13;
const ROUNDED: f64 = 2e-7;

/// Where depths can lie, as places that are numbered from the nearest on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ruler {
    /// A place is the pattern of a double without its last bits; patterns of positive doubles are ordered as they are.
    Floats {
        /// Bits that every depth can do without.
        idle: u32,
        /// Bits that the edge of a cell does without.
        coarse: u32,
        /// The first place of an edge.
        first: u64,
    },
    /// Place `i` is `(base + i) / per_unit` metres.
    Steps { base: f64, per_unit: f64 },
    /// Place `i` is `per_unit / (base - i)` metres: disparities.
    Inverse { base: f64, per_unit: f64 },
}

impl Ruler {
    /// The ruler on which all depths lie, with so many places at most where they can lie anywhere.
    pub(super) fn of(depths: &Distribution, places: u64) -> Self {
        let values = depths.values_m();
        let steps = || lattice(&values.iter().copied());
        let inverse = || lattice(&values.iter().rev().map(|v| 1.0 / v));
        if let Some((base, per_unit)) = steps() {
            return Self::Steps { base, per_unit };
        }
        if let Some((base, per_unit)) = inverse() {
            // From the largest disparity down.
            let places = ((1.0 / depths.min_m() - 1.0 / depths.max_m()) * per_unit).round();
            let base = base + places;
            return Self::Inverse { base, per_unit };
        }
        Self::floats(depths, places)
    }

    /// The ruler on which any depth lies, to the last bit.
    pub(super) fn floats(depths: &Distribution, places: u64) -> Self {
        let values = depths.values_m();
        let is_single = |v: &f64| f64::from(*v as f32) == *v;
        let idle = if values.iter().all(is_single) {
            DOUBLE_BEYOND_SINGLE
        } else {
            0
        };
        let width = depths.max_m().to_bits() - depths.min_m().to_bits();
        let coarse = (width / places + 1).next_power_of_two().trailing_zeros();
        Self::Floats {
            idle,
            coarse,
            first: depths.min_m().to_bits() >> coarse,
        }
    }

    /// A ruler of about `2^bits` patterns of floats between the ends, on which depths come out rounded.
    pub(super) fn rounding(depths: &Distribution, bits: u32) -> Self {
        let width = depths.max_m().to_bits() - depths.min_m().to_bits();
        let idle = (u64::BITS - width.leading_zeros()).saturating_sub(bits);
        Self::Floats {
            idle,
            coarse: 0,
            first: 0,
        }
    }

    /// The number of the single depth that is nearest to one.
    pub(super) fn nearest(&self, depth_m: f64) -> u64 {
        match *self {
            Self::Floats { idle, .. } => {
                let half = (1_u64 << idle) >> 1;
                (depth_m.to_bits() + half) >> idle
            }
            Self::Steps { .. } | Self::Inverse { .. } => self.place_of(depth_m),
        }
    }

    /// Whether a cell is a run of depths that can be, rather than an interval.
    pub(super) fn is_lattice(&self) -> bool {
        !matches!(self, Self::Floats { .. })
    }

    /// The depth at a place of the ruler, in metres: on a lattice one that can be, else the edge of a cell.
    pub(super) fn place_m(&self, place: u64) -> f64 {
        match *self {
            Self::Floats { coarse, first, .. } => {
                // Whatever a link holds, the number has a pattern.
                f64::from_bits(first.wrapping_add(place).wrapping_shl(coarse))
            }
            Self::Steps { base, per_unit } => (base + place as f64) / per_unit,
            Self::Inverse { base, per_unit } => per_unit / (base - place as f64),
        }
    }

    /// The place of a depth: the nearest on a lattice, else that of the edge at or under it.
    pub(super) fn place_of(&self, depth_m: f64) -> u64 {
        match *self {
            Self::Floats { coarse, first, .. } => (depth_m.to_bits() >> coarse) - first,
            Self::Steps { base, per_unit } => (depth_m * per_unit - base).round() as u64,
            Self::Inverse { base, per_unit } => (base - per_unit / depth_m).round() as u64,
        }
    }

    /// The number of a single depth.
    pub(super) fn number_of(&self, depth_m: f64) -> u64 {
        match *self {
            Self::Floats { idle, .. } => depth_m.to_bits() >> idle,
            Self::Steps { .. } | Self::Inverse { .. } => self.place_of(depth_m),
        }
    }

    /// The single depth of a number, in metres.
    pub(super) fn numbered_m(&self, number: u64) -> f64 {
        match *self {
            Self::Floats { idle, .. } => f64::from_bits(number.wrapping_shl(idle)),
            Self::Steps { .. } | Self::Inverse { .. } => self.place_m(number),
        }
    }

    pub(super) fn write(&self, to: &mut Writer) {
        let lattice = |to: &mut Writer, kind, base: f64, per_unit: f64| {
            to.bits(kind, 2);
            to.bits(base.to_bits(), 64);
            to.bits(per_unit.to_bits(), 64);
        };
        match *self {
            Self::Floats {
                idle,
                coarse,
                first,
            } => {
                to.bits(0, 2);
                to.bits(u64::from(idle), 6);
                to.bits(u64::from(coarse), 6);
                to.bits(first, 64);
            }
            Self::Steps { base, per_unit } => lattice(to, 1, base, per_unit),
            Self::Inverse { base, per_unit } => lattice(to, 2, base, per_unit),
        }
    }

    pub(super) fn read(from: &mut Reader) -> Option<Self> {
        let kind = from.bits(2)?;
        if kind == 0 {
            return Some(Self::Floats {
                idle: from.bits(6)? as u32,
                coarse: from.bits(6)? as u32,
                first: from.bits(64)?,
            });
        }
        let base = f64::from_bits(from.bits(64)?);
        let per_unit = f64::from_bits(from.bits(64)?);
        match kind {
            1 => Some(Self::Steps { base, per_unit }),
            2 => Some(Self::Inverse { base, per_unit }),
            _ => None,
        }
    }
}

/// The number of the first of ascending numbers on a lattice that has them all, and the lattice's numbers per unit.
fn lattice(numbers: &(impl Iterator<Item = f64> + Clone)) -> Option<(f64, f64)> {
    let mut count = 0_u32;
    let mut last = 0.0;
    for number in numbers.clone() {
        count += 1;
        last = number;
        if f64::from(count) > LONGEST {
            return None;
        }
    }
    let first = numbers.clone().next()?;
    if count < 2 {
        return None;
    }
    [(EXACT, LONGEST), (ROUNDED, LONGEST_ROUNDED)]
        .into_iter()
        .find_map(|(rounding, longest)| {
            let tolerance = rounding * last;
            let (mut unit, mut steps) = (last - first, 1.0);
            for number in numbers.clone() {
                unit = common(unit, number - first, 64.0 * tolerance);
                steps = ((last - first) / unit).round();
                if steps > longest {
                    return None;
                }
                // A rest has the rounding of all that was taken off before: the whole length has none.
                unit = (last - first) / steps;
            }
            let per_unit = nice(steps / (last - first), rounding);
            // A lattice that goes through zero is one of whole numbers.
            let base = nice(first * per_unit, rounding);
            let fits = |number: f64| {
                let place = (number * per_unit - base).round();
                ((base + place) / per_unit - number).abs() <= tolerance
            };
            numbers.clone().all(fits).then_some((base, per_unit))
        })
}

/// Most digits of a decimal number that somebody has written: a focal length, a baseline, or their product.
const DIGITS: usize = 12;

/// The whole number beside a number, where it is as near as rounding would leave it; or the shortest decimal one, where depths are exact:
/// with the factor that they were made by they come back to the last bit, and one on the end of a range stays on it.
fn nice(number: f64, rounding: f64) -> f64 {
    let whole = number.round();
    if (whole - number).abs() <= 16.0 * rounding * number.max(1.0) {
        return whole;
    }
    if rounding > EXACT {
        return number;
    }
    let mut written = (1..DIGITS).filter_map(|digits| format!("{number:.digits$e}").parse().ok());
    written
        .find(|short: &f64| (short - number).abs() <= rounding * number)
        .unwrap_or(number)
}

/// The greatest length that divides both, but for a tolerance (Euclid).
fn common(mut a: f64, mut b: f64, tolerance: f64) -> f64 {
    while b > tolerance {
        let rest = a % b;
        a = b;
        // A rest of nearly all is one of nearly nothing.
        b = rest.min(b - rest);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: u64 = 1 << 14;
    use crate::stats::Resolution;

    fn depths(values: impl Iterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![3; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn lattices_are_found_and_give_the_depths_back() {
        let whole = |n: u32| (1..=n).map(f64::from);
        let rows: [(&str, Distribution, f64); 6] = [
            (
                "millimetres",
                depths(whole(9000).map(|i| (400.0 + i) / 1000.0)),
                0.0,
            ),
            (
                "KITTI",
                depths(whole(20_000).filter(|i| i % 7.0 < 3.0).map(|i| i / 256.0)),
                0.0,
            ),
            (
                "disparities",
                depths(whole(190).map(|d| 0.54 * 721.0 / d)),
                1e-15,
            ),
            (
                "sixteenths",
                depths(whole(2000).map(|d| 389.34 / (d / 16.0))),
                1e-15,
            ),
            (
                "INT8 in doubles",
                depths(whole(255).map(|k| 0.5 + k * 0.0586)),
                1e-15,
            ),
            (
                "INT8 in singles",
                depths(whole(255).map(|k| f64::from((0.5 + k * 0.0586) as f32))),
                2e-7,
            ),
        ];
        for (name, depths, off) in rows {
            let ruler = Ruler::of(&depths, PLACES);
            assert!(ruler.is_lattice(), "{name}: {ruler:?}");
            let mut before = None;
            for value in depths.values_m() {
                let number = ruler.number_of(*value);
                assert!(before.is_none_or(|before| before < number), "{name}");
                before = Some(number);
                let again = ruler.numbered_m(number);
                assert!(
                    (again - value).abs() <= off * value,
                    "{name}: {again} for {value}"
                );
            }
            assert_eq!(ruler.number_of(depths.min_m()), 0, "{name}");
        }
    }

    #[test]
    fn depths_anywhere_are_floats_and_come_back_exactly() {
        let uneven = |i: i32| 0.5 + libm::sqrt(f64::from(i)) / 7.0;
        for depths in [
            depths((0..3000).map(uneven)),
            depths((0..3000).map(|i| f64::from(uneven(i) as f32))),
        ] {
            let ruler = Ruler::of(&depths, PLACES);
            assert!(matches!(ruler, Ruler::Floats { .. }), "{ruler:?}");
            for value in depths.values_m() {
                assert_eq!(ruler.numbered_m(ruler.number_of(*value)), *value);
                let place = ruler.place_of(*value);
                assert!(ruler.place_m(place) <= *value && *value < ruler.place_m(place + 1));
            }
            assert!(ruler.place_of(depths.max_m()) <= PLACES);
        }
    }
}
