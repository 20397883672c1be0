//! The mergeable summary of many maps, from which distributions are built.
//!
//! Samples are kept in the unit of their files, so that another encoding does not need the files again. Integer samples are counts of
//! codes, floating-point samples are counts of values.

use serde::{Deserialize, Serialize};

use super::float_values::{FloatParts, FloatValues};
use super::order_statistics::OrderStatistics;
use super::{BINNED_RELATIVE_ERROR, Distribution, DistributionError, Resolution};
use crate::depth::{
    Encoding, InvalidCounts, MARKERS, RawMap, Region, SampleKind, Samples, ScaleEvidence,
    detect_encoding,
};

const CODES: usize = 1 << 16;

/// The encodings of a set, by kind of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encodings {
    /// Of integer files.
    pub integer: Encoding,
    /// Of floating-point files.
    pub float: Encoding,
}

impl Encodings {
    /// The encoding of one kind.
    #[must_use]
    pub fn for_kind(&self, kind: SampleKind) -> Encoding {
        match kind {
            SampleKind::Integer => self.integer,
            SampleKind::Float => self.float,
        }
    }
}

/// The evaluated interval of depths, in metres. Other depths are excluded from every figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DepthWindow {
    /// Smallest evaluated depth.
    pub min_m: Option<f64>,
    /// Largest evaluated depth.
    pub max_m: Option<f64>,
}

impl DepthWindow {
    /// Returns true if a depth is evaluated; both ends are.
    #[must_use]
    pub fn contains(&self, depth_m: f64) -> bool {
        self.min_m.is_none_or(|min| depth_m >= min) && self.max_m.is_none_or(|max| depth_m <= max)
    }
}

/// Counts of the samples of some maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleSummary {
    /// Count of each 16-bit code; empty before the first integer map.
    codes: Vec<u64>,
    /// Integer samples beyond 16 bits.
    wide: FloatValues,
    /// Floating-point samples.
    floats: FloatValues,
    /// Watched samples beyond 16 bits or floating-point, counted separately so that binning does not blur them.
    watched: Vec<WatchedCount>,
    /// Number of samples of each kind, valid or not, and the largest aspect ratio.
    integer_samples: u64,
    float_samples: u64,
    aspect: f64,
}

/// Count of a watched value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct WatchedCount {
    kind: SampleKind,
    value: f64,
    count: u64,
}

/// Counts of one map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapCounts {
    /// Number of positive finite samples, watched ones included.
    pub positive: u64,
    /// Other samples by reason, and watched samples.
    pub invalid: InvalidCounts,
    /// Smallest, median and largest positive sample in the unit of the file, without certain markers.
    pub spread: Option<MinMedianMax>,
}

/// Smallest, median and largest of some samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinMedianMax {
    /// Smallest.
    pub min: f64,
    /// Median; of two middle samples the lower one.
    pub median: f64,
    /// Largest.
    pub max: f64,
}

/// A possible marker of "no depth" in a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkerInfo {
    /// The sample, in the unit of the files.
    pub value: f64,
    /// Number of such samples.
    pub count: u64,
    /// Their share of the positive samples of its kind.
    pub share: f64,
    /// The programs or files that write it; empty for a typed marker.
    pub habit: String,
    /// True if such samples are excluded.
    pub is_active: bool,
}

/// Markers and scale evidence of one kind of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct KindEvidence {
    /// Possible markers.
    pub markers: Vec<MarkerInfo>,
    /// Statistics of the other samples; `None` if there are none.
    pub evidence: Option<ScaleEvidence>,
}

/// A summary as plain buffers, for moving it between threads.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryParts {
    /// Numbers of samples, aspect ratio, and whether values are binned.
    pub header: SummaryHeader,
    /// Values and counts as [`SampleSummary::into_parts`] orders them.
    pub doubles: [Vec<f64>; 6],
    /// Bits of single-precision values and their counts: of wide integers, of floating-point samples.
    pub words: [Vec<u32>; 4],
}

/// The scalars of a summary.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryHeader {
    integer_samples: u64,
    float_samples: u64,
    aspect: f64,
    wide_binned: bool,
    floats_binned: bool,
    watched: Vec<WatchedCount>,
}

