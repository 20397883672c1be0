//! Ranges that toolchains would pick, beside each other and beside the best.

use crate::state::{QueryGroup, State, keep_answered};
use leptos::html;
use leptos::prelude::*;

use super::{range_cells, range_heads};
use crate::views::ui::section::{Section, near};
use crate::views::ui::table::PlainTable;

use fathom_analysis::RangeReport;
use fathom_analysis::calibrators::Calibrator;
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::charts::value_text;

#[component]
pub(super) fn Calibrators() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Calibrators]);
    let answers = keep_answered(QueryGroup::Calibrators, move || {
        let Some(how) = state.how().filter(|_| near.get()) else {
            return Vec::new();
        };
        Calibrator::all()
            .into_iter()
            .map(|method| Query::Calibrator { method, how })
            .collect()
    });
    // The rows stand before their figures are computed: late rows would move the section that a reader jumped to.
    let rows = move || {
        answers.with(|answers| {
            let answer_to = |wanted: &Calibrator| {
                answers.pairs().find_map(|(ask, answer)| match ask {
                    Query::Calibrator { method, .. } if method == wanted => answer,
                    _ => None,
                })
            };
            let methods = Calibrator::all().into_iter();
            methods
                .map(|method| row(&method, answer_to(&method)))
                .collect_view()
        })
    };
    view! {
        <Section
            id="calibrators"
            title=tr!("Ranges that toolchains would pick")
            lead=tr!("The range that each calibration method chooses on these depths, and its error under every metric. The source is the published description that Fathom follows.")
            theory="what-toolchains-pick"
            element
        >
            <div class="card">
                <PlainTable label=tr!("Table of ranges that toolchains would pick") short=true>
                    <thead>
                        <tr>
                            <th scope="col">{tr!("Method")}</th>
                            {range_heads()}
                            <th scope="col" class="source">{tr!("Source")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
            </div>
        </Section>
    }
}

/// Columns behind the name and before the source.
const COLUMNS: usize = Criterion::ALL.len() + 2;

fn row(method: &Calibrator, answer: Option<&QueryResult>) -> impl IntoView + use<> {
    let refused =
        |why: String| view! { <td colspan=COLUMNS class="sentence">{why}</td> }.into_any();
    let cells = match answer {
        Some(QueryResult::Calibrator(row)) => match &row.report {
            Ok(report) => cells(method.name(), report).into_any(),
            Err(why) => refused(why.to_string()),
        },
        Some(QueryResult::Refused(why)) => refused(why.clone()),
        _ => view! { <td colspan=COLUMNS class="waiting">"\u{2026}"</td> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{method.name()} <small>{method.parameters()}</small></th>
            {cells}
            <td class="source">{method.source()}</td>
        </tr>
    }
}

fn cells(name: String, report: &RangeReport) -> impl IntoView + use<> {
    let range = report.named.range;
    let metrics = report.errors.as_ref().map(|e| e.metrics);
    let values = Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let text = metrics.as_ref().map_or(units::MISSING.to_owned(), |m| {
                value_text(criterion, criterion.value_in(m))
            });
            view! { <td>{text}</td> }
        })
        .collect_view();
    range_cells(name, range, values)
}
