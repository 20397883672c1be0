//! The table of codes.

use super::Choice;
use crate::state::{QueryAnswers, State};
use crate::views::ui::table::PlainTable;

use fathom_analysis::{CodeChoice, CodeReport, MeasuredErrors, STEP_DEPTHS_M};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::charts::{best_codes, value_text};
use leptos::prelude::*;

/// Different depths per value of the code below which a fitted code memorises them.
const MEMORISED_BELOW: f64 = 16.0;

#[component]
pub(super) fn Table(
    choice: Choice,
    reports: RwSignal<QueryAnswers>,
    bound: RwSignal<QueryAnswers>,
) -> impl IntoView {
    let state = State::here();
    // The rows stand before their figures are computed: late rows would push the section below.
    let rows = move || {
        reports.with(|answers| {
            let answer_to = |wanted: &CodeChoice| {
                answers.pairs().find_map(|(ask, answer)| match ask {
                    Query::Code { choice, .. } if choice == wanted => answer,
                    _ => None,
                })
            };
            let codes = choice.codes(state);
            codes
                .iter()
                .map(|code| row(code, answer_to(code)))
                .collect_view()
        })
    };
    let best = move || {
        reports.with(|answers| {
            let known: Vec<(String, &CodeReport)> = answers
                .pairs()
                .filter_map(|(_, answer)| match answer? {
                    QueryResult::Code(row) => Some((row.choice.name(), row.report.as_ref().ok()?)),
                    _ => None,
                })
                .collect();
            best_codes(&known)
                .into_iter()
                .map(|(criterion, best)| {
                    // Before the first code is measured its place is kept: nothing is pushed down when it comes.
                    let (name, value) = best
                        .map_or(("\u{2026}".to_owned(), None), |(name, value)| {
                            (name, Some(value_text(criterion, value)))
                        });
                    view! {
                        <div>
                            <dt>{tr!("Best under {}", criterion.name())}</dt>
                            <dd>{name} " " <small>{value}</small></dd>
                        </div>
                    }
                })
                .collect_view()
        })
    };
    let values = move || {
        state
            .how()
            .map_or(0.0, |how| f64::from(how.bits.steps()) + 1.0)
    };
    let estimate = move || {
        bound.with(|answers| match answers.known().next() {
            Some(QueryResult::PanterDite { rmse_m, distinct }) => {
                let estimate = tr!(
                    "Panter-Dite estimate of the lowest RMSE with as many values: {}. Lloyd-Max is the measured bound.",
                    units::length(*rmse_m)
                );
                let is_memory = (*distinct as f64) < MEMORISED_BELOW * values();
                let caveat = if state.is_sketch() {
                    tr!(" Fitted codes need the files: a link's summary is too coarse for them.").to_owned()
                } else if is_memory {
                    tr!(
                        " These depths take only {} values: fitted codes memorise them and say little about other depths.",
                        units::count(*distinct as f64)
                    )
                } else {
                    String::new()
                };
                Some(estimate + &caveat)
            }
            _ => None,
        })
    };
    let steps = STEP_DEPTHS_M
        .into_iter()
        .map(|m| view! { <th scope="col">{tr!("Step at {}", units::depth(m))}</th> })
        .collect_view();
    view! {
        <div class="card">
            <label class="marker">
                <input
                    type="checkbox"
                    prop:checked=move || choice.fair.get()
                    on:change=move |e| choice.fair.set(event_target_checked(&e))
                />
                <span>
                    {move || tr!("Compare every code at {} values", units::count(values()))}
                    {tr!(" (formats with fixed values are left out)")}
                </span>
            </label>
            <dl class="figures best-codes">{best}</dl>
            <PlainTable label=tr!("Codes")>
                <thead>
                    <tr>
                        <th scope="col">{tr!("Code")}</th>
                        <th scope="col">{tr!("Values")}</th>
                        <th scope="col" title=tr!("Base-2 logarithm of the number of values")>{tr!("as bits")}</th>
                        <th scope="col">{tr!("Stored in")}</th>
                        <th scope="col">"RMSE"</th>
                        <th scope="col">{tr!("rounding part")}</th>
                        <th scope="col">{tr!("clipping part")}</th>
                        <th scope="col">"abs_rel"</th>
                        <th scope="col">"delta1"</th>
                        <th scope="col">"MAE"</th>
                        <th scope="col">{tr!("Bias")}</th>
                        <th scope="col">{tr!("Inside")}</th>
                        {steps}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </PlainTable>
            <p class="foot">{estimate}</p>
        </div>
    }
}

/// Columns behind the name.
const COLUMNS: usize = 11 + STEP_DEPTHS_M.len();

fn row(choice: &CodeChoice, answer: Option<&QueryResult>) -> AnyView {
    let cells = match answer {
        Some(QueryResult::Code(row)) => match &row.report {
            Ok(report) => cells(report).into_any(),
            Err(why) => {
                view! { <td colspan=COLUMNS class="sentence">{why.to_string()}</td> }.into_any()
            }
        },
        Some(QueryResult::Refused(why)) => {
            view! { <td colspan=COLUMNS class="sentence">{why.clone()}</td> }.into_any()
        }
        _ => view! { <td colspan=COLUMNS class="waiting">"\u{2026}"</td> }.into_any(),
    };
    view! { <tr><th scope="row">{choice.name()}</th>{cells}</tr> }.into_any()
}

fn cells(report: &CodeReport) -> impl IntoView + use<> {
    let error = |of: fn(&MeasuredErrors) -> String| {
        report.errors.as_ref().map_or(units::MISSING.to_owned(), of)
    };
    let steps = report
        .steps_m
        .iter()
        .map(|step| {
            let text = step.map_or(units::MISSING.to_owned(), units::length);
            view! { <td>{text}</td> }
        })
        .collect_view();
    view! {
        <td>{units::count(report.levels as f64)}</td>
        <td>{tr!("{} bits", format_args!("{:.1}", report.level_bits))}</td>
        <td>{units::counted(report.storage_bits as usize, units::Noun::Bit)}</td>
        <td class="strong">{error(|e| units::length(e.metrics.rmse))}</td>
        <td>{error(|e| units::length(e.rounding_m))}</td>
        <td>{error(|e| units::length(e.clipping_m))}</td>
        <td>{error(|e| units::ratio(e.metrics.abs_rel))}</td>
        <td>{error(|e| units::share(e.metrics.delta1))}</td>
        <td>{error(|e| units::length(e.metrics.mae))}</td>
        <td>{error(|e| units::length(e.metrics.bias))}</td>
        <td>{units::share(report.coverage)}</td>
        {steps}
    }
}
