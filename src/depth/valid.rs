//! Which samples are depths. The one place that decides it.

use serde::{Deserialize, Serialize};

/// The largest 16-bit code: a sensor's "no measurement", or a depth beyond what 16 bits can hold. No depth in either case.
pub const SATURATED: u16 = u16::MAX;

/// Why samples were left out, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidCounts {
    /// Zero.
    pub zero: u64,
    /// Negative.
    pub negative: u64,
    /// Not a number.
    pub nan: u64,
    /// Positive or negative infinity.
    pub infinite: u64,
    /// 65535 in a file of integers.
    pub saturated: u64,
}

impl InvalidCounts {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.zero + self.negative + self.nan + self.infinite + self.saturated
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: &Self) {
        self.zero += other.zero;
        self.negative += other.negative;
        self.nan += other.nan;
        self.infinite += other.infinite;
        self.saturated += other.saturated;
    }
}

/// Counts how often each valid code occurs; the slots of 0 and [`SATURATED`] stay empty.
pub fn valid_codes(samples: impl Iterator<Item = u16>, counts: &mut [u64]) -> InvalidCounts {
    let mut invalid = InvalidCounts::default();
    for code in samples {
        match (code, counts.get_mut(usize::from(code))) {
            (0, _) => invalid.zero += 1,
            (SATURATED, _) | (_, None) => invalid.saturated += 1,
            (_, Some(count)) => *count += 1,
        }
    }
    invalid
}

/// Hands every valid sample on.
pub fn valid_floats(
    samples: impl Iterator<Item = f64>,
    mut valid: impl FnMut(f64),
) -> InvalidCounts {
    let mut invalid = InvalidCounts::default();
    for sample in samples {
        if sample.is_nan() {
            invalid.nan += 1;
        } else if sample.is_infinite() {
            invalid.infinite += 1;
        } else if sample == 0.0 {
            invalid.zero += 1;
        } else if sample < 0.0 {
            invalid.negative += 1;
        } else {
            valid(sample);
        }
    }
    invalid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_by_itself() {
        let mut seen = Vec::new();
        let floats = [
            1.5,
            0.0,
            -0.0,
            -2.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            5e-324,
        ];
        let invalid = valid_floats(floats.into_iter(), |v| seen.push(v));
        assert_eq!(seen, [1.5, 5e-324]);
        let expected = InvalidCounts {
            zero: 2,
            negative: 1,
            nan: 1,
            infinite: 2,
            saturated: 0,
        };
        assert_eq!(invalid, expected);
        assert_eq!(invalid.total(), 6);
    }

    #[test]
    fn codes_are_counted_and_the_ends_left_out() {
        let mut counts = vec![0; 65_536];
        let invalid = valid_codes([0, 1, 7, 7, 65_534, 65_535].into_iter(), &mut counts);
        assert_eq!((counts[1], counts[7], counts[65_534]), (1, 2, 1));
        assert_eq!((counts[0], counts[65_535]), (0, 0));
        assert_eq!((invalid.zero, invalid.saturated), (1, 1));
    }
}
