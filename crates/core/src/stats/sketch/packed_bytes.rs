//! A sketch as bytes: single depths that hold many pixels, exactly, and cells for the rest.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::SketchError;
use super::bits::{Reader, Writer};
use super::cells::{Cell, Places};
use super::ruler::Ruler;
use super::spread::spread;
use crate::stats::{Distribution, Resolution};

/// A depth stands by itself where it has this share of all pixels more than those beside it.
const HEAVY: f64 = 0.0008;

/// Most depths that stand by themselves beside cells.
const MOST_HEAVY: usize = 64;

/// Depths on either side of one that it is held against.
const BESIDE: usize = 4;

/// Bits of the numbers of depths and of cells, and of what is more than these can say.
const SINGLES: (u32, u32) = (14, 16);
const CELLS: (u32, u32) = (10, 13);

/// Bits of the number of patterns of floats between the ends to which depths are rounded, where not all have room as they are: no fewer
/// than places where edges of cells can stand, no more than would be seen in any figure.
const ROUNDED: std::ops::RangeInclusive<u32> = 15..=21;

/// How finely the roots of numbers of pixels are told, the finest first; 0 for the numbers themselves. The second is what cells have.
const FINENESS: [u64; 4] = [0, 16, 4, 2];

/// Told in place of a fineness: numbers of pixels themselves, less the one that every depth has; and that two lists of depths follow,
/// those that stand by themselves and the rest, rounded.
const BEYOND_ONE: u64 = 31;
const AND_ROUNDED: u64 = 30;
const FINENESS_BITS: u32 = 5;

/// About how many bits a cell takes; a beginning of the search for how many fit.
const BITS_PER_CELL: usize = 25;

/// Most cuts: more cells cannot be told.
const MOST_CUTS: usize = 9_000;

/// Bytes from which on depths are rounded.
const LEAST_ROUNDED: usize = 2_000;

/// Most places between the ends where edges of cells can stand, in little room and in much. More cost bits per edge, fewer leave a narrow
/// wall in a cell that is wider than it.
const PLACES: (u64, u64) = (1 << 14, 1 << 15);

/// Most distinct depths that are kept whole.
const MOST_WHOLE: usize = 1 << 16;

/// Parts of a place between edges, each of which a depth stands for: they lie nearer to each other than the values of any code that is
/// used, lest they be a lattice of their own that fits or misses its steps.
const PARTS: u64 = 8;

/// Most depths that a sketch is believed to have: more than any that is made, and no more than a page can hold.
const MOST_DEPTHS: u64 = 1 << 19;

/// Describes a distribution in more or less room, without looking at it anew.
#[derive(Debug)]
pub(super) struct Packer<'a> {
    depths: Cow<'a, Distribution>,
    ruler: Ruler,
    /// The most bytes that are asked for.
    most_room: usize,
    /// What stands by itself, beside cells or rounded depths. Made when not all depths have room as they are.
    singles: OnceCell<Vec<(f64, u64)>>,
    parted: OnceCell<Parted>,
}

/// What does not stand by itself, with the cuts between its cells.
#[derive(Debug)]
struct Parted {
    places: Places,
    cuts: Vec<usize>,
}

impl<'a> Packer<'a> {
    pub(super) fn of(depths: &'a Distribution, most_room: usize) -> Self {
        let depths = distinct(depths);
        let places = if most_room < LEAST_ROUNDED {
            PLACES.0
        } else {
            PLACES.1
        };
        Self {
            most_room,
            ruler: Ruler::of(&depths, places),
            depths,
            singles: OnceCell::new(),
            parted: OnceCell::new(),
        }
    }

    /// The bytes, no more than `room` of them where that can be, and never more than the room that was prepared for.
    pub(super) fn pack(&self, room: usize) -> Vec<u8> {
        self.whole(room).unwrap_or_else(|| self.in_cells(room))
    }

