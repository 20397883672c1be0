//! Values of either sign with counts, such as the activations of a layer over some frames.

use fathom_analysis::calibrators::CalibrationData;
use fathom_core::quant::{Bits, OutputRange, ScalarCode as _, UniformCode};

/// Finite values in ascending order, each with its count.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedValues {
    values: Vec<f64>,
    /// Number of values up to and including each.
    running: Vec<f64>,
}

impl CountedValues {
    /// Sorts values with their counts. Returns nothing without a finite value; other values and counts of zero are left out.
    #[must_use]
    pub fn new(counted: impl IntoIterator<Item = (f64, u64)>) -> Option<Self> {
        let is_counted = |&(value, count): &(f64, u64)| value.is_finite() && count > 0;
        let mut pairs: Vec<_> = counted.into_iter().filter(is_counted).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        let running = pairs
            .iter()
            .map(|&(_, count)| {
                sum += count as f64;
                sum
            })
            .collect();
        let values: Vec<f64> = pairs.into_iter().map(|(value, _)| value).collect();
        (!values.is_empty()).then_some(Self { values, running })
    }

    /// Each value with its count.
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        let before = std::iter::once(0.0).chain(self.running.iter().copied());
        let counts = self.running.iter().zip(before);
        self.values
            .iter()
            .zip(counts)
            .map(|(&value, (after, before))| (value, after - before))
    }

    fn mean_of(&self, term: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 = self.pairs().map(|(value, count)| term(value) * count).sum();
        sum / self.count()
    }

    fn value_of_rank(&self, rank: f64) -> f64 {
        let at = self.running.partition_point(|&seen| seen <= rank);
        self.values.get(at).copied().unwrap_or_else(|| self.max())
    }

    /// Number of values below `end`.
    fn count_below(&self, end: f64) -> f64 {
        let at = self.values.partition_point(|&value| value < end);
        at.checked_sub(1).map_or(0.0, |last| self.running[last])
    }

    /// Number of values up to `end`.
    fn count_to(&self, end: f64) -> f64 {
        let at = self.values.partition_point(|&value| value <= end);
        at.checked_sub(1).map_or(0.0, |last| self.running[last])
    }
}

/// Differences of cumulative counts; `below` and `to` count values below an edge and up to it.
fn binned(edges: &[f64], below: impl Fn(f64) -> f64, to: impl Fn(f64) -> f64) -> Vec<f64> {
    let bins = edges.len().saturating_sub(1);
    let edge = |i: usize| {
        if i == bins {
            to(edges[i])
        } else {
            below(edges[i])
        }
    };
    (0..bins).map(|i| edge(i + 1) - edge(i)).collect()
}

impl CalibrationData for CountedValues {
    fn min(&self) -> f64 {
        self.values.first().copied().unwrap_or_default()
    }

    fn max(&self) -> f64 {
        self.values.last().copied().unwrap_or_default()
    }

    fn count(&self) -> f64 {
        self.running.last().copied().unwrap_or_default()
    }

    fn mean(&self) -> f64 {
        self.mean_of(|value| value)
    }

    fn std(&self) -> f64 {
        let mean = self.mean();
        self.mean_of(|value| (value - mean) * (value - mean)).sqrt()
    }

    fn mean_deviation(&self) -> f64 {
        let mean = self.mean();
        self.mean_of(|value| (value - mean).abs())
    }

    fn quantile(&self, share: f64) -> f64 {
        let position = share.clamp(0.0, 1.0) * (self.count() - 1.0);
        let rank = position.floor();
        let (low, high) = (self.value_of_rank(rank), self.value_of_rank(rank + 1.0));
        let t = position - rank;
        // numpy's two-sided form: the result stays in [low, high].
        if t < 0.5 {
            low + (high - low) * t
        } else {
            high - (high - low) * (1.0 - t)
        }
    }

    fn magnitude_quantile(&self, share: f64) -> f64 {
        let magnitudes = self
            .pairs()
            .map(|(value, count)| (value.abs(), count as u64));
        Self::new(magnitudes).map_or(0.0, |magnitudes| magnitudes.quantile(share))
    }

