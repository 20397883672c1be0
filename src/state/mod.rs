//! The page's state: a few signals that are set, and values that follow from them.

mod address;
mod awaited_views;
mod comparison;
mod controls;
mod dataset;
mod file_store;
mod network;
mod page_view;
mod pending;
mod queries;

pub(crate) use address::Address;
pub(crate) use awaited_views::{AwaitedViews, OnView, Viewer};
pub(crate) use comparison::{
    Comparing, Examined, Link, Looked, Opened, PinnedFrame, PinnedRun, Recoded, WorstMaps,
};
pub(crate) use controls::{Controls, FileSession, KEEPS_KEY, Kept, SINGLES_KEY};
pub(crate) use dataset::{
    ComparedAnswers, Curve, Dataset, DepthInfo, FrameSelection, Job, MapSamples, MeasuredRanges,
    Notice, Origin, ReportForm, SearchKey, Severity, Theme,
};
pub(crate) use file_store::{FileStore, ReadTask, SetBefore, SetFiles};
pub(crate) use network::{NetworkPhase, NetworkState, ReadDepth};
pub(crate) use page_view::{PageView, Swept};
pub(crate) use pending::{keep_answered, look_at, on_result};
pub(crate) use queries::{Answers as QueryAnswers, PendingQueries, QueryGroup};

use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::worker_pool::WorkerPool;
use fathom_analysis::compare::{
    Average, Budget, Change, ComparedSet, DEFAULT_BAND_EDGES_M, EvalProtocol, Evaluator,
};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::planner::RestShares;
use fathom_analysis::{
    BestRange, LogCodeReport, NamedRange, RangeReport, RangeSettings, SweepDomain,
};
use fathom_core::depth::{Encoding, FileUse, Role, SampleKind};
use fathom_core::metrics::Criterion;
use fathom_core::quant::Pieces;
use fathom_engine::query::Query;
use fathom_engine::range_settings::{default_settings, sweep_domain};
use fathom_engine::{FileRow, JobId, ReadingSettings, ReportBasis, SetDoubts, depth_answers};
use fathom_report::answers::Answers;
use fathom_report::link::{Settings, SharedComparison};

