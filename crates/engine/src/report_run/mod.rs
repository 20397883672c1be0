//! From chosen files, or the built-in sample, to the whole report without a reader: the order in which a session is asked, and what each
//! answer leads to.

mod asking;

use std::collections::BTreeMap;

use fathom_analysis::compare::ComparedSet;
use fathom_analysis::understanding::{FrameSample, Repair, RoleRepair, SetSample, Understanding};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_report::link::Settings;

use crate::archive_names::NameText;
use crate::file_content::FileContent;
use crate::file_row::{FileRow, FileState, ReadingSettings};
use crate::file_set::{
    ChosenEncoding, GroupKey, build_order, duplicates_warning, encodings_after,
    farthest_prediction_m, frame_set, ground_truth_sizes, group_of, mask_row, match_rows,
    member_rows, pair_by_order, present_roles, read_options, size_dumps, size_mismatch,
    stack_warning, unequal_counts,
};
use crate::frame_files::FrameSet;
use crate::map_view::View;
use crate::messages::{BuiltDepths, Priority, ReadFile};
use crate::open_question::{OpenQuestion, open_questions};
use crate::part_index::PartIndex;
use crate::query::{Query, QueryResult};
use crate::range_settings::use_own_candidates;
use crate::report_basis::ReportBasis;
use crate::report_settings::ReportSettings;
use crate::run_outcome::RunOutcome;
use crate::session_types::{Event, FileTask, QueryKey, Update};
use crate::set_doubts::{SetDoubts, SetQuestion, TakenRepair, taken_as_is};
use crate::whole_report::report_refinements;

/// A query of a run and its result.
type Asked = (Query, Option<Box<QueryResult>>);

/// Why a run ends without a report.
#[derive(Clone, Debug, PartialEq)]
pub enum RunError {
    /// One sentence.
    Failed(String),
    /// The files leave questions open that change the figures.
    Questions(Vec<OpenQuestion>),
}

/// A set whose frames were compared elsewhere.
#[derive(Debug)]
pub(crate) struct MergedInput {
    /// Settings that the user stated.
    pub(crate) given: ReportSettings,
    /// Ways to handle names of files.
    pub(crate) names: NameText,
    /// Settings that apply to all files, with every repair.
    pub(crate) reading: ReadingSettings,
    /// The files.
    pub(crate) rows: Vec<FileRow>,
    /// The depths that were built.
    pub(crate) depths: Box<BuiltDepths>,
    /// The frames.
    pub(crate) set: FrameSet,
    /// Their comparison.
    pub(crate) compared: ComparedSet,
    /// Doubts about the set.
    pub(crate) doubts: SetDoubts,
}

/// A run from files to a report.
#[derive(Debug)]
pub struct ReportRun {
    /// Settings that the user stated.
    given: ReportSettings,
    /// True if the report is not wanted: the run ends once all frames are compared.
    ends_compared: bool,
    names: NameText,
    reading: ReadingSettings,
    rows: Vec<FileRow>,
    /// True if files are paired by their order.
    is_paired: bool,
    /// The row of each file of the session's job.
    job_rows: Vec<usize>,
    groups: Vec<GroupKey>,
    warnings: Vec<String>,
    settings: Settings,
    depths: Option<Box<BuiltDepths>>,
    set: FrameSet,
    compared: ComparedSet,
    samples: BTreeMap<u32, FrameSample>,
    /// Encodings that repairs brought.
    encodings: Vec<ChosenEncoding>,
    /// Factors on units that are guessed once all files are read.
    factors: Vec<RoleRepair>,
    /// The doubts about the set; `None` while it is sampled.
    doubts: Option<SetDoubts>,
    /// Sizes of the ground truth, once predictions are read in them.
    sizes: BTreeMap<String, (u32, u32)>,
    /// The number of the comparison, once all frames are compared.
    run: Option<u32>,
    asked: Vec<Asked>,
    ranges_key: Option<QueryKey>,
    best_key: Option<QueryKey>,
    changes_key: Option<QueryKey>,
    requantized_key: Option<QueryKey>,
    sketch_key: Option<QueryKey>,
    /// The first query of the report, and of what follows from its results.
    report_key: Option<QueryKey>,
    refinements_key: Option<QueryKey>,
    basis: Option<ReportBasis>,
    end: Option<Result<Box<RunOutcome>, RunError>>,
}

