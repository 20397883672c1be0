//! A way to measure that the reader puts together.

use crate::state::State;
use leptos::prelude::*;

use crate::views::ui::choose::Choose;
use fathom_analysis::compare::{Alignment, EvalProtocol};
use fathom_core::depth::Crop;
use fathom_core::i18n::tr;
use fathom_plot::charts::{clamp_to, typed_window, window_end};

/// The fits in the order they are offered.
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
    let change = move |with: &dyn Fn(&mut EvalProtocol)| {
        // A browser reports what is half typed in a field as the field goes.
        let Some(mut own) = protocol.try_get_untracked() else {
            return;
        };
        with(&mut own);
        if own.clamp.is_some() {
            own.clamp = clamp_to(&own.window);
        }
        state.own_protocol.set(Some(own));
        state.compare_again();
    };
    let near = RwSignal::new(String::new());
    let far = RwSignal::new(String::new());
    // What is typed wrongly stays; what is in use may also change by a step back.
    Effect::new(move |_| {
        let window = protocol.get().window;
        near.set(window_end(window.min_m));
        far.set(window_end(window.max_m));
    });
    let window = Memo::new(move |_| typed_window(&near.get(), &far.get()));
    let typed = move |end: RwSignal<String>| {
        move |event| {
            end.set(event_target_value(&event));
            if let Some(Ok(window)) = window.try_get_untracked() {
                change(&|own| own.window = window);
            }
        }
    };
    let is_wrong = move || window.with(Result::is_err).then_some("true");
    view! {
        <div class="tools" role="group" aria-label=tr!("My own way of measuring")>
            <label class="inline">
                {tr!("Depths from ")}
                <input type="text" inputmode="decimal" size="6" placeholder=tr!("all") prop:value=move || near.get() on:change=typed(near) aria-invalid=is_wrong/>
                " m"
            </label>
            <label class="inline">
                {tr!("to ")}
                <input type="text" inputmode="decimal" size="6" placeholder=tr!("all") prop:value=move || far.get() on:change=typed(far) aria-invalid=is_wrong/>
                " m"
            </label>
            <Choose
                label=tr!("Crop")
                values=Crop::ALL.to_vec()
                name=Crop::name
                is_chosen=move |crop| protocol.get().crop == crop
                choose=move |crop| change(&|own| own.crop = crop)
            />
            <Choose
                label=tr!("Fit per frame")
                values=ALIGNMENTS.to_vec()
                name=Alignment::name
                is_chosen=move |alignment| protocol.get().alignment == alignment
                choose=move |alignment| change(&|own| own.alignment = alignment)
            />
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
                <span>{tr!("Apply FP32's fit to INT8")}</span>
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
                <span>{tr!("Clamp predictions to these depths")}</span>
            </label>
        </div>
        {move || window.get().err().map(|why| view! { <small class="problem" role="alert">{why}"."</small> })}
    }
}
