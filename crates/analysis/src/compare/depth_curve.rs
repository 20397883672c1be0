//! Errors against depth: bias, spread and quantiles of `f` and `q` in fine bins of the true depth.
//!
//! A bin index is read off the bits of a number: each octave has equal parts. No logarithm is taken, so native code and WebAssembly agree
//! to the bit. A quantile interpolates between two neighbouring errors, as numpy does. Each of the two is known to one error bin: a sixteenth
//! of it, or two micrometres.

use serde::{Deserialize, Serialize};

use super::aligned_frame::AlignedFrame;
use super::signed_errors::{ErrorCells, SignedErrorSums};

/// Bins of positive numbers: octaves from `2^first` on, each cut into `2^cuts` equal parts.
#[derive(Clone, Copy, Debug)]
struct Octaves {
    first: i64,
    count: u64,
    cuts: u32,
}

/// Bins of the true depth: from 1 mm to 16 km, eight per octave, in steps of 6 to 12 %.
const DEPTHS: Octaves = Octaves {
    first: -10,
    count: 24,
    cuts: 3,
};

/// Bins of error magnitudes: from 1 um to 16 km, sixteen per octave. Smaller errors count as zero.
const ERRORS: Octaves = Octaves {
    first: -20,
    count: 34,
    cuts: 4,
};

/// Bits of the fraction of an `f64`.
const FRACTION: u32 = 52;

impl Octaves {
    const fn len(self) -> usize {
        (self.count << self.cuts) as usize
    }

    const fn base(self) -> i64 {
        (1023 + self.first) << self.cuts
    }

    /// The bin of a positive number. Numbers beyond the far end fall into the last bin; numbers under the first edge get a negative index.
    fn signed_bin(self, value: f64) -> i64 {
        let raw = (value.to_bits() >> (FRACTION - self.cuts)) as i64 - self.base();
        raw.min(self.len() as i64 - 1)
    }

    /// The bin of a positive number; numbers beyond the ends fall into the end bins.
    fn bin(self, value: f64) -> usize {
        self.signed_bin(value).max(0) as usize
    }

    /// The near edge of a bin.
    fn edge(self, bin: usize) -> f64 {
        f64::from_bits(((bin as i64 + self.base()) as u64) << (FRACTION - self.cuts))
    }
}

/// An error bin and its count. Negative bins hold negative errors; bin 0 holds errors under a micrometre.
type ErrorCount = (i16, u32);

/// The error bin of an error. Signs and magnitudes of errors are random, so no branch depends on them.
fn error_bin(error_m: f64) -> i64 {
    let size = ERRORS.signed_bin(error_m.abs()).max(-1) + 1;
    if error_m < 0.0 { -size } else { size }
}

/// The ends of an error bin, in metres, lower first.
fn error_ends(bin: i16) -> (f64, f64) {
    let size = usize::from(bin.unsigned_abs());
    let far = ERRORS.edge(size);
    match bin {
        0 => (-far, far),
        _ if bin > 0 => (ERRORS.edge(size - 1), far),
        _ => (-far, -ERRORS.edge(size - 1)),
    }
}

/// Errors of one kind in one depth bin: exact bias and spread, and a histogram for quantiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DepthBinErrors {
    /// Exact bias and spread.
    pub sums: SignedErrorSums,
    histogram: Vec<ErrorCount>,
}

impl DepthBinErrors {
    fn merge(&mut self, other: &Self) {
        self.sums.add(&other.sums);
        let own = std::mem::take(&mut self.histogram);
        self.histogram.reserve(own.len() + other.histogram.len());
        let mut more = other.histogram.iter().copied().peekable();
        for (bin, count) in own {
            while let Some(before) = more.next_if(|next| next.0 < bin) {
                self.histogram.push(before);
            }
            let same = more.next_if(|next| next.0 == bin).map_or(0, |next| next.1);
            self.histogram.push((bin, count.saturating_add(same)));
        }
        self.histogram.extend(more);
    }

    /// Returns the quantile for a share in 0..1, in metres, linear between ranks; `None` without pixels.
    #[must_use]
    pub fn quantile_m(&self, share: f64) -> Option<f64> {
        let total: f64 = self.histogram.iter().map(|entry| f64::from(entry.1)).sum();
        let rank = share.clamp(0.0, 1.0) * (total - 1.0);
        let below = libm::floor(rank);
        let low = self.order_statistic_m(below)?;
        // The last error has no next one.
        let high = self.order_statistic_m(below + 1.0).unwrap_or(low);
        Some(low + (high - low) * (rank - below))
    }

