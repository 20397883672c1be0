//! Samples whose bytes are in the wrong order.

use super::set_sample::RoleSample;

/// Share of credible floats under which their bytes look swapped.
const FEW: f64 = 0.6;

/// Share of credible floats, once swapped, from which they were.
const MOST: f64 = 0.9;

/// Difference of neighbours over that of any two samples from which integers may be noise. Those of a smooth scene reach 0.1.
const NOISE: f64 = 0.15;

/// Share of that noise which swapped bytes may leave.
const SMOOTH: f64 = 0.35;

/// Fewest samples of which anything is said.
const FEWEST: usize = 64;

/// True if the samples of a role are credible only with swapped bytes: floats by their size, integers by their smoothness.
#[must_use]
pub fn is_byte_swapped(role: &RoleSample) -> bool {
    let sum =
        |f: fn(&super::map_traits::MapTraits) -> usize| role.maps.iter().map(f).sum::<usize>();
    let told = sum(|m| m.sampled) - sum(|m| m.zero);
    if told < FEWEST {
        return false;
    }
    let rough: Vec<(f64, f64)> = role.maps.iter().filter_map(|m| m.roughness).collect();
    if !rough.is_empty() {
        let mean =
            |f: fn(&(f64, f64)) -> f64| rough.iter().map(f).sum::<f64>() / rough.len() as f64;
        let (as_is, swapped) = (mean(|r| r.0), mean(|r| r.1));
        return as_is > NOISE && swapped < SMOOTH * as_is;
    }
    let share = |credible: usize| credible as f64 / told as f64;
    role.maps
        .iter()
        .any(|m| m.dtype.kind() == fathom_core::depth::SampleKind::Float)
        && share(sum(|m| m.credible)) < FEW
        && share(sum(|m| m.credible_swapped)) > MOST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::{EncodingSource, MapTraits, Repair};
    use fathom_core::depth::{Dtype, Encoding, Format, RawMap, Role, Samples};
    use ndarray::Array2;

    fn role(map: &RawMap) -> RoleSample {
        RoleSample {
            role: Role::Float,
            encoding: Encoding::METRES,
            source: EncodingSource::Certain,
            markers: Vec::new(),
            is_disparity_name: false,
            stack: None,
            count: 1,
            maps: vec![MapTraits::measure(map, &[], 1024)],
        }
    }

    #[test]
    fn swapped_maps_are_found_and_others_are_not() {
        let depth = |y: usize, x: usize| 1.0 + libm::sin(y as f64 / 17.0).abs() + x as f64 / 30.0;
        let shape = (48, 64);
        let maps = [
            RawMap::new(
                Samples::F32(Array2::from_shape_fn(shape, |(y, x)| depth(y, x) as f32)),
                Format::Npy,
                Dtype::F32,
            ),
            RawMap::new(
                Samples::F64(Array2::from_shape_fn(shape, |(y, x)| depth(y, x))),
                Format::Npy,
                Dtype::F64,
            ),
            RawMap::new(
                Samples::U16(Array2::from_shape_fn(shape, |(y, x)| {
                    (1000.0 * depth(y, x)) as u16
                })),
                Format::Png,
                Dtype::U16,
            ),
            // An 8-bit picture in the upper byte, and holes.
            RawMap::new(
                Samples::U16(Array2::from_shape_fn(shape, |(y, x)| {
                    (50.0 * depth(y, x)) as u16 * 256
                })),
                Format::Png,
                Dtype::U16,
            ),
            RawMap::new(
                Samples::F32(Array2::from_shape_fn(shape, |(y, x)| {
                    if x % 2 == 0 {
                        f32::NAN
                    } else {
                        depth(y, x) as f32
                    }
                })),
                Format::Npy,
                Dtype::F32,
            ),
        ];
        for (i, map) in maps.iter().enumerate() {
            assert!(!is_byte_swapped(&role(map)), "{i}");
            if i < 3 {
                assert!(is_byte_swapped(&role(&Repair::ByteOrder.apply(map))), "{i}");
            }
        }
    }
}
