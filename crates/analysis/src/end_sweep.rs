//! RMSE against the end of the range, with its rounding and clipping parts, and the best end under each metric.
//!
//! The start of the range is held; only the end moves. Knows distributions, codes, policies and metrics.
//! A sweep and a search are cut into small steps, so that the page can stay responsive between them.

use serde::{Deserialize, Serialize};

use super::coding::{CodedErrors, SquaredErrors};
use super::landscape::{Lattice, RangePoint, ShareLimit, ShareSearch, ToothSearch, ratio_of};
use super::policy::Policy;
use super::range_report::{Measurement, NamedRange, RangeReport};
use fathom_core::metrics::{Criterion, DepthMetrics, Metric};
use fathom_core::quant::{OutputRange, ScalarCode};
use fathom_core::stats::Distribution;

/// Points of the drawn curve: one every 4 pixels of a wide chart.
pub const SWEEP_POINTS: usize = 200;

/// One point of the curve. All in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepPoint {
    /// End of the range.
    pub max_m: f64,
    /// RMSE under the policy.
    pub rmse_m: f64,
    /// Its rounding part.
    pub rounding_m: f64,
    /// Its clipping part.
    pub clipping_m: f64,
}

impl SweepPoint {
    /// Measures one range; `None` where the policy leaves no pixel.
    #[must_use]
    pub fn measure(depths: &Distribution, range: OutputRange, how: &Measurement) -> Option<Self> {
        let code = how.code.over(range, how.bits);
        let errors = SquaredErrors::measure(depths, &code);
        let (count, clipping) = how.policy.measured(&errors);
        (count > 0.0).then(|| Self {
            max_m: range.max_m(),
            rmse_m: ((errors.inside_square + clipping) / count).sqrt(),
            rounding_m: (errors.inside_square / count).sqrt(),
            clipping_m: (clipping / count).sqrt(),
        })
    }
}

impl SweepPoint {
    /// The point of a range whose errors under every metric are known; `None` where the policy leaves no pixel.
    #[must_use]
    pub fn of_point(point: &RangePoint, policy: Policy) -> Option<Self> {
        let parts = point.parts(Criterion::Rmse, policy, 1.0)?;
        Some(Self {
            max_m: point.range.max_m(),
            rmse_m: parts.value,
            rounding_m: parts.rounding,
            clipping_m: parts.clipping,
        })
    }

    /// The point of a range that was measured already; `None` where the policy left no pixel.
    #[must_use]
    pub fn of_report(report: &RangeReport) -> Option<Self> {
        let errors = report.errors?;
        Some(Self {
            max_m: report.named.range.max_m(),
            rmse_m: errors.metrics.rmse,
            rounding_m: errors.rounding_m,
            clipping_m: errors.clipping_m,
        })
    }
}

/// The interval of range ends that a sweep covers, in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepDomain {
    /// The held start of the range.
    pub min_m: f64,
    /// Nearest end.
    pub from_m: f64,
    /// Farthest end.
    pub to_m: f64,
}

impl SweepDomain {
    /// A domain that shows where clipping begins to win, all `candidates`, and what lies beyond the largest depth: the best
    /// end is often far wider than the candidates.
    #[must_use]
    pub fn around(depths: &Distribution, min_m: f64, candidates: &[NamedRange]) -> Self {
        let ends = || candidates.iter().map(|c| c.range.max_m());
        let nearest = ends().fold(f64::INFINITY, f64::min);
        let farthest = ends().fold(depths.max_m(), f64::max);
        // Behind the largest depth rounding alone acts, and it grows in proportion: a third more shows that.
        let to_m = (farthest * 4.0 / 3.0).max(min_m + 1e-3);
        let interesting = nearest.min(depths.quantile_m(0.5)) * 0.8;
        let above_start = min_m + 0.02 * (to_m - min_m).min(depths.max_m());
        Self {
            min_m,
            from_m: interesting.max(above_start).min(to_m * 0.5 + min_m * 0.5),
            to_m,
        }
    }

    /// Where an end lies, as a share of the domain on a logarithmic axis: the inverse of [`Self::range_at`].
    fn share_of(&self, end_m: f64) -> f64 {
        if self.from_m > 0.0 {
            libm::log(end_m / self.from_m) / libm::log(self.to_m / self.from_m)
        } else {
            (end_m - self.from_m) / (self.to_m - self.from_m)
        }
    }

