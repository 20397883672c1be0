//! The three metrics that most papers print.

use leptos::prelude::*;

use crate::actions::go_to;
use crate::state::State;
use crate::views::predictions::{metric_row, metric_texts, metrics_head};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;

/// The metrics in the order of the table.
const METRICS: [Criterion; 3] = [Criterion::Rmse, Criterion::AbsRel, Criterion::Delta1];

/// The section.
#[component]
pub(super) fn KeyMetrics() -> impl IntoView {
    let state = State::here();
    let rows = move || {
        let rows = metric_texts(state).into_iter();
        let own = rows.filter(|(metric, _)| METRICS.contains(metric));
        own.map(|(metric, texts)| metric_row(metric, texts, ()))
            .collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="summary-metrics">
            <h2 id="summary-metrics">{tr!("Metrics")}</h2>
            <div class="card">
                <div class="scroll" tabindex="0" role="region" aria-label=tr!("Metrics of both predictions")>
                    <table class="plain-table">
                        <thead><tr>{metrics_head()}</tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
            <p class="foot">
                <button class="plain-link" on:click=move |_| go_to(state, "metrics")>{tr!("All metrics")}</button>
            </p>
        </section>
    }
}
