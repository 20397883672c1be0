//! Sums over a run of depths, from which every error of a code follows without visiting the depths again.
//!
//! A code maps all depths `d` of a run to one value `r`. Its squared error is `S2 - 2 r S1 + r^2 S0`. Relative, inverse and logarithmic
//! errors follow in the same way, from sums of `1/d`, `1/d^2`, `ln d` and `(ln d)^2`.

use super::double_double::DoubleDouble;

/// Number of `f64` in the stored form of [`Moments`].
pub(super) const STORED: usize = 13;

/// Sums over a run of depths, in double-double.
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

/// The sums that squared error needs. They take no logarithm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquareMoments {
    /// Number of pixels. Exact below 2^53.
    pub count: f64,
    /// Sum of `d`, in metres.
    pub depth: DoubleDouble,
    /// Sum of `d^2`, in square metres.
    pub square: DoubleDouble,
}

/// Selects the sums of [`LinearMoments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearTerms {
    /// The sum of `d`.
    pub depths: bool,
    /// The sum of `1/d`.
    pub inverses: bool,
    /// The sum of `ln d`.
    pub logs: bool,
}

impl LinearTerms {
    /// All three sums.
    pub const ALL: Self = Self {
        depths: true,
        inverses: true,
        logs: true,
    };
}

/// The sums without squares: those of absolute errors, and those of squared errors inside a longer run. Unselected sums stay zero and
/// take no time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearMoments {
    terms: LinearTerms,
    /// Number of pixels. Exact below 2^53.
    pub count: f64,
    /// Sum of `d`, in metres.
    pub depth: DoubleDouble,
    /// Sum of `1/d`, in 1/m.
    pub inverse: DoubleDouble,
    /// Sum of `ln(d / 1 m)`.
    pub log: DoubleDouble,
}

impl LinearMoments {
    /// Empty sums with these terms.
    #[must_use]
    pub fn with_terms(terms: LinearTerms) -> Self {
        Self {
            terms,
            count: 0.0,
            depth: DoubleDouble::ZERO,
            inverse: DoubleDouble::ZERO,
            log: DoubleDouble::ZERO,
        }
    }
}

/// Largest relative width of a run whose sums are taken around its first depth. The fifth-order series are then exact to 2e-18 of each
/// term; a run ten times as wide would lose six digits.
const NEAR: f64 = 1e-3;

/// Smallest depth in metres that is inverted as it is. The square of the inverse, times the pixels, must stay finite. A light wave is
/// 1e-7 m.
const SMALLEST_INVERTED_M: f64 = 1e-140;

/// `1/d` of a depth in metres, with the lower bound that all sums share.
#[must_use]
pub(crate) fn inverse_of(depth_m: f64) -> f64 {
    1.0 / depth_m.max(SMALLEST_INVERTED_M)
}

/// Operations of all kinds of sums, so that one cumulative walk serves them.
pub trait RunningSums: Copy {
    /// Adds `count` pixels of one depth.
    fn add(&mut self, depth_m: f64, count: f64);
    /// Adds a run of neighbouring depths, all within `NEAR` of the first, from sums of powers of their distances.
    fn add_near(&mut self, first_m: f64, distances: &NearSums);
    /// Adds a short run of ascending depths with their counts, or with one pixel each.
    fn add_run(&mut self, depths_m: &[f64], counts: Option<&[u32]>) {
        let (Some(&first), Some(&last)) = (depths_m.first(), depths_m.last()) else {
            return;
        };
        // The inverse of a denormal number is infinite.
        if last - first <= NEAR * first && first >= f64::MIN_POSITIVE {
            self.add_near(first, &NearSums::from_run(first, depths_m, counts));
            return;
        }
        match counts {
            Some(counts) => {
                let pairs = depths_m.iter().zip(counts);
                pairs.for_each(|(&d, &n)| self.add(d, f64::from(n)));
            }
            None => depths_m.iter().for_each(|&d| self.add(d, 1.0)),
        }
    }
    /// The sums of the run without its beginning `start`.
    #[must_use]
    fn minus(&self, start: &Self) -> Self;
    /// These sums with the values of a stored [`Moments`]. Missing numbers count as zero; the caller checks the length.
    #[must_use]
    fn with_stored(self, stored: &[f64]) -> Self;
}

/// Sums of powers of `u = d / d0 - 1` over depths near `d0`. They take a few multiplications a depth instead of a logarithm.
#[derive(Clone, Copy, Debug, Default)]
pub struct NearSums {
    count: f64,
    powers: [f64; 5],
}