    /// The error with this rank, in metres, with errors spread evenly within a bin; `None` beyond the last one.
    fn order_statistic_m(&self, rank: f64) -> Option<f64> {
        let mut before = 0.0;
        for &(bin, count) in &self.histogram {
            let count = f64::from(count);
            if rank < before + count {
                let (low, high) = error_ends(bin);
                return Some(low + (high - low) * ((rank - before + 0.5) / count));
            }
            before += count;
        }
        None
    }
}

/// The errors in one depth bin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DepthBin {
    bin: u16,
    /// Errors of the floating-point network.
    pub f: DepthBinErrors,
    /// Errors of quantization.
    pub q: DepthBinErrors,
}

impl DepthBin {
    /// Returns the near end, in metres.
    #[must_use]
    pub fn from_m(&self) -> f64 {
        DEPTHS.edge(usize::from(self.bin))
    }

    /// Returns the far end, in metres.
    #[must_use]
    pub fn to_m(&self) -> f64 {
        DEPTHS.edge(usize::from(self.bin) + 1)
    }

    /// Returns the number of pixels.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.f.sums.count
    }
}

/// Errors of one frame or several in the depth bins that contain pixels, nearest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DepthCurve {
    bins: Vec<DepthBin>,
}

/// Number of error bins: both signs and the bin around zero.
const ERROR_BINS: usize = 2 * ERRORS.len() + 1;

/// Histograms with all error bins, for the depth bins that occur. Histograms of all depth bins would take a megabyte.
struct DenseCounts {
    /// Index in `cells` of the first count of a depth bin; zero for none, because the first row stays empty.
    starts: [usize; DEPTHS.len()],
    /// For each error bin, the counts of `f` and of `q`.
    cells: Vec<[u32; 2]>,
    /// The depth bin of the previous pixel and its index in `cells`: most neighbours share one.
    last: (usize, usize),
}

/// Error bins that are tested together for being empty: most are.
const SPAN: usize = 33;

impl DenseCounts {
    fn new() -> Self {
        Self {
            starts: [0; DEPTHS.len()],
            cells: vec![[0; 2]; ERROR_BINS],
            last: (usize::MAX, 0),
        }
    }

    fn start(&mut self, depth_bin: usize) -> usize {
        if self.starts[depth_bin] == 0 {
            self.starts[depth_bin] = self.cells.len();
            self.cells.resize(self.cells.len() + ERROR_BINS, [0; 2]);
        }
        self.starts[depth_bin]
    }

    fn push(&mut self, depth_bin: usize, f: f64, q: f64) {
        if depth_bin != self.last.0 {
            self.last = (depth_bin, self.start(depth_bin));
        }
        let row = &mut self.cells[self.last.1..][..ERROR_BINS];
        let column = |error_m| (error_bin(error_m) + ERRORS.len() as i64) as usize;
        row[column(f)][0] += 1;
        row[column(q)][1] += 1;
    }

    /// The bins that are not empty, of `f` (kind 0) or `q` (kind 1).
    fn sparse(&self, depth_bin: usize, kind: usize) -> Vec<ErrorCount> {
        let row = &self.cells[self.starts[depth_bin]..][..ERROR_BINS];
        let mut found = Vec::new();
        for (first, span) in (0_i64..).step_by(SPAN).zip(row.chunks(SPAN)) {
            if span.iter().fold(0, |any, counts| any | counts[kind]) == 0 {
                continue;
            }
            for (column, counts) in (first..).zip(span) {
                if counts[kind] > 0 {
                    found.push(((column - ERRORS.len() as i64) as i16, counts[kind]));
                }
            }
        }
        found
    }
}

impl DepthCurve {
    /// Measures the errors of a frame.
    #[must_use]
    #[inline(never)]
    pub fn measure(aligned: &AlignedFrame) -> Self {
        let mut counts = DenseCounts::new();
        let mut cells = ErrorCells::new(DEPTHS.len());
        for (g, fp32, int8) in aligned.pixels().iter() {
            let bin = DEPTHS.bin(g);
            cells.push(bin, g, fp32, int8);
            counts.push(bin, fp32 - g, int8 - fp32);
        }
        let bins = cells
            .finished()
            .iter()
            .enumerate()
            .filter(|(_, sums)| sums.f.count > 0.0)
            .map(|(bin, sums)| DepthBin {
                bin: bin as u16,
                f: DepthBinErrors {
                    sums: sums.f,
                    histogram: counts.sparse(bin, 0),
                },
                q: DepthBinErrors {
                    sums: sums.q,
                    histogram: counts.sparse(bin, 1),
                },
            })
            .collect();
        Self { bins }
    }