    /// Every depth as it is, where there is room.
    fn whole(&self, room: usize) -> Option<Vec<u8>> {
        let (values, counts) = (self.depths.values_m(), self.depths.counts());
        // Less than a bit for a depth and a bit for its count there cannot be.
        if values.len() > 4 * room || values.len() > MOST_WHOLE {
            return None;
        }
        let counts = counts.iter().map(|n| u64::from(*n));
        let all: Vec<_> = values.iter().copied().zip(counts).collect();
        // A lattice may be off in the last bit, and a depth that the end of a range stands on falls outside of it then.
        let exact = Ruler::floats(&self.depths, PLACES.0);
        let ways = [(&exact, FINENESS[0])].into_iter();
        ways.chain(FINENESS.map(|fineness| (&self.ruler, fineness)))
            .map(|(ruler, fineness)| written(ruler, &all, &[], fineness))
            .find(|bytes| bytes.len() <= room)
    }

    /// Every depth, rounded as finely as there is room for, where depths lie anywhere; what stands by itself as it is.
    pub(super) fn rounded(&self, room: usize) -> Option<Vec<u8>> {
        // In little room cells do as well.
        if self.ruler.is_lattice() || room < LEAST_ROUNDED {
            return None;
        }
        let singles = self.singles();
        ROUNDED.rev().find_map(|bits| {
            let coarse = Ruler::rounding(&self.depths, bits);
            let mut apart = singles.iter().peekable();
            let mut rest: Vec<(f64, u64)> = Vec::new();
            for (&depth_m, &count) in self.depths.values_m().iter().zip(self.depths.counts()) {
                let own = apart.next_if(|single| single.0 == depth_m);
                let count = u64::from(count) - own.map_or(0, |single| single.1);
                let depth_m = coarse.numbered_m(coarse.nearest(depth_m));
                match rest.last_mut() {
                    _ if count == 0 => {}
                    Some((last_m, sum)) if *last_m == depth_m => *sum += count,
                    _ => rest.push((depth_m, count)),
                }
            }
            if rest.len() > 4 * room || rest.len() > MOST_WHOLE {
                return None;
            }
            let mut to = Writer::default();
            self.ruler.write(&mut to);
            to.bits(AND_ROUNDED, FINENESS_BITS);
            write_singles(&mut to, &self.ruler, singles, FINENESS[0]);
            coarse.write(&mut to);
            write_singles(&mut to, &coarse, &rest, BEYOND_ONE);
            let bytes = to.into_bytes();
            (bytes.len() <= room).then_some(bytes)
        })
    }

    fn in_cells(&self, room: usize) -> Vec<u8> {
        let singles = self.singles();
        let Parted { places, cuts } = self.parted.get_or_init(|| self.parted());
        let mut most = (8 * room / BITS_PER_CELL).min(cuts.len());
        loop {
            let cells = places.cells(&cuts[..most]);
            let bytes = written(&self.ruler, singles, &cells, FINENESS[1]);
            if bytes.len() <= room || most == 0 {
                return bytes;
            }
            // What is too much, and a little more.
            most = (most * room / bytes.len()).min(most - 1);
        }
    }

    fn singles(&self) -> &[(f64, u64)] {
        self.singles
            .get_or_init(|| singles(&self.ruler, &self.depths))
    }

    fn parted(&self) -> Parted {
        let places = Places::of(&self.ruler, &self.depths, self.singles());
        let cuts = places.cuts((8 * self.most_room / BITS_PER_CELL).min(MOST_CUTS));
        Parted { places, cuts }
    }
}

/// The same depths, each once.
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
    // They are as sorted as they were.
    Distribution::new(values, counts, depths.resolution()).map_or(Cow::Borrowed(depths), Cow::Owned)
}