/// The page's state. `Copy`: every view holds it.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// The workers, once they are started.
    pub(crate) pool: StoredValue<Option<WorkerPool>, LocalStorage>,
    /// Origin of the depths that were asked for last, unless they come from files.
    pub(crate) coming: StoredValue<Origin, LocalStorage>,
    /// The set of frames that is compared.
    pub(crate) comparing: StoredValue<Comparing, LocalStorage>,
    /// The files of the set, and of the one before it.
    pub(crate) file_store: StoredValue<FileStore, LocalStorage>,
    /// What was asked of the workers and is not answered yet: queries, and maps to look at.
    pub(crate) pending: StoredValue<PendingQueries, LocalStorage>,
    pub(crate) awaited: StoredValue<AwaitedViews, LocalStorage>,
    /// What the address held, and when it is written.
    pub(crate) address: StoredValue<Address, LocalStorage>,
    /// The number of the last notice.
    pub(crate) notice_id: StoredValue<u32>,
    /// Number of jumps to a place of the page.
    pub(crate) jumps: StoredValue<u32>,
    /// Counts how often queries were dropped unanswered while the shown depths stay: those that still matter are asked again.
    pub(crate) asked_again: RwSignal<u32>,
    pub(crate) settings: RwSignal<Settings>,
    pub(crate) data: RwSignal<Option<Arc<Dataset>>>,
    pub(crate) job: RwSignal<Job>,
    pub(crate) files: RwSignal<Vec<FileRow>>,
    pub(crate) roles: RwSignal<Vec<Role>>,
    pub(crate) reading: RwSignal<ReadingSettings>,
    /// Encodings that were chosen, per role and kind of samples.
    pub(crate) encodings: RwSignal<Vec<((Role, SampleKind), Encoding)>>,
    /// The role whose distribution is being built; none for the sample.
    pub(crate) building: RwSignal<Option<Role>>,
    /// The selected frame.
    pub(crate) look: RwSignal<FrameSelection>,
    /// True if the strip sorts frames by the error that INT8 adds, the largest first.
    pub(crate) frames_by_loss: RwSignal<bool>,
    /// The samples of the selected frame's files, while they are wanted.
    pub(crate) samples: RwSignal<Vec<MapSamples>>,
    /// Depths of the first and the last colour of maps that a reader typed, in metres.
    pub(crate) colour_range: RwSignal<Option<(f64, f64)>>,
    /// Files of the last job that could not be read, each with its reason.
    pub(crate) refused: RwSignal<Vec<String>>,
    pub(crate) notices: RwSignal<Vec<Notice>>,
    /// The measured ranges of the table.
    pub(crate) reports: RwSignal<MeasuredRanges>,
    pub(crate) best: RwSignal<Vec<BestRange>>,
    /// The key of the best ranges that the search has found.
    pub(crate) searched: RwSignal<Option<SearchKey>>,
    /// The rows of the table and the best ends for the settings in use; no best ends while they are searched.
    pub(crate) measured: Memo<(Vec<RangeReport>, Vec<BestRange>)>,
    /// Values spaced by ratio, beside which every range stands.
    pub(crate) log_code: RwSignal<Option<LogCodeReport>>,
    pub(crate) theme: RwSignal<Theme>,
    /// Counts changes of colours that no other signal shows: the system's theme.
    pub(crate) repaint: RwSignal<u32>,
    /// True if the end is being dragged: the axis then holds still.
    pub(crate) dragging: RwSignal<bool>,
    /// The end under the crosshair, in metres.
    pub(crate) crosshair: RwSignal<Option<f64>>,
    /// The domain of the curve that the settings ask for.
    pub(crate) domain: Memo<Option<SweepDomain>>,
    /// The curve, once it is measured.
    pub(crate) curve: RwSignal<Option<Curve>>,
    /// Answers from compared predictions.
    pub(crate) compared: RwSignal<ComparedAnswers>,
    /// The three answers.
    pub(crate) answers: Memo<Option<Arc<Answers>>>,
    /// The reader's input of the calculator.
    pub(crate) numbers: RwSignal<CalculatorInput>,
    /// The reader's division of the unexplained part.
    pub(crate) rest: RwSignal<RestShares>,
    /// The network's parameters.
    pub(crate) parameters: RwSignal<Option<f64>>,
    /// Facts of the shown depths.
    pub(crate) facts: RwSignal<Option<DepthInfo>>,
    /// The metric that maps and curves show.
    pub(crate) criterion: RwSignal<Criterion>,
    /// The weight of clipped errors.
    pub(crate) clipping_weight: RwSignal<f64>,
    /// The frames as far as they are compared.
    pub(crate) practice: RwSignal<ComparedSet>,
    /// The understanding of the set.
    pub(crate) examined: RwSignal<Examined>,
    /// Doubts about the set; `None` while it is sampled.
    pub(crate) doubts: Memo<Option<SetDoubts>>,
    /// The protocol of measuring predictions.
    pub(crate) evaluator: RwSignal<Evaluator>,
    /// The reader's own way of measuring, in the place of the evaluator's.
    pub(crate) own_protocol: RwSignal<Option<EvalProtocol>>,
    /// Over which average.
    pub(crate) average: RwSignal<Average>,
    /// Inner edges of the depth bands, in metres.
    pub(crate) band_edges_m: RwSignal<Vec<f64>>,
    /// The changes from FP32 to INT8 with their intervals, once they are known.
    pub(crate) changes: RwSignal<Vec<Change>>,
    /// The comparison that came with the page's link.
    pub(crate) shared: RwSignal<Option<SharedComparison>>,
    /// The link that the shown depths came with.
    pub(crate) opened: RwSignal<Option<Arc<Opened>>>,
    /// The reader's title of the result; empty without one.
    pub(crate) title: RwSignal<String>,
    /// True if the link holds names of frames.
    pub(crate) with_names: RwSignal<bool>,
    /// True if the link may be long, for more exact figures.
    pub(crate) ample_link: RwSignal<bool>,
    /// The link of what is shown, without the "#", once it can be made.
    pub(crate) link: RwSignal<Option<Link>>,
    /// The link that it is held against.
    pub(crate) other_link: RwSignal<Option<String>>,
    /// The depth of the pixel under the pointer in the maps of a frame, in metres.
    pub(crate) pointed_m: RwSignal<Option<f64>>,
    /// The result that the next files are compared with.
    pub(crate) pinned: RwSignal<Option<Arc<PinnedRun>>>,
    /// The worst frames of the pinned result, the worst first.
    pub(crate) pinned_frames: RwSignal<Vec<PinnedFrame>>,
    /// One of these frames in the shown set, in the same colours.
    pub(crate) beside_pinned: RwSignal<Option<PinnedFrame>>,
    /// The maps of the worst frame, for a document.
    pub(crate) worst_maps: RwSignal<WorstMaps>,
    /// The comparison whose predictions workers can be asked about.
    pub(crate) gathered: RwSignal<Option<JobId>>,
    /// The predictions over other ranges and codes.
    pub(crate) recoded: RwSignal<Recoded>,
    /// The maps of the selected frame.
    pub(crate) looked: RwSignal<Looked>,
    /// Which map of a stack, from 0, and how many there are.
    pub(crate) looked_map: RwSignal<(u32, u32)>,
    /// The page's part of the last requested report: its queries stay answered.
    pub(crate) report: RwSignal<Option<ReportBasis>>,
    /// The form of the requested report.
    pub(crate) wanted: RwSignal<Option<ReportForm>>,
    /// True if it has the long searches too.
    pub(crate) searches_wanted: RwSignal<bool>,
    /// Number of its answered queries, and of all.
    pub(crate) prepared: RwSignal<(usize, usize)>,
    /// The pieces of the reader's own code.
    pub(crate) pieces: RwSignal<Pieces>,
    /// The view that is shown.
    pub(crate) view: RwSignal<PageView>,
    /// The reader's choice for the chart of sweeps.
    pub(crate) swept: RwSignal<Option<Swept>>,
    /// The network.
    pub(crate) network: NetworkState,
    /// Undo, keys, commands, recent results.
    pub(crate) controls: Controls,
}

