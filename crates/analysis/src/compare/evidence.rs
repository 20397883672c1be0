//! Which maps there are, and so which figures mean something.
//!
//! A comparison always works on three maps. Where one is missing another stands in for it, so that every figure that needs the missing
//! one is zero or that of the other; this says which ones those are.

use serde::{Deserialize, Serialize};

use super::maps::FrameMaps;
use fathom_core::i18n::tr;

/// The maps of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Evidence {
    /// Ground truth and both predictions.
    #[default]
    All,
    /// Both predictions: `F` stands in for the ground truth. Errors are those against `F`; `f` is zero.
    NoGroundTruth,
    /// Ground truth and `F`: it stands in for `Q`. There is no `q`.
    Fp32Only,
    /// Ground truth and `Q`: it stands in for `F`. There is no `q`, and `f` is the error of `Q`.
    Int8Only,
}

impl Evidence {
    /// What three maps make; `None` for fewer than two.
    #[must_use]
    pub fn of(has_gt: bool, has_fp32: bool, has_int8: bool) -> Option<Self> {
        match (has_gt, has_fp32, has_int8) {
            (true, true, true) => Some(Self::All),
            (false, true, true) => Some(Self::NoGroundTruth),
            (true, true, false) => Some(Self::Fp32Only),
            (true, false, true) => Some(Self::Int8Only),
            _ => None,
        }
    }

    /// Whether errors against ground truth mean something.
    #[must_use]
    pub fn has_ground_truth(self) -> bool {
        self != Self::NoGroundTruth
    }

    /// Whether `q = Q - F` means something: budget, signal to noise, bias and slope.
    #[must_use]
    pub fn has_both(self) -> bool {
        matches!(self, Self::All | Self::NoGroundTruth)
    }

    /// Whether metrics of `F` mean something.
    #[must_use]
    pub fn has_fp32_metrics(self) -> bool {
        matches!(self, Self::All | Self::Fp32Only)
    }

    /// Whether metrics of `Q` mean something; without ground truth they are against `F`.
    #[must_use]
    pub fn has_int8_metrics(self) -> bool {
        self != Self::Fp32Only
    }

    /// Whether the grid of `Q` can be looked for.
    #[must_use]
    pub fn has_grid(self) -> bool {
        self != Self::Fp32Only
    }

    /// The role to drop for the rest, in words; `None` where nothing is missing.
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
    /// The maps that are there, in metres, with stand-ins for the missing one; `None` for fewer than two.
    #[must_use]
    pub fn of(
        width: usize,
        gt_m: Option<&'a [f64]>,
        fp32_m: Option<&'a [f64]>,
        int8_m: Option<&'a [f64]>,
    ) -> Option<(Self, Evidence)> {
        let evidence = Evidence::of(gt_m.is_some(), fp32_m.is_some(), int8_m.is_some())?;
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
        let (maps, evidence) = FrameMaps::of(3, gt_m, fp32_m, int8_m).expect("two maps");
        let frame = FrameComparison::of(&maps, &CompareSettings::default()).expect("pixels");
        (Comparison::of([&frame]), evidence)
    }

    #[test]
    fn what_is_there_has_the_figures_of_all_three() {
        let protocol = crate::compare::Protocol::default();
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
        assert_eq!(only.census, all.census);
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
    fn one_map_is_no_comparison() {
        assert!(FrameMaps::of(3, Some(&GT), None, None).is_none());
        assert!(FrameMaps::of(3, None, None, Some(&INT8)).is_none());
    }

    #[test]
    fn what_is_missing_is_named_once() {
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