impl SampleSummary {
    /// Adds the pixels of a map inside a region. Samples equal to a watched value are counted separately.
    #[inline(never)]
    pub fn add(&mut self, map: &RawMap, region: &Region, watch: &[f64]) -> MapCounts {
        let samples = (map.width() * map.height()) as u64;
        match map.dtype.kind() {
            SampleKind::Integer => self.integer_samples += samples,
            SampleKind::Float => self.float_samples += samples,
        }
        self.aspect = self
            .aspect
            .max(map.width() as f64 / map.height().max(1) as f64);
        let mut counts = match &map.samples {
            Samples::U16(a) => {
                let mut codes = vec![0_u32; CODES];
                let outside = region.visit(&a.view(), |code| codes[usize::from(code)] += 1);
                self.add_codes(&codes, outside, watch)
            }
            Samples::F32(a) => {
                let mut pass = FloatPass::new(watch, a.len());
                let outside = region.visit(&a.view(), |v| pass.push(f64::from(v)));
                self.add_floats(pass, map.dtype.kind(), outside)
            }
            Samples::F64(a) => {
                let mut pass = FloatPass::new(watch, a.len());
                let outside = region.visit(&a.view(), |v| pass.push(v));
                self.add_floats(pass, map.dtype.kind(), outside)
            }
        };
        counts.invalid.marked.retain(|(_, n)| *n > 0);
        counts
    }

    #[inline(never)]
    fn add_codes(&mut self, codes: &[u32], outside: u64, watch: &[f64]) -> MapCounts {
        // A map uses a few thousand of all codes, which are searched once. Code 0 is counted below.
        let used: Vec<(f64, u64)> = codes
            .iter()
            .enumerate()
            // Code 0 is invalid in every file.
            .skip(1)
            .filter(|(_, n)| **n > 0)
            .map(|(code, &n)| (code as f64, u64::from(n)))
            .collect();
        self.codes.resize(CODES, 0);
        for &(code, n) in &used {
            self.codes[code as usize] += n;
        }
        let count_of = |value: f64| {
            let same = used.iter().find(|e| e.0 == value);
            same.map_or(0, |e| e.1)
        };
        MapCounts {
            positive: used.iter().map(|e| e.1).sum(),
            invalid: InvalidCounts {
                zero: u64::from(codes[0]),
                outside,
                marked: watch.iter().map(|&v| (v, count_of(v))).collect(),
                ..InvalidCounts::default()
            },
            spread: min_median_max(used.iter().copied(), watch),
        }
    }

    #[inline(never)]
    fn add_floats(&mut self, mut pass: FloatPass<'_>, kind: SampleKind, outside: u64) -> MapCounts {
        pass.invalid.outside = outside;
        for &(value, count) in pass.invalid.marked.iter().filter(|(_, n)| *n > 0) {
            self.add_watched(WatchedCount { kind, value, count });
        }
        let values = match kind {
            SampleKind::Integer => &mut self.wide,
            SampleKind::Float => &mut self.floats,
        };
        for &value in &pass.positive {
            values.push(value);
        }
        let marked: u64 = pass.invalid.marked.iter().map(|(_, n)| n).sum();
        MapCounts {
            positive: pass.positive.len() as u64 + marked,
            spread: min_median_max_unsorted(&mut pass.positive),
            invalid: pass.invalid,
        }
    }

    fn add_watched(&mut self, more: WatchedCount) {
        let same = |h: &&mut WatchedCount| h.kind == more.kind && h.value == more.value;
        match self.watched.iter_mut().find(same) {
            Some(watched) => watched.count += more.count,
            None => self.watched.push(more),
        }
    }

    /// Adds another summary.
    pub fn merge(&mut self, other: Self) {
        if !other.codes.is_empty() {
            self.codes.resize(CODES, 0);
        }
        for (own, more) in self.codes.iter_mut().zip(other.codes) {
            *own += more;
        }
        self.wide.merge(other.wide);
        self.floats.merge(other.floats);
        for watched in other.watched {
            self.add_watched(watched);
        }
        self.integer_samples += other.integer_samples;
        self.float_samples += other.float_samples;
        self.aspect = self.aspect.max(other.aspect);
    }

