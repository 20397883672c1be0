//! Question 2 in depth: every metric over every range and bit width, and what toolchains would pick.

mod bits;
mod calibrators;
mod map;
mod optima;
mod sweeps;
mod what_if;

use leptos::prelude::*;

use super::state::State;
use crate::metrics::Criterion;

/// The sections on ranges.
#[component]
pub(super) fn Ranges() -> impl IntoView {
    view! {
        <what_if::WhatIfSection/>
        <sweeps::Sweeps/>
        <optima::Optima/>
        <map::Map/>
        <calibrators::Calibrators/>
        <bits::BitWidths/>
    }
}

/// Which metric the sections on ranges show, and how often a clipped error counts.
#[component]
fn Controls() -> impl IntoView {
    let state = State::here();
    let options = Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let chosen = move || state.criterion.get() == criterion;
            view! { <option value=criterion.name() selected=chosen>{criterion.name()}</option> }
        })
        .collect_view();
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(criterion) = Criterion::ALL.into_iter().find(|c| c.name() == name) {
            state.criterion.set(criterion);
        }
    };
    let problem = RwSignal::new(false);
    let weigh = move |event| {
        // From not at all to far beyond what any tool uses.
        let weight = event_target_value(&event)
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|w| (0.0..=100.0).contains(w));
        problem.set(weight.is_none());
        if let Some(weight) = weight {
            state.clipping_weight.set(weight);
        }
    };
    view! {
        <div class="tools">
            <label class="inline">"Metric " <select on:change=choose>{options}</select></label>
            <label class="inline" title="How often a clipped pixel's error counts. 1 is the metric itself; AIMET's enhanced scheme uses 3.">
                "A clipped error counts "
                <input
                    type="text"
                    inputmode="decimal"
                    size="4"
                    prop:value=move || state.clipping_weight.get().to_string()
                    aria-invalid=move || problem.get().then_some("true")
                    on:change=weigh
                />
                " times"
            </label>
            <Show when=move || problem.get()>
                <small class="problem" role="alert">"A weight is a number from 0 to 100."</small>
            </Show>
        </div>
    }
}
