//! The cost of each range of the table, as bars of rounding and clipping.

use leptos::prelude::*;

use crate::actions::{add_named, choose_range, go_to};
use crate::state::{QueryGroup, State, keep_answered};
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;
use fathom_analysis::{NamedRange, RangeReport};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::charts::{RangeBar, range_bars};

/// The section.
#[component]
pub(super) fn RangeList() -> impl IntoView {
    let state = State::here();
    let best = best_report(state);
    let rows = move || {
        let in_table = state.with_reports(<[RangeReport]>::len);
        let reports = state.with_reports(|own| {
            let best = best
                .get()
                .filter(|best| own.iter().all(|r| r.named.range != best.named.range));
            own.iter().cloned().chain(best).collect::<Vec<_>>()
        });
        let current = state.current_row();
        range_bars(&reports)
            .into_iter()
            .map(|bar| {
                let row = bar.index;
                let named = reports[row].named.clone();
                let choose = move || {
                    if row < in_table {
                        choose_range(state, row);
                    } else {
                        add_named(state, &named.name, named.range);
                    }
                };
                range_row(bar, row == current, choose)
            })
            .collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="summary-ranges">
            <Heading id="summary-ranges" title=tr!("What each output range costs")/>
            <p class="lead">
                {tr!("RMSE of a perfect network's quantized output: rounding and clipping alone.")}
            </p>
            <div class="card">
                <PlainTable label=tr!("Rounding and clipping") class="range-bars">
                    <thead>
                        <tr>
                            <th scope="col">{tr!("Range")}</th>
                            <th scope="col" class="bar-cell"><span class="hidden">{tr!("Rounding and clipping")}</span></th>
                            <th scope="col">"RMSE"</th>
                            <th scope="col"><span class="key part-rounding"></span> {tr!("rounding")}</th>
                            <th scope="col"><span class="key part-clipping"></span> {tr!("clipping")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
            </div>
            <p class="foot">
                <button class="plain-link" on:click=move |_| go_to(state, "curve-title")>{tr!("Drag the end on the curve")}</button>
            </p>
        </section>
    }
}

/// The measured range of the lowest RMSE, which the answers recommend.
fn best_report(state: State) -> Memo<Option<RangeReport>> {
    let answers = keep_answered(QueryGroup::BestRange, move || {
        let best = state.best.with(|best| {
            let found = best.iter().find(|b| b.metric == Metric::Rmse)?;
            Some(NamedRange {
                name: tr!("best {}", found.metric.name()),
                range: found.range,
            })
        });
        let ranges = Vec::from_iter(best);
        let how = state.settings.with(|s| s.how);
        let query = (!ranges.is_empty()).then_some(Query::Ranges { ranges, how });
        Vec::from_iter(query)
    });
    Memo::new(move |_| {
        answers.with(|answers| match answers.known().next()? {
            QueryResult::Ranges(reports) => reports.first().cloned(),
            _ => None,
        })
    })
}

fn range_row(bar: RangeBar, is_current: bool, choose: impl Fn() + Send + 'static) -> impl IntoView {
    let part = |class: &'static str, fraction: f64| {
        let style = format!("width: {:.2}%", fraction * 100.0);
        view! { <span class=class style=style></span> }
    };
    view! {
        <tr class:current=is_current>
            <th scope="row">
                <button class="plain-link" aria-pressed=is_current.to_string() on:click=move |_| choose()>{bar.ends}</button>
                <small>{tr_dynamic(&bar.name).to_owned()}</small>
            </th>
            <td class="bar-cell"><span class="bar-track" aria-hidden="true">{part("part-rounding", bar.rounding)} {part("part-clipping", bar.clipping)}</span></td>
            <td><b>{bar.rmse}</b></td>
            <td>{bar.rounding_text}</td>
            <td>{bar.clipping_text}</td>
        </tr>
    }
}