    /// Markers and scale evidence of one kind of samples, or `None` without positive samples of that kind.
    ///
    /// Markers are the common ones and those that files state (`nodata`), if they occur, and all typed ones. The typed ones are active;
    /// if none was typed, those that the data support.
    #[must_use]
    pub fn kind_evidence(
        &mut self,
        kind: SampleKind,
        nodata: &[f64],
        typed: Option<&[f64]>,
    ) -> Option<KindEvidence> {
        let samples = match kind {
            SampleKind::Integer => self.integer_samples,
            SampleKind::Float => self.float_samples,
        };
        let special = match kind {
            SampleKind::Integer => detect_encoding(&self.code_entries()),
            SampleKind::Float => None,
        };
        let aspect = self.aspect;
        let order_statistics = self.order_statistics(kind);
        if order_statistics.total() == 0 {
            return None;
        }
        let markers = markers(&order_statistics, kind, nodata, typed);
        let rest = order_statistics.excluding(active_markers(&markers));
        let valid = rest.total();
        let evidence = (valid > 0).then(|| ScaleEvidence {
            kind,
            median: rest.value_at_rank(valid.div_ceil(2)),
            max: rest.value_at_rank(valid),
            valid_share: valid as f64 / samples.max(1) as f64,
            aspect,
            special,
        });
        Some(KindEvidence { markers, evidence })
    }

    /// The positive samples of a kind, in their separate lists.
    fn order_statistics(&mut self, kind: SampleKind) -> OrderStatistics<'_> {
        let mut order_statistics = OrderStatistics::default();
        if kind == SampleKind::Integer {
            order_statistics.add(self.code_entries());
        }
        for watched in self.watched.iter().filter(|h| h.kind == kind) {
            order_statistics.add(vec![(watched.value, watched.count)]);
        }
        let values = match kind {
            SampleKind::Integer => &mut self.wide,
            SampleKind::Float => &mut self.floats,
        };
        let (entries, lists) = values.sorted();
        order_statistics.add(entries);
        for list in lists {
            order_statistics.add_singles(list);
        }
        order_statistics
    }

    /// The distribution of the depths of several summaries, each with its own encodings and active markers, inside the window. Also
    /// returns the number of depths outside it.
    ///
    /// # Errors
    /// [`DistributionError::Empty`] if no sample is valid.
    pub fn distribution(
        parts: Vec<(Self, Encodings, Vec<f64>)>,
        window: &DepthWindow,
    ) -> Result<(Distribution, u64), DistributionError> {
        let mut resolution = Resolution::Exact;
        let mut all = Vec::new();
        for (mut summary, encodings, markers) in parts {
            for kind in [SampleKind::Integer, SampleKind::Float] {
                let entries = summary.entries(kind, &markers);
                all = merge_entries(all, in_metres(&entries, encodings.for_kind(kind)));
            }
            if summary.wide.is_binned() || summary.floats.is_binned() {
                resolution = Resolution::Binned {
                    relative_error: BINNED_RELATIVE_ERROR,
                };
            }
        }
        let mut values = Vec::with_capacity(all.len());
        let mut counts = Vec::with_capacity(all.len());
        let mut outside = 0;
        for (value, mut count) in all {
            if !window.contains(value) {
                outside += count;
                continue;
            }
            // A count beyond 32 bits is split over equal neighbours.
            while count > 0 {
                let part = count.min(u64::from(u32::MAX));
                values.push(value);
                counts.push(part as u32);
                count -= part;
            }
        }
        Ok((Distribution::new(values, counts, resolution)?, outside))
    }

    /// All positive samples of a kind except these markers, ascending, with counts.
    fn entries(&mut self, kind: SampleKind, markers: &[f64]) -> Vec<(f64, u64)> {
        let watched = self.watched.iter().filter(|h| h.kind == kind);
        let watched: Vec<(f64, u64)> = watched.map(|h| (h.value, h.count)).collect();
        let entries = match kind {
            SampleKind::Integer => merge_entries(self.code_entries(), self.wide.entries().to_vec()),
            SampleKind::Float => self.floats.entries().to_vec(),
        };
        let mut all = merge_entries(entries, watched);
        if !markers.is_empty() {
            all.retain(|e| !markers.contains(&e.0));
        }
        all
    }

    fn code_entries(&self) -> Vec<(f64, u64)> {
        let used = self.codes.iter().enumerate().filter(|(_, n)| **n > 0);
        used.map(|(code, &n)| (code as f64, n)).collect()
    }

    /// The summary as buffers.
    ///
    /// Doubles: codes and their counts, wide values and their counts, float values and their counts. Words: bits of wide single-precision
    /// values and their counts, those of float values and their counts.
    #[must_use]
    pub fn into_parts(self) -> SummaryParts {
        let (codes, code_counts) = self
            .code_entries()
            .into_iter()
            .map(|(code, n)| (code, n as f64))
            .unzip();
        let (wide, floats) = (self.wide.into_parts(), self.floats.into_parts());
        SummaryParts {
            header: SummaryHeader {
                integer_samples: self.integer_samples,
                float_samples: self.float_samples,
                aspect: self.aspect,
                wide_binned: wide.binned,
                floats_binned: floats.binned,
                watched: self.watched,
            },
            doubles: [
                codes,
                code_counts,
                wide.values,
                wide.counts,
                floats.values,
                floats.counts,
            ],
            words: [
                wide.singles,
                wide.single_counts,
                floats.singles,
                floats.single_counts,
            ],
        }
    }

    /// The inverse of [`Self::into_parts`]. `None` for a code beyond 16 bits.
    #[must_use]
    pub fn from_parts(parts: SummaryParts) -> Option<Self> {
        let SummaryParts {
            header,
            doubles: [codes, code_counts, wide, wide_counts, floats, float_counts],
            words:
                [
                    wide_singles,
                    wide_single_counts,
                    float_singles,
                    float_single_counts,
                ],
        } = parts;
        let mut counts = Vec::new();
        if !codes.is_empty() {
            counts.resize(CODES, 0);
        }
        for (&code, &n) in codes.iter().zip(&code_counts) {
            *counts.get_mut(code as usize)? = n as u64;
        }
        Some(Self {
            codes: counts,
            wide: FloatValues::from_parts(&FloatParts {
                values: wide,
                counts: wide_counts,
                singles: wide_singles,
                single_counts: wide_single_counts,
                binned: header.wide_binned,
            }),
            floats: FloatValues::from_parts(&FloatParts {
                values: floats,
                counts: float_counts,
                singles: float_singles,
                single_counts: float_single_counts,
                binned: header.floats_binned,
            }),
            watched: header.watched,
            integer_samples: header.integer_samples,
            float_samples: header.float_samples,
            aspect: header.aspect,
        })
    }
}

