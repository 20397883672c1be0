//! A part of a set: everything that one machine found in its files, to be merged with other parts.
//!
//! A [`PartRecorder`] listens while a [`ReportRun`] reads and compares. It keeps the outcome of each frame, the counts of all samples and the
//! pairs of pixels; no map.

use std::collections::BTreeMap;
use std::io::Write;

use fathom_analysis::compare::PixelPairs;
use fathom_core::stats::{SampleSummary, SummaryHeader};

use crate::buffers::{Buffers, summaries_from_buffers};
use crate::messages::Request;
use crate::part_file::{Block, BlockWriter, PackedBlock, PartError};
use crate::part_index::Counts;
use crate::report_run::ReportRun;
use crate::session_types::Update;

/// The record of a run for a part, while the run goes on.
#[derive(Debug, Default)]
pub struct PartRecorder {
    outcomes: BTreeMap<u32, PackedBlock>,
    summaries: Vec<(u32, SummaryHeader)>,
    counts: Buffers,
    pairs: PixelPairs,
}

impl PartRecorder {
    /// Sees a request to a worker with its buffers.
    pub fn on_request(&mut self, request: &Request, buffers: &Buffers) {
        match request {
            Request::Build { parts, .. } => {
                self.summaries.clone_from(parts);
                self.counts = buffers.clone();
            }
            Request::HoldPredictions { .. } => {
                self.pairs = PixelPairs::default();
                for flat in &buffers.doubles {
                    self.pairs.add_flat(flat);
                }
            }
            _ => {}
        }
    }

    /// Sees news of a session.
    ///
    /// # Errors
    /// The outcome of a frame cannot be packed.
    pub fn on_update(&mut self, update: &Update) -> Result<(), PartError> {
        match update {
            // Files that are read again are compared again.
            Update::Built(_) => {
                self.outcomes.clear();
                self.pairs = PixelPairs::default();
            }
            Update::Frame(frame, result, ..) => {
                self.outcomes.insert(*frame, PackedBlock::new(result)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes the part of a run that has compared all frames.
    ///
    /// # Errors
    /// The part cannot be written.
    pub fn write<W: Write>(self, run: &ReportRun, out: W) -> Result<W, PartError> {
        let mut index = run.part_index();
        let mut writer = BlockWriter::new(out)?;
        let frames = u32::try_from(index.frames.len()).unwrap_or(u32::MAX);
        // Frames of one map are sampled, and have no outcome.
        for (frame, block) in self.outcomes.range(..frames) {
            index.outcomes.push((*frame, writer.write(block)?));
        }
        for (group, summary) in merged_counts(&self.summaries, self.counts)? {
            let parts = summary.into_parts();
            let mut doubles = [Block::default(); 6];
            for (block, numbers) in doubles.iter_mut().zip(&parts.doubles) {
                *block = writer.write(&PackedBlock::from_numbers(numbers)?)?;
            }
            index.counts.push(Counts {
                group,
                header: parts.header,
                doubles,
                words: writer.write(&PackedBlock::new(&parts.words)?)?,
            });
        }
        if self.pairs.count() > 0.0 {
            let flat = self.pairs.into_flat();
            index.pairs = Some(writer.write(&PackedBlock::from_numbers(&flat)?)?);
        }
        writer.finish(&index)
    }
}

/// The counts of all workers by group.
fn merged_counts(
    summaries: &[(u32, SummaryHeader)],
    counts: Buffers,
) -> Result<BTreeMap<u32, SampleSummary>, PartError> {
    let headers: Vec<SummaryHeader> = summaries.iter().map(|(_, h)| h.clone()).collect();
    let all = summaries_from_buffers(&headers, counts).ok_or(PartError::Damaged)?;
    let mut out: BTreeMap<u32, SampleSummary> = BTreeMap::new();
    for ((group, _), summary) in summaries.iter().zip(all) {
        out.entry(*group).or_default().merge(summary);
    }
    Ok(out)
}
