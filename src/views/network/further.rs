//! The button of what is measured behind the ranking, with its cost.

use leptos::prelude::*;

use crate::state::{NetworkPhase, State};
use fathom_engine::network::StudyResult;

/// The button; off until the ranking is complete.
#[component]
pub(super) fn Further(
    label: &'static str,
    /// Runs that it takes; 0 where it cannot be measured.
    runs: fn(&StudyResult) -> f64,
    /// Workers that share them.
    workers: usize,
    begin: fn(State),
) -> impl IntoView {
    let state = State::here();
    let network = state.network;
    let count = move || {
        network
            .result
            .with(|result| result.as_ref().map_or(0.0, |r| runs(r)))
    };
    let cost = move || {
        let study = network.study.get()?;
        let cost = &study.ready.as_ref()?.cost;
        (count() > 0.0).then(|| cost.of_further(count(), workers))
    };
    let is_off = move || network.phase.get() != NetworkPhase::Complete || count() == 0.0;
    view! {
        <div class="tools">
            <button class="button" disabled=is_off on:click=move |_| begin(state)>{label}</button>
            <small>{cost}</small>
        </div>
    }
}
