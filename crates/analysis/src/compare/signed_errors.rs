//! Sums of signed errors, from which bias and spread follow.

use serde::{Deserialize, Serialize};

/// Count, sum and sum of squares of errors in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignedErrorSums {
    /// Number of pixels.
    pub count: f64,
    /// Sum of errors.
    pub sum: f64,
    /// Sum of squared errors.
    pub square: f64,
}

impl SignedErrorSums {
    /// Adds an error.
    pub fn push(&mut self, error_m: f64) {
        self.count += 1.0;
        self.sum += error_m;
        self.square += error_m * error_m;
    }

    /// Adds the errors of other pixels.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.square += other.square;
    }

    /// Returns the mean error; `None` without pixels.
    #[must_use]
    pub fn bias_m(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// Returns the standard deviation, dividing by n; `None` without pixels. Six digits hold while the bias is under a thousand spreads.
    #[must_use]
    pub fn spread_m(&self) -> Option<f64> {
        let bias = self.bias_m()?;
        let variance = self.square / self.count - bias * bias;
        Some(variance.max(0.0).sqrt())
    }

    /// Returns the root mean square; `None` without pixels.
    #[must_use]
    pub fn rms_m(&self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.square / self.count).sqrt())
    }
}

/// Errors of the network, of quantization and of both together over the same pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorTriple {
    /// `f = F - G`.
    pub f: SignedErrorSums,
    /// `q = Q - F`.
    pub q: SignedErrorSums,
    /// `Q - G`.
    pub total: SignedErrorSums,
}

impl ErrorTriple {
    /// Adds the errors of other pixels.
    pub fn add(&mut self, other: &Self) {
        self.f.add(&other.f);
        self.q.add(&other.q);
        self.total.add(&other.total);
    }
}

/// Running sums of an [`ErrorTriple`], which share one count.
#[derive(Clone, Copy, Debug, Default)]
struct Running {
    count: f64,
    f: [f64; 2],
    q: [f64; 2],
    total: [f64; 2],
}

impl Running {
    fn push(&mut self, f: f64, q: f64, total: f64) {
        self.count += 1.0;
        for (sums, error_m) in [(&mut self.f, f), (&mut self.q, q), (&mut self.total, total)] {
            sums[0] += error_m;
            sums[1] += error_m * error_m;
        }
    }

    fn finished(&self) -> ErrorTriple {
        let of = |[sum, square]: [f64; 2]| SignedErrorSums {
            count: self.count,
            sum,
            square,
        };
        ErrorTriple {
            f: of(self.f),
            q: of(self.q),
            total: of(self.total),
        }
    }
}

/// Accumulates errors in cells, of depth or of the image. Most pixels fall into the cell of the previous one, whose sums are kept apart.
#[derive(Clone, Debug)]
pub(super) struct ErrorCells {
    cells: Vec<Running>,
    /// The cell of the previous pixel. Its sums are in `here`; `cells` holds them only after the cell changes.
    at: usize,
    here: Running,
}

impl ErrorCells {
    /// Creates this many cells; there must be at least one.
    pub(super) fn new(cells: usize) -> Self {
        Self {
            cells: vec![Running::default(); cells],
            at: 0,
            here: Running::default(),
        }
    }

    /// Adds a pixel.
    #[inline]
    pub(super) fn push(&mut self, cell: usize, gt_m: f64, fp32_m: f64, int8_m: f64) {
        if cell != self.at {
            self.cells[self.at] = self.here;
            self.here = self.cells[cell];
            self.at = cell;
        }
        self.here
            .push(fp32_m - gt_m, int8_m - fp32_m, int8_m - gt_m);
    }

    /// Returns the sums of every cell.
    pub(super) fn finished(mut self) -> Vec<ErrorTriple> {
        self.cells[self.at] = self.here;
        self.cells.iter().map(Running::finished).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_and_spread_of_known_errors() {
        let mut sums = SignedErrorSums::default();
        assert_eq!(
            (sums.bias_m(), sums.spread_m(), sums.rms_m()),
            (None, None, None)
        );
        sums.push(1.0);
        sums.push(3.0);
        assert_eq!((sums.bias_m(), sums.spread_m()), (Some(2.0), Some(1.0)));
        assert_eq!(sums.rms_m(), Some(5.0_f64.sqrt()));
    }

    #[test]
    fn cells_have_the_sums_of_their_pixels_in_any_order() {
        let pixels: Vec<(usize, f64)> = (0..40).map(|i| (i * 7 % 5, 0.1 * i as f64)).collect();
        let mut cells = ErrorCells::new(6);
        let mut expected = vec![ErrorTriple::default(); 6];
        for &(cell, q) in &pixels {
            cells.push(cell, 1.0, 1.5, 1.5 + q);
            expected[cell].f.push(0.5);
            expected[cell].q.push(1.5 + q - 1.5);
            expected[cell].total.push(1.5 + q - 1.0);
        }
        assert_eq!(cells.finished(), expected);
    }
}
