//! A way to measure that the reader puts together.

use leptos::prelude::*;

use super::super::state::State;
use crate::charts::{clamp_to, typed_window, window_end};
use crate::compare::{Alignment, Protocol};
use crate::depth::Crop;

/// What can be fitted, in the order it is offered.
const ALIGNMENTS: [Alignment; 3] = [
    Alignment::None,
    Alignment::MedianScale,
    Alignment::LeastSquares,
];

/// Window, crop, alignment and clamp of the protocol in use.
#[component]
pub(super) fn OwnProtocol() -> impl IntoView {
    let state = State::here();
    let protocol = Memo::new(move |_| state.protocol());
    let change = move |with: &dyn Fn(&mut Protocol)| {
        let mut own = protocol.get_untracked();
        with(&mut own);
        if own.clamp.is_some() {
            own.clamp = clamp_to(&own.window);
        }
        state.own_protocol.set(Some(own));
        state.compare_again();
    };
    let near = RwSignal::new(window_end(protocol.get_untracked().window.min_m));
    let far = RwSignal::new(window_end(protocol.get_untracked().window.max_m));
    let window = Memo::new(move |_| typed_window(&near.get(), &far.get()));
    let typed = move |end: RwSignal<String>| {
        move |event| {
            end.set(event_target_value(&event));
            if let Ok(window) = window.get_untracked() {
                change(&|own| own.window = window);
            }
        }
    };
    let is_wrong = move || window.with(Result::is_err).then_some("true");
    let crops = Crop::ALL
        .into_iter()
        .map(|crop| {
            let chosen = move || protocol.get().crop == crop;
            view! { <option value=crop.name() selected=chosen>{crop.name()}</option> }
        })
        .collect_view();
    let choose_crop = move |event| {
        let name = event_target_value(&event);
        if let Some(crop) = Crop::ALL.into_iter().find(|crop| crop.name() == name) {
            change(&|own| own.crop = crop);
        }
    };
    let alignments = ALIGNMENTS
        .into_iter()
        .map(|alignment| {
            let chosen = move || protocol.get().alignment == alignment;
            view! { <option value=alignment.name() selected=chosen>{alignment.name()}</option> }
        })
        .collect_view();
    let choose_alignment = move |event| {
        let name = event_target_value(&event);
        if let Some(alignment) = ALIGNMENTS.into_iter().find(|a| a.name() == name) {
            change(&|own| own.alignment = alignment);
        }
    };
    view! {
        <div class="tools" role="group" aria-label="My own way of measuring">
            <label class="inline">
                "Depths from "
                <input type="text" inputmode="decimal" size="6" placeholder="all" prop:value=move || near.get() on:change=typed(near) aria-invalid=is_wrong/>
                " m"
            </label>
            <label class="inline">
                "to "
                <input type="text" inputmode="decimal" size="6" placeholder="all" prop:value=move || far.get() on:change=typed(far) aria-invalid=is_wrong/>
                " m"
            </label>
            <label class="inline">"Crop " <select on:change=choose_crop>{crops}</select></label>
            <label class="inline">"Fit per frame " <select on:change=choose_alignment>{alignments}</select></label>
            <label class="marker">
                <input
                    type="checkbox"
                    prop:checked=move || protocol.get().frozen
                    disabled=move || protocol.get().alignment == Alignment::None
                    on:change=move |e| {
                        let frozen = event_target_checked(&e);
                        change(&|own| own.frozen = frozen);
                    }
                />
                <span>"INT8 takes FP32's fit"</span>
            </label>
            <label class="marker">
                <input
                    type="checkbox"
                    prop:checked=move || protocol.get().clamp.is_some()
                    disabled=move || clamp_to(&protocol.get().window).is_none()
                    on:change=move |e| {
                        let is_clamped = event_target_checked(&e);
                        change(&|own| own.clamp = clamp_to(&own.window).filter(|_| is_clamped));
                    }
                />
                <span>"Clamp predictions to these depths"</span>
            </label>
        </div>
        {move || window.get().err().map(|why| view! { <small class="problem" role="alert">{why}"."</small> })}
    }
}
