//! Statistics of one tensor over frames: exact ends and moments, and a histogram whose bins need no range in advance.
//!
//! A bin holds the numbers with the same sign, exponent and first ten bits of the mantissa. A bin is replaced by its middle, so that each
//! value is right within [`ActivationStatistics::RELATIVE_ERROR`]. Statistics merge in any order with the same result.

use super::counted_values::CountedValues;

/// Bits of a single-precision number that a bin ignores.
const IGNORED_BITS: u32 = 13;

/// Number of bins that a number may fall into.
const BINS: usize = 1 << (32 - IGNORED_BITS);

/// Counts of every bin for one tensor of one frame. Make one and use it for all tensors: it takes 2 MB.
#[derive(Clone, Debug)]
pub struct CountBuffer {
    counts: Vec<u32>,
    /// Bins that are not zero.
    touched: Vec<u32>,
}

impl Default for CountBuffer {
    fn default() -> Self {
        Self {
            counts: vec![0; BINS],
            touched: Vec::new(),
        }
    }
}

/// Statistics of one tensor over some frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivationStatistics {
    min: Option<f32>,
    max: Option<f32>,
    not_finite: u64,
    sum: f64,
    square: f64,
    /// Occupied bins in ascending order, with their counts.
    bins: Vec<(u32, u64)>,
}

impl ActivationStatistics {
    /// Largest relative error of a value in [`Self::counted_values`]: half of a bin.
    pub const RELATIVE_ERROR: f64 = 1.0 / 2048.0;

    /// Adds the values of a frame.
    pub fn add(&mut self, values: &[f32], buffer: &mut CountBuffer) {
        let (mut sum, mut square) = (0.0, 0.0);
        for &value in values {
            if !value.is_finite() {
                self.not_finite += 1;
                continue;
            }
            // Both zeros are one value.
            let value = value + 0.0;
            let bin = value.to_bits() >> IGNORED_BITS;
            let count = &mut buffer.counts[bin as usize];
            if *count == 0 {
                buffer.touched.push(bin);
            }
            *count = count.saturating_add(1);
            sum += f64::from(value);
            square += f64::from(value) * f64::from(value);
            self.min = Some(self.min.map_or(value, |min| min.min(value)));
            self.max = Some(self.max.map_or(value, |max| max.max(value)));
        }
        self.sum += sum;
        self.square += square;
        buffer.touched.sort_unstable();
        let counts = &mut buffer.counts;
        let added = buffer
            .touched
            .drain(..)
            .map(|bin| (bin, u64::from(std::mem::take(&mut counts[bin as usize]))));
        let added: Vec<_> = added.collect();
        self.bins = merged(&self.bins, &added);
    }

    /// Adds the statistics of other frames of the same tensor.
    pub fn merge(&mut self, other: &Self) {
        let ends = |a: Option<f32>, b: Option<f32>, of: fn(f32, f32) -> f32| match (a, b) {
            (Some(a), Some(b)) => Some(of(a, b)),
            (a, b) => a.or(b),
        };
        self.min = ends(self.min, other.min, f32::min);
        self.max = ends(self.max, other.max, f32::max);
        self.not_finite += other.not_finite;
        self.sum += other.sum;
        self.square += other.square;
        self.bins = merged(&self.bins, &other.bins);
    }

    /// Smallest finite value.
    #[must_use]
    pub fn min(&self) -> Option<f32> {
        self.min
    }

    /// Largest finite value.
    #[must_use]
    pub fn max(&self) -> Option<f32> {
        self.max
    }

    /// Number of finite values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|(_, count)| count).sum()
    }

    /// Number of NaN and infinite values, which count nowhere else.
    #[must_use]
    pub fn not_finite(&self) -> u64 {
        self.not_finite
    }

    /// Mean of the finite values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum / count as f64)
    }

    /// Root of the mean square of the finite values.
    #[must_use]
    pub fn rms(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| (self.square / count as f64).sqrt())
    }

    /// The values for a calibrator: the middle of each bin, and the exact ends. Returns nothing without a finite value.
    #[must_use]
    pub fn counted_values(&self) -> Option<CountedValues> {
        let (min, max) = (f64::from(self.min?), f64::from(self.max?));
        let values = self.bins.iter().map(|&(bin, count)| {
            let first = f32::from_bits(bin << IGNORED_BITS);
            let middle = f32::from_bits(bin << IGNORED_BITS | 1 << (IGNORED_BITS - 1));
            // Zero is alone in its bin but for numbers below 1e-41.
            let value = if first == 0.0 { 0.0 } else { f64::from(middle) };
            (value.clamp(min, max), count)
        });
        let mut values: Vec<(f64, u64)> = values.collect();
        // One value of the outermost bins is the exact end.
        for end in [min, max] {
            let bin = (end as f32 + 0.0).to_bits() >> IGNORED_BITS;
            let at = self.bins.binary_search_by_key(&bin, |&(bin, _)| bin);
            if let Some((_, count)) = at.ok().and_then(|at| values.get_mut(at))
                && *count > 1
            {
                *count -= 1;
                values.push((end, 1));
            } else if let Ok(at) = at {
                values[at].0 = end;
            }
        }
        CountedValues::new(values)
    }
}

