//! Fingerprints of frames, which tell copies of a frame from other frames.
//!
//! A fingerprint hashes every sample of the frame's maps with 64 bits. Two different frames share one with a probability of about 5e-20,
//! so a set of 100,000 frames has a false copy once in 4e9 sets. The hash is not cryptographic.

use serde::{Deserialize, Serialize};

use super::frame_maps::FrameMaps;

/// The hash of a frame's maps. Frames with equal maps have equal fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(u64);

/// Independent running hashes, so that the processor overlaps their multiplications.
const LANES: usize = 4;

/// An odd number with irregular bits: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bits that stand for every NaN: browsers are free to change those of a NaN.
const NAN_BITS: u64 = 0x7ff8_0000_0000_0000;

impl Fingerprint {
    /// Hashes the samples of the three maps, in metres, with their size.
    #[must_use]
    pub fn new(maps: &FrameMaps) -> Self {
        let all = [maps.gt_m, maps.fp32_m, maps.int8_m];
        let sizes = all.map(|map_m| map_m.len() as u64);
        let mut hash = mixed(maps.width as u64, sizes[0]);
        for (map_m, size) in all.into_iter().zip(sizes) {
            hash = mixed(hash, map_hash(map_m) ^ size);
        }
        Self(hash)
    }
}

/// Mixes two numbers with the finalizer of `SplitMix64`.
fn mixed(a: u64, b: u64) -> u64 {
    let z = a.wrapping_mul(MULTIPLIER) ^ b;
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[inline(never)]
fn map_hash(map_m: &[f64]) -> u64 {
    let bits = |sample: f64| {
        if sample.is_nan() {
            NAN_BITS
        } else {
            sample.to_bits()
        }
    };
    let step = |lane: u64, sample: f64| {
        let z = (lane ^ bits(sample)).wrapping_mul(MULTIPLIER);
        z ^ (z >> 32)
    };
    let mut lanes = [1_u64, 2, 3, 4];
    let mut blocks = map_m.chunks_exact(LANES);
    for block in &mut blocks {
        for (lane, &sample) in lanes.iter_mut().zip(block) {
            *lane = step(*lane, sample);
        }
    }
    for (lane, &sample) in lanes.iter_mut().zip(blocks.remainder()) {
        *lane = step(*lane, sample);
    }
    lanes.into_iter().fold(0, mixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn fingerprint(width: usize, maps: [&[f64]; 3]) -> Fingerprint {
        let [gt_m, fp32_m, int8_m] = maps;
        Fingerprint::new(&FrameMaps {
            width,
            gt_m,
            fp32_m,
            int8_m,
        })
    }

    proptest! {
        /// Equal maps share a fingerprint; a change of one bit of one sample, a swap of two samples and a swap of maps do not.
        #[test]
        fn every_change_is_seen(
            samples in prop::collection::vec(0.1..100.0_f64, 10..60), at in 0..9_usize, role in 0..3_usize, bit in 0..52_u32,
        ) {
            let maps = [samples.clone(), samples.iter().map(|d| d + 1.0).collect(), samples.iter().map(|d| d + 2.0).collect()];
            let of = |maps: &[Vec<f64>; 3]| fingerprint(3, [&maps[0], &maps[1], &maps[2]]);
            let original = of(&maps);
            prop_assert_eq!(of(&maps.clone()), original);
            let mut changed = maps.clone();
            changed[role][at] = f64::from_bits(changed[role][at].to_bits() ^ (1 << bit));
            prop_assert_ne!(of(&changed), original);
            let mut swapped = maps.clone();
            swapped[role].swap(at, at + 1 - 2 * (at % 2));
            prop_assume!(swapped != maps);
            prop_assert_ne!(of(&swapped), original);
            let exchanged = fingerprint(3, [&maps[1], &maps[0], &maps[2]]);
            prop_assert_ne!(exchanged, original);
            prop_assert_ne!(fingerprint(1, [&maps[0], &maps[1], &maps[2]]), original);
        }
    }

    #[test]
    fn a_nan_is_a_nan() {
        let other_nan = f64::from_bits(f64::NAN.to_bits() ^ 1);
        let of = |sample: f64| fingerprint(1, [&[sample], &[1.0], &[1.0]]);
        assert_eq!(of(f64::NAN), of(other_nan));
        assert_ne!(of(f64::NAN), of(f64::INFINITY));
    }

    #[test]
    fn near_maps_rarely_collide() {
        let map = |k: u32| {
            (0..16)
                .map(|i| f64::from(i + 16 * (k % 7)) + f64::from(k) * 1e-9)
                .collect::<Vec<f64>>()
        };
        let all: HashSet<Fingerprint> = (0..20_000)
            .map(|k| {
                let map = map(k);
                fingerprint(4, [&map, &map, &map])
            })
            .collect();
        assert_eq!(all.len(), 20_000);
    }
}
