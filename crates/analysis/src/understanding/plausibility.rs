//! The agreement of one role with another: rank correlation and relative error of sampled pixels, and the limits of an explanation.

use super::rank_correlation::rank_correlation;
use super::repair::RoleRepair;
use super::set_sample::RolePair;
use fathom_core::depth::Role;
use serde::{Deserialize, Serialize};

/// The agreement of a role with its reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Spearman's rank correlation; 0 where a side is constant.
    pub correlation: f64,
    /// Mean of |difference| / reference.
    pub abs_rel: f64,
    /// Sampled pixels with both.
    pub pixels: usize,
}

/// A repair that was tried, with its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The reference.
    pub reference: Role,
    /// The role that is compared with it.
    pub tested: Role,
    /// The repairs, in the order of their application.
    pub repairs: Vec<RoleRepair>,
    /// The score without repair.
    pub as_is: Score,
    /// The score with the repairs.
    pub repaired: Score,
}

/// Gain of rank correlation that a repair must have.
const GAIN: f64 = 0.2;

/// Share of the relative error that a repair may leave.
const LEFT: f64 = 1.0 / 3.0;

/// Rank correlation under which a role does not follow its reference.
const UNRELATED: f64 = 0.3;

/// Pixels from which a low rank correlation is significant.
const SIGNIFICANT: usize = 1000;

/// Relative error up to which a role follows its reference in size, whatever the order.
const ALIKE: f64 = 0.1;

/// Gain that a repair of an unrelated role must have.
const UNRELATED_GAIN: f64 = 0.1;

/// Fewest pixels of which anything is said.
const FEWEST: usize = 32;

/// Depths in metres beyond which no camera, lidar or renderer's scene reaches.
pub(super) const IMPOSSIBLE_M: f64 = 1e5;

impl Score {
    /// The score of pairs of depths in metres. Pairs that are not finite, and references that cannot be depths, are left out.
    #[must_use]
    pub fn measure(reference_m: &[f64], tested_m: &[f64]) -> Self {
        let both = reference_m.iter().copied().zip(tested_m.iter().copied());
        let (a, b): (Vec<f64>, Vec<f64>) = both.filter(has_depths).unzip();
        Self {
            correlation: rank_correlation(&a, &b).unwrap_or(0.0),
            abs_rel: mean_error(a.iter().copied().zip(b)),
            pixels: a.len(),
        }
    }

    /// True if `repaired` explains so much more that the repair is offered.
    #[must_use]
    pub fn is_explained_by(&self, repaired: &Self) -> bool {
        if repaired.pixels < FEWEST || repaired.correlation < UNRELATED {
            return false;
        }
        let gain = repaired.correlation - self.correlation;
        let unrelated = self.correlation < UNRELATED && self.pixels > SIGNIFICANT;
        gain >= GAIN
            || repaired.abs_rel <= LEFT * self.abs_rel
            || (unrelated && gain >= UNRELATED_GAIN)
    }

    /// True if the role hardly follows its reference, on enough pixels. Where a scene is flat, the order of depths says nothing.
    #[must_use]
    pub fn is_unrelated(&self) -> bool {
        let is_alike = self.abs_rel <= ALIKE;
        self.correlation.abs() < UNRELATED && self.pixels > SIGNIFICANT && !is_alike
    }
}

/// True for a pair of depths that counts: the reference can be a depth, and the other one is a number.
fn has_depths(&(reference_m, tested_m): &(f64, f64)) -> bool {
    reference_m > 0.0 && reference_m < IMPOSSIBLE_M && tested_m.is_finite()
}

/// Mean of |difference| / reference; 0 without pairs.
fn mean_error(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let add = |(sum, count), (a, b): (f64, f64)| (sum + (b - a).abs() / a, count + 1);
    let (sum, count): (f64, usize) = pairs.fold((0.0, 0), add);
    sum / count.max(1) as f64
}

