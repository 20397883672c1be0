//! Monotone piecewise cubic interpolation.
//!
//! F. N. Fritsch and J. Butland, "A method for constructing local monotone piecewise cubic interpolants", SIAM J. Sci. Stat. Comput. 5,
//! 1984. Slopes are weighted harmonic means of the neighbouring secants. End slopes are the three-point formula, limited so that the
//! curve keeps its direction, as in SciPy's `PchipInterpolator`.

/// A curve through given points, monotone where they are.
pub(super) struct Pchip {
    knots: Vec<(f64, f64)>,
    slopes: Vec<f64>,
}

impl Pchip {
    /// The curve through at least three knots with ascending abscissae.
    pub(super) fn new(knots: &[(f64, f64)]) -> Self {
        let widths: Vec<f64> = knots.windows(2).map(|w| w[1].0 - w[0].0).collect();
        let secants: Vec<f64> = knots
            .windows(2)
            .map(|w| (w[1].1 - w[0].1) / (w[1].0 - w[0].0))
            .collect();
        let last = widths.len() - 1;
        let mut slopes = vec![end_slope(widths[0], widths[1], secants[0], secants[1])];
        for i in 1..=last {
            slopes.push(inner_slope(
                widths[i - 1],
                widths[i],
                secants[i - 1],
                secants[i],
            ));
        }
        slopes.push(end_slope(
            widths[last],
            widths[last - 1],
            secants[last],
            secants[last - 1],
        ));
        Self {
            knots: knots.to_vec(),
            slopes,
        }
    }

    /// The curve at `x`; the outermost cubics extend beyond the knots.
    pub(super) fn value_at(&self, x: f64) -> f64 {
        let inner = &self.knots[1..self.knots.len() - 1];
        let i = inner.partition_point(|knot| knot.0 <= x);
        let ((x0, y0), (x1, y1)) = (self.knots[i], self.knots[i + 1]);
        let width = x1 - x0;
        let secant = (y1 - y0) / width;
        let (m0, m1) = (self.slopes[i], self.slopes[i + 1]);
        let t = x - x0;
        let square = (3.0 * secant - 2.0 * m0 - m1) / width;
        let cube = (m0 + m1 - 2.0 * secant) / (width * width);
        y0 + t * (m0 + t * (square + t * cube))
    }
}

fn inner_slope(width0: f64, width1: f64, secant0: f64, secant1: f64) -> f64 {
    if secant0 * secant1 <= 0.0 {
        return 0.0;
    }
    let weight0 = 2.0 * width1 + width0;
    let weight1 = width1 + 2.0 * width0;
    (weight0 + weight1) / (weight0 / secant0 + weight1 / secant1)
}

fn end_slope(width0: f64, width1: f64, secant0: f64, secant1: f64) -> f64 {
    let slope = ((2.0 * width0 + width1) * secant0 - width0 * secant1) / (width0 + width1);
    if slope * secant0 <= 0.0 {
        0.0
    } else if secant0 * secant1 <= 0.0 && slope.abs() > 3.0 * secant0.abs() {
        3.0 * secant0
    } else {
        slope
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.interpolate.PchipInterpolator([0, 1, 3, 4], [0, 2, 3, 7])([0.5, 2.0, 3.5])
        let curve = Pchip::new(&[(0.0, 0.0), (1.0, 2.0), (3.0, 3.0), (4.0, 7.0)]);
        for (x, y) in SCIPY {
            assert!(
                (curve.value_at(x) - y).abs() < 1e-14,
                "{x}: {} against {y}",
                curve.value_at(x)
            );
        }
    }

    const SCIPY: [(f64, f64); 3] = [
        (0.5, 1.205_357_142_857_142_8),
        (2.0, 2.471_042_471_042_471),
        (3.5, 4.475_788_288_288_288),
    ];

    proptest! {
        #[test]
        fn passes_through_its_points_and_never_falls(
            steps in prop::collection::vec((0.01_f64..5.0, 0.0_f64..5.0), 3..12),
        ) {
            let mut at = (0.0, 0.0);
            let knots: Vec<_> = steps.iter().map(|s| { at = (at.0 + s.0, at.1 + s.1); at }).collect();
            let curve = Pchip::new(&knots);
            for &(x, y) in &knots {
                prop_assert!((curve.value_at(x) - y).abs() < 1e-9);
            }
            let (first, last) = (knots[0].0, knots[knots.len() - 1].0);
            let heights: Vec<f64> = (0..=200).map(|i| curve.value_at(first + (last - first) * f64::from(i) / 200.0)).collect();
            prop_assert!(heights.windows(2).all(|w| w[1] >= w[0] - 1e-9));
        }
    }
}
