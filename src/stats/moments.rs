//! Sums over a run of depths from which every error of a code is computed without visiting the depths again.
//!
//! Knows powers and logarithms of depths in metres; knows nothing of codes, ranges or pixels.
//!
//! For all `d` that a code maps to one value `r`, the squared error is `S2 - 2 r S1 + r^2 S0`, and the relative, inverse
//! and logarithmic errors follow in the same way from sums of `1/d`, `1/d^2`, `ln d` and `(ln d)^2`.

use super::double_double::DoubleDouble;

/// How many `f64` a [`Moments`] takes in storage.
pub(super) const STORED: usize = 13;

/// Sums of a run of depths, each in double-double.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Number of pixels. Exact below 2^53.
    pub count: f64,
    /// Sum of `d`, in metres.
    pub depth: DoubleDouble,
    /// Sum of `d^2`, in square metres.
    pub square: DoubleDouble,
    /// Sum of `1/d`, in 1/m.
    pub inverse: DoubleDouble,
    /// Sum of `1/d^2`, in 1/m^2.
    pub inverse_square: DoubleDouble,
    /// Sum of `ln(d / 1 m)`.
    pub log: DoubleDouble,
    /// Sum of `ln(d / 1 m)^2`.
    pub log_square: DoubleDouble,
}

/// The three sums that squared error alone needs: a sweep under RMSE takes no logarithm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquareMoments {
    /// Number of pixels. Exact below 2^53.
    pub count: f64,
    /// Sum of `d`, in metres.
    pub depth: DoubleDouble,
    /// Sum of `d^2`, in square metres.
    pub square: DoubleDouble,
}

/// What both kinds of sums can do; lets one cumulative walk serve both.
pub trait RunningSums: Copy + Default {
    /// Adds `count` pixels of one depth.
    fn add(&mut self, depth_m: f64, count: f64);
    /// The sums of a run that is `self` without `earlier`, its beginning.
    #[must_use]
    fn since(&self, earlier: &Self) -> Self;
    /// The part of stored full sums that this kind keeps.
    fn from_full(full: &Moments) -> Self;
}

impl RunningSums for Moments {
    fn add(&mut self, depth_m: f64, count: f64) {
        let inverse = 1.0 / depth_m;
        let log = libm::log(depth_m);
        self.count += count;
        self.depth += DoubleDouble::product(depth_m, count);
        self.square += DoubleDouble::product(depth_m, depth_m).times(count);
        self.inverse += DoubleDouble::product(inverse, count);
        self.inverse_square += DoubleDouble::product(inverse, inverse).times(count);
        self.log += DoubleDouble::product(log, count);
        self.log_square += DoubleDouble::product(log, log).times(count);
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            count: self.count - earlier.count,
            depth: self.depth - earlier.depth,
            square: self.square - earlier.square,
            inverse: self.inverse - earlier.inverse,
            inverse_square: self.inverse_square - earlier.inverse_square,
            log: self.log - earlier.log,
            log_square: self.log_square - earlier.log_square,
        }
    }

    fn from_full(full: &Moments) -> Self {
        *full
    }
}

impl RunningSums for SquareMoments {
    fn add(&mut self, depth_m: f64, count: f64) {
        self.count += count;
        self.depth += DoubleDouble::product(depth_m, count);
        self.square += DoubleDouble::product(depth_m, depth_m).times(count);
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            count: self.count - earlier.count,
            depth: self.depth - earlier.depth,
            square: self.square - earlier.square,
        }
    }

    fn from_full(full: &Moments) -> Self {
        Self {
            count: full.count,
            depth: full.depth,
            square: full.square,
        }
    }
}

impl Moments {
    /// The sums as plain numbers, in a fixed order, for storage and transfer.
    pub(super) fn stored(&self) -> [f64; STORED] {
        let mut out = [self.count; STORED];
        let sums = [
            self.depth,
            self.square,
            self.inverse,
            self.inverse_square,
            self.log,
            self.log_square,
        ];
        for (slot, sum) in out[1..].chunks_exact_mut(2).zip(sums) {
            slot.copy_from_slice(&sum.parts());
        }
        out
    }

    /// The inverse of [`Self::stored`]. Missing numbers count as zero; the caller checks the length.
    pub(super) fn from_stored(stored: &[f64]) -> Self {
        let at = |i: usize| stored.get(i).copied().unwrap_or_default();
        let pair = |i: usize| DoubleDouble::from_parts([at(i), at(i + 1)]);
        Self {
            count: at(0),
            depth: pair(1),
            square: pair(3),
            inverse: pair(5),
            inverse_square: pair(7),
            log: pair(9),
            log_square: pair(11),
        }
    }
}

/// `sum of (x - r)^2` over a run, from its count, sum and sum of squares. Never negative.
#[must_use]
pub fn squared_deviation(count: f64, sum: DoubleDouble, sum_square: DoubleDouble, r: f64) -> f64 {
    let cross = sum.times(-2.0 * r);
    let constant = DoubleDouble::product(r, r).times(count);
    // Rounding of the last bit may leave a tiny negative number where the run is a single repeated value.
    (sum_square + cross + constant).value().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_round_trips() {
        let mut sums = Moments::default();
        for i in 1..100 {
            sums.add(0.37 * f64::from(i), f64::from(i));
        }
        assert_eq!(Moments::from_stored(&sums.stored()), sums);
    }

    #[test]
    fn deviation_survives_sixteen_bit_cells() {
        // 1e6 depths within 0.1 mm of 200 m: the deviation is 16 digits below the sum of squares.
        let r = 200.0;
        let mut sums = SquareMoments::default();
        let mut expected = 0.0;
        for i in 0..1_000_000_u32 {
            let d = r + 1e-4 * (f64::from(i) / 1e6 - 0.5);
            sums.add(d, 1.0);
            expected += (d - r) * (d - r);
        }
        let got = squared_deviation(sums.count, sums.depth, sums.square, r);
        assert!(
            (got / expected - 1.0).abs() < 1e-9,
            "{got} against {expected}"
        );
    }
}
