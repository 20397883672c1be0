//! The published statements beside the computed numbers, for the built-in sample.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::State;
use crate::analysis::{PUBLISHED_CASE, Standing, Statement};
use crate::units;
use crate::web::browser;

/// The section; there only while the sample is shown.
#[component]
pub(super) fn PublishedSection() -> impl IntoView {
    let state = State::here();
    let statements = RwSignal::new(None::<Vec<Statement>>);
    Effect::new(move |_| {
        let Some(data) = state.data.get().filter(|d| d.is_sample()) else {
            statements.set(None);
            return;
        };
        // They stand below everything else, so everything else comes first.
        spawn_local(async move {
            browser::breathe().await;
            statements.set(PUBLISHED_CASE.statements(&data.depths));
        });
    });
    let rows = move || {
        statements
            .get()
            .map(|s| s.into_iter().map(statement).collect_view())
    };
    view! {
        <Show when=move || statements.with(Option::is_some)>
            <section class="panel" aria-labelledby="published-title">
                <h2 id="published-title">"Published, and computed"</h2>
                <p class="lead">
                    "What was stated about this case (8 bits, uniform, every pixel counted), beside what its percentiles give."
                </p>
                <div class="card statements">{rows}</div>
            </section>
        </Show>
    }
}

fn statement(s: Statement) -> impl IntoView {
    let (class, words) = match s.standing {
        Standing::Holds => ("tag good", "holds"),
        Standing::OnlyIf => ("tag warn", "holds only if"),
        Standing::DoesNotHold => ("tag bad", "does not hold"),
    };
    view! {
        <article>
            <h3>{s.about} " " <span class=class>{words}</span></h3>
            <dl>
                <div><dt>"Published"</dt><dd>{s.published}</dd></div>
                <div><dt>"Computed"</dt><dd>{s.computed}</dd></div>
            </dl>
            <p>{units::unbroken(&s.why)}</p>
        </article>
    }
}
