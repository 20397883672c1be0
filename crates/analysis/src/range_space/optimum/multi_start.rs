//! Many places tried about the best valley, where the teeth of few depths lie.
//!
//! Knows how to measure and to walk. Must not know the coarse look.

use super::OptimumSearch;
use super::descent::{Descent, Place, Stride};
use super::edges::{BESIDE, is_torn};
use super::lattice::Lattice;
use super::teeth::{Tooth, ToothSearch};
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Looks for teeth, each about what the one before has found.
const ROUNDS: usize = 2;

/// Depths on which a range is measured in some 20 microseconds.
pub(super) const CHEAP_DEPTHS: usize = 4096;

/// Places walked down a little, and of those all the way: more where measuring is cheap, as the fewest depths have the deepest teeth.
const MANY: (usize, usize) = (128, 16);
const SOME: (usize, usize) = (16, 6);

/// A tooth may have its first value this many steps before or behind the start of the best range.
const SHIFTS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];

/// A little walk begins with this many steps, to its neighbours of the same phase, and ends with a 32nd of a step.
const LITTLE: f64 = 4.0;
const LITTLE_HALVINGS: u32 = 7;
const LITTLE_GAIN: f64 = 1e-3;

/// A longer one goes on from there.
const LONGER_HALVINGS: u32 = 6;
const LONGER_GAIN: f64 = 1e-6;

/// Tries places about the best one of a search. It may be the best there can be already; and a mean error that has a sign is zero
/// somewhere without any tooth.
pub(super) fn comb(
    depths: &Distribution,
    search: &OptimumSearch,
    criterion: Criterion,
    descent: &mut Descent<'_>,
) {
    let is_best = |descent: &Descent<'_>| descent.best.is_none_or(|b| b.rank.0 <= 0.0);
    if is_best(descent) || criterion == Criterion::Bias {
        return;
    }
    let most = if depths.values_m().len() <= CHEAP_DEPTHS {
        MANY
    } else {
        SOME
    };
    let lattice = Lattice::of(depths);
    for _ in 0..ROUNDS {
        let Some(best) = descent.best.filter(|_| !is_best(descent)) else {
            return;
        };
        let about = best.point.range;
        let mut places = tooth_places(depths, search, criterion, about);
        if let Some(lattice) = lattice {
            let ranges = lattice.ranges(about, search.how.bits.steps());
            if is_torn(criterion) {
                // Depths on the middles between values are to belong to the farther one, all of them.
                let beside = |&(a, b): &(f64, f64)| (a - BESIDE * (b - a), b - BESIDE * (b - a));
                places.extend(ranges.iter().map(beside));
            }
            places.extend(ranges);
        }
        climb_down(search, descent, places, most);
        if descent.best.is_none_or(|now| now.rank >= best.rank) {
            return;
        }
    }
}

/// Ranges whose values are those of teeth.
fn tooth_places(
    depths: &Distribution,
    search: &OptimumSearch,
    criterion: Criterion,
    about: OutputRange,
) -> Vec<(f64, f64)> {
    let steps = search.how.bits.steps();
    let start_m = match search.how.code {
        CodeKind::Uniform => None,
        // It has a value at 0, and its start stays there.
        CodeKind::UniformZeroPoint => Some(0.0),
    };
    let Some(mut teeth) = ToothSearch::new(depths, criterion, about, steps, start_m) else {
        return Vec::new();
    };
    while teeth.step() {}
    let places = |tooth: Tooth| {
        let width_m = tooth.step_m * f64::from(steps);
        if let Some(start_m) = start_m {
            return vec![(start_m, start_m + width_m)];
        }
        let nearest = ((about.min_m() - tooth.value_m) / tooth.step_m).round();
        SHIFTS
            .map(|shift| tooth.value_m + (nearest + shift) * tooth.step_m)
            .into_iter()
            .filter(|start_m| *start_m >= 0.0)
            .map(|start_m| (start_m, start_m + width_m))
            .collect()
    };
    teeth.teeth().into_iter().flat_map(places).collect()
}

/// Walks down from the best of some places, a little from many of them and further from the best of those.
fn climb_down(
    search: &OptimumSearch,
    descent: &mut Descent<'_>,
    places: Vec<(f64, f64)>,
    (many, few): (usize, usize),
) {
    let step_of = |place: &Place| place.point.range.width_m() / f64::from(search.how.bits.steps());
    let mut low = Lowest::new(many);
    for (start_m, end_m) in places {
        if let Some(place) = descent.measure(start_m, end_m) {
            low.keep(place);
        }
    }
    let mut lower = Lowest::new(few);
    for place in low.places {
        let stride_m = LITTLE * step_of(&place);
        let place = descent.walk(
            place,
            Stride {
                first_m: (stride_m, stride_m),
                halvings: LITTLE_HALVINGS,
                gain: LITTLE_GAIN,
                turn: 0.0,
                turns: false,
            },
        );
        lower.keep(place);
        lower.keep(shifted(descent, place, step_of(&place)));
    }
    for place in lower.places {
        let stride_m = step_of(&place) * LITTLE * libm::exp2(-f64::from(LITTLE_HALVINGS));
        descent.walk(
            place,
            Stride {
                first_m: (stride_m, stride_m),
                halvings: LONGER_HALVINGS,
                gain: LONGER_GAIN,
                turn: 0.0,
                turns: true,
            },
        );
    }
}

/// A place moved by whole steps as long as that helps: all values but those at its ends stay where they are.
fn shifted(descent: &mut Descent<'_>, place: Place, step_m: f64) -> Place {
    let mut at = place;
    for by_m in [-step_m, step_m] {
        let mut by_m = by_m;
        loop {
            let range = at.point.range;
            if range.min_m() + by_m < 0.0 {
                break;
            }
            match descent.measure(range.min_m() + by_m, range.max_m() + by_m) {
                Some(next) if next.rank < at.rank => at = next,
                _ => break,
            }
            by_m *= 2.0;
        }
    }
    at
}

/// The lowest of some places, lowest first; of equal ones only one.
struct Lowest {
    most: usize,
    places: Vec<Place>,
}

impl Lowest {
    fn new(most: usize) -> Self {
        Self {
            most,
            places: Vec::new(),
        }
    }

    fn keep(&mut self, place: Place) {
        let at = self.places.partition_point(|other| other.rank < place.rank);
        let is_new = self
            .places
            .get(at)
            .is_none_or(|other| other.rank > place.rank);
        if at < self.most && is_new {
            self.places.insert(at, place);
            self.places.truncate(self.most);
        }
    }
}
