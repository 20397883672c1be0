//! Direct search (pattern search) for a minimum of one metric's cost over both ends.
//!
//! Sources: T. G. Kolda, R. M. Lewis and V. Torczon, "Optimization by direct search", SIAM Review 45, 2003. The poll directions rotate,
//! because a cost with kinks may rise along every direction of one pattern: C. Audet and J. E. Dennis, "Mesh adaptive direct search
//! algorithms for constrained optimization", SIAM J. Optim. 17, 2006.

use super::objective::Objective;
use crate::range_space::RangePoint;
use fathom_core::quant::OutputRange;

/// Maximum number of polls per descent. A smooth descent needs its halvings and some ten moves.
const MAX_POLLS: u32 = 200;

/// Poll directions: each end alone, both together, both apart.
const POLL_DIRECTIONS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (1.0, 1.0),
    (-1.0, -1.0),
    (1.0, -1.0),
    (-1.0, 1.0),
];

/// Rotation of the poll directions at every halving: the golden-angle share of a right angle, so that no two patterns coincide.
const ROTATION: f64 = 0.381_966 * std::f64::consts::FRAC_PI_2;

/// A measured range with its cost and its RMSE, which decides between equal costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) point: RangePoint,
    pub(super) rank: (f64, f64),
}

/// The step lengths of a descent.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepSchedule {
    /// First step along the start and along the end, in metres.
    pub(super) first_m: (f64, f64),
    /// Number of halvings.
    pub(super) halvings: u32,
    /// The share of the cost that a poll must gain, or the step is halved.
    pub(super) min_gain: f64,
    /// Angle of the first directions, in radians.
    pub(super) angle: f64,
    /// True if the directions rotate with every halving.
    pub(super) rotates: bool,
}

/// The search state of one metric: the cost, and the best range measured so far.
pub(super) struct PatternSearch<'a> {
    pub(super) objective: Objective<'a>,
    pub(super) best: Option<Candidate>,
}

impl<'a> PatternSearch<'a> {
    pub(super) fn new(objective: Objective<'a>) -> Self {
        Self {
            objective,
            best: None,
        }
    }

    /// Ranks a measured range and keeps it if it is the best so far.
    pub(super) fn record(&mut self, point: RangePoint) -> Candidate {
        let rank = self.objective.rank(&point);
        let candidate = Candidate { point, rank };
        if self.best.is_none_or(|best| rank < best.rank) {
            self.best = Some(candidate);
        }
        candidate
    }

    /// Measures and records a range, with a start below 0 m raised to 0 m. Returns `None` where the ends form no range.
    pub(super) fn measure(&mut self, start_m: f64, end_m: f64) -> Option<Candidate> {
        let range = OutputRange::new(start_m.max(0.0), end_m).ok()?;
        let point = self.objective.measure(range);
        Some(self.record(point))
    }

    /// Descends from a range until the step has been halved as often as the schedule says.
    pub(super) fn descend(&mut self, from: Candidate, schedule: StepSchedule) -> Candidate {
        let (mut at, mut halvings) = (from, 0);
        for _ in 0..MAX_POLLS {
            let share = libm::exp2(-f64::from(halvings));
            let step_m = (schedule.first_m.0 * share, schedule.first_m.1 * share);
            let angle = if schedule.rotates {
                schedule.angle + f64::from(halvings) * ROTATION
            } else {
                schedule.angle
            };
            let next = self.poll(at, step_m, angle);
            let gained = next.rank.0 < at.rank.0 - schedule.min_gain * at.rank.0.abs();
            at = next;
            if gained {
                continue;
            }
            if halvings == schedule.halvings {
                break;
            }
            halvings += 1;
        }
        at
    }

    /// Returns the best of a range and its neighbours.
    fn poll(&mut self, at: Candidate, step_m: (f64, f64), angle: f64) -> Candidate {
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let mut best = at;
        for (start, end) in POLL_DIRECTIONS {
            let along = (start * cos - end * sin, start * sin + end * cos);
            if !self.objective.has_free_start() && start != 0.0 {
                continue;
            }
            let range = at.point.range;
            let start_m = range.min_m() + along.0 * step_m.0;
            let end_m = range.max_m() + along.1 * step_m.1;
            if let Some(candidate) = self.measure(start_m, end_m)
                && candidate.rank < best.rank
            {
                best = candidate;
            }
        }
        best
    }

    /// Moves both ends by a vector in metres, doubled each time, as long as the cost falls.
    pub(super) fn extend(&mut self, from: Candidate, by_m: (f64, f64)) -> Candidate {
        let (mut at, mut by_m) = (from, by_m);
        loop {
            let range = at.point.range;
            match self.measure(range.min_m() + by_m.0, range.max_m() + by_m.1) {
                Some(next) if next.rank < at.rank => at = next,
                _ => return at,
            }
            by_m = (2.0 * by_m.0, 2.0 * by_m.1);
        }
    }
}
