//! Errors by band of the true depth: how the squared error divides between near and far.

use serde::{Deserialize, Serialize};

use super::aligned_frame::AlignedFrame;
use super::signed_errors::{ErrorCells, ErrorTriple, SignedErrorSums};

/// Default inner edges of the bands, in metres.
pub const DEFAULT_BAND_EDGES_M: [f64; 2] = [3.0, 10.0];

/// Errors of each band of a frame or of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BandSums {
    bands: Vec<ErrorTriple>,
}

/// The figures of a band. Lengths in metres, shares in 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Near end, inclusive.
    pub from_m: f64,
    /// Far end, exclusive; infinite for the last band.
    pub to_m: f64,
    /// Number of pixels.
    pub count: f64,
    /// Share of all pixels.
    pub share: f64,
    /// Errors of the floating-point network.
    pub f: SignedErrorSums,
    /// Errors of quantization.
    pub q: SignedErrorSums,
    /// Errors of the INT8 network.
    pub total: SignedErrorSums,
    /// Share of the sum of `f^2` of all pixels.
    pub share_of_f: f64,
    /// Share of the sum of `q^2` of all pixels.
    pub share_of_q: f64,
    /// Share of the sum of `(Q - G)^2` of all pixels.
    pub share_of_total: f64,
}

impl BandSums {
    /// Sums the errors of a frame by band. Edges that do not ascend make empty bands.
    #[must_use]
    #[inline(never)]
    pub fn measure(aligned: &AlignedFrame, edges_m: &[f64]) -> Self {
        // Running maximum of the edges: a depth below one edge is below all later ones.
        let reached: Vec<f64> = edges_m
            .iter()
            .scan(f64::NEG_INFINITY, |highest, &edge| {
                *highest = if edge.is_nan() {
                    f64::INFINITY
                } else {
                    highest.max(edge)
                };
                Some(*highest)
            })
            .collect();
        let mut bands = ErrorCells::new(edges_m.len() + 1);
        for (g, fp32, int8) in aligned.pixels().iter() {
            let band = reached.iter().map(|&edge| usize::from(g >= edge)).sum();
            bands.push(band, g, fp32, int8);
        }
        Self {
            bands: bands.finished(),
        }
    }

    /// Adds the pixels of other frames, measured with the same edges.
    pub fn merge(&mut self, other: &Self) {
        self.bands.resize(
            self.bands.len().max(other.bands.len()),
            ErrorTriple::default(),
        );
        for (own, more) in self.bands.iter_mut().zip(&other.bands) {
            own.add(more);
        }
    }

    /// Returns the bands with their figures, nearest first.
    #[must_use]
    pub fn bands(&self, edges_m: &[f64]) -> Vec<Band> {
        let mut all = ErrorTriple::default();
        self.bands.iter().for_each(|band| all.add(band));
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let edge = |i: usize| edges_m.get(i).copied().unwrap_or(f64::INFINITY);
        let figures = |(i, sums): (usize, &ErrorTriple)| Band {
            from_m: i.checked_sub(1).map_or(0.0, edge),
            to_m: edge(i),
            count: sums.f.count,
            share: share(sums.f.count, all.f.count),
            f: sums.f,
            q: sums.q,
            total: sums.total,
            share_of_f: share(sums.f.square, all.f.square),
            share_of_q: share(sums.q.square, all.q.square),
            share_of_total: share(sums.total.square, all.total.square),
        };
        self.bands.iter().enumerate().map(figures).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{EvalProtocol, FrameMaps};

    #[test]
    fn a_pixel_belongs_to_the_band_of_its_true_depth() {
        let gt_m = [1.0, 2.999, 3.0, 9.0, 10.0, 50.0];
        let fp32_m = gt_m.map(|g| g + 0.5);
        let int8_m = gt_m.map(|g| g + if g < 10.0 { 0.5 } else { 1.5 });
        let maps = FrameMaps {
            width: 6,
            gt_m: &gt_m,
            fp32_m: &fp32_m,
            int8_m: &int8_m,
        };
        let aligned = AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels");
        let mut sums = BandSums::default();
        sums.merge(&BandSums::measure(&aligned, &DEFAULT_BAND_EDGES_M));
        let bands = sums.bands(&DEFAULT_BAND_EDGES_M);
        let counts: Vec<f64> = bands.iter().map(|b| b.count).collect();
        assert_eq!(counts, [2.0, 2.0, 2.0]);
        assert_eq!(
            (bands[0].from_m, bands[2].from_m, bands[2].to_m),
            (0.0, 10.0, f64::INFINITY)
        );
        assert_eq!(bands[2].q.bias_m(), Some(1.0));
        assert_eq!((bands[0].share_of_q, bands[2].share_of_q), (0.0, 1.0));
        let shares: f64 = bands.iter().map(|b| b.share_of_total).sum();
        assert!((shares - 1.0).abs() < 1e-12);
        assert_eq!(bands[2].share_of_total, 4.5 / 5.5);
    }

    #[test]
    fn edges_that_do_not_ascend_make_empty_bands() {
        let gt_m = [1.0, 4.0, 12.0, 50.0];
        let maps = FrameMaps {
            width: 4,
            gt_m: &gt_m,
            fp32_m: &gt_m,
            int8_m: &gt_m,
        };
        let aligned = AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels");
        let counts = |edges: &[f64]| -> Vec<f64> {
            let bands = BandSums::measure(&aligned, edges).bands(edges);
            bands.iter().map(|band| band.count).collect()
        };
        assert_eq!(counts(&[10.0, 3.0, 20.0]), [2.0, 0.0, 1.0, 1.0]);
        assert_eq!(counts(&[f64::NAN, 3.0]), [4.0, 0.0, 0.0]);
        assert_eq!(counts(&[]), [4.0]);
    }
}
