//! Which layers cost the depth: two models and a few images, run in the browser.

mod along;
mod further;
mod kept;
mod layer_picture;
mod layers;
mod repairs;
mod set_up;
mod tensors;
mod who;

use leptos::prelude::*;

use crate::actions;
use crate::browser::dom;
use crate::state::{NetworkPhase, State};
use fathom_core::i18n::tr;
use fathom_core::units::{self, Pace};
use fathom_engine::network::NetworkStage;
use fathom_report::network::NetworkSummary;

/// The view.
#[component]
pub(super) fn Network() -> impl IntoView {
    let state = State::here();
    let has_model = Memo::new(move |_| state.network.has_model());
    let has_figures = Memo::new(move |_| state.network.summary.with(Option::is_some));
    let summary = move |read: fn(&NetworkSummary) -> bool| {
        state
            .network
            .summary
            .with(|summary| summary.as_ref().is_some_and(|s| read(s)))
    };
    let has_way = Memo::new(move |_| summary(|summary| !summary.along.is_empty()));
    let has_kept = Memo::new(move |_| has_model.get() || summary(|s| !s.kept.is_empty()));
    view! {
        <div class="network" data-network=move || state.network.data_state()>
            <Show when=move || has_model.get() || has_figures.get()><Answer/></Show>
            <Show when=move || has_model.get() fallback=|| view! { <NoModel/> }>
                <set_up::SetUp/>
            </Show>
            <Show when=move || has_figures.get()>
                <who::Who/>
                <layers::Layers/>
                <Show when=move || has_way.get()><along::Along/></Show>
                <Show when=move || has_kept.get()><kept::Kept/></Show>
                <Show when=move || has_model.get()><repairs::Repairs/></Show>
            </Show>
        </div>
    }
}

/// The files to drop.
#[component]
fn NoModel() -> impl IntoView {
    let state = State::here();
    view! {
        <section class="panel">
            <div class="card hint-card">
                <p>
                    <b>{tr!("No network yet. ")}</b>
                    {tr!("Drop the floating-point model and its INT8 version as ONNX files, and a few images. Fathom runs both here and measures which layers cost the depth. Without an INT8 model Fathom quantizes the network itself. Ground truth of the same names may be dropped with them.")}
                </p>
                <div class="tools">
                    <button class="button" on:click=move |_| actions::open_example_network(state)>{tr!("Try the example network")}</button>
                </div>
            </div>
        </section>
    }
}

/// The answer in one sentence, and how far measuring is.
#[component]
fn Answer() -> impl IntoView {
    let state = State::here();
    let summary = move || {
        let summary = state.network.summary.get()?;
        let sentences = |all: &[String], class: &'static str| {
            let all = all.iter().cloned();
            all.map(|text| view! { <p class=class>{units::with_unbreakable_units(&text)}</p> })
                .collect_view()
        };
        Some(view! {
            {sentences(&summary.structure, "notice warning")}
            <p class="answer">{units::with_unbreakable_units(&summary.verdict)}</p>
            {sentences(&summary.effect, "size")}
        })
    };
    let failed = move || match state.network.phase.get() {
        NetworkPhase::Failed(why) => Some(view! {
            <p class="notice error" role="alert">{why}</p>
            <div class="tools">
                <button class="button" on:click=move |_| actions::retry_network(state)>{tr!("Try again")}</button>
            </div>
        }),
        _ => None,
    };
    let is_measuring = move || state.network.phase.get() == NetworkPhase::Measuring;
    let is_complete = move || state.network.phase.get() == NetworkPhase::Complete;
    let is_there =
        move || is_measuring() || failed().is_some() || state.network.summary.with(Option::is_some);
    view! {
        <Show when=is_there>
            <section class="panel" aria-label=tr!("Answer")>
                <div class="card network-answer">
                    {failed}
                    <div aria-live="polite">{summary}</div>
                    <Show when=is_measuring><Progress/></Show>
                    <Show when=is_complete>
                        <div class="tools">
                            <button class="button" on:click=move |_| actions::use_outputs(state)>{tr!("Show both depths in the other views")}</button>
                        </div>
                    </Show>
                </div>
            </section>
        </Show>
    }
}

/// The bar, the time that is left, and the way to stop.
#[component]
fn Progress() -> impl IntoView {
    let state = State::here();
    let network = state.network;
    let words = move || {
        let progress = network.progress.get();
        let (done, total) = (progress.done.min(progress.total), progress.total);
        let counts = tr!(
            "{done} of {total} runs",
            done = units::count(done as f64),
            total = units::count(total as f64)
        );
        let what = match progress.stage {
            NetworkStage::Frames => tr!("Frames are measured: {counts}", counts),
            NetworkStage::Shares => tr!("Shares are sampled: {counts}", counts),
            NetworkStage::Kept => tr!("Sets of kept layers are measured: {counts}", counts),
            NetworkStage::Repairs => tr!("Repairs are measured: {counts}", counts),
            NetworkStage::Outputs => tr!("Depths are computed.").to_owned(),
        };
        let elapsed_ms = dom::now_ms() - network.since_ms.get();
        match Pace::measure(done as f64, total as f64, elapsed_ms) {
            Some(pace) => tr!("{what}, {left} left", what, left = pace.left()),
            None => what,
        }
    };
    view! {
        <div class="network-progress">
            <span>{words}</span>
            <progress
                aria-label=tr!("Progress")
                max=move || network.progress.get().total.max(1).to_string()
                value=move || network.progress.get().done.to_string()
            ></progress>
            <button class="button small" on:click=move |_| actions::cancel_study(state)>{tr!("Stop")}</button>
        </div>
    }
}
