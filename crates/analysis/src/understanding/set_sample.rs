//! The sample of a set that an understanding is computed from: traits of every map, and pixels of a few frames.

use std::collections::BTreeMap;

use super::map_traits::{MapTraits, reader, sampled_pixels};
use super::placement::{Placement, Size, placements};
use super::repaired_map::squared_radius;
use super::spread_indices::spread_indices;
use fathom_core::depth::{Encoding, RawMap, Role};
use serde::{Deserialize, Serialize};

/// How an encoding was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EncodingSource {
    /// By the user, or stated by a link.
    Chosen,
    /// Guessed, without reasonable doubt.
    Certain,
    /// Guessed: plausible, but other encodings fit as well.
    Plausible,
}

/// The sample of a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleSample {
    /// The role.
    pub role: Role,
    /// The encoding in use.
    pub encoding: Encoding,
    /// The source of the encoding.
    pub source: EncodingSource,
    /// Samples that stand for "no depth".
    pub markers: Vec<f64>,
    /// True if a name states disparity.
    pub is_disparity_name: bool,
    /// Frames, rows and columns of the first file with several maps.
    pub stack: Option<(usize, usize, usize)>,
    /// Traits of the maps, in the order of frames.
    pub maps: Vec<MapTraits>,
}

/// Pixels of one frame in two roles: samples of the reference where they are positive, and samples of the other role at the same pixels
/// under every placement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairSample {
    /// Size of the reference.
    pub frame: Size,
    /// Size of the other map.
    pub map: Size,
    /// Samples of the reference, in its unit.
    pub reference: Vec<f64>,
    /// Squared distance of each pixel from the centre of the frame, in pixels.
    pub squared_radius: Vec<f64>,
    /// Samples of the other role by placement; NaN outside its map. The first placement holds without another reason.
    pub placed: Vec<(Placement, Vec<f64>)>,
}

/// The pairs of two roles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolePair {
    /// The role that the other one is compared with.
    pub reference: Role,
    /// The other role.
    pub tested: Role,
    /// Pixels by frame.
    pub frames: Vec<PairSample>,
}

/// The sample of a set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetSample {
    /// Roles with maps, in the order of the page.
    pub roles: Vec<RoleSample>,
    /// Pairs of roles with frames in common.
    pub pairs: Vec<RolePair>,
}

/// The decoded maps of a role, by frame.
#[derive(Clone, Debug)]
pub struct RoleMaps<'a> {
    /// The role.
    pub role: Role,
    /// The encoding in use.
    pub encoding: Encoding,
    /// The source of the encoding.
    pub source: EncodingSource,
    /// Samples that stand for "no depth".
    pub markers: Vec<f64>,
    /// True if a name states disparity.
    pub is_disparity_name: bool,
    /// Frames, rows and columns of the first file with several maps.
    pub stack: Option<(usize, usize, usize)>,
    /// The maps by name of frame.
    pub maps: BTreeMap<String, &'a RawMap>,
}

/// Largest number of frames whose pixels are compared.
pub const PAIRED_FRAMES: usize = 8;

/// Pixels compared in all frames together.
pub const PAIRED_PIXELS: usize = 2048;

/// Pixels of a frame that are tried for each one wanted, because sparse maps have few depths.
const TRIED: usize = 8;

impl PairSample {
    /// Samples a frame: at most `wanted` pixels where the reference is positive and no marker.
    #[must_use]
    pub fn measure(reference: &RawMap, markers: &[f64], tested: &RawMap, wanted: usize) -> Self {
        let frame = (reference.height(), reference.width());
        let map = (tested.height(), tested.width());
        let reference_at = reader(reference);
        let is_depth = |v: f64| v.is_finite() && v > 0.0 && !markers.contains(&v);
        let pixels: Vec<(usize, f64)> = spread_indices(frame.0 * frame.1, wanted * TRIED)
            .map(|i| (i, reference_at(i)))
            .filter(|(_, v)| is_depth(*v))
            .take(wanted)
            .collect();
        let place = |i: usize| (i / frame.1, i % frame.1);
        let tested_at = reader(tested);
        let under = |placement: &Placement| -> Vec<f64> {
            let sample = |&(i, _): &(usize, f64)| {
                let (y, x) = place(i);
                placement
                    .source(y, x, map)
                    .map_or(f64::NAN, |(y, x)| tested_at(y * map.1 + x))
            };
            pixels.iter().map(sample).collect()
        };
        Self {
            frame,
            map,
            squared_radius: pixels
                .iter()
                .map(|&(i, _)| {
                    let (y, x) = place(i);
                    squared_radius(y, x, frame.0, frame.1)
                })
                .collect(),
            placed: placements(frame, map)
                .into_iter()
                .map(|p| (p, under(&p)))
                .collect(),
            reference: pixels.into_iter().map(|p| p.1).collect(),
        }
    }
}

