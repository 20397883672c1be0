//! A distribution in a few hundred bytes, small enough for a link, good enough for any new range.
//!
//! Knows distributions only; how it is put into a link, and how wrong the figures of ranges are that are measured on it, is `share`'s
//! matter.
//!
//! Depths that can only lie on a lattice (integer files, disparities, the outputs of an INT8 network) come back on that lattice. Few
//! distinct depths are kept whole, or rounded to a small part of any code's step where they can lie anywhere, and so are those that hold many pixels by themselves. The others are counted in cells, each with its
//! mean to 1/255 of its width. Numbers of pixels are told to a fraction of what chance makes of them (their roots are); rebuilding assumes a linear density within a cell that has this mean. Cells are narrow
//! where the figures of a range would suffer from that.
//!
//! Sketches of the first links, with bins of equal ratio, are still rebuilt but not made any more.

mod bits;
mod cells;
mod packed;
mod ruler;
mod spread;

use serde::{Deserialize, Serialize};

use super::{Distribution, DistributionError, Resolution};
use crate::i18n::tr;
use packed::Packer;
use spread::spread;

/// Bins of a sketch of the first links. Over the widest sample (a ratio of 57,000) a bin is 10 % wide.
const BINS: usize = 112;

/// Most distinct depths that the first links kept as they are.
const WHOLE: usize = 48;

/// Points that stand for one bin of the first links.
const POINTS: u64 = 256;

/// Largest number of pixels a sketch may claim: more than any set, less than what a sum can count exactly.
const MAX_COUNT: u64 = 1 << 50;

/// An error is told in so many parts of the whole.
const PER_WHOLE: f64 = 1000.0;

/// The error of the figures that every sketch may have, of themselves.
const EXPECTED_ERROR: f64 = 0.005;

/// A compact, lossy description of a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sketch {
    /// Every distinct depth in metres with its count; in the first links.
    Whole(Vec<(f64, u64)>),
    /// Bins of equal ratio; in the first links.
    Bins {
        /// Smallest depth in metres.
        min_m: f64,
        /// Largest depth in metres.
        max_m: f64,
        /// Per bin: number of pixels, and where in the bin their mean lies, in 1/255 of its width.
        bins: Vec<(u64, u8)>,
    },
    /// Single depths, and cells that are narrow where it matters.
    Packed {
        /// How wrong figures of ranges are at most, in thousandths of themselves, as far as whoever made it looked.
        error: u8,
        /// What `packed` writes.
        bytes: Vec<u8>,
    },
}

/// What makes a sketch unusable. A sketch comes out of a link, so anything may be in it.
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

/// Edges of the bins between two depths, in metres.
fn edges(min_m: f64, max_m: f64) -> Vec<f64> {
    let ratio = libm::log(max_m / min_m);
    let mut edges: Vec<f64> = (0..=BINS)
        .map(|i| min_m * libm::exp(ratio * i as f64 / BINS as f64))
        .collect();
    edges[0] = min_m;
    edges[BINS] = max_m;
    edges
}

/// Describes a distribution in more or less room.
#[derive(Debug)]
pub struct Sketcher<'a> {
    packer: Packer<'a>,
}

impl<'a> Sketcher<'a> {
    /// Prepares the sketches of a distribution, none of more than `most_room` bytes.
    #[must_use]
    pub fn of(distribution: &'a Distribution, most_room: usize) -> Self {
        Self {
            packer: Packer::of(distribution, most_room),
        }
    }

    /// A sketch of about `room` bytes at most, which does not know its error yet.
    #[must_use]
    pub fn within(&self, room: usize) -> Sketch {
        Sketch::Packed {
            error: 0,
            bytes: self.packer.pack(room),
        }
    }

    /// Another way to fill the same room, where there is one: every depth, rounded. Which is better the figures tell.
    #[must_use]
    pub fn rounded_within(&self, room: usize) -> Option<Sketch> {
        let bytes = self.packer.rounded(room)?;
        Some(Sketch::Packed { error: 0, bytes })
    }
}

impl Sketch {
    /// The same sketch, which says how wrong the figures of ranges are that are measured on it, of themselves.
    #[must_use]
    pub fn with_error(self, relative_error: f64) -> Self {
        match self {
            Self::Packed { bytes, .. } => Self::Packed {
                error: (relative_error * PER_WHOLE).ceil().clamp(0.0, 255.0) as u8,
                bytes,
            },
            first => first,
        }
    }

