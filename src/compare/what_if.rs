//! What another output range or code would do to the predictions themselves: `code(F)` against `G`.
//!
//! The best range for this is not the best one for `F` itself, because clipping may undo errors that `F` has. Pixels are sorted by `F`:
//! for all that one code value takes, `sum (r - g)^2 = r^2 n - 2 r sum g + sum g^2`, so that any code follows from sums of 1, `g`, `g^2`
//! and `1/g` over intervals of `F`. The sums are double-double, for these terms agree in many digits where predictions are good. Knows
//! numbers; knows nothing of frames' names or of sweeps' axes.

use super::pair_sums::PairSums;
use crate::quant::ScalarCode;
use crate::stats::{DoubleDouble, squared_deviation};

/// Entries between two kept sums: two look-ups of a cell add up some thirty pixels, and the sums take a tenth of the pixels' memory.
const STRIDE: usize = 32;

/// Sums before an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Before {
    count: f64,
    fp32: DoubleDouble,
    fp32_square: DoubleDouble,
    gt: DoubleDouble,
    gt_square: DoubleDouble,
    inverse_gt: DoubleDouble,
}

impl Before {
    fn since(&self, start: &Self) -> Self {
        Self {
            count: self.count - start.count,
            fp32: self.fp32 - start.fp32,
            fp32_square: self.fp32_square - start.fp32_square,
            gt: self.gt - start.gt,
            gt_square: self.gt_square - start.gt_square,
            inverse_gt: self.inverse_gt - start.inverse_gt,
        }
    }
}

/// What stands beside each `F`.
#[derive(Clone, Debug, PartialEq)]
enum Truth {
    /// One pixel each: its ground truth.
    Pixels(Vec<f64>),
    /// Sums of `1`, `g`, `g^2` and `1/g` of some.
    Sums(Vec<[f64; 4]>),
}

impl Truth {
    fn add(&self, sums: &mut Before, at: usize, fp32: f64) {
        match self {
            Self::Pixels(gt_m) => {
                let gt = gt_m[at];
                sums.count += 1.0;
                sums.fp32 += fp32;
                sums.fp32_square += DoubleDouble::product(fp32, fp32);
                sums.gt += gt;
                sums.gt_square += DoubleDouble::product(gt, gt);
                sums.inverse_gt += 1.0 / gt;
            }
            Self::Sums(each) => {
                let [count, gt, gt_square, inverse_gt] = each[at];
                sums.count += count;
                sums.fp32 += DoubleDouble::product(fp32, count);
                sums.fp32_square += DoubleDouble::product(fp32 * count, fp32);
                sums.gt += gt;
                sums.gt_square += gt_square;
                sums.inverse_gt += inverse_gt;
            }
        }
    }
}

/// All pixels of a set by ascending `F`, ready for any code.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    fp32_m: Vec<f64>,
    truth: Truth,
    /// Sums before each [`STRIDE`]-th entry.
    before: Vec<Before>,
    total: Before,
    /// Sum of `(F - G)^2`, in square metres.
    error_square: f64,
}

impl Default for Pairs {
    fn default() -> Self {
        Self::new(Vec::new(), Truth::Pixels(Vec::new()), 0.0)
    }
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
    #[inline(never)]
    pub fn of(sums: PairSums) -> Self {
        if sums.is_exact() {
            let pixels = sums.into_sorted_pixels();
            let mut error_square = DoubleDouble::ZERO;
            for &(fp32, gt) in &pixels {
                error_square += DoubleDouble::from((fp32 - gt) * (fp32 - gt));
            }
            let (fp32_m, gt_m) = pixels.into_iter().unzip();
            return Self::new(fp32_m, Truth::Pixels(gt_m), error_square.value());
        }
        let bins = sums.into_sorted_bins();
        let fp32_m = bins.iter().map(|bin| bin.fp32 / bin.count).collect();
        let each = bins
            .iter()
            .map(|bin| [bin.count, bin.gt, bin.gt_square, bin.inverse_gt]);
        let error_square = bins.iter().map(|bin| bin.error_square).sum();
        Self::new(fp32_m, Truth::Sums(each.collect()), error_square)
    }

