//! A distribution in a few hundred bytes, small enough for a link, good enough for any new range.
//!
//! Knows distributions only; how it is put into a link is `share`'s matter.
//!
//! Depths are counted in [`BINS`] bins of equal ratio between the smallest and the largest; each bin keeps its exact count
//! and its mean to 1/255 of its width. Rebuilding assumes a linear density within a bin that has this mean. A set with few
//! distinct depths is kept whole instead, because a density would smear it.

use serde::{Deserialize, Serialize};

use super::{Distribution, DistributionError, Resolution, SquareMoments};
use crate::language::said;

/// Bins of a sketch. With 112, over the widest sample (a ratio of 57,000) a bin is 10 % wide and the error of a measured
/// RMSE stays under 0.5 %; each bin costs about 4 bytes of the link.
const BINS: usize = 112;

/// Most distinct depths that are kept as they are; at about 11 bytes each they cost no more than the bins.
const WHOLE: usize = 48;

/// Points that stand for one bin when a distribution is rebuilt; 112 bins make at most 28,672 points.
const POINTS: u64 = 256;

/// Largest number of pixels a sketch may claim: more than any set, less than what a sum can count exactly.
const MAX_COUNT: u64 = 1 << 50;

/// A compact, lossy description of a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sketch {
    /// Every distinct depth in metres with its count.
    Whole(Vec<(f64, u64)>),
    /// Bins of equal ratio.
    Bins {
        /// Smallest depth in metres.
        min_m: f64,
        /// Largest depth in metres.
        max_m: f64,
        /// Per bin: number of pixels, and where in the bin their mean lies, in 1/255 of its width.
        bins: Vec<(u64, u8)>,
    },
}

/// What makes a sketch unusable. A sketch comes out of a link, so anything may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    /// The numbers cannot come from a distribution.
    #[error("{}", said("the summary of depths in the link is damaged"))]
    Damaged,
}

impl From<DistributionError> for SketchError {
    fn from(_: DistributionError) -> Self {
        Self::Damaged
    }
}

/// Edges of the bins between two depths, in metres.
fn edges(min_m: f64, max_m: f64) -> Vec<f64> {
    let ratio = libm::log(max_m / min_m);
    let mut edges: Vec<f64> = (0..=BINS)
        .map(|i| min_m * libm::exp(ratio * i as f64 / BINS as f64))
        .collect();
    edges[0] = min_m;
    edges[BINS] = max_m;
    edges
}

impl Sketch {
    /// Describes a distribution.
    #[must_use]
    pub fn of(distribution: &Distribution) -> Self {
        let values = distribution.values_m();
        if values.len() <= WHOLE {
            let counts = distribution.counts().iter().map(|&c| u64::from(c));
            return Self::Whole(values.iter().copied().zip(counts).collect());
        }
        let (min_m, max_m) = (distribution.min_m(), distribution.max_m());
        let edges = edges(min_m, max_m);
        let mut from = 0;
        let mut bins = Vec::with_capacity(BINS);
        for (i, pair) in edges.windows(2).enumerate() {
            let last = i + 1 == BINS;
            let to = if last {
                values.len()
            } else {
                distribution.partition_point(from, values.len(), |d| d < pair[1])
            };
            let sums: SquareMoments = distribution.sum_between(from, to);
            bins.push((sums.count as u64, mean_position(&sums, pair[0], pair[1])));
            from = to;
        }
        Self::Bins { min_m, max_m, bins }
    }

    /// Rebuilds a distribution.
    ///
    /// # Errors
    /// [`SketchError::Damaged`] where the numbers cannot come from one.
    pub fn distribution(&self) -> Result<Distribution, SketchError> {
        match self {
            Self::Whole(entries) => whole(entries),
            Self::Bins { min_m, max_m, bins } => rebuilt(*min_m, *max_m, bins),
        }
    }
}

fn mean_position(sums: &SquareMoments, low: f64, high: f64) -> u8 {
    if sums.count == 0.0 || high <= low {
        return 0;
    }
    let mean = sums.depth.value() / sums.count;
    ((mean - low) / (high - low) * 255.0)
        .round()
        .clamp(0.0, 255.0) as u8
}

fn whole(entries: &[(f64, u64)]) -> Result<Distribution, SketchError> {
    if entries.len() > WHOLE || entries.iter().any(|e| e.1 > u64::from(u32::MAX)) {
        return Err(SketchError::Damaged);
    }
    let (values, counts) = entries.iter().map(|&(v, n)| (v, n as u32)).unzip();
    Ok(Distribution::new(values, counts, Resolution::Exact)?)
}

