//! Settings of every view as chips: the data, the range in use, the way of measuring, the policy. A press goes to the setting.

use leptos::prelude::*;

use crate::actions::go_to;
use crate::state::{Origin, State};
use fathom_analysis::compare::GridQuantity;
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::units;
use fathom_plot::charts::evaluator_text;
use fathom_report::link::Settings;

/// The row of chips.
#[component]
pub(super) fn ContextChips() -> impl IntoView {
    let state = State::here();
    let range = move || {
        let bits = state.how()?.bits.get();
        let own = state.settings.with(Settings::range_in_use)?;
        let ends = units::range(own.range.min_m(), own.range.max_m());
        let source = own.source.name();
        let quantity = own.source.quantity();
        Some(if quantity != GridQuantity::Depth {
            let quantity = tr_dynamic(quantity.name());
            tr!(
                "INT8's values: {ends}, {bits} bits; steps equal in {quantity}",
                ends,
                bits,
                quantity
            )
        } else if own.source.is_assumed() {
            tr!(
                "Range assumed: {ends}, {bits} bits; {source}",
                ends,
                bits,
                source
            )
        } else {
            tr!(
                "Range in use: {ends}, {bits} bits; {source}",
                ends,
                bits,
                source
            )
        })
    };
    let evaluator = move || {
        let is_own = state.own_protocol.with(Option::is_some);
        let evaluator = (!is_own).then(|| state.evaluator.get());
        let how = evaluator_text(evaluator, state.average.get());
        state.has_practice().then(|| tr!("Measured as {how}", how))
    };
    let policy = move || {
        let policy = tr_dynamic(state.how()?.policy.name());
        Some(tr!("Pixels outside: {policy}", policy))
    };
    view! {
        <div class="chips" role="group" aria-label=tr!("What the answers depend on")>
            <p class="case">{move || case_text(state)}</p>
            <Chip text=Signal::derive(range) target="table-title"/>
            <Chip text=Signal::derive(evaluator) target="metrics"/>
            <Chip text=Signal::derive(policy) target="settings"/>
        </div>
    }
}

/// A chip that goes to an element; absent without text.
#[component]
fn Chip(text: Signal<Option<String>>, target: &'static str) -> impl IntoView {
    let state = State::here();
    let chip = move || {
        let text = text.get()?;
        Some(view! { <button class="chip" on:click=move |_| go_to(state, target)>{text}</button> })
    };
    view! { {chip} }
}

fn case_text(state: State) -> String {
    state.data.with(|data| {
        let Some(data) = data else {
            return String::new();
        };
        let pixels = tr!("{} px", units::count(data.summary.count));
        match &data.origin {
            Origin::Sample => {
                tr!(
                    "Published case: 91 frames, {pixels}, made from its percentiles",
                    pixels
                )
            }
            Origin::Link { source, .. } => tr!("From a link: {source}, {pixels}", source, pixels),
            Origin::Files { built } => format!(
                "{}: {}, {pixels}",
                built.shown.title(),
                units::counted(state.maps_of(built.shown), units::Noun::Map)
            ),
        }
    })
}
