//! Which layers are worth 16 bits: a measured curve, a point on it, and its nodes for the reader's toolchain.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::further::Further;
use crate::actions;
use crate::browser::dom;
use crate::browser::network_pool::worker_count;
use crate::state::State;
use crate::views::ui::choose::Choose;
use crate::views::ui::heading::Heading;
use crate::views::ui::line::LinePlot;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::kept_chart;
use fathom_report::export::{NodeListFormat, node_list};
use fathom_report::network::{KeptRow, NetworkSummary};

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 280.0;

/// The section.
#[component]
pub(super) fn Kept() -> impl IntoView {
    let state = State::here();
    let is_there = Memo::new(move |_| {
        let summary = state.network.summary.get();
        summary.is_some_and(|summary| !summary.kept.is_empty())
    });
    view! {
        <section class="panel" id="network-kept" aria-labelledby="network-kept-title">
            <Heading id="network-kept-title" title=tr!("What to keep at 16 bits")/>
            <p class="lead">{tr!("Layers are kept one after another, the largest effect first, and the network is run again at every point: nothing is added up.")}</p>
            <div class="card">
                <Show
                    when=move || is_there.get()
                    fallback=move || view! {
                        <Further label=tr!("Measure what to keep") runs=|result| result.kept_runs workers=worker_count() begin=actions::measure_kept/>
                    }
                >
                    <Curve/>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Curve() -> impl IntoView {
    let state = State::here();
    let summary = move || state.network.summary.get();
    let kept = state.network.kept_layers;
    let tool = RwSignal::new(NodeListFormat::OnnxRuntime);
    let at = Memo::new(move |_| {
        let summary = summary()?;
        let rows = &summary.kept;
        let chosen = kept.get();
        let chosen = chosen.and_then(|kept| rows.iter().position(|row| row.kept == kept));
        chosen.or_else(|| rows.iter().position(|row| row.is_enough))
    });
    let with_point = move |read: &dyn Fn(&NetworkSummary, &KeptRow) -> String| {
        let summary = summary()?;
        let row = summary.kept.get(at.get()?)?;
        Some(read(&summary, row))
    };
    let input = Signal::derive(move || {
        let summary = summary()?;
        Some(kept_chart(&summary.kept, at.get()?, summary.is_in_metres))
    });
    let last = move || summary().map_or(0, |summary| summary.kept.len().saturating_sub(1));
    let pick = move |event| {
        let at: Option<usize> = event_target_value(&event).parse().ok();
        let row = untrack(|| Some(summary()?.kept.get(at?)?.kept));
        kept.set(row);
    };
    // A link has figures without nodes.
    let has_nodes = Memo::new(move |_| {
        summary().is_some_and(|summary| summary.kept.iter().any(|row| !row.nodes.is_empty()))
    });
    let point = move || {
        with_point(&|_, row| {
            tr!(
                "{kept} at 16 bits: {mb} MB of parameters, {macs} of the multiplications. {left} of the change is left: {change}, RMSE {rmse}.",
                kept = units::counted(row.kept as usize, units::Noun::Layer),
                mb = units::ratio(row.mb),
                macs = row.macs,
                left = row.left,
                change = row.change,
                rmse = row.rmse
            )
        })
    };
    let by_nodes = move || {
        with_point(&|_, row| {
            tr!(
                "Tools keep whole nodes: with this list {share} of the change is left.",
                share = row.by_nodes
            )
        })
    };
    let list = move || {
        let tool = tool.get();
        with_point(&|summary, row| {
            let bits = summary.kept_bits;
            node_list(tool, &row.nodes, bits).unwrap_or_else(|error| error.to_string())
        })
    };
    let copy = move |_| {
        let text = untrack(list).unwrap_or_default();
        spawn_local(async move {
            let said = if dom::copy_text(&text).await {
                tr!("The list is copied.")
            } else {
                tr!("This browser does not let the page copy: select the list.")
            };
            actions::notify(state, crate::state::Severity::Info, said.to_owned());
        });
    };
    view! {
        <LinePlot title=tr!("Change that is left against the size of the parameters") input tall=TALL_PX/>
        <label class="inline wide">
            {tr!("Point of the curve")}
            <input
                type="range"
                min="0"
                max=move || last().to_string()
                prop:value=move || at.get().unwrap_or_default().to_string()
                aria-valuetext=move || point().unwrap_or_default()
                on:input=pick
            />
        </label>
        <p>{point}</p>
        <Show when=move || has_nodes.get()>
            <div class="tools">
                <Choose
                    label=tr!("Nodes for")
                    values=NodeListFormat::ALL.to_vec()
                    name=tool_name
                    is_chosen=move |one| tool.get() == one
                    choose=move |one| tool.set(one)
                />
                <button class="button small" on:click=copy>{tr!("Copy the list")}</button>
            </div>
            <pre class="node-list" tabindex="0">{list}</pre>
            <p class="foot">{by_nodes}</p>
        </Show>
    }
}

fn tool_name(tool: NodeListFormat) -> &'static str {
    match tool {
        NodeListFormat::OnnxRuntime => "ONNX Runtime",
        NodeListFormat::TensorRt => "TensorRT",
        NodeListFormat::Nncf => "NNCF",
        NodeListFormat::Names => tr!("plain names"),
    }
}
