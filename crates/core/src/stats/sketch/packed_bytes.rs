//! A sketch as bytes, in the smallest of three forms that fits: every depth; every depth rounded; heavy hitters and bins.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::bins::{Bin, GridCounts};
use super::exp_golomb::{Reader, Writer};
use super::heavy_hitters::heavy_hitters;
use super::linear_density::spread;
use super::value_grid::ValueGrid;
use crate::stats::Distribution;

/// Bits of the number of listed depths, and of its excess over what those bits hold.
const DEPTH_LENGTH_BITS: (u32, u32) = (14, 16);

/// Bits of the number of bins, and of its excess over what those bits hold.
const BIN_LENGTH_BITS: (u32, u32) = (10, 13);

/// Binary logarithm of the number of floating-point numbers to which depths are rounded. Fewer would be coarser than edges of bins, more
/// would change no figure.
const ROUNDED_BITS: std::ops::RangeInclusive<u32> = 15..=21;

/// Precisions of stored counts, the finest first: 0 stores counts, `p` stores roots in units of `1/p`. Bins have the second.
const COUNT_PRECISION: [u64; 4] = [0, 16, 4, 2];

/// Stored in place of a precision: counts less the one that every depth has.
const ESCAPE_LESS_ONE: u64 = 31;

/// Stored in place of a precision: two lists of depths follow, heavy hitters and the rounded rest.
const ESCAPE_ROUNDED: u64 = 30;

/// Bits of a precision.
const PRECISION_BITS: u32 = 5;

/// Bits that a bin takes on average, from which the search for the number of bins starts.
const BITS_PER_BIN: usize = 25;

/// Largest number of splits: [`BIN_LENGTH_BITS`] hold no more bins.
const MAX_SPLITS: usize = 9_000;

/// Smallest size in bytes for which rounded depths are tried. In less, bins do as well.
const MIN_ROUNDED_BYTES: usize = 2_000;

/// Largest number of edges of a grid, below [`MIN_ROUNDED_BYTES`] and from there on. More edges cost bits for each, fewer leave a narrow
/// wall in a bin wider than it.
const MAX_EDGES: (u64, u64) = (1 << 14, 1 << 15);

/// Largest number of distinct depths that are listed.
const MAX_LISTED: usize = 1 << 16;

/// Depths that stand for one interval between edges. They are closer than the values of any code in use: a coarser lattice would beat
/// against its steps.
const PARTS_PER_INTERVAL: u64 = 8;

/// Largest number of depths in a sketch that is read: more than any that is written, and little enough for a page's memory.
const MAX_DEPTHS: u64 = 1 << 19;

/// Packs one distribution into different sizes; work that all sizes share is done once.
#[derive(Debug)]
pub(super) struct Packer<'a> {
    depths: Cow<'a, Distribution>,
    grid: ValueGrid,
    /// Largest size that is asked for.
    max_bytes: usize,
    heavy_hitters: OnceCell<Vec<(f64, u64)>>,
    split_grid: OnceCell<SplitGrid>,
}

/// The pixels apart from heavy hitters, and the splits between their bins.
#[derive(Debug)]
struct SplitGrid {
    counts: GridCounts,
    splits: Vec<usize>,
}

impl<'a> Packer<'a> {
    /// Prepares sizes up to `max_bytes`.
    pub(super) fn new(depths: &'a Distribution, max_bytes: usize) -> Self {
        let depths = distinct(depths);
        let max_edges = if max_bytes < MIN_ROUNDED_BYTES {
            MAX_EDGES.0
        } else {
            MAX_EDGES.1
        };
        Self {
            max_bytes,
            grid: ValueGrid::fit(&depths, max_edges),
            depths,
            heavy_hitters: OnceCell::new(),
            split_grid: OnceCell::new(),
        }
    }

    /// Every depth if it fits into `max_bytes`, else bins. Without any split, bins may take more than `max_bytes`.
    pub(super) fn pack(&self, max_bytes: usize) -> Vec<u8> {
        self.pack_all(max_bytes)
            .unwrap_or_else(|| self.pack_bins(max_bytes))
    }

