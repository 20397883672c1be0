//! What a link carries of somebody's comparison, where there are no maps of one's own.

use super::super::state::State;
use super::budget::BudgetSection;
use super::metrics::{MetricTexts, metric_row, metrics_head};
use crate::charts::{change_text, pair_texts, relative_change, verdict_text};
use crate::compare::{Average, Change};
use crate::language::{said, tr};
use crate::share::SharedComparison;
use crate::units;
use leptos::prelude::*;

/// The metrics with their changes, and the budget.
#[component]
pub(super) fn SharedSections() -> impl IntoView {
    let state = State::here();
    let about = move || {
        state.shared.with(|shared| {
            let compared = shared.as_ref()?.compared();
            let how = compared
                .evaluator
                .map_or(said("the sender's own way"), |evaluator| evaluator.name());
            let average = match compared.average {
                Average::Pooled => said("all pixels together"),
                Average::PerFrame => said("per frame, then mean"),
            };
            Some(tr!(
                "From the link: {} compared, as measured by {how}, {average}.",
                units::counted(compared.frames as usize, units::Noun::Frame),
                how,
                average
            ))
        })
    };
    let rows = move || {
        let changes = state
            .shared
            .with(|s| s.as_ref().map(SharedComparison::changes));
        let row = |change: Change| {
            let [fp32, int8] = pair_texts(change.metric, change.fp32, change.int8);
            let texts = MetricTexts {
                fp32,
                int8,
                change: change_text(&change),
                relative: relative_change(&change).unwrap_or_default(),
                verdict: verdict_text(&change),
            };
            metric_row(change.metric, texts, ())
        };
        changes.map(|changes| changes.into_iter().map(row).collect_view())
    };
    view! {
        <section class="panel" id="metrics" aria-labelledby="metrics-title">
            <h2 id="metrics-title">{said("FP32 and INT8 against ground truth")}</h2>
            <p class="lead">{about} {said(" Drop ground truth, FP32 and INT8 maps of your own to see everything.")}</p>
            <div class="card">
                <div class="scroll" tabindex="0" role="region" aria-label=said("Metrics of both predictions")>
                    <table class="plain-table">
                        <thead><tr>{metrics_head()}</tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
        </section>
        <BudgetSection/>
    }
}
