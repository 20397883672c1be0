//! The three answers on top, with links to where their numbers come from.

use leptos::prelude::*;

use crate::browser::{dom, jump};
use crate::state::State;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_report::answers::{Card, Line, Span, Tone};

/// The answers. Until they are known, empty cards of their height stand in their places.
#[component]
pub(super) fn AnswersSection() -> impl IntoView {
    let state = State::here();
    let waiting = move || state.answers.with(Option::is_none) && !state.is_unjudged();
    let cards = move || {
        state.answers.with(|answers| {
            let answers = answers.as_ref()?;
            let cards = answers.cards().into_iter().enumerate();
            Some(cards.map(|(i, own)| card(i, own)).collect_view())
        })
    };
    view! {
        <section class="answers" aria-label=tr!("Answers") aria-live="polite">
            <h1>{tr!("What INT8 does to these depth maps")}</h1>
            <div class="cards">
                <Show when=waiting>
                    <div class="card question skeleton"></div>
                    <div class="card question skeleton"></div>
                    <div class="card question skeleton"></div>
                </Show>
                <Show when=move || state.is_unjudged()>
                    <section class="card question neutral unjudged">
                        <p class="answer">{tr!("No verdict on INT8: these maps may not show what the network does.")}</p>
                        <p class="action">{tr!("See what was found above.")}</p>
                    </section>
                </Show>
                {cards}
            </div>
        </section>
    }
}

fn card(index: usize, card: &Card) -> impl IntoView + use<> {
    let tone = match card.tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Neutral => "neutral",
    };
    let line = |line: &Line| line.iter().map(span).collect_view();
    let (answer, size, action) = (line(&card.answer), line(&card.size), line(&card.action));
    view! {
        <section class=format!("card question {tone}")>
            <h2><b>{index + 1}</b> " " {card.question.clone()}</h2>
            <p class="answer">{answer}</p>
            <p class="size">{size}</p>
            <p class="action">{action}</p>
        </section>
    }
}

fn span(span: &Span) -> AnyView {
    match span {
        Span::Text(text) => view! { {text.clone()} }.into_any(),
        Span::Figure { text, section, .. } => {
            let id = section.id();
            let text = units::with_unbreakable_units(text);
            view! { <a href=format!("#{id}") on:click=move |e| go(&e, id)>{text}</a> }.into_any()
        }
    }
}

/// Goes to a section without touching the address, which holds the link.
fn go(event: &leptos::ev::MouseEvent, id: &str) {
    event.prevent_default();
    if let Some(section) = dom::element(id) {
        jump::show(&section);
    }
}