    /// Every depth, exactly, if it fits.
    fn pack_all(&self, max_bytes: usize) -> Option<Vec<u8>> {
        let (values, counts) = (self.depths.values_m(), self.depths.counts());
        // A depth and its count take at least one bit each.
        if values.len() > 4 * max_bytes || values.len() > MAX_LISTED {
            return None;
        }
        let counts = counts.iter().map(|n| u64::from(*n));
        let all: Vec<_> = values.iter().copied().zip(counts).collect();
        // A lattice may be off in the last bit, which moves a depth off the end of a range.
        let exact = ValueGrid::exact_floats(&self.depths, MAX_EDGES.0);
        let ways = [(&exact, COUNT_PRECISION[0])].into_iter();
        ways.chain(COUNT_PRECISION.map(|precision| (&self.grid, precision)))
            .map(|(grid, precision)| encode(grid, &all, &[], precision))
            .find(|bytes| bytes.len() <= max_bytes)
    }

    /// Every depth, rounded as finely as fits, with exact heavy hitters. `None` on a lattice, or where nothing fits.
    pub(super) fn pack_rounded(&self, max_bytes: usize) -> Option<Vec<u8>> {
        if self.grid.is_lattice() || max_bytes < MIN_ROUNDED_BYTES {
            return None;
        }
        let heavy = self.heavy_hitters();
        ROUNDED_BITS.rev().find_map(|bits| {
            let rounded = ValueGrid::rounded_floats(&self.depths, bits);
            let mut hitters = heavy.iter().peekable();
            let mut rest: Vec<(f64, u64)> = Vec::new();
            for (&depth_m, &count) in self.depths.values_m().iter().zip(self.depths.counts()) {
                let own = hitters.next_if(|hitter| hitter.0 == depth_m);
                let count = u64::from(count) - own.map_or(0, |hitter| hitter.1);
                let depth_m = rounded.value_m(rounded.nearest_value_index(depth_m));
                match rest.last_mut() {
                    _ if count == 0 => {}
                    Some((last_m, sum)) if *last_m == depth_m => *sum += count,
                    _ => rest.push((depth_m, count)),
                }
            }
            if rest.len() > 4 * max_bytes || rest.len() > MAX_LISTED {
                return None;
            }
            let mut to = Writer::default();
            self.grid.write(&mut to);
            to.bits(ESCAPE_ROUNDED, PRECISION_BITS);
            write_depths(&mut to, &self.grid, heavy, COUNT_PRECISION[0]);
            rounded.write(&mut to);
            write_depths(&mut to, &rounded, &rest, ESCAPE_LESS_ONE);
            let bytes = to.into_bytes();
            (bytes.len() <= max_bytes).then_some(bytes)
        })
    }

    /// Heavy hitters, and as many bins as fit.
    fn pack_bins(&self, max_bytes: usize) -> Vec<u8> {
        let heavy = self.heavy_hitters();
        let SplitGrid { counts, splits } = self.split_grid.get_or_init(|| self.split_grid());
        let mut length = (8 * max_bytes / BITS_PER_BIN).min(splits.len());
        loop {
            let bins = counts.bins(&splits[..length]);
            let bytes = encode(&self.grid, heavy, &bins, COUNT_PRECISION[1]);
            if bytes.len() <= max_bytes || length == 0 {
                return bytes;
            }
            // In proportion to the excess, and at least one less.
            length = (length * max_bytes / bytes.len()).min(length - 1);
        }
    }

    fn heavy_hitters(&self) -> &[(f64, u64)] {
        self.heavy_hitters
            .get_or_init(|| heavy_hitters(&self.grid, &self.depths))
    }

    fn split_grid(&self) -> SplitGrid {
        let counts = GridCounts::new(&self.grid, &self.depths, self.heavy_hitters());
        let splits = counts.splits((8 * self.max_bytes / BITS_PER_BIN).min(MAX_SPLITS));
        SplitGrid { counts, splits }
    }
}

/// The distribution with equal neighbouring depths joined.
fn distinct(depths: &Distribution) -> Cow<'_, Distribution> {
    if depths.values_m().windows(2).all(|pair| pair[0] < pair[1]) {
        return Cow::Borrowed(depths);
    }
    let (mut values, mut counts) = (Vec::new(), Vec::<u32>::new());
    for (value, count) in depths.values_m().iter().zip(depths.counts()) {
        match counts.last_mut() {
            Some(last) if values.last() == Some(value) => *last = last.saturating_add(*count),
            _ => {
                values.push(*value);
                counts.push(*count);
            }
        }
    }
    // Joining keeps the order, so this never fails.
    Distribution::new(values, counts, depths.resolution()).map_or(Cow::Borrowed(depths), Cow::Owned)
}