/// The values of the active markers.
#[must_use]
pub fn active_markers(markers: &[MarkerInfo]) -> Vec<f64> {
    let taken = markers.iter().filter(|m| m.is_active);
    taken.map(|m| m.value).collect()
}

fn markers(
    samples: &OrderStatistics<'_>,
    kind: SampleKind,
    nodata: &[f64],
    typed: Option<&[f64]>,
) -> Vec<MarkerInfo> {
    let total = samples.total();
    let largest = samples.value_at_rank(total);
    let marker_info = |value: f64, habit: &str| {
        let count = samples.count_of(value);
        MarkerInfo {
            value,
            count,
            share: count as f64 / total.max(1) as f64,
            habit: habit.to_owned(),
            is_active: typed.is_none_or(|typed| typed.contains(&value)),
        }
    };
    let mut found: Vec<MarkerInfo> = Vec::new();
    for marker in MARKERS.iter().filter(|m| m.kind == kind) {
        let info = marker_info(marker.value, marker.habit);
        if marker.applies(info.share, largest == marker.value) {
            found.push(info);
        }
    }
    let named = nodata
        .iter()
        .map(|&v| (v, "the file's own tag says \"no data\""));
    let typed_too = typed.unwrap_or_default().iter().map(|&v| (v, ""));
    for (value, habit) in named.chain(typed_too) {
        let info = marker_info(value, habit);
        let known = found.iter().any(|f| f.value == value);
        if !known && (info.count > 0 || habit.is_empty()) {
            found.push(info);
        }
    }
    found
}

/// Counts the samples of one floating-point map.
struct FloatPass<'a> {
    watch: &'a [f64],
    positive: Vec<f64>,
    invalid: InvalidCounts,
}

impl<'a> FloatPass<'a> {
    fn new(watch: &'a [f64], samples: usize) -> Self {
        Self {
            watch,
            positive: Vec::with_capacity(samples),
            invalid: InvalidCounts {
                marked: watch.iter().map(|&v| (v, 0)).collect(),
                ..InvalidCounts::default()
            },
        }
    }

    fn push(&mut self, sample: f64) {
        // A file's tag may state a negative number.
        if let Some(at) = self.watch.iter().position(|&w| w == sample)
            && sample > 0.0
        {
            self.invalid.marked[at].1 += 1;
        } else if !self.invalid.count(sample) {
            self.positive.push(sample);
        }
    }
}

