//! Question 2 in depth: every metric over every range and bit width, and what toolchains would pick.

mod bits;
mod calibrators;
mod curve;
mod details;
mod distribution;
mod map;
mod optima;
mod sweeps;
mod table;

use crate::actions;
use crate::state::State;
use leptos::prelude::*;

use crate::views::ui::choose::Choose;
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::units;

/// The view.
#[component]
pub(super) fn Range() -> impl IntoView {
    view! {
        <div class="pair">
            <curve::CurveSection/>
            <distribution::DistributionSection/>
        </div>
        <table::TableSection/>
        <details::Details/>
        <sweeps::Sweeps/>
        <optima::Optima/>
        <map::Map/>
        <calibrators::Calibrators/>
    }
}

/// The heads of the columns that [`range_cells`] fills.
fn range_heads() -> impl IntoView {
    let metrics = Criterion::ALL
        .into_iter()
        .map(|criterion| view! { <th scope="col">{criterion.name()}</th> })
        .collect_view();
    view! {
        <th scope="col">{tr!("Range")}</th>
        {metrics}
        <th scope="col"><span class="hidden">{tr!("Use")}</span></th>
    }
}

/// The cells of a range: its ends, what `values` says of every metric, and the button that takes it into the page's table.
fn range_cells(name: String, range: OutputRange, values: impl IntoView) -> impl IntoView {
    let state = State::here();
    view! {
        <td>{units::range(range.min_m(), range.max_m())}</td>
        {values}
        <td>
            <button class="plain-link" on:click=move |_| actions::use_range(state, &name, range)>{tr!("Use")}</button>
        </td>
    }
}

/// Which metric the sections on ranges show, and how often a clipped error counts.
#[component]
fn Controls() -> impl IntoView {
    let state = State::here();
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
            <Choose
                label=tr!("Metric")
                values=Criterion::ALL.to_vec()
                name=Criterion::name
                is_chosen=move |criterion| state.criterion.get() == criterion
                choose=move |criterion| state.criterion.set(criterion)
            />
            <label class="inline" title=tr!("Weight of the error of a clipped pixel. 1 is the metric itself; AIMET's enhanced scheme uses 3.")>
                {tr!("Weight of clipped errors ")}
                <input
                    type="text"
                    inputmode="decimal"
                    size="4"
                    prop:value=move || state.clipping_weight.get().to_string()
                    aria-invalid=move || problem.get().then_some("true")
                    on:change=weigh
                />
                {tr!(" times")}
            </label>
            <Show when=move || problem.get()>
                <small class="problem" role="alert">{tr!("A weight is a number from 0 to 100.")}</small>
            </Show>
        </div>
    }
}