/// The depths that hold many more pixels than those beside them, and both ends, with the pixels that stand there by themselves.
fn singles(ruler: &Ruler, depths: &Distribution) -> Vec<(f64, u64)> {
    let (values, counts) = (depths.values_m(), depths.counts());
    let total = depths.count();
    let beside = |at: usize| -> f64 {
        let from = at.saturating_sub(BESIDE);
        let to = (at + BESIDE + 1).min(values.len());
        let pixels: f64 = counts[from..to].iter().map(|n| f64::from(*n)).sum();
        let places = if ruler.is_lattice() {
            (ruler.place_of(values[to - 1]) - ruler.place_of(values[from])) as f64
        } else {
            (to - from - 1) as f64
        };
        (pixels - f64::from(counts[at])) / places.max(1.0)
    };
    let mut heavy: Vec<(f64, usize)> = (0..values.len())
        .filter(|at| f64::from(counts[*at]) >= HEAVY * total)
        .map(|at| (f64::from(counts[at]) - beside(at), at))
        .filter(|(more, _)| *more >= HEAVY * total)
        .collect();
    heavy.sort_by(|a, b| b.0.total_cmp(&a.0));
    heavy.truncate(MOST_HEAVY);
    let mut chosen: Vec<usize> = heavy.into_iter().map(|(_, at)| at).collect();
    chosen.extend([0, values.len() - 1]);
    chosen.sort_unstable();
    chosen.dedup();
    chosen
        .into_iter()
        .map(|at| (values[at], u64::from(counts[at])))
        .collect()
}

fn written(ruler: &Ruler, singles: &[(f64, u64)], cells: &[Cell], fineness: u64) -> Vec<u8> {
    let mut to = Writer::default();
    ruler.write(&mut to);
    write_singles(&mut to, ruler, singles, fineness);
    write_length(&mut to, cells.len(), CELLS);
    if !cells.is_empty() {
        let widths = cells.iter().map(|cell| (cell.to - cell.from) as u64 - 1);
        to.run(&widths.collect::<Vec<_>>());
        let counts = told(cells.iter().map(|cell| cell.count), fineness, 0);
        to.run(&counts);
        for (cell, count) in cells.iter().zip(counts) {
            if counted(count, fineness) > 0 {
                to.bits(u64::from(cell.mean), 8);
            }
        }
    }
    to.into_bytes()
}

/// Depths one by one: how finely their pixels are counted, how many depths there are, the steps from each to the next, and the pixels.
fn write_singles(to: &mut Writer, ruler: &Ruler, singles: &[(f64, u64)], fineness: u64) {
    to.bits(fineness, FINENESS_BITS);
    write_length(to, singles.len(), SINGLES);
    let mut next = 0;
    let steps: Vec<u64> = singles
        .iter()
        .map(|(depth_m, _)| {
            let number = ruler.number_of(*depth_m);
            let step = number - next;
            next = number + 1;
            step
        })
        .collect();
    // The first is far from zero, where numbers are the patterns of floats.
    to.run(steps.get(..1).unwrap_or_default());
    to.run(steps.get(1..).unwrap_or_default());
    to.run(&told(singles.iter().map(|single| single.1), fineness, 1));
}

/// The inverse of [`write_singles`] behind its first number.
fn read_singles(from: &mut Reader, ruler: &Ruler, fineness: u64) -> Option<Vec<(f64, u64)>> {
    let length = read_length(from, SINGLES)?;
    let mut steps = from.run(length.min(1))?;
    steps.extend(from.run(length.saturating_sub(1))?);
    let counts = from.run(length)?;
    let mut next = 0_u64;
    let mut singles = Vec::with_capacity(length);
    for (step, count) in steps.into_iter().zip(counts) {
        let number = next.checked_add(step)?;
        next = number.checked_add(1)?;
        singles.push((ruler.numbered_m(number), counted(count, fineness)));
    }
    Some(singles)
}

/// How many there are, in so many bits; where all of those are set, what is more follows in others. The first links have fewer.
fn write_length(to: &mut Writer, length: usize, (bits, more): (u32, u32)) {
    let (length, most) = (length as u64, (1 << bits) - 1);
    to.bits(length.min(most), bits);
    if length >= most {
        to.bits(length - most, more);
    }
}

/// The inverse of [`write_length`].
fn read_length(from: &mut Reader, (bits, more): (u32, u32)) -> Option<usize> {
    let most = (1 << bits) - 1;
    let length = from.bits(bits)?;
    let rest = if length == most { from.bits(more)? } else { 0 };
    usize::try_from(length + rest).ok()
}