/// Pixels of several frames in one placement, in the units of the files.
pub(super) struct PooledPixels {
    pub(super) reference: Vec<f64>,
    pub(super) tested: Vec<f64>,
    pub(super) squared_radius: Vec<f64>,
    /// Number of the frame of each pixel.
    pub(super) frame: Vec<usize>,
}

impl PooledPixels {
    /// The pixels of all frames with the sizes of the first one, in its placement of this index.
    pub(super) fn new(pair: &RolePair, placement: usize) -> Self {
        let mut out = Self {
            reference: Vec::new(),
            tested: Vec::new(),
            squared_radius: Vec::new(),
            frame: Vec::new(),
        };
        let sizes = pair.frames.first().map(|f| (f.frame, f.map));
        for (number, frame) in pair.frames.iter().enumerate() {
            if Some((frame.frame, frame.map)) != sizes {
                continue;
            }
            if let Some((_, tested)) = frame.placed.get(placement) {
                out.reference.extend(&frame.reference);
                out.tested.extend(tested);
                out.squared_radius.extend(&frame.squared_radius);
                out.frame.extend(frame.reference.iter().map(|_| number));
            }
        }
        out
    }

    /// The relative error of the score alone, which needs no ranks.
    pub(super) fn abs_rel(
        &self,
        reference_m: impl Fn(f64) -> f64,
        tested_m: impl Fn(f64) -> f64,
    ) -> f64 {
        let both = self.reference.iter().zip(&self.tested);
        let metres = both.map(|(&a, &b)| (reference_m(a), tested_m(b)));
        mean_error(metres.filter(has_depths))
    }

    /// The score under functions from samples to metres.
    pub(super) fn score(
        &self,
        reference_m: impl Fn(f64) -> f64,
        tested_m: impl Fn(f64) -> f64,
    ) -> Score {
        let a: Vec<f64> = self.reference.iter().map(|&v| reference_m(v)).collect();
        let b: Vec<f64> = self.tested.iter().map(|&v| tested_m(v)).collect();
        Score::measure(&a, &b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_an_explanation() {
        let score = |correlation, abs_rel, pixels| Score {
            correlation,
            abs_rel,
            pixels,
        };
        let rows = [
            (score(0.53, 0.34, 4000), score(0.98, 0.05, 4000), true),
            (score(0.60, 0.30, 4000), score(0.79, 0.25, 4000), false),
            (score(0.60, 0.30, 4000), score(0.80, 0.30, 4000), true),
            (score(0.98, 2.98, 4000), score(0.98, 0.05, 4000), true),
            (score(0.98, 0.30, 4000), score(0.98, 0.11, 4000), false),
            (score(0.25, 0.40, 4000), score(0.36, 0.39, 4000), true),
            (score(0.25, 0.40, 900), score(0.36, 0.39, 900), false),
            (score(0.10, 0.40, 4000), score(0.29, 0.10, 4000), false),
            (score(-0.9, 0.40, 20), score(0.9, 0.10, 20), false),
        ];
        for (as_is, repaired, wanted) in rows {
            assert_eq!(
                as_is.is_explained_by(&repaired),
                wanted,
                "{as_is:?} {repaired:?}"
            );
        }
    }

    #[test]
    fn flat_scenes_have_no_order_to_follow() {
        let unrelated = |correlation, abs_rel, pixels| {
            let score = Score {
                correlation,
                abs_rel,
                pixels,
            };
            score.is_unrelated()
        };
        assert!(unrelated(0.1, 0.4, 2000));
        assert!(!unrelated(0.1, 0.04, 2000));
        assert!(!unrelated(0.1, 0.4, 900) && !unrelated(0.5, 0.4, 2000));
    }

    #[test]
    fn impossible_and_missing_depths_do_not_count() {
        let nan = f64::NAN;
        let score = Score::measure(&[1.0, 2.0, 1e11, 4.0, 0.0], &[1.5, 2.0, 3.0, nan, 1.0]);
        assert_eq!(
            (score.pixels, score.abs_rel, score.correlation),
            (2, 0.25, 1.0)
        );
    }
}
