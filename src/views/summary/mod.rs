//! The first view: the three answers, then what bears them out in one screen more.

mod answers;
mod budget_strip;
mod key_metrics;
mod pinned;
mod pinned_maps;
mod range_list;
mod static_cards;

pub(super) use static_cards::StaticCards;

use leptos::prelude::*;

use super::remedies::{RemedyList, kept_plan};
use crate::actions::go_to;
use crate::state::State;
use crate::views::ui::heading::Heading;
use fathom_core::i18n::tr;
use fathom_report::answers::Quantity;

/// Remedies that the summary lists.
const REMEDIES: usize = 4;

/// The view.
#[component]
pub(super) fn Summary() -> impl IntoView {
    let state = State::here();
    let is_compared = Memo::new(move |_| state.has_budget() || state.shared_now().is_some());
    // Where no loss is shown, nothing is advised.
    let is_advised = Memo::new(move |_| {
        state.answers.with(|answers| {
            let action = &answers.as_ref()?.action;
            let is_expectation = |quantity| matches!(quantity, Quantity::Expected(_));
            Some(
                action
                    .figures()
                    .any(|(quantity, _)| is_expectation(quantity)),
            )
        })
    });
    let plan = kept_plan(state);
    let has_data = Memo::new(move |_| state.data.with(Option::is_some));
    let frames = pinned::paired_frames(state);
    view! {
        <answers::AnswersSection/>
        <Show when=move || has_data.get() && !state.is_unjudged()>
            <Show when=move || is_compared.get() fallback=|| view! { <range_list::RangeList/> }>
                <budget_strip::BudgetStrip/>
                <Show when=move || is_advised.get() != Some(false)>
                <section class="panel" aria-labelledby="summary-remedies">
                    <Heading id="summary-remedies" title=tr!("What to do, surest first")/>
                    <div class="card"><RemedyList plan most=REMEDIES/></div>
                    <p class="foot">
                        <button class="plain-link" on:click=move |_| go_to(state, "planner")>{tr!("All remedies")}</button>
                    </p>
                </section>
                </Show>
                // The pinned result's table has the same metrics.
                <Show when=move || !pinned::has_pairs(frames)><key_metrics::KeyMetrics/></Show>
            </Show>
        </Show>
        <pinned::Pinned frames/>
    }
}
