//! Noise along the network.

use leptos::prelude::*;

use crate::state::State;
use crate::views::ui::line::LinePlot;
use fathom_core::i18n::tr;
use fathom_plot::charts::along_chart;

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 280.0;

/// The section.
#[component]
pub(super) fn Along() -> impl IntoView {
    let state = State::here();
    let result = move || state.network.result.get();
    let input = Signal::derive(move || {
        let result = result()?;
        let along = &result.summary.along;
        (!along.is_empty()).then(|| along_chart(along))
    });
    let growth = move || result().map(|result| result.summary.growth.clone());
    view! {
        <section class="panel" id="network-along" aria-labelledby="network-along-title">
            <h2 id="network-along-title">{tr!("Along the network")}</h2>
            <p class="lead">{tr!("Local: a quantizer alone. Accumulated: the tensor in the INT8 run against the same tensor in the floating-point run.")}</p>
            <div class="card">
                <LinePlot title=tr!("Noise to signal along the network") input tall=TALL_PX/>
                <p class="foot">{growth}</p>
            </div>
        </section>
    }
}
