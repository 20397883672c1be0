//! The shares of weights, activations and output as one bar.

use leptos::prelude::*;

use crate::state::State;
use crate::views::ui::heading::Heading;
use fathom_core::i18n::tr;
use fathom_report::network::{NetworkPart, published_split};

/// The section.
#[component]
pub(super) fn Who() -> impl IntoView {
    let state = State::here();
    let summary = move || state.network.summary.get();
    let bar = move || {
        let summary = summary()?;
        let parts = summary.parts.iter().map(|part| {
            let style = format!("flex-grow: {:.4}", part.fraction);
            view! { <span class=class(part.part) style=style></span> }
        });
        Some(parts.collect_view())
    };
    let legend = move || {
        let summary = summary()?;
        let entries = summary.parts.iter().cloned().map(|part| {
            let key = format!("key {}", class(part.part));
            let interval = (!part.interval.is_empty()).then(|| format!(" ({})", part.interval));
            view! {
                <li>
                    <span class=key></span> {part.part.name()} " " <b>{part.share}</b> {interval}
                    " " <small>{tr!("alone {}", part.alone)}</small>
                </li>
            }
        });
        Some(entries.collect_view())
    };
    let interaction = move || summary().map(|summary| summary.interaction.clone());
    view! {
        <section class="panel" aria-labelledby="network-who">
            <Heading id="network-who" title=tr!("Weights, activations, output")/>
            <p class="lead">{tr!("Shapley shares of the squared change of the output, with their 95 % interval over frames.")}</p>
            <div class="card">
                <div class="strip-bar" aria-hidden="true">{bar}</div>
                <ul class="strip-legend">{legend}</ul>
                <p class="foot">{interaction}</p>
                <p class="foot">{published_split()}</p>
            </div>
        </section>
    }
}

fn class(part: NetworkPart) -> &'static str {
    match part {
        NetworkPart::Weights => "part-inside",
        NetworkPart::Activations => "part-rounding",
        NetworkPart::Output => "part-gain",
    }
}
