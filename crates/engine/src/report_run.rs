//! From chosen files, or the built-in sample, to the whole report without a reader: the order in which a session is asked, and what each
//! answer leads to. Every setting is that of a first visit.

use std::collections::BTreeMap;

use fathom_analysis::compare::{
    Average, Change, CompareSettings, ComparedSet, DEFAULT_BAND_EDGES_M, EvalProtocol, Evaluator,
    Evidence, Resampling,
};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::planner::RestShares;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::understanding::{FrameSample, SetSample, Understanding};
use fathom_analysis::{BestRange, RangeReport};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::stats::active_markers;
use fathom_report::link::Settings;
use fathom_report::report::{ReadingInfo, Report, Searches, WhatIfSection};

use crate::archive_names::NameText;
use crate::distribution_build::Built;
use crate::file_content::FileContent;
use crate::file_row::{FileRow, FileState, ReadingSettings};
use crate::file_set::{
    ChosenEncoding, GroupKey, build_order, duplicates_warning, encodings_after,
    farthest_prediction_m, frame_set, group_of, input_infos, mask_row, match_rows, member_rows,
    present_roles, read_options, size_dumps, size_mismatch,
};
use crate::frame_files::FrameSet;
use crate::known_figures::{KnownFigures, KnownRequantized, found_range};
use crate::messages::{BuiltDepths, Priority, ReadFile};
use crate::query::{Query, QueryResult};
use crate::range_settings::{default_settings, sweep_domain, use_found_range, use_own_candidates};
use crate::report_basis::{ReportBasis, files_source, sample_source};
use crate::session_types::{Event, FileTask, QueryKey, Update};
use crate::set_doubts::{SetAnswer, SetDoubts, SetQuestion, TakenRepair};
use crate::whole_report::{ComparedInfo, Conclusions, report, report_queries, report_refinements};

/// A query of a run and its result.
type Asked = (Query, Option<Box<QueryResult>>);

/// The predictions over other ranges.
#[derive(Debug, Default)]
enum OtherRanges {
    #[default]
    NotAsked,
    None,
    Known(Box<Requantized>),
}

/// A run from files to a report.
#[derive(Debug)]
pub struct ReportRun {
    searches: Searches,
    names: NameText,
    reading: ReadingSettings,
    rows: Vec<FileRow>,
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
    /// The doubts about the set; `None` while it is sampled.
    doubts: Option<SetDoubts>,
    /// The number of the comparison, once all frames are compared.
    run: Option<u32>,
    asked: Vec<Asked>,
    ranges_key: Option<QueryKey>,
    best_key: Option<QueryKey>,
    changes_key: Option<QueryKey>,
    requantized_key: Option<QueryKey>,
    /// The first query of the report, and of what follows from its results.
    report_key: Option<QueryKey>,
    refinements_key: Option<QueryKey>,
    basis: Option<ReportBasis>,
    end: Option<Result<Box<Report>, String>>,
}

impl ReportRun {
    /// A run over files, in their order; over the built-in sample without any.
    #[must_use]
    pub fn new(rows: Vec<FileRow>, searches: Searches, names: NameText) -> Self {
        Self {
            searches,
            names,
            reading: ReadingSettings::default(),
            rows,
            job_rows: Vec::new(),
            groups: Vec::new(),
            warnings: Vec::new(),
            settings: default_settings(),
            depths: None,
            set: FrameSet::default(),
            compared: ComparedSet::default(),
            samples: BTreeMap::new(),
            encodings: Vec::new(),
            doubts: None,
            run: None,
            asked: Vec::new(),
            ranges_key: None,
            best_key: None,
            changes_key: None,
            requantized_key: None,
            report_key: None,
            refinements_key: None,
            basis: None,
            end: None,
        }
    }

    /// The first event for a session.
    #[must_use]
    pub fn start<B>(&mut self) -> Event<B> {
        if self.rows.is_empty() {
            return Event::Sample;
        }
        match_rows(&mut self.rows, self.names);
        Event::Choose(self.tasks_from(0))
    }