    /// Adds the pixels of other frames.
    pub fn merge(&mut self, other: &Self) {
        for bin in &other.bins {
            match self.bins.binary_search_by_key(&bin.bin, |b| b.bin) {
                Ok(i) => {
                    self.bins[i].f.merge(&bin.f);
                    self.bins[i].q.merge(&bin.q);
                }
                Err(i) => self.bins.insert(i, bin.clone()),
            }
        }
    }

    /// Returns the bins that contain pixels, nearest first.
    #[must_use]
    pub fn bins(&self) -> &[DepthBin] {
        &self.bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{EvalProtocol, FrameMaps};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_lies_in_its_bin(value in 1e-3_f64..16_000.0) {
            let bin = DEPTHS.bin(value);
            prop_assert!(DEPTHS.edge(bin) <= value && value < DEPTHS.edge(bin + 1));
            let (low, high) = error_ends(error_bin(-value) as i16);
            prop_assert!(low <= -value && -value <= high);
        }

        #[test]
        fn quantiles_are_within_a_bin_of_the_true_ones(
            mut errors in prop_oneof![
                prop::collection::vec(-3.0_f64..3.0, 1..300),
                // Sparse bins, with neighbours of different signs and sizes.
                prop::collection::vec((-7.0_f64..2.0, any::<bool>()).prop_map(|(power, is_near)| {
                    if is_near { -libm::exp10(power) } else { libm::exp10(power) }
                }), 1..6),
            ],
            share in 0.0_f64..=1.0, cut in 0_usize..300,
        ) {
            let depths = vec![2.0; errors.len()];
            let curve = |errors: &[f64]| {
                let int8: Vec<f64> = errors.iter().map(|e| 2.0 + e).collect();
                let maps = FrameMaps { width: 1, gt_m: &depths[..errors.len()], fp32_m: &depths[..errors.len()], int8_m: &int8 };
                AlignedFrame::new(&maps, &EvalProtocol::default()).map(|a| DepthCurve::measure(&a)).unwrap_or_default()
            };
            let mut merged = curve(&errors[..cut.min(errors.len())]);
            merged.merge(&curve(&errors[cut.min(errors.len())..]));
            prop_assert_eq!(merged.bins().len(), 1);
            let got = merged.bins()[0].q.quantile_m(share).expect("pixels");
            errors.sort_by(f64::total_cmp);
            let rank = share * (errors.len() - 1) as f64;
            let (below, above) = (errors[rank.floor() as usize], errors[rank.ceil() as usize]);
            let part = rank - rank.floor();
            let exact = below + (above - below) * part;
            let bound = (below.abs() * (1.0 - part) + above.abs() * part) / 16.0 + 2e-6;
            prop_assert!((got - exact).abs() <= bound, "{got} for {exact}, to {bound}");
        }
    }

    #[test]
    fn merged_curves_equal_the_curve_of_all_pixels() {
        let gt: Vec<f64> = (1..400).map(|i| 0.05 * f64::from(i)).collect();
        let fp32: Vec<f64> = gt.iter().map(|g| 1.03 * g - 0.1).collect();
        let int8: Vec<f64> = fp32.iter().map(|f| (f * 20.0).round() / 20.0).collect();
        let curve = |range: std::ops::Range<usize>| {
            let maps = FrameMaps {
                width: 1,
                gt_m: &gt[range.clone()],
                fp32_m: &fp32[range.clone()],
                int8_m: &int8[range],
            };
            DepthCurve::measure(
                &AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels"),
            )
        };
        let all = curve(0..gt.len());
        let mut merged = curve(0..133);
        merged.merge(&curve(133..gt.len()));
        let counts = |c: &DepthCurve| c.bins().iter().map(DepthBin::count).collect::<Vec<_>>();
        assert_eq!(counts(&merged), counts(&all));
        for (a, b) in merged.bins().iter().zip(all.bins()) {
            assert_eq!(a.q.histogram, b.q.histogram);
            assert!(a.from_m() < a.to_m());
        }
    }
}
