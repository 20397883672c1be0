//! Differences between two quantized predictions of the same network: the board `B` against the simulator `Q`.

use serde::{Deserialize, Serialize};

use super::signed_errors::SignedErrorSums;

/// Sums of the differences `B - Q` between two quantized predictions of the same frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoardSums {
    /// The differences, in metres.
    pub difference: SignedErrorSums,
    /// Pixels with the same value in both.
    pub equal: f64,
    /// The largest difference, in metres.
    pub largest_m: f64,
    /// Sum of `Q^2`, in square metres.
    pub int8_square: f64,
}

impl BoardSums {
    /// Compares the maps of a frame, in metres, at the pixels that are finite in both.
    #[must_use]
    pub fn measure(int8_m: &[f64], board_m: &[f64]) -> Self {
        let mut sums = Self::default();
        for (&int8, &board) in int8_m.iter().zip(board_m) {
            let difference = board - int8;
            if !difference.is_finite() {
                continue;
            }
            sums.difference.push(difference);
            if difference == 0.0 {
                sums.equal += 1.0;
            }
            sums.largest_m = sums.largest_m.max(difference.abs());
            sums.int8_square += int8 * int8;
        }
        sums
    }

    /// Adds the pixels of other frames.
    pub fn add(&mut self, other: &Self) {
        self.difference.add(&other.difference);
        self.equal += other.equal;
        self.largest_m = self.largest_m.max(other.largest_m);
        self.int8_square += other.int8_square;
    }

    /// Returns the share of pixels with the same value in both; `None` without pixels.
    #[must_use]
    pub fn equal_share(&self) -> Option<f64> {
        (self.difference.count > 0.0).then(|| self.equal / self.difference.count)
    }

    /// Returns the signal-to-noise ratio of the difference in dB; `None` where the maps are equal or zero.
    #[must_use]
    pub fn sqnr_db(&self) -> Option<f64> {
        let usable = self.difference.square > 0.0 && self.int8_square > 0.0;
        usable.then(|| 10.0 * libm::log10(self.int8_square / self.difference.square))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_that_are_finite_in_both_maps_count() {
        let int8 = [1.0, 2.0, f64::NAN, 4.0, 5.0];
        let board = [1.0, 2.5, 3.0, f64::INFINITY, 4.0];
        let whole = BoardSums::measure(&int8, &board);
        let mut parts = BoardSums::measure(&int8[..2], &board[..2]);
        parts.add(&BoardSums::measure(&int8[2..], &board[2..]));
        assert_eq!(whole, parts);
        assert_eq!(whole.difference.count, 3.0);
        assert_eq!(whole.equal_share(), Some(1.0 / 3.0));
        assert_eq!(whole.largest_m, 1.0);
        assert!((whole.difference.bias_m().expect("pixels") + 0.5 / 3.0).abs() < 1e-15);
        // Signal power 30 over noise power 1.25.
        assert!((whole.sqnr_db().expect("noise") - 10.0 * libm::log10(24.0)).abs() < 1e-12);
    }

    #[test]
    fn equal_maps_have_no_noise() {
        let sums = BoardSums::measure(&[1.0, 2.0], &[1.0, 2.0]);
        assert_eq!((sums.equal_share(), sums.sqnr_db()), (Some(1.0), None));
        assert_eq!(BoardSums::default().equal_share(), None);
    }
}
