//! Noise along the network.

use leptos::prelude::*;

use crate::state::State;
use crate::views::ui::heading::Heading;
use crate::views::ui::line::LinePlot;
use fathom_core::i18n::tr;
use fathom_plot::charts::along_chart;
use fathom_report::network::published_growth;

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 280.0;

/// The section.
#[component]
pub(super) fn Along() -> impl IntoView {
    let state = State::here();
    let summary = state.network.summary;
    let input = Signal::derive(move || Some(along_chart(&summary.get()?.along)));
    let growth = move || summary.with(|summary| Some(summary.as_ref()?.growth.clone()));
    view! {
        <section class="panel" id="network-along" aria-labelledby="network-along-title">
            <Heading id="network-along-title" title=tr!("Along the network")/>
            <p class="lead">{tr!("Local: a quantizer alone. Accumulated: the tensor in the INT8 run against the same tensor in the floating-point run. Arcs: connections that skip tensors.")}</p>
            <div class="card">
                <LinePlot title=tr!("Noise to signal along the network") input tall=TALL_PX/>
                <p class="foot">{growth} " " {published_growth()}</p>
            </div>
        </section>
    }
}
