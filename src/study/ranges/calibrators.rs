//! Ranges that toolchains would pick, beside each other.

use leptos::html;
use leptos::prelude::*;

use super::super::desk::keep_answered;
use super::super::frame::{Section, near};
use super::super::state::State;
use super::super::wish;
use crate::analysis::calibrators::Calibrator;
use crate::bridge::Wish;
use crate::inquiry::{Answer, Ask};
use crate::units;

/// The desk of the calibration methods.
const CALIBRATORS: u32 = 20;

#[component]
pub(super) fn Calibrators() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element);
    let answers = keep_answered(CALIBRATORS, move || {
        let Some(how) = state.how().filter(|_| near.get()) else {
            return Vec::new();
        };
        Calibrator::shown()
            .into_iter()
            .map(|method| Ask::Calibrator { method, how })
            .collect()
    });
    let rows = move || {
        answers.with(|answers| {
            answers
                .pairs()
                .filter_map(|(ask, answer)| {
                    let Ask::Calibrator { method, .. } = ask else {
                        return None;
                    };
                    Some(row(method, answer))
                })
                .collect_view()
        })
    };
    view! {
        <Section
            id="calibrators"
            title="Ranges that toolchains would pick"
            lead="The range that each calibration method chooses on these depths, and what it costs."
            theory="calibration"
            element
        >
            <div class="card">
                <div class="scroll" tabindex="0" role="region" aria-label="Ranges that toolchains would pick">
                    <table class="plain-table">
                        <thead>
                            <tr>
                                <th scope="col">"Method"</th>
                                <th scope="col">"Range"</th>
                                <th scope="col">"RMSE"</th>
                                <th scope="col">"abs_rel"</th>
                                <th scope="col">"delta1"</th>
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

fn row(method: &Calibrator, answer: Option<&Answer>) -> AnyView {
    let name = method.name();
    let title = format!("{}. {}", method.parameters(), method.source());
    let cells = match answer {
        Some(Answer::Range(report)) => {
            let range = report.named.range;
            let error = |of: fn(&crate::analysis::MeasuredErrors) -> String| {
                report.errors.as_ref().map_or(units::MISSING.to_owned(), of)
            };
            let name = name.clone();
            view! {
                <td>{units::range(range.min_m(), range.max_m())}</td>
                <td>{error(|e| units::length(e.metrics.rmse))}</td>
                <td>{error(|e| units::ratio(e.metrics.abs_rel))}</td>
                <td>{error(|e| units::share(e.metrics.delta1))}</td>
                <td>
                    <button
                        class="plain-link"
                        on:click=move |_| wish(&Wish::UseRange { name: name.clone(), range })
                    >
                        "Use"
                    </button>
                </td>
            }
            .into_any()
        }
        Some(Answer::Refused(why)) => view! { <td colspan="5">{why.clone()}</td> }.into_any(),
        _ => view! { <td colspan="5" class="waiting">"\u{2026}"</td> }.into_any(),
    };
    view! { <tr><th scope="row" title=title>{name}</th>{cells}</tr> }.into_any()
}
