//! Artefacts of INT8 that a mean error hides: banding and checkerboards.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::aligned_frame::AlignedFrame;

/// Counts and sums of neighbouring pixels, over one frame or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArtefactSums {
    /// Pairs of horizontal or vertical neighbours whose `F` differs.
    pub pairs: f64,
    /// Such pairs with equal `Q`.
    pub flat: f64,
    /// Such pairs with equal `code(F)`, where a grid is known: coding the output alone would flatten them.
    pub flat_by_code: f64,
    /// Number of complete 2 x 2 blocks, which do not overlap.
    pub blocks: f64,
    /// Sum over blocks of the squared alternating part of `q`, in square metres.
    pub alternating_q: f64,
    /// Sum over blocks of the alternating part of `q`, in metres.
    pub alternating_q_sum: f64,
    /// Sum over blocks of the squared alternating part of `f`, in square metres.
    pub alternating_f: f64,
    /// Sum of `q^2` over all pixels of the blocks, in square metres.
    pub block_q: f64,
}

/// Artefact scores of one frame or several; each `None` where its denominator is zero. Shares in 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArtefactScores {
    /// Banding: share of the neighbours with different `F` that have equal `Q`.
    pub banding: Option<f64>,
    /// Banding of `code(F)`. Banding beyond it comes from inside the network.
    pub banding_by_code: Option<f64>,
    /// Checkerboard: energy of `q` at the pixel-alternating frequency over that of `f`.
    pub checkerboard: Option<f64>,
    /// Share of that frequency in the energy of `q`: 1/4 for white noise, 1 for a pure checkerboard.
    pub alternating_share: Option<f64>,
    /// Consistency of the alternation's sign over the image, 0 to 1: near 0 for noise, 1 for a pattern left by upsampling.
    pub coherence: Option<f64>,
}

/// The part of a 2 x 2 block that alternates from pixel to pixel: one of its four Haar coefficients.
fn alternating([a, b, c, d]: [f64; 4]) -> f64 {
    (a - b - c + d) / 2.0
}

/// A row of the image in metres. Pixels that do not count are NaN in `F`, so that no difference to them counts; their other values are
/// arbitrary.
struct Row {
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
    coded_m: Vec<f64>,
}

impl Row {
    fn new(width: usize) -> Self {
        let empty = || vec![f64::NAN; width];
        Self {
            gt_m: empty(),
            fp32_m: empty(),
            int8_m: empty(),
            coded_m: empty(),
        }
    }

    fn load(&mut self, row: usize, aligned: &AlignedFrame, coded_m: Option<&[f64]>) {
        let pixels = aligned.row(row);
        self.fp32_m.fill(f64::NAN);
        let load = |into: &mut [f64], from: &[f64]| {
            for (column, &depth_m) in aligned.columns(row).zip(&from[pixels.clone()]) {
                into[column] = depth_m;
            }
        };
        load(&mut self.gt_m, &aligned.gt_m);
        load(&mut self.fp32_m, &aligned.fp32_m);
        load(&mut self.int8_m, &aligned.int8_m);
        if let Some(coded_m) = coded_m {
            load(&mut self.coded_m, coded_m);
        }
    }

    /// Errors `f` and `q` of the pixels, two by two.
    fn column_pairs(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
        fn pairs(map_m: &[f64]) -> impl Iterator<Item = &[f64; 2]> {
            map_m.as_chunks().0.iter()
        }
        let predictions = pairs(&self.fp32_m).zip(pairs(&self.int8_m));
        pairs(&self.gt_m).zip(predictions).map(|(g, (fp32, int8))| {
            (
                [fp32[0] - g[0], fp32[1] - g[1]],
                [int8[0] - fp32[0], int8[1] - fp32[1]],
            )
        })
    }
}

