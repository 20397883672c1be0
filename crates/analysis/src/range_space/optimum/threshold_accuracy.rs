//! The best share of good pixels, proved: branch and bound over both ends.
//!
//! A pixel is bad where the ratio of its value and its depth reaches a limit. Farther than a few steps from zero neighbouring values are
//! nearer to each other than any of the limits, so that bad pixels lie in a handful of intervals: before the first value, about the middles
//! between the first ones, and behind the last. All their ends are places of the code and move outwards with both ends of the range.
//! So in a box of ranges the pixels are bad for certain that lie in all places where an interval may be; a box with no fewer of them than
//! the best range found holds nothing better. All others are halved, the most promising first.
//!
//! Knows the definition of the code and of these metrics. Must not know how other metrics are searched.
//!
//! Source: A. H. Land and A. G. Doig, "An automatic method of solving discrete programming problems", Econometrica 28, 1960.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::OptimumSearch;
use super::descent::Descent;
use super::survey::Span;
use fathom_core::metrics::{Criterion, DELTA_RATIOS};
use fathom_core::quant::CodeKind;
use fathom_core::stats::Distribution;

/// Middles between values beside which a pixel may be bad: the value `k + 1` is at most `1 + 1 / k` times the value `k`, and from the
/// third on that is less than twice the smallest limit, less one.
const NEAR_VALUES: u32 = 3;

/// Boxes halved at most: a second or two. It ends there where depths are integers, because a range on several edges at once promises more
/// than any range beside it holds.
const MOST_BOXES: usize = 200_000;

/// Halvings of the whole domain after which a box is a point: what is left in it is the rounding of its ends.
const LEAST_SHARE: f64 = 1e-10;

/// How much intervals are narrowed for the rounding of their ends.
const ROUNDING: f64 = 1e-14;

/// Starts and ends from the least to the most, in metres.
#[derive(Clone, Copy, Debug)]
struct Ranges {
    start_m: (f64, f64),
    end_m: (f64, f64),
}

impl Ranges {
    fn only(start_m: f64, end_m: f64) -> Self {
        Self {
            start_m: (start_m, start_m),
            end_m: (end_m, end_m),
        }
    }

    /// The nearest and the farthest that the place at a share of the range may be.
    fn place_m(&self, share: f64) -> (f64, f64) {
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

    /// Its halves along the start, and along the end.
    fn halves(&self) -> [[Self; 2]; 2] {
        let (start_m, end_m) = self.middle();
        let [mut near, mut far, mut short, mut long] = [*self; 4];
        (near.start_m.1, far.start_m.0) = (start_m, start_m);
        (short.end_m.1, long.end_m.0) = (end_m, end_m);
        [[near, far], [short, long]]
    }

    fn is_point(&self, width_m: f64) -> bool {
        let least_m = LEAST_SHARE * width_m;
        self.start_m.1 - self.start_m.0 <= least_m && self.end_m.1 - self.end_m.0 <= least_m
    }
}

/// When a pixel is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShareLimit {
    /// The ratio of value and depth that a good pixel stays under.
    pub(crate) ratio: f64,
    /// Steps of the code.
    pub(crate) steps: u32,
    /// Values are raised to this, in metres.
    pub(crate) eval_min_m: f64,
    /// What a pixel outside of the range counts.
    pub(crate) clipping_weight: f64,
}

/// The pixels that a range loses.
struct Loss<'a> {
    depths: &'a Distribution,
    limit: ShareLimit,
}

impl Loss<'_> {
    /// The least that any range of a box loses, in pixels.
    fn least(&self, ranges: &Ranges) -> f64 {
        let ShareLimit {
            ratio,
            steps,
            eval_min_m,
            clipping_weight,
        } = self.limit;
        let value = |k: u32| ranges.place_m(f64::from(k) / f64::from(steps));
        let middle = |k: u32| ranges.place_m((f64::from(k) + 0.5) / f64::from(steps));
        let raised = |(near, far): (f64, f64)| (near.max(eval_min_m), far.max(eval_min_m));
        // Ends of intervals: what is not over the first, what is not under the second.
        let under = |place: (f64, f64)| place.0 / ratio;
        let over = |place: (f64, f64)| place.1 * ratio;
        let first = raised(value(0));
        let before_m = under(first).min(ranges.start_m.0);
        let mut lost = clipping_weight * self.pixels(0.0, before_m);
        lost += self.pixels(ranges.start_m.1, under(first));
        for k in 0..steps.min(NEAR_VALUES) {
            lost += self.pixels(over(raised(value(k))), middle(k).0);
            lost += self.pixels(middle(k).1, under(raised(value(k + 1))));
        }
        lost + clipping_weight * self.pixels(over(raised(value(steps))), f64::INFINITY)
    }

    /// Pixels between two depths.
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