/// A grid, listed depths and bins as bytes.
fn encode(grid: &ValueGrid, depths: &[(f64, u64)], bins: &[Bin], precision: u64) -> Vec<u8> {
    let mut to = Writer::default();
    grid.write(&mut to);
    write_depths(&mut to, grid, depths, precision);
    write_length(&mut to, bins.len(), BIN_LENGTH_BITS);
    if !bins.is_empty() {
        let widths = bins.iter().map(|bin| (bin.to - bin.from) as u64 - 1);
        to.run(&widths.collect::<Vec<_>>());
        let counts = encode_counts(bins.iter().map(|bin| bin.count), precision, 0);
        to.run(&counts);
        for (bin, count) in bins.iter().zip(counts) {
            if decode_count(count, precision) > 0 {
                to.bits(u64::from(bin.mean), 8);
            }
        }
    }
    to.into_bytes()
}

/// Writes listed depths: precision of the counts, number of depths, steps of their value indices, counts.
fn write_depths(to: &mut Writer, grid: &ValueGrid, depths: &[(f64, u64)], precision: u64) {
    to.bits(precision, PRECISION_BITS);
    write_length(to, depths.len(), DEPTH_LENGTH_BITS);
    let mut next = 0;
    let steps: Vec<u64> = depths
        .iter()
        .map(|(depth_m, _)| {
            let index = grid.value_index(*depth_m);
            let step = index - next;
            next = index + 1;
            step
        })
        .collect();
    // The first step is a run of its own: on floating-point numbers it is far larger than the others.
    to.run(steps.get(..1).unwrap_or_default());
    to.run(steps.get(1..).unwrap_or_default());
    to.run(&encode_counts(depths.iter().map(|d| d.1), precision, 1));
}

/// The inverse of [`write_depths`], after the precision.
fn read_depths(from: &mut Reader, grid: &ValueGrid, precision: u64) -> Option<Vec<(f64, u64)>> {
    let length = read_length(from, DEPTH_LENGTH_BITS)?;
    let mut steps = from.run(length.min(1))?;
    steps.extend(from.run(length.saturating_sub(1))?);
    let counts = from.run(length)?;
    let mut next = 0_u64;
    let mut depths = Vec::with_capacity(length);
    for (step, count) in steps.into_iter().zip(counts) {
        let index = next.checked_add(step)?;
        next = index.checked_add(1)?;
        depths.push((grid.value_m(index), decode_count(count, precision)));
    }
    Some(depths)
}

/// Writes a length in `bits`. If all of these are set, the excess follows in `more` bits.
fn write_length(to: &mut Writer, length: usize, (bits, more): (u32, u32)) {
    let (length, max) = (length as u64, (1 << bits) - 1);
    to.bits(length.min(max), bits);
    if length >= max {
        to.bits(length - max, more);
    }
}

/// The inverse of [`write_length`].
fn read_length(from: &mut Reader, (bits, more): (u32, u32)) -> Option<usize> {
    let max = (1 << bits) - 1;
    let length = from.bits(bits)?;
    let rest = if length == max { from.bits(more)? } else { 0 };
    usize::try_from(length + rest).ok()
}

/// Counts as they are stored: plain, or as roots, which are as precise as chance leaves a count.
///
/// The rounding error of a large count is carried to the next large one. Small counts get none, so that no pixel is added at the far end.
/// No stored count stands for less than `min`.
fn encode_counts(counts: impl Iterator<Item = u64>, precision: u64, min: u64) -> Vec<u64> {
    match precision {
        0 => return counts.collect(),
        ESCAPE_LESS_ONE => return counts.map(|count| count.saturating_sub(1)).collect(),
        _ => {}
    }
    let mut carried = 0.0;
    let encode = |count: u64| {
        let is_large = count > 4 * precision * precision;
        let wanted = count as f64 + if is_large { carried } else { 0.0 };
        let mut stored = (wanted.sqrt() * precision as f64).round() as u64;
        if decode_count(stored, precision) < min {
            stored = precision;
        }
        carried += count as f64 - decode_count(stored, precision) as f64;
        stored
    };
    counts.map(encode).collect()
}

/// The count that a stored number stands for: the inverse of [`encode_counts`].
fn decode_count(stored: u64, precision: u64) -> u64 {
    match precision {
        0 => return stored,
        ESCAPE_LESS_ONE => return stored.saturating_add(1),
        _ => {}
    }
    let root = stored as f64 / precision as f64;
    (root * root).round() as u64
}