/// Counts neighbours with different `F`, and among them those with equal `Q` and those with equal `code(F)`.
fn count_pairs(one: &Row, other: &Row, columns: &(Range<usize>, Range<usize>)) -> [u64; 3] {
    let of = |map: fn(&Row) -> &Vec<f64>| {
        let (a, b) = (&map(one)[columns.0.clone()], &map(other)[columns.1.clone()]);
        a.iter().zip(b)
    };
    let mut counts = [0; 3];
    let maps = of(|row| &row.fp32_m)
        .zip(of(|row| &row.int8_m))
        .zip(of(|row| &row.coded_m));
    for ((fp32, int8), coded) in maps {
        let differs = (fp32.0 - fp32.1).abs() > 0.0;
        counts[0] += u64::from(differs);
        counts[1] += u64::from(differs & (int8.0 == int8.1));
        counts[2] += u64::from(differs & (coded.0 == coded.1));
    }
    counts
}

impl ArtefactSums {
    /// Measures a frame. `coded_m` is `code(F)` of its counted pixels, where the output grid is known.
    #[must_use]
    #[inline(never)]
    pub fn measure(aligned: &AlignedFrame, coded_m: Option<&[f64]>) -> Self {
        let width = aligned.width;
        let mut out = Self::default();
        let (mut above, mut row) = (Row::new(width), Row::new(width));
        for at in 0..aligned.height() {
            row.load(at, aligned, coded_m);
            out.add_pairs(count_pairs(&row, &row, &(0..width - 1, 1..width)));
            if at > 0 {
                out.add_pairs(count_pairs(&above, &row, &(0..width, 0..width)));
            }
            if at % 2 == 1 {
                out.add_blocks(&above, &row);
            }
            std::mem::swap(&mut above, &mut row);
        }
        out
    }

    fn add_pairs(&mut self, [pairs, flat, flat_by_code]: [u64; 3]) {
        self.pairs += pairs as f64;
        self.flat += flat as f64;
        self.flat_by_code += flat_by_code as f64;
    }

