//! The grid on which depths lie: a lattice, as in integer files, or the floating-point numbers.

use super::super::Distribution;
use super::exp_golomb::{Reader, Writer};

/// Low mantissa bits that are zero in a double of single precision.
const SINGLE_DROPPED_BITS: u32 = 29;

/// Largest number of steps of a lattice: every number of a 16-bit file.
const MAX_LATTICE: f64 = 65_536.0;

/// Largest number of steps of a lattice that depths meet to single precision only: outputs of an INT8 or 12-bit network.
const MAX_ROUNDED_LATTICE: f64 = 4096.0;

/// Largest relative distance of a depth from a lattice: the rounding of doubles, and of singles.
const DOUBLE_TOLERANCE: f64 = 1e-13;
const SINGLE_TOLERANCE: f64 = 2e-7;

/// A numbering of possible depths, ascending.
///
/// There are two numberings. Value indices number single depths. Edge indices number the edges of bins, which are coarser on
/// floating-point numbers. On a lattice the two agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ValueGrid {
    /// Bit patterns of doubles without their last bits. Patterns of positive doubles are ordered as the numbers are.
    Floats {
        /// Low bits that value indices drop.
        dropped_bits: u32,
        /// Low bits that edge indices drop.
        edge_bits: u32,
        /// Pattern of edge 0, without the dropped bits.
        first_edge: u64,
    },
    /// Depth `i` is `(base + i) / per_unit` metres.
    Steps { base: f64, per_unit: f64 },
    /// Depth `i` is `per_unit / (base - i)` metres: disparities.
    Inverse { base: f64, per_unit: f64 },
}

impl ValueGrid {
    /// The lattice that holds all depths and tells them apart, else the floating-point numbers with at most `max_edges` edges.
    pub(super) fn fit(depths: &Distribution, max_edges: u64) -> Self {
        let values = depths.values_m();
        let steps = || find_lattice(&values.iter().copied());
        let inverse = || find_lattice(&values.iter().rev().map(|v| 1.0 / v));
        let as_steps = || {
            let (base, per_unit) = steps()?;
            Some(Self::Steps { base, per_unit })
        };
        let as_inverse = || {
            let (base, per_unit) = inverse()?;
            // Indices ascend with depth, so they descend with disparity.
            let steps = ((1.0 / depths.min_m() - 1.0 / depths.max_m()) * per_unit).round();
            let base = base + steps;
            Some(Self::Inverse { base, per_unit })
        };
        let tells_apart = |grid: &Self| {
            let pairs = values.windows(2);
            pairs
                .into_iter()
                .all(|p| grid.value_index(p[0]) < grid.value_index(p[1]))
        };
        let lattice = as_steps().filter(tells_apart);
        let lattice = lattice.or_else(|| as_inverse().filter(tells_apart));
        lattice.unwrap_or_else(|| Self::exact_floats(depths, max_edges))
    }

    /// The floating-point numbers, on which every depth lies to the last bit.
    pub(super) fn exact_floats(depths: &Distribution, max_edges: u64) -> Self {
        let values = depths.values_m();
        let is_single = |v: &f64| f64::from(*v as f32) == *v;
        let dropped_bits = if values.iter().all(is_single) {
            SINGLE_DROPPED_BITS
        } else {
            0
        };
        let width = depths.max_m().to_bits() - depths.min_m().to_bits();
        let edge_bits = (width / max_edges + 1).next_power_of_two().trailing_zeros();
        Self::Floats {
            dropped_bits,
            edge_bits,
            first_edge: depths.min_m().to_bits() >> edge_bits,
        }
    }

    /// About `2^bits` floating-point numbers between the smallest and the largest depth, to which depths are rounded.
    pub(super) fn rounded_floats(depths: &Distribution, bits: u32) -> Self {
        let width = depths.max_m().to_bits() - depths.min_m().to_bits();
        let dropped_bits = (u64::BITS - width.leading_zeros()).saturating_sub(bits);
        Self::Floats {
            dropped_bits,
            edge_bits: 0,
            first_edge: 0,
        }
    }

