//! Compact descriptions of distributions: a few hundred bytes that fit into a link and serve any range.
//!
//! A sketch lists distinct depths if there are few: exactly, or rounded to a small part of any code's step. Otherwise it lists heavy
//! hitters and counts the other depths in bins, which are narrow where figures of ranges need it. Each bin has a count and a mean, in
//! 1/255 of its width; rebuilding assumes a linear density with that mean. Counts are stored as roots, to a fraction of their Poisson
//! noise. Depths on a lattice (integer files, disparities, outputs of an INT8 network) come back on that lattice.
//!
//! The first two forms of [`Sketch`] come from the first links, are read and never written.
//!
//! This folder uses distributions only. It must not contain links, base64 or the search for the best sketch.

mod bins;
mod exp_golomb;
mod heavy_hitters;
mod linear_density;
mod packed_bytes;
mod value_grid;

use serde::{Deserialize, Serialize};

use super::{Distribution, DistributionError, Resolution};
use crate::i18n::tr;
use linear_density::spread;
use packed_bytes::Packer;

/// Bins in [`Sketch::Bins`]. Over a ratio of depths of 57,000, the widest sample, a bin is 10 % wide.
const BINS: usize = 112;

/// Largest number of depths in [`Sketch::Whole`].
const MAX_WHOLE_DEPTHS: usize = 48;

/// Depths that stand for one bin of [`Sketch::Bins`].
const POINTS_PER_BIN: u64 = 256;

/// Largest number of pixels in a sketch that is read: more than in any set, and little enough for exact sums.
const MAX_PIXELS: u64 = 1 << 50;

/// Parts of 1 in which a sketch stores its error.
const ERROR_UNITS: f64 = 1000.0;

/// Relative error of the figures of ranges that every sketch may have.
const EXPECTED_ERROR: f64 = 0.005;

/// A compact, lossy description of a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sketch {
    /// Every distinct depth in metres with its count, as in the first links.
    Whole(Vec<(f64, u64)>),
    /// Bins of equal ratio, as in the first links.
    Bins {
        /// Smallest depth in metres.
        min_m: f64,
        /// Largest depth in metres.
        max_m: f64,
        /// Per bin: number of pixels, and position of their mean in 1/255 of the bin's width.
        bins: Vec<(u64, u8)>,
    },
    /// Listed depths and bins.
    Packed {
        /// Largest relative error of the figures of ranges that the writer measured, in thousandths.
        error: u8,
        /// The bytes that [`SketchBuilder`] writes.
        bytes: Vec<u8>,
    },
}

/// An unusable sketch. Sketches come from links, so they may hold any bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    /// The numbers cannot come from a distribution.
    #[error("{}", tr!("the summary of depths in the link is damaged"))]
    Damaged,
}

impl From<DistributionError> for SketchError {
    fn from(_: DistributionError) -> Self {
        Self::Damaged
    }
}

/// Edges of [`BINS`] bins of equal ratio between two depths, in metres.
fn bin_edges(min_m: f64, max_m: f64) -> Vec<f64> {
    let ratio = libm::log(max_m / min_m);
    let mut bin_edges: Vec<f64> = (0..=BINS)
        .map(|i| min_m * libm::exp(ratio * i as f64 / BINS as f64))
        .collect();
    bin_edges[0] = min_m;
    bin_edges[BINS] = max_m;
    bin_edges
}

/// Builds sketches of different sizes of one distribution.
#[derive(Debug)]
pub struct SketchBuilder<'a> {
    packer: Packer<'a>,
}

impl<'a> SketchBuilder<'a> {
    /// Prepares sketches of up to `max_bytes`.
    #[must_use]
    pub fn new(distribution: &'a Distribution, max_bytes: usize) -> Self {
        Self {
            packer: Packer::new(distribution, max_bytes),
        }
    }

    /// A sketch of about `max_bytes` at most, with an error of 0.
    #[must_use]
    pub fn build(&self, max_bytes: usize) -> Sketch {
        Sketch::Packed {
            error: 0,
            bytes: self.packer.pack(max_bytes),
        }
    }

