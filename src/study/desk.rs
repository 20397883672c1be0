//! Questions to the workers, kept answered: a section says what it wants to know, and gets the answers as they come.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::crew;
use super::state::State;
use crate::web::browser;
use fathom_engine::JobId;
use fathom_engine::query::{Query, QueryResult};

/// Who asks: each belongs to one section. Earlier ones are answered first, behind those of a section that somebody looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Desk {
    /// The changes from FP32 to INT8, which the answers on top wait for.
    Changes,
    BoardChanges,
    /// The predictions over other ranges: the answers on top wait for them too.
    Recoded,
    /// What the link carries of the depths: the address waits for it.
    Sketch,
    /// Two links beside each other.
    LinkComparison,
    Sweeps,
    /// The truth's own curve beside that of the predictions.
    Truth,
    /// Ranges that toolchains pick, as marks on the curve.
    Picks,
    Ladder,
    Family,
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
    /// The whole report, and what is asked once the first of it is answered: after all that somebody looks at.
    Report,
    Refinements,
}

/// What a section asked, and what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answers {
    serial: Option<JobId>,
    tickets: Vec<u32>,
    asks: Vec<Query>,
    answers: Vec<Option<Arc<QueryResult>>>,
}

impl Answers {
    /// The questions with their answers, in the order they were asked.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Query, Option<&QueryResult>)> {
        self.asks
            .iter()
            .zip(self.answers.iter().map(Option::as_deref))
    }

    /// Whether something was asked, and every question is answered.
    pub(super) fn is_complete(&self) -> bool {
        !self.answers.is_empty() && self.answers.iter().all(Option::is_some)
    }

    /// How many questions are answered, and how many there are.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.known().count(), self.asks.len())
    }

    /// The answers that are there.
    pub(super) fn known(&self) -> impl Iterator<Item = &QueryResult> + Clone {
        self.answers.iter().filter_map(Option::as_deref)
    }
}

/// Answers are taken in at most one part in this many of the time: what is made anew with them takes the processor from the workers.
const INTAKE_REST: f64 = 4.0;

/// What a section knows, and what is on its way to it.
struct Tray {
    kept: RwSignal<Answers>,
    waiting: Vec<(u32, QueryResult)>,
    /// Milliseconds that the last intake took, until it was on the screen.
    took_ms: f64,
}

thread_local! {
    static DESKS: RefCell<BTreeMap<u32, Tray>> = const { RefCell::new(BTreeMap::new()) };
    static TICKETS: RefCell<u32> = const { RefCell::new(0) };
}

fn next_ticket() -> u32 {
    TICKETS.with_borrow_mut(|ticket| {
        *ticket = ticket.wrapping_add(1);
        *ticket
    })
}

/// Keeps what `wanted` asks answered. Nothing is asked while it wants nothing; questions that stay keep their answers. A desk belongs to
/// one section.
pub(super) fn keep_answered(
    desk: Desk,
    wanted: impl Fn() -> Vec<Query> + Send + Sync + 'static,
) -> RwSignal<Answers> {
    let state = State::here();
    let kept = RwSignal::new(Answers::default());
    let tray = Tray {
        kept,
        waiting: Vec::new(),
        took_ms: 0.0,
    };
    DESKS.with_borrow_mut(|desks| desks.insert(desk as u32, tray));
    on_cleanup(move || leave(desk, kept));
    let wanted = Memo::new(move |_| (state.serial(), wanted()));
    Effect::new(move |_| {
        let (serial, asks) = wanted.get();
        let Some(serial) = serial else { return };
        let mut waiting = Vec::new();
        kept.update(|kept| {
            let old = std::mem::take(kept);
            let same_depths = old.serial == Some(serial);
            kept.serial = Some(serial);
            for ask in asks {
                let known = same_depths
                    .then(|| old.asks.iter().position(|other| *other == ask))
                    .flatten()
                    .and_then(|at| old.answers[at].clone());
                let ticket = next_ticket();
                if known.is_none() {
                    waiting.push((ticket, ask.clone()));
                }
                kept.tickets.push(ticket);
                kept.asks.push(ask);
                kept.answers.push(known);
            }
        });
        if let Some(crew) = crew() {
            crew.ask(desk as u32, waiting);
        }
    });
    kept
}

/// Somebody looks at the section of these desks, or no longer.
pub(super) fn look_at(desks: &[Desk], is_seen: bool) {
    if let Some(crew) = crew() {
        desks
            .iter()
            .for_each(|desk| crew.prefer(*desk as u32, is_seen));
    }
}

/// A section goes: nobody waits for its answers any more, and what it kept them in is gone. Another may have the desk already.
fn leave(desk: Desk, kept: RwSignal<Answers>) {
    let was_its = DESKS.with_borrow_mut(|desks| {
        let is_its = desks.get(&(desk as u32))?.kept == kept;
        is_its.then(|| desks.remove(&(desk as u32)))
    });
    if was_its.is_some()
        && let Some(crew) = crew()
    {
        crew.ask(desk as u32, []);
    }
}

/// An answer came. Several are taken in together, so that a view is not made anew for each; the last one is not kept waiting.
pub(super) fn on_answer(desk: u32, ticket: u32, answer: QueryResult) {
    let rest_ms = DESKS.with_borrow_mut(|desks| {
        let tray = desks.get_mut(&desk)?;
        tray.waiting.push((ticket, answer));
        let (known, all) = tray.kept.with_untracked(Answers::progress);
        if known + tray.waiting.len() >= all {
            return Some(0.0);
        }
        (tray.waiting.len() == 1).then_some(INTAKE_REST * tray.took_ms)
    });
    let Some(rest_ms) = rest_ms else { return };
    spawn_local(async move {
        if rest_ms > 0.0 {
            browser::pause(rest_ms as i32).await;
        }
        browser::next_frame().await;
        let from_ms = browser::now_ms();
        if take_in(desk) {
            // The next frame comes when this one is made.
            browser::next_frame().await;
            let took_ms = browser::now_ms() - from_ms;
            DESKS.with_borrow_mut(|desks| {
                if let Some(tray) = desks.get_mut(&desk) {
                    tray.took_ms = took_ms;
                }
            });
        }
    });
}

/// Takes in what waits; whether there was anything.
fn take_in(desk: u32) -> bool {
    let Some((kept, came)) = DESKS.with_borrow_mut(|desks| {
        let tray = desks.get_mut(&desk)?;
        let came = std::mem::take(&mut tray.waiting);
        (!came.is_empty()).then_some((tray.kept, came))
    }) else {
        return false;
    };
    kept.update(|kept| {
        for (ticket, answer) in came {
            // Answers to questions that were dropped meanwhile have no place any more.
            if let Some(at) = kept.tickets.iter().position(|t| *t == ticket) {
                kept.answers[at] = Some(Arc::new(answer));
            }
        }
    });
    true
}
