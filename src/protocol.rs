//! What the page and its workers say to each other.
//!
//! Plain data: a small header, encoded by `postcard`, beside buffers that are handed over without a copy. Knows nothing of how
//! messages travel.

use serde::{Deserialize, Serialize};

use crate::depth::{Dtype, Format, InvalidCounts, Role, ScalePreset};
use crate::stats::{Distribution, Resolution, Scales, Summary, SummaryHeader, SummaryParts};

/// Which set of files a message is about. A newer job makes older ones stale.
pub type JobId = u32;

/// A request to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Decode the file that comes with this message and gather it under its role.
    Add {
        /// The job.
        job: JobId,
        /// The file's place in the job.
        file: u32,
        /// Its role.
        role: Role,
    },
    /// Hand over all that was gathered and forget it.
    Finish {
        /// The job.
        job: JobId,
    },
    /// Merge the summaries that come with this message and build their distribution.
    Build {
        /// The job.
        job: JobId,
        /// One header per summary.
        summaries: Vec<SummaryHeader>,
        /// The scales, or `None` to guess them.
        scales: Option<Scales>,
    },
    /// Make the built-in sample.
    Sample {
        /// The job.
        job: JobId,
    },
}

/// What is known of one decoded file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its format.
    pub format: Format,
    /// Its sample type.
    pub dtype: Dtype,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Number of valid samples.
    pub valid: u64,
    /// The others, by reason.
    pub invalid: InvalidCounts,
    /// What to tell about how it was read.
    pub notices: Vec<String>,
}

/// A guessed scale with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuessedScale {
    /// The guess.
    pub preset: ScalePreset,
    /// Why.
    pub reason: String,
}

/// What was guessed for the kinds of samples that are there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Guesses {
    /// For integer files.
    pub integer: Option<GuessedScale>,
    /// For floating-point files.
    pub float: Option<GuessedScale>,
}

/// An answer of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker has started and takes requests.
    Ready,
    /// A file was decoded and gathered, or why not.
    Added {
        /// The job.
        job: JobId,
        /// The file.
        file: u32,
        /// Its facts, or one sentence.
        result: Result<FileFacts, String>,
    },
    /// All that was gathered; six buffers per summary come along.
    Finished {
        /// The job.
        job: JobId,
        /// Role and header per summary.
        summaries: Vec<(Role, SummaryHeader)>,
    },
    /// A distribution; its buffers come along.
    Built {
        /// The job.
        job: JobId,
        /// How faithful it is.
        resolution: Resolution,
        /// The scales it was built with.
        scales: Scales,
        /// What the data suggest.
        guesses: Guesses,
    },
    /// Something could not be done; one sentence.
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        message: String,
    },
}

/// Buffers that travel with a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buffers {
    /// Depths, sums, counts that may exceed 32 bits.
    pub doubles: Vec<Vec<f64>>,
    /// Counts.
    pub words: Vec<Vec<u32>>,
}

/// Buffers of one summary.
pub const BUFFERS_PER_SUMMARY: usize = 6;

/// Summaries out of their headers and the buffers that came along, in order; `None` where the numbers do not fit.
#[must_use]
pub fn summaries_of(headers: &[SummaryHeader], buffers: Buffers) -> Option<Vec<Summary>> {
    if buffers.doubles.len() != headers.len() * BUFFERS_PER_SUMMARY {
        return None;
    }
    let mut doubles = buffers.doubles.into_iter();
    headers
        .iter()
        .map(|&header| {
            let buffers = doubles.by_ref().take(BUFFERS_PER_SUMMARY).collect();
            Summary::from_parts(&SummaryParts { header, buffers })
        })
        .collect()
}

/// A distribution as the buffers of a message.
#[must_use]
pub fn distribution_buffers(distribution: Distribution) -> (Resolution, Buffers) {
    let (values, counts, running, resolution) = distribution.into_parts();
    let buffers = Buffers {
        doubles: vec![values, running],
        words: vec![counts],
    };
    (resolution, buffers)
}

