//! The maps that a comparison has, and the figures that are meaningful with them.
//!
//! A comparison always works on three maps. Another map stands in for a missing one, so that figures of the missing map are zero or equal
//! to those of the stand-in. [`Evidence`] says which figures are meaningful.

use serde::{Deserialize, Serialize};

use super::frame_maps::FrameMaps;
use fathom_core::i18n::tr;

/// The maps that are available in a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Evidence {
    /// Ground truth and both predictions.
    #[default]
    All,
    /// Both predictions. `F` stands in for the ground truth: errors are against `F`, and `f` is zero.
    NoGroundTruth,
    /// Ground truth and `F`, which stands in for `Q`: `q` is zero.
    Fp32Only,
    /// Ground truth and `Q`, which stands in for `F`: `q` is zero, and `f` is the error of `Q`.
    Int8Only,
}

impl Evidence {
    /// Returns the evidence for the roles that are present; `None` for fewer than two.
    #[must_use]
    pub fn from_roles(has_gt: bool, has_fp32: bool, has_int8: bool) -> Option<Self> {
        match (has_gt, has_fp32, has_int8) {
            (true, true, true) => Some(Self::All),
            (false, true, true) => Some(Self::NoGroundTruth),
            (true, true, false) => Some(Self::Fp32Only),
            (true, false, true) => Some(Self::Int8Only),
            _ => None,
        }
    }

    /// Returns true if errors are against ground truth.
    #[must_use]
    pub fn has_ground_truth(self) -> bool {
        self != Self::NoGroundTruth
    }

    /// Returns true if `q = Q - F` is meaningful: budget, signal-to-noise ratio, bias and slope.
    #[must_use]
    pub fn has_both(self) -> bool {
        matches!(self, Self::All | Self::NoGroundTruth)
    }

    /// Returns true if metrics of `F` are meaningful.
    #[must_use]
    pub fn has_fp32_metrics(self) -> bool {
        matches!(self, Self::All | Self::Fp32Only)
    }

    /// Returns true if metrics of `Q` are meaningful; without ground truth they are against `F`.
    #[must_use]
    pub fn has_int8_metrics(self) -> bool {
        self != Self::Fp32Only
    }

    /// Returns true if the output grid can be detected.
    #[must_use]
    pub fn has_grid(self) -> bool {
        self != Self::Fp32Only
    }

    /// Returns the name of the missing role, translated; `None` where all maps are present.
    #[must_use]
    pub fn missing(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::NoGroundTruth => Some(tr!("ground truth")),
            Self::Fp32Only => Some(tr!("INT8 predictions")),
            Self::Int8Only => Some(tr!("FP32 predictions")),
        }
    }
}

impl<'a> FrameMaps<'a> {
    /// Builds the maps of a frame in metres, with a stand-in for a missing one; `None` for fewer than two.
    #[must_use]
    pub fn with_stand_ins(
        width: usize,
        gt_m: Option<&'a [f64]>,
        fp32_m: Option<&'a [f64]>,
        int8_m: Option<&'a [f64]>,
    ) -> Option<(Self, Evidence)> {
        let evidence = Evidence::from_roles(gt_m.is_some(), fp32_m.is_some(), int8_m.is_some())?;
        let maps = Self {
            width,
            gt_m: gt_m.or(fp32_m)?,
            fp32_m: fp32_m.or(int8_m)?,
            int8_m: int8_m.or(fp32_m)?,
        };
        Some((maps, evidence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{CompareSettings, Comparison, FrameComparison};

    const GT: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    const FP32: [f64; 6] = [1.1, 2.1, 2.9, 4.2, 5.0, 6.3];
    const INT8: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.5];

    fn compared(
        gt_m: Option<&[f64]>,
        fp32_m: Option<&[f64]>,
        int8_m: Option<&[f64]>,
    ) -> (Comparison, Evidence) {
        let (maps, evidence) =
            FrameMaps::with_stand_ins(3, gt_m, fp32_m, int8_m).expect("two maps");
        let frame = FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels");
        (Comparison::from_frames([&frame]), evidence)
    }

    #[test]
    fn two_maps_give_the_same_figures_as_three() {
        let protocol = crate::compare::EvalProtocol::default();
        let (all, evidence) = compared(Some(&GT), Some(&FP32), Some(&INT8));
        assert_eq!(evidence, Evidence::All);
        let pooled = |c: &Comparison| c.pooled(&protocol).expect("pixels");
        let (only, evidence) = compared(Some(&GT), Some(&FP32), None);
        assert_eq!(evidence, Evidence::Fp32Only);
        assert_eq!(pooled(&only).fp32, pooled(&all).fp32);
        assert_eq!(only.budget().expect("pixels").mse_quant, 0.0);
        let (only, evidence) = compared(Some(&GT), None, Some(&INT8));
        assert_eq!(evidence, Evidence::Int8Only);
        assert_eq!(pooled(&only).int8, pooled(&all).int8);
        assert_eq!(only.value_counts, all.value_counts);
        let (pair, evidence) = compared(None, Some(&FP32), Some(&INT8));
        assert_eq!(evidence, Evidence::NoGroundTruth);
        let (budget, whole) = (
            pair.budget().expect("pixels"),
            all.budget().expect("pixels"),
        );
        assert_eq!((budget.mse_fp32, budget.cross), (0.0, 0.0));
        assert!((budget.mse_quant - whole.mse_quant).abs() < 1e-15);
        assert!((budget.slope - whole.slope).abs() < 1e-12);
        assert!((pooled(&pair).int8.rmse - whole.rms_q_m()).abs() < 1e-12);
    }

    #[test]
    fn one_map_cannot_be_compared() {
        assert!(FrameMaps::with_stand_ins(3, Some(&GT), None, None).is_none());
        assert!(FrameMaps::with_stand_ins(3, None, None, Some(&INT8)).is_none());
    }

    #[test]
    fn the_missing_role_agrees_with_the_meaningful_figures() {
        let all = [
            Evidence::All,
            Evidence::NoGroundTruth,
            Evidence::Fp32Only,
            Evidence::Int8Only,
        ];
        for evidence in all {
            let complete = evidence.has_ground_truth()
                && evidence.has_both()
                && evidence.has_fp32_metrics()
                && evidence.has_int8_metrics();
            assert_eq!(evidence.missing().is_none(), complete);
        }
    }
}