/// Depths in metres and their counts from packed bytes. `None` if no [`Packer`] can have written them.
pub(super) fn unpack(bytes: &[u8]) -> Option<(Vec<f64>, Vec<u32>)> {
    let mut from = Reader::new(bytes);
    let grid = ValueGrid::read(&mut from)?;
    let precision = from.bits(PRECISION_BITS)?;
    if precision == ESCAPE_ROUNDED {
        return unpack_rounded(&mut from, &grid);
    }
    let depths = read_depths(&mut from, &grid, precision)?;
    let bins = read_length(&mut from, BIN_LENGTH_BITS)?;
    let mut merger = DepthMerger::new(depths);
    if bins > 0 {
        let widths = from.run(bins)?;
        let counts = from.run(bins)?;
        let mut start = 0_u64;
        for (width, count) in widths.into_iter().zip(counts) {
            let count = decode_count(count, precision);
            let width = width.checked_add(1)?;
            let mean = if count > 0 { from.bits(8)? as u8 } else { 0 };
            let end = start.checked_add(width)?;
            if count > 0 {
                merger.add_bin(&grid, start, end, count, mean)?;
            }
            start = end;
        }
    }
    merger.finish()
}

/// Heavy hitters and rounded depths in one order.
fn unpack_rounded(from: &mut Reader, grid: &ValueGrid) -> Option<(Vec<f64>, Vec<u32>)> {
    let mut all = Vec::new();
    let precision = from.bits(PRECISION_BITS)?;
    all.extend(read_depths(from, grid, precision)?);
    let rounded = ValueGrid::read(from)?;
    let precision = from.bits(PRECISION_BITS)?;
    all.extend(read_depths(from, &rounded, precision)?);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let counts: Option<Vec<u32>> = all.iter().map(|(_, n)| u32::try_from(*n).ok()).collect();
    Some((
        all.into_iter().map(|(depth_m, _)| depth_m).collect(),
        counts?,
    ))
}

/// Merges listed depths with those of bins, ascending.
struct DepthMerger {
    listed: std::iter::Peekable<std::vec::IntoIter<(f64, u64)>>,
    /// First and last listed depth. The outer edges of bins may lie beyond them, depths must not.
    ends_m: Option<(f64, f64)>,
    /// Parts of all bins so far.
    parts: u64,
    values: Vec<f64>,
    counts: Vec<u32>,
}

