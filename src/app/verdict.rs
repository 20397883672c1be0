//! The answer on top, and the three questions.

use leptos::prelude::*;

use super::state::State;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_report::range_verdict::{Card, Tone};

/// The verdict.
#[component]
pub(super) fn VerdictSection() -> impl IntoView {
    let state = State::here();
    let text = move |of: fn(&fathom_report::range_verdict::Verdict) -> &String| {
        state
            .verdict
            .with(|v| v.as_ref().map(|v| units::with_unbreakable_units(of(v))))
    };
    let waiting = move || state.verdict.with(Option::is_none);
    let cards = move || {
        state.verdict.with(|v| {
            v.as_ref()
                .map(|v| v.cards.iter().cloned().enumerate().map(card).collect_view())
        })
    };
    view! {
        <section class="verdict" aria-label=tr!("Verdict")>
            <h1>
                {move || {
                    text(|v| &v.headline)
                        .unwrap_or_else(|| tr!("What does INT8 do to these depth maps?").to_owned())
                }}
            </h1>
            <p class="lead">
                {move || {
                    text(|v| &v.detail).unwrap_or_else(|| tr!("Analysing \u{2026}").to_owned())
                }}
            </p>
        </section>
        <div class="cards">
            <Show when=waiting>
                <div class="card question skeleton"></div>
                <div class="card question skeleton"></div>
                <div class="card question skeleton"></div>
            </Show>
            {cards}
        </div>
    }
}

fn card((index, card): (usize, Card)) -> impl IntoView {
    let tone = match card.tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Neutral => "neutral",
    };
    view! {
        <section class=format!("card question {tone}")>
            <h2><b>{index + 1}</b> " " {card.question}</h2>
            <p class="answer">{units::with_unbreakable_units(&card.answer)}</p>
            <p>{units::with_unbreakable_units(&card.detail)}</p>
        </section>
    }
}