/// Numbers of pixels as they are told: as they are, or their roots in so many parts of 1, which is as fine as chance leaves them. What
/// one of many is too small by, the next of many has more: among the few pixels at the far end none may be added.
fn told(counts: impl Iterator<Item = u64>, fineness: u64, least: u64) -> Vec<u64> {
    match fineness {
        0 => return counts.collect(),
        BEYOND_ONE => return counts.map(|count| count.saturating_sub(1)).collect(),
        _ => {}
    }
    let mut owed = 0.0;
    let tell = |count: u64| {
        let is_many = count > 4 * fineness * fineness;
        let wanted = count as f64 + if is_many { owed } else { 0.0 };
        let mut told = (wanted.sqrt() * fineness as f64).round() as u64;
        // One pixel is a pixel, however coarse the root.
        if counted(told, fineness) < least {
            told = fineness;
        }
        owed += count as f64 - counted(told, fineness) as f64;
        told
    };
    counts.map(tell).collect()
}

/// The inverse of [`told`].
fn counted(told: u64, fineness: u64) -> u64 {
    match fineness {
        0 => return told,
        BEYOND_ONE => return told.saturating_add(1),
        _ => {}
    }
    let root = told as f64 / fineness as f64;
    (root * root).round() as u64
}

/// The distribution that bytes describe.
pub(super) fn unpack(bytes: &[u8], resolution: Resolution) -> Result<Distribution, SketchError> {
    let (values, counts) = read(bytes).ok_or(SketchError::Damaged)?;
    Ok(Distribution::new(values, counts, resolution)?)
}

fn read(bytes: &[u8]) -> Option<(Vec<f64>, Vec<u32>)> {
    let mut from = Reader::new(bytes);
    let ruler = Ruler::read(&mut from)?;
    let fineness = from.bits(FINENESS_BITS)?;
    if fineness == AND_ROUNDED {
        return read_rounded(&mut from, &ruler);
    }
    let singles = read_singles(&mut from, &ruler, fineness)?;
    let cells = read_length(&mut from, CELLS)?;
    let mut all = Merged::over(singles);
    if cells > 0 {
        let widths = from.run(cells)?;
        let counts = from.run(cells)?;
        let mut start = 0_u64;
        for (width, count) in widths.into_iter().zip(counts) {
            let count = counted(count, fineness);
            let width = width.checked_add(1)?;
            let mean = if count > 0 { from.bits(8)? as u8 } else { 0 };
            let end = start.checked_add(width)?;
            if count > 0 {
                all.take(&ruler, start, end, count, mean)?;
            }
            start = end;
        }
    }
    all.done()
}

/// Depths that stand by themselves and the rest, rounded, in one order.
fn read_rounded(from: &mut Reader, ruler: &Ruler) -> Option<(Vec<f64>, Vec<u32>)> {
    let mut all = Vec::new();
    let fineness = from.bits(FINENESS_BITS)?;
    all.extend(read_singles(from, ruler, fineness)?);
    let coarse = Ruler::read(from)?;
    let fineness = from.bits(FINENESS_BITS)?;
    all.extend(read_singles(from, &coarse, fineness)?);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let counts: Option<Vec<u32>> = all.iter().map(|(_, n)| u32::try_from(*n).ok()).collect();
    Some((
        all.into_iter().map(|(depth_m, _)| depth_m).collect(),
        counts?,
    ))
}

/// Single depths and those of cells, put in one order.
struct Merged {
    singles: std::iter::Peekable<std::vec::IntoIter<(f64, u64)>>,
    /// The first and the last of them, between which all depths are: the ends of cells may lie beyond.
    ends_m: Option<(f64, f64)>,
    /// Parts of all cells so far.
    parts: u64,
    values: Vec<f64>,
    counts: Vec<u32>,
}