/// Smallest, median and largest of ascending samples with counts, without certain markers.
fn min_median_max(
    entries: impl Iterator<Item = (f64, u64)> + Clone,
    watch: &[f64],
) -> Option<MinMedianMax> {
    let is_depth = |value: f64| {
        !watch.contains(&value) || MARKERS.iter().any(|m| m.value == value && !m.is_certain())
    };
    let entries = entries.filter(|e| is_depth(e.0));
    let total: u64 = entries.clone().map(|e| e.1).sum();
    let mut seen = 0;
    let median = entries.clone().find(|e| {
        seen += e.1;
        2 * seen >= total
    })?;
    let (mut min, mut max) = (median.0, median.0);
    entries.for_each(|(value, _)| {
        min = min.min(value);
        max = max.max(value);
    });
    Some(MinMedianMax {
        min,
        median: median.0,
        max,
    })
}

/// Smallest, median and largest of samples in any order, which it reorders.
fn min_median_max_unsorted(samples: &mut [f64]) -> Option<MinMedianMax> {
    let middle = samples.len().checked_sub(1)? / 2;
    let (below, median, above) = samples.select_nth_unstable_by(middle, f64::total_cmp);
    let min = below.iter().copied().fold(*median, f64::min);
    let max = above.iter().copied().fold(*median, f64::max);
    Some(MinMedianMax {
        min,
        median: *median,
        max,
    })
}