impl State {
    pub(crate) fn new() -> Self {
        let settings = RwSignal::new(default_settings());
        let data = RwSignal::new(None::<Arc<Dataset>>);
        let best = RwSignal::new(Vec::new());
        let dragging = RwSignal::new(false);
        let reports = RwSignal::new(MeasuredRanges::default());
        let domain = Memo::new(move |previous: Option<&Option<SweepDomain>>| {
            if dragging.get()
                && let Some(Some(held)) = previous
            {
                return Some(*held);
            }
            let summary = data.with(|d| d.as_ref().map(|d| d.summary))?;
            settings.with(|s| sweep_domain(summary.max_m, summary.median_m(), s))
        });
        let searched = RwSignal::new(None::<SearchKey>);
        let compared = RwSignal::new(ComparedAnswers::default());
        let log_code = RwSignal::new(None::<LogCodeReport>);
        let examined = RwSignal::new(Examined::default());
        let reading = RwSignal::new(ReadingSettings::default());
        let comparing = StoredValue::new_local(Comparing::default());
        let doubts = Memo::new(move |_| {
            let unsettled = comparing.with_value(Comparing::unsettled);
            let settled = reading.with(ReadingSettings::settled);
            examined.with(|e| e.doubts(&settled, unsettled.as_ref()))
        });
        let search_key = move || {
            let serial = data.with(|d| d.as_ref().map(|d| d.serial))?;
            let how = settings.with(|s| s.how);
            Some(SearchKey::new(serial, domain.get()?, how))
        };
        let measured = Memo::new(move |_| {
            let is_searched = searched.get() == search_key();
            let best = if is_searched { best.get() } else { Vec::new() };
            (reports.with(|r| r.reports.clone()), best)
        });
        // The last answers with the number of their depths: those of other depths are not shown again.
        let numbered = Memo::new(move |previous: Option<&Option<(JobId, Arc<Answers>)>>| {
            let data = data.get()?;
            let is_file = matches!(data.origin, Origin::Files { .. });
            if is_file && doubts.with(|d| d.as_ref().is_none_or(|d| d.is_unjudged)) {
                return None;
            }
            match compared.get() {
                ComparedAnswers::Found(answers) => return Some((data.serial, answers)),
                ComparedAnswers::Pending => return None,
                ComparedAnswers::None => {}
            }
            let is_measured = reports.with(|r| settings.with(|s| is_of(r, data.serial, s)));
            if is_measured && searched.get() == search_key() {
                let answers = settings.with(|s| {
                    reports.with(|r| {
                        best.with(|best| {
                            log_code.with(|log_code| {
                                let (role, log_code) = (data.shown_role(), log_code.as_ref());
                                let is_sample = data.is_sample();
                                depth_answers(is_sample, s, &r.reports, role, best, log_code)
                            })
                        })
                    })
                })?;
                Some((data.serial, Arc::new(answers)))
            } else {
                // The last answers stay until those to an edit are there.
                let last = previous.cloned().flatten();
                last.filter(|(serial, _)| *serial == data.serial)
            }
        });
        let answers = Memo::new(move |_| numbered.with(|n| n.as_ref().map(|n| Arc::clone(&n.1))));
        Self {
            pool: StoredValue::new_local(None),
            coming: StoredValue::new_local(Origin::Sample),
            comparing,
            file_store: StoredValue::new_local(FileStore::default()),
            pending: StoredValue::new_local(PendingQueries::default()),
            awaited: StoredValue::new_local(AwaitedViews::default()),
            address: StoredValue::new_local(Address::default()),
            notice_id: StoredValue::new(0),
            jumps: StoredValue::new(0),
            asked_again: RwSignal::new(0),
            settings,
            data,
            job: RwSignal::new(Job::Building),
            files: RwSignal::new(Vec::new()),
            roles: RwSignal::new(Vec::new()),
            reading,
            encodings: RwSignal::new(Vec::new()),
            building: RwSignal::new(None),
            look: RwSignal::new(FrameSelection::default()),
            frames_by_loss: RwSignal::new(false),
            samples: RwSignal::new(Vec::new()),
            colour_range: RwSignal::new(None),
            refused: RwSignal::new(Vec::new()),
            notices: RwSignal::new(Vec::new()),
            reports,
            best,
            searched,
            measured,
            log_code,
            theme: RwSignal::new(Theme::default()),
            repaint: RwSignal::new(0),
            dragging,
            crosshair: RwSignal::new(None),
            domain,
            curve: RwSignal::new(None),
            compared,
            answers,
            numbers: RwSignal::new(CalculatorInput::published()),
            rest: RwSignal::new(RestShares::default()),
            parameters: RwSignal::new(None),
            facts: RwSignal::new(None),
            criterion: RwSignal::new(Criterion::Rmse),
            clipping_weight: RwSignal::new(1.0),
            practice: RwSignal::new(ComparedSet::default()),
            examined,
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
            pointed_m: RwSignal::new(None),
            pinned: RwSignal::new(None),
            pinned_frames: RwSignal::new(Vec::new()),
            beside_pinned: RwSignal::new(None),
            worst_maps: RwSignal::new(WorstMaps::default()),
            gathered: RwSignal::new(None),
            recoded: RwSignal::new(Recoded::default()),
            looked: RwSignal::new(Looked::default()),
            looked_map: RwSignal::new((0, 1)),
            report: RwSignal::new(None),
            wanted: RwSignal::new(None),
            searches_wanted: RwSignal::new(false),
            prepared: RwSignal::new((0, 0)),
            pieces: RwSignal::new(Pieces::depth_aware()),
            view: RwSignal::new(PageView::default()),
            swept: RwSignal::new(None),
            network: NetworkState::new(),
            controls: Controls::new(),
        }
    }

