//! The state of the network: its files and settings, and what was measured of it.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use web_sys::File;

use crate::browser::network_pool::NetworkPool;
use fathom_engine::network::{
    LayerPicture, NetworkEvent, NetworkFile, NetworkFileKind, NetworkProgress, NetworkSettings,
    StudyResult, StudyState,
};
use fathom_report::network::{NetworkSection, NetworkSummary};

/// The phase of the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum NetworkPhase {
    /// There is no model.
    #[default]
    Empty,
    /// Its files are read.
    Preparing,
    /// It is ready, or something is missing.
    Waiting,
    /// It is measured.
    Measuring,
    /// Everything is measured.
    Complete,
    /// It ended in this sentence.
    Failed(String),
}

/// Reads files of depth.
pub(crate) type ReadDepth = Rc<dyn Fn(Vec<(String, File)>)>;

/// Chosen files with their paths, and the reader of those of depth.
pub(crate) type Chosen = (Vec<(String, File)>, ReadDepth);

/// The network's files and workers, and what is to be done with them.
#[derive(Default)]
pub(crate) struct NetworkWork {
    /// The files by their numbers.
    pub(crate) files: BTreeMap<u32, File>,
    /// The workers, once there was a model.
    pub(crate) pool: Option<NetworkPool>,
    /// Events that the page gives by itself, each when the stage before it has ended.
    pub(crate) planned: VecDeque<NetworkEvent>,
    /// Chosen files that wait until those before them are sorted, so that a later choice stays the later one.
    pub(crate) chosen: VecDeque<Chosen>,
    /// True while chosen files are sorted.
    pub(crate) is_sorting: bool,
    /// Reads what a network computes.
    pub(crate) read_depth: Option<ReadDepth>,
    /// The choice of files that holds the network's own depths.
    pub(crate) outputs_intake: Option<u32>,
    /// True if the reader asked to see the depths that a network computes.
    pub(crate) shows_outputs: bool,
}

/// The state of the network.
#[derive(Clone, Copy)]
pub(crate) struct NetworkState {
    pub(crate) work: StoredValue<NetworkWork, LocalStorage>,
    /// Models, weights, encodings, images and prepared inputs, or archives of them. Ground truth is among the files of depth.
    pub(crate) files: RwSignal<Vec<NetworkFile>>,
    /// The settings as they are typed.
    pub(crate) settings: RwSignal<NetworkSettings>,
    /// The files, once they are read.
    pub(crate) study: RwSignal<Option<Arc<StudyState>>>,
    /// The figures so far.
    pub(crate) result: RwSignal<Option<Arc<StudyResult>>>,
    /// The figures for the answers and the link, once the ranking is complete or a link brought them.
    pub(crate) section: RwSignal<Option<Arc<NetworkSection>>>,
    /// The figures in words: those measured here, or those of the link.
    pub(crate) summary: Memo<Option<Arc<NetworkSummary>>>,
    /// Number of layers that the reader keeps at 16 bits; `None` before a choice.
    pub(crate) kept_layers: RwSignal<Option<u32>>,
    /// Place of the layer whose picture is open.
    pub(crate) opened_layer: RwSignal<Option<u32>>,
    /// Number of the frame in that picture.
    pub(crate) picture_frame: RwSignal<u32>,
    /// The picture; `None` until the workers send it.
    pub(crate) picture: RwSignal<Option<Arc<LayerPicture>>>,
    /// The phase.
    pub(crate) phase: RwSignal<NetworkPhase>,
    /// The progress of measuring.
    pub(crate) progress: RwSignal<NetworkProgress>,
    /// When the part under way began, in the page's milliseconds.
    pub(crate) since_ms: RwSignal<f64>,
    /// Number of times that the reader had a failed network prepared anew.
    pub(crate) attempts: RwSignal<u32>,
}

impl NetworkState {
    pub(crate) fn new() -> Self {
        let result = RwSignal::new(None::<Arc<StudyResult>>);
        let section = RwSignal::new(None::<Arc<NetworkSection>>);
        let summary = Memo::new(move |_| {
            let own = result.with(|result| Some(Arc::new(result.as_ref()?.summary.clone())));
            own.or_else(|| Some(Arc::new(NetworkSummary::new(section.get()?.as_ref()))))
        });
        Self {
            work: StoredValue::new_local(NetworkWork::default()),
            files: RwSignal::new(Vec::new()),
            settings: RwSignal::new(NetworkSettings::default()),
            study: RwSignal::new(None),
            result,
            section,
            summary,
            kept_layers: RwSignal::new(None),
            opened_layer: RwSignal::new(None),
            picture_frame: RwSignal::new(0),
            picture: RwSignal::new(None),
            phase: RwSignal::new(NetworkPhase::default()),
            progress: RwSignal::new(NetworkProgress::default()),
            since_ms: RwSignal::new(0.0),
            attempts: RwSignal::new(0),
        }
    }

    /// Returns true if there is a model.
    pub(crate) fn has_model(self) -> bool {
        let is_model = |file: &NetworkFile| {
            matches!(file.kind, NetworkFileKind::Model | NetworkFileKind::Archive)
        };
        self.files.with(|files| files.iter().any(is_model))
    }

    /// Weights and biases of the network, if it is known.
    pub(crate) fn parameters(self) -> Option<f64> {
        let own = self
            .study
            .with(|study| Some(study.as_ref()?.ready.as_ref()?.parameters));
        let shared = || {
            self.section
                .with(|section| Some(section.as_ref()?.model.parameters as f64))
        };
        own.or_else(shared).filter(|&parameters| parameters > 0.0)
    }

    /// One of empty, preparing, question, ready, measuring, complete, failed: the contract for automation.
    pub(crate) fn data_state(self) -> &'static str {
        let has_problem = || {
            let study = self.study.get();
            study.is_some_and(|study| study.problem.is_some())
        };
        self.phase.with(|phase| match phase {
            NetworkPhase::Empty => "empty",
            NetworkPhase::Preparing => "preparing",
            NetworkPhase::Waiting if has_problem() => "question",
            NetworkPhase::Waiting => "ready",
            NetworkPhase::Measuring => "measuring",
            NetworkPhase::Complete => "complete",
            NetworkPhase::Failed(_) => "failed",
        })
    }
}
