//! The mergeable summary of many maps: what a worker gathers and what a distribution is built from.
//!
//! Samples are kept in the unit of their files, so that another scale needs no second look at the files. Integer samples become
//! counts of codes; floating-point ones are gathered by value.

use serde::{Deserialize, Serialize};

use super::float_values::FloatValues;
use super::{BINNED_RELATIVE_ERROR, Distribution, DistributionError, Resolution};
use crate::depth::{
    InvalidCounts, RawMap, SampleKind, Samples, Scale, ScaleEvidence, valid_codes, valid_floats,
};

const CODES: usize = 1 << 16;

/// The scale of each kind of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scales {
    /// Of integer files.
    pub integer: Scale,
    /// Of floating-point files.
    pub float: Scale,
}

/// Everything gathered from some maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How often each 16-bit code occurred; empty until the first integer map.
    codes: Vec<u64>,
    /// Integer samples that do not fit into 16 bits.
    wide: FloatValues,
    /// Floating-point samples.
    floats: FloatValues,
    /// Samples per kind, valid or not, and the largest width over height seen.
    integer_samples: u64,
    float_samples: u64,
    aspect: f64,
}

/// A summary as plain buffers, for moving it between threads.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryParts {
    /// Numbers of samples, aspect, whether each gathering is binned.
    pub header: SummaryHeader,
    /// Codes and their counts, values and their counts: see [`Summary::into_parts`].
    pub buffers: Vec<Vec<f64>>,
}

/// The small numbers of a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryHeader {
    integer_samples: u64,
    float_samples: u64,
    aspect: f64,
    wide_binned: bool,
    floats_binned: bool,
}

impl Summary {
    /// Adds a map; returns how many of its samples are valid, and why the others are not.
    pub fn add(&mut self, map: &RawMap) -> (u64, InvalidCounts) {
        let samples = (map.width() * map.height()) as u64;
        match map.dtype.kind() {
            SampleKind::Integer => self.integer_samples += samples,
            SampleKind::Float => self.float_samples += samples,
        }
        self.aspect = self
            .aspect
            .max(map.width() as f64 / map.height().max(1) as f64);
        let invalid = match &map.samples {
            Samples::U16(a) => {
                self.codes.resize(CODES, 0);
                valid_codes(a.iter().copied(), &mut self.codes)
            }
            Samples::F32(a) => {
                valid_floats(a.iter().map(|&v| f64::from(v)), |v| self.floats.push(v))
            }
            Samples::F64(a) => {
                let gather = match map.dtype.kind() {
                    SampleKind::Integer => &mut self.wide,
                    SampleKind::Float => &mut self.floats,
                };
                valid_floats(a.iter().copied(), |v| gather.push(v))
            }
        };
        (samples - invalid.total(), invalid)
    }

    /// Adds another summary.
    pub fn merge(&mut self, other: Self) {
        if !other.codes.is_empty() {
            self.codes.resize(CODES, 0);
        }
        for (own, more) in self.codes.iter_mut().zip(other.codes) {
            *own += more;
        }
        self.wide.merge(other.wide);
        self.floats.merge(other.floats);
        self.integer_samples += other.integer_samples;
        self.float_samples += other.float_samples;
        self.aspect = self.aspect.max(other.aspect);
    }

    /// What a guess at the scale of one kind of samples can go by; `None` where there is no valid sample of that kind.
    #[must_use]
    pub fn evidence(&mut self, kind: SampleKind) -> Option<ScaleEvidence> {
        let samples = match kind {
            SampleKind::Integer => self.integer_samples,
            SampleKind::Float => self.float_samples,
        };
        let entries = match kind {
            SampleKind::Integer => merged(self.code_entries(), self.wide.entries().to_vec()),
            SampleKind::Float => self.floats.entries().to_vec(),
        };
        let valid: u64 = entries.iter().map(|e| e.1).sum();
        let mut seen = 0;
        let median = entries.iter().find(|e| {
            seen += e.1;
            2 * seen >= valid
        })?;
        Some(ScaleEvidence {
            kind,
            median: median.0,
            max: entries.last()?.0,
            valid_share: valid as f64 / samples.max(1) as f64,
            aspect: self.aspect,
        })
    }

    /// The distribution of depths under these scales.
    ///
    /// # Errors
    /// [`DistributionError::Empty`] where no sample is valid.
    pub fn distribution(mut self, scales: &Scales) -> Result<Distribution, DistributionError> {
        let integers = merged(self.code_entries(), self.wide.entries().to_vec());
        let resolution = if self.wide.is_binned() || self.floats.is_binned() {
            Resolution::Binned {
                relative_error: BINNED_RELATIVE_ERROR,
            }
        } else {
            Resolution::Exact
        };
        let all = merged(
            in_metres(&integers, scales.integer),
            in_metres(self.floats.entries(), scales.float),
        );
        drop(self);
        let mut values = Vec::with_capacity(all.len());
        let mut counts = Vec::with_capacity(all.len());
        for (value, mut count) in all {
            // A count that does not fit is split over neighbours of equal depth.
            while count > 0 {
                let part = count.min(u64::from(u32::MAX));
                values.push(value);
                counts.push(part as u32);
                count -= part;
            }
        }
        Distribution::new(values, counts, resolution)
    }

    fn code_entries(&self) -> Vec<(f64, u64)> {
        let used = self.codes.iter().enumerate().filter(|(_, n)| **n > 0);
        used.map(|(code, &n)| (code as f64, n)).collect()
    }

