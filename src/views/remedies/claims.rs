//! Every published statement of the sample's case beside what its depths give.

use crate::state::{QueryGroup, State, keep_answered};
use leptos::html;
use leptos::prelude::*;

use crate::views::ui::section::{Section, near};

use fathom_analysis::{Statement, Validity};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};

/// The section; there only while the sample is shown.
#[component]
pub(super) fn ClaimsSection() -> impl IntoView {
    let state = State::here();
    let is_sample = Memo::new(move |_| {
        state
            .facts
            .with(|f| f.as_ref().is_some_and(|f| f.is_sample))
    });
    view! { <Show when=move || is_sample.get()><Statements/></Show> }
}

#[component]
fn Statements() -> impl IntoView {
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Claims]);
    let answers = keep_answered(QueryGroup::Claims, move || {
        near.get().then_some(Query::Claims).into_iter().collect()
    });
    let rows = move || {
        answers.with(|answers| match answers.known().next() {
            Some(QueryResult::Claims(statements)) => statements
                .iter()
                .cloned()
                .map(statement)
                .collect_view()
                .into_any(),
            _ => view! { <p class="waiting">"\u{2026}"</p> }.into_any(),
        })
    };
    view! {
        <Section
            id="published"
            title=tr!("Published, and computed")
            lead=tr!("Published claims about this case (8 bits, uniform, every pixel counted), and the values that its percentiles give.")
            element
        >
            <div class="card statements">{rows}</div>
        </Section>
    }
}

fn statement(s: Statement) -> impl IntoView {
    let (class, words) = match s.validity {
        Validity::Holds => ("tag good", tr!("holds")),
        Validity::OnlyIf => ("tag warn", tr!("holds only if")),
        Validity::DoesNotHold => ("tag bad", tr!("does not hold")),
    };
    view! {
        <article>
            <h3>{s.about} " " <span class=class>{words}</span></h3>
            <dl>
                <div><dt>{tr!("Published")}</dt><dd>{s.published}</dd></div>
                <div><dt>{tr!("Computed")}</dt><dd>{s.computed}</dd></div>
            </dl>
            <p>{units::with_unbreakable_units(&s.why)}</p>
        </article>
    }
}
