//! What another output range or code would do to the predictions themselves: `code(F)` against `G`.
//!
//! The best range for this is not the best one for `F` itself, because clipping may undo errors that `F` has. Pixels are gathered by `F`:
//! for all that one code value takes, `sum (r - g)^2 = r^2 n - 2 r sum g + sum g^2`, so that any code follows from sums of 1, `g`, `g^2`
//! and `1/g` over intervals of `F`.
//!
//! `F` is cut into bins of a 65,536th of an octave, read off its bits. Each bin keeps the mean of its `F`: a map of few different values is
//! exact, and any other `F` is off by at most 7.7e-6 of itself. Knows numbers; knows nothing of frames' names or of sweeps' axes.

use std::collections::BTreeMap;

use crate::quant::ScalarCode;

/// Bits of the fraction of an `f64` that a bin keeps.
const KEPT_BITS: u32 = 16;

/// Sums over the pixels of a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bin {
    count: f64,
    fp32: f64,
    fp32_square: f64,
    gt: f64,
    gt_square: f64,
    inverse_gt: f64,
}

impl Bin {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.fp32 += other.fp32;
        self.fp32_square += other.fp32_square;
        self.gt += other.gt;
        self.gt_square += other.gt_square;
        self.inverse_gt += other.inverse_gt;
    }
}

/// The number of a bin: ordered as the numbers are.
fn bin_of(fp32_m: f64) -> i64 {
    let bits = fp32_m.to_bits() as i64;
    // Negative numbers count down as their bits go up.
    let ordered = if bits < 0 { i64::MIN - bits } else { bits };
    ordered >> (52 - KEPT_BITS)
}

/// Pixels of one worker, gathered by `F`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairSums {
    bins: BTreeMap<i64, Bin>,
}

/// Numbers that one bin takes in a flat buffer.
const FLAT: usize = 7;

impl PairSums {
    /// Adds the pixels of a frame in metres, where the ground truth is a depth and the prediction finite.
    pub fn add(&mut self, gt_m: &[f64], fp32_m: &[f64]) {
        for (&gt, &fp32) in gt_m.iter().zip(fp32_m) {
            if !(gt.is_finite() && gt > 0.0 && fp32.is_finite()) {
                continue;
            }
            self.bins.entry(bin_of(fp32)).or_default().add(&Bin {
                count: 1.0,
                fp32,
                fp32_square: fp32 * fp32,
                gt,
                gt_square: gt * gt,
                inverse_gt: 1.0 / gt,
            });
        }
    }

    /// Adds the pixels of another worker.
    pub fn merge(&mut self, other: &Self) {
        for (bin, sums) in &other.bins {
            self.bins.entry(*bin).or_default().add(sums);
        }
    }

    /// All of it as one buffer, for moving between threads.
    #[must_use]
    pub fn to_flat(&self) -> Vec<f64> {
        let mut flat = Vec::with_capacity(self.bins.len() * FLAT);
        for (bin, s) in &self.bins {
            // The number of a bin has 28 bits: exact as a double.
            let head = [*bin as f64, s.count, s.fp32, s.fp32_square];
            flat.extend(head.into_iter().chain([s.gt, s.gt_square, s.inverse_gt]));
        }
        flat
    }

    /// The inverse of [`Self::to_flat`]; `None` for a buffer of another length.
    #[must_use]
    pub fn from_flat(flat: &[f64]) -> Option<Self> {
        let parts = flat.chunks_exact(FLAT);
        if !parts.remainder().is_empty() {
            return None;
        }
        let bins = parts
            .map(|p| {
                let sums = Bin {
                    count: p[1],
                    fp32: p[2],
                    fp32_square: p[3],
                    gt: p[4],
                    gt_square: p[5],
                    inverse_gt: p[6],
                };
                (p[0] as i64, sums)
            })
            .collect();
        Some(Self { bins })
    }

    /// Number of pixels.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.bins.values().map(|bin| bin.count).sum()
    }
}

/// All pixels of a set by ascending `F`, ready for any code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    fp32_m: Vec<f64>,
    /// Sums before each bin, and those of all at the end.
    before: Vec<Bin>,
}

