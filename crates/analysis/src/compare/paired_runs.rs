//! Two runs over the same frames, such as before and after recalibration: INT8's errors of each frame side by side.

use std::collections::HashMap;

use super::change_tail::ChangeTail;
use super::compared_set::ComparedSet;
use super::evaluate::FrameMetricSums;
use super::evidence::Evidence;

/// The errors of one run: name and sums of each frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunErrors {
    /// The maps that the errors are of; `None` without a comparison.
    evidence: Option<Evidence>,
    frames: Vec<(String, FrameMetricSums)>,
}

impl RunErrors {
    /// Takes the frames of a compared set.
    #[must_use]
    pub fn new(set: &ComparedSet) -> Self {
        let names = set.rows().iter().map(|row| row.name.clone());
        let sums = set.metric_sums().iter().cloned();
        Self {
            evidence: set.evidence(),
            frames: names.zip(sums).collect(),
        }
    }

    /// Pairs the frames of an earlier run with those of this one, by name. INT8 before stands in the place of `F`, INT8 now in that of
    /// `Q`, so that [`super::changes`] measures the change between the runs.
    ///
    /// Frames that differ in their number of evaluated pixels are other frames, and left out. Runs without INT8, and runs of which one alone has
    /// ground truth, give no pair: their errors are of other maps.
    #[must_use]
    pub fn paired_with(&self, before: &Self) -> Vec<FrameMetricSums> {
        let is_comparable = |(own, other): (Evidence, Evidence)| {
            let has_int8 = own.has_int8_metrics() && other.has_int8_metrics();
            has_int8 && own.has_ground_truth() == other.has_ground_truth()
        };
        let evidence = self.evidence.zip(before.evidence);
        if !evidence.is_some_and(is_comparable) {
            return Vec::new();
        }
        let earlier: HashMap<&str, &FrameMetricSums> = before
            .frames
            .iter()
            .map(|(name, sums)| (name.as_str(), sums))
            .collect();
        let pair = |(name, now): &(String, FrameMetricSums)| {
            let before = earlier.get(name.as_str())?;
            let is_same = before.int8.errors.count == now.int8.errors.count;
            is_same.then(|| FrameMetricSums {
                fp32: before.int8,
                int8: now.int8,
                fp32_scale: before.int8_scale,
                int8_scale: now.int8_scale,
                fingerprint: now.fingerprint,
                tail: ChangeTail::default(),
            })
        };
        self.frames.iter().filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{
        ALL_METRICS, CompareSettings, EvalProtocol, FrameComparison, FrameMaps, Resampling, changes,
    };
    use fathom_core::metrics::Criterion;

    /// Sums of a frame whose INT8 errors are all `error_m`.
    fn sums(pixels: usize, error_m: f64) -> FrameMetricSums {
        let gt: Vec<f64> = (0..pixels).map(|i| 1.0 + 0.1 * i as f64).collect();
        let int8: Vec<f64> = gt.iter().map(|g| g + error_m).collect();
        let (maps, _) =
            FrameMaps::with_stand_ins(pixels, Some(&gt), Some(&gt), Some(&int8)).expect("maps");
        FrameComparison::measure(&maps, &CompareSettings::default())
            .expect("pixels")
            .metric_sums()
    }

    fn run(frames: &[(&str, usize, f64)]) -> RunErrors {
        RunErrors {
            evidence: Some(Evidence::All),
            frames: frames
                .iter()
                .map(|&(name, pixels, error_m)| (name.to_owned(), sums(pixels, error_m)))
                .collect(),
        }
    }

    #[test]
    fn frames_are_paired_by_name_whatever_their_order() {
        let before = run(&[("a", 40, 0.3), ("b", 40, 0.5), ("gone", 40, 9.0)]);
        let now = run(&[("b", 40, 0.1), ("new", 40, 9.0), ("a", 40, 0.2)]);
        let pairs = now.paired_with(&before);
        let how = Resampling::default();
        let found = changes(&pairs, &EvalProtocol::default(), &how);
        let rmse = ALL_METRICS
            .iter()
            .position(|metric| *metric == Criterion::Rmse)
            .map(|at| found[at])
            .expect("RMSE");
        let pooled = |a: f64, b: f64| ((a * a + b * b) / 2.0).sqrt();
        assert!((rmse.fp32 - pooled(0.3, 0.5)).abs() < 1e-12, "{rmse:?}");
        assert!((rmse.int8 - pooled(0.1, 0.2)).abs() < 1e-12, "{rmse:?}");
    }

    #[test]
    fn frames_of_another_size_are_other_frames() {
        let before = run(&[("a", 40, 0.3), ("b", 30, 0.5)]);
        let now = run(&[("a", 40, 0.2), ("b", 40, 0.1)]);
        assert_eq!(now.paired_with(&before).len(), 1);
        assert!(now.paired_with(&RunErrors::default()).is_empty());
    }

    #[test]
    fn errors_of_other_maps_are_not_paired() {
        use Evidence::{All, Fp32Only, Int8Only, NoGroundTruth};
        let of = |evidence| RunErrors {
            evidence: Some(evidence),
            ..run(&[("a", 40, 0.2)])
        };
        for (now, before, pairs) in [
            (All, All, 1),
            (All, Int8Only, 1),
            (NoGroundTruth, NoGroundTruth, 1),
            (All, NoGroundTruth, 0),
            (Fp32Only, All, 0),
        ] {
            let found = of(now).paired_with(&of(before));
            assert_eq!(found.len(), pairs, "{now:?} after {before:?}");
        }
    }
}