impl Merged {
    fn over(singles: Vec<(f64, u64)>) -> Self {
        Self {
            ends_m: singles.first().zip(singles.last()).map(|(a, b)| (a.0, b.0)),
            singles: singles.into_iter().peekable(),
            parts: 0,
            values: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn push(&mut self, depth_m: f64, count: u64) -> Option<()> {
        self.values.push(depth_m);
        self.counts.push(u32::try_from(count).ok()?);
        (self.values.len() as u64 <= MOST_DEPTHS).then_some(())
    }

    fn take(&mut self, ruler: &Ruler, start: u64, end: u64, count: u64, mean: u8) -> Option<()> {
        let places = end - start;
        let parts = if ruler.is_lattice() {
            places
        } else {
            places.checked_mul(PARTS)?
        };
        // Parts without a pixel cost time too.
        self.parts = self.parts.checked_add(parts)?;
        if self.parts > MOST_DEPTHS {
            return None;
        }
        let (low, high) = (ruler.place_m(start), ruler.place_m(end));
        for (part, count) in spread(count, mean, parts).enumerate() {
            if count == 0 {
                continue;
            }
            let depth_m = if ruler.is_lattice() {
                ruler.place_m(start + part as u64)
            } else {
                let inside = low + (high - low) * (part as f64 + 0.5) / parts as f64;
                self.ends_m
                    .map_or(inside, |(near, far)| inside.max(near).min(far))
            };
            while let Some((single_m, count)) = self.singles.next_if(|s| s.0 <= depth_m) {
                self.push(single_m, count)?;
            }
            self.push(depth_m, count)?;
        }
        Some(())
    }

    fn done(mut self) -> Option<(Vec<f64>, Vec<u32>)> {
        while let Some((single_m, count)) = self.singles.next() {
            self.push(single_m, count)?;
        }
        Some((self.values, self.counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 pixels of single precision, no two alike, and a wall of 500.
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

    #[test]
    fn rounded_depths_lie_beside_their_own_and_what_stands_by_itself_does_not_move() {
        let depths = scattered();
        let bytes = Packer::of(&depths, 2600).rounded(2600).expect("room");
        let again = unpack(&bytes, Resolution::Exact).expect("own bytes");
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

    /// What was written once: every later program must read it.
    #[test]
    fn rounded_depths_of_an_older_link_are_still_read() {
        const GOLDEN: &str = "1d9c0000000001ff3333c0000e1ffccccccd8f6666669630c41c07db21000000000000000003e0133bffa30461e4cf2e5cccab9e622d56b9e59053c2\
        e796414eeaf8fe5aafcf2a8a79f3caa29da8a77f3caa29dfcf2e5ab7cf2a8a77f3ca99145e7952d55e79714ede79714ef14f5e79714ede7952d55e79\
        714ede7901fffffffff8";
        let digit = |at: usize| u8::from_str_radix(&GOLDEN[at..at + 2], 16).expect("hexadecimal");
        let bytes: Vec<u8> = (0..GOLDEN.len()).step_by(2).map(digit).collect();
        let again = unpack(&bytes, Resolution::Exact).expect("readable");
        let (depths, sum_m) = (scattered(), again.total().depth.value());
        assert_eq!(again.count(), 540.0);
        assert_eq!(again.values_m().len(), 41);
        assert_eq!(
            (again.min_m(), again.max_m()),
            (depths.min_m(), depths.max_m())
        );
        assert!((sum_m - 1_384.627_645_671_367_6).abs() < 1e-9, "{sum_m}");
    }

    /// More depths, and more cells, than the first links could tell.
    #[test]
    fn many_depths_and_many_cells_are_told() {
        for length in [0, 1022, 1023, 1024, 9000, 16_382, 16_383, 65_536] {
            for bits in [SINGLES, CELLS] {
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
        let bytes = Packer::of(&depths, 30_000)
            .rounded(30_000)
            .expect("more than 16,383 of them");
        let again = unpack(&bytes, Resolution::Exact).expect("own bytes");
        assert_eq!(again.count(), 20_000.0);
        let bytes = Packer::of(&depths, 10_000).in_cells(10_000);
        assert!(bytes.len() > 4_000, "{} bytes", bytes.len());
        let again = unpack(&bytes, Resolution::Exact).expect("own bytes");
        // Roots tell the pixels of a cell as finely as chance leaves them.
        assert!((again.count() / 20_000.0 - 1.0).abs() < 0.01);
    }
}