/// Which of [`DELTA_RATIOS`] a metric counts by.
pub(crate) fn ratio_of(criterion: Criterion) -> Option<f64> {
    let [one, two, three] = DELTA_RATIOS;
    match criterion {
        Criterion::Delta1 => Some(one),
        Criterion::Delta2 => Some(two),
        Criterion::Delta3 => Some(three),
        _ => None,
    }
}

/// Offers a descent ranges that lose fewer and fewer pixels, until no range at all loses fewer, or too many boxes are halved.
pub(super) fn fewest_lost(
    depths: &Distribution,
    search: &OptimumSearch,
    ratio: f64,
    descent: &mut Descent<'_>,
) {
    let last_m = depths.max_m() + Span::of(depths).width_m / 3.0;
    let last_start_m = match search.how.code {
        CodeKind::Uniform => depths.max_m(),
        CodeKind::UniformZeroPoint => 0.0,
    };
    let limit = ShareLimit {
        ratio,
        steps: search.how.bits.steps(),
        eval_min_m: search.how.eval_min_m,
        clipping_weight: search.clipping_weight,
    };
    let mut search = ShareSearch::new(depths, limit, (0.0, last_start_m), (0.0, last_m));
    let pixels = depths.count();
    // The cost is the share of good pixels, negative.
    let fewest = |descent: &Descent<'_>| descent.best.map_or(pixels, |b| (1.0 + b.rank.0) * pixels);
    for _ in 0..MOST_BOXES {
        let so_far = fewest(descent);
        let measure = |start_m, end_m| {
            descent.measure(start_m, end_m);
            fewest(descent)
        };
        if !search.step(depths, so_far, measure) {
            return;
        }
    }
}

/// The search, box by box.
#[derive(Clone, Debug)]
pub(crate) struct ShareSearch {
    limit: ShareLimit,
    boxes: Vec<Ranges>,
    /// The boxes that may hold something better, by the bits of what they lose at least, which sort as the numbers do.
    waiting: BinaryHeap<Reverse<(u64, usize)>>,
    /// What the most promising of the ranges that were measured should have lost.
    promised: f64,
}

impl ShareSearch {
    /// Prepares a search of all ranges with a start and an end in these intervals.
    pub(crate) fn new(
        depths: &Distribution,
        limit: ShareLimit,
        start_m: (f64, f64),
        end_m: (f64, f64),
    ) -> Self {
        let all = Ranges { start_m, end_m };
        let least = Loss { depths, limit }.least(&all);
        Self {
            limit,
            boxes: vec![all],
            waiting: BinaryHeap::from([Reverse((least.to_bits(), 0))]),
            promised: depths.count(),
        }
    }

    /// Halves the most promising box; `false` when no range loses fewer pixels than the best one found, which loses `fewest`. A range that
    /// may be better is given to `measure`, which returns what the best one loses then.
    pub(crate) fn step(
        &mut self,
        depths: &Distribution,
        fewest: f64,
        mut measure: impl FnMut(f64, f64) -> f64,
    ) -> bool {
        let Some(Reverse((least, at))) = self.waiting.pop() else {
            return false;
        };
        let loss = Loss {
            depths,
            limit: self.limit,
        };
        // A pixel less is the least that there is to gain.
        let to_gain = fewest - f64::from_bits(least);
        if to_gain < 0.5 * self.limit.clipping_weight.clamp(1e-6, 1.0) {
            return false;
        }
        let ranges = self.boxes[at];
        let (start_m, end_m) = ranges.middle();
        // Where a depth lies on the end of an interval it promises more than it holds, and once is enough.
        let promise = loss.least(&Ranges::only(start_m, end_m));
        let mut fewest = fewest;
        if promise < fewest.min(self.promised) {
            self.promised = promise;
            fewest = measure(start_m, end_m);
        }
        if ranges.is_point(self.boxes[0].end_m.1) {
            return true;
        }
        let bounds = |halves: [Ranges; 2]| halves.map(|half| (loss.least(&half), half));
        let [along_start, along_end] = ranges.halves().map(bounds);
        let sum = |halves: &[(f64, Ranges); 2]| halves[0].0 + halves[1].0;
        let may_start = ranges.start_m.1 > ranges.start_m.0;
        let is_start = may_start && sum(&along_start) >= sum(&along_end);
        for (least, half) in if is_start { along_start } else { along_end } {
            if half.end_m.1 > half.start_m.0 && least < fewest {
                self.waiting
                    .push(Reverse((least.to_bits(), self.boxes.len())));
                self.boxes.push(half);
            }
        }
        true
    }
}
