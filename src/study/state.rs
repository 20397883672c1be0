//! What the study knows: what the page told it, what is chosen here, and what was compared.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::controls::Controls;
use super::doubts::{Examined, fit_order, forget_samples, take_fit};
use super::link::{Link, Opened};
use super::{crew, wish};
use crate::bridge::{DepthFacts, Form, Wish};
use crate::web::{browser, jump};
use fathom_analysis::compare::{
    Average, Change, CompareSettings, DEFAULT_BAND_EDGES_M, EvalProtocol, Evaluator, Evidence,
    Resampling,
};
use fathom_analysis::compare::{ComparedSet, FramePreview, FrameResult};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::planner::RestShares;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::understanding::{FrameSample, RepairFit};
use fathom_analysis::{BestRange, NamedRange, RangeReport, RangeSettings};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::Pieces;
use fathom_engine::query::Query;
use fathom_engine::{EvidenceKind, FrameSet, JobId, PreviewInfo, ReportBasis, SetDoubts};
use fathom_report::link::{Settings, SharedComparison};

/// Frames that came and are not taken in yet.
type Came = Vec<(u32, FrameResult)>;

/// Milliseconds between two intakes of frames, at least, and how many times as long as the last one took: it must leave the processor to
/// the workers.
const INTAKE_MS: f64 = 250.0;
const INTAKE_REST: f64 = 8.0;

thread_local! {
    /// The set of files, for another look with other settings.
    static SET: RefCell<Option<(Rc<FrameSet>, Array)>> = const { RefCell::new(None) };
    static RUN: Cell<JobId> = const { Cell::new(0) };
    /// How many frames of the set are sampled.
    static SAMPLED: Cell<usize> = const { Cell::new(0) };
    static CAME: RefCell<Came> = const { RefCell::new(Vec::new()) };
    /// Milliseconds that the last intake took.
    static TOOK_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Reads the set of files, where there is one.
pub(super) fn with_set<T>(read: impl FnOnce(&FrameSet) -> T) -> Option<T> {
    SET.with_borrow(|set| set.as_ref().map(|(facts, _)| read(facts)))
}

/// The frame that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Looked {
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
pub(super) enum Recoded {
    /// There are none.
    #[default]
    Nothing,
    /// They are being gathered or measured.
    Underway,
    /// For the settings in use.
    There(Arc<Requantized>),
}

/// The state. `Copy`: every view holds it.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// The page's settings; none before it spoke.
    pub(super) settings: RwSignal<Option<Settings>>,
    /// The rows of the page's table, measured, and the best ends.
    pub(super) measured: RwSignal<(Vec<RangeReport>, Vec<BestRange>)>,
    /// What a reader types into the calculator.
    pub(super) numbers: RwSignal<CalculatorInput>,
    /// How the reader divides what cannot be measured.
    pub(super) rest: RwSignal<RestShares>,
    /// The network's parameters.
    pub(super) parameters: RwSignal<Option<f64>>,
    /// What the shown depths are.
    pub(super) facts: RwSignal<Option<DepthFacts>>,
    /// Counts changes of colours.
    pub(super) repaint: RwSignal<u32>,
    /// The metric that maps and curves show.
    pub(super) criterion: RwSignal<Criterion>,
    /// How often a clipped error counts.
    pub(super) clipping_weight: RwSignal<f64>,
    /// The frames as far as they are compared.
    pub(super) practice: RwSignal<ComparedSet>,
    /// What is understood of the set.
    pub(super) examined: RwSignal<Examined>,
    /// The kinds of questions about the set that were answered by leaving it as it is.
    pub(super) settled: RwSignal<Vec<EvidenceKind>>,
    /// What a reader should know of the set; `None` while it is sampled.
    pub(super) doubts: Memo<Option<SetDoubts>>,
    /// How predictions are measured.
    pub(super) evaluator: RwSignal<Evaluator>,
    /// The reader's own way of measuring, in the place of the evaluator's.
    pub(super) own_protocol: RwSignal<Option<EvalProtocol>>,
    /// Over which average.
    pub(super) average: RwSignal<Average>,
    /// Inner edges of the depth bands, in metres.
    pub(super) band_edges_m: RwSignal<Vec<f64>>,
    /// The changes from FP32 to INT8 with their intervals, once they are known.
    pub(super) changes: RwSignal<Vec<Change>>,
    /// The comparison that came with the page's link.
    pub(super) shared: RwSignal<Option<SharedComparison>>,
    /// The link that the shown depths came with.
    pub(super) opened: RwSignal<Option<Arc<Opened>>>,
    /// What the reader calls what is shown; empty where they do not.
    pub(super) title: RwSignal<String>,
    /// Whether the link holds names of frames.
    pub(super) with_names: RwSignal<bool>,
    /// Whether the link may be long, for more exact figures.
    pub(super) ample_link: RwSignal<bool>,
    /// The link of what is shown, without the "#", once it can be made.
    pub(super) link: RwSignal<Option<Link>>,
    /// The link that it is held against.
    pub(super) other_link: RwSignal<Option<String>>,
    /// The comparison whose predictions workers can be asked about.
    pub(super) gathered: RwSignal<Option<JobId>>,
    /// The predictions over other ranges and codes.
    pub(super) recoded: RwSignal<Recoded>,
    /// Place of the frame that is looked at.
    pub(super) looked_frame: RwSignal<u32>,
    /// Its maps.
    pub(super) looked: RwSignal<Looked>,
    /// Which map of a stack, from 0, and how many there are.
    pub(super) looked_map: RwSignal<(u32, u32)>,
    /// The page's part of the last report that somebody wanted: its questions stay answered.
    pub(super) report: RwSignal<Option<ReportBasis>>,
    /// The form of the report that somebody waits for.
    pub(super) wanted: RwSignal<Option<Form>>,
    /// Whether it has the long searches too.
    pub(super) searches_wanted: RwSignal<bool>,
    /// How many of its questions are answered, and how many there are.
    pub(super) prepared: RwSignal<(usize, usize)>,
    /// The pieces of the reader's own code.
    pub(super) pieces: RwSignal<Pieces>,
    /// Undo, keys, commands, recent results.
    pub(super) controls: Controls,
}