impl ReportRun {
    /// A run over files, in their order; over the built-in sample without any.
    #[must_use]
    pub fn new(rows: Vec<FileRow>, given: impl Into<ReportSettings>, names: NameText) -> Self {
        let given = given.into();
        let mut run = Self {
            ends_compared: false,
            names,
            reading: given.reading.clone(),
            rows,
            is_paired: false,
            job_rows: Vec::new(),
            groups: Vec::new(),
            warnings: Vec::new(),
            settings: given.range_settings(),
            depths: None,
            set: FrameSet::default(),
            compared: ComparedSet::default(),
            samples: BTreeMap::new(),
            encodings: given.encodings.clone(),
            factors: Vec::new(),
            doubts: None,
            sizes: BTreeMap::new(),
            run: None,
            asked: Vec::new(),
            ranges_key: None,
            best_key: None,
            changes_key: None,
            requantized_key: None,
            sketch_key: None,
            report_key: None,
            refinements_key: None,
            basis: None,
            end: None,
            given,
        };
        let repairs = run.given.repairs.iter().map(TakenRepair::given);
        run.repair(repairs.collect());
        run
    }

    /// A run that ends once all frames are compared, without a report.
    #[must_use]
    pub fn until_compared(self) -> Self {
        Self {
            ends_compared: true,
            ..self
        }
    }

    /// A run that begins with compared frames.
    pub(crate) fn from_merged(merged: MergedInput) -> Self {
        let mut run = Self::new(merged.rows, merged.given, merged.names);
        run.reading = merged.reading;
        run.on_depths(merged.depths, merged.set);
        run.compared = merged.compared;
        run.doubts = Some(merged.doubts);
        run.run = Some(0);
        run
    }

    /// The queries that a run with compared frames begins with.
    #[must_use]
    pub fn resume<B>(&mut self) -> Vec<Event<B>> {
        self.advance()
    }

    /// The index of a part of this run.
    pub(crate) fn part_index(&self) -> PartIndex {
        PartIndex {
            given: self.given.clone(),
            repairs: self.reading.repairs.clone(),
            encodings: self.encodings.clone(),
            rows: self.rows.clone(),
            groups: self.groups.clone(),
            markers: self.set.markers.clone(),
            frames: self.set.frames.clone(),
            evidence: self.compared.evidence(),
            is_unjudged: self.doubts.as_ref().is_none_or(|d| d.is_unjudged),
            ..PartIndex::default()
        }
    }

    /// The first event for a session.
    #[must_use]
    pub fn start<B>(&mut self) -> Event<B> {
        if self.rows.is_empty() {
            return Event::Sample;
        }
        self.match_rows();
        Event::Choose(self.tasks_from(0))
    }

    /// Takes news of a session. Returns the events that follow.
    pub fn on_update<B>(&mut self, update: Update) -> Vec<Event<B>> {
        match update {
            Update::FileRead(file, result) => self.on_read(file, result).into_iter().collect(),
            Update::AllRead => self.on_all_read().into_iter().collect(),
            Update::Built(Ok(depths)) => self.on_built(depths),
            Update::Built(Err(why)) | Update::NoWorkers(why) => {
                self.end = Some(Err(RunError::Failed(why)));
                Vec::new()
            }
            Update::Frame(frame, result, sample, _) => {
                self.samples.insert(frame, sample);
                if (frame as usize) < self.set.frames.len() {
                    self.compared.add_result(frame, result);
                }
                Vec::new()
            }
            Update::Compared(run) => {
                self.run = Some(run);
                self.understand().unwrap_or_else(|| self.advance())
            }
            Update::Result(key, result) => {
                if let Some((_, slot)) = self.asked.get_mut(key as usize) {
                    *slot = Some(result);
                }
                self.advance()
            }
            Update::Replaced(text) => {
                self.warnings.push(text);
                Vec::new()
            }
        }
    }