/// What a code makes of the predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodedPrediction {
    /// RMSE of `code(F)` against `G`, in metres.
    pub rmse_m: f64,
    /// Mean of `code(F) - G`, in metres.
    pub bias_m: f64,
    /// Mean of `(code(F) - G)^2 / G`, in metres.
    pub sq_rel_m: f64,
    /// RMSE of `code(F)` against `F` itself, in metres.
    pub own_rmse_m: f64,
}

impl Pairs {
    /// Prepares the gathered pixels.
    #[must_use]
    pub fn of(sums: &PairSums) -> Self {
        let mut before = Vec::with_capacity(sums.bins.len() + 1);
        let mut fp32_m = Vec::with_capacity(sums.bins.len());
        let mut total = Bin::default();
        for bin in sums.bins.values() {
            before.push(total);
            fp32_m.push(bin.fp32 / bin.count);
            total.add(bin);
        }
        before.push(total);
        Self { fp32_m, before }
    }

    /// Whether there is no pixel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fp32_m.is_empty()
    }

    /// Smallest and largest prediction, in metres; `None` without pixels.
    #[must_use]
    pub fn ends_m(&self) -> Option<(f64, f64)> {
        Some((*self.fp32_m.first()?, *self.fp32_m.last()?))
    }

    /// What a code makes of the predictions, every pixel counted; `None` without pixels.
    #[must_use]
    pub fn coded(&self, code: &impl ScalarCode) -> Option<CodedPrediction> {
        let total = self.before.last().filter(|t| t.count > 0.0)?;
        let (mut square, mut error, mut relative, mut own) = (0.0, 0.0, 0.0, 0.0);
        let mut from = 0;
        while from < self.fp32_m.len() {
            let index = code.index_of(self.fp32_m[from]);
            let rest = &self.fp32_m[from..];
            let to = from + rest.partition_point(|&f| code.index_of(f) <= index);
            let (a, b) = (&self.before[from], &self.before[to]);
            let value = code.value_m(index);
            let (n, gt) = (b.count - a.count, b.gt - a.gt);
            square += value * (value * n - 2.0 * gt) + (b.gt_square - a.gt_square);
            error += value * n - gt;
            // About the mean of the interval: the error of a fine code is far under the depths themselves.
            let (sum, squares) = (b.fp32 - a.fp32, b.fp32_square - a.fp32_square);
            let mean = sum / n;
            own += (squares - mean * sum).max(0.0) + n * (value - mean) * (value - mean);
            relative += value * (value * (b.inverse_gt - a.inverse_gt) - 2.0 * n) + gt;
            from = to;
        }
        Some(CodedPrediction {
            rmse_m: (square.max(0.0) / total.count).sqrt(),
            bias_m: error / total.count,
            sq_rel_m: relative.max(0.0) / total.count,
            own_rmse_m: (own / total.count).sqrt(),
        })
    }
}

