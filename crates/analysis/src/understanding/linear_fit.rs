//! Least squares of one variable on another, as sums that merge over frames.

use serde::{Deserialize, Serialize};

/// Sums of pairs, shifted by the first pair for accuracy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinearFit {
    n: f64,
    first: (f64, f64),
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl LinearFit {
    /// The sums of pairs.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut fit = Self::default();
        for (x, y) in pairs {
            fit.add(x, y);
        }
        fit
    }

    /// Adds a pair. A pair that is not finite is left out.
    pub fn add(&mut self, x: f64, y: f64) {
        if !(x.is_finite() && y.is_finite()) {
            return;
        }
        if self.n == 0.0 {
            self.first = (x, y);
        }
        let (x, y) = (x - self.first.0, y - self.first.1);
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Adds the pairs of another fit.
    pub fn merge(&mut self, other: &Self) {
        if self.n == 0.0 {
            *self = *other;
            return;
        }
        // Shifts the other sums to the origin of these.
        let (dx, dy) = (other.first.0 - self.first.0, other.first.1 - self.first.1);
        let n = other.n;
        self.xx += other.xx + 2.0 * dx * other.x + n * dx * dx;
        self.xy += other.xy + dx * other.y + dy * other.x + n * dx * dy;
        self.yy += other.yy + 2.0 * dy * other.y + n * dy * dy;
        self.x += other.x + n * dx;
        self.y += other.y + n * dy;
        self.n += n;
    }

    /// Number of pairs.
    #[must_use]
    pub fn pairs(&self) -> f64 {
        self.n
    }

    /// Scale and shift of `y = scale * x + shift` with the smallest squared error; `None` for constant `x`.
    #[must_use]
    pub fn scale_and_shift(&self) -> Option<(f64, f64)> {
        let (sxx, sxy, _) = self.centred()?;
        let scale = sxy / sxx;
        let (mean_x, mean_y) = (self.x / self.n, self.y / self.n);
        let shift = self.first.1 + mean_y - scale * (self.first.0 + mean_x);
        (scale.is_finite() && shift.is_finite()).then_some((scale, shift))
    }

    /// Scale of `y = scale * (x - zero)` with the smallest squared error; `None` where all `x` are `zero`.
    #[must_use]
    pub fn scale_about(&self, zero: f64) -> Option<f64> {
        let d = self.first.0 - zero;
        let y0 = self.first.1;
        let xx = self.xx + 2.0 * d * self.x + self.n * d * d;
        let xy = self.xy + d * self.y + y0 * self.x + self.n * d * y0;
        let scale = xy / xx;
        scale.is_finite().then_some(scale)
    }

    /// Share of the variance of `y` that the line explains, 0..1; `None` for a constant side.
    #[must_use]
    pub fn explained(&self) -> Option<f64> {
        let (sxx, sxy, syy) = self.centred()?;
        (syy > 0.0).then(|| sxy * sxy / (sxx * syy))
    }

    fn centred(&self) -> Option<(f64, f64, f64)> {
        let sxx = self.xx - self.x * self.x / self.n;
        let sxy = self.xy - self.x * self.y / self.n;
        let syy = self.yy - self.y * self.y / self.n;
        (self.n >= 2.0 && sxx > 0.0).then_some((sxx, sxy, syy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numpy_fits_the_same_line() {
        // numpy.polyfit([1, 2, 4, 7], [2, 3, 3, 9], 1) gives 1.11904762 and 0.33333333.
        let fit = LinearFit::from_pairs([(1.0, 2.0), (2.0, 3.0), (4.0, 3.0), (7.0, 9.0)]);
        let (scale, shift) = fit.scale_and_shift().expect("a line");
        assert!((scale - 47.0 / 42.0).abs() < 1e-12 && (shift - 1.0 / 3.0).abs() < 1e-12);
        // sum(x y) / sum(x x) = 83 / 70.
        assert!((fit.scale_about(0.0).expect("a scale") - 83.0 / 70.0).abs() < 1e-12);
        assert_eq!(
            LinearFit::from_pairs([(1.0, 2.0); 3]).scale_and_shift(),
            None
        );
    }

    proptest! {
        #[test]
        fn merged_parts_are_the_whole(pairs in prop::collection::vec((-9.0..9.0_f64, 100.0..900.0_f64), 3..60), at in 0.0..1.0_f64) {
            let cut = (at * pairs.len() as f64) as usize;
            let mut merged = LinearFit::from_pairs(pairs[..cut].iter().copied());
            merged.merge(&LinearFit::from_pairs(pairs[cut..].iter().copied()));
            let whole = LinearFit::from_pairs(pairs.iter().copied());
            let (Some(a), Some(b)) = (merged.scale_and_shift(), whole.scale_and_shift()) else { return Ok(()) };
            prop_assert!((a.0 - b.0).abs() < 1e-6 * b.0.abs().max(1.0));
            prop_assert!((a.1 - b.1).abs() < 1e-6 * b.1.abs().max(1.0));
        }
    }
}
