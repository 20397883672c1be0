//! Search for the best end of a range under each metric, with the start fixed.
//!
//! The search is cut into small steps, so that a caller can respond between them.

use serde::{Deserialize, Serialize};

use super::coded_errors::CodedErrors;
use super::end_sweep::SweepDomain;
use super::policy::Policy;
use super::range_report::RangeSettings;
use super::range_space::{
    AccuracyThreshold, HarmonicSearch, Lattice, ThresholdSearch, accuracy_ratio,
};
use fathom_core::metrics::{DepthMetrics, Metric};
use fathom_core::quant::{OutputRange, ScalarCode};
use fathom_core::stats::Distribution;

/// The best end under one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestRange {
    /// The metric.
    pub metric: Metric,
    /// The range.
    pub range: OutputRange,
    /// The metric's value for the range.
    pub value: f64,
    /// The RMSE for the range, in metres. Among ends with equal values, such as delta1 = 100 %, the lowest RMSE wins.
    pub rmse_m: f64,
}

impl BestRange {
    fn rank(&self) -> (f64, f64) {
        (self.metric.cost(self.value), self.rmse_m)
    }
}

/// Intervals of the first grid of ends. Its [`GRID_MINIMA`] best points per metric are refined.
const GRID: usize = 256;

/// Grid points refined per metric.
const GRID_MINIMA: usize = 4;

/// Local minima near the best end that are refined per metric.
const LOCAL_MINIMA: usize = 24;

/// Up to this many depths, measuring a range takes some 20 microseconds, and a dense grid finds the local minima. With more depths,
/// [`HarmonicSearch`] computes where they are.
const DENSE_GRID_DEPTHS: usize = 4096;

/// Points of the dense grid per step of the code.
const DENSE_GRID_PER_STEP: u32 = 6;

/// Extent of the dense grid to either side, as a share of the width of the range.
const DENSE_GRID_REACH: f64 = 0.25;

/// Maximum number of dense grid points to either side. Fine codes exceed it, but their local minima are shallow.
const MAX_DENSE_GRID: f64 = 500.0;

/// Maximum number of boxes halved while proving that no end keeps more good pixels.
///
/// Some two hundred suffice in general. A depth exactly on an edge of the start's loss never leaves the bound and needs this limit.
const MAX_BOXES: usize = 20_000;

/// Boxes halved per step of the search.
const BOXES_PER_STEP: usize = 64;

/// Golden-section steps per refinement. Each shrinks the interval by 0.618, so 32 reduce 1 % of the end to 2e-9 of it.
const GOLDEN_STEPS: usize = 32;

/// A search for the best end under every metric, in small steps.
///
/// Few depths give the cost many narrow local minima. After a grid over the whole domain, the search looks for all local minima
/// near the best end and refines the lowest of them.
///
/// Every pixel counts here, whatever the policy of the range table. Under `exclude` and `clamp` the narrowest range always wins, because
/// the pixels it clips have no cost.
#[derive(Clone, Debug)]
pub struct BestEndSearch {
    domain: SweepDomain,
    settings: RangeSettings,
    grid: Vec<Option<DepthMetrics>>,
    best: [Option<BestRange>; Metric::ALL.len()],
    refinements: Vec<GoldenSection>,
    /// Metrics whose local minima are still to be searched, once the refinements of the grid are done.
    unsearched: Vec<Metric>,
    harmonics: Option<(Metric, HarmonicSearch)>,
    /// The search for the best threshold accuracy, with the number of boxes halved so far.
    thresholds: Option<(Metric, ThresholdSearch, usize)>,
    /// Ends to be measured: position in the domain, and the distance to both sides that a refinement covers.
    starts: Vec<(Metric, f64, f64)>,
    /// Measured ends of `starts`, with their ranks.
    measured_starts: Vec<((f64, f64), GoldenSection)>,
}