    #[inline(never)]
    fn new(fp32_m: Vec<f64>, truth: Truth, error_square: f64) -> Self {
        let mut before = Vec::with_capacity(fp32_m.len() / STRIDE + 1);
        let mut total = Before::default();
        for (at, &fp32) in fp32_m.iter().enumerate() {
            if at % STRIDE == 0 {
                before.push(total);
            }
            truth.add(&mut total, at, fp32);
        }
        Self {
            fp32_m,
            truth,
            before,
            total,
            error_square,
        }
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

    /// RMSE of the predictions as they are, in metres; `None` without pixels.
    #[must_use]
    pub fn uncoded_rmse_m(&self) -> Option<f64> {
        (self.total.count > 0.0).then(|| (self.error_square / self.total.count).sqrt())
    }

    fn sums_before(&self, at: usize) -> Before {
        let Some(kept) = self
            .before
            .get(at / STRIDE)
            .filter(|_| at < self.fp32_m.len())
        else {
            return self.total;
        };
        let mut sums = *kept;
        for i in at / STRIDE * STRIDE..at {
            self.truth.add(&mut sums, i, self.fp32_m[i]);
        }
        sums
    }

    /// What a code makes of the predictions, every pixel counted; `None` without pixels.
    #[must_use]
    pub fn coded(&self, code: &impl ScalarCode) -> Option<CodedPrediction> {
        if self.total.count <= 0.0 {
            return None;
        }
        let (mut square, mut error, mut relative, mut own) = (0.0, 0.0, 0.0, 0.0);
        let (mut from, mut start) = (0, Before::default());
        while from < self.fp32_m.len() {
            let index = code.index_of(self.fp32_m[from]);
            let rest = &self.fp32_m[from + 1..];
            from += 1 + rest.partition_point(|&f| code.index_of(f) <= index);
            let end = self.sums_before(from);
            let cell = end.since(&start);
            let value = code.value_m(index);
            let count = DoubleDouble::product(value, cell.count);
            square += squared_deviation(cell.count, cell.gt, cell.gt_square, value);
            own += squared_deviation(cell.count, cell.fp32, cell.fp32_square, value);
            error += (count - cell.gt).value();
            let twice = DoubleDouble::product(-2.0 * value, cell.count);
            relative += (cell.inverse_gt.times(value).times(value) + twice + cell.gt).value();
            start = end;
        }
        let mean = |sum: f64| sum / self.total.count;
        Some(CodedPrediction {
            rmse_m: mean(square).sqrt(),
            bias_m: mean(error),
            sq_rel_m: mean(relative.max(0.0)),
            own_rmse_m: mean(own.max(0.0)).sqrt(),
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
            && (a.own_rmse_m - b.own_rmse_m).abs() <= tolerance * 10.0 * b.own_rmse_m.max(1e-3)
            && (a.sq_rel_m - b.sq_rel_m).abs() <= tolerance * b.sq_rel_m.max(1e-6)
    }

    proptest! {
        #[test]
        fn any_code_agrees_with_every_pixel(
            pixels in prop::collection::vec((0.3_f64..20.0, 0_u32..4000), 2..300),
            max_m in 1.0_f64..25.0, bits in 2_u8..12,
        ) {
            // Predictions in multiples of 1/256 m: one bin holds one value, and bins are exact too.
            let gt: Vec<f64> = pixels.iter().map(|p| p.0).collect();
            let fp32: Vec<f64> = pixels.iter().map(|p| f64::from(p.1) / 256.0).collect();
            let mut sums = PairSums::default();
            let half = gt.len() / 2;
            sums.add(&gt[..half], &fp32[..half]);
            let mut other = PairSums::default();
            other.add(&gt[half..], &fp32[half..]);
            sums.merge(&other);
            prop_assert_eq!(sums.count(), gt.len() as f64);
            let pairs = Pairs::of(sums.clone());
            let code = code(0.2, max_m, bits);
            let (own, direct) = (pairs.coded(&code).expect("pixels"), brute(&gt, &fp32, &code));
            prop_assert!(close(&own, &direct, 1e-9), "{own:?} {direct:?}");
            let square: f64 = gt.iter().zip(&fp32).map(|(g, f)| (f - g) * (f - g)).sum();
            let uncoded_m = (square / gt.len() as f64).sqrt();
            for pairs in [&pairs, &Pairs::of(sums.clone().binned())] {
                let own = pairs.uncoded_rmse_m().expect("pixels");
                prop_assert!((own - uncoded_m).abs() <= 1e-12 * uncoded_m);
            }
            let back = PairSums::from_flat(&sums.to_flat()).expect("a buffer");
            prop_assert_eq!(&Pairs::of(back), &pairs);
            let binned = Pairs::of(sums.binned());
            let own = binned.coded(&code).expect("pixels");
            prop_assert!(close(&own, &direct, 1e-9), "{own:?} {direct:?}");
        }
    }

    #[test]
    fn smooth_predictions_are_exact_by_pixels_and_close_in_bins() {
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
        let code = code(0.5, 4.5, 8);
        let direct = brute(&gt, &fp32, &code);
        let pairs = Pairs::of(sums.clone());
        assert!(close(&pairs.coded(&code).expect("pixels"), &direct, 1e-10));
        let binned = Pairs::of(sums.binned());
        assert!(close(&binned.coded(&code).expect("pixels"), &direct, 1e-4));
        let ends = binned.ends_m().expect("pixels");
        assert!((ends.0 / fp32[0] - 1.0).abs() < 1.6e-5);
    }

    #[test]
    fn a_perfect_prediction_on_its_own_grid_has_no_error() {
        // Half a million pixels of 100 m: plain sums would leave a micrometre.
        let code = code(0.0, 255.0, 8);
        let depths: Vec<f64> = (0..500_000).map(|i| f64::from(100 + i % 3)).collect();
        let mut sums = PairSums::default();
        sums.add(&depths, &depths);
        let coded = Pairs::of(sums).coded(&code).expect("pixels");
        assert_eq!((coded.rmse_m, coded.bias_m), (0.0, 0.0));
    }

    #[test]
    fn without_pixels_there_is_no_figure() {
        assert!(Pairs::default().is_empty());
        let none = Pairs::of(PairSums::default());
        assert_eq!(
            (
                none.coded(&code(0.5, 1.0, 8)),
                none.ends_m(),
                none.uncoded_rmse_m()
            ),
            (None, None, None)
        );
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