    /// A sketch of every depth, rounded, if it fits into `max_bytes` and the depths lie on no lattice. The caller measures which of the
    /// two sketches is better.
    #[must_use]
    pub fn build_rounded(&self, max_bytes: usize) -> Option<Sketch> {
        let bytes = self.packer.pack_rounded(max_bytes)?;
        Some(Sketch::Packed { error: 0, bytes })
    }
}

impl Sketch {
    /// The sketch with this relative error of the figures of ranges, rounded up to thousandths.
    #[must_use]
    pub fn with_error(self, relative_error: f64) -> Self {
        match self {
            Self::Packed { bytes, .. } => Self::Packed {
                error: (relative_error * ERROR_UNITS).ceil().clamp(0.0, 255.0) as u8,
                bytes,
            },
            older => older,
        }
    }

    /// Relative error of the figures of ranges that are measured on the sketch.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        match self {
            Self::Packed { error, .. } => EXPECTED_ERROR.max(f64::from(*error) / ERROR_UNITS),
            Self::Whole(_) | Self::Bins { .. } => EXPECTED_ERROR,
        }
    }

    /// Returns true if figures may have a larger error than those of most sketches.
    #[must_use]
    pub fn is_coarse(&self) -> bool {
        self.relative_error() > EXPECTED_ERROR
    }

    /// Rebuilds the distribution.
    ///
    /// # Errors
    /// [`SketchError::Damaged`] if the numbers cannot come from a distribution.
    pub fn distribution(&self) -> Result<Distribution, SketchError> {
        let resolution = Resolution::Sketch {
            relative_error: self.relative_error(),
        };
        match self {
            Self::Whole(entries) => from_all_depths(entries),
            Self::Bins { min_m, max_m, bins } => {
                from_equal_ratio_bins(*min_m, *max_m, bins, resolution)
            }
            Self::Packed { bytes, .. } => {
                let (values, counts) = packed_bytes::unpack(bytes).ok_or(SketchError::Damaged)?;
                Ok(Distribution::new(values, counts, resolution)?)
            }
        }
    }
}

fn from_all_depths(entries: &[(f64, u64)]) -> Result<Distribution, SketchError> {
    if entries.len() > MAX_WHOLE_DEPTHS || entries.iter().any(|e| e.1 > u64::from(u32::MAX)) {
        return Err(SketchError::Damaged);
    }
    let (values, counts) = entries.iter().map(|&(v, n)| (v, n as u32)).unzip();
    Ok(Distribution::new(values, counts, Resolution::Exact)?)
}

