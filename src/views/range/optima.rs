//! The best range under every metric, and what each costs under the others.

use super::{range_cells, range_heads};
use crate::state::{QueryAnswers, QueryGroup, State, keep_answered};
use crate::views::ui::section::{Section, near};
use crate::views::ui::table::PlainTable;

use fathom_analysis::Policy;
use fathom_analysis::RangeSettings;
use fathom_analysis::range_space::{Optimum, OptimumSearch, cross_values};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_engine::query::{
    OptimaProgress, Query, QueryResult, grid_searches, optima, refinements,
};
use fathom_plot::charts::value_text;
use leptos::html;
use leptos::prelude::*;

#[component]
pub(super) fn Optima() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    // A long search goes behind all that is quick, whoever looks.
    let near = near(element, &[]);
    let search = Memo::new(move |_| {
        // Every pixel counts: with `exclude` the narrowest range would win.
        let how = state.how().filter(|_| near.get())?;
        Some(OptimumSearch {
            settings: RangeSettings {
                policy: Policy::Count,
                ..how
            },
            clipping_weight: state.clipping_weight.get(),
        })
    });
    let surveyed = keep_answered(QueryGroup::Surveys, move || {
        search.get().map(grid_searches).unwrap_or_default()
    });
    let answers = keep_answered(QueryGroup::Optima, move || {
        let search = search.get();
        let asks = search.map(|search| surveyed.with(|s| refinements(search, s.pairs())));
        asks.unwrap_or_default()
    });
    let progress = move || {
        let is_complete = answers.with(QueryAnswers::is_complete) || search.with(Option::is_none);
        (!is_complete).then(|| {
            let progress = surveyed.with(|first| {
                answers.with(|then| OptimaProgress::from_results(first.known().chain(then.known())))
            });
            view! { <p class="waiting" role="status">{progress.text()}</p> }
        })
    };
    let rows = move || {
        answers.with(|answers| {
            let optima = optima(answers.known(), state.clipping_weight.get());
            let costs = cross_values(&optima, state.clipping_weight.get());
            let row = |criterion| {
                let refused = answers.pairs().find_map(|(ask, answer)| match (ask, answer) {
                    (Query::Optimum { criterion: own, .. }, Some(QueryResult::Refused(why)))
                        if *own == criterion =>
                    {
                        Some(why.clone())
                    }
                    _ => None,
                });
                let found = optima.iter().position(|o| o.criterion == criterion);
                let cells = match (refused, found) {
                    (Some(why), _) => {
                        view! { <td colspan=Criterion::ALL.len() + 2>{why}</td> }.into_any()
                    }
                    (_, Some(row)) => cells(&optima[row], &costs[row], &optima).into_any(),
                    _ => view! { <td colspan=Criterion::ALL.len() + 2 class="waiting">"\u{2026}"</td> }
                        .into_any(),
                };
                view! { <tr><th scope="row">{criterion.name()}</th>{cells}</tr> }
            };
            // The rows stand before their figures are computed: late rows would move the section that a reader jumped to.
            Criterion::ALL.into_iter().map(row).collect_view()
        })
    };
    view! {
        <Section
            id="optima"
            title=tr!("The best range, metric by metric")
            lead=tr!("Both ends are free and every pixel counts. A range that is best under one metric is not the best under another: each row gives the error of its range under every metric.")
            theory="the-best-range"
            element
            folded=true
        >
            <div class="card">
                {progress}
                <PlainTable label=tr!("The best range under each metric")>
                    <thead>
                        <tr>
                            <th scope="col">{tr!("Best for")}</th>
                            {range_heads()}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
            </div>
        </Section>
    }
}

fn cells(own: &Optimum, costs: &[f64], all: &[Optimum]) -> impl IntoView + use<> {
    let range = own.point.range;
    let name = tr!("best {}", own.criterion.name());
    let best = own.criterion;
    let values = Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let at = all.iter().position(|o| o.criterion == criterion);
            let text = at.map_or("\u{2026}".to_owned(), |at| value_text(criterion, costs[at]));
            view! { <td class:best-of=criterion == best>{text}</td> }
        })
        .collect_view();
    range_cells(name, range, values)
}
