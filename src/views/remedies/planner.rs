//! Sources and remedies, ranked.

use super::basis_tag::basis;
use super::remedy_list::{RemedyList, kept_plan};
use crate::state::State;
use crate::views::ui::section::Section;
use crate::views::ui::table::PlainTable;
use fathom_analysis::diagnosis::planner::{ErrorSource, Plan, RestShares};
use fathom_core::i18n::tr;
use fathom_core::units;
use leptos::html;
use leptos::prelude::*;

#[component]
pub(super) fn PlannerSection() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let plan = kept_plan(state);
    let shown = move || match plan.get() {
        None => view! { <p class="waiting">"\u{2026}"</p> }.into_any(),
        Some(Err(why)) => view! { <p>{tr!("No plan: {why}.", why)}</p> }.into_any(),
        Some(Ok(plan)) => tables(&plan).into_any(),
    };
    let from = move || {
        if state.has_budget() && has_shares(state) {
            tr!(
                "From the maps of this set and the network that was measured: nothing of the sources is assumed."
            )
        } else if state.has_budget() {
            tr!(
                "From the maps of this set: measured where possible; the rest is assumed and can be changed.",
            )
        } else {
            tr!(
                "From the calculator's figures: drop ground truth, FP32 and INT8 maps to measure instead of assume.",
            )
        }
    };
    view! {
        <Section
            id="planner"
            title=tr!("Remedies, ranked")
            lead=tr!("Expected RMSE, the surest remedy first. Measured, simulated and computed: from these maps. Published and assumed: from other networks.")
            theory="the-error-budget"
            element
        >
            <div class="card">
                <p class="foot">{from}</p>
                <RemedyList plan most=usize::MAX/>
                <Assumptions/>
                {shown}
            </div>
        </Section>
    }
}

/// Returns true if a measured network divides a part that maps cannot divide.
fn has_shares(state: State) -> bool {
    let section = state.network.section;
    section.with(|section| {
        section
            .as_ref()
            .is_some_and(|section| section.groups.is_some())
    })
}

fn tables(plan: &Plan) -> impl IntoView + use<> {
    let sources = plan.sources.iter().copied().map(source).collect_view();
    view! {
        <h3>{tr!("Sources")}</h3>
        <PlainTable label=tr!("Sources of the quantization error")>
            <thead>
                <tr>
                    <th scope="col">{tr!("Source")}</th>
                    <th scope="col">{tr!("as an RMSE")}</th>
                    <th scope="col">{tr!("of quantization")}</th>
                    <th scope="col">{tr!("Known by")}</th>
                    <th scope="col" class="sentence">{tr!("What it is")}</th>
                </tr>
            </thead>
            <tbody>{sources}</tbody>
        </PlainTable>
        <p class="foot">{plan.caution()}</p>
    }
}

fn source(source: ErrorSource) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{source.kind.name()}</th>
            <td>{units::signed_root(source.mse)}</td>
            <td>{units::share(source.share)}</td>
            <td>{basis(source.basis)}</td>
            <td class="sentence">{source.kind.explanation()}</td>
        </tr>
    }
}

/// The reader's division of the unexplained part, and the size of the network.
#[component]
fn Assumptions() -> impl IntoView {
    let state = State::here();
    let share = move |label: &'static str, of: fn(&mut RestShares) -> &mut f64| {
        let text = move || {
            let mut rest = state.rest.get();
            units::depth_number(*of(&mut rest) * 100.0)
        };
        view! {
            <label class="inline">
                {label}
                <input
                    type="text"
                    inputmode="decimal"
                    size="4"
                    prop:value=text
                    on:change=move |e| {
                        let typed = event_target_value(&e).trim().parse::<f64>().ok();
                        if let Some(percent) = typed.filter(|p| (0.0..=100.0).contains(p)) {
                            state.rest.update(|rest| *of(rest) = percent / 100.0);
                        }
                    }
                />
                " %"
            </label>
        }
    };
    let parameters = move || {
        state
            .known_parameters()
            .map(|n| units::depth_number(n / 1e6))
            .unwrap_or_default()
    };
    view! {
        <div class="tools">
            <Show when=move || !has_shares(state)>
                <span>{tr!("Assumed split of the unexplained part: ")}</span>
                {share(tr!("weights "), |r| &mut r.weights)}
                {share(tr!("activations "), |r| &mut r.activations)}
                {share(tr!("interactions "), |r| &mut r.interactions)}
            </Show>
            <label class="inline">
                {tr!("Parameters ")}
                <input
                    type="text"
                    inputmode="decimal"
                    size="6"
                    prop:value=parameters
                    on:change=move |e| {
                        let typed = event_target_value(&e).trim().parse::<f64>().ok();
                        state.parameters.set(typed.filter(|m| *m > 0.0).map(|m| m * 1e6));
                    }
                />
                {tr!(" million")}
            </label>
            <Show when=move || !has_shares(state)>
                <button class="button small" on:click=move |_| state.rest.set(RestShares::default())>{tr!("The published shares")}</button>
            </Show>
        </div>
    }
}
