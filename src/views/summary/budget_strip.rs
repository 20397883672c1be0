//! Origins of INT8's error as one bar.

use leptos::prelude::*;

use crate::actions::go_to;
use crate::state::State;
use crate::views::ui::heading::Heading;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::{ErrorOrigin, budget_segments};

/// The section.
#[component]
pub(super) fn BudgetStrip() -> impl IntoView {
    let state = State::here();
    let budget = Memo::new(move |_| state.budget());
    let lead = move || {
        let noise = units::length(budget.get()?.mse_quant.sqrt());
        Some(tr!(
            "Mean square of INT8 \u{2212} FP32: {noise} as an RMS.",
            noise
        ))
    };
    let segments = move || budget.get().map(|budget| budget_segments(&budget));
    let bar = move || {
        let parts = segments()?.into_iter().map(|segment| {
            let style = format!("flex-grow: {:.4}", segment.fraction);
            view! { <span class=class(segment.origin) style=style></span> }
        });
        Some(parts.collect_view())
    };
    let legend = move || {
        let entries = segments()?.into_iter().map(|segment| {
            let key = format!("key {}", class(segment.origin));
            view! { <li><span class=key></span> {segment.origin.name()} " " <b>{segment.share}</b></li> }
        });
        Some(entries.collect_view())
    };
    let is_divided = move || segments().is_some_and(|segments| !segments.is_empty());
    view! {
        <Show when=is_divided>
        <section class="panel" aria-labelledby="summary-budget">
            <Heading id="summary-budget" title=tr!("Where INT8's error comes from")/>
            <p class="lead">
                {lead} " "
                <button class="plain-link" on:click=move |_| go_to(state, "budget")>{tr!("How it is measured")}</button>
            </p>
            <div class="card">
                <div class="strip-bar" aria-hidden="true">{bar}</div>
                <ul class="strip-legend">{legend}</ul>
            </div>
        </section>
        </Show>
    }
}

fn class(origin: ErrorOrigin) -> &'static str {
    match origin {
        ErrorOrigin::OutputCode => "part-rounding",
        ErrorOrigin::BiasAndScale => "part-gain",
        ErrorOrigin::Inside | ErrorOrigin::Random => "part-inside",
    }
}
