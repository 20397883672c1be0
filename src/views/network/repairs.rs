//! Repairs that need no training, measured.

use leptos::prelude::*;

use super::further::Further;
use crate::actions;
use crate::state::State;
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;
use fathom_core::i18n::tr;
use fathom_report::network::RepairRow;

/// The section.
#[component]
pub(super) fn Repairs() -> impl IntoView {
    let state = State::here();
    let summary = move || state.network.summary.get();
    let is_there = Memo::new(move |_| summary().is_some_and(|s| !s.repairs.is_empty()));
    let rows = move || {
        let summary = summary()?;
        let rows = summary.repairs.iter().cloned();
        Some(rows.map(repair_row).collect_view())
    };
    let frames = move || summary().map(|summary| summary.repair_frames.clone());
    view! {
        <section class="panel" id="network-repairs" aria-labelledby="network-repairs-title">
            <Heading id="network-repairs-title" title=tr!("Repairs")/>
            <p class="lead">{tr!("Changes that need no training, each measured alone, then all together. Gains do not add up.")}</p>
            <div class="card">
                <Show
                    when=move || is_there.get()
                    fallback=move || view! {
                        <Further label=tr!("Measure repairs") runs=|result| result.repair_runs workers=1 begin=actions::measure_repairs/>
                    }
                >
                    <PlainTable label=tr!("Repairs")>
                        <thead>
                            <tr>
                                <th scope="col">{tr!("Repair")}</th>
                                <th scope="col">{tr!("Changes")}</th>
                                <th scope="col">{tr!("Change that is left")}</th>
                                <th scope="col">{tr!("Squared change removed")}</th>
                                <th scope="col">"RMSE"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </PlainTable>
                    <p class="foot">{frames}</p>
                </Show>
            </div>
        </section>
    }
}

fn repair_row(row: RepairRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.name}</th>
            <td>{row.changes}</td>
            <td>{row.change}</td>
            <td><b>{row.removed}</b></td>
            <td>{row.rmse}</td>
        </tr>
    }
}