impl NearSums {
    /// Sums over depths near `first_m`, which must not be subnormal, with their counts or one pixel each.
    fn from_run(first_m: f64, depths_m: &[f64], counts: Option<&[u32]>) -> Self {
        let mut sums = Self::default();
        let inverse = 1.0 / first_m;
        let distance = |depth_m: &f64| (depth_m - first_m) * inverse;
        match counts {
            Some(counts) => {
                let pairs = depths_m.iter().zip(counts);
                pairs.for_each(|(d, &n)| sums.add(distance(d), f64::from(n)));
            }
            None => depths_m.iter().for_each(|d| sums.add(distance(d), 1.0)),
        }
        sums
    }

    #[inline(always)]
    fn add(&mut self, u: f64, count: f64) {
        // Unrolled by hand: this is the innermost loop, and the compiler does not unroll when it optimises for size.
        let [first, second, third, fourth, fifth] = &mut self.powers;
        let (u1, square) = (count * u, u * u);
        let u2 = count * square;
        let u3 = u1 * square;
        self.count += count;
        *first += u1;
        *second += u2;
        *third += u3;
        *fourth += u2 * square;
        *fifth += u3 * square;
    }

    /// `c1 u + c2 u^2 + ... + c5 u^5`, summed from the smallest terms.
    fn series(&self, coefficients: [f64; 5]) -> f64 {
        let terms = coefficients.iter().zip(self.powers).rev();
        terms.fold(0.0, |sum, (c, power)| sum + c * power)
    }
}

/// Taylor series of `1/(1+u) - 1`.
const INVERSE_SERIES: [f64; 5] = [-1.0, 1.0, -1.0, 1.0, -1.0];

/// Taylor series of `ln(1+u)`.
const LOG_SERIES: [f64; 5] = [1.0, -1.0 / 2.0, 1.0 / 3.0, -1.0 / 4.0, 1.0 / 5.0];

/// `count * a + b`.
fn offset(count: f64, a: f64, b: f64) -> DoubleDouble {
    DoubleDouble::product(count, a) + b.into()
}

impl RunningSums for Moments {
    fn add(&mut self, depth_m: f64, count: f64) {
        let inverse = inverse_of(depth_m);
        let log = libm::log(depth_m);
        self.count += count;
        self.depth += DoubleDouble::product(depth_m, count);
        self.square += DoubleDouble::product(depth_m, depth_m).times(count);
        self.inverse += DoubleDouble::product(inverse, count);
        self.inverse_square += DoubleDouble::product(inverse, inverse).times(count);
        self.log += DoubleDouble::product(log, count);
        self.log_square += DoubleDouble::product(log, log).times(count);
    }

    fn add_near(&mut self, first_m: f64, near: &NearSums) {
        let inverse = inverse_of(first_m);
        let log = libm::log(first_m);
        // Taylor series of `1/(1+u)^2 - 1` and `ln(1+u)^2`.
        let inverse_rest = near.series(INVERSE_SERIES);
        let inverse_square_rest = near.series([-2.0, 3.0, -4.0, 5.0, -6.0]);
        let log_rest = near.series(LOG_SERIES);
        let log_square_rest = near.series([0.0, 1.0, -1.0, 11.0 / 12.0, -5.0 / 6.0]);
        let mut squares = SquareMoments::default();
        squares.add_near(first_m, near);
        self.count += squares.count;
        self.depth += squares.depth;
        self.square += squares.square;
        self.inverse += DoubleDouble::sum(near.count, inverse_rest).times(inverse);
        self.inverse_square += DoubleDouble::sum(near.count, inverse_square_rest)
            .times(inverse)
            .times(inverse);
        self.log += offset(near.count, log, log_rest);
        self.log_square += DoubleDouble::product(log, log).times(near.count)
            + DoubleDouble::product(2.0 * log, log_rest)
            + log_square_rest.into();
    }

    fn minus(&self, start: &Self) -> Self {
        Self {
            count: self.count - start.count,
            depth: self.depth - start.depth,
            square: self.square - start.square,
            inverse: self.inverse - start.inverse,
            inverse_square: self.inverse_square - start.inverse_square,
            log: self.log - start.log,
            log_square: self.log_square - start.log_square,
        }
    }

    fn with_stored(self, stored: &[f64]) -> Self {
        Self {
            count: stored.first().copied().unwrap_or_default(),
            depth: stored_pair(stored, 1),
            square: stored_pair(stored, 3),
            inverse: stored_pair(stored, 5),
            inverse_square: stored_pair(stored, 7),
            log: stored_pair(stored, 9),
            log_square: stored_pair(stored, 11),
        }
    }
}

impl RunningSums for LinearMoments {
    #[inline]
    fn add(&mut self, depth_m: f64, count: f64) {
        self.count += count;
        if self.terms.depths {
            self.depth += DoubleDouble::product(depth_m, count);
        }
        if self.terms.inverses {
            self.inverse += DoubleDouble::product(inverse_of(depth_m), count);
        }
        if self.terms.logs {
            self.log += DoubleDouble::product(libm::log(depth_m), count);
        }
    }

