//! Artefacts of INT8 that a mean error hides: banding and checkerboards.
//!
//! Knows neighbouring pixels; knows nothing of what caused them.

use serde::{Deserialize, Serialize};

use super::aligned::Aligned;
use super::grid::Grid;

/// Counts and sums of neighbouring pixels, over one frame or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArtefactSums {
    /// Pairs of neighbours, side by side or one above the other, between which `F` differs.
    pub pairs: f64,
    /// Those of them between which `Q` does not differ.
    pub flat: f64,
    /// Those between which `code(F)` does not differ, where a grid is known: what coding the output alone would flatten.
    pub flat_by_code: f64,
    /// Squares of 2 x 2 pixels that do not overlap.
    pub blocks: f64,
    /// Sum of squares of the alternating part of `q` in them, in square metres.
    pub alternating_q: f64,
    /// Sum of the alternating part of `q` in them, in metres.
    pub alternating_q_sum: f64,
    /// Sum of squares of the alternating part of `f`, in square metres.
    pub alternating_f: f64,
    /// Sum of all four squares of `q` in them, in square metres.
    pub block_q: f64,
}

/// The scores of a frame or of several. Shares in 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArtefactScores {
    /// Banding: share of neighbours between which `F` differs and `Q` does not.
    pub banding: Option<f64>,
    /// The share that coding the output of `F` would make flat. Banding beyond it comes from inside the network.
    pub banding_by_code: Option<f64>,
    /// Checkerboard: energy of `q` at the pixel-alternating frequency over that of `f`.
    pub checkerboard: Option<f64>,
    /// Share of that frequency in the energy of `q`: a quarter for white noise, one for a pure checkerboard.
    pub alternating_share: Option<f64>,
    /// How far the alternation keeps its sign over the picture, 0 to 1: near zero for noise, one for a pattern that upsampling left.
    pub coherence: Option<f64>,
}

/// The part of a 2 x 2 square that alternates from pixel to pixel: one of its four Haar coefficients.
fn alternating([a, b, c, d]: [f64; 4]) -> f64 {
    (a - b - c + d) / 2.0
}

impl ArtefactSums {
    /// Of a frame; the grid is that of the maps before alignment.
    #[must_use]
    pub fn of(aligned: &Aligned, grid: Option<&Grid>) -> Self {
        let mut out = Self::default();
        out.add_pairs(aligned, grid.map(|g| g.aligned(aligned.int8_fit)).as_ref());
        out.add_blocks(aligned);
        out
    }

    fn add_pairs(&mut self, aligned: &Aligned, grid: Option<&Grid>) {
        let (fp32, int8) = (&aligned.fp32_m, &aligned.int8_m);
        let coded: Option<Vec<f64>> =
            grid.map(|grid| fp32.iter().map(|&depth_m| grid.code_m(depth_m)).collect());
        let (mut pairs, mut flat, mut flat_by_code) = (0_u32, 0_u32, 0_u32);
        let mut pair = |i: usize, j: usize| {
            // A masked neighbour is NaN and differs from nothing.
            if (fp32[i] - fp32[j]).abs() > 0.0 {
                pairs += 1;
                flat += u32::from(int8[i] == int8[j]);
                flat_by_code += u32::from(coded.as_ref().is_some_and(|c| c[i] == c[j]));
            }
        };
        for &i in &aligned.at {
            let i = i as usize;
            if !(i + 1).is_multiple_of(aligned.width) {
                pair(i, i + 1);
            }
            if i + aligned.width < fp32.len() {
                pair(i, i + aligned.width);
            }
        }
        self.pairs += f64::from(pairs);
        self.flat += f64::from(flat);
        self.flat_by_code += f64::from(flat_by_code);
    }

    fn add_blocks(&mut self, aligned: &Aligned) {
        let width = aligned.width;
        for row in (0..aligned.height().saturating_sub(1)).step_by(2) {
            for column in (0..width.saturating_sub(1)).step_by(2) {
                let first = row * width + column;
                let at = [first, first + 1, first + width, first + width + 1];
                let q = at.map(|i| aligned.int8_m[i] - aligned.fp32_m[i]);
                let f = at.map(|i| aligned.fp32_m[i] - aligned.gt_m[i]);
                let (in_q, in_f) = (alternating(q), alternating(f));
                if in_q.is_nan() || in_f.is_nan() {
                    continue;
                }
                self.blocks += 1.0;
                self.alternating_q += in_q * in_q;
                self.alternating_q_sum += in_q;
                self.alternating_f += in_f * in_f;
                self.block_q += q.map(|e| e * e).iter().sum::<f64>();
            }
        }
    }

