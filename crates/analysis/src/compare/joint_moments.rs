//! Joint moments of `F`, `f = F - G` and `q = Q - F`. The error budget follows from these few numbers, and they merge over frames.
//!
//! Sums are about the means, in two passes over a frame. So an error of a millimetre beside a bias of a metre keeps its digits.
//! Merging: P. Pebay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments", Sandia
//! report SAND2008-6212, 2008.

use serde::{Deserialize, Serialize};

use super::aligned_frame::Pixels;

/// Means, and sums of products about the means, over one frame or several. Metres and their powers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JointMoments {
    /// Number of pixels.
    pub count: f64,
    /// Mean of `F`.
    pub mean_fp32_m: f64,
    /// Mean of `f`.
    pub mean_f_m: f64,
    /// Mean of `q`: the bias that INT8 adds.
    pub mean_q_m: f64,
    /// Sum of the squares of `F` about its mean.
    pub fp32_fp32: f64,
    /// Sum of the products of `F` and `f` about their means.
    pub fp32_f: f64,
    /// Sum of the products of `F` and `q` about their means.
    pub fp32_q: f64,
    /// Sum of the squares of `f` about its mean.
    pub f_f: f64,
    /// Sum of the products of `f` and `q` about their means.
    pub f_q: f64,
    /// Sum of the squares of `q` about its mean.
    pub q_q: f64,
    /// Sum of the third powers of `q` about its mean.
    pub q_cubed: f64,
    /// Sum of the fourth powers of `q` about its mean.
    pub q_fourth: f64,
}

/// Adds up `of` over all blocks.
fn block_sums<const N: usize>(pixels: Pixels, of: impl Fn(Pixels) -> [f64; N]) -> [f64; N] {
    let mut sums = [0.0; N];
    for block in pixels.blocks() {
        for (sum, more) in sums.iter_mut().zip(of(block)) {
            *sum += more;
        }
    }
    sums
}

/// `F`, `f` and `q` of each pixel.
fn triples(block: Pixels) -> impl Iterator<Item = (f64, f64, f64)> {
    block
        .iter()
        .map(|(g, fp32, int8)| (fp32, fp32 - g, int8 - fp32))
}

/// Sums of `F`, `f` and `q` over a block.
fn totals(block: Pixels) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (fp32, f, q) in triples(block) {
        sums[0] += fp32;
        sums[1] += f;
        sums[2] += q;
    }
    sums
}

/// Sums of products about the means over a block, in the order of the fields.
fn products(block: Pixels, means: [f64; 3]) -> [f64; 8] {
    let mut sums = [0.0; 8];
    for (fp32, f, q) in triples(block) {
        let (a, b, c) = (fp32 - means[0], f - means[1], q - means[2]);
        let square = c * c;
        sums[0] += a * a;
        sums[1] += a * b;
        sums[2] += a * c;
        sums[3] += b * b;
        sums[4] += b * c;
        sums[5] += square;
        sums[6] += square * c;
        sums[7] += square * square;
    }
    sums
}

impl JointMoments {
    /// Computes the moments of the pixels of a frame.
    #[must_use]
    #[inline(never)]
    pub fn measure(pixels: Pixels) -> Self {
        if pixels.gt_m.is_empty() {
            return Self::default();
        }
        let count = pixels.gt_m.len() as f64;
        let means = block_sums(pixels, totals).map(|sum| sum / count);
        let [mean_fp32_m, mean_f_m, mean_q_m] = means;
        let sums = block_sums(pixels, |block| products(block, means));
        let [fp32_fp32, fp32_f, fp32_q, f_f, f_q, q_q, q_cubed, q_fourth] = sums;
        Self {
            count,
            mean_fp32_m,
            mean_f_m,
            mean_q_m,
            fp32_fp32,
            fp32_f,
            fp32_q,
            f_f,
            f_q,
            q_q,
            q_cubed,
            q_fourth,
        }
    }