fn from_equal_ratio_bins(
    min_m: f64,
    max_m: f64,
    bins: &[(u64, u8)],
    resolution: Resolution,
) -> Result<Distribution, SketchError> {
    let is_valid = min_m > 0.0 && min_m < max_m && max_m.is_finite() && bins.len() == BINS;
    let total = bins
        .iter()
        .try_fold(0_u64, |sum, bin| sum.checked_add(bin.0));
    if !is_valid || !total.is_some_and(|n| (2..=MAX_PIXELS).contains(&n)) {
        return Err(SketchError::Damaged);
    }
    let bin_edges = bin_edges(min_m, max_m);
    let mut values = Vec::new();
    let mut counts = Vec::new();
    for (&(count, mean), pair) in bins.iter().zip(bin_edges.windows(2)) {
        for (part, share) in spread(count, mean, POINTS_PER_BIN).enumerate() {
            if share > 0 {
                let place = (part as f64 + 0.5) / POINTS_PER_BIN as f64;
                values.push(pair[0] + place * (pair[1] - pair[0]));
                counts.push(u32::try_from(share).map_err(|_| SketchError::Damaged)?);
            }
        }
    }
    // Both ends are exact, so the outermost points lie on them.
    if let [first, .., last] = values.as_mut_slice() {
        (*first, *last) = (min_m, max_m);
    }
    Ok(Distribution::new(values, counts, resolution)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX_BYTES: usize = 600;

    fn distribution(mut values: Vec<f64>) -> Distribution {
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive values")
    }

    fn rebuilt(exact: &Distribution) -> Distribution {
        let sketch = SketchBuilder::new(exact, MAX_BYTES).build(MAX_BYTES);
        let Sketch::Packed { bytes, .. } = &sketch else {
            panic!("{sketch:?}");
        };
        assert!(bytes.len() <= MAX_BYTES, "{} bytes", bytes.len());
        sketch.distribution().expect("own sketch")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn count_and_ends_survive_and_the_mean_nearly(
            values in prop::collection::vec(0.01_f64..200.0, 1..2000)
        ) {
            let exact = distribution(values);
            let sketch = rebuilt(&exact);
            prop_assert!((sketch.count() - exact.count()).abs() <= 3.0);
            prop_assert_eq!((sketch.min_m(), sketch.max_m()), (exact.min_m(), exact.max_m()));
            prop_assert!((sketch.mean_m() / exact.mean_m() - 1.0).abs() < 0.004);
        }

        #[test]
        fn depths_on_a_lattice_come_back_on_it(
            codes in prop::collection::btree_map(1_u32..5000, 1_u32..100_000, 2..3000)
        ) {
            let (values, counts) = codes.iter().map(|(k, n)| (f64::from(*k) / 1000.0, *n)).unzip();
            let exact = Distribution::new(values, counts, Resolution::Exact).expect("depths");
            let sketch = rebuilt(&exact);
            prop_assert!((sketch.count() / exact.count() - 1.0).abs() < 1e-3);
            for value in sketch.values_m() {
                prop_assert_eq!((value * 1000.0).round() / 1000.0, *value);
            }
        }

        #[test]
        fn any_sketch_of_the_first_links_is_rebuilt_or_refused(
            min_m in prop::num::f64::ANY,
            max_m in prop::num::f64::ANY,
            bins in prop::collection::vec((any::<u64>(), any::<u8>()), BINS - 1..BINS + 2),
        ) {
            let _ = Sketch::Bins { min_m, max_m, bins }.distribution();
        }

        #[test]
        fn any_packed_sketch_is_rebuilt_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            values in prop::collection::vec(0.01_f64..200.0, 1..300),
            spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let _ = Sketch::Packed { error: 0, bytes }.distribution();
            let mut bytes = Packer::new(&distribution(values), MAX_BYTES).pack(MAX_BYTES);
            for (at, byte) in spoilt {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = Sketch::Packed { error: 0, bytes }.distribution();
        }
    }

    #[test]
    fn few_distinct_depths_are_exact() {
        for values in [
            vec![1.0, 1.0, 2.0, 5.0],
            vec![3.0; 10],
            (1..200).map(|i| 12.0 / f64::from(i)).collect(),
            (1..60).map(|i| f64::from(i).sqrt()).collect(),
        ] {
            let exact = distribution(values);
            let rebuilt = rebuilt(&exact);
            assert_eq!(rebuilt.count(), exact.count());
            let mut values = exact.values_m().to_vec();
            values.dedup();
            assert_eq!(values.len(), rebuilt.values_m().len());
            for (a, b) in values.iter().zip(rebuilt.values_m()) {
                assert!((a / b - 1.0).abs() < 1e-14, "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_sketch_states_its_error() {
        let sketch = SketchBuilder::new(&distribution(vec![1.0, 2.0]), MAX_BYTES).build(MAX_BYTES);
        assert_eq!(sketch.relative_error(), EXPECTED_ERROR);
        let worse = sketch.with_error(0.0123);
        assert_eq!(worse.relative_error(), 0.013);
        let rebuilt = worse.distribution().expect("own sketch");
        assert_eq!(
            rebuilt.resolution(),
            Resolution::Sketch {
                relative_error: 0.013
            }
        );
    }
}
