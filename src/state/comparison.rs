//! Plain values of the state for comparison, selected frame and opened link.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dataset::DepthInfo;
use fathom_analysis::compare::{EvalProtocol, FramePreview, FrameResult, RunErrors};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::understanding::{FrameSample, RepairFit, Understanding};
use fathom_engine::{FrameSet, SetDoubts, SettledFinding, TakenRepair};
use fathom_plot::charts::FramePanes;
use fathom_report::link::{SharedDepths, SharedPage, SharedStudy};
use fathom_report::network::NetworkSection;

/// The set under comparison, and what came of it so far.
#[derive(Debug, Default)]
pub(crate) struct Comparing {
    pub(crate) set: FrameSet,
    /// The choice of files that the set is of: other files may have the same names.
    pub(crate) intake: u32,
    /// Counts comparisons.
    pub(crate) run: u32,
    /// True if the workers dropped it before it was complete.
    pub(crate) is_abandoned: bool,
    /// Number of sampled frames of the set.
    pub(crate) sampled: usize,
    /// Samples of the frames, by place.
    pub(crate) samples: BTreeMap<u32, FrameSample>,
    /// Frames that came and are not taken in yet.
    pub(crate) came: Vec<(u32, FrameResult)>,
    /// Milliseconds that the last intake took.
    pub(crate) took_ms: f64,
    /// Repairs whose numbers are being fitted, and the sums so far.
    pub(crate) fitted: Option<(Vec<TakenRepair>, Option<RepairFit>)>,
}

impl Comparing {
    /// A question to settle about the files before the set can be judged.
    pub(crate) fn unsettled(&self) -> Option<String> {
        self.set.unsettled.clone()
    }
}

/// The selected frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Looked {
    /// None yet.
    #[default]
    Nothing,
    /// Its maps.
    There(Arc<FramePreview>),
    /// One sentence.
    Failed(String),
}

/// The predictions of a set over other ranges and codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Recoded {
    /// There are none.
    #[default]
    Nothing,
    /// They are being gathered or measured.
    Underway,
    /// For the settings in use.
    There(Arc<Requantized>),
}

/// The understanding of the set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Examined {
    /// There are no files.
    #[default]
    Nothing,
    /// Its maps are being sampled.
    Underway,
    /// All maps are sampled.
    Found(Arc<Understanding>),
}

impl Examined {
    /// Doubts about the set; `None` while it is sampled.
    pub(crate) fn doubts(
        &self,
        settled: &[SettledFinding],
        unsettled: Option<&String>,
    ) -> Option<SetDoubts> {
        let doubts = |found: &_| SetDoubts::new(found, settled, unsettled);
        match self {
            Self::Nothing => Some(doubts(&Understanding::default())),
            Self::Underway => None,
            Self::Found(found) => Some(doubts(found)),
        }
    }
}

/// A link that was opened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opened {
    pub(crate) page: SharedPage,
    pub(crate) study: SharedStudy,
    pub(crate) network: Option<NetworkSection>,
}

impl Opened {
    /// True if these are its depths.
    pub(crate) fn fits(&self, facts: &DepthInfo) -> bool {
        match self.page.depths {
            SharedDepths::Sample => facts.is_sample,
            SharedDepths::Sketch { .. } => !facts.is_sample && facts.role.is_none(),
        }
    }
}

/// A result that the next files are compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PinnedRun {
    pub(crate) errors: RunErrors,
    /// The protocol that measured them.
    pub(crate) protocol: EvalProtocol,
    /// The choice of files that it is of.
    pub(crate) intake: u32,
    /// Its link.
    pub(crate) link: String,
}

/// A frame of the pinned result, or the same frame of the shown one: pictures, no depths.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PinnedFrame {
    /// Its place among the worst frames.
    pub(crate) place: usize,
    pub(crate) name: String,
    pub(crate) panes: Arc<FramePanes>,
}

/// The maps of the worst frame for a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum WorstMaps {
    /// Not requested.
    #[default]
    Unknown,
    /// A worker reads them.
    Requested,
    /// Nothing where there is no such frame, or it cannot be read.
    Known(Option<Arc<FramePreview>>),
}

/// A link with what it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    /// Without the "#", and without what it is held against.
    pub(crate) fragment: String,
    pub(crate) depths: SharedDepths,
    pub(crate) study: SharedStudy,
    pub(crate) has_network: bool,
}
