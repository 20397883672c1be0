//! Queries that are kept answered: a view says what it wants to know, and gets the results as they come.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::reactive::effect::ImmediateEffect;
use wasm_bindgen_futures::spawn_local;

use super::State;
use super::queries::{Answers, Pending, QueryGroup};
use crate::browser::dom;
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{Event, Priority, QueryKey};

/// Answers are taken in at most one part in this many of the time: what is made anew with them takes the processor from the workers.
const INTAKE_REST: f64 = 4.0;

/// Keeps what `wanted` asks answered. Nothing is asked while it wants nothing; questions that stay keep their answers. A group belongs to
/// one view.
pub(crate) fn keep_answered(
    group: QueryGroup,
    wanted: impl Fn() -> Vec<Query> + Send + Sync + 'static,
) -> RwSignal<Answers> {
    let state = State::here();
    let kept = RwSignal::new(Answers::default());
    let pending = Pending {
        kept,
        waiting: Vec::new(),
        is_seen: false,
        took_ms: 0.0,
    };
    state.pending.write_value().groups.insert(group, pending);
    on_cleanup(move || leave(state, group, kept));
    let wanted = Memo::new(move |_| (state.serial(), state.asked_again.get(), wanted()));
    let ask = move || {
        let (serial, asked_again, asks) = wanted.get();
        let Some(serial) = serial else { return };
        let (mut asked, mut dropped) = (Vec::new(), Vec::new());
        kept.update(|kept| {
            let old = std::mem::take(kept);
            let is_same = old.serial == Some(serial);
            let is_open = is_same && old.asked_again == asked_again;
            kept.serial = Some(serial);
            kept.asked_again = asked_again;
            for ask in asks {
                let at = old.asks.iter().position(|other| is_same && *other == ask);
                let known = at.and_then(|at| old.answers[at].clone());
                let key = match at {
                    Some(at) if is_open || known.is_some() => old.keys[at],
                    _ => {
                        let key = state.pending.write_value().next_key(group);
                        asked.push((key, ask.clone()));
                        key
                    }
                };
                kept.keys.push(key);
                kept.asks.push(ask);
                kept.answers.push(known);
            }
            dropped.extend(old.open().filter(|key| !kept.keys.contains(key)));
        });
        forget(state, &dropped);
        if let Some(pool) = state.pool() {
            let is_seen = state.pending.with_value(|all| all.is_seen(group));
            let priority = group.priority(is_seen);
            for (key, query) in asked {
                pool.handle(Event::Query(key, priority, Box::new(query)));
            }
        }
    };
    if group.priority(false) == Priority::Edit {
        // A worker measures while the page is drawn anew.
        ImmediateEffect::new_scoped(ask);
    } else {
        Effect::new(move |_| ask());
    }
    kept
}

/// Cancels these queries.
fn forget(state: State, keys: &[QueryKey]) {
    state.pending.update_value(|all| {
        for key in keys {
            all.askers.remove(key);
        }
    });
    if let Some(pool) = state.pool() {
        for key in keys {
            pool.handle(Event::DropQuery(*key));
        }
    }
}

/// Sets whether the view of these groups is in the window, which raises the priority of its queries.
pub(crate) fn look_at(state: State, groups: &[QueryGroup], is_seen: bool) {
    let Some(pool) = state.pool() else { return };
    for group in groups {
        let open = state.pending.try_update_value(|all| {
            let own = all.groups.get_mut(group)?;
            own.is_seen = is_seen;
            Some(
                own.kept
                    .with_untracked(|kept| kept.open().collect::<Vec<_>>()),
            )
        });
        for key in open.flatten().unwrap_or_default() {
            pool.handle(Event::Prioritise(key, group.priority(is_seen)));
        }
    }
}

/// When a view unmounts, its queries are cancelled. Another view may own the group already.
fn leave(state: State, group: QueryGroup, kept: RwSignal<Answers>) {
    let open = state.pending.try_update_value(|all| {
        let is_its = all.groups.get(&group)?.kept == kept;
        if is_its {
            all.groups.remove(&group);
        }
        let open = kept.try_with_untracked(|kept| kept.open().collect::<Vec<_>>());
        open.filter(|_| is_its)
    });
    forget(state, &open.flatten().unwrap_or_default());
}

/// A result came. Several are taken in together, so that a view is not made anew for each; the last one is not kept waiting, and an edit
/// not at all.
pub(crate) fn on_result(state: State, key: QueryKey, result: QueryResult) {
    let found = state.pending.try_update_value(|all| {
        let group = all.askers.remove(&key)?;
        let own = all.groups.get_mut(&group)?;
        own.waiting.push((key, result));
        let (known, count) = own.kept.with_untracked(Answers::progress);
        let is_last = known + own.waiting.len() >= count;
        let rest_ms = if is_last {
            Some(0.0)
        } else {
            (own.waiting.len() == 1).then_some(INTAKE_REST * own.took_ms)
        };
        Some((group, rest_ms?))
    });
    let Some((group, rest_ms)) = found.flatten() else {
        return;
    };
    if group.priority(false) == Priority::Edit {
        take_in(state, group);
        return;
    }
    spawn_local(async move {
        if rest_ms > 0.0 {
            dom::pause(rest_ms as i32).await;
        }
        dom::next_frame().await;
        let from_ms = dom::now_ms();
        if take_in(state, group) {
            // The next frame comes when this one is made.
            dom::next_frame().await;
            let took_ms = dom::now_ms() - from_ms;
            state.pending.update_value(|all| {
                if let Some(own) = all.groups.get_mut(&group) {
                    own.took_ms = took_ms;
                }
            });
        }
    });
}

/// Takes in what waits; whether there was anything.
fn take_in(state: State, group: QueryGroup) -> bool {
    let waiting = state.pending.try_update_value(|all| {
        let own = all.groups.get_mut(&group)?;
        let came = std::mem::take(&mut own.waiting);
        (!came.is_empty()).then_some((own.kept, came))
    });
    let Some((kept, came)) = waiting.flatten() else {
        return false;
    };
    kept.update(|kept| {
        for (key, result) in came {
            let result = Arc::new(result);
            // Two equal questions are asked once. Answers to questions that were dropped meanwhile have no place any more.
            for (own, answer) in kept.keys.iter().zip(&mut kept.answers) {
                if *own == key {
                    *answer = Some(Arc::clone(&result));
                }
            }
        }
    });
    true
}