    /// The range whose end lies at `share` (0 to 1) of the domain on a logarithmic axis.
    #[must_use]
    pub fn range_at(&self, share: f64) -> Option<OutputRange> {
        let end = if self.from_m > 0.0 {
            self.from_m * libm::exp(share * libm::log(self.to_m / self.from_m))
        } else {
            self.from_m + share * (self.to_m - self.from_m)
        };
        OutputRange::new(self.min_m, end).ok()
    }
}

/// The curve over a domain. Ends for which the policy leaves no pixel are left out.
#[must_use]
pub fn sweep(depths: &Distribution, domain: SweepDomain, how: &Measurement) -> Vec<SweepPoint> {
    let mut curve = SweepInSteps::new(domain, *how);
    while curve.step(depths) {}
    curve.points()
}

/// A curve measured point by point, coarse first: whenever it is looked at, it spans the whole domain.
#[derive(Clone, Debug)]
pub struct SweepInSteps {
    domain: SweepDomain,
    how: Measurement,
    order: Vec<usize>,
    points: Vec<Option<SweepPoint>>,
}

/// Distance between points of the first, coarse pass.
const COARSE: usize = 8;

/// Points of that pass: every eighth, and the last.
const COARSE_POINTS: usize = SWEEP_POINTS.div_ceil(COARSE) + 1;

impl SweepInSteps {
    /// Prepares the curve over a domain.
    #[must_use]
    pub fn new(domain: SweepDomain, how: Measurement) -> Self {
        let last = SWEEP_POINTS - 1;
        let coarse = |i: &usize| i.is_multiple_of(COARSE) || *i == last;
        let mut order: Vec<usize> = (0..SWEEP_POINTS).filter(coarse).collect();
        order.extend((0..SWEEP_POINTS).filter(|i| !coarse(i)));
        // Taken from the end.
        order.reverse();
        Self {
            domain,
            how,
            order,
            points: vec![None; SWEEP_POINTS],
        }
    }

    /// Measures one more point; `true` while there are more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(i) = self.order.pop() else {
            return false;
        };
        let share = i as f64 / (SWEEP_POINTS - 1) as f64;
        self.points[i] = self
            .domain
            .range_at(share)
            .and_then(|range| SweepPoint::measure(depths, range, &self.how));
        true
    }

    /// Whether the first, coarse pass is behind.
    #[must_use]
    pub fn is_coarse_done(&self) -> bool {
        self.order.len() + COARSE_POINTS <= SWEEP_POINTS
    }

    /// Whether every point is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.order.is_empty()
    }

    /// The points so far, by ascending end.
    #[must_use]
    pub fn points(&self) -> Vec<SweepPoint> {
        self.points.iter().copied().flatten().collect()
    }
}

/// The best end under one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestRange {
    /// The metric it is best under.
    pub metric: Metric,
    /// The range.
    pub range: OutputRange,
    /// The metric's value there.
    pub value: f64,
    /// The RMSE there, in metres. Of ends with equal values, such as all that reach delta1 = 100 %, the one with the lowest
    /// RMSE is kept.
    pub rmse_m: f64,
}

impl BestRange {
    fn rank(&self) -> (f64, f64) {
        (self.metric.cost(self.value), self.rmse_m)
    }
}

/// Ends tried before any is refined: the neighbourhoods of the [`REFINED`] best are searched further. Where depths are few the cost has
/// many narrow teeth; after that, all of them are looked for about the best end, and the [`TEETH`] lowest searched further.
const GRID: usize = 256;

/// Neighbourhoods searched further, per metric.
const REFINED: usize = 4;

/// Teeth searched further, per metric.
const TEETH: usize = 24;

/// Up to so many depths a range is measured in some 20 microseconds, and a comb finds the teeth: so many places a step, over this share of
/// the width to either side. Among more, their places are computed.
const COMBED_DEPTHS: usize = 4096;
const COMB_PLACES: u32 = 6;
const COMB_REACH: f64 = 0.25;

/// Places of a comb to either side, at most: fine codes have shallow teeth.
const MOST_PLACES: f64 = 500.0;