/// The RMSE that INT8 would have with another output code if the inside of the network stayed as it is: an assumption, not a measurement.
/// All in metres; `None` where what the code adds now is more than all there is.
#[must_use]
pub fn with_inside_as_now(new_coded_m: f64, current_coded_m: f64, int8_m: f64) -> Option<f64> {
    let square = new_coded_m * new_coded_m + int8_m * int8_m - current_coded_m * current_coded_m;
    (square >= 0.0).then(|| square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::{Bits, CodeSpec, OutputRange};
    use proptest::prelude::*;

    fn code(min_m: f64, max_m: f64, bits: u8) -> crate::quant::AnyCode {
        let range = OutputRange::new(min_m, max_m).expect("a range");
        CodeSpec::Uniform
            .over(range, Bits::new(bits).expect("bits"))
            .expect("a code")
    }

    fn brute(gt: &[f64], fp32: &[f64], code: &impl ScalarCode) -> CodedPrediction {
        let n = gt.len() as f64;
        let mean = |of: fn(f64, f64) -> f64| {
            let each = gt.iter().zip(fp32);
            each.map(|(&g, &f)| of(code.value_m(code.index_of(f)), g))
                .sum::<f64>()
                / n
        };
        CodedPrediction {
            rmse_m: mean(|r, g| (r - g) * (r - g)).sqrt(),
            bias_m: mean(|r, g| r - g),
            sq_rel_m: mean(|r, g| (r - g) * (r - g) / g),
            own_rmse_m: {
                let each = fp32.iter().map(|&f| code.value_m(code.index_of(f)) - f);
                (each.map(|e| e * e).sum::<f64>() / n).sqrt()
            },
        }
    }

    fn close(a: &CodedPrediction, b: &CodedPrediction, tolerance: f64) -> bool {
        (a.rmse_m - b.rmse_m).abs() <= tolerance * b.rmse_m.max(1e-6)
            && (a.bias_m - b.bias_m).abs() <= tolerance * b.rmse_m.max(1e-6)
            && (a.own_rmse_m - b.own_rmse_m).abs()
                <= (tolerance * 10.0).max(1e-6) * b.own_rmse_m.max(1e-3)
            && (a.sq_rel_m - b.sq_rel_m).abs() <= tolerance * b.sq_rel_m.max(1e-6)
    }

    proptest! {
        #[test]
        fn any_code_agrees_with_every_pixel(
            pixels in prop::collection::vec((0.3_f64..20.0, 0_u32..4000), 2..300),
            max_m in 1.0_f64..25.0, bits in 2_u8..12,
        ) {
            // Predictions in multiples of 1/256 m: one bin holds one value, and all is exact.
            let gt: Vec<f64> = pixels.iter().map(|p| p.0).collect();
            let fp32: Vec<f64> = pixels.iter().map(|p| f64::from(p.1) / 256.0).collect();
            let mut sums = PairSums::default();
            let half = gt.len() / 2;
            sums.add(&gt[..half], &fp32[..half]);
            let mut other = PairSums::default();
            other.add(&gt[half..], &fp32[half..]);
            sums.merge(&other);
            prop_assert_eq!(sums.count(), gt.len() as f64);
            let pairs = Pairs::of(&sums);
            let code = code(0.2, max_m, bits);
            let (own, direct) = (pairs.coded(&code).expect("pixels"), brute(&gt, &fp32, &code));
            prop_assert!(close(&own, &direct, 1e-9), "{own:?} {direct:?}");
            prop_assert_eq!(PairSums::from_flat(&sums.to_flat()), Some(sums));
        }
    }

    #[test]
    fn a_bin_is_narrow_and_bins_are_in_order() {
        let values = [
            -3.0,
            -1.0,
            -0.5,
            0.0,
            1e-9,
            0.5,
            1.0,
            1.0 + 1e-4,
            2.0,
            300.0,
        ];
        assert!(values.windows(2).all(|w| bin_of(w[0]) < bin_of(w[1])));
        assert_eq!(bin_of(1.0), bin_of(1.0 + 1e-6));
        // Smooth predictions: the bound of the module.
        let n = 20_000;
        let gt: Vec<f64> = (0..n)
            .map(|i| 1.0 + 3.0 * f64::from(i) / f64::from(n))
            .collect();
        let fp32: Vec<f64> = gt
            .iter()
            .map(|g| 1.03 * g + 0.01 * libm::sin(40.0 * g))
            .collect();
        let mut sums = PairSums::default();
        sums.add(&gt, &fp32);
        let pairs = Pairs::of(&sums);
        let code = code(0.5, 4.5, 8);
        let own = pairs.coded(&code).expect("pixels");
        assert!(close(&own, &brute(&gt, &fp32, &code), 1e-4));
        let ends = pairs.ends_m().expect("pixels");
        assert!((ends.0 / fp32[0] - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_is_no_depth_has_no_part() {
        let mut sums = PairSums::default();
        sums.add(&[0.0, f64::NAN, 1.0, 2.0], &[1.0, 1.0, f64::INFINITY, 2.5]);
        assert_eq!(sums.count(), 1.0);
        assert!(Pairs::default().is_empty());
        assert_eq!(
            Pairs::of(&PairSums::default()).coded(&code(0.5, 1.0, 8)),
            None
        );
        assert_eq!(PairSums::from_flat(&[1.0]), None);
    }

    #[test]
    fn an_inside_that_stays_adds_what_it_added() {
        let now = with_inside_as_now(0.3, 0.3, 0.5).expect("a length");
        assert!((now - 0.5).abs() < 1e-15);
        let better = with_inside_as_now(0.1, 0.3, 0.5).expect("a length");
        assert!(better < 0.5 && better > 0.1);
        assert_eq!(with_inside_as_now(0.1, 0.9, 0.2), None);
    }
}
