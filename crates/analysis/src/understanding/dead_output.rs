//! Outputs that died: their maps say nothing about their input.

use super::map_traits::MapTraits;
use super::set_sample::SetSample;
use fathom_core::depth::Role;
use serde::{Deserialize, Serialize};

/// The way in which the maps of a role are dead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum DeadKind {
    /// All maps are equal, although those of another role differ.
    SameMap {
        /// Frames compared.
        frames: usize,
    },
    /// All samples of all maps are one value.
    OneValue {
        /// The value, in the unit of the file.
        value: f64,
    },
    /// From a frame on, all samples are one value.
    OneValueFrom {
        /// Index of the first such frame.
        frame: usize,
        /// The value, in the unit of the file.
        value: f64,
    },
    /// From a frame on, no sample is a finite number.
    NanFrom {
        /// Index of the first such frame.
        frame: usize,
    },
}

/// A role whose output is dead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadOutput {
    /// The role.
    pub role: Role,
    /// The way.
    pub kind: DeadKind,
}

/// The predictions that are dead.
#[must_use]
pub fn dead_outputs(sample: &SetSample) -> Vec<DeadOutput> {
    sample
        .roles
        .iter()
        .filter(|r| r.role != Role::GroundTruth)
        .filter_map(|r| {
            let others_differ = sample
                .roles
                .iter()
                .any(|o| o.role != r.role && differ(&o.maps));
            let kind = dead_kind(&r.maps, others_differ)?;
            Some(DeadOutput { role: r.role, kind })
        })
        .collect()
}

fn differ(maps: &[MapTraits]) -> bool {
    maps.windows(2)
        .any(|m| m[0].fingerprint != m[1].fingerprint)
}

/// Fewest pixels of a map of which anything is said.
const FEWEST: usize = 16;

/// The value of a map that has one value and nothing else.
fn only_value(map: &MapTraits) -> Option<f64> {
    (map.sampled >= FEWEST && map.nan == 0 && map.is_constant())
        .then(|| map.ends.map(|e| e.0))
        .flatten()
}

fn is_nan(map: &MapTraits) -> bool {
    map.sampled >= FEWEST && map.ends.is_none()
}

fn dead_kind(maps: &[MapTraits], others_differ: bool) -> Option<DeadKind> {
    let last = maps.last()?;
    if is_nan(last) {
        let frame = maps.iter().rposition(|m| !is_nan(m)).map_or(0, |i| i + 1);
        return Some(DeadKind::NanFrom { frame });
    }
    if let Some(value) = only_value(last) {
        let frame = maps
            .iter()
            .rposition(|m| only_value(m) != Some(value))
            .map_or(0, |i| i + 1);
        return Some(match frame {
            0 => DeadKind::OneValue { value },
            frame => DeadKind::OneValueFrom { frame, value },
        });
    }
    (maps.len() > 1 && others_differ && !differ(maps))
        .then_some(DeadKind::SameMap { frames: maps.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Dtype, Format, RawMap, Samples};
    use ndarray::Array2;

    fn map(value: impl Fn(usize) -> f32) -> MapTraits {
        let samples = Samples::F32(Array2::from_shape_fn((6, 8), |(y, x)| value(y * 8 + x)));
        MapTraits::measure(&RawMap::new(samples, Format::Npy, Dtype::F32), &[], 1024)
    }

    #[test]
    fn every_way_to_die_is_named() {
        let live = |k: f32| map(move |i| k + i as f32);
        let (zero, nan) = (map(|_| 0.0), map(|_| f32::NAN));
        let rows = [
            (vec![live(1.0), live(2.0)], None),
            (
                vec![live(1.0), live(1.0)],
                Some(DeadKind::SameMap { frames: 2 }),
            ),
            (vec![zero.clone()], Some(DeadKind::OneValue { value: 0.0 })),
            (
                vec![live(1.0), zero.clone(), zero],
                Some(DeadKind::OneValueFrom {
                    frame: 1,
                    value: 0.0,
                }),
            ),
            (
                vec![live(1.0), nan.clone()],
                Some(DeadKind::NanFrom { frame: 1 }),
            ),
            (vec![nan], Some(DeadKind::NanFrom { frame: 0 })),
            (
                vec![live(1.0), map(|_| f32::INFINITY)],
                Some(DeadKind::NanFrom { frame: 1 }),
            ),
            (vec![live(1.0)], None),
            (vec![], None),
        ];
        for (maps, wanted) in rows {
            assert_eq!(dead_kind(&maps, true), wanted);
        }
        assert_eq!(
            dead_kind(&[live(1.0), live(1.0)], false),
            None,
            "one scene, seen twice"
        );
    }
}
