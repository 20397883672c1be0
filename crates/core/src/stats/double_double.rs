//! Double-double arithmetic: numbers as sums of two `f64`, with about 32 significant digits.
//!
//! A cell of a fine code needs `S2 - 2 r S1 + r^2 S0`. At 16 bits the three terms agree in up to 11 digits, which leaves a plain `f64`
//! sum too few. Only the operations of the sums are here: add, subtract, multiply and divide by a number.
//!
//! Source: T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18, 1971. The branch-free
//! two-sum is from D. E. Knuth, The Art of Computer Programming, vol. 2, 4.2.2.

use std::ops::{Add, AddAssign, Sub};

/// An unevaluated sum `hi + lo` with `|lo| <= ulp(hi) / 2`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DoubleDouble {
    hi: f64,
    lo: f64,
}

/// `a + b` as the rounded sum and its exact rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// Splits a number into two halves of at most 26 bits, so that products of halves are exact.
///
/// The factor is `2^27 + 1`. It overflows above about 6e300, far beyond the square of any depth.
fn split(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// `a * b` as the rounded product and its exact rounding error. Dekker's split, because WebAssembly has no fused multiply-add and
/// emulation is slower.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

impl DoubleDouble {
    /// The number zero.
    pub const ZERO: Self = Self { hi: 0.0, lo: 0.0 };

    /// The exact product of two numbers, unless the error term underflows.
    #[must_use]
    pub fn product(a: f64, b: f64) -> Self {
        let (hi, lo) = two_product(a, b);
        Self { hi, lo }
    }

    /// The exact sum of two numbers.
    #[must_use]
    pub fn sum(a: f64, b: f64) -> Self {
        let (hi, lo) = two_sum(a, b);
        Self { hi, lo }
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn value(self) -> f64 {
        self.hi + self.lo
    }

    /// The two parts, high first, for storage.
    #[must_use]
    pub fn parts(self) -> [f64; 2] {
        [self.hi, self.lo]
    }

    /// The inverse of [`Self::parts`].
    #[must_use]
    pub fn from_parts([hi, lo]: [f64; 2]) -> Self {
        Self { hi, lo }
    }

    /// This number times `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let (hi, lo) = two_product(self.hi, factor);
        Self::renormalised(hi, lo + self.lo * factor)
    }

    /// This number divided by `divisor`, from the quotient of the high part and that of the remainder.
    #[must_use]
    pub fn over(self, divisor: f64) -> Self {
        let first = self.hi / divisor;
        let rest = self - Self::product(first, divisor);
        Self::renormalised(first, rest.value() / divisor)
    }

    fn renormalised(hi: f64, lo: f64) -> Self {
        let sum = hi + lo;
        Self {
            hi: sum,
            lo: lo - (sum - hi),
        }
    }
}

impl From<f64> for DoubleDouble {
    fn from(value: f64) -> Self {
        Self { hi: value, lo: 0.0 }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // The error is below 2^-105 of the larger operand, not of the sum. Operands that cancel have larger errors already.
        let (hi, error) = two_sum(self.hi, other.hi);
        Self::renormalised(hi, error + (self.lo + other.lo))
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self {
            hi: -other.hi,
            lo: -other.lo,
        }
    }
}

impl AddAssign for DoubleDouble {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl AddAssign<f64> for DoubleDouble {
    fn add_assign(&mut self, value: f64) {
        let (hi, error) = two_sum(self.hi, value);
        *self = Self::renormalised(hi, error + self.lo);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An exact oracle: `i128` holds the products when both factors are integers below 2^53.
    fn exact(value: DoubleDouble) -> i128 {
        value.hi as i128 + value.lo as i128
    }

    proptest! {
        #[test]
        fn products_of_integers_are_exact(a in -(1_i64 << 53)..(1_i64 << 53), b in -(1_i64 << 49)..(1_i64 << 49)) {
            let product = DoubleDouble::product(a as f64, b as f64);
            prop_assert_eq!(exact(product), i128::from(a) * i128::from(b));
        }

        #[test]
        fn sums_of_integers_are_exact(terms in prop::collection::vec(-(1_i64 << 53)..(1_i64 << 53), 0..200)) {
            let mut sum = DoubleDouble::ZERO;
            for &term in &terms {
                sum += term as f64;
            }
            prop_assert_eq!(exact(sum), terms.iter().map(|&t| i128::from(t)).sum::<i128>());
        }

        #[test]
        fn scaling_agrees_with_integers(a in -(1_i64 << 40)..(1_i64 << 40), b in -(1_i64 << 40)..(1_i64 << 40), c in -4096_i64..4096) {
            let scaled = DoubleDouble::product(a as f64, b as f64).times(c as f64);
            prop_assert_eq!(exact(scaled), i128::from(a) * i128::from(b) * i128::from(c));
        }

        #[test]
        fn a_quotient_times_its_divisor_is_the_dividend(a in -1e6_f64..1e6, b in -1e6_f64..1e6, divisor in 1e-3_f64..1e3) {
            let dividend = DoubleDouble::product(a, b);
            let back = dividend.over(divisor).times(divisor);
            prop_assert!((back - dividend).value().abs() <= 1e-30 * dividend.value().abs());
        }
    }

    #[test]
    fn small_terms_survive_a_large_one() {
        let mut sum = DoubleDouble::from(1e16);
        for _ in 0..1000 {
            sum += 0.001;
        }
        let rest = (sum - DoubleDouble::from(1e16)).value();
        assert!((rest - 1.0).abs() < 1e-12, "{rest}");
    }
}