    /// How wrong the figures of ranges are that are measured on it, of themselves.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        match self {
            Self::Packed { error, .. } => EXPECTED_ERROR.max(f64::from(*error) / PER_WHOLE),
            Self::Whole(_) | Self::Bins { .. } => EXPECTED_ERROR,
        }
    }

    /// Whether figures may be more wrong than those of most sketches.
    #[must_use]
    pub fn is_coarse(&self) -> bool {
        self.relative_error() > EXPECTED_ERROR
    }

    /// Rebuilds a distribution.
    ///
    /// # Errors
    /// [`SketchError::Damaged`] where the numbers cannot come from one.
    pub fn distribution(&self) -> Result<Distribution, SketchError> {
        let resolution = Resolution::Sketch {
            relative_error: self.relative_error(),
        };
        match self {
            Self::Whole(entries) => whole(entries),
            Self::Bins { min_m, max_m, bins } => rebuilt(*min_m, *max_m, bins, resolution),
            Self::Packed { bytes, .. } => packed::unpack(bytes, resolution),
        }
    }
}

fn whole(entries: &[(f64, u64)]) -> Result<Distribution, SketchError> {
    if entries.len() > WHOLE || entries.iter().any(|e| e.1 > u64::from(u32::MAX)) {
        return Err(SketchError::Damaged);
    }
    let (values, counts) = entries.iter().map(|&(v, n)| (v, n as u32)).unzip();
    Ok(Distribution::new(values, counts, Resolution::Exact)?)
}

fn rebuilt(
    min_m: f64,
    max_m: f64,
    bins: &[(u64, u8)],
    resolution: Resolution,
) -> Result<Distribution, SketchError> {
    let sensible = min_m > 0.0 && min_m < max_m && max_m.is_finite() && bins.len() == BINS;
    let total = bins
        .iter()
        .try_fold(0_u64, |sum, bin| sum.checked_add(bin.0));
    if !sensible || !total.is_some_and(|n| (2..=MAX_COUNT).contains(&n)) {
        return Err(SketchError::Damaged);
    }
    let edges = edges(min_m, max_m);
    let mut values = Vec::new();
    let mut counts = Vec::new();
    for (&(count, mean), pair) in bins.iter().zip(edges.windows(2)) {
        for (part, share) in spread(count, mean, POINTS).enumerate() {
            if share > 0 {
                let place = (part as f64 + 0.5) / POINTS as f64;
                values.push(pair[0] + place * (pair[1] - pair[0]));
                counts.push(u32::try_from(share).map_err(|_| SketchError::Damaged)?);
            }
        }
    }
    // The ends are known exactly: the outermost points stand on them.
    if let [first, .., last] = values.as_mut_slice() {
        (*first, *last) = (min_m, max_m);
    }
    Ok(Distribution::new(values, counts, resolution)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOM: usize = 600;

    fn distribution(mut values: Vec<f64>) -> Distribution {
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive values")
    }

    fn again(exact: &Distribution) -> Distribution {
        let sketch = Sketcher::of(exact, ROOM).within(ROOM);
        let Sketch::Packed { bytes, .. } = &sketch else {
            panic!("{sketch:?}");
        };
        assert!(bytes.len() <= ROOM, "{} bytes", bytes.len());
        sketch.distribution().expect("own sketch")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn count_and_ends_survive_and_the_mean_nearly(
            values in prop::collection::vec(0.01_f64..200.0, 1..2000)
        ) {
            let exact = distribution(values);
            let sketch = again(&exact);
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
            let sketch = again(&exact);
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
            let mut bytes = Packer::of(&distribution(values), ROOM).pack(ROOM);
            for (at, byte) in spoilt {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = Sketch::Packed { error: 0, bytes }.distribution();
        }
    }

    #[test]
    fn few_distinct_depths_are_kept_whole() {
        for values in [
            vec![1.0, 1.0, 2.0, 5.0],
            vec![3.0; 10],
            (1..200).map(|i| 12.0 / f64::from(i)).collect(),
            (1..60).map(|i| f64::from(i).sqrt()).collect(),
        ] {
            let exact = distribution(values);
            let again = again(&exact);
            assert_eq!(again.count(), exact.count());
            let mut values = exact.values_m().to_vec();
            values.dedup();
            assert_eq!(values.len(), again.values_m().len());
            for (a, b) in values.iter().zip(again.values_m()) {
                assert!((a / b - 1.0).abs() < 1e-14, "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_sketch_says_how_wrong_it_is() {
        let sketch = Sketcher::of(&distribution(vec![1.0, 2.0]), ROOM).within(ROOM);
        assert_eq!(sketch.relative_error(), EXPECTED_ERROR);
        let worse = sketch.with_error(0.0123);
        assert_eq!(worse.relative_error(), 0.013);
        let again = worse.distribution().expect("own sketch");
        assert_eq!(
            again.resolution(),
            Resolution::Sketch {
                relative_error: 0.013
            }
        );
    }
}
