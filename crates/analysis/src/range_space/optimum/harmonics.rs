//! Where the teeth of few depths lie.
//!
//! Few depths are rounded with less error than many where they happen to lie near the values of the code. Each such place is narrow, and
//! there are hundreds. They show as peaks of the depths' characteristic function at the first multiples of the code's frequency; steps of
//! many spacings of integers show at higher ones only, and are [`super::lattice`]'s. Knows distributions and ranges; measures no range.
//!
//! Source: B. Widrow, "Statistical analysis of amplitude-quantized sampled-data systems", AIEE Transactions 79, 1961: the error of
//! rounding from the characteristic function, here with its first harmonics.

use std::f64::consts::{PI, TAU};

use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// Depths with teeth: as few as integer files have. Among more there are none to speak of.
pub(crate) const FEW_DEPTHS: usize = 65_536;

/// The depths that count most have teeth up to this fraction of their spacing, whose depth falls with its square.
const HARMONICS: usize = 4;

/// Frequencies looked at between two that can be told apart: three to the shortest wave.
const OVERSAMPLING: f64 = 12.0;

/// The steps looked at, as shares of the one in the middle: beyond, the valley itself is too high.
const LEAST_STEP: f64 = 0.7;
const MOST_STEP: f64 = 1.4;

/// Depths times frequencies, at most: a fifth of a second. Of many depths teeth are shallow, and only near ones can count.
const WORK: f64 = 2e7;

/// The share of a metric that the depths looked at make up: the others are many where it is the near ones that count.
const HEAVY: f64 = 0.999;

/// Phases tried at each frequency.
const PHASES: usize = 4 * HARMONICS;

/// Teeth handed over at most.
const MOST_TEETH: usize = 256;

/// A step at which depths lie near the values of a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tooth {
    /// The step, in metres.
    pub(crate) step_m: f64,
    /// A place where one of the values lies, in metres.
    pub(crate) value_m: f64,
    /// The mean squared rounding error, as a share of that of depths that are spread evenly.
    error: f64,
}

/// A look for teeth, one frequency a step.
#[derive(Clone, Debug)]
pub(crate) struct ToothSearch {
    waves: Waves,
    base_m: f64,
    start_m: Option<f64>,
    frequencies: std::ops::RangeInclusive<usize>,
    low: f64,
    spacing: f64,
    curve: Vec<Tooth>,
}

impl ToothSearch {
    /// About a range of `steps` steps, over the depths inside it. With `start_m` all teeth have a value there. `None` where depths are
    /// many, or fewer than two.
    pub(crate) fn new(
        depths: &Distribution,
        criterion: Criterion,
        about: OutputRange,
        steps: u32,
        start_m: Option<f64>,
    ) -> Option<Self> {
        if depths.values_m().len() > FEW_DEPTHS {
            return None;
        }
        let heavy = heaviest(depths, criterion, about);
        let (first, last) = (heavy.first()?, heavy.last()?);
        let (base_m, span_m) = (first.0, last.0 - first.0);
        let middle = f64::from(steps) / about.width_m();
        let spacing = 1.0 / (OVERSAMPLING * span_m);
        let reach = WORK / heavy.len() as f64 / 2.0 * spacing;
        let low = (middle / MOST_STEP).max(middle - reach);
        let high = (middle / LEAST_STEP).min(middle + reach);
        let count = (high - low) / spacing;
        (span_m > 0.0 && (0.0..WORK).contains(&count)).then(|| Self {
            waves: Waves::of(&heavy, base_m, low, spacing),
            base_m,
            start_m,
            frequencies: 0..=count as usize,
            low,
            spacing,
            curve: Vec::new(),
        })
    }

    /// Looks at one more frequency; `true` while there are more.
    pub(crate) fn step(&mut self) -> bool {
        let Some(i) = self.frequencies.next() else {
            return false;
        };
        let frequency = self.low + i as f64 * self.spacing;
        let tooth = self.waves.tooth(frequency, self.base_m, self.start_m);
        self.curve.push(tooth);
        self.waves.advance();
        true
    }

