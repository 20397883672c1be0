//! The comparison of one frame, as sums that merge over frames.

use serde::{Deserialize, Serialize};

use super::aligned_frame::{AlignedFrame, CompareError};
use super::artefacts::ArtefactSums;
use super::change_tail::ChangeTail;
use super::depth_bands::{BandSums, DEFAULT_BAND_EDGES_M};
use super::depth_curve::DepthCurve;
use super::error_budget::{Budget, CodedSums};
use super::error_map::ErrorMapSums;
use super::eval_protocol::{Affine, EvalProtocol};
use super::evaluate::{FrameMetricSums, PixelSums, evaluate};
use super::fingerprint::Fingerprint;
use super::frame_maps::FrameMaps;
use super::joint_moments::JointMoments;
use super::output_grid::OutputGrid;
use super::value_counts::ValueCounts;

/// Settings of a comparison; the same for all frames of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareSettings {
    /// The evaluation protocol.
    pub protocol: EvalProtocol,
    /// Inner edges of the depth bands, in metres, ascending.
    pub band_edges_m: Vec<f64>,
    /// The output grid of the whole set, where it is known. Without it, each frame's own grid is detected, which is the same one if the
    /// frame uses enough codes.
    pub grid: Option<OutputGrid>,
}

impl Default for CompareSettings {
    fn default() -> Self {
        Self {
            protocol: EvalProtocol::default(),
            band_edges_m: DEFAULT_BAND_EDGES_M.to_vec(),
            grid: None,
        }
    }
}

/// The sums of one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameComparison {
    /// Errors of `F` under the protocol.
    pub fp32: PixelSums,
    /// Errors of `Q` under the protocol.
    pub int8: PixelSums,
    /// Largest changes of pixels from `F` to `Q` under the protocol.
    pub tail: ChangeTail,
    /// Alignment of `F`.
    pub fp32_fit: Affine,
    /// Alignment of `Q`.
    pub int8_fit: Affine,
    /// Moments for the error budget, after alignment and before the clamp.
    pub joint: JointMoments,
    /// Errors of `code(F)`, the prediction `F` coded with the output grid.
    pub coded: CodedSums,
    /// Distinct values of `Q` with their counts: all finite samples, before alignment.
    pub value_counts: ValueCounts,
    /// Errors by depth band.
    pub bands: BandSums,
    /// Errors against depth.
    pub curve: DepthCurve,
    /// Errors by image cell.
    pub error_map: ErrorMapSums,
    /// Sums for banding and checkerboards.
    pub artefacts: ArtefactSums,
    /// The hash of the three maps before any step of the protocol.
    pub fingerprint: Fingerprint,
}

impl FrameComparison {
    /// Compares the maps of a frame.
    ///
    /// # Errors
    /// [`CompareError`] where the maps have too few common pixels or cannot be aligned.
    pub fn measure(maps: &FrameMaps, settings: &CompareSettings) -> Result<Self, CompareError> {
        let aligned = AlignedFrame::new(maps, &settings.protocol)?;
        let (fp32, int8, tail) = evaluate(&aligned, &settings.protocol);
        let value_counts = ValueCounts::from_map(maps.int8_m);
        let grid = settings
            .grid
            .or_else(|| OutputGrid::detect(&value_counts).ok());
        // The grid describes the maps before alignment.
        let coded_m = grid.map(|grid| grid.aligned(aligned.int8_fit).coded_m(&aligned.fp32_m));
        let coded_m = coded_m.as_deref();
        Ok(Self {
            fp32,
            int8,
            tail,
            fp32_fit: aligned.fp32_fit,
            int8_fit: aligned.int8_fit,
            joint: JointMoments::measure(aligned.pixels()),
            coded: coded_m.map_or_else(CodedSums::default, |coded_m| {
                CodedSums::measure(&aligned, coded_m)
            }),
            value_counts,
            bands: BandSums::measure(&aligned, &settings.band_edges_m),
            curve: DepthCurve::measure(&aligned),
            error_map: ErrorMapSums::measure(&aligned),
            artefacts: ArtefactSums::measure(&aligned, coded_m),
            fingerprint: Fingerprint::new(maps),
        })
    }

    /// Returns the sums behind the metrics of both predictions, with the alignments.
    #[must_use]
    pub fn metric_sums(&self) -> FrameMetricSums {
        FrameMetricSums {
            fp32: self.fp32,
            int8: self.int8,
            fp32_scale: self.fp32_fit.scale,
            int8_scale: self.int8_fit.scale,
            fingerprint: Some(self.fingerprint),
            tail: self.tail.clone(),
        }
    }

    /// Computes the error budget of this frame; `None` without pixels.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        Budget::from_moments(&self.joint, &self.coded)
    }
}
