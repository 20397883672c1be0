//! Compact descriptions of distributions: a few hundred bytes that fit into a link and serve any range.
//!
//! A sketch lists distinct depths if there are few: exactly, or rounded to a small part of any code's step. Otherwise it lists heavy
//! hitters and counts the other depths in bins, which are narrow where figures of ranges need it. Each bin has a count and a mean, in
//! 1/255 of its width; rebuilding assumes a linear density with that mean. Counts are stored as roots, to a fraction of their Poisson
//! noise. Depths on a lattice (integer files, disparities, outputs of an INT8 network) come back on that lattice.
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
use packed_bytes::Packer;

/// Parts of 1 in which a sketch stores its error.
const ERROR_UNITS: f64 = 1000.0;

/// Relative error of the figures of ranges that every sketch may have.
const EXPECTED_ERROR: f64 = 0.005;

/// The first number of a serialized sketch, so that another layout can follow.
const LAYOUT: u8 = 2;

/// A compact, lossy description of a distribution. Serialized as the number of its layout, the error and the bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "(u8, u8, Vec<u8>)", try_from = "(u8, u8, Vec<u8>)")]
pub struct Sketch {
    /// Largest relative error of the figures of ranges that the writer measured, in thousandths.
    error: u8,
    /// The bytes that [`SketchBuilder`] writes.
    bytes: Vec<u8>,
}

impl From<Sketch> for (u8, u8, Vec<u8>) {
    fn from(Sketch { error, bytes }: Sketch) -> Self {
        (LAYOUT, error, bytes)
    }
}

impl TryFrom<(u8, u8, Vec<u8>)> for Sketch {
    type Error = SketchError;

    fn try_from((layout, error, bytes): (u8, u8, Vec<u8>)) -> Result<Self, SketchError> {
        if layout == LAYOUT {
            Ok(Self { error, bytes })
        } else {
            Err(SketchError::Damaged)
        }
    }
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
        Sketch::from_bytes(self.packer.pack(max_bytes))
    }

    /// A sketch of every depth, rounded, if it fits into `max_bytes` and the depths lie on no lattice. The caller measures which of the
    /// two sketches is better.
    #[must_use]
    pub fn build_rounded(&self, max_bytes: usize) -> Option<Sketch> {
        self.packer.pack_rounded(max_bytes).map(Sketch::from_bytes)
    }
}

impl Sketch {
    /// A sketch from packed bytes, which may be damaged, with an error of 0.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { error: 0, bytes }
    }

    /// The sketch with this relative error of the figures of ranges, rounded up to thousandths.
    #[must_use]
    pub fn with_error(self, relative_error: f64) -> Self {
        Self {
            error: (relative_error * ERROR_UNITS).ceil().clamp(0.0, 255.0) as u8,
            ..self
        }
    }

    /// Relative error of the figures of ranges that are measured on the sketch.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        EXPECTED_ERROR.max(f64::from(self.error) / ERROR_UNITS)
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
        let (values, counts) = packed_bytes::unpack(&self.bytes).ok_or(SketchError::Damaged)?;
        Ok(Distribution::new(values, counts, resolution)?)
    }
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
        assert!(sketch.bytes.len() <= MAX_BYTES, "{sketch:?}");
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
        fn any_packed_sketch_is_rebuilt_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            values in prop::collection::vec(0.01_f64..200.0, 1..300),
            spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let _ = Sketch::from_bytes(bytes).distribution();
            let mut bytes = Packer::new(&distribution(values), MAX_BYTES).pack(MAX_BYTES);
            for (at, byte) in spoilt {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = Sketch::from_bytes(bytes).distribution();
        }
    }

    #[test]
    fn only_the_present_layout_is_read() {
        let sketch = Sketch::from_bytes(vec![7, 8]).with_error(0.004);
        let bytes = postcard::to_allocvec(&sketch).expect("encoded");
        assert_eq!(bytes, [LAYOUT, 4, 2, 7, 8]);
        assert_eq!(postcard::from_bytes(&bytes), Ok(sketch));
        assert!(postcard::from_bytes::<Sketch>(&[0, 4, 2, 7, 8]).is_err());
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