fn rebuilt(min_m: f64, max_m: f64, bins: &[(u64, u8)]) -> Result<Distribution, SketchError> {
    let sensible = min_m > 0.0 && min_m < max_m && max_m.is_finite() && bins.len() == BINS;
    let total = bins
        .iter()
        .try_fold(0_u64, |sum, bin| sum.checked_add(bin.0));
    if !sensible || !total.is_some_and(|n| (2..=MAX_COUNT).contains(&n)) {
        return Err(SketchError::Damaged);
    }
    let edges = edges(min_m, max_m);
    let mut values = Vec::new();
    let mut counts = Vec::new();
    for (&(count, mean), pair) in bins.iter().zip(edges.windows(2)) {
        let points = count.min(POINTS);
        for i in 0..points {
            let place = within(f64::from(mean) / 255.0, (i as f64 + 0.5) / points as f64);
            values.push(pair[0] + place * (pair[1] - pair[0]));
            let share = count * (i + 1) / points - count * i / points;
            counts.push(u32::try_from(share).map_err(|_| SketchError::Damaged)?);
        }
    }
    // The ends are known exactly: the outermost points stand on them.
    if let [first, .., last] = values.as_mut_slice() {
        (*first, *last) = (min_m, max_m);
    }
    Ok(Distribution::new(values, counts, Resolution::Sketch)?)
}

/// The quantile at `share` of a density on [0, 1] with the given mean: linear where a linear density can have that mean,
/// uniform against the nearer end where it cannot.
fn within(mean: f64, share: f64) -> f64 {
    if mean < 1.0 / 3.0 {
        return 2.0 * mean * share;
    }
    if mean > 2.0 / 3.0 {
        return 1.0 - 2.0 * (1.0 - mean) * (1.0 - share);
    }
    // Density 1 + c (2 x - 1), whose mean is 1/2 + c / 6; its distribution function is (1 - c) x + c x^2.
    let c = 6.0 * (mean - 0.5);
    if c.abs() < 1e-9 {
        return share;
    }
    let root = ((1.0 - c) * (1.0 - c) + 4.0 * c * share).sqrt();
    // The form without cancellation for either sign of c.
    2.0 * share / (1.0 - c + root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distribution(mut values: Vec<f64>) -> Distribution {
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive values")
    }

    proptest! {
        #[test]
        fn the_density_has_the_mean_it_was_given(mean in 0.0_f64..1.0) {
            let n = 4000;
            let points = (0..n).map(|i| within(mean, (f64::from(i) + 0.5) / f64::from(n)));
            let got = points.sum::<f64>() / f64::from(n);
            prop_assert!((got - mean).abs() < 1e-3, "{got} for {mean}");
        }

        #[test]
        fn count_and_ends_survive_and_the_mean_nearly(
            values in prop::collection::vec(0.01_f64..200.0, 2..2000)
        ) {
            let exact = distribution(values);
            let sketch = Sketch::of(&exact).distribution().expect("own sketch");
            prop_assert_eq!(sketch.count(), exact.count());
            prop_assert_eq!((sketch.min_m(), sketch.max_m()), (exact.min_m(), exact.max_m()));
            prop_assert!((sketch.mean_m() / exact.mean_m() - 1.0).abs() < 0.005);
        }

        #[test]
        fn any_sketch_at_all_is_rebuilt_or_refused(
            min_m in prop::num::f64::ANY,
            max_m in prop::num::f64::ANY,
            bins in prop::collection::vec((any::<u64>(), any::<u8>()), BINS - 1..BINS + 2),
        ) {
            let _ = Sketch::Bins { min_m, max_m, bins }.distribution();
        }
    }

    #[test]
    fn few_distinct_depths_are_kept_whole() {
        let exact = distribution(vec![1.0, 1.0, 2.0, 5.0]);
        let values: Vec<f64> = Sketch::of(&exact)
            .distribution()
            .expect("own sketch")
            .values_m()
            .to_vec();
        assert_eq!(values, exact.values_m());
    }

    #[test]
    fn one_depth_alone_has_a_sketch() {
        let exact = distribution(vec![3.0; 10]);
        let again = Sketch::of(&exact).distribution().expect("own sketch");
        assert_eq!(
            (again.min_m(), again.max_m(), again.count()),
            (3.0, 3.0, 10.0)
        );
    }
}