    /// The state of the page in context.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// The workers, once they are started.
    pub(crate) fn pool(self) -> Option<WorkerPool> {
        self.pool.with_value(Clone::clone)
    }

    /// The number of the shown depths.
    pub(crate) fn serial(self) -> Option<JobId> {
        self.data.with(|d| d.as_ref().map(|d| d.serial))
    }

    /// The same without subscribing; 0 before the first depths.
    pub(crate) fn serial_untracked(self) -> JobId {
        untrack(|| self.serial()).unwrap_or_default()
    }

    /// The key of the search for the best ranges now.
    pub(crate) fn search_key(self) -> Option<SearchKey> {
        let how = self.settings.with(|s| s.how);
        Some(SearchKey::new(self.serial()?, self.domain.get()?, how))
    }

    /// True if the table and the best ranges are measured for the settings in use.
    pub(crate) fn is_measured(self) -> bool {
        self.has_current_reports() && self.searched.get() == self.search_key()
    }

    /// True if the table is measured for the settings in use.
    pub(crate) fn has_current_reports(self) -> bool {
        let is_of = |serial| {
            let reports = self.reports;
            reports.with(|r| self.settings.with(|s| is_of(r, serial, s)))
        };
        self.serial().is_some_and(is_of)
    }

    /// Depths of the first and the last colour of all pictures, in metres: those set, else the shown depths without their farthest
    /// thousandth.
    pub(crate) fn picture_range(self) -> Option<(f64, f64)> {
        self.colour_range.get().or_else(|| {
            self.data.with(|d| {
                let summary = &d.as_ref()?.summary;
                let far = summary
                    .percentiles_m
                    .last()
                    .copied()
                    .unwrap_or(summary.max_m);
                Some((summary.min_m, far.max(summary.min_m)))
            })
        })
    }

    /// Number of maps of a role that were read.
    pub(crate) fn maps_of(self, role: Role) -> usize {
        self.files.with(|files| {
            let of_role = files.iter().filter(|f| f.part == FileUse::Map(role));
            of_role.filter_map(|f| Some(f.facts()?.maps.len())).sum()
        })
    }