impl BestEndSearch {
    /// Prepares a search over a domain.
    #[must_use]
    pub fn new(domain: SweepDomain, settings: RangeSettings) -> Self {
        Self {
            domain,
            settings: RangeSettings {
                policy: Policy::Count,
                ..settings
            },
            grid: Vec::with_capacity(GRID + 1),
            best: [None; Metric::ALL.len()],
            refinements: Vec::new(),
            unsearched: Metric::ALL.to_vec(),
            harmonics: None,
            thresholds: None,
            starts: Vec::new(),
            measured_starts: Vec::new(),
        }
    }

    /// Does one small piece of the work. Returns false once the search is complete.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        if self.grid.len() <= GRID {
            let share = self.grid.len() as f64 / GRID as f64;
            let metrics = self.measure_all(depths, share);
            self.grid.push(metrics);
            if self.grid.len() > GRID {
                self.refinements = self.grid_refinements();
            }
            return true;
        }
        if let Some(mut refinement) = self.refinements.pop() {
            if refinement.advance(self, depths) {
                self.refinements.push(refinement);
            }
            return true;
        }
        self.step_local_minima(depths)
    }

    /// Does one small piece of the search for local minima. Returns false once it is complete.
    fn step_local_minima(&mut self, depths: &Distribution) -> bool {
        if let Some((metric, share, reach)) = self.starts.pop() {
            if let Some(rank) = self.rank_at(depths, metric, share) {
                self.measured_starts
                    .push((rank, GoldenSection::around(metric, share, reach)));
            }
            if self.starts.is_empty() {
                let is_grid = depths.values_m().len() <= DENSE_GRID_DEPTHS;
                self.refinements = lowest(&std::mem::take(&mut self.measured_starts), is_grid);
            }
            return true;
        }
        if let Some((metric, mut harmonics)) = self.harmonics.take() {
            if harmonics.step() {
                self.harmonics = Some((metric, harmonics));
            } else {
                self.starts = self.harmonic_starts(depths, metric, &harmonics);
            }
            return true;
        }
        if let Some((metric, search, halved)) = self.thresholds.take() {
            self.thresholds = self
                .step_thresholds(depths, metric, search)
                .filter(|_| halved < MAX_BOXES)
                .map(|search| (metric, search, halved + BOXES_PER_STEP));
            return true;
        }
        let Some(metric) = self.unsearched.pop() else {
            return false;
        };
        if let Some(ratio) = accuracy_ratio(metric.into()) {
            self.thresholds = Some((metric, self.threshold_search(depths, ratio), 0));
            return true;
        }
        let best = self.best[metric as usize];
        if depths.values_m().len() <= DENSE_GRID_DEPTHS {
            let grid = best.map(|best| self.dense_grid(metric, best.range));
            self.starts = grid.unwrap_or_default();
            return true;
        }
        self.harmonics = best.and_then(|best| {
            let (about, steps) = (self.coded(best.range), self.settings.bits.steps());
            let start_m = Some(about.min_m());
            let search = HarmonicSearch::new(depths, metric.into(), about, steps, start_m)?;
            Some((metric, search))
        });
        true
    }

    /// Prepares the branch and bound for the end that keeps the most good pixels.
    fn threshold_search(&self, depths: &Distribution, ratio: f64) -> ThresholdSearch {
        let SweepDomain {
            min_m,
            from_m,
            to_m,
        } = self.domain;
        let start_m =
            OutputRange::new(min_m, to_m).map_or(min_m, |range| self.coded(range).min_m());
        let threshold = AccuracyThreshold {
            ratio,
            steps: self.settings.bits.steps(),
            eval_min_m: self.settings.eval_min_m,
            clipping_weight: 1.0,
        };
        ThresholdSearch::new(depths, threshold, (start_m, start_m), (from_m, to_m))
    }

    /// Halves [`BOXES_PER_STEP`] boxes of a branch and bound. Returns the search while it is incomplete.
    fn step_thresholds(
        &mut self,
        depths: &Distribution,
        metric: Metric,
        mut search: ThresholdSearch,
    ) -> Option<ThresholdSearch> {
        // The cost of a threshold accuracy is its negative, so 1 + cost is the share of lost pixels.
        let fewest_lost = |this: &Self| {
            let cost = this.best[metric as usize].map_or(0.0, |best| best.rank().0);
            (1.0 + cost) * depths.count()
        };
        for _ in 0..BOXES_PER_STEP {
            let so_far = fewest_lost(self);
            let measure = |_, end_m| {
                self.rank_at(depths, metric, self.domain.share_of(end_m));
                fewest_lost(self)
            };
            if !search.step(depths, so_far, measure) {
                return None;
            }
        }
        Some(search)
    }

    /// Returns the ends that the code has: a zero point moves the start to 0.
    fn coded(&self, range: OutputRange) -> OutputRange {
        self.settings.code.over(range, self.settings.bits).range()
    }

    /// Returns a dense grid of ends about a range.
    fn dense_grid(&self, metric: Metric, about: OutputRange) -> Vec<(Metric, f64, f64)> {
        let steps = self.settings.bits.steps();
        let step_m = self.coded(about).width_m() / f64::from(steps);
        let spacing_m = step_m / f64::from(DENSE_GRID_PER_STEP);
        let count = f64::from(steps) * f64::from(DENSE_GRID_PER_STEP) * DENSE_GRID_REACH;
        let count = count.min(MAX_DENSE_GRID) as i32;
        let share = |i: i32| {
            self.domain
                .share_of(about.max_m() + f64::from(i) * spacing_m)
        };
        (-count..=count)
            .map(|i| (metric, share(i), share(i + 1) - share(i)))
            .filter(|(_, share, _)| (0.0..=1.0).contains(share))
            .collect()
    }

    /// Returns the ends at local minima of a metric, from the harmonics of the depths and from their lattice.
    fn harmonic_starts(
        &self,
        depths: &Distribution,
        metric: Metric,
        search: &HarmonicSearch,
    ) -> Vec<(Metric, f64, f64)> {
        let steps = self.settings.bits.steps();
        let widest = OutputRange::new(self.domain.min_m, self.domain.to_m);
        let start_m = widest.map_or(self.domain.min_m, |range| self.coded(range).min_m());
        let share = |end_m: f64| self.domain.share_of(end_m);
        let minima = search.minima().into_iter().map(|minimum| {
            let end_m = start_m + f64::from(steps) * minimum.step_m;
            (end_m, search.spacing_m(minimum.step_m, steps))
        });
        let best = self.best[metric as usize].map(|best| self.coded(best.range));
        let lattice = best.zip(Lattice::detect(depths));
        let lattice = lattice.map_or_else(Vec::new, |(best, lattice)| lattice.ends(best, steps));
        let ends = minima.chain(lattice).map(|(end_m, reach_m)| {
            let next = share(end_m + reach_m);
            (metric, share(end_m), (next - share(end_m)).abs())
        });
        ends.filter(|(_, share, _)| (0.0..=1.0).contains(share))
            .collect()
    }

    /// Returns true once the search is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.grid.len() > GRID
            && self.refinements.is_empty()
            && self.starts.is_empty()
            && self.harmonics.is_none()
            && self.thresholds.is_none()
            && self.unsearched.is_empty()
    }

    /// Returns the best ends found so far, in the order of [`Metric::ALL`].
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
        let code = self.settings.code.over(range, self.settings.bits);
        let errors = CodedErrors::measure(depths, &code, self.settings.eval_min_m);
        DepthMetrics::from_sums(&self.settings.policy.apply(&errors))
    }

    fn measure_all(&mut self, depths: &Distribution, share: f64) -> Option<DepthMetrics> {
        let range = self.domain.range_at(share)?;
        let metrics = self.metrics_at(depths, range)?;
        for metric in Metric::ALL {
            self.record(metric, range, &metrics);
        }
        Some(metrics)
    }

    /// Keeps a measured range if it is better than the best one so far.
    fn record(&mut self, metric: Metric, range: OutputRange, metrics: &DepthMetrics) {
        let slot = &mut self.best[metric as usize];
        let found = BestRange {
            metric,
            range,
            value: metric.value_in(metrics),
            rmse_m: metrics.rmse,
        };
        if slot.is_none_or(|best| found.rank() < best.rank()) {
            *slot = Some(found);
        }
    }

    /// Returns refinements of the [`GRID_MINIMA`] best grid points under each metric.
    fn grid_refinements(&self) -> Vec<GoldenSection> {
        let mut out = Vec::new();
        for metric in Metric::ALL {
            let mut costs: Vec<(f64, f64, usize)> = self
                .grid
                .iter()
                .enumerate()
                .filter_map(|(i, m)| m.map(|m| (metric.cost(metric.value_in(&m)), m.rmse, i)))
                .collect();
            costs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let best = costs.iter().take(GRID_MINIMA);
            out.extend(best.map(|&(.., i)| GoldenSection::around_grid_point(metric, i)));
        }
        out
    }

    /// Measures the cost of a metric at a position in the domain, and records the range as a candidate for the best one.
    fn cost_at(&mut self, depths: &Distribution, metric: Metric, share: f64) -> Option<f64> {
        Some(self.rank_at(depths, metric, share)?.0)
    }

    /// Measures the cost with the RMSE, which decides between equal costs, and records the range.
    fn rank_at(&mut self, depths: &Distribution, metric: Metric, share: f64) -> Option<(f64, f64)> {
        let range = self.domain.range_at(share)?;
        let metrics = self.metrics_at(depths, range)?;
        self.record(metric, range, &metrics);
        Some((metric.cost(metric.value_in(&metrics)), metrics.rmse))
    }
}

