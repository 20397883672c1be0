//! What leaves the page: the whole report, once everything that it needs is answered.

use leptos::prelude::*;

use super::desk::{Answers, keep_answered};
use super::state::State;
use super::wish;
use crate::bridge::{PageReport, Wish};
use crate::charts::what_if_facts;
use crate::compare::{Change, Evidence};
use crate::inquiry::{
    Answer, Ask, Practice, PracticeFacts, report, report_asks, report_refinements,
};
use crate::web::browser;

/// The desks of the report, and of what is asked once the first is answered: after all that somebody looks at.
const REPORT: u32 = 90;
const REFINEMENTS: u32 = 91;

/// Answers the report's questions whenever it is wanted, and saves it then.
pub(super) fn keep_ready(state: State) {
    let answers = keep_answered(REPORT, move || {
        state.wanted.with(|page| {
            let Some(page) = page else { return Vec::new() };
            let mut asks = report_asks(page);
            asks.extend(changes_ask(state));
            asks
        })
    });
    let refined = keep_answered(REFINEMENTS, move || {
        state.wanted.with(|page| {
            let asks = |page| answers.with(|first| report_refinements(page, first.pairs()));
            page.as_ref().map(asks).unwrap_or_default()
        })
    });
    Effect::new(move |_| {
        // Without a range in use nothing is searched.
        let is_searched = |page: &PageReport| page.current().is_some();
        let waits = state
            .wanted
            .with(|page| page.as_ref().is_some_and(is_searched));
        let refined_too = refined.with(Answers::is_complete) || !waits;
        let ready = answers.with(Answers::is_complete) && refined_too;
        let compared = state.practice.with(Practice::is_complete);
        if !ready || !compared {
            return;
        }
        let Some(page) = state.wanted.get_untracked() else {
            return;
        };
        state.wanted.set(None);
        let saved = answers
            .with_untracked(|first| {
                refined
                    .with_untracked(|then| whole(state, &page, first.known().chain(then.known())))
            })
            .and_then(|json| {
                browser::download("report.json", "application/json", &json)
                    .map_err(|_| "the browser refused".to_owned())
            });
        if let Err(why) = saved {
            wish(&Wish::Tell {
                text: format!("report.json could not be saved ({why})."),
                warning: true,
            });
        }
    });
}

/// Somebody wants the report.
pub(super) fn start(state: State, page: PageReport) {
    state.wanted.set(Some(page));
}

fn changes_ask(state: State) -> Option<Ask> {
    state.practice.with(|p| {
        let both = p.evidence() == Some(Evidence::All) && p.is_complete();
        both.then(|| Ask::Changes {
            frames: p.evals().to_vec(),
            protocol: state.evaluator.get().protocol(),
            how: state.resampling(),
        })
    })
}

fn whole<'a>(
    state: State,
    page: &PageReport,
    answers: impl Iterator<Item = &'a Answer> + Clone,
) -> Result<String, String> {
    let changes: Vec<Change> = answers
        .clone()
        .find_map(|answer| match answer {
            Answer::Changes(changes) => Some(changes.clone()),
            _ => None,
        })
        .unwrap_or_default();
    let settings = state.compare_settings();
    let resampling = untrack(|| state.resampling());
    let other_ranges = untrack(|| state.what_if()).map(|found| what_if_facts(&found, &page.how));
    let plan = untrack(|| state.plan()).and_then(Result::ok);
    let answers_in_words = untrack(|| state.answers());
    let json = state.practice.with_untracked(|practice| {
        let facts = practice.evidence().map(|_| PracticeFacts {
            practice,
            settings: &settings,
            evaluator: state.evaluator.get_untracked(),
            changes: &changes,
            resampling,
            what_if: other_ranges.as_ref(),
            plan: plan.as_ref(),
            answers: answers_in_words.as_ref(),
        });
        report(page, answers, facts).to_json()
    });
    json.map_err(|error| error.to_string())
}
