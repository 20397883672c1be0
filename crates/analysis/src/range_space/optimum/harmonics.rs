//! Local minima of the rounding error of few depths, from the characteristic function of the depths.
//!
//! The rounding error is small where many depths lie near values of the code. There are hundreds of such narrow minima.
//! They are peaks of the depths' characteristic function at the first multiples of the code's frequency, `1 / step`.
//! Steps of many spacings of integer depths appear at higher multiples only; [`super::lattice`] computes those.
//!
//! Source: B. Widrow, "Statistical analysis of amplitude-quantized sampled-data systems", AIEE Transactions 79, 1961, which derives
//! the rounding error from the characteristic function. This file uses the first harmonics of it.

use std::f64::consts::{PI, TAU};

use super::objective::{FEW_DEPTHS, depth_weight};
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// Number of harmonics. A minimum at the n-th harmonic is 1 / n^2 as deep as one at the first.
const HARMONICS: usize = 4;

/// Frequencies per resolvable interval, `1 / span`. With four harmonics that is three per shortest wave.
const OVERSAMPLING: f64 = 12.0;

/// Bounds of the step, relative to that of the given range. Beyond them the smooth part of the cost is too high.
const MIN_STEP: f64 = 0.7;
const MAX_STEP: f64 = 1.4;

/// Maximum of depths times frequencies, a fifth of a second. With many depths the minima are shallow, and only near ones matter.
const MAX_WORK: f64 = 2e7;

/// The share of the total weight that the used depths hold. Where near depths dominate a metric, this drops many far ones.
const WEIGHT_SHARE: f64 = 0.999;

/// Number of phases tried at each frequency.
const PHASES: usize = 4 * HARMONICS;

/// Maximum number of minima returned.
const MAX_MINIMA: usize = 256;

/// A step and a phase at which depths lie near the values of a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HarmonicMinimum {
    /// The step, in metres.
    pub(crate) step_m: f64,
    /// The position of one of the values, in metres.
    pub(crate) value_m: f64,
    /// The mean squared rounding error, as a share of that of evenly spread depths.
    error: f64,
}

/// A search for the minima, one frequency per step.
#[derive(Clone, Debug)]
pub(crate) struct HarmonicSearch {
    phasors: Phasors,
    base_m: f64,
    start_m: Option<f64>,
    frequencies: std::ops::RangeInclusive<usize>,
    low: f64,
    spacing: f64,
    curve: Vec<HarmonicMinimum>,
}

impl HarmonicSearch {
    /// Prepares a search for steps near that of a range with `steps` steps, over the depths inside the range.
    ///
    /// With `start_m` every minimum has a value at that depth. Returns `None` if there are more than [`FEW_DEPTHS`] depths or fewer than
    /// two.
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
        let reach = MAX_WORK / heavy.len() as f64 / 2.0 * spacing;
        let low = (middle / MAX_STEP).max(middle - reach);
        let high = (middle / MIN_STEP).min(middle + reach);
        let count = (high - low) / spacing;
        (span_m > 0.0 && (0.0..MAX_WORK).contains(&count)).then(|| Self {
            phasors: Phasors::new(&heavy, base_m, low, spacing),
            base_m,
            start_m,
            frequencies: 0..=count as usize,
            low,
            spacing,
            curve: Vec::new(),
        })
    }

    /// Evaluates the next frequency. Returns false once none is left.
    pub(crate) fn step(&mut self) -> bool {
        let Some(i) = self.frequencies.next() else {
            return false;
        };
        let frequency = self.low + i as f64 * self.spacing;
        let minimum = self.phasors.minimum(frequency, self.base_m, self.start_m);
        self.curve.push(minimum);
        self.phasors.advance();
        true
    }

    /// Returns the lowest minima among the evaluated frequencies, lowest first.
    pub(crate) fn minima(&self) -> Vec<HarmonicMinimum> {
        lowest(&self.curve)
    }

    /// Returns the distance in metres between the ends that two neighbouring frequencies give, for `steps` steps of about `step_m`.
    pub(crate) fn spacing_m(&self, step_m: f64, steps: u32) -> f64 {
        f64::from(steps) * step_m * step_m * self.spacing
    }
}