impl SetSample {
    /// Samples a set of decoded maps.
    #[must_use]
    pub fn measure(roles: &[RoleMaps<'_>]) -> Self {
        let samples = roles
            .iter()
            .map(|r| RoleSample {
                role: r.role,
                encoding: r.encoding,
                source: r.source,
                markers: r.markers.clone(),
                is_disparity_name: r.is_disparity_name,
                stack: r.stack,
                maps: r
                    .maps
                    .values()
                    .map(|m| MapTraits::measure(m, &r.markers, sampled_pixels(r.maps.len())))
                    .collect(),
            })
            .collect();
        let mut pairs: Vec<RolePair> = Vec::new();
        for (reference, tested) in role_pairs(|role| roles.iter().any(|r| r.role == role)) {
            // The ground truth stands in where FP32 has no frame in common with INT8.
            let is_paired = reference == Role::GroundTruth
                && tested == Role::Quantized
                && pairs.iter().any(|p| p.tested == Role::Quantized);
            if !is_paired {
                pairs.extend(pair(roles, reference, tested));
            }
        }
        Self {
            roles: samples,
            pairs,
        }
    }

    /// The sample of a role.
    #[must_use]
    pub fn role(&self, role: Role) -> Option<&RoleSample> {
        self.roles.iter().find(|r| r.role == role)
    }

    /// The pairs of two roles.
    #[must_use]
    pub fn pair(&self, reference: Role, tested: Role) -> Option<&RolePair> {
        self.pairs
            .iter()
            .find(|p| (p.reference, p.tested) == (reference, tested))
    }
}

/// The pairs of roles to compare, in order. INT8 is compared with the ground truth only where it has no frame in common with FP32.
pub fn role_pairs(has: impl Fn(Role) -> bool) -> Vec<(Role, Role)> {
    use Role::{Board, Float, GroundTruth, Quantized};
    [
        (GroundTruth, Float),
        (Float, Quantized),
        (GroundTruth, Quantized),
        (Quantized, Board),
    ]
    .into_iter()
    .filter(|&(a, b)| has(a) && has(b))
    .collect()
}

/// Frames for pairs: evenly spaced, at most [`PAIRED_FRAMES`].
pub fn paired_frames(count: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(PAIRED_FRAMES);
    (0..taken).map(move |k| k * count / taken)
}

fn pair(roles: &[RoleMaps<'_>], reference: Role, tested: Role) -> Option<RolePair> {
    let role = |role| roles.iter().find(|r| r.role == role);
    let (a, b) = (role(reference)?, role(tested)?);
    let common: Vec<(&RawMap, &RawMap)> = a
        .maps
        .iter()
        .filter_map(|(frame, map)| Some((*map, *b.maps.get(frame)?)))
        .collect();
    let wanted = PAIRED_PIXELS / common.len().clamp(1, PAIRED_FRAMES);
    let frames: Vec<PairSample> = paired_frames(common.len())
        .map(|i| PairSample::measure(common[i].0, &a.markers, common[i].1, wanted))
        .collect();
    (!frames.is_empty()).then_some(RolePair {
        reference,
        tested,
        frames,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_frames_are_spread_over_the_set() {
        let frames = |n| paired_frames(n).collect::<Vec<usize>>();
        assert_eq!(frames(0), Vec::<usize>::new());
        assert_eq!(frames(3), [0, 1, 2]);
        assert_eq!(frames(91), [0, 11, 22, 34, 45, 56, 68, 79]);
    }
}
