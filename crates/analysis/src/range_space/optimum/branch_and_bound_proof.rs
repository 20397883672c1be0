//! A proof, on a few depths and bits, that no range at all is better than the one found: branch and bound over both ends.
//!
//! In a box of ranges each value of the code moves between two places. Every depth that could get the value, somewhere in the box, is at
//! least as far from it as from the nearer of the two; so the sum of the least errors bounds the metric from below in the whole box, and
//! a box whose bound is not under the cost found holds nothing better. All others are halved.
//!
//! Knows the definition of the code and of the metrics, and nothing of how either is computed elsewhere.
//!
//! Source: A. H. Land and A. G. Doig, "An automatic method of solving discrete programming problems", Econometrica 28, 1960.

use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M};

/// Starts and ends from the least to the most, in metres.
#[derive(Clone, Copy, Debug)]
struct Ranges {
    start_m: (f64, f64),
    end_m: (f64, f64),
}

impl Ranges {
    /// Where the value lies that stands at a share of the range, or the middle between two of them.
    fn value_m(&self, share: f64) -> (f64, f64) {
        let at = |start: f64, end: f64| (1.0 - share) * start + share * end;
        (
            at(self.start_m.0, self.end_m.0),
            at(self.start_m.1, self.end_m.1),
        )
    }

    fn halves(&self) -> [Self; 2] {
        let middle = |(low, high): (f64, f64)| f64::midpoint(low, high);
        let wide = self.start_m.1 - self.start_m.0 > self.end_m.1 - self.end_m.0;
        let (mut near, mut far) = (*self, *self);
        if wide {
            (near.start_m.1, far.start_m.0) = (middle(self.start_m), middle(self.start_m));
        } else {
            (near.end_m.1, far.end_m.0) = (middle(self.end_m), middle(self.end_m));
        }
        [near, far]
    }
}

/// One pixel's share of a metric's sum. It grows with the distance to either side.
fn error(criterion: Criterion, p_m: f64, d_m: f64) -> f64 {
    let floored_m = p_m.max(DEFAULT_EVAL_MIN_M);
    let (e, log) = (p_m - d_m, libm::log(floored_m / d_m));
    let inverse = 1e3 * (1.0 / floored_m - 1.0 / d_m);
    match criterion {
        Criterion::Rmse => e * e,
        Criterion::Mae => e.abs(),
        Criterion::AbsRel => e.abs() / d_m,
        Criterion::RmseLog => log * log,
        Criterion::Log10 => log.abs() / std::f64::consts::LN_10,
        Criterion::Imae => inverse.abs(),
        other => panic!("{other:?} is no mean of errors that grow with the distance"),
    }
}

/// The least that a metric can be in a box of ranges.
fn bound(criterion: Criterion, depths_m: &[f64], steps: u32, ranges: &Ranges) -> f64 {
    let share = |place: f64| place / f64::from(steps);
    let least = |d_m: f64| {
        (0..=steps)
            .filter(|&k| {
                let middle = |k: f64| ranges.value_m(share(k + 0.5));
                let reaches_down = k == 0 || d_m >= middle(f64::from(k) - 1.0).0;
                let reaches_up = k == steps || d_m <= middle(f64::from(k)).1;
                reaches_down && reaches_up
            })
            .map(|k| {
                let (low_m, high_m) = ranges.value_m(share(f64::from(k)));
                error(criterion, d_m.clamp(low_m, high_m), d_m)
            })
            .fold(f64::INFINITY, f64::min)
    };
    let mean = depths_m.iter().map(|&d| least(d)).sum::<f64>() / depths_m.len() as f64;
    match criterion {
        Criterion::Rmse | Criterion::RmseLog => mean.sqrt(),
        _ => mean,
    }
}

/// Boxes looked at before giving up.
const MOST_BOXES: usize = 20_000_000;

/// Proves that no range with a start from 0 m to the largest depth, and an end to `last_m`, has a cost under `cost`. The sentence says
/// which box may hold one, or that the proof would take too long.
pub(super) fn no_range_is_under(
    cost: f64,
    criterion: Criterion,
    depths_m: &[f64],
    steps: u32,
    last_m: f64,
) -> Result<usize, String> {
    let largest_m = depths_m.iter().copied().fold(0.0, f64::max);
    let mut waiting = vec![Ranges {
        start_m: (0.0, largest_m),
        end_m: (0.0, last_m),
    }];
    let mut looked_at = 0;
    while let Some(ranges) = waiting.pop() {
        looked_at += 1;
        let is_range = ranges.end_m.1 > ranges.start_m.0;
        if !is_range || bound(criterion, depths_m, steps, &ranges) >= cost {
            continue;
        }
        let widest = (ranges.start_m.1 - ranges.start_m.0).max(ranges.end_m.1 - ranges.end_m.0);
        if widest < 1e-12 * last_m || looked_at > MOST_BOXES {
            return Err(format!(
                "{criterion:?}: after {looked_at} boxes {ranges:?} may have less than {cost}"
            ));
        }
        waiting.extend(ranges.halves());
    }
    Ok(looked_at)
}
