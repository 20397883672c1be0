//! The comparison that a link carries, shown where no maps are loaded.

use super::budget::BudgetSection;
use super::metrics::{metric_row, metric_texts, metrics_head};
use crate::state::State;
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::evaluator_text;
use leptos::prelude::*;

/// The metrics with their changes, and the budget.
#[component]
pub(super) fn SharedSections() -> impl IntoView {
    let state = State::here();
    let about = move || {
        state.shared.with(|shared| {
            let compared = shared.as_ref()?.compared();
            let how = evaluator_text(compared.evaluator, compared.average);
            Some(tr!(
                "From the link: {} compared, as measured by {how}.",
                units::counted(compared.frames as usize, units::Noun::Frame),
                how
            ))
        })
    };
    let rows = move || {
        let rows = metric_texts(state).into_iter();
        rows.map(|(metric, texts)| metric_row(metric, texts, ()))
            .collect_view()
    };
    // The sender wanted these names to be read.
    let frames = move || {
        let opened = state.opened.get()?;
        let rows = opened.study.frames.iter().map(|frame| {
            let [fp32, int8] =
                units::distinct_lengths([f64::from(frame.fp32_m), f64::from(frame.int8_m)]);
            view! { <tr><th scope="row">{frame.name.clone()}</th><td>{fp32}</td><td>{int8}</td></tr> }
        });
        let rows: Vec<_> = rows.collect();
        (!rows.is_empty()).then(|| {
            view! {
                <h3>{tr!("Worst frames, by the RMSE that INT8 adds")}</h3>
                <PlainTable label=tr!("Worst frames, by the RMSE that INT8 adds") attr:id="shared-frames">
                    <thead><tr><th scope="col">{tr!("Frame")}</th><th scope="col">"FP32"</th><th scope="col">"INT8"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
            }
        })
    };
    view! {
        <section class="panel" id="metrics" aria-labelledby="metrics-title">
            <Heading id="metrics-title" title=tr!("FP32 and INT8 against ground truth")/>
            <p class="lead">{about} {tr!(" Drop ground truth, FP32 and INT8 maps of your own to see everything.")}</p>
            <div class="card">
                <PlainTable label=tr!("Metrics of both predictions")>
                    <thead><tr>{metrics_head()}</tr></thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
                {frames}
            </div>
        </section>
        <BudgetSection/>
    }
}
