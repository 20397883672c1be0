//! Detects samples of the ground truth that are not depths: a renderer's far plane, the sky, an unlisted marker.

use super::plausibility::IMPOSSIBLE_M;
use super::set_sample::RoleSample;
use serde::{Deserialize, Serialize};

/// A sample value that is no depth, or hardly one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoDepthValue {
    /// The value, in the unit of the file.
    pub value: f64,
    /// The value in metres.
    pub depth_m: f64,
    /// Its share of the sampled positive values.
    pub share: f64,
    /// True if it is beyond every scene, so that it may be left out without asking.
    pub is_impossible: bool,
}

/// Far planes of renderers, in metres: Unreal's in 16 bits, those of CARLA and Blender, of Unity and of `AirSim`.
const FAR_PLANES_M: [f64; 4] = [655.35, 655.36, 1000.0, 10_000.0];

/// Smallest share of a value at the top that is more than an outlier.
const LEAST_SHARE: f64 = 0.01;

/// Depth in metres from which a value that lies a quarter beyond the others is the sky.
const SKY_M: f64 = 100.0;

/// Depth in metres from which a value that is three times as far as the others is the sky.
const NEAR_SKY_M: f64 = 20.0;

/// Fewest positive samples of which anything is said.
const FEWEST: usize = 100;

/// The value at the top of a role's samples that is no depth, if there is one.
#[must_use]
pub fn no_depth_value(role: &RoleSample) -> Option<NoDepthValue> {
    let positive: usize = role.maps.iter().map(|m| m.positive).sum();
    let tops = || {
        let all = role.maps.iter().flat_map(|m| m.top.iter());
        all.filter(|(v, _)| !role.markers.contains(v))
    };
    let value = tops().map(|t| t.0).max_by(f64::total_cmp)?;
    let count: usize = tops().filter(|t| t.0 == value).map(|t| t.1).sum();
    let depth_m = role.encoding.metres(value);
    let share = count as f64 / positive as f64;
    let found = |is_impossible| {
        Some(NoDepthValue {
            value,
            depth_m,
            share,
            is_impossible,
        })
    };
    let next = tops()
        .map(|t| t.0)
        .filter(|v| *v < value)
        .max_by(f64::total_cmp);
    let next_m = next.map_or(0.0, |v| role.encoding.metres(v));
    if depth_m >= IMPOSSIBLE_M {
        // One value beside credible ones is a marker; many such values are another fault.
        return (next.is_some() && next_m < IMPOSSIBLE_M)
            .then(|| found(true))
            .flatten();
    }
    if positive < FEWEST || share < LEAST_SHARE || next.is_none() {
        return None;
    }
    let is_plane = FAR_PLANES_M
        .iter()
        .any(|p| (depth_m / p - 1.0).abs() < 1e-4);
    let lies_apart = |times: f64| depth_m >= times * next_m;
    let is_sky =
        (depth_m >= SKY_M && lies_apart(1.25)) || (depth_m >= NEAR_SKY_M && lies_apart(3.0));
    (is_plane || is_sky).then(|| found(false)).flatten()
}

/// Smallest share of a marker that is worth a word.
const MARKED: f64 = 0.005;

/// The markers of a role that occur, with their shares of its sampled pixels.
#[must_use]
pub fn marker_shares(role: &RoleSample) -> Vec<(f64, f64)> {
    let sampled: usize = role.maps.iter().map(|m| m.sampled).sum();
    let share = |&marker: &f64| {
        let tops = role.maps.iter().flat_map(|m| m.top.iter());
        let count: usize = tops.filter(|t| t.0 == marker).map(|t| t.1).sum();
        (marker, count as f64 / sampled.max(1) as f64)
    };
    let shares = role.markers.iter().map(share);
    shares.filter(|s| s.1 >= MARKED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::{EncodingSource, MapTraits};
    use fathom_core::depth::{Dtype, Encoding, Format, RawMap, Role, Samples};
    use ndarray::Array2;

    fn role(value: impl Fn(usize) -> f32) -> RoleSample {
        let samples = Samples::F32(Array2::from_shape_fn((30, 40), |(y, x)| value(y * 40 + x)));
        RoleSample {
            role: Role::GroundTruth,
            encoding: Encoding::METRES,
            source: EncodingSource::Certain,
            markers: vec![1e10],
            is_disparity_name: false,
            stack: None,
            count: 1,
            maps: vec![MapTraits::measure(
                &RawMap::new(samples, Format::Npy, Dtype::F32),
                &[],
                1024,
            )],
        }
    }

    #[test]
    fn values_beyond_every_scene_and_skies() {
        let scene = |i: usize| 1.0 + (i % 700) as f32 / 100.0;
        let with = |every: usize, top: f32| {
            no_depth_value(&role(move |i| {
                if i.is_multiple_of(every) {
                    top
                } else {
                    scene(i)
                }
            }))
            .map(|v| (v.value, v.is_impossible))
        };
        assert_eq!(with(7, 1e11), Some((f64::from(1e11_f32), true)));
        assert_eq!(with(7, 1e10), None, "a listed marker");
        let marked = |every: usize| {
            let sky = |i: usize| {
                if i.is_multiple_of(every) {
                    1e10
                } else {
                    scene(i)
                }
            };
            marker_shares(&role(sky))
        };
        let shares = marked(4);
        assert!(
            shares.len() == 1 && (shares[0].1 - 0.25).abs() < 0.03,
            "{shares:?}"
        );
        assert_eq!(marked(1000), []);
        assert_eq!(with(7, 1000.0), Some((1000.0, false)));
        assert_eq!(with(7, 655.35), Some((f64::from(655.35_f32), false)));
        assert_eq!(with(7, 150.0), Some((150.0, false)));
        assert_eq!(with(7, 30.0), Some((30.0, false)));
        assert_eq!(with(7, 10.0), None, "a clip at 10 m lies near the others");
        assert_eq!(with(2000, 79.0), None, "one outlier");
        assert_eq!(no_depth_value(&role(scene)), None);
        assert_eq!(no_depth_value(&role(|_| 1e11)), None, "nothing beside it");
        assert_eq!(
            no_depth_value(&role(|i| 1e6 * (1.0 + i as f32))),
            None,
            "all are impossible"
        );
    }
}
