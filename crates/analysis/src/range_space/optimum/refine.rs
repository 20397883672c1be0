//! Final refinement of the best range: random steps of all sizes, and steps onto discontinuities and kinks of the cost.
//!
//! A depth on a cell boundary is coded as either neighbour. Distances to both are equal, so errors in metres are continuous, but ratios and
//! inverses are not. The cost jumps there, and its minimum lies at the edge of a jump or where two edges meet. Absolute errors have
//! kinks where a value equals a depth, and their minimum lies where two values do. A pattern search reaches neither; this file
//! computes both from the depths next to the values.
//!
//! Source of the random steps: F. J. Solis, R. J.-B. Wets, "Minimization by random search techniques", Mathematics of Operations
//! Research 6, 1981.

use super::objective::{BESIDE, Objective, depth_weight};
use super::pattern_search::PatternSearch;
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// Values and cell boundaries at the near end that are moved onto depths. Ratios and inverses weigh near depths most, and the two values
/// beside a farther boundary differ less in ratio.
const NEAR_POSITIONS: u32 = 8;

/// Number of the heaviest depths, such as walls, that values are moved onto.
const HEAVY_DEPTHS: usize = 8;

/// Maximum number of rounds. Each starts from the best range of the previous one.
const ROUNDS: u32 = 12;

/// The refinement ends when a round gains less than this share of the cost.
const MIN_GAIN: f64 = 1e-8;

/// Random steps per round; more where measuring is cheap.
const STEPS_EXPENSIVE: u32 = 400;
const STEPS_CHEAP: u32 = 1600;

/// Powers of ten of the step sizes, relative to the width: from -2 down to -11.
const LARGEST_STEP: f64 = -2.0;
const STEP_DECADES: f64 = 9.0;

/// A requirement that a position of the code lies on a depth.
#[derive(Clone, Copy, Debug)]
struct Constraint {
    /// The position as a share of the range.
    share: f64,
    /// The required depth, in metres.
    at_m: f64,
}

/// Improves the best range of a search until a round gains too little.
pub(super) fn refine(search: &mut PatternSearch<'_>) {
    let objective = search.objective;
    let mut random = Xorshift::new();
    let steps = if objective.is_cheap() {
        STEPS_CHEAP
    } else {
        STEPS_EXPENSIVE
    };
    for _ in 0..ROUNDS {
        let Some(best) = search.best else { return };
        random_steps(search, &mut random, steps);
        let Some(now) = search.best else { return };
        let about = now.point.range;
        for (start_m, end_m) in ranges_on(&constraints(&objective, about), about) {
            if objective.has_free_start() || start_m == about.min_m() {
                search.measure(start_m, end_m);
            }
        }
        let gain = best.rank.0 - search.best.map_or(0.0, |now| now.rank.0);
        if gain <= MIN_GAIN * best.rank.0.abs() {
            return;
        }
    }
}

/// Returns the positions of the code at which the cost has discontinuities or kinks, each with the depths next to it.
fn constraints(objective: &Objective<'_>, range: OutputRange) -> Vec<Constraint> {
    let (depths, steps) = (objective.depths, objective.steps());
    let near = 0..NEAR_POSITIONS.min(steps);
    // A cost with both kinds needs fewer depths per position.
    let count = if objective.has_kinks() { 2 } else { 4 };
    // Below the boundary a depth gets the farther value, which is nearer by ratio. SILog prefers equal errors, so it needs both sides.
    let sides: &[f64] = if objective.criterion == Criterion::Silog {
        &[-1.0, 1.0]
    } else {
        &[-1.0]
    };
    let mut out = Vec::new();
    if objective.is_discontinuous() {
        for k in near.clone() {
            let share = (f64::from(k) + 0.5) / f64::from(steps);
            let next = nearest_depths(depths, range.min_m() + share * range.width_m(), count);
            for side in sides {
                let beside_m = side * BESIDE * range.width_m();
                let constraint = |depth_m| Constraint {
                    share,
                    at_m: depth_m + beside_m,
                };
                out.extend(next.iter().map(constraint));
            }
        }
    }
    if objective.has_kinks() {
        let step_m = range.width_m() / f64::from(steps);
        for k in near {
            let share = f64::from(k) / f64::from(steps);
            let next = nearest_depths(depths, range.min_m() + f64::from(k) * step_m, 2);
            out.extend(next.iter().map(|&at_m| Constraint { share, at_m }));
        }
        for at_m in heaviest(depths, objective.criterion) {
            let share = ((at_m - range.min_m()) / step_m).round() / f64::from(steps);
            if (0.0..=1.0).contains(&share) {
                out.push(Constraint { share, at_m });
            }
        }
    }
    out
}

