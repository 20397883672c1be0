//! Codes side by side.

use leptos::html;
use leptos::prelude::*;

use super::desk::keep_answered;
use super::frame::{Section, near};
use super::state::State;
use crate::analysis::{CodeAmount, CodeChoice};
use crate::inquiry::{Answer, Ask};
use crate::units;

/// The desk of the codes' reports.
const CODES: u32 = 30;

/// The sections on codes.
#[component]
pub(super) fn Codes() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element);
    let answers = keep_answered(CODES, move || {
        let (Some(how), Some(named), true) = (state.how(), state.current(), near.get()) else {
            return Vec::new();
        };
        CodeChoice::shown()
            .into_iter()
            .map(|choice| Ask::Code {
                choice,
                range: named.range,
                amount: CodeAmount::Bits(how.bits),
                policy: how.policy,
                eval_min_m: how.eval_min_m,
            })
            .collect()
    });
    let rows = move || {
        answers.with(|answers| {
            answers
                .pairs()
                .filter_map(|(ask, answer)| {
                    let Ask::Code { choice, .. } = ask else {
                        return None;
                    };
                    Some(row(choice, answer))
                })
                .collect_view()
        })
    };
    view! {
        <Section
            id="codes"
            title="Codes"
            lead="What another set of values would cost, over the range in use."
            theory="codes"
            element
        >
            <div class="card">
                <div class="scroll" tabindex="0" role="region" aria-label="Codes">
                    <table class="plain-table">
                        <thead>
                            <tr>
                                <th scope="col">"Code"</th>
                                <th scope="col">"Values"</th>
                                <th scope="col">"RMSE"</th>
                                <th scope="col">"abs_rel"</th>
                                <th scope="col">"delta1"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
        </Section>
    }
}

fn row(choice: &CodeChoice, answer: Option<&Answer>) -> AnyView {
    let cells = match answer {
        Some(Answer::Code(report)) => {
            let error = |of: fn(&crate::analysis::MeasuredErrors) -> String| {
                report.errors.as_ref().map_or(units::MISSING.to_owned(), of)
            };
            view! {
                <td>{units::count(report.levels as f64)}</td>
                <td>{error(|e| units::length(e.metrics.rmse))}</td>
                <td>{error(|e| units::ratio(e.metrics.abs_rel))}</td>
                <td>{error(|e| units::share(e.metrics.delta1))}</td>
            }
            .into_any()
        }
        Some(Answer::Refused(why)) => view! { <td colspan="4">{why.clone()}</td> }.into_any(),
        _ => view! { <td colspan="4" class="waiting">"\u{2026}"</td> }.into_any(),
    };
    view! { <tr><th scope="row">{choice.name()}</th>{cells}</tr> }.into_any()
}
