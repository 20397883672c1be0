//! What leaves the page: the whole report in one of its forms, once everything that it needs is answered.

use super::notices::notify;
use crate::browser::{canvas, dom};
use crate::state::{
    Dataset, Origin, QueryAnswers, QueryGroup, Recoded, ReportForm, Severity, State, keep_answered,
};
use fathom_analysis::compare::ComparedSet;
use fathom_analysis::compare::{Change, Evidence};
use fathom_core::i18n::{msgid, tr, tr_dynamic, with_english};
use fathom_core::metrics::Criterion;
use fathom_core::stats::active_markers;
use fathom_engine::file_set::input_infos;
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::report_basis::{files_source, sample_source};
use fathom_engine::{
    ComparedInfo, Conclusions, ReadingSettings, ReportBasis, headline, report, report_queries,
    report_refinements,
};
use fathom_plot::charts::{DocumentInfo, document_pictures};
use fathom_report::export::{Document, DocumentChart, archive, csv, html, markdown, tables};
use fathom_report::report::{InputInfo, ReadingInfo, Report, Searches, WhatIfSection};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The title of what is read.
const TITLE: &str = msgid("What INT8 does to these depth maps");

/// Saves the report, once the shown ranges are measured.
pub(crate) fn export(state: State, form: ReportForm) {
    spawn_local(async move {
        let serial = state.serial_untracked();
        while !untrack(|| state.is_measured()) {
            if state.serial_untracked() != serial {
                return;
            }
            dom::next_frame().await;
        }
        if let Some(data) = state.data.get_untracked() {
            start(state, form, report_basis(state, &data));
        }
    });
}

/// The figures of the shown depths that a report needs before any query is answered.
fn report_basis(state: State, data: &Dataset) -> ReportBasis {
    let settings = state.settings.get_untracked();
    ReportBasis {
        inputs: input_facts(state, data),
        source: source_text(state, data),
        summary: data.summary,
        resolution: data.resolution,
        how: settings.how,
        reading: reading_facts(state, data),
        ranges: state.reports.with_untracked(|r| r.reports.clone()),
        best: state.best.get_untracked(),
        current: settings.current,
        found: settings.found,
        is_sample: data.is_sample(),
        role: data.shown_role(),
        searches: Searches::default(),
    }
}

/// How the files of the shown depths were read; nothing for what comes from none.
fn reading_facts(state: State, data: &Dataset) -> ReadingInfo {
    let Origin::Files { built } = &data.origin else {
        return ReadingInfo::default();
    };
    state.reading.with_untracked(|reading| ReadingInfo {
        crop: reading.crop,
        window: reading.window,
        markers: active_markers(&built.markers),
        repairs: reading.repair_infos(),
    })
}

fn source_text(state: State, data: &Dataset) -> String {
    match &data.origin {
        Origin::Sample => sample_source(),
        Origin::Link { source, .. } => tr!("link: {source}", source),
        Origin::Files { built } => {
            let files = files_source(built.shown);
            let repairs = state.reading.with_untracked(ReadingSettings::repairs_text);
            repairs.map_or(files.clone(), |repairs| format!("{files}. {repairs}"))
        }
    }
}

fn input_facts(state: State, data: &Dataset) -> Vec<InputInfo> {
    match &data.origin {
        Origin::Files { built } => state.files.with_untracked(|rows| input_infos(rows, built)),
        Origin::Sample | Origin::Link { .. } => Vec::new(),
    }
}

/// Answers the report's questions whenever it is wanted, and saves it then.
pub(crate) fn sync_report(state: State) {
    let answers = keep_answered(QueryGroup::Report, move || {
        state.report.with(|page| {
            let Some(page) = page else { return Vec::new() };
            let mut asks = report_queries(page);
            asks.extend(changes_ask(state));
            asks.extend(state.facing_ask());
            asks
        })
    });
    let refined = keep_answered(QueryGroup::Refinements, move || {
        state.report.with(|page| {
            let asks = |page| answers.with(|first| report_refinements(page, first.pairs()));
            page.as_ref().map(asks).unwrap_or_default()
        })
    });
    Effect::new(move |_| {
        // A search needs a range in use, and the reader's request.
        let is_searched =
            |page: &ReportBasis| page.searches == Searches::All && page.current().is_some();
        let waits = state
            .report
            .with(|page| page.as_ref().is_some_and(is_searched));
        let (first, then) = (
            answers.with(QueryAnswers::progress),
            refined.with(QueryAnswers::progress),
        );
        let to_refine = if waits { Criterion::ALL.len() } else { 0 };
        state
            .prepared
            .set((first.0 + then.0, first.1 + then.1.max(to_refine)));
        let Some(form) = state.wanted.get() else {
            return;
        };
        let refined_too = refined.with(QueryAnswers::is_complete) || !waits;
        let ready = answers.with(QueryAnswers::is_complete) && refined_too;
        let compared = state.practice.with(ComparedSet::is_complete);
        let needs_answers = form != ReportForm::Script;
        if needs_answers && (!ready || !compared || state.awaits_recodings()) {
            return;
        }
        let Some(page) = state.report.get_untracked() else {
            return;
        };
        state.wanted.set(None);
        let content = answers.with_untracked(|first| {
            refined.with_untracked(|then| {
                let known: Vec<&QueryResult> = first.known().chain(then.known()).collect();
                made(state, form, &page, &known)
            })
        });
        let saved = content.and_then(|bytes| {
            dom::download(form.file_name(), form.media_type(), &bytes)
                .map_err(|_| tr!("the browser refused").to_owned())
        });
        if let Err(why) = saved {
            notify(
                state,
                Severity::Warning,
                tr!("{} could not be saved ({why}).", form.file_name(), why),
            );
        }
    });
}

