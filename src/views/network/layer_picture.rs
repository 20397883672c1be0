//! The change of the depth that one layer alone makes, as a picture.

use std::sync::Arc;

use leptos::prelude::*;

use crate::actions;
use crate::browser::canvas::{self, View};
use crate::state::State;
use crate::views::ui::zoomed::Zoomed;
use fathom_core::i18n::tr;
use fathom_plot::charts::{FramePanes, layer_panes};

/// The picture of the layer that is open.
#[component]
pub(super) fn LayerPicture() -> impl IntoView {
    let state = State::here();
    let network = state.network;
    let panes = Memo::new(move |_| {
        let picture = network.picture.get()?;
        let width = picture.width as usize;
        Some(Arc::new(layer_panes(
            width,
            &picture.fp32_m,
            &picture.rounded_m,
        )))
    });
    let frames = move || {
        let study = network.study.get();
        let ready = study.and_then(|study| study.ready.clone());
        ready.map(|ready| ready.frames).unwrap_or_default()
    };
    let chosen = move || network.picture_frame.get();
    let shared = (RwSignal::new(View::default()), RwSignal::new(None));
    let pictures = move || {
        panes.get().map(|panes| {
            let all = 0..panes.panes.len();
            all.map(|at| pane(&panes, at, shared)).collect_view()
        })
    };
    // Inverse depth without a scale has no lengths.
    let is_in_metres = move || {
        network
            .summary
            .with(|summary| summary.as_ref().is_some_and(|s| s.is_in_metres))
    };
    let scales = move || {
        let panes = panes.get().filter(|_| is_in_metres())?;
        let scales = panes.scales.iter().map(|scale| {
            let strip = format!(
                "background:linear-gradient(to right,{})",
                scale.colours.join(",")
            );
            view! {
                <span class="scale">
                    {scale.title} " " {scale.from.clone()}
                    <span class="strip" style=strip aria-hidden="true"></span>
                    {scale.to.clone()}
                </span>
            }
        });
        Some(scales.collect_view())
    };
    let names = Memo::new(move |_| frames());
    let options = move || {
        let names = names.get().into_iter().zip(0_u32..);
        names
            .map(|(name, frame)| {
                view! { <option value=frame.to_string() prop:selected=move || chosen() == frame>{name}</option> }
            })
            .collect_view()
    };
    let choose = move |event| {
        if let Ok(frame) = event_target_value(&event).parse() {
            actions::show_layer_in(state, frame);
        }
    };
    view! {
        <div class="layer-picture">
            <div class="tools">
                <label class="inline">{tr!("Frame")} " " <select on:change=choose>{options}</select></label>
                <span class="legend scales">{scales}</span>
            </div>
            <Show
                when=move || panes.with(Option::is_some)
                fallback=|| view! { <p class="waiting">{tr!("The network is run with this layer alone rounded.")}</p> }
            >
                <div class="pictures">{pictures}</div>
            </Show>
        </div>
    }
}

/// A picture with its title. Pictures share the part that is shown.
fn pane(
    panes: &FramePanes,
    at: usize,
    (view, cursor): (RwSignal<View>, RwSignal<Option<(f64, f64)>>),
) -> impl IntoView + use<> {
    let pane = &panes.panes[at];
    let picture = canvas::picture(panes.width, panes.height, &pane.colours);
    let shape = format!("aspect-ratio:{}/{}", panes.width, panes.height);
    let title = pane.title;
    view! {
        <figure>
            <figcaption><b>{title}</b></figcaption>
            <Zoomed picture=move || picture.clone() view cursor style=shape label=title.to_owned()/>
        </figure>
    }
}