    /// The value index nearest to a depth.
    pub(super) fn nearest_value_index(&self, depth_m: f64) -> u64 {
        match *self {
            Self::Floats { dropped_bits, .. } => {
                let half = (1_u64 << dropped_bits) >> 1;
                (depth_m.to_bits() + half) >> dropped_bits
            }
            Self::Steps { .. } | Self::Inverse { .. } => self.edge_index(depth_m),
        }
    }

    /// Returns true if a bin is a run of single depths, false if it is an interval.
    pub(super) fn is_lattice(&self) -> bool {
        !matches!(self, Self::Floats { .. })
    }

    /// The depth of an edge index, in metres. On a lattice it is a possible depth, else the edge of a bin.
    pub(super) fn edge_m(&self, index: u64) -> f64 {
        match *self {
            Self::Floats {
                edge_bits,
                first_edge,
                ..
            } => {
                // A link may hold any numbers, so the arithmetic wraps.
                f64::from_bits(first_edge.wrapping_add(index).wrapping_shl(edge_bits))
            }
            Self::Steps { base, per_unit } => (base + index as f64) / per_unit,
            Self::Inverse { base, per_unit } => per_unit / (base - index as f64),
        }
    }

    /// The edge index of a depth: the nearest on a lattice, else that of the edge at or below it.
    pub(super) fn edge_index(&self, depth_m: f64) -> u64 {
        match *self {
            Self::Floats {
                edge_bits,
                first_edge,
                ..
            } => (depth_m.to_bits() >> edge_bits) - first_edge,
            Self::Steps { base, per_unit } => (depth_m * per_unit - base).round() as u64,
            Self::Inverse { base, per_unit } => (base - per_unit / depth_m).round() as u64,
        }
    }

    /// The value index of a depth on the grid.
    pub(super) fn value_index(&self, depth_m: f64) -> u64 {
        match *self {
            Self::Floats { dropped_bits, .. } => depth_m.to_bits() >> dropped_bits,
            Self::Steps { .. } | Self::Inverse { .. } => self.edge_index(depth_m),
        }
    }

    /// The depth of a value index, in metres.
    pub(super) fn value_m(&self, index: u64) -> f64 {
        match *self {
            Self::Floats { dropped_bits, .. } => f64::from_bits(index.wrapping_shl(dropped_bits)),
            Self::Steps { .. } | Self::Inverse { .. } => self.edge_m(index),
        }
    }

    /// Writes the grid: 2 bits of kind, then its numbers.
    pub(super) fn write(&self, to: &mut Writer) {
        let write_lattice = |to: &mut Writer, kind, base: f64, per_unit: f64| {
            to.bits(kind, 2);
            to.bits(base.to_bits(), 64);
            to.bits(per_unit.to_bits(), 64);
        };
        match *self {
            Self::Floats {
                dropped_bits,
                edge_bits,
                first_edge,
            } => {
                to.bits(0, 2);
                to.bits(u64::from(dropped_bits), 6);
                to.bits(u64::from(edge_bits), 6);
                to.bits(first_edge, 64);
            }
            Self::Steps { base, per_unit } => write_lattice(to, 1, base, per_unit),
            Self::Inverse { base, per_unit } => write_lattice(to, 2, base, per_unit),
        }
    }