/// Starts the report in this form.
fn start(state: State, form: ReportForm, mut page: ReportBasis) {
    if state.searches_wanted.get_untracked() {
        page.searches = Searches::All;
    }
    // What was answered stays answered, as long as it is the same question.
    state.report.set(Some(page));
    state.wanted.set(Some(form));
}

/// Stops the report.
pub(crate) fn cancel(state: State) {
    state.wanted.set(None);
    state.report.set(None);
}

/// The file's content.
fn made(
    state: State,
    form: ReportForm,
    page: &ReportBasis,
    answers: &[&QueryResult],
) -> Result<Vec<u8>, String> {
    let failed = |error: serde_json::Error| error.to_string();
    let whole = || whole(state, page, answers.iter().copied());
    match form {
        ReportForm::Script => headline(page).map(String::into_bytes),
        ReportForm::Json => with_english(|| whole().to_json())
            .map(String::into_bytes)
            .map_err(failed),
        ReportForm::Tables => {
            let tables = tables(&whole()).map_err(failed)?;
            let files: Result<Vec<(String, String)>, String> = tables
                .iter()
                .map(|table| {
                    let text = csv(table).map_err(|error| error.to_string())?;
                    Ok((format!("{}.csv", table.name), text))
                })
                .collect();
            let files = files?;
            let files = files
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str()));
            archive(files).map_err(|error| error.to_string())
        }
        ReportForm::Markdown => {
            let document = Document::new(tr_dynamic(TITLE), &whole(), &[]).map_err(failed)?;
            Ok(markdown(&document).into_bytes())
        }
        ReportForm::Html => {
            let pictures = pictures(state, page, answers)?;
            let document = Document::new(tr_dynamic(TITLE), &whole(), &pictures).map_err(failed)?;
            Ok(html(&document).into_bytes())
        }
    }
}

/// The charts in the colours of paper, whatever the screen's are.
fn pictures(
    state: State,
    page: &ReportBasis,
    answers: &[&QueryResult],
) -> Result<Vec<DocumentChart>, String> {
    let palette = canvas::paper_palette().ok_or(tr!("the browser gives no colours"))?;
    let Some(current) = page.ranges.get(page.current as usize).map(|r| &r.named) else {
        return Ok(Vec::new());
    };
    let sweep = answers.iter().find_map(|answer| match answer {
        QueryResult::Sweep(domain, points) => Some((*domain, points.as_slice())),
        _ => None,
    });
    let recoded = state.recoded.get_untracked();
    let what_if = match &recoded {
        Recoded::There(found) => Some(&found.curve),
        Recoded::Nothing | Recoded::Underway => None,
    };
    let int8_m = untrack(|| state.measured_int8_m());
    state.practice.with_untracked(|practice| {
        let facts = DocumentInfo {
            practice,
            how: &page.how,
            current,
            best: &page.best,
            sweep,
            what_if,
            int8_m,
        };
        document_pictures(&facts, &palette)
    })
}

fn changes_ask(state: State) -> Option<Query> {
    state.practice.with(|p| {
        let both = p.evidence() == Some(Evidence::All) && p.is_complete();
        both.then(|| Query::Changes {
            frames: p.metric_sums().to_vec(),
            protocol: state.protocol(),
            how: state.resampling(),
        })
    })
}

fn whole<'a>(
    state: State,
    page: &ReportBasis,
    answers: impl Iterator<Item = &'a QueryResult> + Clone,
) -> Report {
    let changes: Vec<Change> = answers
        .clone()
        .find_map(|answer| match answer {
            QueryResult::Changes(changes) => Some(changes.clone()),
            _ => None,
        })
        .unwrap_or_default();
    let settings = state.compare_settings();
    let resampling = untrack(|| state.resampling());
    let other_ranges = state.recoded.with_untracked(|recoded| match recoded {
        Recoded::There(found) => Some(WhatIfSection::new(&found.curve, &page.how)),
        Recoded::Nothing | Recoded::Underway => None,
    });
    let plan = untrack(|| state.plan()).and_then(Result::ok);
    let answers_in_words = untrack(|| state.conclusion()).flatten();
    let shared = untrack(|| state.shared_now());
    state.practice.with_untracked(|practice| {
        let facts = practice.evidence().map(|_| ComparedInfo {
            practice,
            settings: &settings,
            evaluator: state
                .own_protocol
                .with_untracked(Option::is_none)
                .then(|| state.evaluator.get_untracked()),
            changes: &changes,
            resampling,
            what_if: other_ranges.as_ref(),
        });
        let conclusions = Conclusions {
            shared: shared.as_ref().map(|shared| (shared, &settings.protocol)),
            plan: plan.as_ref(),
            answers: answers_in_words.as_ref(),
            is_unjudged: state
                .doubts
                .get_untracked()
                .is_none_or(|doubts| doubts.is_unjudged),
        };
        report(page, answers, facts, conclusions)
    })
}