    #[inline]
    fn add_near(&mut self, first_m: f64, near: &NearSums) {
        self.count += near.count;
        if self.terms.depths {
            self.depth += DoubleDouble::sum(near.count, near.powers[0]).times(first_m);
        }
        if self.terms.inverses {
            let rest = near.series(INVERSE_SERIES);
            self.inverse += DoubleDouble::sum(near.count, rest).times(inverse_of(first_m));
        }
        if self.terms.logs {
            self.log += offset(near.count, libm::log(first_m), near.series(LOG_SERIES));
        }
    }

    #[inline]
    fn minus(&self, start: &Self) -> Self {
        let mut sums = Self {
            count: self.count - start.count,
            ..Self::with_terms(self.terms)
        };
        if self.terms.depths {
            sums.depth = self.depth - start.depth;
        }
        if self.terms.inverses {
            sums.inverse = self.inverse - start.inverse;
        }
        if self.terms.logs {
            sums.log = self.log - start.log;
        }
        sums
    }

    #[inline]
    fn with_stored(self, stored: &[f64]) -> Self {
        let mut sums = Self {
            count: stored.first().copied().unwrap_or_default(),
            ..Self::with_terms(self.terms)
        };
        if self.terms.depths {
            sums.depth = stored_pair(stored, 1);
        }
        if self.terms.inverses {
            sums.inverse = stored_pair(stored, 5);
        }
        if self.terms.logs {
            sums.log = stored_pair(stored, 9);
        }
        sums
    }
}

impl RunningSums for SquareMoments {
    fn add(&mut self, depth_m: f64, count: f64) {
        self.count += count;
        self.depth += DoubleDouble::product(depth_m, count);
        self.square += DoubleDouble::product(depth_m, depth_m).times(count);
    }

    fn add_near(&mut self, first_m: f64, near: &NearSums) {
        let [u, u_square, ..] = near.powers;
        self.count += near.count;
        self.depth += DoubleDouble::sum(near.count, u).times(first_m);
        self.square += DoubleDouble::sum(near.count, 2.0 * u + u_square)
            .times(first_m)
            .times(first_m);
    }

    fn minus(&self, start: &Self) -> Self {
        Self {
            count: self.count - start.count,
            depth: self.depth - start.depth,
            square: self.square - start.square,
        }
    }

    fn with_stored(self, stored: &[f64]) -> Self {
        Self {
            count: stored.first().copied().unwrap_or_default(),
            depth: stored_pair(stored, 1),
            square: stored_pair(stored, 3),
        }
    }
}

impl Moments {
    /// The sums as numbers in a fixed order, for storage and transfer.
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
}

fn stored_pair(stored: &[f64], at: usize) -> DoubleDouble {
    match stored.get(at..at + 2) {
        Some(&[hi, lo]) => DoubleDouble::from_parts([hi, lo]),
        _ => DoubleDouble::ZERO,
    }
}

/// `sum of (x - r)^2` over a run, from its count, sum and sum of squares. Never negative.
#[must_use]
pub fn squared_deviation(count: f64, sum: DoubleDouble, sum_square: DoubleDouble, r: f64) -> f64 {
    let cross = sum.times(-2.0 * r);
    let constant = DoubleDouble::product(r, r).times(count);
    // Rounding may leave a tiny negative number if the run repeats one value.
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
        assert_eq!(Moments::default().with_stored(&sums.stored()), sums);
    }

    #[test]
    fn series_sums_equal_plain_sums() {
        for (first, spread) in [(0.01, 0.9), (1.0, 0.99), (2.5, 0.1), (180.0, 0.5)] {
            let depths: Vec<f64> = (0..32)
                .map(|i| first * (1.0 + NEAR * spread * f64::from(i) / 31.0))
                .collect();
            let counts: Vec<u32> = (1..=32).collect();
            let (mut fast, mut plain) = (Moments::default(), Moments::default());
            fast.add_run(&depths, Some(&counts));
            for (&d, &n) in depths.iter().zip(&counts) {
                plain.add(d, f64::from(n));
            }
            let (a, b) = (fast.stored(), plain.stored());
            assert_eq!(a[0], b[0]);
            for i in [1, 3, 5, 7, 9, 11] {
                // The series omits less than 2e-18 a pixel.
                let allowed = 4e-15 * b[i].abs() + 2e-18 * b[0];
                assert!(
                    (a[i] - b[i]).abs() <= allowed,
                    "{i} of {first}: {} against {}",
                    a[i],
                    b[i]
                );
            }
        }
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
