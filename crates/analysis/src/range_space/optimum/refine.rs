//! The last millionths: steps of all sizes from the best range, and steps onto the edges of its cost.
//!
//! A depth half way between two values goes to one or the other. Distances agree there, so that errors in metres are continuous, but ratios
//! and inverses are not: the cost jumps, and it is least right at the edge of a jump or where two edges meet. Absolute errors have kinks
//! where a value lies on a depth, and are least where two values do. No stride of a walk hits either; both are computed here from the
//! depths next to the values.
//!
//! Knows how to measure. Must not know where walks begin.
//!
//! Source of the steps of all sizes: F. J. Solis, R. J.-B. Wets, "Minimization by random search techniques", Mathematics of Operations
//! Research 6, 1981.

use super::OptimumSearch;
use super::combs::CHEAP_DEPTHS;
use super::descent::{Descent, Place};
use super::teeth::weight;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Values and middles at the near end that are set on depths: ratios and inverses weigh those most, and the farther a middle, the less its
/// two values differ in ratio.
const NEAR_PLACES: u32 = 8;

/// The heaviest depths that values are set on: walls.
const HEAVY_DEPTHS: usize = 8;

/// How far beside a depth a middle is set, as a share of the width: the depth then belongs to one side for certain.
pub(super) const BESIDE: f64 = 1e-14;

/// Looks at the edges, each about what the one before has found.
const ROUNDS: u32 = 12;

/// They end where one gains less than this share of the cost.
const LEAST_GAIN: f64 = 1e-8;

/// Steps of all sizes before each look: more where measuring is cheap.
const STEPS: u32 = 400;
const MANY_STEPS: u32 = 1600;

/// The sizes of steps, as powers of ten of the width.
const LARGEST: f64 = -2.0;
const DECADES: f64 = 9.0;

/// A place of the code that is to lie on a depth.
#[derive(Clone, Copy, Debug)]
struct Pin {
    /// The place as a share of the range.
    share: f64,
    /// Where it is to lie, in metres.
    at_m: f64,
}

/// Takes the best range of a descent onto the edges about it, as long as that gains.
pub(super) fn edges(
    depths: &Distribution,
    search: &OptimumSearch,
    criterion: Criterion,
    descent: &mut Descent<'_>,
) {
    let mut numbers = Numbers::new();
    let steps = if depths.values_m().len() <= CHEAP_DEPTHS {
        MANY_STEPS
    } else {
        STEPS
    };
    for _ in 0..ROUNDS {
        let Some(best) = descent.best else { return };
        stride(search, descent, &mut numbers, steps);
        let Some(now) = descent.best else { return };
        let about = now.point.range;
        for (start_m, end_m) in ranges_on(&pins(depths, search, criterion, about), about) {
            // With a zero point the start stays where it is.
            if search.how.code == CodeKind::Uniform || start_m == about.min_m() {
                descent.measure(start_m, end_m);
            }
        }
        let gain = best.rank.0 - descent.best.map_or(0.0, |now| now.rank.0);
        if gain <= LEAST_GAIN * best.rank.0.abs() {
            return;
        }
    }
}

/// Places of the code with a depth that lies next to each, where the cost has edges.
fn pins(
    depths: &Distribution,
    search: &OptimumSearch,
    criterion: Criterion,
    range: OutputRange,
) -> Vec<Pin> {
    let steps = search.how.bits.steps();
    let near = 0..NEAR_PLACES.min(steps);
    // Where two kinds of edges meet there are enough of them.
    let about = if is_absolute(criterion) { 2 } else { 4 };
    // The farther value is nearer by ratio: a depth at the middle belongs above it, unless what counts is that errors are alike.
    let sides: &[f64] = if criterion == Criterion::Silog {
        &[-1.0, 1.0]
    } else {
        &[-1.0]
    };
    let mut out = Vec::new();
    if is_torn(criterion) {
        for k in near.clone() {
            let share = (f64::from(k) + 0.5) / f64::from(steps);
            let next = next_depths(depths, range.min_m() + share * range.width_m(), about);
            for side in sides {
                let beside_m = side * BESIDE * range.width_m();
                let pin = |depth_m| Pin {
                    share,
                    at_m: depth_m + beside_m,
                };
                out.extend(next.iter().map(pin));
            }
        }
    }
    if is_absolute(criterion) {
        let step_m = range.width_m() / f64::from(steps);
        for k in near {
            let share = f64::from(k) / f64::from(steps);
            let next = next_depths(depths, range.min_m() + f64::from(k) * step_m, 2);
            out.extend(next.iter().map(|&at_m| Pin { share, at_m }));
        }
        for at_m in heaviest(depths, criterion) {
            let share = ((at_m - range.min_m()) / step_m).round() / f64::from(steps);
            if (0.0..=1.0).contains(&share) {
                out.push(Pin { share, at_m });
            }
        }
    }
    out
}