/// Positive finite depths in metres, ascending, with counts. An encoding may reverse the order and leave the finite numbers.
fn in_metres(entries: &[(f64, u64)], encoding: Encoding) -> Vec<(f64, u64)> {
    let mut depths: Vec<(f64, u64)> = entries
        .iter()
        .map(|&(raw, n)| (encoding.metres(raw), n))
        .filter(|&(d, _)| d > 0.0 && d.is_finite())
        .collect();
    if !depths.is_sorted_by(|a, b| a.0 <= b.0) {
        depths.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    depths
}

/// Merges two ascending lists.
fn merge_entries(mut a: Vec<(f64, u64)>, mut b: Vec<(f64, u64)>) -> Vec<(f64, u64)> {
    if b.is_empty() {
        return a;
    }
    a.append(&mut b);
    // The standard sort merges two sorted runs in linear time.
    a.sort_by(|x, y| x.0.total_cmp(&y.0));
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::{Dtype, Format, ScalePreset};
    use ndarray::Array2;

    const METRES: Encodings = Encodings {
        integer: Encoding::METRES,
        float: Encoding::METRES,
    };
    const WATCH: [f64; 3] = [65_535.0, 2047.0, 1e10];

    fn map(samples: Samples, dtype: Dtype) -> RawMap {
        RawMap::new(samples, Format::Npy, dtype)
    }

    fn integers(rows: &[u16]) -> RawMap {
        let array = Array2::from_shape_vec((1, rows.len()), rows.to_vec()).expect("a row");
        map(Samples::U16(array), Dtype::U16)
    }

    fn floats(rows: &[f32]) -> RawMap {
        let array = Array2::from_shape_vec((1, rows.len()), rows.to_vec()).expect("a row");
        map(Samples::F32(array), Dtype::F32)
    }

    fn add(summary: &mut SampleSummary, map: &RawMap) -> MapCounts {
        summary.add(map, &Region::default(), &WATCH)
    }

    fn built(
        summary: SampleSummary,
        encodings: Encodings,
        markers: &[f64],
    ) -> Result<Distribution, DistributionError> {
        SampleSummary::distribution(
            vec![(summary, encodings, markers.to_vec())],
            &DepthWindow::default(),
        )
        .map(|d| d.0)
    }

    #[test]
    fn each_kind_has_its_encoding_and_both_are_merged() {
        let mut summary = SampleSummary::default();
        let counts = add(&mut summary, &integers(&[0, 1500, 1500, 65_535]));
        assert_eq!((counts.positive, counts.invalid.zero), (3, 1));
        assert_eq!(counts.invalid.marked, [(65_535.0, 1)]);
        assert_eq!(
            counts.spread,
            Some(MinMedianMax {
                min: 1500.0,
                median: 1500.0,
                max: 1500.0
            })
        );
        let counts = add(&mut summary, &floats(&[0.25, f32::NAN, 1.5, 1e10]));
        assert_eq!((counts.positive, counts.invalid.nan), (3, 1));
        assert_eq!(
            counts.spread,
            Some(MinMedianMax {
                min: 0.25,
                median: 0.25,
                max: 1.5
            })
        );
        let encodings = Encodings {
            integer: ScalePreset::Millimetre.encoding(),
            float: Encoding::METRES,
        };
        let d = built(summary.clone(), encodings, &[65_535.0, 1e10]).expect("valid depths");
        assert_eq!(d.values_m(), [0.25, 1.5, 1.5]);
        assert_eq!(d.counts(), [1, 2, 1]);
        assert_eq!(d.resolution(), Resolution::Exact);
        let all = built(summary, encodings, &[]).expect("valid depths");
        assert_eq!(all.values_m(), [0.25, 1.5, 1.5, 65.535, 1e10]);
    }

    #[test]
    fn merging_summaries_equals_one_summary_and_parts_round_trip() {
        let maps = [
            integers(&[5, 6, 6]),
            floats(&[2.0, 3.0, 1e10]),
            integers(&[6, 9]),
            floats(&[1e10]),
        ];
        let mut whole = SampleSummary::default();
        let mut merge_entries = SampleSummary::default();
        for m in &maps {
            add(&mut whole, m);
            let mut one = SampleSummary::default();
            add(&mut one, m);
            merge_entries.merge(SampleSummary::from_parts(one.into_parts()).expect("own parts"));
        }
        assert_eq!(
            whole.clone().into_parts(),
            merge_entries.clone().into_parts()
        );
        assert_eq!(built(whole, METRES, &[]), built(merge_entries, METRES, &[]));
    }

    #[test]
    fn markers_are_found_and_excluded_from_the_evidence() {
        let mut summary = SampleSummary::default();
        add(&mut summary, &integers(&[0, 100, 200, 300, 65_535]));
        let found = summary
            .kind_evidence(SampleKind::Integer, &[], None)
            .expect("positive samples");
        let e = found.evidence.expect("depths");
        assert_eq!((e.median, e.max, e.valid_share), (200.0, 300.0, 0.6));
        assert_eq!(active_markers(&found.markers), [65_535.0]);
        assert_eq!(summary.kind_evidence(SampleKind::Float, &[], None), None);
        // Typed markers replace guessed ones, which stay listed.
        let found = summary
            .kind_evidence(SampleKind::Integer, &[300.0], Some(&[100.0, 7.0]))
            .expect("positive samples");
        let rows: Vec<(f64, u64, bool)> = found
            .markers
            .iter()
            .map(|m| (m.value, m.count, m.is_active))
            .collect();
        assert_eq!(
            rows,
            [
                (65_535.0, 1, false),
                (300.0, 1, false),
                (100.0, 1, true),
                (7.0, 0, true)
            ]
        );
    }

    #[test]
    fn markers_alone_are_no_evidence() {
        let mut summary = SampleSummary::default();
        add(&mut summary, &integers(&[65_535, 65_535]));
        let found = summary
            .kind_evidence(SampleKind::Integer, &[], None)
            .expect("positive samples");
        assert_eq!(found.evidence, None);
        assert_eq!(found.markers[0].share, 1.0);
    }

    #[test]
    fn wide_integers_keep_the_integer_scale() {
        let array = Array2::from_shape_vec((1, 2), vec![70_000.0, -1.0]).expect("a row");
        let mut summary = SampleSummary::default();
        let counts = add(&mut summary, &map(Samples::F64(array), Dtype::I32));
        assert_eq!((counts.positive, counts.invalid.negative), (1, 1));
        let encodings = Encodings {
            integer: ScalePreset::TenthMillimetre.encoding(),
            float: Encoding::METRES,
        };
        assert_eq!(
            built(summary, encodings, &[]).expect("valid").values_m(),
            [7.0]
        );
    }

    #[test]
    fn an_encoding_that_reverses_the_order_is_sorted() {
        let mut summary = SampleSummary::default();
        add(&mut summary, &integers(&[1, 2, 4, 2047]));
        let inverse = Encodings {
            integer: Encoding::inverse(8.0).expect("a product"),
            float: Encoding::METRES,
        };
        let d = built(summary, inverse, &[2047.0]).expect("valid");
        assert_eq!(d.values_m(), [2.0, 4.0, 8.0]);
    }

    #[test]
    fn no_valid_sample_is_an_error() {
        let mut summary = SampleSummary::default();
        add(&mut summary, &integers(&[0, 0]));
        assert_eq!(built(summary, METRES, &[]), Err(DistributionError::Empty));
    }
}
