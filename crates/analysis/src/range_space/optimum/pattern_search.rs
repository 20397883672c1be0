//! Walks down one metric's cost over both ends.
//!
//! Knows how a range is measured. Must not know where walks begin.
//!
//! Source: T. G. Kolda, R. M. Lewis and V. Torczon, "Optimization by direct search", SIAM Review 45, 2003; directions that turn, because
//! a cost with kinks may rise along every direction of one cross: C. Audet and J. E. Dennis, "Mesh adaptive direct search algorithms for
//! constrained optimization", SIAM J. Optim. 17, 2006.

use super::OptimumSearch;
use crate::landscape::RangePoint;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Rounds of one walk at most. A straight walk takes its halvings and some ten moves.
const MOST_ROUNDS: u32 = 200;

/// Directions of the compass: each end alone, both together, both apart.
const COMPASS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (1.0, 1.0),
    (-1.0, -1.0),
    (1.0, -1.0),
    (-1.0, 1.0),
];

/// How a walk turns its directions at every halving: by the golden angle's share of a right angle, so that no two crosses agree.
const TURN: f64 = 0.381_966 * std::f64::consts::FRAC_PI_2;

/// A measured range with its cost; the RMSE decides between equals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) point: RangePoint,
    pub(super) rank: (f64, f64),
}

/// How a walk strides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stride {
    /// Along the start and the end, in metres.
    pub(super) first_m: (f64, f64),
    /// How often they are halved.
    pub(super) halvings: u32,
    /// The share of the cost that a round must gain to keep the stride.
    pub(super) gain: f64,
    /// The angle of the first directions.
    pub(super) turn: f64,
    /// Whether directions turn with every halving.
    pub(super) turns: bool,
}

/// One metric's search on some depths: what is measured, and the best of it.
pub(super) struct Descent<'a> {
    depths: &'a Distribution,
    search: &'a OptimumSearch,
    criterion: Criterion,
    pub(super) best: Option<Place>,
}

impl<'a> Descent<'a> {
    pub(super) fn new(
        depths: &'a Distribution,
        search: &'a OptimumSearch,
        criterion: Criterion,
    ) -> Self {
        Self {
            depths,
            search,
            criterion,
            best: None,
        }
    }

    /// A range that is measured already.
    pub(super) fn offer(&mut self, point: RangePoint) -> Place {
        let rank = point.rank(self.criterion, self.search.clipping_weight);
        let place = Place { point, rank };
        if self.best.is_none_or(|best| rank < best.rank) {
            self.best = Some(place);
        }
        place
    }

    /// Measures a range. `None` where the ends make none. The nearest allowed start is a place to try, not to pass by.
    pub(super) fn measure(&mut self, start_m: f64, end_m: f64) -> Option<Place> {
        let range = OutputRange::new(start_m.max(0.0), end_m).ok()?;
        Some(self.offer(RangePoint::measure(self.depths, range, &self.search.how)))
    }

    /// Walks down from a place until the stride is halved as often as asked for.
    pub(super) fn walk(&mut self, from: Place, stride: Stride) -> Place {
        let (mut at, mut halvings) = (from, 0);
        for _ in 0..MOST_ROUNDS {
            let share = libm::exp2(-f64::from(halvings));
            let (start_m, end_m) = (stride.first_m.0 * share, stride.first_m.1 * share);
            let turn = if stride.turns {
                stride.turn + f64::from(halvings) * TURN
            } else {
                stride.turn
            };
            let next = self.around(at, (start_m, end_m), turn);
            let gained = next.rank.0 < at.rank.0 - stride.gain * at.rank.0.abs();
            at = next;
            if gained {
                continue;
            }
            if halvings == stride.halvings {
                break;
            }
            halvings += 1;
        }
        at
    }

    /// The best of a place and its neighbours.
    fn around(&mut self, at: Place, stride_m: (f64, f64), turn: f64) -> Place {
        let (sin, cos) = (libm::sin(turn), libm::cos(turn));
        let mut best = at;
        for (start, end) in COMPASS {
            let along = (start * cos - end * sin, start * sin + end * cos);
            if self.search.how.code == CodeKind::UniformZeroPoint && start != 0.0 {
                continue;
            }
            let range = at.point.range;
            let start_m = range.min_m() + along.0 * stride_m.0;
            let end_m = range.max_m() + along.1 * stride_m.1;
            if let Some(place) = self.measure(start_m, end_m)
                && place.rank < best.rank
            {
                best = place;
            }
        }
        best
    }
}
