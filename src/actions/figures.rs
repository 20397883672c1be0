//! Queries on the shown depths for the first screen, kept up to date with the settings.

use leptos::prelude::*;

use crate::state::{Curve, MeasuredRanges, QueryGroup, SearchKey, State, keep_answered};
use fathom_analysis::{Policy, RangeSettings};
use fathom_engine::query::{Query, QueryResult};

/// Keeps the rows of the table, the curve, the best ends and the logarithmic code measured.
pub(crate) fn sync_figures(state: State) {
    sync_ranges(state);
    sync_curve(state);
    sync_best_ends(state);
    sync_log_code(state);
}

fn sync_ranges(state: State) {
    let answers = keep_answered(QueryGroup::Ranges, move || {
        let of = |s: &fathom_report::link::Settings| Query::Ranges {
            ranges: s.ranges.clone(),
            how: s.how,
        };
        vec![state.settings.with(of)]
    });
    Effect::new(move |_| {
        let measured = answers.with(|answers| match answers.pairs().next()? {
            (Query::Ranges { how, .. }, Some(QueryResult::Ranges(reports))) => {
                Some(MeasuredRanges {
                    serial: answers.serial()?,
                    how: Some(*how),
                    reports: reports.clone(),
                })
            }
            _ => None,
        });
        // The last rows stay until those to an edit are there.
        if let Some(measured) = measured {
            state.reports.set(measured);
        }
    });
}

fn sync_curve(state: State) {
    let answers = keep_answered(QueryGroup::EndSweep, move || {
        let how = state.settings.with(|s| s.how);
        let domain = state.domain.get();
        let query = domain.map(|domain| Query::EndSweep { domain, how });
        query.into_iter().collect()
    });
    Effect::new(move |_| {
        let curve = answers.with(|answers| match answers.pairs().next()? {
            (Query::EndSweep { domain, .. }, Some(QueryResult::EndSweep(points))) => Some(Curve {
                domain: *domain,
                points: points.clone(),
            }),
            _ => None,
        });
        if let Some(curve) = curve {
            state.curve.set(Some(curve));
        }
    });
}

fn sync_best_ends(state: State) {
    let answers = keep_answered(QueryGroup::BestEnds, move || {
        let query = state.search_key().map(|key| Query::BestEnds {
            domain: key.domain,
            how: key.how(),
        });
        query.into_iter().collect()
    });
    Effect::new(move |_| {
        let found = answers.with(|answers| match answers.pairs().next()? {
            (Query::BestEnds { domain, how }, Some(QueryResult::BestEnds(best))) => {
                let key = SearchKey::new(answers.serial()?, *domain, *how);
                Some((key, best.clone()))
            }
            _ => None,
        });
        if let Some((key, best)) = found {
            state.best.set(best);
            state.searched.set(Some(key));
        } else if state.searched.with_untracked(|s| s.map(|s| s.serial)) != state.serial() {
            state.best.set(Vec::new());
        }
    });
}

fn sync_log_code(state: State) {
    let answers = keep_answered(QueryGroup::LogCode, move || {
        let how = RangeSettings {
            policy: Policy::Count,
            ..state.settings.with(|s| s.how)
        };
        vec![Query::LogCodeReport { how }]
    });
    Effect::new(move |_| {
        let found = answers.with(|answers| match answers.known().next() {
            Some(QueryResult::LogCodeReport(code)) => Some(*code),
            _ => None,
        });
        state.log_code.set(found);
    });
}