    /// Adds the 2 x 2 blocks of two rows.
    fn add_blocks(&mut self, upper: &Row, lower: &Row) {
        for ((f_above, q_above), (f_below, q_below)) in
            upper.column_pairs().zip(lower.column_pairs())
        {
            let square =
                |above: [f64; 2], below: [f64; 2]| [above[0], above[1], below[0], below[1]];
            let (f, q) = (square(f_above, f_below), square(q_above, q_below));
            let (in_q, in_f) = (alternating(q), alternating(f));
            let counts = !in_q.is_nan() & !in_f.is_nan();
            // A block that does not count adds zero: a branch on the mask would be mispredicted too often.
            let only = |value: f64| if counts { value } else { 0.0 };
            self.blocks += only(1.0);
            self.alternating_q += only(in_q * in_q);
            self.alternating_q_sum += only(in_q);
            self.alternating_f += only(in_f * in_f);
            self.block_q += only(q.map(|e| e * e).iter().sum::<f64>());
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

    /// Computes the scores.
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
    use crate::compare::{EvalProtocol, FrameMaps};
    use proptest::prelude::*;

    const WIDTH: usize = 16;

    fn scores(error: impl Fn(usize, usize) -> f64) -> ArtefactScores {
        let position = |i: usize| (i % WIDTH, i / WIDTH);
        let of = |f: &dyn Fn(usize, usize) -> f64| {
            (0..WIDTH * WIDTH)
                .map(|i| f(position(i).0, position(i).1))
                .collect::<Vec<_>>()
        };
        let gt_m = of(&|x, y| 2.0 + 0.01 * (x + y) as f64);
        let fp32_m = of(&|x, y| 2.0 + 0.01 * (x + y) as f64 + 0.001 * (x * y % 3) as f64);
        let int8_m: Vec<f64> = fp32_m
            .iter()
            .enumerate()
            .map(|(i, f)| f + error(position(i).0, position(i).1))
            .collect();
        let maps = FrameMaps {
            width: WIDTH,
            gt_m: &gt_m,
            fp32_m: &fp32_m,
            int8_m: &int8_m,
        };
        let aligned = AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels");
        ArtefactSums::measure(&aligned, None).scores()
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
        // All of Q is one code: no difference of F remains.
        let gt: Vec<f64> = (0..WIDTH * WIDTH).map(|i| 2.0 + 0.001 * i as f64).collect();
        let flat = vec![2.0; gt.len()];
        let maps = FrameMaps {
            width: WIDTH,
            gt_m: &gt,
            fp32_m: &gt,
            int8_m: &flat,
        };
        let aligned = AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels");
        let sums = ArtefactSums::measure(&aligned, None);
        assert_eq!(sums.pairs, (2 * WIDTH * (WIDTH - 1)) as f64);
        assert_eq!(sums.scores().banding, Some(1.0));
    }

    #[test]
    fn masked_neighbours_do_not_count() {
        let gt = [1.0, f64::NAN, 2.0, 3.0];
        let p = [1.0, 1.5, 2.0, 3.0];
        let maps = FrameMaps {
            width: 2,
            gt_m: &gt,
            fp32_m: &p,
            int8_m: &p,
        };
        let aligned = AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels");
        let sums = ArtefactSums::measure(&aligned, None);
        assert_eq!((sums.pairs, sums.blocks), (2.0, 0.0));
    }

    proptest! {
        #[test]
        fn sums_by_rows_equal_sums_over_the_whole_image(
            width in 1_usize..7,
            pixels in prop::collection::vec((0_u8..4, 0_u8..3, 0_u8..3), 1..60),
        ) {
            let pixels = &pixels[..pixels.len() / width * width];
            prop_assume!(pixels.iter().any(|p| p.0 > 0));
            let gt_m: Vec<f64> = pixels.iter().map(|p| if p.0 == 0 { f64::NAN } else { 2.0 }).collect();
            let fp32_m: Vec<f64> = pixels.iter().map(|p| 2.0 + 0.1 * f64::from(p.1)).collect();
            let int8_m: Vec<f64> = pixels.iter().map(|p| 2.0 + 0.25 * f64::from(p.2)).collect();
            let maps = FrameMaps { width, gt_m: &gt_m, fp32_m: &fp32_m, int8_m: &int8_m };
            let aligned = AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels");
            let coded_m: Vec<f64> = aligned.fp32_m.iter().map(|f| (f * 5.0).round() / 5.0).collect();
            let sums = ArtefactSums::measure(&aligned, Some(&coded_m));

            let coded = |i: usize| (fp32_m[i] * 5.0).round() / 5.0;
            let counts = |i: usize| gt_m[i].is_finite();
            let (mut pairs, mut flat, mut by_code, mut blocks, mut energy) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for i in 0..gt_m.len() {
                let (right, below) = (i + 1, i + width);
                let beside = (i % width + 1 < width).then_some(right);
                let under = (below < gt_m.len()).then_some(below);
                for j in beside.into_iter().chain(under) {
                    if counts(i) && counts(j) && fp32_m[i] != fp32_m[j] {
                        pairs += 1.0;
                        flat += f64::from(u8::from(int8_m[i] == int8_m[j]));
                        by_code += f64::from(u8::from(coded(i) == coded(j)));
                    }
                }
                let square = [i, right, below, below + 1];
                let begins = i % width % 2 == 0 && i / width % 2 == 0;
                if begins && beside.is_some() && under.is_some() && square.iter().all(|&j| counts(j)) {
                    blocks += 1.0;
                    energy += square.iter().map(|&j| (int8_m[j] - fp32_m[j]) * (int8_m[j] - fp32_m[j])).sum::<f64>();
                }
            }
            prop_assert_eq!((sums.pairs, sums.flat, sums.flat_by_code, sums.blocks), (pairs, flat, by_code, blocks));
            prop_assert!((sums.block_q - energy).abs() < 1e-12);
        }
    }
}