impl State {
    /// The question about another link beside that of the page, where there is one.
    pub(super) fn facing_ask(self) -> Option<Query> {
        let own = self
            .link
            .with(|link| Some(link.as_ref()?.fragment.clone()))?;
        let other = self.other_link.get()?;
        Some(Query::LinkComparison { own, other })
    }

    pub(super) fn new() -> Self {
        let examined = RwSignal::new(Examined::default());
        let settled = RwSignal::new(Vec::new());
        let doubts = Memo::new(move |_| examined.with(|e| settled.with(|s| e.doubts(s))));
        Self {
            settings: RwSignal::new(None),
            measured: RwSignal::new((Vec::new(), Vec::new())),
            numbers: RwSignal::new(CalculatorInput::published()),
            rest: RwSignal::new(RestShares::default()),
            parameters: RwSignal::new(None),
            facts: RwSignal::new(None),
            repaint: RwSignal::new(0),
            criterion: RwSignal::new(Criterion::Rmse),
            clipping_weight: RwSignal::new(1.0),
            practice: RwSignal::new(ComparedSet::default()),
            examined,
            settled,
            doubts,
            evaluator: RwSignal::new(Evaluator::default()),
            own_protocol: RwSignal::new(None),
            average: RwSignal::new(Average::default()),
            band_edges_m: RwSignal::new(DEFAULT_BAND_EDGES_M.to_vec()),
            changes: RwSignal::new(Vec::new()),
            shared: RwSignal::new(None),
            opened: RwSignal::new(None),
            title: RwSignal::new(String::new()),
            with_names: RwSignal::new(false),
            ample_link: RwSignal::new(false),
            link: RwSignal::new(None),
            other_link: RwSignal::new(None),
            gathered: RwSignal::new(None),
            recoded: RwSignal::new(Recoded::default()),
            looked_frame: RwSignal::new(0),
            looked: RwSignal::new(Looked::default()),
            looked_map: RwSignal::new((0, 1)),
            report: RwSignal::new(None),
            wanted: RwSignal::new(None),
            searches_wanted: RwSignal::new(false),
            prepared: RwSignal::new((0, 0)),
            pieces: RwSignal::new(Pieces::depth_aware()),
            controls: Controls::new(),
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
    pub(super) fn how(self) -> Option<RangeSettings> {
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

    /// Whether there are frames to compare.
    pub(super) fn has_practice(self) -> bool {
        self.practice.with(|p| p.evidence().is_some())
    }

    /// The role of the shown depths, from files or from a link that tells it.
    pub(super) fn role(self) -> Option<Role> {
        let own = self.facts.with(|f| f.as_ref().and_then(|f| f.role));
        let told = || self.opened.with(|o| o.as_ref().and_then(|o| o.study.role));
        own.or_else(told)
    }

    /// Whether the shown depths come from a link's sketch.
    pub(super) fn is_sketch(self) -> bool {
        self.facts
            .with(|f| f.as_ref().is_some_and(|f| !f.is_sample && f.role.is_none()))
    }

    /// What came with the link, where there are no maps to compare.
    pub(super) fn shared_now(self) -> Option<SharedComparison> {
        (!self.has_practice()).then(|| self.shared.get()).flatten()
    }

    /// Compares another set.
    pub(super) fn take_set(self, facts: FrameSet, files: Array) {
        let names = |set: &FrameSet| set.sampled().map(|f| f.name.clone()).collect::<Vec<_>>();
        if with_set(names) != Some(names(&facts)) {
            self.settled.set(Vec::new());
        }
        self.examined.set(if facts.sampled().next().is_some() {
            Examined::Underway
        } else {
            Examined::Nothing
        });
        SET.set(Some((Rc::new(facts), files)));
        self.looked.set(Looked::Nothing);
        self.looked_frame.set(0);
        self.compare_again();
    }

    /// Compares the set once more, with other settings.
    pub(super) fn compare_again(self) {
        let Some((facts, files)) = SET.with_borrow(Clone::clone) else {
            return;
        };
        let run = RUN.get().wrapping_add(1);
        RUN.set(run);
        CAME.take();
        self.gathered.set(None);
        self.recoded.set(Recoded::Underway);
        forget_samples();
        let practice = ComparedSet::new(facts.members());
        let mut places = practice.indices().to_vec();
        let lone = facts.frames.len()..facts.sampled().count();
        places.extend(lone.filter_map(|place| u32::try_from(place).ok()));
        SAMPLED.set(places.len());
        self.practice.set(practice);
        let settings = self.compare_settings();
        if let Some(crew) = crew() {
            crew.compare(run, facts, files, settings, fit_order(), &places);
        }
    }

    /// How predictions are measured.
    pub(super) fn protocol(self) -> EvalProtocol {
        self.own_protocol
            .get()
            .unwrap_or_else(|| self.evaluator.get().protocol())
    }

    /// Measures as an evaluator does, with its average.
    pub(super) fn measure_as(self, evaluator: Evaluator) {
        self.average.set(if evaluator.averages_frames() {
            Average::PerFrame
        } else {
            Average::Pooled
        });
        self.evaluator.set(evaluator);
        self.own_protocol.set(None);
        self.compare_again();
    }

    /// Whether every pixel is measured as it is.
    fn is_plain(self) -> bool {
        self.protocol() == Evaluator::Plain.protocol()
    }

    /// RMSE of INT8 against the truth over every pixel as it is, in metres; `None` where one of the three is missing, or an evaluator
    /// leaves out pixels or fits predictions: it would stand beside figures of other pixels.
    pub(super) fn measured_int8_m(self) -> Option<f64> {
        self.is_plain().then_some(())?;
        self.practice.with(|p| {
            p.evidence().filter(|e| *e == Evidence::All)?;
            Some(p.merged().budget()?.rmse_int8_m())
        })
    }

    /// The predictions over other ranges and codes, where they are measured on the pixels that the evaluator measures.
    pub(super) fn comparable_recodings(self) -> Option<Arc<Requantized>> {
        self.is_plain().then_some(())?;
        self.recoded.with(|recoded| match recoded {
            Recoded::There(found) => Some(Arc::clone(found)),
            Recoded::Nothing | Recoded::Underway => None,
        })
    }

    /// Whether figures on other ranges for the predictions are still to come.
    pub(super) fn awaits_recodings(self) -> bool {
        self.recoded.with(|recoded| *recoded == Recoded::Underway)
    }

    /// The predictions of a comparison are there, or not all of them.
    pub(super) fn take_gathered(self, run: JobId, whole: bool) {
        if run != RUN.get() {
            return;
        }
        if whole {
            self.gathered.set(Some(run));
            return;
        }
        // They may have been there before.
        self.gathered.set(None);
        self.recoded.set(Recoded::Nothing);
        wish(&Wish::Compared);
        wish(&Wish::Tell {
            text: tr!("Other ranges for the predictions cannot be measured, because a worker stopped that held some of their pixels: \
                choose the files again to try once more.")
                .to_owned(),
            warning: true,
        });
    }

    /// Looks at a frame of the set by its place. What is there stays until the new one comes.
    pub(super) fn look_at(self, place: u32) {
        self.look_at_map(place, 0);
    }

    /// Looks at one map of a frame whose files are stacks.
    pub(super) fn look_at_map(self, place: u32, map: u32) {
        self.looked_frame.set(place);
        let set = SET.with_borrow(Clone::clone);
        if let (Some((facts, files)), Some(crew)) = (set, crew()) {
            crew.look(&facts, &files, place, map);
        }
    }

    /// Looks at a frame by its name, and goes there.
    pub(super) fn show(self, name: &str) {
        let place = self.practice.with_untracked(|p| {
            let at = p.names().iter().position(|own| own == name);
            at.and_then(|at| u32::try_from(at).ok())
        });
        if let Some(place) = place {
            self.look_at(place);
            if let Some(viewer) = browser::element("viewer") {
                jump::show(&viewer);
            }
        }
    }

    /// The maps of the frame that is looked at have come.
    pub(super) fn take_look(self, look: Result<(FramePreview, PreviewInfo), String>) {
        self.looked.set(match look {
            Ok((look, facts)) => {
                self.looked_map.set((facts.map, facts.of));
                Looked::There(Arc::new(look))
            }
            Err(why) => Looked::Failed(why),
        });
    }

    /// What is asked of a comparison now.
    pub(super) fn compare_settings(self) -> CompareSettings {
        CompareSettings {
            protocol: untrack(|| self.protocol()),
            band_edges_m: self.band_edges_m.get_untracked(),
            ..CompareSettings::default()
        }
    }

    /// How frames are resampled for intervals.
    pub(super) fn resampling(self) -> Resampling {
        Resampling {
            average: self.average.get(),
            ..Resampling::default()
        }
    }

    /// A frame was compared. Every section is made anew with each intake, on the thread that workers share a processor with: so frames
    /// are taken in together from time to time, and at once only the first and, when it is there, the rest.
    pub(super) fn take_frame(
        self,
        run: JobId,
        frame: u32,
        result: FrameResult,
        (sample, fit): (FrameSample, Option<RepairFit>),
    ) {
        if run != RUN.get() {
            return;
        }
        take_fit(fit);
        self.take_sample(frame, sample, SAMPLED.get());
        let is_compared = with_set(|facts| (frame as usize) < facts.frames.len());
        if is_compared != Some(true) {
            return;
        }
        let waiting = CAME.with_borrow_mut(|came| {
            came.push((frame, result));
            came.len()
        });
        let (taken, all) = self.practice.with_untracked(ComparedSet::progress);
        let is_urgent = taken == 0 || taken + waiting == all;
        if waiting > 1 && !is_urgent {
            return;
        }
        spawn_local(async move {
            if is_urgent {
                browser::next_frame().await;
            } else {
                let rest_ms = INTAKE_MS.max(INTAKE_REST * TOOK_MS.get());
                browser::pause(rest_ms as i32).await;
            }
            if run == RUN.get() {
                let from_ms = browser::now_ms();
                self.take_in(CAME.take());
                // The sections are made anew before the next task.
                browser::breathe().await;
                TOOK_MS.set(browser::now_ms() - from_ms);
            }
        });
    }

    fn take_in(self, came: Came) {
        if came.is_empty() {
            return;
        }
        self.practice.update(|practice| {
            for (frame, result) in came {
                practice.add_result(frame, result);
            }
        });
    }
}
