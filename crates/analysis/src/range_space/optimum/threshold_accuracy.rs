//! The range with the best threshold accuracy (delta1 to delta3), by branch and bound over both ends.
//!
//! A pixel is lost where the ratio of its value and its depth reaches the threshold. A few steps from zero, neighbouring values
//! differ by less than any threshold, so lost pixels lie in a few intervals. These are before the first value, about the first cell
//! boundaries, and beyond the last value. The ends of the intervals are positions of the code, which grow with both ends of the range.
//! In a box of ranges, the pixels in the intersection of all positions of an interval are certainly lost. That number is a lower bound.
//! A box whose bound is not below the best range's loss is dropped; all others are halved, lowest bound first.
//!
//! Source: A. H. Land and A. G. Doig, "An automatic method of solving discrete programming problems", Econometrica 28, 1960.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::grid_search::DataExtent;
use super::pattern_search::PatternSearch;
use fathom_core::metrics::{Criterion, DELTA_RATIOS};
use fathom_core::stats::Distribution;

/// Number of cell boundaries beside which a pixel may be lost.
///
/// Value `k + 1` is at most `1 + 1 / k` times value `k`. From the third on that is less than twice the smallest threshold, minus one.
const NEAR_BOUNDARIES: u32 = 3;

/// Maximum number of boxes halved, which takes one or two seconds.
///
/// Integer depths reach it: with several interval ends on depths at once, the bound stays below the loss of any range nearby.
const MAX_BOXES: usize = 200_000;

/// A box is a point once its sides are this share of the largest end: only rounding of its ends remains.
const POINT_SHARE: f64 = 1e-10;

/// Relative amount by which intervals shrink at both ends, to allow for rounding.
const ROUNDING: f64 = 1e-14;

/// A box of ranges: intervals of starts and of ends, in metres.
#[derive(Clone, Copy, Debug)]
struct RangeBox {
    start_m: (f64, f64),
    end_m: (f64, f64),
}

impl RangeBox {
    fn only(start_m: f64, end_m: f64) -> Self {
        Self {
            start_m: (start_m, start_m),
            end_m: (end_m, end_m),
        }
    }

    /// Returns the interval in metres of the position at a share of the range.
    fn position_m(&self, share: f64) -> (f64, f64) {
        let at = |start: f64, end: f64| (1.0 - share) * start + share * end;
        (
            at(self.start_m.0, self.end_m.0),
            at(self.start_m.1, self.end_m.1),
        )
    }

    fn middle(&self) -> (f64, f64) {
        (
            f64::midpoint(self.start_m.0, self.start_m.1),
            f64::midpoint(self.end_m.0, self.end_m.1),
        )
    }

    /// Returns the halves along the start, and the halves along the end.
    fn halves(&self) -> [[Self; 2]; 2] {
        let (start_m, end_m) = self.middle();
        let [mut near, mut far, mut short, mut long] = [*self; 4];
        (near.start_m.1, far.start_m.0) = (start_m, start_m);
        (short.end_m.1, long.end_m.0) = (end_m, end_m);
        [[near, far], [short, long]]
    }

    fn is_point(&self, width_m: f64) -> bool {
        let smallest_m = POINT_SHARE * width_m;
        self.start_m.1 - self.start_m.0 <= smallest_m && self.end_m.1 - self.end_m.0 <= smallest_m
    }
}

/// The criterion by which a pixel is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccuracyThreshold {
    /// Threshold of `max(p / g, g / p)`; a good pixel is below it.
    pub(crate) ratio: f64,
    /// Number of steps of the code.
    pub(crate) steps: u32,
    /// Evaluation minimum in metres, to which values are raised.
    pub(crate) eval_min_m: f64,
    /// Weight of a lost pixel outside the range.
    pub(crate) clipping_weight: f64,
}

/// Lower bounds of the number of lost pixels.
struct Loss<'a> {
    depths: &'a Distribution,
    threshold: AccuracyThreshold,
}

impl Loss<'_> {
    /// Returns a lower bound of the loss of every range in a box, in pixels.
    fn bound(&self, ranges: &RangeBox) -> f64 {
        let AccuracyThreshold {
            ratio,
            steps,
            eval_min_m,
            clipping_weight,
        } = self.threshold;
        let value = |k: u32| ranges.position_m(f64::from(k) / f64::from(steps));
        let boundary = |k: u32| ranges.position_m((f64::from(k) + 0.5) / f64::from(steps));
        let raised = |(near, far): (f64, f64)| (near.max(eval_min_m), far.max(eval_min_m));
        // The smallest end and the largest beginning that an interval has among the ranges of the box.
        let under = |position: (f64, f64)| position.0 / ratio;
        let over = |position: (f64, f64)| position.1 * ratio;
        let first = raised(value(0));
        let before_m = under(first).min(ranges.start_m.0);
        let mut lost = clipping_weight * self.pixels(0.0, before_m);
        lost += self.pixels(ranges.start_m.1, under(first));
        for k in 0..steps.min(NEAR_BOUNDARIES) {
            lost += self.pixels(over(raised(value(k))), boundary(k).0);
            lost += self.pixels(boundary(k).1, under(raised(value(k + 1))));
        }
        lost + clipping_weight * self.pixels(over(raised(value(steps))), f64::INFINITY)
    }

    /// Returns the number of pixels between two depths.
    fn pixels(&self, from_m: f64, to_m: f64) -> f64 {
        let (from_m, to_m) = (from_m * (1.0 + ROUNDING), to_m * (1.0 - ROUNDING));
        if from_m >= to_m {
            return 0.0;
        }
        let before = |depth_m| {
            let index = self.depths.first_at_least(0, usize::MAX, depth_m);
            self.depths.count_before(index)
        };
        before(to_m) - before(from_m)
    }
}

