//! Exports: the whole report in one of its forms, once all of its queries are answered.

use super::notices::notify;
use super::pictures::read_worst;
use crate::browser::dom;
use crate::state::{
    Dataset, Origin, QueryAnswers, QueryGroup, ReportForm, Severity, State, WorstMaps,
    keep_answered,
};
use fathom_analysis::compare::{ComparedSet, Evidence};
use fathom_core::i18n::{tr, with_english};
use fathom_core::metrics::Criterion;
use fathom_engine::known_figures::KnownFigures;
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::report_basis::{FilesOrigin, sample_source};
use fathom_engine::{
    ReportBasis, chart_data, headline, report, report_queries, report_refinements,
};
use fathom_plot::charts::{html_report, markdown_report};
use fathom_report::export::{DocumentOrigin, archive, csv, tables};
use fathom_report::network::NetworkEvidence;
use fathom_report::report::{ReadingInfo, Report, Searches};
use leptos::prelude::*;
use leptos::task::spawn_local;

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
    let origin = origin(state, data);
    ReportBasis {
        inputs: origin.inputs,
        source: origin.source,
        summary: data.summary,
        resolution: data.resolution,
        how: settings.how,
        reading: origin.reading,
        ranges: state.reports.with_untracked(|r| r.reports.clone()),
        best: state.best.get_untracked(),
        current: settings.current,
        found: settings.found,
        is_sample: data.is_sample(),
        role: data.shown_role(),
        searches: Searches::default(),
    }
}

fn origin(state: State, data: &Dataset) -> FilesOrigin {
    let fileless = |source| FilesOrigin {
        inputs: Vec::new(),
        source,
        reading: ReadingInfo::default(),
    };
    match &data.origin {
        Origin::Sample => fileless(sample_source()),
        Origin::Link { source, .. } => fileless(tr!("link: {source}", source)),
        Origin::Files { built } => state.files.with_untracked(|rows| {
            let reading = state.reading;
            reading.with_untracked(|reading| FilesOrigin::new(rows, built, reading))
        }),
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
        // A document holds the link, which workers may still be making.
        let is_document = matches!(form, ReportForm::Html | ReportForm::Markdown);
        if is_document && state.link.with(Option::is_none) {
            return;
        }
        if form == ReportForm::Html {
            match state.worst_maps.get() {
                WorstMaps::Unknown => return read_worst(state),
                WorstMaps::Requested => return,
                WorstMaps::Known(_) => {}
            }
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
            markdown_report(&whole(), &origin_now(state)).map(String::into_bytes)
        }
        ReportForm::Html => {
            let report = whole();
            let html = untrack(|| {
                let worst = match state.worst_maps.get() {
                    WorstMaps::Known(worst) => worst,
                    WorstMaps::Unknown | WorstMaps::Requested => None,
                };
                state.with_figures(|known| {
                    let answers = answers.iter().copied();
                    let data = chart_data(page, answers, known, worst.as_deref());
                    html_report(&report, data.as_ref(), &origin_now(state))
                })
            });
            html.map(String::into_bytes)
        }
    }
}

/// Today, in UTC, and the address with the link.
fn origin_now(state: State) -> DocumentOrigin {
    let link = state.link.get_untracked();
    DocumentOrigin {
        date: dom::date_today(),
        link: link.map(|link| dom::address_with(&link.fragment)),
    }
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
    let changes = answers.clone().find_map(|answer| match answer {
        QueryResult::Changes(changes) => Some(changes.as_slice()),
        _ => None,
    });
    untrack(|| {
        let network = super::network::measured_section(state);
        state.with_figures(|known| {
            let known = KnownFigures {
                changes: changes.unwrap_or(known.changes),
                network: network.as_ref().map(|section| NetworkEvidence {
                    section,
                    kept: known.network.and_then(|network| network.kept),
                }),
                ..*known
            };
            report(page, answers, &known)
        })
    })
}
