//! Properties of a bounded sample of one map: its values, and whether they can be depths.

use super::repaired_map::swap_sample;
use super::spread_indices::spread_indices;
use fathom_core::depth::{Dtype, RawMap, Samples};
use serde::{Deserialize, Serialize};

/// Sampled pixels of a role.
const SAMPLED: usize = 8192;

/// Sampled pixels of each map of a role with this number of maps.
#[must_use]
pub fn sampled_pixels(maps: usize) -> usize {
    (SAMPLED / maps.max(1)).clamp(64, 1024)
}

/// Sample values that some unit makes a depth: from a tenth of a millimetre in metres to a kilometre in millimetres.
pub(super) const CREDIBLE: std::ops::RangeInclusive<f64> = 1e-4..=1e6;

/// The sampled values of a map, in the unit of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapTraits {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// The type of samples in the file.
    pub dtype: Dtype,
    /// Number of sampled pixels.
    pub sampled: usize,
    /// A hash of the sampled values: equal for equal maps.
    pub fingerprint: u64,
    /// Samples that are not a number.
    pub nan: usize,
    /// Zeros.
    pub zero: usize,
    /// Finite samples below zero.
    pub negative: usize,
    /// Samples that are whole numbers.
    pub whole: usize,
    /// Positive finite samples.
    pub positive: usize,
    /// Smallest and largest finite sample.
    pub ends: Option<(f64, f64)>,
    /// Median of the positive finite samples that are no markers.
    pub median: Option<f64>,
    /// The largest values, descending, with their counts.
    pub top: Vec<(f64, usize)>,
    /// Samples other than zero whose size is credible.
    pub credible: usize,
    /// The same with the bytes of each sample swapped.
    pub credible_swapped: usize,
    /// For integers of two bytes, the mean difference of neighbours over that of any two samples, as is and with swapped bytes.
    pub roughness: Option<(f64, f64)>,
}

/// Number of largest values kept.
const TOP: usize = 4;

impl MapTraits {
    /// Samples at most `wanted` pixels of a map: [`sampled_pixels`] of its role. Samples equal to a marker do not count for the median.
    #[must_use]
    pub fn measure(map: &RawMap, markers: &[f64], wanted: usize) -> Self {
        let (height, width) = (map.height(), map.width());
        let at = reader(map);
        let values: Vec<(usize, f64)> = spread_indices(height * width, wanted)
            .map(|i| (i, at(i)))
            .collect();
        let mut traits = Self {
            height,
            width,
            dtype: map.dtype,
            sampled: values.len(),
            // FNV-1a's basis.
            fingerprint: 0xcbf2_9ce4_8422_2325,
            nan: 0,
            zero: 0,
            negative: 0,
            whole: 0,
            positive: 0,
            ends: None,
            median: None,
            top: Vec::new(),
            credible: 0,
            credible_swapped: 0,
            roughness: None,
        };
        let mut positive = Vec::with_capacity(values.len());
        for &(_, value) in &values {
            traits.count(value, &mut positive);
        }
        traits.positive = positive.len();
        traits.top = largest(&positive);
        if !markers.is_empty() {
            positive.retain(|v| !markers.contains(v));
        }
        traits.median = median(positive);
        if matches!(map.dtype, Dtype::U16 | Dtype::I16) {
            traits.roughness = roughness(&values, width, &at);
        }
        traits
    }

    fn count(&mut self, value: f64, positive: &mut Vec<f64>) {
        self.fingerprint = (self.fingerprint ^ value.to_bits()).wrapping_mul(0x0100_0000_01b3);
        self.fingerprint ^= self.fingerprint >> 29;
        if value.is_nan() {
            self.nan += 1;
        } else if value.is_finite() {
            let (min, max) = self.ends.unwrap_or((value, value));
            self.ends = Some((min.min(value), max.max(value)));
            self.whole += usize::from(value == value.trunc());
        }
        if value == 0.0 {
            self.zero += 1;
            return;
        }
        if value.is_finite() && value < 0.0 {
            self.negative += 1;
        }
        if value.is_finite() && value > 0.0 {
            positive.push(value);
        }
        self.credible += usize::from(CREDIBLE.contains(&value));
        let swapped = swap_sample(value, self.dtype);
        self.credible_swapped += usize::from(CREDIBLE.contains(&swapped));
    }

    /// True if all numbers are whole and fit into eight bits, signed or not, whatever type holds them.
    #[must_use]
    pub fn has_eight_bits(&self) -> bool {
        let signed = |(min, max): (f64, f64)| min >= -128.0 && max <= 127.0;
        let unsigned = |(min, max): (f64, f64)| min >= 0.0 && max <= 255.0;
        let fits = |ends| signed(ends) || unsigned(ends);
        self.whole + self.nan == self.sampled && self.ends.is_some_and(fits)
    }

    /// True if all finite samples are equal and there are some.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.ends.is_some_and(|(min, max)| min == max)
    }
}

/// The largest values, descending, with their counts: at most [`TOP`].
fn largest(values: &[f64]) -> Vec<(f64, usize)> {
    let mut top: Vec<(f64, usize)> = Vec::with_capacity(TOP + 1);
    for &value in values {
        if top.len() == TOP && top.last().is_some_and(|last| value < last.0) {
            continue;
        }
        let place = top.partition_point(|kept| kept.0 > value);
        match top.get_mut(place) {
            Some((kept, count)) if *kept == value => *count += 1,
            _ => {
                top.insert(place, (value, 1));
                top.truncate(TOP);
            }
        }
    }
    top
}