    /// The deepest teeth among the frequencies looked at, deepest first.
    pub(crate) fn teeth(&self) -> Vec<Tooth> {
        deepest(&self.curve)
    }

    /// The distance between the ends of two neighbouring steps looked at, for ranges of `steps` steps of about `step_m`, in metres.
    pub(crate) fn spacing_m(&self, step_m: f64, steps: u32) -> f64 {
        f64::from(steps) * step_m * step_m * self.spacing
    }
}

/// The depths inside a range that make up nearly all of a metric, nearest first, with how much each counts.
fn heaviest(depths: &Distribution, criterion: Criterion, about: OutputRange) -> Vec<(f64, f64)> {
    let first = depths.first_at_least(0, usize::MAX, about.min_m());
    let last = depths.first_at_least(first, usize::MAX, about.max_m().next_up());
    let values = &depths.values_m()[first..last];
    let counts = &depths.counts()[first..last];
    let weighted = |(&d, &count): (&f64, &u32)| (d, f64::from(count) * weight(criterion, d));
    let mut all: Vec<(f64, f64)> = values.iter().zip(counts).map(weighted).collect();
    let total: f64 = all.iter().map(|(_, weight)| weight).sum();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut sum = 0.0;
    let enough = all.iter().position(|(_, weight)| {
        sum += weight;
        sum >= HEAVY * total
    });
    all.truncate(enough.map_or(all.len(), |last| last + 1));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// How much a squared error at a depth counts under a metric, about.
pub(super) fn weight(criterion: Criterion, depth_m: f64) -> f64 {
    let square = depth_m * depth_m;
    match criterion {
        Criterion::Rmse | Criterion::Mae | Criterion::Bias => 1.0,
        Criterion::AbsRel
        | Criterion::SqRel
        | Criterion::Log10
        | Criterion::Delta1
        | Criterion::Delta2
        | Criterion::Delta3 => 1.0 / depth_m,
        Criterion::RmseLog | Criterion::Silog | Criterion::Imae => 1.0 / square,
        Criterion::Irmse => 1.0 / (square * square),
    }
}

/// The dips of a curve, deepest first.
fn deepest(curve: &[Tooth]) -> Vec<Tooth> {
    let is_dip = |i: &usize| {
        let near = i.saturating_sub(1)..(i + 2).min(curve.len());
        curve[near]
            .iter()
            .all(|other| curve[*i].error <= other.error)
    };
    let mut dips: Vec<Tooth> = (0..curve.len()).filter(is_dip).map(|i| curve[i]).collect();
    dips.sort_by(|a, b| a.error.total_cmp(&b.error));
    dips.truncate(MOST_TEETH);
    dips
}

/// One complex wave per depth, at a frequency that rises.
#[derive(Clone, Debug)]
struct Waves {
    /// Weight, and the wave's cosine and sine with those of the turn to the next frequency.
    waves: Vec<[f64; 5]>,
    total: f64,
}

impl Waves {
    fn of(heavy: &[(f64, f64)], base_m: f64, frequency: f64, spacing: f64) -> Self {
        let wave = |&(d, weight): &(f64, f64)| {
            let turn = TAU * (d - base_m) * frequency;
            let next = TAU * (d - base_m) * spacing;
            [
                weight,
                libm::cos(turn),
                libm::sin(turn),
                libm::cos(next),
                libm::sin(next),
            ]
        };
        Self {
            waves: heavy.iter().map(wave).collect(),
            total: heavy.iter().map(|(_, weight)| weight).sum(),
        }
    }

    fn advance(&mut self) {
        for [_, cos, sin, next_cos, next_sin] in &mut self.waves {
            (*cos, *sin) = (
                *cos * *next_cos - *sin * *next_sin,
                *cos * *next_sin + *sin * *next_cos,
            );
        }
    }

    /// The weighted means of the first harmonics.
    fn harmonics(&self) -> [(f64, f64); HARMONICS] {
        let mut sums = [(0.0, 0.0); HARMONICS];
        for &[weight, cos, sin, ..] in &self.waves {
            let (mut c, mut s) = (weight * cos, weight * sin);
            for sum in &mut sums {
                sum.0 += c;
                sum.1 += s;
                (c, s) = (c * cos - s * sin, c * sin + s * cos);
            }
        }
        sums.map(|(c, s)| (c / self.total, s / self.total))
    }

    /// The best phase at the frequency reached, or that of a value at `start_m`.
    fn tooth(&self, frequency: f64, base_m: f64, start_m: Option<f64>) -> Tooth {
        let harmonics = self.harmonics();
        let step_m = 1.0 / frequency;
        let at = |value_m: f64| Tooth {
            step_m,
            value_m,
            error: rounding(&harmonics, TAU * (value_m - base_m) * frequency),
        };
        if let Some(start_m) = start_m {
            return at(start_m);
        }
        let phases = (0..PHASES).map(|i| at(base_m + step_m * i as f64 / PHASES as f64));
        let best = phases.min_by(|a, b| a.error.total_cmp(&b.error));
        best.unwrap_or_else(|| at(base_m))
    }
}

/// The mean squared distance to the nearest value, as a share of that of even depths: the Fourier series of a parabola.
fn rounding(harmonics: &[(f64, f64); HARMONICS], phase: f64) -> f64 {
    let mut sum = 1.0 / 12.0;
    for (order, &(c, s)) in (1..).zip(harmonics) {
        let order = f64::from(order);
        let sign = if order % 2.0 == 1.0 { -1.0 } else { 1.0 };
        let along = c * libm::cos(order * phase) + s * libm::sin(order * phase);
        sum += sign * along / (order * PI * order * PI);
    }
    12.0 * sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;

    fn search(values: Vec<f64>, about: (f64, f64), start_m: Option<f64>) -> Option<ToothSearch> {
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let about = OutputRange::new(about.0, about.1).expect("a range");
        ToothSearch::new(&depths, Criterion::Rmse, about, 255, start_m)
    }

    #[test]
    fn the_error_of_rounding_follows_from_the_harmonics() {
        let values: Vec<f64> = (0..400_u32)
            .map(|i| 1.0 + 2.0 * libm::pow(f64::from(i * 7919 % 4001) / 4001.0, 1.7))
            .collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let mut teeth = search(sorted, (1.0, 3.0), Some(0.9)).expect("few depths");
        while teeth.step() {}
        assert!(teeth.curve.len() > 1000);
        // What four harmonics leave out of a parabola's series is 0.27 at most, and a tenth of that on average.
        let (mut worst, mut sum) = (0.0_f64, 0.0);
        for tooth in &teeth.curve {
            let square = |d: &f64| {
                let steps = (d - 0.9) / tooth.step_m;
                12.0 * (steps - steps.round()) * (steps - steps.round())
            };
            let brute = values.iter().map(square).sum::<f64>() / values.len() as f64;
            let off = (tooth.error - brute).abs();
            worst = worst.max(off);
            sum += off;
        }
        assert!(worst < 0.27, "{worst}");
        assert!(sum / (teeth.curve.len() as f64) < 0.027, "{sum}");
    }

    #[test]
    fn millimetres_are_best_rounded_in_steps_of_two() {
        let values = (0..536).map(|i| 0.8 + 0.001 * f64::from(i));
        let mut teeth = search(values.collect(), (0.8, 1.3355), None).expect("few depths");
        while teeth.step() {}
        let found = teeth.teeth();
        assert!(found.len() <= MOST_TEETH);
        let is_found = (found[0].step_m - 0.002).abs() * 255.0 < 1e-3;
        assert!(is_found, "{:?}", found[0]);
    }

    #[test]
    fn depths_without_teeth_have_no_search() {
        assert!(search(vec![1.0], (0.5, 2.0), None).is_none());
        assert!(search(vec![1.0, 9.0], (0.5, 2.0), None).is_none());
        let many = (0..=FEW_DEPTHS).map(|i| 1.0 + i as f64);
        assert!(search(many.collect(), (0.5, 2000.0), None).is_none());
    }
}