/// Boxes of ends halved at most, in a proof that no end keeps more good pixels, and so many at a time. Some two hundred are enough, but that a
/// depth on the very edge of what the start loses promises its pixels for ever.
const MOST_BOXES: usize = 20_000;
const BOXES_AT_A_TIME: usize = 64;

/// Golden-section steps per neighbourhood: each shrinks it by 0.618, so 32 take 1 % of the end to 2e-9 of it.
const GOLDEN_STEPS: usize = 32;

/// A search for the best end under every metric, done in small steps.
///
/// Every pixel counts here, whatever the policy of the table: under `exclude` and `clamp` the narrowest range always wins,
/// because the pixels it loses are not charged to it.
#[derive(Clone, Debug)]
pub struct BestSearch {
    domain: SweepDomain,
    how: Measurement,
    grid: Vec<Option<DepthMetrics>>,
    best: [Option<BestRange>; Metric::ALL.len()],
    refinements: Vec<Refinement>,
    /// Metrics whose teeth are still to be looked for, once the grid's refinements are done.
    toothless: Vec<Metric>,
    teeth: Option<(Metric, ToothSearch)>,
    /// The proof of a share of good pixels, and how many boxes are halved.
    proof: Option<(Metric, ShareSearch, usize)>,
    /// Ends to be measured, as shares of the domain with the distance to both sides that is searched further.
    tooth_shares: Vec<(Metric, f64, f64)>,
    /// Those of a metric that are measured, with their rank.
    tried: Vec<((f64, f64), Refinement)>,
}

impl BestSearch {
    /// Prepares a search over a domain.
    #[must_use]
    pub fn new(domain: SweepDomain, how: Measurement) -> Self {
        Self {
            domain,
            how: Measurement {
                policy: Policy::Count,
                ..how
            },
            grid: Vec::with_capacity(GRID + 1),
            best: [None; Metric::ALL.len()],
            refinements: Vec::new(),
            toothless: Metric::ALL.to_vec(),
            teeth: None,
            proof: None,
            tooth_shares: Vec::new(),
            tried: Vec::new(),
        }
    }

