//! Layer accumulation, as a model.

use crate::views::ui::line::LinePlot;
use fathom_analysis::diagnosis::layer_model::KnownError;
use fathom_core::i18n::tr;
use fathom_plot::LineInput;
use fathom_plot::charts::layer_models;
use leptos::prelude::*;

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 260.0;

/// Most layers that the fields take.
const MOST: u32 = 1000;

#[component]
pub(super) fn Layers() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <details on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>{tr!("How errors could add up from layer to layer: a model, not a measurement")}</summary>
            <Show when=move || open.get()><Model/></Show>
        </details>
    }
}

#[component]
fn Model() -> impl IntoView {
    // The published figures of the first two layers, and as many layers as they need for 351 mm.
    let layers = RwSignal::new(12_u32);
    let one = RwSignal::new((1_u32, 0.1_f64));
    let other = RwSignal::new((2_u32, 0.3_f64));
    let known = |(layer, millimetres): (u32, f64)| KnownError {
        layer,
        rms_m: millimetres / 1e3,
    };
    let models =
        Memo::new(move |_| layer_models(layers.get(), known(one.get()), known(other.get())));
    let input = Signal::derive(move || -> Option<LineInput> { Some(models.get().0) });
    let words = move || {
        models
            .get()
            .1
            .into_iter()
            .map(|(name, text)| {
                let text = text.unwrap_or_else(|why| tr!("Does not fit: {why}.", why));
                view! { <div><dt>{name}</dt><dd><small>{text}</small></dd></div> }
            })
            .collect_view()
    };
    let whole = move |label: &'static str, get: Signal<u32>, set: Callback<u32>| {
        view! {
            <label class="inline">
                {label}
                <input
                    type="text"
                    inputmode="numeric"
                    size="4"
                    prop:value=move || get.get().to_string()
                    on:change=move |e| {
                        let typed = event_target_value(&e).trim().parse::<u32>().ok();
                        if let Some(n) = typed.filter(|n| (1..=MOST).contains(n)) {
                            // A browser reports what is half typed in a field as the field goes.
                            set.try_run(n);
                        }
                    }
                />
            </label>
        }
    };
    let length = move |value: RwSignal<(u32, f64)>| {
        view! {
            <label class="inline">
                {tr!(" an error of ")}
                <input
                    type="text"
                    inputmode="decimal"
                    size="6"
                    prop:value=move || value.get().1.to_string()
                    on:change=move |e| {
                        if let Ok(mm) = event_target_value(&e).trim().parse::<f64>() {
                            value.update(|v| v.1 = mm);
                        }
                    }
                />
                {tr!(" mm")}
            </label>
        }
    };
    let layer_of = move |value: RwSignal<(u32, f64)>| {
        (
            Signal::derive(move || value.get().0),
            Callback::new(move |n| value.update(|v| v.0 = n)),
        )
    };
    let (get_one, set_one) = layer_of(one);
    let (get_other, set_other) = layer_of(other);
    view! {
        <div class="tools">
            {whole(tr!("Layers "), layers.into(), Callback::new(move |n| layers.set(n)))}
            {whole(tr!("after layer "), get_one, set_one)} {length(one)}
            {whole(tr!("after layer "), get_other, set_other)} {length(other)}
        </div>
        <LinePlot title=tr!("Error after each layer, by three rules") input tall=TALL_PX/>
        <dl class="facts">{words}</dl>
    }
}
