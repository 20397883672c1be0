//! Direct search from many starts near the best range, at the local minima of few depths.

use super::harmonics::{HarmonicMinimum, HarmonicSearch};
use super::lattice::Lattice;
use super::objective::{BESIDE, Objective};
use super::pattern_search::{Candidate, PatternSearch, StepSchedule};
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;

/// Maximum number of rounds. Each starts from the best range of the previous one.
const ROUNDS: usize = 2;

/// Numbers of starts with a short descent, and of those with a long one. Fewer where measuring is expensive; the fewest depths have the
/// deepest minima.
const COUNTS_CHEAP: (usize, usize) = (128, 16);
const COUNTS_EXPENSIVE: (usize, usize) = (16, 6);

/// Offsets of a start from the best range's start, in steps of the code.
const SHIFTS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];

/// First step of a short descent, in steps of the code: it reaches neighbours of the same phase. The last is a 32nd of a step.
const SHORT_STEPS: f64 = 4.0;
const SHORT_HALVINGS: u32 = 7;
const SHORT_GAIN: f64 = 1e-3;

/// A long descent continues with the last step of a short one.
const LONG_HALVINGS: u32 = 6;
const LONG_GAIN: f64 = 1e-6;

/// Improves the best range of a search.
///
/// Does nothing where the cost is 0 already, or where the metric is the bias: a signed mean error reaches zero without any local minimum.
pub(super) fn run(search: &mut PatternSearch<'_>) {
    let is_perfect = |search: &PatternSearch<'_>| search.best.is_none_or(|b| b.rank.0 <= 0.0);
    let objective = search.objective;
    if is_perfect(search) || objective.criterion == Criterion::Bias {
        return;
    }
    let counts = if objective.is_cheap() {
        COUNTS_CHEAP
    } else {
        COUNTS_EXPENSIVE
    };
    let lattice = Lattice::detect(objective.depths);
    for _ in 0..ROUNDS {
        let Some(best) = search.best.filter(|_| !is_perfect(search)) else {
            return;
        };
        let about = best.point.range;
        let mut starts = harmonic_starts(&objective, about);
        if let Some(lattice) = lattice {
            let ranges = lattice.ranges(about, objective.steps());
            if objective.is_discontinuous() {
                // All depths on cell boundaries belong to the farther value.
                let beside = |&(a, b): &(f64, f64)| (a - BESIDE * (b - a), b - BESIDE * (b - a));
                starts.extend(ranges.iter().map(beside));
            }
            starts.extend(ranges);
        }
        descend_from(search, starts, counts);
        if search.best.is_none_or(|now| now.rank >= best.rank) {
            return;
        }
    }
}

/// Returns ranges at the harmonic minima near a range: starts and ends in metres.
fn harmonic_starts(objective: &Objective<'_>, about: OutputRange) -> Vec<(f64, f64)> {
    let steps = objective.steps();
    // With a zero point one value stays at 0, and so does the start.
    let start_m = (!objective.has_free_start()).then_some(0.0);
    let (depths, criterion) = (objective.depths, objective.criterion);
    let Some(mut harmonics) = HarmonicSearch::new(depths, criterion, about, steps, start_m) else {
        return Vec::new();
    };
    while harmonics.step() {}
    let ranges = |minimum: HarmonicMinimum| {
        let width_m = minimum.step_m * f64::from(steps);
        if let Some(start_m) = start_m {
            return vec![(start_m, start_m + width_m)];
        }
        let nearest = ((about.min_m() - minimum.value_m) / minimum.step_m).round();
        SHIFTS
            .map(|shift| minimum.value_m + (nearest + shift) * minimum.step_m)
            .into_iter()
            .filter(|start_m| *start_m >= 0.0)
            .map(|start_m| (start_m, start_m + width_m))
            .collect()
    };
    harmonics.minima().into_iter().flat_map(ranges).collect()
}

/// Descends a little from the best `counts.0` of some starts, and further from the best `counts.1` of the results.
fn descend_from(search: &mut PatternSearch<'_>, starts: Vec<(f64, f64)>, counts: (usize, usize)) {
    let steps = f64::from(search.objective.steps());
    let step_of = |candidate: &Candidate| candidate.point.range.width_m() / steps;
    let mut measured = LowestCandidates::new(counts.0);
    for (start_m, end_m) in starts {
        if let Some(candidate) = search.measure(start_m, end_m) {
            measured.insert(candidate);
        }
    }
    let mut descended = LowestCandidates::new(counts.1);
    for candidate in measured.candidates {
        let first_m = SHORT_STEPS * step_of(&candidate);
        let candidate = search.descend(
            candidate,
            StepSchedule {
                first_m: (first_m, first_m),
                halvings: SHORT_HALVINGS,
                min_gain: SHORT_GAIN,
                angle: 0.0,
                rotates: false,
            },
        );
        descended.insert(candidate);
        descended.insert(shift(search, candidate, step_of(&candidate)));
    }
    for candidate in descended.candidates {
        let first_m = step_of(&candidate) * SHORT_STEPS * libm::exp2(-f64::from(SHORT_HALVINGS));
        search.descend(
            candidate,
            StepSchedule {
                first_m: (first_m, first_m),
                halvings: LONG_HALVINGS,
                min_gain: LONG_GAIN,
                angle: 0.0,
                rotates: true,
            },
        );
    }
}

/// Shifts a range by whole steps of the code as long as the cost falls. All values except those at the ends stay the same.
fn shift(search: &mut PatternSearch<'_>, candidate: Candidate, step_m: f64) -> Candidate {
    let mut at = candidate;
    for by_m in [-step_m, step_m] {
        let mut by_m = by_m;
        loop {
            let range = at.point.range;
            if range.min_m() + by_m < 0.0 {
                break;
            }
            match search.measure(range.min_m() + by_m, range.max_m() + by_m) {
                Some(next) if next.rank < at.rank => at = next,
                _ => break,
            }
            by_m *= 2.0;
        }
    }
    at
}

/// The lowest candidates, lowest first, with one candidate per rank.
struct LowestCandidates {
    capacity: usize,
    candidates: Vec<Candidate>,
}

impl LowestCandidates {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            candidates: Vec::new(),
        }
    }

    fn insert(&mut self, candidate: Candidate) {
        let at = self
            .candidates
            .partition_point(|other| other.rank < candidate.rank);
        let is_new = self
            .candidates
            .get(at)
            .is_none_or(|other| other.rank > candidate.rank);
        if at < self.capacity && is_new {
            self.candidates.insert(at, candidate);
            self.candidates.truncate(self.capacity);
        }
    }
}