/// The counts of two ascending lists of bins together.
fn merged(a: &[(u32, u64)], b: &[(u32, u64)]) -> Vec<(u32, u64)> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut left, mut right) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(l), Some(r)) if l.0 == r.0 => {
                let sum = (l.0, l.1 + r.1);
                left.next();
                right.next();
                sum
            }
            (Some(l), Some(r)) if l.0 > r.0 => {
                let one = *r;
                right.next();
                one
            }
            (Some(l), _) => {
                let one = *l;
                left.next();
                one
            }
            (None, Some(r)) => {
                let one = *r;
                right.next();
                one
            }
            (None, None) => return out,
        };
        out.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::calibrators::CalibrationData as _;

    fn frames() -> Vec<Vec<f32>> {
        let value = |i: i32| {
            let x = (i * 7919 % 1009 - 504) as f32 / 100.0;
            if i % 5 == 0 { 0.0 } else { x * x * x / 20.0 }
        };
        (0..3)
            .map(|f| (0..700).map(|i| value(i + 700 * f)).collect())
            .collect()
    }

    fn of(frames: &[Vec<f32>]) -> ActivationStatistics {
        let mut buffer = CountBuffer::default();
        let mut statistics = ActivationStatistics::default();
        for frame in frames {
            statistics.add(frame, &mut buffer);
        }
        statistics
    }

    #[test]
    fn figures_are_those_of_all_values_together() {
        let frames = frames();
        let all: Vec<f64> = frames.concat().into_iter().map(f64::from).collect();
        let statistics = of(&frames);
        assert_eq!(statistics.count(), 2100);
        let mean = all.iter().sum::<f64>() / 2100.0;
        assert!((statistics.mean().expect("values") - mean).abs() < 1e-12);
        let rms = (all.iter().map(|v| v * v).sum::<f64>() / 2100.0).sqrt();
        assert!((statistics.rms().expect("values") / rms - 1.0).abs() < 1e-12);
        let exact = CountedValues::new(all.iter().map(|&v| (v, 1))).expect("values");
        let binned = statistics.counted_values().expect("values");
        assert_eq!(
            (binned.min(), binned.max(), binned.count()),
            (exact.min(), exact.max(), 2100.0)
        );
        for share in [0.0, 0.001, 0.3, 0.5, 0.77, 0.999, 1.0] {
            let (a, b) = (binned.quantile(share), exact.quantile(share));
            // Interpolation between two values adds nothing to their errors.
            let bound = ActivationStatistics::RELATIVE_ERROR * a.abs().max(b.abs()) * 1.01;
            assert!((a - b).abs() <= bound, "{share}: {a} {b}");
        }
    }

    #[test]
    fn frames_merge_in_any_order() {
        let frames = frames();
        let together = of(&frames);
        let mut merged = of(&frames[2..]);
        merged.merge(&of(&frames[..2]));
        assert_eq!(merged.counted_values(), together.counted_values());
        assert_eq!(merged.count(), together.count());
    }

    #[test]
    fn values_that_are_no_numbers_are_counted_apart() {
        let statistics = of(&[vec![f32::NAN, 1.0, f32::INFINITY, -0.0, 0.0]]);
        assert_eq!((statistics.count(), statistics.not_finite()), (3, 2));
        assert_eq!((statistics.min(), statistics.max()), (Some(0.0), Some(1.0)));
        let none = of(&[vec![f32::NAN]]);
        assert_eq!(none.counted_values(), None);
        assert_eq!((none.mean(), none.rms()), (None, None));
    }
}
