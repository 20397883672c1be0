//! By place: mean error over all frames, border against centre, and artefacts.

use crate::state::State;
use std::sync::Arc;

use leptos::prelude::*;

use crate::views::ui::chart::TableTwin;
use crate::views::ui::drawn::{Draw, Drawn, Picture};
use crate::views::ui::heading::Heading;
use crate::views::ui::section::{Facts, Fold};
use fathom_analysis::compare::{ERROR_MAP_COLUMNS, ERROR_MAP_ROWS, Evidence};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::artefact_values;
use fathom_plot::{ErrorMapChart, ErrorMapKind, summary_text};

/// Height of a map until it has its own, in CSS pixels.
const TALL_PX: f64 = 300.0;

#[component]
pub(super) fn Places() -> impl IntoView {
    let state = State::here();
    let laid_out = move |width: f64, error: ErrorMapKind| {
        state.practice.with(|p| {
            (p.merged().frames > 0).then(|| ErrorMapChart::new(width, &p.merged().error_map, error))
        })
    };
    let summary = move |error: ErrorMapKind| {
        // The size plays no part in what it comes to.
        Signal::derive(move || summary_text(&laid_out(0.0, error)?.summary()))
    };
    let map = move |error: ErrorMapKind| -> Draw {
        Arc::new(move |width, _, at| {
            let map = laid_out(width, error)?;
            let hit = at.and_then(|(x, y)| map.hit(x, y));
            Some(Picture {
                scene: map.scene(hit),
                readout: at.and_then(|(x, y)| Some(map.at(x, y)?.text())),
            })
        })
    };
    let has_truth = move || super::evidence(state).is_some_and(Evidence::has_ground_truth);
    let has_both = move || super::evidence(state).is_some_and(Evidence::has_both);
    let facts = move || {
        state
            .practice
            .with(|p| artefact_values(&p.artefacts(), p.merged().error_map.border_ratio()))
    };
    view! {
        <section class="panel" id="places" aria-labelledby="places-title">
            <Heading id="places-title" title=tr!("By position in the picture")/>
            <p class="lead">{tr!("Mean error over all frames, in coarse cells. A border that differs from the middle points to padding; stripes and checks point to upsampling.")}</p>
            <Fold title=tr!("Show")>
            <div class="pair even row">
                <Show when=has_truth>
                    <div class="card"><h3>{tr!("FP32 \u{2212} ground truth")}</h3><Drawn title=tr!("Mean error of the prediction by position") draw=map(ErrorMapKind::Fp32) summary=summary(ErrorMapKind::Fp32) tall=TALL_PX/><Twin map=Signal::derive(move || laid_out(0.0, ErrorMapKind::Fp32)) of=tr!("FP32 \u{2212} ground truth")/></div>
                </Show>
                <Show when=has_both>
                    <div class="card"><h3>{tr!("INT8 \u{2212} FP32")}</h3><Drawn title=tr!("Mean error of quantization by position") draw=map(ErrorMapKind::Quantization) summary=summary(ErrorMapKind::Quantization) tall=TALL_PX/><Twin map=Signal::derive(move || laid_out(0.0, ErrorMapKind::Quantization)) of=tr!("INT8 \u{2212} FP32")/></div>
                </Show>
            </div>
            <Show when=has_both>
                <div class="card below">{move || view! { <Facts facts=facts()/> }}</div>
            </Show>
            </Fold>
        </section>
    }
}

/// The map as a table, rows and columns as they lie in the picture.
#[component]
fn Twin(map: Signal<Option<ErrorMapChart>>, of: &'static str) -> impl IntoView {
    let table = move || {
        let map = map.get()?;
        let head = (1..=ERROR_MAP_COLUMNS)
            .map(|column| view! { <th scope="col">{column}</th> })
            .collect_view();
        let rows = (0..ERROR_MAP_ROWS)
            .map(|row| {
                let cells = (0..ERROR_MAP_COLUMNS)
                    .map(|column| {
                        let mean = map.mean_m(row, column);
                        view! { <td>{mean.map_or(units::MISSING.to_owned(), units::length)}</td> }
                    })
                    .collect_view();
                view! { <tr><th scope="row">{row + 1}</th>{cells}</tr> }
            })
            .collect_view();
        Some(view! {
            <thead><tr><th scope="col">{tr!("row \\ column")}</th>{head}</tr></thead>
            <tbody>{rows}</tbody>
        })
    };
    view! { <TableTwin title=tr!("The same as a table") of>{table}</TableTwin> }
}