impl DepthMerger {
    fn new(listed: Vec<(f64, u64)>) -> Self {
        Self {
            ends_m: listed.first().zip(listed.last()).map(|(a, b)| (a.0, b.0)),
            listed: listed.into_iter().peekable(),
            parts: 0,
            values: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn push(&mut self, depth_m: f64, count: u64) -> Option<()> {
        self.values.push(depth_m);
        self.counts.push(u32::try_from(count).ok()?);
        (self.values.len() as u64 <= MAX_DEPTHS).then_some(())
    }

    fn add_bin(
        &mut self,
        grid: &ValueGrid,
        start: u64,
        end: u64,
        count: u64,
        mean: u8,
    ) -> Option<()> {
        let intervals = end - start;
        let parts = if grid.is_lattice() {
            intervals
        } else {
            intervals.checked_mul(PARTS_PER_INTERVAL)?
        };
        // Parts without a pixel cost time too.
        self.parts = self.parts.checked_add(parts)?;
        if self.parts > MAX_DEPTHS {
            return None;
        }
        let (low, high) = (grid.edge_m(start), grid.edge_m(end));
        for (part, count) in spread(count, mean, parts).enumerate() {
            if count == 0 {
                continue;
            }
            let depth_m = if grid.is_lattice() {
                grid.edge_m(start + part as u64)
            } else {
                let inside = low + (high - low) * (part as f64 + 0.5) / parts as f64;
                self.ends_m
                    .map_or(inside, |(near, far)| inside.max(near).min(far))
            };
            while let Some((listed_m, count)) = self.listed.next_if(|d| d.0 <= depth_m) {
                self.push(listed_m, count)?;
            }
            self.push(depth_m, count)?;
        }
        Some(())
    }

    fn finish(mut self) -> Option<(Vec<f64>, Vec<u32>)> {
        while let Some((listed_m, count)) = self.listed.next() {
            self.push(listed_m, count)?;
        }
        Some((self.values, self.counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Resolution;

    /// 40 different depths of single precision with one pixel each, and a wall of 500 pixels.
    fn scattered() -> Distribution {
        let mut values: Vec<f64> = (0..40_u32)
            .map(|i| f64::from(0.7 + (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 3e6))
            .chain([2.5])
            .collect();
        values.sort_by(f64::total_cmp);
        let counts = values.iter().map(|&v| if v == 2.5 { 500 } else { 1 });
        let counts = counts.collect();
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[track_caller]
    fn distribution(bytes: &[u8]) -> Distribution {
        let (values, counts) = unpack(bytes).expect("packed bytes");
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn rounding_moves_depths_little_and_heavy_hitters_not_at_all() {
        let depths = scattered();
        let bytes = Packer::new(&depths, 2600).pack_rounded(2600).expect("room");
        let again = distribution(&bytes);
        assert_eq!(again.count(), depths.count());
        assert_eq!(
            (again.min_m(), again.max_m()),
            (depths.min_m(), depths.max_m())
        );
        let wall = again.values_m().iter().position(|&d| d == 2.5);
        assert_eq!(wall.map(|at| again.counts()[at]), Some(500));
        let nearest = |d: f64| {
            let apart = again.values_m().iter().map(|&other| (other - d).abs());
            apart.fold(f64::INFINITY, f64::min)
        };
        let most_m = (depths.max_m() - depths.min_m()) / 1e5;
        for &d in depths.values_m() {
            assert!(nearest(d) < most_m, "{d}: {}", nearest(d));
        }
        let sums: (f64, f64) = (again.mean_m(), depths.mean_m());
        assert!((sums.0 - sums.1).abs() < most_m, "{sums:?}");
    }

    /// Bytes in published links, which every later version must read.
    #[test]
    fn rounded_depths_of_an_older_link_are_read() {
        const GOLDEN: &str = "1d9c0000000001ff3333c0000e1ffccccccd8f6666669630c41c07db21000000000000000003e0133bffa30461e4cf2e5cccab9e622d56b9e59053c2\
        e796414eeaf8fe5aafcf2a8a79f3caa29da8a77f3caa29dfcf2e5ab7cf2a8a77f3ca99145e7952d55e79714ede79714ef14f5e79714ede7952d55e79\
        714ede7901fffffffff8";
        let digit = |at: usize| u8::from_str_radix(&GOLDEN[at..at + 2], 16).expect("hexadecimal");
        let bytes: Vec<u8> = (0..GOLDEN.len()).step_by(2).map(digit).collect();
        let again = distribution(&bytes);
        let (depths, sum_m) = (scattered(), again.total().depth.value());
        assert_eq!(again.count(), 540.0);
        assert_eq!(again.values_m().len(), 41);
        assert_eq!(
            (again.min_m(), again.max_m()),
            (depths.min_m(), depths.max_m())
        );
        assert!((sum_m - 1_384.627_645_671_367_6).abs() < 1e-9, "{sum_m}");
    }

    /// Lengths around the limits of their first field.
    #[test]
    fn many_depths_and_many_bins_round_trip() {
        for length in [0, 1022, 1023, 1024, 9000, 16_382, 16_383, 65_536] {
            for bits in [DEPTH_LENGTH_BITS, BIN_LENGTH_BITS] {
                if length as u64 >= (1 << bits.0) + (1 << bits.1) - 1 {
                    continue;
                }
                let mut to = Writer::default();
                write_length(&mut to, length, bits);
                let bytes = to.into_bytes();
                assert_eq!(read_length(&mut Reader::new(&bytes), bits), Some(length));
            }
        }
        let values: Vec<f64> = (0..20_000_u32)
            .map(|i| f64::from(1.0 + i as f32 / 4096.0 + (i % 7) as f32 / 65_536.0))
            .collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let bytes = Packer::new(&depths, 30_000)
            .pack_rounded(30_000)
            .expect("more than 16,383 of them");
        let again = distribution(&bytes);
        assert_eq!(again.count(), 20_000.0);
        let bytes = Packer::new(&depths, 10_000).pack_bins(10_000);
        assert!(bytes.len() > 4_000, "{} bytes", bytes.len());
        let again = distribution(&bytes);
        // Counts of bins are stored as roots.
        assert!((again.count() / 20_000.0 - 1.0).abs() < 0.01);
    }
}