    /// The outcome of the run, or why there is no report, once it is over.
    pub fn take_end(&mut self) -> Option<Result<Box<RunOutcome>, RunError>> {
        self.end.take()
    }

    /// The maps of the frame to which INT8 adds most, for documents; `None` without maps of INT8.
    #[must_use]
    pub fn worst_view(&self) -> Option<View> {
        self.set.view(self.compared.worst_frames(1).first()?)
    }

    /// Warnings of this run: files that were not read or not compared, each with its reason, and doubts.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut out = self.warnings.clone();
        out.extend(self.rows.iter().filter_map(|row| match &row.state {
            FileState::Refused(why) => Some(format!("{}: {why}.", row.path)),
            _ => None,
        }));
        let doubts = self.doubts.iter();
        out.extend(doubts.flat_map(|d| d.notes.iter().cloned()));
        if self.given.pairs_by_order && !self.is_paired {
            out.push(unequal_counts(&self.rows));
        }
        // A question comes before what cannot be compared without its answer.
        if self.questions().is_empty() {
            out.extend(duplicates_warning(&self.rows));
            out.extend(size_mismatch(&self.rows).map(|mismatch| mismatch.text()));
            out.extend(stack_warning(&self.rows));
            let failures = self.compared.failures().iter();
            out.extend(failures.map(|(name, why)| format!("{name}: {why}.")));
        }
        out
    }

    /// An answer that may be given to a finding, although none is asked for.
    #[must_use]
    pub fn offer(&self) -> Option<&SetQuestion> {
        self.doubts.as_ref()?.offer.as_ref()
    }

    /// Number of answered queries, and of all so far.
    #[must_use]
    pub fn query_progress(&self) -> (usize, usize) {
        let done = self.asked.iter().filter(|(_, result)| result.is_some());
        (done.count(), self.asked.len())
    }

    /// Number of compared frames, and of all.
    #[must_use]
    pub fn frame_progress(&self) -> (usize, usize) {
        self.compared.progress()
    }

    /// The tasks of the rows from one on; rows without a map wait for nothing.
    fn tasks_from(&mut self, from: usize) -> Vec<FileTask> {
        let mut tasks = Vec::new();
        for at in from..self.rows.len() {
            self.pick_array(at);
            let task = self.task(at);
            self.rows[at].state = match task {
                Some(_) => FileState::Waiting,
                None => FileState::Beside,
            };
            if let Some(task) = task {
                tasks.push(task);
                self.job_rows.push(at);
            }
        }
        tasks
    }

    /// Finds use and frame of each file.
    fn match_rows(&mut self) {
        match_rows(&mut self.rows, self.names);
        if self.given.pairs_by_order {
            // Archives that are not listed yet have no files: the last one completes the order.
            self.is_paired = pair_by_order(&mut self.rows);
        }
    }

    /// Takes the array or channel that was given for the role of a file.
    fn pick_array(&mut self, at: usize) {
        let row = &mut self.rows[at];
        let Some(own) = row.part.role() else { return };
        let fits = |role: Option<Role>| role.is_none_or(|role| role == own);
        let arrays = self.given.arrays.iter();
        if let Some((_, name)) = arrays.rev().find(|(role, _)| fits(*role)) {
            row.pick = Some(name.clone());
        }
    }

    fn task(&mut self, at: usize) -> Option<FileTask> {
        let row = &self.rows[at];
        let options = read_options(&self.rows, row, &self.reading, &self.sizes)?;
        let number = |source: usize| u32::try_from(source).ok();
        Some(FileTask {
            frame: row.frame.clone(),
            bytes: row.bytes.unwrap_or_default(),
            read: ReadFile {
                file: 0,
                group: group_of(&mut self.groups, row)?,
                source: number(row.source)?,
                mask: mask_row(&self.rows, row).and_then(|mask| number(mask.source)),
                name: row.file_name().to_owned(),
                options,
            },
        })
    }

    fn on_read<B>(&mut self, file: u32, result: Result<FileContent, String>) -> Option<Event<B>> {
        let at = *self.job_rows.get(file as usize)?;
        match result {
            Ok(FileContent::Maps(info)) => self.rows[at].state = FileState::Read(info),
            Err(why) => self.rows[at].state = FileState::Refused(why),
            Ok(FileContent::Archive(list)) => {
                let (rows, notices) = member_rows(&self.rows, at, &list, self.names);
                self.rows[at].state = FileState::Archive(list.members.len());
                self.warnings.extend(notices);
                let from = self.rows.len();
                self.rows.extend(rows);
                self.match_rows();
                return Some(Event::AddFiles(self.tasks_from(from)));
            }
        }
        None
    }

    fn on_all_read<B>(&mut self) -> Option<Event<B>> {
        if size_dumps(&mut self.rows) {
            return Some(self.read_again());
        }
        if self.given.pairs_by_order {
            // Only files that were read tell how many maps they have.
            self.is_paired = pair_by_order(&mut self.rows);
        }
        if present_roles(&self.rows).is_empty() {
            self.end = Some(Err(RunError::Failed(no_maps().to_owned())));
            return None;
        }
        let is_sized = self.reading.resize.is_none() || !self.sizes.is_empty();
        if !is_sized && size_mismatch(&self.rows).is_some() {
            self.sizes = ground_truth_sizes(&self.rows);
            return Some(Event::ReadAgain(self.tasks_again()));
        }
        self.build()
    }

    /// Has the distribution built; `None` without a map.
    fn build<B>(&self) -> Option<Event<B>> {
        let shown = *present_roles(&self.rows).first()?;
        let order = build_order(
            &self.rows,
            &self.groups,
            &self.reading,
            &self.encodings,
            shown,
        );
        Some(Event::Build(Box::new(order)))
    }

    fn on_built<B>(&mut self, depths: Box<BuiltDepths>) -> Vec<Event<B>> {
        let factors = std::mem::take(&mut self.factors);
        if !factors.is_empty() {
            // The units are guessed now, and the depths are built anew with the factors on them.
            for factor in factors {
                encodings_after(&mut self.encodings, depths.built.as_ref(), factor);
            }
            return self.build().into_iter().collect();
        }
        let set = depths.built.as_ref();
        let set = set.map(|built| frame_set(&self.rows, built, &self.reading, self.names));
        self.on_depths(depths, set.unwrap_or_default());
        self.compared = ComparedSet::new(self.set.members());
        let mut frames = self.compared.indices().to_vec();
        let lone = self.set.frames.len()..self.set.sampled().count();
        frames.extend(lone.filter_map(|place| u32::try_from(place).ok()));
        if frames.is_empty() {
            let found = Understanding::default();
            self.doubts = Some(SetDoubts::new(&found, &[], self.unsettled()));
            return self.advance();
        }
        let (set, settings) = (self.set.clone(), self.given.compare_settings());
        vec![Event::Compare(
            Box::new(set),
            frames,
            Box::new(settings),
            None,
        )]
    }

    /// Takes depths with the frames of their set, and candidates of ranges from them.
    fn on_depths(&mut self, depths: Box<BuiltDepths>, set: FrameSet) {
        if let Some(built) = &depths.built {
            let farthest_m = farthest_prediction_m(&self.rows, built);
            let summary = &depths.summary;
            use_own_candidates(&mut self.settings, built.shown, summary, farthest_m);
        }
        self.set = set;
        self.depths = Some(depths);
    }

    /// Asks what can be asked now, and makes the report once everything is known.
    fn advance<B>(&mut self) -> Vec<Event<B>> {
        let mut out = Vec::new();
        let is_compared = self.run.is_some() || self.set.sampled().next().is_none();
        if self.depths.is_none() || !is_compared || self.end.is_some() {
            return out;
        }
        if self.ranges_key.is_none() {
            let questions = self.questions();
            if !questions.is_empty() {
                self.end = Some(Err(RunError::Questions(questions)));
                return out;
            }
            if self.ends_compared {
                return out;
            }
            self.ask_ranges(&mut out);
        }
        let Some(ranges) = self.ranges() else {
            return out;
        };
        let ranges = ranges.to_vec();
        if self.report_key.is_none() {
            self.ask_for_report(ranges, &mut out);
        }
        if !out.is_empty() || self.asked.iter().any(|(_, result)| result.is_none()) {
            return out;
        }
        if self.refinements_key.is_none() {
            let basis = self.basis.take();
            let pairs = self
                .asked
                .iter()
                .map(|(query, result)| (query, result.as_deref()));
            let more = basis.as_ref().map(|basis| report_refinements(basis, pairs));
            self.basis = basis;
            self.refinements_key = Some(self.next_key());
            for query in more.unwrap_or_default() {
                self.ask(query, Priority::Rest, &mut out);
            }
            if !out.is_empty() {
                return out;
            }
        }
        self.end = self.outcome().map(|outcome| Ok(Box::new(outcome)));
        out
    }

    /// True if a run [`Self::until_compared`] is over: all frames are compared, and no question is open.
    #[must_use]
    pub fn is_compared(&self) -> bool {
        let is_compared = self.run.is_some() || self.set.sampled().next().is_none();
        let is_known = self.depths.is_some() && self.doubts.is_some();
        self.ends_compared && is_known && is_compared && self.end.is_none()
    }

    fn questions(&self) -> Vec<OpenQuestion> {
        if self.given.keeps_as_is {
            return Vec::new();
        }
        let (Some(depths), Some(doubts)) = (&self.depths, &self.doubts) else {
            return Vec::new();
        };
        open_questions(
            &self.rows,
            depths.built.as_ref(),
            doubts,
            &self.reading,
            self.names,
        )
    }

    /// Finds what the set is like. Repairs that need no question are taken, and the files read again: returns the events for that.
    fn understand<B>(&mut self) -> Option<Vec<Event<B>>> {
        let frames = std::mem::take(&mut self.samples).into_values();
        let found = Understanding::new(&SetSample::new(self.set.roles.clone(), frames));
        if self.given.keeps_as_is {
            let mut taken = taken_as_is(&found);
            let known = self.reading.settled();
            taken.retain(|t| t.settles().is_none_or(|s| !known.contains(&s)));
            self.repair(taken);
        }
        let doubts = SetDoubts::new(&found, &self.reading.settled(), self.unsettled());
        let unasked = doubts.unasked.clone();
        self.doubts = Some(doubts);
        if unasked.is_empty() {
            return None;
        }
        self.repair(unasked);
        Some(vec![self.read_again()])
    }

    /// An open question about the files themselves.
    fn unsettled(&self) -> Option<&String> {
        let unsettled = self.set.unsettled.as_ref();
        unsettled.filter(|_| !self.given.keeps_as_is)
    }

    fn read_again<B>(&mut self) -> Event<B> {
        self.run = None;
        self.depths = None;
        self.doubts = None;
        Event::Choose(self.tasks_again())
    }

    /// The tasks of all rows, to be read in another way. Archives are listed already.
    fn tasks_again(&mut self) -> Vec<FileTask> {
        self.groups.clear();
        self.job_rows.clear();
        self.tasks_from(0)
    }

    fn repair(&mut self, repairs: Vec<TakenRepair>) {
        for taken in repairs {
            let in_use = self.depths.as_ref().and_then(|d| d.built.as_ref());
            let RoleRepair { role, repair } = taken.repair;
            let is_known = in_use.is_some() || self.encodings.iter().any(|(key, _)| key.0 == role);
            if matches!(repair, Repair::Factor(_)) && !is_known {
                self.factors.push(taken.repair);
            } else {
                encodings_after(&mut self.encodings, in_use, taken.repair);
            }
            self.reading.repairs.push(taken);
        }
    }
}

/// The sentence for a set without a map.
#[must_use]
pub fn no_maps() -> &'static str {
    tr!("None of these files can be read as a depth map. The list gives the reason for each.")
}