/// So many depths about a place, half of them under it.
fn next_depths(depths: &Distribution, place_m: f64, count: usize) -> &[f64] {
    let next = depths.first_at_least(0, usize::MAX, place_m);
    let values = depths.values_m();
    &values[next.saturating_sub(count / 2)..(next + count / 2).min(values.len())]
}

/// Whether the cost jumps where a depth changes its value.
pub(super) fn is_torn(criterion: Criterion) -> bool {
    matches!(
        criterion,
        Criterion::RmseLog
            | Criterion::Silog
            | Criterion::Log10
            | Criterion::Irmse
            | Criterion::Imae
    )
}

/// Whether the cost has a kink where a value lies on a depth.
fn is_absolute(criterion: Criterion) -> bool {
    matches!(
        criterion,
        Criterion::Mae | Criterion::AbsRel | Criterion::Log10 | Criterion::Imae
    )
}

/// The depths that weigh most under a metric.
fn heaviest(depths: &Distribution, criterion: Criterion) -> Vec<f64> {
    let mut heavy: Vec<(f64, f64)> = Vec::new();
    for (&depth_m, &count) in depths.values_m().iter().zip(depths.counts()) {
        let own = f64::from(count) * weight(criterion, depth_m);
        let at = heavy.partition_point(|other| other.0 >= own);
        if at < HEAVY_DEPTHS {
            heavy.insert(at, (own, depth_m));
            heavy.truncate(HEAVY_DEPTHS);
        }
    }
    heavy.into_iter().map(|(_, depth_m)| depth_m).collect()
}

/// Ranges with one place on its depth, moved from both sides or one, and with two.
fn ranges_on(pins: &[Pin], range: OutputRange) -> Vec<(f64, f64)> {
    let (start_m, width_m) = (range.min_m(), range.width_m());
    let mut out = Vec::new();
    for (i, pin) in pins.iter().enumerate() {
        let by_m = pin.at_m - (start_m + pin.share * width_m);
        out.push((start_m + by_m, start_m + by_m + width_m));
        if pin.share > 0.0 {
            out.push((start_m, start_m + width_m + by_m / pin.share));
        }
        if pin.share < 1.0 {
            out.push((start_m + by_m / (1.0 - pin.share), start_m + width_m));
        }
        for other in &pins[..i] {
            let apart = pin.share - other.share;
            if apart.abs() > 1e-9 {
                let width_m = (pin.at_m - other.at_m) / apart;
                let start_m = pin.at_m - pin.share * width_m;
                out.push((start_m, start_m + width_m));
            }
        }
    }
    let is_near = |(a, b): &(f64, f64)| {
        let far_m = 0.1 * width_m;
        *a >= 0.0 && (a - start_m).abs() < far_m && (b - range.max_m()).abs() < far_m
    };
    out.retain(is_near);
    out
}

/// Steps of all sizes in all directions, and about places that hold still.
fn stride(search: &OptimumSearch, descent: &mut Descent<'_>, numbers: &mut Numbers, count: u32) {
    let steps = f64::from(search.how.bits.steps());
    let has_start = search.how.code == CodeKind::Uniform;
    for i in 0..count {
        let Some(best) = descent.best else { return };
        let range = best.point.range;
        let reach_m = range.width_m() * libm::exp10(LARGEST - DECADES * numbers.share());
        let (x, y) = (numbers.signed() * reach_m, numbers.signed() * reach_m);
        let by_m = match i % 4 {
            _ if !has_start => (0.0, y),
            0 => (x, x),
            1 => (x, y),
            2 => {
                // About a middle near the start.
                let share = ((numbers.share() * f64::from(NEAR_PLACES)).floor() + 0.5) / steps;
                (-share * y, (1.0 - share) * y)
            }
            _ => {
                let share = (numbers.share() * steps).round() / steps;
                (-share * y, (1.0 - share) * y)
            }
        };
        follow(descent, best, by_m);
    }
}

/// Goes one way, twice as far each time, as long as that gains.
fn follow(descent: &mut Descent<'_>, from: Place, by_m: (f64, f64)) {
    let (mut at, mut by_m) = (from, by_m);
    loop {
        let range = at.point.range;
        match descent.measure(range.min_m() + by_m.0, range.max_m() + by_m.1) {
            Some(next) if next.rank < at.rank => at = next,
            _ => return,
        }
        by_m = (2.0 * by_m.0, 2.0 * by_m.1);
    }
}

/// Numbers that look random and are the same every time (G. Marsaglia, "Xorshift RNGs", J. Statistical Software 8, 2003).
struct Numbers(u64);

impl Numbers {
    fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From -1 to 1.
    fn signed(&mut self) -> f64 {
        2.0 * self.share() - 1.0
    }
}
