//! Every figure of every range, a column each.

use crate::state::State;
use crate::views::ui::table::PlainTable;
use leptos::prelude::*;

use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::units;
use fathom_plot::charts::range_figures;

/// The section, closed at first.
#[component]
pub(super) fn Details() -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let head = move || {
        state.measured.with(|(reports, _)| {
            reports
                .iter()
                .map(|r| {
                    let ends = units::range(r.named.range.min_m(), r.named.range.max_m());
                    view! { <th scope="col">{ends} <small>{tr_dynamic(&r.named.name).to_owned()}</small></th> }
                })
                .collect_view()
        })
    };
    let body = move || {
        let is_sample = state
            .facts
            .with(|facts| facts.as_ref().is_some_and(|f| f.is_sample));
        state.measured.with(|(reports, _)| {
            range_figures(is_sample)
                .iter()
                .map(|(name, of)| {
                    let cells = reports
                        .iter()
                        .map(|r| view! { <td>{of(r)}</td> })
                        .collect_view();
                    view! { <tr><th scope="row">{tr_dynamic(name)}</th>{cells}</tr> }
                })
                .collect_view()
        })
    };
    view! {
        <details class="panel all-figures" on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>{tr!("All figures of the ranges")}</summary>
            <Show when=move || open.get()>
                <div class="card">
                    <PlainTable label=tr!("All figures of the ranges")>
                        <thead><tr><th scope="col">{tr!("Figure")}</th>{head}</tr></thead>
                        <tbody>{body}</tbody>
                    </PlainTable>
                </div>
            </Show>
        </details>
    }
}