    fn histogram(&self, edges: &[f64]) -> Vec<f64> {
        binned(edges, |end| self.count_below(end), |end| self.count_to(end))
    }

    fn magnitude_histogram(&self, edges: &[f64]) -> Vec<f64> {
        binned(
            edges,
            // Zeros are in neither count below the edge 0.
            |end| (self.count_below(end) - self.count_to(-end)).max(0.0),
            |end| self.count_to(end) - self.count_below(-end),
        )
    }

    fn squared_error(&self, range: OutputRange, bits: Bits) -> f64 {
        let code = UniformCode::with_zero_point(range, bits);
        let squares = self.pairs().map(|(value, count)| {
            let error = code.value_m(code.index_of(value)) - value;
            error * error * count
        });
        squares.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::{Distribution, Resolution};

    /// Some values of either sign, with repetitions.
    fn values() -> Vec<f64> {
        (0..400)
            .map(|i| f64::from((i * 7919) % 101 - 50) * 0.04 + f64::from(i % 3))
            .collect()
    }

    fn signed(values: &[f64]) -> CountedValues {
        CountedValues::new(values.iter().map(|&value| (value, 1))).expect("values")
    }

    #[test]
    fn figures_are_those_of_the_values_one_by_one() {
        let values = values();
        let data = signed(&values);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(data.mean(), mean);
        close(
            data.mean_deviation(),
            values.iter().map(|v| (v - mean).abs()).sum::<f64>() / n,
        );
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        close(data.std(), variance.sqrt());
        let edges = [-2.0, -1.0, -0.04, 0.0, 0.5, 4.0];
        let count = |from: f64, to: f64, ends: bool, of: &dyn Fn(f64) -> f64| {
            let inside = |v: &&f64| of(**v) >= from && (of(**v) < to || ends && of(**v) == to);
            values.iter().filter(inside).count() as f64
        };
        let brute = |edges: &[f64], of: &dyn Fn(f64) -> f64| -> Vec<f64> {
            let last = edges.len() - 2;
            (0..=last)
                .map(|i| count(edges[i], edges[i + 1], i == last, of))
                .collect()
        };
        assert_eq!(data.histogram(&edges), brute(&edges, &|v| v));
        let edges = [0.0, 0.04, 0.5, 1.0, 2.0];
        assert_eq!(data.magnitude_histogram(&edges), brute(&edges, &f64::abs));
        let range = OutputRange::new(-1.0, 2.0).expect("a range");
        let step = 3.0 / 15.0;
        let zero = (1.0_f64 / step).round_ties_even();
        let coded = |v: f64| ((v / step).round_ties_even() + zero).clamp(0.0, 15.0) - zero;
        let square: f64 = values
            .iter()
            .map(|&v| (coded(v) * step - v) * (coded(v) * step - v))
            .sum();
        let bits = Bits::new(4).expect("a width");
        assert!((data.squared_error(range, bits) / square - 1.0).abs() < 1e-9);
    }

    #[test]
    fn depths_give_the_figures_of_a_distribution() {
        let mut depths: Vec<f64> = values().into_iter().map(|v| v.abs() + 0.5).collect();
        depths.sort_by(f64::total_cmp);
        let data = signed(&depths);
        let counts = vec![1; depths.len()];
        let distribution = Distribution::new(depths, counts, Resolution::Exact).expect("depths");
        let pairs = [
            (data.mean(), CalibrationData::mean(&distribution)),
            (data.std(), CalibrationData::std(&distribution)),
            (data.mean_deviation(), distribution.mean_deviation()),
            (data.quantile(0.37), distribution.quantile(0.37)),
            (data.magnitude_quantile(0.37), distribution.quantile(0.37)),
            (data.largest_magnitude(), distribution.largest_magnitude()),
        ];
        for (a, b) in pairs {
            assert!((a - b).abs() < 1e-12, "{pairs:?}");
        }
    }

    #[test]
    fn nothing_finite_is_no_data() {
        assert_eq!(CountedValues::new([]), None);
        assert_eq!(
            CountedValues::new([(f64::NAN, 3), (1.0, 0), (f64::INFINITY, 1)]),
            None
        );
    }
}
