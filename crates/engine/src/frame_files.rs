//! The frames of a set: which file holds the map of which role, and how it is read.

use fathom_analysis::compare::Evidence;
use fathom_analysis::understanding::{RoleSample, SampleSize, sample_sizes};
use fathom_core::depth::{Encoding, Role};
use fathom_core::stats::DepthWindow;
use serde::{Deserialize, Serialize};

use crate::file_content::ReadOptions;
use crate::ids::JobId;

/// A set of files, frame by frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameSet {
    /// Tells sets apart.
    pub serial: JobId,
    /// The frames that have a map in two roles at least, in their order.
    pub frames: Vec<FrameFiles>,
    /// Frames with one map, as many as are sampled.
    pub lone: Vec<FrameFiles>,
    /// The reading of each role, for the sample.
    pub roles: Vec<RoleSample>,
    /// Numbers that mean "no depth" in ground truth.
    pub markers: Vec<f64>,
    /// Depths of the ground truth that count.
    pub window: DepthWindow,
    /// A question to settle about the files before the set can be judged.
    pub unsettled: Option<String>,
}

/// The maps of a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameFiles {
    /// Its name.
    pub name: String,
    /// Ground truth.
    pub gt: Option<MapSource>,
    /// Floating-point prediction.
    pub fp32: Option<MapSource>,
    /// Quantized prediction.
    pub int8: Option<MapSource>,
    /// Quantized prediction of the board.
    pub board: Option<MapSource>,
}

/// The file of a role's maps in a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapSource {
    /// The file's place among those that come along.
    pub file: u32,
    /// The place of the frame's map in the file; `None` if all maps are of the frame.
    pub map: Option<u32>,
    /// The place of its mask.
    pub mask: Option<u32>,
    /// Options of reading it.
    pub options: ReadOptions,
    /// From samples to metres.
    pub encoding: Encoding,
}

impl FrameSet {
    /// The frames that are sampled: those that are compared, then those with one map.
    pub fn sampled(&self) -> impl Iterator<Item = &FrameFiles> {
        self.frames.iter().chain(&self.lone)
    }

    /// Numbers of pixels to sample, one entry a sampled frame.
    #[must_use]
    pub fn sample_sizes(&self) -> Vec<SampleSize> {
        let roles = |frame: &FrameFiles| frame.maps().map(|(role, _)| role).collect();
        sample_sizes(&self.sampled().map(roles).collect::<Vec<_>>())
    }

    /// The name and the maps of each frame, for a comparison.
    #[must_use]
    pub fn members(&self) -> Vec<(String, Option<Evidence>)> {
        let frames = self.frames.iter();
        frames.map(|f| (f.name.clone(), f.evidence())).collect()
    }
}

impl FrameFiles {
    /// A frame without maps.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            gt: None,
            fp32: None,
            int8: None,
            board: None,
        }
    }

    /// Which of the maps that are compared it has.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        let has_quantized = self.int8.is_some() || self.board.is_some();
        Evidence::from_roles(self.gt.is_some(), self.fp32.is_some(), has_quantized)
    }

    /// The place of a role's map.
    pub fn of_mut(&mut self, role: Role) -> &mut Option<MapSource> {
        match role {
            Role::GroundTruth => &mut self.gt,
            Role::Float => &mut self.fp32,
            Role::Quantized => &mut self.int8,
            Role::Board => &mut self.board,
        }
    }

    /// Its maps, ground truth first.
    pub fn maps_mut(&mut self) -> impl Iterator<Item = &mut MapSource> {
        let maps = [
            &mut self.gt,
            &mut self.fp32,
            &mut self.int8,
            &mut self.board,
        ];
        maps.into_iter().filter_map(Option::as_mut)
    }

    /// Its maps with their roles, ground truth first.
    pub fn maps(&self) -> impl Iterator<Item = (Role, &MapSource)> {
        let roles = [
            (Role::GroundTruth, &self.gt),
            (Role::Float, &self.fp32),
            (Role::Quantized, &self.int8),
            (Role::Board, &self.board),
        ];
        roles
            .into_iter()
            .filter_map(|(role, map)| Some((role, map.as_ref()?)))
    }
}