/// Returns the threshold of a threshold accuracy, one of [`DELTA_RATIOS`]; `None` for other metrics.
pub(crate) fn accuracy_ratio(criterion: Criterion) -> Option<f64> {
    let [one, two, three] = DELTA_RATIOS;
    match criterion {
        Criterion::Delta1 => Some(one),
        Criterion::Delta2 => Some(two),
        Criterion::Delta3 => Some(three),
        _ => None,
    }
}

/// Records ranges that lose fewer and fewer pixels, until no range loses fewer or [`MAX_BOXES`] boxes are halved.
pub(super) fn maximize(search: &mut PatternSearch<'_>, ratio: f64) {
    let objective = search.objective;
    let depths = objective.depths;
    let last_m = depths.max_m() + DataExtent::new(depths).width_m / 3.0;
    let last_start_m = if objective.has_free_start() {
        depths.max_m()
    } else {
        0.0
    };
    let threshold = AccuracyThreshold {
        ratio,
        steps: objective.steps(),
        eval_min_m: objective.settings.eval_min_m,
        clipping_weight: objective.clipping_weight,
    };
    let mut bounds = ThresholdSearch::new(depths, threshold, (0.0, last_start_m), (0.0, last_m));
    let pixels = depths.count();
    // The cost of a threshold accuracy is its negative, so 1 + cost is the share of lost pixels.
    let fewest_lost =
        |search: &PatternSearch<'_>| search.best.map_or(pixels, |b| (1.0 + b.rank.0) * pixels);
    for _ in 0..MAX_BOXES {
        let so_far = fewest_lost(search);
        let measure = |start_m, end_m| {
            search.measure(start_m, end_m);
            fewest_lost(search)
        };
        if !bounds.step(depths, so_far, measure) {
            return;
        }
    }
}

/// A branch and bound, one box per step.
#[derive(Clone, Debug)]
pub(crate) struct ThresholdSearch {
    threshold: AccuracyThreshold,
    boxes: Vec<RangeBox>,
    /// Boxes that may contain a better range, by the bits of their bounds, which sort like the numbers.
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    /// The lowest bound of a range that has been measured.
    lowest_bound: f64,
}

impl ThresholdSearch {
    /// Prepares a search of all ranges with a start and an end in these intervals, in metres.
    pub(crate) fn new(
        depths: &Distribution,
        threshold: AccuracyThreshold,
        start_m: (f64, f64),
        end_m: (f64, f64),
    ) -> Self {
        let all = RangeBox { start_m, end_m };
        let bound = Loss { depths, threshold }.bound(&all);
        Self {
            threshold,
            boxes: vec![all],
            queue: BinaryHeap::from([Reverse((bound.to_bits(), 0))]),
            lowest_bound: depths.count(),
        }
    }

    /// Halves the box with the lowest bound. Returns false once no range loses fewer pixels than the best one, which loses `fewest`.
    ///
    /// A range that may be better is passed to `measure`, which returns the loss of the best range after it.
    pub(crate) fn step(
        &mut self,
        depths: &Distribution,
        fewest: f64,
        mut measure: impl FnMut(f64, f64) -> f64,
    ) -> bool {
        let Some(Reverse((bound, at))) = self.queue.pop() else {
            return false;
        };
        let loss = Loss {
            depths,
            threshold: self.threshold,
        };
        // The smallest possible gain is one pixel.
        let to_gain = fewest - f64::from_bits(bound);
        if to_gain < 0.5 * self.threshold.clipping_weight.clamp(1e-6, 1.0) {
            return false;
        }
        let ranges = self.boxes[at];
        let (start_m, end_m) = ranges.middle();
        // A depth on the end of an interval makes this bound too low. Measuring one such range is enough.
        let centre_bound = loss.bound(&RangeBox::only(start_m, end_m));
        let mut fewest = fewest;
        if centre_bound < fewest.min(self.lowest_bound) {
            self.lowest_bound = centre_bound;
            fewest = measure(start_m, end_m);
        }
        if ranges.is_point(self.boxes[0].end_m.1) {
            return true;
        }
        let bounds = |halves: [RangeBox; 2]| halves.map(|half| (loss.bound(&half), half));
        let [along_start, along_end] = ranges.halves().map(bounds);
        let sum = |halves: &[(f64, RangeBox); 2]| halves[0].0 + halves[1].0;
        let has_free_start = ranges.start_m.1 > ranges.start_m.0;
        let splits_start = has_free_start && sum(&along_start) >= sum(&along_end);
        for (bound, half) in if splits_start { along_start } else { along_end } {
            if half.end_m.1 > half.start_m.0 && bound < fewest {
                self.queue
                    .push(Reverse((bound.to_bits(), self.boxes.len())));
                self.boxes.push(half);
            }
        }
        true
    }
}