    /// Does one small piece of the work; `true` while there is more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        if self.grid.len() <= GRID {
            let share = self.grid.len() as f64 / GRID as f64;
            let metrics = self.measure_all(depths, share);
            self.grid.push(metrics);
            if self.grid.len() > GRID {
                self.refinements = self.promising();
            }
            return true;
        }
        if let Some(mut refinement) = self.refinements.pop() {
            if refinement.advance(self, depths) {
                self.refinements.push(refinement);
            }
            return true;
        }
        self.look_for_teeth(depths)
    }

    /// One small piece of the look for teeth; `true` while there is more.
    fn look_for_teeth(&mut self, depths: &Distribution) -> bool {
        if let Some((metric, share, apart)) = self.tooth_shares.pop() {
            if let Some(rank) = self.rank_at(depths, metric, share) {
                self.tried
                    .push((rank, Refinement::about(metric, share, apart)));
            }
            if self.tooth_shares.is_empty() {
                let is_comb = depths.values_m().len() <= COMBED_DEPTHS;
                self.refinements = lowest(&std::mem::take(&mut self.tried), is_comb);
            }
            return true;
        }
        if let Some((metric, mut teeth)) = self.teeth.take() {
            if teeth.step() {
                self.teeth = Some((metric, teeth));
            } else {
                self.tooth_shares = self.shares_of(depths, metric, &teeth);
            }
            return true;
        }
        if let Some((metric, search, halved)) = self.proof.take() {
            self.proof = self
                .prove(depths, metric, search)
                .filter(|_| halved < MOST_BOXES)
                .map(|search| (metric, search, halved + BOXES_AT_A_TIME));
            return true;
        }
        let Some(metric) = self.toothless.pop() else {
            return false;
        };
        if let Some(ratio) = ratio_of(metric.into()) {
            self.proof = Some((metric, self.shares_by(depths, ratio), 0));
            return true;
        }
        let best = self.best[metric as usize];
        if depths.values_m().len() <= COMBED_DEPTHS {
            let comb = best.map(|best| self.comb_about(metric, best.range));
            self.tooth_shares = comb.unwrap_or_default();
            return true;
        }
        self.teeth = best.and_then(|best| {
            let (about, steps) = (self.coded(best.range), self.how.bits.steps());
            let start_m = Some(about.min_m());
            let teeth = ToothSearch::new(depths, metric.into(), about, steps, start_m)?;
            Some((metric, teeth))
        });
        true
    }

    /// A search for the end that keeps the most good pixels.
    fn shares_by(&self, depths: &Distribution, ratio: f64) -> ShareSearch {
        let SweepDomain {
            min_m,
            from_m,
            to_m,
        } = self.domain;
        let start_m =
            OutputRange::new(min_m, to_m).map_or(min_m, |range| self.coded(range).min_m());
        let limit = ShareLimit {
            ratio,
            steps: self.how.bits.steps(),
            eval_min_m: self.how.eval_min_m,
            clipping_weight: 1.0,
        };
        ShareSearch::new(depths, limit, (start_m, start_m), (from_m, to_m))
    }

    /// A piece of that search, which is given back while there is more to do.
    fn prove(
        &mut self,
        depths: &Distribution,
        metric: Metric,
        mut search: ShareSearch,
    ) -> Option<ShareSearch> {
        // The cost is the share of good pixels, negative.
        let fewest = |this: &Self| {
            let cost = this.best[metric as usize].map_or(0.0, |best| best.rank().0);
            (1.0 + cost) * depths.count()
        };
        for _ in 0..BOXES_AT_A_TIME {
            let so_far = fewest(self);
            let measure = |_, end_m| {
                self.rank_at(depths, metric, self.domain.share_of(end_m));
                fewest(self)
            };
            if !search.step(depths, so_far, measure) {
                return None;
            }
        }
        Some(search)
    }

    /// The ends that the code really has: those of a zero point begin at 0.
    fn coded(&self, range: OutputRange) -> OutputRange {
        self.how.code.over(range, self.how.bits).range()
    }

    /// The ends of a comb about a range.
    fn comb_about(&self, metric: Metric, about: OutputRange) -> Vec<(Metric, f64, f64)> {
        let steps = self.how.bits.steps();
        let step_m = self.coded(about).width_m() / f64::from(steps);
        let apart_m = step_m / f64::from(COMB_PLACES);
        let count = f64::from(steps) * f64::from(COMB_PLACES) * COMB_REACH;
        let count = count.min(MOST_PLACES) as i32;
        let share = |i: i32| self.domain.share_of(about.max_m() + f64::from(i) * apart_m);
        (-count..=count)
            .map(|i| (metric, share(i), share(i + 1) - share(i)))
            .filter(|(_, share, _)| (0.0..=1.0).contains(share))
            .collect()
    }

    /// Where the teeth of a metric have their ends: those that the depths' spectrum shows, and those of a lattice of depths.
    fn shares_of(
        &self,
        depths: &Distribution,
        metric: Metric,
        teeth: &ToothSearch,
    ) -> Vec<(Metric, f64, f64)> {
        let steps = self.how.bits.steps();
        let widest = OutputRange::new(self.domain.min_m, self.domain.to_m);
        let start_m = widest.map_or(self.domain.min_m, |range| self.coded(range).min_m());
        let share = |end_m: f64| self.domain.share_of(end_m);
        let teeth = teeth.teeth().into_iter().map(|tooth| {
            let end_m = start_m + f64::from(steps) * tooth.step_m;
            (end_m, teeth.spacing_m(tooth.step_m, steps))
        });
        let best = self.best[metric as usize].map(|best| self.coded(best.range));
        let lattice = best.zip(Lattice::of(depths));
        let lattice = lattice.map_or_else(Vec::new, |(best, lattice)| lattice.ends(best, steps));
        let ends = teeth.chain(lattice).map(|(end_m, apart_m)| {
            let next = share(end_m + apart_m);
            (metric, share(end_m), (next - share(end_m)).abs())
        });
        ends.filter(|(_, share, _)| (0.0..=1.0).contains(share))
            .collect()
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.grid.len() > GRID
            && self.refinements.is_empty()
            && self.tooth_shares.is_empty()
            && self.teeth.is_none()
            && self.proof.is_none()
            && self.toothless.is_empty()
    }

    /// The best ends found so far, in the order of [`Metric::ALL`].
    #[must_use]
    pub fn best(&self) -> Vec<BestRange> {
        self.best.iter().copied().flatten().collect()
    }

    /// Runs the whole search at once.
    #[must_use]
    pub fn run(mut self, depths: &Distribution) -> Vec<BestRange> {
        while self.step(depths) {}
        self.best()
    }

    fn metrics_at(&self, depths: &Distribution, range: OutputRange) -> Option<DepthMetrics> {
        let code = self.how.code.over(range, self.how.bits);
        let errors = CodedErrors::measure(depths, &code, self.how.eval_min_m);
        DepthMetrics::of(&self.how.policy.apply(&errors))
    }

    fn measure_all(&mut self, depths: &Distribution, share: f64) -> Option<DepthMetrics> {
        let range = self.domain.range_at(share)?;
        let metrics = self.metrics_at(depths, range)?;
        for metric in Metric::ALL {
            self.offer(metric, range, &metrics);
        }
        Some(metrics)
    }

    fn offer(&mut self, metric: Metric, range: OutputRange, metrics: &DepthMetrics) {
        let slot = &mut self.best[metric as usize];
        let found = BestRange {
            metric,
            range,
            value: metric.of(metrics),
            rmse_m: metrics.rmse,
        };
        if slot.is_none_or(|best| found.rank() < best.rank()) {
            *slot = Some(found);
        }
    }

    /// The grid's best few points under each metric.
    fn promising(&self) -> Vec<Refinement> {
        let mut out = Vec::new();
        for metric in Metric::ALL {
            let mut costs: Vec<(f64, f64, usize)> = self
                .grid
                .iter()
                .enumerate()
                .filter_map(|(i, m)| m.map(|m| (metric.cost(metric.of(&m)), m.rmse, i)))
                .collect();
            costs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let best = costs.iter().take(REFINED);
            out.extend(best.map(|&(.., i)| Refinement::around(metric, i)));
        }
        out
    }

    /// The cost of a metric at a point of the domain, which is offered as a best range too: a cost with several dips loses nothing by
    /// the search that asks for it.
    fn cost_at(&mut self, depths: &Distribution, metric: Metric, share: f64) -> Option<f64> {
        Some(self.rank_at(depths, metric, share)?.0)
    }

    /// The same with the RMSE, which decides between equals.
    fn rank_at(&mut self, depths: &Distribution, metric: Metric, share: f64) -> Option<(f64, f64)> {
        let range = self.domain.range_at(share)?;
        let metrics = self.metrics_at(depths, range)?;
        self.offer(metric, range, &metrics);
        Some((metric.cost(metric.of(&metrics)), metrics.rmse))
    }
}