/// Returns `count` depths about a position, half of them below it.
fn nearest_depths(depths: &Distribution, position_m: f64, count: usize) -> &[f64] {
    let next = depths.first_at_least(0, usize::MAX, position_m);
    let values = depths.values_m();
    &values[next.saturating_sub(count / 2)..(next + count / 2).min(values.len())]
}

/// Returns the depths with the largest weights under a metric, in metres.
fn heaviest(depths: &Distribution, criterion: Criterion) -> Vec<f64> {
    let mut heavy: Vec<(f64, f64)> = Vec::new();
    for (&depth_m, &count) in depths.values_m().iter().zip(depths.counts()) {
        let own = f64::from(count) * depth_weight(criterion, depth_m);
        let at = heavy.partition_point(|other| other.0 >= own);
        if at < HEAVY_DEPTHS {
            heavy.insert(at, (own, depth_m));
            heavy.truncate(HEAVY_DEPTHS);
        }
    }
    heavy.into_iter().map(|(_, depth_m)| depth_m).collect()
}

/// Returns the ranges near `range` that satisfy one constraint, by moving both ends or one, or two constraints.
fn ranges_on(constraints: &[Constraint], range: OutputRange) -> Vec<(f64, f64)> {
    let (start_m, width_m) = (range.min_m(), range.width_m());
    let mut out = Vec::new();
    for (i, one) in constraints.iter().enumerate() {
        let by_m = one.at_m - (start_m + one.share * width_m);
        out.push((start_m + by_m, start_m + by_m + width_m));
        if one.share > 0.0 {
            out.push((start_m, start_m + width_m + by_m / one.share));
        }
        if one.share < 1.0 {
            out.push((start_m + by_m / (1.0 - one.share), start_m + width_m));
        }
        for other in &constraints[..i] {
            let apart = one.share - other.share;
            if apart.abs() > 1e-9 {
                let width_m = (one.at_m - other.at_m) / apart;
                let start_m = one.at_m - one.share * width_m;
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

/// Tries random steps from the best range: shifts, free moves, and moves that keep one cell boundary or one value in place.
fn random_steps(search: &mut PatternSearch<'_>, random: &mut Xorshift, count: u32) {
    let steps = f64::from(search.objective.steps());
    let has_free_start = search.objective.has_free_start();
    for i in 0..count {
        let Some(best) = search.best else { return };
        let range = best.point.range;
        let reach_m = range.width_m() * libm::exp10(LARGEST_STEP - STEP_DECADES * random.unit());
        let (x, y) = (random.signed() * reach_m, random.signed() * reach_m);
        let by_m = match i % 4 {
            _ if !has_free_start => (0.0, y),
            0 => (x, x),
            1 => (x, y),
            2 => {
                let share = ((random.unit() * f64::from(NEAR_POSITIONS)).floor() + 0.5) / steps;
                (-share * y, (1.0 - share) * y)
            }
            _ => {
                let share = (random.unit() * steps).round() / steps;
                (-share * y, (1.0 - share) * y)
            }
        };
        search.extend(best, by_m);
    }
}

/// A deterministic pseudo-random generator (G. Marsaglia, "Xorshift RNGs", J. Statistical Software 8, 2003).
struct Xorshift(u64);

impl Xorshift {
    fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    /// Returns a number from 0 to 1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a number from -1 to 1.
    fn signed(&mut self) -> f64 {
        2.0 * self.unit() - 1.0
    }
}