/// The upper of the middle values, which are positive: their bits are in the order of their size. `None` without any.
fn median(positive: Vec<f64>) -> Option<f64> {
    let mut bits: Vec<u64> = positive.into_iter().map(f64::to_bits).collect();
    let middle = bits.len() / 2;
    let found = (!bits.is_empty()).then(|| *bits.select_nth_unstable(middle).1);
    found.map(f64::from_bits)
}

/// Reads the sample at a row-major index.
pub(super) fn reader(map: &RawMap) -> impl Fn(usize) -> f64 + '_ {
    let width = map.width().max(1);
    // Decoded maps are in row-major order, where an index needs no division.
    let (codes, single, double) = match &map.samples {
        Samples::U16(a) => (a.as_slice(), None, None),
        Samples::F32(a) => (None, a.as_slice(), None),
        Samples::F64(a) => (None, None, a.as_slice()),
    };
    move |i| match (codes, single, double, &map.samples) {
        (Some(a), ..) => f64::from(a[i]),
        (_, Some(a), ..) => f64::from(a[i]),
        (_, _, Some(a), _) => a[i],
        (.., Samples::U16(a)) => f64::from(a[(i / width, i % width)]),
        (.., Samples::F32(a)) => f64::from(a[(i / width, i % width)]),
        (.., Samples::F64(a)) => a[(i / width, i % width)],
    }
}

/// Pairs of neighbours from which roughness is measured.
const ROUGH_PAIRS: usize = 64;

fn roughness(
    values: &[(usize, f64)],
    width: usize,
    at: &impl Fn(usize) -> f64,
) -> Option<(f64, f64)> {
    let swap = |v: f64| swap_sample(v, Dtype::U16);
    let (mut near, mut far) = ([0.0; 2], [0.0; 2]);
    let (mut near_pairs, mut far_pairs) = (0, 0);
    let mut last: Option<f64> = None;
    for &(i, value) in values.iter().filter(|(_, v)| *v > 0.0) {
        if let Some(other) = last {
            far_pairs += 1;
            far[0] += (value - other).abs();
            far[1] += (swap(value) - swap(other)).abs();
        }
        last = Some(value);
        if i % width + 1 < width {
            let next = at(i + 1);
            if next > 0.0 {
                near_pairs += 1;
                near[0] += (value - next).abs();
                near[1] += (swap(value) - swap(next)).abs();
            }
        }
    }
    if near_pairs < ROUGH_PAIRS || far.contains(&0.0) {
        return None;
    }
    let ratio = |k: usize| (near[k] / near_pairs as f64) / (far[k] / far_pairs as f64);
    Some((ratio(0), ratio(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::Format;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn traits_of_a_small_map_are_its_own() {
        let values = [f32::NAN, 0.0, -1.0, 2.0, 4.0, 4.0, f32::INFINITY, 3.0];
        let samples = Samples::F32(Array2::from_shape_fn((2, 4), |(y, x)| values[y * 4 + x]));
        let traits = MapTraits::measure(&RawMap::new(samples, Format::Npy, Dtype::F32), &[], 1024);
        assert_eq!(
            (traits.sampled, traits.nan, traits.zero, traits.negative),
            (8, 1, 1, 1)
        );
        assert_eq!((traits.positive, traits.ends), (4, Some((-1.0, 4.0))));
        assert_eq!((traits.whole, traits.has_eight_bits()), (6, false));
        assert_eq!(
            (traits.median, &traits.top[..2]),
            (Some(4.0), &[(4.0, 2), (3.0, 1)][..])
        );
        assert!(!traits.is_constant());
    }

    proptest! {
        #[test]
        fn median_and_largest_values_are_those_of_the_sorted_values(values in prop::collection::vec(1..40_u32, 0..60)) {
            let values: Vec<f64> = values.into_iter().map(|v| f64::from(v) / 8.0).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(median(values.clone()), sorted.get(sorted.len() / 2).copied());
            let runs = sorted.chunk_by(|a, b| a == b).rev().take(TOP);
            let expected: Vec<(f64, usize)> = runs.map(|run| (run[0], run.len())).collect();
            prop_assert_eq!(largest(&values), expected);
        }
    }

    #[test]
    fn equal_maps_have_equal_fingerprints_and_others_do_not() {
        let map = |add: f32| {
            let samples = Samples::F32(Array2::from_shape_fn((60, 80), |(y, x)| {
                (y * x) as f32 + add
            }));
            MapTraits::measure(&RawMap::new(samples, Format::Npy, Dtype::F32), &[], 1024)
                .fingerprint
        };
        assert_eq!(map(0.0), map(0.0));
        assert_ne!(map(0.0), map(0.5));
    }

    #[test]
    fn swapped_integers_are_rough_and_smooth_once_swapped() {
        let smooth = Array2::from_shape_fn((60, 80), |(y, x)| 1500 + (y * 17 + x * 9) as u16);
        let map = |a: Array2<u16>| {
            MapTraits::measure(
                &RawMap::new(Samples::U16(a), Format::Png, Dtype::U16),
                &[],
                1024,
            )
        };
        let (as_is, swapped) = map(smooth.clone()).roughness.expect("a number");
        assert!(as_is < 0.1 && swapped > 0.15, "{as_is} {swapped}");
        let (as_is, swapped) = map(smooth.mapv(u16::swap_bytes))
            .roughness
            .expect("a number");
        assert!(swapped < 0.1 && as_is > 0.15, "{as_is} {swapped}");
    }
}
