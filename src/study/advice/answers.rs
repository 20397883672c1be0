//! The three answers on top, with links to where their numbers come from.

use leptos::prelude::*;

use super::super::state::State;
use crate::web::{browser, jump};
use fathom_analysis::compare::ComparedSet;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_report::answers::{Answers, Paragraph, Span};

/// The answers, where there are predictions; without them the page's own verdict stands.
#[component]
pub(in crate::study) fn AnswersSection() -> impl IntoView {
    let state = State::here();
    // What was said last stays while other ranges are being measured.
    let answers = Memo::new(move |last: Option<&Option<Answers>>| {
        let is_compared = state.practice.with(ComparedSet::is_complete);
        let stays = is_compared && state.awaits_recodings();
        state
            .answers()
            .or_else(|| last.filter(|_| stays).cloned().flatten())
    });
    let cards = move || {
        answers.get().map(|Answers { why, range, todo }| {
            let cards = [why, range, todo]
                .into_iter()
                .enumerate()
                .map(card)
                .collect_view();
            view! {
                <section class="answers" aria-label=tr!("Answers")>
                    <h1>{tr!("What INT8 does to these depth maps")}</h1>
                    <div class="cards">{cards}</div>
                </section>
            }
        })
    };
    view! { {cards} }
}

fn card((index, paragraph): (usize, Paragraph)) -> impl IntoView {
    let spans = paragraph
        .spans
        .into_iter()
        .map(|span| match span {
            Span::Text(text) => view! { {text} }.into_any(),
            Span::Figure { text, section } => {
                let id = section.id();
                let text = units::with_unbreakable_units(&text);
                view! { <a href=format!("#{id}") on:click=move |e| go(&e, id)>{text}</a> }
                    .into_any()
            }
        })
        .collect_view();
    view! {
        <section class="card question neutral">
            <h2><b>{index + 1}</b> " " {paragraph.question}</h2>
            <p class="answer">{paragraph.headline}</p>
            <p>{spans}</p>
        </section>
    }
}

/// Goes to a section without touching the address, which holds the link.
fn go(event: &leptos::ev::MouseEvent, id: &str) {
    event.prevent_default();
    if let Some(section) = browser::element(id) {
        jump::show(&section);
    }
}