    /// Adds the pixels of other frames.
    pub fn add(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.flat += other.flat;
        self.flat_by_code += other.flat_by_code;
        self.blocks += other.blocks;
        self.alternating_q += other.alternating_q;
        self.alternating_q_sum += other.alternating_q_sum;
        self.alternating_f += other.alternating_f;
        self.block_q += other.block_q;
    }

    /// The scores; each `None` where there is nothing to divide by.
    #[must_use]
    pub fn scores(&self) -> ArtefactScores {
        let over = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let sum = self.alternating_q_sum;
        ArtefactScores {
            banding: over(self.flat, self.pairs),
            banding_by_code: over(self.flat_by_code, self.pairs),
            checkerboard: over(self.alternating_q, self.alternating_f),
            alternating_share: over(self.alternating_q, self.block_q),
            coherence: over(sum * sum, self.blocks * self.alternating_q),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{FrameMaps, Protocol};

    const WIDTH: usize = 16;

    fn scores(error: impl Fn(usize, usize) -> f64) -> ArtefactScores {
        let place = |i: usize| (i % WIDTH, i / WIDTH);
        let of = |f: &dyn Fn(usize, usize) -> f64| {
            (0..WIDTH * WIDTH)
                .map(|i| f(place(i).0, place(i).1))
                .collect::<Vec<_>>()
        };
        let gt_m = of(&|x, y| 2.0 + 0.01 * (x + y) as f64);
        let fp32_m = of(&|x, y| 2.0 + 0.01 * (x + y) as f64 + 0.001 * (x * y % 3) as f64);
        let int8_m: Vec<f64> = fp32_m
            .iter()
            .enumerate()
            .map(|(i, f)| f + error(place(i).0, place(i).1))
            .collect();
        let maps = FrameMaps {
            width: WIDTH,
            gt_m: &gt_m,
            fp32_m: &fp32_m,
            int8_m: &int8_m,
        };
        let aligned = Aligned::of(&maps, &Protocol::default()).expect("pixels");
        ArtefactSums::of(&aligned, None).scores()
    }

    #[test]
    fn a_checkerboard_alternates_and_keeps_its_sign() {
        let board = scores(|x, y| if (x + y) % 2 == 0 { 0.05 } else { -0.05 });
        assert!((board.alternating_share.expect("blocks") - 1.0).abs() < 1e-9);
        assert!((board.coherence.expect("blocks") - 1.0).abs() < 1e-9);
        assert!(board.checkerboard.expect("blocks") > 100.0);
    }

    #[test]
    fn a_smooth_error_does_not_alternate() {
        let smooth = scores(|x, y| 0.05 + 0.001 * (x + 2 * y) as f64);
        assert!(smooth.alternating_share.expect("blocks") < 1e-9);
    }

    #[test]
    fn terraces_are_banding() {
        let none = scores(|_, _| 0.0);
        assert_eq!(none.banding, Some(0.0));
        assert_eq!(none.checkerboard, Some(0.0));
        // Everything on one code: every difference of F is gone.
        let gt: Vec<f64> = (0..WIDTH * WIDTH).map(|i| 2.0 + 0.001 * i as f64).collect();
        let flat = vec![2.0; gt.len()];
        let maps = FrameMaps {
            width: WIDTH,
            gt_m: &gt,
            fp32_m: &gt,
            int8_m: &flat,
        };
        let aligned = Aligned::of(&maps, &Protocol::default()).expect("pixels");
        let sums = ArtefactSums::of(&aligned, None);
        assert_eq!(sums.pairs, (2 * WIDTH * (WIDTH - 1)) as f64);
        assert_eq!(sums.scores().banding, Some(1.0));
    }

    #[test]
    fn masked_neighbours_are_no_pairs() {
        let gt = [1.0, f64::NAN, 2.0, 3.0];
        let p = [1.0, 1.5, 2.0, 3.0];
        let maps = FrameMaps {
            width: 2,
            gt_m: &gt,
            fp32_m: &p,
            int8_m: &p,
        };
        let aligned = Aligned::of(&maps, &Protocol::default()).expect("pixels");
        let sums = ArtefactSums::of(&aligned, None);
        assert_eq!((sums.pairs, sums.blocks), (2.0, 0.0));
    }
}