    /// One of empty, working, ready, error: the contract for automation.
    pub(crate) fn data_state(self) -> &'static str {
        let has_answers = self.answers.with(Option::is_some) || self.is_unjudged();
        self.job.with(|job| match job {
            Job::Reading { .. } | Job::Building => "working",
            Job::Failed(_) => "error",
            Job::Idle if has_answers => "ready",
            Job::Idle if self.data.with(Option::is_some) => "working",
            Job::Idle => "empty",
        })
    }

    /// True if nothing may be said about a network by these files.
    pub(crate) fn is_unjudged(self) -> bool {
        let is_file = |d: &Option<Arc<Dataset>>| {
            let origin = d.as_ref().map(|d| &d.origin);
            matches!(origin, Some(Origin::Files { .. }))
        };
        let is_unjudged = |d: &Option<SetDoubts>| d.as_ref().is_some_and(|d| d.is_unjudged);
        self.data.with(is_file) && self.doubts.with(is_unjudged)
    }

    /// True if other depths replace the shown ones: all below the answers is out of date until the new answers are there.
    pub(crate) fn is_replacing(self) -> bool {
        let is_read = self.job.with(Job::is_running) && self.data.with(Option::is_some);
        is_read || self.compared.with(|c| *c == ComparedAnswers::Pending) || self.awaits_answers()
    }

    /// True if the answers to depths of files are still computed.
    fn awaits_answers(self) -> bool {
        let is_file = self
            .data
            .with(|d| d.as_ref().is_some_and(|d| d.shown_role().is_some()));
        is_file && self.answers.with(Option::is_none) && !self.is_unjudged()
    }

    /// The measured rows of the table.
    pub(crate) fn with_reports<T>(self, read: impl FnOnce(&[RangeReport]) -> T) -> T {
        self.reports.with(|r| read(&r.reports))
    }

    /// The measured row with this number.
    pub(crate) fn report(self, row: usize) -> Option<RangeReport> {
        self.with_reports(|r| r.get(row).cloned())
    }

    /// The number of the row in use now.
    pub(crate) fn current_row(self) -> usize {
        self.settings.with(|s| s.current as usize)
    }

    /// The range in use now.
    pub(crate) fn current(self) -> Option<NamedRange> {
        self.settings
            .with(|s| s.ranges.get(s.current as usize).cloned())
    }

    /// Settings of measuring ranges, once depths are shown.
    pub(crate) fn how(self) -> Option<RangeSettings> {
        self.serial()?;
        Some(self.settings.with(|s| s.how))
    }

    /// All ranges of the table.
    pub(crate) fn ranges(self) -> Vec<NamedRange> {
        self.settings.with(|s| s.ranges.clone())
    }

    /// The question about another link beside that of the page, where there is one.
    pub(crate) fn facing_ask(self) -> Option<Query> {
        let own = self
            .link
            .with(|link| Some(link.as_ref()?.fragment.clone()))?;
        let other = self.other_link.get()?;
        Some(Query::LinkComparison { own, other })
    }

    /// The role of the shown depths, from files or from a link that tells it.
    pub(crate) fn role(self) -> Option<Role> {
        let own = self.facts.with(|f| f.as_ref().and_then(|f| f.role));
        let told = || self.opened.with(|o| o.as_ref().and_then(|o| o.study.role));
        own.or_else(told)
    }

    /// True if the shown depths come from a link's sketch.
    pub(crate) fn is_sketch(self) -> bool {
        self.facts
            .with(|f| f.as_ref().is_some_and(|f| !f.is_sample && f.role.is_none()))
    }

    /// The comparison of the link, where there are no maps to compare.
    pub(crate) fn shared_now(self) -> Option<SharedComparison> {
        (!self.has_practice()).then(|| self.shared.get()).flatten()
    }

    /// The error budget of the compared maps, else that of the link.
    pub(crate) fn budget(self) -> Option<Budget> {
        let own = self.practice.with(ComparedSet::budget);
        own.or_else(|| Some(self.shared_now()?.budget()))
    }

    /// Asks again what was dropped unanswered.
    pub(crate) fn ask_again(self) {
        self.asked_again.update(|n| *n += 1);
    }
}

/// True if these are the measured ranges of these settings on these depths.
fn is_of(measured: &MeasuredRanges, serial: JobId, settings: &Settings) -> bool {
    let named = measured.reports.iter().map(|report| &report.named);
    measured.serial == serial
        && measured.how == Some(settings.how)
        && named.eq(settings.ranges.iter())
}