/// The lowest places of some; of a comb's, which lie side by side, those that no neighbour undercuts.
fn lowest(tried: &[((f64, f64), Refinement)], is_comb: bool) -> Vec<Refinement> {
    let is_dip = |i: usize| {
        let near = i.saturating_sub(1)..(i + 2).min(tried.len());
        tried[near].iter().all(|(rank, _)| tried[i].0 <= *rank)
    };
    let mut dips: Vec<_> = (0..tried.len())
        .filter(|&i| !is_comb || is_dip(i))
        .collect();
    dips.sort_by(|&i, &j| {
        let (a, b) = (tried[i].0, tried[j].0);
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    dips.into_iter().take(TEETH).map(|i| tried[i].1).collect()
}

/// A golden-section search between a grid point's neighbours (J. Kiefer, "Sequential minimax search for a maximum", Proc. AMS 4, 1953),
/// a step at a time: a whole one would hold up the page.
#[derive(Clone, Copy, Debug)]
struct Refinement {
    metric: Metric,
    low: f64,
    high: f64,
    a: f64,
    b: f64,
    cost_a: Option<f64>,
    cost_b: Option<f64>,
    steps: usize,
}

/// The ratio of the golden section.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

impl Refinement {
    /// Between the neighbours of a point of the grid.
    fn around(metric: Metric, index: usize) -> Self {
        Self::about(metric, index as f64 / GRID as f64, 1.0 / GRID as f64)
    }

    /// To a distance to both sides, in shares of the domain.
    fn about(metric: Metric, share: f64, apart: f64) -> Self {
        let low = (share - apart).clamp(0.0, 1.0);
        let high = (share + apart).clamp(0.0, 1.0);
        Self {
            metric,
            low,
            high,
            a: high - GOLDEN * (high - low),
            b: low + GOLDEN * (high - low),
            cost_a: None,
            cost_b: None,
            steps: 0,
        }
    }

    /// One step; `false` once there is nothing more to find.
    fn advance(&mut self, search: &mut BestSearch, depths: &Distribution) -> bool {
        if self.steps == 0 {
            self.cost_a = search.cost_at(depths, self.metric, self.a);
            self.cost_b = search.cost_at(depths, self.metric, self.b);
        }
        let (Some(at_a), Some(at_b)) = (self.cost_a, self.cost_b) else {
            return false;
        };
        if at_a <= at_b {
            (self.high, self.b, self.cost_b) = (self.b, self.a, self.cost_a);
            self.a = self.high - GOLDEN * (self.high - self.low);
            self.cost_a = search.cost_at(depths, self.metric, self.a);
        } else {
            (self.low, self.a, self.cost_a) = (self.a, self.b, self.cost_b);
            self.b = self.low + GOLDEN * (self.high - self.low);
            self.cost_b = search.cost_at(depths, self.metric, self.b);
        }
        self.steps += 1;
        self.steps < GOLDEN_STEPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::metrics::DELTA_RATIOS;
    use fathom_core::quant::{Bits, CodeKind};
    use fathom_core::stats::Resolution;

    fn depths(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive depths")
    }

    /// Depths of a corridor: dense near, a thin tail to 40 m.
    fn corridor() -> Distribution {
        depths(
            (0..4000).map(|i| {
                0.6 * libm::exp(f64::from(i % 977) / 977.0 * 4.2 * (f64::from(i) / 4000.0))
            }),
        )
    }

    fn candidate(max_m: f64) -> NamedRange {
        NamedRange {
            name: String::new(),
            range: OutputRange::new(0.5, max_m).expect("a range"),
        }
    }

    #[test]
    fn a_point_equals_the_full_measurement() {
        let d = corridor();
        for policy in Policy::ALL {
            let how = Measurement {
                policy,
                ..Measurement::default()
            };
            let range = candidate(12.0).range;
            let point = SweepPoint::measure(&d, range, &how).expect("pixels");
            let report = RangeReport::measure(&d, &candidate(12.0), &how);
            let errors = report.errors.expect("pixels");
            for (got, expected) in [
                (point.rmse_m, errors.metrics.rmse),
                (point.rounding_m, errors.rounding_m),
                (point.clipping_m, errors.clipping_m),
            ] {
                assert!(
                    (got - expected).abs() <= 1e-12 * expected,
                    "{got} against {expected}"
                );
            }
        }
    }

    #[test]
    fn the_domain_holds_the_candidates_and_passes_the_largest_depth() {
        let d = corridor();
        let domain = SweepDomain::around(&d, 0.5, &[candidate(7.5), candidate(15.0)]);
        assert!(domain.from_m > 0.5 && domain.from_m < 7.5);
        assert!(domain.to_m > d.max_m() * 1.2);
        let wide = SweepDomain::around(&d, 0.5, &[candidate(500.0)]);
        assert!(wide.to_m > 500.0);
    }

    #[test]
    fn no_end_of_a_dense_grid_beats_the_best_one() {
        let d = corridor();
        let how = Measurement::default();
        let domain = SweepDomain::around(&d, 0.5, &[candidate(15.0)]);
        let found = BestSearch::new(domain, how).run(&d);
        assert_eq!(found.len(), Metric::ALL.len());
        for best in found {
            for i in 0..=2000 {
                let range = domain.range_at(f64::from(i) / 2000.0).expect("a range");
                let named = NamedRange {
                    name: String::new(),
                    range,
                };
                let report = RangeReport::measure(&d, &named, &how);
                let value = best.metric.of(&report.errors.expect("pixels").metrics);
                let (cost, found) = (best.metric.cost(value), best.metric.cost(best.value));
                assert!(
                    found <= cost + 1e-4 * cost.abs(),
                    "{best:?}: {value} at {range:?}"
                );
            }
        }
    }

    /// No end of a comb with `teeth` places to each step is better, from a given start.
    #[track_caller]
    fn check_few(name: &str, d: &Distribution, start_m: f64, code: CodeKind, tolerance: f64) {
        let how = Measurement {
            code,
            ..Measurement::default()
        };
        let domain = SweepDomain::around(d, start_m, &[]);
        let found = BestSearch::new(domain, how).run(d);
        let mut least = [f64::INFINITY; Metric::ALL.len()];
        let places = 60_000;
        for i in 0..=places {
            let share = f64::from(i) / f64::from(places);
            let range = domain.range_at(share).expect("a range");
            let point = RangePoint::measure(d, range, &how);
            for (least, metric) in least.iter_mut().zip(Metric::ALL) {
                let parts = point.parts(metric.into(), Policy::Count, 1.0);
                *least = least.min(metric.cost(parts.expect("pixels").value));
            }
        }
        for (best, least) in found.iter().zip(least) {
            let cost = best.metric.cost(best.value);
            assert!(
                cost <= least + tolerance * least.abs(),
                "{name}, {code:?}, from {start_m} m: {best:?}, but {least}"
            );
        }
    }

    #[test]
    fn no_end_of_a_fine_comb_beats_the_best_one_among_teeth() {
        let millimetres = |i: u32| 0.801 + 0.001 * f64::from(i * i % 2129);
        let room = depths((0..700).map(millimetres));
        // A structured-light camera's: their distances grow with the square.
        let disparities = depths((0..300).map(|i| 1.0 / (0.3 + 0.003 * f64::from(i))));
        let spikes =
            depths((0..60).map(|i| 0.7 + 0.05 * f64::from(i) + 0.003 * f64::from(i * 4 % 11)));
        for (name, d) in [
            ("room", &room),
            ("disparities", &disparities),
            ("spikes", &spikes),
        ] {
            for (start_m, code) in [
                (0.5, CodeKind::Uniform),
                (0.8, CodeKind::Uniform),
                (0.5, CodeKind::UniformZeroPoint),
            ] {
                check_few(name, d, start_m, code, 1e-6);
            }
        }
    }

    #[test]
    fn no_simple_step_beats_the_best_end_of_many_integers() {
        let count = |d: f64| (3000.0 * libm::exp(-libm::pow(libm::log(d / 1.5), 2.0))).ceil();
        for (spacing_m, start_m) in [(0.01, 0.5), (0.004, 0.5), (0.01, 0.053)] {
            let values: Vec<f64> = (40..6500).map(|i| f64::from(i) * spacing_m).collect();
            let counts = values.iter().map(|&d| count(d) as u32).collect();
            let d = Distribution::new(values, counts, Resolution::Exact).expect("depths");
            assert!(d.values_m().len() > COMBED_DEPTHS);
            let how = Measurement::default();
            let domain = SweepDomain::around(&d, start_m, &[]);
            for best in BestSearch::new(domain, how).run(&d) {
                let middle = best.range.width_m() / 255.0 / spacing_m;
                let steps = |q: u32| {
                    let first = (0.8 * middle * f64::from(q)) as u32;
                    let last = (1.25 * middle * f64::from(q)) as u32;
                    (first..=last).map(move |p| f64::from(p) / f64::from(q))
                };
                for step in (1..=4).flat_map(steps).filter(|step| *step > 0.0) {
                    let end_m = start_m + 255.0 * spacing_m * step;
                    let range = OutputRange::new(start_m, end_m).expect("a range");
                    let point = RangePoint::measure(&d, range, &how);
                    let parts = point.parts(best.metric.into(), Policy::Count, 1.0);
                    let value = parts.expect("pixels").value;
                    let (cost, found) = (best.metric.cost(value), best.metric.cost(best.value));
                    assert!(
                        found <= cost + 1e-6 * cost.abs(),
                        "{best:?}: {value} at a step of {step} spacings of {spacing_m} m"
                    );
                }
            }
        }
    }

    /// Ends between which a share of good pixels does not change: where a middle or a value times the limit lies on a depth.
    fn changes(d: &Distribution, start_m: f64, steps: f64, ratio: f64) -> Vec<f64> {
        let near = |depth_m: f64| {
            (0..4).flat_map(move |k| {
                let k = f64::from(k);
                let end = |place: f64, at: f64| start_m + steps * (place - start_m) / at;
                [
                    end(depth_m, k + 0.5),
                    end(depth_m * ratio, k + 1.0),
                    end(depth_m / ratio, k + 1.0),
                ]
            })
        };
        let far = |depth_m: f64| [depth_m / ratio];
        let depths = || d.values_m().iter().copied();
        let mut out: Vec<f64> = depths()
            .flat_map(near)
            .chain(depths().flat_map(far))
            .collect();
        out.sort_by(f64::total_cmp);
        out
    }

    #[test]
    fn no_end_at_all_keeps_more_good_pixels_than_the_best_one() {
        let corridor = corridor();
        // What a format with 8 bits behind the point keeps of near walls and a thin floor.
        let binary = (6..5000).map(|i| f64::from(i) / 256.0);
        let counts = (6..5000).map(|i| 1 + (i * i) % 17 + 4000 / i).collect();
        let binary =
            Distribution::new(binary.collect(), counts, Resolution::Exact).expect("depths");
        for (d, start_m, bits, code) in [
            (&binary, 0.05, 8, CodeKind::Uniform),
            (&binary, 0.0, 6, CodeKind::UniformZeroPoint),
            (&corridor, 0.2, 4, CodeKind::Uniform),
            (&corridor, 0.5, 7, CodeKind::Uniform),
        ] {
            let how = Measurement {
                code,
                bits: Bits::new(bits).expect("bits"),
                ..Measurement::default()
            };
            let domain = SweepDomain::around(d, start_m, &[]);
            let found = BestSearch::new(domain, how).run(d);
            let best = found.iter().find(|best| best.metric == Metric::Delta1);
            let best = best.expect("found");
            let steps = f64::from(how.bits.steps());
            let changes = changes(d, start_m, steps, DELTA_RATIOS[0]);
            let within = |end: &f64| (domain.from_m..=domain.to_m).contains(end);
            let ends = changes
                .windows(2)
                .map(|pair| f64::midpoint(pair[0], pair[1]));
            for end_m in ends.filter(within) {
                let range = OutputRange::new(start_m, end_m).expect("a range");
                let point = RangePoint::measure(d, range, &how);
                let parts = point.parts(best.metric.into(), Policy::Count, 1.0);
                let value = parts.expect("pixels").value;
                assert!(
                    best.value >= value - 1e-12,
                    "{bits} bits from {start_m} m, {code:?}: {best:?}, but {value} to {end_m} m"
                );
            }
        }
    }

    #[test]
    fn of_equally_good_ends_the_one_with_the_lowest_rmse_is_best() {
        let d = depths((0..500).map(|i| 0.8 + f64::from(i) * 0.004));
        let domain = SweepDomain::around(&d, 0.5, &[candidate(15.0)]);
        let best = BestSearch::new(domain, Measurement::default()).run(&d);
        let by = |metric| best.iter().find(|b| b.metric == metric).expect("found");
        assert_eq!(by(Metric::Delta1).value, 1.0);
        let (delta1, rmse) = (by(Metric::Delta1).rmse_m, by(Metric::Rmse).value);
        assert!(delta1 <= rmse * 1.01, "{delta1} against {rmse}");
    }

    #[test]
    fn a_curve_in_steps_spans_the_domain_early_and_ends_as_the_whole_one() {
        let d = corridor();
        let domain = SweepDomain::around(&d, 0.5, &[candidate(15.0)]);
        let mut curve = SweepInSteps::new(domain, Measurement::default());
        while !curve.is_coarse_done() {
            assert!(curve.step(&d));
        }
        let coarse = curve.points();
        assert!(coarse.len() < SWEEP_POINTS / 4, "{}", coarse.len());
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(close(coarse[0].max_m, domain.from_m));
        assert!(close(coarse[coarse.len() - 1].max_m, domain.to_m));
        while curve.step(&d) {}
        assert!(curve.is_done());
        assert_eq!(curve.points(), sweep(&d, domain, &Measurement::default()));
        assert_eq!(curve.points().len(), SWEEP_POINTS);
    }

    #[test]
    fn a_start_beyond_all_depths_still_has_a_domain() {
        let d = depths([1.0, 2.0, 3.0]);
        let domain = SweepDomain::around(&d, 50.0, &[]);
        assert!(
            domain.from_m > 50.0 && domain.to_m > domain.from_m,
            "{domain:?}"
        );
        assert!(!sweep(&d, domain, &Measurement::default()).is_empty());
    }
}