    /// Takes news of a session. Returns the events that follow.
    pub fn on_update<B>(&mut self, update: Update) -> Vec<Event<B>> {
        match update {
            Update::FileRead(file, result) => self.on_read(file, result).into_iter().collect(),
            Update::AllRead => self.on_all_read().into_iter().collect(),
            Update::Built(Ok(depths)) => self.on_built(depths),
            Update::Built(Err(why)) | Update::NoWorkers(why) => {
                self.end = Some(Err(why));
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

    /// The report, or why there is none, once the run is over.
    pub fn take_end(&mut self) -> Option<Result<Box<Report>, String>> {
        self.end.take()
    }

    /// Warnings of this run: files that were not read or not compared, each with its reason, and doubts.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut out = self.warnings.clone();
        out.extend(self.rows.iter().filter_map(|row| match &row.state {
            FileState::Refused(why) => Some(format!("{}: {why}.", row.path)),
            _ => None,
        }));
        out.extend(duplicates_warning(&self.rows));
        let doubts = self.doubts.iter();
        out.extend(doubts.clone().flat_map(|d| d.notes.iter().cloned()));
        out.extend(
            doubts
                .filter_map(|d| d.question.as_ref())
                .map(in_one_sentence),
        );
        let failures = self.compared.failures().iter();
        out.extend(failures.map(|(name, why)| format!("{name}: {why}.")));
        out
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

    fn task(&mut self, at: usize) -> Option<FileTask> {
        let row = &self.rows[at];
        let options = read_options(&self.rows, row, &self.reading, &BTreeMap::new())?;
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
                let (rows, notices) = member_rows(&self.rows[at], &list, self.names);
                self.rows[at].state = FileState::Archive(list.members.len());
                self.warnings.extend(notices);
                let from = self.rows.len();
                self.rows.extend(rows);
                match_rows(&mut self.rows, self.names);
                return Some(Event::AddFiles(self.tasks_from(from)));
            }
        }
        None
    }

    fn on_all_read<B>(&mut self) -> Option<Event<B>> {
        if size_dumps(&mut self.rows) {
            return Some(self.read_again());
        }
        let Some(&shown) = present_roles(&self.rows).first() else {
            self.end = Some(Err(no_maps().to_owned()));
            return None;
        };
        if let Some(mismatch) = size_mismatch(&self.rows) {
            let ((width, height), (gt_width, gt_height)) = (mismatch.own, mismatch.wanted);
            self.warnings.push(tr!(
                "{} is {} x {} pixels and its ground truth {} x {}: they are not compared. Resize one of them.",
                mismatch.role.title(),
                width,
                height,
                gt_width,
                gt_height
            ));
        }
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
        if let Some(built) = &depths.built {
            let farthest_m = farthest_prediction_m(&self.rows, built);
            let summary = &depths.summary;
            use_own_candidates(&mut self.settings, built.shown, summary, farthest_m);
            self.set = frame_set(&self.rows, built, &self.reading, self.names);
        }
        self.compared = ComparedSet::new(self.set.members());
        self.depths = Some(depths);
        let mut frames = self.compared.indices().to_vec();
        let lone = self.set.frames.len()..self.set.sampled().count();
        frames.extend(lone.filter_map(|place| u32::try_from(place).ok()));
        if frames.is_empty() {
            let found = Understanding::default();
            let unsettled = self.set.unsettled.as_ref();
            self.doubts = Some(SetDoubts::new(&found, &[], unsettled));
            return self.advance();
        }
        let (set, settings) = (self.set.clone(), compare_settings());
        vec![Event::Compare(
            Box::new(set),
            frames,
            Box::new(settings),
            None,
        )]
    }

    /// Asks what can be asked now, and makes the report once everything is known.
    fn advance<B>(&mut self) -> Vec<Event<B>> {
        let mut out = Vec::new();
        let is_compared = self.run.is_some() || self.set.sampled().next().is_none();
        if self.depths.is_none() || !is_compared || self.end.is_some() {
            return out;
        }
        if self.ranges_key.is_none() {
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
        self.end = self.finished().map(|report| Ok(Box::new(report)));
        out
    }

    /// Finds what the set is like. Repairs that need no question are taken, and the files read again: returns the events for that.
    fn understand<B>(&mut self) -> Option<Vec<Event<B>>> {
        let frames = std::mem::take(&mut self.samples).into_values();
        let found = Understanding::new(&SetSample::new(self.set.roles.clone(), frames));
        let doubts = SetDoubts::new(&found, &[], self.set.unsettled.as_ref());
        let unasked = doubts.unasked.clone();
        self.doubts = Some(doubts);
        if unasked.is_empty() {
            return None;
        }
        self.repair(unasked);
        Some(vec![self.read_again()])
    }

    fn read_again<B>(&mut self) -> Event<B> {
        self.groups.clear();
        self.job_rows.clear();
        self.run = None;
        self.depths = None;
        self.doubts = None;
        Event::Choose(self.tasks_from(0))
    }

    /// Takes repairs before the files are read.
    pub fn repair(&mut self, repairs: Vec<TakenRepair>) {
        for taken in repairs {
            let in_use = self.depths.as_ref().and_then(|d| d.built.as_ref());
            encodings_after(&mut self.encodings, in_use, taken.repair);
            self.reading.repairs.push(taken);
        }
    }

    fn next_key(&self) -> QueryKey {
        u32::try_from(self.asked.len()).unwrap_or(u32::MAX)
    }

    fn ask<B>(&mut self, query: Query, priority: Priority, out: &mut Vec<Event<B>>) -> QueryKey {
        let key = self.next_key();
        out.push(Event::Query(key, priority, Box::new(query.clone())));
        self.asked.push((query, None));
        key
    }

    /// The result of a query, once it is there.
    fn result(&self, key: Option<QueryKey>) -> Option<&QueryResult> {
        self.asked.get(key? as usize)?.1.as_deref()
    }

    fn ranges(&self) -> Option<&[RangeReport]> {
        match self.result(self.ranges_key)? {
            QueryResult::Ranges(ranges) => Some(ranges),
            _ => Some(&[]),
        }
    }

    fn best(&self) -> &[BestRange] {
        match self.result(self.best_key) {
            Some(QueryResult::BestEnds(best)) => best,
            _ => &[],
        }
    }

    fn changes(&self) -> &[Change] {
        match self.result(self.changes_key) {
            Some(QueryResult::Changes(changes)) => changes,
            _ => &[],
        }
    }

    fn other_ranges(&self) -> OtherRanges {
        match self.result(self.requantized_key) {
            None => OtherRanges::NotAsked,
            Some(QueryResult::Requantized(found)) => OtherRanges::Known(found.clone()),
            Some(_) => OtherRanges::None,
        }
    }

    /// The settings are final now: INT8's own range is known.
    fn ask_ranges<B>(&mut self, out: &mut Vec<Event<B>>) {
        if let Some((found, code)) = found_range(&self.compared, self.settings.how.bits) {
            use_found_range(&mut self.settings, found, code);
        }
        let (ranges, how) = (self.settings.ranges.clone(), self.settings.how);
        self.ranges_key = Some(self.ask(Query::Ranges { ranges, how }, Priority::Edit, out));
        let summary = self.depths.as_ref().map(|depths| depths.summary);
        let domain = summary.and_then(|s| sweep_domain(s.max_m, s.median_m(), &self.settings));
        if let Some(domain) = domain {
            let how = self.settings.how;
            let best = Query::BestEnds { domain, how };
            self.best_key = Some(self.ask(best, Priority::InView, out));
        }
        if self.compared.evidence().is_some_and(Evidence::has_both) {
            let changes = Query::Changes {
                frames: self.compared.metric_sums().to_vec(),
                protocol: protocol(),
                how: resampling(),
            };
            self.changes_key = Some(self.ask(changes, Priority::InView, out));
        }
    }

    fn ask_for_report<B>(&mut self, ranges: Vec<RangeReport>, out: &mut Vec<Event<B>>) {
        let Some(depths) = &self.depths else { return };
        let built = depths.built.as_ref();
        let basis = ReportBasis {
            inputs: built.map_or_else(Vec::new, |built| input_infos(&self.rows, built)),
            source: built.map_or_else(sample_source, |built| files_source(built.shown)),
            summary: depths.summary,
            resolution: depths.resolution,
            how: self.settings.how,
            reading: built.map_or_else(ReadingInfo::default, |built| self.reading_info(built)),
            ranges,
            best: Vec::new(),
            current: self.settings.current,
            found: self.settings.found,
            is_sample: built.is_none(),
            role: self.role(),
            searches: self.searches,
        };
        if let (Some(run), Some(current)) = (self.run, basis.current()) {
            let narrower = RangeReport::narrower(&basis.ranges, current);
            let requantized = Query::Requantized {
                run,
                current,
                narrower: narrower.map(|report| report.named.range),
                how: basis.how,
            };
            self.requantized_key = Some(self.ask(requantized, Priority::InView, out));
        }
        self.report_key = Some(self.next_key());
        for query in report_queries(&basis) {
            self.ask(query, Priority::Rest, out);
        }
        self.basis = Some(basis);
    }

    fn reading_info(&self, built: &Built) -> ReadingInfo {
        ReadingInfo {
            crop: self.reading.crop,
            window: self.reading.window,
            markers: active_markers(&built.markers),
            repairs: self.reading.repair_infos(),
        }
    }

    fn role(&self) -> Option<Role> {
        Some(self.depths.as_ref()?.built.as_ref()?.shown)
    }

    fn finished(&self) -> Option<Report> {
        let basis = ReportBasis {
            best: self.best().to_vec(),
            ..self.basis.clone()?
        };
        let other_ranges = self.other_ranges();
        let numbers = CalculatorInput::published();
        let known = KnownFigures {
            settings: &self.settings,
            ranges: &basis.ranges,
            best: &basis.best,
            compared: &self.compared,
            changes: self.changes(),
            evaluator: Some(Evaluator::default()),
            average: Average::default(),
            shared: None,
            requantized: match &other_ranges {
                OtherRanges::Known(found) => KnownRequantized::Known(found),
                OtherRanges::None | OtherRanges::NotAsked => KnownRequantized::None,
            },
            numbers: &numbers,
            rest: RestShares::default(),
            parameters: None,
            is_sample: basis.is_sample,
            role: basis.role,
            doubts: self.doubts.as_ref(),
        };
        let plan = known.plan().and_then(Result::ok);
        let answers = known.conclusion().flatten();
        let settings = compare_settings();
        let what_if = match &other_ranges {
            OtherRanges::Known(found) => Some(WhatIfSection::new(&found.curve, &basis.how)),
            OtherRanges::None | OtherRanges::NotAsked => None,
        };
        let compared = self.compared.evidence().map(|evidence| ComparedInfo {
            practice: &self.compared,
            settings: &settings,
            evaluator: Some(Evaluator::default()),
            changes: if evidence == Evidence::All {
                self.changes()
            } else {
                &[]
            },
            resampling: resampling(),
            what_if: what_if.as_ref(),
        });
        let conclusions = Conclusions {
            shared: None,
            plan: plan.as_ref(),
            answers: answers.as_ref(),
            is_unjudged: self.doubts.as_ref().is_none_or(|d| d.is_unjudged),
        };
        let from = self.report_key? as usize;
        let results = self.asked[from..].iter();
        let results: Vec<&QueryResult> = results.filter_map(|(_, r)| r.as_deref()).collect();
        Some(report(&basis, results.into_iter(), compared, conclusions))
    }
}

/// A question with the repairs that answer it, as they are given on the command line.
fn in_one_sentence(question: &SetQuestion) -> String {
    let repairs = |answer: &SetAnswer| {
        let all = answer.repairs.iter();
        let all: Vec<String> = all.map(|t| format!("--repair {}", t.repair)).collect();
        all.join(" ")
    };
    let answers: Vec<String> = question.answers.iter().map(repairs).collect();
    let first = answers.first().map_or_else(String::new, |first| {
        tr!(" The report has no verdict. To repair: {first}", first)
    });
    format!("{}{first}", question.text)
}

/// The sentence for a set without a map.
#[must_use]
pub fn no_maps() -> &'static str {
    tr!("None of these files could be read as a depth map; each one's reason is listed.")
}

fn protocol() -> EvalProtocol {
    Evaluator::default().protocol()
}

fn compare_settings() -> CompareSettings {
    CompareSettings {
        protocol: protocol(),
        band_edges_m: DEFAULT_BAND_EDGES_M.to_vec(),
        ..CompareSettings::default()
    }
}

fn resampling() -> Resampling {
    Resampling {
        average: Average::default(),
        ..Resampling::default()
    }
}
