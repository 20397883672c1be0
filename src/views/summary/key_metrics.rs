//! The three metrics that most papers print.

use leptos::prelude::*;

use super::pinned::{KEY_METRICS, PinButton};
use crate::actions::go_to;
use crate::state::State;
use crate::views::predictions::{metric_row, metric_texts, metrics_head};
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;
use fathom_core::i18n::tr;

/// The section.
#[component]
pub(super) fn KeyMetrics() -> impl IntoView {
    let state = State::here();
    let rows = move || {
        let rows = metric_texts(state).into_iter();
        let own = rows.filter(|(metric, _)| KEY_METRICS.contains(metric));
        own.map(|(metric, texts)| metric_row(metric, texts, ()))
            .collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="summary-metrics">
            <Heading id="summary-metrics" title=tr!("Metrics")/>
            <div class="card">
                <PlainTable label=tr!("Metrics of both predictions") class="key-metrics">
                    <thead><tr>{metrics_head()}</tr></thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
            </div>
            <p class="foot">
                <button class="plain-link" on:click=move |_| go_to(state, "metrics")>{tr!("All metrics")}</button>
                " " <PinButton/>
            </p>
        </section>
    }
}
