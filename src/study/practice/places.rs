//! By place: mean error over all frames, border against centre, and artefacts.

use std::sync::Arc;

use leptos::prelude::*;

use super::super::frame::Facts;
use super::super::state::State;
use crate::charts::{artefact_facts, place_rows};
use crate::compare::{Evidence, PLACE_COLUMNS};
use crate::plot::{PlaceError, PlaceMap};
use crate::ui::chart::TableTwin;
use crate::ui::drawn::{Draw, Drawn, Picture};

/// Height of a map until it has its own, in CSS pixels.
const TALL_PX: f64 = 300.0;

#[component]
pub(super) fn Places() -> impl IntoView {
    let state = State::here();
    let map = move |error: PlaceError| -> Draw {
        Arc::new(move |width, _, at| {
            let map = state.practice.with(|p| {
                (p.merged().frames > 0).then(|| PlaceMap::new(width, &p.merged().place, error))
            })?;
            let hit = at.and_then(|(x, y)| map.hit(x, y));
            Some(Picture {
                scene: map.scene(hit),
                readout: at.and_then(|(x, y)| Some(map.at(x, y)?.text())),
            })
        })
    };
    let twin = move |error: PlaceError| {
        let rows = move || {
            let table = state
                .practice
                .with(|p| place_rows(&p.merged().place, error));
            let row = |(name, cells): (String, Vec<String>)| {
                let cells = cells.into_iter().map(|text| view! { <td>{text}</td> });
                view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
            };
            table.into_iter().map(row).collect_view()
        };
        let head = || {
            (1..=PLACE_COLUMNS)
                .map(|column| view! { <th scope="col">{column}</th> })
                .collect_view()
        };
        view! {
            <TableTwin title="The same as a table, cell by cell">
                <thead><tr><th scope="col">"Row, column"</th>{head()}</tr></thead>
                <tbody>{rows}</tbody>
            </TableTwin>
        }
    };
    let has_truth = move || super::evidence(state).is_some_and(Evidence::has_ground_truth);
    let has_both = move || super::evidence(state).is_some_and(Evidence::has_both);
    let facts = move || {
        state
            .practice
            .with(|p| artefact_facts(&p.artefacts(), p.merged().place.border_ratio()))
    };
    view! {
        <section class="panel" id="places" aria-labelledby="places-title">
            <h2 id="places-title">"By place in the picture"</h2>
            <p class="lead">"Mean error over all frames, coarse cells. A border that differs from the middle speaks of padding; stripes and checks of upsampling."</p>
            <div class="pair even">
                <Show when=has_truth>
                    <div class="card"><h3>"FP32 less truth"</h3><Drawn title="Mean error of the prediction by place" draw=map(PlaceError::Fp32) tall=TALL_PX/>{twin(PlaceError::Fp32)}</div>
                </Show>
                <Show when=has_both>
                    <div class="card"><h3>"INT8 less FP32"</h3><Drawn title="Mean error of quantization by place" draw=map(PlaceError::Quantization) tall=TALL_PX/>{twin(PlaceError::Quantization)}</div>
                </Show>
            </div>
            <Show when=has_both>
                <div class="card below">{move || view! { <Facts facts=facts()/> }}</div>
            </Show>
        </section>
    }
}
