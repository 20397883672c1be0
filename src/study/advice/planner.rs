//! Sources and remedies, ranked.

use leptos::html;
use leptos::prelude::*;

use super::super::frame::{Section, near};
use super::super::state::State;
use crate::analysis::practice::planner::{Basis, Plan, Remedy, RestShares, Source};
use crate::units;

#[component]
pub(super) fn PlannerSection() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element);
    // What was planned last stays while other ranges are being measured.
    let plan = Memo::new(move |last: Option<&Option<_>>| {
        if !near.get() || (state.has_budget() && state.awaits_recodings()) {
            return last.cloned().flatten();
        }
        state.plan()
    });
    let shown = move || match plan.get() {
        None => view! { <p class="waiting">"\u{2026}"</p> }.into_any(),
        Some(Err(why)) => view! { <p>{format!("No plan: {why}.")}</p> }.into_any(),
        Some(Ok(plan)) => tables(&plan).into_any(),
    };
    let from = move || {
        if state.has_budget() {
            "From the maps of this set: what could be measured is measured, the rest is assumed and can be changed."
        } else {
            "From the calculator's figures: drop ground truth, FP32 and INT8 maps to measure instead of assume."
        }
    };
    view! {
        <Section
            id="planner"
            title="Remedies, ranked"
            lead="Where the quantization error comes from, and what each remedy could be expected to leave of it. Nothing here is a promise."
            theory="the-error-budget"
            element
        >
            <div class="card">
                <p class="foot">{from}</p>
                <Assumptions/>
                {shown}
            </div>
        </Section>
    }
}

fn basis(basis: Basis) -> impl IntoView {
    let (class, word) = match basis {
        Basis::Measured => ("tag good", "measured"),
        Basis::Computed => ("tag good", "computed"),
        Basis::Published => ("tag warn", "published elsewhere"),
        Basis::Assumed => ("tag warn", "assumed"),
    };
    view! { <span class=class>{word}</span> }
}

fn tables(plan: &Plan) -> impl IntoView + use<> {
    let sources = plan.sources.iter().copied().map(source).collect_view();
    let remedies = plan.remedies.iter().map(remedy).collect_view();
    view! {
        <h3>"Sources"</h3>
        <div class="scroll" tabindex="0" role="region" aria-label="Sources of the quantization error">
            <table class="plain-table">
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"as an RMSE"</th>
                        <th scope="col">"of quantization"</th>
                        <th scope="col">"known by"</th>
                        <th scope="col" class="sentence">"What it is"</th>
                    </tr>
                </thead>
                <tbody>{sources}</tbody>
            </table>
        </div>
        <h3>"Remedies"</h3>
        <div class="scroll" tabindex="0" role="region" aria-label="Remedies">
            <table class="plain-table">
                <thead>
                    <tr>
                        <th scope="col">"Remedy"</th>
                        <th scope="col">"Expected RMSE"</th>
                        <th scope="col">"known by"</th>
                        <th scope="col">"Costs"</th>
                        <th scope="col" class="sentence">"On this data"</th>
                        <th scope="col" class="sentence">"Published"</th>
                    </tr>
                </thead>
                <tbody>{remedies}</tbody>
            </table>
        </div>
        <p class="foot">{plan.caution()}</p>
    }
}

fn source(source: Source) -> impl IntoView {
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

fn remedy(remedy: &Remedy) -> impl IntoView + use<> {
    let expected = remedy.expected;
    let [low, rmse, high] =
        units::lengths_apart([expected.low_m, expected.rmse_m, expected.high_m]);
    let published = format!(
        "{} ({})",
        remedy.kind.published(),
        remedy.kind.citation().source()
    );
    let name = match &remedy.what {
        Some(what) => format!("{}: {what}", remedy.kind.name()),
        None => remedy.kind.name(),
    };
    view! {
        <tr>
            <th scope="row" class="wrap">{name}</th>
            <td><b>{rmse}</b> <small>{format!("{low} to {high}")}</small></td>
            <td>{basis(remedy.basis)}</td>
            <td class="wrap">{remedy.cost_text()}</td>
            <td class="sentence">{remedy.text()}</td>
            <td class="sentence">{published}</td>
        </tr>
    }
}

/// How the reader divides what cannot be measured, and how large the network is.
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
            .parameters
            .get()
            .or_else(|| state.numbers.get().parameters)
            .map(|n| units::depth_number(n / 1e6))
            .unwrap_or_default()
    };
    view! {
        <div class="tools">
            <span>"Assumed of what cannot be measured: "</span>
            {share("weights ", |r| &mut r.weights)}
            {share("activations ", |r| &mut r.activations)}
            {share("interactions ", |r| &mut r.interactions)}
            <label class="inline">
                "Parameters "
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
                " million"
            </label>
            <button class="button small" on:click=move |_| state.rest.set(RestShares::default())>"The published shares"</button>
        </div>
    }
}
