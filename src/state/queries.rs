//! Queries of the page's views: who asks, what is answered, what is under way.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;

use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{JobId, Priority, QueryKey};

/// The asking part of the page: each group belongs to one view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum QueryGroup {
    /// The rows of the table: an edit waits for them.
    Ranges,
    /// The range under the crosshair.
    Crosshair,
    /// The changes from FP32 to INT8, which the answers on top wait for.
    Changes,
    BoardChanges,
    /// The predictions over other ranges: the answers on top wait for them too.
    Recoded,
    /// The best ends.
    BestEnds,
    /// The parts of the best range's error.
    BestRange,
    LogCode,
    /// The error against the end of the range in use.
    EndSweep,
    Histogram,
    /// The changes from the pinned result to the shown one.
    Pinned,
    /// The depths of the link: the address waits for them.
    Sketch,
    /// Two links beside each other.
    LinkComparison,
    Sweeps,
    /// Ranges that toolchains pick, as marks on the curve.
    Picks,
    Ladder,
    Calibrators,
    Map,
    Codes,
    /// The least RMSE that any code could have.
    Bound,
    Curves,
    Claims,
    /// The sums of the metrics that the map does not show.
    MapAhead,
    /// The range in use with its ends as typed and with a zero point.
    Stored,
    /// Long searches, behind all that is quick: the coarse look, then each metric.
    Surveys,
    Optima,
    /// The whole report, and what is asked once the first of it is answered: after all queries in view.
    Report,
    Refinements,
}

impl QueryGroup {
    /// The urgency of its queries, by whether the view is in the window.
    pub(super) fn priority(self, is_seen: bool) -> Priority {
        match self {
            Self::Ranges | Self::Crosshair => Priority::Edit,
            Self::Surveys | Self::Optima | Self::Report | Self::Refinements => Priority::Rest,
            _ if is_seen || self <= Self::LinkComparison => Priority::InView,
            _ => Priority::Near,
        }
    }
}

/// Queries of a view and their results.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answers {
    pub(super) serial: Option<JobId>,
    /// Number of drops of queries before these were asked.
    pub(super) asked_again: u32,
    pub(super) keys: Vec<QueryKey>,
    pub(super) asks: Vec<Query>,
    pub(super) answers: Vec<Option<Arc<QueryResult>>>,
}

impl Answers {
    /// The depths that it is about.
    pub(crate) fn serial(&self) -> Option<JobId> {
        self.serial
    }

    /// The questions with their answers, in the order they were asked.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&Query, Option<&QueryResult>)> {
        self.asks
            .iter()
            .zip(self.answers.iter().map(Option::as_deref))
    }

    /// True if something was asked, and every question is answered.
    pub(crate) fn is_complete(&self) -> bool {
        !self.answers.is_empty() && self.answers.iter().all(Option::is_some)
    }

    /// Number of answered queries, and of all.
    pub(crate) fn progress(&self) -> (usize, usize) {
        (self.known().count(), self.asks.len())
    }

    /// The answers that are there.
    pub(crate) fn known(&self) -> impl Iterator<Item = &QueryResult> + Clone {
        self.answers.iter().filter_map(Option::as_deref)
    }

    /// The questions that are not answered.
    pub(super) fn open(&self) -> impl Iterator<Item = QueryKey> {
        let answers = self.answers.iter();
        let open = self.keys.iter().zip(answers).filter(|(_, a)| a.is_none());
        open.map(|(key, _)| *key)
    }
}

/// Results of a view, and queries under way.
pub(super) struct Pending {
    pub(super) kept: RwSignal<Answers>,
    pub(super) waiting: Vec<(QueryKey, QueryResult)>,
    pub(super) is_seen: bool,
    /// Milliseconds that the last intake took, until it was on the screen.
    pub(super) took_ms: f64,
}

/// The queries of all views.
#[derive(Default)]
pub(crate) struct PendingQueries {
    pub(super) groups: BTreeMap<QueryGroup, Pending>,
    /// The asking part of the page.
    pub(super) askers: BTreeMap<QueryKey, QueryGroup>,
    last_key: QueryKey,
}

impl PendingQueries {
    pub(super) fn next_key(&mut self, group: QueryGroup) -> QueryKey {
        self.last_key = self.last_key.wrapping_add(1);
        self.askers.insert(self.last_key, group);
        self.last_key
    }

    pub(super) fn is_seen(&self, group: QueryGroup) -> bool {
        self.groups.get(&group).is_some_and(|own| own.is_seen)
    }
}