/// Returns the heaviest depths inside a range, nearest first, with their weights. They hold [`WEIGHT_SHARE`] of the total weight.
fn heaviest(depths: &Distribution, criterion: Criterion, about: OutputRange) -> Vec<(f64, f64)> {
    let first = depths.first_at_least(0, usize::MAX, about.min_m());
    let last = depths.first_at_least(first, usize::MAX, about.max_m().next_up());
    let values = &depths.values_m()[first..last];
    let counts = &depths.counts()[first..last];
    let weighted = |(&d, &count): (&f64, &u32)| (d, f64::from(count) * depth_weight(criterion, d));
    let mut all: Vec<(f64, f64)> = values.iter().zip(counts).map(weighted).collect();
    let total: f64 = all.iter().map(|(_, weight)| weight).sum();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut sum = 0.0;
    let enough = all.iter().position(|(_, weight)| {
        sum += weight;
        sum >= WEIGHT_SHARE * total
    });
    all.truncate(enough.map_or(all.len(), |last| last + 1));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// Returns the minima of a curve, lowest first.
fn lowest(curve: &[HarmonicMinimum]) -> Vec<HarmonicMinimum> {
    let is_minimum = |i: &usize| {
        let near = i.saturating_sub(1)..(i + 2).min(curve.len());
        curve[near]
            .iter()
            .all(|other| curve[*i].error <= other.error)
    };
    let mut minima: Vec<HarmonicMinimum> = (0..curve.len())
        .filter(is_minimum)
        .map(|i| curve[i])
        .collect();
    minima.sort_by(|a, b| a.error.total_cmp(&b.error));
    minima.truncate(MAX_MINIMA);
    minima
}

/// One phasor per depth, advanced from frequency to frequency.
#[derive(Clone, Debug)]
struct Phasors {
    /// The weight, the cosine and sine of the phase, and the cosine and sine of the rotation to the next frequency.
    phasors: Vec<[f64; 5]>,
    total: f64,
}

impl Phasors {
    fn new(heavy: &[(f64, f64)], base_m: f64, frequency: f64, spacing: f64) -> Self {
        let phasor = |&(d, weight): &(f64, f64)| {
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
            phasors: heavy.iter().map(phasor).collect(),
            total: heavy.iter().map(|(_, weight)| weight).sum(),
        }
    }

    /// Rotates all phasors to the next frequency.
    fn advance(&mut self) {
        for [_, cos, sin, next_cos, next_sin] in &mut self.phasors {
            (*cos, *sin) = (
                *cos * *next_cos - *sin * *next_sin,
                *cos * *next_sin + *sin * *next_cos,
            );
        }
    }

    /// Computes the weighted means of the first harmonics: the characteristic function at multiples of the frequency.
    fn harmonics(&self) -> [(f64, f64); HARMONICS] {
        let mut sums = [(0.0, 0.0); HARMONICS];
        for &[weight, cos, sin, ..] in &self.phasors {
            let (mut c, mut s) = (weight * cos, weight * sin);
            for sum in &mut sums {
                sum.0 += c;
                sum.1 += s;
                (c, s) = (c * cos - s * sin, c * sin + s * cos);
            }
        }
        sums.map(|(c, s)| (c / self.total, s / self.total))
    }

    /// Returns the step at `frequency` with its best phase, or with a value at `start_m`.
    fn minimum(&self, frequency: f64, base_m: f64, start_m: Option<f64>) -> HarmonicMinimum {
        let harmonics = self.harmonics();
        let step_m = 1.0 / frequency;
        let at = |value_m: f64| HarmonicMinimum {
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

/// Computes the mean squared rounding error as a share of that of evenly spread depths, from the Fourier series of a parabola.
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

    fn search(values: Vec<f64>, about: (f64, f64), start_m: Option<f64>) -> Option<HarmonicSearch> {
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let about = OutputRange::new(about.0, about.1).expect("a range");
        HarmonicSearch::new(&depths, Criterion::Rmse, about, 255, start_m)
    }

    #[test]
    fn the_rounding_error_follows_from_the_harmonics() {
        let values: Vec<f64> = (0..400_u32)
            .map(|i| 1.0 + 2.0 * libm::pow(f64::from(i * 7919 % 4001) / 4001.0, 1.7))
            .collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let mut search = search(sorted, (1.0, 3.0), Some(0.9)).expect("few depths");
        while search.step() {}
        assert!(search.curve.len() > 1000);
        // Four harmonics leave out at most 0.27 of a parabola's series, and a tenth of that on average.
        let (mut worst, mut sum) = (0.0_f64, 0.0);
        for minimum in &search.curve {
            let square = |d: &f64| {
                let steps = (d - 0.9) / minimum.step_m;
                12.0 * (steps - steps.round()) * (steps - steps.round())
            };
            let brute = values.iter().map(square).sum::<f64>() / values.len() as f64;
            let off = (minimum.error - brute).abs();
            worst = worst.max(off);
            sum += off;
        }
        assert!(worst < 0.27, "{worst}");
        assert!(sum / (search.curve.len() as f64) < 0.027, "{sum}");
    }

    #[test]
    fn millimetre_depths_are_best_coded_in_steps_of_two() {
        let values = (0..536).map(|i| 0.8 + 0.001 * f64::from(i));
        let mut search = search(values.collect(), (0.8, 1.3355), None).expect("few depths");
        while search.step() {}
        let found = search.minima();
        assert!(found.len() <= MAX_MINIMA);
        let is_found = (found[0].step_m - 0.002).abs() * 255.0 < 1e-3;
        assert!(is_found, "{:?}", found[0]);
    }

    #[test]
    fn depths_without_local_minima_have_no_search() {
        assert!(search(vec![1.0], (0.5, 2.0), None).is_none());
        assert!(search(vec![1.0, 9.0], (0.5, 2.0), None).is_none());
        let many = (0..=FEW_DEPTHS).map(|i| 1.0 + i as f64);
        assert!(search(many.collect(), (0.5, 2000.0), None).is_none());
    }
}
