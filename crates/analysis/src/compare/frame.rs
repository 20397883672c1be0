//! Everything that one frame contributes to a comparison, as sums that merge.
//!
//! Knows the other parts of this module; knows nothing of other frames.

use serde::{Deserialize, Serialize};

use super::aligned::{Aligned, CompareError};
use super::artefacts::ArtefactSums;
use super::bands::{BandSums, DEFAULT_BAND_EDGES_M};
use super::budget::{Budget, CodedSums};
use super::census::ValueCensus;
use super::depth_curve::DepthCurve;
use super::evaluate::{EvalSums, FrameEvals, evaluate};
use super::grid::Grid;
use super::joint::JointMoments;
use super::maps::FrameMaps;
use super::place::PlaceSums;
use super::protocol::{Affine, Protocol};

/// What a comparison is asked for; the same for all frames of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareSettings {
    /// How predictions are measured.
    pub protocol: Protocol,
    /// Inner edges of the depth bands, in metres, ascending.
    pub band_edges_m: Vec<f64>,
    /// The grid of the whole set, where it is known already. Otherwise each frame's own is used, which is the same one as long as
    /// the frame uses enough codes.
    pub grid: Option<Grid>,
}

impl Default for CompareSettings {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            band_edges_m: DEFAULT_BAND_EDGES_M.to_vec(),
            grid: None,
        }
    }
}

/// One frame's part of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameComparison {
    /// Errors of `F` under the protocol.
    pub fp32: EvalSums,
    /// Errors of `Q` under the protocol.
    pub int8: EvalSums,
    /// What was fitted to `F`.
    pub fp32_fit: Affine,
    /// What was fitted to `Q`.
    pub int8_fit: Affine,
    /// Moments for the budget, after alignment and before the clamp.
    pub joint: JointMoments,
    /// What coding `F` does.
    pub coded: CodedSums,
    /// The values of all finite samples of `Q`, before alignment.
    pub census: ValueCensus,
    /// Errors by depth band.
    pub bands: BandSums,
    /// Errors against depth.
    pub curve: DepthCurve,
    /// Errors by place.
    pub place: PlaceSums,
    /// Banding and checkerboard.
    pub artefacts: ArtefactSums,
}

impl FrameComparison {
    /// Compares the maps of a frame.
    ///
    /// # Errors
    /// [`CompareError`] where they have no pixels in common or cannot be aligned.
    pub fn of(maps: &FrameMaps, settings: &CompareSettings) -> Result<Self, CompareError> {
        let aligned = Aligned::of(maps, &settings.protocol)?;
        let (fp32, int8) = evaluate(&aligned, &settings.protocol);
        let census = ValueCensus::of(maps.int8_m);
        let grid = settings.grid.or_else(|| Grid::detect(&census).ok());
        // The grid is that of the maps before alignment.
        let coded_m = grid.map(|grid| grid.aligned(aligned.int8_fit).coded_m(&aligned.fp32_m));
        let coded_m = coded_m.as_deref();
        Ok(Self {
            fp32,
            int8,
            fp32_fit: aligned.fp32_fit,
            int8_fit: aligned.int8_fit,
            joint: JointMoments::of(aligned.pixels()),
            coded: coded_m.map_or_else(CodedSums::default, |coded_m| {
                CodedSums::of(&aligned, coded_m)
            }),
            census,
            bands: BandSums::of(&aligned, &settings.band_edges_m),
            curve: DepthCurve::of(&aligned),
            place: PlaceSums::of(&aligned),
            artefacts: ArtefactSums::of(&aligned, coded_m),
        })
    }

    /// What its metrics need.
    #[must_use]
    pub fn evals(&self) -> FrameEvals {
        FrameEvals {
            fp32: self.fp32,
            int8: self.int8,
        }
    }

    /// The budget of this frame alone.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        Budget::of(&self.joint, &self.coded)
    }
}