/// The inverse of [`distribution_buffers`]; `None` where the buffers do not fit together.
#[must_use]
pub fn distribution_of(resolution: Resolution, buffers: Buffers) -> Option<Distribution> {
    let [values, running] = <[Vec<f64>; 2]>::try_from(buffers.doubles).ok()?;
    let [counts] = <[Vec<u32>; 1]>::try_from(buffers.words).ok()?;
    Distribution::from_parts(values, counts, running, resolution).ok()
}

/// Merges summaries and builds their distribution, with given or guessed scales.
///
/// # Errors
/// One sentence where no sample is valid.
pub fn build(
    summaries: Vec<Summary>,
    scales: Option<Scales>,
) -> Result<(Distribution, Scales, Guesses), String> {
    let mut all = Summary::default();
    for summary in summaries {
        all.merge(summary);
    }
    let guesses = all.guesses();
    let scales = scales.unwrap_or_else(|| guesses.scales());
    let distribution = all
        .distribution(&scales)
        .map_err(|e| format!("Nothing to analyse: {e}"))?;
    Ok((distribution, scales, guesses))
}

impl Guesses {
    /// The guessed scales; metres for a kind that is not there.
    #[must_use]
    pub fn scales(&self) -> Scales {
        let scale = |guess: &Option<GuessedScale>| {
            guess
                .as_ref()
                .map_or(ScalePreset::Metre, |g| g.preset)
                .scale()
        };
        Scales {
            integer: scale(&self.integer),
            float: scale(&self.float),
        }
    }
}

impl Summary {
    /// What the data suggest for each kind of samples.
    fn guesses(&mut self) -> Guesses {
        use crate::depth::{SampleKind, guess_scale};
        let mut guess = |kind| {
            let guess = guess_scale(&self.evidence(kind)?);
            Some(GuessedScale {
                preset: guess.preset,
                reason: guess.reason,
            })
        };
        Guesses {
            integer: guess(SampleKind::Integer),
            float: guess(SampleKind::Float),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::{RawMap, Samples};
    use ndarray::Array2;

    fn summary() -> Summary {
        let samples = Array2::from_shape_vec((2, 3), vec![0, 900, 1800, 1800, 2900, 65_535]);
        let mut summary = Summary::default();
        summary.add(&RawMap {
            samples: Samples::U16(samples.expect("six samples")),
            format: Format::Png,
            dtype: Dtype::U16,
            notices: Vec::new(),
        });
        summary
    }

    #[test]
    fn a_set_is_built_with_the_guessed_scale_unless_one_is_given() {
        let (d, scales, guesses) = build(vec![summary(), summary()], None).expect("valid");
        assert_eq!(
            guesses.integer.expect("integers").preset,
            ScalePreset::Millimetre
        );
        assert_eq!((d.count(), d.max_m()), (8.0, 2.9));
        let kitti = Scales {
            integer: ScalePreset::Kitti.scale(),
            ..scales
        };
        let (d, ..) = build(vec![summary()], Some(kitti)).expect("valid");
        assert_eq!(d.max_m(), 2900.0 / 256.0);
    }

    #[test]
    fn buffers_carry_summaries_and_distributions() {
        let parts = summary().into_parts();
        let buffers = Buffers {
            doubles: parts.buffers.clone(),
            words: Vec::new(),
        };
        let back = summaries_of(&[parts.header], buffers).expect("fit");
        let (d, ..) = build(back, None).expect("valid");
        let (resolution, buffers) = distribution_buffers(d.clone());
        assert_eq!(distribution_of(resolution, buffers), Some(d));
        assert_eq!(summaries_of(&[parts.header], Buffers::default()), None);
        assert_eq!(distribution_of(resolution, Buffers::default()), None);
    }

    #[test]
    fn nothing_valid_is_one_sentence() {
        let message = build(vec![Summary::default()], None).expect_err("empty");
        assert!(
            message.starts_with("Nothing to analyse: there is no valid depth"),
            "{message}"
        );
    }
}
