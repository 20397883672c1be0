//! Large numbers that travel with a message: summaries and distributions as flat buffers.

use fathom_core::stats::{Distribution, Resolution, SampleSummary, SummaryHeader, SummaryParts};

/// Buffers that travel with a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buffers {
    /// Depths, sums, counts that may exceed 32 bits.
    pub doubles: Vec<Vec<f64>>,
    /// Counts.
    pub words: Vec<Vec<u32>>,
}

/// Buffers of one summary, of doubles and of words.
const SUMMARY_DOUBLES: usize = 6;
const SUMMARY_WORDS: usize = 4;

/// Buffers of one summary in all.
pub const BUFFERS_PER_SUMMARY: usize = SUMMARY_DOUBLES + SUMMARY_WORDS;

/// Summaries out of their headers and the buffers that came along, in order; `None` where the numbers do not fit.
#[must_use]
pub fn summaries_from_buffers(
    headers: &[SummaryHeader],
    buffers: Buffers,
) -> Option<Vec<SampleSummary>> {
    let Buffers { doubles, words } = buffers;
    if doubles.len() != headers.len() * SUMMARY_DOUBLES
        || words.len() != headers.len() * SUMMARY_WORDS
    {
        return None;
    }
    let (mut doubles, mut words) = (doubles.into_iter(), words.into_iter());
    headers
        .iter()
        .map(|header| {
            SampleSummary::from_parts(SummaryParts {
                header: header.clone(),
                doubles: take_all(&mut doubles)?,
                words: take_all(&mut words)?,
            })
        })
        .collect()
}

/// The next buffers of an iterator, as many as fit.
fn take_all<T, const N: usize>(from: &mut impl Iterator<Item = T>) -> Option<[T; N]> {
    from.take(N).collect::<Vec<T>>().try_into().ok()
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
pub fn distribution_from_buffers(resolution: Resolution, buffers: Buffers) -> Option<Distribution> {
    let [values, running] = <[Vec<f64>; 2]>::try_from(buffers.doubles).ok()?;
    let [counts] = <[Vec<u32>; 1]>::try_from(buffers.words).ok()?;
    Distribution::from_parts(values, counts, running, resolution).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Dtype, Encoding, Format, RawMap, Region, Samples};
    use fathom_core::stats::{DepthWindow, Encodings};
    use ndarray::Array2;

    fn summary() -> SampleSummary {
        let samples = Array2::from_shape_vec((1, 4), vec![0, 900, 1800, 1800]);
        let mut summary = SampleSummary::default();
        let map = RawMap::new(
            Samples::U16(samples.expect("four samples")),
            Format::Png,
            Dtype::U16,
        );
        summary.add(&map, &Region::default(), &[]);
        summary
    }

    #[test]
    fn buffers_carry_summaries_and_distributions() {
        let parts = summary().into_parts();
        let buffers = Buffers {
            doubles: parts.doubles.to_vec(),
            words: parts.words.to_vec(),
        };
        let back = summaries_from_buffers(std::slice::from_ref(&parts.header), buffers);
        assert_eq!(back, Some(vec![summary()]));
        let encodings = Encodings {
            integer: Encoding::METRES,
            float: Encoding::METRES,
        };
        let shown = vec![(summary(), encodings, Vec::new())];
        let (depths, _) =
            SampleSummary::distribution(shown, &DepthWindow::default()).expect("depths");
        let (resolution, buffers) = distribution_buffers(depths.clone());
        assert_eq!(distribution_from_buffers(resolution, buffers), Some(depths));
        assert_eq!(
            summaries_from_buffers(&[parts.header], Buffers::default()),
            None
        );
        assert_eq!(
            distribution_from_buffers(resolution, Buffers::default()),
            None
        );
    }
}