    /// The inverse of [`Self::write`].
    pub(super) fn read(from: &mut Reader) -> Option<Self> {
        let kind = from.bits(2)?;
        if kind == 0 {
            return Some(Self::Floats {
                dropped_bits: from.bits(6)? as u32,
                edge_bits: from.bits(6)? as u32,
                first_edge: from.bits(64)?,
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

/// Finds the lattice that holds all of some ascending numbers: the index of the first of them, and the steps per unit.
fn find_lattice(numbers: &(impl Iterator<Item = f64> + Clone)) -> Option<(f64, f64)> {
    let mut count = 0_u32;
    let mut last = 0.0;
    for number in numbers.clone() {
        count += 1;
        last = number;
        if f64::from(count) > MAX_LATTICE {
            return None;
        }
    }
    let first = numbers.clone().next()?;
    if count < 2 {
        return None;
    }
    [
        (DOUBLE_TOLERANCE, MAX_LATTICE),
        (SINGLE_TOLERANCE, MAX_ROUNDED_LATTICE),
    ]
    .into_iter()
    .find_map(|(relative_tolerance, max_steps)| {
        let tolerance = relative_tolerance * last;
        let (mut unit, mut steps) = (last - first, 1.0);
        for number in numbers.clone() {
            unit = common_divisor(unit, number - first, 64.0 * tolerance);
            steps = ((last - first) / unit).round();
            if steps > max_steps {
                return None;
            }
            // Remainders accumulate rounding errors; the whole length has none.
            unit = (last - first) / steps;
        }
        let per_unit = nearest_short_decimal(steps / (last - first), relative_tolerance);
        // A lattice through zero has whole indices.
        let base = nearest_short_decimal(first * per_unit, relative_tolerance);
        let fits = |number: f64| {
            let index = (number * per_unit - base).round();
            ((base + index) / per_unit - number).abs() <= tolerance
        };
        numbers.clone().all(fits).then_some((base, per_unit))
    })
}

/// Most digits of a decimal number that a file's author wrote: a focal length, a baseline, or their product.
const MAX_DIGITS: usize = 12;

/// The whole number within rounding of a number, else, where depths are exact, the shortest decimal within rounding of it.
///
/// With the factor that made them, depths come back to the last bit, so a depth on the end of a range stays on it.
fn nearest_short_decimal(number: f64, relative_tolerance: f64) -> f64 {
    let whole = number.round();
    if (whole - number).abs() <= 16.0 * relative_tolerance * number.max(1.0) {
        return whole;
    }
    if relative_tolerance > DOUBLE_TOLERANCE {
        return number;
    }
    let mut written =
        (1..MAX_DIGITS).filter_map(|digits| format!("{number:.digits$e}").parse().ok());
    written
        .find(|short: &f64| (short - number).abs() <= relative_tolerance * number)
        .unwrap_or(number)
}

/// The greatest common divisor of two lengths, to a tolerance (Euclid's algorithm).
fn common_divisor(mut a: f64, mut b: f64, tolerance: f64) -> f64 {
    while b > tolerance {
        let rest = a % b;
        a = b;
        // A remainder of nearly `b` is one of nearly zero.
        b = rest.min(b - rest);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_EDGES: u64 = 1 << 14;
    use crate::stats::Resolution;

    fn depths(values: impl Iterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![3; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn a_lattice_tells_all_depths_apart() {
        // Single precision gives one depth in two ways.
        let steps = |n: u32| (1..=n).map(|i| f64::from(i as f32 * 0.02_f32));
        let again = f64::from(f32::from_bits((1.1_f32).to_bits() + 1));
        assert!(ValueGrid::fit(&depths(steps(100)), MAX_EDGES).is_lattice());
        let both = depths(steps(100).chain([again]));
        let grid = ValueGrid::fit(&both, MAX_EDGES);
        let indices: Vec<u64> = both
            .values_m()
            .iter()
            .map(|v| grid.value_index(*v))
            .collect();
        assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "{grid:?}");
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
            let grid = ValueGrid::fit(&depths, MAX_EDGES);
            assert!(grid.is_lattice(), "{name}: {grid:?}");
            let mut before = None;
            for value in depths.values_m() {
                let index = grid.value_index(*value);
                assert!(before.is_none_or(|before| before < index), "{name}");
                before = Some(index);
                let again = grid.value_m(index);
                assert!(
                    (again - value).abs() <= off * value,
                    "{name}: {again} for {value}"
                );
            }
            assert_eq!(grid.value_index(depths.min_m()), 0, "{name}");
        }
    }

    #[test]
    fn depths_anywhere_are_floats_and_come_back_exactly() {
        let uneven = |i: i32| 0.5 + libm::sqrt(f64::from(i)) / 7.0;
        for depths in [
            depths((0..3000).map(uneven)),
            depths((0..3000).map(|i| f64::from(uneven(i) as f32))),
        ] {
            let grid = ValueGrid::fit(&depths, MAX_EDGES);
            assert!(matches!(grid, ValueGrid::Floats { .. }), "{grid:?}");
            for value in depths.values_m() {
                assert_eq!(grid.value_m(grid.value_index(*value)), *value);
                let index = grid.edge_index(*value);
                assert!(grid.edge_m(index) <= *value && *value < grid.edge_m(index + 1));
            }
            assert!(grid.edge_index(depths.max_m()) <= MAX_EDGES);
        }
    }
}