/// Returns the [`LOCAL_MINIMA`] lowest starts. Of a grid, only points that are no higher than both neighbours qualify.
fn lowest(measured: &[((f64, f64), GoldenSection)], is_grid: bool) -> Vec<GoldenSection> {
    let is_minimum = |i: usize| {
        let near = i.saturating_sub(1)..(i + 2).min(measured.len());
        measured[near]
            .iter()
            .all(|(rank, _)| measured[i].0 <= *rank)
    };
    let mut minima: Vec<_> = (0..measured.len())
        .filter(|&i| !is_grid || is_minimum(i))
        .collect();
    minima.sort_by(|&i, &j| {
        let (a, b) = (measured[i].0, measured[j].0);
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    minima
        .into_iter()
        .take(LOCAL_MINIMA)
        .map(|i| measured[i].1)
        .collect()
}

/// A golden-section search for a minimum, one step at a time (J. Kiefer, "Sequential minimax search for a maximum", Proc. AMS 4, 1953).
#[derive(Clone, Copy, Debug)]
struct GoldenSection {
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

impl GoldenSection {
    /// Covers the interval between the neighbours of a grid point.
    fn around_grid_point(metric: Metric, index: usize) -> Self {
        Self::around(metric, index as f64 / GRID as f64, 1.0 / GRID as f64)
    }

    /// Covers `reach` to both sides of a position, both in shares of the domain.
    fn around(metric: Metric, share: f64, reach: f64) -> Self {
        let low = (share - reach).clamp(0.0, 1.0);
        let high = (share + reach).clamp(0.0, 1.0);
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

    /// Shrinks the interval once. Returns false once it is small enough, or where a cost cannot be measured.
    fn advance(&mut self, search: &mut BestEndSearch, depths: &Distribution) -> bool {
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
    use crate::range_space::RangePoint;
    use crate::{NamedRange, RangeReport};
    use fathom_core::metrics::DELTA_RATIOS;
    use fathom_core::quant::{Bits, CodeKind};
    use fathom_core::stats::Resolution;

    fn depths(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive depths")
    }

    /// Returns the depths of a corridor: dense near the camera, with a thin tail to 40 m.
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
    fn no_end_of_a_dense_grid_beats_the_best_one() {
        let d = corridor();
        let settings = RangeSettings::default();
        let domain = SweepDomain::around(&d, 0.5, &[candidate(15.0)]);
        let found = BestEndSearch::new(domain, settings).run(&d);
        assert_eq!(found.len(), Metric::ALL.len());
        for best in found {
            for i in 0..=2000 {
                let range = domain.range_at(f64::from(i) / 2000.0).expect("a range");
                let named = NamedRange {
                    name: String::new(),
                    range,
                };
                let report = RangeReport::measure(&d, &named, &settings);
                let value = best
                    .metric
                    .value_in(&report.errors.expect("pixels").metrics);
                let (cost, found) = (best.metric.cost(value), best.metric.cost(best.value));
                assert!(
                    found <= cost + 1e-4 * cost.abs(),
                    "{best:?}: {value} at {range:?}"
                );
            }
        }
    }

    /// Compares the best end with 60,001 ends over the domain.
    #[track_caller]
    fn check_against_fine_grid(
        name: &str,
        d: &Distribution,
        start_m: f64,
        code: CodeKind,
        tolerance: f64,
    ) {
        let settings = RangeSettings {
            code,
            ..RangeSettings::default()
        };
        let domain = SweepDomain::around(d, start_m, &[]);
        let found = BestEndSearch::new(domain, settings).run(d);
        let mut least = [f64::INFINITY; Metric::ALL.len()];
        let places = 60_000;
        for i in 0..=places {
            let share = f64::from(i) / f64::from(places);
            let range = domain.range_at(share).expect("a range");
            let point = RangePoint::measure(d, range, &settings);
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
    fn no_end_of_a_fine_grid_beats_the_best_one_on_few_depths() {
        let millimetres = |i: u32| 0.801 + 0.001 * f64::from(i * i % 2129);
        let room = depths((0..700).map(millimetres));
        // Depths of a structured-light camera: their spacing grows with the square of the depth.
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
                check_against_fine_grid(name, d, start_m, code, 1e-6);
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
            assert!(d.values_m().len() > DENSE_GRID_DEPTHS);
            let settings = RangeSettings::default();
            let domain = SweepDomain::around(&d, start_m, &[]);
            for best in BestEndSearch::new(domain, settings).run(&d) {
                let middle = best.range.width_m() / 255.0 / spacing_m;
                let steps = |q: u32| {
                    let first = (0.8 * middle * f64::from(q)) as u32;
                    let last = (1.25 * middle * f64::from(q)) as u32;
                    (first..=last).map(move |p| f64::from(p) / f64::from(q))
                };
                for step in (1..=4).flat_map(steps).filter(|step| *step > 0.0) {
                    let end_m = start_m + 255.0 * spacing_m * step;
                    let range = OutputRange::new(start_m, end_m).expect("a range");
                    let point = RangePoint::measure(&d, range, &settings);
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

    /// Returns the ends between which a threshold accuracy is constant.
    ///
    /// At these ends a cell boundary, or a value times or divided by the threshold, equals a depth.
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
    fn no_end_at_all_has_a_higher_delta1_than_the_best_one() {
        let corridor = corridor();
        // Near walls and a thin floor in a format with 8 fractional bits.
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
            let settings = RangeSettings {
                code,
                bits: Bits::new(bits).expect("bits"),
                ..RangeSettings::default()
            };
            let domain = SweepDomain::around(d, start_m, &[]);
            let found = BestEndSearch::new(domain, settings).run(d);
            let best = found.iter().find(|best| best.metric == Metric::Delta1);
            let best = best.expect("found");
            let steps = f64::from(settings.bits.steps());
            let changes = changes(d, start_m, steps, DELTA_RATIOS[0]);
            let within = |end: &f64| (domain.from_m..=domain.to_m).contains(end);
            let ends = changes
                .windows(2)
                .map(|pair| f64::midpoint(pair[0], pair[1]));
            for end_m in ends.filter(within) {
                let range = OutputRange::new(start_m, end_m).expect("a range");
                let point = RangePoint::measure(d, range, &settings);
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
        let best = BestEndSearch::new(domain, RangeSettings::default()).run(&d);
        let by = |metric| best.iter().find(|b| b.metric == metric).expect("found");
        assert_eq!(by(Metric::Delta1).value, 1.0);
        let (delta1, rmse) = (by(Metric::Delta1).rmse_m, by(Metric::Rmse).value);
        assert!(delta1 <= rmse * 1.01, "{delta1} against {rmse}");
    }
}
