//! What each range of the table costs, as bars of rounding and clipping.

use leptos::prelude::*;

use crate::actions::{choose_range, go_to};
use crate::state::State;
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_plot::charts::{RangeBar, range_bars};

/// The section.
#[component]
pub(super) fn RangeList() -> impl IntoView {
    let state = State::here();
    let rows = move || {
        let bars = state.with_reports(range_bars);
        let current = state.current_row();
        bars.into_iter()
            .enumerate()
            .map(|(row, bar)| range_row(state, row, bar, row == current))
            .collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="summary-ranges">
            <h2 id="summary-ranges">{tr!("What each output range costs")}</h2>
            <p class="lead">
                {tr!("RMSE of a perfect network's quantized output: rounding and clipping alone.")}
            </p>
            <div class="card">
                <div class="scroll" tabindex="0" role="region" aria-label=tr!("Rounding and clipping")>
                    <table class="plain-table range-bars">
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
                    </table>
                </div>
            </div>
            <p class="foot">
                <button class="plain-link" on:click=move |_| go_to(state, "curve-title")>{tr!("Drag the end on the curve")}</button>
            </p>
        </section>
    }
}

fn range_row(state: State, row: usize, bar: RangeBar, is_current: bool) -> impl IntoView {
    let part = |class: &'static str, fraction: f64| {
        let style = format!("width: {:.2}%", fraction * 100.0);
        view! { <span class=class style=style></span> }
    };
    view! {
        <tr class:current=is_current>
            <th scope="row">
                <button class="plain-link" aria-pressed=is_current.to_string() on:click=move |_| choose_range(state, row)>{bar.ends}</button>
                <small>{tr_dynamic(&bar.name).to_owned()}</small>
            </th>
            <td class="bar-cell"><span class="bar-track" aria-hidden="true">{part("part-rounding", bar.rounding)} {part("part-clipping", bar.clipping)}</span></td>
            <td><b>{bar.rmse}</b></td>
            <td>{bar.rounding_text}</td>
            <td>{bar.clipping_text}</td>
        </tr>
    }
}
