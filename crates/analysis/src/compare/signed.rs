//! Signed errors of a set of pixels: their bias and their spread.
//!
//! Knows numbers only.

use serde::{Deserialize, Serialize};

/// Count, sum and sum of squares of errors in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignedSums {
    /// Number of pixels.
    pub count: f64,
    /// Sum of errors.
    pub sum: f64,
    /// Sum of squared errors.
    pub square: f64,
}

impl SignedSums {
    /// Adds an error.
    pub fn push(&mut self, error_m: f64) {
        self.count += 1.0;
        self.sum += error_m;
        self.square += error_m * error_m;
    }

    /// Adds the errors of others.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.square += other.square;
    }

    /// Mean error; `None` without pixels.
    #[must_use]
    pub fn bias_m(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// Standard deviation, dividing by n; `None` without pixels. Good to six digits while the bias is under a thousand spreads.
    #[must_use]
    pub fn spread_m(&self) -> Option<f64> {
        let bias = self.bias_m()?;
        let variance = self.square / self.count - bias * bias;
        Some(variance.max(0.0).sqrt())
    }

    /// Root of the mean square; `None` without pixels.
    #[must_use]
    pub fn rms_m(&self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.square / self.count).sqrt())
    }
}

/// The errors of the network, of quantization and of both together over the same pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorTriple {
    /// `f = F - G`.
    pub f: SignedSums,
    /// `q = Q - F`.
    pub q: SignedSums,
    /// `Q - G`.
    pub total: SignedSums,
}

impl ErrorTriple {
    /// Adds the pixels of others.
    pub fn add(&mut self, other: &Self) {
        self.f.add(&other.f);
        self.q.add(&other.q);
        self.total.add(&other.total);
    }
}

/// The sums of an [`ErrorTriple`] while pixels come.
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
        let of = |[sum, square]: [f64; 2]| SignedSums {
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

/// Errors in cells, of depth or of the picture. A pixel mostly falls into the cell of the one before it, whose sums are at hand.
#[derive(Clone, Debug)]
pub(super) struct ErrorCells {
    cells: Vec<Running>,
    /// The cell of the last pixel, whose sums are `here` and not yet among the cells.
    at: usize,
    here: Running,
}

impl ErrorCells {
    /// This many cells, one at least.
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

    /// The sums of every cell.
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
        let mut sums = SignedSums::default();
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
    fn cells_have_the_sums_of_their_pixels_in_whatever_order_these_come() {
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
