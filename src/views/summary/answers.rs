//! The three answers on top, with links to where their numbers come from.

use leptos::prelude::*;

use super::static_cards::{PublishedCards, StaticCards};

use crate::actions::go_to;
use crate::state::State;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_report::answers::{Card, Line, Span};

/// The answers. Until they are known, empty cards of their height stand in their places.
#[component]
pub(super) fn AnswersSection() -> impl IntoView {
    let state = State::here();
    let waiting = move || state.answers.with(Option::is_none) && !state.is_unjudged();
    let cards = move || {
        state.answers.with(|answers| {
            let answers = answers.as_ref()?;
            let cards = answers.cards().into_iter().enumerate();
            Some(cards.map(|(i, own)| card(state, i, own)).collect_view())
        })
    };
    let first: StaticCards = expect_context();
    let is_first = move || {
        let has_files = state.files.with(|files| !files.is_empty());
        first.is_there()
            && !has_files
            && state
                .data
                .with(|d| d.as_ref().is_none_or(|d| d.is_sample()))
    };
    view! {
        <section class="answers" aria-label=tr!("Answers") aria-live="polite">
            <Show when=move || waiting() && is_first()><PublishedCards/></Show>
            <div class="cards">
                <Show when=move || waiting() && !is_first()>
                    <div class="card question skeleton"></div>
                    <div class="card question skeleton"></div>
                    <div class="card question skeleton"></div>
                </Show>
                <Show when=move || state.is_unjudged()>
                    <section class="card question unjudged">
                        <p class="answer">{tr!("No verdict on INT8: these maps may not show what the network does.")}</p>
                        <p class="action">{tr!("See the findings above.")}</p>
                    </section>
                </Show>
                {cards}
            </div>
        </section>
    }
}

fn card(state: State, index: usize, card: &Card) -> impl IntoView + use<> {
    let line = |line: &Line| line.iter().map(|part| span(state, part)).collect_view();
    let (answer, size, action) = (line(&card.answer), line(&card.size), line(&card.action));
    view! {
        <section class="card question">
            <h2><b>{index + 1}</b> " " {card.question.clone()}</h2>
            <p class="answer">{answer}</p>
            <p class="size">{size}</p>
            <p class="action">{action}</p>
        </section>
    }
}

fn span(state: State, span: &Span) -> AnyView {
    match span {
        Span::Text(text) => view! { {text.clone()} }.into_any(),
        Span::Figure { text, section, .. } => {
            let id = section.id();
            let text = units::with_unbreakable_units(text);
            let go = move |event: leptos::ev::MouseEvent| {
                // The address holds the link.
                event.prevent_default();
                go_to(state, id);
            };
            view! { <a href=format!("#{id}") on:click=go>{text}</a> }.into_any()
        }
    }
}
