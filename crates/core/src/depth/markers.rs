//! Validity of samples.
//!
//! Zero, negative numbers, NaN and infinities are never depths. Files also mark "no depth" by numbers of their own: the largest code, a
//! renderer's far plane, the value in a tag. Such markers are guessed and the user can edit them. So samples equal to a marker are
//! counted separately, and excluded only while the marker is active.

use serde::{Deserialize, Serialize};

use super::SampleKind;
use crate::i18n::msgid;

/// Number of excluded samples, by reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InvalidCounts {
    /// Zero.
    pub zero: u64,
    /// Negative.
    pub negative: u64,
    /// Not a number.
    pub nan: u64,
    /// Positive or negative infinity.
    pub infinite: u64,
    /// Outside the crop or under the mask.
    pub outside: u64,
    /// Equal to a marker: value and count of each marker that occurred.
    pub marked: Vec<(f64, u64)>,
}

impl InvalidCounts {
    /// Number of invalid samples if these markers are active.
    #[must_use]
    pub fn total(&self, markers: &[f64]) -> u64 {
        let marked: u64 = self
            .marked
            .iter()
            .filter(|(value, _)| markers.contains(value))
            .map(|(_, n)| n)
            .sum();
        self.zero + self.negative + self.nan + self.infinite + self.outside + marked
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: &Self) {
        self.zero += other.zero;
        self.negative += other.negative;
        self.nan += other.nan;
        self.infinite += other.infinite;
        self.outside += other.outside;
        for &(value, n) in &other.marked {
            match self.marked.iter_mut().find(|(v, _)| *v == value) {
                Some((_, count)) => *count += n,
                None => self.marked.push((value, n)),
            }
        }
    }

    /// Counts a sample that is not a positive finite number and returns true; returns false for any other.
    pub fn count(&mut self, sample: f64) -> bool {
        if sample.is_nan() {
            self.nan += 1;
        } else if sample.is_infinite() {
            self.infinite += 1;
        } else if sample == 0.0 {
            self.zero += 1;
        } else if sample < 0.0 {
            self.negative += 1;
        } else {
            return false;
        }
        true
    }
}

/// A sample value that stands for "no depth".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marker {
    /// The sample, in the unit of the file.
    pub value: f64,
    /// The kind of samples that use it.
    pub kind: SampleKind,
    /// The programs or files that write it, for the page.
    pub habit: &'static str,
    /// Smallest share of a set's positive samples from which it counts as a marker; 0 for a certain marker.
    least_share: f64,
}

/// Common markers, searched in every file.
pub const MARKERS: [Marker; 4] = [
    Marker {
        value: 65_535.0,
        kind: SampleKind::Integer,
        habit: msgid("the largest 16-bit number: no measurement, or out of range"),
        least_share: 0.0,
    },
    Marker {
        value: 2047.0,
        kind: SampleKind::Integer,
        habit: msgid("the largest 11-bit number, the first Kinect's \"no disparity\""),
        // 2.047 m is also an ordinary depth. Only as a marker can it be far more frequent than its neighbours.
        least_share: 0.01,
    },
    Marker {
        value: 65_504.0,
        kind: SampleKind::Float,
        habit: msgid("the largest half-precision number"),
        least_share: 0.0,
    },
    Marker {
        value: 1e10,
        kind: SampleKind::Float,
        habit: msgid("a renderer's far plane (Blender writes 1e10)"),
        least_share: 0.0,
    },
];

impl Marker {
    /// Returns true if every such sample is a marker.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.least_share == 0.0
    }

    /// Returns true if a value with this share of the positive samples is a marker.
    ///
    /// `largest` says that no sample is larger. Otherwise the largest codes of a sensor are ordinary depths.
    #[must_use]
    pub fn applies(&self, share: f64, largest: bool) -> bool {
        share > 0.0 && share >= self.least_share && (self.least_share == 0.0 || largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_separately() {
        let mut invalid = InvalidCounts::default();
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
        let valid: Vec<f64> = floats.into_iter().filter(|&v| !invalid.count(v)).collect();
        assert_eq!(valid, [1.5, 5e-324]);
        assert_eq!(
            (
                invalid.zero,
                invalid.negative,
                invalid.nan,
                invalid.infinite
            ),
            (2, 1, 1, 2)
        );
        invalid.marked.push((65_535.0, 7));
        assert_eq!(
            (invalid.total(&[]), invalid.total(&[65_535.0, 1.0])),
            (6, 13)
        );
    }

    #[test]
    fn counts_of_files_add_up() {
        let mut all = InvalidCounts {
            zero: 1,
            marked: vec![(2047.0, 3)],
            ..InvalidCounts::default()
        };
        let other = InvalidCounts {
            outside: 2,
            marked: vec![(65_535.0, 1), (2047.0, 1)],
            ..InvalidCounts::default()
        };
        all.add(&other);
        assert_eq!((all.zero, all.outside), (1, 2));
        assert_eq!(all.marked, [(2047.0, 4), (65_535.0, 1)]);
    }

    #[test]
    fn an_ordinary_depth_is_no_marker() {
        let kinect = MARKERS[1];
        assert!(kinect.applies(0.07, true));
        assert!(!kinect.applies(0.07, false), "there are larger samples");
        assert!(!kinect.applies(0.001, true), "too rare");
        assert!(MARKERS[0].applies(1e-6, true));
        assert!(!MARKERS[0].applies(0.0, true));
    }
}
