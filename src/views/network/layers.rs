//! The layers as a table, the guiltiest first.

use leptos::prelude::*;

use super::layer_picture::LayerPicture;
use super::tensors::Tensors;
use crate::actions;
use crate::state::State;
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_report::network::LayerRow;

/// Columns of the table.
const COLUMNS: &str = "9";

/// Rows that are shown before a press shows the rest.
const FIRST_ROWS: usize = 12;

/// The section.
#[component]
pub(super) fn Layers() -> impl IntoView {
    let state = State::here();
    let shows_all = RwSignal::new(false);
    let summary = move || state.network.summary.get();
    let count = Memo::new(move |_| summary().map_or(0, |summary| summary.layers.len()));
    let rows = move || {
        let most = if shows_all.get() {
            usize::MAX
        } else {
            FIRST_ROWS
        };
        let summary = summary()?;
        let rows = summary.layers.iter().take(most).cloned();
        Some(rows.map(|row| layer_row(state, row)).collect_view())
    };
    let notes = move || {
        let summary = summary()?;
        let notes = summary.notes.iter().cloned();
        Some(
            notes
                .map(|note| view! { <p class="foot">{note}</p> })
                .collect_view(),
        )
    };
    view! {
        <section class="panel" id="network-layers" aria-labelledby="network-layers-title">
            <Heading id="network-layers-title" title=tr!("Layers")/>
            <p class="lead">
                {tr!("Shares add up to the whole. Only this and all but this do not: errors of layers cancel or replace each other.")}
            </p>
            <div class="card">
                <Show when=move || { count.get() > 0 } fallback=|| view! { <p class="waiting">{tr!("Layers are measured after the network as a whole.")}</p> }>
                    <PlainTable label=tr!("Layers")>
                        <thead>
                            <tr>
                                <th scope="col">{tr!("Layer")}</th>
                                <th scope="col">{tr!("Share \u{b1} standard error")}</th>
                                <th scope="col">{tr!("Only this")}</th>
                                <th scope="col">{tr!("All but this")}</th>
                                <th scope="col">{tr!("Depth, only this")}</th>
                                <th scope="col">{tr!("Local SNR")}</th>
                                <th scope="col">{tr!("Accumulated SNR")}</th>
                                <th scope="col">"MACs"</th>
                                <th scope="col">{tr!("Parameters")}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </PlainTable>
                    <p class="foot">
                        <Show when=move || { count.get() > FIRST_ROWS && !shows_all.get() }>
                            <button class="plain-link" on:click=move |_| shows_all.set(true)>
                                {move || tr!("Show all {}", units::counted(count.get(), units::Noun::Layer))}
                            </button>
                            " "
                        </Show>
                        <Show when=move || state.network.has_model()>
                            <button class="plain-link" on:click=move |_| actions::save_study(state)>{tr!("Save every figure as JSON")}</button>
                        </Show>
                    </p>
                </Show>
                {notes}
            </div>
        </section>
    }
}

fn layer_row(state: State, row: LayerRow) -> impl IntoView {
    let (network, place) = (state.network, row.place);
    let is_open = Memo::new(move |_| network.opened_layer.get() == Some(place));
    // A link has no network to run.
    let name = if untrack(|| network.has_model()) {
        let name = row.name;
        view! {
            <button
                class="plain-link"
                title=tr!("Show this layer's tensors, and the depth with it alone rounded")
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| actions::toggle_layer(state, place)
            >
                {name}
            </button>
        }
        .into_any()
    } else {
        view! { {row.name} }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{name} " " <small>{row.operator}</small></th>
            <td><b>{row.share}</b></td>
            <td>{row.only}</td>
            <td>{row.all_but}</td>
            <td>{row.only_length}</td>
            <td>{row.local}</td>
            <td>{row.accumulated}</td>
            <td>{row.macs}</td>
            <td>{row.parameters}</td>
        </tr>
        <Show when=move || is_open.get()>
            <tr><td colspan=COLUMNS><LayerPicture/><Tensors rows=row.tensors.clone()/></td></tr>
        </Show>
    }
}
