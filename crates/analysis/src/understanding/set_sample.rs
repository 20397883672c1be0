//! The sample of a set that an understanding is computed from: traits of every map, and pixels of a few frames.
//!
//! Frames are sampled one by one ([`FrameSample`]), so that several workers can share them; [`SetSample::new`] puts them together.

use super::map_traits::{MapTraits, reader, sampled_pixels};
use super::placement::{Placement, Size, placements};
use super::repaired_map::squared_radius;
use super::spread_indices::spread_indices;
use fathom_core::depth::{Encoding, RawMap, Role};
use serde::{Deserialize, Serialize};

/// The origin of an encoding.
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
    /// Number of maps in the set: some may not be sampled.
    pub count: usize,
    /// Traits of the sampled maps, in the order of frames.
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

/// A map of a frame.
#[derive(Clone, Copy, Debug)]
pub struct SampledMap<'a> {
    /// The role.
    pub role: Role,
    /// The map.
    pub map: &'a RawMap,
    /// Samples that stand for "no depth".
    pub markers: &'a [f64],
}

/// Number of sampled pixels of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleSize {
    /// Pixels of each map of the ground truth: [`sampled_pixels`](super::sampled_pixels) of the set. A prediction
    /// gives half as many.
    pub map: usize,
    /// Pixels of each pair of roles; 0 for frames whose pairs are not compared.
    pub pair: usize,
}

/// Sampled pixels of the ground truth for each of a prediction: skies and markers may have small shares.
const TRUTH_TIMES: usize = 2;

impl SampleSize {
    /// Pixels of a map of a role.
    fn of_role(self, role: Role) -> usize {
        match role {
            Role::GroundTruth => self.map,
            _ => self.map.div_ceil(TRUTH_TIMES),
        }
    }

    /// The sizes of the maps of a stack in the place of one frame.
    #[must_use]
    pub fn of_stack(self, maps: usize) -> Vec<Self> {
        let mut sizes = vec![Self { pair: 0, ..self }; maps];
        for i in paired_frames(maps) {
            sizes[i].pair = self.pair / maps.clamp(1, PAIRED_FRAMES);
        }
        sizes
    }
}

/// The sample of one frame, or of several of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameSample {
    /// Traits of its maps.
    pub traits: Vec<(Role, MapTraits)>,
    /// Pixels of its pairs: the reference, the other role, the pixels.
    pub pairs: Vec<(Role, Role, PairSample)>,
}

impl FrameSample {
    /// Samples the maps of a frame.
    #[must_use]
    pub fn measure(maps: &[SampledMap<'_>], size: SampleSize) -> Self {
        let find = |role| maps.iter().find(|m| m.role == role);
        let mut pairs: Vec<(Role, Role, PairSample)> = Vec::new();
        if size.pair > 0 {
            for (reference, tested) in used_pairs(|role| find(role).is_some()) {
                if let (Some(a), Some(b)) = (find(reference), find(tested)) {
                    let pixels = PairSample::measure(a.map, a.markers, b.map, size.pair);
                    pairs.push((reference, tested, pixels));
                }
            }
        }
        Self {
            traits: maps
                .iter()
                .map(|m| {
                    (
                        m.role,
                        MapTraits::measure(m.map, m.markers, size.of_role(m.role)),
                    )
                })
                .collect(),
            pairs,
        }
    }

    /// Adds the sample of a later map of the same stack.
    pub fn append(&mut self, mut later: Self) {
        self.traits.append(&mut later.traits);
        self.pairs.append(&mut later.pairs);
    }
}

/// Largest number of frames whose pixels are compared.
const PAIRED_FRAMES: usize = 8;

/// Pixels compared in all frames together.
const PAIRED_PIXELS: usize = 2048;

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
    /// Puts the samples of frames together, in their order. The roles come without maps.
    #[must_use]
    pub fn new(mut roles: Vec<RoleSample>, frames: impl IntoIterator<Item = FrameSample>) -> Self {
        let mut pairs: Vec<RolePair> = role_pairs(|_| true)
            .into_iter()
            .map(|(reference, tested)| RolePair {
                reference,
                tested,
                frames: Vec::new(),
            })
            .collect();
        for frame in frames {
            for (role, traits) in frame.traits {
                if let Some(sample) = roles.iter_mut().find(|r| r.role == role) {
                    sample.maps.push(traits);
                }
            }
            for (reference, tested, pixels) in frame.pairs {
                let is_this = |p: &&mut RolePair| (p.reference, p.tested) == (reference, tested);
                if let Some(pair) = pairs.iter_mut().find(is_this) {
                    pair.frames.push(pixels);
                }
            }
        }
        pairs.retain(|p| !p.frames.is_empty());
        let has_pair = |pair| pairs.iter().any(|p| (p.reference, p.tested) == pair);
        let has_float = has_pair((Role::Float, Role::Quantized));
        pairs.retain(|p| !has_float || (p.reference, p.tested) != STAND_IN);
        Self { roles, pairs }
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
pub(super) fn role_pairs(has: impl Fn(Role) -> bool) -> Vec<(Role, Role)> {
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

/// The pair of which the ground truth stands in for FP32, where that has no frame in common with INT8.
const STAND_IN: (Role, Role) = (Role::GroundTruth, Role::Quantized);

/// The pairs of roles that are compared in a frame with these maps.
fn used_pairs(has: impl Fn(Role) -> bool) -> Vec<(Role, Role)> {
    let has_both = has(Role::Float) && has(Role::Quantized);
    let mut pairs = role_pairs(has);
    pairs.retain(|pair| !has_both || *pair != STAND_IN);
    pairs
}

/// Frames for pairs: evenly spaced, at most [`PAIRED_FRAMES`].
fn paired_frames(count: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(PAIRED_FRAMES);
    (0..taken).map(move |k| k * count / taken)
}

/// Sizes of the samples of frames, by the roles that have a map in each: spread over the frames with maps of several roles.
#[must_use]
pub fn sample_sizes(frames: &[Vec<Role>]) -> Vec<SampleSize> {
    let maps = Role::ALL
        .iter()
        .map(|role| frames.iter().filter(|f| f.contains(role)).count())
        .max()
        .unwrap_or(0);
    let map = sampled_pixels(maps);
    let common: Vec<usize> = (0..frames.len())
        .filter(|&i| !role_pairs(|role| frames[i].contains(&role)).is_empty())
        .collect();
    let mut sizes = vec![SampleSize { map, pair: 0 }; frames.len()];
    for i in paired_frames(common.len()) {
        sizes[common[i]].pair = PAIRED_PIXELS / common.len().clamp(1, PAIRED_FRAMES);
    }
    sizes
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

    #[test]
    fn frames_with_one_map_have_no_pixels_of_pairs() {
        use Role::{Float, GroundTruth, Quantized};
        let mut frames = vec![vec![GroundTruth, Float, Quantized]; 3];
        frames.push(vec![GroundTruth]);
        let sizes = sample_sizes(&frames);
        let pairs: Vec<usize> = sizes.iter().map(|s| s.pair).collect();
        assert_eq!(pairs, [682, 682, 682, 0]);
        assert!(sizes.iter().all(|s| s.map == sampled_pixels(4)));
        let stack = sizes[0].of_stack(16);
        assert_eq!(stack.iter().filter(|s| s.pair == 85).count(), 8);
    }
}
