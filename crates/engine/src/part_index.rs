//! The index of a part: settings, files and frames, and where outcomes and counts lie.

use fathom_analysis::compare::Evidence;
use fathom_core::stats::SummaryHeader;
use serde::{Deserialize, Serialize};

use crate::file_row::FileRow;
use crate::file_set::{ChosenEncoding, GroupKey};
use crate::frame_files::FrameFiles;
use crate::part_file::Block;
use crate::report_settings::ReportSettings;
use crate::set_doubts::TakenRepair;

/// The content of a part, with places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartIndex {
    /// Settings that the user stated.
    pub(crate) given: ReportSettings,
    /// All repairs, those that were taken without asking too.
    pub(crate) repairs: Vec<TakenRepair>,
    /// Encodings of roles that the user or a repair gave.
    pub(crate) encodings: Vec<ChosenEncoding>,
    /// The files.
    pub(crate) rows: Vec<FileRow>,
    /// Files that share role and encoding.
    pub(crate) groups: Vec<GroupKey>,
    /// Samples of the ground truth that meant "no depth" while frames were compared.
    pub(crate) markers: Vec<f64>,
    /// The frames with maps of several roles.
    pub(crate) frames: Vec<FrameFiles>,
    /// The maps of the frames that were compared.
    pub(crate) evidence: Option<Evidence>,
    /// True if its maps allow no verdict.
    pub(crate) is_unjudged: bool,
    /// The outcomes by the place of their frame.
    pub(crate) outcomes: Vec<(u32, Block)>,
    /// The counts of each group.
    pub(crate) counts: Vec<Counts>,
    /// Pixel pairs of ground truth and FP32.
    pub(crate) pairs: Option<Block>,
}

/// The counts of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Place of the group.
    pub(crate) group: u32,
    /// Scalars of the summary.
    pub(crate) header: SummaryHeader,
    /// Its buffers of doubles.
    pub(crate) doubles: [Block; 6],
    /// Its buffers of words, together.
    pub(crate) words: Block,
}