    /// Adds the moments of other pixels.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        let (a, b) = (self.count, other.count);
        let count = a + b;
        let fp32 = other.mean_fp32_m - self.mean_fp32_m;
        let f = other.mean_f_m - self.mean_f_m;
        let q = other.mean_q_m - self.mean_q_m;
        let weight = a * b / count;
        self.q_fourth += other.q_fourth
            + q * q * q * q * weight * (a * a - a * b + b * b) / (count * count)
            + 6.0 * q * q * (a * a * other.q_q + b * b * self.q_q) / (count * count)
            + 4.0 * q * (a * other.q_cubed - b * self.q_cubed) / count;
        self.q_cubed += other.q_cubed
            + q * q * q * weight * (a - b) / count
            + 3.0 * q * (a * other.q_q - b * self.q_q) / count;
        self.fp32_fp32 += other.fp32_fp32 + fp32 * fp32 * weight;
        self.fp32_f += other.fp32_f + fp32 * f * weight;
        self.fp32_q += other.fp32_q + fp32 * q * weight;
        self.f_f += other.f_f + f * f * weight;
        self.f_q += other.f_q + f * q * weight;
        self.q_q += other.q_q + q * q * weight;
        self.mean_fp32_m += fp32 * (b / count);
        self.mean_f_m += f * (b / count);
        self.mean_q_m += q * (b / count);
        self.count = count;
    }

    /// Returns the mean of `f^2`: the squared RMSE of `F`.
    #[must_use]
    pub fn mse_fp32(&self) -> f64 {
        self.f_f / self.count + self.mean_f_m * self.mean_f_m
    }

    /// Returns the mean of `q^2`.
    #[must_use]
    pub(super) fn mse_q(&self) -> f64 {
        self.q_q / self.count + self.mean_q_m * self.mean_q_m
    }

    /// Returns the mean of `f q`.
    #[must_use]
    pub(super) fn mean_f_q(&self) -> f64 {
        self.f_q / self.count + self.mean_f_m * self.mean_q_m
    }

    /// Returns the mean of `F^2`.
    #[must_use]
    pub(super) fn mean_fp32_square(&self) -> f64 {
        self.fp32_fp32 / self.count + self.mean_fp32_m * self.mean_fp32_m
    }

    /// Returns the mean of `F Q`.
    fn mean_fp32_int8(&self) -> f64 {
        let with_q = self.fp32_q / self.count + self.mean_fp32_m * self.mean_q_m;
        self.mean_fp32_square() + with_q
    }

    /// Returns the mean of `Q^2`.
    fn mean_int8_square(&self) -> f64 {
        2.0 * self.mean_fp32_int8() - self.mean_fp32_square() + self.mse_q()
    }

    /// Returns the cosine of the angle between `F` and `Q`; `None` where one of them is zero everywhere.
    #[must_use]
    pub fn cosine(&self) -> Option<f64> {
        let lengths = (self.mean_fp32_square() * self.mean_int8_square()).sqrt();
        (lengths > 0.0).then(|| (self.mean_fp32_int8() / lengths).min(1.0))
    }

    /// Returns the least-squares slope of `q` on `F`. At the mean of `F` the line has the height `mean_q_m`. The slope is zero where `F` is
    /// constant.
    #[must_use]
    pub(super) fn slope_of_q(&self) -> f64 {
        if self.fp32_fp32 > 0.0 {
            self.fp32_q / self.fp32_fp32
        } else {
            0.0
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ground truth, `F` and `Q`.
    pub(in crate::compare) fn triples() -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
        prop::collection::vec((0.1_f64..20.0, -1.0_f64..1.0, -0.1_f64..0.1), 2..200).prop_map(|v| {
            let of = |(g, f, q)| (g, g + f, g + f + q);
            v.into_iter().map(of).collect()
        })
    }

    pub(in crate::compare) fn moments(triples: &[(f64, f64, f64)]) -> JointMoments {
        let part = |of: fn(&(f64, f64, f64)) -> f64| triples.iter().map(of).collect::<Vec<_>>();
        JointMoments::measure(Pixels {
            gt_m: &part(|p| p.0),
            fp32_m: &part(|p| p.1),
            int8_m: &part(|p| p.2),
        })
    }

    #[track_caller]
    fn close(name: &str, got: f64, expected: f64, scale: f64) {
        assert!(
            (got - expected).abs() <= 1e-11 * scale.max(expected.abs()),
            "{name}: {got} against {expected}"
        );
    }

    proptest! {
        #[test]
        fn means_of_products_equal_sums_over_pixels(t in triples()) {
            let m = moments(&t);
            let n = t.len() as f64;
            let mean = |of: &dyn Fn(f64, f64, f64) -> f64| t.iter().map(|&(g, a, b)| of(g, a, b)).sum::<f64>() / n;
            close("mse fp32", m.mse_fp32(), mean(&|g, a, _| (a - g) * (a - g)), 1.0);
            close("mse q", m.mse_q(), mean(&|_, a, b| (b - a) * (b - a)), 1e-2);
            close("f q", m.mean_f_q(), mean(&|g, a, b| (a - g) * (b - a)), 1e-1);
            let (aa, ab, bb) = (mean(&|_, a, _| a * a), mean(&|_, a, b| a * b), mean(&|_, _, b| b * b));
            close("cosine", m.cosine().expect("lengths"), ab / (aa * bb).sqrt(), 1.0);
        }

        #[test]
        fn merged_moments_are_those_of_all_pixels(t in triples(), cut in 0.0_f64..1.0) {
            let at = (cut * t.len() as f64) as usize;
            let mut merged = moments(&t[..at]);
            merged.merge(&moments(&t[at..]));
            let all = moments(&t);
            prop_assert_eq!(merged.count, all.count);
            for (name, a, b, scale) in [
                ("mean q", merged.mean_q_m, all.mean_q_m, 0.1),
                ("f q", merged.f_q, all.f_q, 1.0),
                ("F q", merged.fp32_q, all.fp32_q, 10.0),
                ("F f", merged.fp32_f, all.fp32_f, 100.0),
                ("q q", merged.q_q, all.q_q, 0.1),
                ("q^3", merged.q_cubed, all.q_cubed, 1e-2),
                ("q^4", merged.q_fourth, all.q_fourth, 1e-3),
            ] {
                close(name, a, b, scale);
            }
        }
    }

    #[test]
    fn a_small_error_beside_a_large_bias_keeps_its_digits() {
        let t: Vec<_> = (0..1000)
            .map(|i| {
                let noise = if i % 2 == 0 { 1e-6 } else { -1e-6 };
                (5.0, 5.0, 105.0 + noise)
            })
            .collect();
        let m = moments(&t);
        assert!((m.q_q / m.count / 1e-12 - 1.0).abs() < 1e-6, "{m:?}");
    }
}
