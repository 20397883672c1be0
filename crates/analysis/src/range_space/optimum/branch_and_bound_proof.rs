//! Test oracle: a proof by branch and bound over both ends, on few depths and bits, that no range has a lower cost.
//!
//! In a box of ranges each value of the code covers an interval. A depth that may be coded as the value is at least as far from it as from
//! the interval. The sum of the smallest errors is a lower bound of the metric in the box. A box whose bound is not below the cost is
//! dropped; all others are halved.
//!
//! The oracle uses only the definitions of the code and of the metrics, and no other code of this crate.
//!
//! Source: A. H. Land and A. G. Doig, "An automatic method of solving discrete programming problems", Econometrica 28, 1960.

use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M};

/// A box of ranges: intervals of starts and of ends, in metres.
#[derive(Clone, Copy, Debug)]
struct RangeBox {
    start_m: (f64, f64),
    end_m: (f64, f64),
}

impl RangeBox {
    /// Returns the interval in metres of the position at a share of the range.
    fn position_m(&self, share: f64) -> (f64, f64) {
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

/// Computes one pixel's contribution to a metric's sum. It grows with the distance to either side.
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

/// Computes a lower bound of a metric in a box of ranges.
fn bound(criterion: Criterion, depths_m: &[f64], steps: u32, ranges: &RangeBox) -> f64 {
    let share = |place: f64| place / f64::from(steps);
    let least = |d_m: f64| {
        (0..=steps)
            .filter(|&k| {
                let middle = |k: f64| ranges.position_m(share(k + 0.5));
                let reaches_down = k == 0 || d_m >= middle(f64::from(k) - 1.0).0;
                let reaches_up = k == steps || d_m <= middle(f64::from(k)).1;
                reaches_down && reaches_up
            })
            .map(|k| {
                let (low_m, high_m) = ranges.position_m(share(f64::from(k)));
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

/// Maximum number of boxes.
const MAX_BOXES: usize = 20_000_000;

/// Proves that no range has a cost below `cost`, among starts from 0 m to the largest depth and ends to `last_m`.
///
/// Returns the number of boxes.
///
/// # Errors
/// A sentence that names a box which may contain a lower cost, or that the proof takes too many boxes.
pub(super) fn no_range_costs_less(
    cost: f64,
    criterion: Criterion,
    depths_m: &[f64],
    steps: u32,
    last_m: f64,
) -> Result<usize, String> {
    let largest_m = depths_m.iter().copied().fold(0.0, f64::max);
    let mut queue = vec![RangeBox {
        start_m: (0.0, largest_m),
        end_m: (0.0, last_m),
    }];
    let mut visited = 0;
    while let Some(ranges) = queue.pop() {
        visited += 1;
        let is_range = ranges.end_m.1 > ranges.start_m.0;
        if !is_range || bound(criterion, depths_m, steps, &ranges) >= cost {
            continue;
        }
        let widest = (ranges.start_m.1 - ranges.start_m.0).max(ranges.end_m.1 - ranges.end_m.0);
        if widest < 1e-12 * last_m || visited > MAX_BOXES {
            return Err(format!(
                "{criterion:?}: after {visited} boxes {ranges:?} may have less than {cost}"
            ));
        }
        queue.extend(ranges.halves());
    }
    Ok(visited)
}