    /// The summary as buffers: codes, their counts, wide values, their counts, float values, their counts.
    #[must_use]
    pub fn into_parts(self) -> SummaryParts {
        let (codes, code_counts) = self
            .code_entries()
            .into_iter()
            .map(|(code, n)| (code, n as f64))
            .unzip();
        let (wide, wide_counts, wide_binned) = self.wide.into_parts();
        let (floats, float_counts, floats_binned) = self.floats.into_parts();
        SummaryParts {
            header: SummaryHeader {
                integer_samples: self.integer_samples,
                float_samples: self.float_samples,
                aspect: self.aspect,
                wide_binned,
                floats_binned,
            },
            buffers: vec![codes, code_counts, wide, wide_counts, floats, float_counts],
        }
    }

    /// The inverse of [`Self::into_parts`]; `None` where the buffers are not six.
    #[must_use]
    pub fn from_parts(parts: &SummaryParts) -> Option<Self> {
        let [codes, code_counts, wide, wide_counts, floats, float_counts] =
            parts.buffers.as_slice()
        else {
            return None;
        };
        let header = parts.header;
        let mut counts = Vec::new();
        if !codes.is_empty() {
            counts.resize(CODES, 0);
        }
        for (&code, &n) in codes.iter().zip(code_counts) {
            *counts.get_mut(code as usize)? = n as u64;
        }
        Some(Self {
            codes: counts,
            wide: FloatValues::from_parts(wide, wide_counts, header.wide_binned),
            floats: FloatValues::from_parts(floats, float_counts, header.floats_binned),
            integer_samples: header.integer_samples,
            float_samples: header.float_samples,
            aspect: header.aspect,
        })
    }
}

/// Depths in metres that are positive and finite: a scale may push the outermost raw values out of the numbers.
fn in_metres(entries: &[(f64, u64)], scale: Scale) -> Vec<(f64, u64)> {
    entries
        .iter()
        .map(|&(raw, n)| (scale.metres(raw), n))
        .filter(|&(d, _)| d > 0.0 && d.is_finite())
        .collect()
}

/// Two ascending lists as one.
fn merged(mut a: Vec<(f64, u64)>, mut b: Vec<(f64, u64)>) -> Vec<(f64, u64)> {
    if b.is_empty() {
        return a;
    }
    a.append(&mut b);
    // Two sorted runs: the standard sort merges them in linear time.
    a.sort_by(|x, y| x.0.total_cmp(&y.0));
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::{Dtype, Format, ScalePreset};
    use ndarray::Array2;

    const SCALES: Scales = Scales {
        integer: Scale::METRES,
        float: Scale::METRES,
    };

    fn map(samples: Samples, dtype: Dtype) -> RawMap {
        RawMap {
            samples,
            format: Format::Npy,
            dtype,
            notices: Vec::new(),
        }
    }

    fn integers(rows: &[u16]) -> RawMap {
        let array = Array2::from_shape_vec((1, rows.len()), rows.to_vec()).expect("a row");
        map(Samples::U16(array), Dtype::U16)
    }

    fn floats(rows: &[f32]) -> RawMap {
        let array = Array2::from_shape_vec((1, rows.len()), rows.to_vec()).expect("a row");
        map(Samples::F32(array), Dtype::F32)
    }

    #[test]
    fn kinds_are_scaled_by_themselves_and_merged() {
        let mut summary = Summary::default();
        assert_eq!(summary.add(&integers(&[0, 1500, 1500, 65_535])).0, 2);
        assert_eq!(summary.add(&floats(&[0.25, f32::NAN, 1.5])).0, 2);
        let scales = Scales {
            integer: ScalePreset::Millimetre.scale(),
            float: Scale::METRES,
        };
        let d = summary.distribution(&scales).expect("valid depths");
        assert_eq!(d.values_m(), [0.25, 1.5, 1.5]);
        assert_eq!(d.counts(), [1, 2, 1]);
        assert_eq!(d.resolution(), Resolution::Exact);
    }

    #[test]
    fn merging_summaries_equals_one_summary_and_parts_round_trip() {
        let maps = [integers(&[5, 6, 6]), floats(&[2.0, 3.0]), integers(&[6, 9])];
        let mut whole = Summary::default();
        let mut merged = Summary::default();
        for m in &maps {
            whole.add(m);
            let mut one = Summary::default();
            one.add(m);
            merged.merge(Summary::from_parts(&one.into_parts()).expect("own parts"));
        }
        assert_eq!(whole.clone().into_parts(), merged.clone().into_parts());
        let (a, b) = (whole.distribution(&SCALES), merged.distribution(&SCALES));
        assert_eq!(a, b);
    }

    #[test]
    fn evidence_is_the_median_and_the_largest() {
        let mut summary = Summary::default();
        summary.add(&integers(&[0, 100, 200, 300, 65_535]));
        let e = summary
            .evidence(SampleKind::Integer)
            .expect("valid samples");
        assert_eq!((e.median, e.max, e.valid_share), (200.0, 300.0, 0.6));
        assert_eq!(summary.evidence(SampleKind::Float), None);
    }

    #[test]
    fn wide_integers_keep_the_integer_scale() {
        let array = Array2::from_shape_vec((1, 2), vec![70_000.0, -1.0]).expect("a row");
        let mut summary = Summary::default();
        let (valid, invalid) = summary.add(&map(Samples::F64(array), Dtype::I32));
        assert_eq!((valid, invalid.negative), (1, 1));
        let scales = Scales {
            integer: ScalePreset::TenthMillimetre.scale(),
            float: Scale::METRES,
        };
        assert_eq!(
            summary.distribution(&scales).expect("valid").values_m(),
            [7.0]
        );
    }

    #[test]
    fn no_valid_sample_is_an_error() {
        let mut summary = Summary::default();
        summary.add(&integers(&[0, 0]));
        assert_eq!(summary.distribution(&SCALES), Err(DistributionError::Empty));
    }
}
