//! The best range under every metric, and what each costs under the others.

use leptos::html;
use leptos::prelude::*;

use super::super::desk::{Desk, keep_answered};
use super::super::frame::{Section, near};
use super::super::state::State;
use super::super::wish;
use crate::analysis::Measurement;
use crate::analysis::Policy;
use crate::analysis::landscape::{Optimum, cross_values};
use crate::bridge::Wish;
use crate::charts::value_text;
use crate::inquiry::{Answer, Ask};
use crate::metrics::Criterion;
use crate::units;

#[component]
pub(super) fn Optima() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element);
    let answers = keep_answered(Desk::Optima, move || {
        let Some(how) = state.how().filter(|_| near.get()) else {
            return Vec::new();
        };
        // Every pixel counts: the narrowest range would win wherever pixels outside are charged to nobody.
        let how = Measurement {
            policy: Policy::Count,
            ..how
        };
        Criterion::ALL
            .into_iter()
            .map(|criterion| Ask::Optimum {
                criterion,
                how,
                clipping_weight: state.clipping_weight.get(),
            })
            .collect()
    });
    let rows = move || {
        answers.with(|answers| {
            let optima: Vec<Optimum> = answers
                .known()
                .filter_map(|answer| match answer {
                    Answer::Optimum(optimum) => Some(**optimum),
                    _ => None,
                })
                .collect();
            let costs = cross_values(&optima, state.clipping_weight.get());
            let found = |criterion| optima.iter().position(|o| o.criterion == criterion);
            answers
                .pairs()
                .filter_map(|(ask, answer)| {
                    let Ask::Optimum { criterion, .. } = *ask else {
                        return None;
                    };
                    let cells = match (answer, found(criterion)) {
                        (Some(Answer::Refused(why)), _) => {
                            view! { <td colspan=Criterion::ALL.len() + 2>{why.clone()}</td> }.into_any()
                        }
                        (_, Some(row)) => cells(&optima[row], &costs[row], &optima).into_any(),
                        _ => view! { <td colspan=Criterion::ALL.len() + 2 class="waiting">"\u{2026}"</td> }
                            .into_any(),
                    };
                    Some(view! { <tr><th scope="row">{criterion.name()}</th>{cells}</tr> })
                })
                .collect_view()
        })
    };
    let head = Criterion::ALL
        .into_iter()
        .map(|c| view! { <th scope="col">{c.name()}</th> })
        .collect_view();
    view! {
        <Section
            id="optima"
            title="The best range, metric by metric"
            lead="Both ends free, every pixel counted. The range that is best under one metric is not the best under another: each row says what its range costs under all of them."
            theory="the-best-range"
            element
        >
            <div class="card">
                <div class="scroll" tabindex="0" role="region" aria-label="The best range under each metric">
                    <table class="plain-table">
                        <thead>
                            <tr>
                                <th scope="col">"Best for"</th>
                                <th scope="col">"Range"</th>
                                {head}
                                <th scope="col"><span class="hidden">"Use"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
        </Section>
    }
}

fn cells(own: &Optimum, costs: &[f64], all: &[Optimum]) -> impl IntoView + use<> {
    let range = own.point.range;
    let name = format!("best {}", own.criterion.name());
    let best = own.criterion;
    let values = Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let at = all.iter().position(|o| o.criterion == criterion);
            let text = at.map_or("\u{2026}".to_owned(), |at| value_text(criterion, costs[at]));
            view! { <td class:best-of=criterion == best>{text}</td> }
        })
        .collect_view();
    view! {
        <td>{units::range(range.min_m(), range.max_m())}</td>
        {values}
        <td>
            <button
                class="plain-link"
                on:click=move |_| wish(&Wish::UseRange { name: name.clone(), range })
            >
                "Use"
            </button>
        </td>
    }
}
